"""Membership of a column in a list of ids or texts that travels as one parameter."""

from collections.abc import Iterable
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal

_BRACES = str.maketrans("[]", "{}")


class _Ids(sa.types.UserDefinedType[str]):
    """An array of PostgreSQL, given as the text of it."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **_: Any) -> str:
        return "BIGINT[]"


class IdList(sa.types.TypeDecorator[list[Any]]):
    """A list of ids as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Choose how the driver is told about the list."""
        return dialect.type_descriptor(_Ids() if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: list[Any] | None, dialect: sa.Dialect) -> Any:
        """Pack the list: psycopg would take ten times as long for each id."""
        if value is None:
            return None
        packed = orjson.dumps(value).decode()
        # Nested lists of numbers are written alike in both, but for the brackets.
        return packed.translate(_BRACES) if dialect.name == "postgresql" else packed


class PairList(IdList):
    """A list of pairs of ids as one parameter."""

    cache_ok = True


class TextList(IdList):
    """A list of texts as one parameter."""

    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Choose how the driver is told about the list."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.ARRAY(sa.Text))
        return super().load_dialect_impl(dialect)

    def process_bind_param(self, value: list[Any] | None, dialect: sa.Dialect) -> Any:
        """Pack the list for SQLite."""
        return value if dialect.name == "postgresql" else super().process_bind_param(value, dialect)


class Among(sa.ColumnElement[bool]):
    """The SQL condition that `among` makes."""

    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012  (the name and form that SQLAlchemy reads)
        ("column", InternalTraversal.dp_clauseelement),
        ("values", InternalTraversal.dp_clauseelement),
    ]
    type = sa.Boolean()
    # Else SQLite gets "… IN (…) = 1", which it answers by reading the whole table.
    _is_implicitly_boolean = True

    def __init__(self, column: Any, values: sa.BindParameter[list[Any]]) -> None:
        self.column = sa.inspection.inspect(column).__clause_element__()
        self.values = values

    @property
    def _from_objects(self) -> Any:
        return self.column._from_objects


def among(
    column: Any, values: Iterable[int] | Iterable[str] | sa.BindParameter[Any]
) -> sa.ColumnElement[bool]:
    """Build the condition that a column's value is one of some ids or texts.

    Unlike `column.in_(…)`, which writes one parameter for each value, the statement is the same
    for any number of values: compiled once, prepared once, and not limited to the 32,766
    parameters of SQLite or the 65,535 of PostgreSQL.

    Args:
        column: A column of whole numbers or of text.
        values: Any number of values, in any order; or a parameter of type `IdList` that gets
            them when the statement runs.
    """
    if not isinstance(values, sa.BindParameter):
        kind = TextList() if isinstance(column.type, sa.String) else IdList()
        values = sa.bindparam(None, sorted(set(values)), type_=kind, unique=True)
    return Among(column, values)


@compiles(Among)
def _compile_json(element: Among, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    values = compiler.process(element.values, **options)
    # Both are SQL that the compiler made from the tables and from a parameter.
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608


@compiles(Among, "postgresql")
def _compile_array(element: Among, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    return f"{column} = ANY ({compiler.process(element.values, **options)})"
