"""What vendors' files say of an acquisition, as an OME document and a parsed fileset."""

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from lxml import etree

from store.documents.mapping import NAMESPACE
from store.errors import UnreadableFileError, UnsupportedError
from store.importing import ome_document, ome_xml
from store.importing.layout import Layout, Stored, image, pixel_type, stored_image
from store.importing.parsed import ParsedFile, ParsedFileset, ParsedImage
from store.models.enums import (
    AcquisitionMode,
    ContrastMethod,
    IlluminationType,
    Immersion,
    PixelType,
)
from store.pixels.source import FileIdentity, PixelsShape

type Element = Any  # lxml publishes no types

ORIGINALS = "openmicroscopy.org/OriginalMetadata"
"""Namespace of what a file says in its vendor's words."""
MAX_ORIGINALS = 2_000
MAX_CHANNELS = 10_000
MAX_PLANES_SAID = 100_000
"""Planes beyond these keep no times and positions of their own."""
OME_TYPES = {PixelType.HALF: "float", PixelType.INT64: "double", PixelType.UINT64: "double"}
"""The types of OME-XML that hold the values of those it does not know."""
_MAX_DETECTORS = 64
_KEY_LENGTH = 255
_VALUE_LENGTH = 1_000


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What a file says of one channel; wavelengths in nanometres, the pinhole in micrometres."""

    name: str | None = None
    color: tuple[int, int, int] | None = None
    excitation_nm: float | None = None
    emission_nm: float | None = None
    fluor: str | None = None
    pinhole_um: float | None = None
    mode: str | None = None
    """A value of OME's AcquisitionMode."""
    contrast: str | None = None
    """A value of OME's ContrastMethod."""
    illumination: str | None = None
    """A value of OME's IlluminationType."""
    samples: int = 1
    """Interleaved samples of a pixel that are this channel's: 3 of colours."""


@dataclass(frozen=True, slots=True)
class PlaneFacts:
    """When and where one plane was taken: seconds, and micrometres on the stage."""

    t: int
    c: int
    z: int
    delta_s: float | None = None
    exposure_s: float | None = None
    x_um: float | None = None
    y_um: float | None = None
    z_um: float | None = None


@dataclass(frozen=True, slots=True)
class ObjectiveFacts:
    """The lens."""

    model: str | None = None
    magnification: float | None = None
    aperture: float | None = None
    immersion: str | None = None
    """In the vendor's words: Oil, Air, Water and the like."""
    working_distance_um: float | None = None


@dataclass(frozen=True, slots=True)
class RegionFacts:
    """One shape that the file has drawn on the image, in pixels."""

    kind: str
    """rectangle, ellipse, line, point, polygon or polyline."""
    numbers: tuple[float, ...]
    """x, y, width, height; x, y, rx, ry; x1, y1, x2, y2; x, y; x1, y1, x2, y2, …"""
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Acquired:
    """What a file says of one image."""

    name: str
    moment: dt.datetime | None = None
    description: str | None = None
    size_x_um: float | None = None
    size_y_um: float | None = None
    size_z_um: float | None = None
    interval_s: float | None = None
    bits: int | None = None
    """Significant bits of a sample, where fewer than its type has."""
    channels: Sequence[ChannelFacts] = ()
    planes: Iterable[PlaneFacts] = ()
    objective: ObjectiveFacts | None = None
    microscope: tuple[str | None, str | None] = (None, None)
    """Manufacturer and model."""
    detectors: Sequence[str] = ()
    """Models."""
    regions: Sequence[RegionFacts] = ()
    originals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundImage:
    """One image: what is said of it and how its samples are stored."""

    facts: Acquired
    stored: Layout | Stored
    rgb: bool = False

    @property
    def shape(self) -> PixelsShape:
        """Sizes of the image."""
        return self.stored.shape

    @property
    def pixel_type(self) -> PixelType:
        """Type of the samples."""
        if isinstance(self.stored, Layout):
            return pixel_type(self.stored.first.page.encoding)
        return self.stored.pixel_type


