"""Pictures side by side: places, sizes, names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import SettingsError
from render.montage import LABEL_HEIGHT, montage, montage_size


@given(
    count=st.integers(1, 12),
    columns=st.one_of(st.none(), st.integers(1, 14)),
    gap=st.integers(0, 5),
    labels=st.booleans(),
)
def test_every_picture_is_once_in_a_montage_of_the_size_promised(
    count: int, columns: int | None, gap: int, labels: bool
) -> None:
    pictures = [np.full((3, 5, 3), number, np.uint8) for number in range(count)]
    names = [str(number) for number in range(count)] if labels else None

    got = montage(pictures, columns, gap, names)

    assert got.shape[1::-1] == montage_size(5, 3, count, columns, gap, labels=labels)
    for number in range(count):
        found = np.argwhere((got == number).all(axis=2)) if number else None
        assert found is None or len(found) >= 15


def test_pictures_go_from_left_to_right_and_then_down_on_white() -> None:
    pictures = [np.full((1, 1, 3), number, np.uint8) for number in (10, 20, 30)]

    got = montage(pictures, 2, 1)

    assert got[:, :, 0].tolist() == [[10, 255, 20], [255, 255, 255], [30, 255, 255]]


def test_names_are_written_above_and_nowhere_else() -> None:
    pictures = [np.zeros((4, 60, 3), np.uint8)] * 2

    got = montage(pictures, 1, 2, ["DNA", "a name\nmuch too long for its picture µΩ" * 9])

    step = LABEL_HEIGHT + 4 + 2
    for top in (0, step):
        strip = got[top : top + LABEL_HEIGHT]
        assert strip.min() < 100
        assert strip.max() == 255
        assert not got[top + LABEL_HEIGHT : top + LABEL_HEIGHT + 4].any()


def test_pictures_of_several_sizes_or_none_are_refused() -> None:
    with pytest.raises(SettingsError, match="one size"):
        montage([np.zeros((1, 1, 3), np.uint8), np.zeros((1, 2, 3), np.uint8)], None, 0)
    with pytest.raises(SettingsError, match="at least one"):
        montage([], None, 0)
