"""The audit log."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, UtcDateTime


class AuditEntry(Base):
    """One line of the audit log; lines are added, and never changed."""

    __tablename__ = "audit_entry"

    time: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("experimenter.id"), index=True)
    """Who did it; none where nobody was signed in."""
    acted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("experimenter.id"))
    """The administrator who acted as that person."""
    action: Mapped[str] = mapped_column(sa.String(64))
    """What was done, such as "create experimenter"."""
    subject: Mapped[str] = mapped_column(sa.String(255))
    """To what, such as "Experimenter:7"; of failed sign-ins, the name that was given."""
    details: Mapped[str] = mapped_column(sa.Text)
    """JSON: what was changed, before and after."""
    hash: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 of this line and of the hash of the line before."""
