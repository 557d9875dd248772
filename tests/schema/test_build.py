import re
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_introspection_query,
)

from schema.build import NODES, GraphQL, build, printed
from schema.plan import Selection, source_of
from store.access import Viewer
from store.database import Database

PRINTED = Path(__file__).parents[2] / "docs" / "schema.graphql"


def test_the_printed_schema_is_the_committed_one() -> None:
    assert printed() == PRINTED.read_text(encoding="utf-8"), (
        "run: python -m schema.build > docs/schema.graphql"
    )


def test_every_type_field_argument_and_value_is_described() -> None:
    schema = build()._schema
    bare = []
    for name, type_ in schema.type_map.items():
        if name.startswith("__"):
            continue
        if not type_.description:
            bare.append(name)
        if isinstance(type_, GraphQLEnumType):
            bare += [f"{name}.{key}" for key, v in type_.values.items() if not v.description]
        if isinstance(type_, GraphQLInputObjectType):
            bare += [f"{name}.{key}" for key, v in type_.fields.items() if not v.description]
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for key, field in type_.fields.items():
                if not field.description:
                    bare.append(f"{name}.{key}")
                bare += [f"{name}.{key}({a})" for a, v in field.args.items() if not v.description]

    assert bare == []


def test_every_type_with_an_id_can_be_asked_for_by_it() -> None:
    schema = build()._schema
    node = schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)

    assert {type_.__name__ for type_ in NODES} == {
        type_.name for type_ in schema.get_possible_types(node)
    }


def test_fields_without_a_plan_are_few_and_have_a_reason() -> None:
    schema = build()._schema
    unplanned = []
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        for name, field in type_.fields.items():
            selection = Selection(name, type_, field, [])
            if selection.strawberry.base_resolver and source_of(selection) is None:
                unplanned.append(f"{type_.name}.{name}")

    # These belong to their connection, whose plan counts.
    whole = ("Connection.totalCount", "Connection.facet", "Connection.histogram")
    rest = [name for name in unplanned if not name.endswith(whole)]
    assert rest == []


def test_the_schema_is_described_to_the_next_one_from_memory(
    database: Database, viewer: Viewer
) -> None:
    graphql, asked = GraphQL(database), get_introspection_query()
    first = graphql.execute(viewer, asked)

    assert graphql.execute(viewer, asked) is first


def test_what_else_is_asked_with_the_schema_is_answered_anew(
    database: Database, viewer: Viewer
) -> None:
    graphql = GraphQL(database)
    asked = "{ __schema { queryType { name } } viewer { userName } }"

    assert graphql.execute(viewer, asked) is not graphql.execute(viewer, asked)


def test_errors_about_the_schema_are_not_kept(database: Database, viewer: Viewer) -> None:
    graphql = GraphQL(database)
    asked = "{ __schema { nothing } }"

    assert graphql.execute(viewer, asked) is not graphql.execute(viewer, asked)


def test_what_is_deprecated_says_until_when() -> None:
    schema = build()._schema
    parts = [
        (f"{type_.name}.{name}", part.deprecation_reason)
        for type_ in schema.type_map.values()
        if not type_.name.startswith("__")
        for name, part in (getattr(type_, "fields", None) or getattr(type_, "values", {})).items()
    ]
    parts += [
        (f"{name}({argument})", given.deprecation_reason)
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        for name, part in type_.fields.items()
        for argument, given in part.args.items()
    ]
    undated = [
        name
        for name, reason in parts
        if reason is not None and not re.search(r"\b20\d\d-\d\d-\d\d\b", reason)
    ]

    assert len(parts) > 1_000
    assert undated == []
