"""GET /exported/…: the file that the job of an export has made."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of, person_of
from app.export_files import Made
from app.export_files import made as made_by
from app.routes.parameters import Parameters
from app.routes.sending import attachment, send
from store.archiving.sums import read_pieces
from store.pixels.source import FileIdentity


async def made(request: Request) -> Response:
    """Answer with a file that was made, or one range of its bytes.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such export, somebody else's, not made yet, or its time is over.
        BusyError: Too many downloads are going on.
    """
    key = Parameters(request).identity("job", "export")
    micrograph = micrograph_of(request)
    found = await micrograph.slots.metadata.run(person_of(request), _find, micrograph, request, key)
    headers = {
        "content-type": "application/octet-stream",
        "content-disposition": attachment(found.path.name),
        "etag": f'"{key:x}-{found.size:x}-{found.mtime_ns:x}"',
    }

    def read(start: int, end: int) -> Iterator[bytes]:
        identity = FileIdentity(str(found.path), found.size, found.mtime_ns)
        return read_pieces(identity, start, end)

    return send(request, found.size, headers, read)


def _find(micrograph: Micrograph, request: Request, key: int) -> Made:
    with micrograph.viewing(request) as (session, viewer):
        return made_by(session, micrograph.settings.data, viewer, key)
