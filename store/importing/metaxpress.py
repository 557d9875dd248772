"""Reads plates of MetaXpress (ImageXpress): an HTD file and TIFF files named by well and site."""

import csv
import io
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from store.errors import UnreadableFileError
from store.importing import vendor_xml
from store.importing.clean import moment, positive
from store.importing.fact_records import parsed_fileset
from store.importing.facts import (
    Acquired,
    ChannelFacts,
    MicroscopeFacts,
    ObjectiveFacts,
    PlateFacts,
)
from store.importing.found import FoundFileset, Skipped
from store.importing.parsed import ParsedFileset
from store.importing.plate_files import PlateFile, PlateFiles, fields, row_of
from store.importing.tiff_pages import open_pages

KIND = "MetaXpress plate"
READER = "store.importing.metaxpress"
_MAX_HTD = 2**20
_MAX_WAVES = 64
_NAME = re.compile(
    r"(?P<prefix>.+)_(?P<row>[A-P]|A[A-F])(?P<column>\d{2})(?:_s(?P<site>\d{1,4}))?"
    r"(?:_w(?P<wave>\d{1,2}))?(?P<id>[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12})?\.tiff?",
    re.I,
)
_TIME = re.compile(r"TimePoint_(\d{1,6})", re.I)
_STEP = re.compile(r"ZStep_(\d{1,6})", re.I)


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset | Skipped:
    """The plate of a folder or its HTD file; see `store.importing.readers.Reader`."""
    if not path.is_dir():
        return FoundFileset(KIND, path.parent, (path,), READER)
    found = sorted(one for one in path.iterdir() if one.suffix.lower() == ".htd")
    if len(found) != 1:
        return Skipped(path, f"{kind}: {len(found)} HTD files in one folder, so name one of them")
    return FoundFileset(KIND, path, (found[0],), READER)


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one plate; see `store.importing.readers.Reader`."""
    master = found.files[0]
    said = _said(master)
    waves = _waves(said)
    members = list(_files(master, len(waves)))
    if not members:
        raise UnreadableFileError(
            f"No picture of the plate {master.name} is in its folder.",
            "Put the TIFF files, or the TimePoint folders, beside it.",
            path=str(master),
        )
    files = PlateFiles(found.files)
    properties = _properties(members[0].path)
    channels = {number: ChannelFacts(wave) for number, wave in enumerate(waves)}
    images, places = fields(master.stem, members, files, _about(properties), channels)
    described = PlateFacts(
        master.stem,
        rows=max(_count(said, "YWells"), 1 + max(place.row for place in places)),
        columns=max(_count(said, "XWells"), 1 + max(place.column for place in places)),
        fields=places,
        identifier=_first(said, "UniquePlateIdentifier") or None,
        description=_first(said, "Description") or None,
        originals=[(key, ", ".join(values)) for key, values in said.items() if any(values)]
        + list(properties.items()),
    )
    return parsed_fileset(KIND, master.parent, files.parsed, images, described)


def _said(master: Path) -> dict[str, list[str]]:
    """Values of the HTD file by their names."""
    with master.open("rb") as opened:
        text = opened.read(_MAX_HTD).decode("utf-8", "replace")
    rows = csv.reader(io.StringIO(text), skipinitialspace=True)
    return {row[0].strip(): [value.strip() for value in row[1:]] for row in rows if row}


def _first(said: dict[str, list[str]], name: str) -> str:
    values = said.get(name) or [""]
    return values[0]


def _count(said: dict[str, list[str]], name: str) -> int:
    text = _first(said, name)
    return int(text) if text.isdecimal() and 0 < len(text) < 5 else 1


def _waves(said: dict[str, list[str]]) -> list[str]:
    count = min(_count(said, "NWavelengths"), _MAX_WAVES)
    return [_first(said, f"WaveName{number + 1}") for number in range(count)]


def _files(master: Path, waves: int) -> Iterator[PlateFile]:
    """The pictures beside the HTD file, and those in folders of time points and steps."""
    for folder, t, z in _folders(master.parent):
        for path in sorted(folder.iterdir()):
            named = _NAME.fullmatch(path.name)
            if named is None or path.stem.lower().endswith("_thumb") or path.is_symlink():
                continue
            if named["prefix"].lower() != master.stem.lower():
                continue
            c = int(named["wave"] or 1) - 1
            if c < max(waves, 1):
                yield PlateFile(
                    path,
                    row=row_of(named["row"]),
                    column=max(0, int(named["column"]) - 1),
                    field=max(0, int(named["site"] or 1) - 1),
                    t=t,
                    c=max(0, c),
                    z=z,
                )


def _folders(root: Path) -> list[tuple[Path, int, int]]:
    """Folders that may hold pictures: each with its time point and its step along Z, from 0."""
    times = _numbered(root, _TIME) or [(0, root)]
    found: list[tuple[Path, int, int]] = []
    for t, (_, folder) in enumerate(times):
        steps = _numbered(folder, _STEP)
        found += [(step, t, z) for z, (_, step) in enumerate(steps)] or [(folder, t, 0)]
    return found


def _numbered(folder: Path, pattern: re.Pattern[str]) -> list[tuple[int, Path]]:
    names = ((pattern.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted(
        (int(named[1]), path)
        for named, path in names
        if named is not None and path.is_dir() and not path.is_symlink()
    )


def _about(properties: dict[str, str]) -> Acquired:
    """What the first picture says of all: MetaXpress writes a document into each."""
    known = properties.get("spatial-calibration-state", "on").lower() == "on"
    lens = properties.get("_MagSetting_") or ""
    named = re.search(r"(\d+(?:\.\d+)?)\s*x", lens, re.I)
    aperture = positive(properties.get("_MagNA_"))
    time = properties.get("acquisition-time-local", "")
    return Acquired(
        "",
        moment=moment(time, "%Y%m%d %H:%M:%S.%f", "%Y%m%d %H:%M:%S"),
        size_x_um=positive(properties.get("spatial-calibration-x")) if known else None,
        size_y_um=positive(properties.get("spatial-calibration-y")) if known else None,
        objective=ObjectiveFacts(positive(named[1]) if named else None, aperture, lens)
        if lens
        else None,
        microscope=MicroscopeFacts("Molecular Devices", "ImageXpress"),
    )


def _properties(path: Path) -> dict[str, str]:
    with open_pages(path) as pages:
        text = pages.description
    if "<MetaData>" not in text[:4096]:
        return {}
    try:
        root: Any = vendor_xml.parse(text, path.name)
    except UnreadableFileError:
        return {}
    found: dict[str, str] = {}
    for element in vendor_xml.all_of(root, "prop"):
        said = vendor_xml.attributes(element)
        found.setdefault(said.get("id", ""), said.get("value", ""))
    return found
