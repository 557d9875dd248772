"""What a Zarr array is like: its metadata of format 2 or 3, checked and brought to one form."""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from store.errors import UnreadableFileError, UnsupportedError
from store.pixels.source import MAX_DECODED_BYTES
from store.pixels.zarr_codecs import ARRAY_CODECS, BYTE_CODECS, Codec, Pipeline

type Json = Mapping[str, Any]

MAX_SIZE = 2**31 - 1
MAX_INNER_CHUNKS = 2**20
"""Most chunks of a shard: their index is read as a whole."""
_KINDS = frozenset(
    {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"}
)
_TYPES = {
    "bool": "b1", "int8": "i1", "int16": "i2", "int32": "i4", "int64": "i8", "uint8": "u1",
    "uint16": "u2", "uint32": "u4", "uint64": "u8", "float16": "f2", "float32": "f4",
    "float64": "f8", "complex64": "c8", "complex128": "c16",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ZarrArray:
    """How the values of an array are stored."""

    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    """Shape of what is decoded at once."""
    dtype: str
    """Kind and bytes of a value, such as u2, f4, c8."""
    fill: str
    """Value of what was never stored, little-endian, hexadecimal."""
    codecs: Pipeline
    separator: str = "/"
    prefix: str = ""
    """What the names of chunks begin with, before their numbers."""
    shards: tuple[int, ...] = ()
    """Shape of what one file holds, where that is several chunks."""
    index_first: bool = False
    """The index of a shard comes before its chunks."""
    index_big_endian: bool = False
    index_checked: bool = True
    """The index of a shard ends with its CRC-32C."""

    @property
    def nbytes(self) -> int:
        """Bytes of a decoded chunk, or of what its filters make of it if that is more."""
        kinds = (self.dtype, self.codecs.stored)
        return math.prod(self.chunks) * max(np.dtype(kind).itemsize for kind in kinds)

    @property
    def limit(self) -> int:
        """Most bytes that a stored chunk may have: no codec of bytes makes them many more."""
        return self.nbytes + self.nbytes // 8 + 2**16

    @property
    def inner(self) -> tuple[int, ...]:
        """How many chunks a shard has along each axis."""
        return tuple(whole // part for whole, part in zip(self.shards, self.chunks, strict=True))

    @property
    def index_bytes(self) -> int:
        """Size of the index of a shard."""
        return 16 * math.prod(self.inner) + 4 * self.index_checked

    def key(self, place: Sequence[int]) -> str:
        """Name of a chunk, or of a shard, by its numbers along the axes."""
        numbers = self.separator.join(map(str, place))
        return f"{self.prefix}{self.separator}{numbers}" if self.prefix else numbers

    def fill_value(self) -> Any:
        """Value of what was never stored."""
        dtype = np.dtype(self.dtype).newbyteorder("<")
        return np.frombuffer(bytes.fromhex(self.fill), dtype)[0]

    def to_json(self) -> dict[str, Any]:
        """The fields, as `from_json` takes them back."""
        found: dict[str, Any] = {
            "shape": list(self.shape),
            "chunks": list(self.chunks),
            "dtype": self.dtype,
            "fill": self.fill,
            "codecs": self.codecs.to_json(),
            "separator": self.separator,
        }
        if self.prefix:
            found["prefix"] = self.prefix
        if self.shards:
            found["shards"] = list(self.shards)
            found["index"] = [self.index_first, self.index_big_endian, self.index_checked]
        return found

    @classmethod
    def from_json(cls, stored: Json) -> "ZarrArray":
        """Turn back what `to_json` gave."""
        first, big_endian, checked = stored.get("index", (False, False, True))
        return cls(
            shape=tuple(stored["shape"]),
            chunks=tuple(stored["chunks"]),
            dtype=stored["dtype"],
            fill=stored["fill"],
            codecs=Pipeline.from_json(stored["codecs"]),
            separator=stored["separator"],
            prefix=stored.get("prefix", ""),
            shards=tuple(stored.get("shards", ())),
            index_first=first,
            index_big_endian=big_endian,
            index_checked=checked,
        )


def array_of(document: Json, name: str) -> ZarrArray:
    """The array that a metadata document describes.

    Args:
        document: Of a `.zarray` or a `zarr.json`.
        name: Where it was found, for errors.

    Raises:
        UnreadableFileError: It is not what the formats say.
        UnsupportedError: Values or codecs that are not handled.
    """
    version = document.get("zarr_format")
    if version == 2:
        array = _array_of_2(document, name)
    elif version == 3:
        array = _array_of_3(document, name)
    else:
        raise UnsupportedError(f"{name} is of Zarr format {_short(version)}, not 2 or 3.")
    if array.nbytes > MAX_DECODED_BYTES:
        raise UnsupportedError(
            f"The chunks of {name} hold {array.nbytes >> 20} MiB each, more than"
            f" {MAX_DECODED_BYTES >> 20} MiB.",
            "Write the array in smaller chunks.",
        )
    return array


def _array_of_2(document: Json, name: str) -> ZarrArray:
    shape = _sizes(document, "shape", name)
    chunks = _sizes(document, "chunks", name)
    _check_length(chunks, shape, name)
    kind, big_endian = _kind_of_2(document.get("dtype"), name)
    order = document.get("order", "C")
    if order not in ("C", "F"):
        raise _wrong(name, f"its order {_short(order)} is neither C nor F")
    separator = document.get("dimension_separator", ".")
    codecs = [*_listed(document, "filters", name)]
    if document.get("compressor") is not None:
        codecs.append(document["compressor"])
    filters, packed = _sorted_codecs([_codec_of_2(codec, name) for codec in codecs], name)
    stored, big_endian = _filtered((kind, big_endian), filters, name)
    pipeline = Pipeline(
        stored=stored,
        big_endian=big_endian,
        order=tuple(range(len(shape)))[::-1] if order == "F" else (),
        filters=tuple(filters),
        packed=tuple(packed),
    )
    fill = _fill(document.get("fill_value"), kind, name)
    return ZarrArray(shape, chunks, kind, fill, pipeline, _separator(separator, name))


def _array_of_3(document: Json, name: str) -> ZarrArray:
    if document.get("node_type") != "array":
        raise _wrong(name, "it is no array")
    if document.get("storage_transformers"):
        raise UnsupportedError(f"{name} has storage transformers, which are not handled.")
    shape = _sizes(document, "shape", name)
    grid = _named(document.get("chunk_grid"), "chunk_grid", name)
    if grid.name != "regular":
        raise UnsupportedError(f"{name} has chunks of the grid {_short(grid.name)}, not regular.")
    chunks = _sizes(grid.settings, "chunk_shape", name)
    _check_length(chunks, shape, name)
    kind = _TYPES.get(str(document.get("data_type")))
    if kind is None:
        raise UnsupportedError(
            f"{name} has values of type {_short(document.get('data_type'))}, which are no pixels."
        )
    separator, prefix = _keys_of_3(document, name)
    fill = _fill(document.get("fill_value"), kind, name)
    codecs = [_named(codec, "codecs", name) for codec in _listed(document, "codecs", name)]
    if len(codecs) == 1 and codecs[0].name == "sharding_indexed":
        return _sharded(codecs[0].settings, shape, chunks, kind, fill, (separator, prefix), name)
    pipeline = _pipeline_of_3(codecs, kind, len(shape), name)
    return ZarrArray(shape, chunks, kind, fill, pipeline, separator, prefix)


def _sharded(
    settings: Json,
    shape: tuple[int, ...],
    shards: tuple[int, ...],
    kind: str,
    fill: str,
    naming: tuple[str, str],
    name: str,
) -> ZarrArray:
    chunks = _sizes(settings, "chunk_shape", name)
    _check_length(chunks, shape, name)
    if any(whole % part for whole, part in zip(shards, chunks, strict=True)):
        raise _wrong(name, f"its shards {list(shards)} are no multiple of chunks {list(chunks)}")
    inner = math.prod(whole // part for whole, part in zip(shards, chunks, strict=True))
    if inner > MAX_INNER_CHUNKS:
        raise UnsupportedError(f"{name} has {inner} chunks in a shard: {MAX_INNER_CHUNKS} at most.")
    location = settings.get("index_location", "end")
    if location not in ("start", "end"):
        raise _wrong(name, f"the index of its shards is at {_short(location)}")
    index = [_named(codec, "codecs", name) for codec in _listed(settings, "index_codecs", name)]
    names = [codec.name for codec in index]
    if names not in (["bytes"], ["bytes", "crc32c"]):
        raise UnsupportedError(f"{name} stores the index of shards by {', '.join(names)[:200]}.")
    codecs = [_named(codec, "codecs", name) for codec in _listed(settings, "codecs", name)]
    return ZarrArray(
        shape=shape,
        chunks=chunks,
        dtype=kind,
        fill=fill,
        codecs=_pipeline_of_3(codecs, kind, len(shape), name),
        separator=naming[0],
        prefix=naming[1],
        shards=shards,
        index_first=location == "start",
        index_big_endian=_is_big_endian(index[0], name),
        index_checked=len(index) == 2,
    )


def _pipeline_of_3(codecs: Sequence[Codec], kind: str, axes: int, name: str) -> Pipeline:
    number = next((n for n, codec in enumerate(codecs) if codec.name == "bytes"), None)
    if number is None:
        raise UnsupportedError(
            f"{name} turns values into bytes by {', '.join(c.name for c in codecs)[:200]},"
            " which is not handled."
        )
    order: tuple[int, ...] = tuple(range(axes))
    filters: list[Codec] = []
    for codec in codecs[:number]:
        if codec.name == "transpose" and not filters:
            step = _order(codec, axes, name)
            order = tuple(order[axis] for axis in step)
            continue
        known = _known(codec, name)
        if known.name not in ARRAY_CODECS:
            raise _wrong(name, f"its codec {known.name} comes before bytes")
        filters.append(known)
    stored, _ = _filtered((kind, False), filters, name)
    outer, packed = _sorted_codecs([_known(codec, name) for codec in codecs[number + 1 :]], name)
    if outer:
        raise _wrong(name, f"its codec {outer[0].name} comes after bytes")
    return Pipeline(
        stored=stored,
        big_endian=_is_big_endian(codecs[number], name),
        order=() if order == tuple(range(axes)) else order,
        filters=tuple(filters),
        packed=tuple(packed),
    )


def _keys_of_3(document: Json, name: str) -> tuple[str, str]:
    """How the numbers of a chunk are separated, and what stands before them."""
    encoding = _named(document.get("chunk_key_encoding"), "chunk_key_encoding", name)
    if encoding.name == "default":
        return _separator(encoding.settings.get("separator", "/"), name), "c"
    if encoding.name == "v2":
        return _separator(encoding.settings.get("separator", "."), name), ""
    raise UnsupportedError(f"{name} names its chunks by {_short(encoding.name)}.")


def _order(codec: Codec, axes: int, name: str) -> tuple[int, ...]:
    order = codec.settings.get("order")
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(map(str, range(axes))):
        raise _wrong(name, f"it transposes {axes} axes by {_short(order)}")
    return tuple(int(axis) for axis in order)


def _is_big_endian(codec: Codec, name: str) -> bool:
    endian = codec.settings.get("endian", "little")
    if endian not in ("little", "big", None):
        raise _wrong(name, f"its bytes are in the order {_short(endian)}")
    return bool(endian == "big")


def _filtered(kind: tuple[str, bool], filters: Sequence[Codec], name: str) -> tuple[str, bool]:
    """Kind of the values after filters, and whether they are big-endian.

    Raises:
        UnsupportedError: A filter takes values for others than they are.
    """
    for codec in filters:
        if _kind_of_2(codec.settings["dtype"], name) != kind:
            raise UnsupportedError(
                f"The codec {codec.name} of {name} is for values of another type than it has."
            )
        kind = _kind_of_2(codec.settings["astype"], name)
    return kind


def _sorted_codecs(codecs: Sequence[Codec], name: str) -> tuple[list[Codec], list[Codec]]:
    """Codecs of values, and those of bytes, which come after them."""
    filters = [codec for codec in codecs if codec.name in ARRAY_CODECS]
    packed = [codec for codec in codecs if codec.name not in ARRAY_CODECS]
    if list(codecs) != filters + packed:
        raise UnsupportedError(f"{name} filters values that are packed already.")
    return filters, packed


def _codec_of_2(codec: Any, name: str) -> Codec:
    if not isinstance(codec, dict) or not isinstance(codec.get("id"), str):
        raise _wrong(name, f"it has a codec {_short(codec)}")
    settings = {key: value for key, value in codec.items() if key != "id"}
    return _known(Codec(codec["id"], settings), name)


def _known(codec: Codec, name: str) -> Codec:
    """A codec that is handled, with what it takes to undo it.

    Raises:
        UnsupportedError: It is not one of those.
        UnreadableFileError: Its settings make no sense.
    """
    plain = codec.name.removeprefix("numcodecs.")
    if plain not in ARRAY_CODECS and plain not in BYTE_CODECS:
        raise UnsupportedError(
            f"{name} is stored with the codec {_short(codec.name)}, which is not handled.",
            "Write the array with zstd, blosc, gzip, zlib or lz4.",
        )
    kept = {key: codec.settings.get(key) for key in _KEPT.get(plain, ())}
    settings = {key: value for key, value in kept.items() if value is not None}
    for key, value in settings.items():
        if key in ("dtype", "astype"):
            _kind_of_2(value, name)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong(name, f"the {key} of its codec {plain} is {_short(value)}")
    if plain in ARRAY_CODECS and "dtype" not in settings:
        raise _wrong(name, f"its codec {plain} says no type")
    if plain == "shuffle":
        size = settings.get("elementsize", 4)
        if not isinstance(size, int) or not 1 <= size <= 256:
            raise _wrong(name, f"its codec shuffle has elements of {_short(size)} bytes")
    if plain == "fixedscaleoffset" and not settings.get("scale"):
        raise _wrong(name, "its codec fixedscaleoffset has no scale")
    if plain in ARRAY_CODECS:
        settings.setdefault("astype", settings["dtype"])
    return Codec(plain, settings)


_KEPT = {
    "shuffle": ("elementsize",),
    "delta": ("dtype", "astype"),
    "fixedscaleoffset": ("dtype", "astype", "scale", "offset"),
}


def _named(found: Any, what: str, name: str) -> Codec:
    """An extension of format 3: its name and its configuration."""
    if isinstance(found, str):
        return Codec(found, {})
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        raise _wrong(name, f"its {what} is {_short(found)}")
    settings = found.get("configuration") or {}
    if not isinstance(settings, dict):
        raise _wrong(name, f"the configuration of {found['name'][:80]} is {_short(settings)}")
    return Codec(found["name"], settings)


def _kind_of_2(dtype: Any, name: str) -> tuple[str, bool]:
    """Kind and bytes of a type as format 2 writes it, and whether it is big-endian."""
    text = dtype if isinstance(dtype, str) else ""
    text = f"<{_TYPES[text]}" if text in _TYPES else text
    if text[2:] == "1":
        text = f"|{text[1:]}"
    if text[:1] not in ("<", ">", "|") or text[1:] not in _KINDS:
        raise UnsupportedError(f"{name} has values of type {_short(dtype)}, which are no pixels.")
    return text[1:], text[0] == ">"


def _fill(value: Any, kind: str, name: str) -> str:
    dtype = np.dtype(kind).newbyteorder("<")
    try:
        parsed = _fill_number(value, dtype)
        with np.errstate(all="raise"):
            return np.asarray(parsed).astype(dtype, casting="unsafe").tobytes().hex()
    except (ValueError, TypeError, OverflowError, FloatingPointError) as error:
        raise _wrong(
            name, f"its fill value is {_short(value)}, no {np.dtype(kind).name}"
        ) from error


def _fill_number(value: Any, dtype: np.dtype[Any]) -> Any:
    if value is None:
        return np.zeros((), dtype)
    if dtype.kind == "c" and isinstance(value, list) and len(value) == 2:
        half = np.dtype(f"<f{dtype.itemsize // 2}")
        real, imaginary = (np.asarray(_fill_number(part, half)).astype(half) for part in value)
        return complex(float(real), float(imaginary))
    if isinstance(value, str):
        if value.startswith("0x"):
            return np.frombuffer(bytes.fromhex(value[2:]).rjust(dtype.itemsize, b"\0"),
                                 dtype.newbyteorder(">"))[0]  # fmt: skip
        if value in ("NaN", "Infinity", "-Infinity") and dtype.kind in "fc":
            return float(value.replace("Infinity", "inf"))
        if dtype.kind == "c":
            return np.frombuffer(base64.b64decode(value, validate=True), dtype)[0]
        raise ValueError(value)
    if not isinstance(value, int | float):
        raise TypeError(type(value).__name__)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        if int(value) != value or not limits.min <= value <= limits.max:
            raise ValueError(value)
        return np.array(int(value), dtype)
    return value


def _sizes(document: Json, key: str, name: str) -> tuple[int, ...]:
    found = document.get(key)
    if not isinstance(found, list) or not found:
        raise _wrong(name, f"its {key} is {_short(found)}")
    for size in found:
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MAX_SIZE:
            raise _wrong(name, f"its {key} is {_short(found)}")
    return tuple(found)


def _check_length(chunks: Sequence[int], shape: Sequence[int], name: str) -> None:
    if len(chunks) != len(shape):
        raise _wrong(name, f"its chunks have {len(chunks)} axes and its values {len(shape)}")


def _listed(document: Json, key: str, name: str) -> list[Any]:
    found = document.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or len(found) > 32:
        raise _wrong(name, f"its {key} are {_short(found)}")
    return found


def _separator(found: Any, name: str) -> str:
    if found not in (".", "/"):
        raise _wrong(name, f"it separates the numbers of chunks by {_short(found)}")
    return str(found)


def _short(found: Any) -> str:
    return repr(found)[:80]


def _wrong(name: str, why: str) -> UnreadableFileError:
    return UnreadableFileError(f"{name} cannot be read: {why}.", "Write the array anew.")
