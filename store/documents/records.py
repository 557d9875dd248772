"""What a document says, as rows that refer to each other by number; between XML and database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from store import models
from store.documents.parts import Table

type Row = dict[str, Any]


@dataclass(slots=True)
class Records:
    """Rows of one document, in the order of the document.

    Foreign keys are numbers of rows in the list of the other table, counted from 0; so are the
    parents of links. `keys` says which columns are foreign keys.
    """

    rows: dict[Table, list[Row]] = field(default_factory=dict)
    root: Row = field(default_factory=dict)
    """Columns of the fileset."""
    identity: str = ""
    """Hash of the document."""
    notes: list[str] = field(default_factory=list)
    """What could not be kept, for a person."""
    missed: int = 0
    """How many more notes there would be."""

    def add(self, table: Table, row: Row) -> int:
        """Append a row and return its number."""
        rows = self.rows.setdefault(table, [])
        rows.append(row)
        return len(rows) - 1

    def of(self, table: Table) -> list[Row]:
        """The rows of a table."""
        return self.rows.get(table, [])

    def note(self, text: str) -> None:
        """Remember what could not be kept."""
        if len(self.notes) < 100:
            self.notes.append(text)
        else:
            self.missed += 1

    def count(self) -> int:
        """How many rows there are."""
        return sum(len(rows) for rows in self.rows.values())


@cache
def foreign_keys(table: Table) -> tuple[tuple[str, Table], ...]:
    """The columns of a table that refer to rows of a document, and the tables of those."""
    return tuple(
        (column.name, target)
        for column in table.__table__.columns
        for key in column.foreign_keys
        if (target := _BY_NAME.get(key.column.table.name)) is not None
        and column.name not in _HISTORY
    )


def joined(documents: Sequence[Records]) -> Records:
    """The rows of several documents as those of one, each after those before; they are changed.

    What is said of the documents themselves stays behind.
    """
    if len(documents) == 1:
        return documents[0]
    whole = Records()
    for document in documents:
        starts = {table: len(rows) for table, rows in whole.rows.items()}
        by_name = {table.__name__: start for table, start in starts.items()}
        for table, rows in document.rows.items():
            moved = [(name, starts[to]) for name, to in foreign_keys(table) if starts.get(to)]
            for row in rows if moved else ():
                for name, start in moved:
                    if row.get(name) is not None:
                        row[name] += start
            if rows and "parent_type" in rows[0]:
                for row in rows:
                    row["parent_id"] += by_name.get(row["parent_type"], 0)
        for table, rows in document.rows.items():
            whole.rows.setdefault(table, []).extend(rows)
    return whole


_HISTORY = frozenset(
    {
        *("owner_id", "group_id", "creation_event_id", "update_event_id", "deleted_event_id"),
        "storage_root_id",
    }
)
_BY_NAME: dict[str, Table] = {
    mapper.local_table.name: mapper.class_  # type: ignore[attr-defined]
    for mapper in models.Base.registry.mappers
    if mapper.inherits is None
}
TABLES: tuple[Table, ...] = tuple(
    _BY_NAME[table.name] for table in models.Base.metadata.sorted_tables
)
"""All tables, each after those that it refers to."""
