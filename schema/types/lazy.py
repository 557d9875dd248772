"""Types by name, for modules whose types refer to each other in circles: `lazy.Image`."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

if TYPE_CHECKING:
    from schema.types.annotations import Annotation as Annotation
    from schema.types.annotations import CommentAnnotation as CommentAnnotation
    from schema.types.annotations import FileAnnotation as FileAnnotation
    from schema.types.annotations import MapAnnotation as MapAnnotation
    from schema.types.annotations import TagAnnotation as TagAnnotation
    from schema.types.containers import Dataset as Dataset
    from schema.types.containers import Folder as Folder
    from schema.types.containers import Image as Image
    from schema.types.containers import Project as Project
    from schema.types.experiments import Experiment as Experiment
    from schema.types.experiments import MicrobeamManipulation as MicrobeamManipulation
    from schema.types.experiments import Person as Person
    from schema.types.experiments import PersonGroup as PersonGroup
    from schema.types.files import Fileset as Fileset
    from schema.types.files import OriginalFile as OriginalFile
    from schema.types.instruments import Detector as Detector
    from schema.types.instruments import Dichroic as Dichroic
    from schema.types.instruments import Filter as Filter
    from schema.types.instruments import FilterSet as FilterSet
    from schema.types.instruments import Instrument as Instrument
    from schema.types.instruments import Microscope as Microscope
    from schema.types.instruments import Objective as Objective
    from schema.types.instruments import TransmittanceRange as TransmittanceRange
    from schema.types.jobs import Job as Job
    from schema.types.light_sources import Laser as Laser
    from schema.types.light_sources import LightSource as LightSource
    from schema.types.people import Experimenter as Experimenter
    from schema.types.people import ExperimenterGroup as ExperimenterGroup
    from schema.types.people import Membership as Membership
    from schema.types.pixels import Channel as Channel
    from schema.types.pixels import Pixels as Pixels
    from schema.types.pixels import Plane as Plane
    from schema.types.protocols import Protocol as Protocol
    from schema.types.protocols import Run as Run
    from schema.types.protocols import RunLink as RunLink
    from schema.types.rendering import RenderingSettings as RenderingSettings
    from schema.types.rois import ROI as ROI
    from schema.types.rois import Shape as Shape
    from schema.types.screens import Plate as Plate
    from schema.types.screens import PlateAcquisition as PlateAcquisition
    from schema.types.screens import Reagent as Reagent
    from schema.types.screens import Screen as Screen
    from schema.types.screens import Well as Well
    from schema.types.screens import WellSample as WellSample
    from schema.types.settings import DetectorSettings as DetectorSettings
    from schema.types.settings import ImagingEnvironment as ImagingEnvironment
    from schema.types.settings import LightPath as LightPath
    from schema.types.settings import LightSourceSettings as LightSourceSettings
    from schema.types.settings import ObjectiveSettings as ObjectiveSettings
    from schema.types.settings import StageLabel as StageLabel
    from schema.types.sharing import AccessGrant as AccessGrant
    from schema.types.sharing import ShareLink as ShareLink
else:
    _MODULES = {
        "annotations": "Annotation CommentAnnotation FileAnnotation MapAnnotation TagAnnotation",
        "containers": "Dataset Folder Image Project",
        "experiments": "Experiment MicrobeamManipulation Person PersonGroup",
        "files": "Fileset OriginalFile",
        "jobs": "Job",
        "instruments": "Detector Dichroic Filter FilterSet Instrument Microscope Objective"
        " TransmittanceRange",
        "light_sources": "Laser LightSource",
        "people": "Experimenter ExperimenterGroup Membership",
        "pixels": "Channel Pixels Plane",
        "protocols": "Protocol Run RunLink",
        "rendering": "RenderingSettings",
        "rois": "ROI Shape",
        "sharing": "AccessGrant ShareLink",
        "screens": "Plate PlateAcquisition Reagent Screen Well WellSample",
        "settings": "DetectorSettings ImagingEnvironment LightPath LightSourceSettings"
        " ObjectiveSettings StageLabel",
    }
    _HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}

    def __getattr__(name: str) -> Any:
        """Refer to a type that its own module defines later."""
        if name not in _HOMES:
            msg = f"no type {name!r}"
            raise AttributeError(msg)
        return Annotated[name, strawberry.lazy(f"schema.types.{_HOMES[name]}")]
