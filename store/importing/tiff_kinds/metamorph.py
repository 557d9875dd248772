"""MetaMorph STK: a stack behind one page, with times, places and wavelengths of its planes."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from store.importing.clean import finite, originals_of, positive
from store.importing.facts import Acquired, ChannelFacts, FoundImage, MicroscopeFacts, PlaneFacts
from store.importing.layout import Layout
from store.importing.tiff_pages import TiffPages
from store.importing.tiff_series import layouts, series_of

_UNITS = {"um": 1.0, "µm": 1.0, "micron": 1.0, "microns": 1.0, "nm": 1e-3, "mm": 1e3, "cm": 1e4}
_ARRAYS = frozenset({"TimeCreated", "TimeModified", "ZDistance", "Wavelengths", "StagePosition"})


def read(pages: TiffPages) -> list[FoundImage]:
    """The one image of a stack."""
    said: dict[str, Any] = pages.library.stk_metadata or {}
    series = series_of(pages)[0]
    waves = _numbers(said.get("Wavelengths"))
    if series.axes == "I" and len(waves) == series.sizes[0] and len(set(waves)) == len(waves) > 1:
        series = replace(series, axes="C")
    layout = layouts(series)[0]
    scale = _UNITS.get(str(said.get("CalibrationUnits", "")).strip().lower())
    calibrated = scale if said.get("SpatialCalibration") else None
    distances = [abs(step) for step in _numbers(said.get("ZDistance")) if step]
    plain = {key: value for key, value in said.items() if key not in _ARRAYS}
    return [
        FoundImage(
            Acquired(
                pages.name,
                moment=_acquired(said),
                size_x_um=_size(said.get("XCalibration"), calibrated),
                size_y_um=_size(said.get("YCalibration"), calibrated),
                size_z_um=positive(distances[0] * (scale or 1.0))
                if layout.size_z > 1 and distances
                else None,
                channels=_channels(waves, layout.groups),
                planes=list(_planes(said, layout, series.axes)),
                microscope=MicroscopeFacts("Molecular Devices"),
                originals=list(originals_of(plain)),
            ),
            layout,
        )
    ]


def _numbers(value: Any) -> list[float]:
    return [float(one) for one in np.ravel(value)] if value is not None else []


def _size(value: Any, scale: float | None) -> float | None:
    size = positive(value)
    return None if size is None or scale is None else size * scale


def _acquired(said: Mapping[str, Any]) -> dt.datetime | None:
    times = said.get("DatetimeCreated")
    if times is None or not len(times):
        return None
    found = np.asarray(times, "datetime64[us]")[0].item()
    return found.replace(tzinfo=dt.UTC) if isinstance(found, dt.datetime) else None


def _channels(waves: list[float], count: int) -> list[ChannelFacts]:
    if count == 1:
        known = set(waves)
        return [ChannelFacts(emission_nm=known.pop())] if len(known) == 1 else []
    return [ChannelFacts(emission_nm=wave) for wave in waves[:count]]


def _planes(said: Mapping[str, Any], layout: Layout, axes: str) -> Iterator[PlaneFacts]:
    """Times since the first plane, and places of the stage."""
    times = said.get("DatetimeCreated")
    milliseconds = (
        []
        if times is None
        else ((np.asarray(times) - np.asarray(times)[0]) / np.timedelta64(1, "ms")).tolist()
    )
    places = _fractions(said.get("StagePosition"))
    heights = _fractions(said.get("AbsoluteZ"))
    for number in range(layout.size_t * layout.groups * layout.size_z):
        at = {"Z": (0, 0, number), "C": (0, number, 0)}.get(axes, (number, 0, 0))
        x, y = places[number] if number < len(places) and len(places[number]) == 2 else (None, None)
        yield PlaneFacts(
            *at,
            delta_t_s=milliseconds[number] / 1000 if number < len(milliseconds) else None,
            x_um=x,
            y_um=y,
            z_um=heights[number][0] if number < len(heights) else None,
        )


def _fractions(value: Any) -> list[list[float | None]]:
    """Numbers that the file keeps as pairs of numerator and denominator, by plane."""
    if not hasattr(value, "ndim") or value.ndim < 1:
        return []
    pairs = np.asarray(value, np.float64)
    if pairs.shape[-1] == 2 and np.asarray(value).dtype.kind in "iu":
        with np.errstate(divide="ignore", invalid="ignore"):
            pairs = pairs[..., 0] / pairs[..., 1]
    return [[finite(one) for one in np.ravel(row)] for row in pairs]
