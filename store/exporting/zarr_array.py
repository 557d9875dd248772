"""Zarr 3 arrays of one image: what their metadata say, and their chunks, compressed."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

import google_crc32c
import imagecodecs
import numpy as np
import numpy.typing as npt
import orjson

from store.errors import InvalidInputError
from store.exporting.cut import CutLevel, tiles
from store.exporting.entries import Entry
from store.exporting.samples import zarr_dtype
from store.pixels.source import PixelsShape, Region

type Codec = Literal["blosc", "zstd", "gzip", "none"]

type Labels = Literal["masks", "shapes", "no"]

CODECS: tuple[Codec, ...] = ("blosc", "zstd", "gzip", "none")
LABELS: tuple[Labels, ...] = ("masks", "shapes", "no")
_BLOSC_EFFORT = 3
"""Blosc's 3 is zstd's 5: its own default, 5, is zstd's 9 and takes three times as long."""
_ZSTD_EFFORT = 3
_GZIP_EFFORT = 5
_EMPTY = 2**64 - 1
"""Offset and length of a chunk that a shard does not have."""


@dataclass(frozen=True, slots=True)
class ZarrOptions:
    """How OME-Zarr is written.

    Raises:
        InvalidInputError: A codec or size that is not offered.
    """

    codec: Codec = "blosc"
    chunk: int = 1024
    """Most pixels of each side of a chunk; a chunk is of one plane."""
    shard: int = 1
    """How many chunks along each side make one file; 1 for a file for each chunk."""
    pyramid: bool = True
    """Whether smaller versions are written, too."""
    labels: Labels = "masks"
    """Which shapes of regions of interest become label images: bitmaps, all with an area, or none."""

    def __post_init__(self) -> None:
        if self.codec not in CODECS:
            raise InvalidInputError(
                f"No codec {str(self.codec)[:32]!r} of Zarr.", f"Give one of {', '.join(CODECS)}."
            )
        if not 32 <= self.chunk <= 4096:
            raise InvalidInputError(f"Chunks of {self.chunk} pixels.", "Give 32 to 4096.")
        if not 1 <= self.shard <= 32:
            raise InvalidInputError(f"{self.shard} chunks along a shard.", "Give 1 to 32.")
        if self.labels not in LABELS:
            raise InvalidInputError(
                f"No label images of {str(self.labels)[:32]!r}.",
                f"Give one of {', '.join(LABELS)}.",
            )


class Samples(Protocol):
    """What is written: positions and sizes are its own."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of each sample."""
        ...

    @property
    def shape(self) -> PixelsShape:
        """Of the largest level."""
        ...

    @property
    def levels(self) -> tuple[CutLevel, ...]:
        """Resolutions, the largest first."""
        ...

    def read(self, level: int, t: int, c: int, z: int, part: Region) -> npt.NDArray[Any]:
        """Samples of a part of one plane, shape (Y, X)."""
        ...


