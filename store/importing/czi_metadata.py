"""What the XML of a CZI file says of its scenes, channels, planes, instrument and regions."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.importing.clean import finite, iso_moment, originals_of_xml, positive, xml_of
from store.importing.czi_subblocks import Place, Scene
from store.importing.facts import (
    Acquired,
    ChannelFacts,
    MicroscopeFacts,
    ObjectiveFacts,
    PlaneFacts,
    RegionFacts,
)

MAX_SUBBLOCKS = 20_000
"""Subblocks beyond these are not asked when and where they were taken."""
MAX_SUBBLOCK_BYTES = 2**18
_METRES_TO_UM = 1e6
_SECONDS = 1e-9
"""Exposures are in nanoseconds."""
_WORDS = {
    name: re.compile(rb"(?:<|&lt;)" + name.encode() + rb"(?:>|&gt;)\s*([^<&]{1,64})")
    for name in (
        "AcquisitionTime", "ExposureTime", "StageXPosition", "StageYPosition", "FocusPosition",
    )
}  # fmt: skip
_MAX_REGIONS = 10_000

type Element = Any  # lxml publishes no types
type OwnWords = Iterable[tuple[Place, bytes]]


@dataclass(frozen=True, slots=True)
class Said:
    """The parts of the XML that are read."""

    image: Element | None
    instrument: Element | None
    root: Element | None
    scene_names: Mapping[int, str]

    def facts(self, name: str, scene: Scene, first: bool, words: OwnWords) -> Acquired:
        """What is said of one scene.

        Args:
            name: Of the image.
            scene: Its subblocks.
            first: Whether regions, which name no scene, are drawn on it.
            words: What subblocks say of themselves.
        """
        acquired = iso_moment(_text(self.image, "AcquisitionDateAndTime"))
        planes = list(_planes(words, acquired))
        sizes = {axis: self._distance(axis) for axis in "XYZ"}
        return Acquired(
            name=name,
            moment=acquired,
            description=_text(self.root, "Metadata/Information/Document/Description") or None,
            size_x_um=_scaled(sizes["X"], scene.scale),
            size_y_um=_scaled(sizes["Y"], scene.scale),
            size_z_um=sizes["Z"],
            interval_s=_interval(planes),
            bits=self._bits(scene),
            channels=self._channels(scene),
            planes=planes,
            objective=self._objective(),
            microscope=self._microscope(),
            detectors=self._detectors(),
            regions=_regions(self.root, scene) if first else (),
            originals=self._originals(),
        )

    def _distance(self, axis: str) -> float | None:
        path = f"Metadata/Scaling/Items/Distance[@Id='{axis}']/Value"
        value = positive(_text(self.root, path))
        return value * _METRES_TO_UM if value is not None else None

    def _bits(self, scene: Scene) -> int | None:
        bits = finite(_text(self.image, "ComponentBitCount"))
        whole = scene.levels[0][0].encoding.bits
        return int(bits) if bits is not None and 1 < bits < whole else None

    def _channels(self, scene: Scene) -> list[ChannelFacts]:
        path = "Dimensions/Channels/Channel"
        listed = _all(self.image, path)[scene.starts[1] :]
        shown = _all(self.root, "Metadata/DisplaySetting/Channels/Channel")[scene.starts[1] :]
        samples = scene.levels[0][0].encoding.samples
        found = []
        for number in range(scene.sizes[1]):
            said = listed[number] if number < len(listed) else None
            color = _color(_text(said, "Color")) or (
                _color(_text(shown[number], "Color")) if number < len(shown) else None
            )
            found.append(_channel(said, color if samples == 1 else None, samples))
        return found

    def _objective(self) -> ObjectiveFacts | None:
        reference = _one(self.image, "ObjectiveSettings/ObjectiveRef")
        listed = _all(self.instrument, "Objectives/Objective")
        wanted = reference.get("Id") if reference is not None else None
        said = next((one for one in listed if one.get("Id") == wanted), next(iter(listed), None))
        if said is None:
            return None
        return ObjectiveFacts(
            model=_text(said, "Manufacturer/Model") or said.get("Name"),
            magnification=finite(_text(said, "NominalMagnification")),
            lens_na=finite(_text(said, "LensNA")),
            immersion=_text(said, "Immersion"),
            working_distance_um=finite(_text(said, "WorkingDistance")),
        )

    def _microscope(self) -> MicroscopeFacts:
        said = _one(self.instrument, "Microscopes/Microscope")
        if said is None:
            return MicroscopeFacts()
        model = _text(said, "Manufacturer/Model") or _text(said, "System") or said.get("Name")
        return MicroscopeFacts("Zeiss", model)

    def _detectors(self) -> list[str]:
        listed = _all(self.instrument, "Detectors/Detector")
        names = (_text(one, "Manufacturer/Model") or one.get("Name") or "" for one in listed)
        return [name for name in names if name]

    def _originals(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for path in ("Metadata/Information", "Metadata/Scaling"):
            element = _one(self.root, path)
            if element is not None:
                found += originals_of_xml(element)
        return found


def of(text: str | bytes, name: str) -> Said:
    """The parts of a file's XML; none of them if it has no XML.

    Raises:
        UnreadableFileError: It is no XML.
    """
    if not text:
        return Said(None, None, None, {})
    root = xml_of(text, name)
    image = _one(root, "Metadata/Information/Image")
    names = {}
    for scene in _all(image, "Dimensions/S/Scenes/Scene"):
        index = finite(scene.get("Index"))
        if index is not None and scene.get("Name"):
            names[int(index)] = scene.get("Name")
    return Said(image, _one(root, "Metadata/Information/Instrument"), root, names)


def _channel(
    said: Element | None, color: tuple[int, int, int] | None, samples: int
) -> ChannelFacts:
    return ChannelFacts(
        name=said.get("Name") if said is not None else None,
        color=color,
        excitation_nm=finite(_text(said, "ExcitationWavelength")),
        emission_nm=finite(_text(said, "EmissionWavelength")),
        fluor=_text(said, "Fluor") or None,
        pinhole_um=finite(_text(said, "PinholeSize")),
        mode=_text(said, "AcquisitionMode"),
        contrast=_text(said, "ContrastMethod"),
        illumination=_text(said, "IlluminationType"),
        samples=samples,
    )


def _planes(words: OwnWords, acquired: dt.datetime | None) -> Iterator[PlaneFacts]:
    for (t, c, z), text in words:
        said = {name: _word(text, name) for name in _WORDS}
        exposure = finite(said["ExposureTime"])
        taken = iso_moment(said["AcquisitionTime"])
        yield PlaneFacts(
            t, c, z,
            delta_t_s=(taken - acquired).total_seconds() if taken and acquired else None,
            exposure_s=exposure * _SECONDS if exposure is not None else None,
            x_um=finite(said["StageXPosition"]),
            y_um=finite(said["StageYPosition"]),
            z_um=finite(said["FocusPosition"]),
        )  # fmt: skip


def _word(text: bytes, name: str) -> str:
    found = _WORDS[name].search(text)
    return found.group(1).decode("latin-1").strip() if found else ""


def _interval(planes: Sequence[PlaneFacts]) -> float | None:
    times = [
        (plane.t, plane.delta_t_s)
        for plane in planes
        if (plane.c, plane.z) == (0, 0) and plane.delta_t_s is not None
    ]
    if len(times) < 2:
        return None
    (first, start), (last, end) = min(times), max(times)
    return positive((end - start) / (last - first)) if last > first else None


def _regions(root: Element | None, scene: Scene) -> list[RegionFacts]:
    """Shapes that are drawn on the image, in its pixels."""
    left = min(one.x for one in scene.levels[0])
    top = min(one.y for one in scene.levels[0])
    found: list[RegionFacts] = []
    for elements in _all(root, "Metadata/Layers/Layer/Elements"):
        for element in elements:
            region = _region(element, left, top) if isinstance(element.tag, str) else None
            if region is not None and len(found) < _MAX_REGIONS:
                found.append(region)
    return found


_GEOMETRIES = {
    "Rectangle": ("Rectangle", ("Left", "Top", "Width", "Height"), 2),
    "Ellipse": ("Ellipse", ("CenterX", "CenterY", "RadiusX", "RadiusY"), 2),
    "Line": ("Line", ("X1", "Y1", "X2", "Y2"), 4),
    "Point": ("Point", ("X", "Y"), 2),
}
"""Name of the shape, its numbers, and how many of those are places."""


def _region(element: Element, left: int, top: int) -> RegionFacts | None:
    text = _text(element, "TextElements/TextElement/Text") or None
    if element.tag in _GEOMETRIES:
        kind, names, places = _GEOMETRIES[element.tag]
        numbers = [finite(_text(element, f"Geometry/{name}")) for name in names]
    elif element.tag in ("ClosedPolyline", "OpenPolyline", "Polygon", "Polyline"):
        kind = "Polygon" if element.tag in ("ClosedPolyline", "Polygon") else "Polyline"
        words = re.split(r"[\s,;]+", _text(element, "Geometry/Points").strip())
        numbers = [finite(word) for word in words]
        places = len(numbers)
        if places < 4 or places % 2:
            return None
    else:
        return None
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers) or not known:
        return None
    moved = [
        number - (left, top)[at % 2] if at < places else number for at, number in enumerate(known)
    ]
    return RegionFacts(kind, tuple(moved), text)


def _color(text: str) -> tuple[int, int, int] | None:
    found = re.fullmatch(r"#(?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})", text.strip())
    if found is None:
        return None
    red, green, blue = bytes.fromhex(found.group(1))
    return red, green, blue


def _scaled(size: float | None, scale: float) -> float | None:
    return size * scale if size is not None else None


def _one(element: Element | None, path: str) -> Element | None:
    return element.find(path) if element is not None else None


def _all(element: Element | None, path: str) -> list[Element]:
    return list(element.findall(path)) if element is not None else []


def _text(element: Element | None, path: str) -> str:
    found = _one(element, path)
    return (found.text or "").strip() if found is not None else ""
