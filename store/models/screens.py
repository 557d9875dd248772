"""Screens, plates, wells and what is in them."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, Owned, UtcDateTime
from store.models.names import Named
from store.models.quantities import Choice, LongText, ShortText, Unit


class Screen(Named, Owned, Base):
    """A set of plates; its protocols are linked by `ProtocolLink`."""

    __tablename__ = "screen"
    __table_args__ = (sa.Index(None, "sort_name", "id"),)

    description: Mapped[LongText]
    type: Mapped[ShortText]
    reagent_set_identifier: Mapped[ShortText]
    reagent_set_description: Mapped[LongText]


class Plate(Named, Owned, Base):
    """A multi-well plate; may be in many screens."""

    __tablename__ = "plate"
    __table_args__ = (sa.Index(None, "sort_name", "id"),)

    description: Mapped[LongText]
    status: Mapped[ShortText]
    external_identifier: Mapped[ShortText]
    row_naming_convention: Mapped[Choice]
    column_naming_convention: Mapped[Choice]
    well_origin_x: Mapped[float | None]
    well_origin_x_unit: Mapped[Unit]
    well_origin_y: Mapped[float | None]
    well_origin_y_unit: Mapped[Unit]
    rows: Mapped[int | None]
    columns: Mapped[int | None]
    field_index: Mapped[int | None]
    """Number of the field that is shown for a well, from 0."""


class ScreenPlateLink(Owned, Base):
    """One plate in one screen."""

    __tablename__ = "screen_plate_link"
    __table_args__ = (sa.UniqueConstraint("parent_id", "child_id"), sa.Index(None, "child_id"))

    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("screen.id"))
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("plate.id"))


class PlateAcquisition(Owned, Base):
    """One run of imaging a plate."""

    __tablename__ = "plate_acquisition"

    plate_id: Mapped[int] = mapped_column(sa.ForeignKey("plate.id"), index=True)
    name: Mapped[str | None] = mapped_column(sa.String(1024))
    description: Mapped[LongText]
    start_time: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    end_time: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    maximum_field_count: Mapped[int | None]


class Reagent(Owned, Base):
    """A substance that was put into wells."""

    __tablename__ = "reagent"

    screen_id: Mapped[int] = mapped_column(sa.ForeignKey("screen.id"), index=True)
    name: Mapped[str | None] = mapped_column(sa.String(1024))
    description: Mapped[LongText]
    reagent_identifier: Mapped[ShortText]


class Well(Owned, Base):
    """One well of a plate."""

    __tablename__ = "well"
    __table_args__ = (sa.Index("ix_well_plate_id_row_column", "plate_id", "row", "column"),)

    plate_id: Mapped[int] = mapped_column(sa.ForeignKey("plate.id"))
    row: Mapped[int] = mapped_column(sa.Integer)
    """From 0."""
    column: Mapped[int] = mapped_column(sa.Integer)
    """From 0."""
    external_description: Mapped[LongText]
    external_identifier: Mapped[ShortText]
    type: Mapped[ShortText]
    status: Mapped[ShortText]
    color: Mapped[int | None] = mapped_column(sa.Integer)
    """Signed 32-bit RGBA as in OME-XML."""


class WellReagentLink(Owned, Base):
    """One reagent in one well."""

    __tablename__ = "well_reagent_link"
    __table_args__ = (sa.UniqueConstraint("parent_id", "child_id"), sa.Index(None, "child_id"))

    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("well.id"))
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("reagent.id"))


class WellSample(Owned, Base):
    """One field of view of a well."""

    __tablename__ = "well_sample"
    __table_args__ = (
        sa.Index("ix_well_sample_well_id_index", "well_id", "index"),
        sa.Index("ix_well_sample_plate_acquisition_id_index", "plate_acquisition_id", "index"),
        sa.Index(None, "image_id"),
    )

    well_id: Mapped[int] = mapped_column(sa.ForeignKey("well.id"))
    index: Mapped[int] = mapped_column(sa.Integer)
    """Number of the field among those of the plate, as the file counts them."""
    image_id: Mapped[int | None] = mapped_column(sa.ForeignKey("image.id"))
    plate_acquisition_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plate_acquisition.id"))
    position_x: Mapped[float | None]
    position_x_unit: Mapped[Unit]
    position_y: Mapped[float | None]
    position_y_unit: Mapped[Unit]
    timepoint: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
