"""The ASGI application: routes, edge, errors, start and stop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from app import errors
from app.context import Micrograph
from app.edge import Edge
from app.imports import Imports
from app.keeping import Keeper
from app.routes import ROUTES, TILES
from app.routes.pages import StaticFolder
from app.routes.pictures import KnownPictures
from app.routes.straight import StraightRoutes


def create_app(micrograph: Micrograph) -> Starlette:
    """Make the web application of one Micrograph.

    Args:
        micrograph: Started by the caller; closed when the server stops.

    Returns:
        An ASGI application for one event loop.
    """
    if micrograph.keeper is None:
        micrograph.keeper = Keeper(micrograph)
    app = _Application(
        routes=ROUTES,
        middleware=[
            Middleware(Edge, settings=micrograph.settings),
            Middleware(KnownPictures),
            Middleware(StraightRoutes, routes=TILES, begin="/tiles/"),
        ],
        exception_handlers={
            HTTPException: _answer,
            **dict.fromkeys(errors.KNOWN, _answer),
        },
        lifespan=_lifespan,
    )
    app.router.redirect_slashes = False
    if micrograph.imports is None:
        micrograph.imports = Imports(micrograph)
    app.state.micrograph = micrograph
    app.state.static = StaticFolder()
    return app


class _Application(Starlette):
    """Starlette without its outermost layer, which answers errors: the edge leaves none to it."""

    def build_middleware_stack(self) -> ASGIApp:
        """Return all layers but that one."""
        outermost = super().build_middleware_stack()
        assert isinstance(outermost, ServerErrorMiddleware)
        return outermost.app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    yield
    app.state.micrograph.close()


def _answer(request: Request, error: Exception) -> Response:
    return errors.answer(error, request.scope["state"]["request"])
