"""Samples counted once, against plain NumPy on all of them together."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from render.errors import SettingsError
from render.kernels import count_values, sketch_samples
from render.settings import Window
from render.statistics import extremes
from render.summary import PRECISION, Summary
from render.tally import Tally
from tests import reference
from tests.render.planes import planes

SMALL = "? u1 i1 <u2 >u2 <i2 >i2"
LARGE = "<u4 <i4 >i4 <f2 <f4 >f4 <f8"
PERCENTS = (0.0, 0.1, 1.0, 33.3, 50.0, 99.0, 100.0)


def tallied(*parts: NDArray[Any]) -> Tally:
    """A tally of some planes of one type."""
    tally = Tally(parts[0].dtype)
    for part in parts:
        tally.add(part)
    return tally


@given(planes(SMALL), st.integers(1, 300))
def test_everything_about_small_integers_is_exact(plane: NDArray[Any], bins: int) -> None:
    got = tallied(plane[: len(plane) // 2], plane[len(plane) // 2 :]).summary(PERCENTS, bins)

    samples = reference.real(plane)
    assert got.samples == plane.size
    assert (got.low, got.high) == extremes(plane)
    assert got.precision == 0
    np.testing.assert_allclose(got.mean, samples.mean(), rtol=1e-12)
    np.testing.assert_allclose(got.deviation, samples.std(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(got.values, np.percentile(samples, PERCENTS), rtol=1e-12)
    assert list(got.counts) == reference.histogram(plane, bins, got.low, got.high).tolist()


@given(planes(LARGE), st.integers(1, 64))
def test_other_samples_are_known_to_a_stated_precision(plane: NDArray[Any], bins: int) -> None:
    plane = np.clip(plane, -1e30, 1e30) if plane.dtype.itemsize == 8 else plane

    got = tallied(plane).summary(PERCENTS, bins)

    samples = reference.real(plane).ravel()
    samples = samples[np.isfinite(samples)]
    assert got.samples == samples.size == sum(got.counts)
    if not samples.size:
        assert all(math.isnan(value) for value in (got.low, got.mean, *got.values))
        return
    assert (got.low, got.high) == (samples.min(), samples.max())
    middle = np.partition(samples, samples.size // 2)[samples.size // 2]
    # From the middle outwards, as NumPy's own sums round by more than samples far off zero differ.
    spread = samples - middle
    far = np.abs(spread).max()
    np.testing.assert_allclose(got.mean, middle + spread.mean(), rtol=1e-9, atol=1e-9 * far + 1e-30)
    np.testing.assert_allclose(got.deviation, spread.std(), rtol=1e-6, atol=1e-6 * far + 1e-30)
    ranks = np.asarray(PERCENTS) / 100 * (samples.size - 1)
    ordered = np.sort(samples)
    around = [ordered[np.floor(ranks).astype(int)], ordered[np.ceil(ranks).astype(int)]]
    furthest = np.maximum(*(np.abs(one - middle) for one in around))
    exact = np.percentile(samples, PERCENTS)
    assert (np.abs(np.asarray(got.values) - exact) <= furthest * PRECISION * 1.01 + 1e-30).all()


def test_a_narrow_range_far_from_zero_keeps_its_percentiles() -> None:
    plane = np.random.default_rng(5).normal(40_000, 0.5, (300, 300)).astype(np.float64)

    got = tallied(plane).summary((1, 50, 99))

    np.testing.assert_allclose(got.values, np.percentile(plane, (1, 50, 99)), atol=0.003)


def test_one_hot_pixel_does_not_spoil_the_percentiles_of_the_others() -> None:
    plane = np.random.default_rng(6).random((300, 300)).astype(np.float32)
    plane[7, 9] = 1e30

    got = tallied(plane).summary((1, 50, 99))

    np.testing.assert_allclose(got.values, np.percentile(plane, (1, 50, 99)), atol=0.002)
    assert got.high == plane[7, 9]


def test_large_integers_near_each_other_are_told_apart() -> None:
    plane = (np.arange(1000) % 300 + 3_000_000_000).astype(np.uint32).reshape(10, 100)

    got = tallied(plane).summary(PERCENTS)

    assert list(got.values) == np.percentile(plane, PERCENTS).tolist()


@given(planes("u1 <u2 <i2"))
def test_values_are_counted_as_in_the_reference(plane: NDArray[Any]) -> None:
    limits = np.iinfo(plane.dtype)
    size = int(limits.max) - int(limits.min) + 1
    counts = np.zeros(size, np.int64)

    count_values(np.ascontiguousarray(plane), int(limits.min), counts)

    np.testing.assert_array_equal(counts, reference.values(plane, int(limits.min), size))


@pytest.mark.slow
@given(planes("<f4 <f8"), st.floats(-1e6, 1e6))
def test_sketches_equal_the_reference(plane: NDArray[Any], middle: float) -> None:
    plane = np.clip(plane, -1e30, 1e30)
    counts, sums = np.zeros(2**18, np.int64), np.array([0, math.inf, -math.inf, 0, 0])

    sketch_samples(plane, middle, counts, sums)

    expected, numbers = reference.sketch(plane, middle)
    np.testing.assert_array_equal(counts, expected)
    np.testing.assert_array_equal(sums[:3], numbers[:3])
    # Of large numbers that cancel each other, what is left is as exact as they are.
    magnitude = np.abs(plane[np.isfinite(plane)].astype(np.float64) - middle).sum()
    np.testing.assert_allclose(sums[3], numbers[3], rtol=1e-6, atol=1e-12 * magnitude)
    np.testing.assert_allclose(sums[4], numbers[4], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "f4"])
def test_a_tally_that_was_kept_goes_on_as_if_it_had_not_stopped(dtype: str) -> None:
    first, second = np.random.default_rng(1).integers(0, 100, (2, 40, 40)).astype(dtype)
    kept = json.loads(json.dumps(tallied(first).to_json()))

    resumed = Tally.from_json(dtype, kept)
    resumed.add(second)

    assert resumed.summary() == tallied(first, second).summary()


def test_a_tally_of_another_type_is_not_gone_on_with() -> None:
    with pytest.raises(ValueError, match="another type"):
        Tally.from_json("u1", Tally("u2").to_json())
    with pytest.raises(ValueError, match="not a tally"):
        Tally.from_json("u1", {"counts": "none"})


def test_a_summary_survives_json() -> None:
    for summary in (tallied(np.eye(9)).summary(), Tally("u2").summary()):
        form = json.loads(json.dumps(summary.to_json(), allow_nan=False))

        assert repr(Summary.from_json(form)) == repr(summary)


def test_contrast_by_percentiles_leaves_outliers_out() -> None:
    plane = np.random.default_rng(2).integers(100, 200, (100, 100)).astype(np.uint16)
    plane[0, :20] = 60_000

    summary = tallied(plane).summary()

    assert summary.window(1, 99) == Window(*np.percentile(plane, (1, 99)))
    assert summary.window() == Window(*np.percentile(plane, (0.5, 99.5)))


def test_contrast_of_a_few_bright_spots_is_that_of_the_extremes() -> None:
    plane = np.zeros((100, 100), np.uint8)
    plane[3, 3] = 9

    assert tallied(plane).summary().window(1, 99) == Window(0, 9)


def test_equal_samples_have_no_contrast() -> None:
    assert tallied(np.full((3, 3), 7, np.uint8)).summary().window() is None
    assert Tally("f4").summary().window() is None


def test_bad_percents_and_bins_are_refused() -> None:
    tally = tallied(np.eye(3))
    with pytest.raises(SettingsError, match="percents"):
        tally.summary((101,))
    with pytest.raises(SettingsError, match="percents"):
        tally.summary((math.nan,))
    with pytest.raises(SettingsError, match="0 bins"):
        tally.summary(bins=0)
    with pytest.raises(SettingsError, match="rising"):
        tally.summary().window(99, 1)
