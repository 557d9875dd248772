"""Which deleted rows could be brought back."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, deleted
from store.errors import NotAllowedError
from store.models.among import among
from store.models.history import TRASH
from store.queries.history import bounded, owned_class

type Ref = tuple[str, int]


@dataclass(frozen=True, slots=True)
class DeletedRow:
    """One row that can be restored."""

    kind: str
    """As it was named, or asked for."""
    id: int
    name: str | None
    """Where rows of the kind have names."""
    owner_id: int
    event_id: int
    """Of the deletion; with it comes back all that it took."""
    time: dt.datetime
    experimenter_id: int
    """Who deleted it."""
    place: tuple[int, int]
    """Where the row is in the list that it is from: give it as `after`."""


def trash(
    session: Session,
    viewer: Viewer,
    *,
    kind: str | None = None,
    first: int = 50,
    after: tuple[int, int] | None = None,
    everybody: bool = False,
) -> list[DeletedRow]:
    """List the deleted rows that the viewer owned; last deleted first.

    Without a kind, those that were named for deletion: of one deletion one after the other, as
    they were named; what they took along is not listed. The number of statements depends on the
    number of kinds in the page, and grows with the deletions in between that were undone. Of one
    kind, all of them; one statement.

    Args:
        session: For reading.
        viewer: Who asks.
        kind: Class of the rows.
        first: How many, at most 200.
        after: The place of the row before the first that is wanted.
        everybody: Everybody's rows; for administrators.

    Raises:
        InvalidInputError: No such kind, or no such number of rows.
        NotAllowedError: Everybody's rows are asked for by somebody who is no administrator.
    """
    if everybody and not viewer.administrator:
        raise NotAllowedError(
            "Only administrators see everybody's trash.", "Ask for your own things."
        )
    if kind is not None:
        return _of_kind(session, viewer, kind, first, after, everybody)
    return _named(session, viewer, first, after, everybody)


def _named(
    session: Session, viewer: Viewer, first: int, after: tuple[int, int] | None, everybody: bool
) -> list[DeletedRow]:
    log, event = models.EventLog, models.Event
    statement = (
        sa.select(log.id, log.event_id, log.changes, event.time, event.experimenter_id)
        .join(event, event.id == log.event_id)
        .where(log.entity_type == TRASH)
        .order_by(log.id.desc())
        .limit(max(bounded(first), _LINES))
    )
    if not everybody:
        statement = statement.where(log.entity_id == viewer.experimenter_id)
    if after is not None:
        statement = statement.where(log.id <= after[0])
    found: list[DeletedRow] = []
    lines: Sequence[Any] = session.execute(statement).all()
    while lines and len(found) < first:
        found += _still_deleted(session, viewer, lines, after)
        if len(found) < first:
            lines = session.execute(statement.where(log.id < lines[-1].id)).all()
    return found[:first]


def _still_deleted(
    session: Session, viewer: Viewer, lines: Sequence[Any], after: tuple[int, int] | None
) -> list[DeletedRow]:
    """List what lines of the record name, behind a place, without what lives again."""
    named = [
        (line, number, (kind, key))
        for line in lines
        for number, (kind, key) in enumerate(line.changes["named"], 1)
        if after is None or line.id < after[0] or (line.id == after[0] and number > after[1])
    ]
    rows = _deleted_refs(session, viewer, {ref for _, _, ref in named})
    return [
        DeletedRow(
            *(*ref, rows[ref].name, rows[ref].owner_id),
            *(line.event_id, line.time, line.experimenter_id, (line.id, number)),
        )
        for line, number, ref in named
        if ref in rows and rows[ref].deleted_event_id == line.event_id
    ]


def _deleted_refs(session: Session, viewer: Viewer, refs: Iterable[Ref]) -> Mapping[Ref, Any]:
    """Load names, owners and deletions of rows that are deleted; one statement for each kind."""
    keys: defaultdict[str, set[int]] = defaultdict(set)
    for kind, key in refs:
        keys[kind].add(key)
    found = {}
    for kind, some in sorted(keys.items()):
        entity = owned_class(kind)
        statement = sa.select(*_columns(entity)).where(deleted(viewer, entity))
        for row in session.execute(statement.where(among(entity.id, some))):
            found[kind, row.id] = row
    return found


def _columns(entity: Any) -> tuple[Any, ...]:
    name = next((getattr(entity, one) for one in _NAMES if hasattr(entity, one)), sa.null())
    return entity.id, name.label("name"), entity.owner_id, entity.deleted_event_id


_LINES = 50
"""Lines of the record that are read at least at once: those of what lives again say nothing."""
_NAMES = ("name", "text_value")
"""Columns that tell people which row it is."""


def _of_kind(
    session: Session,
    viewer: Viewer,
    kind: str,
    first: int,
    after: tuple[int, int] | None,
    everybody: bool,
) -> list[DeletedRow]:
    entity = owned_class(kind)
    event = models.Event
    statement = (
        sa.select(*_columns(entity), event.time, event.experimenter_id)
        .join(event, event.id == entity.deleted_event_id)
        .where(deleted(viewer, entity))
        .order_by(entity.deleted_event_id.desc(), entity.id.desc())
        .limit(bounded(first))
    )
    if not everybody:
        statement = statement.where(entity.owner_id == viewer.experimenter_id)
    if after is not None:
        statement = statement.where(
            sa.tuple_(entity.deleted_event_id, entity.id) < sa.tuple_(*after)
        )
    return [
        DeletedRow(
            *(kind, row.id, row.name, row.owner_id, row.deleted_event_id),
            *(row.time, row.experimenter_id, (row.deleted_event_id, row.id)),
        )
        for row in session.execute(statement)
    ]
