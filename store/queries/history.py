"""What happened to a row: the record of it, of its links and of its annotations."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, deleted, kind_of, recorded_as, select_visible, visible
from store.errors import InvalidInputError, NotFoundError

MOST = 200
"""Entries of one page."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one row."""

    id: int
    """Grows with time: the cursor."""
    event_id: int
    time: dt.datetime
    experimenter_id: int
    """Who did it."""
    group_id: int
    kind: str
    """Class of the table of the row that changed: the row asked for, or "Annotation"."""
    row_id: int
    action: str
    """INSERT, UPDATE, DELETE, RESTORE, LINK, UNLINK, MOVE or DOWNLOAD."""
    changes: dict[str, Any] | None
    """Column → [value before, value after]; of links under "links", what was (un)linked."""


def history(
    session: Session,
    viewer: Viewer,
    kind: str,
    key: int,
    *,
    first: int = 50,
    after: int | None = None,
) -> list[Entry]:
    """List the changes of a row, of its links and of its annotations; newest first.

    Two statements; the second reads the record of this row alone, by its indexes.

    Args:
        session: For reading.
        viewer: Who asks: sees the row, or owned it when it was deleted (or is administrator).
        kind: Class of the row.
        key: Its database id.
        first: How many entries, at most 200.
        after: The id of the entry before the first that is wanted.

    Raises:
        NotFoundError: No such row, or not visible to this viewer.
        InvalidInputError: No such kind, or no such number of entries.
    """
    entity = owned_class(kind)
    _refuse_hidden(session, viewer, entity, key)
    log, event = models.EventLog, models.Event
    table = recorded_as(entity)
    statement = (
        sa.select(
            *(log.id, log.event_id, event.time, event.experimenter_id, event.group_id),
            *(log.entity_type, log.entity_id, log.action, log.changes),
        )
        .join(event, event.id == log.event_id)
        .where(
            sa.or_(
                sa.and_(log.entity_type == table, log.entity_id == key),
                sa.and_(
                    log.entity_type == "Annotation",
                    log.entity_id.in_(_annotations(viewer, table, key)),
                ),
            )
        )
        .order_by(log.id.desc())
        .limit(bounded(first))
    )
    if after is not None:
        statement = statement.where(log.id < after)
    return [Entry(*row) for row in session.execute(statement)]


def owned_class(kind: str) -> Any:
    """Return the class of a kind.

    Raises:
        InvalidInputError: There is no such kind with owners.
    """
    found: Any = getattr(models, kind, None)
    if not isinstance(found, type) or not issubclass(found, models.Owned) or found is models.Owned:
        raise InvalidInputError(f"There is no kind {kind[:64]!r} with a history.", "Check the id.")
    return found


def _refuse_hidden(session: Session, viewer: Viewer, entity: Any, key: int) -> None:
    own = deleted(viewer, entity)
    if not viewer.administrator:
        own = sa.and_(own, entity.owner_id == viewer.experimenter_id)
    statement = sa.select(entity.id).where(entity.id == key, sa.or_(visible(viewer, entity), own))
    if session.scalar(statement) is None:
        raise NotFoundError(kind_of(entity), key)


def _annotations(viewer: Viewer, table: str, key: int) -> Any:
    """Select the annotations on a row that the viewer sees."""
    link, annotation = models.AnnotationLink, models.Annotation
    return (
        select_visible(viewer, link, link.child_id)
        .join(annotation, annotation.id == link.child_id)
        .where(visible(viewer, annotation), link.parent_type == table, link.parent_id == key)
    )


def bounded(first: int) -> int:
    """Return a number of entries that may be asked for.

    Raises:
        InvalidInputError: It is not between 1 and `MOST`.
    """
    if not 0 < first <= MOST:
        raise InvalidInputError(f"{first} entries are asked for.", f"Ask for 1 to {MOST}.")
    return first
