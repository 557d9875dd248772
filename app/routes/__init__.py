"""All addresses of the server: its table of contents."""

from starlette.routing import BaseRoute, Route, WebSocketRoute

from app.routes.graphql import graphql
from app.routes.health import health
from app.routes.histograms import histogram
from app.routes.pages import asset, page, root_file
from app.routes.sessions import login, session
from app.routes.subscriptions import subscriptions
from app.routes.thumbnails import thumbnail
from app.routes.tiles import tile

ROUTES: list[BaseRoute] = [
    Route("/tiles/{image}/{level}/{z}/{t}/{x}/{y}.{format}", tile),
    Route("/thumbnails/{image}.{format}", thumbnail),
    Route("/histograms/{image}", histogram),
    Route("/graphql", graphql, methods=["GET", "POST"]),
    WebSocketRoute("/graphql", subscriptions),
    Route("/session", session, methods=["GET", "POST", "DELETE"]),
    Route("/login", login),
    Route("/health", health),
    Route("/assets/{path:path}", asset),
    Route("/favicon.ico", root_file),
    Route("/favicon.svg", root_file),
    Route("/robots.txt", root_file),
    Route("/{path:path}", page),
]
