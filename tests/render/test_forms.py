"""Settings survive a way through JSON, and what is no form is refused with its place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import RenderError, SettingsError, UnknownLutError, WindowError
from render.forms import changed, lookup_table_names, settings_from, stored_settings
from render.luts import LookupTable, names
from render.query import parse_rendering
from render.settings import (
    FAMILIES,
    MODELS,
    RESOLUTIONS,
    ChannelSettings,
    Codomain,
    RenderSettings,
    Window,
)

PLAIN = {"active": True, "color": "FF0000FF", "window": [0, 9]}
FORM = {"channels": [PLAIN, PLAIN], "model": "rgb"}
BASE = settings_from(FORM)

_LEVELS = st.floats(-1e300, 1e300)
_WINDOWS = st.tuples(_LEVELS, _LEVELS).map(lambda pair: Window(min(pair), max(pair)))
_CHANNELS = st.builds(
    ChannelSettings,
    window=_WINDOWS,
    color=st.tuples(*[st.integers(0, 255)] * 4),
    lut=st.none() | st.sampled_from(names()),
    active=st.booleans(),
    inverted=st.booleans(),
    family=st.sampled_from(FAMILIES),
    coefficient=st.floats(1e-6, 1e6),
)
SETTINGS = st.builds(
    RenderSettings,
    st.lists(_CHANNELS, max_size=4).map(tuple),
    st.sampled_from(MODELS),
    st.builds(Codomain, st.integers(0, 100), st.integers(100, 255), st.sampled_from(RESOLUTIONS)),
)


@given(SETTINGS)
def test_settings_are_the_same_after_a_way_through_json(settings: RenderSettings) -> None:
    found = settings_from(json.loads(json.dumps(settings.form())))

    assert found == settings
    assert found.hash() == settings.hash()


def with_channel(**change: Any) -> dict[str, Any]:
    return {"channels": [PLAIN, PLAIN | change]}


@pytest.mark.parametrize(
    ("form", "path"),
    [
        (None, ()),
        ([], ()),
        ({}, ()),
        ({"channels": {}}, ("channels",)),
        ({"channels": [PLAIN] * 513}, ("channels",)),
        ({**FORM, "gamma": 1}, ()),
        ({**FORM, "model": "cmyk"}, ("model",)),
        ({**FORM, "model": 1}, ("model",)),
        ({**FORM, "codomain": [0, 255]}, ("codomain",)),
        ({**FORM, "codomain": [0, 255, 7.0]}, ("codomain",)),
        ({**FORM, "codomain": [0, 255, 8]}, ("codomain",)),
        ({**FORM, "codomain": [9, 1, 255]}, ("codomain",)),
        ({**FORM, "codomain": "3"}, ("codomain",)),
        ({"channels": [PLAIN, "red"]}, ("channels", 1)),
        ({"channels": [{"active": True, "color": "FF0000"}]}, ("channels", 0)),
        (with_channel(active=1), ("channels", 1, "active")),
        (with_channel(color="red"), ("channels", 1, "color")),
        (with_channel(color=7), ("channels", 1, "color")),
        (with_channel(window=[9, 0]), ("channels", 1, "window")),
        (with_channel(window=[0]), ("channels", 1, "window")),
        (with_channel(window=[0, True]), ("channels", 1, "window")),
        (with_channel(window=[0, 10**400]), ("channels", 1, "window")),
        (with_channel(window=[0, float("nan")]), ("channels", 1, "window")),
        (with_channel(family="linear"), ("channels", 1, "family")),
        (with_channel(family=["cubic", 1]), ("channels", 1, "family")),
        (with_channel(family=["polynomial", 0]), ("channels", 1, "family")),
        (with_channel(family=[3, 1]), ("channels", 1, "family")),
        (with_channel(lut="../../etc/passwd"), ("channels", 1, "lut")),
        (with_channel(lut=5), ("channels", 1, "lut")),
        (with_channel(inverted="yes"), ("channels", 1, "inverted")),
        (with_channel(index=1), ("channels", 1)),
    ],
)
def test_what_is_no_form_is_refused_and_its_place_named(form: Any, path: tuple[Any, ...]) -> None:
    with pytest.raises(RenderError) as refused:
        settings_from(form)

    assert refused.value.path == path
    assert refused.value.remedy
    for step in path:
        assert str(step) in refused.value.message


def test_errors_of_parts_keep_their_types() -> None:
    with pytest.raises(WindowError, match=r"channels\[1\]\.window"):
        settings_from(with_channel(window=[9, 0]))
    with pytest.raises(UnknownLutError, match="lut"):
        settings_from(with_channel(lut="nothing"))


def test_changes_leave_alone_what_they_do_not_name() -> None:
    found = changed(BASE, {"channels": [{"index": 1, "window": [3, 4], "lut": "magma"}]})

    assert found.channels[0] == BASE.channels[0]
    assert found.channels[1].window == Window(3, 4)
    assert found.channels[1].lut == "magma"
    assert found.channels[1].color == (255, 0, 0, 255)
    assert found.model == "rgb"


def test_a_new_colour_takes_the_lookup_table_away() -> None:
    magma = changed(BASE, {"channels": [{"index": 0, "lut": "magma"}]})

    green = changed(magma, {"channels": [{"index": 0, "color": "#00ff00"}]})
    both = changed(magma, {"channels": [{"index": 0, "color": "00FF00", "lut": "fire"}]})

    assert (green.channels[0].lut, green.channels[0].color) == (None, (0, 255, 0, 255))
    assert both.channels[0].lut == "fire"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"channels": [{"index": 2}]}, ("channels", 0, "index")),
        ({"channels": [{"index": -1}]}, ("channels", 0, "index")),
        ({"channels": [{"index": True}]}, ("channels", 0, "index")),
        ({"channels": [{}]}, ("channels", 0, "index")),
        ({"channels": [{"index": 1}, {"index": 1}]}, ("channels", 1, "index")),
        ({"channels": [{"index": 1, "window": [2, 1]}]}, ("channels", 0, "window")),
        ({"channels": [{"index": 1, "size": 1}]}, ("channels", 0)),
        ({"colour": 1}, ()),
    ],
)
def test_changes_that_cannot_be_made_are_refused_and_their_place_named(
    change: Any, path: tuple[Any, ...]
) -> None:
    with pytest.raises(RenderError) as refused:
        changed(BASE, change)

    assert refused.value.path == path


def test_stored_settings_of_another_number_of_channels_do_not_fit() -> None:
    assert stored_settings(FORM, 2) == BASE
    assert stored_settings(FORM, 3) is None
    assert stored_settings({}, 0) is None


def test_stored_settings_lose_a_lookup_table_that_is_gone() -> None:
    found = stored_settings(with_channel(lut="of an earlier day"), 2)

    assert found is not None
    assert found.channels[1] == BASE.channels[1]


def test_uploaded_tables_are_found_by_their_names_and_stored_without_colours() -> None:
    table = LookupTable("mine", bytes(768))
    tables = {"mine": table}

    found = settings_from(with_channel(lut="Mine.lut"), tables.get)
    later = settings_from(json.loads(json.dumps(found.form())), tables.get)

    assert (found.channels[1].lut, found.tables) == ("mine", (table,))
    assert later == found
    assert found.bare().hash() != found.hash()
    assert settings_from(found.form(), forgiving=True).channels[1].lut is None
    assert lookup_table_names(found.form()) == ["mine"]
    assert changed(BASE, {"channels": [{"index": 0, "lut": "mine"}]}, tables.get).tables == (table,)
    with pytest.raises(UnknownLutError):
        settings_from(with_channel(lut="mine"))


@pytest.mark.parametrize("form", [None, [], {"channels": 3}, {"channels": [3, {"lut": 5}]}])
def test_names_of_lookup_tables_are_looked_for_in_anything(form: Any) -> None:
    assert lookup_table_names(form) == []


def test_a_piece_of_an_address_changes_settings() -> None:
    found = parse_rendering("?c=1:5-6.00FF00%2C-2&m=g&b=3", BASE)

    assert found.model == "greyscale"
    assert found.codomain == Codomain(resolution=7)
    assert found.channels[0].window == Window(5, 6)
    assert [channel.active for channel in found.channels] == [True, False]


@pytest.mark.parametrize("text", ["", "1:5-6", "c=1&c=2", "q=90", "c=1&m", "m=x", "c=3"])
def test_other_pieces_of_addresses_are_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_rendering(text, BASE)
