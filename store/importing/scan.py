"""Finds filesets among files and folders, and says of every file left out why."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from store.errors import StoreError, UnsupportedError
from store.importing import formats, ome_tiff, ome_xml, plain_tiff
from store.importing.tiff_pages import open_pages

MAX_DEPTH = 10
"""Folders deeper than this below the one named are not looked into."""

_SYSTEM_NAMES = frozenset(
    {
        "thumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "system volume information",
        "lost+found", "@eadir",
    }
)  # fmt: skip
_ZARR_MARKS = ("zarr.json", ".zgroup", ".zattrs", ".zarray")
_LATER = "not read yet; a later version will"


@dataclass(frozen=True, slots=True)
class FoundFileset:
    """Files that belong together."""

    format: str
    master: Path
    """The file that holds the metadata."""
    files: tuple[Path, ...]
    """All files of the set, the master first."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or a folder, that is left out."""

    path: Path
    reason: str
    """For a person, as in "Zeiss CZI: not read yet; a later version will"."""
    damaged: bool = False
    """An image that cannot be read, rather than something that is no image or not handled."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What was found, in the order in which it was named; every file is in one place."""

    filesets: tuple[FoundFileset, ...]
    skipped: tuple[Skipped, ...]


def scan(paths: Sequence[Path], max_depth: int = MAX_DEPTH) -> ScanResult:
    """Look at files, and at all files in folders, and group those that belong together.

    Only the start of each file is read. Hidden files and those of operating systems are passed
    over in silence when they are not named themselves. Links to folders are not followed.

    Args:
        paths: Files and folders; relative ones count from the working directory.
        max_depth: How many folders deep to look below each folder named.
    """
    filesets: list[FoundFileset] = []
    skipped: list[Skipped] = []
    seen: set[Path] = set()
    for path in paths:
        for candidate in _candidates(Path(os.path.abspath(path)), max_depth):  # noqa: PTH100  links stay as named
            if isinstance(candidate, Skipped):
                skipped.append(candidate)
                continue
            if candidate in seen:
                continue
            found = _look(candidate, seen)
            if isinstance(found, FoundFileset):
                filesets.append(found)
                seen.update(found.files)
            else:
                skipped.append(found)
                seen.add(candidate)
    members = {file for fileset in filesets for file in fileset.files}
    return ScanResult(tuple(filesets), tuple(left for left in skipped if left.path not in members))


def _candidates(path: Path, depth: int) -> Iterator[Path | Skipped]:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield Skipped(path, "no such file" if not path.is_symlink() else f"{error.strerror}")
        return
    if stat.S_ISDIR(mode):
        yield from _walk(path, depth)
    elif stat.S_ISREG(mode):
        yield path
    else:
        yield Skipped(path, "neither a file nor a folder")


def _walk(folder: Path, depth: int) -> Iterator[Path | Skipped]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Skipped(folder, f"cannot be opened ({error.strerror})")
        return
    if any(entry.name in _ZARR_MARKS for entry in entries):
        yield Skipped(folder, f"OME-Zarr: {_LATER}")
        return
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith(".") or entry.name.lower() in _SYSTEM_NAMES:
            continue
        if not entry.is_dir():
            yield from _candidates(path, 0)
        elif entry.is_symlink():
            yield Skipped(path, "a link to a folder")
        elif depth < 1:
            yield Skipped(path, "too many folders deep")
        else:
            yield from _walk(path, depth - 1)


def _look(path: Path, taken: set[Path]) -> FoundFileset | Skipped:
    try:
        if path.stat().st_size == 0:
            return Skipped(path, "empty file")
        kind = formats.recognise(path) or formats.partner(path)
        if kind is None:
            return Skipped(path, "not an image")
        if kind not in (formats.TIFF, formats.OME_XML):
            return Skipped(path, f"{kind}: {_LATER}")
        return _fileset(path, kind, taken)
    except UnsupportedError as error:
        return Skipped(path, error.message.rstrip("."))
    except StoreError as error:
        return Skipped(path, f"damaged: {error.message.rstrip('.')}", damaged=True)
    except OSError as error:
        return Skipped(path, f"cannot be read ({error.strerror})", damaged=True)


def _fileset(path: Path, kind: str, taken: set[Path]) -> FoundFileset | Skipped:
    if kind == formats.TIFF:
        with open_pages(path) as pages:
            if not ome_xml.is_ome_xml(pages.description):
                return FoundFileset(plain_tiff.format_of(pages), path, (path,))
    root = ome_xml.parse(ome_tiff.document(path), path.name)
    outline = ome_xml.outline(root, path.name)
    if outline.metadata_file:
        metadata = ome_tiff.member(path.parent, outline.metadata_file)
        if metadata == path or metadata in taken:
            return Skipped(path, f"its metadata file {metadata.name} does not name it")
        found = _fileset(metadata, formats.OME_XML, taken)
        if isinstance(found, FoundFileset) and path in found.files:
            return found
        return Skipped(path, f"its metadata file {metadata.name} does not name it")
    if kind == formats.OME_XML and not outline.files:
        return FoundFileset(formats.OME_XML, path, (path,))
    return FoundFileset("OME-TIFF", path, (path, *_members(path, outline, taken)))


def _members(master: Path, outline: ome_xml.Outline, taken: set[Path]) -> list[Path]:
    """The other files of a set that are there and carry its marks."""
    found: dict[Path, None] = {}
    for image in outline.images:
        for data in image.tiff_data:
            path = master.parent / data.file
            if not data.file or path == master or path in found or path in taken:
                continue
            if _is_member(master, data):
                found[path] = None
    return list(found)


def _is_member(master: Path, data: ome_xml.TiffData) -> bool:
    try:
        path = ome_tiff.member(master.parent, data.file)
        return ome_tiff.is_tiff(path) and ome_tiff.belongs(path, data.uuid, master.name)
    except (StoreError, OSError):
        return False
