"""Whether a key–value pair is one that a query names, in plain Python."""

from typing import Any

from store.search.grammar import Bound, Pair

METRES = {"nm": 1e-9, "µm": 1e-6}


def compared(pair: Any, wanted: Pair) -> bool:
    """Compare keys without case, and values as texts or as numbers."""
    if pair.key.lower() != wanted.key.lower():
        return False
    value = pair.value.lower().replace("µ", "μ")
    if wanted.value is not None:
        text = wanted.value.lower()
        return bool(value.startswith(text) if wanted.prefix else value == text)
    return all(
        bound is None or _within(pair.value, bound, least)
        for bound, least in ((wanted.lowest, True), (wanted.highest, False))
    )


def _within(value: str, bound: Bound, least: bool) -> bool:
    text, _, unit = value.partition(" ")
    try:
        number = float(text)
    except ValueError:
        return False
    if bound.unit is not None:
        if not unit:
            return False
        number *= METRES[unit]
    if number == bound.number:
        return bound.closed
    return number > bound.number if least else number < bound.number
