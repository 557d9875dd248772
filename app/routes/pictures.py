"""What every rendered picture shares: finding its image, caching headers, 304, rendering."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph, micrograph_of, person_of
from app.images import OpenedImage
from app.limits import unless_gone
from render.arrays import RGB, Plane
from render.encode import FORMATS
from render.errors import UnsupportedFormatError
from render.projection import Accumulator, Projection
from render.query import format_projection, parse_projection
from render.settings import RenderSettings
from store.errors import InvalidInputError
from store.pixels.source import MAX_DECODED_BYTES, Level, PixelSource, Region

IMMUTABLE = "private, max-age=31536000, immutable"
REVALIDATE = "private, no-cache"
MAX_PROJECTED_BYTES = 4 * MAX_DECODED_BYTES
"""Most bytes of samples that one picture may project."""


class Wanted(Protocol):
    """What an address asks for, as far as every picture has it."""

    @property
    def format(self) -> str:
        """A key of `render.encode.FORMATS`."""
        ...

    @property
    def version(self) -> str | None:
        """The version in the address."""
        ...


class Job(Protocol):
    """A picture that this viewer may see: everything is settled but the pixels."""

    @property
    def opened(self) -> OpenedImage:
        """Where its pixels are."""
        ...

    @property
    def key(self) -> str:
        """Name of exactly these bytes."""
        ...

    @property
    def body(self) -> bytes | None:
        """The encoded picture, if it was in memory."""
        ...


async def answer_picture[J: Job](
    request: Request,
    wanted: Wanted,
    prepare: Callable[[Micrograph, Request], J],
    make: Callable[[Micrograph, J], bytes],
) -> Response:
    """Answer with a picture, or with 304 before any pixel is read.

    Args:
        request: Asks for it.
        wanted: What its address says.
        prepare: Finds the image for the viewer and settles everything but the pixels.
        make: Returns the encoded picture, from a cache or by rendering it.

    Raises:
        Whatever `prepare` and `make` raise, and BusyError.
    """
    micrograph, person = micrograph_of(request), person_of(request)
    known = request.headers.get("if-none-match", "")
    if not known:  # no 304 to hope for: one job in one thread does it all
        whole = partial(_at_once, micrograph, request, prepare, make)
        done = await unless_gone(request, partial(micrograph.slots.render.run, person, whole))
        if done is None:  # the client has gone
            return Response(status_code=204)
        job, body = done
        if body is not None:
            return _picture(wanted, job, body)
    find = partial(prepare, micrograph, request)
    job = await micrograph.slots.metadata.run(person, find)
    if not job.opened.measured and await micrograph.measurements.wait(job.opened):
        job = await micrograph.slots.metadata.run(person, find)
    if f'"{job.key}"' in known:
        return Response(status_code=304, headers=_headers(wanted, job))
    body = job.body
    if body is None:
        work = partial(micrograph.slots.render.run, person, make, micrograph, job)
        body = await unless_gone(request, work)
    return _picture(wanted, job, body)


def _at_once[J: Job](
    micrograph: Micrograph,
    request: Request,
    prepare: Callable[[Micrograph, Request], J],
    make: Callable[[Micrograph, J], bytes],
) -> tuple[J, bytes | None]:
    """Find an image and make its picture; no picture before the image's range is measured."""
    job = prepare(micrograph, request)
    if not job.opened.measured:
        return job, None
    return job, make(micrograph, job) if job.body is None else job.body


def _picture(wanted: Wanted, job: Job, body: bytes | None) -> Response:
    headers = _headers(wanted, job)
    return Response(body, media_type=FORMATS[wanted.format], headers=headers)


def _headers(wanted: Wanted, job: Job) -> dict[str, str]:
    return answer_headers(job.key, immutable=wanted.version == job.opened.version)


def known_format(suffix: str) -> str:
    """Return the format if it is offered.

    Raises:
        UnsupportedFormatError: It is not.
    """
    if suffix not in FORMATS:
        raise UnsupportedFormatError(
            f"No image format {suffix[:32]!r}.", f"Ask for one of {', '.join(FORMATS)}."
        )
    return suffix


def answer_headers(key: str, *, immutable: bool) -> dict[str, str]:
    """Return the caching headers of a tile or thumbnail.

    Args:
        key: Name of exactly these bytes.
        immutable: The address carries the current version, so it never has other bytes.
    """
    return {
        "etag": f'"{key}"',
        "cache-control": IMMUTABLE if immutable else REVALIDATE,
        "vary": "cookie",
    }


def name_of(*parts: object) -> str:
    """Return the name of exactly the bytes that these parts lead to: 32 hexadecimal digits."""
    text = " ".join(map(str, parts))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def depth_of(text: str | None, z: int, size_z: int) -> int | Projection:
    """Return what is shown of an image's depth: one section, or the sections that `p` projects.

    Args:
        text: The `p` of the address, None if it has none.
        z: The section that is shown without a projection.
        size_z: Number of sections.

    Raises:
        SettingsError: A projection that cannot be made; names it.
    """
    projection = None if text is None else parse_projection(text, size_z)
    return z if projection is None else projection


def name_of_depth(depth: int | Projection) -> int | str:
    """Return the part of a picture's name that tells its depth apart."""
    return format_projection(depth) if isinstance(depth, Projection) else depth


def rendered(
    opened: OpenedImage,
    settings: RenderSettings,
    level: int,
    t: int,
    depth: int | Projection,
    region: Region,
) -> RGB:
    """Read the active channels of a region, and blend them; black if every channel is off.

    Raises:
        InvalidInputError: A projection that would read too much.
    """
    from render.composite import composite  # loads numba, which the start does not wait for

    active = settings.active_channels
    if not active:
        return np.zeros((region.height, region.width, 3), np.uint8)
    if isinstance(depth, Projection):
        return composite(projected(opened.source, level, t, active, depth, region), settings)
    return composite(opened.source.read_channels(level, t, active, depth, region), settings)


def projected(
    source: PixelSource,
    level: int,
    t: int,
    channels: tuple[int, ...],
    projection: Projection,
    region: Region,
) -> list[Plane]:
    """Read a region section by section, and project each channel; one section at a time in memory.

    Raises:
        InvalidInputError: The region of all sections and channels is too large.
    """
    sections = projection.planes()
    samples = region.width * region.height * len(channels) * len(sections)
    if samples * source.dtype.itemsize > MAX_PROJECTED_BYTES:
        raise InvalidInputError(
            f"Projecting {len(sections)} sections of {len(channels)} channels here would read "
            f"{samples * source.dtype.itemsize >> 20} MiB; "
            f"the limit is {MAX_PROJECTED_BYTES >> 20} MiB.",
            "Project fewer sections, show fewer channels, or ask for a smaller tile or size.",
        )
    shape = (region.height, region.width)
    totals = [Accumulator(projection.kind, shape, source.dtype) for _ in channels]
    for z in sections:
        planes = source.read_channels(level, t, channels, z, region)
        for total, plane in zip(totals, planes, strict=True):
            total.add(plane)
    return [total.result() for total in totals]


def level_for(levels: tuple[Level, ...], size: int) -> int:
    """Return the number of the smallest level whose longer side is at least `size` pixels."""
    enough = [i for i, level in enumerate(levels) if max(level.width, level.height) >= size]
    return enough[-1] if enough else 0
