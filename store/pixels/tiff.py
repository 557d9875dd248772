"""Reads regions of planes from the stored chunks of TIFF files, by their index alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from render.memory import RECYCLED, block_size
from store.errors import InvalidInputError
from store.pixels.abandoning import go_on
from store.pixels.cache import ByteBudgetCache
from store.pixels.codecs import Chunk, Encoding, Stored, decode
from store.pixels.files import FileHandles, damaged_chunk
from store.pixels.index import ChunkIndex, PlaneChunks, Positions, block_of, unpack
from store.pixels.source import (
    MAX_CHUNKS,
    MAX_DECODED_BYTES,
    ChunkBlockRecord,
    FileIdentity,
    Level,
    PixelsShape,
    Plane,
    Planes,
    Region,
    buffer_for,
    check_layout,
    level_of,
    overlap,
)
from store.pixels.stored_jpeg import has_pictures, picture_of

_DAMAGE = (ValueError, RuntimeError, TypeError, ArithmeticError, LookupError, MemoryError)
"""What decoders raise of damaged bytes."""

type LoadBlock = Callable[[int, int], ChunkBlockRecord]
"""(level, plane number) to the stored block that holds the plane."""

type ChunkKey = tuple[Any, ...]
type ChunkCache = ByteBudgetCache[ChunkKey, Any]
"""Decoded chunks and unpacked index blocks, by content."""


def chunk_cache(budget_bytes: int) -> ChunkCache:
    """A cache for decoded chunks and unpacked index blocks."""
    return ByteBudgetCache(budget_bytes, lambda value: block_size(int(value.nbytes)))


@dataclass(frozen=True, slots=True)
class _TiffLevel:
    level: Level
    encodings: tuple[Encoding, ...]
    planes_per_block: int


@dataclass(slots=True)
class _WantedChunk:
    """One stored chunk, and where its values go."""

    encoding: Encoding
    file: FileIdentity
    offsets: Positions
    lengths: Positions
    rows: int
    places: list[tuple[int, int, tuple[slice, slice], tuple[slice, slice]]] = field(
        default_factory=list
    )
    """Of each plane wanted: its number, part of the chunk, rows and columns of chunk and target."""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape of the decoded chunk: slices, Y, X, samples."""
        return (self.encoding.slices, self.rows, self.encoding.width, self.encoding.samples)

    @property
    def nbytes(self) -> int:
        """Size of the decoded chunk in bytes."""
        slices, rows, width, samples = self.shape
        return slices * rows * width * samples * np.dtype(self.encoding.dtype).itemsize

    @property
    def is_plane(self) -> bool:
        """It is stored, and holds samples of one wanted plane only, one after the other."""
        return len(self.places) == 1 and self.encoding.samples == 1 and self.stored

    @property
    def stored(self) -> bool:
        """Anything of the chunk is in the file."""
        pieces = zip(self.offsets.tolist(), self.lengths.tolist(), strict=True)
        return any(self.is_stored(offset, length) for offset, length in pieces)

    def is_stored(self, offset: int, length: int) -> bool:
        """Anything is in the file at a place that the index names."""
        return length > 0 and (offset > 0 or self.encoding.from_zero)


