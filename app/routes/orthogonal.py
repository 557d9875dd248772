"""GET /orthogonal/…: a stack cut across its sections, XZ or YZ, rendered."""

import re
from dataclasses import dataclass
from functools import partial

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph
from app.routes.drawing import MAX_SAMPLES_BYTES, check_pixels
from app.routes.looks import LOOK_KEYS, Look, Shown, find_shown, look_of
from app.routes.parameters import Parameters, within
from app.routes.pictures import Job, answer_picture, cached, job_of
from render.arrays import RGB
from render.encode import check_fits
from store.errors import InvalidInputError
from store.models.units import convert, convertible
from store.pixels.source import Level, PixelSource, Planes, Region
from store.queries.images import StoredPixels

KEYS = (LOOK_KEYS - {"p"}) | {"start", "length", "aspect"}
_ASPECT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?")
_ASPECTS = (0.01, 100.0)


@dataclass(frozen=True, slots=True)
class OrthogonalRequest:
    """What an address asks for; checked as far as that goes without the image."""

    image: int
    level: int
    plane: str
    """`xz` or `yz`."""
    t: int
    at: int
    """Row of an XZ plane, column of a YZ plane, in pixels of the level."""
    start: int
    """First pixel along x or y."""
    length: int | None
    """Pixels along x or y; None for all from the first."""
    aspect: float | None
    """Thickness of a section in pixels of full resolution; 0 for one of the level, None for that
    which the image's physical sizes give."""
    look: Look


async def orthogonal(request: Request) -> Response:
    """Answer with an XZ or YZ plane of one time point, rendered and encoded.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such image, or not visible.
        OutOfRangeError: The image has no such level, time point, row or column.
        InvalidInputError, RenderError: A parameter that cannot be used, or too much to read.
        UnreadableFileError: The image's file is missing, changed or damaged.
        BusyError: Too much is waiting already.
    """
    wanted = parse_orthogonal(request)
    return await answer_picture(request, partial(prepare, wanted), cached)


def parse_orthogonal(request: Request) -> OrthogonalRequest:
    """Return what an address asks for.

    Raises:
        InvalidInputError: A parameter is unknown, no number or out of its range.
        RenderError, NotAcceptableError: A format or quality that is not offered.
        NotFoundError: The image's id cannot exist.
    """
    found = Parameters(request, KEYS)
    plane = str(request.path_params["plane"])
    if plane not in ("xz", "yz"):
        raise InvalidInputError(f"No plane {plane[:32]!r}.", "Give xz or yz.")
    return OrthogonalRequest(
        image=found.identity("image", "image"),
        level=found.place("level"),
        plane=plane,
        t=found.place("t"),
        at=found.place("at"),
        start=found.position("start") or 0,
        length=found.position("length"),
        aspect=_aspect(found.text("aspect") or "physical"),
        look=look_of(found),
    )


def prepare(wanted: OrthogonalRequest, micrograph: Micrograph, request: Request) -> Job:
    """Find the image for the viewer and settle everything but the pixels; one database session."""
    shown = find_shown(micrograph, request, wanted.image, wanted.look)
    source, stored = shown.opened.source, shown.opened.stored
    within("t", wanted.t, source.shape.t, "time points")
    level = source.levels[within("level", wanted.level, len(source.levels), "levels")]
    line = line_of(wanted, level)
    check_reading(source, wanted.level, len(shown.settings.active_channels), line)
    depth = max(1, round(source.shape.z * thickness(wanted, stored, level)))
    size = (line.width, depth) if wanted.plane == "xz" else (depth, line.height)
    check_pixels(*size, ())
    check_fits(wanted.look.format, *size)
    place = ("orthogonal", wanted.plane, wanted.level, wanted.t, line, depth)
    draw = partial(cut, shown, wanted, line, size)
    # Physical sizes can be corrected, and are no part of the version.
    return job_of(micrograph, shown, place, draw, lasting=wanted.aspect is not None)


def line_of(wanted: OrthogonalRequest, level: Level) -> Region:
    """Return the row or column of each section that is shown.

    Raises:
        OutOfRangeError: The level has no such row or column, or the stretch begins outside.
        InvalidInputError: The stretch is empty or leaves the level.
    """
    across = wanted.plane == "xz"
    extent, other = (level.width, level.height) if across else (level.height, level.width)
    at = within("at", wanted.at, other, "rows at this level" if across else "columns at this level")
    start = within("start", wanted.start, extent, f"pixels along {wanted.plane[0]} at this level")
    length = extent - start if wanted.length is None else wanted.length
    line = Region(start, at, length, 1) if across else Region(at, start, 1, length)
    line.check_inside(level)
    return line


