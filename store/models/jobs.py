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


class JobItem(Base):
    """One fileset of an import: what is to be done, and then what became of it.

    Seen by those who see the job. It is written in the transaction that does the work, so an import
    that was cut off goes on with the first item that waits.
    """

    __tablename__ = "job_item"
    __table_args__ = (
        sa.UniqueConstraint("job_id", "index"),
        sa.Index(None, "job_id", "state", "index"),
    )

    job_id: Mapped[int] = mapped_column(sa.ForeignKey("job.id"))
    index: Mapped[int] = mapped_column(sa.Integer)
    """Place in the order of the import, from 0."""
    path: Mapped[str] = mapped_column(sa.Text)
    """The file or folder that leads, for people; what is no UTF-8 of it is replaced."""
    plan: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    """What is to be imported, and where it goes; none of what is left out."""
    state: Mapped[str] = mapped_column(sa.String(16))
    """A value of `enums.ImportState`."""
    message: Mapped[LongText]
    """Why it failed or was left out, with the remedy."""
    code: Mapped[str | None] = mapped_column(sa.String(32))
    """Stable name of what went wrong, as in `store.errors`."""
    fileset_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("fileset.id", ondelete="SET NULL"), index=True
    )
    images: Mapped[list[int] | None] = mapped_column(sa.JSON(none_as_null=True))
    """Database ids."""
    seconds: Mapped[float | None] = mapped_column(sa.Float)


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
