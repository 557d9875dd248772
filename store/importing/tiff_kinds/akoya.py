"""PerkinElmer and Akoya QPTIFF: channels as pages, each with a document of its own."""

import re
from collections.abc import Sequence
from typing import Any

from store.importing import vendor_xml
from store.importing.clean import iso_moment, moment, positive
from store.importing.facts import (
    Acquired,
    ChannelFacts,
    FoundImage,
    MicroscopeFacts,
    ObjectiveFacts,
    PlaneFacts,
)
from store.importing.tiff_pages import Page, TiffPages
from store.importing.tiff_series import PageSeries, layouts, series_of

_MICROSECONDS = 1e-6
_NAMES = {"Thumbnail": "thumbnail", "Overview": "macro", "Macro": "macro", "Label": "label"}
_UM_OF_UNIT = {2: 25_400.0, 3: 10_000.0}


def read(pages: TiffPages) -> list[FoundImage]:
    """The images of a file, the full resolution with all its channels first."""
    images: list[FoundImage] = []
    for series in series_of(pages):
        said = _said(series.first, pages.name)
        layout = layouts(series)[0]
        if not images:
            images.append(_slide(series, layout, pages))
            continue
        kind = vendor_xml.text_in(said, "ImageType") if said is not None else ""
        name = _NAMES.get(kind) or _NAMES.get(series.name, "part")
        images.append(FoundImage(Acquired(f"{pages.name} [{name}]"), layout))
    return images


def _slide(series: PageSeries, layout: Any, pages: TiffPages) -> FoundImage:
    documents = [_said(page, pages.name) for page in series.levels[0] if page is not None]
    first = documents[0] if documents else None
    size = _pixel_size(first, pages)
    return FoundImage(
        Acquired(
            pages.name,
            moment=_acquired(first, pages),
            size_x_um=size,
            size_y_um=size,
            channels=[_channel(said) for said in documents],
            planes=_planes(documents),
            objective=_objective(first),
            microscope=MicroscopeFacts(
                "Akoya Biosciences (PerkinElmer)", _text(first, "InstrumentType") or None
            ),
            originals=_originals(documents),
        ),
        layout,
    )


def _said(page: Page, name: str) -> Any:
    """The document of a page; none if it has none."""
    if not page.description.lstrip().startswith("<"):
        return None
    return vendor_xml.parse(page.description, name)


def _text(said: Any, name: str) -> str:
    return "" if said is None else vendor_xml.text_in(said, name)


def _channel(said: Any) -> ChannelFacts:
    numbers = re.findall(r"\d+", _text(said, "Color"))
    return ChannelFacts(
        name=_text(said, "Name") or _text(said, "Biomarker") or None,
        emission_nm=_middle(said, "EmissionFilter"),
        excitation_nm=_middle(said, "ExcitationFilter"),
        color=tuple(int(part) for part in numbers[:3]) if len(numbers) >= 3 else None,  # type: ignore[arg-type]
        fluor=_text(said, "Fluor") or _text(said, "Biomarker") or None,
    )


def _middle(said: Any, name: str) -> float | None:
    """Middle of the one band that a filter lets through, in nm."""
    found = None if said is None else vendor_xml.first_of(said, name)
    if found is None or len(list(vendor_xml.all_of(found, "Cuton"))) != 1:
        return None
    edges = [positive(vendor_xml.text_in(found, edge)) for edge in ("Cuton", "Cutoff")]
    return sum(edge for edge in edges if edge) / 2 if all(edges) else None


def _planes(documents: Sequence[Any]) -> list[PlaneFacts]:
    found: list[PlaneFacts] = []
    for number, said in enumerate(documents):
        exposure = positive(_text(said, "ExposureTime"))
        if exposure is not None:
            found.append(PlaneFacts(c=number, exposure_s=exposure * _MICROSECONDS))
    return found


def _objective(said: Any) -> ObjectiveFacts | None:
    model = _text(said, "Objective")
    named = re.search(r"(\d+(?:\.\d+)?)\s*x", model, re.I)
    magnification = positive(_text(said, "Magnification")) or (
        positive(named[1]) if named else None
    )
    return ObjectiveFacts(magnification, model=model or None) if magnification or model else None


def _pixel_size(said: Any, pages: TiffPages) -> float | None:
    size = positive(_text(said, "PixelSizeMicrons"))
    if size is not None:
        return size
    resolution, unit = pages.tag(282), _UM_OF_UNIT.get(int(pages.tag(296) or 2))
    if not isinstance(resolution, tuple) or not resolution[0] or unit is None:
        return None
    return positive(unit * resolution[1] / resolution[0])


def _acquired(said: Any, pages: TiffPages) -> Any:
    return iso_moment(_text(said, "DateTime")) or moment(
        str(pages.tag(306) or ""), "%Y:%m:%d %H:%M:%S"
    )


def _originals(documents: Sequence[Any]) -> list[tuple[str, str]]:
    """What the first document says, and of the others what they say otherwise."""
    found: list[tuple[str, str]] = []
    common: set[tuple[str, str]] = set()
    for number, said in enumerate(documents):
        if said is None:
            continue
        pairs = list(vendor_xml.flat(said))
        if not number:
            found += pairs
            common = set(pairs)
            continue
        found += [
            (f"Channel {number + 1} {key}", value)
            for key, value in pairs
            if (key, value) not in common
        ]
    return found
