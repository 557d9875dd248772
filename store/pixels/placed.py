"""Reads regions of planes put together from chunks at any place, over each other in their order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from render.memory import RECYCLED
from store.errors import InvalidInputError
from store.pixels.abandoning import go_on
from store.pixels.cache import ByteBudgetCache
from store.pixels.codecs import Chunk, Encoding, decode
from store.pixels.files import FileHandles, damaged_chunk
from store.pixels.filled import FilledSource
from store.pixels.index import block_of
from store.pixels.placed_index import PlacedChunks, PlacedIndex, unpack
from store.pixels.source import (
    MAX_CHUNKS,
    MAX_DECODED_BYTES,
    ChunkBlockRecord,
    FileIdentity,
    Level,
    PixelsShape,
    Region,
    overlap,
)


class PlacedSource(FilledSource):
    """Pixels of one image of which each plane is a mosaic; where no chunk lies there is nothing.

    The storage says, for each level, its sizes, the usual size of a chunk, its encodings (whose
    rows and width are those of each chunk) and how many planes are in a block of the index.
    """

    def __init__(
        self,
        storage: Mapping[str, Any],
        shape: PixelsShape,
        content_id: str,
        files: Sequence[FileIdentity],
        load_block: Callable[[int, int], ChunkBlockRecord],
        chunks: ByteBudgetCache[Any, Any],
        handles: FileHandles,
    ) -> None:
        self.shape = shape
        self.dtype = np.dtype(storage["dtype"])
        self._encodings = [
            [Encoding.from_json(encoding) for encoding in level["encodings"]]
            for level in storage["levels"]
        ]
        self._per_block = [int(level["planes_per_block"]) for level in storage["levels"]]
        self.levels = tuple(
            Level(level["width"], level["height"], level["chunk_width"], level["chunk_height"])
            for level in storage["levels"]
        )
        self.samples = self._encodings[-1][0].samples
        self._content_id = content_id
        self._files = tuple(files)
        self._load_block = load_block
        self._chunks = chunks
        self._handles = handles

    def _fill(self, level: int, t: int, c: int, z: int, region: Region, target: np.ndarray) -> None:
        chunks = self._plane(level, self.shape.plane(t, c, z))
        wanted = chunks.inside(region.x, region.y, region.width, region.height)
        sizes = chunks.small[wanted, 4].astype(np.int64) * chunks.small[wanted, 5]
        nbytes = int(sizes.sum()) * self.dtype.itemsize * self.samples
        if len(wanted) > MAX_CHUNKS or nbytes > MAX_DECODED_BYTES:
            raise InvalidInputError(
                f"The region takes {len(wanted)} stored chunks of {nbytes >> 20} MiB together, "
                f"more than {MAX_CHUNKS} or {MAX_DECODED_BYTES >> 20} MiB.",
                "Ask for a smaller region or a higher level.",
            )
        target[...] = 0
        for number in wanted.tolist():
            go_on()
            file, encoding, x, y, width, height = chunks.small[number].tolist()
            offset, length = chunks.places[number].tolist()
            key = (self._content_id, "placed", file, offset)
            stored = replace(self._encodings[level][encoding], rows=height, width=width)
            values = self._chunk(key, stored, self._files[file], offset, length)
            source_y, place_y = overlap(y, height, region.y, region.height)
            source_x, place_x = overlap(x, width, region.x, region.width)
            target[place_y, place_x] = values[0, source_y, source_x, chunks.part]

    def _chunk(
        self, key: Any, encoding: Encoding, file: FileIdentity, offset: int, length: int
    ) -> Chunk:
        values: Chunk = self._chunks.get(key, lambda: self._decoded(encoding, file, offset, length))
        return values

    def _decoded(self, encoding: Encoding, file: FileIdentity, offset: int, length: int) -> Chunk:
        shape = (1, encoding.rows, encoding.width, encoding.samples)
        values: Chunk = RECYCLED.empty(shape, encoding.dtype)
        data = self._handles.read(file, offset, length)
        try:
            decode(encoding, data, values)
        except (ValueError, RuntimeError, TypeError, ArithmeticError, MemoryError) as error:
            raise damaged_chunk(file, offset, error) from error
        values.flags.writeable = False
        return values

    def _plane(self, level: int, plane: int) -> PlacedChunks:
        per_block = self._per_block[level]
        first = plane - plane % per_block
        key = (self._content_id, "placed index", level, first)
        block: PlacedIndex = self._chunks.get(
            key, lambda: block_of(self._load_block(level, plane), unpack, level, plane, first)
        )
        return block.plane(plane - first)
