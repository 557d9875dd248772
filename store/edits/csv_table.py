"""Tables that people make with a spreadsheet program, read from text: headings and rows."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from store.edits.text import clean_name, clean_text
from store.errors import InvalidInputError
from store.models.pairs import folded

BYTES_MAX = 20 * 2**20
ROWS_MAX = 10_000
COLUMNS_MAX = 200
CELL_MAX = 10_000
SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table."""

    number: int
    """Line of the text that it begins on, from 1."""
    cells: Sequence[str]
    """As many as there are headings; empty where it cannot be read."""
    error: InvalidInputError | None = None
    """Why it cannot be read."""


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows."""

    headings: Sequence[str]
    lines: Sequence[Line]

    def column(self, heading: str) -> int:
        """Return the number of a column.

        Raises:
            InvalidInputError: There is no such heading.
        """
        names = [folded(name) for name in self.headings]
        if folded(heading) not in names:
            raise InvalidInputError(
                f"The table has no column {heading[:64]!r}.",
                f"It has {', '.join(self.headings)[:1000]}.",
            )
        return names.index(folded(heading))


def read_table(data: bytes | str) -> Table:
    r"""Read a table whose cells are separated by commas, semicolons or tabs.

    Args:
        data: UTF-8, with or without a mark at its beginning, or UTF-16 with one; lines end in
            any way, also within quotes.

    Raises:
        InvalidInputError: Too large, not text, without headings, with headings that are empty or
            stand twice, or with quotes that are never closed.

    >>> read_table("name;size (µm)\na;1,5\n").lines[0].cells
    ['a', '1,5']
    """
    text = _decoded(data)
    rows = _rows(text, _separator(text))
    first = next(rows, None)
    if first is None:
        raise InvalidInputError("The table is empty.", "Give a line of headings and rows below.")
    headings = _headings(first[0], first[1])
    lines: list[Line] = []
    for number, cells in rows:
        if len(lines) == ROWS_MAX:
            raise InvalidInputError(
                f"Line {number}: the table has more than {ROWS_MAX} rows.", "Divide it."
            )
        lines.append(_line(number, cells, len(headings)))
    return Table(headings, lines)


def _decoded(data: bytes | str) -> str:
    if len(data) > BYTES_MAX:
        raise InvalidInputError(
            f"The table has {len(data)} bytes; {BYTES_MAX} are allowed.", "Divide it."
        )
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInputError(
            f"Line {line}: byte {error.start} is no {'UTF-16' if wide else 'UTF-8'}.",
            'Save the table as "CSV UTF-8".',
        ) from None


def _separator(text: str) -> str:
    """Return what separates the headings: whichever is most frequent outside of quotes."""
    outside = "".join(text.lstrip("\r\n").split('"')[::2])
    heading = outside.splitlines()[0] if outside.strip() else ""
    return max(SEPARATORS, key=heading.count)


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield rows that are not blank, each with the number of the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begin = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InvalidInputError(
                f"Line {begin}: {error}.", "Close each quote, and double quotes within quotes."
            ) from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield begin, cells
        begin = reader.line_num + 1


def _headings(number: int, cells: Sequence[str]) -> list[str]:
    if len(cells) > COLUMNS_MAX:
        raise InvalidInputError(
            f"Line {number}: {len(cells)} columns; {COLUMNS_MAX} are allowed.", "Divide the table."
        )
    seen: dict[str, int] = {}
    headings = []
    for place, cell in enumerate(cells, 1):
        try:
            heading = clean_name(cell, f"heading of column {place}")
        except InvalidInputError as error:
            raise InvalidInputError(f"Line {number}: {error.message}", error.remedy) from None
        twin = seen.setdefault(folded(heading), place)
        if twin != place:
            raise InvalidInputError(
                f"Line {number}: columns {twin} and {place} are both {heading[:64]!r}.",
                "Rename one of them.",
            )
        headings.append(heading)
    return headings


def _line(number: int, cells: Sequence[str], width: int) -> Line:
    try:
        if len(cells) != width:
            raise InvalidInputError(
                f"{len(cells)} cells below {width} headings.",
                "Put cells that hold the separator into quotes.",
            )
        for cell in cells:
            if len(cell) > CELL_MAX:
                raise InvalidInputError(
                    f"A cell has {len(cell)} characters; {CELL_MAX} are allowed.", "Shorten it."
                )
            clean_text(cell, "cell")
    except InvalidInputError as error:
        told = InvalidInputError(f"Line {number}: {error.message}", error.remedy)
        return Line(number, [""] * width, told)
    return Line(number, [cell.strip() for cell in cells])
