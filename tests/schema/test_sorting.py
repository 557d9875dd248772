import itertools
from typing import Any

import pytest
import sqlalchemy as sa

from schema import connections
from schema.build import GraphQL
from store import models
from store.access import Viewer
from store.database import Database
from store.models.annotations import RATING_NAMESPACE
from tests.build import EPOCH, hierarchy
from tests.schema.test_filters import annotate

WIDTHS = [30, 10, 20, 10, None, 40]
"""Of images; one has no pixels."""
RATINGS: list[list[int]] = [[3], [], [5], [1, 4], [], [3]]
DOSES = [["2 mm"], ["high"], ["500 µm"], ["low", "none"], [], ["3 mm"]]
BYTES = [900, 900, None, 5, 5, 7]
"""Of the files of images; some share a fileset, one has none."""
EXPECTED = {
    "SAMPLES_ASC": [2, 4, 3, 1, 6, 5],
    "SAMPLES_DESC": [6, 1, 3, 4, 2, 5],
    "FILE_SIZE_ASC": [4, 5, 6, 1, 2, 3],
    "FILE_SIZE_DESC": [2, 1, 6, 5, 4, 3],
    "RATING_ASC": [4, 1, 6, 3, 2, 5],
    "RATING_DESC": [3, 6, 1, 4, 5, 2],
    "KEY_VALUE_ASC": [3, 1, 6, 2, 4, 5],
    "KEY_VALUE_DESC": [6, 1, 3, 4, 2, 5],
}


@pytest.fixture
def graphql(database: Database, viewer: Viewer) -> GraphQL:
    """One dataset of six images that differ in all that they can be sorted by."""
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=len(WIDTHS))
        filesets: dict[int, int] = {}
        for number, key in enumerate(built.images):
            image = session.get_one(models.Image, key)
            pixels = session.scalars(sa.select(models.Pixels).filter_by(image_id=key)).one()
            width, size = WIDTHS[number], BYTES[number]
            pixels.size_x = width or 1000
            if width is None:
                pixels.deleted_event_id = image.creation_event_id
            image.fileset_id = None if size is None else _fileset(session, image, size, filesets)
            for rating in RATINGS[number]:
                space = {"namespace": RATING_NAMESPACE, "long_value": rating}
                annotate(session, image, models.LongAnnotation, **space)
            for dose in DOSES[number]:
                annotate(session, image, models.MapAnnotation, [("Dose", dose), ("other", "1")])
            # What others see of it makes no difference to this order.
            hidden = annotate(
                session, image, models.LongAnnotation, namespace=RATING_NAMESPACE, long_value=number
            )
            hidden.deleted_event_id = image.creation_event_id
    return GraphQL(database)


def _fileset(session: Any, image: models.Image, size: int, known: dict[int, int]) -> int:
    if size in known:
        return known[size]
    owned = {
        name: getattr(image, name)
        for name in ("owner_id", "group_id", "creation_event_id", "update_event_id")
    }
    fileset = models.Fileset(root="/", format="OME-TIFF", identity=str(size), **owned)
    session.add(fileset)
    session.flush()
    for index, part in enumerate((size - 1, 1)):
        file = models.OriginalFile(
            name=f"{size}.{index}",
            path=f"/{size}.{index}",
            size=part,
            modified=EPOCH,
            mtime_ns=0,
            **owned,
        )
        session.add(file)
        session.flush()
        session.add(
            models.FilesetEntry(
                fileset_id=fileset.id,
                index=index,
                original_file_id=file.id,
                client_path=file.path,
                **owned,
            )
        )
    known[size] = fileset.id
    return fileset.id


def walk(graphql: GraphQL, viewer: Viewer, order: str, first: int, place: str) -> list[int]:
    """Page to the end of a list, alike in both executors; returns the numbers of all pages."""
    key = ', orderKey: "DOSE"' if order.startswith("KEY_VALUE") else ""
    page = f"images(first: {first}, after: $after, orderBy: {order}{key})"
    fields = "{ totalCount nodes { id } pageInfo { hasNextPage endCursor } }"
    text = f"query ($after: String) {{ {place} {{ {page} {fields} }} }}"
    seen: list[int] = []
    after = None
    for _ in itertools.count():
        answer = graphql.answer(viewer, text, {"after": after})
        assert "errors" not in answer, answer["errors"]
        again = graphql.answer(viewer, text, {"after": after}, planned=False)
        assert again["data"] == answer["data"]
        found = answer["data"].get("dataset", answer["data"])["images"]
        seen += [int(node["id"].partition(":")[2]) for node in found["nodes"]]
        after = found["pageInfo"]["endCursor"]
        assert found["totalCount"] == len(WIDTHS)
        if not found["pageInfo"]["hasNextPage"]:
            return seen
    raise AssertionError


@pytest.mark.parametrize("order", EXPECTED)
def test_what_no_column_holds_sorts_pages(graphql: GraphQL, viewer: Viewer, order: str) -> None:
    for first in (1, 4, 6):
        for place in ('dataset(id: "Dataset:1")', "... @include(if: true)"):
            assert walk(graphql, viewer, order, first, place) == EXPECTED[order]


