"""Makes OME-XML documents by chance, or one that holds every element and attribute there is."""

import base64
import random
from typing import Any

from lxml import etree

from store.documents.mapping import ANNOTATIONS, ELEMENTS, NAMESPACE, ROOT, TOP
from store.documents.parts import (
    COUNT,
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
    Value,
)  # fmt: skip
from store.models import units

type Node = Any
NSMAP: Any = {None: NAMESPACE}

WORDS = ("a", "Zelle", "µm & <b>", ' "quoted" ', "two\nlines", "日本語", "x,y", "0.5 µM", "  ")
XML_PIXEL_TYPES = (
    *("int8", "int16", "int32", "uint8", "uint16", "uint32", "float", "double", "complex"),
    *("double-complex", "bit"),
)
UNIQUE = {("Image", "ROIRef"), ("Folder", "FolderRef"), ("PlateAcquisition", "WellSampleRef"),
          ("WellSample", "ImageRef")}  # fmt: skip


def generate(seed: int, *, full: bool = False) -> bytes:
    """Make a document that the schema allows.

    Args:
        seed: The same seed makes the same document.
        full: With every element and attribute, each at least once.
    """
    return _Maker(seed, full).document()


class _Maker:
    def __init__(self, seed: int, full: bool) -> None:
        self.random = random.Random(seed)
        self.full = full
        self.made: dict[str, list[Node]] = {}
        self.references: list[tuple[Node, str, str]] = []
        self.used: set[tuple[str, str, str]] = set()

    def document(self) -> bytes:
        root = etree.Element(f"{{{NAMESPACE}}}OME", nsmap=NSMAP)
        self.values(ROOT, root)
        rights = next(
            part for part in ROOT.parts if isinstance(part, Inline) and part.name == "Rights"
        )
        self.inline(rights, root)
        for name in TOP:
            if name == "StructuredAnnotations":
                notes = self.child(root, name)
                for kind in ANNOTATIONS:
                    for _ in range(self.count(2, kind)):
                        self.element(ELEMENTS[kind], notes)
                if not len(notes):
                    root.remove(notes)
                continue
            for _ in range(self.count(3, name)):
                self.element(ELEMENTS[name], root)
        self.settle()
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def count(self, most: int, name: str) -> int:
        if self.full:
            return 2
        # A manipulation needs a person and a region.
        least = 1 if name in ("Experimenter", "ROI", "Instrument") else 0
        return self.random.randint(least, max(least, most))

    def wanted(self) -> bool:
        return self.full or self.random.random() < 0.5

    def child(self, parent: Node, name: str) -> Node:
        return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")

    def element(self, element: Element, parent: Node) -> Node:
        node = self.child(parent, element.name)
        if element.identified:
            number = len(self.made.setdefault(element.prefix, []))
            node.set("ID", f"{element.prefix}:{number}:{self.random.randint(0, 9)}")
            self.made[element.prefix].append(node)
        self.values(element, node)
        if element.content is not None:
            node.text = self.text_of(element.content)
        for part in element.parts:
            self.part(part, element, node)
        return node

    def values(self, element: Element, node: Node) -> None:
        for value in (*element.values, *element.protocol):
            if isinstance(value, One):
                if value.name == "ID" or self.wanted():
                    self.references.append((node, value.name, ELEMENTS[value.target].prefix))
            elif value.required or self.wanted():
                self.attribute(value, node, element)

    def attribute(self, value: Value, node: Node, element: Element) -> None:
        node.set(value.name, self.text_of(value))
        if element.name == "Plane" and value.name == "TheZ":
            node.set("TheZ", str(len(node.getparent())))
        if value.unit and self.wanted():
            symbols = units.units_of(units.UNITS[value.unit].dimension)
            node.set(f"{value.name}Unit", self.random.choice(list(symbols)))

    def part(self, part: Any, element: Element, node: Node) -> None:
        if isinstance(part, Leaf):
            if part.value.required or self.wanted():
                self.child(node, part.name).text = self.text_of(part.value)
        elif isinstance(part, Inline):
            if element.name == "BinaryFile":
                alternative = len(self.made.get("Annotation", ())) % 2 == 0
                if alternative == (part.name == "External"):
                    self.inline(part, node)
            elif part.name == "BinData" or self.wanted():
                self.inline(part, node)
        elif isinstance(part, Owned):
            self.owned(part, element, node)
        elif isinstance(part, Held):
            self.element(ELEMENTS[part.name], node)
        elif isinstance(part, Pairs):
            if not part.column or self.wanted():
                pairs = self.child(node, part.name)
                for _ in range(self.random.randint(0, 3) + self.full):
                    pair = self.child(pairs, "M")
                    pair.set("K", self.words())
                    pair.text = self.words()
        elif isinstance(part, Markup):
            value = self.child(node, part.name)
            value.text = "\n  "
            other = etree.SubElement(value, "{urn:example}other", key="<1>")
            other.text = "text & more "
            etree.SubElement(other, f"{{{NAMESPACE}}}own").tail = " after"
        elif isinstance(part, Bare):
            if not any(child.tag.endswith(part.instead_of) for child in node):
                self.child(node, part.name)
        else:
            self.refer(part, element, node)

    def refer(self, part: One | Many | Back | Notes, element: Element, node: Node) -> None:
        target = "Annotation" if isinstance(part, Notes) else ELEMENTS[part.target].prefix
        single = isinstance(part, One) or (isinstance(part, Many) and part.single)
        needed = element.name == "MicrobeamManipulation"
        number = 1 if needed or self.full else self.random.randint(0, 1 if single else 2)
        for _ in range(number):
            self.references.append((self.child(node, part.name), "ID", target))

    def inline(self, part: Inline, node: Node) -> None:
        made = self.child(node, part.name)
        for value in part.values:
            if value.required or self.wanted():
                made.set(value.name, self.text_of(value))
        for leaf in part.leaves:
            self.child(made, leaf.name).text = self.text_of(leaf.value)
        if part.content is not None:
            made.text = self.text_of(part.content)

    def owned(self, part: Owned, element: Element, node: Node) -> None:
        kind = len(self.made.get("Pixels", ())) % 3
        if part.elements == ("BinData",) and kind != 0:
            return
        if part.elements == ("TiffData",) and kind != 1:
            return
        single = part.column in ("image_id", "filter_id", "channel_id") or part.elements == (
            "Microscope",
        )
        least = int(part.elements[0] in ("Pixels", "Rectangle", "BinData", "TiffData"))
        number = 1 if single and self.full else self.random.randint(least, 1 if single else 3)
        names = [self.random.choice(part.elements) for _ in range(number)]
        if self.full:
            names = list(part.elements) * (1 if single else 2)
        around = self.child(node, part.inside) if part.inside else node
        for name in names:
            self.element(ELEMENTS[name], around)

    def settle(self) -> None:
        for node, attribute, target in self.references:
            found = self.target(node, attribute, target)
            if found is not None:
                node.set(attribute, found)
            elif attribute == "ID":
                node.getparent().remove(node)

    def target(self, node: Node, attribute: str, target: str) -> str | None:
        place = etree.QName(node).localname
        parent = etree.QName(node.getparent()).localname
        targets = [found for found in self.made.get(target, ()) if self.allowed(node, found, place)]
        if parent == "PlateAcquisition" and target == "WellSample":
            plate = node.getparent().getparent()
            targets = [found for found in targets if found.getparent().getparent() is plate]
        self.random.shuffle(targets)
        for found in targets:
            whose = (
                "any" if (parent, place) in UNIQUE else node.getroottree().getpath(node.getparent())
            )
            key = (whose, f"{parent}/{place}", found.get("ID"))
            if attribute != "ID" or place not in REFERENCES or key not in self.used:
                self.used.add(key)
                return str(found.get("ID"))
        return None

    def allowed(self, node: Node, found: Node, place: str) -> bool:
        """No circle: folders and annotations hold later ones, lasers are pumped by no lasers."""
        within = node.getparent()
        if place == "FolderRef" or (place == "AnnotationRef" and within in self.made["Annotation"]):
            prefix = "Folder" if place == "FolderRef" else "Annotation"
            order = self.made[prefix]
            return bool(order.index(found) > order.index(within))
        return place != "Pump" or etree.QName(found).localname != "Laser"

    def words(self) -> str:
        return self.random.choice(WORDS) + str(self.random.randint(0, 99))

    def text_of(self, value: Value) -> str:
        chance = self.random
        if (
            value.name == "Type"
            and value.choices is not None
            and "double-complex" in list(value.choices)
        ):
            return chance.choice(XML_PIXEL_TYPES)
        match value.kind:
            case Kind.CHOICE:
                return str(chance.choice(list(value.choices or ())))
            case Kind.CHOICES:
                return " ".join(chance.sample([str(one) for one in value.choices or ()], 2))
            case Kind.FLAG:
                return chance.choice(("true", "false", "1", "0"))
            case Kind.INTEGER:
                low = 1 if value.limits is COUNT else int(value.limits.least or 0)
                return str(chance.choice((low, low + 1, 7, 255, min(2**31 - 1, 10**9))))
            case Kind.NUMBER:
                if value.limits.most == 1:
                    return repr(chance.random())
                return chance.choice(("1", "0.1", "12.5E-3", repr(chance.uniform(0.001, 1e6))))
            case Kind.TIME:
                zone = chance.choice(("", "Z", "+05:30", "-11:00"))
                return (
                    f"20{chance.randint(10, 26)}-02-03T04:05:06{chance.choice(('', '.25'))}{zone}"
                )
            case Kind.BINARY:
                return base64.b64encode(chance.randbytes(chance.randint(0, 50))).decode()
            case Kind.HEX:
                return chance.randbytes(20).hex()
            case Kind.UUID:
                digits = chance.randbytes(16).hex()
                parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
                return "urn:uuid:" + "-".join(parts)
            case _:
                return self.number_of_text(value)

    def number_of_text(self, value: Value) -> str:
        if value.name == "Points":
            return "0,0 1.5,2 3,-1"
        if value.name in ("Namespace", "href"):
            return f"urn:example:{self.random.randint(0, 9)}"
        return self.words()


REFERENCES = frozenset(
    part.name
    for element in ELEMENTS.values()
    for part in element.parts
    if isinstance(part, (Many, Back, Notes))
) | {"ImageRef"}
