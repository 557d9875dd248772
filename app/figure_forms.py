"""A figure as JSON, read strictly: a page of panels with labels, scale bars and insets."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.errors import InvalidInputError
from store.pixels.source import Region

VERSION = 1
MOST_PANELS = 200
MOST_LABELS = 20
LONGEST_TEXT = 300
LARGEST_MM = 2_000.0
PLACES = (
    "top-left", "top", "top-right", "bottom-left", "bottom", "bottom-right",
    "above", "below", "left", "right",
)  # fmt: skip
"""Where a label is: inside its panel, or beside it."""
CORNERS = ("bottom-right", "bottom-left", "top-right", "top-left")
_COLOR = re.compile(r"#?([0-9A-Fa-f]{6})")


@dataclass(frozen=True, slots=True)
class FigureLabel:
    """A line of text at a panel."""

    text: str
    place: str
    """One of `PLACES`."""
    size: float
    """Points."""
    color: str


@dataclass(frozen=True, slots=True)
class FigureBar:
    """A scale bar in a panel."""

    micrometres: float | None
    """None for a round length that fits."""
    corner: str
    color: str
    label: bool
    """Whether the length is written beside it."""


@dataclass(frozen=True, slots=True)
class FigurePanel:
    """A part of an image at a place on the page."""

    name: str
    image_id: int
    x: float
    y: float
    width: float
    height: float
    """Millimetres."""
    z: int | None
    t: int | None
    """From 0; None for what is seen first."""
    channels: str | None
    """Changes of how the image is shown, as `c` of addresses says them."""
    model: str | None
    projection: str | None
    crop: Region | None
    """Pixels of the full resolution; None for all."""
    labels: tuple[FigureLabel, ...]
    bar: FigureBar | None
    inset_of: str | None
    """The panel on which a frame shows where this one is."""
    inset_color: str
    rois: bool
    """Whether regions of interest are drawn over it."""


@dataclass(frozen=True, slots=True)
class FigureForm:
    """A whole figure, checked as far as that goes without its images."""

    name: str
    width: float
    height: float
    """Millimetres."""
    background: str
    panels: tuple[FigurePanel, ...]


def figure_form(form: Any) -> FigureForm:
    """Return the figure that a JSON document describes.

    Raises:
        InvalidInputError: A part that is missing, unknown or outside its range; names it.
    """
    parts = _object(form, "figure", {"version", "name", "page", "panels"})
    if parts.get("version") != VERSION:
        raise InvalidInputError(
            f"A figure of version {str(parts.get('version'))[:20]!r} cannot be drawn.",
            f"Known is version {VERSION}.",
        )
    page = _object(parts.get("page"), "page", {"width", "height", "background"})
    panels = _list(parts.get("panels"), "panels", MOST_PANELS)
    made = tuple(_panel(one, f"panels[{index}]") for index, one in enumerate(panels))
    names = [panel.name for panel in made]
    if len(set(names)) != len(names):
        raise InvalidInputError("Two panels have one id.", "Give each panel an id of its own.")
    for panel in made:
        if panel.inset_of is not None and panel.inset_of not in names:
            raise _wrong(f"insetOf of panel {panel.name}", panel.inset_of, "Name another panel.")
    if not made:
        raise InvalidInputError("The figure has no panels.", "Add an image to it.")
    return FigureForm(
        name=_text(parts.get("name", ""), "name"),
        width=_number(page.get("width"), "page.width", 10, LARGEST_MM),
        height=_number(page.get("height"), "page.height", 10, LARGEST_MM),
        background=_color(page.get("background", "FFFFFF"), "page.background"),
        panels=made,
    )


_PANEL = {
    "id", "image", "x", "y", "width", "height", "z", "t", "c", "m", "p", "crop", "labels", "bar",
    "insetOf", "insetColor", "rois",
}  # fmt: skip


def _panel(form: Any, at: str) -> FigurePanel:
    parts = _object(form, at, _PANEL)
    inset = parts.get("insetOf")
    return FigurePanel(
        name=_text(parts.get("id"), f"{at}.id"),
        image_id=_whole(parts.get("image"), f"{at}.image", 0, 2**62),
        x=_number(parts.get("x"), f"{at}.x", -LARGEST_MM, LARGEST_MM),
        y=_number(parts.get("y"), f"{at}.y", -LARGEST_MM, LARGEST_MM),
        width=_number(parts.get("width"), f"{at}.width", 0.5, LARGEST_MM),
        height=_number(parts.get("height"), f"{at}.height", 0.5, LARGEST_MM),
        z=_optional_whole(parts.get("z"), f"{at}.z"),
        t=_optional_whole(parts.get("t"), f"{at}.t"),
        channels=_optional_text(parts.get("c"), f"{at}.c", 16_384),
        model=_optional_text(parts.get("m"), f"{at}.m", 8),
        projection=_optional_text(parts.get("p"), f"{at}.p", 32),
        crop=None if parts.get("crop") is None else _crop(parts["crop"], f"{at}.crop"),
        labels=tuple(
            _label(one, f"{at}.labels[{index}]")
            for index, one in enumerate(_list(parts.get("labels", []), f"{at}.labels", MOST_LABELS))
        ),
        bar=None if parts.get("bar") is None else _bar(parts["bar"], f"{at}.bar"),
        inset_of=None if inset is None else _text(inset, f"{at}.insetOf"),
        inset_color=_color(parts.get("insetColor", "FFFFFF"), f"{at}.insetColor"),
        rois=_boolean(parts.get("rois", False), f"{at}.rois"),
    )


def _crop(form: Any, at: str) -> Region:
    parts = _object(form, at, {"x", "y", "width", "height"})
    largest = 2**31 - 1
    return Region(
        _whole(parts.get("x"), f"{at}.x", 0, largest),
        _whole(parts.get("y"), f"{at}.y", 0, largest),
        _whole(parts.get("width"), f"{at}.width", 1, largest),
        _whole(parts.get("height"), f"{at}.height", 1, largest),
    )


def _label(form: Any, at: str) -> FigureLabel:
    parts = _object(form, at, {"text", "place", "size", "color"})
    return FigureLabel(
        text=_text(parts.get("text"), f"{at}.text"),
        place=_choice(parts.get("place", "top-left"), f"{at}.place", PLACES),
        size=_number(parts.get("size", 10), f"{at}.size", 2, 200),
        color=_color(parts.get("color", "FFFFFF"), f"{at}.color"),
    )


def _bar(form: Any, at: str) -> FigureBar:
    parts = _object(form, at, {"micrometres", "corner", "color", "label"})
    length = parts.get("micrometres")
    return FigureBar(
        None if length is None else _number(length, f"{at}.micrometres", 1e-6, 1e9),
        _choice(parts.get("corner", "bottom-right"), f"{at}.corner", CORNERS),
        _color(parts.get("color", "FFFFFF"), f"{at}.color"),
        _boolean(parts.get("label", True), f"{at}.label"),
    )


def _wrong(at: str, value: Any, remedy: str) -> InvalidInputError:
    return InvalidInputError(f"{at} is {str(value)[:40]!r}.", remedy)


def _object(form: Any, at: str, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(form, dict):
        raise _wrong(at, form, "Give an object.")
    unknown = sorted(set(form) - known)
    if unknown:
        raise InvalidInputError(
            f"{at} has an unknown part {unknown[0][:40]!r}.",
            f"Known are {', '.join(sorted(known))}.",
        )
    return form


def _list(form: Any, at: str, most: int) -> Sequence[Any]:
    if not isinstance(form, list):
        raise _wrong(at, form, "Give a list.")
    if len(form) > most:
        raise InvalidInputError(f"{at} has {len(form)} items.", f"Give at most {most}.")
    return form


def _text(value: Any, at: str, longest: int = LONGEST_TEXT) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise _wrong(at, value, f"Give a text of at most {longest} letters.")
    return value


def _optional_text(value: Any, at: str, longest: int) -> str | None:
    return None if value in (None, "") else _text(value, at, longest)


def _number(value: Any, at: str, lowest: float, highest: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not lowest <= value <= highest:
        raise _wrong(at, value, f"Give a number from {lowest:g} to {highest:g}.")
    return float(value)


def _whole(value: Any, at: str, lowest: int, highest: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        raise _wrong(at, value, f"Give a whole number from {lowest} on.")
    return value


def _optional_whole(value: Any, at: str) -> int | None:
    return None if value is None else _whole(value, at, 0, 2**31 - 1)


def _boolean(value: Any, at: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(at, value, "Give true or false.")
    return value


def _color(value: Any, at: str) -> str:
    match = _COLOR.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _wrong(at, value, "Give a colour as six hexadecimal digits: RRGGBB.")
    return match[1].upper()


def _choice(value: Any, at: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise _wrong(at, value, f"Give one of {', '.join(allowed)}.")
    return str(value)
