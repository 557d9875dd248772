"""Filesets and the original files that they consist of."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.fields import Many, Paged, entity, field
from schema.pagination import Connection
from schema.reads import Children
from schema.types.nodes import Node
from store import models

if TYPE_CHECKING:
    from schema.types.containers import Image


@entity(models.OriginalFile)
class OriginalFile(Node):
    """One file as it came; imported by reference, it stays where it is."""

    name: str = field("Name without folders.")
    path: str = field("Where it is, on the server.")
    size: float = field("Bytes; a Float, because Int ends at 2 GiB.")
    modified: dt.datetime = field("When it was changed last before it was imported.")


@entity(models.Fileset)
class Fileset(Node):
    """Files that belong together and were imported together; indivisible."""

    format: str = field("Name of the format, such as OME-TIFF.")
    files: list[OriginalFile] = field(
        "The files, in the order of import.",
        Many(
            Children(models.OriginalFile, models.FilesetEntry, "fileset_id", "original_file_id"),
            "index",
        ),
    )
    images: Connection[Annotated["Image", strawberry.lazy("schema.types.containers")]] = field(
        "The images in the files.", Paged(Children(models.Image, parent="fileset_id"))
    )
