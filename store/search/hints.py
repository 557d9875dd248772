"""What planners are not to make of conditions."""

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


class Unestimated(FunctionElement[bool]):
    """A condition that PostgreSQL takes to be true of half of all rows.

    Its estimates take conditions to have nothing to do with each other. But who sees an image sees
    what is linked to it: from several such conditions it concludes that hardly anything is found,
    and reads everything where the first rows would do.

    Args:
        condition: Never NULL where it matters.
    """

    type = sa.Boolean()
    inherit_cache = True
    _is_implicitly_boolean = True


@compiles(Unestimated)
def _compile_plain(element: Unestimated, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)})"


@compiles(Unestimated, "postgresql")
def _compile_coalesced(element: Unestimated, compiler: Any, **options: Any) -> str:
    return f"coalesce({compiler.process(element.clauses, **options)}, false)"
