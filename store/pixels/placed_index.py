"""Where chunks that fit no grid lie, in their files and on their planes, packed as `index` does."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

import imagecodecs
import numpy as np

from store.errors import UnreadableFileError
from store.pixels.index import payload_of

_VERSION = 1
_HEADER = struct.Struct("<BIIQ")
_SMALL = 6
"""Columns of four bytes: file, encoding, x, y, width, height; offsets and lengths have eight."""
_CHUNK_BYTES = 4 * _SMALL + 16


@dataclass(frozen=True, slots=True)
class PlacedChunks:
    """The chunks of one plane, each a row of a table; later ones lie over earlier ones."""

    part: int
    """Which sample of each pixel."""
    small: np.ndarray
    """Shape (chunks, 6), int32: file, encoding, x, y, width and height in pixels of the level."""
    places: np.ndarray
    """Shape (chunks, 2), uint64: offset and length in bytes."""

    def inside(self, x: int, y: int, width: int, height: int) -> np.ndarray:
        """Numbers of the chunks that share a pixel with a region, in their order."""
        left, top, across, down = (self.small[:, column] for column in range(2, 6))
        found = (left < x + width) & (left + across > x) & (top < y + height) & (top + down > y)
        return np.flatnonzero(found)


@dataclass(frozen=True, slots=True)
class PlacedIndex:
    """An unpacked block: the chunks of some consecutive planes."""

    planes: np.ndarray
    """Shape (planes, 2), uint32: number of the table and sample of the pixel."""
    starts: np.ndarray
    small: np.ndarray
    places: np.ndarray

    @property
    def plane_count(self) -> int:
        """Number of planes."""
        return len(self.planes)

    @property
    def nbytes(self) -> int:
        """Memory that the block takes, in bytes."""
        return self.planes.nbytes + self.starts.nbytes + self.small.nbytes + self.places.nbytes

    def plane(self, number: int) -> PlacedChunks:
        """The chunks of one plane, counted from the block's first."""
        table, part = (int(value) for value in self.planes[number])
        chunks = slice(int(self.starts[table]), int(self.starts[table + 1]))
        return PlacedChunks(part, self.small[chunks], self.places[chunks])


def pack(planes: Iterable[PlacedChunks]) -> bytes:
    """Make a block of consecutive planes; those that share their chunks share one table."""
    numbers: list[tuple[int, int]] = []
    known: dict[tuple[bytes, bytes], int] = {}
    tables: list[PlacedChunks] = []
    for plane in planes:
        table = known.setdefault((plane.small.tobytes(), plane.places.tobytes()), len(tables))
        if table == len(tables):
            tables.append(plane)
        numbers.append((table, plane.part))
    starts = np.cumsum([0, *(len(table.small) for table in tables)]).astype("<u4")
    small = np.concatenate([np.zeros((0, _SMALL), "<i4"), *(table.small for table in tables)])
    places = np.concatenate([np.zeros((0, 2), "<u8"), *(table.places for table in tables)])
    payload = b"".join(
        (
            np.array(numbers, "<u4").reshape(-1, 2).tobytes(),
            starts.tobytes(),
            small.astype("<i4").T.tobytes(),
            places.astype("<u8").T.tobytes(),
        )
    )
    header = _HEADER.pack(_VERSION, len(numbers), len(tables), len(small))
    return header + imagecodecs.zstd_encode(payload, level=6)


def unpack(data: bytes) -> PlacedIndex:
    """Read a block that `pack` made.

    Raises:
        UnreadableFileError: The block is of another version or damaged.
    """
    if len(data) < _HEADER.size or data[0] != _VERSION:
        raise _damaged("its version is not known")
    _, planes, tables, chunks = _HEADER.unpack_from(data)
    size = 8 * planes + 4 * (tables + 1) + _CHUNK_BYTES * chunks
    payload = payload_of(data, _HEADER.size, size, _damaged)
    numbers = np.frombuffer(payload, "<u4", 2 * planes).reshape(planes, 2)
    starts = np.frombuffer(payload, "<u4", tables + 1, 8 * planes)
    at = 8 * planes + 4 * (tables + 1)
    small = np.frombuffer(payload, "<i4", _SMALL * chunks, at).reshape(_SMALL, chunks).T
    places = np.frombuffer(payload, "<u8", 2 * chunks, at + 4 * _SMALL * chunks)
    consistent = (
        bool(np.all(np.diff(starts.astype(np.int64)) >= 0))
        and starts[-1] == chunks
        and (planes == 0 or int(numbers[:, 0].max()) < tables)
    )
    if not consistent:
        raise _damaged("its tables do not fit together")
    return PlacedIndex(numbers, starts, small, places.reshape(2, chunks).T)


def _damaged(why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"A stored index of placed chunks cannot be read: {why}.", "Import the file again."
    )
