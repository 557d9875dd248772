"""Samples counted once, plane by plane: extremes, moments, percentiles and histogram of many."""

import base64
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from render.arrays import Plane
from render.errors import SettingsError
from render.kernels import count_values, sketch_samples
from render.quantize import real_samples
from render.statistics import MAX_BINS
from render.summary import BINS, PERCENTS, PRECISION, Summary

_SKETCH_BINS = 2**18
_SAMPLED = 65_536


class Tally:
    """Counts samples of one type; what was counted can be kept and gone on with.

    Samples of 8 and 16 bits are counted by value, which makes everything exact. Others are
    counted in bins whose width is at most 1/512 of their distance to a reference, the median of
    what is counted first; see `PRECISION`.
    """

    def __init__(self, dtype: Any) -> None:
        dtype = np.dtype(dtype)
        self._integers = dtype.kind in "iub"
        self._by_value = self._integers and dtype.itemsize <= 2
        if self._by_value:
            limits = np.iinfo(np.uint8 if dtype.kind == "b" else dtype)
            self._first, size = int(limits.min), int(limits.max) - int(limits.min) + 1
        else:
            self._first, size = 0, _SKETCH_BINS
        self._counts = np.zeros(size, np.int64)
        self._reference: float | None = None
        self._sums = np.array([0.0, math.inf, -math.inf, 0.0, 0.0])

    def add(self, plane: Plane) -> None:
        """Count the samples of a plane.

        Args:
            plane: Shape (Y, X), of the type that was named, any byte order.
        """
        samples = real_samples(plane)
        if self._by_value:
            count_values(samples, self._first, self._counts)
            return
        if self._reference is None:
            self._reference = _middle(samples)
            if self._reference is None:
                return
        sketch_samples(samples, self._reference, self._counts, self._sums)

    def summary(self, percents: Sequence[float] = PERCENTS, bins: int = BINS) -> Summary:
        """Return what the samples counted so far are like.

        Args:
            percents: 0 to 100 each.
            bins: Of the histogram, 1 to 65,536.

        Raises:
            SettingsError: A percent or a number of bins outside its range.
        """
        check(percents, bins)
        values, counts = self._values()
        number = int(counts.sum())
        if number == 0:
            low = high = mean = variance = math.nan
            found: tuple[float, ...] = (math.nan,) * len(percents)
            histogram = (0,) * bins
        else:
            low, high, mean, variance = self._moments(values, counts, number)
            found = _percentiles(values, counts, percents, low, high)
            histogram = _histogram(values, counts, bins, low, high)
        return Summary(
            samples=number,
            low=low,
            high=high,
            mean=mean,
            deviation=math.sqrt(max(variance, 0.0)) if number else math.nan,
            precision=0.0 if self._by_value else PRECISION,
            percents=tuple(percents),
            values=found,
            counts=histogram,
        )

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` goes on with."""
        packed = base64.b64encode(zlib.compress(self._counts.tobytes(), 1)).decode()
        sums = [None if math.isinf(number) else number for number in self._sums.tolist()]
        return {"counts": packed, "reference": self._reference, "sums": sums}

    @classmethod
    def from_json(cls, dtype: Any, form: Mapping[str, Any]) -> Self:
        """Return a tally as it was kept.

        Args:
            dtype: The type that it was made for.
            form: Of `to_json`.

        Raises:
            ValueError: It was kept by another version, or for another type.
        """
        tally = cls(dtype)
        try:
            counts = np.frombuffer(zlib.decompress(base64.b64decode(form["counts"])), np.int64)
            tally._reference = form["reference"]
            sums = form["sums"]
            tally._sums[:] = [sums[0], *_extremes(sums), *sums[3:]]
        except (KeyError, TypeError, IndexError, zlib.error) as error:
            raise ValueError("not a tally") from error
        if counts.shape != tally._counts.shape:
            raise ValueError("a tally of another type")
        tally._counts[:] = counts
        return tally

    def _values(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return values that stand for the samples, rising, and how many each stands for."""
        places = np.flatnonzero(self._counts)
        counts = self._counts[places]
        if self._by_value:
            return (places + self._first).astype(np.float64), counts
        middles = _middles(places)
        if self._integers:  # towards the reference, which is exact where a bin holds one number
            middles = np.trunc(middles)
        return np.clip(middles + (self._reference or 0.0), self._sums[1], self._sums[2]), counts

    def _moments(
        self, values: NDArray[np.float64], counts: NDArray[np.int64], number: int
    ) -> tuple[float, float, float, float]:
        if not self._by_value:
            _, low, high, total, squares = self._sums.tolist()
            mean = total / number
            return low, high, mean + (self._reference or 0.0), squares / number - mean * mean
        mean = float(values @ counts) / number
        return (
            float(values[0]),
            float(values[-1]),
            mean,
            float((values - mean) ** 2 @ counts) / number,
        )


def check(percents: Sequence[float], bins: int) -> None:
    """Refuse percents and numbers of bins that no summary can have.

    Raises:
        SettingsError: One is outside its range.
    """
    if not all(0 <= percent <= 100 for percent in percents):
        raise SettingsError(f"{list(percents)} are not percents.", "Give numbers from 0 to 100.")
    if not 1 <= bins <= MAX_BINS:
        raise SettingsError(f"A histogram of {bins} bins.", f"Ask for 1 to {MAX_BINS}.")


def _middle(samples: Plane) -> float | None:
    """Return about the median of the finite samples, None if there is none."""
    some = samples.ravel()[:: max(1, samples.size // _SAMPLED)]
    finite = some[np.isfinite(some)]
    if not finite.size:
        finite = samples[np.isfinite(samples)][:1]
    if not finite.size:
        return None
    return float(np.partition(finite, finite.size // 2)[finite.size // 2])


def _middles(places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the differences in the middle of bins of `render.kernels.sketch_samples`."""
    ordered = places - _SKETCH_BINS // 2
    positive = np.where(ordered >= 0, ordered, -1 - ordered)
    edges = [
        np.minimum((positive + step) << 14, 0x7F7F_FFFF).astype(np.int32).view(np.float32)
        for step in (0, 1)
    ]
    middles = (edges[0].astype(np.float64) + edges[1].astype(np.float64)) / 2
    signed: NDArray[np.float64] = np.where(ordered >= 0, middles, -middles)
    return signed


def _percentiles(
    values: NDArray[np.float64],
    counts: NDArray[np.int64],
    percents: Sequence[float],
    low: float,
    high: float,
) -> tuple[float, ...]:
    ends = np.cumsum(counts)
    number = int(ends[-1])
    ranks = np.asarray(percents, np.float64) / 100 * (number - 1)
    below, above = np.floor(ranks).astype(np.int64), np.ceil(ranks).astype(np.int64)
    first, last = (values[np.searchsorted(ends, order, "right")] for order in (below, above))
    first, last = (
        np.where(order == 0, low, np.where(order == number - 1, high, found))
        for order, found in ((below, first), (above, last))
    )
    return tuple((first + (last - first) * (ranks - below)).tolist())


def _histogram(
    values: NDArray[np.float64], counts: NDArray[np.int64], bins: int, low: float, high: float
) -> tuple[int, ...]:
    if not low < high:
        return (*(0,) * (bins - 1), int(counts.sum()))
    with np.errstate(over="ignore", invalid="ignore"):
        places = np.nan_to_num((values - low) * bins / (high - low)).astype(np.int64)
    found = np.zeros(bins, np.int64)
    np.add.at(found, np.clip(places, 0, bins - 1), counts)
    return tuple(found.tolist())


def _extremes(sums: Sequence[float | None]) -> tuple[float, float]:
    low, high = sums[1], sums[2]
    return math.inf if low is None else low, -math.inf if high is None else high
