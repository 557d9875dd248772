"""Annotations, key–values, tables and regions, changed through GraphQL."""

import base64
from typing import Any

import pytest

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from tests.build import hierarchy

BOTH = pytest.mark.parametrize("planned", [True, False])


def ask(database: Database, viewer: Viewer, text: str, planned: bool = True, **given: Any) -> Any:
    answer = GraphQL(database).answer(viewer, text, given, planned=planned)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


@pytest.fixture(autouse=True)
def built(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=3, channels=0)


@BOTH
def test_a_selection_is_annotated_with_every_kind(
    database: Database, viewer: Viewer, planned: bool
) -> None:
    text = """mutation {
      annotate(annotations: [
        {kind: TAG, text: "mitosis"}, {kind: COMMENT, text: "bleached"}, {kind: TERM, text: "GO:1"}
        {kind: XML, text: "<a/>"}, {kind: LONG, long: "9007199254740993"}
        {kind: DOUBLE, double: 0.5}, {kind: BOOLEAN, boolean: false}
        {kind: TIMESTAMP, time: "2026-05-01T12:00:00+00:00"}
        {kind: MAP, namespace: "n", pairs: [{key: "Gene", value: "A"}]}, {kind: LIST}
      ], selection: {images: {name: {contains: "0.0."}}}) {
        applied counts { done failed } event { id }
        items { status node { ... on Image { id annotations { totalCount } tags { id } } } }
      }
      rate(rating: 4, ids: ["Image:1", "Dataset:1"]) { counts { done } }
      addTags(tags: ["mitosis", "G1"], ids: ["Image:1"]) { counts { done } }
      removeTags(tags: ["mitosis"], ids: ["Image:2", "Image:1"]) { counts { done } }
    }"""
    data = ask(database, viewer, text, planned)
    images = ask(database, viewer, "{ images { nodes { tags { textValue } rating { mine } } } }")

    assert data["annotate"]["counts"] == {"done": 3, "failed": 0}
    assert data["annotate"]["items"][0]["node"]["annotations"] == {"totalCount": 10}
    assert data["rate"]["counts"] == {"done": 2}
    assert images["images"]["nodes"] == [
        {"tags": [{"textValue": "G1"}], "rating": {"mine": 4}},
        {"tags": [], "rating": {"mine": None}},
        {"tags": [{"textValue": "mitosis"}], "rating": {"mine": None}},
    ]


@BOTH
def test_what_a_search_finds_is_annotated(
    database: Database, viewer: Viewer, planned: bool
) -> None:
    text = """mutation {
      addTags(tags: ["found"], selection: {search: "0.0.1 OR \\"Dataset 0.0\\""}) { ...its }
      comment(text: "c", selection: {search: "type:image 0.0.1"}) { ...its }
      none: comment(text: "c", selection: {search: "nothing"}) { ...its }
    } fragment its on ChangeResult { applied items { status node { id } } }"""
    data = ask(database, viewer, text, planned)

    found = [item["node"]["id"] for item in data["addTags"]["items"]]
    assert found == ["Dataset:1", "Image:2"]
    assert [item["node"]["id"] for item in data["comment"]["items"]] == ["Image:2"]
    assert data["none"]["items"] == []


@BOTH
def test_one_thing_that_cannot_be_annotated_keeps_the_others_out(
    database: Database, viewer: Viewer, planned: bool
) -> None:
    text = """mutation ($partial: Boolean!) {
      comment(text: "c", ids: ["Image:1", "Image:99"], partial: $partial) {
        applied items { status error { code path } }
      }
    }"""
    none, some = (
        ask(database, viewer, text, planned, partial=partial)["comment"]
        for partial in (False, True)
    )

    failed = {"status": "FAILED", "error": {"code": "not_found", "path": ["items", "1"]}}
    assert none == {"applied": False, "items": [{"status": "NOT_DONE", "error": None}, failed]}
    assert some == {"applied": True, "items": [{"status": "DONE", "error": None}, failed]}