class TiffSource:
    """Pixels of one image in TIFF files; safe to read from many threads.

    Attributes:
        shape: Sizes at full resolution.
        dtype: Type of the values, native byte order.
        levels: Stored resolutions, the full one first.
        samples: How many channels lie interleaved in the same chunks.
    """

    def __init__(
        self,
        storage: Mapping[str, Any],
        shape: PixelsShape,
        content_id: str,
        files: Sequence[FileIdentity],
        load_block: LoadBlock,
        chunks: ChunkCache,
        handles: FileHandles,
    ) -> None:
        self.shape = shape
        self.dtype = np.dtype(storage["dtype"])
        self._levels = tuple(_tiff_level(stored) for stored in storage["levels"])
        self.levels = tuple(stored.level for stored in self._levels)
        self.samples = self._levels[-1].encodings[0].samples
        self._content_id = content_id
        self._files = tuple(files)
        self._load_block = load_block
        self._chunks = chunks
        self._handles = handles

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
        wanted = self._wanted(level, [self.shape.plane(t, c, z)], region)
        if out is None and len(wanted) == 1:
            ((key, chunk),) = wanted.items()
            if chunk.is_plane:
                ((_, piece, source, _),) = chunk.places
                values: Plane = self._chunk(key, chunk)[piece, :, :, 0][source]
                return values
        target = buffer_for(region, self.dtype, out)
        self._fill(wanted, target[np.newaxis])
        return target

    def view_channels(
        self, level: int, t: int, channels: Sequence[int], z: int, region: Region
    ) -> Sequence[Plane]:
        """Values of a region of channels, to look at only; see `PixelSource.view_channels`."""
        planes = [self.shape.plane(t, channel, z) for channel in channels]
        wanted = self._wanted(level, planes, region)
        if len(wanted) == len(planes) and all(chunk.is_plane for chunk in wanted.values()):
            views: list[Plane] = [np.empty((0, 0))] * len(planes)
            for key, chunk in wanted.items():
                ((number, piece, source, _),) = chunk.places
                views[number] = self._chunk(key, chunk)[piece, :, :, 0][source]
            return views
        target = RECYCLED.empty((len(channels), region.height, region.width), self.dtype)
        self._fill(wanted, target)
        return list(target)

    def read_channels(
        self, level: int, t: int, channels: Sequence[int], z: int, region: Region
    ) -> Planes:
        """Values of a region of channels; see `PixelSource.read_channels`."""
        planes = [self.shape.plane(t, channel, z) for channel in channels]
        wanted = self._wanted(level, planes, region)
        target = RECYCLED.empty((len(channels), region.height, region.width), self.dtype)
        self._fill(wanted, target)
        return target

    def stored_jpeg(
        self, level: int, t: int, z: int, region: Region, *, at_once: bool = False
    ) -> bytes | None:
        """The stored picture of a region; see `PixelSource.stored_jpeg`."""
        region.check_inside(level_of(self.levels, level))
        planes = [self._known_chunks(level, self.shape.plane(t, c, z), at_once) for c in range(3)]
        place = _whole_tile(self._levels[level], planes, region)
        if place is None:
            return None
        red = planes[0]
        assert red is not None
        encoding = self._levels[level].encodings[red.encoding]
        offset, length = int(red.offsets[place]), int(red.lengths[place])
        if not offset or not length:
            return None
        read = self._handles.read_at_once if at_once else self._handles.read
        data = read(self._files[red.file], offset, length)
        return None if data is None else picture_of(encoding, data)

    def _known_chunks(self, level: int, plane: int, at_once: bool) -> PlaneChunks | None:
        """The chunks of a plane; none if they would have to be asked for and may not."""
        if not at_once:
            return self._plane_chunks(level, plane)
        first = plane - plane % self._levels[level].planes_per_block
        block: ChunkIndex | None = self._chunks.peek((self._content_id, "index", level, first))
        return None if block is None else block.plane(plane - first)

    def _wanted(
        self, level: int, planes: Sequence[int], region: Region
    ) -> dict[ChunkKey, _WantedChunk]:
        """The distinct chunks that hold a region of some planes, refused when too many."""
        go_on()
        region.check_inside(level_of(self.levels, level))
        wanted: dict[ChunkKey, _WantedChunk] = {}
        for number, plane in enumerate(planes):
            self._add_wanted(wanted, level, number, plane, region)
            if len(wanted) > MAX_CHUNKS:
                break
        if len(wanted) > MAX_CHUNKS:
            check_layout(self.levels[level])
        nbytes = sum(chunk.nbytes for chunk in wanted.values())
        if len(wanted) > MAX_CHUNKS or nbytes > MAX_DECODED_BYTES:
            raise InvalidInputError(
                f"The region takes {len(wanted)} stored chunks of {nbytes >> 20} MiB together, "
                f"more than {MAX_CHUNKS} or {MAX_DECODED_BYTES >> 20} MiB.",
                "Ask for a smaller region, fewer channels or a higher level.",
            )
        return wanted

    def _add_wanted(
        self,
        wanted: dict[ChunkKey, _WantedChunk],
        level: int,
        number: int,
        plane: int,
        region: Region,
    ) -> None:
        stored = self._levels[level]
        chunks = self._plane_chunks(level, plane)
        encoding = stored.encodings[chunks.encoding]
        height, width = encoding.rows * encoding.group, encoding.width
        columns = -(-stored.level.width // width)
        for row in range(region.y // height, (region.y + region.height - 1) // height + 1):
            rows = min(height, stored.level.height - row * height) if not encoding.tiled else height
            source_y, target_y = overlap(row * height, height, region.y, region.height)
            for column in range(region.x // width, (region.x + region.width - 1) // width + 1):
                first = (row * columns + column) * encoding.group
                pieces = slice(first, first + -(-rows // encoding.rows))
                source_x, target_x = overlap(column * width, width, region.x, region.width)
                offsets = chunks.offsets[pieces]
                key = (self._content_id, level, chunks.file, chunks.encoding, offsets.tobytes())
                chunk = wanted.get(key)
                if chunk is None:
                    chunk = wanted[key] = _WantedChunk(
                        encoding, self._files[chunks.file], offsets, chunks.lengths[pieces], rows
                    )
                place = (number, chunks.part, (source_y, source_x), (target_y, target_x))
                chunk.places.append(place)
            if len(wanted) > MAX_CHUNKS:
                return

    def _fill(self, wanted: Mapping[ChunkKey, _WantedChunk], target: np.ndarray) -> None:
        for key, chunk in wanted.items():
            go_on()
            values = self._chunk(key, chunk) if chunk.stored else None
            for number, part, source, place in chunk.places:
                if values is None:
                    target[number][place] = chunk.encoding.fill
                else:
                    piece, sample = divmod(part, chunk.encoding.samples)
                    target[number][place] = values[piece, :, :, sample][source]

    def _chunk(self, key: ChunkKey, chunk: _WantedChunk) -> Chunk:
        values: Chunk = self._chunks.get(key, lambda: self._decoded(chunk))
        return values

    def _decoded(self, chunk: _WantedChunk) -> Chunk:
        values: Chunk = RECYCLED.empty(chunk.shape, chunk.encoding.dtype)
        stored = self._stored(chunk)
        for number, data in enumerate(stored):
            top = number * chunk.encoding.rows
            piece = values[:, top : top + chunk.encoding.rows] if len(stored) > 1 else values
            if data is None:
                piece[...] = chunk.encoding.fill
                continue
            try:
                decode(chunk.encoding, data, piece)
            except _DAMAGE as error:
                raise damaged_chunk(chunk.file, int(chunk.offsets[number]), error) from error
        values.flags.writeable = False
        return values

    def _stored(self, chunk: _WantedChunk) -> list[Stored | None]:
        """The bytes of each strip or tile of the chunk; none where nothing was stored."""
        offsets = chunk.offsets.tolist()
        lengths = chunk.lengths.tolist()
        pieces = list(zip(offsets, lengths, strict=True))
        end = offsets[0]
        for offset, length in pieces:
            if offset != end or not chunk.is_stored(offset, length):
                return [
                    self._handles.read(chunk.file, at, size) if chunk.is_stored(at, size) else None
                    for at, size in pieces
                ]
            end = offset + length
        data = self._handles.read(chunk.file, offsets[0], end - offsets[0])
        if len(pieces) == 1:
            return [data]
        start = offsets[0]
        return [data[offset - start : offset - start + length] for offset, length in pieces]

    def _plane_chunks(self, level: int, plane: int) -> PlaneChunks:
        per_block = self._levels[level].planes_per_block
        first = plane - plane % per_block
        key = (self._content_id, "index", level, first)
        block: ChunkIndex = self._chunks.get(
            key, lambda: block_of(self._load_block(level, plane), unpack, level, plane, first)
        )
        return block.plane(plane - first)


def _tiff_level(stored: Mapping[str, Any]) -> _TiffLevel:
    encodings = tuple(Encoding.from_json(encoding) for encoding in stored["encodings"])
    chunk = encodings[0]
    level = Level(stored["width"], stored["height"], chunk.width, chunk.rows * chunk.group)
    return _TiffLevel(level, encodings, stored["planes_per_block"])


def _whole_tile(
    stored: _TiffLevel, planes: Sequence[PlaneChunks | None], region: Region
) -> int | None:
    """The number of the chunk that is exactly a region of red, green and blue; none if not one."""
    red, green, blue = planes
    if red is None or green is None or blue is None:
        return None
    encoding = stored.encodings[red.encoding]
    width, height = encoding.width, encoding.rows * encoding.group
    whole = (region.width, region.height) == (width, height)
    if not (whole and has_pictures(encoding)) or region.x % width or region.y % height:
        return None
    place = region.y // height * -(-stored.level.width // width) + region.x // width
    wanted = (red.file, red.encoding, red.offsets[place])
    for part, one in enumerate((red, green, blue)):
        if one.part != part or (one.file, one.encoding, one.offsets[place]) != wanted:
            return None
    return place
