"""Projections against the reference, OMERO's quirks, and what is refused."""

import os
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numba.core.dispatcher import Dispatcher
from numpy.typing import NDArray

from render import kernels
from render.errors import SettingsError, UnsupportedPixelTypeError
from render.projection import KINDS, Accumulator, Kind, Projection, project
from render.warmup import warm
from tests import reference
from tests.render.planes import DTYPES

stacks = st.tuples(
    st.sampled_from(DTYPES.split()).map(np.dtype),
    st.tuples(st.integers(1, 7), st.integers(1, 5), st.integers(1, 5)),
).flatmap(lambda pair: hnp.arrays(*pair))


def fed(stack: NDArray[Any], kind: Kind, quirks: bool) -> NDArray[Any]:
    """The projection of all planes that are to be read."""
    accumulator = Accumulator(kind, stack.shape[1:], stack.dtype, quirks=quirks)
    for z in Projection(kind, 0, len(stack) - 1).planes(quirks=quirks):
        accumulator.add(stack[z])
    return accumulator.result()


@given(stacks, st.sampled_from(KINDS), st.booleans())
def test_projections_equal_the_reference(stack: NDArray[Any], kind: Kind, quirks: bool) -> None:
    got = fed(stack, kind, quirks)

    expected = reference.project(stack, kind, quirks)
    assert got.dtype == expected.dtype
    if got.dtype.kind in "iub":
        np.testing.assert_array_equal(got, expected)
    else:
        # Sums of doubles depend on their order: in the last digit of the largest of them.
        limits = np.finfo(got.dtype)
        with np.errstate(all="ignore"):
            largest = np.nan_to_num(np.abs(stack)).astype(np.float64).max(axis=0) * len(stack)
        safe = largest < float(limits.max) / 4
        tolerance = 4 * float(limits.eps) * largest[safe] + float(limits.smallest_subnormal)
        same = got[safe] == expected[safe]
        both_nan = np.isnan(got[safe]) & np.isnan(expected[safe])
        with np.errstate(all="ignore"):
            close = np.abs(got[safe] - expected[safe]) <= tolerance
        assert np.all(same | both_nan | close)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"])
def test_integers_at_the_ends_of_the_range_stay_exact(dtype: str) -> None:
    limits = np.iinfo(dtype)
    low, high = int(limits.min), int(limits.max)
    stack = np.array([[[high, low, high]], [[high, low, high - 1]]], dtype)

    assert project(stack, "sum").tolist() == [[high, max(2 * low, low), high]]
    assert project(stack, "mean").tolist() == [[high, low, high]]
    assert project(stack, "max").tolist() == [[high, low, high]]
    assert project(stack, "min").tolist() == [[high, low, high - 1]]


@pytest.mark.parametrize("dtype", ["i2", "i4", "i8"])
def test_negative_means_are_rounded_half_up_and_truncated_with_quirks(dtype: str) -> None:
    stack = np.array([[[-3, -3]], [[-4, -6]]], dtype)

    assert project(stack, "mean").tolist() == [[-3, -4]]
    assert project(stack, "mean", quirks=True).tolist() == [[-3, -4]]
    assert project(-stack, "mean").tolist() == [[4, 5]]
    assert project(-stack, "mean", quirks=True).tolist() == [[3, 4]]


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_nan_is_left_out_where_there_is_another_value(dtype: str) -> None:
    stack = np.array([[[np.nan, 1, np.nan]], [[5, np.nan, np.nan]], [[2, 4, np.nan]]], dtype)

    np.testing.assert_array_equal(project(stack, "max"), [[5, 4, np.nan]])
    np.testing.assert_array_equal(project(stack, "min"), [[2, 1, np.nan]])
    np.testing.assert_array_equal(project(stack, "mean"), [[3.5, 2.5, np.nan]])
    assert np.isnan(project(stack, "sum")).all()


def test_sums_of_reals_have_no_upper_end() -> None:
    stack = np.full((2, 1, 1), np.finfo(np.float32).max, np.float32)

    assert project(stack, "sum").tolist() == [[np.inf]]
    assert project(stack, "mean").tolist() == stack[0].tolist()


def test_complex_samples_count_by_their_magnitude() -> None:
    stack = np.array([[[3 + 4j]], [[-4j]]], np.complex64)

    assert project(stack, "max").tolist() == [[5]]
    assert project(stack, "mean").tolist() == [[4.5]]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "i4"])
