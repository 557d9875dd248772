"""Files on their way in, piece by piece."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, UtcDateTime


class Upload(Base):
    """One file that somebody sends; what has come so far lies below the data folder.

    Whoever sends it sees it, and nobody else.
    """

    __tablename__ = "upload"
    __table_args__ = (
        sa.UniqueConstraint("token"),
        sa.Index(None, "experimenter_id", "batch"),
    )

    token: Mapped[str] = mapped_column(sa.String(32))
    """Names it in addresses and on disk; no secret."""
    experimenter_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter.id"))
    batch: Mapped[str] = mapped_column(sa.String(64))
    """Of uploads that are imported together: the sender's own name for them."""
    path: Mapped[str] = mapped_column(sa.Text)
    """Name with the folders below the one that was sent, as it came: data, never a place."""
    size: Mapped[int] = mapped_column(sa.BigInteger)
    sha256: Mapped[str | None] = mapped_column(sa.String(64))
    """Of the whole, as the sender says; of what has come, once it is complete."""
    modified: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When it was written where it comes from."""
    created: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    completed: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
