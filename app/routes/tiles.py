"""GET /tiles/…: one square of an image, rendered."""

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph
from app.routes.drawing import rendered
from app.routes.looks import LOOK_KEYS, Look, find_shown, look_of
from app.routes.parameters import Parameters, within
from app.routes.pictures import Job, answer_picture, cached, job_of
from store.pixels.source import PixelSource, Region

DEFAULT_SIZE = 512
KEYS = LOOK_KEYS | {"size"}


class Square(Protocol):
    """Where a tile is: a square of a level, in the grid of its size."""

    @property
    def level(self) -> int: ...  # noqa: D102
    @property
    def x(self) -> int: ...  # noqa: D102
    @property
    def y(self) -> int: ...  # noqa: D102
    @property
    def size(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class TileRequest:
    """What a tile's address asks for; checked as far as that goes without the image."""

    image: int
    level: int
    z: int
    t: int
    x: int
    y: int
    size: int
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
    return await answer_picture(request, wanted.look, partial(prepare, wanted), cached)


def parse_tile(request: Request) -> TileRequest:
    """Return what a tile's address asks for.

    Raises:
        InvalidInputError: A parameter is unknown, no number or out of its range.
        UnsupportedFormatError: An image format that is not offered.
        NotFoundError: The image's id cannot exist.
    """
    found = Parameters(request, KEYS)
    return TileRequest(
        image=found.identity("image", "image"),
        level=found.place("level"),
        z=found.place("z"),
        t=found.place("t"),
        x=found.place("x"),
        y=found.place("y"),
        size=found.number("size", 64, 2048, DEFAULT_SIZE),
        look=look_of(found),
    )


def prepare(wanted: TileRequest, micrograph: Micrograph, request: Request) -> Job:
    """Find the image for the viewer and settle everything but the pixels; one database session."""
    shown = find_shown(micrograph, request, wanted.image, wanted.look)
    source = shown.opened.source
    region = region_of(source, wanted)
    section = wanted.look.section(source.shape, wanted.z, wanted.t)
    position = (wanted.level, section.name, wanted.x, wanted.y, wanted.size)
    draw = partial(rendered, shown, wanted.level, section, region)
    return job_of(micrograph, shown, ("tile", *position), draw)


def region_of(source: PixelSource, wanted: Square) -> Region:
    """Return the tile's rectangle in pixels of its level; smaller at the right and bottom edge.

    Raises:
        OutOfRangeError: The image has no such level or tile.
    """
    levels, size = source.levels, wanted.size
    level = levels[within("level", wanted.level, len(levels), "levels")]
    x = size * within("x", wanted.x, -(-level.width // size), "tiles across at this level")
    y = size * within("y", wanted.y, -(-level.height // size), "tiles down at this level")
    return Region(x, y, min(size, level.width - x), min(size, level.height - y))
