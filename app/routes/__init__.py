"""All addresses of the server: its table of contents."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from app.routes.archive import archive, archive_manifest
from app.routes.exports import export
from app.routes.figure_pages import figures
from app.routes.files import file
from app.routes.graphql import graphql
from app.routes.health import health
from app.routes.histograms import histogram
from app.routes.luts import every_lut, one_lut
from app.routes.made import made
from app.routes.montages import montages
from app.routes.openid import BACK, OUT, openid_back, openid_login, openid_out
from app.routes.orthogonal import orthogonal
from app.routes.pages import asset, page, root_file
from app.routes.plates import plate
from app.routes.raw import raw
from app.routes.regions import plane, region
from app.routes.sessions import acting, login, session
from app.routes.share import share
from app.routes.subscriptions import subscriptions
from app.routes.thumbnails import thumbnail
from app.routes.tiles import tile
from app.routes.uploads import upload, uploads


def pictures(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> tuple[Route, Route]:
    """Return two addresses of a picture: in a format, and in that which suits the client."""
    return Route(f"{path}.{{format}}", endpoint), Route(path, endpoint)


TILES = pictures("/tiles/{image}/{level}/{z}/{t}/{x}/{y}", tile)

ROUTES: list[BaseRoute] = [
    *TILES,
    Route("/raw/{image}/{level}/{z}/{t}/{x}/{y}", raw),
    *pictures("/regions/{image}/{level}/{z}/{t}/{x}/{y}/{width}/{height}", region),
    *pictures("/planes/{image}/{z}/{t}", plane),
    *pictures("/orthogonal/{image}/{level}/{plane}/{t}/{at}", orthogonal),
    *pictures("/montages/{image}/{z}/{t}", montages),
    *pictures("/thumbnails/{image}", thumbnail),
    *pictures("/plates/{plate}/{level}/{x}/{y}", plate),
    Route("/export/{name}", export),
    Route("/exported/{job}", made),
    Route("/figures", figures, methods=["POST"]),
    Route("/histograms/{image}", histogram),
    Route("/files/{file}", file),
    Route("/archive", archive, methods=["GET", "POST"]),
    Route("/archive/manifest", archive_manifest),
    Route("/uploads", uploads, methods=["OPTIONS", "POST"]),
    Route("/uploads/{token}", upload, methods=["HEAD", "PATCH", "DELETE", "POST"]),
    Route("/luts.png", every_lut),
    Route("/luts/{name}.png", one_lut),
    Route("/graphql", graphql, methods=["GET", "POST"]),
    WebSocketRoute("/graphql", subscriptions),
    Route("/session", session, methods=["GET", "POST", "DELETE"]),
    Route("/session/acting", acting, methods=["POST", "DELETE"]),
    Route("/login", login),
    Route("/login/openid", openid_login),
    Route(BACK, openid_back),
    Route(OUT, openid_out, methods=["POST"]),
    Route("/share/{secret}", share),
    Route("/health", health),
    Route("/assets/{path:path}", asset),
    Route("/favicon.ico", root_file),
    Route("/favicon.svg", root_file),
    Route("/robots.txt", root_file),
    Route("/{path:path}", page),
]
