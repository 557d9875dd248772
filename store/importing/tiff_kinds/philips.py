"""Philips TIFF: a slide whose pages are padded; its document says how large its levels are."""

from typing import Any

from store.importing import vendor_xml
from store.importing.clean import moment, positive
from store.importing.facts import Acquired, FoundImage, MicroscopeFacts, ObjectiveFacts
from store.importing.tiff_kinds.slides import levels, white
from store.importing.tiff_pages import TiffPages
from store.importing.tiff_series import series_of

_LONGEST = 1_000
"""Values longer than this are pictures and tables, not metadata for people."""
_MILLIMETRES = 1_000.0


def read(pages: TiffPages) -> list[FoundImage]:
    """The images of a slide, the slide itself first; its levels have the sizes that are true."""
    root = vendor_xml.parse(pages.description, pages.name)
    said = _said(root)
    images: list[FoundImage] = []
    for series in series_of(pages):
        found = [[white(page) for page in level if page is not None] for level in series.levels]
        layout = levels(*found)
        if images:
            kind = series.name.lower()
            kind = kind if kind in ("macro", "label") else "part"
            images.append(FoundImage(Acquired(f"{pages.name} [{kind}]"), layout))
            continue
        across, down = _spacing(said)
        images.append(
            FoundImage(
                Acquired(
                    pages.name,
                    moment=moment(
                        said.get("DICOM_ACQUISITION_DATETIME", ""),
                        "%Y%m%d%H%M%S.%f",
                        "%Y%m%d%H%M%S",
                    ),
                    size_x_um=across,
                    size_y_um=down,
                    objective=_objective(said),
                    microscope=MicroscopeFacts(
                        said.get("DICOM_MANUFACTURER") or "Philips",
                        said.get("DICOM_MANUFACTURERS_MODEL_NAME"),
                        said.get("DICOM_DEVICE_SERIAL_NUMBER"),
                    ),
                    originals=list(said.items()),
                ),
                layout,
            )
        )
    return images


def _said(root: Any) -> dict[str, str]:
    """Texts of the document's attributes; of those that come again, the first."""
    found: dict[str, str] = {}
    for attribute in vendor_xml.all_of(root, "Attribute"):
        name = vendor_xml.attributes(attribute).get("Name", "")
        text = (attribute.text or "").strip().strip('"')
        if name and text and len(text) <= _LONGEST:
            found.setdefault(name, text)
    return found


def _spacing(said: dict[str, str]) -> tuple[float | None, float | None]:
    """Width and height of a pixel in micrometres; the document has rows first, in millimetres."""
    parts = said.get("DICOM_PIXEL_SPACING", "").replace('"', "").split()
    sizes = [positive(part) for part in parts]
    if len(sizes) != 2 or sizes[0] is None or sizes[1] is None:
        return None, None
    return sizes[1] * _MILLIMETRES, sizes[0] * _MILLIMETRES


def _objective(said: dict[str, str]) -> ObjectiveFacts | None:
    power = positive(said.get("DICOM_OBJECTIVE_POWER") or said.get("PIM_DP_OBJECTIVE_POWER"))
    return ObjectiveFacts(power) if power else None
