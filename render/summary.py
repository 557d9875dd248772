"""What many samples are like, as it is kept: extremes, moments, percentiles, histogram."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from render.errors import SettingsError
from render.settings import Window

PERCENTS = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 25.0, 50.0, 75.0, 95.0, 98.0, 99.0, 99.5, 99.9, 100.0)
"""What is kept of every channel."""
BINS = 256
"""Bins of the histogram that is kept of every channel."""
PRECISION = 2.0**-10
"""How far percentiles of samples of more than 16 bits may be off, as a part of their distance to
the middle of the samples that were counted first."""

_FLAT = 1e-5


@dataclass(frozen=True, slots=True)
class Summary:
    """What many samples are like; NaN and infinities are left out, complex ones are magnitudes."""

    samples: int
    """How many were counted."""
    low: float
    """Smallest, NaN when none was counted; the following, too."""
    high: float
    """Largest."""
    mean: float
    deviation: float
    """Standard deviation of these samples (divided by their number)."""
    precision: float
    """0 for exact percentiles, else `PRECISION`. Extremes are exact always."""
    percents: tuple[float, ...]
    values: tuple[float, ...]
    """The percentile of each of the percents, on a line between samples."""
    counts: tuple[int, ...]
    """Samples in equal bins from the smallest to the largest, which is in the last bin."""

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads, without NaN."""
        names = ("samples", "low", "high", "mean", "deviation", "precision")
        form: dict[str, Any] = {name: _number(getattr(self, name)) for name in names}
        form["percents"] = list(self.percents)
        form["values"] = [_number(value) for value in self.values]
        form["counts"] = list(self.counts)
        return form

    @classmethod
    def from_json(cls, form: Mapping[str, Any]) -> Self:
        """Read what `to_json` returned."""
        return cls(
            samples=form["samples"],
            low=_real(form["low"]),
            high=_real(form["high"]),
            mean=_real(form["mean"]),
            deviation=_real(form["deviation"]),
            precision=form["precision"],
            percents=tuple(form["percents"]),
            values=tuple(_real(value) for value in form["values"]),
            counts=tuple(form["counts"]),
        )

    def window(self, low: float = 0.5, high: float = 99.5) -> Window | None:
        """Return the window between two percentiles, for contrast that outliers do not spoil.

        Percents that were not counted lie on lines between those that were. Where the two
        percentiles are equal, as in images of few bright spots, it is that of the extremes.

        Args:
            low: Percent of the samples that become dark.
            high: Percent below which samples are not yet brightest.

        Returns:
            None where all samples are equal, or there are none.

        Raises:
            SettingsError: No percents, or the lower one is not below.
        """
        if not 0 <= low < high <= 100:
            raise SettingsError(
                f"Contrast from {low} % to {high} %.", "Give two rising numbers from 0 to 100."
            )
        known = [
            (percent, value)
            for percent, value in zip(self.percents, self.values, strict=True)
            if math.isfinite(value)
        ]
        if not known:
            return None
        percents, values = np.array(known).T
        start, end = np.interp([low, high], percents, values).tolist()
        for first, last in ((start, end), (self.low, self.high)):
            if _FLAT <= last - first < math.inf:
                return Window(first, last)
        return None


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _real(value: float | None) -> float:
    return math.nan if value is None else value
