"""Where the chunks of planes lie in their files, packed small enough for a database row.

A block is one version byte, three counts and a zstd stream of little-endian columns. Planes that
share their chunks (the samples of interleaved colours, the slices of a volume) share one table.
"""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

import imagecodecs
import numpy as np

from store.errors import UnreadableFileError
from store.pixels.source import ChunkBlockRecord

type Positions = np.ndarray[tuple[int], np.dtype[np.uint64]]
"""Byte offsets or lengths, shape (chunks,), uint64."""

MAX_CHUNKS_PER_BLOCK = 65536
MAX_PLANES_PER_BLOCK = 4096
_VERSION = 1
_HEADER = struct.Struct("<BIIQ")
_COLUMNS_OF_PLANE = 4
_PLANE_BYTES = 400
"""Of what is known of a plane that was asked for: an object, its numbers and two views."""


@dataclass(frozen=True, slots=True)
class PlaneChunks:
    """The stored chunks that make up one plane of one level, rows of chunks from the top."""

    file: int
    """Number of the file within the fileset."""
    encoding: int
    """Number of the encoding within the level's list."""
    part: int
    """Which part of each decoded chunk: slice * samples + sample."""
    offsets: Positions
    """Where each chunk starts; 0 means that nothing was stored."""
    lengths: Positions
    """How many bytes each chunk takes; 0 means that nothing was stored."""

    def places(self, first: int, many: int) -> tuple[list[int], list[int]]:
        """Offsets and lengths of some consecutive ones."""
        which = slice(first, first + many)
        return self.offsets[which].tolist(), self.lengths[which].tolist()


@dataclass(frozen=True, slots=True)
class ChunkIndex:
    """An unpacked block: the chunks of some consecutive planes."""

    files: np.ndarray
    encodings: np.ndarray
    parts: np.ndarray
    tables: np.ndarray
    starts: np.ndarray
    offsets: Positions
    lengths: Positions
    _planes: dict[int, PlaneChunks] = field(default_factory=dict, repr=False, compare=False)
    """Those that were asked for."""

    @property
    def plane_count(self) -> int:
        """Number of planes."""
        return len(self.files)

    @property
    def nbytes(self) -> int:
        """Memory that the block takes, in bytes, once all its planes were asked for."""
        columns = (16 + _PLANE_BYTES) * len(self.files)
        return columns + 4 * len(self.starts) + 16 * len(self.offsets)

    def plane(self, number: int) -> PlaneChunks:
        """The chunks of one plane, counted from the block's first."""
        known = self._planes.get(number)
        if known is None:
            known = self._planes[number] = self._plane(number)
        return known

    def _plane(self, number: int) -> PlaneChunks:
        table = int(self.tables[number])
        chunks = slice(int(self.starts[table]), int(self.starts[table + 1]))
        return PlaneChunks(
            int(self.files[number]),
            int(self.encodings[number]),
            int(self.parts[number]),
            self.offsets[chunks],
            self.lengths[chunks],
        )


