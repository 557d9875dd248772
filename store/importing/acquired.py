"""What vendors' files say of an acquisition, as an OME document and a parsed fileset."""

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.importing import ome_document
from store.importing.layout import Layout, Stored, image, pixel_type, stored_image
from store.importing.ome_image import ome_pixel_type
from store.importing.parsed import ParsedFile, ParsedFileset
from store.models.enums import PixelType
from store.pixels.source import FileIdentity, PixelsShape

if TYPE_CHECKING:
    from ome_types import OME
    from ome_types.model import ROI, Channel, Image, Instrument, MapAnnotation, Objective, Plane

ORIGINALS = "openmicroscopy.org/OriginalMetadata"
"""Namespace of what a file says in its vendor's words."""
MAX_ORIGINALS = 2_000
MAX_PLANES_SAID = 100_000
"""Planes beyond these keep no times and positions of their own."""
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
    parsed = tuple(ParsedFile(Path(file.path), file.size, file.mtime_ns) for file in files)
    ome = ome_of(found)
    images = tuple(
        image(one.stored, series, ome.images[series], parsed, one.rgb)
        if isinstance(one.stored, Layout)
        else stored_image(one.stored, series, ome.images[series], parsed, one.rgb)
        for series, one in enumerate(found)
    )
    records = ome_document.records_from(ome, parsed[0].path.name)
    return ParsedFileset(kind, root, parsed, images, ome, records)


def ome_of(found: Sequence[FoundImage]) -> "OME":
    """The document of some images."""
    from ome_types import OME
    from ome_types.model import StructuredAnnotations

    ome = OME()
    notes: list[MapAnnotation] = []
    for series, one in enumerate(found):
        described = _image(series, one)
        instrument = _instrument(series, one.facts)
        if instrument is not None:
            ome.instruments.append(instrument)
            _refer(described, instrument)
        note = _originals(series, one.facts.originals)
        if note is not None:
            notes.append(note)
            described.annotation_refs.append(_note_ref(note))
        for number, region in enumerate(one.facts.regions):
            roi = _roi(f"{series}:{number}", region)
            ome.rois.append(roi)
            described.roi_refs.append(_roi_ref(roi))
        ome.images.append(described)
    if notes:
        ome.structured_annotations = StructuredAnnotations(map_annotations=notes)
    return ome


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


def _image(series: int, found: FoundImage) -> "Image":
    from ome_types.model import Image, Pixels, Pixels_DimensionOrder

    facts, shape = found.facts, found.shape
    pixels = Pixels(
        id=f"Pixels:{series}",
        dimension_order=Pixels_DimensionOrder.XYZCT,
        type=ome_pixel_type(found.pixel_type),
        size_x=shape.x,
        size_y=shape.y,
        size_z=shape.z,
        size_c=shape.c,
        size_t=shape.t,
        physical_size_x=positive(facts.size_x_um),
        physical_size_y=positive(facts.size_y_um),
        physical_size_z=positive(facts.size_z_um),
        time_increment=positive(facts.interval_s),
        significant_bits=facts.bits if facts.bits and 0 < facts.bits <= 64 else None,
    )
    pixels.channels = _channels(series, facts.channels, shape.c)
    pixels.planes = _planes(facts.planes, shape)
    described = Image(id=f"Image:{series}", name=printable(facts.name), pixels=pixels)
    if facts.moment is not None:
        described.acquisition_date = facts.moment
    if facts.description:
        described.description = printable(facts.description)
    return described


