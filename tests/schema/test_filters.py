import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from schema.build import GraphQL
from store import models
from store.access import Viewer
from store.database import Database
from store.models.pairs import pair_row
from store.queries.people import viewer_by_experimenter
from tests.build import EPOCH, hierarchy

NAMES = ["field 1", "Field 10", "50% off", "a_b", "éclair", "ÉCLAIR 2"]
DAYS = [1, 2, None, 4, 5, 6]
TAGS = [["mitosis"], ["mitosis", "Bad"], [], ["bad"], [], ["hidden"]]
PAIRS = [
    {"Temperature": "37 °C", "n": "1"},
    {"temperature": "310.15 K", "n": "2.5"},
    {"Temperature": "98.6 °F"},
    {"Temperature": "hot", "n": "10"},
    {"Gene": "BRCA2"},
    {},
]
SIZES: list[tuple[float | None, str | None]] = [
    *[(0.25, "µm"), (250, "nm"), (1, None), (2, "pixel"), (None, "µm"), (0.25, "pixel")],
]


def annotate(session: Any, image: Any, kind: Any, pairs: Any = (), **values: Any) -> Any:
    """Put an annotation, with pairs if it is a map, on an image, with its owner and group."""
    owned = {
        name: getattr(image, name)
        for name in ("owner_id", "group_id", "creation_event_id", "update_event_id")
    }
    owned |= {name: values.pop(name) for name in ("owner_id",) if name in values}
    annotation = kind(**values, **owned)
    session.add(annotation)
    session.flush()
    for index, (key, value) in enumerate(dict(pairs).items()):
        row = pair_row(key, value)
        session.add(models.MapPair(annotation_id=annotation.id, index=index, **row))
    link = {"parent_type": "Image", "parent_id": image.id, "child_id": annotation.id}
    session.add(models.AnnotationLink(**link, **owned))
    return annotation


@pytest.fixture
def graphql(database: Database, viewer: Viewer) -> GraphQL:
    """One dataset of six images that differ in everything that is asked for below."""
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=len(NAMES))
        for number, key in enumerate(built.images):
            image = session.get_one(models.Image, key)
            image.name = NAMES[number]
            image.description = None if number % 2 else NAMES[number].upper()
            day = DAYS[number]
            taken = dt.datetime(2026, 1, day, tzinfo=dt.UTC) if day else None
            image.acquisition_date = taken
            pixels = session.scalars(sa.select(models.Pixels).filter_by(image_id=key)).one()
            pixels.physical_size_x, pixels.physical_size_x_unit = SIZES[number]
            pixels.size_x = 100 * (number + 1)
            for tag in TAGS[number]:
                folded = {"text_value": tag, "text_key": tag.casefold()}
                made = annotate(session, image, models.TagAnnotation, **folded)
                if tag == "hidden":
                    made.deleted_event_id = image.creation_event_id
            if PAIRS[number]:
                space = {"namespace": "lab"} if number < 2 else {}
                annotate(session, image, models.MapAnnotation, PAIRS[number], **space)
    return GraphQL(database)


def found(graphql: GraphQL, viewer: Viewer, asked: dict[str, Any]) -> list[int]:
    """Return which images a filter finds, by number; alike in both executors and both lists."""
    below = 'dataset(id: "Dataset:1") { images(filter: $asked) { totalCount nodes { id } } }'
    text = f"query ($asked: ImageFilter) {{ images(filter: $asked) {{ totalCount nodes {{ id }} }} {below} }}"
    answer = graphql.answer(viewer, text, {"asked": asked})
    assert "errors" not in answer, answer["errors"]
    assert graphql.answer(viewer, text, {"asked": asked}, planned=False)["data"] == answer["data"]
    images = answer["data"]["images"]
    assert answer["data"]["dataset"]["images"] == images
    assert images["totalCount"] == len(images["nodes"])
    return [int(node["id"].partition(":")[2]) - 1 for node in images["nodes"]]


