"""Ventana BIF: the levels as they are stored; tiles that overlap on the slide are not stitched."""

from typing import Any

from store.importing import vendor_xml
from store.importing.clean import moment, positive
from store.importing.facts import Acquired, FoundImage, MicroscopeFacts, ObjectiveFacts
from store.importing.tiff_kinds.slides import levels, white
from store.importing.tiff_pages import TiffPages
from store.importing.tiff_series import series_of

_NAMES = {"overview": "macro", "probability": "probability"}
_STITCHING = "Tiles are shown as stored, side by side; at their seams they overlap by up to"


def read(pages: TiffPages) -> list[FoundImage]:
    """The images of a slide, the slide itself first."""
    found = sorted(series_of(pages), key=lambda series: series.name.lower() != "baseline")
    images: list[FoundImage] = []
    for series in found:
        layout = levels(*([white(page) for page in level if page] for level in series.levels))
        if images or series.name.lower() != "baseline":
            kind = _NAMES.get(series.name.lower(), "part")
            images.append(FoundImage(Acquired(f"{pages.name} [{kind}]"), layout))
            continue
        images.append(_slide(layout, pages))
    return images


def _slide(layout: Any, pages: TiffPages) -> FoundImage:
    documents = [
        vendor_xml.parse(text, pages.name)
        for text in (_xmp(page) for page in pages.library.pages)
        if text
    ]
    scan = next(
        (found for root in documents if (found := vendor_xml.first_of(root, "iScan")) is not None),
        None,
    )
    said = {} if scan is None else vendor_xml.attributes(scan)
    overlap = max((_overlap(root) for root in documents), default=(0, 0))
    size = positive(said.get("ScanRes"))
    magnification = positive(said.get("Magnification"))
    originals = list(said.items())
    description = None
    if any(overlap):
        originals += [("Overlap X", str(overlap[0])), ("Overlap Y", str(overlap[1]))]
        description = f"{_STITCHING} {overlap[0]} x {overlap[1]} pixels."
    return FoundImage(
        Acquired(
            pages.name,
            moment=moment(
                said.get("ScanDate", "") or str(pages.tag(306) or ""),
                "%Y:%m:%d %H:%M:%S",
                "%m/%d/%Y %H:%M:%S",
            ),
            description=description,
            size_x_um=size,
            size_y_um=size,
            size_z_um=positive(said.get("Z-spacing")),
            objective=ObjectiveFacts(magnification) if magnification else None,
            microscope=MicroscopeFacts(
                "Ventana (Roche)", said.get("ScannerModel"), said.get("UnitNumber")
            ),
            originals=originals,
        ),
        layout,
    )


def _xmp(page: Any) -> str:
    """The document that a page holds where others hold XMP; empty if it holds none."""
    value = page.tags.valueof(700) if hasattr(page, "tags") else None
    if isinstance(value, tuple):
        value = bytes(value)
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
    return text.strip("\0 \r\n") if "<iScan" in text or "<EncodeInfo" in text else ""


def _overlap(root: Any) -> tuple[int, int]:
    """Most pixels that joined tiles overlap by, across and down."""
    across, down = 0, 0
    for joint in vendor_xml.all_of(root, "TileJointInfo"):
        said = vendor_xml.attributes(joint)
        if said.get("FlagJoined") == "0":
            continue
        across = max(across, _pixels(said.get("OverlapX")))
        down = max(down, _pixels(said.get("OverlapY")))
    return across, down


def _pixels(text: str | None) -> int:
    return int(positive(text) or 0)
