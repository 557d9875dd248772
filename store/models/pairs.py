"""What is kept beside a key and a value: how they are found, and the number that a value is."""

import unicodedata
from typing import Any

from store.models.units import parse_quantity

FOLDED_LENGTH = 200
"""Characters of a key or value that finding looks at."""


def folded(text: str) -> str:
    """Return what a key or value is found by: one form of each character, without case.

    >>> folded(" Temperature (µM) ")
    'temperature (μm)'
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(plain.split())[:FOLDED_LENGTH]


def pair_row(key: str, value: str, unit: str | None = None) -> dict[str, Any]:
    """Return the columns of `MapPair` for a pair, without its annotation and place.

    Args:
        key: As it is shown.
        value: As it is shown; a number, with or without a unit, is also kept as a number.
        unit: Unit of values that are bare numbers, such as one that stands in a table's heading.

    >>> pair_row("Temperature", "37", "°C")["base_number"]
    310.15
    """
    found = parse_quantity(value)
    if found is not None and found[1] is None and unit is not None:
        found = parse_quantity(f"{value} {unit}") or found
    number, symbol, base = found or (None, None, None)
    return {
        "key": key,
        "value": value,
        "key_key": folded(key),
        "value_key": folded(value),
        "number": number,
        "unit": symbol,
        "base_number": base,
    }
