"""Pixels inside shapes, against a test of each pixel's centre by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from render.areas import Area, Bitmap, Ellipse, Outline, mask_of
from render.errors import SettingsError
from render.kernels import fill_bitmap, fill_ellipse
from tests import reference

COORDINATES = st.integers(-12, 40).map(lambda number: number / 4) | st.floats(-9, 20)
POINTS = st.lists(st.tuples(COORDINATES, COORDINATES), min_size=1, max_size=9).map(np.array)
MAPS = st.lists(st.floats(-2, 2), min_size=6, max_size=6).map(lambda n: np.reshape(n, (2, 3)))


def square(x: float, y: float, side: float) -> Outline:
    """The outline of a square."""
    corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    return Outline(np.array(corners, np.float64))


@given(POINTS, st.booleans(), st.integers(1, 13), st.integers(1, 13))
def test_outlines_hold_the_centres_that_they_go_around(
    points: NDArray[np.float64], odd: bool, width: int, height: int
) -> None:
    got = mask_of([Outline(points, odd)], 0, 0, width, height)

    np.testing.assert_array_equal(got, reference.inside(points, odd, width, height))


@given(MAPS, st.integers(1, 9), st.integers(1, 9))
def test_ellipses_and_bitmaps_hold_centres_as_the_reference(
    inverse: NDArray[np.float64], width: int, height: int
) -> None:
    bits = np.array([[1, 0, 1], [0, 1, 1]], np.uint8)
    ellipse, bitmap = np.zeros((2, height, width), np.uint8)

    fill_ellipse(inverse, 0, 0, ellipse)
    fill_bitmap(inverse, bits, 0, 0, bitmap)

    np.testing.assert_array_equal(ellipse, reference.in_ellipse(inverse, width, height))
    np.testing.assert_array_equal(bitmap, reference.in_bitmap(inverse, bits, width, height))


@given(POINTS, st.integers(0, 8), st.integers(0, 8))
def test_a_part_is_cut_out_of_the_whole(points: NDArray[np.float64], left: int, top: int) -> None:
    areas: list[Area] = [Outline(points), Ellipse(6, 5, 4, 2.5)]

    got = mask_of(areas, left, top, 5, 4)

    np.testing.assert_array_equal(got, mask_of(areas, 0, 0, 16, 16)[top : top + 4, left : left + 5])


def test_squares_side_by_side_share_no_pixel_and_leave_none_out() -> None:
    parts = [mask_of([square(x, y, 2.5)], 0, 0, 5, 5) for x in (0, 2.5) for y in (0, 2.5)]

    assert np.array_equal(np.sum(parts, axis=0), np.ones((5, 5)))


def test_the_middle_of_a_star_is_inside_by_one_rule_only() -> None:
    turns = np.arange(5) * 4 * np.pi / 5
    star = np.stack([10 + 9 * np.sin(turns), 10 - 9 * np.cos(turns)], axis=1)

    odd, whole = (mask_of([Outline(star, odd)], 0, 0, 20, 20) for odd in (True, False))

    assert odd[10, 10] == 0
    assert whole[10, 10] == 1
    assert (whole >= odd).all()


def test_a_coarser_level_marks_its_own_centres() -> None:
    got = mask_of([square(4, 4, 8)], 0, 0, 8, 8, (2, 4))

    expected = np.zeros((8, 8))
    expected[1:3, 2:6] = 1
    assert np.array_equal(got, expected)


def test_the_area_of_an_ellipse_that_is_turned_is_that_of_the_ellipse() -> None:
    turn = (0.6, -0.8, 50.0, 0.8, 0.6, 10.0)

    got = mask_of([Ellipse(60, 40, 30, 12, turn)], 0, 0, 150, 150)

    assert abs(int(got.sum()) - np.pi * 30 * 12) < 15
    assert got[int(0.8 * 60 + 0.6 * 40 + 10), int(0.6 * 60 - 0.8 * 40 + 50)] == 1


def test_a_bitmap_covers_its_own_pixels() -> None:
    bits = np.array([[1, 0], [0, 1], [1, 1]], np.uint8)

    got = mask_of([Bitmap(1, 2, 2, 3, bits)], 0, 0, 4, 6)

    assert np.array_equal(got[2:5, 1:3], bits)
    assert got.sum() == bits.sum()


def test_shapes_without_area_hold_nothing() -> None:
    flat = (1.0, 0.0, 0.0, 2.0, 0.0, 0.0)
    areas: list[Area] = [
        Ellipse(3, 3, 0, 2),
        Ellipse(3, 3, 2, 2, flat),
        Bitmap(0, 0, 0, 0, np.zeros((0, 0), np.uint8)),
        Outline(np.array([[1.0, 1.0], [4.0, 4.0]])),
    ]

    assert mask_of(areas, 0, 0, 6, 6).sum() == 0


def test_points_further_away_than_any_image_are_taken() -> None:
    far = Outline(np.array([[-1e300, -1e300], [1e300, -1e300], [1e300, 1e300], [-1e300, 1e300]]))

    assert mask_of([far], 0, 0, 3, 3).all()


def test_points_that_are_not_finite_are_refused() -> None:
    with pytest.raises(SettingsError, match="finite"):
        Outline(np.array([[0.0, np.nan]]))
