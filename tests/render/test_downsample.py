"""Half planes and thumbnails against the reference."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from render.downsample import halve, resize_to
from render.errors import SettingsError, UnsupportedPixelTypeError
from tests import reference
from tests.render.planes import planes

colours = st.tuples(st.integers(1, 24), st.integers(1, 24), st.just(3)).flatmap(
    lambda shape: hnp.arrays(np.uint8, shape)
)
sides = st.integers(1, 40)


@given(planes())
def test_half_of_any_plane_equals_the_reference(plane: NDArray[Any]) -> None:
    got = halve(plane)

    expected = reference.halve(plane)
    assert got.dtype == expected.dtype
    if got.dtype.kind in "iub":
        np.testing.assert_array_equal(got, expected)
    else:
        # Sums of doubles depend on their order in the last digit.
        tolerance = 4 * np.finfo(got.dtype).eps
        finite = np.isfinite(expected) & (np.abs(expected) < np.finfo(got.dtype).max / 8)
        np.testing.assert_allclose(got[finite], expected[finite], rtol=tolerance, atol=1e-300)
        np.testing.assert_array_equal(np.isnan(got.real), np.isnan(expected.real))


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"])
def test_halves_of_integers_are_rounded_upwards_at_both_ends_of_the_range(dtype: str) -> None:
    limits = np.iinfo(dtype)
    low, high = limits.min, limits.max
    plane = np.array([[high, high, low], [high, high - 2, low + 1]], dtype)

    assert halve(plane).tolist() == [[high, low + 1]]


def test_numbers_beside_nan_keep_their_mean() -> None:
    plane = np.array([[1, np.nan, np.nan], [3, np.nan, np.nan]], np.float32)

    got = halve(plane)

    np.testing.assert_array_equal(got, [[2, np.nan]])


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (3, 0)])
@pytest.mark.parametrize("dtype", ["u2", "f4", "i8", "c8"])
def test_half_of_an_empty_plane_is_empty(shape: tuple[int, int], dtype: str) -> None:
    got = halve(np.zeros(shape, dtype))

    assert got.shape == ((shape[0] + 1) // 2, (shape[1] + 1) // 2)


def test_a_stack_is_not_halved() -> None:
    with pytest.raises(UnsupportedPixelTypeError, match="Give"):
        halve(np.zeros((2, 2, 2), np.int64))


@given(colours, sides, sides)
def test_an_image_of_another_size_has_the_means_by_area(
    rgb: NDArray[np.uint8], width: int, height: int
) -> None:
    got = resize_to(rgb, width, height)

    assert got.shape == (height, width, 3)
    assert np.abs(got - reference.resize_to(rgb, width, height)).max() <= 0.5 + 1e-3


@given(colours)
def test_an_image_of_its_own_size_is_itself(rgb: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(resize_to(rgb, rgb.shape[1], rgb.shape[0]), rgb)


@given(st.integers(0, 255), sides, sides, sides, sides)
def test_an_even_image_stays_even(grey: int, x: int, y: int, width: int, height: int) -> None:
    got = resize_to(np.full((y, x, 3), grey, np.uint8), width, height)

    assert np.unique(got).tolist() == [grey]


def test_an_image_without_pixels_has_no_thumbnail() -> None:
    with pytest.raises(UnsupportedPixelTypeError, match="empty"):
        resize_to(np.zeros((0, 4, 3), np.uint8), 1, 1)
    with pytest.raises(SettingsError, match="0 by 5"):
        resize_to(np.zeros((4, 4, 3), np.uint8), 0, 5)