CASES: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [0, 1, 2, 3, 4, 5]),
    ({"name": {"eq": "field 1"}}, [0]),
    ({"name": {"in": ["field 1", "FIELD 10", "a_b"]}}, [0, 3]),
    ({"name": {"in": []}}, []),
    ({"name": {"contains": "IELD 1"}}, [0, 1]),
    ({"name": {"contains": "%"}}, [2]),
    ({"name": {"contains": "_"}}, [3]),
    ({"name": {"contains": "*"}}, []),
    ({"name": {"startsWith": "field 1"}}, [0, 1]),
    ({"name": {"startsWith": "Éc"}}, [4, 5]),
    ({"name": {"startsWith": ""}}, [0, 1, 2, 3, 4, 5]),
    ({"description": {"isNull": True}}, [1, 3, 5]),
    ({"not": {"description": {"contains": "éclair"}}}, [0, 1, 2, 3, 5]),
    ({"or": []}, []),
    ({"and": []}, [0, 1, 2, 3, 4, 5]),
    ({"or": [{"name": {"eq": "a_b"}}, {"name": {"eq": "éclair"}}]}, [3, 4]),
    ({"and": [{"name": {"contains": "f"}}, {"name": {"contains": "0"}}]}, [1, 2]),
    ({"name": None, "series": {"eq": 0}}, [0, 1, 2, 3, 4, 5]),
    ({"series": {"min": 1}}, []),
    ({"id": {"in": ["Image:2", "Image:9999"]}}, [1]),
    ({"owner": {"in": ["Experimenter:1"]}}, [0, 1, 2, 3, 4, 5]),
    ({"owner": {"in": ["Experimenter:2"]}}, []),
    ({"owner": {"name": "ROOT"}}, [0, 1, 2, 3, 4, 5]),
    ({"owner": {"name": "nobody"}}, []),
    ({"owner": {"name": "root", "in": ["Experimenter:2"]}}, []),
    ({"not": {"group": {"name": "no such group"}}}, [0, 1, 2, 3, 4, 5]),
    ({"created": {"from": EPOCH.isoformat()}}, [0, 1, 2, 3, 4, 5]),
    ({"created": {"to": EPOCH.isoformat()}}, []),
    (
        {"acquisitionDate": {"from": "2026-01-02T00:00:00Z", "to": "2026-01-04T00:00:00Z"}},
        [1],
    ),
    ({"acquisitionDate": {"isNull": True}}, [2]),
    ({"pixels": {"sizeX": {"min": 300, "max": 400}}}, [2, 3]),
    ({"pixels": {"type": {"eq": "UINT16"}, "sizeX": {"in": [100]}}}, [0]),
    ({"pixels": {"channels": {"name": {"eq": "Channel 1"}}, "sizeX": {"eq": 200}}}, [1]),
    ({"pixels": {"physicalSizeX": {"min": 250, "max": 250, "unit": "nm"}}}, [0, 1]),
    ({"pixels": {"physicalSizeX": {"min": 0.5, "unit": "um"}}}, [2]),
    ({"pixels": {"physicalSizeX": {"max": 1, "unit": "pixel"}}}, [5]),
    ({"pixels": {"physicalSizeX": {"isNull": True}}}, [4]),
    ({"datasets": {"name": {"startsWith": "dataset"}}}, [0, 1, 2, 3, 4, 5]),
    ({"datasets": {"projects": {"name": {"eq": "no such"}}}}, []),
    ({"fileset": {}}, []),
    ({"tag": {}}, [0, 1, 3]),
    ({"tag": {"eq": "mitosis"}}, [0, 1]),
    ({"tag": {"startsWith": "BA"}}, [1, 3]),
    ({"and": [{"tag": {"eq": "mitosis"}}, {"tag": {"eq": "Bad"}}]}, [1]),
    ({"not": {"tag": {}}}, [2, 4, 5]),
    ({"tag": {"eq": "hidden"}}, []),
    ({"keyValue": [{"key": "temperature"}]}, [0, 1, 2, 3]),
    ({"keyValue": [{"key": "gene", "eq": "brca2"}]}, [4]),
    ({"keyValue": [{"contains": "rca"}]}, [4]),
    ({"keyValue": [{"startsWith": "BR"}]}, [4]),
    ({"keyValue": [{"key": "temperature", "min": 36.9, "max": 37.1, "unit": "°C"}]}, [0, 1, 2]),
    ({"keyValue": [{"key": "temperature", "min": 0}]}, []),
    ({"keyValue": [{"key": "n", "min": 2, "max": 10}]}, [1, 3]),
    ({"keyValue": [{"key": "n", "in": ["1", "10"]}]}, [0, 3]),
    ({"keyValue": [{"key": "n"}, {"key": "temperature", "eq": "hot"}]}, [3]),
    ({"keyValue": [{"key": "temperature", "namespace": "lab"}]}, [0, 1]),
    ({"annotation": {"namespace": {"eq": "lab"}}}, [0, 1]),
    ({"annotation": {"kind": {"eq": "TAG_ANNOTATION"}}}, [0, 1, 3]),
    ({"wellSamples": {}}, []),
]


