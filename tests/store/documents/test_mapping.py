import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from store.documents.listing import listing, places
from store.documents.mapping import ELEMENTS, NAMESPACE, NOT_STORED
from tests import ome_equivalence
from tests.ome_generator import generate

REPOSITORY = Path(__file__).parents[3]
DATA = Path(os.environ.get("MICROGRAPH_TEST_DATA") or REPOSITORY.parent / "shared" / "data")
SCHEMA = DATA / "ome-xml" / "schema" / "ome.xsd"
XSD = "{http://www.w3.org/2001/XMLSchema}"

type Node = Any


class Schema:
    """The XSD, read on its own: which element has which attributes and children."""

    def __init__(self, path: Path) -> None:
        root: Node = etree.parse(path).getroot()
        self.types = {node.get("name"): node for node in root if node.tag == f"{XSD}complexType"}
        self.elements = {node.get("name"): node for node in root if node.tag == f"{XSD}element"}

    def paths(self) -> Iterator[str]:
        for name, element in self.elements.items():
            if element.get("abstract") != "true":
                yield name
                yield from self.inside(name, element)

    def inside(self, path: str, element: Node) -> Iterator[str]:
        kind = self.types.get(element.get("type"), element.find(f"{XSD}complexType"))
        yield from (f"{path}@{node.get('name')}" for node in self.found(kind, "attribute"))
        for child in self.found(kind, "element"):
            name = child.get("ref") or child.get("name")
            yield f"{path}/{name}"
            if child.get("name") is not None:
                yield from self.inside(f"{path}/{name}", child)

    def found(self, kind: Node, what: str) -> Iterator[Node]:
        """Attributes or elements of a type, those of what it extends first."""
        for extension in () if kind is None else kind.iter(f"{XSD}extension"):
            if extension.get("base") in self.types:
                yield from self.found(self.types[extension.get("base")], what)
        yield from () if kind is None else self.own(kind, what)

    def own(self, node: Node, what: str) -> Iterator[Node]:
        for child in node:
            if child.tag == f"{XSD}{what}":
                yield child
            elif child.tag != f"{XSD}element" and isinstance(child.tag, str):
                yield from self.own(child, what)


@pytest.fixture(scope="module")
def schema() -> Schema:
    if not SCHEMA.exists():
        pytest.skip(f"the OME schema is not at {SCHEMA}")
    return Schema(SCHEMA)


def of_reference(path: str) -> bool:
    """A reference element on its own, which says nothing but whom it refers to."""
    name = path.split("@")[0].split("/")[-1]
    return name.endswith("Ref") or name in ("Leader", "Pump")


def as_declared(path: str, schema: Schema) -> set[str]:
    """A path of the mapping as the schema says it, where it declares an inner element apart."""
    _, slash, inner = path.partition("/")
    name = inner.split("@")[0].split("/")[0]
    if not slash or name not in schema.elements:
        return {path}
    return {path, name} if inner == name else {inner}


def test_every_element_and_attribute_is_stored_or_listed_with_a_reason(schema: Schema) -> None:
    kept = set().union(*(as_declared(place.path, schema) for place in places()))
    needed = {
        path
        for path in schema.paths()
        # Where it is used counts; its only attribute is the ID of whom it refers to.
        if "/" in path.split("@")[0] or not of_reference(path) or path in NOT_STORED
        if not (of_reference(path) and path.endswith("@ID"))
    }
    needed = {path for path in needed if not path.startswith("StructuredAnnotations/")}

    assert needed - kept == set()
    assert {path for path in kept - needed if not of_reference(path)} <= ABSTRACT


ABSTRACT = {"LightSourceGroup", "ShapeGroup"}


def test_every_reference_element_is_used_where_the_schema_uses_it(schema: Schema) -> None:
    kept = {place.path for place in places()}
    references = {path for path in schema.paths() if "/" in path and of_reference(path)}

    assert {path for path in references if "@" not in path} - kept == set()


def test_the_reasons_are_about_what_the_schema_has(schema: Schema) -> None:
    assert set(NOT_STORED) <= set(schema.paths())


def test_defaults_and_types_of_the_comparison_are_those_of_the_schema(schema: Schema) -> None:
    floats = {"float", "PositiveFloat", "NonNegativeFloat", "PercentFraction"}
    wholes = {"PositiveInt", "NonNegativeInt", "NonNegativeLong", "int", "Color"}
    found: dict[str, set[str]] = {"float": set(), "whole": {"Length"}, "flag": set(), "time": set()}
    for element in schema.elements.values():
        for node in element.iter(f"{XSD}attribute"):
            name, kind = node.get("name"), (node.get("type") or "").removeprefix("xsd:")
            if kind in floats:
                found["float"].add(name)
            elif kind in wholes:
                found["whole"].add(name)
            elif kind in ("boolean", "dateTime"):
                found["flag" if kind == "boolean" else "time"].add(name)
            if name.endswith("Unit"):
                assert ome_equivalence.UNIT_OF[name.removesuffix("Unit")] == node.get("default")

    inherited = {"StrokeColor", "FillColor", "FontSize", "TheZ", "TheT", "TheC", "StrokeWidth"}
    inherited |= {"A00", "A01", "A02", "A10", "A11", "A12", "Power", "Locked"}
    assert found["float"] - ome_equivalence.FLOATS == set()
    assert ome_equivalence.FLOATS - found["float"] <= inherited
    assert ome_equivalence.INTEGERS - found["whole"] <= inherited
    assert found["whole"] - ome_equivalence.INTEGERS == set()
    assert ome_equivalence.BOOLEANS - found["flag"] <= inherited
    assert found["time"] == ome_equivalence.TIMES


def test_the_page_about_the_mapping_is_current() -> None:
    page = REPOSITORY / "docs" / "reference" / "ome-model.md"

    assert page.read_text() == listing(), "run: python -m store.documents.listing"


def test_every_column_of_the_mapping_exists() -> None:
    for element in ELEMENTS.values():
        assert set(element.columns()) <= set(element.table.__table__.c.keys()), element.name


def test_the_full_document_holds_every_element_and_attribute() -> None:
    root: Node = etree.fromstring(generate(0, full=True))
    elements = {etree.QName(node).localname for node in root.iter(etree.Element)}
    attributes = {
        f"{etree.QName(node).localname}@{name!s}"
        for node in root.iter(etree.Element)
        for name in node.keys()  # noqa: SIM118  (an element is no mapping)
    }

    assert set(ELEMENTS) - elements == set()
    for element in ELEMENTS.values():
        wanted = {f"{element.name}@{value.name}" for value in element.values}
        assert wanted - attributes == set()
    assert root.tag == f"{{{NAMESPACE}}}OME"
