"""What a reader found in files: the values between the readers and the database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.documents.records import Records
from store.pixels.source import PixelsShape

if TYPE_CHECKING:  # ome-types takes most of a second to import; a server that only reads skips it
    from ome_types import OME
    from ome_types.model import Image


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """One file of a fileset, as it was when it was read."""

    path: Path
    """Absolute."""
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class ParsedBlock:
    """Where the chunks of some consecutive planes of one level lie."""

    level: int
    first_plane: int
    """Plane number (t * size_c + c) * size_z + z of the first plane in the block."""
    plane_count: int
    data: bytes
    """Packed by `store.pixels.index`."""


@dataclass(frozen=True, slots=True)
class ParsedImage:
    """One image of a fileset."""

    series: int
    """Number of the image within the fileset, from 0."""
    name: str
    ome: Image
    """Metadata as OME has it: pixels, one channel for each group of samples, planes."""
    pixel_type: str
    """A value of `store.models.enums.PixelType`."""
    shape: PixelsShape
    rgb: bool
    """The samples are red, green, blue colours, not measurements (graphics domain)."""
    content_id: str
    """SHA-256 over the identities of the files and the chunk index."""
    storage: dict[str, Any]
    """How `store.pixels` reads the samples, as JSON."""
    blocks: tuple[ParsedBlock, ...]


@dataclass(frozen=True, slots=True)
class ParsedFileset:
    """Files that belong together and the images in them."""

    format: str
    """Name of the format, such as OME-TIFF."""
    root: Path
    """Folder that all files are below."""
    files: tuple[ParsedFile, ...]
    """In the order that chunk indices count them; the one named first leads."""
    images: tuple[ParsedImage, ...]
    ome: OME | None
    """The whole OME-XML document, where the files hold one."""
    document: Records | None = None
    """All that the document says, as rows; of the images, those that are in `images`."""