@pytest.mark.slow
def test_filters_find_what_they_ask_for(graphql: GraphQL, viewer: Viewer) -> None:
    for asked, expected in CASES:
        assert (asked, found(graphql, viewer, asked)) == (asked, expected)


HOSTILE: list[tuple[dict[str, Any], str]] = [
    ({"name": {"eq": "a\0b"}}, "filter.name.eq"),
    ({"name": {"contains": "\ud800"}}, "filter.name.contains"),
    ({"name": {"startsWith": "x" * 1025}}, "filter.name.startsWith"),
    ({"name": {"in": ["x"] * 1001}}, "filter.name.in"),
    ({"name": {"in": ["x", "a\0"]}}, "filter.name.in[1]"),
    ({"id": {"in": ["Dataset:1"]}}, "filter.id.in[0]"),
    ({"owner": {"in": ["nonsense"]}}, "filter.owner.in[0]"),
    ({"tag": {"ids": ["Image:1"]}}, "filter.tag.ids[0]"),
    ({"acquisitionDate": {"from": "2026-01-01T00:00:00"}}, "filter.acquisitionDate.from"),
    ({"pixels": {"physicalSizeX": {"min": 1}}}, "filter.pixels.physicalSizeX"),
    ({"pixels": {"physicalSizeX": {"min": 1, "unit": "s"}}}, "filter.pixels.physicalSizeX.unit"),
    ({"keyValue": [{"min": 1, "unit": "furlong"}]}, "filter.keyValue[0].unit"),
    ({"and": [{"name": {"eq": "x"}}] * 101}, "filter.and[100].name"),
    ({"or": [{}] * 1001}, "filter.or"),
]


def nested(depth: int) -> dict[str, Any]:
    """Make a filter with others inside each other."""
    return {"not": nested(depth - 1)} if depth else {"name": {"eq": "a_b"}}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_can_never_work_is_refused_with_its_place(graphql: GraphQL, viewer: Viewer) -> None:
    text = "query ($asked: ImageFilter) { images(filter: $asked) { nodes { id } } }"
    for asked, path in [*HOSTILE, (nested(9), "not.not")]:
        (error,) = graphql.answer(viewer, text, {"asked": asked})["errors"]

        assert error["extensions"]["code"] == "invalid_input"
        assert path in error["message"]


def test_as_deep_as_is_allowed_is_answered(graphql: GraphQL, viewer: Viewer) -> None:
    assert found(graphql, viewer, nested(8)) == [3]


