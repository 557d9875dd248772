"""What was changed since somebody last looked, as far as they may see it."""

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from store import models
from store.access import Viewer, deleted, owned_class, visible
from store.models.among import among
from store.queries.lineage import Read, Thing, ancestry, within

type State = int | str
"""How far somebody has looked: the last number on SQLite, the snapshot on PostgreSQL."""

_SNAPSHOT = re.compile(r"(\d+):(\d+):([\d,]*)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one row."""

    number: int
    """Ascending in the order of writing."""
    event_id: int
    kind: str
    """Name of the class of the row's table."""
    id: int
    action: str
    type: str = ""
    """Name of the row's own class, where several share a table; known once it was `seen`."""

    @property
    def thing(self) -> Thing:
        """The row."""
        return self.kind, self.id


def state_of(read: Read, dialect: str) -> State:
    """Return how far somebody has looked who looks at everything now."""
    if dialect == "postgresql":
        snapshot: sa.Select[Any] = sa.select(sa.cast(sa.func.pg_current_snapshot(), sa.Text))
        return str(read(snapshot, {})[0][0])
    newest: sa.Select[Any] = sa.select(sa.func.max(models.EventLog.id))
    return int(read(newest, {})[0][0] or 0)


def entries_since(read: Read, state: State, most: int) -> list[Entry]:
    """List changes that were committed since, in the order of writing, whoever may see them.

    Args:
        read: Runs statements, all in one snapshot.
        state: How far somebody had looked.
        most: How many to list.
    """
    log = models.EventLog
    columns: list[Any] = [log.id, log.event_id, log.entity_type, log.entity_id, log.action]
    # That somebody downloaded something is no change of it.
    changed = sa.select(*columns).where(log.action != "DOWNLOAD")
    statement: Any = changed.order_by(log.id).limit(most)
    if isinstance(state, int):
        rows = read(statement.where(log.id > sa.bindparam("after", type_=sa.BigInteger())),
                    {"after": state})  # fmt: skip
    else:
        rows = read(
            statement.join(models.Event, models.Event.id == log.event_id).where(_unseen(state)), {}
        )
    return [Entry(*row) for row in rows]


def _unseen(snapshot: str) -> sa.ColumnElement[bool]:
    """Build the condition that an event's transaction was not committed in an older snapshot.

    Numbers of rows do not tell: they are given when a row is written, and a transaction may end
    long after one that began later.
    """
    found = _SNAPSHOT.fullmatch(snapshot)
    assert found is not None
    running = [int(number) for number in found[3].split(",") if number]
    number = models.Event.transaction
    return sa.or_(number >= int(found[2]), among(number, running))


def seen(read: Read, viewer: Viewer, entries: Sequence[Entry]) -> list[Entry]:
    """Keep the changes of rows that a viewer may see, or could see until they were deleted."""
    types: dict[Thing, str] = {}
    for name in {entry.kind for entry in entries}:
        entity = owned_class(name)
        if entity is None:
            continue
        keys = sorted({entry.id for entry in entries if entry.kind == name})
        mine = sa.or_(visible(viewer, entity), deleted(viewer, entity))
        own = sa.inspect(entity).polymorphic_on
        columns = (entity.id, sa.literal(name) if own is None else own)
        statement: Any = sa.select(*columns).where(mine, among(entity.id, keys))
        types |= {(name, key): type_ for key, type_ in read(statement, {})}
    return [
        dataclasses.replace(entry, type=types[entry.thing])
        for entry in entries
        if entry.thing in types
    ]


def below(read: Read, viewer: Viewer, entries: Sequence[Entry], container: Thing) -> list[Entry]:
    """Keep the changes of a container and of what is in it at any depth.

    Args:
        read: Runs statements.
        viewer: Who asks.
        entries: Changes that the viewer may see.
        container: Such as ("Project", 3).
    """
    things = sorted({entry.thing for entry in entries})
    inside = within(things, container, ancestry(read, viewer, things, gone=True))
    return [entry for entry in entries if entry.thing in inside]
