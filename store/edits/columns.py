"""What each column of an editable table may hold, from the tables' own description and one list."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa

from store import models
from store.edits.text import clean_name, clean_text
from store.errors import InvalidInputError
from store.models import enums
from store.models.base import UtcDateTime
from store.models.units import Dimension, unit_of

KEPT_BY_THE_STORE = frozenset(
    {
        *("id", "version", "owner_id", "group_id", "creation_event_id", "update_event_id"),
        *("deleted_event_id", "kind", "sort_name", "text_key"),
    }
)
"""Columns that nobody sets: identity, history, and what follows from others."""

ENUMERATIONS: Mapping[tuple[str, str], type[StrEnum]] = {
    ("Channel", "illumination_type"): enums.IlluminationType,
    ("Channel", "acquisition_mode"): enums.AcquisitionMode,
    ("Channel", "contrast_method"): enums.ContrastMethod,
    ("Plate", "row_naming_convention"): enums.NamingConvention,
    ("Plate", "column_naming_convention"): enums.NamingConvention,
    ("Microscope", "type"): enums.MicroscopeType,
    ("Objective", "correction"): enums.Correction,
    ("Objective", "immersion"): enums.Immersion,
    ("ObjectiveSettings", "medium"): enums.Medium,
    ("Detector", "type"): enums.DetectorType,
    ("DetectorSettings", "binning"): enums.Binning,
    ("Filter", "type"): enums.FilterType,
    ("Laser", "type"): enums.LaserType,
    ("Laser", "laser_medium"): enums.LaserMedium,
    ("Laser", "pulse"): enums.Pulse,
    ("Arc", "type"): enums.ArcType,
    ("Filament", "type"): enums.FilamentType,
    ("Run", "status"): enums.RunStatus,
}
SEVERAL: Mapping[tuple[str, str], type[StrEnum]] = {
    ("Experiment", "type"): enums.ExperimentType,
    ("MicrobeamManipulation", "type"): enums.MicrobeamManipulationType,
}
"""Columns that hold values of an enumeration with a space between them."""

DIMENSIONS: Mapping[str, tuple[Dimension, str]] = {
    "physical_size": (Dimension.LENGTH, "µm"),
    "time_increment": (Dimension.TIME, "s"),
    "delta_t": (Dimension.TIME, "s"),
    "exposure_time": (Dimension.TIME, "s"),
    "position": (Dimension.LENGTH, "reference frame"),
    "excitation_wavelength": (Dimension.LENGTH, "nm"),
    "emission_wavelength": (Dimension.LENGTH, "nm"),
    "wavelength": (Dimension.LENGTH, "nm"),
    "pinhole_size": (Dimension.LENGTH, "µm"),
    "well_origin": (Dimension.LENGTH, "reference frame"),
    "working_distance": (Dimension.LENGTH, "µm"),
    "voltage": (Dimension.ELECTRIC_POTENTIAL, "V"),
    "cut": (Dimension.LENGTH, "nm"),
    "power": (Dimension.POWER, "mW"),
    "repetition_rate": (Dimension.FREQUENCY, "Hz"),
    "read_out_rate": (Dimension.FREQUENCY, "MHz"),
    "temperature": (Dimension.TEMPERATURE, "°C"),
    "air_pressure": (Dimension.PRESSURE, "mbar"),
    "duration": (Dimension.TIME, "s"),
    "x": (Dimension.LENGTH, "reference frame"),
    "y": (Dimension.LENGTH, "reference frame"),
    "z": (Dimension.LENGTH, "reference frame"),
}
"""How names of quantities begin: what they measure, and OME's unit where none is given."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which numbers a column takes."""

    least: float | None = None
    most: float | None = None
    above: float | None = None

    def refusal(self, value: float) -> str | None:
        """Say what a number has to be, if it is not."""
        if self.above is not None and value <= self.above:
            return f"greater than {self.above:g}"
        if self.least is not None and value < self.least:
            return f"at least {self.least:g}"
        if self.most is not None and value > self.most:
            return f"at most {self.most:g}"
        return None


FRACTION, POSITIVE, COUNT, ONE_UP = (Bounds(0, 1), Bounds(above=0), Bounds(0), Bounds(1))
RANGES: Mapping[str, Bounds] = {
    **dict.fromkeys(("humidity", "co2_percent", "transmittance", "attenuation"), FRACTION),
    **dict.fromkeys(("excitation_wavelength", "emission_wavelength", "wavelength"), POSITIVE),
    **dict.fromkeys(("physical_size_x", "physical_size_y", "physical_size_z"), POSITIVE),
    **dict.fromkeys(("cut_in", "cut_out"), POSITIVE),
    **dict.fromkeys(("cut_in_tolerance", "cut_out_tolerance", "duration"), COUNT),
    **dict.fromkeys(("row", "column", "index", "series", "field_index"), COUNT),
    **dict.fromkeys(("the_z", "the_c", "the_t"), COUNT),
    **dict.fromkeys(("rows", "columns", "maximum_field_count", "samples_per_pixel"), ONE_UP),
    **dict.fromkeys(("integration", "frequency_multiplication"), ONE_UP),
}
"""By name of column, in whatever table: OME has one rule for each."""

