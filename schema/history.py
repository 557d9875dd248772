"""What happened to things, and what was deleted and can be restored."""

import base64
import binascii
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson
import strawberry

from schema.context import Context
from schema.fields import Argument, Named, field, value
from schema.ids import ID_MAX, database_id
from schema.levels import Reference
from schema.pagination import PageInfo, described
from schema.roots import Told
from schema.types.every import NODES
from schema.types.nodes import Node
from schema.types.people import Event, Experimenter
from store import models
from store.errors import InvalidInputError, NotFoundError
from store.queries import history

FIRST_DEFAULT = 50
_CURSOR_MAX = 200
_TYPES: tuple[Any, ...] = NODES


class HistoryAction(Enum):
    """What was done to a thing."""

    INSERT = "INSERT"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    RESTORE = "RESTORE"
    LINK = "LINK"
    UNLINK = "UNLINK"
    MOVE = "MOVE"


described(
    HistoryAction,
    "What was done to a thing.",
    {
        "INSERT": "It was made.",
        "UPDATE": "Some of its fields were changed.",
        "DELETE": "It was deleted.",
        "RESTORE": "It was brought back.",
        "LINK": "It was put into another thing, or another was put into it.",
        "UNLINK": "It was taken out of another thing, or another was taken out of it.",
        "MOVE": "It was moved to another group.",
    },
)


def _kinds() -> Any:
    """Make the enumeration of the types of which things can be deleted."""
    names = [one.__name__ for one in _TYPES if issubclass(one.entity, models.Owned)]
    values = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper(): name for name in names}
    kind = Enum("DeletedKind", values)  # type: ignore[misc]
    return described(
        kind,
        "A type of things that can be deleted.",
        {key: f"Things of the type {name}." for key, name in values.items()},
    )


DeletedKind = _kinds()


@value
class LinkedThings:
    """Things of one type that a thing was linked with, or no longer."""

    kind: str = field("Name of their type, or of the table that several types share.")
    count: int = field("How many.")
    nodes: list[Node | None] = field(
        "The first 100; null for those that are gone or that you cannot see.", Named()
    )


@value
class FieldChange:
    """One field before and after a change."""

    name: str = field("Name of the field; of links, links or annotations.")
    before: str | None = field("Its value before; null where it had none, and of links.")
    after: str | None = field("Its value after; null where it has none, and of links.")
    linked: LinkedThings | None = field("Of links: what was put in; null for other fields.")
    unlinked: LinkedThings | None = field("Of links: what was taken out; null for other fields.")


@value
class HistoryEntry:
    """One change of one thing."""

    cursor: str = field("Place of the entry in the list.")
    time: dt.datetime = field("When.")
    experimenter: Experimenter | None = field("Who.", Named())
    event: Event | None = field("The change as a whole, which may be of many things.", Named())
    action: HistoryAction = field("What was done.")
    subject: Node | None = field(
        "What it was done to: the thing, or an annotation on it; null where that is gone.", Named()
    )
    changes: list[FieldChange] = field("The fields that became different.")


@value
class HistoryPage:
    """One page of the changes of a thing, newest first."""

    nodes: list[HistoryEntry] = field("The changes.")
    page_info: PageInfo = field("Where the page lies in the list.")


@value
class DeletedThing:
    """One thing that was deleted and can be restored."""

    cursor: str = field("Place of the thing in the list.")
    id: strawberry.ID = field("Its id, for `restore`.")
    name: str | None = field("Its name, if things of its type have names.")
    owner: Experimenter | None = field("Whose it is.", Named())
    time: dt.datetime = field("When it was deleted.")
    experimenter: Experimenter | None = field("Who deleted it.", Named())
    event: Event | None = field(
        "The deletion; restoring one of the things that it took brings all of them back.", Named()
    )


@value
class DeletedPage:
    """One page of deleted things, last deleted first."""

    nodes: list[DeletedThing] = field("The things.")
    page_info: PageInfo = field("Where the page lies in the list.")


@dataclass(frozen=True, slots=True)
class Things:
    """What `LinkedThings` is read from."""

    kind: str
    count: int
    nodes: Sequence[Reference]


@dataclass(frozen=True, slots=True)
class Difference:
    """What `FieldChange` is read from."""

    name: str
    before: str | None
    after: str | None
    linked: Things | None
    unlinked: Things | None


@dataclass(frozen=True, slots=True)
class Row:
    """What `HistoryEntry` and `DeletedThing` are read from."""

    cursor: str
    time: dt.datetime
    experimenter: Reference
    event: Reference
    action: HistoryAction | None = None
    subject: Reference | None = None
    changes: Sequence[Difference] = ()
    id: str = ""
    name: str | None = None
    owner: Reference | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """What `HistoryPage` and `DeletedPage` are read from."""

    nodes: Sequence[Row]
    page_info: PageInfo


