"""What is kept beside a key and a value: how they are found, and the number that a value is."""

import re
import unicodedata
from typing import Any

from store.models.names import sort_key
from store.models.units import find_unit, in_base, parse_quantity

FOLDED_LENGTH = 200
"""Characters of a key or value that finding looks at."""


def folded(text: str) -> str:
    """Return what a key or value is found by: one form of each character, without case.

    >>> folded(" Temperature (µM) ")
    'temperature (μm)'
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(plain.split())[:FOLDED_LENGTH]


def heading_unit(key: str) -> str | None:
    """Return the symbol of the unit that a key names in brackets at its end, if it does.

    >>> heading_unit("Temperature (°C)"), heading_unit("dose [um]"), heading_unit("Gene (human)")
    ('°C', 'µm', None)
    """
    found = _UNIT.search(key) if len(key) <= FOLDED_LENGTH else None
    unit = None if found is None else find_unit(found[1].strip())
    return None if unit is None else unit.symbol


def pair_row(key: str, value: str) -> dict[str, Any]:
    """Return the columns of `MapPair` for a pair, without its annotation and place.

    Args:
        key: As it is shown; a unit in brackets at its end is that of values that are bare numbers.
        value: As it is shown; a number, with or without a unit, is also kept as a number.

    >>> pair_row("Temperature (°C)", "37")["base_number"]
    310.15
    """
    found = parse_quantity(value)
    if found is not None and found[1] is None:
        unit = heading_unit(key)
        found = found if unit is None else (found[0], unit, in_base(found[0], unit))
    number, symbol, base = found or (None, None, None)
    value_key = folded(value)
    sort_value = sort_key(value_key)
    return {
        "key": key,
        "value": value,
        "key_key": folded(key),
        "value_key": value_key,
        "sort_value": None if sort_value == value_key else sort_value,
        "number": number,
        "unit": symbol,
        "base_number": base,
    }


_UNIT = re.compile(r"[(\[]([^()\[\]]{1,32})[)\]]\s*$")