_LASER = ("type", "laser_medium", "wavelength", "frequency_multiplication", "tuneable")
_LIGHT_SOURCE = ("power", "manufacturer", "model", "serial_number", "lot_number", "instrument_id")
_ANNOTATION = ("namespace", "description", "person_id")
OF_KIND: Mapping[type[models.Base], tuple[str, ...]] = {
    models.Laser: (*_LIGHT_SOURCE, *_LASER, "pulse", "pockel_cell", "repetition_rate", "pump_id"),
    models.Arc: (*_LIGHT_SOURCE, "type"),
    models.Filament: (*_LIGHT_SOURCE, "type"),
    models.LightEmittingDiode: _LIGHT_SOURCE,
    models.GenericExcitationSource: (*_LIGHT_SOURCE, "map"),
    models.CommentAnnotation: (*_ANNOTATION, "text_value"),
    models.TagAnnotation: (*_ANNOTATION, "text_value"),
    models.TermAnnotation: (*_ANNOTATION, "text_value"),
    models.XMLAnnotation: (*_ANNOTATION, "text_value"),
    models.LongAnnotation: (*_ANNOTATION, "long_value"),
    models.DoubleAnnotation: (*_ANNOTATION, "double_value"),
    models.BooleanAnnotation: (*_ANNOTATION, "bool_value"),
    models.TimestampAnnotation: (*_ANNOTATION, "time_value"),
    models.FileAnnotation: (*_ANNOTATION, "file_id"),
    models.ListAnnotation: _ANNOTATION,
    models.MapAnnotation: _ANNOTATION,
}
"""Columns of a shared table that one kind has, units left out."""

REQUIRED_OF_KIND = ("text_value", "long_value", "double_value", "bool_value", "time_value")
"""Columns that a kind cannot be without, though the shared table allows it."""

ONE_LINE = frozenset({"TagAnnotation", "TermAnnotation"})
"""Kinds whose text is a name."""

EDITED: Mapping[type[models.Base], tuple[str, ...]] = {
    models.Image: (
        *("name", "description", "acquisition_date", "instrument_id", "experiment_id"),
        *("person_id", "person_group_id"),
    ),
    models.Pixels: ("physical_size_x", "physical_size_y", "physical_size_z", "time_increment"),
    models.Channel: (
        *("name", "illumination_type", "acquisition_mode", "contrast_method", "fluor", "color"),
        *("excitation_wavelength", "emission_wavelength", "nd_filter", "pinhole_size"),
        *("pockel_cell_setting", "lookup_table", "filter_set_id"),
    ),
    models.Plane: ("delta_t", "exposure_time", "position_x", "position_y", "position_z"),
    models.RenderingSettings: ("name",),
}
"""Of tables that describe files or are saved whole, the columns that are changed one by one."""

FIXED = frozenset(
    {
        *("instrument_id", "filter_id", "plate_id", "screen_id", "well_id", "protocol_id"),
        *("image_id", "channel_id", "microbeam_manipulation_id", "experiment_id"),
    }
)
"""References that say what a row is part of: where they are required, they stay as made."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One column of one kind."""

    name: str
    label: str
    kind: Any
    required: bool
    references: type[models.Base] | None
    unit_of: str | None
    """The quantity that it is the unit of."""
    fixed: bool
    """May be set when the row is made, and not afterwards."""


@cache
def columns_of(entity: type[models.Base]) -> dict[str, Facts]:
    """Describe the columns of a kind that people may set, by name."""
    table = entity.__table__
    named = EDITED.get(entity) or OF_KIND.get(entity)
    found = {}
    for column in table.columns:
        base = column.key.removesuffix("_unit")
        unit = base if base != column.key and base in table.columns else None
        if column.key in KEPT_BY_THE_STORE or (named and (unit or column.key) not in named):
            continue
        found[column.key] = _facts(entity, column, unit)
    return found


