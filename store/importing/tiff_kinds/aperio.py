"""Aperio SVS: a slide, its label, macro and thumbnail, and what the scanner says of it."""

import datetime as dt
import re
from collections.abc import Iterator

from store.importing.described import (
    Described,
    DescribedObjective,
    finite,
    moment,
    positive,
)
from store.importing.tiff_kinds.slides import levels, stacked, white
from store.importing.tiff_pages import Page, TiffPages

_ZONE = re.compile(r"(?:GMT|UTC)?\s*([+-]\d\d):?(\d\d)")


def read(pages: TiffPages) -> list[Described]:
    """The images of an Aperio slide, the slide itself first."""
    found, others = stacked([white(page) for page in pages])
    said = dict(_said(found[0][0].description))
    size = positive(said.get("MPP"))
    slide = Described(
        levels(*found),
        pages.name,
        acquired=_acquired(said),
        size_x_um=size,
        size_y_um=size,
        size_z_um=positive(said.get("Z-Spacing")),
        objective=_objective(said),
        maker="Aperio",
        microscope=said.get("ScannerType"),
        serial=said.get("ScanScope ID"),
        originals=list(_said(found[0][0].description)),
    )
    return [slide, *(_associated(page, pages.name) for page in others)]


def _associated(page: Page, name: str) -> Described:
    lines = page.description.splitlines()
    word = lines[1].split(" ")[0].lower() if len(lines) > 1 else ""
    kind = word if word in ("label", "macro") else "thumbnail"
    return Described(levels([page]), f"{name} [{kind}]", originals=list(_said(page.description)))


def _said(description: str) -> Iterator[tuple[str, str]]:
    """Keys and values behind the first line, as in "|AppMag = 20|MPP = 0.499"."""
    head, *parts = description.split("|")
    yield "Header", " ".join(head.split())
    for part in parts:
        key, _, value = part.partition("=")
        if key.strip():
            yield key.strip(), value.strip()


def _objective(said: dict[str, str]) -> DescribedObjective | None:
    magnification = finite(said.get("AppMag"))
    return DescribedObjective(magnification) if magnification else None


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
