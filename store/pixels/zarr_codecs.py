"""Stored Zarr chunks to arrays, never more bytes than declared."""

import gzip
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import google_crc32c
import imagecodecs
import numpy as np

from render.memory import RECYCLED

type Stored = bytes | bytearray | memoryview
type Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]

type Decoder = Callable[..., Any]  # imagecodecs publishes no types for its functions

ARRAY_CODECS = frozenset({"delta", "fixedscaleoffset"})
"""Codecs that turn values into values."""

_UNPACK: Mapping[str, Decoder] = {
    "blosc": partial(imagecodecs.blosc_decode, numthreads=1),
    "zstd": imagecodecs.zstd_decode,
    "gzip": imagecodecs.gzip_decode,
    "zlib": imagecodecs.deflate_decode,
    "lz4": partial(imagecodecs.lz4_decode, header=True),
    "bz2": imagecodecs.bz2_decode,
    "lzma": imagecodecs.lzma_decode,
}
BYTE_CODECS = frozenset({*_UNPACK, "shuffle", "crc32c"})
"""Codecs that turn bytes into bytes."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One step from values to stored bytes."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The steps from the values of a chunk to its stored bytes, in the order of writing."""

    stored: str
    """Kind and bytes of a value after the filters."""
    big_endian: bool = False
    order: tuple[int, ...] = ()
    """Axes in the order in which they are stored; empty if that is their own."""
    filters: tuple[Codec, ...] = ()
    """Of values."""
    packed: tuple[Codec, ...] = ()
    """Of bytes."""

    def to_json(self) -> dict[str, Any]:
        """The fields that differ from what is common."""
        found: dict[str, Any] = {"stored": self.stored}
        if self.big_endian:
            found["big_endian"] = True
        if self.order:
            found["order"] = list(self.order)
        for name in ("filters", "packed"):
            codecs = [[codec.name, dict(codec.settings)] for codec in getattr(self, name)]
            if codecs:
                found[name] = codecs
        return found

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Pipeline":
        """Turn back what `to_json` gave."""
        return cls(
            stored=stored["stored"],
            big_endian=stored.get("big_endian", False),
            order=tuple(stored.get("order", ())),
            filters=tuple(Codec(*codec) for codec in stored.get("filters", ())),
            packed=tuple(Codec(*codec) for codec in stored.get("packed", ())),
        )


def decode(pipeline: Pipeline, shape: tuple[int, ...], dtype: str, data: Stored) -> np.ndarray:
    """Decode one chunk, and never to more than its declared size.

    Args:
        pipeline: How it is stored.
        shape: Of the chunk.
        dtype: Kind and bytes of its values.
        data: The stored bytes; kept where they are the values already.

    Returns:
        Values of that shape and type in native byte order; rows need not be contiguous.

    Raises:
        ValueError, RuntimeError: The bytes are damaged, or stand for another number of values.
    """
    count = int(np.prod(shape, dtype=np.int64))
    flat = _unpacked(pipeline, count, data)
    if pipeline.big_endian and flat.dtype.itemsize > 1:
        flat = flat.byteswap()
    for codec in reversed(pipeline.filters):
        flat = _UNFILTER[codec.name](codec.settings, flat)
    values = flat.astype(dtype, copy=False)
    if not pipeline.order:
        return values.reshape(shape)
    stored = values.reshape([shape[axis] for axis in pipeline.order])
    return stored.transpose(np.argsort(pipeline.order))


def checked(data: Stored) -> memoryview:
    """The bytes before their CRC-32C.

    Raises:
        ValueError: They do not fit it.
    """
    view = memoryview(data)
    if len(view) < 4:
        raise ValueError(f"{len(view)} bytes cannot hold a checksum")
    if google_crc32c.value(bytes(view[:-4])) != int.from_bytes(view[-4:], "little"):
        raise ValueError("the checksum is wrong")
    return view[:-4]


def _unpacked(pipeline: Pipeline, count: int, data: Stored) -> np.ndarray:
    """The stored values, one after the other, as their bytes say."""
    kind = np.dtype(pipeline.stored)
    size = count * kind.itemsize
    if not pipeline.packed:
        _check_size(len(data), size)
        return np.frombuffer(data, kind, count)
    target = RECYCLED.empty((count,), kind)
    sizes = _sizes(pipeline.packed, size)
    for number in range(len(pipeline.packed) - 1, 0, -1):
        codec = pipeline.packed[number]
        exact = sizes[number]
        buffer = np.empty(size + size // 8 + 2**16 if exact is None else exact, np.uint8)
        data = memoryview(_undone(codec, data, buffer))
    got = _undone(pipeline.packed[0], data, target.view(np.uint8))
    _check_size(len(got), size)
    return target


def _sizes(codecs: tuple[Codec, ...], size: int) -> list[int | None]:
    """How many bytes go into each codec; none where that is not known."""
    sizes: list[int | None] = []
    known: int | None = size
    for codec in codecs:
        sizes.append(known)
        if codec.name == "crc32c":
            known = None if known is None else known + 4
        elif codec.name != "shuffle":
            known = None
    return sizes


def _undone(codec: Codec, data: Stored, out: Bytes) -> Bytes:
    """Undo one codec of bytes; what comes out is in `out` from its start."""
    if codec.name == "crc32c":
        return _copied(checked(data), out)
    if codec.name == "shuffle":
        return _unshuffled(codec.settings.get("elementsize", 4), data, out)
    got = _UNPACK[codec.name](data, out=out)
    if codec.name == "gzip" and len(got) < out.size:
        return _gunzipped(data, out)
    return out[: len(got)]


def _copied(data: Stored, out: Bytes) -> Bytes:
    if len(data) > out.size:
        raise ValueError(f"{len(data)} bytes are stored instead of {out.size}")
    out[: len(data)] = np.frombuffer(data, np.uint8)
    return out[: len(data)]


def _gunzipped(data: Stored, out: Bytes) -> Bytes:
    """All members of a gzip stream, where there are several."""
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        try:
            return _copied(file.read(out.size), out)
        except (OSError, EOFError) as error:
            raise ValueError(str(error)) from error


def _unshuffled(element: int, data: Stored, out: Bytes) -> Bytes:
    raw = np.frombuffer(data, np.uint8)
    _copied(data, out)
    whole = raw.size - raw.size % element
    out[:whole].reshape(-1, element)[...] = raw[:whole].reshape(element, -1).T
    return out[: raw.size]


def _undelta(settings: Mapping[str, Any], values: np.ndarray) -> np.ndarray:
    return np.cumsum(values, dtype=np.dtype(settings["dtype"]).newbyteorder("="))


def _unscaled(settings: Mapping[str, Any], values: np.ndarray) -> np.ndarray:
    dtype = np.dtype(settings["dtype"]).newbyteorder("=")
    with np.errstate(all="ignore"):
        found: np.ndarray = values / settings["scale"] + settings.get("offset", 0)
    return found.astype(dtype)


_UNFILTER: Mapping[str, Callable[[Mapping[str, Any], np.ndarray], np.ndarray]] = {
    "delta": _undelta,
    "fixedscaleoffset": _unscaled,
}


def _check_size(got: int, wanted: int) -> None:
    if got != wanted:
        raise ValueError(f"{got} bytes are stored instead of {wanted}")
