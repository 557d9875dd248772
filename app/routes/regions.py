"""GET /regions/… and /planes/…: any rectangle of a plane, or the whole of it, rendered."""

from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph
from app.routes.drawing import check_pixels, fitted, level_for, reduced, rendered
from app.routes.looks import LOOK_KEYS, Look, find_shown, look_of
from app.routes.parameters import Parameters, within
from app.routes.pictures import Job, answer_picture, cached, job_of, kept
from render.encode import check_fits
from store.errors import InvalidInputError
from store.pixels.source import Region

PLANE_KEYS = LOOK_KEYS | {"level", "size"}
SIZES = (16, 2048)
"""Smallest and greatest longer side of a plane that is shrunk, in pixels."""


@dataclass(frozen=True, slots=True)
class RegionRequest:
    """What a region's address asks for; checked as far as that goes without the image."""

    image: int
    level: int
    z: int
    t: int
    rectangle: Region
    """In pixels of the level."""
    look: Look


@dataclass(frozen=True, slots=True)
class PlaneRequest:
    """What a plane's address asks for; checked as far as that goes without the image."""

    image: int
    z: int
    t: int
    level: int | None
    size: int | None
    """Pixels of the longer side; not both with `level`."""
    look: Look


async def region(request: Request) -> Response:
    """Answer with a rectangle of a plane, rendered and encoded.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such image, or not visible.
        OutOfRangeError: The image has no such level or plane.
        InvalidInputError, RenderError: A parameter that cannot be used, or too large a region.
        UnreadableFileError: The image's file is missing, changed or damaged.
        BusyError: Too much is waiting already.
    """
    wanted = parse_region(request)
    return await answer_picture(request, partial(prepare_region, wanted), cached)


def parse_region(request: Request) -> RegionRequest:
    """Return what a region's address asks for.

    Raises:
        InvalidInputError: A parameter is unknown, no number or out of its range.
        RenderError, NotAcceptableError: A format or quality that is not offered.
        NotFoundError: The image's id cannot exist.
    """
    found = Parameters(request, LOOK_KEYS)
    return RegionRequest(
        image=found.identity("image", "image"),
        level=found.place("level"),
        z=found.place("z"),
        t=found.place("t"),
        rectangle=Region(*(found.place(name) for name in ("x", "y", "width", "height"))),
        look=look_of(found),
    )


def prepare_region(wanted: RegionRequest, micrograph: Micrograph, request: Request) -> Job:
    """Find the image for the viewer and settle everything but the pixels; one database session."""
    shown = find_shown(micrograph, request, wanted.image, wanted.look)
    source = shown.opened.source
    level = source.levels[within("level", wanted.level, len(source.levels), "levels")]
    section = wanted.look.section(source.shape, wanted.z, wanted.t)
    rectangle = wanted.rectangle
    rectangle.check_inside(level)
    check_pixels(rectangle.width, rectangle.height, source.levels)
    check_fits(wanted.look.format, rectangle.width, rectangle.height)
    draw = partial(rendered, shown, wanted.level, section, rectangle)
    return job_of(micrograph, shown, ("region", wanted.level, section.name, rectangle), draw)


async def plane(request: Request) -> Response:
    """Answer with a whole plane of a level, or shrunk to a size.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such image, or not visible.
        OutOfRangeError: The image has no such level or plane.
        InvalidInputError, RenderError: A parameter that cannot be used, or too large a plane.
        UnreadableFileError: The image's file is missing, changed or damaged.
        BusyError: Too much is waiting already.
    """
    wanted = parse_plane(request)
    return await answer_picture(request, partial(prepare_plane, wanted), kept)


def parse_plane(request: Request) -> PlaneRequest:
    """Return what a plane's address asks for.

    Raises:
        InvalidInputError: A parameter is unknown, no number or out of its range; level and size.
        RenderError, NotAcceptableError: A format or quality that is not offered.
        NotFoundError: The image's id cannot exist.
    """
    found = Parameters(request, PLANE_KEYS)
    level, size = found.position("level"), None
    if found.text("size") is not None:
        size = found.number("size", *SIZES, SIZES[0])
    if level is not None and size is not None:
        raise InvalidInputError("Both level and size are given.", "Give one of them.")
    return PlaneRequest(
        image=found.identity("image", "image"),
        z=found.place("z"),
        t=found.place("t"),
        level=level,
        size=size,
        look=look_of(found),
    )


def prepare_plane(wanted: PlaneRequest, micrograph: Micrograph, request: Request) -> Job:
    """Find the image for the viewer and settle everything but the pixels; one database session."""
    shown = find_shown(micrograph, request, wanted.image, wanted.look)
    source, size = shown.opened.source, wanted.size
    section = wanted.look.section(source.shape, wanted.z, wanted.t)
    number = wanted.level or 0 if size is None else level_for(source.levels, size)
    level = source.levels[within("level", number, len(source.levels), "levels")]
    width, height = (level.width, level.height) if size is None else fitted(level, size)
    check_pixels(width, height, source.levels)
    check_fits(wanted.look.format, width, height)
    if size is None:
        draw = partial(rendered, shown, number, section, Region(0, 0, width, height))
    else:
        draw = partial(reduced, shown, number, section, size)
    return job_of(micrograph, shown, ("plane", number, section.name, size), draw)
