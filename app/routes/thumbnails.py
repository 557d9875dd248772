"""GET /thumbnails/…: a whole plane, rendered small."""

from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph
from app.routes.drawing import level_for, reduced
from app.routes.looks import LOOK_KEYS, Look, find_shown, look_of
from app.routes.parameters import Parameters
from app.routes.pictures import Job, answer_picture, job_of, kept_or_rendered

DEFAULT_SIZE = 144
KEYS = LOOK_KEYS | {"size", "z", "t"}


@dataclass(frozen=True, slots=True)
class ThumbnailRequest:
    """What a thumbnail's address asks for; checked as far as that goes without the image."""

    image: int
    size: int
    """Pixels of the longer side."""
    z: int | None
    t: int | None
    look: Look


async def thumbnail(request: Request) -> Response:
    """Answer with a small picture of one plane, by default the one to show first.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such image, or not visible.
        OutOfRangeError: The image has no such plane.
        InvalidInputError, RenderError: A parameter that cannot be used.
        UnreadableFileError: The image's file is missing, changed or damaged.
        BusyError: Too much is waiting already.
    """
    wanted = parse_thumbnail(request)
    return await answer_picture(request, partial(prepare, wanted), cached)


def parse_thumbnail(request: Request) -> ThumbnailRequest:
    """Return what a thumbnail's address asks for.

    Raises:
        InvalidInputError: A parameter is unknown, no number or out of its range.
        UnsupportedFormatError: An image format that is not offered.
        NotFoundError: The image's id cannot exist.
    """
    found = Parameters(request, KEYS)
    return ThumbnailRequest(
        image=found.identity("image", "image"),
        size=found.number("size", 16, 1024, DEFAULT_SIZE),
        z=found.position("z"),
        t=found.position("t"),
        look=look_of(found),
    )


def prepare(wanted: ThumbnailRequest, micrograph: Micrograph, request: Request) -> Job:
    """Find the image for the viewer and settle everything but the pixels; one database session."""
    shown = find_shown(micrograph, request, wanted.image, wanted.look)
    view = shown.opened.view
    z = view.z if wanted.z is None else wanted.z
    t = view.t if wanted.t is None else wanted.t
    section = wanted.look.section(shown.opened.source.shape, z, t)
    level = level_for(shown.opened.source.levels, wanted.size)
    draw = partial(reduced, shown, level, section, wanted.size)
    return job_of(micrograph, shown, ("thumbnail", section.name, wanted.size), draw)


def cached(micrograph: Micrograph, job: Job) -> bytes:
    """Return the encoded thumbnail from memory or disk, rendering it if nobody has."""
    load = partial(kept_or_rendered, micrograph.thumbnails, job)
    return micrograph.tiles.get(job.key, load)
