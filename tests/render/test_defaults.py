"""What an image looks like before anybody chose."""

import math

import pytest

from render.defaults import (
    BLUE,
    GREEN,
    GREY,
    RED,
    ChannelFacts,
    channel_label,
    default_settings,
    middle_of_filter,
    pixel_type_range,
)
from render.errors import SettingsError, UnsupportedPixelTypeError
from render.luts import LookupTable
from render.settings import WHITE, Color, RenderSettings, Window


def colors(*channels: ChannelFacts, rgb: bool = False) -> list[Color]:
    settings = default_settings("uint16", len(channels), None, rgb, channels)
    return [channel.color for channel in settings.channels]


def windows(settings: RenderSettings) -> list[Window]:
    return [channel.window for channel in settings.channels]


def emits(wavelength: float) -> ChannelFacts:
    return ChannelFacts(emission_wavelength_nm=wavelength)


def excited(wavelength: float) -> ChannelFacts:
    return ChannelFacts(excitation_wavelength_nm=wavelength)


@pytest.mark.parametrize(
    ("size_c", "model"),
    [(1, "greyscale"), (2, "rgb"), (3, "rgb"), (7, "rgb"), (8, "greyscale"), (9, "greyscale")],
)
def test_two_to_seven_channels_are_shown_in_colour(size_c: int, model: str) -> None:
    settings = default_settings("uint16", size_c, None, False, [])

    assert settings.model == model
    assert [channel.active for channel in settings.channels] == [True] * min(3, size_c) + [
        False
    ] * max(0, size_c - 3)


def test_a_photograph_of_8_bits_has_full_windows_and_its_own_colours() -> None:
    facts = [ChannelFacts(global_min=9, global_max=80, color=0, lookup_table=None)] * 3

    settings = default_settings("uint8", 3, None, True, facts)

    assert windows(settings) == [Window(0, 255)] * 3
    assert [channel.color for channel in settings.channels] == [RED, GREEN, BLUE]
    assert settings.model == "rgb"


def test_rgb_data_of_an_ome_tiff_is_shown_between_its_extremes() -> None:
    facts = [ChannelFacts(global_min=9 + i, global_max=80 + i) for i in range(3)]

    settings = default_settings("uint8", 3, None, False, facts)

    assert windows(settings) == [Window(9, 80), Window(10, 81), Window(11, 82)]
    assert [channel.color for channel in settings.channels] == [RED, GREEN, BLUE]


def test_a_single_channel_is_grey_between_its_extremes() -> None:
    settings = default_settings(
        "uint16", 1, None, False, [ChannelFacts(global_min=10, global_max=4000)]
    )

    assert windows(settings) == [Window(10, 4000)]
    assert settings.channels[0].color == (128, 128, 128, 255)
    assert settings.model == "greyscale"


@pytest.mark.parametrize(
    ("low", "high"),
    [(None, None), (5, None), (5, 5), (5, 5.000001), (9, 1), (math.nan, 1), (0, math.inf)],
)
def test_extremes_that_say_nothing_give_the_range_of_the_type(
    low: float | None, high: float | None
) -> None:
    facts = ChannelFacts(global_min=low, global_max=high)

    settings = default_settings("uint16", 1, 12, False, [facts])

    assert windows(settings) == [Window(0, 4095)]


@pytest.mark.parametrize(
    ("pixel_type", "bits", "expected"),
    [
        ("bit", None, (0, 1)),
        ("uint8", None, (0, 255)),
        ("uint16", 12, (0, 4095)),
        ("uint16", 32, (0, 65535)),
        ("uint32", None, (0, 4294967295)),
        ("int8", None, (-128, 127)),
        ("int16", 12, (-2048, 2047)),
        ("int32", None, (-2147483648, 2147483647)),
        ("float", None, (-2147483648, 2147483647)),
        ("double", 16, (-2147483648, 2147483647)),
        ("complex", None, (-2147483648, 2147483647)),
    ],
)
def test_the_range_follows_type_and_significant_bits(
    pixel_type: str, bits: int | None, expected: tuple[float, float]
) -> None:
    assert pixel_type_range(pixel_type, bits) == expected


@pytest.mark.parametrize(
    ("wavelength", "color"),
    [(405, BLUE), (499.9, BLUE), (500, GREEN), (559.9, GREEN), (560, RED), (700, RED)],
)
def test_wavelengths_have_the_colour_of_their_third(wavelength: float, color: Color) -> None:
    assert colors(emits(wavelength), emits(600))[0] == color
    assert colors(excited(wavelength), excited(600))[0] == color


def test_nothing_known_is_red_green_blue_in_turn() -> None:
    assert colors(*[ChannelFacts()] * 5) == [RED, GREEN, BLUE, RED, GREEN]


def test_a_channel_without_emission_among_others_is_transmitted_light() -> None:
    assert colors(emits(450), excited(488), ChannelFacts()) == [BLUE, WHITE, WHITE]


