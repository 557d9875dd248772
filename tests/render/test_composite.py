"""The whole pipeline against the reference, for every type, window, curve and colour."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from render.composite import composite
from render.errors import (
    ChannelCountError,
    RenderError,
    UnknownLutError,
    UnsupportedPixelTypeError,
)
from render.luts import LookupTable
from render.query import parse_channels, parse_codomain, parse_model
from render.settings import (
    FAMILIES,
    MODELS,
    RESOLUTIONS,
    ChannelSettings,
    Codomain,
    Family,
    RenderSettings,
    Window,
)
from tests import reference
from tests.render.planes import DTYPES

RED = (255, 0, 0, 255)
GREEN = (0, 255, 0, 255)


def level(value: float, dtype: str, channel: ChannelSettings) -> int:
    """The level of one sample, seen as grey."""
    plane = np.full((1, 1), value, dtype)
    return int(composite([plane], RenderSettings((channel,), "greyscale"))[0, 0, 0])


def linear(start: float, end: float, **more: Any) -> ChannelSettings:
    return ChannelSettings(Window(start, end), **more)


@pytest.mark.parametrize(
    ("dtype", "channel", "samples", "expected"),
    [
        ("u1", linear(0, 255), range(256), range(256)),
        ("u2", linear(100, 1100), [100, 600, 1100, 99, 60000], [0, 128, 255, 0, 255]),
        ("u1", linear(0, 255, family="polynomial", coefficient=2), [128], [64]),
        ("u1", linear(0, 255, family="logarithmic"), [0, 1, 16, 255], [0, 0, 128, 255]),
        ("f4", linear(0, 1), [0.5], [128]),
        ("u1", linear(0, 255, inverted=True), range(256), range(255, -1, -1)),
        ("?", linear(0, 1), [0, 1], [0, 255]),
        ("u2", linear(7, 7), [6, 7, 8], [0, 255, 255]),
        ("f8", linear(0.5, 0.5), [0.49, 0.5, np.inf, -np.inf, np.nan], [0, 255, 255, 0, 0]),
        ("f4", linear(0, 1), [np.nan, np.inf, -np.inf], [0, 255, 0]),
        ("u1", linear(0, 255, family="exponential", coefficient=1.5), [0, 254, 255], [0, 0, 255]),
        ("c8", linear(0, 10), [3 + 4j], [128]),
    ],
)
def test_published_levels_hold(
    dtype: str, channel: ChannelSettings, samples: Any, expected: Any
) -> None:
    got = [level(sample, dtype, channel) for sample in samples]

    assert got == list(expected)


@pytest.mark.parametrize(
    ("colors", "sample", "expected"),
    [
        ([RED, GREEN], 200, [200, 200, 0]),
        ([(255, 255, 255, 255)] * 2, 200, [255, 255, 255]),
        ([(255, 0, 0, 128), GREEN], 255, [128, 255, 0]),
        ([(147, 0, 0, 255)], 85, [48, 0, 0]),
        ([(1, 2, 254, 255)], 254, [0, 1, 253]),
    ],
)
def test_published_colours_hold(
    colors: list[tuple[int, int, int, int]], sample: int, expected: list[int]
) -> None:
    settings = RenderSettings(tuple(linear(0, 255, color=color) for color in colors))

    got = composite(np.full((len(colors), 1, 1), sample, np.uint8), settings)

    assert got.tolist() == [[expected]]


@pytest.mark.parametrize("more", [{}, {"inverted": True}, {"family": "polynomial"}])
@pytest.mark.parametrize("count", [7, 8, 9, 17, 40, 300])
def test_any_number_of_channels_adds_up(count: int, more: dict[str, Any]) -> None:
    chance = np.random.default_rng(count)
    planes = chance.integers(0, 2000, (count, 3, 7), dtype=np.uint16)
    planes[:, 0] = 0  # dark, so that sums of many are not all bright
    colors = [(*chance.integers(0, 256, 3).tolist(), 255) for _ in range(count)]
    channels = [linear(50, 90_000, color=color, **more) for color in colors]
    settings = RenderSettings((*channels[:-1], replace(channels[-1], lut="fire")))

    got = composite(planes, settings)

    np.testing.assert_array_equal(got, reference.composite(list(planes), settings))


@pytest.mark.parametrize("count", [1, 3, 9])
@pytest.mark.parametrize("size", [(1, 1), (1, 4095), (64, 64), (1, 4097), (130, 95)])
def test_any_size_is_blended_to_its_last_sample(size: tuple[int, int], count: int) -> None:
    planes = np.random.default_rng(1).integers(0, 256, (count, *size), dtype=np.uint8)
    colors = [(255, 0, 77, 255), (0, 141, 255, 255), (147, 1, 254, 255)] * 3
    channels = [linear(3, 250, color=color) for color in colors[:count]]
    settings = RenderSettings(tuple(channels))

    got = composite(planes, settings)

    np.testing.assert_array_equal(got, reference.composite(list(planes), settings))


@pytest.mark.parametrize("component", range(256))
def test_shares_of_every_component_are_exact(component: int) -> None:
    plane = np.arange(256, dtype=np.uint8).reshape(16, 16)
    settings = RenderSettings((linear(0, 255, color=(component, 0, 255, 255)),))

    got = composite([plane], settings)

    np.testing.assert_array_equal(got, reference.composite([plane], settings))


def test_grey_model_shows_the_first_active_channel_without_its_lut() -> None:
    off, on = linear(0, 255, active=False), linear(0, 255, color=RED, lut="fire")
    settings = RenderSettings((off, on, on), "greyscale")

    got = composite(np.full((1, 1, 1), 77, np.uint8), settings)

    assert settings.active_channels == (1,)
    assert got.tolist() == [[[77, 77, 77]]]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (0, 65535), (0, 255), (100, 1100), (110, 2200), (0, 65534), (1, 50022), (3, 32771),
        (0.5, 1000.25), (1e-9, 65535), (120.3333, 40000.77), (-5.5, 20), (-32768, 32767),
        (-400000, 9e5), (-1e12, 1e12), (1e9, 1e10), (-1e10, -1e9), (0, 1), (0, 1e-300),
        (65534.5, 65534.75), (12, 12), (7, 261), (7, 262), (100, 100.0000001), (13, 65521),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2"])
def test_every_value_of_small_types_has_its_exact_level(
    dtype: str, start: float, end: float
) -> None:
    limits = np.iinfo(dtype)
    plane = np.arange(limits.min, limits.max + 1).astype(dtype).reshape(16, -1)
    settings = RenderSettings((linear(start, end, color=RED),))

    got = composite([plane], settings)

    np.testing.assert_array_equal(got, reference.composite([plane], settings))


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("ends", [(0, 255), (10, 245), (200, 200), (0, 1), (255, 255)])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_resolution_and_codomain_equals_its_formula(
    family: Family, ends: tuple[int, int], resolution: int
) -> None:
    plane = np.arange(-300, 1300).reshape(16, -1)
    codomain = Codomain(*ends, resolution)
    for dtype, inverted in product(["i2", "f4", "f8"], [False, True]):
        for start, end in [(0.0, 1000.0), (-3.25, 999.5), (7.0, 7.0)]:
            channel = linear(start, end, family=family, coefficient=0.8, inverted=inverted)
            settings = RenderSettings((channel,), "greyscale", codomain)

            got = composite([plane.astype(dtype)], settings)

            np.testing.assert_array_equal(got, reference.composite([plane.astype(dtype)], settings))


@pytest.mark.parametrize(
    ("codomain", "samples", "expected"),
    [
        (Codomain(resolution=1), [0, 127, 128, 255], [0, 0, 255, 255]),
        (Codomain(resolution=3), [0, 42, 43, 127, 128, 212, 213], [0, 0, 85, 85, 170, 170, 255]),
        (Codomain(10, 245), [0, 128, 255], [10, 128, 245]),
        (Codomain(100, 101, 255), [0, 127, 128, 255], [100, 100, 101, 101]),
    ],
)
def test_levels_are_as_many_and_as_far_apart_as_asked(
    codomain: Codomain, samples: list[int], expected: list[int]
) -> None:
    settings = RenderSettings((linear(0, 255),), "greyscale", codomain)

    got = composite([np.array([samples], np.uint8)], settings)[0, :, 0]

    assert got.tolist() == expected


def test_without_numbers_a_sample_is_at_the_dark_end_of_the_codomain() -> None:
    settings = RenderSettings((linear(0, 1),), "greyscale", Codomain(20, 200, 7))

    got = composite([np.array([[np.nan, -np.inf, np.inf]], np.float32)], settings)

    assert got[0, :, 0].tolist() == [20, 20, 200]


EVERY_TYPE = "? i1 u1 <i2 >i2 <u2 >u2 <i4 >i4 <u4 >u4 <i8 >i8 <u8 >u8 <f2 >f2 <f4 >f4 <f8 >f8"


@pytest.mark.parametrize("dtype", [*EVERY_TYPE.split(), "<c8", ">c8", "<c16", ">c16"])
def test_every_type_equals_the_reference_in_every_way_of_showing_it(dtype: str) -> None:
    grid = np.arange(12 * 16).reshape(12, 16)
    planes = [np.asarray(grid * step % 251 - low).astype(dtype) for step, low in [(1, 0), (7, 90)]]
    if planes[0].dtype.kind in "fc":
        planes[1][0, :3] = np.nan, np.inf, -np.inf
    ways = product(
        FAMILIES, [False, True], [None, "fire"], MODELS, [Codomain(), Codomain(5, 250, 31)]
    )
    for family, inverted, table, model, codomain in ways:
        channel = linear(
            *(3, 180.5), color=RED, lut=table, inverted=inverted, family=family, coefficient=0.7
        )
        settings = RenderSettings((channel, linear(0, 99, color=GREEN)), model, codomain)
        shown = planes[: len(settings.active_channels)]

        got = composite(shown, settings)

        np.testing.assert_array_equal(got, reference.composite(shown, settings))


@pytest.mark.parametrize("alpha", [(0, 0, 0, 0), (255, 255, 255, 0)])
def test_the_alpha_of_a_photograph_changes_nothing_even_when_it_is_on(
    alpha: tuple[int, int, int, int],
) -> None:
    colors = [RED, GREEN, (0, 0, 255, 255), alpha]
    settings = RenderSettings(tuple(linear(0, 255, color=color) for color in colors))
    picture = np.random.default_rng(0).integers(0, 256, (4, 5, 7), np.uint8)

    got = composite(picture, settings)

    np.testing.assert_array_equal(got, np.moveaxis(picture[:3], 0, 2))


def test_an_uploaded_table_is_used_by_its_name_in_any_spelling() -> None:
    table = LookupTable("royal", bytes(range(256)) * 3)
    settings = RenderSettings((linear(0, 255, lut="luts/Royal.lut"),), tables=(table,))
    plane = np.arange(256, dtype=np.uint8).reshape(1, 256)

    np.testing.assert_array_equal(composite([plane], settings)[0], table.lut)


@pytest.mark.parametrize("family", ["polynomial", "exponential", "logarithmic"])
@pytest.mark.parametrize("coefficient", [0.3, 0.5, 1.0, 1.1, 2.0, 7.5])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f4", "f8"])
def test_every_curve_equals_its_formula(family: Family, coefficient: float, dtype: str) -> None:
    plane = np.arange(-500, 65036).astype(dtype).reshape(16, -1)
    for start, end in [(0.0, 255.0), (100.0, 1100.0), (-3.25, 60000.5), (7.0, 7.0)]:
        settings = RenderSettings(
            (linear(start, end, family=family, coefficient=coefficient),), "greyscale"
        )

        got = composite([plane], settings)

        np.testing.assert_array_equal(got, reference.composite([plane], settings))


def test_every_colour_component_is_truncated_as_in_double_precision() -> None:
    plane = np.arange(256, dtype=np.uint8).reshape(1, 256)
    for component, alpha in product(range(256), [255, 128]):
        settings = RenderSettings((linear(0, 255, color=(component, 255, 0, alpha)),))

        got = composite([plane], settings)

        np.testing.assert_array_equal(got, reference.composite([plane], settings))


windows = st.tuples(
    st.floats(-70000, 70000, allow_nan=False) | st.integers(-70000, 70000),
    st.floats(-70000, 70000, allow_nan=False) | st.integers(-70000, 70000),
).map(lambda ends: Window(min(ends), max(ends)))
components = st.integers(0, 255)
channel_settings = st.builds(
    ChannelSettings,
    window=windows,
    color=st.tuples(components, components, components, st.sampled_from([255, 255, 128, 0])),
    lut=st.sampled_from([None, None, "viridis", "glasbey"]),
    active=st.booleans(),
    inverted=st.booleans(),
    family=st.sampled_from(["linear", "linear", "polynomial", "exponential", "logarithmic"]),
    coefficient=st.floats(0.1, 3),
)
render_settings = st.builds(
    RenderSettings,
    channels=st.lists(channel_settings, max_size=5).map(tuple),
    model=st.sampled_from(["rgb", "greyscale"]),
    codomain=st.just(Codomain())
    | st.builds(
        lambda ends, resolution: Codomain(min(ends), max(ends), resolution),
        st.tuples(components, components),
        st.sampled_from(RESOLUTIONS),
    ),
)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[NDArray[Any]], RenderSettings]:
    settings = draw(render_settings)
    shape = draw(st.tuples(st.integers(1, 5), st.integers(1, 37)))
    dtype = np.dtype(draw(st.sampled_from(DTYPES.split())))
    planes = [draw(hnp.arrays(dtype, shape)) for _ in settings.active_channels]
    return planes, settings


@given(scenes())
def test_any_scene_equals_the_reference(
    scene: tuple[list[NDArray[Any]], RenderSettings],
) -> None:
    planes, settings = scene

    got = composite(planes, settings)

    expected = reference.composite(planes, settings) if planes else np.zeros((0, 0, 3))
    np.testing.assert_array_equal(got, expected)


pieces = st.one_of(
    st.builds("{}{}".format, st.sampled_from(["", "-"]), st.integers(0, 5)),
    st.builds(":{:.6g}-{:.6g}".format, *[st.floats(-7e4, 7e4)] * 2),
    st.builds(":{}-{}".format, *[st.sampled_from(["-1e300", "1e300", "1e-300", "0", "1e999"])] * 2),
    st.builds(".lut({})".format, st.sampled_from(["fire", "gem", "royal", "../x", "cmocean:ice"])),
    st.builds(
        ".fam({},{})".format,
        st.sampled_from([*FAMILIES, "cubic"]),
        st.sampled_from(["", "0", "0.5", "-1", "7", "1e300", "1e-300", "nan", "x"]),
    ),
    st.sampled_from([".inv", ".noinv", ".FF00ff", ".0102037f", ".b", ",", ",1", "(", ""]),
)
TABLES = {"royal": LookupTable("royal", bytes(range(256)) * 3)}


@pytest.mark.slow
@settings_of_hypothesis(max_examples=2000)
@given(
    st.lists(pieces, max_size=8).map("".join),
    st.sampled_from(["c", "g", "x"]),
    st.sampled_from(["8", "1", "4", "5:10-245", "3:9-2", "9", "2:0-256", ""]),
    st.sampled_from(DTYPES.split()),
    st.data(),
)
def test_no_parameters_give_anything_but_a_picture_or_an_error_of_ours(
    channels: str, model: str, bits: str, dtype: str, data: st.DataObject
) -> None:
    base = RenderSettings(tuple(linear(0, 1000, active=index < 2) for index in range(4)))
    plane = data.draw(hnp.arrays(np.dtype(dtype), (2, 5)))
    try:
        settings = parse_channels(channels, base, TABLES.get)
        settings = replace(settings, model=parse_model(model), codomain=parse_codomain(bits))
    except RenderError:
        return

    got = composite([plane] * len(settings.active_channels), settings)

    assert got.dtype == np.uint8
    if settings.active_channels:
        np.testing.assert_array_equal(
            got, reference.composite([plane] * len(settings.active_channels), settings)
        )


def test_planes_need_not_be_contiguous() -> None:
    plane = np.arange(600, dtype=np.uint16).reshape(20, 30)
    settings = RenderSettings((linear(0, 599, color=RED),))

    got = composite([plane.T[::2, ::3]], settings)

    np.testing.assert_array_equal(got, composite([plane.T[::2, ::3].copy()], settings))


def test_read_only_planes_are_rendered() -> None:
    plane = np.frombuffer(bytes(range(64)), np.uint8).reshape(8, 8)
    settings = RenderSettings((linear(0, 255),), "greyscale")

    np.testing.assert_array_equal(composite([plane], settings)[:, :, 1], plane)


def test_many_bright_channels_stay_white() -> None:
    settings = RenderSettings(tuple(linear(0, 1) for _ in range(300)))

    got = composite(np.ones((300, 2, 2), np.uint8), settings)

    assert got.min() == 255


def test_an_empty_plane_gives_an_empty_image() -> None:
    settings = RenderSettings((linear(0, 1),))

    assert composite(np.zeros((1, 0, 5), np.uint8), settings).shape == (0, 5, 3)


def test_no_active_channel_is_black() -> None:
    settings = RenderSettings((linear(0, 1, active=False),))

    assert composite([], settings).shape == (0, 0, 3)
    assert composite(np.zeros((0, 4, 6), np.uint8), settings).tolist() == [[[0, 0, 0]] * 6] * 4


def test_a_missing_plane_is_refused() -> None:
    settings = RenderSettings((linear(0, 1), linear(0, 1)))

    with pytest.raises(ChannelCountError, match="1 planes were given for 2"):
        composite(np.zeros((1, 2, 2), np.uint8), settings)


def test_a_stack_for_one_channel_is_refused() -> None:
    settings = RenderSettings((linear(0, 1),))

    with pytest.raises(ChannelCountError, match=r"Give planes of shape \(Y, X\)"):
        composite([np.zeros((2, 2, 2), np.uint8)], settings)


def test_planes_of_different_size_are_refused() -> None:
    settings = RenderSettings((linear(0, 1), linear(0, 1)))

    with pytest.raises(ChannelCountError, match="different shapes"):
        composite([np.zeros((2, 2)), np.zeros((2, 3))], settings)


@pytest.mark.parametrize("plane", [np.zeros((2, 2), "U3"), np.zeros((2, 2), "M8[s]")])
def test_samples_that_are_no_numbers_are_refused(plane: NDArray[Any]) -> None:
    with pytest.raises(UnsupportedPixelTypeError, match="cannot be rendered"):
        composite([plane], RenderSettings((linear(0, 1),)))


def test_a_lut_without_a_name_known_here_is_refused() -> None:
    with pytest.raises(UnknownLutError, match="viridis"):
        composite(np.zeros((1, 1, 1)), RenderSettings((linear(0, 1, lut="virids"),)))