def check_reading(source: PixelSource, number: int, channels: int, line: Region) -> None:
    """Refuse a plane for which too many chunks would be decoded, and name a level that fits.

    Raises:
        InvalidInputError: They would.
    """
    costs = [_cost(source, number, other, channels, line) for other in range(len(source.levels))]
    if costs[number] > MAX_SAMPLES_BYTES:
        fitting = [i for i, cost in enumerate(costs) if i > number and cost <= MAX_SAMPLES_BYTES]
        level = f", or for level {fitting[0]}" if fitting else ""
        raise InvalidInputError(
            f"This plane takes stored chunks of {costs[number] >> 20} MiB; "
            f"the limit is {MAX_SAMPLES_BYTES >> 20} MiB.",
            f"Ask for a shorter stretch, show fewer channels{level}.",
        )


def thickness(wanted: OrthogonalRequest, stored: StoredPixels, level: Level) -> float:
    """Return how many pixels of the level a section is thick."""
    shrunk = level.width / stored.size_x
    if wanted.aspect == 0:
        return 1.0
    if wanted.aspect is not None:
        return wanted.aspect * shrunk
    along_x = (stored.physical_size_x, stored.physical_size_x_unit)
    along_y = (stored.physical_size_y, stored.physical_size_y_unit)
    pixel, unit = along_x if wanted.plane == "xz" else along_y
    section, section_unit = stored.physical_size_z, stored.physical_size_z_unit
    unit, section_unit = unit or "µm", section_unit or "µm"
    if not pixel or not section or not convertible(section_unit, unit):
        return shrunk
    ratio = convert(section, section_unit, unit) / pixel
    return min(max(ratio, _ASPECTS[0]), _ASPECTS[1]) * shrunk


def cut(shown: Shown, wanted: OrthogonalRequest, line: Region, size: tuple[int, int]) -> RGB:
    """Read a line of each section, blend them, and give the sections their thickness."""
    from render.composite import composite  # loads numba, which the start does not wait for
    from render.downsample import resize_to

    active = shown.settings.active_channels
    if not active:
        return np.zeros((size[1], size[0], 3), np.uint8)
    lines = _lines(shown.opened.source, wanted, active, line)
    rgb = composite(lines, shown.settings)
    return resize_to(rgb if wanted.plane == "xz" else rgb.swapaxes(0, 1), *size)


def _lines(
    source: PixelSource, wanted: OrthogonalRequest, channels: tuple[int, ...], line: Region
) -> Planes:
    """Read a line of each section: shape (C, Z, X or Y); chunks of one section at a time."""
    depth, length = source.shape.z, max(line.width, line.height)
    lines = np.empty((len(channels), depth, length), source.dtype)
    for z in range(depth):
        values = source.read_channels(wanted.level, wanted.t, channels, z, line)
        lines[:, z] = values.reshape(len(channels), length)
    return lines


def _cost(source: PixelSource, number: int, other: int, channels: int, line: Region) -> int:
    """Bytes of the chunks in which a line of one level lies, looked for at another level."""
    level, there = source.levels[number], source.levels[other]
    start, length = (line.x, line.width) if line.height == 1 else (line.y, line.height)
    chunk = there.chunk_width if line.height == 1 else there.chunk_height
    scale = there.width / level.width
    first, last = int(start * scale) // chunk, int((start + length - 1) * scale) // chunk
    chunk_bytes = there.chunk_width * there.chunk_height * source.dtype.itemsize
    return (last - first + 1) * chunk_bytes * source.shape.z * channels


def _aspect(text: str) -> float | None:
    if text in ("physical", "raw"):
        return None if text == "physical" else 0.0
    if not _ASPECT.fullmatch(text) or not _ASPECTS[0] <= float(text) <= _ASPECTS[1]:
        raise InvalidInputError(
            f"aspect={text[:32]!r} cannot be used.",
            f"Give physical, raw, or a number from {_ASPECTS[0]} to {_ASPECTS[1]:g}.",
        )
    return float(text)
