"""Triggers survive the rebuilding of their table on SQLite."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa


@contextmanager
def kept_triggers(connection: sa.Connection) -> Iterator[None]:
    """Make the triggers of tables again that are rebuilt meanwhile.

    SQLite drops triggers with their table, and Alembic's `batch_alter_table` copies a table,
    drops it and renames the copy: without this, what is written from then on is not found by a
    search. Every migration that rebuilds a table on SQLite does so inside of this.

    Args:
        connection: Of the migration: `op.get_bind()`.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    before = _triggers(connection)
    yield
    after = _triggers(connection)
    tables = set(sa.inspect(connection).get_table_names())
    for name, (table, statement) in before.items():
        if name not in after and table in tables:
            connection.exec_driver_sql(statement)


def _triggers(connection: sa.Connection) -> dict[str, tuple[str, str]]:
    rows = connection.exec_driver_sql(
        "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
    )
    return {name: (table, statement) for name, table, statement in rows}
