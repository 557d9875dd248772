"""Turns the elements of an OME-XML 2016-06 document into rows, by the mapping."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NoReturn

from lxml import etree

from store import models
from store.documents import values
from store.documents.mapping import ELEMENTS, NAMESPACE, ROOT, TOP
from store.documents.parts import (
    Back,
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
    Table,
    Value,
)
from store.documents.records import Records, Row
from store.errors import UnreadableFileError

type Node = Any  # lxml publishes no types

_TAG = f"{{{NAMESPACE}}}"
_FRONT = len(_TAG)


MOST = 200_000
"""Elements of one kind that are kept of files that hold the planes themselves."""
_MANY = frozenset({"Plane", "TiffData"})


@dataclass(frozen=True, slots=True)
class _Plan:
    """An element, looked up by the names that stand in documents."""

    element: Element
    values: dict[str, Value]
    units: dict[str, Value]
    ones: dict[str, One]
    protocol: dict[str, Value]
    parts: dict[str, Part]
    blank: Row
    required: tuple[Value, ...]
    lengths: dict[str, int]
    """Most characters of its columns that have a limit."""


@dataclass(slots=True)
class _Pending:
    """A reference that is looked up when the whole document has been read."""

    target: Table
    id: str
    node: Node
    settle: Callable[[int], None]


def read(
    root: Node, name: str, *, lenient: bool = False, images: Collection[int] | None = None
) -> Records:
    """Read the rows of a document.

    Args:
        root: Of an OME-XML 2016-06 document.
        name: Name of its file, for errors.
        lenient: Leave out what is wrong, with a note, instead of refusing the document.
        images: Numbers of the Image elements to read; all if not given.

    Raises:
        UnreadableFileError: A value is of another kind, a reference leads nowhere, an ID is
            used twice, folders or annotations hold themselves, or an element is unknown.
    """
    return _Reader(name, lenient, images).read(root)


def blank(element: str) -> Row:
    """A row of an element of which nothing is said: all columns that the mapping fills."""
    return dict(_plan(element).blank)


@dataclass
class _Reader:
    name: str
    lenient: bool
    images: Collection[int] | None
    records: Records = field(default_factory=Records)
    known: dict[tuple[Table, str], int] = field(default_factory=dict)
    pending: list[_Pending] = field(default_factory=list)
    linked: dict[tuple[Any, ...], int] = field(default_factory=dict)
    shared: list[tuple[int, int]] = field(default_factory=list)
    """Regions that are on a further image."""

    def read(self, root: Node) -> Records:
        """Read all rows, then look up what they refer to."""
        if root.tag != f"{_TAG}OME":
            self._refuse(f"its root is {str(root.tag)[:80]}, not OME of 2016-06")
        plan = _plan(ROOT.name)
        self.records.root = dict(plan.blank)
        self._attributes(plan, root, self.records.root)
        number = -1
        for child in root:
            local = _local(child)
            if local == "Image":
                number += 1
                if self.images is None or number in self.images:
                    self._top(child, local)
            elif local == "StructuredAnnotations":
                for annotation in child:
                    self._top(annotation, _local(annotation))
            elif local in plan.parts:
                self._own(plan.parts[local], plan, child, self.records.root)
            else:
                self._top(child, local)
        self._settle()
        check_cycles(self.records, self._wrong)
        return self.records

    def _fault(self, node: Node, why: str) -> None:
        self._wrong(f"line {node.sourceline}: {why}")

    def _wrong(self, text: str) -> None:
        """Refuse the document, or note what is wrong with it."""
        if self.lenient:
            self.records.note(text)
        else:
            self._refuse(text)

    def _refuse(self, text: str) -> NoReturn:
        raise UnreadableFileError(
            f"The OME-XML of {self.name} cannot be kept: {text}.",
            "Correct it there, or write the document anew as OME-XML 2016-06.",
        )

    def _top(self, node: Node, local: str) -> None:
        element = ELEMENTS.get(local)
        if element is None or (local not in TOP and element.family != "Annotation"):
            self._fault(node, f"there is no element {local[:80]} here")
            return
        self._element(element, node, {})

    def _element(self, element: Element, node: Node, more: Row) -> int | None:
        """Read one element with all that is in it; its number, or none if it is left out."""
        plan = _plan(element.name)
        row = plan.blank | more
        self._attributes(plan, node, row)
        if element.content is not None:
            self._value(element.content, node, node.text or "", row)
        later = []
        for child in node:
            local = _local(child)
            part = plan.parts.get(local)
            if part is None:
                self._fault(child, f"there is no element {local[:80]} in {element.name}")
            elif isinstance(part, (Leaf, Inline, One, Markup)) or _in_row(part):
                self._own(part, plan, child, row)
            else:
                later.append((child, part))
        missing = next((value for value in plan.required if row[value.column] is None), None)
        if missing is not None and "text_value" in row and row["text_value"] is not None:
            missing = None  # a time that no database keeps
        if missing is not None:
            self._fault(node, f"{element.name} needs a valid {missing.name}")
            return None
        self._shorten(plan, node, row)
        number = self.records.add(element.table, row)
        if element.identified:
            self._identify(element, node, number)
        self._inside(element, later, number, row)
        return number

    def _inside(
        self, element: Element, later: Sequence[tuple[Node, Part]], number: int, row: Row
    ) -> None:
        counts: dict[int, int] = {}
        for child, part in later:
            if isinstance(part, Owned):
                for owned in child if part.inside else (child,):
                    self._owned(element, part, owned, number, counts)
            elif isinstance(part, Held):
                row[part.column] = self._element(ELEMENTS[part.name], child, {})
            elif isinstance(part, Pairs):
                self._pair_rows(child, number)
            elif isinstance(part, (Many, Back, Notes)):
                self._reference(element, part, child, number)

    def _owned(
        self, element: Element, part: Owned, node: Node, number: int, counts: dict[int, int]
    ) -> None:
        local = _local(node)
        if local not in part.elements:
            self._fault(node, f"there is no element {local[:80]} in {element.name}")
            return
        if self.lenient and local in _MANY and len(self.records.of(ELEMENTS[local].table)) >= MOST:
            self.records.note(f"more than {MOST} {local} elements")
            return
        more: Row = {part.column: number}
        if part.index:
            more[part.index] = counts.get(id(part), 0)
        if self._element(ELEMENTS[local], node, more) is not None:
            counts[id(part)] = counts.get(id(part), 0) + 1

    def _attributes(self, plan: _Plan, node: Node, row: Row) -> None:
        for name, text in node.items():
            value = plan.values.get(name)
            if value is not None:
                self._value(value, node, text, row)
            elif name in plan.units:
                self._unit(plan.units[name], node, text, row)
            elif name in plan.ones:
                self._one(plan.ones[name], node, text, row)
            elif name in plan.protocol:
                row.setdefault("protocol", {})[plan.protocol[name].column] = values.plain(text)
            elif name[0] != "{" and not (name == "ID" and plan.element.identified):
                self._fault(node, f"{plan.element.name} has no attribute {name[:80]}")
        for value in plan.units.values():
            unit = f"{value.column}_unit"
            if row[value.column] is None:
                row[unit] = None
            elif row[unit] is None:
                row[unit] = value.unit

    def _value(self, value: Value, node: Node, text: str, row: Row) -> None:
        try:
            row[value.column] = values.parsed(value, text)
        except values.WrongValueError as error:
            if not (value.kind is Kind.TIME and "text_value" in row and values.is_time(text)):
                self._fault(node, f"{value.name} is {text[:40]!r}, not {error}")
                return
            row["text_value"] = text.strip()
        else:
            if value.kind is Kind.TIME and "text_value" in row and not values.is_exact(text):
                row["text_value"] = text.strip()

    def _unit(self, value: Value, node: Node, text: str, row: Row) -> None:
        try:
            row[f"{value.column}_unit"] = values.parsed_unit(value, text)
        except values.WrongValueError as error:
            self._fault(node, f"{value.name}Unit is {text[:40]!r}, {error}")

    def _shorten(self, plan: _Plan, node: Node, row: Row) -> None:
        for column, limit in plan.lengths.items():
            text = row[column]
            if text is not None and len(text) > limit:
                kept = f"{column} of {plan.element.name}"
                self._fault(node, f"{kept} has {len(text)} characters; {limit} can be kept")
                row[column] = text[:limit]

    def _identify(self, element: Element, node: Node, number: int) -> None:
        key = node.get("ID")
        if key is None:
            self._fault(node, f"{element.name} has no ID")
        elif (element.table, key) in self.known:
            self._fault(node, f"the ID {key[:80]!r} is used twice")
        else:
            self.known[element.table, key] = number

    def _own(self, part: Part, plan: _Plan, node: Node, row: Row) -> None:
        """Read a child element that is kept in the row itself."""
        if isinstance(part, Leaf):
            self._value(part.value, node, node.text or "", row)
        elif isinstance(part, Inline):
            self._inline(part, plan, node, row)
        elif isinstance(part, One):
            self._one(part, node, node.get("ID", ""), row)
        elif isinstance(part, Markup):
            row[part.column] = values.plain(_markup(node))
        elif isinstance(part, Pairs) and part.column:
            row[part.column] = _pairs(node)

    def _inline(self, part: Inline, plan: _Plan, node: Node, row: Row) -> None:
        by_name = {value.name: value for value in part.values}
        for name, text in node.items():
            if name in by_name:
                self._value(by_name[name], node, text, row)
            else:
                self._fault(node, f"{part.name} has no attribute {name[:80]}")
        leaves = {leaf.name: leaf for leaf in part.leaves}
        for child in node:
            if _local(child) in leaves:
                self._value(leaves[_local(child)].value, child, child.text or "", row)
            else:
                self._fault(child, f"there is no element {_local(child)[:80]} in {part.name}")
        if part.content is not None:
            self._value(part.content, node, node.text or "", row)
        for value in part.all():
            if value.required and row[value.column] is None:
                self._fault(node, f"{part.name} needs a valid {value.name}")
                row.update({other.column: None for other in part.all()})

    def _one(self, one: One, node: Node, key: str, row: Row) -> None:
        def settle(number: int) -> None:
            row[one.column] = number

        self.pending.append(_Pending(ELEMENTS[one.target].table, key, node, settle))

    def _reference(
        self, element: Element, part: Many | Back | Notes, node: Node, number: int
    ) -> None:
        target = models.Annotation if isinstance(part, Notes) else ELEMENTS[part.target].table

        def settle(found: int) -> None:
            if isinstance(part, Notes):
                same = {"parent_type": element.table.__name__}
                self._link(models.AnnotationLink, number, found, same)
            elif isinstance(part, Many):
                self._link(part.link, number, found, dict(part.fixed), indexed=part.indexed)
            else:
                self._back(part, node, found, number)

        self.pending.append(_Pending(target, node.get("ID", ""), node, settle))

    def _link(
        self, link: Table, parent: int, child: int, same: Row, *, indexed: bool = False
    ) -> None:
        key = (link, parent, child, *same.values())
        if key in self.linked:
            return
        place = (link, parent, *same.values())
        row = {"parent_id": parent, "child_id": child, **same}
        self.linked[key] = 0
        if indexed:
            row["index"] = self.linked.get(place, 0)
            self.linked[place] = row["index"] + 1
        self.records.add(link, row)

    def _back(self, part: Back, node: Node, found: int, number: int) -> None:
        row = self.records.of(ELEMENTS[part.target].table)[found]
        if row[part.column] is None:
            row[part.column] = number
        elif row[part.column] != number and part.target == "ROI":
            self.shared.append((found, number))
        elif row[part.column] != number:
            self.records.note(
                f"line {node.sourceline}: {part.target} {node.get('ID', '')[:80]} is already in"
                " another place, where it stays"
            )

    def _pair_rows(self, node: Node, number: int) -> None:
        for index, (key, value) in enumerate(_pairs(node)):
            row = {"annotation_id": number, "index": index, "key": key, "value": value}
            self.records.add(models.MapPair, row)

    def _settle(self) -> None:
        for reference in self.pending:
            found = self.known.get((reference.target, reference.id))
            if found is None:
                kind = reference.target.__name__
                self._fault(reference.node, f"there is no {kind} {reference.id[:80]!r}")
            else:
                reference.settle(found)
        _copy_shared(self.records, self.shared)
        self._check_planes()
        for table, column in _NEEDED.items():
            drop(self.records, table, column)

    def _check_planes(self) -> None:
        """Report planes of one image that are in the same place; the first stays."""
        seen: set[tuple[int, int, int, int]] = set()
        for row in self.records.of(models.Plane):
            place = (row["pixels_id"], row["the_t"], row["the_c"], row["the_z"])
            if place in seen:
                self._wrong("an image describes the same plane twice")
                row["the_z"] = None
            seen.add(place)


_NEEDED: dict[Table, str] = {
    models.ObjectiveSettings: "objective_id",
    models.DetectorSettings: "detector_id",
    models.LightSourceSettings: "light_source_id",
    models.Plane: "the_z",
}


def drop(records: Records, table: Table, column: str) -> None:
    """Leave out rows without a value that they need, and what is annotated on them."""
    rows = records.of(table)
    kept = [number for number, row in enumerate(rows) if row[column] is not None]
    if len(kept) == len(rows):
        return
    numbers = {old: new for new, old in enumerate(kept)}
    records.rows[table] = [rows[number] for number in kept]
    links = []
    for link in records.of(models.AnnotationLink):
        if link["parent_type"] != table.__name__:
            links.append(link)
        elif link["parent_id"] in numbers:
            links.append(link | {"parent_id": numbers[link["parent_id"]]})
    records.rows[models.AnnotationLink] = links


def _copy_shared(records: Records, shared: list[tuple[int, int]]) -> None:
    """Give every further image that a region is on a copy of the region with its shapes.

    A region belongs to one image, so that changing it on one image does not change another.
    """
    for roi, image in shared:
        copy = records.add(models.ROI, records.of(models.ROI)[roi] | {"image_id": image})
        _copy_notes(records, models.ROI, roi, copy)
        for number, shape in enumerate(list(records.of(models.Shape))):
            if shape["roi_id"] == roi:
                other = records.add(models.Shape, shape | {"roi_id": copy})
                _copy_notes(records, models.Shape, number, other)


def _copy_notes(records: Records, table: Table, number: int, copy: int) -> None:
    for link in list(records.of(models.AnnotationLink)):
        if link["parent_type"] == table.__name__ and link["parent_id"] == number:
            records.add(models.AnnotationLink, link | {"parent_id": copy})


def check_cycles(records: Records, wrong: Callable[[str], None]) -> None:
    """Report folders, pumps and annotations that hold themselves, and cut the circle there."""
    for table, column, what in (
        (models.Folder, "parent_id", "a folder is in itself"),
        (models.LightSource, "pump_id", "a laser pumps itself"),
    ):
        rows = records.of(table)
        held = {n: [row[column]] for n, row in enumerate(rows) if row[column] is not None}
        for number in _circles(held):
            wrong(what)
            rows[number][column] = None
    links: dict[int, list[int]] = {}
    for link in records.of(models.AnnotationLink):
        if link["parent_type"] == "Annotation":
            links.setdefault(link["parent_id"], []).append(link["child_id"])
    circling = set(_circles(links))
    if circling:
        wrong("an annotation is on itself")
        records.rows[models.AnnotationLink] = [
            link
            for link in records.of(models.AnnotationLink)
            if link["parent_type"] != "Annotation" or link["parent_id"] not in circling
        ]


def _circles(edges: dict[int, list[int]]) -> list[int]:
    """One number of each circle that a walk along edges finds."""
    state: dict[int, int] = {}
    found = []
    for start in edges:
        stack = [(start, iter(edges.get(start, ())))] if start not in state else []
        state.setdefault(start, 1)
        while stack:
            number, following = stack[-1]
            other = next(following, None)
            if other is None:
                state[number] = 2
                stack.pop()
            elif state.get(other) == 1:
                found.append(number)
            elif other not in state:
                state[other] = 1
                stack.append((other, iter(edges.get(other, ()))))
    return found


@cache
def _plan(name: str) -> _Plan:
    element = ROOT if name == ROOT.name else ELEMENTS[name]
    plain = [value for value in element.values if isinstance(value, Value)]
    parts: dict[str, Part] = {}
    for part in element.parts:
        if isinstance(part, Owned):
            parts.update(dict.fromkeys((part.inside,) if part.inside else part.elements, part))
        else:
            parts[part.name] = part
    scalars = list(element.scalars())
    blank: Row = dict.fromkeys(columns_of(element.table))
    blank |= {value.column: value.missing for value in scalars if value.missing is not None}
    if element.polymorphic:
        blank["kind"] = element.name
    return _Plan(
        element=element,
        values={value.name: value for value in plain},
        units={f"{value.name}Unit": value for value in plain if value.unit},
        ones={one.name: one for one in element.values if isinstance(one, One)},
        protocol={value.name: value for value in element.protocol},
        parts=parts,
        blank=blank,
        required=_required(element),
        lengths={
            value.column: length
            for value in scalars
            if (length := getattr(element.table.__table__.c[value.column].type, "length", None))
            and value.kind is Kind.TEXT
        },
    )


def _required(element: Element) -> tuple[Value, ...]:
    inline = {value for part in element.parts if isinstance(part, Inline) for value in part.all()}
    return tuple(value for value in element.scalars() if value.required and value not in inline)


@cache
def columns_of(table: Table) -> tuple[str, ...]:
    """All columns of a table that an element, or what is around it, fills."""
    found: dict[str, None] = {}
    for element in (*ELEMENTS.values(), ROOT):
        if element.table is table:
            found.update(dict.fromkeys(element.columns()))
        for part in element.parts:
            if isinstance(part, Back) and ELEMENTS[part.target].table is table:
                found[part.column] = None
            if isinstance(part, Owned) and ELEMENTS[part.elements[0]].table is table:
                found[part.column] = None
                if part.index:
                    found[part.index] = None
    return tuple(found)


def _in_row(part: Part) -> bool:
    return isinstance(part, Pairs) and bool(part.column)


def _local(node: Node) -> str:
    tag = node.tag
    if isinstance(tag, str) and tag.startswith(_TAG):
        return tag[_FRONT:]
    return str(tag)


def _pairs(node: Node) -> list[list[str]]:
    return [
        [values.plain(pair.get("K", "")), values.plain(pair.text or "")]
        for pair in node
        if _local(pair) == "M"
    ]


def _markup(node: Node) -> str:
    """All that is inside an element, as XML text."""
    start = (node.text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return start + "".join(etree.tostring(child, encoding="unicode") for child in node)
