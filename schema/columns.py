"""Selects whose results are read column by column."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from schema.texts import Packed, Values, are_many

ROWS = "rows_"
"""Name of the table of rows in statements that pack its columns."""
_EXACT = (0.1 + 0.2, 1 / 3, 5e-324)
"""Numbers that have to be written with 17 digits."""


class Columns:
    """A select, and how its columns are asked for.

    SQLite packs each column into one JSON text: making a Python object of every value, and taking
    the interpreter lock back for every row, takes its driver four times as long as finding them,
    and reading a text of numbers a tenth of that. PostgreSQL gives rows.
    """

    def __init__(self, statement: sa.Select[Any]) -> None:
        """Take a select.

        Args:
            statement: With a limit, without which SQLite would not keep its order.
        """
        self.statement = statement
        rows = statement.subquery(ROWS)
        self._packed = sa.select(*(sa.func.json_group_array(column) for column in rows.c))
        types = [column.type for column in statement.selected_columns]
        self._packable = not any(isinstance(type_, sa.LargeBinary) for type_ in types)
        self._floats = any(isinstance(type_, sa.Float) for type_ in types)
        self._whole = [isinstance(type_, sa.Integer) for type_ in types]
        self._may_wait = [_may_wait(type_) for type_ in types]

    def read(self, connection: sa.Connection, values: Mapping[str, Any]) -> list[Values]:
        """Run the select.

        Args:
            connection: To a database.
            values: Of its parameters.

        Returns:
            Each column, in the order of what is selected; all are of the same length.
        """
        if connection.dialect.name != "sqlite" or not self._may_pack(connection.dialect):
            return unpacked(connection, self.statement, values)
        texts = connection.execute(self._packed, values).one()
        try:
            columns = self._columns(texts)
        except orjson.JSONDecodeError:  # an infinity
            return unpacked(connection, self.statement, values)
        return _converted(self.statement, connection.dialect, columns, [None] * len(columns))

    def _columns(self, texts: Sequence[str]) -> list[Values]:
        """Make columns of their texts; of many numbers and names, objects only if asked for."""
        # Whole numbers have no comma inside.
        first = next((text for text, plain in zip(texts, self._whole, strict=True) if plain), None)
        size = 0 if first is None or first == "[]" else first.count(",") + 1
        if first is None or not are_many(size * len(texts)):
            return [orjson.loads(text) for text in texts]
        return [
            Packed(text.encode(), size) if may_wait(text) else orjson.loads(text)
            for text, may_wait in zip(texts, self._may_wait, strict=True)
        ]

    def _may_pack(self, dialect: sa.Dialect) -> bool:
        driver: Any = dialect.loaded_dbapi
        return self._packable and (not self._floats or _exact(driver))


def unpacked(
    connection: sa.Connection, statement: sa.Select[Any], values: Mapping[str, Any]
) -> list[Values]:
    """Run a select as it is, and return its columns.

    Rows of SQLAlchemy could be asked for columns by name, which would take a fifth more.
    """
    result = connection.execute(statement, values)
    assert result.cursor is not None  # a select gives rows
    rows, described = result.cursor.fetchall(), result.cursor.description
    result.close()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(described)
    return _converted(statement, connection.dialect, columns, [one[1] for one in described])


def _converted(
    statement: sa.Select[Any],
    dialect: sa.Dialect,
    columns: Sequence[Values],
    codes: Sequence[Any],
) -> list[Values]:
    """Turn what the driver gives into what the types of the columns stand for."""
    converters = [
        column.type.dialect_impl(dialect).result_processor(dialect, code)
        for column, code in zip(statement.selected_columns, codes, strict=True)
    ]
    return [
        values if convert is None else list(map(convert, values))
        for convert, values in zip(converters, columns, strict=True)
    ]


def _may_wait(type_: Any) -> Callable[[str], bool]:
    """Return what says whether a column is surely JSON, so that nobody need read it at once."""
    if isinstance(type_, sa.Float):
        # However a SQLite writes an infinity, there is one of these letters in it.
        return lambda text: not any(letter in text for letter in "eIi")
    known = isinstance(type_, sa.Integer | sa.String)
    return lambda text: known


@functools.cache
def _exact(driver: Any) -> bool:
    """Whether a SQLite writes floating-point numbers into JSON with all their digits."""
    connection = driver.connect(":memory:")
    try:
        (text,) = connection.execute("SELECT json_array(?, ?, ?)", _EXACT).fetchone()
    finally:
        connection.close()
    return bool(orjson.loads(text) == list(_EXACT))
