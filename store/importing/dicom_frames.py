"""Where the frames of a DICOM file lie, and how each is stored."""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

from store.errors import UnreadableFileError, UnsupportedError
from store.importing.stored_plane import check_sizes
from store.pixels.codecs import (
    DICOM_RLE,
    HTJ2K,
    JPEG_2000,
    JPEG_LS,
    LOSSLESS_JPEG,
    NONE,
    Encoding,
)
from store.pixels.files import identify
from store.pixels.source import FileIdentity

MAX_FRAMES = 4_000_000
MAX_FRAGMENTS = 8_000_000
_JPEG = 7
_RGB = 2
_SYNTAXES = {
    "1.2.840.10008.1.2": NONE, "1.2.840.10008.1.2.1": NONE, "1.2.840.10008.1.2.2": NONE,
    "1.2.840.10008.1.2.4.50": _JPEG, "1.2.840.10008.1.2.4.51": _JPEG,
    "1.2.840.10008.1.2.4.57": LOSSLESS_JPEG, "1.2.840.10008.1.2.4.70": LOSSLESS_JPEG,
    "1.2.840.10008.1.2.4.80": JPEG_LS, "1.2.840.10008.1.2.4.81": JPEG_LS,
    "1.2.840.10008.1.2.4.90": JPEG_2000, "1.2.840.10008.1.2.4.91": JPEG_2000,
    "1.2.840.10008.1.2.4.201": HTJ2K, "1.2.840.10008.1.2.4.202": HTJ2K,
    "1.2.840.10008.1.2.4.203": HTJ2K, "1.2.840.10008.1.2.5": DICOM_RLE,
}  # fmt: skip
"""How frames are stored, by transfer syntax."""
_IMPLICIT = "1.2.840.10008.1.2"
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_PIXEL_DATA = ((0x7FE0, 0x0010), (0x7FE0, 0x0008), (0x7FE0, 0x0009))
_UNDEFINED = 0xFFFFFFFF
_ITEM = (0xFFFE, 0xE000)
_END = (0xFFFE, 0xE0DD)
_HEADER = 8
"""Bytes before the value of an item: its tag and length."""
_STARTS = {
    _JPEG: b"\xff\xd8", LOSSLESS_JPEG: b"\xff\xd8", JPEG_LS: b"\xff\xd8",
    JPEG_2000: b"\xff\x4f\xff\x51", HTJ2K: b"\xff\x4f\xff\x51",
}  # fmt: skip
"""What a frame begins with, by its compression."""


@dataclass(frozen=True, slots=True)
class Frames:
    """One DICOM file: what it says, and its frames."""

    identity: FileIdentity
    said: Any
    """The data set without its samples."""
    encoding: Encoding
    offsets: np.ndarray
    """Shape (frames, planes of colours), uint64: where each starts."""
    lengths: np.ndarray

    @property
    def width(self) -> int:
        """Columns of a frame."""
        return int(self.said.Columns)

    @property
    def height(self) -> int:
        """Rows of a frame."""
        return int(self.said.Rows)

    @property
    def samples(self) -> int:
        """Samples of a pixel."""
        return int(self.said.get("SamplesPerPixel", 1))

    @property
    def count(self) -> int:
        """Number of frames."""
        return len(self.offsets)


