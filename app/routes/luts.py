"""GET /luts.png and /luts/…: pictures of lookup tables."""

from collections.abc import Callable
from functools import partial

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of, person_of
from app.routes.parameters import Parameters
from app.routes.pictures import answer_headers, name_of
from render.arrays import Lut
from render.encode import encode
from render.luts import digest_of, listing, lut
from store.queries.lookup_tables import uploads

KEYS = frozenset({"height", "v"})
HEIGHT = 10


async def every_lut(request: Request) -> Response:
    """Answer with all lookup tables that have colours, one below the other, in order of names.

    Raises:
        NotSignedInError: Nobody is signed in.
        InvalidInputError: A parameter that cannot be used.
    """
    return await _answer(request, _all)


async def one_lut(request: Request) -> Response:
    """Answer with one lookup table, dark at the left.

    Raises:
        NotSignedInError: Nobody is signed in.
        UnknownLutError: No such table.
        InvalidInputError: A parameter that cannot be used.
    """
    return await _answer(request, partial(_one, str(request.path_params["name"])))


async def _answer(request: Request, find: Callable[[Micrograph], list[Lut]]) -> Response:
    found = Parameters(request, KEYS)
    height, version = found.number("height", 1, 64, HEIGHT), found.text("v")
    micrograph = micrograph_of(request)
    luts = await micrograph.slots.metadata.run(
        person_of(request), _for_viewer, micrograph, request, find
    )
    colors = b"".join(lut.tobytes() for lut in luts)
    headers = answer_headers(
        key := name_of("lut", colors.hex(), height),
        immutable=version is not None and len(luts) == 1 and version == digest_of(colors),
    )
    if f'"{key}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    picture = encode(np.repeat(np.stack(luts), height, axis=0), "png")
    return Response(picture, media_type="image/png", headers=headers)


def _for_viewer(
    micrograph: Micrograph, request: Request, find: Callable[[Micrograph], list[Lut]]
) -> list[Lut]:
    """Find tables for whoever is signed in."""
    micrograph.viewer(request)
    return find(micrograph)


def _all(micrograph: Micrograph) -> list[Lut]:
    with micrograph.database.reading() as session:
        tables = [upload.table for upload in uploads(session)]
    return [one.lut for one in listing(tables) if one.lut is not None]


def _one(name: str, micrograph: Micrograph) -> list[Lut]:
    return [lut(name, micrograph.luts.find)]
