"""Ids of many rows as one value: a row less for each, for the database and for the driver."""

from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class IdArray(FunctionElement[str]):
    """All values of a column of ids, as the text of a JSON array; an aggregate."""

    type = sa.Text()
    inherit_cache = True


def read_ids(value: str | None) -> list[int]:
    """Read what `IdArray` gave; no rows may be NULL."""
    ids: list[int] = orjson.loads(value) if value else []
    return ids


@compiles(IdArray)
def _compile_sqlite(element: IdArray, compiler: Any, **options: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **options)})"


@compiles(IdArray, "postgresql")
def _compile_postgresql(element: IdArray, compiler: Any, **options: Any) -> str:
    return f"CAST(json_agg({compiler.process(element.clauses, **options)}) AS TEXT)"
