"""Extremes, percentiles and histograms against the reference."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from render.errors import SettingsError, WindowError
from render.statistics import extremes, histogram, percentiles
from tests import reference
from tests.render.planes import planes


@given(planes())
def test_extremes_are_those_of_the_finite_samples(plane: NDArray[Any]) -> None:
    got = extremes(plane)

    with np.errstate(over="ignore"):
        values = reference.real(plane)
    values = values[np.isfinite(values)]
    expected = (values.min(), values.max()) if values.size else (math.nan, math.nan)
    np.testing.assert_array_equal(got, expected)


@given(
    planes(),
    st.integers(1, 300),
    st.tuples(*[st.floats(-1e5, 1e5) | st.integers(-300, 300)] * 2).map(sorted),
)
def test_histograms_equal_the_reference(plane: NDArray[Any], bins: int, ends: list[float]) -> None:
    got = histogram(plane, bins, *ends)

    np.testing.assert_array_equal(got, reference.histogram(plane, bins, *ends))


def test_every_sample_between_the_extremes_is_counted() -> None:
    plane = np.arange(1000, dtype=np.uint16).reshape(20, 50)

    got = histogram(plane, 256, *extremes(plane))

    assert got.sum() == 1000
    assert got.max() == 4


def test_samples_of_one_value_are_in_the_last_bin() -> None:
    assert histogram(np.full((3, 3), 5, np.uint8), 4, 5, 5).tolist() == [0, 0, 0, 9]


def test_statistics_of_nothing_are_not_numbers() -> None:
    empty = np.zeros((0, 3), np.uint8)

    assert all(math.isnan(value) for value in extremes(empty) + percentiles(empty, [1, 99]))
    assert histogram(empty, 2, 0, 1).tolist() == [0, 0]


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "f4", "f8"])
def test_percentiles_lie_on_lines_between_samples(dtype: str) -> None:
    plane = np.arange(101).astype(dtype).reshape(1, 101)

    assert percentiles(plane, [0, 2.5, 50, 100]) == (0, 2.5, 50, 100)


def test_percentiles_leave_out_what_is_not_finite() -> None:
    plane = np.array([[np.nan, 1, 3, np.inf, -np.inf]])

    assert percentiles(plane, [50]) == (2,)


def test_bad_ranges_are_refused() -> None:
    plane = np.zeros((1, 1))
    with pytest.raises(SettingsError, match="0 bins"):
        histogram(plane, 0, 0, 1)
    with pytest.raises(WindowError, match="above its end"):
        histogram(plane, 1, 1, 0)
    with pytest.raises(SettingsError, match="percents"):
        percentiles(plane, [101])
