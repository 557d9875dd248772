"""Reads plates of Yokogawa CellVoyager: the list of measurements and what describes it."""

import datetime as dt
import logging
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from store.errors import UnreadableFileError
from store.importing import vendor_xml
from store.importing.clean import finite, iso_moment, positive
from store.importing.fact_records import parsed_fileset
from store.importing.facts import (
    Acquired,
    ChannelFacts,
    MicroscopeFacts,
    ObjectiveFacts,
    PlateFacts,
)
from store.importing.found import FoundFileset, Skipped
from store.importing.ome_document import read_document
from store.importing.parsed import ParsedFileset
from store.importing.plate_files import PlateFile, PlateFiles, fields, listed

logger = logging.getLogger(__name__)

KIND = "Yokogawa CellVoyager plate"
READER = "store.importing.yokogawa"
LIST = "MeasurementData.mlf"
_DETAIL = "MeasurementDetail.mrf"
_MAX_COUNT = 100_000
_MOST = {"Row": 1_000, "Column": 1_000, "Ch": 512}
"""Largest numbers of a kind; of others `_MAX_COUNT`."""


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset | Skipped:
    """The plate of a folder or its list; see `store.importing.readers.Reader`."""
    folder = path if path.is_dir() else path.parent
    master = folder / LIST
    if not master.is_file():
        return Skipped(path, f"{kind}: {LIST} is not there")
    more = [folder / name for name in _described_by(folder) if listed(folder, name)]
    return FoundFileset(KIND, folder, (master, *more), READER)


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one plate; see `store.importing.readers.Reader`."""
    folder = found.master
    detail = _document(folder, _DETAIL)
    settings = _document(folder, _attribute(detail, "MeasurementSettingFileName"))
    plate = _plate_document(folder)
    name = _attribute(detail, "Title") or _attribute(plate, "Name") or folder.name
    start = iso_moment(_attribute(detail, "BeginTime"))
    records = vendor_xml.parse(read_document(folder / LIST), LIST)
    members = list(_files(folder, records, start))
    if not members:
        raise UnreadableFileError(
            f"{LIST} names no picture that is in the folder.",
            "Put the pictures of the plate beside it.",
            path=str(folder / LIST),
        )
    files = PlateFiles(found.files)
    channels = dict(_channels(detail, settings))
    images, places = fields(
        name, members, files, _about(detail, settings, members, start), channels
    )
    columns = _size(_attribute(detail, "ColumnCount") or _attribute(plate, "Columns"))
    rows = _size(_attribute(detail, "RowCount") or _attribute(plate, "Rows"))
    described = PlateFacts(
        name,
        rows=max(rows, 1 + max(place.row for place in places)),
        columns=max(columns, 1 + max(place.column for place in places)),
        fields=places,
        runs=[_attribute(detail, "Application") or "Measurement"],
        started=[start],
        identifier=_attribute(plate, "Name") or None,
        originals=[] if detail is None else list(vendor_xml.flat(detail)),
    )
    return parsed_fileset(KIND, folder, files.parsed, images, described)


def _described_by(folder: Path) -> list[str]:
    """Names of the documents that describe a plate, without those that are not there."""
    names = [_DETAIL]
    detail = _document(folder, _DETAIL)
    names.append(_attribute(detail, "MeasurementSettingFileName"))
    names += sorted(path.name for path in folder.glob("*.wpi"))[:1]
    return [name for name in names if name]


def _plate_document(folder: Path) -> Any:
    found = sorted(folder.glob("*.wpi"))
    return _document(folder, found[0].name) if found else None


def _document(folder: Path, name: str) -> Any:
    """A document beside the list; none if it is not there, or damaged: the list is enough."""
    path = listed(folder, name) if name else None
    if path is None:
        return None
    try:
        return vendor_xml.parse(read_document(path), name)
    except UnreadableFileError as error:
        logger.warning("metadata of a plate left out", extra={"why": error.message})
        return None


def _attribute(root: Any, name: str) -> str:
    return "" if root is None else vendor_xml.attributes(root).get(name, "").strip()


def _files(folder: Path, records: Any, start: dt.datetime | None) -> Iterator[PlateFile]:
    """The pictures of the list that are there; its errors are passed over."""
    for record in vendor_xml.all_of(records, "MeasurementRecord"):
        said = vendor_xml.attributes(record)
        if said.get("Type", "IMG") != "IMG":
            continue
        path = listed(folder, (record.text or "").strip())
        if path is None:
            continue
        time = iso_moment(said.get("Time"))
        yield PlateFile(
            path,
            row=_index(said, "Row"),
            column=_index(said, "Column"),
            field=_index(said, "FieldIndex"),
            t=_index(said, "TimePoint"),
            c=_index(said, "Ch"),
            z=_index(said, "ZIndex"),
            delta_t_s=(time - start).total_seconds() if time and start else None,
            x_um=finite(said.get("X")),
            y_um=finite(said.get("Y")),
            z_um=finite(said.get("Z")),
        )


def _index(said: dict[str, str], name: str) -> int:
    """A number that the list counts from 1."""
    text = said.get(name, "1")
    if not text.isdecimal() or not 0 < int(text[:9]) <= _MOST.get(name, _MAX_COUNT):
        raise UnreadableFileError(f"{LIST} counts {text[:40]!r} as {name}.")
    return int(text) - 1


def _size(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 5 else 1


def _channels(detail: Any, settings: Any) -> Iterator[tuple[int, ChannelFacts]]:
    """What the settings say of channels, by their numbers."""
    if settings is None:
        return
    for channel in vendor_xml.all_of(settings, "Channel"):
        said = vendor_xml.attributes(channel)
        number = said.get("Ch", "")
        if not number.isdecimal() or not 0 < int(number[:6]) < _MAX_COUNT:
            continue
        rgb = re.fullmatch(r"#[0-9a-fA-F]{2}([0-9a-fA-F]{6})", said.get("Color", ""))
        band = re.search(r"BP(\d{3})/\d+", said.get("Acquisition", ""))
        source = re.match(r"(\d{3})\s*nm", vendor_xml.text_in(channel, "LightSourceName"))
        yield (
            int(number) - 1,
            ChannelFacts(
                name=said.get("Target") or said.get("Acquisition") or None,
                emission_nm=positive(band[1]) if band else None,
                excitation_nm=positive(source[1]) if source else None,
                color=tuple(bytes.fromhex(rgb[1])) if rgb else None,  # type: ignore[arg-type]
                fluor=said.get("Fluorophore") or None,
            ),
        )


def _about(
    detail: Any,
    settings: Any,
    members: list[PlateFile],
    start: dt.datetime | None,
) -> Acquired:
    measured = None if detail is None else vendor_xml.first_of(detail, "MeasurementChannel")
    said = {} if measured is None else vendor_xml.attributes(measured)
    lens = None if settings is None else vendor_xml.first_of(settings, "Channel")
    optics = {} if lens is None else vendor_xml.attributes(lens)
    magnification = positive(optics.get("Magnification"))
    heights = sorted({one.z_um for one in members if one.z_um is not None})
    return Acquired(
        "",
        moment=start,
        size_x_um=positive(said.get("HorizontalPixelDimension")),
        size_y_um=positive(said.get("VerticalPixelDimension")),
        size_z_um=heights[1] - heights[0] if len(heights) > 1 else None,
        objective=ObjectiveFacts(magnification, model=optics.get("Objective") or None)
        if magnification or optics.get("Objective")
        else None,
        microscope=MicroscopeFacts("Yokogawa", _attribute(detail, "TargetSystem") or None),
    )
