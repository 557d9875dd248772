"""The one table of what is what: elements and attributes of OME-XML 2016-06, tables and columns.

Import and export both run from it. Columns are named by convention (`parts.snake`) unless given.
"""

from collections.abc import Mapping

from store import models
from store.documents.parts import (
    COUNT,
    FRACTION,
    INT,
    LONG,
    NATURAL,
    NOT_NEGATIVE,
    POSITIVE,
    SIZE,
    Back,
    Bare,
    Element,
    Held,
    Inline,
    Kind,
    Leaf,
    Many,
    Markup,
    Notes,
    One,
    Owned,
    Pairs,
    Part,
    Value,
    choice,
    choices,
    flag,
    moment,
    number,
    whole,
    words,
)
from store.models import enums

NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06"

_NAMED = words("Name", missing="")
_NAME = words("Name")
_DESCRIPTION = Leaf(words("Description"))
_PERSON = One("ExperimenterRef", "person_id", "Experimenter")
_PERSON_GROUP = One("ExperimenterGroupRef", "person_group_id", "ExperimenterGroup")
_COLOR = whole("Color", INT)
_MAKER = (words("Manufacturer"), words("Model"), words("SerialNumber"), words("LotNumber"))
_LIGHT_SOURCES = ("Laser", "Arc", "Filament", "LightEmittingDiode", "GenericExcitationSource")
_SHAPES = ("Rectangle", "Mask", "Point", "Ellipse", "Line", "Polyline", "Polygon", "Label")
ANNOTATIONS = (
    *("XMLAnnotation", "FileAnnotation", "ListAnnotation", "LongAnnotation", "DoubleAnnotation"),
    *("CommentAnnotation", "BooleanAnnotation", "TimestampAnnotation", "TagAnnotation"),
    *("TermAnnotation", "MapAnnotation"),
)
_COMPRESSION = choice("Compression", enums.Compression)
_DICHROIC = One("DichroicRef", "dichroic_id", "Dichroic")


def _binary(prefix: str) -> tuple[tuple[Value, ...], Value]:
    """Attributes and content of BinData in columns that begin alike."""
    attributes = (
        choice("Compression", enums.Compression, f"{prefix}compression"),
        flag("BigEndian", f"{prefix}big_endian", required=True),
        whole("Length", SIZE, f"{prefix}length", required=True),
    )
    return attributes, Value("BinData", Kind.BINARY, prefix.rstrip("_") or "data", required=True)


