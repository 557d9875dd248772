"""Settings as plain JSON, read back strictly: whole ones, and changes to others."""

import contextlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from render.errors import RenderError, SettingsError
from render.luts import Find, nowhere, resolve
from render.settings import (
    ChannelSettings,
    Codomain,
    Color,
    Model,
    RenderSettings,
    Window,
)

CHANNELS_MAX = 512
"""Channels that one form may have."""
_COLOR = re.compile(r"#?([0-9A-Fa-f]{6})([0-9A-Fa-f]{2})?")
_WHOLE = ("active", "color", "window")
_OF_IMAGES = ("channels", "codomain", "model")


def settings_from(form: Any, find: Find = nowhere, *, forgiving: bool = False) -> RenderSettings:
    """Return the settings that `RenderSettings.form` gave, after a way through JSON.

    Args:
        form: Objects, lists, texts, numbers and booleans. Optional parts may be missing.
        find: Knows the uploaded lookup tables; the settings carry those that they name.
        forgiving: A lookup table that is gone meanwhile leaves the channel its colour.

    Raises:
        RenderError: A part that is missing, unknown, of another type or outside its range; the
            message and `path` name it, such as `channels`, 1, `window`.

    >>> settings = RenderSettings((ChannelSettings(Window(0, 9)),))
    >>> settings_from(settings.form()) == settings
    True
    """
    with _naming():
        parts = _object(form, _OF_IMAGES, ("channels",))
        with _at("channels"):
            channels = [
                _whole_channel(index, one, None if forgiving else find)
                for index, one in enumerate(_list(parts["channels"]))
            ]
        model, codomain = _model(parts.get("model", "rgb")), _codomain(parts.get("codomain"))
        return RenderSettings(tuple(channels), model, codomain).resolved(find)


def changed(
    base: RenderSettings, change: Mapping[str, Any], find: Find = nowhere
) -> RenderSettings:
    """Return settings with changes: what is not given stays.

    Args:
        base: The settings to change.
        change: `model` and `codomain` if wanted; `channels`, a list of objects each with the `index` of a
            channel, from 0, and the parts of its form that change. A colour takes the lookup
            table away unless one is given.
        find: Knows the uploaded lookup tables; the answer carries those that it names.

    Raises:
        RenderError: A part that is unknown, of another type, outside its range, or names no
            channel or one twice; the message and `path` name it.

    >>> base = RenderSettings((ChannelSettings(Window(0, 9)),))
    >>> changed(base, {"channels": [{"index": 0, "window": [1, 2]}]}).channels[0].window
    Window(start=1.0, end=2.0)
    """
    with _naming():
        parts = _object(change, _OF_IMAGES, ())
        channels = list(base.channels)
        seen: set[int] = set()
        with _at("channels"):
            for place, one in enumerate(_list(parts.get("channels", ()))):
                with _at(place):
                    index = _index(one, len(channels), seen)
                    channels[index] = _channel(one, channels[index], find, ("index",))
        model = base.model if parts.get("model") is None else _model(parts["model"])
        given = parts.get("codomain")
        codomain = base.codomain if given is None else _codomain(given)
        whole = replace(base, channels=tuple(channels), model=model, codomain=codomain)
        return whole.resolved(find)


@contextlib.contextmanager
def _at(*steps: str | int) -> Iterator[None]:
    """Say of errors where they happened."""
    try:
        yield
    except RenderError as error:
        raise error.at(*steps) from None


@contextlib.contextmanager
def _naming() -> Iterator[None]:
    """Name the place of an error in its message."""
    try:
        yield
    except RenderError as error:
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.path)
        if not place:
            raise
        message = f"`{place.lstrip('.')}`: {error.message}"
        raise type(error)(message, error.remedy).at(*error.path) from None


def stored_settings(form: Any, size_c: int, find: Find = nowhere) -> RenderSettings | None:
    """Return settings that were stored earlier, as far as they fit an image of today.

    Args:
        form: Of `RenderSettings.form`.
        size_c: Number of channels of the image.
        find: Knows the uploaded lookup tables.

    Returns:
        The settings, without lookup tables that are gone; None where they are for another number
        of channels, or are no settings of this version.
    """
    try:
        settings = settings_from(form, find, forgiving=True)
    except RenderError:
        return None
    return settings if len(settings.channels) == size_c else None


def lookup_table_names(form: Any) -> list[str]:
    """Return the names of lookup tables in a form, whatever else it may be."""
    channels = form.get("channels") if isinstance(form, Mapping) else None
    channels = channels if isinstance(channels, list) else []
    names = [one.get("lut") for one in channels if isinstance(one, Mapping)]
    return [name for name in names if isinstance(name, str)]


