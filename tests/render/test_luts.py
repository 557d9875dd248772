"""Lookup tables: those on offer, and what follows from their rules."""

import re

import numpy as np
import pytest

from render.errors import UnknownLutError
from render.luts import lut, names


@pytest.mark.parametrize("name", names())
def test_every_table_on_offer_has_256_colours_that_nobody_can_change(name: str) -> None:
    table = lut(name)

    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    assert not table.flags.writeable


@pytest.mark.parametrize(
    ("name", "colors"),
    [
        ("grays", {0: (0, 0, 0), 77: (77, 77, 77), 255: (255, 255, 255)}),
        ("viridis", {0: (68, 1, 84), 128: (33, 145, 140), 255: (253, 231, 37)}),
        ("magma", {0: (0, 0, 4), 255: (252, 253, 191)}),
        ("cividis", {0: (0, 34, 78), 255: (254, 232, 56)}),
        ("turbo", {0: (48, 18, 59), 255: (122, 4, 3)}),
        ("hilo", {0: (0, 0, 255), 1: (1, 1, 1), 254: (254, 254, 254), 255: (255, 0, 0)}),
        ("3-3-2_rgb", {0: (0, 0, 0), 0b10100111: (160, 32, 192), 255: (224, 224, 192)}),
        ("red-green", {64: (128, 0, 0), 127: (254, 0, 0), 128: (0, 0, 0), 255: (0, 254, 0)}),
        ("spectrum", {0: (255, 0, 0), 85: (0, 255, 0), 170: (0, 0, 255)}),
        ("cyan_hot", {0: (0, 0, 0), 255: (255, 255, 255)}),
        ("red_hot", {0: (0, 0, 0), 85: (255, 0, 0), 170: (255, 255, 0), 255: (255, 255, 255)}),
        ("glasbey", {0: (255, 255, 255), 1: (0, 0, 255)}),
        ("glasbey_inverted", {0: (0, 0, 0), 1: (0, 0, 255)}),
    ],
)
def test_known_colours_are_where_they_belong(
    name: str, colors: dict[int, tuple[int, int, int]]
) -> None:
    got = {level: tuple(lut(name)[level].tolist()) for level in colors}

    assert got == colors


@pytest.mark.parametrize("name", ["viridis.lut", "/luts/matplotlib/viridis.lut", "Viridis"])
def test_folder_case_and_suffix_do_not_count(name: str) -> None:
    assert lut(name) is lut("viridis")


def test_the_whole_catalogue_is_there_by_family() -> None:
    assert lut("cmocean:thermal").shape == (256, 3)
    assert lut("imagej:greenfireblue").tolist() == lut("green_fire_blue").tolist()


@pytest.mark.parametrize("name", ["virdis", "gem", "", "red,blue", "viridis:", "nosuch:map"])
def test_unknown_names_are_refused_with_others_to_take(name: str) -> None:
    with pytest.raises(UnknownLutError, match=rf"No lookup table {re.escape(repr(name))}\..*\w"):
        lut(name)
