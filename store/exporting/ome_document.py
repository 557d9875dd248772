"""OME-XML 2016-06 from rows: valid by the schema, written as it is read."""

import math
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from lxml import etree
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible
from store.documents import values
from store.documents.mapping import ANNOTATIONS, ELEMENTS, NAMESPACE, ROOT, TOP
from store.documents.parts import (
    Back,
    Bare,
    Element,
    Held,
    Inline,
    Kind,
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
from store.exporting.closure import Closure, Root
from store.exporting.loading import Batch, Row, load
from store.models.among import among

BATCH = 500
"""Top elements whose rows are in memory at once."""

_TAG = f"{{{NAMESPACE}}}"

_NSMAP: Any = {None: NAMESPACE}

type Node = Any  # lxml publishes no types


def export_document(session: Session, viewer: Viewer, roots: Iterable[Root]) -> Iterator[bytes]:
    """Write an OME-XML document with some rows and all that belongs to them.

    Identifiers are those of the database: "Image:42", "Annotation:7", "LightSource:3"; persons
    that files name are "Experimenter:5". What a fileset says of its document (UUID, creator,
    rights) is written where exactly one fileset is among the roots.

    Args:
        session: For reading; in use until the iterator ends.
        viewer: Who exports; what the viewer may not see is left out.
        roots: Class and database id of what to begin with, such as ("Project", 3), ("Image", 7),
            ("TagAnnotation", 5), or ("Fileset", 2) for all that one import made.

    Returns:
        The document in pieces, valid by the schema of release 2016-06.

    Raises:
        NotFoundError: One of the roots does not exist for the viewer.
        InvalidInputError: A root is of a kind that no document has.
    """
    closure = Closure(session, viewer, roots)
    return _write(session, viewer, closure)


def _write(session: Session, viewer: Viewer, closure: Closure) -> Iterator[bytes]:
    buffer = BytesIO()
    fileset = _fileset(session, viewer, closure)
    with etree.xmlfile(buffer, encoding="utf-8") as file:
        file.write_declaration()
        attributes = {} if fileset is None else _attributes(ROOT, fileset)
        with file.element(f"{_TAG}OME", attributes, nsmap=_NSMAP):
            writer = _Writer(closure)
            if fileset is not None:
                for node in writer.root_parts(fileset):
                    file.write(node)
            for name in TOP:
                if name == "StructuredAnnotations":
                    yield from _annotations(session, viewer, writer, file, buffer)
                    continue
                for node in _nodes(session, viewer, writer, name):
                    file.write(node)
                    yield from _taken(file, buffer)
    yield buffer.getvalue()


def _annotations(
    session: Session, viewer: Viewer, writer: "_Writer", file: Any, buffer: BytesIO
) -> Iterator[bytes]:
    if not writer.closure.ids.get(models.Annotation):
        return
    with file.element(f"{_TAG}StructuredAnnotations"):
        for node in _nodes(session, viewer, writer, ANNOTATIONS[0]):
            file.write(node)
            yield from _taken(file, buffer)


def _taken(file: Any, buffer: BytesIO) -> Iterator[bytes]:
    """What has been written since, if it is worth to be sent."""
    if buffer.tell() < 2**16:
        file.flush()
    if buffer.tell() >= 2**16:
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _nodes(session: Session, viewer: Viewer, writer: "_Writer", name: str) -> Iterator[Node]:
    table = ELEMENTS[name].table
    keys = sorted(writer.closure.ids.get(table, ()))
    for start in range(0, len(keys), BATCH):
        writer.batch = load(session, viewer, table, keys[start : start + BATCH])
        for row in writer.batch.rows[table].values():
            node = writer.element(ELEMENTS[row.kind] if ELEMENTS[name].polymorphic
                                  else ELEMENTS[name], row)  # fmt: skip
            if node is not None:
                yield node


def _fileset(session: Session, viewer: Viewer, closure: Closure) -> Row | None:
    if len(closure.filesets) != 1:
        return None
    fileset = models.Fileset
    return session.scalars(
        select_visible(viewer, fileset).where(among(fileset.id, closure.filesets))
    ).one()


class _Writer:
    """Turns rows of a batch into elements."""

    def __init__(self, closure: Closure) -> None:
        self.closure = closure
        self.batch = Batch()
        self._placed: set[int] = set()
        """Images that a field of a well has; the schema allows each only once."""

    def element(self, element: Element, row: Row) -> Node | None:
        """The element of a row with all that is in it; none where it could not be valid."""
        attributes = _attributes(element, row)
        if any(
            value.required and value.name not in attributes
            for value in element.values
            if isinstance(value, Value)
        ):
            return None
        for value in element.values:
            if isinstance(value, One) and not self._refer(value, row, attributes):
                return None
        if element.identified:
            attributes["ID"] = f"{element.prefix}:{row.id}"
        said = self.batch.protocols.get(row.id) if element.protocol else None
        if said is not None:
            for value in element.protocol:
                _set(attributes, value, getattr(said, value.column))
        node = etree.Element(f"{_TAG}{element.name}", attributes, nsmap=_NSMAP)
        if element.content is not None:
            node.text = values.written(element.content, getattr(row, element.content.column))
        for part in element.parts:
            node.extend(self._part(part, element, row, node))
        return None if element.name == "ROI" and len(node[0]) == 0 else node

    def root_parts(self, fileset: Row) -> Iterator[Node]:
        """The rights of a document; where its metadata is, if there is nothing else in it."""
        for part in ROOT.parts:
            if isinstance(part, Inline) and (part.name != "BinaryOnly" or not self._anything()):
                yield from _inline(part, fileset)

    def _anything(self) -> bool:
        return any(self.closure.ids.values())

    def _refer(self, one: One, row: Row, attributes: dict[str, str]) -> bool:
        """Write a reference that is an attribute; whether the element can do without it."""
        target, key = ELEMENTS[one.target], getattr(row, one.column)
        if self.closure.has(target.table, key):
            attributes[one.name] = f"{target.prefix}:{key}"
            return True
        return one.name != "ID"

    def _part(self, part: Part, element: Element, row: Row, node: Node) -> Iterator[Node]:
        if isinstance(part, Leaf):
            yield from _leaf(part, row)
        elif isinstance(part, Inline):
            yield from _inline(part, row)
        elif isinstance(part, One):
            yield from self._one(part, row)
        elif isinstance(part, Owned):
            yield from self._owned(part, element, row, node)
        elif isinstance(part, Held):
            held = ELEMENTS[part.name]
            found = self.batch.rows.get(held.table, {}).get(getattr(row, part.column))
            made = None if found is None else self.element(held, found)
            if made is not None:
                yield made
        elif isinstance(part, Pairs):
            yield from self._pairs(part, row)
        elif isinstance(part, Markup):
            yield _markup(part, getattr(row, part.column))
        elif isinstance(part, Bare):
            if not any(child.tag[len(_TAG) :] in part.instead_of for child in node):
                yield etree.Element(f"{_TAG}{part.name}")
        else:
            yield from self._references(part, element, row)

    def _one(self, part: One, row: Row) -> Iterator[Node]:
        target, key = ELEMENTS[part.target], getattr(row, part.column)
        if not self.closure.has(target.table, key):
            return
        if part.name == "ImageRef":
            if key in self._placed:
                return
            self._placed.add(key)
        yield _reference(part.name, target, key)

    def _references(self, part: Many | Back | Notes, element: Element, row: Row) -> Iterator[Node]:
        if isinstance(part, Notes):
            target = ELEMENTS[ANNOTATIONS[0]]
            keys = self.batch.notes[element.table][row.id]
        elif isinstance(part, Back):
            target = ELEMENTS[part.target]
            keys = self.batch.children[target.table, part.column][row.id]
        else:
            target = ELEMENTS[part.target]
            keys = [
                link.child_id
                for link in self.batch.links[part.link][row.id]
                if all(getattr(link, name) == value for name, value in part.fixed.items())
            ]
            keys = keys[:1] if part.single else keys
        for key in keys:
            if self.closure.has(target.table, key):
                yield _reference(part.name, target, key)

    def _owned(self, part: Owned, element: Element, row: Row, node: Node) -> Iterator[Node]:
        table = ELEMENTS[part.elements[0]].table
        keys = self.batch.children[table, part.column][row.id]
        if part.elements == ("TiffData",) and any(child.tag == f"{_TAG}BinData" for child in node):
            return
        rows = [self.batch.rows[table][key] for key in keys]
        if part.elements == ("Channel",):
            rows = rows if row.storage["reader"] == "none" else _channels(rows)
        made = []
        for child in rows:
            name = child.kind if len(part.elements) > 1 else next(iter(part.elements))
            if name in part.elements:
                made.append(self.element(ELEMENTS[name], child))
        found = [child for child in made if child is not None]
        if part.inside:
            around = etree.Element(f"{_TAG}{part.inside}")
            around.extend(found)
            yield around
        else:
            yield from found

    def _pairs(self, part: Pairs, row: Row) -> Iterator[Node]:
        pairs = getattr(row, part.column) if part.column else self.batch.pairs[row.id]
        if pairs is None:
            return
        node = etree.Element(f"{_TAG}{part.name}")
        for key, value in pairs:
            pair = etree.SubElement(node, f"{_TAG}M", K=values.writable(key))
            pair.text = values.writable(value)
        yield node


def _channels(rows: list[Row]) -> list[Row]:
    """One channel for each group of samples that lie together; readers make one for each C."""
    kept = []
    number = 0
    while number < len(rows):
        kept.append(rows[number])
        number += max(1, rows[number].samples_per_pixel or 1)
    return kept


def _attributes(element: Element, row: Row) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in element.values:
        if isinstance(value, Value):
            unit = getattr(row, f"{value.column}_unit") if value.unit else None
            _set(found, value, getattr(row, value.column), unit)
    return found


def _set(attributes: dict[str, str], value: Value, kept: Any, unit: str | None = None) -> None:
    text = values.written(value, kept)
    if text is None or (value.unit and not values.writable_unit(value, unit)):
        return
    attributes[value.name] = text
    if unit is not None:
        attributes[f"{value.name}Unit"] = unit


def _leaf(part: Leaf, row: Row) -> Iterator[Node]:
    text = values.written(part.value, getattr(row, part.value.column))
    if part.value.kind is Kind.TIME and part.value.name == "Value" and row.text_value:
        text = row.text_value
    if text is None and part.value.required:
        text = ""
    if text is not None:
        node = etree.Element(f"{_TAG}{part.name}")
        node.text = text
        yield node


def _inline(part: Inline, row: Row) -> Iterator[Node]:
    attributes: dict[str, str] = {}
    for value in part.values:
        _set(attributes, value, getattr(row, value.column))
    if part.content is not None and part.content.column == "mask":
        # What nobody says of a mask that was drawn here, and the schema demands.
        attributes.setdefault("BigEndian", "false")
        attributes.setdefault("Length", str(math.ceil(row.width * row.height / 8)))
    content = None
    if part.content is not None:
        content = values.written(part.content, getattr(row, part.content.column))
    node = etree.Element(f"{_TAG}{part.name}", attributes)
    node.text = content
    for leaf in part.leaves:
        node.extend(_leaf(leaf, row))
    lacking = any(value.required and value.name not in attributes for value in part.values)
    if lacking or (part.content is not None and content is None):
        return
    if attributes or content is not None or len(node):
        yield node


def _markup(part: Markup, text: str | None) -> Node:
    kept = values.writable(text or "")
    try:
        node = etree.fromstring(f'<{part.name} xmlns="{NAMESPACE}">{kept}</{part.name}>'.encode())
    except etree.XMLSyntaxError:  # text that people typed
        node = etree.Element(f"{_TAG}{part.name}")
        node.text = kept
    return node


def _reference(name: str, target: Element, key: int) -> Node:
    return etree.Element(f"{_TAG}{name}", ID=f"{target.prefix}:{key}")
