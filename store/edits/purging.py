"""Removing for good what was deleted long ago, one deletion after the other, whole or not at all."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import audit, models
from store.access import Viewer, deleted, kind_of
from store.edits.history import begin_event
from store.edits.outcomes import Ref
from store.edits.relations import RELATIONS, class_named
from store.errors import NotAllowedError, NotFoundError
from store.models.among import among
from store.models.enums import EventType

BATCH = 200
"""Deletions that are looked for at once."""


@dataclass(slots=True)
class Purged:
    """What was removed, or would be."""

    deletions: int = 0
    kept: int = 0
    """Deletions that something else still refers to."""
    rows: Counter[str] = field(default_factory=Counter)
    """How many, by class."""
    paths: list[str] = field(default_factory=list)
    """Of files that no row speaks of any more."""
    contents: list[str] = field(default_factory=list)
    """Names of samples that no pixels have any more."""

    def add(self, other: "Purged") -> None:
        """Count what another deletion took."""
        self.deletions += other.deletions
        self.kept += other.kept
        self.rows += other.rows
        self.paths += other.paths
        self.contents += other.contents


def old_deletions(
    session: Session,
    viewer: Viewer,
    before: dt.datetime,
    *,
    everybody: bool = False,
    after: int = 0,
) -> list[int]:
    """List the next events that deleted something which is deleted still, oldest first.

    Args:
        session: For reading.
        viewer: Who asks.
        before: Only what was deleted before this time.
        everybody: Not only what the viewer deleted; for administrators.
        after: Only greater ids.

    Raises:
        NotAllowedError: Everybody's are asked for by somebody who is no administrator.
    """
    if everybody and not viewer.administrator:
        raise NotAllowedError("Only administrators empty everybody's trash.", "Empty your own.")
    event = models.Event
    found: set[int] = set()
    for entity in _owned():
        statement = (
            sa.select(entity.deleted_event_id)
            .join(event, event.id == entity.deleted_event_id)
            .where(event.time < before, entity.deleted_event_id > after)
            .distinct()
            .order_by(entity.deleted_event_id)
            .limit(BATCH)
        )
        if not everybody:
            statement = statement.where(event.experimenter_id == viewer.experimenter_id)
        found.update(session.scalars(statement))
    return sorted(found)[:BATCH]


def deletions_of(
    session: Session, viewer: Viewer, before: dt.datetime, things: Sequence[Ref]
) -> list[int]:
    """List the events that deleted some things, oldest first.

    Args:
        session: For reading.
        viewer: Who asks.
        before: What was deleted later is left out.
        things: Deleted rows, kind and id.

    Raises:
        NotFoundError: One was not deleted, or is not visible to the viewer.
        NotAllowedError: One was deleted by somebody else, and the viewer is no administrator.
    """
    event = models.Event
    found: set[int] = set()
    for kind, key in things:
        entity: Any = class_named(kind)
        statement = sa.select(event.id, event.time, event.experimenter_id).join(
            entity, entity.deleted_event_id == event.id
        )
        one = session.execute(
            statement.where(entity.id == key, deleted(viewer, entity))
        ).one_or_none()
        if one is None:
            raise NotFoundError(f"deleted {kind_of(entity)}", key)
        if not viewer.administrator and one.experimenter_id != viewer.experimenter_id:
            raise NotAllowedError(
                f"{kind_of(entity).capitalize()} {key} was deleted by somebody else.",
                "Who deleted it removes it for good, or an administrator.",
            )
        if one.time < before:
            found.add(one.id)
    return sorted(found)


def purge_deletion(
    session: Session, viewer: Viewer, event_id: int, *, dry_run: bool = False
) -> Purged:
    """Remove what one deletion took, unless something else refers to it; writes who did.

    What others deleted is removed for administrators; what belongs to others, too: whoever
    deleted it was allowed to.

    Args:
        session: Of the caller's transaction.
        viewer: Who removes it.
        event_id: The deletion.
        dry_run: Only tell what would go.

    Returns:
        What went; files are not touched: the caller does that after the transaction.
    """
    taken = {
        entity: set(keys)
        for entity in _owned()
        if (keys := session.scalars(
            sa.select(entity.id).where(entity.deleted_event_id == event_id)
        ).all())
    }  # fmt: skip
    if not taken or not _allowed(session, viewer, event_id):
        return Purged()
    if _in_use(session, taken):
        return Purged(kept=1)
    done = Purged(1, 0, Counter({one.__name__: len(keys) for one, keys in taken.items()}))
    done.paths = _freed(session, models.OriginalFile, taken, models.OriginalFile.location)
    done.contents = _freed(session, models.Pixels, taken, models.Pixels.content_id)
    if not dry_run:
        _remove(session, taken)
        _record(session, viewer, event_id, done)
    return done


def _allowed(session: Session, viewer: Viewer, event_id: int) -> bool:
    event = models.Event
    who = session.scalar(sa.select(event.experimenter_id).where(event.id == event_id))
    return viewer.administrator or who == viewer.experimenter_id


def _in_use(session: Session, taken: dict[Any, set[int]]) -> bool:
    """Whether a row that stays refers to one that goes."""
    for entity, keys in taken.items():
        for user, column in _users(entity):
            if user not in _owned():
                continue
            refers = [among(column, keys)]
            if user in taken:
                refers.append(~among(user.id, taken[user]))
            if session.scalar(sa.select(user.id).where(*refers).limit(1)) is not None:
                return True
    return any(
        session.scalar(
            sa.select(link.id)
            .where(among(column, taken[entity]), *conditions, link.deleted_event_id.is_(None))
            .limit(1)
        )
        is not None
        for entity, link, column, conditions in _typed(taken)
    )


def _remove(session: Session, taken: dict[Any, set[int]]) -> None:
    """Delete rows, those that refer to others before them."""
    for entity, link, column, conditions in _typed(taken):
        _delete(session, link, among(column, taken[entity]), *conditions)
    count = models.ChildCount
    for entity, keys in taken.items():
        _delete(session, count, count.parent_type == entity.__name__, among(count.parent_id, keys))
        for user, column in _users(entity):
            if user not in _owned():
                _delete(session, user, among(column, keys))
    order = [table.name for table in models.Base.metadata.sorted_tables]
    for entity in sorted(taken, key=lambda one: -order.index(one.__tablename__)):
        _delete(session, entity, among(entity.id, taken[entity]))


def _delete(session: Session, entity: Any, *conditions: Any) -> None:
    session.execute(
        sa.delete(entity).where(*conditions).execution_options(synchronize_session=False)
    )


def _record(session: Session, viewer: Viewer, event_id: int, done: Purged) -> None:
    """Write who removed what; the rows' own history stays, though nobody finds it by them."""
    assert viewer.default_group_id is not None
    event = begin_event(session, viewer, viewer.default_group_id, EventType.INTERNAL)
    changes = {"rows": dict(done.rows), "files": len(done.paths)}
    session.add(
        models.EventLog(
            event_id=event.id,
            entity_type="Event",
            entity_id=event_id,
            action="PURGE",
            changes=changes,
        )
    )
    audit.record(session, viewer, "purge", f"Event:{event_id}", changes)


