"""What every reader of pixels offers: shape, levels, regions of planes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from render.memory import RECYCLED
from store.errors import InvalidInputError, UnsupportedError

type Plane = np.ndarray[tuple[int, int], np.dtype[Any]]
"""Pixel values, shape (Y, X)."""

type Planes = np.ndarray[tuple[int, int, int], np.dtype[Any]]
"""Pixel values, shape (C, Y, X)."""

MAX_CHUNKS = 1024
"""Most chunks that one request may touch."""

MAX_DECODED_BYTES = 256 * 2**20
"""Most bytes that one request, or one chunk, may decode to."""

_SMALLEST_TILE = 64 * 64
"""Pixels of the smallest tile that anybody can ask for."""


@dataclass(frozen=True, slots=True)
class PixelsShape:
    """Sizes of a five-dimensional image; every one is at least 1."""

    t: int
    c: int
    z: int
    y: int
    x: int

    def __post_init__(self) -> None:
        if min(self.t, self.c, self.z, self.y, self.x) < 1:
            raise InvalidInputError(f"An image of sizes {self.sizes} has no pixels.")

    @property
    def sizes(self) -> tuple[int, int, int, int, int]:
        """Sizes in the order T, C, Z, Y, X."""
        return (self.t, self.c, self.z, self.y, self.x)

    @property
    def planes(self) -> int:
        """Number of planes of one level."""
        return self.t * self.c * self.z

    def plane(self, t: int, c: int, z: int) -> int:
        """Number of a plane, counted with Z fastest, then C, then T.

        Raises:
            InvalidInputError: t, c or z is outside the image.
        """
        if 0 <= t < self.t and 0 <= c < self.c and 0 <= z < self.z:
            return (t * self.c + c) * self.z + z
        places = (("t", t, self.t), ("c", c, self.c), ("z", z, self.z))
        name, value, size = next(one for one in places if not 0 <= one[1] < one[2])
        raise InvalidInputError(
            f"The image has no {name} = {value}: its {name} is 0 to {size - 1}.",
            "Choose a position inside the image.",
        )


@dataclass(frozen=True, slots=True)
class Level:
    """One resolution of an image, sizes in pixels; level 0 is the full one."""

    width: int
    height: int
    chunk_width: int
    chunk_height: int


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle in pixels of the level asked for; it checks itself."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.x < 0 or self.y < 0 or self.width < 1 or self.height < 1:
            raise InvalidInputError(
                f"No region at ({self.x}, {self.y}) of {self.width} x {self.height} pixels.",
                "Positions start at 0 and sizes at 1.",
            )

    def check_inside(self, level: Level) -> None:
        """Refuse a region that leaves the level.

        Raises:
            InvalidInputError: The region is not wholly inside.
        """
        if self.x + self.width > level.width or self.y + self.height > level.height:
            raise InvalidInputError(
                f"The region at ({self.x}, {self.y}) of {self.width} x {self.height} pixels "
                f"leaves the level of {level.width} x {level.height}.",
                "Ask for a region inside the level.",
            )


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """A file as it was when its chunks were indexed."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class ChunkBlockRecord:
    """Where the chunks of some consecutive planes lie, as stored."""

    first_plane: int
    plane_count: int
    data: bytes
    """Packed by `store.pixels.index`."""


