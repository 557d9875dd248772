"""Protocols, what they were used for, and runs that record where data comes from."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, Owned, UtcDateTime, unique_while_live
from store.models.names import Named
from store.models.quantities import Choice, LongText, ShortText


class Protocol(Named, Owned, Base):
    """One version of a protocol: how something is done."""

    __tablename__ = "protocol"
    __table_args__ = (sa.Index(None, "sort_name", "id"),)

    description: Mapped[LongText]
    label: Mapped[ShortText]
    """What people call this version, such as "2.1"."""
    type: Mapped[ShortText]
    """What it is for, such as "imaging" or "staining"; "screen" or "experiment" from files."""
    identifier: Mapped[str | None] = mapped_column(sa.String(1024))
    """Main identifier outside, such as a DOI (OME: Screen.ProtocolIdentifier)."""
    previous_id: Mapped[int | None] = mapped_column(sa.ForeignKey("protocol.id"), index=True)
    """The version that this one replaces."""


class ProtocolStep(Owned, Base):
    """One step of a protocol."""

    __tablename__ = "protocol_step"
    __table_args__ = (unique_while_live("protocol_step", "protocol_id", "index"),)

    protocol_id: Mapped[int] = mapped_column(sa.ForeignKey("protocol.id"))
    index: Mapped[int] = mapped_column(sa.Integer)
    title: Mapped[str | None] = mapped_column(sa.String(1024))
    text: Mapped[LongText]
    duration: Mapped[float | None]
    duration_unit: Mapped[str | None] = mapped_column(sa.String(16))


class ProtocolReagent(Owned, Base):
    """One substance that a protocol needs."""

    __tablename__ = "protocol_reagent"
    __table_args__ = (unique_while_live("protocol_reagent", "protocol_id", "index"),)

    protocol_id: Mapped[int] = mapped_column(sa.ForeignKey("protocol.id"))
    index: Mapped[int] = mapped_column(sa.Integer)
    name: Mapped[str] = mapped_column(sa.String(1024))
    identifier: Mapped[ShortText]
    """Such as a catalogue number or an RRID."""
    supplier: Mapped[ShortText]
    amount: Mapped[ShortText]


class ProtocolIdentifier(Owned, Base):
    """One identifier of a protocol outside, such as a DOI or a page of protocols.io."""

    __tablename__ = "protocol_identifier"
    __table_args__ = (unique_while_live("protocol_identifier", "protocol_id", "system", "value"),)

    protocol_id: Mapped[int] = mapped_column(sa.ForeignKey("protocol.id"))
    system: Mapped[str] = mapped_column(sa.String(255))
    value: Mapped[str] = mapped_column(sa.String(1024))


class ProtocolInstrumentLink(Owned, Base):
    """One instrument that a protocol uses."""

    __tablename__ = "protocol_instrument_link"
    __table_args__ = (sa.UniqueConstraint("parent_id", "child_id"), sa.Index(None, "child_id"))

    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("protocol.id"))
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("instrument.id"))


class ProtocolFileLink(Owned, Base):
    """One file attached to a protocol."""

    __tablename__ = "protocol_file_link"
    __table_args__ = (sa.UniqueConstraint("parent_id", "child_id"), sa.Index(None, "child_id"))

    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("protocol.id"))
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("original_file.id"))


class ProtocolLink(Owned, Base):
    """One protocol that a project, dataset, screen, plate or image was made by."""

    __tablename__ = "protocol_link"
    __table_args__ = (
        sa.UniqueConstraint("parent_type", "parent_id", "child_id", name="uq_protocol_link"),
        sa.Index("ix_protocol_link_child", "child_id", "parent_type", "parent_id"),
    )

    parent_type: Mapped[str] = mapped_column(sa.String(32))
    parent_id: Mapped[int] = mapped_column(sa.BigInteger)
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("protocol.id"))


class Run(Named, Owned, Base):
    """One use of software or of a protocol that made data from data."""

    __tablename__ = "run"
    __table_args__ = (sa.Index(None, "sort_name", "id"),)

    description: Mapped[LongText]
    protocol_id: Mapped[int | None] = mapped_column(sa.ForeignKey("protocol.id"), index=True)
    software: Mapped[ShortText]
    software_version: Mapped[ShortText]
    parameters: Mapped[list[Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    """Pairs of key and value, in order."""
    status: Mapped[Choice]
    start_time: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    end_time: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class RunLink(Owned, Base):
    """One object that a run read or made."""

    __tablename__ = "run_link"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "role", "object_type", "object_id", name="uq_run_link"),
        sa.Index("ix_run_link_object", "object_type", "object_id", "role"),
    )

    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"))
    role: Mapped[str] = mapped_column(sa.String(8))
    """"input" or "output"."""
    object_type: Mapped[str] = mapped_column(sa.String(32))
    """Name of the table's class, as in `AnnotationLink`."""
    object_id: Mapped[int] = mapped_column(sa.BigInteger)
