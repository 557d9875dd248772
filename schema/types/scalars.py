"""Scalars, quantities with units, and pairs of key and value."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NewType, cast

from schema.fields import Named, field, value
from schema.types import lazy
from schema.types.units import converted
from store.models.units import Dimension, parse_quantity

Color = NewType("Color", str)
"""Eight hexadecimal digits after a #: red, green, blue, alpha."""
Long = NewType("Long", int)
"""A whole number of up to 64 bits."""


_IN = "The value in another unit; an error where it cannot be converted."


@value
class Length:
    """A length with its unit."""

    value: float = field("The number.")
    unit: str = field("Symbol of the unit as in OME, such as µm or nm.")
    in_: float | None = field(_IN, converted(Dimension.LENGTH), name="in", init=False)


@value
class Time:
    """A time with its unit."""

    value: float = field("The number.")
    unit: str = field("Symbol of the unit as in OME, such as s or ms.")
    in_: float | None = field(_IN, converted(Dimension.TIME), name="in", init=False)


@value
class Temperature:
    """A temperature with its unit."""

    value: float = field("The number.")
    unit: str = field("Symbol of the unit as in OME, such as °C or K.")
    in_: float | None = field(_IN, converted(Dimension.TEMPERATURE), name="in", init=False)


@value
class Pressure:
    """A pressure with its unit."""

    value: float = field("The number.")
    unit: str = field("Symbol of the unit as in OME, such as mbar or Pa.")
    in_: float | None = field(_IN, converted(Dimension.PRESSURE), name="in", init=False)


@value
class ElectricPotential:
    """A voltage with its unit."""

    value: float = field("The number.")
    unit: str = field("Symbol of the unit as in OME, such as V or mV.")
    in_: float | None = field(_IN, converted(Dimension.ELECTRIC_POTENTIAL), name="in", init=False)


@value
class Power:
    """A power with its unit."""

    value: float = field("The number.")
    unit: str = field("Symbol of the unit as in OME, such as mW or W.")
    in_: float | None = field(_IN, converted(Dimension.POWER), name="in", init=False)


@value
class Frequency:
    """A frequency with its unit."""

    value: float = field("The number.")
    unit: str = field("Symbol of the unit as in OME, such as MHz or Hz.")
    in_: float | None = field(_IN, converted(Dimension.FREQUENCY), name="in", init=False)


@value
class KeyValue:
    """One pair of key and value; keys may repeat."""

    key: str = field("The key.")
    value: str = field("The value, as written.")
    number: float | None = field("The value as a number, where it is one.")
    unit: str | None = field("Symbol of the number's unit, where it has one.")
    namespace: str | None = field("Namespace of the map annotation; null elsewhere.")
    annotation: lazy.MapAnnotation | None = field(
        "The map annotation that holds the pair; null elsewhere.", Named()
    )

    @classmethod
    def of(
        cls,
        annotation_id: int,
        key: str,
        text: str,
        number: float | None,
        unit: str | None,
        namespace: str | None,
    ) -> "KeyValue":
        """Make the pair of a map annotation."""
        return cls(
            key=key,
            value=text,
            number=number,
            unit=unit,
            namespace=namespace,
            annotation=cast("Any", ("MapAnnotation", annotation_id)),
        )


def quantity(kind: Any, default: str) -> Callable[[float, str | None], Any]:
    """Make the function that joins a number and its unit; None if the number is not finite.

    Args:
        kind: Type of the quantity.
        default: Symbol of the unit where none is stored.
    """

    def joined(number: float, unit: str | None) -> Any:
        return kind(value=number, unit=unit or default) if math.isfinite(number) else None

    return joined


length = quantity(Length, "µm")
wavelength = quantity(Length, "nm")
frame_position = quantity(Length, "reference frame")
time = quantity(Time, "s")


def finite(number: float) -> float | None:
    """Return the number; None if it is infinite or none, which JSON cannot say."""
    return number if math.isfinite(number) else None


def packed_color(rgba: int) -> Color:
    """Write a signed 32-bit RGBA, as OME stores it, as #RRGGBBAA."""
    return Color(f"#{rgba & 0xFFFF_FFFF:08X}")


def color(rgba: tuple[int, int, int, int]) -> Color:
    """Write four bytes as #RRGGBBAA."""
    return Color("#" + bytes(rgba).hex().upper())


def pairs(stored: Sequence[Sequence[str]]) -> list[KeyValue]:
    """Show the pairs of a `map` column."""
    return [_pair(str(key), str(text)) for key, text in stored]


def _pair(key: str, text: str) -> KeyValue:
    number, unit, _ = parse_quantity(text) or (None, None, None)
    return KeyValue(key=key, value=text, number=number, unit=unit, namespace=None, annotation=None)
