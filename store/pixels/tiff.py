"""Reads regions of planes from the stored chunks of TIFF files, by their index alone."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from render.memory import RECYCLED, block_size
from store.errors import InvalidInputError
from store.pixels.abandoning import go_on
from store.pixels.cache import ByteBudgetCache
from store.pixels.codecs import Chunk, Decode, Encoding, Stored, decoder_of
from store.pixels.files import FileHandles, FileReader, damaged_chunk
from store.pixels.index import ChunkIndex, PlaneChunks, block_of, unpack
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

_NOTHING: Plane = np.empty((0, 0))

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
    decoders: tuple[Decode, ...]
    """Of each encoding."""
    planes_per_block: int


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where chunks of one encoding meet a region: the same in all planes."""

    rows: list[tuple[int, int, tuple[int, int, int, int], int, slice, slice]]
    """Of each row of chunks: number of its first strip or tile, how many strips or tiles a chunk
    has, its shape and size in bytes, and the common pixels."""
    columns: list[tuple[int, slice, slice]]
    """Of each column: strips or tiles before it in its row, and the common pixels."""


@dataclass(slots=True)
class _WantedChunk:
    """One stored chunk, and where its values go."""

    encoding: Encoding
    decode: Decode
    file: FileIdentity
    pieces: list[tuple[int, int]]
    """Offset and length of each of its strips or tiles."""
    shape: tuple[int, int, int, int]
    nbytes: int
    stored: bool
    """Anything of the chunk is in the file."""
    places: list[tuple[int, int, tuple[slice, slice], tuple[slice, slice]]]
    """Of each plane wanted: its number, part of the chunk, rows and columns of chunk and target."""

    @property
    def is_plane(self) -> bool:
        """It is stored, and holds samples of one wanted plane only, one after the other."""
        return self.stored and self.encoding.samples == 1 and len(self.places) == 1


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
        views = self._views(wanted, 1) if out is None else None
        if views is not None:
            return views[0]
        target = buffer_for(region, self.dtype, out)
        self._fill(wanted, target[np.newaxis])
        return target

    def view_channels(
        self, level: int, t: int, channels: Sequence[int], z: int, region: Region
    ) -> Sequence[Plane]:
        """Values of a region of channels, to look at only; see `PixelSource.view_channels`."""
        planes = [self.shape.plane(t, channel, z) for channel in channels]
        wanted = self._wanted(level, planes, region)
        views = self._views(wanted, len(planes))
        if views is not None:
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
        stored = self._levels[level]
        wanted: dict[ChunkKey, _WantedChunk] = {}
        grids: dict[int, _Grid] = {}
        for number, chunks in enumerate(self._planes_chunks(level, planes)):
            which = chunks.encoding
            if which not in grids:
                grids[which] = _grid(stored.level, stored.encodings[which], region)
            self._add_wanted(wanted, level, number, chunks, grids[which])
            if len(wanted) > MAX_CHUNKS:
                break
        if len(wanted) > MAX_CHUNKS:
            check_layout(self.levels[level])
        nbytes = sum([chunk.nbytes for chunk in wanted.values()])
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
        chunks: PlaneChunks,
        grid: _Grid,
    ) -> None:
        stored, which = self._levels[level], chunks.encoding
        encoding = stored.encodings[which]
        for begin, many, shape, nbytes, source_y, target_y in grid.rows:
            for before, source_x, target_x in grid.columns:
                first = begin + before
                offsets, lengths = chunks.places(first, many)
                key = (self._content_id, level, chunks.file, which, *offsets)
                chunk = wanted.get(key)
                if chunk is None:
                    pieces = list(zip(offsets, lengths, strict=True))
                    chunk = wanted[key] = _WantedChunk(
                        encoding,
                        stored.decoders[which],
                        self._files[chunks.file],
                        pieces,
                        shape,
                        nbytes,
                        any(_is_stored(encoding, *piece) for piece in pieces),
                        [],
                    )
                place = (number, chunks.part, (source_y, source_x), (target_y, target_x))
                chunk.places.append(place)
            if len(wanted) > MAX_CHUNKS:
                return

    def _views(self, wanted: Mapping[ChunkKey, _WantedChunk], planes: int) -> list[Plane] | None:
        """Each plane as part of the one chunk that has it whole; none if one is not like that."""
        chunks = list(wanted.values())
        if len(chunks) != planes or not all(chunk.is_plane for chunk in chunks):
            return None
        views: list[Plane] = [_NOTHING] * planes
        with self._handles.reader() as reader:
            decoded = self._decoded(wanted, reader)
        for chunk, values in zip(chunks, decoded, strict=True):
            ((number, piece, (rows, columns), _),) = chunk.places
            views[number] = values[piece, rows, columns, 0]
        return views

    def _fill(self, wanted: Mapping[ChunkKey, _WantedChunk], target: np.ndarray) -> None:
        with self._handles.reader() as reader:
            for key, chunk in wanted.items():
                go_on()
                (values,) = self._decoded({key: chunk}, reader) if chunk.stored else (None,)
                for number, part, source, place in chunk.places:
                    if values is None:
                        target[number][place] = chunk.encoding.fill
                    else:
                        piece, sample = divmod(part, chunk.encoding.samples)
                        target[number][place] = values[piece, :, :, sample][source]

    def _decoded(self, wanted: Mapping[ChunkKey, _WantedChunk], reader: FileReader) -> list[Chunk]:
        """The values of stored chunks, out of the cache where they are there."""
        chunks = list(wanted.values())
        return self._chunks.get_all(
            list(wanted), lambda places: _loaded([chunks[place] for place in places], reader)
        )

    def _plane_chunks(self, level: int, plane: int) -> PlaneChunks:
        (chunks,) = self._planes_chunks(level, [plane])
        return chunks

    def _planes_chunks(self, level: int, planes: Sequence[int]) -> Iterator[PlaneChunks]:
        """The chunks of each plane; a block of the index is looked up once for its planes."""
        per_block = self._levels[level].planes_per_block
        known, block = -1, None
        for plane in planes:
            first = plane - plane % per_block
            if block is None or first != known:
                known, block = first, self._block(level, plane, first)
            yield block.plane(plane - first)

    def _block(self, level: int, plane: int, first: int) -> ChunkIndex:
        block: ChunkIndex = self._chunks.get(
            (self._content_id, "index", level, first),
            lambda: block_of(self._load_block(level, plane), unpack, level, plane, first),
        )
        return block


