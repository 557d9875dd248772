"""Search through GraphQL: the same by both executors, page by page, and true at once."""

from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

import schema.search
from schema.build import GraphQL
from store import models
from store.access import Viewer
from store.database import Database
from store.models.enums import GroupPermissions
from tests.build import hierarchy
from tests.people import group, person

BOTH = pytest.mark.parametrize("planned", [True, False], ids=["planned", "ordinary"])
SEARCH = """query ($query: String!, $types: [SearchType!], $first: Int, $after: String) {
  search(query: $query, types: $types, first: $first, after: $after) {
    edges { cursor score node { id __typename ... on Image { name } } }
    nodes { id } totalCount totalCountIsExact pageInfo { hasNextPage endCursor }
    type: facet(by: TYPE) { value count } tag: facet(by: TAG) { value count }
    key: facet(by: KEY) { value count } owner: facet(by: OWNER, first: 1) { value count }
  }
}"""
IDS = "query ($query: String!) { search(query: $query, first: 100) { nodes { id } } }"


def ask(
    database: Database, viewer: Viewer, text: str, planned: bool = True, **values: Any
) -> dict[str, Any]:
    answer = GraphQL(database).answer(viewer, text, values, planned=planned)
    assert "errors" not in answer, answer["errors"]
    found: dict[str, Any] = answer["data"]
    return found


def found(database: Database, viewer: Viewer, query: str) -> list[str]:
    return [node["id"] for node in ask(database, viewer, IDS, query=query)["search"]["nodes"]]


@pytest.fixture
def filled(database: Database, viewer: Viewer) -> Database:
    with database.writing() as session:
        hierarchy(session, viewer)
    text = """mutation {
      addTags(tags: ["late"], ids: ["Image:1", "Image:4", "Dataset:2"]) { applied }
      setKeyValues(pairs: [{key: "Dose", value: "5 um"}], ids: ["Image:1", "Image:2"]) { applied }
    }"""
    ask(database, viewer, text)
    return database


@BOTH
def test_a_page_has_scores_counts_and_facets(
    filled: Database, viewer: Viewer, planned: bool
) -> None:
    page = ask(filled, viewer, SEARCH, planned, query="late OR dose:>4um", first=2)["search"]
    name = {"__typename": "Image", "id": "Image:1", "name": "Image 0.0.0"}

    assert [edge["node"]["id"] for edge in page["edges"]] == ["Image:2", "Image:1"]
    assert page["edges"][1]["node"] == name
    assert page["nodes"] == [{"id": "Image:2"}, {"id": "Image:1"}]
    assert page["pageInfo"]["hasNextPage"]
    assert (page["totalCount"], page["totalCountIsExact"]) == (4, True)
    assert page["type"] == [{"value": "Image", "count": 3}, {"value": "Dataset", "count": 1}]
    assert page["tag"] == [{"value": "late", "count": 3}]
    assert page["key"] == [{"value": "Dose", "count": 2}]


@pytest.mark.parametrize(
    "query", ["image", "late", "-late", "image OR dataset", '"Image 0.1"', "d*"]
)
def test_planned_and_ordinary_answers_are_the_same(
    filled: Database, viewer: Viewer, query: str
) -> None:
    graphql = GraphQL(filled)
    planned, ordinary = (
        graphql.answer(viewer, SEARCH, {"query": query, "first": 5}, planned=way)
        for way in (True, False)
    )

    assert planned["data"]["search"]["edges"]
    assert planned["data"] == ordinary["data"]


def test_pages_reach_the_end_without_gaps_or_repeats(filled: Database, viewer: Viewer) -> None:
    whole = found(filled, viewer, "0 OR 1 OR late")
    pages: list[str] = []
    after = None
    while True:
        values: dict[str, Any] = {"query": "0 OR 1 OR late", "first": 3, "after": after}
        page = ask(filled, viewer, SEARCH, **values)["search"]
        pages += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert len(whole) > 10
    assert pages == whole
    types = Counter(one.split(":")[0] for one in whole)
    assert {one["value"]: one["count"] for one in page["type"]} == types


def test_only_the_types_asked_for_are_found(filled: Database, viewer: Viewer) -> None:
    page = ask(filled, viewer, SEARCH, query="late", types=["DATASET"])["search"]

    assert page["nodes"] == [{"id": "Dataset:2"}]
    assert page["totalCount"] == 1


def test_a_count_that_reaches_the_limit_says_so(
    filled: Database, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema.search, "COUNTED", 5)
    page = ask(filled, viewer, SEARCH, query="image", first=1)["search"]

    assert (page["totalCount"], page["totalCountIsExact"]) == (5, False)


def test_an_annotation_that_is_hidden_neither_finds_nor_counts(
    filled: Database, viewer: Viewer
) -> None:
    with filled.writing() as session:
        shared = group(session, viewer, GroupPermissions.READ_ONLY)
        ada = person(session, viewer, "ada", [shared])
        # The images become those of Ada's group; the annotations stay in another.
        for entity in (models.Image, models.Dataset, models.AnnotationLink):
            session.execute(sa.update(entity).values(group_id=shared))
    hidden = ask(filled, ada, SEARCH, query="late OR dose:>4um")["search"]
    seen = ask(filled, ada, SEARCH, query="image")["search"]

    assert (hidden["nodes"], hidden["totalCount"], hidden["tag"]) == ([], 0, [])
    assert len(seen["nodes"]) == 12
    assert (seen["tag"], seen["key"]) == ([], [])


@pytest.mark.parametrize(("query", "position"), [("(a", 0), ("a )", 2), ("type:cheese", 5)])
def test_an_error_says_at_which_character(
    filled: Database, viewer: Viewer, query: str, position: int
) -> None:
    (error,) = GraphQL(filled).answer(viewer, IDS, {"query": query})["errors"]

    assert error["extensions"]["code"] == "search_syntax"
    assert error["extensions"]["position"] == position


def test_the_number_of_statements_does_not_grow_with_the_results(
    filled: Database, viewer: Viewer
) -> None:
    def numbers() -> tuple[int, int]:
        answer = GraphQL(filled).answer(viewer, SEARCH, {"query": "image", "first": 100})
        nodes = answer["data"]["search"]["nodes"]
        return len(nodes), answer["extensions"]["cost"]["statements"]

    def more() -> tuple[int, int]:
        with filled.writing() as session:
            hierarchy(session, viewer, images=6)
        return numbers()

    # Words in many rows cost one statement more: how common they are among the newest.
    few, some, many = numbers(), more(), more()

    assert many[0] > some[0] > few[0]
    assert many[1] == some[1]


def test_the_next_request_finds_what_a_mutation_made(filled: Database, viewer: Viewer) -> None:
    image = "Image:3"
    rename = 'mutation { updateImages(items: [{id: "Image:3", name: "Anaphase"}]) { applied } }'
    states = []
    for text in (
        rename,
        'mutation { addTags(tags: ["early"], ids: ["Image:3"]) { applied } }',
        'mutation { delete(ids: ["Image:3"]) { applied } }',
        'mutation { restore(ids: ["Image:3"]) { applied } }',
    ):
        ask(filled, viewer, text)
        states.append([image in found(filled, viewer, query) for query in ("anaphase", "early")])

    assert states == [[True, False], [True, True], [False, False], [True, True]]
