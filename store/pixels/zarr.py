"""Reads regions of planes from the stored chunks of Zarr arrays, by their metadata alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from render.memory import RECYCLED
from store.errors import InvalidInputError, UnreadableFileError
from store.pixels.abandoning import go_on
from store.pixels.source import (
    MAX_CHUNKS,
    MAX_DECODED_BYTES,
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
from store.pixels.tiff import ChunkCache, ChunkKey
from store.pixels.zarr_arrays import ZarrArray
from store.pixels.zarr_codecs import checked, decode
from store.pixels.zarr_files import Document, Stored, ZarrFiles

type Values = np.ndarray[tuple[int, int, int, int, int], np.dtype[Any]]
"""A decoded chunk, shape (T, C, Z, Y, X), native byte order."""

_AXES = "tczyx"
_NOWHERE = 2**64 - 1
"""Offset and length, in the index of a shard, of a chunk that was never stored."""


class _NothingStoredError(Exception):
    """A chunk was never stored; leaves this module as its fill value."""


@dataclass(frozen=True, slots=True)
class _ZarrLevel:
    level: Level
    array: ZarrArray
    path: str
    document: Document
    axes: tuple[int | None, ...]
    """For T, C, Z, Y, X the number of the array's axis; none where it has none."""
    chunk: tuple[int, int, int, int, int]
    """Sizes of a chunk along T, C, Z, Y, X."""
    sections: int
    """Size along Z, which may be smaller than that of the image."""
    fill: Any

    def place(self, *numbers: int) -> tuple[int, ...]:
        """Number of a chunk along each axis of the array, from those along T, C, Z, Y, X."""
        found = [0] * len(self.array.shape)
        for axis, number in zip(self.axes, numbers, strict=True):
            if axis is not None:
                found[axis] = number
        return tuple(found)


@dataclass(slots=True)
class _WantedChunk:
    """One stored chunk, and where its values go."""

    place: tuple[int, ...]
    uses: list[tuple[int, tuple[int, int, int], tuple[slice, slice], tuple[slice, slice]]] = field(
        default_factory=list
    )
    """Of each plane wanted: its number, its T, C, Z in the chunk, rows and columns of both."""


