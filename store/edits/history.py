"""Events: the record of who changed what, written with the change itself."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, recorded_as
from store.models.enums import EventType
from store.models.history import TRASH

Action = Literal[
    "INSERT", "UPDATE", "DELETE", "RESTORE", "LINK", "UNLINK", "MOVE", "GIVE", "DOWNLOAD"
]
LISTED = 100
"""Ids that one entry of the record names; of more, the number is kept."""


def begin_event(
    session: Session, viewer: Viewer, group_id: int, kind: EventType = EventType.USER
) -> models.Event:
    """Write the event that the rows of one transaction will point at."""
    event = models.Event(
        time=dt.datetime.now(dt.UTC),
        type=kind.value,
        experimenter_id=viewer.experimenter_id,
        acted_by_id=viewer.acted_by,
        group_id=group_id,
    )
    if session.get_bind().dialect.name == "postgresql":
        event.transaction = sa.cast(sa.cast(sa.func.pg_current_xact_id(), sa.Text), sa.BigInteger)
    session.add(event)
    session.flush()
    return event


def log_change(
    session: Session,
    event: models.Event,
    entity: type[models.Base],
    ids: Iterable[int],
    action: Action,
    changes: Mapping[int, Mapping[str, Any]] | None = None,
) -> None:
    """Write which rows of an entity an event changed; one statement.

    Args:
        session: Of the caller's transaction.
        event: What they were changed in.
        entity: Their class; kinds that share a table are recorded under the table's class.
        ids: Which rows.
        action: What happened to them.
        changes: Of each row: column → [value before, value after], as JSON can hold them.
    """
    name = recorded_as(entity)
    rows = [
        {
            "event_id": event.id,
            "entity_type": name,
            "entity_id": key,
            "action": action,
            "changes": _plain(changes[key]) if changes and key in changes else None,
        }
        for key in ids
    ]
    if rows:
        statement = sa.insert(models.EventLog).execution_options(render_nulls=True)
        session.execute(statement, rows)


def log_deletion(
    session: Session, event: models.Event, named: Mapping[tuple[str, int], int]
) -> None:
    """Write what was named for deletion, for its owners to find; one statement.

    Args:
        session: Of the caller's transaction.
        event: The deletion.
        named: Kind and id of each row that was named, not of what it took → its owner.
    """
    theirs: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    for ref, owner in named.items():
        theirs[owner].append(ref)
    rows = [
        {
            "event_id": event.id,
            "entity_type": TRASH,
            "entity_id": owner,
            "action": "DELETE",
            "changes": {"named": refs[start : start + LISTED]},
        }
        for owner, refs in theirs.items()
        # The last line is read first.
        for start in reversed(range(0, len(refs), LISTED))
    ]
    if rows:
        session.execute(sa.insert(models.EventLog), rows)


def listed(kind: str, ids: Iterable[int]) -> dict[str, Any]:
    """Describe any number of rows in a few words of JSON."""
    keys = sorted(ids)
    return {"kind": kind, "number": len(keys), "ids": keys[:LISTED]}


def details(viewer: Viewer, group_id: int, event: models.Event) -> dict[str, int]:
    """Return the columns of `models.Owned` for a row that is made now."""
    return {
        "owner_id": viewer.experimenter_id,
        "group_id": group_id,
        "creation_event_id": event.id,
        "update_event_id": event.id,
    }


def _plain(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {column: [_json(value) for value in pair] for column, pair in changes.items()}


def _json(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return f"{len(value)} bytes" if isinstance(value, bytes) else value