def parsed_fileset(
    kind: str, root: Path, files: Sequence[FileIdentity], found: Sequence[FoundImage]
) -> ParsedFileset:
    """Put together what a reader found.

    Args:
        kind: Name of the format.
        root: Folder that all files are below.
        files: In the order that the layouts count them, the one with the metadata first.
        found: The images in their order in the files.
    """
    check_channels(max((one.shape.c for one in found), default=0))
    parsed = tuple(ParsedFile(Path(file.path), file.size, file.mtime_ns) for file in files)
    name = parsed[0].path.name
    document = document_of(found)
    records = ome_document.records_of(document, name, range(len(found)))
    images = tuple(_parsed(one, series, parsed) for series, one in enumerate(found))
    return ParsedFileset(kind, root, parsed, images, records)


def check_channels(count: int) -> None:
    """Refuse what no image has, before anything is built for each channel.

    Raises:
        UnsupportedError: There are more than `MAX_CHANNELS`.
    """
    if count > MAX_CHANNELS:
        raise UnsupportedError(
            f"{count} channels are claimed; at most {MAX_CHANNELS} can be kept.", "Split the file."
        )


def _parsed(one: FoundImage, series: int, files: Sequence[ParsedFile]) -> ParsedImage:
    """One image; its channels are those of the document, however samples are interleaved."""
    name = printable(one.facts.name)
    if isinstance(one.stored, Layout):
        return replace(image(one.stored, series, name, files, one.rgb), samples=None)
    return stored_image(one.stored, series, name, files, one.rgb)


