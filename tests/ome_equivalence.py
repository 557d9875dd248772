"""Whether two OME-XML documents say the same: written on the XML alone, without the mapping.

Ids are renumbered by what they stand for, the order of references is ignored, defaults are made
explicit, numbers are compared as the schema's types, times as moments.
"""

import datetime as dt
import hashlib
import re
import struct
from collections import Counter
from typing import Any

from lxml import etree

NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
FLOATS = frozenset(
    [
        "A00",
        "A01",
        "A02",
        "A10",
        "A11",
        "A12",
        "AirPressure",
        "AmplificationGain",
        "Attenuation",
        "CO2Percent",
        "CalibratedMagnification",
        "CorrectionCollar",
        "CutIn",
        "CutInTolerance",
        "CutOut",
        "CutOutTolerance",
        "DeltaT",
        "EmissionWavelength",
        "ExcitationWavelength",
        "ExposureTime",
        "Gain",
        "Height",
        "Humidity",
        "LensNA",
        "NDFilter",
        "NominalMagnification",
        "Offset",
        "PhysicalSizeX",
        "PhysicalSizeY",
        "PhysicalSizeZ",
        "PinholeSize",
        "PositionX",
        "PositionY",
        "PositionZ",
        "Power",
        "RadiusX",
        "RadiusY",
        "ReadOutRate",
        "RefractiveIndex",
        "RepetitionRate",
        "StrokeWidth",
        "Temperature",
        "TimeIncrement",
        "Transmittance",
        "Voltage",
        "Wavelength",
        "WellOriginX",
        "WellOriginY",
        "Width",
        "WorkingDistance",
        "X",
        "X1",
        "X2",
        "Y",
        "Y1",
        "Y2",
        "Z",
        "Zoom",
    ]
)
INTEGERS = frozenset(
    [
        "Color",
        "Column",
        "Columns",
        "FieldIndex",
        "FillColor",
        "FirstC",
        "FirstT",
        "FirstZ",
        "FontSize",
        "FrequencyMultiplication",
        "IFD",
        "Index",
        "Integration",
        "Length",
        "MaximumFieldCount",
        "PlaneCount",
        "PockelCellSetting",
        "Row",
        "Rows",
        "SamplesPerPixel",
        "SignificantBits",
        "Size",
        "SizeC",
        "SizeT",
        "SizeX",
        "SizeY",
        "SizeZ",
        "StrokeColor",
        "TheC",
        "TheT",
        "TheZ",
    ]
)
BOOLEANS = frozenset(["BigEndian", "Interleaved", "Iris", "Locked", "PockelCell", "Tuneable"])
TIMES = frozenset(["EndTime", "StartTime", "Timepoint"])
UNITS = {
    "µm": "PhysicalSizeX PhysicalSizeY PhysicalSizeZ PinholeSize WorkingDistance",
    "s": "TimeIncrement DeltaT ExposureTime",
    "reference frame": "PositionX PositionY PositionZ X Y Z WellOriginX WellOriginY",
    "nm": "ExcitationWavelength EmissionWavelength CutIn CutOut CutInTolerance CutOutTolerance"
    " Wavelength",
    "°C": "Temperature", "mbar": "AirPressure", "V": "Voltage", "mW": "Power", "Hz": "RepetitionRate",
    "MHz": "ReadOutRate", "pixel": "StrokeWidth", "pt": "FontSize",
}  # fmt: skip
UNIT_OF = {name: unit for unit, names in UNITS.items() for name in names.split()}
DEFAULTS = {
    "Channel": {"Color": "-1"},
    "Well": {"Color": "-1"},
    "TiffData": {"IFD": "0", "FirstZ": "0", "FirstT": "0", "FirstC": "0"},
    "External": {"Compression": "none"},
    "BinData": {"Compression": "none"},
}
SHAPES = frozenset(
    ["Rectangle", "Mask", "Point", "Ellipse", "Line", "Polyline", "Polygon", "Label"]
)
REFERRING = frozenset(
    ["Leader", "Pump", "LightSourceSettings", "DetectorSettings", "ObjectiveSettings"]
)
ORDERED = frozenset(["Channel", "BinData", "TiffData", "M"]) | SHAPES
FAMILIES = {
    **dict.fromkeys(["Laser", "Arc", "Filament", "LightEmittingDiode", "GenericExcitationSource"], "LightSource"),
    **dict.fromkeys(SHAPES, "Shape"),
}  # fmt: skip

type Node = Any
type Said = tuple[Any, ...]


def said(document: bytes) -> Counter[Said]:
    """What a document says: everything in it that stands on its own, with how it is used."""
    return _Reading(document).everything()


def differences(one: bytes, other: bytes) -> list[str]:
    """What only one of two documents says, for a person."""
    left, right = said(one), said(other)
    return [f"- {item}" for item in left - right] + [f"+ {item}" for item in right - left]


