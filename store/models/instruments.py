"""Instruments, their parts, and the settings they were used with."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, Owned, unique_while_live
from store.models.quantities import Choice, ShortText, Unit


class Manufactured:
    """Who made a device, and which one it is (OME: ManufacturerSpec)."""

    manufacturer: Mapped[ShortText]
    model: Mapped[ShortText]
    serial_number: Mapped[ShortText]
    lot_number: Mapped[ShortText]


class Instrument(Owned, Base):
    """A microscope with all its parts."""

    __tablename__ = "instrument"


class Part(Manufactured):
    """A device that belongs to an instrument."""

    instrument_id: Mapped[int] = mapped_column(sa.ForeignKey("instrument.id"), index=True)


class Microscope(Manufactured, Owned, Base):
    """The stand of an instrument; at most one for each."""

    __tablename__ = "microscope"
    __table_args__ = (unique_while_live("microscope", "instrument_id"),)

    instrument_id: Mapped[int] = mapped_column(sa.ForeignKey("instrument.id"))
    type: Mapped[Choice]


class Objective(Part, Owned, Base):
    """An objective lens."""

    __tablename__ = "objective"

    correction: Mapped[Choice]
    immersion: Mapped[Choice]
    lens_na: Mapped[float | None]
    nominal_magnification: Mapped[float | None]
    calibrated_magnification: Mapped[float | None]
    working_distance: Mapped[float | None]
    working_distance_unit: Mapped[Unit]
    iris: Mapped[bool | None]


class Detector(Part, Owned, Base):
    """A camera, photomultiplier or other detector."""

    __tablename__ = "detector"

    type: Mapped[Choice]
    gain: Mapped[float | None]
    voltage: Mapped[float | None]
    voltage_unit: Mapped[Unit]
    offset: Mapped[float | None]
    zoom: Mapped[float | None]
    amplification_gain: Mapped[float | None]


class Dichroic(Part, Owned, Base):
    """A dichroic mirror."""

    __tablename__ = "dichroic"


class Filter(Part, Owned, Base):
    """An optical filter."""

    __tablename__ = "filter"

    type: Mapped[Choice]
    filter_wheel: Mapped[ShortText]


class TransmittanceRange(Owned, Base):
    """Which light a filter lets through; at most one for each filter."""

    __tablename__ = "transmittance_range"
    __table_args__ = (unique_while_live("transmittance_range", "filter_id"),)

    filter_id: Mapped[int] = mapped_column(sa.ForeignKey("filter.id"))
    cut_in: Mapped[float | None]
    cut_in_unit: Mapped[Unit]
    cut_out: Mapped[float | None]
    cut_out_unit: Mapped[Unit]
    cut_in_tolerance: Mapped[float | None]
    cut_in_tolerance_unit: Mapped[Unit]
    cut_out_tolerance: Mapped[float | None]
    cut_out_tolerance_unit: Mapped[Unit]
    transmittance: Mapped[float | None]
    """Fraction, 0 to 1."""


class FilterSet(Part, Owned, Base):
    """Filters and a dichroic that are used together."""

    __tablename__ = "filter_set"

    dichroic_id: Mapped[int | None] = mapped_column(sa.ForeignKey("dichroic.id"), index=True)


class FilterSetExcitationFilterLink(Owned, Base):
    """One excitation filter of a filter set."""

    __tablename__ = "filter_set_excitation_filter_link"
    __table_args__ = (sa.UniqueConstraint("parent_id", "child_id"), sa.Index(None, "child_id"))

    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("filter_set.id"))
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("filter.id"))


class FilterSetEmissionFilterLink(Owned, Base):
    """One emission filter of a filter set."""

    __tablename__ = "filter_set_emission_filter_link"
    __table_args__ = (sa.UniqueConstraint("parent_id", "child_id"), sa.Index(None, "child_id"))

    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("filter_set.id"))
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("filter.id"))


class LightSource(Part, Owned, Base):
    """A light source of one of five kinds, all in one table."""

    __tablename__ = "light_source"

    kind: Mapped[str] = mapped_column(sa.String(32))
    """Name of the class."""
    power: Mapped[float | None]
    power_unit: Mapped[Unit]
    type: Mapped[Choice]
    """Of lasers, arcs and filaments."""
    laser_medium: Mapped[Choice]
    wavelength: Mapped[float | None]
    wavelength_unit: Mapped[Unit]
    frequency_multiplication: Mapped[int | None]
    tuneable: Mapped[bool | None]
    pulse: Mapped[Choice]
    pockel_cell: Mapped[bool | None]
    repetition_rate: Mapped[float | None]
    repetition_rate_unit: Mapped[Unit]
    pump_id: Mapped[int | None] = mapped_column(sa.ForeignKey("light_source.id"), index=True)
    """The light source that drives a laser."""
    map: Mapped[list[Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    """Of generic sources: pairs of key and value, in order."""

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_abstract": True}  # noqa: RUF012


class Laser(LightSource):
    """A laser."""

    __mapper_args__ = {"polymorphic_identity": "Laser"}  # noqa: RUF012


class Arc(LightSource):
    """An arc lamp."""

    __mapper_args__ = {"polymorphic_identity": "Arc"}  # noqa: RUF012


class Filament(LightSource):
    """A lamp with a filament."""

    __mapper_args__ = {"polymorphic_identity": "Filament"}  # noqa: RUF012


class LightEmittingDiode(LightSource):
    """A light-emitting diode."""

    __mapper_args__ = {"polymorphic_identity": "LightEmittingDiode"}  # noqa: RUF012


class GenericExcitationSource(LightSource):
    """A light source of a kind that OME has no element for."""

    __mapper_args__ = {"polymorphic_identity": "GenericExcitationSource"}  # noqa: RUF012


class ObjectiveSettings(Owned, Base):
    """How an objective was used for one image."""

    __tablename__ = "objective_settings"
    __table_args__ = (unique_while_live("objective_settings", "image_id"),)

    image_id: Mapped[int] = mapped_column(sa.ForeignKey("image.id"))
    objective_id: Mapped[int] = mapped_column(sa.ForeignKey("objective.id"), index=True)
    correction_collar: Mapped[float | None]
    medium: Mapped[Choice]
    refractive_index: Mapped[float | None]


class DetectorSettings(Owned, Base):
    """How a detector was used for one channel."""

    __tablename__ = "detector_settings"
    __table_args__ = (unique_while_live("detector_settings", "channel_id"),)

    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channel.id"))
    detector_id: Mapped[int] = mapped_column(sa.ForeignKey("detector.id"), index=True)
    offset: Mapped[float | None]
    gain: Mapped[float | None]
    voltage: Mapped[float | None]
    voltage_unit: Mapped[Unit]
    zoom: Mapped[float | None]
    read_out_rate: Mapped[float | None]
    read_out_rate_unit: Mapped[Unit]
    binning: Mapped[Choice]
    integration: Mapped[int | None]


class LightSourceSettings(Owned, Base):
    """How a light source was used for one channel, or in one microbeam manipulation."""

    __tablename__ = "light_source_settings"
    __table_args__ = (
        unique_while_live("light_source_settings", "channel_id"),
        sa.Index(None, "microbeam_manipulation_id"),
    )

    channel_id: Mapped[int | None] = mapped_column(sa.ForeignKey("channel.id"))
    microbeam_manipulation_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("microbeam_manipulation.id")
    )
    light_source_id: Mapped[int] = mapped_column(sa.ForeignKey("light_source.id"), index=True)
    attenuation: Mapped[float | None]
    """Fraction, 0 to 1."""
    wavelength: Mapped[float | None]
    wavelength_unit: Mapped[Unit]


class LightPath(Owned, Base):
    """The filters and the dichroic that the light of one channel went through."""

    __tablename__ = "light_path"
    __table_args__ = (unique_while_live("light_path", "channel_id"),)

    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channel.id"))
    dichroic_id: Mapped[int | None] = mapped_column(sa.ForeignKey("dichroic.id"), index=True)


class LightPathExcitationFilterLink(Owned, Base):
    """One excitation filter of a light path."""

    __tablename__ = "light_path_excitation_filter_link"
    __table_args__ = (sa.UniqueConstraint("parent_id", "child_id"), sa.Index(None, "child_id"))

    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("light_path.id"))
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("filter.id"))
    index: Mapped[int] = mapped_column(sa.Integer, default=0)


class LightPathEmissionFilterLink(Owned, Base):
    """One emission filter of a light path."""

    __tablename__ = "light_path_emission_filter_link"
    __table_args__ = (sa.UniqueConstraint("parent_id", "child_id"), sa.Index(None, "child_id"))

    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("light_path.id"))
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("filter.id"))
    index: Mapped[int] = mapped_column(sa.Integer, default=0)


class ImagingEnvironment(Owned, Base):
    """Temperature, pressure and air around the sample of one image."""

    __tablename__ = "imaging_environment"
    __table_args__ = (unique_while_live("imaging_environment", "image_id"),)

    image_id: Mapped[int] = mapped_column(sa.ForeignKey("image.id"))
    temperature: Mapped[float | None]
    temperature_unit: Mapped[Unit]
    air_pressure: Mapped[float | None]
    air_pressure_unit: Mapped[Unit]
    humidity: Mapped[float | None]
    """Fraction, 0 to 1."""
    co2_percent: Mapped[float | None]
    """Fraction, 0 to 1, as OME defines it."""
    map: Mapped[list[Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    """Pairs of key and value, in order."""


class StageLabel(Owned, Base):
    """Where the stage was for one image."""

    __tablename__ = "stage_label"
    __table_args__ = (unique_while_live("stage_label", "image_id"),)

    image_id: Mapped[int] = mapped_column(sa.ForeignKey("image.id"))
    name: Mapped[str] = mapped_column(sa.String(1024))
    x: Mapped[float | None]
    x_unit: Mapped[Unit]
    y: Mapped[float | None]
    y_unit: Mapped[Unit]
    z: Mapped[float | None]
    z_unit: Mapped[Unit]
