"""Objects written as text are the objects that they would be; columns are told apart alike."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba.core.dispatcher import Dispatcher

from schema import texts, weaving
from schema.texts import Mapped, Packed, Texts, different, listed, numbers_of, taken, written

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
COLUMNS = st.integers(0, 6).flatmap(lambda size: st.lists(
    st.lists(VALUES, min_size=size, max_size=size), min_size=1, max_size=4
))  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _warm() -> None:
    texts.warm()


def read(values: Any) -> Any:
    """Return values as whoever is sent them reads them."""
    return orjson.loads(orjson.dumps(list(values)))


def as_list(values: list[Any]) -> Sequence[Any]:
    return values


def as_packed(values: list[Any]) -> Sequence[Any]:
    return Packed(orjson.dumps(values), len(values))


def as_mapped(values: list[Any]) -> Sequence[Any]:
    keys = [orjson.dumps(value) for value in values]
    return Mapped(dict(zip(keys, values, strict=True)), keys)


def as_texts(values: list[Any]) -> Sequence[Any]:
    places = [place if value is not None else -1 for place, value in enumerate(values)]
    return written(["x"], [values], len(values)).take(places)


FORMS: list[Callable[[list[Any]], Sequence[Any]]] = [as_list, as_packed, as_mapped, as_texts]


@given(COLUMNS, st.data())
def test_rows_are_the_objects_of_their_columns(columns: list[list[Any]], data: Any) -> None:
    forms = [data.draw(st.sampled_from(FORMS[:3])) for _ in columns]
    names = [f"name{number}" for number in range(len(columns))]
    size = len(columns[0])

    got = written(names, [form(one) for form, one in zip(forms, columns, strict=True)], size)

    assert len(got) == size
    assert read(got) == [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


@given(COLUMNS, st.data())
def test_rows_hold_rows_and_lists_of_rows(columns: list[list[Any]], data: Any) -> None:
    rows = written(["a"] * len(columns[:1]), columns[:1], len(columns[0]))
    plain = read(rows)
    places = data.draw(st.lists(st.integers(-1, len(plain) - 1), max_size=5))
    ends = sorted(data.draw(st.lists(st.integers(0, len(plain)), max_size=len(places))))
    ends += [len(plain)] * (len(places) - len(ends))
    bounds = np.array([[0, *ends][:-1], ends], np.int64)
    some, lists = taken(rows, places), listed(rows, bounds)

    assert (None in some) == (-1 in places)
    assert read(some) == taken(plain, places)
    assert read(lists) == listed(plain, bounds)
    assert read(written(["some", "lists", "again"], [some, lists, places], len(places))) == [
        {"some": one, "lists": some_rows, "again": place}
        for one, some_rows, place in zip(
            taken(plain, places), listed(plain, bounds), places, strict=True
        )
    ]


@pytest.mark.parametrize("form", FORMS[:3])
def test_columns_are_sequences_of_their_values(form: Callable[[list[Any]], Sequence[Any]]) -> None:
    values = [3, None, "x", 3]
    column = form(values)

    assert (len(column), list(column), column[-1], column[1:3]) == (4, values, 3, [None, "x"])
    assert different(column) == [3, None, "x"]


def test_texts_are_sequences_of_their_values() -> None:
    rows = written(["x"], [[1, 2, 3]], 3)

    assert isinstance(rows, Texts)
    assert read([rows[-1], *rows[:2]]) == [{"x": 3}, {"x": 1}, {"x": 2}]


@pytest.mark.parametrize("kinds", [3, 999, 1_000, 1_001])
def test_long_columns_are_told_apart_as_texts(kinds: int) -> None:
    values = [f'{"é" * (number % 5)}"{number % kinds}' for number in range(5_000)]
    column = Packed(orjson.dumps(values), len(values))
    mapped = Mapped({one: {"value": one} for one in values}, column)

    assert different(column) == list(dict.fromkeys(values))
    assert (column.few() is not None) == (len(set(values)) <= texts._FEW)
    assert read(written(["x"], [mapped], len(values))) == [{"x": {"value": one}} for one in values]


@pytest.mark.parametrize("size", [1, 3])
def test_columns_of_other_lengths_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"2 values for {size} rows"):
        written(["x"], [Packed(b"[1,2]", size)], size)


def test_numbers_are_read_from_texts() -> None:
    numbers = [-(2**63), 0, 2**63 - 1]

    assert numbers_of(as_packed(numbers)).tolist() == numbers_of(numbers).tolist() == numbers
    assert numbers_of(as_packed([])).tolist() == []


@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="nothing is compiled at all")
def test_nothing_is_compiled_after_warming_up() -> None:
    texts.warm()
    before = compiled()

    rows = written(["x", "y"], [as_packed(["a"] * 5_000), as_mapped([[1], None] * 2_500)], 5_000)
    lists = listed(rows, np.array([[0, 0], [0, 5_000]]))
    written(["rows", "lists"], [taken(rows, [3, -1]), lists], 2)
    different(as_packed(list(range(5_000))))

    assert compiled() == before


def compiled() -> dict[str, int]:
    """Number of compiled variants of each kernel."""
    found: dict[str, Any] = vars(weaving)
    return {name: len(one.signatures) for name, one in found.items() if isinstance(one, Dispatcher)}
