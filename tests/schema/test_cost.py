"""The estimate of a document: page sizes multiplied, before anything is read."""

from typing import Any

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse

from schema.build import GraphQL
from schema.cost import Estimate
from schema.errors import DocumentLimitError
from schema.limits import Limits
from store.access import Viewer
from store.database import Database

PAGES = """query ($size: Int) { projects(first: 10) { nodes { datasets(first: $size) { edges { node {
  images(first: 20) { nodes { id pixels { sizeX } } } } } } } } }"""


def refused(answer: dict[str, Any]) -> dict[str, Any]:
    (error,) = answer["errors"]
    found: dict[str, Any] = error["extensions"]
    return found


@pytest.mark.parametrize(("size", "inner"), [(3, 3), (0, 0), (None, 50)])
def test_sizes_of_pages_inside_each_other_are_multiplied(
    database: Database, viewer: Viewer, size: int | None, inner: int
) -> None:
    answer = GraphQL(database).answer(viewer, PAGES, {"size": size})

    # The list; 10 projects, each with a list of datasets, each of them with a list of images,
    # each of them with its pixels.
    expected = 1 + 10 * (1 + 1 + inner * (1 + 1 + 20 * 2))
    assert answer["extensions"]["cost"]["estimate"] == expected


def test_a_document_that_may_give_too_much_is_refused_with_the_estimate_and_the_place(
    database: Database, viewer: Viewer
) -> None:
    answer = GraphQL(database).answer(viewer, PAGES, {"size": 500})
    assert "errors" not in answer
    answer = GraphQL(database, Limits(estimate=100_000)).answer(viewer, PAGES, {"size": 500})

    found = refused(answer)
    assert "data" not in answer
    assert (found["code"], found["limit"]) == ("document_limit", "estimate")
    assert found["estimate"] == 1 + 10 * (2 + 500 * 42)
    assert found["path"][:5] == ["projects", "nodes", "datasets", "edges", "node"]


def test_three_full_pages_inside_each_other_are_refused(database: Database, viewer: Viewer) -> None:
    text = PAGES.replace("first: 10", "first: 500").replace("first: 20", "first: 500")
    answer = GraphQL(database).answer(viewer, text, {"size": 500})

    assert refused(answer)["estimate"] > 125_000_000


@pytest.mark.parametrize("given", ['ids: ["Project:1", "Project:2"]', "ids: $ids"])
def test_what_is_asked_for_by_many_ids_counts_for_each(
    database: Database, viewer: Viewer, given: str
) -> None:
    text = f"""query ($ids: [ID!] = ["Project:1", "Project:2"]) {{ nodes({given}) {{
      ... on Project {{ datasets(first: 10) {{ nodes {{ id }} }} }} }}
      again: nodes(ids: $ids) {{ id }} }}"""
    answer = GraphQL(database).answer(viewer, text)

    assert answer["extensions"]["cost"]["estimate"] == 2 * (1 + 1 + 10) + 2


def test_fragments_count_wherever_they_are_used(database: Database, viewer: Viewer) -> None:
    text = """{ a: projects(first: 7) { ...page } b: projects(first: 5) { ...page } }
      fragment page on ProjectConnection { nodes { ...one } }
      fragment one on Project { owner { id } ... on Project { group { id } } }"""
    answer = GraphQL(database).answer(viewer, text)

    assert answer["extensions"]["cost"]["estimate"] == (1 + 7 * 3) + (1 + 5 * 3)


def test_fragments_that_double_at_each_link_are_estimated_at_once() -> None:
    links = "".join(
        f"fragment f{n} on Project {{ a {{ ...f{n + 1} }} b {{ ...f{n + 1} }} }}" for n in range(40)
    )
    tree = parse(f"{{ projects {{ nodes {{ ...f0 }} }} }} {links} fragment f40 on Project {{ id }}")
    operation, *fragments = tree.definitions
    assert isinstance(operation, OperationDefinitionNode)
    named = {
        node.name.value: node for node in fragments if isinstance(node, FragmentDefinitionNode)
    }

    with pytest.raises(DocumentLimitError) as refused:
        Estimate(named, {}).check(operation, 1_000_000)
    assert refused.value.estimate == 1 + 50 * (2**41 - 1)


def test_the_cost_says_statements_objects_and_time(database: Database, viewer: Viewer) -> None:
    answer = GraphQL(database).answer(viewer, "{ projects { nodes { id } } viewer { id } }")

    cost = answer["extensions"]["cost"]
    assert cost["statements"] == 2
    assert cost["objects"] == 1
    assert 0 < cost["milliseconds"] < 60_000