def frames_of(path: Path) -> Frames | None:
    """Read a file; none if it has no samples.

    Raises:
        UnreadableFileError: It is damaged.
        UnsupportedError: Its samples are stored in a way that is not handled.
    """
    identity = identify(path)
    with path.open("rb") as file:
        said = pydicom.dcmread(file, stop_before_pixels=True)
        place = file.tell()
        if "Rows" not in said or "Columns" not in said:
            return None
        syntax = str(said.file_meta.TransferSyntaxUID)
        compression = _SYNTAXES.get(syntax)
        if compression is None:
            raise UnsupportedError(
                f"DICOM stored as {said.file_meta.TransferSyntaxUID.name} cannot be read.",
                "Convert the file to another transfer syntax.",
            )
        encoding = _encoding(said, compression, syntax == _BIG_ENDIAN)
        found = _pixel_data(file.fileno(), place, syntax, said)
        if found is None:
            return None
        start, length = found
        count = int(said.get("NumberOfFrames") or 1)
        if not 0 < count <= MAX_FRAMES:
            raise UnreadableFileError(f"{path.name} claims {count} frames.")
        if compression == NONE:
            offsets, lengths = _native(encoding, said, start, length, count)
        else:
            frames = _encapsulated(file.fileno(), start, count, identity, said, compression)
            offsets, lengths = frames.offsets, frames.lengths
            encoding = replace(encoding, fragmented=frames.fragmented)
    if np.any(offsets + lengths > identity.size):
        raise UnreadableFileError(
            f"{path.name} has frames beyond its end.", "The file is not complete: copy it again."
        )
    return Frames(identity, said, encoding, offsets, lengths)


def _encoding(said: Any, compression: int, big_endian: bool) -> Encoding:
    samples = int(said.get("SamplesPerPixel", 1))
    bits, signed = int(said.BitsAllocated), int(said.get("PixelRepresentation", 0))
    width, height = int(said.Columns), int(said.Rows)
    check_sizes(width, height)
    if bits not in (8, 16, 32) or samples not in (1, 3, 4):
        raise UnsupportedError(
            f"DICOM pixels of {samples} samples of {bits} bits cannot be read.", "Convert the file."
        )
    colours = str(said.get("PhotometricInterpretation", ""))
    apart = samples > 1 and int(said.get("PlanarConfiguration", 0) or 0) == 1
    encoding = Encoding(
        compression, f"{'i' if signed else 'u'}{bits // 8}", bits, height, width,
        samples=samples, tiled=True, big_endian=big_endian,
    )  # fmt: skip
    if compression == _JPEG and samples == 3:
        stored = _RGB if colours == "RGB" else None
        encoding = replace(encoding, jpeg_colorspace=stored, jpeg_outcolorspace=_RGB)
    if compression in (NONE, DICOM_RLE) and colours.startswith("YBR"):
        if colours != "YBR_FULL" or bits != 8 or (apart and compression == NONE):
            raise UnsupportedError(f"Colours stored as {colours} cannot be read.", "Convert them.")
        encoding = replace(encoding, ycbcr=True)
    if apart and compression == NONE:
        encoding = replace(encoding, samples=1)
    return encoding


def _pixel_data(descriptor: int, place: int, syntax: str, said: Any) -> tuple[int, int] | None:
    """Where the value of the samples starts, and its length."""
    order = ">" if syntax == _BIG_ENDIAN else "<"
    data = os.pread(descriptor, 12, place)
    if len(data) < 12 or struct.unpack_from(f"{order}2H", data) not in _PIXEL_DATA:
        return None
    if syntax == _IMPLICIT:
        return place + 8, struct.unpack_from(f"{order}I", data, 4)[0]
    return place + 12, struct.unpack_from(f"{order}I", data, 8)[0]


def _native(
    encoding: Encoding, said: Any, start: int, length: int, count: int
) -> tuple[np.ndarray, np.ndarray]:
    planes = int(said.get("SamplesPerPixel", 1)) // encoding.samples
    step = encoding.rows * encoding.row_bytes
    if length == _UNDEFINED or length < step * planes * count:
        raise UnreadableFileError(
            f"The samples take {length} bytes, fewer than {count} frames need.",
            "The file is not complete: copy it again.",
        )
    offsets = start + step * np.arange(count * planes, dtype=np.uint64).reshape(count, planes)
    return offsets.astype(np.uint64), np.full((count, planes), step, np.uint64)


@dataclass(frozen=True, slots=True)
class _Encapsulated:
    """Where the frames lie; in fragments, with the headers of all of them."""

    offsets: np.ndarray
    lengths: np.ndarray
    fragmented: bool


