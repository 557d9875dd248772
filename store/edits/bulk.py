"""Many rows of one table at once, as fast as the driver takes them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, repeat
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.orm import Session

from store import models

CHUNK = 50_000
"""Rows that are handed to SQLite's driver at once, so that memory stays flat."""
BLOCK = 2_000
"""Rows that are sent to PostgreSQL at once."""


def new_ids(session: Session, entity: type[models.Base], number: int) -> Sequence[int]:
    """Reserve database ids for rows that are about to be written; one statement.

    Args:
        session: Of the transaction that writes them.
        entity: A class of `store.models`.
        number: How many.

    Returns:
        Ascending ids that nobody else gets.
    """
    table = entity.__tablename__
    if session.get_bind().dialect.name == "postgresql":
        # The sequence is looked up once, and its numbers are one row.
        name = sa.cast(sa.func.pg_get_serial_sequence(table, "id"), REGCLASS)
        numbers = sa.func.generate_series(1, number).table_valued("value")
        taken = sa.func.array_agg(sa.func.nextval(sa.select(name).scalar_subquery()))
        return sorted(session.scalars(sa.select(taken).select_from(numbers)).one() or [])
    # One writer at a time: nobody else can take them until this transaction ends.
    given = sa.table("sqlite_sequence", sa.column("name"), sa.column("seq"))
    ever = sa.select(given.c.seq).where(given.c.name == table).scalar_subquery()
    # Of the whole table: rows of several kinds share it.
    now = sa.select(sa.func.max(entity.__table__.c.id)).scalar_subquery()
    greatest = sa.func.max(sa.func.coalesce(ever, 0), sa.func.coalesce(now, 0))
    highest = session.scalars(sa.select(greatest)).one()
    return range(highest + 1, highest + 1 + number)


def insert_columns(
    session: Session, entity: type[models.Base], number: int, columns: Mapping[str, Any]
) -> None:
    """Write rows given by columns: COPY on PostgreSQL, one prepared statement on SQLite.

    Defaults of the models do not apply: what is not named has the default of the database.

    Args:
        session: Of the caller's transaction.
        entity: A class of `store.models`.
        number: How many rows.
        columns: By name of the column: a sequence of that many values, or one value for all rows
            that is no list.
    """
    if not number:
        return
    dialect = session.get_bind().dialect
    table: Any = entity.__table__
    values = [_prepared(table.c[name], found, dialect) for name, found in columns.items()]
    preparer = dialect.identifier_preparer
    names = ", ".join(preparer.quote(name) for name in columns)
    if dialect.name == "postgresql":
        texts = [_texts(found) for found in values]
        lines = map("\t".join, islice(zip(*texts, strict=False), number))
        _copy(session, f"COPY {table.name} ({names}) FROM STDIN", lines)
        return
    rows = islice(zip(*values, strict=False), number)
    places = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608  (of models)
    connection = session.connection()
    while chunk := list(islice(rows, CHUNK)):
        connection.exec_driver_sql(statement, chunk)


def _prepared(column: sa.Column[Any], found: Any, dialect: sa.Dialect) -> Any:
    """Return the values as the driver wants them; endless where there is one for all rows."""
    # Bytes are written here as they are; the drivers' wrappers of them are for parameters.
    binary = isinstance(column.type, sa.LargeBinary)
    process = None if binary else column.type.dialect_impl(dialect).bind_processor(dialect)
    if not isinstance(found, list | tuple | range):
        return repeat(found if process is None else process(found))
    return found if process is None else list(map(process, found))


def _texts(values: Any) -> Iterator[str]:
    """Write values as COPY reads them."""
    if isinstance(values, repeat):
        return repeat(_text(next(values)))
    kinds = set(map(type, values))
    if kinds <= _NUMBERS and (numbers := _number_texts(values)) is not None:
        return iter(numbers)
    write = _WRITERS.get(kinds.pop(), _text) if len(kinds) == 1 else _text
    return map(write, values)


def _number_texts(values: Sequence[float | None]) -> list[str] | None:
    r"""Write numbers a few times as fast as `repr` does; None where JSON cannot write one.

    >>> _number_texts([1, -0.5, None])
    ['1', '-0.5', '\\N']
    """
    try:
        text = orjson.dumps(values).decode()[1:-1]
    except TypeError:  # beyond 64 bits
        return None
    empty = text.count("null")
    if empty and empty != values.count(None):  # endless, or no number
        return None
    return text.replace("null", r"\N").split(",") if empty else text.split(",")


def _escaped(text: str) -> str:
    r"""Write a text; what COPY would take for its own signs gets a backslash.

    >>> print(_escaped("a\\b"))
    a\\b
    """
    if _SIGNS.isdisjoint(text):
        return text
    return text.translate(_ESCAPES)


_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_SIGNS = frozenset("\\\t\n\r")
_NUMBERS = frozenset({int, float, type(None)})
_WRITERS: Mapping[type, Callable[[Any], str]] = {
    int: str,
    float: repr,
    str: _escaped,
    bytes: lambda value: rf"\\x{value.hex()}",
    bool: lambda value: "t" if value else "f",
    type(None): lambda _: r"\N",
}


def _text(value: Any) -> str:
    for kind in type(value).__mro__:
        if kind in _WRITERS:
            return _WRITERS[kind](value)
    # Times, JSON and whatever else the driver knows; it is there, for it is about to copy.
    from psycopg.adapt import PyFormat, Transformer

    written = Transformer().get_dumper(value, PyFormat.TEXT).dump(value)
    assert written is not None
    return _escaped(bytes(written).decode())


def _copy(session: Session, statement: str, lines: Iterable[str]) -> None:
    session.flush()
    connection = session.connection()
    dialect = connection.dialect
    driver: Any = connection.connection.driver_connection
    rows = iter(lines)
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            while block := list(islice(rows, BLOCK)):
                copy.write("\n".join([*block, ""]))
    except dialect.loaded_dbapi.Error as error:
        # As SQLAlchemy tells of the errors of all other statements.
        raise exc.DBAPIError.instance(
            statement, None, error, dialect.loaded_dbapi.Error, dialect=dialect
        ) from error
