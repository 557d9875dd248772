"""What goes with what when rows are deleted or moved to another group: the rules, in one list."""

from dataclasses import dataclass
from typing import Any

from store import models


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that exist only as parts of others, and share their fate whoever owns them."""

    whole: Any
    part: Any
    column: str


@dataclass(frozen=True, slots=True)
class Content:
    """Rows that go with their container, unless something that stays holds them too."""

    container: Any
    child: Any
    table: Any
    """Where it is written who holds what."""
    near: str
    far: str


@dataclass(frozen=True, slots=True)
class Use:
    """Rows that refer to others, which therefore cannot go while they stay."""

    user: Any
    column: str
    used: Any


def _parts(whole: Any, column: str, *parts: Any) -> list[Part]:
    return [Part(whole, part, column) for part in parts]


CONTENTS = (
    Content(models.Project, models.Dataset, models.ProjectDatasetLink, "parent_id", "child_id"),
    Content(models.Screen, models.Plate, models.ScreenPlateLink, "parent_id", "child_id"),
    Content(models.Dataset, models.Image, models.DatasetImageLink, "parent_id", "child_id"),
    Content(models.WellSample, models.Image, models.WellSample, "id", "image_id"),
)
HOLDERS = (
    *CONTENTS,
    Content(models.Folder, models.Image, models.FolderImageLink, "parent_id", "child_id"),
)
"""What keeps a child from going with a container: folders hold images, but take none along."""

BEFORE_IMAGES = (
    *_parts(models.Screen, "screen_id", models.Reagent),
    *_parts(models.Plate, "plate_id", models.PlateAcquisition, models.Well),
    *_parts(models.Well, "well_id", models.WellSample),
)
AFTER_IMAGES = (
    *_parts(models.Image, "image_id", models.Pixels, models.ROI, models.ObjectiveSettings),
    *_parts(models.Image, "image_id", models.ImagingEnvironment, models.StageLabel),
    *_parts(models.Pixels, "pixels_id", models.Channel, models.Plane, models.TiffData),
    *_parts(models.Pixels, "pixels_id", models.BinData, models.RenderingSettings),
    *_parts(models.Experiment, "experiment_id", models.MicrobeamManipulation),
    *_parts(models.Channel, "channel_id", models.DetectorSettings, models.LightPath),
    *_parts(models.Channel, "channel_id", models.LightSourceSettings),
    *_parts(models.MicrobeamManipulation, "microbeam_manipulation_id", models.LightSourceSettings),
    *_parts(models.ROI, "roi_id", models.Shape),
    *_parts(models.Fileset, "fileset_id", models.FilesetEntry),
    *_parts(models.Instrument, "instrument_id", models.Microscope, models.Objective),
    *_parts(models.Instrument, "instrument_id", models.Detector, models.Dichroic),
    *_parts(models.Instrument, "instrument_id", models.Filter, models.FilterSet),
    *_parts(models.Instrument, "instrument_id", models.LightSource),
    *_parts(models.Filter, "filter_id", models.TransmittanceRange),
    *_parts(models.Protocol, "protocol_id", models.ProtocolStep, models.ProtocolReagent),
    *_parts(models.Protocol, "protocol_id", models.ProtocolIdentifier),
)
"""Parts, wholes before their parts."""
PARTS = (*BEFORE_IMAGES, *AFTER_IMAGES, Part(models.Folder, models.Folder, "parent_id"))

USES = (
    Use(models.Image, "instrument_id", models.Instrument),
    Use(models.Image, "experiment_id", models.Experiment),
    Use(models.ObjectiveSettings, "objective_id", models.Objective),
    Use(models.DetectorSettings, "detector_id", models.Detector),
    Use(models.LightSourceSettings, "light_source_id", models.LightSource),
    Use(models.LightSource, "pump_id", models.LightSource),
    Use(models.Channel, "filter_set_id", models.FilterSet),
    Use(models.FilterSet, "dichroic_id", models.Dichroic),
    Use(models.LightPath, "dichroic_id", models.Dichroic),
    Use(models.FilesetEntry, "original_file_id", models.OriginalFile),
    Use(models.Annotation, "file_id", models.OriginalFile),
)
"""References that are never cut; others read as empty while what they refer to is deleted."""

PULLED = (
    Use(models.Image, "instrument_id", models.Instrument),
    Use(models.Image, "experiment_id", models.Experiment),
)
"""What moves to another group with its images, and is deleted with the last if asked for."""
FILE_USES = (
    Use(models.FilesetEntry, "original_file_id", models.OriginalFile),
    Use(models.Annotation, "file_id", models.OriginalFile),
    Use(models.ProtocolFileLink, "child_id", models.OriginalFile),
)
"""What keeps a file; it goes with the last of them."""

ALWAYS = frozenset(
    {
        *("CommentAnnotation", "LongAnnotation", "DoubleAnnotation", "BooleanAnnotation"),
        "TimestampAnnotation",
    }
)
"""Annotations that go with the last thing they are on, whoever made them."""
IF_PERMITTED = frozenset({"MapAnnotation", "XMLAnnotation", "ListAnnotation"})
"""Annotations that go with the last thing they are on, if the viewer may delete them."""
IF_ASKED = frozenset({"TagAnnotation", "TermAnnotation", "FileAnnotation"})
"""Annotations that stay, unless asked for, of the viewer's own, and on nothing else."""

NOT_ALONE = {
    **dict.fromkeys(
        (models.Pixels, models.Channel, models.Plane, models.TiffData, models.BinData),
        "Delete the image that it is part of.",
    ),
    models.FilesetEntry: "Delete the images of the fileset.",
}
"""Parts that nobody takes from their whole, and what to do instead."""
MOVABLE = (
    *(models.Project, models.Dataset, models.Folder, models.Screen, models.Plate, models.Image),
    *(models.Fileset, models.Instrument, models.Experiment, models.Protocol, models.Run),
    *(models.Annotation, models.OriginalFile, models.Person, models.PersonGroup),
)
"""Kinds that move to another group by themselves; all others go with what they are part of."""
SILENT = frozenset(
    {
        *(models.Plane, models.TiffData, models.BinData, models.Shape, models.FilesetEntry),
        *(models.DetectorSettings, models.LightSourceSettings, models.LightPath),
    }
)
"""Parts that have no line of their own in the record: there may be a million in one image."""
