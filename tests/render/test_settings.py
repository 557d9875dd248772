"""Settings check themselves, and equal ones have equal names."""

import json
import math
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from render.errors import SettingsError, WindowError
from render.luts import LookupTable, nowhere
from render.settings import ChannelSettings, Codomain, RenderSettings, Window

PLAIN = ChannelSettings(Window(0, 255))


@pytest.mark.parametrize(
    ("start", "end"), [(2, 1), (math.nan, 1), (0, math.nan), (0, math.inf), (-1e301, 0)]
)
def test_windows_that_are_none_are_refused(start: float, end: float) -> None:
    with pytest.raises(WindowError, match=r"Give .*number"):
        Window(start, end)


def test_a_window_may_be_a_threshold() -> None:
    assert Window(5, 5) == Window(5.0, 5.0)


@pytest.mark.parametrize(
    "change",
    [
        {"color": (1, 2, 3)},
        {"color": (1, 2, 3, 256)},
        {"color": (-1, 2, 3, 4)},
        {"family": "cubic"},
        {"family": "polynomial", "coefficient": 0},
        {"family": "exponential", "coefficient": math.nan},
        {"family": "polynomial", "coefficient": math.inf},
        {"lut": ""},
        {"lut": "a,b"},
        {"lut": "a\n"},
        {"lut": "x" * 65},
    ],
)
def test_values_outside_their_range_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        replace(PLAIN, **change)


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(SettingsError, match="rgb, greyscale"):
        RenderSettings((PLAIN,), "cmyk")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"window": Window(0, 255.5)},
        {"color": (255, 255, 255, 254)},
        {"lut": "fire"},
        {"active": False},
        {"inverted": True},
        {"family": "logarithmic"},
        {"family": "polynomial", "coefficient": 2.0},
        {"family": "polynomial", "coefficient": 3.0},
    ],
)
def test_every_difference_changes_the_hash(change: dict[str, Any]) -> None:
    settings, other = RenderSettings((PLAIN,)), RenderSettings((replace(PLAIN, **change),))

    assert settings.hash() != other.hash()
    assert settings.hash() != replace(settings, model="greyscale").hash()


def test_equal_settings_have_one_form_whatever_numbers_they_were_made_of() -> None:
    one = RenderSettings((ChannelSettings(Window(-0.0, 255), coefficient=3),))
    other = RenderSettings((ChannelSettings(Window(0, 255.0)),))

    assert one == other
    assert one.canonical() == other.canonical()
    assert json.loads(one.canonical())["channels"][0]["window"] == [0, 255]


def test_the_hash_is_the_same_in_every_process() -> None:
    program = (
        "from render.settings import *;"
        "print(RenderSettings((ChannelSettings(Window(0, 255)),)).hash())"
    )

    got = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert got.stdout.decode().strip() == RenderSettings((PLAIN,)).hash()
    assert len(RenderSettings((PLAIN,)).hash()) == 16


def test_grey_shows_the_first_active_channel_only() -> None:
    channels = (replace(PLAIN, active=False), PLAIN, PLAIN)

    assert RenderSettings(channels).active_channels == (1, 2)
    assert RenderSettings(channels, "greyscale").active_channels == (1,)
    assert RenderSettings((), "greyscale").active_channels == ()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((-1, 255), "Levels from -1"),
        ((0, 256), "Levels from 0 to 256"),
        ((9, 8), "smaller one first"),
        ((0, 255, 2), "resolution of 2 steps"),
        ((0, 255, 0), "1, 3, 7, 15, 31, 63, 127, 255"),
        ((0, 255, 511), "resolution of 511"),
    ],
)
def test_levels_that_are_none_are_refused(values: tuple[int, ...], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Codomain(*values)


def test_usual_levels_leave_the_hash_alone_and_others_change_it() -> None:
    settings = RenderSettings((PLAIN,))
    others = [Codomain(resolution=127), Codomain(start=1), Codomain(end=254)]

    assert replace(settings, codomain=Codomain(0, 255, 255)).hash() == settings.hash()
    assert "codomain" not in settings.canonical()
    assert len({replace(settings, codomain=one).hash() for one in others}) == 3


def table(name: str, first: int = 0) -> LookupTable:
    return LookupTable(name, bytes([first]) * 768)


def test_the_colours_of_uploaded_tables_are_part_of_the_hash() -> None:
    settings = RenderSettings((replace(PLAIN, lut="Royal.lut"),))

    one, other = (settings.resolved({"royal": table("royal", n)}.get) for n in (1, 2))

    assert one.tables == (table("royal", 1),)
    assert one.hash() != other.hash()
    assert one == settings.resolved({"royal": table("royal", 1), "smart": table("smart")}.get)


def test_tables_that_come_with_the_program_leave_the_hash_alone() -> None:
    settings = RenderSettings((replace(PLAIN, lut="fire"), replace(PLAIN, lut="gem"), PLAIN))

    assert settings.resolved(nowhere) == settings


def test_a_table_that_is_gone_leaves_the_channel_its_colour() -> None:
    settings = RenderSettings((replace(PLAIN, lut="royal"), replace(PLAIN, lut="fire")))

    got = settings.resolved({"royal": table("royal")}.get).resolved(nowhere)

    assert [channel.lut for channel in got.channels] == [None, "fire"]
    assert got.tables == ()