@BOTH
def test_key_values_are_set_replaced_and_removed(
    database: Database, viewer: Viewer, planned: bool
) -> None:
    text = """mutation ($key: String!) {
      setKeyValues(pairs: [{key: "Dose", value: "5 um"}, {key: "Gene", value: "A"}],
        ids: ["Image:1"], idempotencyKey: $key) { counts { done unchanged } }
    }"""
    first = ask(database, viewer, text, planned, key="one")
    again = ask(database, viewer, text, planned, key="one")
    other = ask(database, viewer, text, planned, key="two")
    removal = 'mutation { removeKeyValues(keys: ["gene"], ids: ["Image:1"]) { applied } }'
    ask(database, viewer, removal, planned)
    seen = '{ image(id: "Image:1") { keyValues { key value number unit } } }'

    assert first == again == {"setKeyValues": {"counts": {"done": 1, "unchanged": 0}}}
    assert other == {"setKeyValues": {"counts": {"done": 0, "unchanged": 1}}}
    assert ask(database, viewer, seen)["image"]["keyValues"] == [
        {"key": "Dose", "value": "5 um", "number": 5.0, "unit": "µm"}
    ]


@BOTH
def test_a_table_is_looked_at_then_written(
    database: Database, viewer: Viewer, planned: bool
) -> None:
    text = """mutation ($csv: String!, $dry: Boolean!) {
      importKeyValues(csv: $csv, type: "Image", parent: "Dataset:1", dryRun: $dry) {
        applied failed rows { line name node { id } error { code path }
          differences { key before after } }
      }
    }"""
    csv = "name;Dose (µM)\nImage 0.0.0;5\n"
    looked = ask(database, viewer, text, planned, csv=csv, dry=True)["importKeyValues"]
    wrong = ask(database, viewer, text, planned, csv=csv + "no;1\n", dry=False)["importKeyValues"]
    done = ask(database, viewer, text, planned, csv=csv, dry=False)["importKeyValues"]
    seen = ask(database, viewer, '{ image(id: "Image:1") { keyValues { value unit } } }')

    row = {
        "line": 2,
        "name": "Image 0.0.0",
        "node": {"id": "Image:1"},
        "error": None,
        "differences": [{"key": "Dose (µM)", "before": None, "after": "5"}],
    }
    assert looked == {"applied": False, "failed": 0, "rows": [row]}
    assert (wrong["applied"], wrong["failed"]) == (False, 1)
    assert wrong["rows"][1]["error"] == {"code": "invalid_input", "path": ["csv", "3"]}
    assert done == {"applied": True, "failed": 0, "rows": [row]}
    assert [pair["value"] for pair in seen["image"]["keyValues"]] == ["5"]


@BOTH
def test_a_table_that_is_sent_again_with_its_key_is_answered_alike(
    database: Database, viewer: Viewer, planned: bool
) -> None:
    text = """mutation ($value: String!, $csv: String!) {
      importKeyValues(csv: $csv, type: "Image", parent: "Dataset:1", idempotencyKey: "k") {
        applied failed rows { line name node { id } differences { key before after } } }
      setKeyValues(ids: ["Image:1"], pairs: [{key: "Gene", value: $value}]) { applied }
    }"""
    csv = "name,Gene\nImage 0.0.0,A\n"
    wrong = ask(database, viewer, text, planned, csv=csv + "no,B\n", value="A")
    first = ask(database, viewer, text, planned, csv=csv, value="B")
    again = ask(database, viewer, text, planned, csv=csv, value="C")
    other = GraphQL(database).answer(viewer, text, {"csv": csv + "x,B\n", "value": "D"})

    assert not wrong["importKeyValues"]["applied"]
    assert first["importKeyValues"]["applied"]
    assert again["importKeyValues"] == first["importKeyValues"]
    assert other["errors"][0]["extensions"]["code"] == "conflict"


