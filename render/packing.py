"""Planes as bytes for clients that window themselves: exact and shuffled, or a companded preview."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from render.arrays import Levels, Plane
from render.errors import SettingsError, UnsupportedFormatError, UnsupportedPixelTypeError
from render.kernels import compand, shuffle
from render.quantize import real_samples

type Coding = Literal["zstd", "gzip"]
"""How the bytes of an answer are compressed."""

CODINGS: tuple[Coding, ...] = get_args(Coding.__value__)
"""Best first: zstd costs a fifth of gzip's time and gives the same size."""

QUALITY = 90
LONGEST_EDGE = 65_500
"""Pixels that a JPEG may have across or down."""

_FAR = 1e300
_NEAR = 1e-9
# Clients have arrays of these types. Where the others go loses nothing but, as everywhere in
# double precision, the digits of 64-bit integers beyond 2^53.
_SENT = {
    **{kind: kind for kind in ("u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8")},
    "b1": "u1",
    "f2": "f4",
    "u8": "f8",
    "i8": "f8",
    "c8": "f4",
    "c16": "f8",
}


@dataclass(frozen=True, slots=True)
class Companding:
    """The grey levels that the bytes 0 and 255 of a preview stand for.

    Raises:
        SettingsError: Not two finite numbers, the smaller first, with a finite distance that single
            precision does not take for nothing.
    """

    black: float
    """Becomes 0, as does what is below."""
    white: float
    """Becomes 255, as does what is above."""

    def __post_init__(self) -> None:
        if not 1e-37 <= self.white - self.black < math.inf:
            raise SettingsError(
                f"No preview from {self.black} to {self.white}.",
                "Give two finite grey levels that are not equal, the smaller first.",
            )

    @classmethod
    def between(cls, low: float, high: float) -> Self:
        """Return a companding of a range of samples, widened where it is none."""
        black, white = (min(max(end, -_FAR), _FAR) for end in (low, high))
        return cls(
            black,
            white if white - black > _NEAR * abs(black) + 1e-30 else black + 1 + _NEAR * abs(black),
        )


def sent_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type in which samples of a type are sent, little-endian.

    Bits become uint8, half precision single, complex samples the precision of their magnitude,
    and 64-bit integers double precision; all others stay.

    Raises:
        UnsupportedPixelTypeError: A type without numbers, or of more than 64 bits.
    """
    kind = _SENT.get(dtype.newbyteorder("=").str[1:])
    if kind is None:
        raise UnsupportedPixelTypeError(
            f"Samples of type {dtype} cannot be sent.",
            "Give integers or floating-point numbers of at most 64 bits.",
        )
    return np.dtype(kind).newbyteorder("<")


def shuffled(planes: Sequence[Plane]) -> NDArray[np.uint8]:
    """Return the samples of planes with equal bytes side by side, which compresses better.

    Args:
        planes: Shape (Y, X) each, of one size and type, any that `sent_type` takes.

    Returns:
        Shape (planes, bytes of a sample, Y * X), uint8: of each plane first the lowest byte of
        every sample, row by row, then the next byte of every sample, and so on.

    Raises:
        UnsupportedPixelTypeError: A type that cannot be sent.

    >>> shuffled([np.array([[0x0102, 0x0304]], np.uint16)]).tolist()
    [[[2, 4], [1, 3]]]
    """
    sent = sent_type(planes[0].dtype)
    out = np.empty((len(planes), sent.itemsize, planes[0].size), np.uint8)
    for plane, bytes_ in zip(planes, out, strict=True):
        with np.errstate(all="ignore"):  # magnitudes beyond the type are no news
            samples = np.abs(plane) if plane.dtype.kind == "c" else plane
        # Kernels read numbers in the processor's own order.
        plain = np.require(samples, sent.newbyteorder("="), ["C", "A", "W"])
        shuffle(plain.reshape(-1).view(f"u{sent.itemsize}"), bytes_)
    return out


def preview(
    planes: Sequence[Plane], compandings: Sequence[Companding], quality: int = QUALITY
) -> bytes:
    """Return planes in 8 bits as one grey JPEG, each below the one before.

    Args:
        planes: Shape (Y, X) each, of one size, any type that `sent_type` takes.
        compandings: Ends of the range, one for each plane.
        quality: 1 to 100.

    Raises:
        UnsupportedPixelTypeError: A type without numbers.
        UnsupportedFormatError: More or larger planes than fit into one JPEG.
    """
    import imagecodecs

    height, width = planes[0].shape
    stacked = np.empty((len(planes) * height, width), np.uint8)
    if max(stacked.shape) > LONGEST_EDGE:
        raise UnsupportedFormatError(
            f"A preview of {len(planes)} planes of {width} by {height} does not fit into a JPEG.",
            f"Its edges have at most {LONGEST_EDGE} pixels; ask for fewer channels.",
        )
    for at, (plane, companding) in enumerate(zip(planes, compandings, strict=True)):
        compand_into(stacked[at * height : (at + 1) * height], plane, companding)
    return bytes(imagecodecs.jpeg8_encode(stacked, level=quality))


def compand_into(out: Levels, plane: Plane, companding: Companding) -> None:
    """Write a plane in 8 bits, as roots: their steps follow the noise of counted photons.

    Args:
        out: Shape (Y, X), rows contiguous: 255 · √((sample - black) / (white - black)), rounded.
        plane: Shape (Y, X), any type that `real_samples` takes; NaN becomes 0.
        companding: Ends of the range.

    Raises:
        UnsupportedPixelTypeError: A type without numbers.
    """
    scale = np.float32(255 / math.sqrt(companding.white - companding.black))
    compand(real_samples(plane), companding.black, scale, out)


def compressed(content: NDArray[np.uint8], coding: Coding | None) -> bytes:
    """Return bytes in a content coding of HTTP; as they are if there is none.

    Args:
        content: Any shape, C-contiguous.
        coding: One of `CODINGS`, None to leave them.
    """
    if coding is None:
        return content.tobytes()
    import imagecodecs

    # Both at their lowest level: what shuffling leaves is noise, which no effort makes smaller.
    encode = imagecodecs.zstd_encode if coding == "zstd" else imagecodecs.gzip_encode
    return bytes(encode(content.reshape(-1).data, level=1))
