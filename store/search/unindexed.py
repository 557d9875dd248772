"""Columns in conditions that no index is to answer."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class Unindexed(FunctionElement[Any]):
    """A column whose index SQLite is not to begin at; PostgreSQL chooses by its statistics.

    Args:
        column: Of text.
    """

    type = sa.Text()
    inherit_cache = True


@compiles(Unindexed)
def _compile_sqlite(element: Unindexed, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


@compiles(Unindexed, "postgresql")
def _compile_postgresql(element: Unindexed, compiler: Any, **options: Any) -> str:
    column: str = compiler.process(element.clauses, **options)
    return column
