"""Olympus FluoView and SIS stacks: their axes, sizes and names."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from store.importing.clean import originals_of, positive
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
_UNITS = {"um": 1.0, "µm": 1.0, "micron": 1.0, "microns": 1.0, "nm": 1e-3, "mm": 1e3, "m": 1e6}
_SECONDS = {"s": 1.0, "sec": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0}


def read_fluoview(pages: TiffPages) -> list[FoundImage]:
    """The images of a FluoView file."""
    said: dict[str, Any] = pages.library.fluoview_metadata or {}
    steps = dict(_steps(said))
    return [
        FoundImage(
            Acquired(
                pages.name,
                size_x_um=steps.get("X"),
                size_y_um=steps.get("Y"),
                size_z_um=steps.get("Z") if layout.size_z > 1 else None,
                interval_s=steps.get("T") if layout.size_t > 1 else None,
                microscope=MicroscopeFacts("Olympus"),
                originals=list(originals_of(said)),
            ),
            layout,
        )
        for layout in layouts(series_of(pages)[0])
    ]


def read_sis(pages: TiffPages) -> list[FoundImage]:
    """The images of a file of Olympus Soft Imaging Solutions."""
    said: dict[str, Any] = pages.library.sis_metadata or {}
    magnification = positive(said.get("magnification"))
    acquired = said.get("datetime")
    return [
        FoundImage(
            Acquired(
                str(said.get("name") or "") or pages.name,
                moment=acquired.replace(tzinfo=dt.UTC)
                if isinstance(acquired, dt.datetime)
                else None,
                size_x_um=_times(said.get("pixelsizex"), _METRES),
                size_y_um=_times(said.get("pixelsizey"), _METRES),
                channels=_bands(said),
                planes=list(_times_of(said, layout)),
                objective=ObjectiveFacts(magnification) if magnification else None,
                microscope=MicroscopeFacts("Olympus", str(said.get("cameraname") or "") or None),
                originals=list(originals_of(said)),
            ),
            layout,
        )
        for layout in layouts(series_of(pages)[0])
    ]


def _steps(said: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Step along each axis: micrometres, of time seconds."""
    for name, _, _, step, unit in said.get("Dimensions") or []:
        axis = str(name).strip().upper()[:1]
        units = _SECONDS if axis == "T" else _UNITS
        size = positive(step)
        scale = units.get(str(unit).strip().lower())
        if size is not None and scale is not None:
            yield axis, size * scale


def _times(value: Any, scale: float) -> float | None:
    size = positive(value)
    return None if size is None else size * scale


def _bands(said: Mapping[str, Any]) -> list[ChannelFacts]:
    bands = said.get("Band")
    if not isinstance(bands, list):
        return []
    return [
        ChannelFacts(str(band.get("BandName") or "") or None)
        for band in bands
        if isinstance(band, Mapping)
    ]


def _times_of(said: Mapping[str, Any], layout: Layout) -> Iterator[PlaneFacts]:
    times = said.get("Time")
    milliseconds = times.get("TimePos") if isinstance(times, Mapping) else None
    if milliseconds is None or len(milliseconds) != layout.size_t:
        return
    for t, passed in enumerate(np.asarray(milliseconds, np.float64).tolist()):
        for c in range(layout.groups):
            for z in range(layout.size_z):
                yield PlaneFacts(t, c, z, passed / 1000)
