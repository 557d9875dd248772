"""Events: the record of who changed what, written with the change itself."""

import datetime as dt
from collections.abc import Iterable
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.models.enums import EventType

Action = Literal["INSERT", "UPDATE", "DELETE"]


def begin_event(
    session: Session, viewer: Viewer, group_id: int, kind: EventType = EventType.USER
) -> models.Event:
    """Write the event that the rows of one transaction will point at."""
    event = models.Event(
        time=dt.datetime.now(dt.UTC),
        type=kind.value,
        experimenter_id=viewer.experimenter_id,
        group_id=group_id,
    )
    session.add(event)
    session.flush()
    return event


def log_change(
    session: Session,
    event: models.Event,
    entity: type[models.Base],
    ids: Iterable[int],
    action: Action,
) -> None:
    """Write which rows of an entity an event changed; one statement."""
    name = entity.__name__
    rows = [
        {"event_id": event.id, "entity_type": name, "entity_id": key, "action": action}
        for key in ids
    ]
    if rows:
        session.execute(sa.insert(models.EventLog), rows)


def details(viewer: Viewer, group_id: int, event: models.Event) -> dict[str, int]:
    """Return the columns of `models.Owned` for a row that is made now."""
    return {
        "owner_id": viewer.experimenter_id,
        "group_id": group_id,
        "creation_event_id": event.id,
        "update_event_id": event.id,
    }
