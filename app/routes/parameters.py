"""Numbers and names out of paths and query strings, each checked and named when it is wrong."""

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl

from starlette.requests import Request

from app.errors import OutOfRangeError
from store.errors import InvalidInputError, NotFoundError

DIGITS = re.compile(r"[0-9]{1,18}")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_LONGEST = 16_384
"""Longest query string; `c` may name 512 channels."""
_KEPT = 128
"""How many query strings are kept as they were read: a screen of tiles shares one."""


class Query:
    """What a query string says: the same object each time, while it is among the latest."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def position(self, name: str) -> int | None:
        """Return a zero-based position, None if it is not given.

        Raises:
            InvalidInputError: It is no whole number.
        """
        text = self._values.get(name)
        return None if text is None else _whole(name, text)

    def number(self, name: str, lowest: int, highest: int, default: int) -> int:
        """Return a whole number.

        Raises:
            InvalidInputError: It is no whole number, or outside its range.
        """
        text = self._values.get(name)
        if text is None:
            return default
        value = _whole(name, text)
        if not lowest <= value <= highest:
            raise InvalidInputError(
                f"{name}={value} is outside its range.", f"Give {lowest} to {highest}."
            )
        return value

    def text(self, name: str) -> str | None:
        """Return the text of a key, None if it is not given."""
        return self._values.get(name)


class Parameters:
    """The parameters of one request; refuses those that the address does not know.

    Attributes:
        query: What comes after the path; its `position`, `number` and `text` are here, too.

    Raises:
        InvalidInputError: An unknown or repeated query key, or a query that is too long.
    """

    def __init__(self, request: Request, known: frozenset[str] = frozenset()) -> None:
        self._request = request
        self._path = request.path_params
        self.query = _query_of(request.scope["query_string"], known)
        self.position, self.number = self.query.position, self.query.number
        self.text = self.query.text

    @property
    def accept(self) -> str | None:
        """The kinds of answers that the client takes, None if it does not say."""
        return self._request.headers.get("accept")

    def identity(self, name: str, kind: str) -> int:
        """Return a database id from the path.

        Raises:
            NotFoundError: No such thing can exist.
        """
        text = str(self._path[name])
        if not DIGITS.fullmatch(text):
            raise NotFoundError(kind, text[:32])
        return int(text)

    def place(self, name: str) -> int:
        """Return a zero-based position from the path; see `within` for its upper end.

        Raises:
            InvalidInputError: It is no whole number.
        """
        return _whole(name, str(self._path[name]))

    def suffix(self) -> str | None:
        """Return the file name ending of the path: the image format; None if it has none."""
        return self._path.get("format")


def within(name: str, value: int, count: int, what: str) -> int:
    """Return the position if the image has it.

    Args:
        name: Of the parameter.
        value: Zero-based position asked for.
        count: How many there are.
        what: What is counted, in the plural, for the message.

    Raises:
        OutOfRangeError: There is no such position.
    """
    if not 0 <= value < count:
        raise OutOfRangeError(
            f"{name}={value} is outside the image, which has {count} {what}.",
            f"Give 0 to {count - 1}.",
        )
    return value


@lru_cache(maxsize=_KEPT)
def _query_of(text: bytes, known: frozenset[str]) -> Query:
    """Read a query string.

    Raises:
        InvalidInputError: An unknown or repeated key, or a query that is too long.
    """
    if len(text) > _LONGEST:
        raise InvalidInputError("The address is too long.", f"Use at most {_LONGEST} bytes.")
    values: dict[str, str] = {}
    for key, value in parse_qsl(text.decode("latin-1"), keep_blank_values=True):
        if key not in known:
            allowed = f"Known are {', '.join(sorted(known))}." if known else "There are none."
            raise InvalidInputError(f"Unknown parameter {key[:64]!r}.", allowed)
        if key in values:
            raise InvalidInputError(f"The parameter {key!r} is given twice.", "Give it once.")
        values[key] = value
    return Query(values)


@lru_cache(maxsize=1024)
def _whole(name: str, text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise InvalidInputError(f"{name}={text[:32]!r} is no whole number.", "Give digits only.")
    return int(text)
