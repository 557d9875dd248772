"""Every field of every type: how it is answered, and by how many statements."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)
from sqlalchemy.orm import Session

from schema.build import GraphQL
from schema.limits import Limits
from store import models
from store.access import Viewer
from store.database import Database
from store.edits.people import create_experimenter, create_group, first_start
from store.queries.facets import Facet
from store.queries.people import viewer_by_experimenter
from tests.build import advance_sequences
from tests.conftest import BOTH, copied
from tests.populate import populate
from tests.schema.documents import tallied
from tests.schema.one_of_each import make_one_of_each
from tests.schema.uncounted import Uncounted

LIMITS = Limits(tokens=50_000, fields=50_000, aliases=5_000, statements=5_000, estimate=10**18)
DEPTH = 3
MANY = 1_000
SOME = 12
TALLIES = ("facet", "histogram")
_PEOPLE = ("Experimenter", "ExperimenterGroup", "Membership", "Event")


@dataclass(frozen=True)
class World:
    """A database with rows."""

    graphql: GraphQL
    viewer: Viewer
    ids: Mapping[str, Sequence[str]]
    """Global ids by type."""


def types(graphql: GraphQL) -> Iterator[GraphQLObjectType]:
    """Iterate over the types of rows."""
    interface = graphql._schema.type_map["Node"]
    assert isinstance(interface, GraphQLInterfaceType)
    yield from graphql._schema.get_possible_types(interface)


def needs_arguments(field: GraphQLField) -> bool:
    """Whether a field cannot be asked for without arguments."""
    return any(is_required_argument(one) for one in field.args.values())


def selection(type_: Any, depth: int = 0) -> str:
    """Select all of a value and of what it consists of; of rows the id."""
    if not is_composite_type(type_):
        return ""
    if is_row(type_):
        return "{ id }"
    parts = ["__typename"]
    for name, field in getattr(type_, "fields", {}).items():
        if depth < DEPTH:
            below = selection(get_named_type(field.type), depth + 1)
            parts += [f"{way} {below}" for way in ways(type_, name, field, depth)]
    return f"{{ {' '.join(parts)} }}"


def ways(type_: Any, name: str, field: GraphQLField, depth: int) -> list[str]:
    """Return how a field of a value is asked for: with all the arguments that it must have.

    Of the facets of a list one, another for another type. Conversions of units are left out: they
    read nothing, and not all units can be converted.
    """
    if not needs_arguments(field):
        return [name]
    facets = tallied(type_) if name in TALLIES else None
    if not facets or depth > 1:
        return []
    if name == "histogram":
        return ['histogram(key: "k")'] if Facet.TAG in facets else []
    one = facets[len(type_.name) % len(facets)]
    key = ', key: "k"' if one is Facet.KEY_VALUE else ""
    return [f"facet(by: {one.name}{key})"]


def is_row(type_: Any) -> bool:
    """Whether objects of a type have ids of their own."""
    return any(one.name == "Node" for one in [type_, *getattr(type_, "interfaces", ())])


def fields(type_: GraphQLObjectType) -> dict[str, str]:
    """Return, for each field of a type, how it is asked for; rows of any type are left out."""
    return {
        name: f"{name} {selection(get_named_type(field.type))}"
        for name, field in type_.fields.items()
        if not needs_arguments(field) and get_named_type(field.type).name != "Node"
    }


def document(kind: str, body: str) -> str:
    """Ask for fields of rows of a type."""
    return f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {kind} {{ {body} }} }} }}"


def statements(world: World, kind: str, body: str, rows: int = MANY) -> int:
    """Count the statements that read fields of rows of a type, at most so many."""
    variables = {"ids": world.ids[kind][:rows]}
    answer = world.graphql.answer(world.viewer, document(kind, body), variables)
    assert "errors" not in answer, (kind, body, answer["errors"])
    assert any(answer["data"]["nodes"]), kind
    assert "fallback" not in answer["extensions"], (kind, answer["extensions"]["fallback"])
    number: int = answer["extensions"]["cost"]["statements"]
    return number


@pytest.fixture(params=BOTH)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Database]]:
    """Make databases without any rows."""
    with contextlib.ExitStack() as stack:

        def make(name: str) -> Database:
            folder = tmp_path / name
            folder.mkdir()
            database = Database(stack.enter_context(copied(request, folder)))
            stack.callback(database.close)
            return database

        yield make


def one_of_each(database: Database) -> World:
    """One row of every type, of which all that it may have is there."""
    with database.writing() as session:
        viewer = viewer_by_experimenter(session, first_start(session))
        ids = _one_of_each(session, viewer)
    return World(GraphQL(database, LIMITS, samples=Uncounted()), viewer, ids)


def many_of_each(database: Database, rows: int) -> World:
    """Many rows of every type."""
    with database.writing() as session:
        population = populate(session, 5, rows)
    graphql = GraphQL(database, LIMITS, samples=Uncounted())
    return World(graphql, population.viewers[0], population.by_type())


def one_among_many(database: Database, rows: int) -> tuple[World, World]:
    """One row of every type that has all it may have, and many; one viewer shares its plans."""
    many = many_of_each(database, rows)
    with database.writing() as session:
        whole = [one for one in models.Base.registry.mappers if one.inherits is None]
        tables = [one.class_.__tablename__ for one in whole if "id" in one.columns]
        advance_sequences(session, tables)
        group = create_group(session, many.viewer, "of one")
        person = create_experimenter(
            session, many.viewer, "one", administrator=True, group_ids=[group]
        )
        viewer = viewer_by_experimenter(session, person)
        ids = _one_of_each(session, viewer)
        if database.dialect == "postgresql":  # which does so by itself within minutes
            session.execute(sa.text("ANALYZE"))
    one = World(many.graphql, viewer, ids)
    return one, replace(one, ids=many.ids)


def _one_of_each(session: Session, viewer: Viewer) -> dict[str, list[str]]:
    rows = make_one_of_each(session, viewer)
    return {name: [f"{name}:{row.id}"] for name, row in rows.made.items()}


@pytest.mark.slow
def test_no_field_of_any_type_needs_more_statements_for_10_or_1000_rows_than_for_one(
    empty: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.roots.NODES_MAX", MANY)
    one, many = one_among_many(empty("many"), MANY)
    found = {}
    for type_ in types(one.graphql):
        texts = fields(type_)
        whole = " ".join(texts.values())
        of_one = statements(one, type_.name, whole)
        for rows in (10, MANY):
            if of_one >= statements(many, type_.name, whole, rows):
                continue
            for name, text in texts.items():
                counts = (
                    statements(one, type_.name, text),
                    statements(many, type_.name, text, rows),
                )
                if counts[0] < counts[1]:
                    found[f"{type_.name}.{name}", rows] = counts

    assert found == {}
    # Types that share a table share its rows; accounts, groups and events are few anywhere.
    few = {name for name, ids in many.ids.items() if len(ids) < MANY / 5}
    # There is one grant, quota, count and name elsewhere for each of them.
    of_people = {"AccessGrant", "ExternalIdentity", "Quota", "StorageUsage"}
    assert few <= {*_PEOPLE, *of_people, "IdempotentRequest"}


@pytest.mark.slow
def test_every_field_of_every_type_is_answered_alike_with_and_without_a_plan(
    empty: Callable[[str], Database],
) -> None:
    some = many_of_each(empty("some"), SOME)
    found = {}
    for type_ in types(some.graphql):
        text = document(type_.name, " ".join(fields(type_).values()))
        planned, ordinary = (
            some.graphql.answer(some.viewer, text, {"ids": some.ids[type_.name]}, planned=way)
            for way in (True, False)
        )
        assert any(planned["data"]["nodes"]), type_.name
        if (planned["data"], planned.get("errors")) != (ordinary["data"], ordinary.get("errors")):
            found[type_.name] = text

    assert found == {}


@pytest.mark.slow
def test_every_field_of_the_root_has_a_plan(empty: Callable[[str], Database]) -> None:
    world = one_of_each(empty("one"))
    root = world.graphql._schema.query_type
    assert root is not None
    found = {}
    for text in fields(root).values():
        answer = world.graphql.answer(world.viewer, f"{{ {text} }}")
        assert "errors" not in answer, (text, answer["errors"])
        for one in answer["extensions"].get("fallback", ()):
            found[one["field"]] = one["reason"]

    assert found == {}
