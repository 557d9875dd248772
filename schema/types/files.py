"""Filesets and the original files that they consist of."""

import datetime as dt

from schema.fields import Column, Many, Paged, entity, field
from schema.pagination import Connection
from schema.reads import Children
from schema.types import lazy
from schema.types.annotated import Annotated, annotatable
from schema.types.made import runs_with
from schema.types.owned import Owned
from store import models


@entity(models.OriginalFile)
@annotatable
class OriginalFile(Owned, Annotated):
    """One file as it came; imported by reference, it stays where it is."""

    name: str = field("Name without folders.")
    path: str = field("Where it is, on the server.", Column(str, "location", cached=False))
    size: float = field("Bytes; a Float, because Int ends at 2 GiB.")
    modified: dt.datetime = field("When it was changed last before it was imported.")
    mimetype: str | None = field("Media type, such as image/tiff.")
    hash: str | None = field("Hash of its content, if computed.")
    hasher: str | None = field("How the hash was computed.")
    filesets: Connection[lazy.Fileset] = field(
        "The filesets that it is in.",
        Paged(
            Children(models.Fileset, models.FilesetEntry, "original_file_id", "fileset_id"),
        ),
    )
    file_annotations: Connection[lazy.FileAnnotation] = field(
        "The annotations that attach it to objects.",
        Paged(Children(models.FileAnnotation, parent="file_id")),
    )
    protocols: Connection[lazy.Protocol] = field(
        "The protocols that it is attached to.",
        Paged(Children(models.Protocol, models.ProtocolFileLink, "child_id", "parent_id")),
    )
    was_generated_by: Connection[lazy.Run] = field(
        "The runs that made it.", runs_with("OriginalFile", "output")
    )
    used_by: Connection[lazy.Run] = field(
        "The runs that read it.", runs_with("OriginalFile", "input")
    )


FILES = Children(models.OriginalFile, models.FilesetEntry, "fileset_id", "original_file_id")


@entity(models.Fileset)
@annotatable
class Fileset(Owned, Annotated):
    """Files that belong together and were imported together; indivisible."""

    format: str = field("Name of the format, such as OME-TIFF.")
    creator: str | None = field("Software that wrote the OME-XML document in it.")
    uuid: str | None = field("Identifier of the OME-XML document in it.")
    rights_holder: str | None = field("Who holds rights on it.")
    rights_held: str | None = field("Which rights.")
    metadata_file: str | None = field("Companion file that the document refers to.")
    metadata_uuid: str | None = field("Identifier of that file's document.")
    files: list[OriginalFile] = field(
        "All the files, in the order of import; `originalFiles` has them page by page.",
        Many(FILES, "index"),
    )
    original_files: Connection[OriginalFile] = field("The files, in pages.", Paged(FILES))
    images: Connection[lazy.Image] = field(
        "The images in the files.", Paged(Children(models.Image, parent="fileset_id"))
    )
