"""Instruments and their parts; light sources are in `schema.types.light_sources`."""

from schema.fields import Column, Many, One, Paged, entity, field
from schema.pagination import Connection
from schema.reads import Children
from schema.types import lazy
from schema.types.annotated import Annotated, annotatable
from schema.types.choices import choice
from schema.types.devices import Device, Part
from schema.types.owned import Owned
from schema.types.scalars import ElectricPotential, Length, length, quantity, wavelength
from store import models
from store.models.enums import (
    Correction,
    DetectorType,
    FilterType,
    Immersion,
    MicroscopeType,
)

_EXCITATION = models.FilterSetExcitationFilterLink
_EMISSION = models.FilterSetEmissionFilterLink
_PATH_EXCITATION = models.LightPathExcitationFilterLink
_PATH_EMISSION = models.LightPathEmissionFilterLink


@entity(models.Instrument)
@annotatable
class Instrument(Owned, Annotated):
    """A microscope with all its parts."""

    microscope: lazy.Microscope | None = field("The stand.", One(theirs="instrument_id"))
    objectives: list[lazy.Objective] = field(
        "The objectives.", Many(Children(models.Objective, parent="instrument_id"), "id")
    )
    detectors: list[lazy.Detector] = field(
        "The detectors.", Many(Children(models.Detector, parent="instrument_id"), "id")
    )
    light_sources: list[lazy.LightSource] = field(
        "The light sources.", Many(Children(models.LightSource, parent="instrument_id"), "id")
    )
    filters: list[lazy.Filter] = field(
        "The filters.", Many(Children(models.Filter, parent="instrument_id"), "id")
    )
    filter_sets: list[lazy.FilterSet] = field(
        "The filter sets.", Many(Children(models.FilterSet, parent="instrument_id"), "id")
    )
    dichroics: list[lazy.Dichroic] = field(
        "The dichroic mirrors.", Many(Children(models.Dichroic, parent="instrument_id"), "id")
    )
    images: Connection[lazy.Image] = field(
        "The images taken with it.", Paged(Children(models.Image, parent="instrument_id"))
    )
    protocols: Connection[lazy.Protocol] = field(
        "The protocols that use it.",
        Paged(Children(models.Protocol, models.ProtocolInstrumentLink, "child_id", "parent_id")),
    )


@entity(models.Microscope)
class Microscope(Owned, Device):
    """The stand of an instrument."""

    type: MicroscopeType | None = field("How it is built.", Column(choice(MicroscopeType)))
    instrument: lazy.Instrument | None = field(
        "The instrument that it belongs to.", One("instrument_id")
    )


@entity(models.Objective)
@annotatable
class Objective(Owned, Part, Annotated):
    """An objective lens."""

    correction: Correction | None = field("What it is corrected for.", Column(choice(Correction)))
    immersion: Immersion | None = field("What it is dipped in.", Column(choice(Immersion)))
    lens_na: float | None = field("Numerical aperture.")
    nominal_magnification: float | None = field("Magnification as written on it.")
    calibrated_magnification: float | None = field("Magnification as measured.")
    working_distance: Length | None = field(
        "Distance to what is in focus.",
        Column(length, "working_distance", "working_distance_unit"),
    )
    iris: bool | None = field("Whether it has an iris diaphragm.")
    settings: Connection[lazy.ObjectiveSettings] = field(
        "How it was used.", Paged(Children(models.ObjectiveSettings, parent="objective_id"))
    )


@entity(models.Detector)
@annotatable
class Detector(Owned, Part, Annotated):
    """A camera, photomultiplier or other detector."""

    type: DetectorType | None = field("What it is.", Column(choice(DetectorType)))
    gain: float | None = field("Gain, in the manufacturer's measure.")
    voltage: ElectricPotential | None = field(
        "Voltage.", Column(quantity(ElectricPotential, "V"), "voltage", "voltage_unit")
    )
    offset: float | None = field("Offset, in the manufacturer's measure.")
    zoom: float | None = field("Zoom factor.")
    amplification_gain: float | None = field("Gain of the amplification.")
    settings: Connection[lazy.DetectorSettings] = field(
        "How it was used.", Paged(Children(models.DetectorSettings, parent="detector_id"))
    )


@entity(models.Dichroic)
@annotatable
class Dichroic(Owned, Part, Annotated):
    """A dichroic mirror."""

    filter_sets: Connection[lazy.FilterSet] = field(
        "The filter sets with it.", Paged(Children(models.FilterSet, parent="dichroic_id"))
    )
    light_paths: Connection[lazy.LightPath] = field(
        "The light paths with it.", Paged(Children(models.LightPath, parent="dichroic_id"))
    )


@entity(models.Filter)
@annotatable
class Filter(Owned, Part, Annotated):
    """An optical filter."""

    type: FilterType | None = field("What it is.", Column(choice(FilterType)))
    filter_wheel: str | None = field("The wheel that it is in.")
    transmittance_range: lazy.TransmittanceRange | None = field(
        "Which light it lets through.", One(theirs="filter_id")
    )
    excitation_of: Connection[lazy.FilterSet] = field(
        "The filter sets in which it filters exciting light.",
        Paged(Children(models.FilterSet, _EXCITATION, "child_id", "parent_id")),
    )
    emission_of: Connection[lazy.FilterSet] = field(
        "The filter sets in which it filters emitted light.",
        Paged(Children(models.FilterSet, _EMISSION, "child_id", "parent_id")),
    )
    excitation_light_paths: Connection[lazy.LightPath] = field(
        "The light paths in which it filters exciting light.",
        Paged(Children(models.LightPath, _PATH_EXCITATION, "child_id", "parent_id")),
    )
    emission_light_paths: Connection[lazy.LightPath] = field(
        "The light paths in which it filters emitted light.",
        Paged(Children(models.LightPath, _PATH_EMISSION, "child_id", "parent_id")),
    )


@entity(models.TransmittanceRange)
class TransmittanceRange(Owned):
    """Which light a filter lets through."""

    cut_in: Length | None = field(
        "Shortest wavelength.", Column(wavelength, "cut_in", "cut_in_unit")
    )
    cut_out: Length | None = field(
        "Longest wavelength.", Column(wavelength, "cut_out", "cut_out_unit")
    )
    cut_in_tolerance: Length | None = field(
        "Tolerance of the shortest wavelength.",
        Column(wavelength, "cut_in_tolerance", "cut_in_tolerance_unit"),
    )
    cut_out_tolerance: Length | None = field(
        "Tolerance of the longest wavelength.",
        Column(wavelength, "cut_out_tolerance", "cut_out_tolerance_unit"),
    )
    transmittance: float | None = field("Fraction of the light that passes, 0 to 1.")
    filter: Filter | None = field("The filter.", One("filter_id"))


@entity(models.FilterSet)
class FilterSet(Owned, Part):
    """Filters and a dichroic that are used together."""

    dichroic: Dichroic | None = field("The dichroic mirror.", One("dichroic_id"))
    excitation_filters: list[Filter] = field(
        "The filters of exciting light.", Many(Children(models.Filter, _EXCITATION), "id")
    )
    emission_filters: list[Filter] = field(
        "The filters of emitted light.", Many(Children(models.Filter, _EMISSION), "id")
    )
    channels: Connection[lazy.Channel] = field(
        "The channels taken with it.", Paged(Children(models.Channel, parent="filter_set_id"))
    )