_HIERARCHY = (
    Element(
        "Project",
        models.Project,
        (_NAMED,),
        (
            _DESCRIPTION,
            _PERSON,
            _PERSON_GROUP,
            Many("DatasetRef", models.ProjectDatasetLink, "Dataset"),
            Notes(),
        ),
    ),
    Element(
        "Dataset",
        models.Dataset,
        (_NAMED,),
        (
            _DESCRIPTION,
            _PERSON,
            _PERSON_GROUP,
            Many("ImageRef", models.DatasetImageLink, "Image"),
            Notes(),
        ),
    ),
    Element(
        "Folder",
        models.Folder,
        (_NAMED,),
        (
            _DESCRIPTION,
            Back("FolderRef", "parent_id", "Folder"),
            Many("ImageRef", models.FolderImageLink, "Image"),
            Many("ROIRef", models.FolderROILink, "ROI"),
            Notes(),
        ),
    ),
)
_PEOPLE = (
    Element(
        "Experimenter",
        models.Person,
        (
            *(words("FirstName"), words("MiddleName"), words("LastName")),
            *(words("Email"), words("Institution"), words("UserName")),
        ),
        (Notes(),),
    ),
    Element(
        "ExperimenterGroup",
        models.PersonGroup,
        (_NAME,),
        (
            _DESCRIPTION,
            Many("ExperimenterRef", models.PersonGroupMember, "Experimenter", {"leader": False}),
            Many("Leader", models.PersonGroupMember, "Experimenter", {"leader": True}),
            Notes(),
        ),
    ),
)
_EXPERIMENTS = (
    Element(
        "Experiment",
        models.Experiment,
        (choices("Type", enums.ExperimentType),),
        (_DESCRIPTION, _PERSON, Owned(("MicrobeamManipulation",), "experiment_id")),
    ),
    Element(
        "MicrobeamManipulation",
        models.MicrobeamManipulation,
        (choices("Type", enums.MicrobeamManipulationType),),
        (
            _DESCRIPTION,
            Many("ROIRef", models.MicrobeamManipulationROILink, "ROI"),
            _PERSON,
            Owned(("LightSourceSettings",), "microbeam_manipulation_id"),
        ),
    ),
)
_SCREENS = (
    Element(
        "Screen",
        models.Screen,
        (*(_NAMED, words("ReagentSetDescription"), words("ReagentSetIdentifier"), words("Type")),),
        (
            _DESCRIPTION,
            Owned(("Reagent",), "screen_id"),
            Many("PlateRef", models.ScreenPlateLink, "Plate"),
            Notes(),
        ),
        protocol=(
            words("ProtocolIdentifier", "identifier"),
            words("ProtocolDescription", "description"),
        ),
    ),
    Element(
        "Reagent",
        models.Reagent,
        (_NAME, words("ReagentIdentifier")),
        (_DESCRIPTION, Notes()),
    ),
    Element(
        "Plate",
        models.Plate,
        (
            *(_NAMED, words("Status"), words("ExternalIdentifier")),
            choice("ColumnNamingConvention", enums.NamingConvention),
            choice("RowNamingConvention", enums.NamingConvention),
            number("WellOriginX", unit="reference frame"),
            number("WellOriginY", unit="reference frame"),
            *(whole("Rows", COUNT), whole("Columns", COUNT), whole("FieldIndex")),
        ),
        (
            _DESCRIPTION,
            Owned(("Well",), "plate_id"),
            Notes(),
            Owned(("PlateAcquisition",), "plate_id"),
        ),
    ),
    Element(
        "PlateAcquisition",
        models.PlateAcquisition,
        (_NAME, moment("EndTime"), moment("StartTime"), whole("MaximumFieldCount", COUNT)),
        (_DESCRIPTION, Back("WellSampleRef", "plate_acquisition_id", "WellSample"), Notes()),
    ),
    Element(
        "Well",
        models.Well,
        (
            *(whole("Column", required=True), whole("Row", required=True)),
            *(words("ExternalDescription"), words("ExternalIdentifier"), words("Type"), _COLOR),
        ),
        (
            Owned(("WellSample",), "well_id"),
            Many("ReagentRef", models.WellReagentLink, "Reagent", single=True),
            Notes(),
        ),
    ),
    Element(
        "WellSample",
        models.WellSample,
        (
            number("PositionX", unit="reference frame"),
            number("PositionY", unit="reference frame"),
            moment("Timepoint"),
            whole("Index", required=True),
        ),
        (One("ImageRef", "image_id", "Image"),),
    ),
)
_INSTRUMENTS = (
    Element(
        "Instrument",
        models.Instrument,
        (),
        (
            Owned(("Microscope",), "instrument_id"),
            Owned(_LIGHT_SOURCES, "instrument_id", group="LightSourceGroup"),
            Owned(("Detector",), "instrument_id"),
            Owned(("Objective",), "instrument_id"),
            Owned(("FilterSet",), "instrument_id"),
            Owned(("Filter",), "instrument_id"),
            Owned(("Dichroic",), "instrument_id"),
            Notes(),
        ),
    ),
    Element(
        "Microscope",
        models.Microscope,
        (*_MAKER, choice("Type", enums.MicroscopeType)),
        identified=False,
    ),
    Element(
        "Objective",
        models.Objective,
        (
            *_MAKER,
            choice("Correction", enums.Correction),
            choice("Immersion", enums.Immersion),
            *(number("LensNA"), number("NominalMagnification"), number("CalibratedMagnification")),
            *(number("WorkingDistance", unit="µm"), flag("Iris")),
        ),
        (Notes(),),
    ),
    Element(
        "Detector",
        models.Detector,
        (
            *(*_MAKER, number("Gain"), number("Voltage", unit="V"), number("Offset")),
            *(number("Zoom"), number("AmplificationGain"), choice("Type", enums.DetectorType)),
        ),
        (Notes(),),
    ),
    Element(
        "FilterSet",
        models.FilterSet,
        _MAKER,
        (
            Many("ExcitationFilterRef", models.FilterSetExcitationFilterLink, "Filter"),
            _DICHROIC,
            Many("EmissionFilterRef", models.FilterSetEmissionFilterLink, "Filter"),
        ),
    ),
    Element(
        "Filter",
        models.Filter,
        (*_MAKER, choice("Type", enums.FilterType), words("FilterWheel")),
        (Owned(("TransmittanceRange",), "filter_id"), Notes()),
    ),
    Element(
        "TransmittanceRange",
        models.TransmittanceRange,
        (
            number("CutIn", POSITIVE, "nm"),
            number("CutOut", POSITIVE, "nm"),
            number("CutInTolerance", NOT_NEGATIVE, "nm"),
            number("CutOutTolerance", NOT_NEGATIVE, "nm"),
            number("Transmittance", FRACTION),
        ),
        identified=False,
    ),
    Element("Dichroic", models.Dichroic, _MAKER, (Notes(),)),
)


