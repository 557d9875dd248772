"""Hamamatsu NDPI: a slide of JPEG pages cut at their restart markers, focal planes, the macro."""

from collections.abc import Iterator
from typing import Any

import tifffile

from store.importing.clean import finite, moment, originals_of, positive
from store.importing.facts import (
    Acquired,
    ChannelFacts,
    FoundImage,
    MicroscopeFacts,
    ObjectiveFacts,
    PlaneFacts,
)
from store.importing.tiff_kinds.slides import white
from store.importing.tiff_pages import TiffPages
from store.importing.tiff_series import layouts, series_of

_MAGNIFICATION = 65421
_ASSOCIATED = {-1.0: "macro", -2.0: "map"}
_NANOMETRES = 1e-3
_MILLISECONDS = 1e-3
_LONG = frozenset({"McuStarts", "McuStartsHighBytes"})


def read(pages: TiffPages) -> list[FoundImage]:
    """The images of a Hamamatsu slide, the slide itself first."""
    found = [
        (series, pages.library.series[number]) for number, series in enumerate(series_of(pages))
    ]
    images: list[FoundImage] = []
    for series, known in found:
        first = known.keyframe
        kind = _ASSOCIATED.get(finite(first.tags.valueof(_MAGNIFICATION)) or 0.0)
        if kind is not None or images:
            name = f"{pages.name} [{kind or f'part {len(images)}'}]"
            images.append(
                FoundImage(Acquired(name, originals=_originals(first)), layouts(series)[0])
            )
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
) -> FoundImage:
    tags = first.ndpi_tags or {}
    across, down = first.get_resolution(unit="micrometer")
    places = list(_focal_planes(known)) if layout.size_z > 1 else []
    heights = [plane.z_um for plane in places if plane.z_um is not None]
    step = abs(heights[1] - heights[0]) if len(heights) > 1 else None
    magnification = positive(tags.get("Magnification"))
    wavelength = positive(tags.get("Wavelength"))
    exposure = positive(tags.get("ExposureTime"))
    if exposure is not None and not places:
        places = [PlaneFacts(exposure_s=exposure * _MILLISECONDS)]
    return FoundImage(
        Acquired(
            name,
            moment=moment(
                str(first.tags.valueof(306, "")), "%Y:%m:%d %H:%M:%S", "%Y/%m/%d %H:%M:%S"
            ),
            description=str(tags.get("SlideLabel") or "") or None,
            size_x_um=1 / across if positive(across) else None,
            size_y_um=1 / down if positive(down) else None,
            size_z_um=step,
            channels=[ChannelFacts(emission_nm=wavelength)] if wavelength else [],
            planes=places,
            objective=ObjectiveFacts(magnification) if magnification else None,
            microscope=MicroscopeFacts(
                str(tags.get("Make", "")) or "Hamamatsu",
                str(tags.get("Model", "")) or None,
                str(tags.get("ScannerSerialNumber", "")) or None,
            ),
            originals=_originals(first),
        ),
        layout,
    )


def _focal_planes(known: tifffile.TiffPageSeries) -> Iterator[PlaneFacts]:
    for number, page in enumerate(known._pages):
        height = finite(page.tags.valueof(65424)) if isinstance(page, tifffile.TiffPage) else None
        if height is not None:
            yield PlaneFacts(z=number, z_um=height * _NANOMETRES)


def _originals(page: tifffile.TiffPage) -> list[tuple[str, str]]:
    tags = {key: value for key, value in (page.ndpi_tags or {}).items() if key not in _LONG}
    comments = str(tags.pop("Comments", "") or "")
    found = list(originals_of(tags))
    for line in comments.splitlines():
        key, mark, value = line.partition("=")
        if mark and key.strip():
            found.append((key.strip(), value.strip()))
    return found
