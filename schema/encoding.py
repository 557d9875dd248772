"""Answers as JSON: large ones in pieces, between which other threads get the interpreter lock."""

from collections.abc import Mapping
from typing import Any

import orjson

PIECE = 200
"""Elements of a list that are written at once."""
LARGE = 5_000
"""Objects from which an answer is written in pieces: as a whole it takes a millisecond."""
DEPTH = 10
"""How deep lists are looked for."""


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
    _write(answer, parts, DEPTH)
    return b"".join(parts)


def _write(value: Any, parts: list[bytes], depth: int) -> None:
    if depth and type(value) is dict and value:
        sign = b"{"
        for key, one in value.items():
            parts += (sign, orjson.dumps(key), b":")
            _write(one, parts, depth - 1)
            sign = b","
        parts.append(b"}")
    elif depth and type(value) is list and value:
        sign = b"["
        if len(value) <= PIECE:
            for one in value:
                parts.append(sign)
                _write(one, parts, depth - 1)
                sign = b","
        else:
            for start in range(0, len(value), PIECE):
                parts += (sign, orjson.dumps(value[start : start + PIECE])[1:-1])
                sign = b","
        parts.append(b"]")
    else:
        parts.append(orjson.dumps(value))
