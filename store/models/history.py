"""Events: who changed what, when."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, UtcDateTime

TRASH = "Trash"
"""Type of the lines of the record that tell the owners of rows what was deleted."""


class Event(Base):
    """One transaction of one person; rows point at the events that made and changed them."""

    __tablename__ = "event"

    time: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    type: Mapped[str] = mapped_column(sa.String(32))
    """A value of `enums.EventType`."""
    experimenter_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter.id"))
    acted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("experimenter.id"))
    """The administrator who acted as that person."""
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter_group.id"))
    transaction: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    """Number of PostgreSQL's transaction, by which those who listen find what they have not seen;
    none on SQLite, where one transaction comes after the other."""


class EventLog(Base):
    """One change of one row within an event."""

    __tablename__ = "event_log"
    __table_args__ = (sa.Index(None, "entity_type", "entity_id"),)

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    entity_type: Mapped[str] = mapped_column(sa.String(64))
    """Class of the row's table; or `TRASH`, and the id is that of the owner."""
    entity_id: Mapped[int] = mapped_column(sa.BigInteger)
    action: Mapped[str] = mapped_column(sa.String(16))
    """INSERT, UPDATE, DELETE, RESTORE, LINK, UNLINK, MOVE or DOWNLOAD."""
    changes: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    """Of updates: column → [value before, value after]; of `TRASH`: what was named; of lookup
    tables that come or go: their name, likewise."""
