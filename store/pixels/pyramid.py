"""Missing resolutions of an image, each made from the one above it when first asked for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from render.memory import RECYCLED
from store.errors import InvalidInputError, UnsupportedError
from store.pixels.abandoning import to_the_end
from store.pixels.derived import CHUNK, ChunkPlace, DerivedArray, DerivedStore
from store.pixels.passes import LevelsBeingMadeError, Pass, Passes
from store.pixels.source import (
    MAX_CHUNKS,
    MAX_DECODED_BYTES,
    Level,
    PixelSource,
    Plane,
    Planes,
    Region,
    buffer_for,
    level_of,
)
from store.pixels.tiff import ChunkCache, ChunkKey

SMALLEST = 512
"""Levels are derived until the longer side is at most this many pixels."""

LONG_BYTES = 48 * 2**20
"""Passes over more than this are long: they take more than some tenths of a second."""

_WIDE = 4 * CHUNK
"""Stored chunks this wide are strips: whoever reads a part of their rows decodes all of them."""
_BAND_BYTES = 128 * 2**20
"""Largest band of a level in memory; rows that are longer are read several times."""
_PART_BYTES = 16 * 2**20
_CHUNK_COST = 16 * 2**10
"""What finding and decoding one more chunk costs, in bytes that are decoded in that time."""
_MANY_CHUNKS = 16_384
_TINY_CHUNK = 32 * 32
"""Pixels of a chunk below which many of them are refused."""


class PyramidSource:
    """A source with further, derived levels below its own; safe to read from many threads.

    Attributes:
        shape: Sizes at full resolution.
        dtype: Type of the values, native byte order.
        levels: Stored and derived resolutions, the full one first.
        samples: How many channels lie interleaved in the same chunks of the base.
    """

    def __init__(
        self,
        base: PixelSource,
        content_id: str,
        store: DerivedStore,
        chunks: ChunkCache,
        passes: Passes,
        scanned: Callable[[], PixelSource] | None = None,
    ) -> None:
        """Put derived levels below a source.

        Args:
            base: What is stored.
            content_id: Names the samples.
            store: Keeps derived chunks.
            chunks: Decoded derived chunks.
            passes: Shared by all sources of a repository.
            scanned: Opens the same as base, without keeping decoded chunks from other requests:
                for reading all of it once.
        """
        self.shape = base.shape
        self.dtype = base.dtype
        self.levels = (*base.levels, *derived_levels(base.levels[-1]))
        self.base = base
        self.store = store
        self._content_id = content_id
        self._chunks = chunks
        self._passes = passes
        self._scanned = scanned
        self.samples = base.samples

    @cached_property
    def scanned(self) -> PixelSource:
        """The base, for reading all of it once."""
        return self.base if self._scanned is None else self._scanned()

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
        if level < len(self.base.levels):
            return self.base.read(level, t, c, z, region, out)
        region.check_inside(level_of(self.levels, level))
        self.shape.plane(t, c, z)
        target = buffer_for(region, self.dtype, out)
        self._check_size(region)
        for row in range(region.y // CHUNK, (region.y + region.height - 1) // CHUNK + 1):
            for column in range(region.x // CHUNK, (region.x + region.width - 1) // CHUNK + 1):
                values = self._chunk(level, ChunkPlace(t, c, z, row, column))
                _copy(values, column * CHUNK, row * CHUNK, region, target)
        return target

    def view_channels(
        self, level: int, t: int, channels: Sequence[int], z: int, region: Region
    ) -> Sequence[Plane]:
        """Values of a region of channels, to look at only; see `PixelSource.view_channels`."""
        if level < len(self.base.levels):
            return self.base.view_channels(level, t, channels, z, region)
        return list(self.read_channels(level, t, channels, z, region))

    def stored_jpeg(
        self, level: int, t: int, z: int, region: Region, *, at_once: bool = False
    ) -> bytes | None:
        """The stored picture of a region; see `PixelSource.stored_jpeg`."""
        if level >= len(self.base.levels):
            return None
        return self.base.stored_jpeg(level, t, z, region, at_once=at_once)

    def read_channels(
        self, level: int, t: int, channels: Sequence[int], z: int, region: Region
    ) -> Planes:
        """Values of a region of channels; see `PixelSource.read_channels`."""
        if level < len(self.base.levels):
            return self.base.read_channels(level, t, channels, z, region)
        planes = RECYCLED.empty((len(channels), region.height, region.width), self.dtype)
        unmade: LevelsBeingMadeError | None = None
        for number, channel in enumerate(channels):
            try:
                self.read(level, t, channel, z, region, out=planes[number])
            except LevelsBeingMadeError as error:  # begin with the other channels, too
                unmade = unmade or error
        if unmade is not None:
            raise unmade
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
        """A derived chunk, from memory, from disk or made now.

        Not by a loader of the cache: who can leave would be held by the thread that loads.
        """
        key = (self._content_id, "derived", level, place)
        array = self.array(level)
        while True:
            values: Plane | None = self._chunks.peek(key)
            if values is not None:
                return values
            values = self.store.read(array, place)
            if values is None:
                values = self._made(array, place)
            if values is not None:
                return self._remembered(key, values)

    def _remembered(self, key: ChunkKey, values: Plane) -> Plane:
        values.flags.writeable = False
        kept: Plane = self._chunks.get(key, lambda: values)
        return kept

    def array(self, level: int) -> DerivedArray:
        """The array that a derived level is kept as."""
        return DerivedArray(self._content_id, level, self.levels[level], self.shape, self.dtype)

    def _made(self, array: DerivedArray, place: ChunkPlace) -> Plane | None:
        """Make a chunk and all that it is made from; none if somebody else just passed there."""
        columns = self._columns(array.level, place.column)
        block = _Block(array.level, place.row, columns)
        planes = _Planes(place.t, self._together(place.c), place.z)
        long = self._cost(block) > LONG_BYTES
        plane = (self._content_id, planes)
        whole = len(columns) == _across(array.size)
        mark = (array.level, place.row) if whole else block

        def work(running: Pass) -> Plane:
            # Others may wait for it too, and what was begun is not to be begun again.
            with to_the_end(), self.store.building(self._content_id, place):
                band = _Building(self, planes, running, long).band(block)
            left = (place.column - columns.start) * CHUNK
            values = band[planes.channels.index(place.c), :, left : left + CHUNK]
            return np.ascontiguousarray(values)

        return self._passes.make(plane, (plane, block), mark, work, long=long)

    def _together(self, channel: int) -> tuple[int, ...]:
        """The channels whose samples lie in the same stored chunks: made together, read once."""
        first = channel - channel % self.samples
        return tuple(range(first, min(first + self.samples, self.shape.c)))

    def _columns(self, level: int, column: int) -> range:
        """Which chunks of a row to make together: all of them where whole rows are stored."""
        if self.base.levels[-1].chunk_width >= _WIDE:
            return range(_across(self.levels[level]))
        return range(column, column + 1)

    def _cost(self, block: "_Block") -> int:
        """About how many bytes of the smallest stored level a block is made from.

        Raises:
            UnsupportedError: They are stored in pieces too small to be read in reasonable time.
        """
        base = self.base.levels[-1]
        scale = CHUNK << (block.level - len(self.base.levels) + 1)
        top, left = block.row * scale, block.columns.start * scale
        height = min(base.height - top, scale)
        width = min(base.width - left, len(block.columns) * scale)
        chunks = -(-height // base.chunk_height) * -(-width // base.chunk_width)
        if chunks > _MANY_CHUNKS and base.chunk_width * base.chunk_height < _TINY_CHUNK:
            raise UnsupportedError(
                f"This level would have to be made from {chunks} stored pieces of "
                f"{base.chunk_width} x {base.chunk_height} pixels, which takes too long.",
                "Convert the file to tiles of 256 x 256 pixels or more.",
            )
        return width * height * self.dtype.itemsize * self.samples + chunks * _CHUNK_COST


@dataclass(frozen=True, slots=True)
class _Block:
    """Some chunks of one row of a derived level."""

    level: int
    row: int
    columns: range


@dataclass(frozen=True, slots=True)
class _Planes:
    """The planes that a pass goes over."""

    t: int
    channels: tuple[int, ...]
    z: int


class _Building:
    """Makes a block of chunks from what lies above it, from top to bottom, reading it once.

    Each band of 512 rows of a level is made from two bands of the level above, and kept; of each
    level there is at most one band in memory. Bands that were kept before are not made again, so
    that a pass which was interrupted goes on where it was.
    """

    def __init__(self, source: "PyramidSource", planes: _Planes, running: Pass, long: bool) -> None:
        self._source = source
        self._planes = planes
        self._running = running
        self._base = source.scanned if long else source.base

    def band(self, block: _Block) -> Planes:
        """Return the values of a block, shape (C, Y, X), made and kept if they were not."""
        size = self._source.levels[block.level]
        height = min(CHUNK, size.height - block.row * CHUNK)
        width = min(len(block.columns) * CHUNK, size.width - block.columns.start * CHUNK)
        band = np.empty((len(self._planes.channels), height, width), self._source.dtype)
        if not self._kept(block, band):
            self._running.check()
            if block.level == len(self._source.base.levels):
                self._from_base(block, band)
            else:
                self._from_bands(block, band)
            self._keep(block, band)
        return band

    def _from_bands(self, block: _Block, band: Planes) -> None:
        """Halve the bands of the level above; wide ones piece by piece."""
        from render.downsample import halve  # loads numba, which a server's start does not wait for

        larger = self._source.levels[block.level - 1]
        first = 2 * block.columns.start
        last = min(2 * block.columns.stop, _across(larger))
        row_bytes = CHUNK * CHUNK * band.itemsize * len(band)
        step = max(2, _BAND_BYTES // row_bytes // 2 * 2)
        for number, top in enumerate(range(0, band.shape[1], CHUNK // 2)):
            for start in range(first, last, step):
                columns = range(start, min(start + step, last))
                above = self.band(_Block(block.level - 1, 2 * block.row + number, columns))
                left = (start - first) * (CHUNK // 2)
                for plane, values in zip(band, above, strict=True):
                    half = halve(values)
                    height, width = half.shape
                    plane[top : top + height, left : left + width] = half

    def _from_base(self, block: _Block, band: Planes) -> None:
        """Halve the stored level, as many rows at a time as a request may read."""
        from render.downsample import halve

        level = len(self._source.base.levels) - 1
        size = self._source.levels[level]
        left, top = block.columns.start * 2 * CHUNK, block.row * 2 * CHUNK
        right = min(left + 2 * band.shape[2], size.width)
        bottom = min(top + 2 * band.shape[1], size.height)
        rows, columns = _steps(size, band.itemsize * len(band))
        for y, end_y in _parts(top, bottom, rows):
            self._running.check()
            for x, end_x in _parts(left, right, columns):
                values = self._read(level, Region(x, y, end_x - x, end_y - y))
                for plane, part in zip(band, values, strict=True):
                    half = halve(part)
                    height, width = half.shape
                    upper, start = (y - top) // 2, (x - left) // 2
                    plane[upper : upper + height, start : start + width] = half

    def _read(self, level: int, region: Region) -> Planes:
        """Read a part of the stored level; of huge chunks one row at a time."""
        planes, size = self._planes, self._source.levels[level]
        nbytes = size.chunk_width * size.chunk_height * self._source.dtype.itemsize
        bottom = region.y + region.height
        huge = nbytes * len(planes.channels) > MAX_DECODED_BYTES // 4
        rows = _parts(region.y, bottom, size.chunk_height) if huge else [(region.y, bottom)]
        parts = [
            self._base.read_channels(
                level,
                planes.t,
                planes.channels,
                planes.z,
                Region(region.x, y, region.width, end - y),
            )
            for y, end in rows
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _places(self, block: _Block) -> Iterator[tuple[int, int, ChunkPlace]]:
        """Channel and column in the block, and the place, of each chunk."""
        planes = self._planes
        for number, channel in enumerate(planes.channels):
            for index, column in enumerate(block.columns):
                yield number, index, ChunkPlace(planes.t, channel, planes.z, block.row, column)

    def _kept(self, block: _Block, band: Planes) -> bool:
        """Fill a band with what is kept of it, if all is."""
        array = self._source.array(block.level)
        for number, index, place in self._places(block):
            values = self._source.store.read(array, place)
            if values is None:
                return False
            target = band[number, :, index * CHUNK : (index + 1) * CHUNK]
            target[...] = values[: target.shape[0], : target.shape[1]]
        return True

    def _keep(self, block: _Block, band: Planes) -> None:
        array = self._source.array(block.level)
        for number, index, place in self._places(block):
            values = band[number, :, index * CHUNK : (index + 1) * CHUNK]
            self._source.store.write(array, place, values)
        whole = len(block.columns) == _across(array.size)
        self._running.reached((block.level, block.row) if whole else block)


def _across(level: Level) -> int:
    """How many chunks a derived level is wide."""
    return -(-level.width // CHUNK)


def _steps(size: Level, pixel_bytes: int) -> tuple[int, int]:
    """How many rows and columns to read at a time: few enough chunks and bytes, both even."""
    most = MAX_CHUNKS // 2
    columns = min(most, -(-size.width // size.chunk_width)) * size.chunk_width
    chunk_row_bytes = columns * size.chunk_height * pixel_bytes
    across = columns // size.chunk_width
    rows = max(1, min(most // across, _PART_BYTES // chunk_row_bytes)) * size.chunk_height
    return rows + rows % 2, columns + columns % 2


def _parts(start: int, stop: int, step: int) -> Iterator[tuple[int, int]]:
    """Cut a stretch at multiples of a step."""
    while start < stop:
        end = min(stop, (start // step + 1) * step)
        yield start, end
        start = end


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