def _light_source(name: str, values: tuple[Value, ...] = (), *parts: Part) -> Element:
    return Element(
        name,
        models.LightSource,
        (*_MAKER, number("Power", unit="mW"), *values),
        (Notes(), *parts),
        family="LightSource",
        polymorphic=True,
    )


_LIGHT = (
    _light_source(
        "Laser",
        (
            *(choice("Type", enums.LaserType), choice("LaserMedium", enums.LaserMedium)),
            *(number("Wavelength", POSITIVE, "nm"), whole("FrequencyMultiplication", COUNT)),
            *(flag("Tuneable"), choice("Pulse", enums.Pulse), flag("PockelCell")),
            number("RepetitionRate", unit="Hz"),
        ),
        One("Pump", "pump_id", "Laser"),
    ),
    _light_source("Arc", (choice("Type", enums.ArcType),)),
    _light_source("Filament", (choice("Type", enums.FilamentType),)),
    _light_source("LightEmittingDiode"),
    _light_source("GenericExcitationSource", (), Pairs("Map", "map")),
)
_IMAGES = (
    Element(
        "Image",
        models.Image,
        (_NAMED,),
        (
            Leaf(moment("AcquisitionDate")),
            _PERSON,
            _DESCRIPTION,
            One("ExperimentRef", "experiment_id", "Experiment"),
            _PERSON_GROUP,
            One("InstrumentRef", "instrument_id", "Instrument"),
            Owned(("ObjectiveSettings",), "image_id"),
            Owned(("ImagingEnvironment",), "image_id"),
            Owned(("StageLabel",), "image_id"),
            Owned(("Pixels",), "image_id"),
            Back("ROIRef", "image_id", "ROI"),
            Many(
                "MicrobeamManipulationRef",
                models.ImageMicrobeamManipulationLink,
                "MicrobeamManipulation",
            ),
            Notes(),
        ),
    ),
    Element(
        "Pixels",
        models.Pixels,
        (
            choice("DimensionOrder", enums.DimensionOrder, required=True),
            choice(
                "Type",
                enums.PixelType,
                required=True,
                instead={"half": "float", "int64": "double", "uint64": "double"},
            ),
            *(whole("SignificantBits", COUNT), flag("Interleaved"), flag("BigEndian")),
            *(whole(f"Size{axis}", COUNT, required=True) for axis in "XYZCT"),
            *(number(f"PhysicalSize{axis}", POSITIVE, "µm") for axis in "XYZ"),
            number("TimeIncrement", unit="s"),
        ),
        (
            Owned(("Channel",), "pixels_id", index="index"),
            Owned(("BinData",), "pixels_id", index="index"),
            Owned(("TiffData",), "pixels_id", index="index"),
            Bare("MetadataOnly", ("BinData", "TiffData")),
            Owned(("Plane",), "pixels_id"),
        ),
    ),
    Element(
        "Channel",
        models.Channel,
        (
            *(_NAME, whole("SamplesPerPixel", COUNT)),
            choice("IlluminationType", enums.IlluminationType),
            number("PinholeSize", unit="µm"),
            choice("AcquisitionMode", enums.AcquisitionMode),
            choice("ContrastMethod", enums.ContrastMethod),
            number("ExcitationWavelength", POSITIVE, "nm"),
            number("EmissionWavelength", POSITIVE, "nm"),
            *(words("Fluor"), number("NDFilter"), whole("PockelCellSetting", INT), _COLOR),
        ),
        (
            Owned(("LightSourceSettings",), "channel_id"),
            Owned(("DetectorSettings",), "channel_id"),
            One("FilterSetRef", "filter_set_id", "FilterSet"),
            Notes(),
            Owned(("LightPath",), "channel_id"),
        ),
    ),
    Element(
        "Plane",
        models.Plane,
        (
            *(whole(f"The{axis}", required=True) for axis in "ZTC"),
            *(number("DeltaT", unit="s"), number("ExposureTime", unit="s")),
            *(number(f"Position{axis}", unit="reference frame") for axis in "XYZ"),
        ),
        (Leaf(Value("HashSHA1", Kind.HEX)), Notes()),
        identified=False,
    ),
    Element(
        "TiffData",
        models.TiffData,
        (
            *(whole("IFD"), whole("FirstZ"), whole("FirstT")),
            *(whole("FirstC"), whole("PlaneCount")),
        ),
        (Inline("UUID", (words("FileName"),), content=Value("UUID", Kind.UUID)),),
        identified=False,
    ),
    Element(
        "BinData",
        models.BinData,
        _binary("")[0],
        identified=False,
        content=_binary("")[1],
    ),
    Element(
        "ObjectiveSettings",
        models.ObjectiveSettings,
        (
            One("ID", "objective_id", "Objective", attribute=True),
            *(number("CorrectionCollar"), choice("Medium", enums.Medium)),
            number("RefractiveIndex"),
        ),
        identified=False,
    ),
    Element(
        "DetectorSettings",
        models.DetectorSettings,
        (
            One("ID", "detector_id", "Detector", attribute=True),
            *(number("Offset"), number("Gain"), number("Voltage", unit="V"), number("Zoom")),
            *(number("ReadOutRate", unit="MHz"), choice("Binning", enums.Binning)),
            whole("Integration", COUNT),
        ),
        identified=False,
    ),
    Element(
        "LightSourceSettings",
        models.LightSourceSettings,
        (
            One("ID", "light_source_id", "Laser", attribute=True),
            *(number("Attenuation", FRACTION), number("Wavelength", POSITIVE, "nm")),
        ),
        identified=False,
    ),
    Element(
        "LightPath",
        models.LightPath,
        (),
        (
            Many(
                "ExcitationFilterRef", models.LightPathExcitationFilterLink, "Filter", indexed=True
            ),
            _DICHROIC,
            Many("EmissionFilterRef", models.LightPathEmissionFilterLink, "Filter", indexed=True),
            Notes(),
        ),
        identified=False,
    ),
    Element(
        "ImagingEnvironment",
        models.ImagingEnvironment,
        (
            *(number("Temperature", unit="°C"), number("AirPressure", unit="mbar")),
            *(number("Humidity", FRACTION), number("CO2Percent", FRACTION)),
        ),
        (Pairs("Map", "map"),),
        identified=False,
    ),
    Element(
        "StageLabel",
        models.StageLabel,
        (
            words("Name", required=True),
            *(number(axis, unit="reference frame") for axis in "XYZ"),
        ),
        identified=False,
    ),
)
_SHAPE_VALUES = (
    *(whole("FillColor", INT), choice("FillRule", enums.FillRule), whole("StrokeColor", INT)),
    *(number("StrokeWidth", unit="pixel"), words("StrokeDashArray"), words("Text")),
    choice("FontFamily", enums.FontFamily),
    Value("FontSize", Kind.INTEGER, limits=NATURAL, unit="pt"),
    *(choice("FontStyle", enums.FontStyle), flag("Locked")),
    *(whole("TheZ"), whole("TheT"), whole("TheC")),
)
_TRANSFORM = Inline(
    "Transform",
    tuple(number(name, required=True) for name in ("A00", "A10", "A01", "A11", "A02", "A12")),
)


