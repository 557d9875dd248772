"""What was deleted and can be restored."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import strawberry

from schema.context import Context
from schema.entries import ARGUMENTS, Asked, Entries, asked, cursor, paged
from schema.fields import Argument, Named, field, value
from schema.levels import Reference
from schema.pagination import PageInfo, described
from schema.roots import Told
from schema.types.every import NODES
from schema.types.people import Event, Experimenter
from store import models
from store.queries import trash

_TYPES: tuple[Any, ...] = NODES


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
class DeletedThing:
    """One thing that was deleted and can be restored."""

    cursor: str = field("Place of the thing in the list.")
    id: strawberry.ID = field("Its id, for `restore`.")
    name: str | None = field("Its name or text, if things of its type have one.")
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
class Row:
    """What `DeletedThing` is read from."""

    cursor: str
    id: str
    name: str | None
    owner: Reference
    time: dt.datetime
    experimenter: Reference
    event: Reference


def _deleted(
    context: Context, kind: str | None, everybody: bool, scope: str, page: Asked
) -> Entries:
    after = None if page.after is None else (page.after[0], page.after[1])
    with context.asking() as session:
        found = trash.trash(
            session,
            context.viewer,
            kind=kind,
            first=page.first + 1,
            after=after,
            everybody=everybody,
        )
    return paged([_row(one, scope) for one in found], page)


def _row(one: trash.DeletedRow, scope: str) -> Row:
    return Row(
        cursor=cursor(scope, *one.place),
        id=f"{one.kind}:{one.id}",
        name=one.name,
        owner=("Experimenter", one.owner_id),
        time=one.time,
        experimenter=("Experimenter", one.experimenter_id),
        event=("Event", one.event_id),
    )


def _checked(place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = None if values.get("kind") is None else values["kind"].value
    scope = f"{place}:{kind or ''}"
    return {
        "kind": kind,
        "everybody": bool(values.get("everybody")),
        "scope": scope,
        "page": asked(place, values, scope, 2),
    }


TRASH = Told(
    _deleted,
    [
        Argument(
            "kind",
            DeletedKind | None,
            "Only things of this type, also those that went with others; without, what was named"
            " for deletion, of all types.",
            None,
        ),
        Argument("everybody", bool, "Everybody's things; for administrators.", False),
        *ARGUMENTS,
    ],
    _checked,
)
"""The things that were deleted and that the viewer owned."""