def document_of(found: Sequence[FoundImage]) -> Element:
    """The root of an OME document of some images."""
    root = etree.Element(f"{{{NAMESPACE}}}OME", nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # its stubs know no default
    notes = etree.Element(f"{{{NAMESPACE}}}StructuredAnnotations")
    images: list[Element] = []
    regions: list[Element] = []
    for series, one in enumerate(found):
        image = _image(series, one)
        images.append(image)
        _add_instrument(root, image, series, one.facts)
        _add_pixels(image, series, one)
        for number, region in enumerate(one.facts.regions):
            regions.append(_roi(f"{series}:{number}", region))
            _child(image, "ROIRef", ID=f"ROI:{series}:{number}")
        if _add_originals(notes, series, one.facts.originals):
            _child(image, "AnnotationRef", ID=f"Annotation:{series}")
    root.extend(images)
    if len(notes):
        root.append(notes)
    root.extend(regions)
    return root


def positive(value: Any) -> float | None:
    """A number above zero, from a number or a text; none of anything else."""
    number = finite(value)
    return number if number is not None and number > 0 else None


def finite(value: Any) -> float | None:
    """A number, from a number or a text; none of anything else."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def moment(text: object) -> dt.datetime | None:
    """A time as ISO 8601 has it, without a zone taken as UTC; none of anything else."""
    try:
        found = dt.datetime.fromisoformat(str(text).strip()[:26].rstrip("Z"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def xml_of(text: str | bytes, name: str) -> Element:
    """The root of what a file says in XML; entities stay closed and no network is asked.

    Raises:
        UnreadableFileError: It is too long, or no XML.
    """
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    data = data.rstrip(b"\0 \r\n")
    if len(data) > ome_xml.MAX_BYTES:
        limit = ome_xml.MAX_BYTES >> 20
        raise UnreadableFileError(f"The metadata of {name} are longer than {limit} MiB.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root: Element = etree.fromstring(data, parser)
    if root is None:
        raise UnreadableFileError(f"The metadata of {name} are no XML.")
    return root


def flattened(value: Any, name: str = "", depth: int = 0) -> dict[str, str]:
    """Nested dictionaries and lists as paths with values, as many as an image may keep."""
    found: dict[str, str] = {}
    if depth > 32:
        return found
    if isinstance(value, Mapping):
        pairs = [(f"{name}|{key}" if name else str(key), inner) for key, inner in value.items()]
    elif isinstance(value, list | tuple) and any(isinstance(inner, Mapping) for inner in value):
        pairs = [(f"{name} #{number + 1}", inner) for number, inner in enumerate(value)]
    else:
        return {name: str(value)[:_VALUE_LENGTH]} if value not in (None, "") else {}
    for key, inner in pairs:
        if len(found) >= MAX_ORIGINALS:
            break
        found |= flattened(inner, key, depth + 1)
    return found


def flattened_xml(root: Any) -> dict[str, str]:
    """Texts and attributes of an XML tree by their paths, as many as an image may keep."""
    found: dict[str, str] = {}
    waiting: list[tuple[Any, str, int]] = [(root, "", 0)]
    while waiting and len(found) < MAX_ORIGINALS:
        element, path, depth = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        tag = element.tag.rpartition("}")[2]
        here = f"{path}|{tag}" if path else tag
        values = {f"{here}|{name}": value for name, value in element.attrib.items()}
        if element.text and element.text.strip():
            values[here] = element.text.strip()
        for name, value in values.items():
            key, number = name, 1
            while key in found and number < 64:
                number += 1
                key = f"{name} #{number}"
            found.setdefault(key, value[:_VALUE_LENGTH])
        if depth < 64:
            waiting += [(child, here, depth + 1) for child in reversed(element)]
    return found


def _child(parent: Element, tag: str, text: str | None = None, **attributes: Any) -> Element:
    """Append an element with those attributes that have a value."""
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")
    for name, value in attributes.items():
        if value is not None and value != "":
            element.set(name, printable(value) if isinstance(value, str) else repr(value))
    element.text = text
    return element


def _image(series: int, found: FoundImage) -> Element:
    facts = found.facts
    image = etree.Element(f"{{{NAMESPACE}}}Image")
    image.set("ID", f"Image:{series}")
    image.set("Name", printable(facts.name))
    if facts.moment is not None:
        stamp = facts.moment.astimezone(dt.UTC).replace(tzinfo=None)
        _child(image, "AcquisitionDate", stamp.isoformat())
    if facts.description:
        _child(image, "Description", printable(facts.description))
    return image


def _add_pixels(image: Element, series: int, found: FoundImage) -> None:
    facts, shape = found.facts, found.shape
    pixels = _child(
        image,
        "Pixels",
        ID=f"Pixels:{series}",
        DimensionOrder="XYZCT",
        Type=OME_TYPES.get(found.pixel_type, found.pixel_type.value),
        SignificantBits=facts.bits if facts.bits and 0 < facts.bits <= 64 else None,
        SizeX=shape.x,
        SizeY=shape.y,
        SizeZ=shape.z,
        SizeC=shape.c,
        SizeT=shape.t,
        PhysicalSizeX=positive(facts.size_x_um),
        PhysicalSizeY=positive(facts.size_y_um),
        PhysicalSizeZ=positive(facts.size_z_um),
        TimeIncrement=positive(facts.interval_s),
    )
    for number, channel in enumerate(_channels(facts.channels, shape.c)):
        _add_channel(pixels, f"Channel:{series}:{number}", channel)
    _child(pixels, "MetadataOnly")
    _add_planes(pixels, facts.planes, shape)


def _channels(given: Sequence[ChannelFacts], count: int) -> list[ChannelFacts]:
    """Exactly as many channels as there are samples, whatever the file says of them."""
    found: list[ChannelFacts] = []
    left = count
    for facts in given:
        if facts.samples > left:
            break
        found.append(facts)
        left -= facts.samples
    samples = given[0].samples if given and left % given[0].samples == 0 else 1
    return found + [ChannelFacts(samples=samples)] * (left // samples)


def _add_channel(pixels: Element, key: str, facts: ChannelFacts) -> None:
    color = None
    if facts.color is not None:
        red, green, blue = (min(255, max(0, int(value))) for value in facts.color)
        packed = red << 24 | green << 16 | blue << 8 | 255
        color = packed - 2**32 if packed >= 2**31 else packed
    _child(
        pixels,
        "Channel",
        ID=key,
        Name=facts.name,
        SamplesPerPixel=facts.samples,
        IlluminationType=_one_of(IlluminationType, facts.illumination),
        PinholeSize=positive(facts.pinhole_um),
        AcquisitionMode=_one_of(AcquisitionMode, facts.mode),
        ContrastMethod=_one_of(ContrastMethod, facts.contrast),
        ExcitationWavelength=positive(facts.excitation_nm),
        EmissionWavelength=positive(facts.emission_nm),
        Fluor=facts.fluor,
        Color=color,
    )


def _add_planes(pixels: Element, given: Iterable[PlaneFacts], shape: PixelsShape) -> None:
    count = 0
    for facts in given:
        inside = facts.t < shape.t and facts.c < shape.c and facts.z < shape.z
        if not inside or min(facts.t, facts.c, facts.z) < 0:
            continue
        count += 1
        if count > MAX_PLANES_SAID:
            return
        places: dict[str, Any] = {}
        for axis, value in (("X", facts.x_um), ("Y", facts.y_um), ("Z", facts.z_um)):
            if finite(value) is not None:
                places |= {f"Position{axis}": finite(value), f"Position{axis}Unit": "µm"}
        _child(
            pixels,
            "Plane",
            TheZ=facts.z,
            TheT=facts.t,
            TheC=facts.c,
            DeltaT=finite(facts.delta_s),
            ExposureTime=finite(facts.exposure_s),
            **places,
        )


def _add_instrument(root: Element, image: Element, series: int, facts: Acquired) -> None:
    maker, model = facts.microscope
    lens = facts.objective
    if lens is None and not maker and not model and not facts.detectors:
        return
    instrument = _child(root, "Instrument", ID=f"Instrument:{series}")
    if maker or model:
        _child(instrument, "Microscope", Manufacturer=maker, Model=model)
    for number, name in enumerate(facts.detectors[:_MAX_DETECTORS]):
        _child(instrument, "Detector", ID=f"Detector:{series}:{number}", Model=name)
    _child(image, "InstrumentRef", ID=f"Instrument:{series}")
    if lens is not None:
        _child(
            instrument,
            "Objective",
            ID=f"Objective:{series}:0",
            Model=lens.model,
            Immersion=_one_of(Immersion, lens.immersion),
            LensNA=positive(lens.aperture),
            NominalMagnification=positive(lens.magnification),
            WorkingDistance=positive(lens.working_distance_um),
        )
        _child(image, "ObjectiveSettings", ID=f"Objective:{series}:0")


def _add_originals(notes: Element, series: int, given: Mapping[str, str]) -> bool:
    """Keep what a file says in its own words; whether there is anything."""
    pairs = [
        (printable(key)[:_KEY_LENGTH], printable(value)[:_VALUE_LENGTH])
        for key, value in list(given.items())[:MAX_ORIGINALS]
        if printable(key)
    ]
    if not pairs:
        return False
    note = _child(notes, "MapAnnotation", ID=f"Annotation:{series}", Namespace=ORIGINALS)
    values = _child(note, "Value")
    for key, value in pairs:
        _child(values, "M", value, K=key)
    return True


_SHAPES = {
    "rectangle": ("Rectangle", ("X", "Y", "Width", "Height")),
    "ellipse": ("Ellipse", ("X", "Y", "RadiusX", "RadiusY")),
    "line": ("Line", ("X1", "Y1", "X2", "Y2")),
    "point": ("Point", ("X", "Y")),
}


def _roi(number: str, facts: RegionFacts) -> Element:
    roi = etree.Element(f"{{{NAMESPACE}}}ROI")
    roi.set("ID", f"ROI:{number}")
    union = _child(roi, "Union")
    if facts.kind in _SHAPES:
        tag, names = _SHAPES[facts.kind]
        places: dict[str, Any] = dict(zip(names, map(float, facts.numbers), strict=True))
    else:
        tag = facts.kind.capitalize()
        pairs = zip(facts.numbers[::2], facts.numbers[1::2], strict=True)
        places = {"Points": " ".join(f"{x:g},{y:g}" for x, y in pairs)}
    _child(union, tag, ID=f"Shape:{number}:0", Text=facts.text, **places)
    return roi


def _one_of(values: type[StrEnum], text: str | None) -> str | None:
    """A value of an enumeration by its name, whatever its case; none if there is none."""
    wanted = (text or "").replace(" ", "").lower()
    return next((value for value in values if value.lower() == wanted), None)


def printable(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return "".join(
        sign
        for sign in text
        if sign in "\t\n\r"
        or (sign >= "\x20" and not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff")
    ).strip()
