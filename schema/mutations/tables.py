"""Key–values from tables that people make with a spreadsheet program."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import strawberry
from sqlalchemy.orm import Session

from schema.context import Context
from schema.fields import Argument, Named, field, value
from schema.ids import database_id
from schema.levels import Reference
from schema.mutations.annotations import NAMESPACE
from schema.mutations.change import Change, Request
from schema.mutations.payloads import Failure, ItemError
from schema.types.nodes import Node
from store.access import Viewer
from store.edits import csv_import, requests
from store.edits.csv_import import RowPlan, TableImport
from store.edits.csv_table import Table, read_table
from store.edits.key_values import Mode
from store.models.annotations import CLIENT_MAP_NAMESPACE


@value
class KeyValueDifference:
    """What is different about one key of one thing."""

    key: str = field("Key.")
    before: str | None = field("Value before; null where there was none.")
    after: str | None = field("Value after; null where there is none any more.")


@value
class TableRow:
    """What one row of a table does."""

    line: int = field("Line of the table that it begins on, from 1.")
    name: str = field("What it is about, as the table names it.")
    node: Node | None = field("The thing that it is about; null if that was not found.", Named())
    differences: list[KeyValueDifference] = field("What is different; nothing where it fails.")
    error: ItemError | None = field("Why it fails; null unless it does.")


@value
class TableResult:
    """What a table does, or has done."""

    applied: bool = field("Whether it was written; false for dry runs, and where a row fails.")
    dry_run: bool = field("Whether this was only a look at what would happen.")
    failed: int = field("How many rows fail.")
    rows: list[TableRow] = field("What each row does, in order.")


@dataclass(frozen=True, slots=True)
class Row:
    """What `TableRow` is read from."""

    line: int
    name: str
    node: Reference | None
    differences: Sequence[KeyValueDifference]
    error: Failure | None


@dataclass(frozen=True, slots=True)
class Result:
    """What `TableResult` is read from."""

    applied: bool
    dry_run: bool
    failed: int
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments, checked."""

    table: Table
    request: TableImport
    dry_run: bool


class TableChange(Change):
    """A table that is written, or only looked at."""

    def __init__(self) -> None:
        super().__init__(_unused, _ARGUMENTS, _check)

    def _changed(self, context: Context, request: Request) -> Any:
        try:
            return super()._changed(context, request)
        except _NotAppliedError as error:
            return error.result

    def _once(self, session: Session, viewer: Viewer, request: Request) -> Any:
        asked: Asked = request.arguments

        def run() -> Result:
            plan = csv_import.import_key_values(
                session, viewer, asked.table, asked.request, dry_run=asked.dry_run
            )
            rows = [_row(row) for row in plan.rows]
            return Result(plan.applied, asked.dry_run, plan.failed, rows)

        if request.key is None or asked.dry_run:
            return run()

        def run_kept() -> dict[str, Any]:
            result = run()
            if not result.applied:
                raise _NotAppliedError(result)
            return asdict(result)

        return _result(requests.once(session, viewer, request.key, request.hash, run_kept))


class _NotAppliedError(Exception):
    """Rows fail: the transaction is undone with the key, which can be used again."""

    def __init__(self, result: Result) -> None:
        super().__init__("rows fail")
        self.result = result


def _result(kept: Mapping[str, Any]) -> Result:
    """Read what was kept as JSON."""
    rows = [
        Row(
            row["line"],
            row["name"],
            None if row["node"] is None else (row["node"][0], row["node"][1]),
            [KeyValueDifference(**one) for one in row["differences"]],
            None if row["error"] is None else Failure(**row["error"]),
        )
        for row in kept["rows"]
    ]
    return Result(kept["applied"], kept["dry_run"], kept["failed"], rows)


def _unused(_session: Session, _viewer: Viewer, asked: Any) -> Any:
    return asked


def _check(place: str, values: Mapping[str, Any]) -> Asked:
    parent = values.get("parent")
    request = TableImport(
        values["type"],
        None if parent is None else database_id(parent),
        values.get("column"),
        values.get("mode") or Mode.REPLACE_KEYS,
        values.get("namespace") or CLIENT_MAP_NAMESPACE,
    )
    return Asked(read_table(values["csv"]), request, bool(values.get("dry_run")))


def _row(row: RowPlan) -> Row:
    differences = [
        *(KeyValueDifference(key=key, before=None, after=text) for key, text in row.added),
        *(KeyValueDifference(key=key, before=old, after=new) for key, old, new in row.changed),
        *(KeyValueDifference(key=key, before=text, after=None) for key, text in row.removed),
    ]
    error = None if row.error is None else Failure.of(row.error, ["csv", str(row.line)])
    return Row(row.line, row.name, row.target, differences, error)


_ARGUMENTS = [
    Argument(
        "csv",
        str,
        "The table: a line of headings, rows below; cells separated by commas, semicolons or tabs."
        " A heading may end in a unit in brackets. An empty cell removes its key.",
    ),
    Argument("type", str, "Type of the things that the rows are about, such as Image or Well."),
    Argument(
        "parent",
        strawberry.ID | None,
        "Container in which names are looked up: a dataset, project, folder, plate or screen.",
        None,
    ),
    Argument(
        "column",
        str | None,
        "Heading of the column with names, or with ids where it is id; without, the first.",
        None,
    ),
    Argument("mode", Mode, "How the rows meet what is there.", Mode.REPLACE_KEYS),
    NAMESPACE,
    Argument("dry_run", bool, "Only tell what would happen; nothing is changed.", False),
]

FIELDS: Mapping[str, Any] = {
    "import_key_values": field(
        "Write key–values from a table: all rows, or none where one fails.", TableChange()
    ),
}
