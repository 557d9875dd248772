"""Whether the server lives and its database answers."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of, person_of
from app.version import version


async def health(request: Request) -> Response:
    """Answer with the versions of Micrograph and its database; anybody may ask.

    Raises:
        UnavailableError: The database does not answer.
        BusyError: Too many ask.
    """
    micrograph = micrograph_of(request)
    content = await micrograph.slots.health.run(person_of(request), _health, micrograph)
    return Response(content, media_type="application/json", headers={"cache-control": "no-store"})


def _health(micrograph: Micrograph) -> bytes:
    micrograph.ping()
    return orjson.dumps(
        {
            "status": "ok",
            "version": version(),
            "database": micrograph.database.server,
        }
    )
