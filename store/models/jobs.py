"""Work that takes longer than a request, and answers kept for repeated requests."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, Owned, UtcDateTime
from store.models.quantities import LongText


class Job(Owned, Base):
    """One piece of work in the background, such as an import."""

    __tablename__ = "job"
    __table_args__ = (sa.Index(None, "owner_id", "id"),)

    kind: Mapped[str] = mapped_column(sa.String(32))
    status: Mapped[str] = mapped_column(sa.String(16))
    """A value of `enums.JobStatus`."""
    title: Mapped[str] = mapped_column(sa.String(1024))
    progress: Mapped[float] = mapped_column(sa.Float, default=0.0)
    """Fraction that is done, 0 to 1."""
    message: Mapped[LongText]
    """What it is doing, or why it failed and what to do."""
    submitted: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    started: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    finished: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    parameters: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    result: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))


class IdempotentRequest(Base):
    """The outcome of a change that a client named with a key, to be given again to repetitions."""

    __tablename__ = "idempotent_request"
    __table_args__ = (sa.UniqueConstraint("experimenter_id", "key"),)

    experimenter_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter.id"))
    key: Mapped[str] = mapped_column(sa.String(255))
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 over the field and its arguments: another request with the same key is refused."""
    outcome: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    time: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
