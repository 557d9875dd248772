"""Columns are what rows would give, whatever is in them."""

import datetime as dt
import math
import sqlite3
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from schema import texts
from schema.columns import Columns, unpacked
from store.database import sqlite_module
from store.models.base import UtcDateTime

TABLE = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.BigInteger),
    sa.Column("length", sa.Float),
    sa.Column("text", sa.Text),
    sa.Column("flag", sa.Boolean),
    sa.Column("at", UtcDateTime),
    sa.Column("content", sa.LargeBinary),
)
FLOATS = st.none() | st.floats(allow_nan=False)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "number": st.none() | st.integers(-(2**63), 2**63 - 1),
            "length": FLOATS,
            "text": st.none() | st.text(),
            "flag": st.none() | st.booleans(),
            "at": st.none() | st.datetimes(timezones=st.just(dt.UTC)),
            "content": st.none() | st.binary(),
        }
    ),
    max_size=6,
)


DRIVERS = [sqlite3, sqlite_module()]
"""The standard library's SQLite may be one that writes 15 digits of a number into JSON."""
each_driver = pytest.mark.parametrize("driver", DRIVERS, ids=["standard", "chosen"])


def read(
    driver: ModuleType, rows: list[dict[str, Any]], *names: str
) -> tuple[list[list[Any]], list[list[Any]]]:
    """Store rows; return columns of them as many are read, and as rows give them."""
    engine = sa.create_engine("sqlite://", module=driver)
    statement = sa.select(*(TABLE.c[name] for name in names)).order_by(TABLE.c.id.desc())
    statement = statement.limit(sa.bindparam("most"))
    with engine.connect() as connection:
        TABLE.create(connection)
        if rows:
            connection.execute(sa.insert(TABLE), rows)
        some = Columns(statement).read(connection, {"most": 5})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(texts, "LARGE", 0)
            found = Columns(statement).read(connection, {"most": 5})
        plain = unpacked(connection, statement, {"most": 5})
    engine.dispose()
    assert [list(column) for column in some] == [list(column) for column in found]
    return [list(column) for column in found], [list(column) for column in plain]


@pytest.mark.slow
@each_driver
@given(ROWS)
def test_columns_are_those_of_the_rows(driver: ModuleType, rows: list[dict[str, Any]]) -> None:
    names = ["id", "number", "length", "text", "flag", "at"]
    found, plain = read(driver, rows, *names)

    assert found == plain
    assert [[type(one) for one in column] for column in found] == [
        [type(one) for one in column] for column in plain
    ]
    assert found[1:] == [[row[name] for row in rows[::-1][:5]] for name in names[1:]]


@each_driver
@given(ROWS)
def test_bytes_are_read_too(driver: ModuleType, rows: list[dict[str, Any]]) -> None:
    found, plain = read(driver, rows, "content", "number")

    assert found == plain


@each_driver
def test_infinities_are_read_too(driver: ModuleType) -> None:
    rows = [{"length": value} for value in (math.inf, 1.5, -math.inf)]

    found, _ = read(driver, rows, "length")

    assert found == [[-math.inf, 1.5, math.inf]]
