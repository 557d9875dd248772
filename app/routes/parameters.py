"""Numbers and names out of paths and query strings, each checked and named when it is wrong."""

import re
from collections.abc import Collection
from urllib.parse import parse_qsl

from starlette.requests import Request

from app.errors import OutOfRangeError
from store.errors import InvalidInputError, NotFoundError

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_LONGEST = 16_384
"""Longest query string; `c` may name 512 channels."""


class Parameters:
    """The parameters of one request; refuses those that the address does not know.

    Attributes:
        accept: The kinds of answers that the client takes, None if it does not say.

    Raises:
        InvalidInputError: An unknown or repeated query key, or a query that is too long.
    """

    def __init__(self, request: Request, known: Collection[str] = ()) -> None:
        if len(request.scope["query_string"]) > _LONGEST:
            raise InvalidInputError("The address is too long.", f"Use at most {_LONGEST} bytes.")
        self._path = request.path_params
        self.accept = request.headers.get("accept")
        self._query: dict[str, str] = {}
        text = request.scope["query_string"].decode("latin-1")
        for key, value in parse_qsl(text, keep_blank_values=True):
            if key not in known:
                allowed = f"Known are {', '.join(sorted(known))}." if known else "There are none."
                raise InvalidInputError(f"Unknown parameter {key[:64]!r}.", allowed)
            if key in self._query:
                raise InvalidInputError(f"The parameter {key!r} is given twice.", "Give it once.")
            self._query[key] = value

    def identity(self, name: str, kind: str) -> int:
        """Return a database id from the path.

        Raises:
            NotFoundError: No such thing can exist.
        """
        text = str(self._path[name])
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise NotFoundError(kind, text[:32])
        return int(text)

    def place(self, name: str) -> int:
        """Return a zero-based position from the path; see `within` for its upper end.

        Raises:
            InvalidInputError: It is no whole number.
        """
        return _whole(name, str(self._path[name]))

    def position(self, name: str) -> int | None:
        """Return a zero-based position from the query, None if it is not given.

        Raises:
            InvalidInputError: It is no whole number.
        """
        text = self._query.get(name)
        return None if text is None else _whole(name, text)

    def number(self, name: str, lowest: int, highest: int, default: int) -> int:
        """Return a whole number from the query.

        Raises:
            InvalidInputError: It is no whole number, or outside its range.
        """
        text = self._query.get(name)
        if text is None:
            return default
        value = _whole(name, text)
        if not lowest <= value <= highest:
            raise InvalidInputError(
                f"{name}={value} is outside its range.", f"Give {lowest} to {highest}."
            )
        return value

    def text(self, name: str) -> str | None:
        """Return the text of a query key, None if it is not given."""
        return self._query.get(name)

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


def _whole(name: str, text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise InvalidInputError(f"{name}={text[:32]!r} is no whole number.", "Give digits only.")
    return int(text)
