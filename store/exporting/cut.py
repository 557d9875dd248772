"""What of an image is written: a rectangle, a level, some sections, time points and channels."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from store.errors import InvalidInputError
from store.pixels.source import Level, PixelSource, PixelsShape, Plane, Region, level_of

SMALLEST = 512
"""Pixels of the longer side below which no smaller level is written."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of an image somebody wants; all of it where nothing is said."""

    region: Region | None = None
    """In pixels of the level."""
    level: int = 0
    z: range | None = None
    t: range | None = None
    channels: tuple[int, ...] | None = None
    """From 0, in the order in which they are written."""

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return self == Wanted()


@dataclass(frozen=True, slots=True)
class CutLevel:
    """One resolution of what is written."""

    number: int
    """Of the level in the image."""
    region: Region
    """In pixels of that level."""


class Cut:
    """A part of an image as if it were the whole: positions and sizes are its own.

    Of a rectangle that does not begin at a pixel of a smaller level, that level begins less than
    one of its pixels before the rectangle.

    Args:
        source: The image.
        wanted: What of it.

    Raises:
        InvalidInputError: The image has no such part.
    """

    def __init__(self, source: PixelSource, wanted: Wanted) -> None:
        self.source = source
        self.wanted = wanted
        full = source.levels[0]
        level = level_of(source.levels, wanted.level)
        region = wanted.region or Region(0, 0, level.width, level.height)
        region.check_inside(level)
        self.z = _span("sections", wanted.z, source.shape.z)
        self.t = _span("time points", wanted.t, source.shape.t)
        self.channels = _channels(wanted.channels, source.shape.c)
        self.region = region
        self.dtype = source.dtype
        self.shape = PixelsShape(
            len(self.t), len(self.channels), len(self.z), region.height, region.width
        )
        self.factors = (full.width / level.width, full.height / level.height)
        """How many pixels of the full image one pixel stands for, along X and Y."""
        self.levels = tuple(self._levels())
        """Resolutions, the largest first, down to the first that fits into a tile."""

    @property
    def origin(self) -> tuple[float, float]:
        """X and Y of the first pixel, in pixels of the full image."""
        return self.region.x * self.factors[0], self.region.y * self.factors[1]

    @property
    def bytes(self) -> int:
        """Of the samples of the largest level."""
        return int(np.prod(self.shape.sizes, dtype=np.int64)) * self.dtype.itemsize

    def _levels(self) -> Iterator[CutLevel]:
        yield CutLevel(self.wanted.level, self.region)
        last = self.region
        first = self.source.levels[self.wanted.level]
        for number in range(self.wanted.level + 1, len(self.source.levels)):
            if max(last.width, last.height) <= SMALLEST:
                return
            scaled = _scaled(self.region, first, self.source.levels[number])
            if (scaled.width, scaled.height) != (last.width, last.height):
                yield CutLevel(number, scaled)
                last = scaled

    def read(self, level: int, t: int, c: int, z: int, part: Region) -> Plane:
        """Samples of a part of one plane, shape (Y, X); perhaps a read-only view of a cache.

        Args:
            level: Place in `levels`.
            t: Time point of the cut, from 0.
            c: Channel of the cut, from 0.
            z: Section of the cut, from 0.
            part: In pixels of the level of the cut; wholly inside it.

        Raises:
            UnreadableFileError: The file is missing, changed or damaged.
        """
        at = self.levels[level]
        moved = Region(at.region.x + part.x, at.region.y + part.y, part.width, part.height)
        return self.source.read(at.number, self.t[t], self.channels[c], self.z[z], moved)

    def read_colours(self, level: int, t: int, z: int, part: Region) -> np.ndarray[Any, Any]:
        """Samples of all channels of a part of one plane, shape (Y, X, C); as `read`."""
        at = self.levels[level]
        moved = Region(at.region.x + part.x, at.region.y + part.y, part.width, part.height)
        planes = self.source.read_channels(at.number, self.t[t], self.channels, self.z[z], moved)
        return np.ascontiguousarray(np.moveaxis(planes, 0, -1))


def tiles(width: int, height: int, across: int, down: int) -> Iterator[Region]:
    """Cut a plane into tiles, row by row; those at the right and bottom edge are smaller."""
    for y in range(0, height, down):
        for x in range(0, width, across):
            yield Region(x, y, min(across, width - x), min(down, height - y))


def _scaled(region: Region, larger: Level, smaller: Level) -> Region:
    """The part of a smaller level that shows a rectangle of a larger one."""
    across, down = larger.width / smaller.width, larger.height / smaller.height
    x, y = int(region.x / across), int(region.y / down)
    width, height = round(region.width / across), round(region.height / down)
    return Region(
        min(x, smaller.width - 1),
        min(y, smaller.height - 1),
        max(1, min(width, smaller.width - x)),
        max(1, min(height, smaller.height - y)),
    )


def _span(what: str, wanted: range | None, size: int) -> range:
    if wanted is None:
        return range(size)
    if not wanted or wanted[0] < 0 or wanted[-1] >= size:
        raise InvalidInputError(
            f"{what.capitalize()} {wanted.start + 1} to {wanted.stop} are not in an image with "
            f"{size} of them.",
            f"They are numbered 1 to {size}.",
        )
    return wanted


def _channels(wanted: tuple[int, ...] | None, size: int) -> tuple[int, ...]:
    if wanted is None:
        return tuple(range(size))
    if not wanted or len(set(wanted)) < len(wanted) or not all(0 <= c < size for c in wanted):
        raise InvalidInputError(
            f"The image has {size} channels; {[c + 1 for c in wanted]} are not some of them.",
            f"Channels are numbered 1 to {size}; name each once.",
        )
    return wanted
