"""Reads plates that are plain folders: files named by channel and well, a table of wells beside."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from store.errors import UnreadableFileError
from store.importing.fact_records import parsed_fileset
from store.importing.facts import Acquired, ChannelFacts, PlateFacts
from store.importing.found import FoundFileset, Skipped
from store.importing.parsed import ParsedFileset
from store.importing.plate_files import PlateFile, PlateFiles, fields, row_of

KIND = "Plate folder"
READER = "store.importing.plate_folder"
NAME = r"Channel(\d{1,2})-(\d{1,4})-([A-P])-(\d{2})\.tiff?"
"""Channel, number of the well, row, column, as in Channel1-14-B-02.tif."""
_NAME = re.compile(NAME)
_MAX_TABLE = 2**24
_FORMATS = ((8, 12), (16, 24), (32, 48))
"""Rows and columns of the plates there are: 96, 384 and 1,536 wells."""


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset | Skipped:
    """The plate of a folder; see `store.importing.readers.Reader`."""
    names = sorted(one.name for one in path.iterdir() if _NAME.fullmatch(one.name))
    if not names:
        return Skipped(path, f"{kind}: no picture is in it")
    table = _table_of(path)
    files = [*([table] if table else []), *(path / name for name in names)]
    return FoundFileset(KIND, path, tuple(files), READER)


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one plate; see `store.importing.readers.Reader`."""
    folder = found.master
    members = list(_files(folder))
    if not members:
        raise UnreadableFileError(f"No picture is in {folder.name}.", path=str(folder))
    table = _table_of(folder)
    files = PlateFiles([table] if table else [])
    numbers = sorted({one.c for one in members})
    channels = {number: ChannelFacts(f"Channel{number + 1}") for number in numbers}
    images, places = fields(folder.name, members, files, Acquired(folder.name), channels)
    used = (1 + max(place.row for place in places), 1 + max(place.column for place in places))
    rows, columns = next(
        (size for size in _FORMATS if size[0] >= used[0] and size[1] >= used[1]), used
    )
    held = {(place.row, place.column) for place in places}
    wells = dict(_wells(table)) if table else {}
    described = PlateFacts(
        folder.name,
        rows=rows,
        columns=columns,
        fields=places,
        wells={place: pairs for place, pairs in wells.items() if place in held},
    )
    return parsed_fileset(KIND, folder, files.parsed, images, described)


def _files(folder: Path) -> Iterator[PlateFile]:
    for path in sorted(folder.iterdir()):
        named = _NAME.fullmatch(path.name)
        if named is not None and path.is_file() and not path.is_symlink():
            yield PlateFile(
                path,
                row=row_of(named[3]),
                column=max(0, int(named[4]) - 1),
                field=0,
                c=max(0, int(named[1]) - 1),
            )


def _table_of(folder: Path) -> Path | None:
    """The table beside the pictures whose columns name rows and columns of wells."""
    for path in sorted(folder.glob("*.csv")):
        if not path.is_symlink() and {"Row", "Column"} <= set(_rows(path)[0]):
            return path
    return None


def _rows(path: Path) -> list[list[str]]:
    with path.open("rb") as opened:
        text = opened.read(_MAX_TABLE).decode("utf-8-sig", "replace")
    try:
        rows = [[value.strip() for value in row] for row in csv.reader(io.StringIO(text))]
    except csv.Error:
        rows = []
    return rows or [[]]


def _wells(table: Path) -> Iterator[tuple[tuple[int, int], Sequence[tuple[str, str]]]]:
    """What the table says of wells, by row and column."""
    head, *rows = _rows(table)
    row_at, column_at = head.index("Row"), head.index("Column")
    for row in rows:
        if len(row) != len(head):
            continue
        letters, column = row[row_at], row[column_at]
        if re.fullmatch(r"[A-Za-z]{1,2}", letters) and re.fullmatch(r"\d{1,3}", column):
            pairs = [
                (name, value)
                for number, (name, value) in enumerate(zip(head, row, strict=True))
                if number not in (row_at, column_at) and value
            ]
            yield (row_of(letters), int(column) - 1), pairs
