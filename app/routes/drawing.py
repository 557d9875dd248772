"""Reads planes and blends them: what a picture shows, before it is encoded."""

from collections.abc import Iterator, Sequence

import numpy as np

from app.routes.looks import Section, Shown
from render.arrays import RGB, Plane
from render.memory import RECYCLED
from render.projection import Accumulator, Kind
from store.errors import InvalidInputError
from store.pixels.source import MAX_CHUNKS, MAX_DECODED_BYTES, Level, PixelSource, Region

MAX_PIXELS = 4096 * 4096
"""Most pixels that a picture has."""
MAX_SAMPLES_BYTES = 4 * MAX_DECODED_BYTES
"""Most bytes of samples that go into one picture."""
BAND_BYTES = 4 * 2**20
"""About how many bytes of samples are in memory at once, beside the caches; a row of chunks is."""


def rendered(shown: Shown, level: int, section: Section, region: Region, halvings: int = 0) -> RGB:
    """Read the active channels of a region, and blend them; black if every channel is off.

    Args:
        shown: Where the pixels are, and how they are shown.
        level: Number of the level.
        section: Which plane, or planes.
        region: In pixels of the level.
        halvings: How often width and height are halved after blending.

    Returns:
        Shape (Y, X, 3), uint8; of the region's size, halved.

    Raises:
        InvalidInputError: It would read too much.
    """
    source, active = shown.opened.source, shown.settings.active_channels
    check_amount(source, section, len(active), region)
    step = 1 << halvings
    bands = list(_bands(source, level, len(active), region, step))
    if len(bands) == 1:
        return _halved(_blended(shown, level, section, region), halvings)
    size = (-(-region.height // step), -(-region.width // step), 3)
    out: RGB = RECYCLED.empty(size, np.uint8)
    for band in bands:
        top = (band.y - region.y) // step
        part = out[top : top + -(-band.height // step)]
        if halvings:
            part[...] = _halved(_blended(shown, level, section, band), halvings)
        else:
            _blended(shown, level, section, band, part)
    return out


def reduced(shown: Shown, level: int, section: Section, size: int) -> RGB:
    """Read a whole plane, blend it, and shrink it to a longest side of so many pixels.

    Raises:
        InvalidInputError: It would read too much.
    """
    from render.downsample import resize_to  # loads numba, which the start does not wait for

    chosen = shown.opened.source.levels[level]
    whole = Region(0, 0, chosen.width, chosen.height)
    halvings = max(0, (max(chosen.width, chosen.height) // size).bit_length() - 1)
    return resize_to(rendered(shown, level, section, whole, halvings), *fitted(chosen, size))


def planes_of(
    source: PixelSource, level: int, section: Section, channels: tuple[int, ...], region: Region
) -> Sequence[Plane]:
    """Read a region of some channels: of one plane, or projected.

    Returns:
        To look at only: planes may be views of what is cached.

    Raises:
        InvalidInputError: It would read too much.
    """
    check_amount(source, section, len(channels), region)
    return _planes_of(source, level, section, channels, region)


def check_amount(source: PixelSource, section: Section, channels: int, region: Region) -> None:
    """Refuse a picture that would read too many samples.

    Raises:
        InvalidInputError: It would.
    """
    planes = len(section.planes)
    nbytes = region.width * region.height * channels * planes * source.dtype.itemsize
    if nbytes > MAX_SAMPLES_BYTES:
        raise InvalidInputError(
            f"Showing {planes} planes of {channels} channels here would read {nbytes >> 20} MiB; "
            f"the limit is {MAX_SAMPLES_BYTES >> 20} MiB.",
            "Project fewer planes, show fewer channels, or ask for a smaller part or size.",
        )


def check_pixels(width: int, height: int, levels: tuple[Level, ...]) -> None:
    """Refuse a picture of too many pixels, and name the level of the image that fits.

    Args:
        width: Of the picture.
        height: Of the picture.
        levels: Of its image.

    Raises:
        InvalidInputError: It has too many.
    """
    if width * height > MAX_PIXELS:
        fitting = [i for i, level in enumerate(levels) if level.width * level.height <= MAX_PIXELS]
        whole = f", or for the whole of level {fitting[0]}" if fitting else ""
        raise InvalidInputError(
            f"A picture of {width} x {height} pixels is too large.",
            f"Ask for at most {MAX_PIXELS} pixels, such as 4096 x 4096{whole}.",
        )


def level_for(levels: tuple[Level, ...], size: int) -> int:
    """Return the number of the smallest level whose longer side is at least `size` pixels."""
    enough = [i for i, level in enumerate(levels) if max(level.width, level.height) >= size]
    return enough[-1] if enough else 0


def fitted(level: Level, size: int) -> tuple[int, int]:
    """Return width and height with the longer side `size` pixels; never larger than the level."""
    longer = max(level.width, level.height)
    scale = min(1.0, size / longer)
    return max(1, round(level.width * scale)), max(1, round(level.height * scale))


def _blended(
    shown: Shown, level: int, section: Section, region: Region, out: RGB | None = None
) -> RGB:
    from render.composite import composite  # loads numba, which the start does not wait for

    active = shown.settings.active_channels
    if not active:
        black = np.empty((region.height, region.width, 3), np.uint8) if out is None else out
        black.fill(0)
        return black
    planes = _planes_of(shown.opened.source, level, section, active, region)
    return composite(planes, shown.settings, out)


def _planes_of(
    source: PixelSource, level: int, section: Section, channels: tuple[int, ...], region: Region
) -> Sequence[Plane]:
    """Read as `planes_of` does; for whoever has checked the amount."""
    if section.projection is None:
        return source.view_channels(level, section.t, channels, section.z, region)
    return _projected(source, level, section, section.projection.kind, channels, region)


def _bands(
    source: PixelSource, level: int, channels: int, region: Region, step: int
) -> Iterator[Region]:
    """Cut a region into bands of whole rows of chunks, as high as memory and reading allow."""
    size = source.levels[level]
    chunk_bytes = size.chunk_width * size.chunk_height * source.dtype.itemsize
    across = (region.width - 1) // size.chunk_width + 2
    most = min(BAND_BYTES // chunk_bytes, MAX_CHUNKS // 2) // (across * max(channels, 1))
    rows = -(-max(most, 1) * size.chunk_height // step) * step
    if region.height <= rows:
        yield region
        return
    top, bottom = region.y, region.y + region.height
    while top < bottom:
        # The first band ends where a row of chunks does.
        end = top + rows if step > 1 else (top // rows + 1) * rows
        end = min(end, bottom)
        yield Region(region.x, top, region.width, end - top)
        top = end


def _halved(rgb: RGB, times: int) -> RGB:
    from render.downsample import halve  # loads numba, which the start does not wait for

    for _ in range(times):
        rgb = np.stack([halve(rgb[:, :, part]) for part in range(3)], axis=2)
    return rgb


def _projected(
    source: PixelSource,
    level: int,
    section: Section,
    kind: Kind,
    channels: tuple[int, ...],
    region: Region,
) -> list[Plane]:
    """Read a region plane by plane, and project each channel; one plane at a time in memory."""
    shape = (region.height, region.width)
    totals = [Accumulator(kind, shape, source.dtype) for _ in channels]
    buffer = None if _in_one_chunk(source.levels[level], region) else np.empty(shape, source.dtype)
    for t, z in section.planes:
        for total, channel in zip(totals, channels, strict=True):
            total.add(source.read(level, t, channel, z, region, buffer))
    return [total.result() for total in totals]


def _in_one_chunk(level: Level, region: Region) -> bool:
    """Whether a reader can hand out a part of a decoded chunk, with nothing to copy."""
    right, bottom = region.x + region.width - 1, region.y + region.height - 1
    across = region.x // level.chunk_width == right // level.chunk_width
    return across and region.y // level.chunk_height == bottom // level.chunk_height