def _shape(name: str, *values: Value, parts: tuple[Part, ...] = ()) -> Element:
    return Element(
        name,
        models.Shape,
        (*_SHAPE_VALUES, *values),
        (_TRANSFORM, Notes(), *parts),
        family="Shape",
        polymorphic=True,
    )


def _numbers(*names: str) -> tuple[Value, ...]:
    return tuple(number(name, required=True) for name in names)


_MARKERS = (choice("MarkerStart", enums.Marker), choice("MarkerEnd", enums.Marker))
_POINTS = words("Points", required=True)
_REGIONS = (
    Element(
        "ROI",
        models.ROI,
        (_NAME,),
        (
            Owned(_SHAPES, "roi_id", index="index", inside="Union", group="ShapeGroup"),
            Notes(),
            _DESCRIPTION,
        ),
    ),
    _shape("Rectangle", *_numbers("X", "Y", "Width", "Height")),
    _shape(
        "Mask",
        *_numbers("X", "Y", "Width", "Height"),
        parts=(Inline("BinData", _binary("mask_")[0], content=_binary("mask_")[1]),),
    ),
    _shape("Point", *_numbers("X", "Y")),
    _shape("Ellipse", *_numbers("X", "Y", "RadiusX", "RadiusY")),
    _shape("Line", *_numbers("X1", "Y1", "X2", "Y2"), *_MARKERS),
    _shape("Polyline", _POINTS, *_MARKERS),
    _shape("Polygon", _POINTS),
    _shape("Label", *_numbers("X", "Y")),
)


