"""Rendering as text in a URL: channels as `1:110-2200.4D8DFF,-2,3.lut(magma).inv`, projections."""

import re
from dataclasses import replace
from typing import Any, get_args
from urllib.parse import unquote

from render.errors import SettingsError
from render.luts import Find, nowhere, resolve
from render.projection import KINDS, Axis, Kind, Projection
from render.settings import (
    ChannelSettings,
    Codomain,
    Color,
    Family,
    Model,
    RenderSettings,
    Window,
)

MAX_ITEMS = 512
_GRAMMAR = (
    "Write a channel as 1 (on) or -2 (off), then if wanted a window :110-2200 and any of "
    ".4D8DFF .lut(viridis) .inv .noinv .fam(polynomial,2)."
)
_EXPONENT = r"(?:[eE][+-]?[0-9]{1,3})?"
_START = rf"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+){_EXPONENT}"
# After the window's end a point may begin a fraction or a colour: six or eight hexadecimal
# digits, up to the next point or the end of the piece, are a colour.
_POINT = r"\.(?![0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?(?:\.|$))"
_END = rf"[+-]?(?:[0-9]+(?:{_POINT}[0-9]+)?|{_POINT}[0-9]+){_EXPONENT}"
_ITEM = re.compile(
    rf"(?P<off>-?)(?P<number>[0-9]{{1,6}})"
    rf"(?::(?P<start>{_START})-(?P<end>{_END}))?"
    r"(?P<options>(?:\.[^.()]+(?:\([^()]*\))?)*)"
)
_OPTION = re.compile(r"\.([^.()]+)(?:\(([^()]*)\))?")
_COLOR = re.compile(r"[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?")
_COMMA_OR_ARGUMENT = re.compile(r",|\([^()]*\)")
_PROJECTION = re.compile(
    r"(?P<axis>t?)(?P<kind>[a-z]+)(?::(?P<start>[0-9]{1,9})-(?P<end>[0-9]{1,9}))?"
)
_CODOMAIN = re.compile(r"(?P<bits>[1-8])(?::(?P<start>[0-9]{1,3})-(?P<end>[0-9]{1,3}))?")
_MODELS: dict[str, Model] = {"c": "rgb", "g": "greyscale"}


def parse_channels(text: str, base: RenderSettings, find: Find = nowhere) -> RenderSettings:
    """Return the settings with the changes that the text asks for.

    Channels that the text does not name keep the base's state. A channel named twice takes
    the changes in the order of the text.

    Args:
        text: Comma-separated channels, numbered from 1; empty for no change.
        base: The settings to change.
        find: Knows the uploaded lookup tables; the answer carries those that it names.

    Raises:
        SettingsError: A piece that is not understood, names no channel of the image, or is
            out of range; the message quotes it.
        WindowError: A window whose start is above its end.
        UnknownLutError: No lookup table of that name.
    """
    if not text.strip():
        return base
    items = _pieces(text)
    if len(items) > MAX_ITEMS:
        raise SettingsError(
            f"{len(items)} channels are named.", f"Name at most {MAX_ITEMS} in one address."
        )
    channels = list(base.channels)
    for item in items:
        match = _ITEM.fullmatch(item.strip())
        if match is None:
            raise SettingsError(f"{_quoted(item)} is not a channel.", _GRAMMAR)
        index = _index(match, len(channels))
        channels[index] = _changed(channels[index], match, find)
    return replace(base, channels=tuple(channels)).resolved(find)


def parse_rendering(text: str, base: RenderSettings, find: Find = nowhere) -> RenderSettings:
    """Return the settings with the changes of a piece of an address, such as `c=1:9-99,-2&m=g`.

    Args:
        text: Some of `c`, `m` and `b`, as in the addresses of tiles; a `?` before it does not
            count.
        base: The settings to change.
        find: Knows the uploaded lookup tables; the answer carries those that it names.

    Raises:
        RenderError: A part that is not understood; the message quotes it.
    """
    given: dict[str, str] = {}
    for piece in text.removeprefix("?").split("&"):
        key, equals, value = piece.partition("=")
        if not equals or key not in ("c", "m", "b") or key in given:
            raise SettingsError(
                f"{_quoted(piece)} is no part of an address.",
                "Write some of c=…, m=… and b=…, each at most once, with & between them.",
            )
        given[key] = unquote(value)
    settings = parse_channels(given.get("c", ""), base, find)
    if "m" in given:
        settings = replace(settings, model=parse_model(given["m"]))
    if "b" in given:
        settings = replace(settings, codomain=parse_codomain(given["b"]))
    return settings