class _Reading:
    def __init__(self, document: bytes) -> None:
        parser = etree.XMLParser(remove_comments=True, remove_pis=True)
        self.root = etree.fromstring(document, parser)
        self.by_id = {
            node.get("ID"): node for node in self.root.iter(etree.Element)
            if node.get("ID") is not None and not refers(node) and in_namespace(node)
        }  # fmt: skip
        self.meanings: dict[Node, Said] = {}

    def everything(self) -> Counter[Said]:
        uses: dict[Node, Counter[Said]] = {}
        for node in self.root.iter(etree.Element):
            if in_namespace(node) and refers(node):
                by = self.digest(node.getparent())
                uses.setdefault(self.target(node), Counter())[(local(node), by)] += 1
        found: Counter[Said] = Counter()
        for node in self.root:
            if local(node) == "StructuredAnnotations":
                found.update(self.used(child, uses) for child in node)
            elif len(node) or node.attrib or (node.text or "").strip():
                found[self.used(node, uses)] += 1
        root = tuple(sorted((name, text) for name, text in self.root.items() if name[0] != "{"))
        found[("OME", root)] += 1
        return found

    def used(self, node: Node, uses: dict[Node, Counter[Said]]) -> Said:
        inside = tuple(
            tuple(sorted(uses.get(child, Counter()).items()))
            for child in node.iter(etree.Element)
            if child in uses and child is not node
        )
        mine = tuple(sorted(uses.get(node, Counter()).items()))
        return (self.meaning(node), mine, tuple(sorted(inside)))

    def target(self, node: Node) -> Node:
        return self.by_id[node.get("ID")]

    def digest(self, node: Node) -> str:
        return hashlib.sha256(repr(self.meaning(node)).encode()).hexdigest()[:16]

    def meaning(self, node: Node) -> Said:
        known = self.meanings.get(node)
        if known is None:
            known = self.meanings[node] = self._meaning(node)
        return known

    def _meaning(self, node: Node) -> Said:
        name = local(node)
        if name == "Value" and local(node.getparent()) == "XMLAnnotation":
            return (name, node.text or "", *(markup(child) for child in node))
        attributes = self._attributes(node, name)
        if name.endswith("Ref") or name in REFERRING:
            attributes.append(("to", self.digest(self.target(node))))
        children = [child for child in node if isinstance(child.tag, str)]
        kept = [self.meaning(child) for child in children if local(child) in ORDERED]
        loose = sorted(self.meaning(child) for child in children if local(child) not in ORDERED)
        order = [local(child) for child in children if local(child) in ORDERED - SHAPES]
        grouped = sorted(zip(order, kept, strict=True), key=lambda pair: pair[0]) if order else [
            ("", meaning) for meaning in kept
        ]  # fmt: skip
        text = "" if children else self._text(node, name)
        return (name, tuple(sorted(attributes)), text, tuple(grouped), tuple(loose))

    def _attributes(self, node: Node, name: str) -> list[tuple[str, Any]]:
        given = {key: text for key, text in node.items() if key != "ID" and key[0] != "{"}
        given = DEFAULTS.get(name, {}) | given
        if name != "StageLabel" and given.get("Name") == "":
            del given["Name"]
        if "Annotator" in given:
            # Not what the person is annotated with, which may lead back here.
            given["Annotator"] = repr(self._attributes(self.by_id[given["Annotator"]], ""))
        units = {
            quantity: given.pop(f"{quantity}Unit", unit)
            for quantity, unit in UNIT_OF.items()
            if name not in SHAPES or quantity in {"StrokeWidth", "FontSize"}
        }
        return [
            (key, (typed(key, text), units.get(key, "")) if key in units else typed(key, text))
            for key, text in given.items()
        ]

    def _text(self, node: Node, name: str) -> Any:
        text = node.text or ""
        within = local(node.getparent())
        if name == "AcquisitionDate" or (name == "Value" and within == "TimestampAnnotation"):
            return moment(text)
        if name == "Value" and within in ("LongAnnotation", "DoubleAnnotation"):
            return float(text)
        if name == "Value" and within == "BooleanAnnotation":
            return text.strip() in ("true", "1")
        if name == "HashSHA1":
            return text.strip().upper()
        leaf = {"Description", "Value", "M", "RightsHolder", "RightsHeld"}
        return text if name in leaf else "".join(text.split())


def refers(node: Node) -> bool:
    return local(node).endswith("Ref") or local(node) in REFERRING


def in_namespace(node: Node) -> bool:
    """The element is OME's, and not in the free XML of an annotation."""
    if not str(node.tag).startswith(f"{{{NAMESPACE}}}"):
        return False
    return not any(
        local(around) == "Value" and local(around.getparent()) == "XMLAnnotation"
        for around in node.iterancestors()
    )


def local(node: Node) -> str:
    return "" if node is None else str(node.tag).rsplit("}", 1)[-1]


def typed(name: str, text: str) -> Any:
    if name in FLOATS:
        return struct.pack(">f", float(text)).hex()
    if name in INTEGERS:
        return int(text)
    if name in BOOLEANS:
        return text.strip() in ("true", "1")
    if name in TIMES:
        return moment(text)
    return text.strip().upper() if name == "SHA1" else text


def moment(text: str) -> Any:
    """A time with microseconds, in UTC where it names no zone; text for years beyond Python's."""
    plain = re.sub(r"(\.\d{6})\d+", r"\1", text.strip())
    try:
        found = dt.datetime.fromisoformat(plain)
    except ValueError:
        return plain.removesuffix("Z")
    if found.tzinfo is None:
        found = found.replace(tzinfo=dt.UTC)
    return found.astimezone(dt.UTC).isoformat()


def markup(node: Node) -> str:
    copy = etree.fromstring(etree.tostring(node, with_tail=False))
    plain = etree.tostring(copy, method="c14n", exclusive=True).decode()
    return plain + (node.tail or "")
