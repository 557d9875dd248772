"""Missing resolutions of an image, each made from the one above it when first asked for."""

from collections.abc import Sequence

import numpy as np

from store.errors import InvalidInputError
from store.pixels.abandoning import to_the_end
from store.pixels.derived import CHUNK, ChunkPlace, DerivedArray, DerivedStore
from store.pixels.source import (
    MAX_CHUNKS,
    MAX_DECODED_BYTES,
    Level,
    PixelSource,
    Plane,
    Planes,
    Region,
    level_of,
)
from store.pixels.tiff import ChunkCache

SMALLEST = 512
"""Levels are derived until the longer side is at most this many pixels."""

_WIDE = 4 * CHUNK
_BAND_BYTES = 64 * 2**20


class PyramidSource:
    """A source with further, derived levels below its own; safe to read from many threads.

    Attributes:
        shape: Sizes at full resolution.
        dtype: Type of the values, native byte order.
        levels: Stored and derived resolutions, the full one first.
    """

    def __init__(
        self, base: PixelSource, content_id: str, store: DerivedStore, chunks: ChunkCache
    ) -> None:
        self.shape = base.shape
        self.dtype = base.dtype
        self.levels = (*base.levels, *derived_levels(base.levels[-1]))
        self._base = base
        self._content_id = content_id
        self._store = store
        self._chunks = chunks

    def read(
        self,
        level: int,
        t: int,
        c: int,
        z: int,
        region: Region,
        out: np.ndarray | None = None,
    ) -> Plane:
        """Values of a region of one plane; see `store.pixels.source.PixelSource.read`."""
        if level < len(self._base.levels):
            return self._base.read(level, t, c, z, region, out)
        region.check_inside(level_of(self.levels, level))
        self.shape.plane(t, c, z)
        target = np.empty((region.height, region.width), self.dtype) if out is None else out
        if target.shape != (region.height, region.width) or target.dtype != self.dtype:
            raise InvalidInputError(
                f"A buffer of shape {target.shape} and type {target.dtype} does not fit the region."
            )
        self._check_size(region)
        for row in range(region.y // CHUNK, (region.y + region.height - 1) // CHUNK + 1):
            for column in range(region.x // CHUNK, (region.x + region.width - 1) // CHUNK + 1):
                values = self._chunk(level, ChunkPlace(t, c, z, row, column))
                _copy(values, column * CHUNK, row * CHUNK, region, target)
        return target

    def read_channels(
        self, level: int, t: int, channels: Sequence[int], z: int, region: Region
    ) -> Planes:
        """Values of a region of channels; see `PixelSource.read_channels`."""
        if level < len(self._base.levels):
            return self._base.read_channels(level, t, channels, z, region)
        planes = np.empty((len(channels), region.height, region.width), self.dtype)
        for number, channel in enumerate(channels):
            self.read(level, t, channel, z, region, out=planes[number])
        return planes

    def _check_size(self, region: Region) -> None:
        across = region.width // CHUNK + 2
        down = region.height // CHUNK + 2
        nbytes = region.width * region.height * self.dtype.itemsize
        if across * down > MAX_CHUNKS or nbytes > MAX_DECODED_BYTES:
            raise InvalidInputError(
                f"The region of {region.width} x {region.height} pixels is too large.",
                "Ask for a smaller region or a higher level.",
            )

    def _chunk(self, level: int, place: ChunkPlace) -> Plane:
        key = (self._content_id, "derived", level, place)
        values: Plane = self._chunks.get(key, lambda: self._kept_or_made(level, place))
        return values

    def _kept_or_made(self, level: int, place: ChunkPlace) -> Plane:
        array = DerivedArray(self._content_id, level, self.levels[level], self.shape, self.dtype)
        values = self._store.read(array, place)
        if values is None:
            with to_the_end():  # others may wait for the same chunk
                values = self._made(array, place)
        values.flags.writeable = False
        return values

    def _made(self, array: DerivedArray, place: ChunkPlace) -> Plane:
        """Make a chunk, and its neighbours in the row where that costs no further decoding."""
        larger = self.levels[array.level - 1]
        columns = self._columns(larger, place.column)
        left, top = columns.start * 2 * CHUNK, place.row * 2 * CHUNK
        region = Region(
            left,
            top,
            min(len(columns) * 2 * CHUNK, larger.width - left),
            min(2 * CHUNK, larger.height - top),
        )
        from render.downsample import halve  # loads numba, which a server's start does not wait for

        band = halve(self._read_in_parts(array.level - 1, place, region))
        wanted = band
        for number, column in enumerate(columns):
            values = band[:, number * CHUNK : (number + 1) * CHUNK]
            at = ChunkPlace(place.t, place.c, place.z, place.row, column)
            self._store.write(array, at, values)
            if column == place.column:
                wanted = np.ascontiguousarray(values)
        return wanted

    def _columns(self, larger: Level, column: int) -> range:
        """Which chunks of a row to make at once: those of one wide stored strip."""
        if larger.chunk_width < _WIDE:
            return range(column, column + 1)
        fits = max(1, _BAND_BYTES // (4 * CHUNK * CHUNK * self.dtype.itemsize))
        count = min(-(-larger.width // (2 * CHUNK)), fits)
        first = column - column % count
        return range(first, min(first + count, -(-larger.width // (2 * CHUNK))))

    def _read_in_parts(self, level: int, place: ChunkPlace, region: Region) -> Plane:
        """Read a region of a level by as many requests as their limits ask for."""
        size = self.levels[level]
        across = region.width // size.chunk_width + 2
        rows = max(1, MAX_CHUNKS // across - 2) * size.chunk_height
        chunk_row_bytes = across * size.chunk_width * self.dtype.itemsize * size.chunk_height
        rows = min(rows, max(1, MAX_DECODED_BYTES // 4 // chunk_row_bytes) * size.chunk_height)
        values = np.empty((region.height, region.width), self.dtype)
        y = 0
        while y < region.height:
            height = min(region.height - y, rows)
            part = Region(region.x, region.y + y, region.width, height)
            self.read(level, place.t, place.c, place.z, part, out=values[y : y + height])
            y += height
        return values


def derived_levels(smallest: Level) -> tuple[Level, ...]:
    """The levels that are missing below a stored one, each half the size of the one before."""
    levels: list[Level] = []
    width, height = smallest.width, smallest.height
    while max(width, height) > SMALLEST:
        width, height = -(-width // 2), -(-height // 2)
        levels.append(Level(width, height, CHUNK, CHUNK))
    return tuple(levels)


def _copy(values: Plane, left: int, top: int, region: Region, target: Plane) -> None:
    """Copy the part of a chunk at (left, top) that lies in the region."""
    x, y = max(left, region.x), max(top, region.y)
    right = min(left + values.shape[1], region.x + region.width)
    bottom = min(top + values.shape[0], region.y + region.height)
    part = values[y - top : bottom - top, x - left : right - left]
    target[y - region.y : bottom - region.y, x - region.x : right - region.x] = part