def format_channels(settings: RenderSettings, base: RenderSettings) -> str:
    """Return the shortest text that `parse_channels` turns into the settings, on the same base.

    Args:
        settings: The settings to write down; its model is not part of the text.
        base: The settings that the text will be applied to; as many channels.

    Raises:
        SettingsError: The two have different numbers of channels.
    """
    if len(settings.channels) != len(base.channels):
        raise SettingsError(
            f"{len(settings.channels)} channels cannot be written as changes of "
            f"{len(base.channels)}."
        )
    pairs = zip(settings.channels, base.channels, strict=True)
    return ",".join(
        _item(number, channel, old)
        for number, (channel, old) in enumerate(pairs, start=1)
        if channel != old
    )


def parse_model(text: str) -> Model:
    """Return the model for `c` (colour) or `g` (grey).

    Raises:
        SettingsError: Any other text.
    """
    if text not in _MODELS:
        raise SettingsError(f"No model {_quoted(text)}.", "Give c for colour or g for grey.")
    return _MODELS[text]


def format_model(model: Model) -> str:
    """Return `c` for the colour model and `g` for grey."""
    return "c" if model == "rgb" else "g"


def parse_codomain(text: str) -> Codomain:
    """Return the levels for a number of bits, 1 to 8, and if wanted the levels of dark and bright.

    Raises:
        SettingsError: A text that is not understood, or levels outside 0 to 255; quotes it.

    >>> parse_codomain("4:10-245")
    Codomain(start=10, end=245, resolution=15)
    """
    match = _CODOMAIN.fullmatch(text)
    if match is None:
        raise SettingsError(
            f"{_quoted(text)} is no number of bits.",
            "Write 1 to 8, and after it if wanted the levels of dark and bright, such as :10-245.",
        )
    start, end = int(match["start"] or 0), int(match["end"] or 255)
    return Codomain(start, end, 2 ** int(match["bits"]) - 1)


def format_codomain(codomain: Codomain) -> str:
    """Return the text that `parse_codomain` turns into the levels."""
    bits = str(codomain.resolution.bit_length())
    whole = (codomain.start, codomain.end) == (0, 255)
    return bits if whole else f"{bits}:{codomain.start}-{codomain.end}"


def parse_projection(text: str, size_z: int, size_t: int) -> Projection | None:
    """Return the projection for `max`, `mean`, `min` or `sum`, None for `normal`.

    Args:
        text: The kind, with a `t` before it if time points become one and not sections; then if
            wanted the first and last of them, numbered from 1 and both included: `max:4-18`,
            `tmax:1-9`. Without them all.
        size_z: Number of sections that the image has, at least 1.
        size_t: Number of time points that it has, at least 1.

    Raises:
        SettingsError: A text that is not understood, a range that is empty or leaves the image;
            the message quotes it.

    >>> parse_projection("max:4-18", 20, 1)
    Projection(kind='max', start=3, end=17, axis='z')
    """
    if text == "normal":
        return None
    kinds: dict[str, Kind] = {kind: kind for kind in KINDS}
    match = _PROJECTION.fullmatch(text)
    if match is None or match["kind"] not in kinds:
        raise SettingsError(
            f"{_quoted(text)} is not a projection.",
            f"Write {', '.join(KINDS)} or normal, for time points {', '.join(f't{kind}' for kind in KINDS)}, "
            "and after it if wanted planes such as :4-18.",
        )
    axis: Axis = "t" if match["axis"] else "z"
    size, what = (size_t, "time points") if match["axis"] else (size_z, "planes")
    start, end = int(match["start"] or 1), int(match["end"] or size)
    if not 1 <= start <= end <= size:
        raise SettingsError(
            f"{_quoted(text)} projects {what} {start} to {end} of an image with {size}.",
            f"{what.capitalize()} are numbered 1 to {size}; give the smaller number first.",
        )
    return Projection(kinds[match["kind"]], start - 1, end - 1, axis)


def format_projection(projection: Projection) -> str:
    """Return the text that `parse_projection` turns into the projection, planes from 1."""
    prefix = "t" if projection.axis == "t" else ""
    return f"{prefix}{projection.kind}:{projection.start + 1}-{projection.end + 1}"


