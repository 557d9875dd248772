"""A page to be printed: pictures, lines and words at places in points, whatever draws it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from render.arrays import RGB
from render.errors import SettingsError

type Anchor = Literal["start", "middle", "end"]

INCH = 72.0
"""Points."""
MAX_PIXELS = 80_000_000
"""Most pixels of a page that is drawn as one picture: A3 at 600 dots per inch."""
DPI = (36, 1200)
"""Least and most dots per inch."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels in a rectangle. They are made when they are drawn, one picture at a time."""

    x: float
    y: float
    width: float
    height: float
    pixels: Callable[[], RGB]
    """Shape (Y, X, 3), uint8; stretched to the rectangle."""


@dataclass(frozen=True, slots=True)
class Path:
    """A line through points, closed and filled if wanted."""

    points: Sequence[tuple[float, float]]
    color: str
    """RRGGBB of the line, or of what is filled."""
    width: float = 1.0
    closed: bool = False
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text whose baseline begins, has its middle or ends at a place."""

    x: float
    y: float
    text: str
    size: float
    """Points from line to line, as fonts are measured."""
    color: str
    anchor: Anchor = "start"
    upwards: bool = False
    """Written from below to above."""


type Mark = Picture | Path | Words


@dataclass(frozen=True, slots=True)
class Page:
    """What is on a page, the first below all others; y grows downwards from the upper edge."""

    width: float
    height: float
    marks: Sequence[Mark]
    background: str = "FFFFFF"
    title: str = ""
    creator: str = field(default="Micrograph")


def rectangle(x: float, y: float, width: float, height: float) -> list[tuple[float, float]]:
    """Return the corners of a rectangle, to be closed."""
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


def page_pixels(width: float, height: float, dpi: int) -> tuple[int, int]:
    """Return width and height of a page in pixels.

    Args:
        width: In points.
        height: In points.
        dpi: Dots per inch.

    Raises:
        SettingsError: They are too many, or too few or many for an inch.

    >>> page_pixels(595.28, 841.89, 300)
    (2480, 3508)
    """
    if not DPI[0] <= dpi <= DPI[1]:
        raise SettingsError(f"dpi={dpi} is outside its range.", f"Give {DPI[0]} to {DPI[1]}.")
    size = max(1, round(width / INCH * dpi)), max(1, round(height / INCH * dpi))
    if size[0] * size[1] > MAX_PIXELS:
        raise SettingsError(
            f"A page of {size[0]} × {size[1]} pixels is too large.",
            f"Give fewer dots per inch or a smaller page: at most {MAX_PIXELS:,} pixels.",
        )
    return size
