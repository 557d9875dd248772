"""Zeiss LSM: confocal stacks, time series and positions; the thumbnail pages are left out."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from store.importing.clean import finite, originals_of, positive
from store.importing.facts import (
    Acquired,
    ChannelFacts,
    FoundImage,
    MicroscopeFacts,
    ObjectiveFacts,
    PlaneFacts,
)
from store.importing.layout import Layout
from store.importing.tiff_pages import TiffPages
from store.importing.tiff_series import layouts, series_of

_METRES = 1e6
_EPOCH = dt.datetime(1899, 12, 30, tzinfo=dt.UTC)
_OBJECTIVE = re.compile(
    r"(?P<x>\d{1,9}(?:\.\d{1,9})?)\s*x\s*/\s*(?P<na>\d(?:[.,]\d+)?)\s*(?P<medium>\w+)?", re.I
)
_MEDIA = {"oil": "Oil", "w": "Water", "water": "Water", "imm": "Multi", "glyc": "Glycerol"}


def read(pages: TiffPages) -> list[FoundImage]:
    """The images of a file: one, or one for each position."""
    said: dict[str, Any] = pages.library.lsm_metadata or {}
    found = layouts(series_of(pages)[0], apart=True)
    originals = list(originals_of({key: said[key] for key in said if _is_plain(said[key])}))
    return [
        _image(layout, said, _name(pages.name, number, len(found)), originals, number)
        for number, layout in enumerate(found)
    ]


def _is_plain(value: Any) -> bool:
    return not hasattr(value, "ndim") or value.size <= 16


def _name(file: str, number: int, count: int) -> str:
    return file if count == 1 else f"{file} #{number + 1}"


def _image(
    layout: Layout,
    said: Mapping[str, Any],
    name: str,
    originals: list[tuple[str, str]],
    number: int,
) -> FoundImage:
    scan = _mapping(said.get("ScanInformation"))
    times = said.get("TimeStamps")
    seconds = [] if times is None or not hasattr(times, "tolist") else times.tolist()
    interval = positive(said.get("TimeIntervall"))
    if interval is None and len(seconds) > 1:
        interval = positive(seconds[1] - seconds[0])
    return FoundImage(
        Acquired(
            name,
            moment=_acquired(scan),
            description=str(scan.get("Description") or scan.get("Notes") or "") or None,
            size_x_um=_micrometres(said.get("VoxelSizeX")),
            size_y_um=_micrometres(said.get("VoxelSizeY")),
            size_z_um=_micrometres(said.get("VoxelSizeZ")) if layout.size_z > 1 else None,
            interval_s=interval if layout.size_t > 1 else None,
            channels=_channels(said, scan, layout.groups),
            planes=list(_planes(layout, seconds, _position(said, number))),
            objective=_objective(str(scan.get("Objective") or "")),
            microscope=MicroscopeFacts("Zeiss"),
            originals=originals,
        ),
        layout,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _micrometres(metres: Any) -> float | None:
    size = positive(metres)
    return None if size is None else size * _METRES


def _acquired(scan: Mapping[str, Any]) -> dt.datetime | None:
    days = positive(scan.get("Sample0time"))
    if days is None or days > 100_000:
        return None
    return (_EPOCH + dt.timedelta(days=days)).replace(microsecond=0)


def _channels(said: Mapping[str, Any], scan: Mapping[str, Any], count: int) -> list[ChannelFacts]:
    colours = _mapping(said.get("ChannelColors"))
    names = list(colours.get("ColorNames") or [])
    values = list(colours.get("Colors") or [])
    bands = said.get("ChannelWavelength")
    detected = list(_detected(scan))
    channels: list[ChannelFacts] = []
    for number in range(count):
        track, detector = detected[number] if len(detected) == count else ({}, {})
        color = values[number] if number < len(values) else None
        channels.append(
            ChannelFacts(
                name=str(names[number]) if number < len(names) else None,
                emission_nm=_middle(bands, number),
                excitation_nm=_laser(track),
                color=tuple(color[:3]) if color and len(color) >= 3 else None,
                fluor=str(detector.get("DyeName") or "") or None,
            )
        )
    return channels


def _detected(scan: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The detection channels that were recorded, each with its track."""
    for track in scan.get("Tracks") or []:
        for detector in _mapping(track).get("DetectionChannels") or []:
            if _mapping(detector).get("Acquire", 1):
                yield _mapping(track), _mapping(detector)


def _laser(track: Mapping[str, Any]) -> float | None:
    """Wavelength of the one laser that lights a track, in nm."""
    lines = [
        positive(_mapping(line).get("Wavelength"))
        for line in track.get("IlluminationChannels") or []
        if _mapping(line).get("Aquire", 1)  # spelt so in the format
    ]
    return lines[0] if len(lines) == 1 else None


def _middle(bands: Any, number: int) -> float | None:
    """Middle of a channel's band, in nm; the file has metres."""
    if not hasattr(bands, "shape") or len(bands.shape) != 2 or number >= bands.shape[0]:
        return None
    middle = positive(bands[number].mean())
    if middle is None:
        return None
    return middle * 1e9 if middle < 1e-3 else middle


def _position(said: Mapping[str, Any], number: int) -> tuple[float | None, ...]:
    """Place of the stage in micrometres."""
    for key in ("Positions", "TilePositions"):
        places: Any = said.get(key)
        if hasattr(places, "shape") and places.ndim == 2 and number < places.shape[0]:
            return tuple(float(place) * _METRES for place in places[number][:3])
    return ()


def _planes(
    layout: Layout, seconds: list[Any], place: tuple[float | None, ...]
) -> Iterator[PlaneFacts]:
    timed = len(seconds) >= layout.size_t and layout.size_t > 1
    if not timed and not place:
        return
    x, y, z = (*place, None, None, None)[:3]
    for t in range(layout.size_t):
        passed = finite(seconds[t] - seconds[0]) if timed else None
        for c in range(layout.groups):
            for depth in range(layout.size_z):
                yield PlaneFacts(t, c, depth, passed, None, x, y, z if depth == 0 else None)


def _objective(text: str) -> ObjectiveFacts | None:
    if not text.strip():
        return None
    found = _OBJECTIVE.search(text)
    if found is None:
        return ObjectiveFacts(model=text.strip())
    return ObjectiveFacts(
        positive(found["x"]),
        positive(found["na"].replace(",", ".")),
        text.strip(),
        _MEDIA.get((found["medium"] or "").lower()),
    )
