"""Many rows of one table at once, as fast as the driver takes them."""

from collections.abc import Mapping, Sequence
from itertools import islice, repeat
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models

CHUNK = 50_000
"""Rows that are handed to SQLite's driver at once, so that memory stays flat."""


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
        sequence = sa.func.nextval(sa.func.pg_get_serial_sequence(table, "id"))
        numbers = sa.func.generate_series(1, number).table_valued("value")
        return sorted(session.scalars(sa.select(sequence).select_from(numbers)))
    # One writer at a time: nobody else can take them until this transaction ends.
    # Of the whole table: rows of several kinds share it.
    highest = session.scalar(sa.select(sa.func.max(entity.__table__.c.id))) or 0
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
    rows = islice(zip(*values, strict=False), number)
    if dialect.name == "postgresql":
        _copy(session, f"COPY {table.name} ({names}) FROM STDIN", rows)
        return
    places = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608  (of models)
    connection = session.connection()
    while chunk := list(islice(rows, CHUNK)):
        connection.exec_driver_sql(statement, chunk)


def _prepared(column: sa.Column[Any], found: Any, dialect: sa.Dialect) -> Any:
    """Return the values as the driver wants them; endless where there is one for all rows."""
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    if not isinstance(found, list | tuple | range):
        return repeat(found if process is None else process(found))
    return found if process is None else map(process, found)


def _copy(session: Session, statement: str, rows: Any) -> None:
    session.flush()
    driver: Any = session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
