"""Numbers of rows that statements are limited to."""

from typing import Any

import sqlalchemy as sa


def at_most(rows: int) -> Any:
    """Write a limit into the text of a statement, each time that this is run.

    SQLite prepares a statement anew each time if its limit is a parameter, which takes longer than
    to run most statements.

    Args:
        rows: How many.
    """
    return sa.literal(rows, sa.Integer(), literal_execute=True)
