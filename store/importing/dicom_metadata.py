"""What a DICOM data set says of its picture; of patients nothing is kept."""

import datetime as dt
from collections.abc import Iterator
from itertools import islice
from typing import Any

from store.importing.clean import MAX_ORIGINALS, finite, positive
from store.importing.facts import Acquired, ChannelFacts, MicroscopeFacts, ObjectiveFacts

_MM_TO_UM = 1e3
_MS_TO_S = 1e-3
_PATIENT = 0x0010
_LONGEST = 1_000
_DEEPEST = 4
_MAX_ITEMS = 20


def facts(said: Any, name: str, paths: int, depth: int) -> Acquired:
    """What is said of one image.

    Args:
        said: The data set of its first file.
        name: Of the image.
        paths: Optical paths that it has.
        depth: Focal planes that it has.
    """
    down, across = _spacing(said)
    lens = _objective(said)
    bits = int(said.get("BitsStored") or 0)
    return Acquired(
        name=name,
        moment=_moment(said),
        description=_words(said, "SeriesDescription", "ImageComments"),
        size_x_um=across,
        size_y_um=down,
        size_z_um=_depth(said) if depth > 1 else None,
        interval_s=_interval(said),
        bits=bits if 1 < bits < int(said.BitsAllocated) else None,
        channels=_channels(said, paths),
        objective=lens,
        microscope=MicroscopeFacts(
            _words(said, "Manufacturer"), _words(said, "ManufacturerModelName")
        ),
        originals=list(_originals(said)),
    )


def _words(said: Any, *names: str) -> str | None:
    found = (str(said.get(name) or "").strip() for name in names)
    return next((text for text in found if text), None)


def _shared(said: Any, name: str) -> Any:
    """The first item of a sequence that all frames share; none if there is none."""
    groups = said.get("SharedFunctionalGroupsSequence")
    items = groups[0].get(name) if groups else None
    return items[0] if items else None


def _spacing(said: Any) -> tuple[float | None, float | None]:
    """Height and width of a pixel in micrometres."""
    measures = _shared(said, "PixelMeasuresSequence")
    for place in (measures, said):
        for name in ("PixelSpacing", "ImagerPixelSpacing"):
            values = place.get(name) if place is not None else None
            if values is not None and len(values) == 2:
                down, across = positive(values[0]), positive(values[1])
                return down and down * _MM_TO_UM, across and across * _MM_TO_UM
    return None, None


def _depth(said: Any) -> float | None:
    measures = _shared(said, "PixelMeasuresSequence")
    for place in (measures, said):
        for name in ("SpacingBetweenSlices", "SliceThickness"):
            value = positive(place.get(name)) if place is not None else None
            if value is not None:
                return value * _MM_TO_UM
    return None


def _interval(said: Any) -> float | None:
    step = positive(said.get("FrameTime"))
    rate = positive(said.get("CineRate"))
    if step is not None:
        return step * _MS_TO_S
    return 1 / rate if rate else None


def _moment(said: Any) -> dt.datetime | None:
    stamps = [str(said.get("AcquisitionDateTime") or "")]
    for name in ("Acquisition", "Content", "Series", "Study"):
        day, time = str(said.get(f"{name}Date") or ""), str(said.get(f"{name}Time") or "")
        stamps.append(day + (time or "000000") if day else "")
    for stamp in stamps:
        try:
            found = dt.datetime.strptime(stamp[:14], "%Y%m%d%H%M%S")
        except ValueError:
            continue
        return found.replace(tzinfo=dt.UTC)
    return None


def _objective(said: Any) -> ObjectiveFacts | None:
    for path in said.get("OpticalPathSequence") or []:
        power = finite(path.get("ObjectiveLensPower"))
        aperture = finite(path.get("ObjectiveLensNumericalAperture"))
        if power or aperture:
            return ObjectiveFacts(magnification=power, lens_na=aperture)
    return None


def _channels(said: Any, count: int) -> list[ChannelFacts]:
    samples = int(said.get("SamplesPerPixel", 1))
    listed = list(said.get("OpticalPathSequence") or [])
    found = []
    for number in range(count):
        path = listed[number] if number < len(listed) else None
        name = _words(path, "OpticalPathDescription") if path is not None else None
        wave = path.get("IlluminationWaveLength") if path is not None else None
        found.append(ChannelFacts(name=name, excitation_nm=finite(wave), samples=samples))
    return found


def _originals(said: Any) -> Iterator[tuple[str, str]]:
    yield from islice(_walk(said, "", 0), MAX_ORIGINALS)


def _walk(said: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    for element in said:
        if element.tag.group == _PATIENT or element.tag.is_private:
            continue
        name = f"{path}|{element.name}" if path else str(element.name)
        if element.VR == "SQ":
            if depth < _DEEPEST and "Per-Frame" not in name:
                for number, item in enumerate(element.value[:_MAX_ITEMS]):
                    where = f"{name} #{number + 1}" if len(element.value) > 1 else name
                    yield from _walk(item, where, depth + 1)
        elif element.VR not in ("OB", "OW", "OF", "OD", "OL", "UN", "PN"):
            text = str(element.value if element.value is not None else "")[:_LONGEST]
            if text:
                yield name, text
