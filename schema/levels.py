"""Rows of one table as columns, and what is sent of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from schema import reads
from schema.columns import Columns
from schema.texts import Mapped, Values, are_many, different, written

if TYPE_CHECKING:
    from schema.context import Context, Facts
    from store.access import Viewer

type Producer = Callable[[Batch], Values]
"""Gives the completed values of one field for all rows of a batch."""
type RowShape = Shape[Batch] | Kinds
type Reference = tuple[str, int]
"""A row of any type: name of its type, or of its table's class; and its id."""

STATEMENTS_KEPT = 12
"""Statements of one level that are kept, for the latest viewers and orders."""


class Level:
    """The rows that one statement reads: an entity, and the columns that the fields need."""

    def __init__(self, entity: Any) -> None:
        self.entity = entity
        self._names: list[str] = []
        self._statements: dict[Any, Any] = {}

    def need(self, name: str) -> int:
        """Return the position of a column in the rows; it will be read."""
        if name not in self._names:
            self._names.append(name)
        return self._names.index(name)

    @property
    def columns(self) -> list[Any]:
        """What to select."""
        return [getattr(self.entity, name) for name in self._names]

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self._names)

    def statement[Made](self, viewer: Viewer, variant: Any, make: Callable[[], Made]) -> Made:
        """Return a statement, made once for each viewer and variant.

        SQLAlchemy compiles it once for all viewers; keeping the object saves building it.
        """
        key = (viewer, variant)
        if key not in self._statements:
            if len(self._statements) >= STATEMENTS_KEPT:
                self._statements = {}
            self._statements[key] = make()
        statement: Made = self._statements[key]
        return statement

    def read(self, context: Context, column: str, keys: Iterable[Any]) -> Batch:
        """Read the rows whose column has one of some ids: no statement if there are none."""
        wanted = list(keys)
        if not wanted:
            return Batch(context, [()] * self.width)
        viewer = context.viewer
        statement = self.statement(
            viewer,
            column,
            lambda: Columns(reads.rows_by(viewer, self.entity, column, self.columns)),
        )
        return Batch(context, context.columns(statement, {"keys": wanted}))


class Batch:
    """Rows of one level, as columns."""

    __slots__ = ("_facts", "columns", "context", "size")

    def __init__(self, context: Context, columns: Sequence[Values]) -> None:
        self.context = context
        self.size = len(columns[0])
        self.columns = columns
        self._facts: dict[Facts, Mapping[int, Any]] = {}

    def facts(self, read: Facts, ids: Values) -> Mapping[int, Any]:
        """Read the facts behind derived fields, once for all fields that share them."""
        if read not in self._facts:
            self._facts[read] = read(self.context, list(dict.fromkeys(ids)))
        return self._facts[read]

    def take(self, places: Sequence[int]) -> Batch:
        """Return a batch of some of the rows."""
        return Batch(self.context, [[column[place] for place in places] for column in self.columns])


class Shape[Source]:
    """What is sent of each of many things: response names, and where the values come from."""

    def __init__(
        self, fields: Mapping[str, Callable[[Source], Values]], number: Callable[[Source], int]
    ) -> None:
        """Say what is sent.

        Args:
            fields: By response name.
            number: How many things there are.
        """
        self._number = number
        self._names = tuple(fields)
        self._producers = tuple(fields.values())
        self._assemble = assembler(self._names)

    def complete(self, source: Source) -> Values:
        """Return the objects of all things of a source, in their order; many as texts."""
        size = self._number(source)
        if not self._producers:
            return [{} for _ in range(size)]
        columns = [produce(source) for produce in self._producers]
        if are_many(size * len(columns)):
            return written(self._names, columns, size)
        return self._assemble(columns)


@dataclass(frozen=True, slots=True)
class Part:
    """A field that rows of some kinds have in common: its values are produced for all at once."""

    produce: Producer
    kinds: set[str]
    """Names of the types for which it was selected."""