def planes_per_block(chunks_per_plane: int) -> int:
    """How many planes of that many chunks one block takes; at least one."""
    return max(1, min(MAX_PLANES_PER_BLOCK, MAX_CHUNKS_PER_BLOCK // max(1, chunks_per_plane)))


def pack(planes: Iterable[PlaneChunks]) -> bytes:
    """Make a block of consecutive planes.

    Returns:
        Bytes that `unpack` turns back; about 2 to 5 bytes for each chunk.
    """
    columns: list[tuple[int, int, int, int]] = []
    known: dict[tuple[bytes, bytes], int] = {}
    tables: list[PlaneChunks] = []
    for plane in planes:
        key = (plane.offsets.tobytes(), plane.lengths.tobytes())
        table = known.setdefault(key, len(tables))
        if table == len(tables):
            tables.append(plane)
        columns.append((plane.file, plane.encoding, plane.part, table))
    starts = np.cumsum([0, *(len(table.offsets) for table in tables)]).astype("<u4")
    offsets = _joined([table.offsets for table in tables])
    lengths = _joined([table.lengths for table in tables])
    payload = b"".join(
        (
            np.array(columns, "<u4").reshape(-1, _COLUMNS_OF_PLANE).T.tobytes(),
            starts.tobytes(),
            np.diff(offsets, prepend=np.uint64(0)).astype("<u8").tobytes(),
            lengths.astype("<u8").tobytes(),
        )
    )
    header = _HEADER.pack(_VERSION, len(columns), len(tables), len(offsets))
    return header + imagecodecs.zstd_encode(payload, level=6)


class Block(Protocol):
    """The chunks of some consecutive planes, of whatever kind."""

    @property
    def plane_count(self) -> int:
        """Number of planes."""
        ...


def block_of[Kind: Block](
    record: ChunkBlockRecord, read: Callable[[bytes], Kind], level: int, plane: int, first: int
) -> Kind:
    """Read a stored block, and make sure that it is the one that holds a plane.

    Args:
        record: As stored.
        read: Unpacks blocks of its kind.
        level: Number of the level, for the error.
        plane: Number of the plane.
        first: Plane that the block has to begin with.

    Raises:
        UnreadableFileError: It is damaged, or of other planes.
    """
    block = read(record.data)
    if record.first_plane != first or block.plane_count <= plane - first:
        raise UnreadableFileError(
            f"The chunk index of level {level} does not hold plane {plane}.",
            "Import the file again.",
        )
    return block


def payload_of(
    data: bytes, start: int, size: int, damaged: Callable[[str], UnreadableFileError]
) -> bytes:
    """Decompress what follows the header of a block, to exactly so many bytes.

    Raises:
        UnreadableFileError: The size cannot be true, or is not what comes out; as `damaged` says.
    """
    if size > 64 * 2**20 + 200 * len(data):
        raise damaged("its counts cannot be true")
    try:
        payload = bytes(imagecodecs.zstd_decode(data[start:], out=size))
    except (RuntimeError, ValueError) as error:
        raise damaged("it does not decompress") from error
    if len(payload) != size:
        raise damaged("it is too short")
    return payload


def unpack(data: bytes) -> ChunkIndex:
    """Read a block that `pack` made.

    Raises:
        UnreadableFileError: The block is of another version or damaged.
    """
    if len(data) < _HEADER.size or data[0] != _VERSION:
        raise _damaged("its version is not known")
    _, planes, tables, chunks = _HEADER.unpack_from(data)
    size = 4 * (_COLUMNS_OF_PLANE * planes + tables + 1) + 16 * chunks
    return _index(payload_of(data, _HEADER.size, size, _damaged), planes, tables, chunks)


def _index(payload: bytes, planes: int, tables: int, chunks: int) -> ChunkIndex:
    numbers = np.frombuffer(payload, "<u4", _COLUMNS_OF_PLANE * planes + tables + 1)
    columns = numbers[: _COLUMNS_OF_PLANE * planes].reshape(_COLUMNS_OF_PLANE, planes)
    starts = numbers[_COLUMNS_OF_PLANE * planes :]
    positions = np.frombuffer(payload, "<u8", 2 * chunks, offset=numbers.nbytes)
    offsets = np.cumsum(positions[:chunks], dtype=np.uint64)
    consistent = (
        bool(np.all(np.diff(starts.astype(np.int64)) >= 0))
        and starts[-1] == chunks
        and (planes == 0 or int(columns[3].max()) < tables)
    )
    if not consistent:
        raise _damaged("its tables do not fit together")
    files, encodings, parts, table_numbers = columns
    return ChunkIndex(files, encodings, parts, table_numbers, starts, offsets, positions[chunks:])


def _joined(columns: list[Positions]) -> Positions:
    if not columns:
        return np.empty(0, np.uint64)
    return np.concatenate([np.asarray(column, np.uint64) for column in columns])


def _damaged(reason: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"A stored chunk index cannot be read: {reason}.", "Import the file again."
    )
