"""Planes as any file stores them: sizes, encoding, where each of their chunks lies."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from store.errors import UnreadableFileError, UnsupportedError
from store.pixels.codecs import NONE, Encoding
from store.pixels.index import PlaneChunks, Positions
from store.pixels.source import MAX_DECODED_BYTES

MAX_PIXELS_ALONG = 2**31 - 1
RECHUNK_BYTES = 2**20
"""Strips of samples without compression are cut into pieces of about this many bytes."""
GROUP_ROWS = 64
"""Rows of a strip are a multiple of this, where there are more."""


@dataclass(frozen=True, slots=True)
class StoredPlane:
    """One plane, the samples of one pixel together, or a volume whose slices are planes."""

    number: int
    """Number in its file, from 0, for errors."""
    width: int
    height: int
    depth: int
    """Slices of a volume; 1 for others."""
    samples: int
    """Samples of a pixel, interleaved or in planes of their own."""
    encoding: Encoding
    offsets: Positions
    lengths: Positions

    @property
    def planar(self) -> bool:
        """The samples of a pixel are in planes of their own."""
        return self.samples > 1 and self.encoding.samples == 1

    @property
    def chunks_of_plane(self) -> int:
        """Number of tiles or strips of one plane."""
        encoding = self.encoding
        columns = -(-self.width // encoding.width) if encoding.tiled else 1
        return columns * -(-self.height // encoding.rows)

    @property
    def plane_bytes(self) -> int:
        """Size of one page without compression, in bytes."""
        samples = self.samples if self.planar else 1
        encoding = self.encoding
        return samples * self.depth * self.height * encoding.row_bytes

    def plane(self, file: int, encoding: int, sample: int, piece: int, shift: int) -> PlaneChunks:
        """The chunks of one sample of one slice.

        Args:
            file: Number of the file in its set.
            encoding: Number of the encoding in its level.
            sample: Sample of the pixel, from 0.
            piece: Slice of a volume, from 0.
            shift: Bytes that the plane lies further back (stacks without IFDs).
        """
        slices = -(-self.depth // self.encoding.slices)
        part = (piece % self.encoding.slices) * self.encoding.samples
        table = piece // self.encoding.slices
        if self.planar:
            table += sample * slices
        else:
            part += sample
        chunks = slice(table * self.chunks_of_plane, (table + 1) * self.chunks_of_plane)
        offsets = self.offsets[chunks]
        if shift:
            offsets = offsets + np.uint64(shift)
        return PlaneChunks(file, encoding, part, offsets, self.lengths[chunks])

    def decodable(self) -> Self:
        """The same, unless it is stored in pieces that are too large to be decoded one by one.

        Raises:
            UnsupportedError: It is.
        """
        decoded = self.decoded_bytes
        if decoded > MAX_DECODED_BYTES:
            raise UnsupportedError(
                f"A single tile or strip holds {decoded >> 20} MiB, more than "
                f"{MAX_DECODED_BYTES >> 20} MiB.",
                "Convert the file to a tiled one, for example with libvips or bfconvert.",
            )
        return self

    @property
    def decoded_bytes(self) -> int:
        """Bytes of one decoded tile or strip."""
        encoding = self.encoding
        rows = encoding.rows if encoding.tiled else min(encoding.rows, self.height)
        pixels = encoding.slices * rows * encoding.width
        return pixels * encoding.samples * np.dtype(encoding.dtype).itemsize


def rows_of_strip(encoding: Encoding, height: int) -> int:
    """Rows of handy strips of a plane without compression."""
    rows = min(height, max(1, RECHUNK_BYTES // encoding.stored_row_bytes))
    return rows - (rows % GROUP_ROWS if rows > GROUP_ROWS and rows < height else 0)


def raw_plane(
    number: int, height: int, offset: int, encoding: Encoding, file_size: int
) -> StoredPlane:
    """A plane whose rows follow each other without compression, cut into strips.

    Args:
        number: Number of the plane in its file, for errors.
        height: Rows.
        offset: Where the plane starts.
        encoding: How a row is stored; its number of rows is set here. Where it is flipped, the
            first row in the file is the last of the plane.
        file_size: Bytes that the file has.

    Raises:
        UnreadableFileError: The plane is not wholly inside the file, or has no pixels.
    """
    check_sizes(encoding.width, height)
    step = encoding.stored_row_bytes
    # The padding after the last row is in some files and not in others.
    end = offset + height * step - encoding.padding
    if offset < 0 or end > file_size:
        raise UnreadableFileError(
            f"Plane {number} lies at bytes {offset} to {end} of a file of {file_size}.",
            "The file is not complete: copy it again.",
        )
    rows = rows_of_strip(encoding, height)
    starts = np.arange(0, height, rows, dtype=np.int64)
    counts = np.minimum(rows, height - starts)
    first = height - starts - counts if encoding.flipped else starts
    offsets = offset + first * step
    return StoredPlane(
        number=number,
        width=encoding.width,
        height=height,
        depth=1,
        samples=encoding.samples,
        encoding=replace(encoding, compression=NONE, rows=rows, tiled=False),
        offsets=offsets.astype(np.uint64),
        lengths=(counts * step - encoding.padding).astype(np.uint64),
    ).decodable()


def whole_plane(
    number: int, height: int, offset: int, length: int, encoding: Encoding, file_size: int
) -> StoredPlane:
    """A plane that is one compressed chunk.

    Raises:
        UnreadableFileError: It is not wholly inside the file, or has no pixels.
        UnsupportedError: It is too large to be decoded as a whole.
    """
    check_sizes(encoding.width, height)
    check_inside(number, offset, length, file_size)
    return StoredPlane(
        number=number,
        width=encoding.width,
        height=height,
        depth=1,
        samples=encoding.samples,
        encoding=replace(encoding, rows=height, tiled=False),
        offsets=np.array([offset], np.uint64),
        lengths=np.array([length], np.uint64),
    ).decodable()


def check_sizes(width: int, height: int) -> None:
    """Refuse planes without pixels, and larger than any file has.

    Raises:
        UnreadableFileError: It is.
    """
    if min(width, height) < 1 or max(width, height) > MAX_PIXELS_ALONG:
        raise UnreadableFileError(f"The file claims planes of {width} x {height} pixels.")


def check_inside(number: int, offset: int, length: int, file_size: int) -> None:
    """Refuse a chunk that is not wholly inside its file.

    Raises:
        UnreadableFileError: It is not.
    """
    if offset < 1 or length < 1 or offset + length > file_size:
        raise UnreadableFileError(
            f"Plane {number} lies at bytes {offset} to {offset + length} of a file of {file_size}.",
            "The file is not complete: copy it again.",
        )
