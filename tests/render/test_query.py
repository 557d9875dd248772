"""Channels in a URL: what each piece means, and that what is written reads back."""

import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import RenderError, SettingsError, UnknownLutError, WindowError
from render.luts import LookupTable
from render.projection import KINDS, Projection
from render.query import (
    format_channels,
    format_codomain,
    format_model,
    format_projection,
    parse_channels,
    parse_codomain,
    parse_model,
    parse_projection,
)
from render.settings import (
    FAMILIES,
    RESOLUTIONS,
    ChannelSettings,
    Codomain,
    RenderSettings,
    Window,
)

PLAIN = ChannelSettings(Window(0, 100), color=(1, 2, 3, 255))
BASE = RenderSettings((PLAIN, PLAIN, PLAIN))


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("1", {}),
        ("-1", {"active": False}),
        ("1:110-2200", {"window": Window(110, 2200)}),
        ("1:-5.5-20", {"window": Window(-5.5, 20)}),
        ("1:-5--2.25", {"window": Window(-5, -2.25)}),
        ("1:1e-3-2E3", {"window": Window(0.001, 2000)}),
        ("1:.5-.75", {"window": Window(0.5, 0.75)}),
        ("1:0-2200.4D8DFF", {"window": Window(0, 2200), "color": (77, 141, 255, 255)}),
        ("1:0-2200.5.4D8DFF", {"window": Window(0, 2200.5), "color": (77, 141, 255, 255)}),
        ("1:0-1.123456", {"window": Window(0, 1), "color": (18, 52, 86, 255)}),
        ("1:0-1.1234567", {"window": Window(0, 1.1234567)}),
        ("1.4d8dff80", {"color": (77, 141, 255, 128)}),
        ("1.lut(viridis)", {"lut": "viridis"}),
        ("1.lut(Fire.lut).inv", {"lut": "Fire.lut", "inverted": True}),
        ("1.fam(polynomial,2)", {"family": "polynomial", "coefficient": 2.0}),
        ("1.fam(logarithmic)", {"family": "logarithmic"}),
        ("-1:5-6.inv", {"active": False, "window": Window(5, 6), "inverted": True}),
        (" 1:5-6 ", {"window": Window(5, 6)}),
    ],
)
def test_each_piece_changes_what_it_says(text: str, change: dict[str, Any]) -> None:
    got = parse_channels(text, BASE)

    assert got == RenderSettings((replace(PLAIN, **change), PLAIN, PLAIN))


def test_channels_not_named_keep_their_state() -> None:
    base = RenderSettings((PLAIN, replace(PLAIN, active=False), PLAIN), "greyscale")

    got = parse_channels("3:120-4500.lut(magma).inv,-1", base)

    changed = replace(PLAIN, window=Window(120, 4500), lut="magma", inverted=True)
    assert got.channels == (replace(PLAIN, active=False), base.channels[1], changed)
    assert got.model == "greyscale"


def test_a_colour_clears_the_lookup_table() -> None:
    base = RenderSettings((replace(PLAIN, lut="fire", inverted=True),))

    got = parse_channels("1.FF0000.noinv", base)

    assert got.channels == (replace(PLAIN, color=(255, 0, 0, 255)),)


