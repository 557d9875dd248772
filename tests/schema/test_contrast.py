"""Windows that are found for an image, from what is known of it."""

from typing import Any

import pytest

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from tests.build import hierarchy

FOUND = """query ($image: ID! = "Image:1", $rule: WindowRule! = MIN_MAX, $channels: [Int!],
  $low: Float! = 1, $high: Float! = 99, $z: Int) {
  autoContrast(image: $image, rule: $rule, channels: $channels, low: $low, high: $high, z: $z) {
    channels { index start end } text level
  }
}"""


@pytest.fixture
def graphql(database: Database, viewer: Viewer) -> GraphQL:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=1, channels=3)
    return GraphQL(database)


def asked(graphql: GraphQL, viewer: Viewer, **variables: Any) -> Any:
    answer = graphql.answer(viewer, FOUND, variables)
    assert "errors" not in answer, answer
    return answer["data"]["autoContrast"]


def test_the_smallest_and_largest_samples_make_windows(graphql: GraphQL, viewer: Viewer) -> None:
    found = asked(graphql, viewer, channels=[2, 0])

    assert found["channels"] == [
        {"index": 2, "start": 0, "end": 1002},
        {"index": 0, "start": 0, "end": 1000},
    ]
    # The image is shown so already.
    assert (found["text"], found["level"]) == ("", None)


def test_the_full_range_is_that_of_the_pixel_type(graphql: GraphQL, viewer: Viewer) -> None:
    found = asked(graphql, viewer, rule="FULL_RANGE", channels=[1])

    assert found["channels"] == [{"index": 1, "start": 0, "end": 65535}]
    assert found["text"] == "c=2:0-65535"


def test_the_text_can_be_saved(graphql: GraphQL, viewer: Viewer) -> None:
    text = asked(graphql, viewer, rule="FULL_RANGE")["text"]
    save = """mutation ($text: String!) {
      saveRenderingSettings(items: [{image: "Image:1", text: $text}]) { applied } }"""

    saved = graphql.answer(viewer, save, {"text": text})

    assert saved["data"]["saveRenderingSettings"]["applied"]
    assert asked(graphql, viewer, rule="FULL_RANGE")["text"] == ""
    assert asked(graphql, viewer)["text"] == "c=1:0-1000,2:0-1001,3:0-1002"


def test_an_image_that_is_not_there_has_no_windows(graphql: GraphQL, viewer: Viewer) -> None:
    assert asked(graphql, viewer, image="Image:99") is None


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"channels": [3]}, "invalid_input"),
        ({"channels": [-1]}, "invalid_input"),
        ({"low": 50, "high": 50}, "invalid_input"),
        ({"low": -1}, "invalid_input"),
        ({"high": 101}, "invalid_input"),
        ({"z": 1}, "invalid_input"),
        ({"image": "Dataset:1"}, "invalid_input"),
        ({"rule": "PERCENTILES"}, "unavailable"),  # this schema has no reader of samples
    ],
)
def test_what_cannot_be_found_is_said(
    graphql: GraphQL, viewer: Viewer, variables: dict[str, Any], code: str
) -> None:
    (error,) = graphql.answer(viewer, FOUND, variables)["errors"]

    assert error["extensions"]["code"] == code
    assert error["extensions"]["remedy"]
