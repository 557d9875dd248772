"""Reads OME-Zarr: images, label images and plates, in folders and in zip archives."""

import hashlib
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import orjson
from lxml import etree

from store.errors import UnsupportedError
from store.importing import ome_xml
from store.importing.found import FoundFileset, Skipped
from store.importing.layout import TYPES
from store.importing.ome_document import records_of
from store.importing.parsed import ParsedFile, ParsedFileset, ParsedImage
from store.importing.zarr_document import add_images, document_of
from store.importing.zarr_hierarchy import MAX_DOCUMENT, ROOTS, Hierarchy, Json, short
from store.importing.zarr_images import ZarrImage, images_of, labels_of
from store.importing.zarr_plates import ZarrPlate, fields_of, plate_of
from store.pixels.addresses import url_of
from store.pixels.cache import ByteBudgetCache
from store.pixels.files import FileHandles, identify
from store.pixels.remote import Remotes
from store.pixels.zarr_files import Archive, Folder, archive

FORMAT = "OME-Zarr"
SUFFIXES = (".ozx", ".zarr.zip")
"""What names of archives that are hierarchies end with."""
XML = "OME/METADATA.ome.xml"
_NO_METADATA = "a Zarr array or group without OME-Zarr metadata"
_MAX_SERIES = 100_000


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset | Skipped:
    """The fileset that a folder or an archive is; see `store.importing.readers.Reader`."""
    if path.is_dir():
        root = next((path / name for name in ROOTS if (path / name).is_file()), None)
        if root is None:
            return Skipped(path, _NO_METADATA)
        return FoundFileset(FORMAT, path, (root,), __name__)
    if not path.name.lower().endswith(SUFFIXES):
        return Skipped(path, f"a zip archive; only {' and '.join(SUFFIXES)} are images")
    return FoundFileset(FORMAT, path, (path,), __name__)


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one hierarchy; see `store.importing.readers.Reader`."""
    if found.master.is_dir():
        tree = Hierarchy(Folder(found.master), found.master.name)
        images, plate, xml = _contents(tree)
        files = tuple(
            ParsedFile(found.master / document.key, document.size, document.mtime_ns)
            for document in _root_first(tree)
        )
        return _fileset(found.master, files, {"place": "folder"}, images, plate, xml)
    file = identify(found.master)
    handles = FileHandles(1)
    cache: ByteBudgetCache[Any, Any] = ByteBudgetCache(2**30, lambda index: int(index.nbytes))
    try:
        opened = archive(file, "", handles, cache)
        opened.prefix = _prefix(opened)
        tree = Hierarchy(opened, found.master.name)
        images, plate, xml = _contents(tree)
    finally:
        handles.close()
    place = {"place": "archive", "prefix": opened.prefix}
    files = (ParsedFile(found.master, file.size, file.mtime_ns),)
    return _fileset(found.master.parent, files, place, images, plate, xml)


def find_remote(url: str, remotes: Remotes) -> FoundFileset | Skipped:
    """The fileset at an address.

    Raises:
        NotAllowedError: It is not below a registered root.
        UnavailableError: It cannot be reached.
    """
    files = remotes.open(url)
    path = Path(str(files.address))
    for name in ROOTS:
        if files.document(name, MAX_DOCUMENT) is not None:
            return FoundFileset(FORMAT, path, (path / name,), __name__)
    return Skipped(path, _NO_METADATA)


def parse_remote(found: FoundFileset, remotes: Remotes) -> ParsedFileset:
    """Read the hierarchy at an address; raises as `find_remote` and `parse`."""
    tree = Hierarchy(remotes.open(url_of(found.master) or ""), found.master.name)
    images, plate, xml = _contents(tree)
    documents = {document.key: document for document in _root_first(tree)}
    files = tuple(
        ParsedFile(found.master / key, document.size, document.mtime_ns)
        for key, document in documents.items()
    )
    return _fileset(found.master, files, {"place": "remote"}, images, plate, xml)


def _prefix(opened: Archive) -> str:
    """What all names of the hierarchy in an archive begin with: nothing, or its one folder."""
    names = sorted(opened.index.shallow, key=lambda name: name.count("/"))
    for name in names:
        folder, _, last = name.rpartition("/")
        if last in ROOTS:
            return f"{folder}/" if folder else ""
    raise UnsupportedError(f"{opened.path.name} has no Zarr hierarchy at its root.")


def _root_first(tree: Hierarchy) -> Iterator[Any]:
    """The documents of a hierarchy, the one by which it was found first."""
    first = next((name for name in ROOTS if name in tree.documents), "")
    if first:
        yield tree.documents[first]
    for key, document in tree.documents.items():
        if key != first:
            yield document


def _contents(tree: Hierarchy) -> tuple[list[ZarrImage], ZarrPlate | None, Any]:
    """Images with labels last, the plate and the OME-XML document of a hierarchy."""
    attributes = tree.attributes("")
    name = _plain_name(tree.name)
    plate = None
    groups: list[tuple[str, str]] = []
    xml = None
    if attributes is None:
        raise UnsupportedError(f"{tree.name} is {_NO_METADATA}.")
    if "bioformats2raw.layout" in attributes:
        groups, xml = _series(tree, attributes, name)
    if "plate" in attributes:
        plate = plate_of(tree, attributes, name)
        if xml is None:
            groups = list(_fields(plate))
    elif "multiscales" in attributes:
        groups = [("", name)]
        xml = _beside(tree)
    elif "well" in attributes:
        fields = fields_of(tree, "", attributes)
        groups = [(one.path, f"{name} [{n + 1}]") for n, one in enumerate(fields)]
    elif not groups:
        raise UnsupportedError(f"{tree.name} is {_NO_METADATA}.", "Choose an image or a plate.")
    images: list[ZarrImage] = []
    labels: list[ZarrImage] = []
    for path, shown in groups:
        below = tree.attributes(path)
        if below is None:
            raise tree.wrong(path, "the image is missing")
        found = list(images_of(tree, path, below, shown))
        images += found
        labels += labels_of(tree, path, found[0].name)
    if xml is not None and not _describes(xml, images):
        xml = None  # it describes other images, and so none of these
    return images + labels, plate, xml


def _series(tree: Hierarchy, attributes: Json, name: str) -> tuple[list[tuple[str, str]], Any]:
    """Paths and names of the images that bioformats2raw wrote, and their OME-XML document."""
    layout = attributes["bioformats2raw.layout"]
    if layout != 3:
        raise UnsupportedError(f"{tree.name} is of bioformats2raw layout {short(layout)}, not 3.")
    listed = (tree.attributes("OME") or {}).get("series")
    if isinstance(listed, list):
        paths = [tree.check_path(path, "") for path in listed[:_MAX_SERIES]]
    elif "plate" in attributes:
        paths = []
    else:
        paths = []
        while len(paths) < _MAX_SERIES and tree.attributes(str(len(paths))) is not None:
            paths.append(str(len(paths)))
    text = tree.text(XML)
    xml = ome_xml.parse(text, XML) if text is not None and paths else None
    names = [name] if len(paths) == 1 else [f"{name} #{n + 1}" for n in range(len(paths))]
    return list(zip(paths, names, strict=True)), xml


def _beside(tree: Hierarchy) -> Any:
    """The OME-XML document of an image that is the root, as this program writes it; else none."""
    if tree.attributes("OME") is None:
        return None
    text = tree.text(XML)
    return None if text is None else ome_xml.parse(text, XML)


def _describes(xml: Any, images: Sequence[ZarrImage]) -> bool:
    """Whether a document is of as many images, and those of the same sizes."""
    said = [image.shape for image in ome_xml.outline(xml, XML).images]
    return said == [image.shape for image in images]


def _fields(plate: ZarrPlate) -> Iterator[tuple[str, str]]:
    for well in plate.wells:
        for number, field in enumerate(well.fields):
            yield field.path, f"{plate.name} [{well.path}, field {number + 1}]"


def _fileset(
    root: Path,
    files: tuple[ParsedFile, ...],
    place: Json,
    images: Sequence[ZarrImage],
    plate: ZarrPlate | None,
    xml: Any,
) -> ParsedFileset:
    if xml is None:
        fields = {image.path: number for number, image in enumerate(images)}
        xml = document_of(images, plate, fields)
    else:
        said = [found.get("Name") for found in xml if etree.QName(found).localname == "Image"]
        add_images(xml, images[len(said) :], len(said))
        images = [
            replace(image, name=said[number] or image.name) if number < len(said) else image
            for number, image in enumerate(images)
        ]
    parsed = tuple(_image(image, number, root, place) for number, image in enumerate(images))
    records = records_of(xml, root.name, range(len(images)))
    return ParsedFileset(FORMAT, root, files, parsed, records)


def _image(image: ZarrImage, series: int, root: Path, place: Json) -> ParsedImage:
    smallest = image.levels[-1].array
    storage = {
        "reader": "zarr",
        "version": 1,
        "files": 1,
        **place,
        "axes": image.axes,
        "samples": smallest.chunks[image.axes.index("c")] if "c" in image.axes else 1,
        "levels": [
            {
                "path": level.path,
                "document": list(astuple(level.document)),
                "array": level.array.to_json(),
            }
            for level in image.levels
        ],
    }
    digest = hashlib.sha256(str(root).encode("utf-8", "surrogateescape"))
    digest.update(orjson.dumps(storage, option=orjson.OPT_SORT_KEYS))
    return ParsedImage(
        series=series,
        name=image.name,
        pixel_type=TYPES[image.array.dtype].value,
        shape=image.shape,
        rgb=False,
        content_id=digest.hexdigest(),
        storage=storage,
        blocks=(),
    )


def _plain_name(name: str) -> str:
    for suffix in (*SUFFIXES, ".ome.zarr", ".zarr"):
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name
