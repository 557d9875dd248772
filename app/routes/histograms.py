"""GET /histograms/…: how often each range of grey levels occurs in a plane."""

from functools import partial
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of, person_of
from app.images import OpenedImage
from app.limits import unless_gone
from app.routes.drawing import level_for
from app.routes.parameters import Parameters, within
from store.pixels.source import Plane, Region

KEYS = frozenset({"z", "t", "bins"})
ENOUGH = 512
"""Pixels of the longer side that make a good histogram."""


async def histogram(request: Request) -> Response:
    """Answer with a histogram of each channel of one plane, by default the middle one, as JSON.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such image, or not visible.
        OutOfRangeError: The image has no such plane.
        InvalidInputError: A parameter that cannot be used.
        UnreadableFileError: The image's file is missing, changed or damaged.
        BusyError: Too much is waiting already.
    """
    found = Parameters(request, KEYS)
    image, bins = found.identity("image", "image"), found.number("bins", 2, 4096, 256)
    z, t = found.position("z"), found.position("t")
    micrograph = micrograph_of(request)
    viewer, opened = await micrograph.slots.metadata.run(
        person_of(request), _find, micrograph, request, image
    )
    shape = opened.source.shape
    plane = (
        shape.z // 2 if z is None else within("z", z, shape.z, "sections"),
        0 if t is None else within("t", t, shape.t, "time points"),
    )
    work = partial(micrograph.slots.render.run, viewer, measure, opened, *plane, bins)
    content = await unless_gone(request, work)
    headers = {"cache-control": "private, no-cache", "vary": "cookie"}
    return Response(content, media_type="application/json", headers=headers)


def measure(opened: OpenedImage, z: int, t: int, bins: int) -> bytes:
    """Return the histograms of a plane as JSON.

    The range of each channel's bins is that of its samples in this plane, at the smallest level
    that is large enough.
    """
    number = level_for(opened.source.levels, ENOUGH)
    level = opened.source.levels[number]
    whole = Region(0, 0, level.width, level.height)
    channels = []
    for index in range(opened.source.shape.c):
        plane = opened.source.read(number, t, index, z, whole)
        channels.append({"index": index, **_counted(plane, bins)})
    answer = {
        "image": opened.stored.image_id,
        "z": z,
        "t": t,
        "level": number,
        "channels": channels,
    }
    return orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)


def _counted(plane: Plane, bins: int) -> dict[str, Any]:
    from render.statistics import extremes  # loads numba, which the start does not wait for
    from render.statistics import histogram as histogram_of

    low, high = extremes(plane)
    if not low <= high:  # no finite sample: there is no range
        return {"min": None, "max": None, "counts": [0] * bins}
    return {"min": low, "max": high, "counts": histogram_of(plane, bins, low, high)}


def _find(micrograph: Micrograph, request: Request, image: int) -> tuple[int, OpenedImage]:
    viewer, opened = micrograph.find_image(request, image)
    return viewer.experimenter_id, opened
