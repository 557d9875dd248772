"""RO-Crate 1.1: what is in a bundle as JSON-LD, for programs that know neither us nor OME-XML."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from lxml import etree

from store.documents.mapping import NAMESPACE

type Described = Mapping[str, tuple[int, str, str]]
"""Files by path: size in bytes, SHA-256, media type (empty if not known)."""
type Entity = dict[str, Any]
type Node = Any  # lxml publishes no types

_TAG = f"{{{NAMESPACE}}}"
_CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    {"sha256": "https://schema.org/sha256"},
]
_KINDS = {
    "Project": "Collection",
    "Dataset": "Collection",
    "Folder": "Collection",
    "Screen": "Collection",
    "Plate": "Collection",
    "Image": "ImageObject",
}
"""Elements that are described, and as what."""
_PARTS = ("DatasetRef", "ImageRef", "PlateRef", "FolderRef")


def crate(
    name: str,
    document: bytes,
    files: Described,
    filesets: Mapping[str, tuple[Described, Sequence[str]]],
    creator: str,
    date: str,
) -> bytes:
    """Return the content of ro-crate-metadata.json.

    Args:
        name: Of the whole.
        document: OME-XML of all of it: names, hierarchy, tags and key–values are taken from it.
        files: At the root.
        filesets: By folder: the files in it, and the ids of the images that they hold.
        creator: Name and version of the program that made it.
        date: When, as YYYY-MM-DD.
    """
    root: Node = etree.fromstring(document, etree.XMLParser(huge_tree=True))
    folders = [f"{folder}/" for folder in filesets]
    places = {image: f"{folder}/" for folder, (_, images) in filesets.items() for image in images}
    described = list(_described(root, places))
    graph: list[Entity] = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "about": {"@id": "./"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": name,
            "description": f"{name}: original files and all metadata, exported by {creator}.",
            "datePublished": date,
            "license": "Not stated: ask whoever gave you this.",
            "hasPart": _references([*files, *folders]),
            "mentions": _references([entity["@id"] for entity in described]),
        },
        *_file_entities(files),
    ]
    for folder, (inside, _) in filesets.items():
        graph.append(
            {
                "@id": f"{folder}/",
                "@type": "Dataset",
                "name": folder,
                "hasPart": _references(inside),
            }
        )
        graph += _file_entities(inside)
    program, _, version = creator.partition(" ")
    graph += described
    graph.append(
        {
            "@id": "#export",
            "@type": "CreateAction",
            "name": "Export",
            "instrument": {"@id": "#program"},
            "result": {"@id": "./"},
        }
    )
    graph.append(
        {
            "@id": "#program",
            "@type": "SoftwareApplication",
            "name": program,
            "softwareVersion": version,
        }
    )
    return orjson.dumps({"@context": _CONTEXT, "@graph": graph}, option=orjson.OPT_INDENT_2)


def _file_entities(files: Described) -> Iterator[Entity]:
    for path, (size, sha256, media_type) in files.items():
        entity = {
            "@id": path,
            "@type": "File",
            "name": path.rpartition("/")[2],
            "contentSize": str(size),
            "sha256": sha256,
        }
        yield entity | ({"encodingFormat": media_type} if media_type else {})


def _described(root: Node, places: Mapping[str, str]) -> Iterator[Entity]:
    """Projects, datasets, plates, images and others, with their tags and key–values."""
    notes = {node.get("ID"): node for around in root.iter(f"{_TAG}StructuredAnnotations")
             for node in around}  # fmt: skip
    for node in root:
        kind = str(node.tag).removeprefix(_TAG)
        if kind not in _KINDS:
            continue
        key = node.get("ID")
        entity: Entity = {"@id": f"#{key}", "@type": _KINDS[kind], "additionalType": kind}
        entity["name"] = node.get("Name") or key
        description = node.findtext(f"{_TAG}Description")
        if description:
            entity["description"] = description
        if kind != "Image":
            inside = [one.get("ID") for name in _PARTS for one in node.iter(f"{_TAG}{name}")]
            entity["hasPart"] = _references([f"#{one}" for one in dict.fromkeys(inside)])
        elif key in places:
            entity["isPartOf"] = {"@id": places[key]}
        entity |= _annotations(node, notes)
        yield entity


def _annotations(node: Node, notes: Mapping[str, Node]) -> Entity:
    tags: list[str] = []
    pairs: list[Entity] = []
    for reference in node.findall(f"{_TAG}AnnotationRef"):
        note = notes.get(reference.get("ID"))
        kind = "" if note is None else str(note.tag).removeprefix(_TAG)
        if note is not None and kind == "TagAnnotation":
            tags.append(note.findtext(f"{_TAG}Value") or "")
        elif note is not None and kind == "MapAnnotation":
            pairs += [
                {"@type": "PropertyValue", "name": pair.get("K"), "value": pair.text or ""}
                for pair in note.iter(f"{_TAG}M")
            ]
    return ({"keywords": ", ".join(tags)} if tags else {}) | (
        {"additionalProperty": pairs} if pairs else {}
    )


def _references(ids: "Sequence[str] | Mapping[str, Any]") -> list[Entity]:
    return [{"@id": one} for one in ids]
