"""GET /thumbnails/…: a whole plane, rendered small."""

import hashlib
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of, person_of
from app.images import OpenedImage, settings_for
from app.limits import unless_gone
from app.routes.parameters import Parameters, within
from app.routes.tiles import answer_headers, black, known_format
from render.encode import DEFAULT_QUALITY, FORMATS, encode
from render.settings import RenderSettings
from store.pixels.source import Level, Region

DEFAULT_SIZE = 144
KEYS = frozenset({"size", "z", "t", "c", "m", "q", "v"})


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
    quality: int
    version: str | None


@dataclass(frozen=True, slots=True)
class Job:
    """A thumbnail that this viewer may see."""

    opened: OpenedImage
    wanted: ThumbnailRequest
    z: int
    t: int
    settings: RenderSettings
    key: str
    viewer: int
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
    micrograph = micrograph_of(request)
    find = partial(prepare, micrograph, request, wanted)
    job = await micrograph.slots.metadata.run(person_of(request), find)
    if not job.opened.measured and await micrograph.measurements.wait(job.opened):
        job = await micrograph.slots.metadata.run(person_of(request), find)
    headers = answer_headers(job.key, immutable=wanted.version == job.opened.version)
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    body = job.body
    if body is None:
        work = partial(micrograph.slots.render.run, job.viewer, cached, micrograph, job)
        body = await unless_gone(request, work)
    return Response(body, media_type=FORMATS[wanted.format], headers=headers)


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
        quality=found.number("q", 1, 100, DEFAULT_QUALITY[format_]),
        version=found.text("v"),
    )


def prepare(micrograph: Micrograph, request: Request, wanted: ThumbnailRequest) -> Job:
    """Find the image for the viewer and settle everything but the pixels; one database session."""
    viewer, opened = micrograph.find_image(request, wanted.image)
    shape = opened.source.shape
    z = shape.z // 2 if wanted.z is None else within("z", wanted.z, shape.z, "sections")
    t = 0 if wanted.t is None else within("t", wanted.t, shape.t, "time points")
    settings = settings_for(opened, wanted.channels, wanted.model)
    place = (z, t, wanted.size)
    text = f"thumbnail {opened.stored.content_id} {settings.hash()} {place}"
    text = f"{text} {wanted.format} {wanted.quality}"
    key = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    body = micrograph.tiles.peek(key)
    return Job(opened, wanted, z, t, settings, key, viewer.experimenter_id, body)


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
    from render.composite import composite  # loads numba, which the start does not wait for
    from render.downsample import resize_to

    source, wanted = job.opened.source, job.wanted
    number = level_for(source.levels, wanted.size)
    level = source.levels[number]
    whole = Region(0, 0, level.width, level.height)
    active = job.settings.active_channels
    if active:
        planes = source.read_channels(number, job.t, active, job.z, whole)
        rgb = composite(planes, job.settings)
    else:
        rgb = black(whole)
    return encode(resize_to(rgb, *fitted(level, wanted.size)), wanted.format, wanted.quality)


def level_for(levels: tuple[Level, ...], size: int) -> int:
    """Return the number of the smallest level whose longer side is at least `size` pixels."""
    enough = [i for i, level in enumerate(levels) if max(level.width, level.height) >= size]
    return enough[-1] if enough else 0


def fitted(level: Level, size: int) -> tuple[int, int]:
    """Return width and height with the longer side `size` pixels; never larger than the level."""
    longer = max(level.width, level.height)
    scale = min(1.0, size / longer)
    return max(1, round(level.width * scale)), max(1, round(level.height * scale))
