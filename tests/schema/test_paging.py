import datetime as dt
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.build import GraphQL
from schema.orders import orders_of
from schema.pagination import ID_ASC, Order, page_arguments
from store import models
from store.access import Viewer
from store.database import Database
from store.errors import InvalidInputError
from tests.build import hierarchy

ORDERS: dict[str, Order] = {
    one.name: one.value for one in orders_of(models.Image) if one.value.sorting is None
}
NAMES = ["field 10", "Alpha", "field 9", "álpha", "FIELD 9", "zoo", "beta"]
# As people sort them: by word, numbers by value, without case and accents.
RANKS = [4, 0, 3, 0, 3, 5, 2]
DAYS = [2, None, 1, None, 2, 1, None]


@pytest.fixture
def graphql(database: Database, viewer: Viewer) -> GraphQL:
    """One project with one dataset of seven images: names repeat, dates are missing."""
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=len(NAMES))
        for key, name, day in zip(built.images, NAMES, DAYS, strict=True):
            image = session.get_one(models.Image, key)
            image.name = name
            image.acquisition_date = (
                None if day is None else dt.datetime(2026, 1, day, tzinfo=dt.UTC)
            )
    return GraphQL(database)


def sorted_ids(order: Order) -> list[str]:
    """Sort in plain Python what the database is to sort."""
    values: list[Any] = [0] * len(NAMES)
    if order.columns:
        values = list(RANKS if order.columns == ("sort_name",) else DAYS)
    rows = list(zip(values, range(1, len(values) + 1), strict=True))
    known = sorted((row for row in rows if row[0] is not None), reverse=order.descending)
    unknown = sorted((row for row in rows if row[0] is None), reverse=order.descending)
    return [f"Image:{key}" for _, key in [*known, *unknown]]


def walk(graphql: GraphQL, viewer: Viewer, order: Order, first: int, place: str) -> list[str]:
    """Page to the end of a list; returns the ids of all pages."""
    page = f"images(first: {first}, after: $after, orderBy: {order.name})"
    fields = "{ totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } }"
    text = f"query ($after: String) {{ {place} {{ {page} {fields} }} }}"
    seen: list[str] = []
    after = None
    for number in itertools.count():
        data = graphql.answer(viewer, text, {"after": after})["data"]
        found = data.get("dataset", data)["images"]
        seen += [node["id"] for node in found["nodes"]]
        after = found["pageInfo"]["endCursor"]
        assert found["totalCount"] == len(NAMES)
        assert found["pageInfo"]["hasPreviousPage"] == (number > 0)
        if not found["pageInfo"]["hasNextPage"]:
            return seen
    raise AssertionError


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_walking_the_pages_gives_every_row_once_in_order(
    graphql: GraphQL, viewer: Viewer, order: Order
) -> None:
    for first in (1, 2, 3, 7):
        for place in ('dataset(id: "Dataset:1")', "... @include(if: true)"):
            assert walk(graphql, viewer, order, first, place) == sorted_ids(order)


def test_the_cursor_of_an_edge_is_the_end_of_the_page_that_it_ends(
    graphql: GraphQL, viewer: Viewer
) -> None:
    answer = graphql.answer(
        viewer, "{ images(first: 3) { edges { cursor } pageInfo { endCursor } } }"
    )

    images = answer["data"]["images"]
    assert images["edges"][-1]["cursor"] == images["pageInfo"]["endCursor"]


def test_a_page_of_nothing_still_says_what_there_is(graphql: GraphQL, viewer: Viewer) -> None:
    text = "{ images(first: 0) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }"

    answer = graphql.answer(viewer, text)

    assert answer["data"]["images"] == {
        "totalCount": 7,
        "nodes": [],
        "pageInfo": {"hasNextPage": True, "endCursor": None},
    }


@pytest.mark.parametrize("other", ["images(orderBy: NAME_ASC)", "datasets(orderBy: ID_ASC)"])
def test_a_cursor_of_another_list_or_order_is_refused(
    graphql: GraphQL, viewer: Viewer, other: str
) -> None:
    cursor = graphql.answer(viewer, "{ images { pageInfo { endCursor } } }")["data"]["images"][
        "pageInfo"
    ]["endCursor"]

    text = f"query ($after: String) {{ {other[:-1]}, after: $after) {{ nodes {{ id }} }} }}"
    (error,) = graphql.answer(viewer, text, {"after": cursor})["errors"]

    assert error["extensions"]["code"] == "invalid_input"
    assert "is no cursor of" in error["message"]


@given(st.text() | st.binary().map(lambda data: data.hex()))
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(InvalidInputError):
        page_arguments("Query.images", {"after": text}, ID_ASC, 50)


@given(
    st.sampled_from(sorted(ORDERS)),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=1024),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.booleans(),
    st.integers(1, 2**63 - 1),
)
def test_a_cursor_says_where_it_was(
    name: str, text: str, moment: dt.datetime, dated: bool, key: int
) -> None:
    order = ORDERS[name]
    places: dict[tuple[str, ...], Any] = {(): (), ("sort_name",): (text,)}
    value = places.get(order.columns, (moment if dated else None,))
    cursor = page_arguments("Query.images", {}, order, 50).cursor(value, key)

    arguments = page_arguments("Query.images", {"after": cursor}, order, 50)

    assert arguments.after == (value, key)