def _pieces(text: str) -> list[str]:
    """Split at commas outside of parentheses, in linear time."""
    if "(" not in text:
        return text.split(",")
    commas = [found.start() for found in _COMMA_OR_ARGUMENT.finditer(text) if found[0] == ","]
    ends = [*commas, len(text)]
    return [
        text[start:end] for start, end in zip([0, *(at + 1 for at in commas)], ends, strict=True)
    ]


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 64 else text[:64] + "…")


def _index(match: re.Match[str], count: int) -> int:
    number = int(match["number"])
    if not 1 <= number <= count:
        raise SettingsError(
            f"{_quoted(match[0])} names channel {number} of an image with {count}.",
            f"Channels are numbered 1 to {count}." if count else "",
        )
    return number - 1


def _changed(channel: ChannelSettings, match: re.Match[str], find: Find) -> ChannelSettings:
    changes: dict[str, Any] = {}
    if channel.active == bool(match["off"]):
        changes["active"] = not match["off"]
    if match["start"] is not None:
        changes["window"] = Window(float(match["start"]), float(match["end"]))
    for option in _OPTION.finditer(match["options"]):
        changes |= _option(option, find)
    # Made once with all changes, and not at all without any: a value that checks itself costs more
    # than the rest of the text, and of 150 channels most are only said to be off.
    return replace(channel, **changes) if changes else channel


def _option(option: re.Match[str], find: Find) -> dict[str, Any]:
    """Return the fields of a channel that an option sets."""
    name, argument = option[1], option[2]
    if argument is None:
        if _COLOR.fullmatch(name):
            return {"color": _color(name), "lut": None}
        if name in ("inv", "noinv"):
            return {"inverted": name == "inv"}
    elif name == "lut":
        resolve(argument, find)
        return {"lut": argument}
    elif name == "fam":
        return _family(argument)
    raise SettingsError(f"{_quoted(option[0])} is not a channel option.", _GRAMMAR)


def _color(text: str) -> Color:
    red, green, blue, alpha = bytes.fromhex(text if len(text) == 8 else text + "FF")
    return red, green, blue, alpha


def _family(argument: str) -> dict[str, Any]:
    name, _, coefficient = argument.partition(",")
    families: dict[str, Family] = {family: family for family in get_args(Family.__value__)}
    if name not in families:
        raise SettingsError(f"No family {_quoted(name)}.", f"Give one of {', '.join(families)}.")
    try:
        value = float(coefficient) if coefficient else 1.0
    except ValueError:
        raise SettingsError(
            f"{_quoted(coefficient)} is not the coefficient of a family.", "Give a number above 0."
        ) from None
    return {"family": families[name], "coefficient": value}


def _item(number: int, channel: ChannelSettings, old: ChannelSettings) -> str:
    parts = [f"{'' if channel.active else '-'}{number}"]
    if channel.window != old.window:
        parts.append(f":{_number(channel.window.start)}-{_number(channel.window.end)}")
    # A colour clears the lookup table, so the table follows the colour.
    cleared = channel.color != old.color or (channel.lut is None and old.lut is not None)
    if cleared:
        shown = channel.color[:3] if channel.color[3] == 255 else channel.color
        parts.append("." + "".join(f"{part:02X}" for part in shown))
    if channel.lut is not None and (cleared or channel.lut != old.lut):
        parts.append(f".lut({channel.lut})")
    if channel.inverted != old.inverted:
        parts.append(".inv" if channel.inverted else ".noinv")
    if (channel.family, channel.coefficient) != (old.family, old.coefficient):
        plain = channel.coefficient == 1
        argument = "" if plain else f",{_number(channel.coefficient)}"
        parts.append(f".fam({channel.family}{argument})")
    return "".join(parts)


def _number(value: float) -> str:
    """Write a number so that it reads back exactly and its fraction is not taken for a colour."""
    mantissa, _, exponent = repr(value).removesuffix(".0").partition("e")
    # A plus would reach the server as a space.
    suffix = f"e{exponent.removeprefix('+')}" if exponent else ""
    _, point, fraction = mantissa.partition(".")
    if point and _COLOR.fullmatch(fraction + suffix):
        mantissa += "0"
    return mantissa + suffix