def test_sums_of_very_many_planes_stay_exact(dtype: str) -> None:
    limits = np.iinfo(dtype)
    plane = np.array([[limits.max, limits.min]], dtype)
    accumulator = Accumulator("mean", (1, 2), dtype)
    for _ in range(70_000):
        accumulator.add(plane)

    assert accumulator.result().tolist() == plane.tolist()


def test_planes_are_neither_changed_nor_kept() -> None:
    stack = np.arange(12, dtype=np.uint16).reshape(3, 2, 2)
    before = stack.copy()
    accumulator = Accumulator("max", (2, 2), np.uint16)
    for plane in stack:
        accumulator.add(plane)

    accumulator.result()[:] = 0

    np.testing.assert_array_equal(stack, before)
    np.testing.assert_array_equal(accumulator.result(), before[2])


def test_planes_may_be_read_only_views_in_another_byte_order() -> None:
    stack = np.arange(24, dtype=">u2").reshape(2, 4, 3)[:, ::2]
    stack.flags.writeable = False

    for kind in KINDS:
        np.testing.assert_array_equal(project(stack, kind), reference.project(stack, kind))


def test_quirks_leave_the_last_plane_out_of_means_and_sums() -> None:
    ranges = {kind: list(Projection(kind, 2, 4).planes(quirks=True)) for kind in KINDS}

    assert ranges == {"max": [2, 3, 4], "min": [2, 3, 4], "mean": [2, 3], "sum": [2, 3]}
    assert all(list(Projection(kind, 2, 4).planes()) == [2, 3, 4] for kind in KINDS)


def test_with_quirks_a_single_plane_has_no_mean() -> None:
    reals, integers = np.ones((1, 1, 1), np.float32), np.ones((1, 1, 1), np.uint8)

    assert np.isnan(fed(reals, "mean", quirks=True)).all()
    assert fed(integers, "mean", quirks=True).tolist() == [[0]]
    assert fed(integers, "sum", quirks=True).tolist() == [[0]]


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (4, 3), (-2, -1)])
def test_an_empty_or_negative_range_is_refused(start: int, end: int) -> None:
    with pytest.raises(SettingsError, match=f"No planes from {start} to {end}"):
        Projection("max", start, end)


def test_an_unknown_kind_is_refused() -> None:
    median: Any = "median"

    with pytest.raises(SettingsError, match="No projection 'median'"):
        Projection(median, 0, 1)
    with pytest.raises(SettingsError, match="Give one of max, mean, min, sum"):
        Accumulator(median, (1, 1), np.uint8)


@pytest.mark.parametrize(
    "plane", [np.zeros((2, 3), np.uint8), np.zeros((2, 2), np.int8), np.zeros((1, 2, 2), np.uint8)]
)
def test_planes_that_do_not_fit_are_refused(plane: NDArray[Any]) -> None:
    accumulator = Accumulator("sum", (2, 2), np.uint8)

    with pytest.raises(SettingsError, match="does not fit"):
        accumulator.add(plane)


@pytest.mark.parametrize("planes", [np.zeros((1, 2), np.uint8), np.full((1, 2, 2), "x")])
def test_what_is_no_plane_of_numbers_is_refused(planes: NDArray[Any]) -> None:
    with pytest.raises(UnsupportedPixelTypeError, match="cannot be projected"):
        project(planes, "max")


@pytest.mark.parametrize("kind", KINDS)
def test_no_planes_have_no_projection(kind: Kind) -> None:
    with pytest.raises(SettingsError, match="No plane"):
        project([], kind)
    with pytest.raises(SettingsError, match="No plane"):
        Accumulator(kind, (1, 1), np.uint8).result()


@pytest.mark.slow
@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="nothing is compiled at all")
def test_no_projection_is_compiled_after_warming_up() -> None:
    warm()
    found: dict[str, Any] = vars(kernels)
    compiled = [value for value in found.values() if isinstance(value, Dispatcher)]
    before = [len(kernel.signatures) for kernel in compiled]

    for dtype in DTYPES.split():
        frozen = np.ones((2, 6, 8), dtype)[:, ::2]
        frozen.flags.writeable = False
        for kind in KINDS:
            project(frozen, kind)
            project(np.ones((2, 1, 1), dtype), kind, quirks=True)

    assert [len(kernel.signatures) for kernel in compiled] == before
