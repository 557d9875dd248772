"""What the samples of a plane are like: extremes, percentiles, histogram."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from render.arrays import Plane
from render.errors import SettingsError
from render.kernels import count_samples, finite_extremes
from render.quantize import real_samples
from render.settings import Window

MAX_BINS = 65_536


def extremes(plane: Plane) -> tuple[float, float]:
    """Return the smallest and the largest sample; NaN and infinities do not count.

    Args:
        plane: Shape (Y, X), any integer, floating, boolean or complex type. Complex samples
            count by magnitude.

    Returns:
        Smallest and largest sample, both NaN when there are none.

    Raises:
        UnsupportedPixelTypeError: Not two axes, or a type without numbers.
    """
    samples = plane if plane.ndim == 2 and plane.dtype.kind in "iu" else real_samples(plane)
    if not samples.size:
        return math.nan, math.nan
    if samples.dtype.kind == "f":
        low, high = finite_extremes(samples)
        return (low, high) if low <= high else (math.nan, math.nan)
    return float(samples.min()), float(samples.max())


def histogram(plane: Plane, bins: int, low: float, high: float) -> NDArray[np.int64]:
    """Count the samples in equal bins from low to high.

    Args:
        plane: Shape (Y, X), any integer, floating, boolean or complex type.
        bins: Number of bins, 1 to 65,536.
        low: Lower edge of the first bin, in grey levels.
        high: Upper edge of the last bin, which belongs to it.

    Returns:
        Shape (bins,), int64. Samples outside, and NaN, are not counted. When low equals high,
        the samples of that value are in the last bin.

    Raises:
        SettingsError: Too few or too many bins.
        WindowError: The edges are not finite numbers in rising order.
        UnsupportedPixelTypeError: Not two axes, or a type without numbers.
    """
    if not 1 <= bins <= MAX_BINS:
        raise SettingsError(f"A histogram of {bins} bins.", f"Ask for 1 to {MAX_BINS}.")
    range_ = Window(low, high)
    counts = np.zeros(bins, np.int64)
    count_samples(real_samples(plane), range_.start, range_.end, counts)
    return counts


def percentiles(plane: Plane, percents: Sequence[float]) -> tuple[float, ...]:
    """Return the samples below which given parts of the plane lie, between samples by a line.

    Args:
        plane: Shape (Y, X), any integer, floating, boolean or complex type.
        percents: 0 to 100 each.

    Returns:
        One value for each percent, NaN when no sample is finite.

    Raises:
        SettingsError: A percent outside 0 to 100.
        UnsupportedPixelTypeError: Not two axes, or a type without numbers.
    """
    if not all(0 <= percent <= 100 for percent in percents):
        raise SettingsError(f"{list(percents)} are not percents.", "Give numbers from 0 to 100.")
    samples = real_samples(plane)
    if samples.dtype.kind == "f":
        samples = samples[np.isfinite(samples)]
    if not samples.size:
        return (math.nan,) * len(percents)
    return tuple(float(value) for value in np.percentile(samples, list(percents)))