class Kinds:
    """What is sent of rows of several types in one table; their column `kind` names the type."""

    def __init__(
        self, position: int, parts: Sequence[Part], kinds: Mapping[str, Mapping[str, int]]
    ) -> None:
        """Say what is sent.

        Args:
            position: Of the column `kind`.
            parts: All fields.
            kinds: For each type: by response name, which of the parts.
        """
        self._position = position
        self._parts = parts
        self._kinds = {
            kind: (assembler(tuple(fields)), tuple(fields.values()))
            for kind, fields in kinds.items()
        }

    def complete(self, batch: Batch) -> list[dict[str, Any] | None]:
        """Return the objects of all rows in their order; None for rows of other types."""
        places: dict[str, list[int]] = {}
        for place, kind in enumerate(batch.columns[self._position]):
            if kind in self._kinds:
                places.setdefault(kind, []).append(place)
        columns = self._columns(batch, places)
        done: list[dict[str, Any] | None] = [None] * batch.size
        for kind, rows in places.items():
            assemble, parts = self._kinds[kind]
            whole = len(rows) == batch.size
            values = [
                columns[part] if whole else [columns[part][row] for row in rows] for part in parts
            ]
            objects = assemble(values) if parts else [{} for _ in rows]
            for row, found in zip(rows, objects, strict=True):
                done[row] = found
        return done

    def _columns(self, batch: Batch, places: Mapping[str, list[int]]) -> list[Values]:
        """Produce each field for the rows that have it; None for the others."""
        batches: dict[tuple[str, ...], tuple[list[int], Batch]] = {}
        columns: list[Values] = []
        for part in self._parts:
            kinds = tuple(kind for kind in places if kind in part.kinds)
            if kinds not in batches:
                rows = sorted(row for kind in kinds for row in places[kind])
                whole = len(rows) == batch.size
                batches[kinds] = rows, batch if whole else batch.take(rows)
            rows, taken = batches[kinds]
            columns.append(_scattered(part.produce(taken), rows, batch.size) if kinds else ())
        return columns


class Nodes:
    """Rows of any types by type and id, each table's by one statement."""

    def __init__(
        self, tables: Mapping[str, tuple[Level, RowShape]], kinds: Mapping[str, str]
    ) -> None:
        """Say what is sent.

        Args:
            tables: Rows, and what is sent of them, by name of the table's class.
            kinds: Name of the table's class by name of the type.
        """
        self._tables = {
            name: (level, level.need("id"), shape) for name, (level, shape) in tables.items()
        }
        self.kinds = kinds

    def read(self, context: Context, wanted: Sequence[Reference | None]) -> list[Any]:
        """Return what is sent of each row: None if there is none that the viewer may see.

        Args:
            context: Of the request.
            wanted: Name of a type, or of a table's class where the type is not known; and id.
        """
        keys: dict[str, dict[int, None]] = {}
        for one in wanted:
            table = None if one is None else self._table(one[0])
            if one is not None and table is not None:
                keys.setdefault(table, {})[one[1]] = None
        found: dict[Reference, Any] = {}
        for table, ids in keys.items():
            found |= self._read(context, table, ids)
        return [None if one is None else found.get(one) for one in wanted]

    def _table(self, name: str) -> str | None:
        return name if name in self._tables else self.kinds.get(name)

    def _read(self, context: Context, table: str, ids: Iterable[int]) -> dict[Reference, Any]:
        level, position, shape = self._tables[table]
        batch = level.read(context, "id", ids)
        keys, done = batch.columns[position], shape.complete(batch)
        found: dict[Reference, Any] = {
            (table, key): one for key, one in zip(keys, done, strict=True)
        }
        if isinstance(shape, Kinds):
            kinds = batch.columns[level.need("kind")]
            found |= {(kind, key): one for kind, key, one in zip(kinds, keys, done, strict=True)}
        return found


def assembler(keys: tuple[str, ...]) -> Callable[[Sequence[Values]], list[dict[str, Any]]]:
    """Make the function that turns columns into one dictionary for each row.

    It is written out and compiled, as those of `collections.namedtuple` are: a display of
    constant keys is built in a third of the time of dict(zip(keys, row)).

    Args:
        keys: Response names, each an identifier by GraphQL's grammar.
    """
    assert all(key.isidentifier() and key.isascii() for key in keys)
    names = [f"v{number}" for number in range(len(keys))]
    pairs = ", ".join(f"{key!r}: {name}" for key, name in zip(keys, names, strict=True))
    row = "".join(f"{name}, " for name in names)
    text = f"lambda columns: [{{{pairs}}} for [{row}] in zip(*columns, strict=True)]"
    made: Callable[[Sequence[Values]], list[dict[str, Any]]] = eval(text)  # noqa: S307
    return made


def table_of(entity: Any) -> Any:
    """Return the class whose table keeps the rows of an entity: itself, or the base of its kinds."""
    return sa.inspect(entity).mapper.base_mapper.class_


def column(position: int, complete: Callable[[Any], Any] | None = None) -> Producer:
    """Make a producer that gives a column of the rows, completed."""
    if complete is None:
        return lambda batch: batch.columns[position]
    return lambda batch: mapped(complete, batch.columns[position])


def constant(value: Any) -> Producer:
    """Make a producer that gives the same value for every row."""
    return lambda batch: [value] * batch.size


def mapped(function: Callable[[Any], Any], values: Values) -> Values:
    """Apply a function to each value that is not None, once for equal ones."""
    known = {value: None if value is None else function(value) for value in different(values)}
    return Mapped(known, values)


def _scattered(values: Values, rows: Sequence[int], size: int) -> Values:
    if len(rows) == size:
        return values
    column: list[Any] = [None] * size
    for row, value in zip(rows, values, strict=True):
        column[row] = value
    return column
