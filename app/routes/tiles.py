"""GET /tiles/…: one square of an image, rendered."""

from dataclasses import dataclass, replace
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of
from app.routes.drawing import rendered
from app.routes.looks import LOOK_KEYS, Look, Shown, find_shown, look_of
from app.routes.parameters import Parameters
from app.routes.pictures import (
    Job,
    answer_picture,
    handed_out,
    has_already,
    job_of,
    kept,
)
from app.routes.squares import Square, square_of

KEYS = LOOK_KEYS | {"size"}


@dataclass(frozen=True, slots=True)
class TileRequest:
    """What a tile's address asks for; checked as far as that goes without the image."""

    square: Square
    look: Look


async def tile(request: Request) -> Response:
    """Answer with one square of one plane, rendered and encoded.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such image, or not visible.
        OutOfRangeError: The image has no such level, plane or tile.
        InvalidInputError, RenderError: A parameter that cannot be used.
        UnreadableFileError: The image's file is missing, changed or damaged.
        BusyError: Too much is waiting already.
    """
    wanted = parse_tile(request)
    if wanted.look.plain and (stored := stored_tile(request, wanted)) is not None:
        return stored
    return await answer_picture(request, partial(prepare, wanted), kept)


def parse_tile(request: Request) -> TileRequest:
    """Return what a tile's address asks for.

    Raises:
        InvalidInputError: A parameter is unknown, no number or out of its range.
        UnsupportedFormatError: An image format that is not offered.
        NotFoundError: The image's id cannot exist.
    """
    found = Parameters(request, KEYS)
    return TileRequest(square_of(found), look_of(found))


def prepare(wanted: TileRequest, micrograph: Micrograph, request: Request) -> Job:
    """Find the image for the viewer and settle everything but the pixels; one database session."""
    return job_in(
        find_shown(micrograph, request, wanted.square.image, wanted.look), wanted, micrograph
    )


def job_in(shown: Shown, wanted: TileRequest, micrograph: Micrograph) -> Job:
    """Settle everything about a tile of an image but the pixels.

    Raises:
        OutOfRangeError: The image has no such level, plane or tile.
    """
    source, square = shown.opened.source, wanted.square
    region = square.region(source)
    section = wanted.look.section(source.shape, square.z, square.t)
    draw = partial(rendered, shown, square.level, section, region)
    kind = "stored" if shows_as_stored(shown) else "tile"
    place = (kind, section.name, *square.name)
    job = job_of(micrograph, shown, place, draw)
    if kind == "tile":
        return job
    stored = partial(source.stored_jpeg, square.level, square.t, square.z, region)
    return replace(job, render=lambda: stored() or job.render(), stored=stored)


def shows_as_stored(shown: Shown) -> bool:
    """Whether pictures that the file has of an image may be the answer as they are.

    Where the address asks for JPEG and nothing else, and the image is shown as a photograph: red,
    green and blue without window, curve or other colours.
    """
    return shown.look.plain and shown.look.format == "jpg" and shown.settings.keeps_photographs


def stored_tile(request: Request, wanted: TileRequest) -> Response | None:
    """Answer with a picture as the file has it, if that needs no waiting; for the event loop.

    A tenth of what the way through a thread costs. None where anything is to be waited for: what
    the viewer may see is not known, or the file's bytes are not in the system's memory.

    Raises:
        OutOfRangeError: The image has no such level, plane or tile.
        UnreadableFileError: The file has changed.
    """
    micrograph = micrograph_of(request)
    opened = micrograph.known_image(request, wanted.square.image, wanted.look.named)
    if opened is None or not opened.measured:
        return None
    shown = Shown(opened, wanted.look, opened.settings)
    if not shows_as_stored(shown):
        return None
    job = job_in(shown, wanted, micrograph)
    if has_already(request, job.key):
        return handed_out(request, job, None)
    body = job.body or (job.stored and job.stored(at_once=True))
    return handed_out(request, job, body) if body else None