@pytest.mark.parametrize("text", ["", "  "])
def test_no_text_changes_nothing(text: str) -> None:
    assert parse_channels(text, BASE) == BASE


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("x", SettingsError, "'x' is not a channel"),
        ("1,,2", SettingsError, "'' is not a channel"),
        ("1:5", SettingsError, "'1:5' is not a channel"),
        ("1:nan-5", SettingsError, "'1:nan-5' is not a channel"),
        ("1:0-1$FF0000", SettingsError, "is not a channel"),
        ("4", SettingsError, "'4' names channel 4 of an image with 3"),
        ("0", SettingsError, "numbered 1 to 3"),
        ("1:9-5", WindowError, "starts at 9, above its end 5"),
        ("1:0-1e999", WindowError, "end is inf"),
        ("1.red", SettingsError, "'.red' is not a channel option"),
        ("1.FF00", SettingsError, "'.FF00' is not a channel option"),
        ("1.inv(1)", SettingsError, "is not a channel option"),
        ("1.lut(virids)", UnknownLutError, "Similar: viridis"),
        ("1.lut(" + "x" * 65 + ")", UnknownLutError, "No lookup table"),
        ("1.fam(cubic)", SettingsError, "No family 'cubic'"),
        ("1.fam(polynomial,two)", SettingsError, "'two' is not the coefficient"),
        ("1.fam(polynomial,-1)", SettingsError, "coefficient of the polynomial family is -1"),
        ("1.fam(polynomial,nan)", SettingsError, "coefficient of the polynomial family is nan"),
        (",".join(["1"] * 513), SettingsError, "513 channels"),
        ("1.inv(" * 30, SettingsError, "…"),
    ],
)
def test_a_piece_that_is_not_understood_is_quoted(
    text: str, error: type[RenderError], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        parse_channels(text, BASE)


@given(st.text(st.sampled_from("0123456789-.:,()eEinvlutfamABCDEF é²\x00"), max_size=40))
def test_no_text_fails_with_anything_else(text: str) -> None:
    with suppress(RenderError):
        parse_channels(text, BASE)


@pytest.mark.parametrize(
    "piece", ["1.", "1:", "1" * 10_000, "1:" + "1" * 10_000, "1" + ".inv(" * 4000]
)
def test_long_texts_are_refused_at_once(piece: str) -> None:
    with pytest.raises(RenderError):
        parse_channels(piece, BASE)


@pytest.mark.parametrize("unit", ["1,", "1.lut(fire),", "1.fam(polynomial,2),", "1(", "(,", ")"])
def test_a_text_of_a_million_pieces_is_refused(unit: str) -> None:
    """Splitting it takes linear time; the square would be days."""
    with pytest.raises(SettingsError):
        parse_channels(unit * 1_000_000, BASE)


numbers = st.floats(-1e300, 1e300) | st.integers(-70000, 70000).map(float) | st.sampled_from(
    [1.123456, 1.12345678, 1.123e20, 1.5e299, 1e22, 5e-324, -0.0, 0.1, 123456.123456]
)  # fmt: skip
component = st.integers(0, 255)
channels = st.builds(
    ChannelSettings,
    window=st.tuples(numbers, numbers).map(lambda ends: Window(min(ends), max(ends))),
    color=st.tuples(component, component, component, component | st.just(255)),
    lut=st.sampled_from([None, "viridis", "3-3-2_rgb", "cmocean:thermal", "Fire.lut"]),
    active=st.booleans(),
    inverted=st.booleans(),
    family=st.sampled_from(FAMILIES),
    coefficient=st.floats(0, exclude_min=True, allow_infinity=False),
)


@given(st.lists(st.tuples(channels, channels), max_size=4))
def test_what_is_written_reads_back(pairs: list[tuple[ChannelSettings, ChannelSettings]]) -> None:
    settings = RenderSettings(tuple(pair[0] for pair in pairs))
    base = RenderSettings(tuple(pair[1] for pair in pairs))

    text = format_channels(settings, base)

    assert parse_channels(text, base) == settings
    assert not set(text) & set("+ &?#%")


def test_settings_that_did_not_change_need_no_text() -> None:
    assert format_channels(BASE, BASE) == ""
    assert format_channels(parse_channels("-2", BASE), BASE) == "-2"


def test_channels_of_another_image_cannot_be_written() -> None:
    with pytest.raises(SettingsError, match="0 channels cannot"):
        format_channels(RenderSettings(()), BASE)


def test_models_have_one_letter() -> None:
    assert parse_model("c") == "rgb"
    assert parse_model(format_model("greyscale")) == "greyscale"
    with pytest.raises(SettingsError, match="c for colour"):
        parse_model("rgb")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("normal", None),
        ("max", Projection("max", 0, 19)),
        ("mean", Projection("mean", 0, 19)),
        ("min:1-20", Projection("min", 0, 19)),
        ("sum:7-7", Projection("sum", 6, 6)),
        ("max:4-18", Projection("max", 3, 17)),
        ("max:004-018", Projection("max", 3, 17)),
        ("tmax", Projection("max", 0, 4, "t")),
        ("tmean:2-5", Projection("mean", 1, 4, "t")),
    ],
)
def test_projections_count_planes_from_one_and_include_both_ends(
    text: str, expected: Projection | None
) -> None:
    assert parse_projection(text, 20, 5) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a projection"),
        ("median", "'median' is not a projection"),
        ("MAX", "Write max, mean, min, sum or normal"),
        ("max:", "'max:' is not a projection"),
        ("max:4", "'max:4' is not a projection"),
        ("max:-4-5", "'max:-4-5' is not a projection"),
        ("max:1.5-4", "'max:1.5-4' is not a projection"),
        ("max:1-5 ", "'max:1-5 ' is not a projection"),
        ("max:1-5\n", "is not a projection"),
        ("max:²-5", "is not a projection"),
        ("normal:1-5", "'normal:1-5' is not a projection"),
        ("max:1-" + "9" * 10_000, "…"),
        ("max:0-5", "planes 0 to 5 of an image with 20"),
        ("max:0-0", "planes 0 to 0 of an image with 20"),
        ("max:1-21", "numbered 1 to 20"),
        ("tmax:1-6", "time points 1 to 6 of an image with 5"),
        ("tnormal", "for time points tmax, tmean, tmin, tsum"),
        ("ttmax", "'ttmax' is not a projection"),
        ("zmax", "'zmax' is not a projection"),
        ("max:9-5", "give the smaller number first"),
    ],
)
def test_a_projection_that_cannot_be_made_is_quoted(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(message)):
        parse_projection(text, 20, 5)