def _annotation(name: str, *parts: Part) -> Element:
    return Element(
        name,
        models.Annotation,
        (words("Namespace"), One("Annotator", "person_id", "Experimenter", attribute=True)),
        (_DESCRIPTION, Notes(), *parts),
        family="Annotation",
        polymorphic=True,
    )


def _worth(kind: Kind, column: str, **more: object) -> Leaf:
    return Leaf(Value("Value", kind, column, required=True, **more))  # type: ignore[arg-type]


_NOTES = (
    _annotation("XMLAnnotation", Markup("Value", "text_value")),
    _annotation("FileAnnotation", Held("BinaryFile", "file_id")),
    _annotation("ListAnnotation"),
    _annotation("LongAnnotation", _worth(Kind.INTEGER, "long_value", limits=LONG)),
    _annotation("DoubleAnnotation", _worth(Kind.NUMBER, "double_value")),
    _annotation("CommentAnnotation", _worth(Kind.TEXT, "text_value")),
    _annotation("BooleanAnnotation", _worth(Kind.FLAG, "bool_value")),
    _annotation("TimestampAnnotation", _worth(Kind.TIME, "time_value")),
    _annotation("TagAnnotation", _worth(Kind.TEXT, "text_value")),
    _annotation("TermAnnotation", _worth(Kind.TEXT, "text_value")),
    _annotation("MapAnnotation", Pairs("Value")),
    Element(
        "BinaryFile",
        models.OriginalFile,
        (
            words("FileName", "name", required=True),
            whole("Size", SIZE, required=True),
            words("MIMEType", "mimetype"),
        ),
        (
            Inline(
                "External",
                (
                    words("href", "uri", required=True),
                    Value("SHA1", Kind.HEX, "hash", required=True),
                    choice("Compression", enums.Compression, "uri_compression"),
                ),
            ),
            Inline("BinData", _binary("content_")[0], content=_binary("content_")[1]),
        ),
        identified=False,
    ),
)
ROOT = Element(
    "OME",
    models.Fileset,
    (Value("UUID", Kind.UUID), words("Creator")),
    (
        Inline("Rights", leaves=(Leaf(words("RightsHolder")), Leaf(words("RightsHeld")))),
        Inline(
            "BinaryOnly",
            (
                words("MetadataFile", required=True),
                Value("UUID", Kind.UUID, "metadata_uuid", required=True),
            ),
        ),
    ),
    identified=False,
)
TOP = (
    *("Project", "Dataset", "Folder", "Experiment", "Plate", "Screen", "Experimenter"),
    *("ExperimenterGroup", "Instrument", "Image", "StructuredAnnotations", "ROI"),
)
"""Children of the root, in the order of the schema."""
ELEMENTS: Mapping[str, Element] = {
    element.name: element
    for family in (
        *(_HIERARCHY, _PEOPLE, _EXPERIMENTS, _SCREENS, _INSTRUMENTS),
        *(_LIGHT, _IMAGES, _REGIONS, _NOTES),
    )
    for element in family
}
NOT_STORED: Mapping[str, str] = {
    "ChannelRef": "The schema declares it, and no element holds it.",
    "ProjectRef": "The schema declares it, and no element holds it.",
}
"""Elements and attributes that are kept nowhere, with the reason."""
