from typing import Any

import pytest

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from store.edits.people import create_experimenter
from store.queries.people import viewer_by_experimenter
from tests.schema.test_filters import graphql as graphql  # the fixture: six images, annotated

FACET = """query ($by: Facet!, $key: String, $namespace: String, $first: Int! = 20,
    $asked: ImageFilter) {
  images(first: 0, filter: $asked) { facet(by: $by, key: $key, namespace: $namespace,
    first: $first) { values { value label id count } hasMore } }
  datasets { nodes { images(first: 1, filter: $asked) { facet(by: $by, key: $key,
    namespace: $namespace, first: $first) { values { value label id count } hasMore } } } }
}"""
HISTOGRAM = """query ($key: String!, $unit: String, $bins: Int! = 20, $min: Float, $max: Float) {
  images(first: 0) { histogram(key: $key, unit: $unit, bins: $bins, min: $min, max: $max) {
    bins { start end count } min max count unit } }
  datasets { nodes { images { histogram(key: $key, unit: $unit, bins: $bins, min: $min,
    max: $max) { bins { start end count } min max count unit } } } }
}"""


def tally(graphql: GraphQL, viewer: Viewer, text: str, **values: Any) -> Any:
    """Return what is counted; alike in both executors, of everything and below a dataset."""
    answer = graphql.answer(viewer, text, values)
    assert "errors" not in answer, answer["errors"]
    assert graphql.answer(viewer, text, values, planned=False)["data"] == answer["data"]
    data = answer["data"]
    assert data["datasets"]["nodes"][0]["images"] == data["images"]
    (found,) = data["images"].values()
    return found


def counts(graphql: GraphQL, viewer: Viewer, by: str, **values: Any) -> dict[str, int]:
    """Return how often each value of a facet occurs, in order."""
    found = tally(graphql, viewer, FACET, by=by, **values)
    return {one["value"]: one["count"] for one in found["values"]}


def test_facets_count_rows_by_value(graphql: GraphQL, viewer: Viewer) -> None:
    def by(name: str, **values: Any) -> list[tuple[str, int]]:
        return list(counts(graphql, viewer, name, **values).items())

    assert [number for _, number in by("TAG")] == [1, 1, 1]
    assert sorted(by("KEY")) == [("Gene", 1), ("Temperature", 4), ("n", 3)]
    assert by("KEY_VALUE", key="N") == [("1", 1), ("10", 1), ("2.5", 1)]
    assert by("KEY_VALUE", key="temperature", first=1) == [("310.15 K", 1)]
    assert by("KEY", namespace="lab") == [("n", 2), ("Temperature", 2)]
    assert by("ANNOTATION_KIND") == [("MapAnnotation", 5), ("TagAnnotation", 3)]
    assert by("NAMESPACE") == [("lab", 2)]
    assert by("PIXEL_TYPE") == [("uint16", 6)]
    assert by("CHANNEL") == [("Channel 0", 6), ("Channel 1", 6)]
    assert by("ACQUISITION_MONTH") == [("2026-01", 5)]
    assert by("RATING") == by("FORMAT") == by("PLATE") == []
    assert by("DATASET") == [("Dataset 0.0", 6)]
    assert by("PROJECT", asked={"tag": {}}) == [("Project 0", 3)]


def test_facets_name_the_objects_that_values_are(graphql: GraphQL, viewer: Viewer) -> None:
    (owner,) = tally(graphql, viewer, FACET, by="OWNER")["values"]
    tags = tally(graphql, viewer, FACET, by="TAG", first=2)

    assert (owner["id"], owner["count"]) == ("Experimenter:1", 6)
    assert owner["label"]
    assert {one["id"].partition(":")[0] for one in tags["values"]} == {"TagAnnotation"}
    assert tags["hasMore"]


def test_histograms_convert_units(graphql: GraphQL, viewer: Viewer) -> None:
    found = tally(graphql, viewer, HISTOGRAM, key="Temperature", unit="°C", bins=2, min=36, max=38)

    assert [one["count"] for one in found["bins"]] == [0, 3]
    assert [one["start"] for one in found["bins"]] == pytest.approx([36, 37])
    assert found["bins"][-1]["end"] == pytest.approx(38)
    assert (found["count"], found["unit"]) == (3, "°C")
    assert found["min"] == pytest.approx(37)