def _loaded(chunks: Sequence[_WantedChunk], reader: FileReader) -> Iterator[Chunk]:
    """Read and decode chunks, with as little as possible between two of them.

    Decoding empties the processor's caches, and whatever comes after it has to be fetched.
    """
    buffers = [RECYCLED.empty(chunk.shape, chunk.encoding.dtype) for chunk in chunks]
    buffers.reverse()
    for chunk in chunks:
        go_on()
        yield _read(chunk, reader, buffers.pop())


def _read(chunk: _WantedChunk, reader: FileReader, values: Chunk) -> Chunk:
    """Read and decode a chunk into memory of its shape."""
    if len(chunk.pieces) == 1:
        _decode_piece(chunk, 0, reader.read(chunk.file, *chunk.pieces[0]), values)
    else:
        rows = chunk.encoding.rows
        for number, data in enumerate(_stored(chunk, reader)):
            piece = values[:, number * rows : (number + 1) * rows]
            if data is None:
                piece[...] = chunk.encoding.fill
            else:
                _decode_piece(chunk, number, data, piece)
    values.setflags(write=False)
    return values


def _decode_piece(chunk: _WantedChunk, number: int, data: Stored, values: Chunk) -> None:
    try:
        chunk.decode(data, values)
    except _DAMAGE as error:
        raise damaged_chunk(chunk.file, chunk.pieces[number][0], error) from error


def _stored(chunk: _WantedChunk, reader: FileReader) -> Iterator[Stored | None]:
    """The bytes of each strip or tile of the chunk, in turn; none where nothing was stored."""
    pieces = chunk.pieces
    start = end = pieces[0][0]
    for offset, length in pieces:
        if offset != end or not _is_stored(chunk.encoding, offset, length):
            break
        end = offset + length
    else:  # they lie one after the other
        data = reader.read(chunk.file, start, end - start)
        yield from (data[at - start : at - start + length] for at, length in pieces)
        return
    for piece in pieces:
        stored = _is_stored(chunk.encoding, *piece)
        yield reader.read(chunk.file, *piece) if stored else None


def _is_stored(encoding: Encoding, offset: int, length: int) -> bool:
    """Anything is in the file at a place that the index names."""
    return length > 0 and (offset > 0 or encoding.from_zero)


def _tiff_level(stored: Mapping[str, Any]) -> _TiffLevel:
    encodings = tuple(Encoding.from_json(encoding) for encoding in stored["encodings"])
    chunk = encodings[0]
    level = Level(stored["width"], stored["height"], chunk.width, chunk.rows * chunk.group)
    decoders = tuple(map(decoder_of, encodings))
    return _TiffLevel(level, encodings, decoders, stored["planes_per_block"])


def _grid(level: Level, encoding: Encoding, region: Region) -> _Grid:
    height, width = encoding.rows * encoding.group, encoding.width
    in_row = -(-level.width // width) * encoding.group
    sample_bytes = np.dtype(encoding.dtype).itemsize
    rows = []
    for row in range(region.y // height, (region.y + region.height - 1) // height + 1):
        pixels = height if encoding.tiled else min(height, level.height - row * height)
        shape = (encoding.slices, pixels, width, encoding.samples)
        pieces = -(-pixels // encoding.rows)
        common = overlap(row * height, height, region.y, region.height)
        rows.append((row * in_row, pieces, shape, math.prod(shape) * sample_bytes, *common))
    columns = []
    for column in range(region.x // width, (region.x + region.width - 1) // width + 1):
        common = overlap(column * width, width, region.x, region.width)
        columns.append((column * encoding.group, *common))
    return _Grid(rows, columns)


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
