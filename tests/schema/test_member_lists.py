"""Lists of everything for members: put together from their groups and what is theirs."""

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from schema.build import GraphQL
from schema.orders import orders_of
from schema.pagination import Order
from store import models
from store.access import Viewer
from store.database import Database
from store.edits.people import create_group
from store.models.enums import GroupPermissions
from store.models.names import SORT_LENGTH, pieces_in_sort_key, sort_key
from tests import people
from tests.build import hierarchy

ORDERS: dict[str, Order] = {one.name: one.value for one in orders_of(models.Image)}
NAMES = ["b", "a", "B", "c 10", "c 9"]
DAYS = [3, None, 1, None, 2]


@dataclass(frozen=True)
class World:
    """A member of two groups, one of them private, and what there is."""

    graphql: GraphQL
    member: Viewer
    seen: Sequence[models.Image]
    """Own images, in four groups, and those of the colleague in the shared group."""


@pytest.fixture
def world(database: Database, viewer: Viewer) -> World:
    """Five images each: of two people in a shared and in a private group, and of strangers."""
    with database.writing() as session:
        shared = people.group(session, viewer, GroupPermissions.READ_ONLY)
        private = people.group(session, viewer, GroupPermissions.PRIVATE)
        left = people.group(session, viewer, GroupPermissions.READ_WRITE)
        member = people.person(session, viewer, "member", [shared, private])
        colleague = people.person(session, viewer, "colleague", [shared, private, left])
        for owner, group in itertools.product((member, colleague), (shared, private, left)):
            built = hierarchy(
                session, owner, projects=1, datasets=1, images=5, channels=0, group_id=group
            )
            for key, name, day in zip(built.images, NAMES, DAYS, strict=True):
                image = session.get_one(models.Image, key)
                image.name = name
                taken = None if day is None else dt.datetime(2026, 1, day, tzinfo=dt.UTC)
                image.acquisition_date = taken
        session.flush()
        images = session.query(models.Image).order_by(models.Image.id).all()
        dead = images[0]
        dead.deleted_event_id = dead.creation_event_id
        seen = [
            one
            for one in images
            if one is not dead
            and (one.owner_id == member.experimenter_id or one.group_id == shared)
        ]
        session.flush()
        session.expunge_all()
    return World(GraphQL(database), member, seen)


def expected(world: World, order: Order) -> list[str]:
    """Sort in plain Python what the database is to sort."""

    def place(one: models.Image) -> tuple[Any, ...]:
        return (*(getattr(one, name) for name in order.columns), one.id)

    known = [one for one in world.seen if None not in place(one)]
    unknown = [one for one in world.seen if None in place(one)]
    known.sort(key=place, reverse=order.descending)
    unknown.sort(key=lambda one: one.id, reverse=order.descending)
    return [f"Image:{one.id}" for one in [*known, *unknown]]


@pytest.mark.parametrize("order", ORDERS)
def test_pages_of_members_are_those_of_one_list(world: World, order: str) -> None:
    key = ', orderKey: "k"' if order.startswith("KEY_VALUE") else ""
    text = f"""query ($after: String) {{ images(first: 4, after: $after, orderBy: {order}{key}) {{
      totalCount nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}"""
    found: list[str] = []
    after, more = None, True
    while more:
        page = world.graphql.answer(world.member, text, {"after": after})["data"]["images"]
        assert page["totalCount"] == len(world.seen) == 19
        found += [node["id"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert found == expected(world, ORDERS[order])


@pytest.mark.parametrize("order", ["ID_ASC", "ID_DESC", "NAME_ASC", "NAME_DESC"])
def test_pages_smaller_than_the_number_of_groups_miss_nothing(
    database: Database, viewer: Viewer, order: str
) -> None:
    images: list[models.Image] = []
    with database.writing() as session:
        groups = [
            create_group(session, viewer, f"group {n}", GroupPermissions.READ_ONLY)
            for n in range(9)
        ]
        member = people.person(session, viewer, "member", groups)
        colleague = people.person(session, viewer, "colleague", groups)
        for n, group in enumerate(groups):
            built = hierarchy(
                session,
                colleague,
                projects=1,
                datasets=1,
                images=1 + n % 4,
                channels=0,
                group_id=group,
            )
            for i, key in enumerate(built.images):
                image = session.get_one(models.Image, key)
                image.name = f"{(7 * n + 3 * i) % 10}"
                images.append(image)
        session.flush()
        session.expunge_all()
    text = f"""query ($after: String) {{ images(first: 3, after: $after, orderBy: {order}) {{
      nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}"""
    graphql, found, after, more = GraphQL(database), [], None, True
    while more:
        page = graphql.answer(member, text, {"after": after})["data"]["images"]
        found += [node["id"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert found == expected(World(graphql, member, images), ORDERS[order])


def test_filters_and_orphans_are_found_in_every_part(world: World) -> None:
    text = """{ images(filter: {name: {contains: "C "}}, orderBy: NAME_DESC) {
        totalCount nodes { id } } orphans: images(orphaned: true) { totalCount nodes { id } } }"""
    data = world.graphql.answer(world.member, text)["data"]
    found = [node["id"] for node in data["images"]["nodes"]]
    names = {f"Image:{one.id}": one.name for one in world.seen}

    assert found == [key for key in expected(world, ORDERS["NAME_DESC"]) if "c" in names[key]]
    assert data["images"]["totalCount"] == len(found) == 8
    assert data["orphans"] == {"totalCount": 0, "nodes": []}


def test_those_who_are_in_no_group_see_their_own(world: World) -> None:
    alone = Viewer(world.member.experimenter_id)
    data = world.graphql.answer(alone, "{ images { totalCount nodes { id } } }")["data"]["images"]

    assert data["totalCount"] == len(data["nodes"]) == 14


def test_more_groups_make_no_other_statement(world: World, database: Database) -> None:
    many = Viewer(world.member.experimenter_id, shares=frozenset(range(2, 502)))
    texts: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        texts.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    for one in (world.member, many):
        world.graphql.answer(one, "{ images(orderBy: NAME_ASC) { totalCount nodes { id } } }")
    event.remove(database.engine, "before_cursor_execute", note)
    selects = [text for text in texts if text.startswith(("SELECT", "WITH"))]

    assert len(selects) == 4
    assert selects[:2] == selects[2:]


@given(st.text(max_size=20), st.text(min_size=1, max_size=8), st.text(max_size=20))
def test_the_key_of_a_name_has_the_pieces_of_what_is_in_it(
    before: str, text: str, after: str
) -> None:
    key = sort_key(before + text + after)
    place = 0
    for piece in pieces_in_sort_key(text) if len(key) < SORT_LENGTH else []:
        place = key.index(piece, place) + len(piece)

    assert place <= len(key)
