from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_composite_type

from schema.build import GraphQL, build
from store.access import Viewer
from store.database import Database
from tests.build import hierarchy

ROOTS = {"Project": "projects", "Dataset": "datasets", "Image": "images"}
FIRST = "first: 100"


def relations() -> list[str]:
    """Documents that reach each field with fields of its own, from a list of its parents."""
    found = []
    types = build()._schema.type_map
    for name, root in ROOTS.items():
        parent = types[name]
        assert isinstance(parent, GraphQLObjectType)
        found += [f"{{ {root}({FIRST}) {{ nodes {{ {one} }} }} }}" for one in _fields(parent)]
    pixels = types["Pixels"]
    assert isinstance(pixels, GraphQLObjectType)
    path = f"images({FIRST}) {{ nodes {{ pixels {{ %s }} }} }}"
    found += [f"{{ {path % one} }}" for one in _fields(pixels)]
    return found


def _fields(parent: GraphQLObjectType) -> list[str]:
    found = []
    for name, field in parent.fields.items():
        type_ = get_named_type(field.type)
        if not is_composite_type(type_):
            found.append(name)
        elif type_.name.endswith("Connection"):
            found.append(f"{name} {{ totalCount nodes {{ id }} edges {{ cursor }} }}")
        else:
            found.append(f"{name} {{ __typename }}")
    return found


def statements(graphql: GraphQL, viewer: Viewer, text: str) -> int:
    """Count the statements of an answer."""
    answer: dict[str, Any] = graphql.answer(viewer, text)
    assert "errors" not in answer
    number: int = answer["extensions"]["cost"]["statements"]
    return number


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_relation_needs_more_statements_for_more_parents(
    database: Database, viewer: Viewer
) -> None:
    graphql = GraphQL(database)
    counts: dict[str, list[int]] = {text: [] for text in relations()}
    # Together 1, then 10, then 100 projects, with a dataset and an image each.
    for more in (1, 9, 90):
        with database.writing() as session:
            hierarchy(session, viewer, projects=more, datasets=1, images=1)
        for text, found in counts.items():
            found.append(statements(graphql, viewer, text))

    assert {text: found for text, found in counts.items() if len(set(found)) > 1} == {}


def test_the_hierarchy_is_read_by_one_statement_a_level(
    database: Database, viewer: Viewer, statements: Any
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer)
    graphql = GraphQL(database)
    text = """{ project(id: "Project:1") { datasets { nodes { images { nodes { pixels {
      sizeX channels { name } } } } } } } }"""

    with statements(database, 5):
        answer = graphql.answer(viewer, text)

    assert len(answer["data"]["project"]["datasets"]["nodes"]) == 2


def test_counting_costs_only_when_asked_for(database: Database, viewer: Viewer) -> None:
    graphql = GraphQL(database)

    without = graphql.answer(viewer, "{ projects { nodes { id } } }")
    with_it = graphql.answer(viewer, "{ projects { nodes { id } totalCount } }")

    costs = [answer["extensions"]["cost"]["statements"] for answer in (without, with_it)]
    assert costs == [1, 2]


def test_threads_share_plans_and_answer_alike(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        hierarchy(session, viewer)
    graphql = GraphQL(database)
    text = """query ($order: ImageOrder, $names: Boolean!) { datasets { nodes { id
      images(orderBy: $order) { nodes { id name @include(if: $names) } } } } }"""

    def answers(_: int) -> list[Any]:
        return [
            graphql.answer(viewer, text, {"order": order, "names": names})["data"]
            for order in ("ID_ASC", "ID_DESC", "NAME_DESC")
            for names in (True, False)
        ]

    expected = answers(0)
    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(answers, range(24)):
            assert found == expected


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_list_is_read_by_the_same_text_whatever_was_read_before(
    database: Database, viewer: Viewer, statements: Any
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=2, datasets=2, images=5)
    graphql, images = GraphQL(database), "images(first: 3) { nodes { id } }"

    with statements(database, 1) as alone:
        graphql.answer(viewer, f"{{ {images} }}")
    with statements(database, 2) as after:
        graphql.answer(viewer, f"{{ datasets(first: 2) {{ nodes {{ id }} }} {images} }}")

    assert alone[0] in after
    # Else it would be prepared each time.
    assert "LIMIT ?" not in alone[0]
