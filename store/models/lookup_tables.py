"""Lookup tables that administrators uploaded."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, UtcDateTime


class LookupTable(Base):
    """A lookup table for everybody (OMERO: an original file of the type text/x-lut)."""

    __tablename__ = "lookup_table"

    name: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """As `render.luts.plain_name` gives it."""
    colors: Mapped[bytes] = mapped_column(sa.LargeBinary(768))
    """Red, green, blue of level 0, of level 1 and so on."""
    uploader_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter.id"))
    uploaded: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    """When these colours came."""