def test_histograms_count_numbers_in_parts_of_their_range(graphql: GraphQL, viewer: Viewer) -> None:
    found = tally(graphql, viewer, HISTOGRAM, key="n", bins=3)

    assert [one["count"] for one in found["bins"]] == [2, 0, 1]
    assert (found["min"], found["max"], found["count"], found["unit"]) == (1, 10, 3, None)
    assert [one["start"] for one in found["bins"]] == [1, 4, 7]


def test_a_histogram_of_nothing_is_empty(graphql: GraphQL, viewer: Viewer) -> None:
    found = tally(graphql, viewer, HISTOGRAM, key="no such key")

    assert found == {"bins": [], "min": None, "max": None, "count": 0, "unit": None}


def test_a_facet_that_rows_have_not_is_refused_with_those_that_they_have(
    graphql: GraphQL, viewer: Viewer
) -> None:
    text = "{ projects { facet(by: %s) { values { count } } } }"
    answers = [graphql.answer(viewer, text % by) for by in ("CHANNEL", "KEY_VALUE")]
    (wrong,), (missing,) = (answer["errors"] for answer in answers)

    assert wrong["extensions"]["code"] == missing["extensions"]["code"] == "invalid_input"
    assert "OWNER, GROUP, TAG" in wrong["extensions"]["remedy"]
    assert "key` is missing" in missing["message"]


def test_arguments_that_can_never_work_are_refused(graphql: GraphQL, viewer: Viewer) -> None:
    wrong = [
        "facet(by: TAG, first: 0) { hasMore }",
        "facet(by: TAG, first: 201) { hasMore }",
        'facet(by: OWNER, namespace: "x") { hasMore }',
        'facet(by: TAG, key: "x") { hasMore }',
        'histogram(key: "n", bins: 0) { count }',
        'histogram(key: "n", min: 2, max: 2) { count }',
        'histogram(key: "n", unit: "furlong") { count }',
        'histogram(key: "\\u0000") { count }',
    ]
    for one in wrong:
        (error,) = graphql.answer(viewer, f"{{ images {{ {one} }} }}")["errors"]
        assert error["extensions"]["code"] == "invalid_input", one


def test_facets_of_all_parents_take_one_statement(
    database: Database, graphql: GraphQL, viewer: Viewer, statements: Any
) -> None:
    text = """{ datasets { nodes { images(first: 1) {
      facet(by: TAG) { hasMore } histogram(key: "n") { count } } } } }"""

    with statements(database, 4):  # datasets, images, facet, histogram
        graphql.answer(viewer, text)


def test_facets_of_other_keys_are_counted_by_the_same_statement(
    database: Database, graphql: GraphQL, viewer: Viewer, statements: Any
) -> None:
    one = '{ images(first: 0) { facet(by: KEY_VALUE, key: "n") { values { value } } } }'
    other = """query ($key: String!) { images(first: 0) {
      facet(by: KEY_VALUE, key: $key, first: 20) { values { value } } } }"""

    with statements(database, 4) as seen:
        numbers = graphql.answer(viewer, one)["data"]["images"]["facet"]["values"]
        genes = graphql.answer(viewer, other, {"key": "gene"})["data"]["images"]["facet"]["values"]

    assert seen[1] == seen[3]
    assert (len(numbers), len(genes)) == (3, 1)


def test_what_one_counted_shows_nothing_to_another(
    database: Database, graphql: GraphQL, viewer: Viewer
) -> None:
    with database.writing() as session:
        person = create_experimenter(session, viewer, "stranger", group_ids=[])
        stranger = viewer_by_experimenter(session, person)
    text = """{ images(first: 0) { facet(by: KEY) { values { count } }
      histogram(key: "n") { count } } }"""
    found = [graphql.answer(one, text)["data"]["images"] for one in (viewer, stranger, viewer)]

    assert found[0] == found[2]
    assert [len(one["facet"]["values"]) for one in found] == [3, 0, 3]
    assert [one["histogram"]["count"] for one in found] == [3, 0, 3]
