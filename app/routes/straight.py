"""The shortest way to routes that are asked for in numbers: tiles."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send


class StraightRoutes:
    """ASGI middleware that leads GET requests of some routes to their endpoints at once.

    Past the layers of Starlette that look for the route among all, and that answer errors: the edge
    around this one does, too (`app.edge`). Everything else goes on through the layers.

    Args:
        app: What serves everything else.
        routes: Of endpoints that take a request; their parameters are text.
        begin: What all their paths begin with.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[Route], begin: str) -> None:
        self._app = app
        self._begin = begin
        self._routes = [(route.path_regex.match, route.endpoint) for route in routes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request of these routes, or leave it to the others."""
        if scope["type"] == "http" and scope["method"] == "GET":
            path = scope["path"]
            for match, endpoint in self._routes if path.startswith(self._begin) else ():
                if found := match(path):
                    scope["path_params"] = found.groupdict()
                    response = await endpoint(Request(scope, receive, send))
                    await response(scope, receive, send)
                    return
        await self._app(scope, receive, send)
