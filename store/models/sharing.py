"""What is shown to people outside its group: grants to people and groups, and links."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, UtcDateTime

PUBLIC = "public"
"""Audience of what everybody is granted, also without signing in."""


class AccessGrant(Base):
    """A right to one thing and all below it, for a person, a group or everybody."""

    __tablename__ = "access_grant"
    __table_args__ = (sa.UniqueConstraint("target_kind", "target_id", "audience"),)

    target_kind: Mapped[str] = mapped_column(sa.String(16))
    """Class of the thing: a project, dataset, screen, plate or image."""
    target_id: Mapped[int] = mapped_column(sa.BigInteger)
    level: Mapped[str] = mapped_column(sa.String(16))
    """A value of `enums.GrantLevel`."""
    audience: Mapped[str] = mapped_column(sa.String(64), index=True)
    """Who has it, such as "Experimenter:7"; "public" for everybody."""
    experimenter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("experimenter.id"))
    """The person, if it is one."""
    group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("experimenter_group.id"), index=True)
    """The group, if it is one."""
    grantor_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter.id"), index=True)
    """Who gave it."""
    created: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class ShareLink(Base):
    """An address that shows one thing and all below it to whoever has it."""

    __tablename__ = "share_link"
    __table_args__ = (sa.Index(None, "target_kind", "target_id"),)

    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """SHA-256; the secret itself is kept nowhere."""
    target_kind: Mapped[str] = mapped_column(sa.String(16))
    target_id: Mapped[int] = mapped_column(sa.BigInteger)
    name: Mapped[str | None] = mapped_column(sa.String(255))
    """What it is for."""
    state: Mapped[str | None] = mapped_column(sa.Text)
    """What the client shows at first: the query of its address."""
    creator_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter.id"), index=True)
    created: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    max_uses: Mapped[int | None] = mapped_column(sa.Integer)
    """How often it can be opened."""
    uses: Mapped[int] = mapped_column(sa.Integer, default=0)
    last_used: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class ShareVisit(Base):
    """A browser that has opened a link; only the SHA-256 of its secret is kept."""

    __tablename__ = "share_visit"

    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    share_link_id: Mapped[int] = mapped_column(sa.ForeignKey("share_link.id"), index=True)
    started: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
