"""Looking at one text without an index, on SQLite: asking its index for one row costs far more."""

import re
from functools import lru_cache

import sqlalchemy as sa

from store.search.words import words

HOLDS = "search_holds"
"""Name of the function in SQL."""
MOST = 100_000
"""Characters of one text that are indexed, as in migration 0004."""

TOLD = re.compile(r"[\x00-\u017e\u0391-\u03a1\u03a3-\u03ce\u2010-\u205e\u20ac\u2190-\u22ff]*")
"""Texts that `words` cuts as SQLite's index does, whatever the Unicode versions of the two."""

_SPACED = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalnum()})


def install(connection: sa.Connection) -> None:
    """Make the function known to a connection, once; PostgreSQL needs none."""
    if connection.dialect.name == "sqlite" and HOLDS not in connection.info:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.create_function(HOLDS, -1, holds, deterministic=True)
        connection.info[HOLDS] = True


def holds(wanted: str | None, *texts: str | None) -> bool | None:
    """Return whether one of some texts holds a phrase; None if only the index can tell.

    Args:
        wanted: Words with a space before each, and one after the last if it is whole.
        texts: Of one row.

    >>> holds(" hela ", "Dish 7: HeLa, fixed"), holds(" fix", "HeLa fixed"), holds(" hel ", "HeLa")
    (True, True, False)
    """
    if wanted is None:
        return False
    unsure = False
    for text in texts:
        if text is None:
            continue
        padded = _padded(text)
        if padded is None:
            unsure = True
        elif wanted in padded:
            return True
    return None if unsure else False


@lru_cache(maxsize=16_384)
def _padded(text: str) -> str | None:
    """Return the words of a text, each between spaces; None if they are not known for sure."""
    if text.isascii():
        return f" {' '.join(text[:MOST].lower().translate(_SPACED).split())} "
    return f" {' '.join(words(text[:MOST]))} " if TOLD.fullmatch(text) else None