def _freed(session: Session, entity: Any, taken: dict[Any, set[int]], column: Any) -> list[str]:
    """Values of rows that go which no row has that stays."""
    keys = taken.get(entity)
    if not keys:
        return []
    values = set(session.scalars(sa.select(column).where(among(entity.id, keys)))) - {""}
    staying = session.scalars(
        sa.select(column).where(among(column, values), ~among(entity.id, keys))
    )
    return sorted(values - set(staying))


@cache
def _owned() -> tuple[Any, ...]:
    """The classes of all tables whose rows have owners."""
    mappers = models.Base.registry.mappers
    found = [mapper.class_ for mapper in mappers if mapper.inherits is None]
    return tuple(
        sorted((one for one in found if issubclass(one, models.Owned)), key=lambda one: str(one))
    )


@cache
def _users(entity: Any) -> tuple[tuple[Any, Any], ...]:
    """Columns that refer to a table, each with its class."""
    found = []
    for mapper in models.Base.registry.mappers:
        if mapper.inherits is not None:
            continue
        for column in mapper.local_table.columns:
            targets = {key.column.table.name for key in column.foreign_keys}
            if entity.__tablename__ in targets:
                found.append((mapper.class_, getattr(mapper.class_, column.key)))
    return tuple(found)


def _typed(taken: dict[Any, set[int]]) -> Iterator[tuple[Any, Any, Any, list[Any]]]:
    """Links that name what they refer to by type and id."""
    seen = set()
    for one in RELATIONS:
        types = {key: value for key, value in one.fixed.items() if key.endswith("_type")}
        for entity, column, kind in (
            (one.parent, one.near, "parent_type"),
            (one.child, one.far, "object_type"),
        ):
            if entity in taken and kind in types and (one.link, entity) not in seen:
                seen.add((one.link, entity))
                link = one.link
                conditions = [getattr(link, kind) == entity.__name__]
                yield entity, link, getattr(link, column), conditions
