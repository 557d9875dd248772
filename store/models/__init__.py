"""The tables, one module for each family of the OME model."""

from store.models.base import Base, Owned, UtcDateTime
from store.models.containers import (
    ChildCount,
    Dataset,
    DatasetImageLink,
    Project,
    ProjectDatasetLink,
)
from store.models.files import Fileset, FilesetEntry, OriginalFile
from store.models.history import Event, EventLog
from store.models.images import Channel, ChunkBlock, Image, Pixels, Plane
from store.models.people import Experimenter, ExperimenterGroup, Membership, SignInSession

__all__ = [
    "Base",
    "Channel",
    "ChildCount",
    "ChunkBlock",
    "Dataset",
    "DatasetImageLink",
    "Event",
    "EventLog",
    "Experimenter",
    "ExperimenterGroup",
    "Fileset",
    "FilesetEntry",
    "Image",
    "Membership",
    "OriginalFile",
    "Owned",
    "Pixels",
    "Plane",
    "Project",
    "ProjectDatasetLink",
    "SignInSession",
    "UtcDateTime",
]
