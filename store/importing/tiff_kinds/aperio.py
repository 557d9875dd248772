"""Aperio SVS: a slide, its label, macro and thumbnail, and what the scanner says of it."""

import datetime as dt
import re
from collections.abc import Iterator

from store.importing.clean import finite, moment, positive
from store.importing.facts import Acquired, FoundImage, MicroscopeFacts, ObjectiveFacts
from store.importing.tiff_kinds.slides import levels, stacked, white
from store.importing.tiff_pages import Page, TiffPages

_ZONE = re.compile(r"(?:GMT|UTC)?\s*([+-]\d\d):?(\d\d)")


def read(pages: TiffPages) -> list[FoundImage]:
    """The images of an Aperio slide, the slide itself first."""
    found, others = stacked([white(page) for page in pages])
    said = dict(_said(found[0][0].description))
    size = positive(said.get("MPP"))
    slide = FoundImage(
        Acquired(
            pages.name,
            moment=_acquired(said),
            size_x_um=size,
            size_y_um=size,
            size_z_um=positive(said.get("Z-Spacing")),
            objective=_objective(said),
            microscope=MicroscopeFacts("Aperio", said.get("ScannerType"), said.get("ScanScope ID")),
            originals=list(_said(found[0][0].description)),
        ),
        levels(*found),
    )
    return [slide, *(_associated(page, pages.name) for page in others)]


def _associated(page: Page, name: str) -> FoundImage:
    lines = page.description.splitlines()
    word = lines[1].split(" ")[0].lower() if len(lines) > 1 else ""
    kind = word if word in ("label", "macro") else "thumbnail"
    return FoundImage(
        Acquired(f"{name} [{kind}]", originals=list(_said(page.description))), levels([page])
    )


def _said(description: str) -> Iterator[tuple[str, str]]:
    """Keys and values behind the first line, as in "|AppMag = 20|MPP = 0.499"."""
    head, *parts = description.split("|")
    yield "Header", " ".join(head.split())
    for part in parts:
        key, _, value = part.partition("=")
        if key.strip():
            yield key.strip(), value.strip()


def _objective(said: dict[str, str]) -> ObjectiveFacts | None:
    magnification = finite(said.get("AppMag"))
    return ObjectiveFacts(magnification) if magnification else None


def _acquired(said: dict[str, str]) -> dt.datetime | None:
    stamp = f"{said.get('Date', '')} {said.get('Time', '')}"
    zone = _ZONE.fullmatch(said.get("Time Zone", "").strip())
    if zone:
        found = moment(
            f"{stamp} {zone[1]}{zone[2]}", "%m/%d/%y %H:%M:%S %z", "%m/%d/%Y %H:%M:%S %z"
        )
        if found is not None:
            return found
    return moment(stamp, "%m/%d/%y %H:%M:%S", "%m/%d/%Y %H:%M:%S")
