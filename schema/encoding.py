"""Answers as JSON: large ones in pieces, between which other threads get the interpreter lock."""

from collections.abc import Mapping
from typing import Any

import orjson

LARGE = 5_000
"""Objects from which an answer is written in pieces: as a whole it takes a millisecond."""
PIECE = 1_000
"""About how many objects are written at once. Much smaller pieces cost more than the lock."""


def encoded(answer: Mapping[str, Any], objects: int) -> bytes:
    """Return an answer as JSON, the same as `orjson.dumps` gives.

    orjson holds the interpreter lock while it writes: 20 ms for an answer of 100,000 objects, in
    which the event loop could serve nobody.

    Args:
        answer: Dictionaries with text as keys, lists, numbers, text.
        objects: About how many objects it has.
    """
    if objects < LARGE:
        return orjson.dumps(answer)
    parts: list[bytes] = []
    _write(answer, parts, objects)
    return b"".join(parts)


def _write(value: Any, parts: list[bytes], objects: int) -> None:
    """Write a value that has at most about so many objects."""
    if objects > PIECE and type(value) is dict and value:
        sign = b"{"
        for key, one in value.items():
            parts += (sign, orjson.dumps(key), b":")
            _write(one, parts, objects)
            sign = b","
        parts.append(b"}")
    elif objects > PIECE and type(value) is list and value:
        _write_list(value, parts, objects // len(value))
    else:
        parts.append(orjson.dumps(value))


def _write_list(values: list[Any], parts: list[bytes], objects: int) -> None:
    """Write a list whose elements have about so many objects each."""
    sign = b"["
    if objects > PIECE:
        for one in values:
            parts.append(sign)
            _write(one, parts, objects)
            sign = b","
    else:
        step = PIECE // max(objects, 1)
        for start in range(0, len(values), step):
            parts += (sign, orjson.dumps(values[start : start + step])[1:-1])
            sign = b","
    parts.append(b"]")