@BOTH
def test_regions_are_drawn_and_their_shapes_found_in_view(
    database: Database, viewer: Viewer, planned: bool
) -> None:
    text = """mutation {
      createRois(items: [
        {image: "Image:1", name: "a", shapes: [
          {kind: RECTANGLE, x: 10, y: 10, width: 5, height: 5, strokeColor: "#FF0000", theZ: 1}
          {kind: POLYGON, points: "50,50 60,50 60,60", transform:
            {a00: 1, a10: 0, a01: 0, a11: 1, a02: 100, a12: 0}}]}
        {image: "Image:2", shapes: [{kind: POINT, x: 12, y: 12}]}
      ]) { applied items { node { ... on ROI { name shapeCount } } } }
      addShapes(roi: "ROI:1", shapes: [{kind: LABEL, x: 11, y: 11, text: "x", theC: 1}]) { applied }
      updateShapes(items: [{id: "Point:3", x: 500}, {id: "Label:4", text: null}]) {
        items { status node { ... on Point { x version } ... on Label { text } } }
      }
    }"""
    data = ask(database, viewer, text, planned)
    query = """query ($b: BoxInput, $z: Int, $c: Int) { images { nodes {
      shapes(bbox: $b, z: $z, c: $c, first: 1) {
        totalCount nodes { id } pageInfo { hasNextPage endCursor } } } } }"""

    def counted(**given: Any) -> list[int]:
        found = ask(database, viewer, query, planned, **given)["images"]["nodes"]
        return [image["shapes"]["totalCount"] for image in found]

    near = {"x": 0, "y": 0, "width": 20, "height": 20}

    assert data["createRois"]["items"][0]["node"] == {"name": "a", "shapeCount": 2}
    assert data["updateShapes"]["items"] == [
        {"status": "DONE", "node": {"x": 500.0, "version": 2}},
        {"status": "DONE", "node": {"text": None}},
    ]
    assert counted() == [3, 1, 0]
    assert counted(b=near) == [2, 0, 0]
    assert counted(b=near, z=0) == [1, 0, 0]
    assert counted(b=near, c=0) == [1, 0, 0]
    assert counted(z=1) == [3, 1, 0]
    assert counted(b={"x": 155, "y": 12, "width": 400, "height": 50}) == [1, 1, 0]


@BOTH
def test_mask_that_is_drawn_reads_back_with_its_bits(
    database: Database, viewer: Viewer, planned: bool
) -> None:
    text = """mutation ($bits: String) {
      createRois(items: [{image: "Image:1", shapes: [
        {kind: MASK, x: 3, y: 4, width: 5, height: 3, bits: $bits}]}]) {
        applied
        items { error { code message }
                node { ... on ROI { shapes { nodes { ... on Mask { x width bits } } } } } }
      }
    }"""
    bits = base64.b64encode(bytes([0b10101010, 0b01010100])).decode()
    made = ask(database, viewer, text, planned, bits=bits)["createRois"]["items"][0]
    short = ask(database, viewer, text, planned, bits="qg==")["createRois"]["items"][0]
    wrong = ask(database, viewer, text, planned, bits="%")["createRois"]["items"][0]

    assert made["node"]["shapes"]["nodes"] == [{"x": 3.0, "width": 5.0, "bits": bits}]
    assert "1 bytes; 5.0 × 3.0 pixels take 2" in short["error"]["message"]
    assert wrong["error"]["message"] == "The bits of a mask are no base64."


def test_pages_of_shapes_in_view_follow_each_other(database: Database, viewer: Viewer) -> None:
    shapes = ", ".join(f"{{kind: POINT, x: {n}, y: {n}}}" for n in range(9))
    ask(
        database,
        viewer,
        f'mutation {{ createRois(items: [{{image: "Image:1", shapes: [{shapes}]}}]) {{ applied }} }}',
    )
    query = """query ($after: String) { image(id: "Image:1") {
      shapes(bbox: {x: 2, y: 0, width: 4, height: 9}, first: 2, after: $after) {
        nodes { ... on Point { x } } pageInfo { hasNextPage endCursor } } } }"""
    found, after, more = [], None, True
    while more:
        page = ask(database, viewer, query, after=after)["image"]["shapes"]
        found += [node["x"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert found == [2.0, 3.0, 4.0, 5.0, 6.0]


@pytest.mark.parametrize(
    "text",
    [
        'mutation { rate(rating: 9, ids: ["Image:1"]) { applied } }',
        'mutation { addTags(tags: [" "], ids: ["Image:1"]) { applied } }',
        'mutation { addTags(tags: ["a"]) { applied } }',
        'mutation { addTags(tags: ["a"], ids: ["image"]) { applied } }',
        'mutation { removeAnnotations(annotations: ["Image:1"], ids: ["Image:1"]) { applied } }',
        'mutation { annotate(annotations: [{kind: XML, text: "<a>"}], ids: []) { applied } }',
        'mutation { importKeyValues(csv: "", type: "Image") { applied } }',
        'mutation { importKeyValues(csv: "a,a", type: "Image") { applied } }',
        'mutation { deleteShapes(ids: ["ROI:1"]) { applied } }',
        '{ image(id: "Image:1") { shapes(bbox: {x: 0, y: 0, width: -1, height: 1}) { totalCount } } }',
        '{ image(id: "Image:1") { shapes(z: -1) { totalCount } } }',
    ],
)
def test_what_can_never_work_is_refused(database: Database, viewer: Viewer, text: str) -> None:
    answer = GraphQL(database).answer(viewer, text)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["invalid_input"]
