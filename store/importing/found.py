"""What a walk through files and folders finds: filesets, and what is left out and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

type Recognise = Callable[[Sequence[Path]], Mapping[Path, int]]
"""Given files, returns those that are registered as they are, with the files beside them in their
filesets: ids of filesets by file."""


@dataclass(frozen=True, slots=True)
class FoundFileset:
    """Files that belong together."""

    format: str
    """Name of the format, as in `store.importing.formats`, or closer, such as OME-TIFF."""
    master: Path
    """The file, or the folder, that holds the metadata."""
    files: tuple[Path, ...]
    """All files of the set, the master first; of a folder, those that describe what is in it."""
    reader: str = "store.importing.tiff"
    """Name of what reads it, as `store.importing.readers` knows it."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or a folder, that is left out."""

    path: Path
    reason: str
    """For a person, as in "Zeiss CZI: install micrograph[czi] to read it"."""
    damaged: bool = False
    """An image that cannot be read, rather than something that is no image or not handled."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What was found, in the order in which it was named; every file is in one place."""

    filesets: tuple[FoundFileset, ...]
    skipped: tuple[Skipped, ...]
    known: Mapping[Path, int] = field(default_factory=dict)
    """Files that need not be looked at, as they are registered: ids of their filesets."""