class PixelSource(Protocol):
    """Pixels of one image; safe to read from many threads at once."""

    @property
    def shape(self) -> PixelsShape:
        """Sizes at full resolution."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values, in native byte order."""
        ...

    @property
    def levels(self) -> tuple[Level, ...]:
        """Resolutions, the full one first."""
        ...

    @property
    def samples(self) -> int:
        """How many channels lie interleaved in the same chunks."""
        ...

    def read(
        self,
        level: int,
        t: int,
        c: int,
        z: int,
        region: Region,
        out: np.ndarray | None = None,
    ) -> Plane:
        """Values of a region of one plane.

        Args:
            level: Number of the level, 0 is full resolution.
            t: Time point, from 0.
            c: Channel, from 0.
            z: Optical section, from 0.
            region: Pixels of that level; wholly inside it.
            out: Where to put the values: shape (region.height, region.width), dtype of the source.

        Returns:
            Shape (Y, X), dtype of the source. Without `out` it may be a read-only view of a
            cached chunk: copy before changing it.

        Raises:
            InvalidInputError: A number outside the image, or a region of too many chunks or bytes.
            UnreadableFileError: The file is missing, changed or damaged.
        """
        ...

    def view_channels(
        self, level: int, t: int, channels: Sequence[int], z: int, region: Region
    ) -> Sequence[Plane]:
        """Values of a region of some channels to look at: not copied where chunks have them whole.

        Args:
            level: Number of the level, 0 is full resolution.
            t: Time point, from 0.
            channels: Channels in the order wanted, from 0.
            z: Optical section, from 0.
            region: Pixels of that level; wholly inside it.

        Returns:
            For each channel shape (Y, X), dtype of the source; perhaps a read-only view of a
            cached chunk, whose rows need not be contiguous.

        Raises:
            InvalidInputError: A number outside the image, or a region of too many chunks or bytes.
            UnreadableFileError: The file is missing, changed or damaged.
        """
        ...

    def stored_jpeg(
        self, level: int, t: int, z: int, region: Region, *, at_once: bool = False
    ) -> bytes | None:
        """A region as the JPEG picture that the file has of it, if it is exactly one stored chunk.

        Args:
            level: Number of the level, 0 is full resolution.
            t: Time point, from 0.
            z: Optical section, from 0.
            region: Pixels of that level; wholly inside it.
            at_once: Whether nothing may be waited for, neither a disk nor the database.

        Returns:
            A complete picture of the first three channels as red, green and blue, the stored
            samples untouched; None if there is none, or none at once.

        Raises:
            InvalidInputError: A number outside the image.
            UnreadableFileError: The file is missing, changed or damaged.
        """
        ...

    def read_channels(
        self, level: int, t: int, channels: Sequence[int], z: int, region: Region
    ) -> Planes:
        """Values of a region of some channels, each stored chunk decoded once.

        Args:
            level: Number of the level, 0 is full resolution.
            t: Time point, from 0.
            channels: Channels in the order wanted, from 0.
            z: Optical section, from 0.
            region: Pixels of that level; wholly inside it.

        Returns:
            Shape (len(channels), Y, X), dtype of the source, C-contiguous, the caller's own.

        Raises:
            InvalidInputError: A number outside the image, or a region of too many chunks or bytes.
            UnreadableFileError: The file is missing, changed or damaged.
        """
        ...


def level_of(levels: tuple[Level, ...], number: int) -> Level:
    """The level of that number.

    Raises:
        InvalidInputError: There is none.
    """
    if not 0 <= number < len(levels):
        raise InvalidInputError(
            f"The image has no level {number}: its levels are 0 to {len(levels) - 1}.",
            "Level 0 is full resolution.",
        )
    return levels[number]


def check_layout(level: Level) -> None:
    """Refuse a level of which not even the smallest tile can be read.

    Raises:
        UnsupportedError: It is stored in pieces of a few pixels.
    """
    if level.chunk_width * level.chunk_height * MAX_CHUNKS < _SMALLEST_TILE:
        raise UnsupportedError(
            f"The file stores its samples in pieces of {level.chunk_width} x "
            f"{level.chunk_height} pixels, too small to be read in reasonable time.",
            "Convert the file to tiles of 256 x 256 pixels or more.",
        )


def buffer_for(region: Region, dtype: np.dtype[Any], out: np.ndarray | None) -> np.ndarray:
    """Where the values of a region go: the caller's buffer, or a new one.

    Raises:
        InvalidInputError: The caller's has another shape or type.
    """
    shape = (region.height, region.width)
    target = RECYCLED.empty(shape, dtype) if out is None else out
    if target.shape != shape or target.dtype != dtype:
        raise InvalidInputError(
            f"A buffer of shape {target.shape} and type {target.dtype} does not fit the region."
        )
    return target


def overlap(start: int, length: int, wanted: int, wanted_length: int) -> tuple[slice, slice]:
    """The common part of a chunk and a region along one axis, in chunk and in region."""
    low = max(start, wanted)
    high = min(start + length, wanted + wanted_length)
    return slice(low - start, high - start), slice(low - wanted, high - wanted)
