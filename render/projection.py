"""A range of planes to one: the largest, smallest, mean or summed sample of each place."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import DTypeLike, NDArray

from render.arrays import Plane
from render.errors import SettingsError, UnsupportedPixelTypeError

type Kind = Literal["max", "mean", "min", "sum"]
"""What a projection keeps of the samples at one place."""

type Axis = Literal["z", "t"]
"""Whether sections or time points become one."""

KINDS: tuple[Kind, ...] = get_args(Kind.__value__)
# Half the memory of 64 bits is half the time. Doubles hold the sums of 32-bit integers exactly,
# and come from `real_samples`.
_SUMS: dict[str, type] = {
    **dict.fromkeys(("b1", "u1", "u2"), np.uint32),
    **dict.fromkeys(("i1", "i2"), np.int32),
    **dict.fromkeys(("u8", "i8"), object),
}
_MANY = 2**15
"""From so many planes on, sums of 16-bit samples take more than 32 bits."""


@dataclass(frozen=True, slots=True)
class Projection:
    """Which planes become one, and how.

    Raises:
        SettingsError: An unknown kind, or a range that is empty or begins before 0.
    """

    kind: Kind
    """What is kept of the samples at one place."""
    start: int
    """First plane, from 0."""
    end: int
    """Last plane, from 0; it belongs to the range."""
    axis: Axis = "z"
    """What the planes are: sections of one time point, or time points of one section."""

    def __post_init__(self) -> None:
        _check_kind(self.kind)
        if not 0 <= self.start <= self.end:
            raise SettingsError(
                f"No planes from {self.start} to {self.end}.",
                "Give a first plane of 0 or more, and a last one that is not before it.",
            )

    def planes(self, *, quirks: bool = False) -> range:
        """Return the numbers of the planes to read.

        Args:
            quirks: Leave the last plane out of means and sums, as OMERO does.
        """
        left_out = quirks and self.kind in ("mean", "sum")
        return range(self.start, self.end if left_out else self.end + 1)


class Accumulator:
    """Projects planes of one channel that are handed over one at a time.

    Maxima and minima take the memory of one plane; sums take 4 bytes a sample for 8 and 16 bits
    and 8 for others, means of floating-point samples 12. 64-bit integers, which no OME image has, are summed as Python's,
    slowly. Complex samples count by their magnitude, as in rendering.

    Args:
        kind: What to keep of the samples at one place.
        shape: (Y, X) of every plane.
        dtype: Of every plane: any integer, floating, boolean or complex type, any byte order.
        quirks: Do as OMERO does: no maximum below 0, means of integers truncated. Which planes
            are handed over is up to `Projection.planes`.

    Raises:
        SettingsError: An unknown kind.
        UnsupportedPixelTypeError: Not two axes, or a type without numbers.
    """

    def __init__(
        self, kind: Kind, shape: tuple[int, ...], dtype: DTypeLike, *, quirks: bool = False
    ) -> None:
        _check_kind(kind)
        self.kind: Kind = kind
        self.shape = shape
        self.dtype: np.dtype[Any] = np.dtype(dtype).newbyteorder("=")
        if len(shape) != 2 or self.dtype.kind not in "biufc":
            raise UnsupportedPixelTypeError(
                f"Samples of type {self.dtype} and shape {shape} cannot be projected.",
                "Give planes (Y, X) of integers or floating-point numbers of at most 64 bits.",
            )
        self._quirks = quirks
        self._count = 0
        self._best: Plane | None = None
        self._sums: Plane | None = None
        self._numbers: NDArray[np.int32] | None = None
        if kind in ("mean", "sum"):
            self._sums = np.zeros(shape, _SUMS.get(self.dtype.str[1:], np.float64))
        if kind == "mean" and self.dtype.kind in "fc":
            self._numbers = np.zeros(shape, np.int32)

    def add(self, plane: Plane) -> None:
        """Take one more plane into account.

        Args:
            plane: Shape (Y, X) and dtype as announced; only read, and not kept.

        Raises:
            SettingsError: Another shape or type.
            UnsupportedPixelTypeError: A type that cannot be rendered.
        """
        if plane.shape != self.shape or plane.dtype.newbyteorder("=") != self.dtype:
            raise SettingsError(
                f"A plane of shape {plane.shape} and type {plane.dtype} does not fit into a "
                f"projection of {self.shape} and {self.dtype}.",
                "Give planes of one size and type.",
            )
        self._count += 1
        # Signalling NaN and magnitudes beyond the type are no news.
        with np.errstate(all="ignore"):
            if self._sums is None:
                self._compare(plane)
            else:
                self._add(plane, self._sums)

    def result(self) -> Plane:
        """Return the projection of the planes so far, the caller's own.

        Returns:
            Shape (Y, X), the announced type in native byte order. Integer sums end at the ends
            of the type's range; integer means are rounded, halves upwards. NaN is left out of
            maxima, minima and means, and stays where there is nothing else.

        Raises:
            SettingsError: There was no plane; with quirks only for maxima and minima, else the
                sum is 0, and the mean 0 or NaN.
        """
        if self._sums is not None and (self._count or self._quirks):
            return self._real(self._sums) if self.dtype.kind in "fc" else self._whole(self._sums)
        if self._best is None:
            raise SettingsError("No plane was given to project.", "Give at least one.")
        lifted = self._quirks and self.kind == "max"
        best = np.fmax(self._best, self._best.dtype.type(0)) if lifted else self._best
        return best.astype(self.dtype)

    def _compare(self, plane: Plane) -> None:
        # NumPy's own loops are vectorised for every type, leave NaN out and run unlocked.
        choose = np.fmax if self.kind == "max" else np.fmin
        samples = np.abs(plane) if plane.dtype.kind == "c" else plane
        if self._best is None:
            self._best = samples.astype(samples.dtype.newbyteorder("="))
        else:
            choose(self._best, samples, out=self._best)

    def _add(self, plane: Plane, sums: Plane) -> None:
        from render.kernels import add_numbers, add_samples  # load numba: the start does without
        from render.quantize import real_samples

        if self._count == _MANY and sums.dtype.itemsize == 4:
            sums = self._sums = sums.astype(np.int64)
        if sums.dtype.kind == "O":
            sums += plane.astype(object)
        elif self._numbers is not None:
            add_numbers(real_samples(plane), sums, self._numbers)
        else:
            add_samples(real_samples(plane), sums)

    def _real(self, sums: Plane) -> Plane:
        # Nothing divided by nothing is NaN; beyond the range of a smaller type is infinity.
        with np.errstate(all="ignore"):
            values = sums if self._numbers is None else sums / self._numbers
            return values.astype(self.dtype)

    def _whole(self, sums: Plane) -> Plane:
        sums = sums if sums.dtype.kind == "O" else sums.astype(np.int64)
        if self.kind == "mean":
            return self._quotient(sums, max(self._count, 1)).astype(self.dtype)
        limits = np.iinfo(np.uint8 if self.dtype.kind == "b" else self.dtype)
        return sums.clip(int(limits.min), int(limits.max)).astype(self.dtype)

    def _quotient(self, sums: Plane, count: int) -> Plane:
        if self._quirks:
            return np.where(sums < 0, -(-sums // count), sums // count)
        return (2 * sums + count) // (2 * count)


def project(planes: Iterable[Plane], kind: Kind, *, quirks: bool = False) -> Plane:
    """Return the projection of planes that are read while it is made.

    Args:
        planes: Shape (Y, X) each, of one size and type: those of `Projection.planes`.
        kind: What to keep of the samples at one place.
        quirks: Do as OMERO does; see `Accumulator`.

    Returns:
        Shape (Y, X), the planes' type in native byte order; see `Accumulator.result`.

    Raises:
        SettingsError: No plane, an unknown kind, or planes of several sizes or types.
        UnsupportedPixelTypeError: Not two axes, or a type without numbers.

    Source: OMERO's projection, with its quirks only when asked for.

    >>> stack = np.array([[[3]], [[6]], [[90]]], np.uint8)
    >>> project(stack, "mean").tolist()
    [[33]]
    """
    accumulator: Accumulator | None = None
    for plane in planes:
        if accumulator is None:
            accumulator = Accumulator(kind, plane.shape, plane.dtype, quirks=quirks)
        accumulator.add(plane)
    if accumulator is None:
        raise SettingsError("No plane was given to project.", "Give at least one.")
    return accumulator.result()


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise SettingsError(f"No projection {kind!r}.", f"Give one of {', '.join(KINDS)}.")