def _history(context: Context, thing: Reference, scope: str, page: "Page") -> Rows | None:
    after = None if page.after is None else page.after[0]
    try:
        entries = history.history(
            context.session, context.viewer, *thing, first=page.first + 1, after=after
        )
    except NotFoundError:
        return None
    return _rows([_entry(entry, scope) for entry in entries], page)


def _entry(entry: history.Entry, scope: str) -> Row:
    return Row(
        cursor=_cursor(scope, entry.id),
        time=entry.time,
        experimenter=("Experimenter", entry.experimenter_id),
        event=("Event", entry.event_id),
        action=HistoryAction[entry.action],
        subject=(entry.kind, entry.row_id),
        changes=[_difference(name, *pair) for name, pair in (entry.changes or {}).items()],
    )


def _difference(name: str, before: Any, after: Any) -> Difference:
    unlinked, linked = _things(before), _things(after)
    return Difference(
        name,
        None if unlinked else _text(before),
        None if linked else _text(after),
        linked,
        unlinked,
    )


def _things(value: Any) -> Things | None:
    if not isinstance(value, dict):
        return None
    return Things(value["kind"], value["number"], [(value["kind"], key) for key in value["ids"]])


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def _deleted(context: Context, kind: str, scope: str, page: "Page") -> Rows:
    after = None if page.after is None else (page.after[0], page.after[1])
    found = history.deleted_rows(
        context.session, context.viewer, kind, first=page.first + 1, after=after
    )
    rows = [
        Row(
            cursor=_cursor(scope, one.event_id, one.id),
            time=one.time,
            experimenter=("Experimenter", one.experimenter_id),
            event=("Event", one.event_id),
            id=f"{kind}:{one.id}",
            name=one.name,
            owner=("Experimenter", one.owner_id),
        )
        for one in found
    ]
    return _rows(rows, page)


@dataclass(frozen=True, slots=True)
class Page:
    """Which page is asked for, checked."""

    first: int
    after: Sequence[int] | None


def _rows(rows: Sequence[Row], page: Page) -> Rows:
    kept = rows[: page.first]
    info = PageInfo(
        has_next_page=len(rows) > page.first,
        has_previous_page=page.after is not None,
        start_cursor=kept[0].cursor if kept else None,
        end_cursor=kept[-1].cursor if kept else None,
    )
    return Rows(kept, info)


def _page(place: str, values: Mapping[str, Any], scope: str, parts: int) -> Page:
    first = values.get("first")
    first = FIRST_DEFAULT if first is None else first
    most = history.MOST - 1
    if not 1 <= first <= most:
        raise InvalidInputError(f"`first` of {place} is {first}.", f"Ask for 1 to {most}.")
    after = values.get("after")
    return Page(first, None if after is None else _decoded(after, scope, parts))


def _cursor(scope: str, *keys: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([scope, *keys])).rstrip(b"=").decode()


def _decoded(text: str, scope: str, parts: int) -> Sequence[int]:
    try:
        if len(text) > _CURSOR_MAX:
            raise ValueError(text[:32])
        padded = text + "=" * (-len(text) % 4)
        found, *keys = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if found != scope or len(keys) != parts or not all(map(_is_id, keys)):
            raise ValueError(found)
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInputError(
            f"{text[:64]!r} is no cursor of this list.",
            "Give an `endCursor` or `cursor` of the same list, unchanged.",
        ) from error
    return list(keys)


def _is_id(key: Any) -> bool:
    return type(key) is int and 0 < key <= ID_MAX


def _checked_history(place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    thing = database_id(values["id"])
    if not any(one.__name__ == thing[0] for one in _TYPES if issubclass(one.entity, models.Owned)):
        raise InvalidInputError(
            f"Things of the type {thing[0]} have no history.", "Give the id of a data object."
        )
    scope = f"{place}:{thing[0]}:{thing[1]}"
    return {"thing": thing, "scope": scope, "page": _page(place, values, scope, 1)}


def _checked_deleted(place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = values["kind"].value
    scope = f"{place}:{kind}"
    return {"kind": kind, "scope": scope, "page": _page(place, values, scope, 2)}


_PAGE = [
    Argument("first", int | None, f"Size of the page: 1 to {history.MOST - 1}.", FIRST_DEFAULT),
    Argument("after", str | None, "Cursor of the entry before the page.", None),
]

HISTORY = Told(
    _history,
    [Argument("id", strawberry.ID, "Id, such as `Image:42`."), *_PAGE],
    _checked_history,
)
"""The changes of a thing, of its links and of its annotations."""
TRASH = Told(
    _deleted, [Argument("kind", DeletedKind, "Type of the things."), *_PAGE], _checked_deleted
)
"""The things of one type that were deleted and that the viewer owned."""