class ZarrSource:
    """Pixels of one image in Zarr arrays; safe to read from many threads.

    Attributes:
        shape: Sizes at full resolution.
        dtype: Type of the values, native byte order.
        levels: Stored resolutions, the full one first.
        samples: How many channels lie in the same chunks of the smallest level.
    """

    def __init__(
        self,
        storage: Mapping[str, Any],
        shape: PixelsShape,
        content_id: str,
        files: Callable[[], ZarrFiles],
        chunks: ChunkCache,
    ) -> None:
        """Describe an image; nothing is read.

        Args:
            storage: As `store.importing.ome_zarr` wrote it.
            shape: Sizes of the image.
            content_id: Names the samples.
            files: Opens the hierarchy.
            chunks: Decoded chunks and indices of shards.
        """
        self.shape = shape
        self._levels = tuple(_level(storage["axes"], stored) for stored in storage["levels"])
        self.dtype = np.dtype(self._levels[0].array.dtype)
        self.levels = tuple(stored.level for stored in self._levels)
        self.samples = int(storage.get("samples", 1))
        self._content_id = content_id
        self._open = files
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
        wanted = self._wanted(level, t, [c], z, region)
        if out is None:
            views = self._views(level, wanted, 1)
            if views is not None:
                return views[0]
        target = buffer_for(region, self.dtype, out)
        self._fill(level, wanted, target[np.newaxis])
        return target

    def view_channels(
        self, level: int, t: int, channels: Sequence[int], z: int, region: Region
    ) -> Sequence[Plane]:
        """Values of a region of channels, to look at only; see `PixelSource.view_channels`."""
        wanted = self._wanted(level, t, channels, z, region)
        views = self._views(level, wanted, len(channels))
        if views is not None:
            return views
        target = RECYCLED.empty((len(channels), region.height, region.width), self.dtype)
        self._fill(level, wanted, target)
        return list(target)

    def read_channels(
        self, level: int, t: int, channels: Sequence[int], z: int, region: Region
    ) -> Planes:
        """Values of a region of channels; see `PixelSource.read_channels`."""
        wanted = self._wanted(level, t, channels, z, region)
        target = RECYCLED.empty((len(channels), region.height, region.width), self.dtype)
        self._fill(level, wanted, target)
        return target

    def stored_jpeg(
        self, level: int, t: int, z: int, region: Region, *, at_once: bool = False
    ) -> bytes | None:
        """None: arrays hold no pictures; see `PixelSource.stored_jpeg`."""
        region.check_inside(level_of(self.levels, level))
        self.shape.plane(t, 0, z)
        return None

    def _wanted(
        self, level: int, t: int, channels: Sequence[int], z: int, region: Region
    ) -> dict[ChunkKey, _WantedChunk]:
        """The distinct chunks that hold a region of some planes, refused when too many."""
        go_on()
        region.check_inside(level_of(self.levels, level))
        stored = self._levels[level]
        wanted: dict[ChunkKey, _WantedChunk] = {}
        for number, channel in enumerate(channels):
            self.shape.plane(t, channel, z)
            section = z * stored.sections // self.shape.z
            for place, use in _uses(stored, number, (t, channel, section), region):
                key = (self._content_id, "zarr", level, place)
                wanted.setdefault(key, _WantedChunk(place)).uses.append(use)
                if len(wanted) > MAX_CHUNKS:
                    check_layout(self.levels[level])
                    raise _too_much(f"more than {MAX_CHUNKS} stored chunks")
        nbytes = len(wanted) * stored.array.nbytes
        if nbytes > MAX_DECODED_BYTES:
            raise _too_much(f"{len(wanted)} stored chunks of {nbytes >> 20} MiB together")
        return wanted

    def _views(
        self, level: int, wanted: Mapping[ChunkKey, _WantedChunk], planes: int
    ) -> list[Plane] | None:
        """Each plane as part of the one chunk that has it whole; none if one is not like that."""
        if sum(len(chunk.uses) for chunk in wanted.values()) != planes:
            return None
        views: list[Plane] = [np.empty((0, 0))] * planes
        for key, chunk in wanted.items():
            go_on()
            values = self._values(key, level, chunk.place)
            if values is None:
                return None
            for number, position, source, _ in chunk.uses:
                views[number] = values[position][source]
        return views

    def _fill(
        self, level: int, wanted: Mapping[ChunkKey, _WantedChunk], target: np.ndarray
    ) -> None:
        for key, chunk in wanted.items():
            go_on()
            values = self._values(key, level, chunk.place)
            for number, position, source, place in chunk.uses:
                if values is None:
                    target[number][place] = self._levels[level].fill
                else:
                    target[number][place] = values[position][source]

    def _values(self, key: ChunkKey, level: int, place: tuple[int, ...]) -> Values | None:
        """A chunk, decoded at most once; none if it was never stored, which is not remembered."""
        try:
            values: Values = self._chunks.get(key, lambda: self._decoded(level, place))
        except _NothingStoredError:
            return None
        return values

    def _decoded(self, level: int, place: tuple[int, ...]) -> Values:
        stored = self._levels[level]
        array = stored.array
        files = self._open()
        files.check(stored.document)
        data = self._stored(files, level, place)
        if data is None:
            raise _NothingStoredError
        try:
            values = decode(array.codecs, array.chunks, array.dtype, data)
        except (ValueError, RuntimeError, TypeError, ArithmeticError, MemoryError) as error:
            raise _damaged(stored, place, error) from error
        found = _as_tczyx(values, stored.axes)
        found.flags.writeable = False
        return found

    def _stored(self, files: ZarrFiles, level: int, place: tuple[int, ...]) -> Stored | None:
        """The bytes of a chunk; none if it was never stored."""
        stored = self._levels[level]
        array = stored.array
        if not array.shards:
            return files.whole(_below(stored.path, array.key(place)), array.limit)
        inner = array.inner
        shard = tuple(number // many for number, many in zip(place, inner, strict=True))
        key = _below(stored.path, array.key(shard))
        index = self._index(files, level, key)
        if index is None:
            return None
        within = tuple(number % many for number, many in zip(place, inner, strict=True))
        offset, length = map(int, index[within])
        if offset == length == _NOWHERE:
            return None
        if length > array.limit or offset >= _NOWHERE >> 1:
            raise _damaged(stored, place, ValueError(f"its index says {length} bytes at {offset}"))
        return files.part(key, offset, length)

    def _index(self, files: ZarrFiles, level: int, key: str) -> np.ndarray | None:
        """Offset and length of the chunks of a shard, shape (chunks along each axis…, 2)."""
        try:
            found: np.ndarray = self._chunks.get(
                (self._content_id, "shard", level, key), lambda: self._read_index(files, level, key)
            )
        except _NothingStoredError:
            return None
        return found

    def _read_index(self, files: ZarrFiles, level: int, key: str) -> np.ndarray:
        stored = self._levels[level]
        array = stored.array
        data = files.part(key, 0 if array.index_first else -1, array.index_bytes)
        if data is None:
            raise _NothingStoredError
        try:
            plain = checked(data) if array.index_checked else data
        except ValueError as error:
            raise UnreadableFileError(
                f"The index of the shard {key} is damaged: {error}.",
                "Replace it by an undamaged copy; other regions can still be read.",
                path=key,
            ) from error
        numbers = np.frombuffer(plain, ">u8" if array.index_big_endian else "<u8")
        return numbers.astype(np.uint64).reshape(*array.inner, 2)


def _level(axes: str, stored: Mapping[str, Any]) -> _ZarrLevel:
    array = ZarrArray.from_json(stored["array"])
    places = tuple(axes.index(axis) if axis in axes else None for axis in _AXES)
    sizes = [1 if place is None else array.shape[place] for place in places]
    chunk = tuple(1 if place is None else array.chunks[place] for place in places)
    level = Level(
        sizes[4], sizes[3], min(chunk[4], max(sizes[4], 1)), min(chunk[3], max(sizes[3], 1))
    )
    return _ZarrLevel(
        level=level,
        array=array,
        path=stored["path"],
        document=Document(*stored["document"]),
        axes=places,
        chunk=(chunk[0], chunk[1], chunk[2], chunk[3], chunk[4]),
        sections=sizes[2],
        fill=array.fill_value(),
    )


def _uses(
    stored: _ZarrLevel, number: int, position: tuple[int, int, int], region: Region
) -> Iterator[
    tuple[
        tuple[int, ...],
        tuple[int, tuple[int, int, int], tuple[slice, slice], tuple[slice, slice]],
    ]
]:
    """The chunks of a region of one plane, and which part of it each has."""
    height, width = stored.chunk[3:]
    (t, in_t), (c, in_c), (z, in_z) = (
        divmod(at, size) for at, size in zip(position, stored.chunk, strict=False)
    )
    for row in range(region.y // height, (region.y + region.height - 1) // height + 1):
        source_y, target_y = overlap(row * height, height, region.y, region.height)
        for column in range(region.x // width, (region.x + region.width - 1) // width + 1):
            source_x, target_x = overlap(column * width, width, region.x, region.width)
            place = stored.place(t, c, z, row, column)
            yield place, (number, (in_t, in_c, in_z), (source_y, source_x), (target_y, target_x))


def _as_tczyx(values: np.ndarray, axes: tuple[int | None, ...]) -> Values:
    """A chunk with all five axes in order, rows contiguous."""
    moved = values.transpose([axis for axis in axes if axis is not None])
    return np.ascontiguousarray(
        moved[tuple(np.newaxis if axis is None else slice(None) for axis in axes)]
    )


def _below(path: str, key: str) -> str:
    return f"{path}/{key}" if path else key


def _too_much(what: str) -> InvalidInputError:
    return InvalidInputError(
        f"The region takes {what}, more than {MAX_CHUNKS} or {MAX_DECODED_BYTES >> 20} MiB.",
        "Ask for a smaller region, fewer channels or a higher level.",
    )


def _damaged(stored: _ZarrLevel, place: tuple[int, ...], error: Exception) -> UnreadableFileError:
    key = _below(stored.path, stored.array.key(place))
    return UnreadableFileError(
        f"The chunk {key} is damaged: {error}.",
        "Replace it by an undamaged copy; other regions can still be read.",
        path=key,
    )
