"""Pages of what happened: of a size, behind a cursor that holds for one list only."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from schema.fields import Argument
from schema.ids import ID_MAX
from schema.pagination import PageInfo
from store.errors import InvalidInputError
from store.queries import history

FIRST_DEFAULT = 50
FIRST_MAX = history.MOST - 1
"""One less than may be read: the entry behind the page tells whether there is a next one."""
_CURSOR_MAX = 200

ARGUMENTS = [
    Argument("first", int | None, f"Size of the page: 1 to {FIRST_MAX}.", FIRST_DEFAULT),
    Argument("after", str | None, "Cursor of the entry before the page.", None),
]
"""Of every field that gives such a page."""


class Placed(Protocol):
    """One entry of a page."""

    @property
    def cursor(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page is asked for, checked."""

    first: int
    after: Sequence[int] | None
    """The numbers in the cursor."""


@dataclass(frozen=True, slots=True)
class Entries:
    """What types of pages are read from."""

    nodes: Sequence[Placed]
    page_info: PageInfo


def asked(place: str, values: Mapping[str, Any], scope: str, numbers: int) -> Asked:
    """Check the arguments of a page.

    Args:
        place: Type and field.
        values: Arguments by Python name.
        scope: Names the list that its cursors hold for.
        numbers: How many numbers its cursors have.

    Raises:
        InvalidInputError: There is no such page.
    """
    first = values.get("first")
    first = FIRST_DEFAULT if first is None else first
    if not 1 <= first <= FIRST_MAX:
        raise InvalidInputError(f"`first` of {place} is {first}.", f"Ask for 1 to {FIRST_MAX}.")
    after = values.get("after")
    return Asked(first, None if after is None else _decoded(after, scope, numbers))


def paged(found: Sequence[Placed], page: Asked) -> Entries:
    """Make the page of entries of which one more than asked for was read."""
    kept = found[: page.first]
    info = PageInfo(
        has_next_page=len(found) > page.first,
        has_previous_page=page.after is not None,
        start_cursor=kept[0].cursor if kept else None,
        end_cursor=kept[-1].cursor if kept else None,
    )
    return Entries(kept, info)


def cursor(scope: str, *numbers: int) -> str:
    """Write down a place in a list: numbers from 1."""
    return base64.urlsafe_b64encode(orjson.dumps([scope, *numbers])).rstrip(b"=").decode()


def _decoded(text: str, scope: str, numbers: int) -> Sequence[int]:
    try:
        if len(text) > _CURSOR_MAX:
            raise ValueError(text[:32])
        padded = text + "=" * (-len(text) % 4)
        found, *keys = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if found != scope or len(keys) != numbers or not all(map(_is_number, keys)):
            raise ValueError(found)
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInputError(
            f"{text[:64]!r} is no cursor of this list.",
            "Give an `endCursor` or `cursor` of the same list, unchanged.",
        ) from error
    return list(keys)


def _is_number(key: Any) -> bool:
    return type(key) is int and 0 < key <= ID_MAX