class ZarrArray:
    """One level of an image as an array of the axes T, C, Z, Y, X.

    Args:
        cut: What is written.
        level: Place in the levels of the cut.
        options: How it is written.
    """

    def __init__(self, cut: Samples, level: int, options: ZarrOptions) -> None:
        self._cut = cut
        self._level = level
        self._codec: Codec = options.codec
        size = cut.levels[level].region
        self._width, self._height = size.width, size.height
        self.dtype = zarr_dtype(cut.dtype)
        self._chunk = (min(options.chunk, size.height), min(options.chunk, size.width))
        down = min(options.shard, -(-size.height // self._chunk[0]))
        across = min(options.shard, -(-size.width // self._chunk[1]))
        self._sharded = options.shard > 1
        self._grid = (self._chunk[0] * down, self._chunk[1] * across)

    def metadata(self) -> bytes:
        """Return the content of zarr.json."""
        shape = self._cut.shape
        codecs: list[dict[str, Any]] = [
            {"name": "bytes", "configuration": {"endian": "little"}},
            *self._compressor(),
        ]
        if self._sharded:
            codecs = [_sharding([1, 1, 1, *self._chunk], codecs)]
        zero: Any = np.zeros((), self.dtype).item()
        return orjson.dumps(
            {
                "zarr_format": 3,
                "node_type": "array",
                "shape": [shape.t, shape.c, shape.z, self._height, self._width],
                "data_type": self.dtype.name,
                "chunk_grid": {
                    "name": "regular",
                    "configuration": {"chunk_shape": [1, 1, 1, *self._grid]},
                },
                "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
                "fill_value": [zero.real, zero.imag] if self.dtype.kind == "c" else zero,
                "codecs": codecs,
                "dimension_names": ["t", "c", "z", "y", "x"],
                "attributes": {},
            },
            option=orjson.OPT_INDENT_2,
        )

    def chunks(self, prefix: str) -> Iterator[Entry]:
        """Yield the files of the array; those of the same place in all channels after each other.

        Args:
            prefix: Path of the array, with a slash at its end.
        """
        shape = self._cut.shape
        height, width = self._grid
        for t, z in np.ndindex(shape.t, shape.z):
            for part in tiles(self._width, self._height, width, height):
                for c in range(shape.c):
                    key = f"{t}/{c}/{z}/{part.y // height}/{part.x // width}"
                    make = partial(self._file, t, c, z, part)
                    yield Entry(f"{prefix}c/{key}", make=make)

    def _file(self, t: int, c: int, z: int, part: Region) -> bytes | None:
        if not self._sharded:
            return self._encoded(t, c, z, part)
        down, across = (grid // chunk for grid, chunk in zip(self._grid, self._chunk, strict=True))
        index = np.full((down, across, 2), _EMPTY, np.uint64)
        found: list[bytes] = []
        offset = 0
        for tile in tiles(part.width, part.height, self._chunk[1], self._chunk[0]):
            content = self._encoded(
                t, c, z, Region(part.x + tile.x, part.y + tile.y, tile.width, tile.height)
            )
            if content is not None:
                index[tile.y // self._chunk[0], tile.x // self._chunk[1]] = offset, len(content)
                found.append(content)
                offset += len(content)
        if not found:
            return None
        last = index.astype("<u8").tobytes()
        return b"".join([*found, last, struct.pack("<I", google_crc32c.value(last))])

    def _encoded(self, t: int, c: int, z: int, part: Region) -> bytes | None:
        """Compress one chunk; none if all of it is zero."""
        values = self._cut.read(self._level, t, c, z, part)
        if not values.any():
            return None
        if values.shape != self._chunk or values.dtype != self.dtype:
            chunk = np.zeros(self._chunk, self.dtype)
            chunk[: values.shape[0], : values.shape[1]] = values
            values = chunk
        return _compress(self._codec, np.ascontiguousarray(values))

    def _compressor(self) -> list[dict[str, Any]]:
        item = self.dtype.itemsize
        forms: dict[str, list[dict[str, Any]]] = {
            "blosc": [
                {
                    "name": "blosc",
                    "configuration": {
                        "typesize": item,
                        "cname": "zstd",
                        "clevel": _BLOSC_EFFORT,
                        "shuffle": "shuffle" if item > 1 else "noshuffle",
                        "blocksize": 0,
                    },
                }
            ],
            "zstd": [{"name": "zstd", "configuration": {"level": _ZSTD_EFFORT, "checksum": False}}],
            "gzip": [{"name": "gzip", "configuration": {"level": _GZIP_EFFORT}}],
            "none": [],
        }
        return forms[self._codec]


def _sharding(chunk: list[int], codecs: list[dict[str, Any]]) -> dict[str, Any]:
    index = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]
    return {
        "name": "sharding_indexed",
        "configuration": {
            "chunk_shape": chunk,
            "codecs": codecs,
            "index_codecs": index,
            "index_location": "end",
        },
    }


def _compress(codec: Codec, values: np.ndarray[Any, Any]) -> bytes:
    if codec == "blosc":
        item = values.itemsize
        return bytes(
            imagecodecs.blosc_encode(
                values,
                level=_BLOSC_EFFORT,
                compressor="zstd",
                shuffle=int(item > 1),
                typesize=item,
                blocksize=0,
                numthreads=1,
            )
        )
    data = values.reshape(-1).view(np.uint8)
    if codec == "zstd":
        return bytes(imagecodecs.zstd_encode(data, level=_ZSTD_EFFORT))
    if codec == "gzip":
        return bytes(imagecodecs.gzip_encode(data, level=_GZIP_EFFORT))
    return values.tobytes()
