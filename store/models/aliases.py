"""Further names of tables in statements, each made once."""

from functools import cache
from typing import Any

from sqlalchemy.orm import aliased


@cache
def alias(entity: Any, role: str) -> Any:
    """Name the rows of an entity by what they are for in a statement.

    Making an alias copies every column of its table, which takes longer than all else that a
    statement is built of; so each is made once, and is the same object wherever it is used. A
    statement must not read it within what already reads it: the inner one would be taken for the
    outer. Side by side they do not meet.

    Args:
        entity: A class of `store.models`.
        role: What the rows are for; together with the table's name it is the name in SQL.
    """
    return aliased(entity, name=f"{entity.__tablename__}_{role}")
