"""What happened to things."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson
import strawberry

from schema.context import Context
from schema.entries import ARGUMENTS, Asked, Entries, asked, cursor, paged
from schema.fields import Argument, Named, field, value
from schema.ids import database_id
from schema.levels import Reference
from schema.pagination import PageInfo, described
from schema.roots import Told
from schema.types.every import NODES
from schema.types.nodes import Node
from schema.types.people import Event, Experimenter
from store import models
from store.errors import InvalidInputError, NotFoundError
from store.queries import history

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
    GIVE = "GIVE"
    DOWNLOAD = "DOWNLOAD"


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
        "GIVE": "It was given to another owner.",
        "DOWNLOAD": "Its files, or it as a file, were downloaded; not a change.",
    },
)


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
    """What `HistoryEntry` is read from."""

    cursor: str
    time: dt.datetime
    experimenter: Reference
    event: Reference
    action: HistoryAction
    subject: Reference
    changes: Sequence[Difference]


def _history(context: Context, thing: Reference, scope: str, page: Asked) -> Entries | None:
    after = None if page.after is None else page.after[0]
    try:
        with context.asking() as session:
            entries = history.history(
                session, context.viewer, *thing, first=page.first + 1, after=after
            )
    except NotFoundError:
        return None
    return paged([_entry(entry, scope) for entry in entries], page)


def _entry(entry: history.Entry, scope: str) -> Row:
    return Row(
        cursor=cursor(scope, entry.id),
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


def _checked_history(place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    thing = database_id(values["id"])
    if not any(one.__name__ == thing[0] for one in _TYPES if issubclass(one.entity, models.Owned)):
        raise InvalidInputError(
            f"Things of the type {thing[0]} have no history.", "Give the id of a data object."
        )
    scope = f"{place}:{thing[0]}:{thing[1]}"
    return {"thing": thing, "scope": scope, "page": asked(place, values, scope, 1)}


HISTORY = Told(
    _history,
    [Argument("id", strawberry.ID, "Id, such as `Image:42`."), *ARGUMENTS],
    _checked_history,
)
"""The changes of a thing, of its links and of its annotations."""