def test_pages_of_many_parents_are_sorted_each(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=2, datasets=2, images=2)
        for key in built.images[::2]:
            image = session.get_one(models.Image, key)
            annotate(
                session, image, models.LongAnnotation, namespace=RATING_NAMESPACE, long_value=2
            )
    graphql = GraphQL(database)
    text = """{ datasets(orderBy: ID_DESC) { nodes { id images(orderBy: RATING_ASC, first: 2) {
        nodes { id } pageInfo { hasNextPage } } } } }"""
    answer = graphql.answer(viewer, text)

    assert graphql.answer(viewer, text, planned=False)["data"] == answer["data"]
    found = [
        [int(image["id"].partition(":")[2]) for image in one["images"]["nodes"]]
        for one in answer["data"]["datasets"]["nodes"]
    ]
    rated = set(built.images[::2])
    listed = [sorted(keys, key=lambda key: (key not in rated, key)) for keys in found]
    assert found == listed
    assert sorted(itertools.chain(*found)) == sorted(built.images)


def test_containers_are_sorted_by_how_much_is_in_them(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=2, images=1)
        hierarchy(session, viewer, projects=1, datasets=1, images=3)
    graphql = GraphQL(database)
    text = """{ projects(orderBy: DATASETS_DESC) { nodes { id } }
      datasets(orderBy: IMAGES_DESC) { nodes { id } }
      screens(orderBy: RATING_DESC) { nodes { id } }
      plates(orderBy: KEY_VALUE_ASC, orderKey: "dose") { nodes { id } } }"""
    data = graphql.answer(viewer, text)["data"]

    assert [one["id"] for one in data["projects"]["nodes"]] == ["Project:1", "Project:2"]
    assert [one["id"] for one in data["datasets"]["nodes"]] == [
        "Dataset:3",
        "Dataset:2",
        "Dataset:1",
    ]
    assert data["screens"]["nodes"] == data["plates"]["nodes"] == []


@pytest.mark.parametrize("planned", [True, False])
def test_lists_that_are_too_long_say_so(
    graphql: GraphQL, viewer: Viewer, planned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "SORTED_MAX", 4)
    asked = 'orderBy: RATING_ASC, filter: { id: { in: ["Image:3", "Image:1"] } }'
    narrow = f"{{ images({asked}) {{ nodes {{ id }} }} }}"
    wide = "{ images(orderBy: RATING_ASC) { nodes { id } } }"
    below = '{ dataset(id: "Dataset:1") { images(orderBy: SAMPLES_ASC) { nodes { id } } } }'

    found = graphql.answer(viewer, narrow, planned=planned)["data"]["images"]["nodes"]
    assert [one["id"] for one in found] == ["Image:1", "Image:3"]
    for text in (wide, below):
        (error,) = graphql.answer(viewer, text, planned=planned)["errors"]
        assert error["extensions"]["code"] == "invalid_input"
        assert "sorts lists of at most 4 rows" in error["message"]
        assert "filter" in error["extensions"]["remedy"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("orderBy: KEY_VALUE_ASC", "`orderKey` of Query.images is missing"),
        ('orderBy: KEY_VALUE_ASC, orderKey: "  "', "`orderKey` of Query.images is missing"),
        ('orderBy: NAME_ASC, orderKey: "dose"', "says nothing about the order NAME_ASC"),
    ],
)
def test_a_key_belongs_to_the_order_by_key_values(
    graphql: GraphQL, viewer: Viewer, arguments: str, message: str
) -> None:
    (error,) = graphql.answer(viewer, f"{{ images({arguments}) {{ nodes {{ id }} }} }}")["errors"]

    assert error["extensions"]["code"] == "invalid_input"
    assert message in error["message"]


def test_a_cursor_of_another_key_is_refused(graphql: GraphQL, viewer: Viewer) -> None:
    text = """query ($after: String, $key: String) {
      images(first: 1, after: $after, orderBy: KEY_VALUE_ASC, orderKey: $key) {
        pageInfo { endCursor } } }"""
    page = graphql.answer(viewer, text, {"key": 'do:"se'})["data"]["images"]["pageInfo"]

    again = graphql.answer(viewer, text, {"key": 'DO:"se', "after": page["endCursor"]})
    (error,) = graphql.answer(viewer, text, {"key": "other", "after": page["endCursor"]})["errors"]

    assert "errors" not in again
    assert "is no cursor of Query.images" in error["message"]


@pytest.mark.parametrize("order", ["KEY_VALUE_ASC", "KEY_VALUE_DESC"])
def test_numbers_in_texts_sort_by_value(database: Database, viewer: Viewer, order: str) -> None:
    """As names do: without case and accents too, and the same on every page."""
    texts = ["well 10", "Well 2", "WELL 002", "éclair 3", "Eclair 12", "plain"]
    expected = ["éclair 3", "Eclair 12", "plain", "Well 2", "WELL 002", "well 10"]
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=len(texts))
        for key, text in zip(built.images, texts, strict=True):
            image = session.get_one(models.Image, key)
            annotate(session, image, models.MapAnnotation, [("Dose", text)])
    if order.endswith("DESC"):
        expected.reverse()

    graphql = GraphQL(database)
    for first in (1, 2, 6):
        seen = walk(graphql, viewer, order, first, "... @include(if: true)")
        assert [texts[number - 1] for number in seen] == expected
