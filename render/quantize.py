"""Samples to levels 0..255: window, family and inversion of one channel."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.arrays import Plane
from render.errors import UnsupportedPixelTypeError
from render.kernels import (
    fit_line,
    quantize_by_line,
    quantize_by_steps,
    quantize_by_table,
    quantize_linear,
)
from render.settings import ChannelSettings, Codomain, Family, Window

_FULL = Codomain()
# The types that kernels are compiled for, and where the others go without loss. 64-bit integers
# lose digits beyond 2^53, as everywhere in double precision.
_KERNEL_TYPE = {
    "b1": np.uint8,
    "u1": np.uint8,
    "u2": np.uint16,
    "i1": np.int16,
    "i2": np.int16,
    "f2": np.float32,
    "f4": np.float32,
    "f8": np.float64,
    "u4": np.float64,
    "i4": np.float64,
    "u8": np.float64,
    "i8": np.float64,
}


def real_samples(plane: Plane) -> Plane:
    """Return a plane in one of the types that kernels are compiled for.

    Args:
        plane: Shape (Y, X), any integer, floating, boolean or complex type, any byte order.

    Returns:
        The same values with contiguous rows, as uint8, uint16, int16, float32 or float64 in
        native byte order; magnitudes of complex samples. To read only: the plane itself where it
        fits.

    Raises:
        UnsupportedPixelTypeError: Not two axes, or a type without numbers.
    """
    if plane.ndim != 2:
        raise UnsupportedPixelTypeError(f"A plane has shape {plane.shape}.", "Give (Y, X).")
    if plane.dtype.kind == "c":
        plane = np.abs(plane)
    kind = _KERNEL_TYPE.get(plane.dtype.str[1:])
    if kind is None:
        raise UnsupportedPixelTypeError(
            f"Samples of type {plane.dtype} cannot be rendered.",
            "Give integers or floating-point numbers of at most 64 bits.",
        )
    flags = plane.flags
    if plane.dtype != kind or not (flags.c_contiguous and flags.aligned):
        plane = np.require(plane, dtype=kind, requirements=["C", "A"])
    return _read_only(plane)


def _read_only(plane: Plane) -> Plane:
    """Return the plane, or a view of it, that cannot be written to.

    To the compiler, read-only arrays are other types than those that are not: each kernel would be
    compiled twice, the second time in the middle of a request. Chunks that are kept are read-only.
    """
    if plane.flags.writeable:
        plane = plane.view()
        plane.flags.writeable = False
    return plane


def quantize(
    plane: Plane,
    channel: ChannelSettings,
    out: NDArray[np.uint8],
    codomain: Codomain = _FULL,
) -> None:
    """Write the level of each sample, before colour.

    Args:
        plane: Shape (Y, X), any type that `real_samples` takes.
        channel: Window, family, coefficient and inversion of the channel.
        out: Shape (Y, X), uint8, contiguous; written.
        codomain: Levels to map to, and in how many steps.

    Raises:
        UnsupportedPixelTypeError: A type that cannot be rendered.
    """
    samples = real_samples(plane)
    if codomain != _FULL:
        _by_curve(samples, channel, codomain.resolution, out)
        np.take(_levels(codomain, channel.inverted), out, out=out)
        return
    window = channel.window
    width = window.end - window.start
    line = line_of(channel, samples.dtype)
    if line is not None:
        quantize_by_line(samples, *line, out)
    elif channel.family != "linear" or width == 0:
        _by_curve(samples, channel, 255, out)
    else:
        quantize_linear(samples, window.start, width, out)
    if channel.inverted:
        np.subtract(255, out, out=out)


def line_of(
    channel: ChannelSettings, dtype: np.dtype[Any], codomain: Codomain = _FULL
) -> tuple[np.float32, np.float32] | None:
    """Return slope and offset of the line that gives each sample its level, before inversion.

    Args:
        channel: Window and family of the channel.
        dtype: Of the samples, one of those that `real_samples` gives.
        codomain: Levels to map to, and in how many steps.

    Returns:
        None where none does: of other families, and where single precision is not enough.
    """
    window = channel.window
    if channel.family != "linear" or window.end == window.start:
        return None
    if dtype.kind == "f" or codomain != _FULL:
        return None
    slope, offset, exact = _line(window, dtype)
    return (slope, offset) if exact else None


@lru_cache(maxsize=1024)
def _line(window: Window, dtype: np.dtype[Any]) -> tuple[np.float32, np.float32, bool]:
    # A window that reaches far beyond the type would make the search for its steps long.
    if window.start < -1e6 or window.end > 1e6:
        return np.float32(0), np.float32(0), False
    limits = np.iinfo(dtype)
    width = window.end - window.start
    slope, offset, exact = fit_line(window.start, width, limits.min, limits.max)
    # Compiled code returns Python floats; the kernel must see single precision again.
    return np.float32(slope), np.float32(offset), exact


@lru_cache(maxsize=256)
def _levels(codomain: Codomain, inverted: bool) -> NDArray[np.uint8]:
    """Level of each step of the codomain, shape (256,); steps beyond the resolution are unused."""
    width = codomain.end - codomain.start
    steps = np.minimum(np.arange(256), codomain.resolution)
    levels = np.floor(width / codomain.resolution * steps + codomain.start + 0.5)
    return (codomain.end - levels if inverted else levels).astype(np.uint8)


def _by_curve(
    samples: Plane, channel: ChannelSettings, resolution: int, out: NDArray[np.uint8]
) -> None:
    key = channel.window, channel.family, channel.coefficient, resolution
    if samples.dtype.kind == "f":
        quantize_by_steps(samples, curve_steps(*key), out)
    else:
        limits = np.iinfo(samples.dtype)
        quantize_by_table(samples, limits.min, _table(*key, limits.min, limits.max), out)


@lru_cache(maxsize=256)
def _table(
    window: Window, family: Family, coefficient: float, resolution: int, low: int, high: int
) -> NDArray[np.uint8]:
    """Step of each integer from low to high, uint8."""
    steps = curve_steps(window, family, coefficient, resolution)[:resolution]
    return np.searchsorted(steps, np.arange(low, high + 1), side="right").astype(np.uint8)


def curve(
    values: NDArray[np.float64],
    window: Window,
    family: Family,
    coefficient: float,
    resolution: int = 255,
) -> NDArray[np.float64]:
    """Return the steps of samples by the family's formula, double precision, whole numbers.

    Args:
        values: Samples, any shape, no NaN.
        window: Grey levels of dark and bright.
        family: Shape of the curve.
        coefficient: Its exponent.
        resolution: Number of the last step, 1 to 255; the first one is 0.

    Source: OMERO's quantum families and bit resolution.
    """
    width = window.end - window.start
    with np.errstate(all="ignore"):
        inside = np.clip(255.0 * (values - window.start) / width, 0.0, 255.0)
        end, zero = (_family(np.float64(x), family, coefficient) for x in (255.0, 0.0))
        steps = resolution / (end - zero) * (_family(inside, family, coefficient) - zero)
    # Infinity times zero, where the exponential leaves the range of doubles, is dark.
    steps = np.floor(np.nan_to_num(steps, nan=0.0) + 0.5).clip(0, resolution)
    bright, dark = values >= window.end, values < window.start
    return np.where(bright, float(resolution), np.where(dark, 0.0, steps))


def _family(
    x: NDArray[np.float64] | np.float64, family: Family, coefficient: float
) -> NDArray[np.float64]:
    if family == "logarithmic":
        return np.asarray(np.log(np.maximum(x, 1.0)))
    power = np.power(x, coefficient)
    return np.asarray(np.exp(power) if family == "exponential" else power)


@lru_cache(maxsize=256)
def curve_steps(
    window: Window, family: Family, coefficient: float, resolution: int = 255
) -> NDArray[np.float64]:
    """Return the smallest sample of each step from 1 to the resolution, float64, rising.

    Found by halving the window among the doubles, so that comparing a sample with the steps
    gives exactly the answer of the formula.

    Returns:
        Shape (255,); NaN, which no sample reaches, beyond the resolution.
    """
    numbers = np.arange(1, resolution + 1)
    low = np.full(resolution, _ordered(np.nextafter(window.start, -np.inf)))
    high = np.full(resolution, _ordered(window.end))
    # The step is reached at `high` and not at `low`; 64 halvings leave neighbours.
    for _ in range(64):
        middle = (low >> 1) + (high >> 1) + (low & high & 1)
        reached = curve(_double(middle), window, family, coefficient, resolution) >= numbers
        high = np.where(reached, middle, high)
        low = np.where(reached, low, middle)
    steps = np.full(255, np.nan)
    steps[:resolution] = _double(high)
    return steps


def _ordered(value: float) -> np.int64:
    """Number the doubles in the order of their values."""
    bits = np.float64(value).view(np.int64)
    return bits if bits >= 0 else np.int64(-(bits & 0x7FFF_FFFF_FFFF_FFFF))


def _double(ordered: NDArray[np.int64]) -> NDArray[np.float64]:
    """Invert `_ordered`."""
    magnitude = np.abs(ordered).view(np.float64)
    return np.where(ordered < 0, -magnitude, magnitude)
