"""Where every element and attribute of OME-XML is kept, as a list: for people and for a test."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from store.documents.mapping import ELEMENTS, NOT_STORED, ROOT, TOP
from store.documents.parts import (
    Back,
    Bare,
    Element,
    Held,
    Inline,
    Leaf,
    Many,
    Markup,
    Notes,
    One,
    Owned,
    Pairs,
    Part,
    Value,
)


@dataclass(frozen=True, slots=True)
class Place:
    """One element or attribute, and where it is kept, or why it is not."""

    path: str
    """"Image/AcquisitionDate" or "Image@Name"."""
    where: str


def places() -> Iterator[Place]:
    """Every element and attribute of the mapping, in its order."""
    yield from _element(ROOT)
    yield Place("StructuredAnnotations", "the annotations in it, in `annotation`")
    for name in TOP:
        yield Place(f"OME/{name}", "")
    for element in ELEMENTS.values():
        yield from _element(element)
    for path, reason in NOT_STORED.items():
        yield Place(path, f"not kept: {reason}")


def _element(element: Element) -> Iterator[Place]:
    table = element.table.__tablename__
    yield Place(element.name, f"`{table}`")
    if element.identified:
        yield Place(f"{element.name}@ID", "not kept: documents number their own; new ones get"
                    " those of the database")  # fmt: skip
    for value in element.values:
        if isinstance(value, One):
            yield Place(f"{element.name}@{value.name}", f"`{table}.{value.column}`")
        else:
            yield from _attribute(element.name, table, value)
    for value in element.protocol:
        where = f"`protocol.{value.column}`, of a protocol linked by `protocol_link`"
        yield Place(f"{element.name}@{value.name}", where)
    for part in element.parts:
        yield from _part(element, table, part)


def _attribute(path: str, table: str, value: Value) -> Iterator[Place]:
    yield Place(f"{path}@{value.name}", f"`{table}.{value.column}`")
    if value.unit:
        yield Place(f"{path}@{value.name}Unit", f"`{table}.{value.column}_unit`")


def _part(element: Element, table: str, part: Part) -> Iterator[Place]:
    path = f"{element.name}/{part.name if not isinstance(part, Owned) else ''}"
    if isinstance(part, Leaf):
        yield Place(path, f"`{table}.{part.value.column}`")
    elif isinstance(part, Inline):
        yield from _inline(path, table, part)
    elif isinstance(part, One):
        yield Place(path, f"`{table}.{part.column}`")
    elif isinstance(part, Many):
        yield Place(path, f"`{part.link.__tablename__}`")
    elif isinstance(part, Back):
        yield Place(path, f"`{ELEMENTS[part.target].table.__tablename__}.{part.column}`")
    elif isinstance(part, Held):
        yield Place(path, f"`{table}.{part.column}`")
    elif isinstance(part, Notes):
        yield Place(path, "`annotation_link`")
    elif isinstance(part, Pairs):
        yield from _pairs(path, f"{table}.{part.column}" if part.column else "map_pair")
    elif isinstance(part, Markup):
        yield Place(path, f"`{table}.{part.column}`, as XML")
    elif isinstance(part, Bare):
        yield Place(path, f"kept as no row of {' or '.join(part.instead_of)}")
    else:
        yield from _owned(element, part)


def _inline(path: str, table: str, part: Inline) -> Iterator[Place]:
    where = f"`{table}.{part.content.column}`" if part.content is not None else f"`{table}`"
    yield Place(path, where)
    for value in part.values:
        yield from _attribute(path, table, value)
    for leaf in part.leaves:
        yield Place(f"{path}/{leaf.name}", f"`{table}.{leaf.value.column}`")


def _owned(element: Element, part: Owned) -> Iterator[Place]:
    inside = f"{element.name}/{part.inside}" if part.inside else element.name
    if part.inside:
        yield Place(inside, "its shapes, in order of `shape.index`")
    for name in (part.group,) if part.group else part.elements:
        child = ELEMENTS[part.elements[0]].table.__tablename__
        yield Place(f"{inside}/{name}", f"`{child}.{part.column}`")


def _pairs(path: str, where: str) -> Iterator[Place]:
    yield Place(path, f"`{where}`")
    yield Place(f"{path}/M", f"`{where}`, in order")
    yield Place(f"{path}/M@K", f"`{where}`")


def listing() -> str:
    """The page docs/reference/ome-model.md."""
    lines = [
        "# Where OME-XML is kept",
        "",
        "Every element and attribute of OME-XML 2016-06 and the table and column that it is kept"
        " in; GraphQL has the same names in camel case, with a type for each table. Written by"
        " `python -m store.documents.listing` from the mapping that import and export run from.",
        "",
        "- An empty name is no name. Times without a zone are taken as UTC. Numbers that are not"
        " finite (NaN, INF) are not kept. A value without a unit has the unit that the schema"
        " gives it. Repeated references from one element to the same other count once.",
        "- A region (ROI) belongs to one image: one that several images refer to is copied for"
        " each. A folder is in one folder, a field (WellSample) in one acquisition: further ones"
        " are left out, and the import says so.",
        "- Experimenters and groups of a document become persons and person groups: they describe"
        " data and are never accounts.",
        "- Each experiment also makes a protocol of type “experiment”, linked to its images; the"
        " protocol of a screen becomes one of type “screen”.",
        "",
        "| In OME-XML | Kept in |",
        "| --- | --- |",
    ]
    lines += [f"| {place.path} | {place.where} |" for place in places() if place.where]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(listing())
