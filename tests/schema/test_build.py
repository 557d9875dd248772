from pathlib import Path

from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType

from schema.build import NODES, build, printed
from schema.plan import Selection, source_of

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

    # totalCount belongs to its connection, whose plan counts; lookup tables are no rows.
    total = [name for name in unplanned if name.endswith("Connection.totalCount")]
    assert sorted(set(unplanned) - set(total)) == ["Query.lookupTables"]
