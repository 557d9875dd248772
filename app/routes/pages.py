"""The web client: its page at every address that a person may open, and its files."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.edge import CONTENT_POLICY_GRAPHIQL
from store.errors import NotFoundError

FOLDER = Path(__file__).parent.parent / "static"
"""Where `make web` puts the built client."""

NOT_BUILT = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Micrograph</title>
<h1>Micrograph is running</h1>
<p>Its web client is not built yet. In the folder of the source code, run</p>
<pre>make web</pre>
<p>and load this page again. The GraphQL address <code>/graphql</code> and the tiles work
without it.</p>
</html>
"""
_FOREVER = "public, max-age=31536000, immutable"
_TEXT = frozenset({"text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"})


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the built client, ready to be sent."""

    content: bytes
    compressed: bytes | None
    """gzip form, where it is worth having."""
    media_type: str
    etag: str
    stamp: tuple[int, int]
    """Size and modification time of the file it was made from."""


class StaticFolder:
    """Files of the built client, kept in memory until they change on disk. Thread-safe."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder.resolve()
        self._assets: dict[str, Asset] = {}
        self._lock = Lock()

    def find(self, name: str) -> Asset | None:
        """Return a file below the folder, None if there is none of that name.

        Args:
            name: Path relative to the folder, with forward slashes.
        """
        try:
            path = (self._folder / name).resolve()
            if not path.is_relative_to(self._folder) or not path.is_file():
                return None
            status = path.stat()
        except (OSError, ValueError):  # a name that no file can have
            return None
        stamp = (status.st_size, status.st_mtime_ns)
        with self._lock:
            known = self._assets.get(name)
        if known is None or known.stamp != stamp:
            known = _load(path, stamp)
            with self._lock:
                self._assets[name] = known
        return known


async def page(request: Request) -> Response:
    """Answer with the web client's page; it reads the address itself.

    Raises:
        NotFoundError: Whoever asks for an address below the root takes no HTML, so a page would
            only confuse.
    """
    if not wants_html(request) and request.scope["path"] != "/":
        raise NotFoundError("page", request.scope["path"][:200])
    asset = await _find(request, "index.html")
    if asset is None:
        return Response(NOT_BUILT, media_type="text/html", headers={"cache-control": "no-cache"})
    return send_asset(request, asset, "no-cache")


async def asset(request: Request) -> Response:
    """Answer with a file of the web client; its name changes with its content.

    Raises:
        NotFoundError: There is no such file.
    """
    name = f"assets/{request.path_params['path']}"
    found = await _find(request, name)
    if found is None:
        raise NotFoundError("file", name[:200])
    return send_asset(request, found, _FOREVER)


async def root_file(request: Request) -> Response:
    """Answer with one of the few files that have their place at the root, such as the icon.

    Raises:
        NotFoundError: There is no such file.
    """
    name = request.scope["path"].lstrip("/")
    found = await _find(request, name)
    if found is None:
        raise NotFoundError("file", name)
    return send_asset(request, found, "no-cache")


async def graphiql(request: Request) -> Response:
    """Answer with the GraphiQL page, which may write style elements while it runs."""
    found = await _find(request, "graphiql.html")
    if found is None:
        return Response(NOT_BUILT, media_type="text/html", headers={"cache-control": "no-cache"})
    return send_asset(request, found, "no-cache", CONTENT_POLICY_GRAPHIQL)


def wants_html(request: Request) -> bool:
    """Whether a person's browser asks for a page."""
    return "text/html" in request.headers.get("accept", "")


def send_asset(request: Request, asset: Asset, caching: str, policy: str | None = None) -> Response:
    """Answer with a file, compressed where the client takes that, 304 where it has it."""
    headers = {"etag": asset.etag, "cache-control": caching, "vary": "accept-encoding"}
    if policy is not None:
        headers["content-security-policy"] = policy
    if asset.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    content = asset.content
    if asset.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        content = asset.compressed
        headers["content-encoding"] = "gzip"
    return Response(content, media_type=asset.media_type, headers=headers)


async def _find(request: Request, name: str) -> Asset | None:
    folder: StaticFolder = request.app.state.static
    return await anyio.to_thread.run_sync(folder.find, name)


def _load(path: Path, stamp: tuple[int, int]) -> Asset:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    compressed = gzip.compress(content, 6, mtime=0) if media_type in _TEXT else None
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    etag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    return Asset(content, compressed, media_type, etag, stamp)