def _whole_channel(index: int, form: Any, find: Find | None) -> ChannelSettings:
    with _at(index):
        _object(form, _PARTS, _WHOLE)
        return _channel(form, ChannelSettings(Window(0, 1)), find)


def _channel(
    form: Any, base: ChannelSettings, find: Find | None, further: Collection[str] = ()
) -> ChannelSettings:
    """Read a channel's parts one after the other, so that each error says which.

    Without anybody who knows lookup tables, their names are taken as they are.
    """
    parts = _object(form, {*_PARTS, *further}, ())
    channel = base
    # A colour clears the table, so the table follows it.
    for name in (name for name in _PARTS if name in parts):
        with _at(name):
            channel = replace(channel, **_PARTS[name](parts[name]))
            if name == "lut" and channel.lut is not None and find is not None:
                channel = replace(channel, lut=resolve(channel.lut, find))
    return channel


def _index(form: Any, count: int, seen: set[int]) -> int:
    index = form.get("index") if isinstance(form, Mapping) else None
    with _at("index"):
        if type(index) is not int or not 0 <= index < count:
            raise SettingsError(
                f"{_quoted(index)} is no channel of an image with {count}.",
                f"Channels are numbered 0 to {count - 1}." if count else "",
            )
        if index in seen:
            raise SettingsError(f"Channel {index} is named twice.", "Name it once.")
    seen.add(index)
    return index


def _object(form: Any, known: Collection[str], needed: Collection[str]) -> Mapping[str, Any]:
    if not isinstance(form, Mapping):
        raise SettingsError(f"{_quoted(form)} is no object.", "Give names with values.")
    for name in form:
        if name not in known:
            raise SettingsError(
                f"No part {_quoted(name)}.", f"Known are {', '.join(sorted(known))}."
            )
    for name in sorted(needed):
        if name not in form:
            raise SettingsError(f"No {name} is given.", f"Give {', '.join(sorted(needed))}.")
    return form


def _list(form: Any) -> Sequence[Any]:
    if not isinstance(form, list | tuple):
        raise SettingsError(f"{_quoted(form)} is no list.", "Give one entry for each channel.")
    if len(form) > CHANNELS_MAX:
        raise SettingsError(f"{len(form)} channels are given.", f"Give at most {CHANNELS_MAX}.")
    return form


def _boolean(name: str) -> Callable[[Any], dict[str, Any]]:
    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, bool):
            raise SettingsError(f"{_quoted(value)} is neither true nor false.", "Give one of them.")
        return {name: value}

    return read


def _color(value: Any) -> dict[str, Any]:
    found = _COLOR.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise SettingsError(f"{_quoted(value)} is no colour.", "Write it as RRGGBBAA.")
    red, green, blue, alpha = bytes.fromhex(found[1] + (found[2] or "FF"))
    color: Color = (red, green, blue, alpha)
    return {"color": color, "lut": None}


def _lut(value: Any) -> dict[str, Any]:
    if value is not None and not isinstance(value, str):
        raise SettingsError(f"{_quoted(value)} is no name.", "Give the name of a lookup table.")
    return {"lut": value}


def _window(value: Any) -> dict[str, Any]:
    start, end = _pair(value, "Give the grey levels of start and end.")
    return {"window": Window(_number(start), _number(end))}


def _family(value: Any) -> dict[str, Any]:
    family, coefficient = _pair(value, "Give the name of the curve and its exponent.")
    if not isinstance(family, str):
        raise SettingsError(f"{_quoted(family)} is no name.", "Give the name of a curve.")
    return {"family": family, "coefficient": _number(coefficient)}


def _model(value: Any) -> Model:
    if not isinstance(value, str):
        with _at("model"):
            raise SettingsError(f"{_quoted(value)} is no model.", "Give rgb or greyscale.")
    with _at("model"):
        return RenderSettings((), value).model  # type: ignore[arg-type]  # it checks that


def _codomain(value: Any) -> Codomain:
    if value is None:
        return Codomain()
    with _at("codomain"):
        whole = isinstance(value, list | tuple) and all(type(one) is int for one in value)
        if not whole or len(value) != 3:
            raise SettingsError(
                f"{_quoted(value)} are no levels.", "Give those of dark and bright, and the steps."
            )
        return Codomain(*value)


def _pair(value: Any, remedy: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise SettingsError(f"{_quoted(value)} is no pair.", remedy)
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SettingsError(f"{_quoted(value)} is no number.", "Give a number.")
    try:
        return float(value)
    except OverflowError:
        raise SettingsError(f"{_quoted(value)} is too large.", "Give a smaller number.") from None


def _quoted(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 64 else text[:64] + "…"


_PARTS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "active": _boolean("active"),
    "window": _window,
    "color": _color,
    "lut": _lut,
    "inverted": _boolean("inverted"),
    "family": _family,
}
"""How each part of a channel's form is read, in the order in which it takes effect."""