@given(
    st.sampled_from(KINDS),
    st.tuples(st.integers(0, 999), st.integers(0, 999)),
    st.sampled_from(["z", "t"]),
)
def test_a_projection_that_is_written_reads_back(
    kind: Any, ends: tuple[int, int], axis: Any
) -> None:
    projection = Projection(kind, min(ends), max(ends), axis)

    assert parse_projection(format_projection(projection), 1000, 1000) == projection


def test_an_uploaded_table_comes_with_the_settings_that_name_it() -> None:
    tables = {name: LookupTable(name, bytes(768)) for name in ("royal", "smart", "viridis")}

    got = parse_channels("1.lut(Royal.lut),3.lut(viridis)", BASE, tables.get)

    assert got.tables == (tables["royal"],)
    assert parse_channels("1.FF0000", got, tables.get).tables == ()
    with pytest.raises(UnknownLutError, match="Upload a file of it"):
        parse_channels("1.lut(edges)", BASE, tables.get)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8", Codomain()),
        ("1", Codomain(resolution=1)),
        ("4", Codomain(resolution=15)),
        ("8:10-245", Codomain(10, 245)),
        ("3:007-7", Codomain(7, 7, 7)),
    ],
)
def test_bits_and_levels_mean_what_they_say(text: str, expected: Codomain) -> None:
    assert parse_codomain(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no number of bits"),
        ("0", "'0' is no number of bits"),
        ("9", "Write 1 to 8"),
        ("4.0", "'4.0' is no number"),
        ("4:", "'4:' is no number"),
        ("4:1", "'4:1' is no number"),
        ("4\n", "is no number"),
        ("²", "is no number"),
        ("4:245-10", "the smaller one first"),
        ("4:0-256", "Levels from 0 to 256"),
        ("4:" + "1" * 9999, "…"),
    ],
)
def test_bits_that_are_none_are_quoted(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(message)):
        parse_codomain(text)


@given(st.sampled_from(RESOLUTIONS), st.tuples(component, component))
def test_bits_that_are_written_read_back(resolution: int, ends: tuple[int, int]) -> None:
    codomain = Codomain(min(ends), max(ends), resolution)

    assert parse_codomain(format_codomain(codomain)) == codomain