def _encapsulated(
    descriptor: int,
    start: int,
    count: int,
    identity: FileIdentity,
    said: Any,
    compression: int,
) -> _Encapsulated:
    """Which fragments each frame has: as a table says, else one each, else by their first bytes."""
    items = np.array(list(_items(descriptor, start, identity)), np.uint64).reshape(-1, 2)
    table, fragments = items[:1], items[1:]
    if not len(fragments):
        raise UnreadableFileError(
            f"{Path(identity.path).name} has no frames.", "Replace the file by an undamaged copy."
        )
    firsts = _first_fragments(_table(descriptor, table, said), fragments, count)
    if firsts is None and len(fragments) == count:
        firsts = np.arange(count)
    if firsts is None:
        firsts = _by_marks(descriptor, fragments, _STARTS.get(compression), count)
    if firsts is None:
        raise UnsupportedError(
            f"{count} frames in {len(fragments)} fragments cannot be read: no table says which"
            " belong together.",
            "Convert the file so that each frame is one fragment, or has its place in a table.",
        )
    ends = fragments[:, 0] + _HEADER + fragments[:, 1]
    if len(fragments) == count:
        lengths = fragments[firsts, 1][:, np.newaxis]
        return _Encapsulated(fragments[firsts, :1] + np.uint64(_HEADER), lengths, fragmented=False)
    order = np.sort(firsts)
    following = np.append(order[1:], len(fragments))[np.searchsorted(order, firsts)]
    offsets = fragments[firsts, 0]
    lengths = ends[following - 1] - offsets
    return _Encapsulated(offsets[:, np.newaxis], lengths[:, np.newaxis], fragmented=True)


def _table(descriptor: int, item: np.ndarray, said: Any) -> np.ndarray:
    """Where frames start, from the first fragment; empty where no table says it."""
    extended = said.get("ExtendedOffsetTable")
    if extended:
        return np.frombuffer(extended[: len(extended) // 8 * 8], "<u8")
    size = int(item[0, 1]) // 4 * 4 if len(item) else 0
    if not size:
        return np.empty(0, np.uint64)
    return np.frombuffer(os.pread(descriptor, size, int(item[0, 0]) + _HEADER), "<u4")


def _first_fragments(table: np.ndarray, fragments: np.ndarray, count: int) -> np.ndarray | None:
    """The first fragment of each frame by a table; none if it is not of these fragments."""
    if len(table) != count:
        return None
    starts = fragments[:, 0] - fragments[0, 0]
    found = np.searchsorted(starts, table.astype(np.uint64))
    fits = bool(np.all(found < len(starts))) and bool(np.all(starts[found] == table))
    return found if fits and len(np.unique(found)) == count and 0 in found else None


def _by_marks(
    descriptor: int, fragments: np.ndarray, mark: bytes | None, count: int
) -> np.ndarray | None:
    """The first fragment of each frame by what frames begin with."""
    if count == 1:
        return np.zeros(1, np.int64)
    if mark is None:
        return None
    found = [
        number
        for number, (at, _) in enumerate(fragments.tolist())
        if os.pread(descriptor, len(mark), at + _HEADER) == mark
    ]
    return np.array(found) if len(found) == count and found[0] == 0 else None


def _items(descriptor: int, start: int, identity: FileIdentity) -> Iterator[tuple[int, int]]:
    """Where each item of the samples starts, and the length of its value; the first is a table."""
    at = start
    found = 0
    while at + _HEADER <= identity.size:
        group, element, length = struct.unpack("<2HI", os.pread(descriptor, _HEADER, at))
        if (group, element) == _END:
            return
        if (group, element) != _ITEM or at + _HEADER + length > identity.size:
            raise UnreadableFileError(
                f"There is no fragment at byte {at}.", "Replace the file by an undamaged copy."
            )
        found += 1
        if found > MAX_FRAGMENTS:
            raise UnreadableFileError(f"The file has more than {MAX_FRAGMENTS} fragments.")
        yield at, length
        at += _HEADER + length
