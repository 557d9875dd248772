"""What of an image is shown first fits the image."""

import pytest

from render.errors import SettingsError
from render.projection import Projection
from render.views import View, default_view, view_of


@pytest.mark.parametrize(("size_z", "z"), [(1, 0), (2, 1), (5, 2), (10, 5)])
def test_the_middle_section_and_the_first_time_point_are_shown_first(size_z: int, z: int) -> None:
    assert default_view(size_z) == View(z, 0, None)
    assert view_of(None, None, None, size_z, 1) == default_view(size_z)


def test_a_view_may_have_a_projection() -> None:
    assert view_of(1, 2, "max:2-3", 4, 3) == View(1, 2, Projection("max", 1, 2))
    assert view_of(1, 2, "tmax", 4, 3) == View(1, 2, Projection("max", 0, 2, "t"))


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ((4, 0, None), ("z",)),
        ((-1, 0, None), ("z",)),
        ((0, 3, None), ("t",)),
        ((0, 0, "max:1-5"), ("projection",)),
        ((0, 0, "median"), ("projection",)),
        ((0, 0, "tmax:1-4"), ("projection",)),
    ],
)
def test_views_that_the_image_does_not_have_are_refused(
    arguments: tuple[int, int, str | None], path: tuple[str, ...]
) -> None:
    with pytest.raises(SettingsError) as refused:
        view_of(*arguments, 4, 3)

    assert refused.value.path == path


def test_a_view_cannot_begin_before_the_first_section() -> None:
    with pytest.raises(SettingsError, match="Count from 0"):
        View(-1)


def test_equal_views_have_equal_texts() -> None:
    views = [View(1), View(0), View(1, 1), View(1, 0, Projection("max", 0, 1))]

    assert len({view.canonical() for view in views}) == 4
    assert View(1, 0).canonical() == views[0].canonical()
