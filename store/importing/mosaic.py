"""Puts the index together of an image whose chunks lie at any place of its planes."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from store.errors import UnsupportedError
from store.importing.layout import Stored, check_planes, pixel_type
from store.importing.parsed import ParsedBlock
from store.pixels.codecs import Encoding
from store.pixels.placed_index import PlacedChunks, pack
from store.pixels.source import MAX_DECODED_BYTES, PixelsShape

MAX_CHUNKS_PER_BLOCK = 32_768
MAX_PLANES_PER_BLOCK = 1_024


@dataclass(frozen=True, slots=True)
class Tile:
    """One chunk, and where its first pixel lies on the plane of its level."""

    file: int
    x: int
    y: int
    width: int
    height: int
    encoding: Encoding
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class MosaicLevel:
    """One resolution: its size, and the chunks of each (t, group of samples, z), lowest first."""

    width: int
    height: int
    tiles: Mapping[tuple[int, int, int], Sequence[Tile]]


def stored_mosaic(size_t: int, groups: int, size_z: int, levels: Sequence[MosaicLevel]) -> Stored:
    """How a mosaic is stored, for `store.pixels.placed`.

    Raises:
        UnsupportedError: A chunk is too large to be decoded, or there are too many planes.
    """
    like = next(tile for tiles in levels[0].tiles.values() for tile in tiles).encoding
    shape = PixelsShape(
        size_t, groups * like.samples, size_z, levels[0].height, levels[0].width
    )  # fmt: skip
    check_planes(shape)
    described = []
    blocks: list[ParsedBlock] = []
    for number, level in enumerate(levels):
        most = max(len(tiles) for tiles in level.tiles.values())
        per_block = max(1, min(MAX_PLANES_PER_BLOCK, MAX_CHUNKS_PER_BLOCK // max(1, most)))
        encodings: dict[Encoding, int] = {}
        planes = _planes(shape, groups, level, like.samples, encodings)
        for first, batch in _batches(planes, per_block):
            blocks.append(ParsedBlock(number, first, len(batch), pack(batch)))
        tile = next(tile for tiles in level.tiles.values() for tile in tiles)
        described.append(
            {
                "width": level.width,
                "height": level.height,
                "chunk_width": min(tile.width, level.width),
                "chunk_height": min(tile.height, level.height),
                "planes_per_block": per_block,
                "encodings": [encoding.to_json() for encoding in encodings],
            }
        )
    storage = {"reader": "placed", "version": 1, "dtype": like.dtype, "levels": described}
    return Stored(shape, pixel_type(like), storage, tuple(blocks))


def _planes(
    shape: PixelsShape,
    groups: int,
    level: MosaicLevel,
    samples: int,
    encodings: dict[Encoding, int],
) -> "list[PlacedChunks]":
    """The chunks of all planes in the order of their numbers."""
    found: list[PlacedChunks] = []
    for t, group in itertools.product(range(shape.t), range(groups)):
        stack = [_table(level.tiles.get((t, group, z), ()), encodings) for z in range(shape.z)]
        for sample in range(samples):
            found += [replace(table, part=sample) for table in stack]
    return found


def _table(tiles: Sequence[Tile], encodings: dict[Encoding, int]) -> PlacedChunks:
    rows = []
    for tile in tiles:
        size = tile.width * tile.height * tile.encoding.samples
        if size * np.dtype(tile.encoding.dtype).itemsize > MAX_DECODED_BYTES:
            raise UnsupportedError(
                f"A single tile has {tile.width} x {tile.height} pixels, too many to be decoded.",
                "Save the file with smaller tiles.",
            )
        # Sizes are those of each tile: their encodings differ in nothing else.
        number = encodings.setdefault(replace(tile.encoding, rows=1, width=1), len(encodings))
        rows.append((tile.file, number, tile.x, tile.y, tile.width, tile.height))
    small = np.array(rows, np.int32).reshape(-1, 6)
    places = np.array([(tile.offset, tile.length) for tile in tiles], np.uint64).reshape(-1, 2)
    return PlacedChunks(0, small, places)


def _batches(
    planes: Sequence[PlacedChunks], size: int
) -> "list[tuple[int, Sequence[PlacedChunks]]]":
    return [(first, planes[first : first + size]) for first in range(0, len(planes), size)]
