"""GET /thumbnails/…: a whole plane, rendered small."""

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
    level_for,
    name_of,
    name_of_depth,
    rendered,
)
from render.encode import DEFAULT_QUALITY, encode
from render.projection import Projection
from render.settings import RenderSettings
from store.pixels.source import Level, Region

DEFAULT_SIZE = 144
KEYS = frozenset({"size", "z", "t", "c", "m", "p", "q", "v"})


@dataclass(frozen=True, slots=True)
class ThumbnailRequest:
    """What a thumbnail's address asks for; checked as far as that goes without the image."""

    image: int
    format: str
    size: int
    """Pixels of the longer side."""
    z: int | None
    t: int | None
    channels: str | None
    model: str | None
    projection: str | None
    quality: int
    version: str | None


@dataclass(frozen=True, slots=True)
class Job:
    """A thumbnail that this viewer may see."""

    opened: OpenedImage
    wanted: ThumbnailRequest
    depth: int | Projection
    """The section, or the sections that become one."""
    t: int
    settings: RenderSettings
    key: str
    body: bytes | None
    """The encoded thumbnail, if it was in memory."""


async def thumbnail(request: Request) -> Response:
    """Answer with a small picture of one plane, by default the middle one.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such image, or not visible.
        OutOfRangeError: The image has no such plane.
        InvalidInputError, RenderError: A parameter that cannot be used.
        UnreadableFileError: The image's file is missing, changed or damaged.
        BusyError: Too much is waiting already.
    """
    wanted = parse_thumbnail(request)
    return await answer_picture(request, wanted, partial(prepare, wanted), cached)


def parse_thumbnail(request: Request) -> ThumbnailRequest:
    """Return what a thumbnail's address asks for.

    Raises:
        InvalidInputError: A parameter is unknown, no number or out of its range.
        UnsupportedFormatError: An image format that is not offered.
        NotFoundError: The image's id cannot exist.
    """
    found = Parameters(request, KEYS)
    format_ = known_format(found.suffix())
    return ThumbnailRequest(
        image=found.identity("image", "image"),
        format=format_,
        size=found.number("size", 16, 1024, DEFAULT_SIZE),
        z=found.position("z"),
        t=found.position("t"),
        channels=found.text("c"),
        model=found.text("m"),
        projection=found.text("p"),
        quality=found.number("q", 1, 100, DEFAULT_QUALITY[format_]),
        version=found.text("v"),
    )


def prepare(wanted: ThumbnailRequest, micrograph: Micrograph, request: Request) -> Job:
    """Find the image for the viewer and settle everything but the pixels; one database session."""
    _, opened = micrograph.find_image(request, wanted.image)
    shape = opened.source.shape
    z = shape.z // 2 if wanted.z is None else within("z", wanted.z, shape.z, "sections")
    t = 0 if wanted.t is None else within("t", wanted.t, shape.t, "time points")
    settings = settings_for(opened, wanted.channels, wanted.model)
    depth = depth_of(wanted.projection, z, shape.z)
    place = (name_of_depth(depth), t, wanted.size)
    key = name_of(
        *("thumbnail", opened.stored.content_id, settings.hash(), place),
        *(wanted.format, wanted.quality),
    )
    body = micrograph.tiles.peek(key)
    return Job(opened, wanted, depth, t, settings, key, body)


def cached(micrograph: Micrograph, job: Job) -> bytes:
    """Return the encoded thumbnail from memory or disk, rendering it if nobody has."""

    def load() -> bytes:
        content = micrograph.thumbnails.find(job.key)
        if content is None:
            content = render_thumbnail(job)
            micrograph.thumbnails.keep(job.key, content)
        return content

    return micrograph.tiles.get(job.key, load)


def render_thumbnail(job: Job) -> bytes:
    """Read the smallest level that is large enough, blend, shrink and encode it."""
    from render.downsample import resize_to  # loads numba, which the start does not wait for

    wanted = job.wanted
    number = level_for(job.opened.source.levels, wanted.size)
    level = job.opened.source.levels[number]
    whole = Region(0, 0, level.width, level.height)
    rgb = rendered(job.opened, job.settings, number, job.t, job.depth, whole)
    return encode(resize_to(rgb, *fitted(level, wanted.size)), wanted.format, wanted.quality)


def fitted(level: Level, size: int) -> tuple[int, int]:
    """Return width and height with the longer side `size` pixels; never larger than the level."""
    longer = max(level.width, level.height)
    scale = min(1.0, size / longer)
    return max(1, round(level.width * scale)), max(1, round(level.height * scale))
