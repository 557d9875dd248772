"""Pairs of key and value as rows: folded for finding, and read as numbers where they are some."""

from collections.abc import Iterable, Sequence
from typing import Any

from store.models import units
from store.models.names import SORT_LENGTH


def folded(text: str) -> str:
    """Return the text that keys and values are found by: without case, and of limited length."""
    return text.casefold()[:SORT_LENGTH]


def map_pairs(pairs: Iterable[Sequence[str]]) -> list[dict[str, Any]]:
    """Describe the pairs of one map annotation as rows of `models.MapPair`.

    Args:
        pairs: Key and value of each, in order; keys may repeat.

    Returns:
        Columns of the rows but for the annotation, numbered from 0.

    >>> row = map_pairs([("Dose", "10 uM")])[0]
    >>> row["index"], row["key_key"], row["value_key"], row["number"]
    (0, 'dose', '10 um', 10.0)
    """
    return [
        {"index": index, "key": key, "value": value, **found_by(key, value)}
        for index, (key, value) in enumerate(pairs)
    ]


def found_by(key: str, value: str) -> dict[str, Any]:
    """Return the columns of `models.MapPair` that a pair is found by."""
    number, unit, base = units.parse_quantity(value) or (None, None, None)
    return {
        "key_key": folded(key),
        "value_key": folded(value),
        "number": number,
        "unit": unit,
        "base_number": base,
    }
