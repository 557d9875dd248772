"""Enumerations: the values of the OME-XML schema, whatever they are called here."""

from enum import Enum, StrEnum

import pytest
from ome_types import model

from store import models
from store.models import enums

OME: dict[type[StrEnum], type[Enum]] = {
    enums.Binning: model.Binning,
    enums.FontFamily: model.Shape_FontFamily,
    enums.FontStyle: model.Shape_FontStyle,
    enums.FillRule: model.Shape_FillRule,
    enums.Marker: model.Marker,
    enums.NamingConvention: model.NamingConvention,
    enums.Compression: model.BinData_Compression,
    enums.IlluminationType: model.Channel_IlluminationType,
    enums.AcquisitionMode: model.Channel_AcquisitionMode,
    enums.ContrastMethod: model.Channel_ContrastMethod,
    enums.MicroscopeType: model.Microscope_Type,
    enums.Correction: model.Objective_Correction,
    enums.Immersion: model.Objective_Immersion,
    enums.Medium: model.ObjectiveSettings_Medium,
    enums.DetectorType: model.Detector_Type,
    enums.FilterType: model.Filter_Type,
    enums.LaserType: model.Laser_Type,
    enums.LaserMedium: model.Laser_LaserMedium,
    enums.Pulse: model.Laser_Pulse,
    enums.ArcType: model.Arc_Type,
    enums.FilamentType: model.Filament_Type,
    enums.ExperimentType: model.Experiment_value,
    enums.MicrobeamManipulationType: model.MicrobeamManipulation_value,
    enums.DimensionOrder: model.Pixels_DimensionOrder,
}


@pytest.mark.parametrize(("ours", "theirs"), OME.items())
def test_values_are_those_of_the_ome_schema(ours: type[StrEnum], theirs: type[Enum]) -> None:
    assert {value.value for value in ours} == {value.value for value in theirs}


def test_pixel_types_are_those_of_the_ome_schema_and_three_of_tiff() -> None:
    ome = {value.value for value in model.PixelType}
    assert {value.value for value in enums.PixelType} - ome == {"int64", "uint64", "half"}
    assert ome <= {value.value for value in enums.PixelType}


def test_kinds_are_the_classes_of_the_tables() -> None:
    assert {kind.value for kind in enums.AnnotationKind} == subclasses(models.Annotation)
    assert {kind.value for kind in enums.ShapeKind} == subclasses(models.Shape)


def subclasses(entity: type[object]) -> set[str]:
    """Names of the kinds that share a table."""
    return {kind.__name__ for kind in entity.__subclasses__()}
