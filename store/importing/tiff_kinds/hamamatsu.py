"""Hamamatsu NDPI: a slide of JPEG pages cut at their restart markers, focal planes, the macro."""

from collections.abc import Iterator
from typing import Any

import tifffile

from store.importing.described import (
    Described,
    DescribedChannel,
    DescribedObjective,
    DescribedPlane,
    finite,
    moment,
    originals_of,
    positive,
)
from store.importing.tiff_kinds.slides import white
from store.importing.tiff_pages import TiffPages
from store.importing.tiff_series import layouts, series_of

_MAGNIFICATION = 65421
_ASSOCIATED = {-1.0: "macro", -2.0: "map"}
_NANOMETRES = 1e-3
_MILLISECONDS = 1e-3
_LONG = frozenset({"McuStarts", "McuStartsHighBytes"})


def read(pages: TiffPages) -> list[Described]:
    """The images of a Hamamatsu slide, the slide itself first."""
    found = [
        (series, pages.library.series[number]) for number, series in enumerate(series_of(pages))
    ]
    images: list[Described] = []
    for series, known in found:
        first = known.keyframe
        kind = _ASSOCIATED.get(finite(first.tags.valueof(_MAGNIFICATION)) or 0.0)
        if kind is not None or images:
            name = f"{pages.name} [{kind or f'part {len(images)}'}]"
            images.append(Described(layouts(series)[0], name, originals=_originals(first)))
            continue
        series = _whitened(series)
        images.append(_slide(layouts(series)[0], first, known, pages.name))
    return images


def _whitened(series: Any) -> Any:
    from dataclasses import replace

    return replace(
        series,
        levels=tuple(tuple(page and white(page) for page in level) for level in series.levels),
    )


def _slide(
    layout: Any, first: tifffile.TiffPage, known: tifffile.TiffPageSeries, name: str
) -> Described:
    tags = first.ndpi_tags or {}
    across, down = first.get_resolution(unit="micrometer")
    places = list(_focal_planes(known)) if layout.size_z > 1 else []
    heights = [plane.z_um for plane in places if plane.z_um is not None]
    step = abs(heights[1] - heights[0]) if len(heights) > 1 else None
    magnification = positive(tags.get("Magnification"))
    wavelength = positive(tags.get("Wavelength"))
    exposure = positive(tags.get("ExposureTime"))
    if exposure is not None and not places:
        places = [DescribedPlane(exposure_s=exposure * _MILLISECONDS)]
    return Described(
        layout,
        name,
        acquired=moment(str(first.tags.valueof(306, "")), "%Y:%m:%d %H:%M:%S", "%Y/%m/%d %H:%M:%S"),
        description=str(tags.get("SlideLabel") or "") or None,
        size_x_um=1 / across if positive(across) else None,
        size_y_um=1 / down if positive(down) else None,
        size_z_um=step,
        channels=[DescribedChannel(emission_nm=wavelength)] if wavelength else [],
        planes=places,
        objective=DescribedObjective(magnification) if magnification else None,
        maker=str(tags.get("Make", "")) or "Hamamatsu",
        microscope=str(tags.get("Model", "")) or None,
        serial=str(tags.get("ScannerSerialNumber", "")) or None,
        originals=_originals(first),
    )


def _focal_planes(known: tifffile.TiffPageSeries) -> Iterator[DescribedPlane]:
    for number, page in enumerate(known._pages):
        height = finite(page.tags.valueof(65424)) if isinstance(page, tifffile.TiffPage) else None
        if height is not None:
            yield DescribedPlane(z=number, z_um=height * _NANOMETRES)


def _originals(page: tifffile.TiffPage) -> list[tuple[str, str]]:
    tags = {key: value for key, value in (page.ndpi_tags or {}).items() if key not in _LONG}
    comments = str(tags.pop("Comments", "") or "")
    found = list(originals_of(tags))
    for line in comments.splitlines():
        key, mark, value = line.partition("=")
        if mark and key.strip():
            found.append((key.strip(), value.strip()))
    return found
