"""Whether the database itself is whole, and its index of words knows all rows and no others."""

import unicodedata
from collections.abc import Iterator
from typing import Any

from store.checking.findings import Finding, Kind
from store.database import Database
from store.search.index import TEXTS


def damage(database: Database) -> Iterator[Finding]:
    """Find damaged pages, references to missing rows, and rows that a search misses or makes up.

    On PostgreSQL, which keeps references and its columns of words by itself, nothing is asked.
    """
    if database.dialect != "sqlite":
        return
    with database.inspecting() as connection:
        for (text,) in connection.execute("PRAGMA integrity_check(100)").fetchall():
            if text != "ok":
                yield Finding(Kind.DATABASE_PAGE, "database", f"{text}; restore a backup")
        for table, row, target, _ in connection.execute("PRAGMA foreign_key_check").fetchall():
            yield Finding(Kind.REFERENCE, f"{table}:{row}", f"it refers to a missing {target}")
        for entity, columns in TEXTS.items():
            yield from _words(connection, str(entity.__tablename__), tuple(columns))


def _words(connection: Any, table: str, columns: tuple[str, ...]) -> Iterator[Finding]:
    # All names are constants of the program.
    index = f"search_{table}"
    connection.execute(
        f"CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', '{index}', 'instance')"
    )
    try:
        connection.execute("CREATE TEMP TABLE documents (id INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO documents SELECT DISTINCT doc FROM temp.words")
        extra = connection.execute(
            f"SELECT id FROM documents WHERE id NOT IN (SELECT id FROM {table}) LIMIT 1000"  # noqa: S608
        ).fetchall()
        texts = ", ".join(f'"{name}"' for name in columns)
        absent = connection.execute(
            f"SELECT id, {texts} FROM {table}"  # noqa: S608
            f" WHERE id NOT IN (SELECT id FROM documents) AND coalesce({texts}, '') <> ''"
        )
        for (key,) in extra:
            yield Finding(Kind.SEARCH_INDEX, index, f"it knows row {key}, which is not there")
        for key, *values in absent:
            if any(_has_word(str(value)) for value in values if value is not None):
                yield Finding(Kind.SEARCH_INDEX, index, f"it does not know row {key}")
    finally:
        connection.execute("DROP TABLE IF EXISTS temp.documents")
        connection.execute("DROP TABLE temp.words")


def _has_word(text: str) -> bool:
    """Whether the tokenizer finds anything in a text: letters, digits, private characters."""
    return any(
        unicodedata.category(char)[0] in "LN" or unicodedata.category(char) == "Co"
        for char in text[:100_000]
    )


def rebuild(connection: Any, index: str) -> None:
    """Make an index of words anew, from all rows of its table.

    Args:
        connection: SQLAlchemy's, of a transaction that writes.
        index: Name of the index.
    """
    table = index.removeprefix("search_")
    columns = next(
        tuple(columns) for entity, columns in TEXTS.items() if entity.__tablename__ == table
    )
    names = ", ".join(f'"{name}"' for name in columns)
    texts = ", ".join(f"""substr(coalesce("{name}", ''), 1, 100000)""" for name in columns)
    has = " OR ".join(f'"{name}" IS NOT NULL' for name in columns)
    connection.exec_driver_sql(f"INSERT INTO {index}({index}) VALUES ('delete-all')")  # noqa: S608
    connection.exec_driver_sql(
        f"INSERT INTO {index}(rowid, {names}) SELECT id, {texts} FROM {table} WHERE {has}"  # noqa: S608
    )
