"""Reads the TIFF family: OME-TIFF sets, ImageJ hyperstacks, vendors' formats, plain TIFF."""

from collections.abc import Set as AbstractSet
from pathlib import Path

from store.errors import StoreError
from store.importing import formats, ome_tiff, ome_xml, plain_tiff
from store.importing.found import FoundFileset, Skipped
from store.importing.parsed import ParsedFileset
from store.importing.tiff_kinds import micromanager
from store.importing.tiff_pages import ome_description, open_pages


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset | Skipped:
    """The fileset of a TIFF file or an OME-XML document; see `store.importing.readers.Reader`."""
    text: str | bytes | None = None
    if kind == formats.TIFF:
        text = ome_description(path)
    if kind == formats.TIFF and text is None:
        with open_pages(path) as pages:
            text = pages.description
            if not ome_xml.is_ome_xml(text):
                name = plain_tiff.format_of(pages)
                more = micromanager.members(path, taken) if name == micromanager.KIND else []
                return FoundFileset(name, path, (path, *more))
    root = ome_xml.parse(ome_tiff.document(path) if text is None else text, path.name)
    outline = ome_xml.outline(root, path.name)
    if outline.metadata_file:
        metadata = ome_tiff.member(path.parent, outline.metadata_file)
        if metadata == path or metadata in taken:
            return Skipped(path, f"its metadata file {metadata.name} does not name it")
        found = find(metadata, formats.OME_XML, taken)
        if isinstance(found, FoundFileset) and path in found.files:
            return found
        return Skipped(path, f"its metadata file {metadata.name} does not name it")
    if kind == formats.OME_XML and not outline.files:
        return FoundFileset(formats.OME_XML, path, (path,))
    return FoundFileset("OME-TIFF", path, (path, *_members(path, outline, taken)))


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one fileset; see `store.importing.readers.Reader`."""
    if not ome_tiff.is_tiff(found.master):
        return ome_tiff.parse_set(found.master)
    with open_pages(found.master) as pages:
        if ome_xml.is_ome_xml(pages.description):
            return ome_tiff.parse_set(found.master, pages)
    if found.format == micromanager.KIND:
        return micromanager.parse(found.files)
    return plain_tiff.parse_file(found.master)


def _members(master: Path, outline: ome_xml.Outline, taken: AbstractSet[Path]) -> list[Path]:
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
