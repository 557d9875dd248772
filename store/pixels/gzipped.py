"""Decodes planes out of one stream compressed by gzip, which has no place to start but its own."""

import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from store.pixels.abandoning import go_on
from store.pixels.source import FileIdentity

_PIECE = 2**20


def decode(files: Sequence[FileIdentity], storage: Mapping[str, Any], planes: range) -> np.ndarray:
    """Values of consecutive planes; see `store.pixels.whole_planes`.

    The storage says: `file` (number of the file with the stream), `offset` (where it starts) and
    `stored` (type of the samples with their byte order).

    Raises:
        ValueError, zlib.error: The stream is damaged or too short.
    """
    level = storage["levels"][0]
    dtype = np.dtype(storage["stored"])
    size = level["width"] * level["height"] * int(storage["samples"])
    nbytes = size * dtype.itemsize
    raw = _inflated(
        Path(files[storage["file"]].path), int(storage["offset"]), planes.start * nbytes,
        len(planes) * nbytes,
    )  # fmt: skip
    shape = (len(planes), level["height"], level["width"], int(storage["samples"]))
    values: np.ndarray = raw.view(dtype).reshape(shape).astype(storage["dtype"])
    return values


def _inflated(path: Path, offset: int, skip: int, length: int) -> np.ndarray:
    """Bytes of the decompressed stream from a place on."""
    target = np.empty(length, np.uint8)
    done = 0
    inflate = zlib.decompressobj(wbits=31)
    with path.open("rb") as file:
        file.seek(offset)
        data = b""
        while done < length:
            go_on()
            data = data or file.read(_PIECE)
            if not data or inflate.eof:
                raise ValueError(f"{skip + done} bytes are stored before it ends")
            piece = inflate.decompress(data, _PIECE)
            data = inflate.unconsumed_tail
            passed = min(skip, len(piece))
            skip -= passed
            part = np.frombuffer(piece, np.uint8)[passed : passed + length - done]
            target[done : done + len(part)] = part
            done += len(part)
    return target
