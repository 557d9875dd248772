"""Scalars and quantities."""

import math
from typing import NewType

from schema.fields import field, value

Color = NewType("Color", str)
"""Eight hexadecimal digits after a #: red, green, blue, alpha."""


@value
class Length:
    """A length with its unit."""

    value: float = field("The number.")
    unit: str = field("Symbol of the unit as in OME, such as µm or nm.")


@value
class Time:
    """A time with its unit."""

    value: float = field("The number.")
    unit: str = field("Symbol of the unit as in OME, such as s or ms.")


def length(number: float, unit: str | None) -> Length | None:
    """Join a number and its unit, µm where none is stored; None if it is not finite."""
    return Length(value=number, unit=unit or "µm") if math.isfinite(number) else None


def wavelength(number: float, unit: str | None) -> Length | None:
    """Join a number and its unit, nm where none is stored; None if it is not finite."""
    return Length(value=number, unit=unit or "nm") if math.isfinite(number) else None


def time(number: float, unit: str | None) -> Time | None:
    """Join a number and its unit, s where none is stored; None if it is not finite."""
    return Time(value=number, unit=unit or "s") if math.isfinite(number) else None


def finite(number: float) -> float | None:
    """Return the number; None if it is infinite or none, which JSON cannot say."""
    return number if math.isfinite(number) else None


def packed_color(rgba: int) -> Color:
    """Write a signed 32-bit RGBA, as OME stores it, as #RRGGBBAA."""
    return Color(f"#{rgba & 0xFFFF_FFFF:08X}")


def color(rgba: tuple[int, int, int, int]) -> Color:
    """Write four bytes as #RRGGBBAA."""
    return Color("#" + bytes(rgba).hex().upper())
