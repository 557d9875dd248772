"""What a reader found in files: the values between the readers and the database."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.documents.records import Records
from store.pixels.source import FileIdentity, PixelsShape


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """One file of a fileset, as it was when it was read."""

    path: Path
    """Absolute."""
    size: int
    mtime_ns: int
    origin: Path | None = None
    """Where it came from, absolute; of a copy or a link that Micrograph keeps itself."""
    sha256: str | None = None
    """Of its content, where it was computed."""

    @classmethod
    def of(cls, identity: FileIdentity) -> "ParsedFile":
        """A file that was opened or looked at."""
        return cls(Path(identity.path), identity.size, identity.mtime_ns)

    @property
    def came_from(self) -> Path:
        """Where it was when it was imported."""
        return self.origin or self.path


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
    """One image of a fileset: its samples; what is said about it is in the fileset's document."""

    series: int
    """Number of the image within the fileset, from 0."""
    name: str
    """Empty if the files give it none: it is named after its file then."""
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
    samples: int | None = None
    """Samples of a pixel that the files count as one channel; none if the document says it."""
    significant_bits: int | None = None
    """Bits of a sample that are used, where they are fewer than its type has."""


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
    document: Records | None = None
    """All that the files say, as rows; of images, those in `images` in the same order. Sizes,
    types and channels need not fit: what is wrong about the samples is put right when the fileset
    is registered."""
