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
            offsets, lengths = _encapsulated(file.fileno(), start, count, identity)
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


def _encapsulated(
    descriptor: int, start: int, count: int, identity: FileIdentity
) -> tuple[np.ndarray, np.ndarray]:
    """One frame for each fragment, as nearly all writers have it."""
    fragments = list(_fragments(descriptor, start, identity, count))
    if len(fragments) != count:
        raise UnsupportedError(
            f"{count} frames in {len(fragments)} fragments cannot be read.",
            "Convert the file so that each frame is one fragment.",
        )
    places = np.array(fragments, np.uint64).reshape(count, 2)
    return places[:, :1].copy(), places[:, 1:].copy()


def _fragments(
    descriptor: int, start: int, identity: FileIdentity, count: int
) -> Iterator[tuple[int, int]]:
    at, first = start, True
    found = 0
    while at + 8 <= identity.size:
        group, element, length = struct.unpack("<2HI", os.pread(descriptor, 8, at))
        if (group, element) == _END:
            return
        if (group, element) != _ITEM or at + 8 + length > identity.size:
            raise UnreadableFileError(
                f"There is no fragment at byte {at}.", "Replace the file by an undamaged copy."
            )
        if not first:  # that is the table of offsets
            found += 1
            yield at + 8, length
            if found > count:
                return
        at, first = at + 8 + length, False