def cleaned(entity: type[models.Base], facts: Facts, value: Any) -> Any:
    """Check one value, and return it as it is kept.

    Raises:
        InvalidInputError: The column cannot hold it.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        if facts.required:
            raise InvalidInputError(f"The {facts.label} is missing.", "Give one.")
        return None
    if facts.references is not None:
        return _integer(facts, value, 63)
    key = (entity.__name__, facts.name)
    if key in ENUMERATIONS:
        return _choice(facts, ENUMERATIONS[key], value)
    if key in SEVERAL:
        texts = value.split() if isinstance(value, str) else list(value)
        return " ".join(_choice(facts, SEVERAL[key], text) for text in texts) or None
    if facts.unit_of is not None:
        return unit_of(_text(facts, value), dimension_of(facts.unit_of)[0]).symbol
    if entity.__name__ in ONE_LINE and facts.name == "text_value":
        return clean_name(_text(facts, value), facts.label)
    return _typed(facts, value)


def dimension_of(quantity: str) -> tuple[Dimension, str]:
    """Return what a quantity measures and its usual unit: of the longest name it begins with."""
    known = [key for key in DIMENSIONS if quantity == key or quantity.startswith(f"{key}_")]
    return DIMENSIONS[max(known, key=len)]


def _facts(entity: type[models.Base], column: Any, unit: str | None) -> Facts:
    target = next((key.column.table.name for key in column.foreign_keys), None)
    required = not column.nullable and column.default is None
    reference = None if target is None else _class_of(target)
    return Facts(
        name=column.key,
        label=column.key.removesuffix("_id").removesuffix("_value").replace("_", " "),
        kind=column.type,
        required=required or (entity in OF_KIND and column.key in REQUIRED_OF_KIND),
        references=reference,
        unit_of=unit,
        fixed=required and reference is not None and column.key in FIXED,
    )


def _class_of(table: str) -> type[models.Base]:
    found: type[models.Base] = next(
        mapper.class_
        for mapper in models.Base.registry.mappers
        if mapper.inherits is None and str(mapper.local_table) == table
    )
    return found


def _typed(facts: Facts, value: Any) -> Any:
    kind = facts.kind
    if isinstance(kind, UtcDateTime):
        return _moment(facts, value)
    if isinstance(kind, sa.Text):
        return clean_text(_text(facts, value), facts.label)
    if isinstance(kind, sa.String):
        return _line(facts, value)
    if isinstance(kind, sa.Boolean):
        if not isinstance(value, bool):
            raise _unfit(facts, "true or false")
        return value
    if isinstance(kind, sa.JSON):
        return _pairs(facts, value)
    if isinstance(kind, sa.Integer):
        return _ranged(facts, _integer(facts, value, 63 if isinstance(kind, sa.BigInteger) else 31))
    return _ranged(facts, _number(facts, value))


def _line(facts: Facts, value: Any) -> str:
    text = clean_name(_text(facts, value), facts.label)
    if facts.kind.length is not None and len(text) > facts.kind.length:
        raise InvalidInputError(
            f"The {facts.label} has {len(text)} characters; {facts.kind.length} are allowed.",
            "Shorten it.",
        )
    return text


def _text(facts: Facts, value: Any) -> str:
    if not isinstance(value, str):
        raise _unfit(facts, "text")
    return value


def _integer(facts: Facts, value: Any, bits: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**bits) <= value < 2**bits:
        raise _unfit(facts, f"a whole number of {bits + 1} bits")
    return value


def _number(facts: Facts, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unfit(facts, "a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _unfit(facts, "a finite number")
    return number


def _ranged(facts: Facts, value: Any) -> Any:
    refusal = RANGES[facts.name].refusal(value) if facts.name in RANGES else None
    if refusal is not None:
        raise _unfit(facts, refusal)
    return value


def _moment(facts: Facts, value: Any) -> dt.datetime:
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise _unfit(facts, "a point in time with its zone")
    try:
        return value.astimezone(dt.UTC)
    except OverflowError:
        raise _unfit(facts, "in the years 1 to 9999") from None


def _pairs(facts: Facts, value: Any) -> list[list[str]]:
    try:
        pairs = [(key, text) for key, text in value]
    except (TypeError, ValueError):
        raise _unfit(facts, "a list of pairs of key and value") from None
    return [
        [clean_name(_text(facts, key), "key"), clean_text(_text(facts, text), "value") or ""]
        for key, text in pairs
    ]


def _choice(facts: Facts, choices: type[StrEnum], value: Any) -> str:
    try:
        return choices(value).value
    except ValueError:
        raise InvalidInputError(
            f"{str(value)[:40]!r} is no {facts.label}.",
            f"Use one of {', '.join(choice.value for choice in choices)}.",
        ) from None


def _unfit(facts: Facts, wanted: str) -> InvalidInputError:
    return InvalidInputError(f"The {facts.label} must be {wanted}.", "Correct the value.")