def test_the_colour_of_the_file_comes_first() -> None:
    orange = ChannelFacts(color=int.from_bytes(bytes([255, 128, 0, 255]), "big", signed=True))

    assert colors(orange, emits(450)) == [(255, 128, 0, 255), BLUE]
    assert colors(orange) == [(255, 128, 0, 255)]


def test_a_colour_without_alpha_is_opaque() -> None:
    assert colors(ChannelFacts(color=0x00FF0000)) == [GREEN]


def test_a_single_channel_without_a_colour_is_grey_whatever_its_light() -> None:
    assert colors(emits(450)) == [GREY]
    assert colors(ChannelFacts(), rgb=True) == [GREY]


def test_the_alpha_of_a_photograph_adds_nothing() -> None:
    assert colors(*[ChannelFacts()] * 4, rgb=True)[3] == (0, 0, 0, 0)


def test_lookup_tables_that_are_known_are_used() -> None:
    facts = [ChannelFacts(lookup_table="Fire.lut"), ChannelFacts(lookup_table="nobody's")]

    settings = default_settings("uint8", 2, None, False, facts)

    assert [channel.lut for channel in settings.channels] == ["fire", None]


def test_an_uploaded_table_of_a_channel_is_used_and_counts_with_its_colours() -> None:
    facts = [ChannelFacts(lookup_table="ncsa/Royal.lut")]
    tables = {"royal": LookupTable("royal", bytes(768))}

    with_ = default_settings("uint8", 1, None, False, facts, tables.get)
    without = default_settings("uint8", 1, None, False, facts)

    assert (with_.channels[0].lut, with_.tables) == ("royal", (tables["royal"],))
    assert without.channels[0].lut is None


@pytest.mark.parametrize(
    ("facts", "rgb", "label"),
    [
        (ChannelFacts(name="DAPI", emission_wavelength_nm=450), False, "DAPI"),
        (ChannelFacts(name=" ", emission_wavelength_nm=450.0), False, "450"),
        (ChannelFacts(excitation_wavelength_nm=488.25), False, "488.25"),
        (ChannelFacts(), False, "Channel 2"),
        (ChannelFacts(), True, "Green"),
        (ChannelFacts(name="G"), True, "G"),
    ],
)
def test_a_channel_is_called_by_what_is_known(facts: ChannelFacts, rgb: bool, label: str) -> None:
    assert channel_label(facts, 1, rgb) == label


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UnsupportedPixelTypeError, match="No pixel type 'int7'"):
        default_settings("int7", 1, None, False, [])
    with pytest.raises(SettingsError, match="2 channels are described of an image with 1"):
        default_settings("int8", 1, None, False, [ChannelFacts()] * 2)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (ChannelFacts(emission_cut_in_nm=484), BLUE),
        (ChannelFacts(emission_cut_in_nm=486), GREEN),
        (ChannelFacts(emission_cut_in_nm=546), RED),
        (ChannelFacts(emission_wavelength_nm=450, emission_cut_in_nm=600), BLUE),
        (ChannelFacts(emission_cut_in_nm=600, laser_wavelength_nm=405), RED),
        (ChannelFacts(laser_wavelength_nm=488, excitation_wavelength_nm=600), BLUE),
        (ChannelFacts(excitation_wavelength_nm=600, excitation_filter_nm=400), RED),
        (ChannelFacts(excitation_filter_nm=510), GREEN),
    ],
)
def test_filters_and_lasers_tell_the_colour_where_nothing_better_does(
    facts: ChannelFacts, expected: tuple[int, ...]
) -> None:
    other = ChannelFacts(laser_wavelength_nm=640)
    settings = default_settings("uint16", 2, None, False, [facts, other])

    assert settings.channels[0].color == expected


def test_a_channel_without_a_filter_among_those_with_is_transmitted_light() -> None:
    facts = [ChannelFacts(emission_cut_in_nm=600), ChannelFacts(laser_wavelength_nm=488)]

    settings = default_settings("uint16", 2, None, False, facts)

    assert [channel.color for channel in settings.channels] == [RED, WHITE]


@pytest.mark.parametrize(
    ("cut_in", "cut_out", "expected"),
    [(460, 490, 475), (None, 490, 475), (0, 490, 475), (460, None, 460), (None, None, None)],
)
def test_a_filter_stands_for_the_middle_of_what_it_lets_through(
    cut_in: float | None, cut_out: float | None, expected: float | None
) -> None:
    assert middle_of_filter(cut_in, cut_out) == expected


def test_filters_and_lasers_name_channels() -> None:
    assert channel_label(ChannelFacts(emission_cut_in_nm=520.5), 0) == "520.5"
    assert channel_label(ChannelFacts(laser_wavelength_nm=488, excitation_wavelength_nm=5), 0) == (
        "488"
    )
