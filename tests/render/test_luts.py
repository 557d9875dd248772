"""Lookup tables: those on offer, and what follows from their rules."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import SettingsError, UnknownLutError
from render.luts import LookupTable, lut, names, plain_name, resolve, shipped, uploaded


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
        ("16_colors", {0: (0, 0, 0), 15: (0, 0, 0), 96: (0, 255, 0), 255: (255, 255, 255)}),
        ("5_ramps", {0: (0, 0, 0), 51: (255, 0, 0), 52: (0, 0, 0), 255: (255, 255, 255)}),
        ("6_shades", {0: (64, 0, 0), 42: (255, 0, 0), 213: (0, 0, 255), 255: (255, 0, 255)}),
        ("rainbow_rgb", {0: (0, 0, 255), 255: (255, 0, 0)}),
        ("glow", {0: (0, 0, 0), 255: (255, 255, 255)}),
    ],
)
def test_known_colours_are_where_they_belong(
    name: str, colors: dict[int, tuple[int, int, int]]
) -> None:
    got = {level: tuple(lut(name)[level].tolist()) for level in colors}

    assert got == colors


@pytest.mark.parametrize(
    "name", ["viridis.lut", "/luts/matplotlib/viridis.lut", "Viridis", " c:\\luts\\VIRIDIS.LUT "]
)
def test_folder_case_and_suffix_do_not_count(name: str) -> None:
    assert lut(name) is lut("viridis")


def test_the_whole_catalogue_is_there_by_family() -> None:
    assert lut("cmocean:thermal").shape == (256, 3)
    assert lut("imagej:greenfireblue").tolist() == lut("green_fire_blue").tolist()


@pytest.mark.parametrize("name", ["virdis", "royal", "", "red,blue", "viridis:", "nosuch:map"])
def test_unknown_names_are_refused_with_others_to_take(name: str) -> None:
    with pytest.raises(UnknownLutError, match=rf"No lookup table {re.escape(repr(name))}\..*\w"):
        lut(name)


def test_names_with_spaces_are_those_with_underscores() -> None:
    assert lut("Green Fire Blue") is lut("green_fire_blue")
    assert lut("3-3-2 RGB.lut") is lut("3-3-2_rgb")


def test_all_names_of_omero_are_known_and_most_have_a_table() -> None:
    likenesses = [one.likeness for one in shipped()]

    assert len(shipped()) == 47
    assert likenesses.count("same") == 17
    assert likenesses.count("similar") == 17
    assert {one.name for one in shipped() if not one.source} == {
        "blue_orange_icb", "edges", "ica", "ica2", "ica3", "physics", "pup_br", "pup_nr", "royal",
        "smart", "thal", "thallium", "unionjack",
    }  # fmt: skip


def test_a_missing_table_says_how_to_get_it() -> None:
    with pytest.raises(UnknownLutError, match=r"micrograph lut add royal\.lut"):
        lut("Royal.lut")


COLORS = bytes(range(256)) * 3


@pytest.mark.parametrize("name", ["royal", "gem", "cyan_hot", "our_own-2.0", "grün"])
def test_uploaded_tables_fill_missing_names_and_replace_similar_ones(name: str) -> None:
    tables = {name: LookupTable(name, COLORS)}

    assert lut(f"/luts/{name.upper()}.lut", tables.get).tobytes() == COLORS
    assert resolve(name.upper(), tables.get) == name


@pytest.mark.parametrize("name", ["viridis", "hilo", "cmocean:thermal"])
def test_tables_that_are_the_same_are_never_replaced(name: str) -> None:
    table = LookupTable("x", COLORS)

    assert uploaded(name, lambda _: table) is None
    assert lut(name, lambda _: table).tobytes() != COLORS


@pytest.mark.parametrize(
    "name", ["", "Big", "a b", "a/b", "x.lut", "a:b", "a(b)", "-a", ".a", "a" * 65, "a\n", "a&b"]
)
def test_names_that_no_address_could_carry_are_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="cannot be the name"):
        LookupTable(name, COLORS)


@pytest.mark.parametrize("size", [0, 767, 769])
def test_a_table_has_256_colours(size: int) -> None:
    with pytest.raises(SettingsError, match="256 colours"):
        LookupTable("a", bytes(size))


@given(st.text(max_size=80))
def test_a_plain_name_is_its_own_plain_name(name: str) -> None:
    plain = plain_name(name)
    try:
        table = LookupTable(plain, COLORS)
    except SettingsError:
        return

    assert plain_name(plain) == plain
    assert lut(plain, {plain: table}.get).shape == (256, 3)
