"""GET /tiles/…: one square of an image, rendered."""

from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph
from app.images import OpenedImage, settings_for
from app.routes.parameters import Parameters, within
from app.routes.pictures import (
    answer_picture,
    depth_of,
    known_format,
    name_of,
    name_of_depth,
    rendered,
)
from render.encode import DEFAULT_QUALITY, encode
from render.projection import Projection
from render.settings import RenderSettings
from store.pixels.source import Region

DEFAULT_SIZE = 512
KEYS = frozenset({"size", "c", "m", "p", "q", "v"})


@dataclass(frozen=True, slots=True)
class TileRequest:
    """What a tile's address asks for; checked as far as that goes without the image."""

    image: int
    level: int
    z: int
    t: int
    x: int
    y: int
    format: str
    size: int
    channels: str | None
    model: str | None
    projection: str | None
    quality: int
    version: str | None


@dataclass(frozen=True, slots=True)
class Job:
    """A tile that this viewer may see: where its pixels are and how they are shown."""

    opened: OpenedImage
    wanted: TileRequest
    region: Region
    depth: int | Projection
    """The section, or the sections that become one."""
    settings: RenderSettings
    key: str
    body: bytes | None
    """The encoded tile, if it was in memory."""


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
    return await answer_picture(request, wanted, partial(prepare, wanted), cached)


def parse_tile(request: Request) -> TileRequest:
    """Return what a tile's address asks for.

    Raises:
        InvalidInputError: A parameter is unknown, no number or out of its range.
        UnsupportedFormatError: An image format that is not offered.
        NotFoundError: The image's id cannot exist.
    """
    found = Parameters(request, KEYS)
    format_ = known_format(found.suffix())
    return TileRequest(
        image=found.identity("image", "image"),
        level=found.place("level"),
        z=found.place("z"),
        t=found.place("t"),
        x=found.place("x"),
        y=found.place("y"),
        format=format_,
        size=found.number("size", 64, 2048, DEFAULT_SIZE),
        channels=found.text("c"),
        model=found.text("m"),
        projection=found.text("p"),
        quality=found.number("q", 1, 100, DEFAULT_QUALITY[format_]),
        version=found.text("v"),
    )


def prepare(wanted: TileRequest, micrograph: Micrograph, request: Request) -> Job:
    """Find the image for the viewer and settle everything but the pixels; one database session."""
    _, opened = micrograph.find_image(request, wanted.image)
    region = region_of(opened, wanted)
    settings = settings_for(opened, wanted.channels, wanted.model)
    depth = depth_of(wanted.projection, wanted.z, opened.source.shape.z)
    key = key_of(opened.stored.content_id, settings, wanted, depth)
    body = micrograph.tiles.peek(key)
    return Job(opened, wanted, region, depth, settings, key, body)


def region_of(opened: OpenedImage, wanted: TileRequest) -> Region:
    """Return the tile's rectangle in pixels of its level; smaller at the right and bottom edge.

    Raises:
        OutOfRangeError: The image has no such level, plane or tile.
    """
    levels, shape, size = opened.source.levels, opened.source.shape, wanted.size
    level = levels[within("level", wanted.level, len(levels), "levels")]
    within("z", wanted.z, shape.z, "sections")
    within("t", wanted.t, shape.t, "time points")
    x = size * within("x", wanted.x, -(-level.width // size), "tiles across at this level")
    y = size * within("y", wanted.y, -(-level.height // size), "tiles down at this level")
    return Region(x, y, min(size, level.width - x), min(size, level.height - y))


def key_of(
    content_id: str, settings: RenderSettings, wanted: TileRequest, depth: int | Projection
) -> str:
    """Return the name of exactly these bytes: samples, settings, place, size, format, quality."""
    section = name_of_depth(depth)
    place = (wanted.level, section, wanted.t, wanted.x, wanted.y, wanted.size)
    return name_of("tile", content_id, settings.hash(), place, wanted.format, wanted.quality)


def cached(micrograph: Micrograph, job: Job) -> bytes:
    """Return the encoded tile from memory, rendering it if nobody has."""
    return micrograph.tiles.get(job.key, partial(render_tile, job))


def render_tile(job: Job) -> bytes:
    """Read the active channels of the tile, blend and encode them."""
    wanted = job.wanted
    rgb = rendered(job.opened, job.settings, wanted.level, wanted.t, job.depth, job.region)
    return encode(rgb, wanted.format, wanted.quality)
