"""GET /histograms/…: what the samples of a plane, a region, shapes or a stack are like."""

import re
from collections.abc import Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of, person_of
from app.limits import unless_gone
from app.measuring import Work
from app.routes.drawing import level_for
from app.routes.parameters import Parameters, within
from schema.samples import Counted, Wanted
from store.errors import InvalidInputError
from store.pixels.source import Region

KEYS = frozenset({"z", "t", "bins", "region", "roi", "level"})
ENOUGH = 512
"""Pixels of the longer side that make a good histogram of a plane."""
BINS = 256

_RANGE = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


async def histogram(request: Request) -> Response:
    """Answer with a histogram of each channel, by default of the middle plane, as JSON.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such image or region of interest, or not visible.
        OutOfRangeError: The image has no such plane.
        InvalidInputError: A parameter that cannot be used, or too many samples.
        UnreadableFileError: The image's file is missing, changed or damaged.
        BusyError: Too much is waiting already.
    """
    found = Parameters(request, KEYS)
    image, roi = found.identity("image", "image"), found.position("roi")
    wanted = Wanted(
        region=_region(found.text("region")),
        z=_planes(found, "z"),
        t=_planes(found, "t"),
        level=found.position("level"),
        bins=found.number("bins", 2, 4096, BINS),
    )
    micrograph, person = micrograph_of(request), person_of(request)
    about, work = await micrograph.slots.metadata.run(
        person, _prepared, micrograph, request, image, roi, wanted
    )
    if callable(work):
        counted = await unless_gone(
            request, lambda: micrograph.slots.render.run(person, lambda: _written(about, work()))
        )
    else:
        counted = _written(about, work)
    headers = {"cache-control": "private, no-cache", "vary": "cookie, authorization"}
    return Response(counted, media_type="application/json", headers=headers)


def _prepared(
    micrograph: Micrograph, request: Request, image: int, roi: int | None, wanted: Wanted
) -> tuple[dict[str, Any], Sequence[Counted] | Work]:
    """Find the image, settle which planes and which level, and say what counts them."""
    with micrograph.viewing(request) as (session, viewer):
        source = micrograph.images.find(session, viewer, image).source
        shape, level = source.shape, wanted.level
        z = _within("z", wanted.z, shape.z, shape.z // 2, "sections")
        t = _within("t", wanted.t, shape.t, 0, "time points")
        if level is None and roi is None and wanted.region is None and z[0] == z[1]:
            level = level_for(source.levels, ENOUGH)
        settled = Wanted(wanted.region, z, t, level=level, bins=wanted.bins)
        if z == (0, shape.z - 1) and t == (0, shape.t - 1) and wanted.bins == BINS:
            settled = Wanted(wanted.region, level=wanted.level)
        about = {"image": image, "z": _shown(z), "t": _shown(t)}
        if roi is not None:
            work = micrograph.samples.of_roi(session, viewer, roi, settled, image)
            return {**about, "roi": roi}, work
        return about, micrograph.samples.of_image(session, viewer, image, settled)


def _written(about: dict[str, Any], counted: Sequence[Counted]) -> bytes:
    level = counted[0].level if counted else 0
    channels = []
    for one in counted:
        summary = one.summary
        channels.append(
            {
                "index": one.index,
                "samples": summary["samples"],
                "min": summary["low"],
                "max": summary["high"],
                "mean": summary["mean"],
                "standardDeviation": summary["deviation"],
                "precision": summary["precision"],
                "percentiles": list(zip(summary["percents"], summary["values"], strict=True)),
                "counts": summary["counts"],
            }
        )
    return orjson.dumps({**about, "level": level, "exact": level == 0, "channels": channels})


def _planes(found: Parameters, name: str) -> tuple[int, int] | None:
    """Return first and last plane of a query key: a number, two with a hyphen, or `all`."""
    text = found.text(name) or ""
    if text == "all":
        return (0, -1)
    several = _RANGE.fullmatch(text)
    if several:
        return int(several[1]), int(several[2])
    one = found.position(name)
    return None if one is None else (one, one)


def _within(
    name: str, wanted: tuple[int, int] | None, size: int, default: int, what: str
) -> tuple[int, int]:
    if wanted is None:
        return default, default
    if wanted == (0, -1):
        return 0, size - 1
    first, last = (within(name, plane, size, what) for plane in wanted)
    if first > last:
        raise InvalidInputError(f"{name}={first}-{last} is no range.", "Give the lower end first.")
    return first, last


def _shown(planes: tuple[int, int]) -> int | list[int]:
    return planes[0] if planes[0] == planes[1] else list(planes)


def _region(text: str | None) -> tuple[int, int, int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,9}),([0-9]{1,9}),([0-9]{1,9}),([0-9]{1,9})", text)
    if found is None:
        raise InvalidInputError(
            f"region={text[:64]!r} is no rectangle.", "Give x,y,width,height in whole pixels."
        )
    region = Region(*map(int, found.groups()))
    return region.x, region.y, region.width, region.height
