"""GET /files/…: one original file as it came."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of, person_of
from app.originals import problem_of, record
from app.routes.parameters import Parameters
from app.routes.sending import attachment, is_beginning, send
from store.archiving.sums import read_pieces
from store.errors import UnreadableFileError
from store.pixels.source import FileIdentity
from store.queries.originals import Original, content_of, originals


@dataclass(frozen=True, slots=True)
class Found:
    """A file that the viewer may have."""

    original: Original
    content: bytes | None
    """If the database holds it."""


async def file(request: Request) -> Response:
    """Answer with a file, or one range of its bytes.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such file, or not visible.
        UnreadableFileError: It is missing, or has changed since it was imported.
        BusyError: Too many downloads are going on.
    """
    key = Parameters(request).identity("file", "file")
    micrograph = micrograph_of(request)
    found = await micrograph.slots.metadata.run(person_of(request), _find, micrograph, request, key)
    original, content = found.original, found.content
    identity = original.identity
    length = identity.size if content is None else len(content)
    headers = {
        "content-type": "application/octet-stream",
        "content-disposition": attachment(original.name.rpartition("/")[2]),
        "etag": f'"{original.id:x}-{identity.size:x}-{identity.mtime_ns:x}"',
    }

    def read(start: int, end: int) -> Iterator[bytes]:
        if content is not None:
            return iter([content[start:end]])
        return read_pieces(
            FileIdentity(identity.path, identity.size, identity.mtime_ns), start, end
        )

    return send(request, length, headers, read)


def _find(micrograph: Micrograph, request: Request, key: int) -> Found:
    with micrograph.viewing(request) as (session, viewer):
        original = originals(session, viewer, [("OriginalFile", key)])[0]
        content = content_of(session, viewer, key) if original.held else None
    problem = problem_of(original)
    if problem:
        raise UnreadableFileError(
            f"{original.name} {problem}.",
            "Put it back as it was when it was imported.",
            path=original.identity.path,
        )
    if is_beginning(request) and "if-none-match" not in request.headers:
        record(micrograph, viewer, [original])
    return Found(original, content)