def _channels(series: int, given: Sequence[ChannelFacts], count: int) -> list["Channel"]:
    """Exactly as many channels as there are samples, whatever the file says of them."""
    found: list[Channel] = []
    left = count
    for facts in given:
        if facts.samples > left:
            break
        found.append(_channel(f"Channel:{series}:{len(found)}", facts))
        left -= facts.samples
    samples = given[0].samples if given and left % given[0].samples == 0 else 1
    for _ in range(left // samples):
        found.append(_channel(f"Channel:{series}:{len(found)}", ChannelFacts(samples=samples)))
    return found


def _channel(key: str, facts: ChannelFacts) -> "Channel":
    from ome_types.model import (
        Channel,
        Channel_AcquisitionMode,
        Channel_ContrastMethod,
        Channel_IlluminationType,
    )
    from ome_types.model.simple_types import Color

    channel = Channel(
        id=key,
        name=printable(facts.name) if facts.name else None,
        samples_per_pixel=facts.samples,
        fluor=printable(facts.fluor) if facts.fluor else None,
        excitation_wavelength=positive(facts.excitation_nm),
        emission_wavelength=positive(facts.emission_nm),
        pinhole_size=positive(facts.pinhole_um),
    )
    if facts.color is not None:
        red, green, blue = (min(255, max(0, int(value))) for value in facts.color)
        packed = red << 24 | green << 16 | blue << 8 | 255
        channel.color = Color(packed - 2**32 if packed >= 2**31 else packed)
    channel.acquisition_mode = _one_of(Channel_AcquisitionMode, facts.mode)
    channel.contrast_method = _one_of(Channel_ContrastMethod, facts.contrast)
    channel.illumination_type = _one_of(Channel_IlluminationType, facts.illumination)
    return channel


def _planes(given: Iterable[PlaneFacts], shape: PixelsShape) -> list["Plane"]:
    from ome_types.model import Plane, UnitsLength

    micrometres = UnitsLength.MICROMETER
    found: list[Plane] = []
    for facts in given:
        inside = facts.t < shape.t and facts.c < shape.c and facts.z < shape.z
        if not inside or len(found) >= MAX_PLANES_SAID:
            continue
        plane = Plane(
            the_t=facts.t,
            the_c=facts.c,
            the_z=facts.z,
            delta_t=finite(facts.delta_s),
            exposure_time=finite(facts.exposure_s),
        )
        for axis, value in (("x", facts.x_um), ("y", facts.y_um), ("z", facts.z_um)):
            if finite(value) is not None:
                setattr(plane, f"position_{axis}", finite(value))
                setattr(plane, f"position_{axis}_unit", micrometres)
        found.append(plane)
    return found


def _instrument(series: int, facts: Acquired) -> "Instrument | None":
    from ome_types.model import Detector, Instrument, Microscope

    maker, model = facts.microscope
    if facts.objective is None and not maker and not model and not facts.detectors:
        return None
    instrument = Instrument(id=f"Instrument:{series}")
    if maker or model:
        instrument.microscope = Microscope(
            manufacturer=printable(maker or "") or None, model=printable(model or "") or None
        )
    if facts.objective is not None:
        instrument.objectives = [_objective(series, facts.objective)]
    instrument.detectors = [
        Detector(id=f"Detector:{series}:{number}", model=printable(name))
        for number, name in enumerate(facts.detectors[:64])
    ]
    return instrument


def _objective(series: int, facts: ObjectiveFacts) -> "Objective":
    from ome_types.model import Objective, Objective_Immersion

    return Objective(
        id=f"Objective:{series}:0",
        model=printable(facts.model) if facts.model else None,
        nominal_magnification=positive(facts.magnification),
        lens_na=positive(facts.aperture),
        immersion=_one_of(Objective_Immersion, facts.immersion),
        working_distance=positive(facts.working_distance_um),
    )


def _refer(described: "Image", instrument: "Instrument") -> None:
    from ome_types.model import InstrumentRef, ObjectiveSettings

    described.instrument_ref = InstrumentRef(id=instrument.id)
    if instrument.objectives:
        described.objective_settings = ObjectiveSettings(id=instrument.objectives[0].id)


def _originals(series: int, given: Mapping[str, str]) -> "MapAnnotation | None":
    from ome_types.model import Map, MapAnnotation

    pairs = [
        Map.M(k=printable(key)[:_KEY_LENGTH], value=printable(value)[:_VALUE_LENGTH])
        for key, value in list(given.items())[:MAX_ORIGINALS]
        if printable(key)
    ]
    if not pairs:
        return None
    return MapAnnotation(id=f"Annotation:{series}", namespace=ORIGINALS, value=Map(ms=pairs))


def _roi(number: str, facts: RegionFacts) -> "ROI":
    from ome_types import model

    key, text, at = f"Shape:{number}:0", printable(facts.text or "") or None, facts.numbers
    shape: Any
    if facts.kind == "rectangle":
        shape = model.Rectangle(id=key, text=text, x=at[0], y=at[1], width=at[2], height=at[3])
    elif facts.kind == "ellipse":
        shape = model.Ellipse(id=key, text=text, x=at[0], y=at[1], radius_x=at[2], radius_y=at[3])
    elif facts.kind == "line":
        shape = model.Line(id=key, text=text, x1=at[0], y1=at[1], x2=at[2], y2=at[3])
    elif facts.kind == "point":
        shape = model.Point(id=key, text=text, x=at[0], y=at[1])
    else:
        kind = model.Polygon if facts.kind == "polygon" else model.Polyline
        places = zip(at[::2], at[1::2], strict=False)
        shape = kind(id=key, text=text, points=" ".join(f"{x:g},{y:g}" for x, y in places))
    roi = model.ROI(id=f"ROI:{number}")
    roi.union.append(shape)
    return roi


def _note_ref(note: "MapAnnotation") -> Any:
    from ome_types.model import AnnotationRef

    return AnnotationRef(id=note.id)


def _roi_ref(roi: "ROI") -> Any:
    from ome_types.model import ROIRef

    return ROIRef(id=roi.id)


def _one_of(kind: Any, text: str | None) -> Any:
    """The value of an enumeration by its name, whatever its case; none if there is none."""
    wanted = (text or "").replace(" ", "").lower()
    return next((value for value in kind if str(value.value).lower() == wanted), None)


def printable(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return "".join(
        sign
        for sign in text
        if sign in "\t\n\r"
        or (sign >= "\x20" and not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff")
    ).strip()