def test_what_a_viewer_may_not_see_matches_nothing(
    database: Database, graphql: GraphQL, viewer: Viewer
) -> None:
    with database.writing() as session:
        group = models.ExperimenterGroup(name="shared", permissions="read-only")
        people = [models.Experimenter(user_name=name) for name in ("one", "two")]
        session.add_all([group, *people])
        session.flush()
        for person in people:
            session.add(models.Membership(experimenter_id=person.id, group_id=group.id))
        image = session.get_one(models.Image, 1)
        private = annotate(
            session, image, models.TagAnnotation, text_value="private", text_key="private"
        )
        annotate(session, image, models.MapAnnotation, {"secret": "1"})
        assert private.group_id != group.id
        image.group_id, image.owner_id = group.id, people[0].id
        session.flush()
        member = viewer_by_experimenter(session, people[1].id)
    text = "query ($asked: ImageFilter) { images(filter: $asked) { nodes { id } } }"

    def seen(who: Viewer, asked: dict[str, Any]) -> list[Any]:
        nodes: list[Any] = graphql.answer(who, text, {"asked": asked})["data"]["images"]["nodes"]
        return nodes

    hidden: Sequence[dict[str, Any]] = (
        {"tag": {"eq": "private"}},
        {"keyValue": [{"key": "secret"}]},
        {"annotation": {}},
        {"pixels": {}},
        {"datasets": {}},
    )
    for asked in hidden:
        assert (len(seen(viewer, asked)) > 0, seen(member, asked)) == (True, []), asked
    assert seen(member, {}) == [{"id": "Image:1"}]


def test_cursors_of_another_filter_are_refused(graphql: GraphQL, viewer: Viewer) -> None:
    text = """query ($asked: ImageFilter, $after: String) {
      images(filter: $asked, after: $after, first: 1) {
        nodes { id } pageInfo { endCursor hasNextPage } } }"""
    asked = {"tag": {"eq": "mitosis"}}
    page = graphql.answer(viewer, text, {"asked": asked})["data"]["images"]
    after = page["pageInfo"]["endCursor"]

    same = graphql.answer(viewer, text, {"asked": {"tag": {"eq": "mitosis"}}, "after": after})
    others = [
        graphql.answer(viewer, text, {"asked": other, "after": after})
        for other in (None, {}, {"tag": {"eq": "bad"}}, {"tag": {"startsWith": "mitosis"}})
    ]

    assert page["pageInfo"]["hasNextPage"]
    assert same["data"]["images"]["nodes"] == [{"id": "Image:2"}]
    assert [other["errors"][0]["extensions"]["code"] for other in others] == ["invalid_input"] * 4


def test_a_filter_needs_no_further_statement(
    database: Database, graphql: GraphQL, viewer: Viewer, statements: Any
) -> None:
    text = """query ($asked: ImageFilter) { datasets { nodes {
      images(filter: $asked) { nodes { id } } } } }"""
    asked = {"tag": {"eq": "mitosis"}, "keyValue": [{"key": "n"}], "pixels": {"sizeX": {"min": 1}}}

    with statements(database, 2):
        graphql.answer(viewer, text, {"asked": asked})


def test_plates_without_a_screen_are_found(
    database: Database, graphql: GraphQL, viewer: Viewer
) -> None:
    with database.writing() as session:
        image = session.get_one(models.Image, 1)
        owned = {
            name: getattr(image, name)
            for name in ("owner_id", "group_id", "creation_event_id", "update_event_id")
        }
        plates = [models.Plate(name=f"p{number}", **owned) for number in range(2)]
        screen = models.Screen(name="s", **owned)
        session.add_all([*plates, screen])
        session.flush()
        session.add(models.ScreenPlateLink(parent_id=screen.id, child_id=plates[0].id, **owned))
    text = '{ plates(orphaned: true, filter: {name: {startsWith: "P"}}) { nodes { name } } }'

    assert graphql.answer(viewer, text)["data"] == {"plates": {"nodes": [{"name": "p1"}]}}
