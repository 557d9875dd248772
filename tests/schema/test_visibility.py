import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from schema.build import GraphQL
from store import models
from store.access import Viewer
from store.database import Database
from store.models.enums import GroupPermissions
from tests.build import give_inside, hierarchy
from tests.people import group, person
from tests.schema.world import World, make_world

MILLISECONDS = re.compile(rb',"milliseconds":[0-9.]+')
EVERYTHING = """{
  projects { totalCount nodes { id datasetCount datasets { totalCount nodes { id } } } }
  datasets { totalCount nodes { id imageCount images { totalCount nodes { id } }
    projects { totalCount nodes { id } } } }
  images { totalCount nodes { id datasets { totalCount nodes { id } }
    fileset { id files { id } images { totalCount nodes { id } } }
    pixels { id channels { id } planes { totalCount nodes { id } } image { id } } } }
}"""


@pytest.fixture
def world(database: Database) -> World:
    with database.writing() as session:
        for person in session.query(models.Experimenter):
            person.user_name = "first"
        session.flush()
        return make_world(session, 3)


def visible_ids(world: World, viewer: Viewer, *kinds: Any) -> set[str]:
    """Say in plain Python which rows a viewer may see."""
    found = set()
    for row in world.rows:
        if not isinstance(row, kinds) or row.deleted_event_id is not None:
            continue
        mine = row.owner_id == viewer.experimenter_id
        if viewer.administrator or mine or row.group_id in viewer.shares | viewer.leads:
            found.add(f"{type(row).__name__}:{row.id}")
    return found


def objects(answer: Any) -> Iterator[dict[str, Any]]:
    """Iterate over all objects in an answer."""
    if isinstance(answer, list):
        for one in answer:
            yield from objects(one)
    elif isinstance(answer, dict):
        yield answer
        for one in answer.values():
            yield from objects(one)


def test_everybody_sees_what_the_rules_say_and_nothing_else(
    database: Database, world: World
) -> None:
    graphql = GraphQL(database)
    for viewer in world.viewers:
        answer = graphql.answer(viewer, EVERYTHING)
        seen = {one["id"] for one in objects(answer["data"]) if "id" in one}

        assert "errors" not in answer
        containers = visible_ids(world, viewer, models.Project, models.Dataset, models.Image)
        assert {
            one for one in seen if one.startswith(("Project", "Dataset", "Image"))
        } == containers
        assert seen - containers <= visible_ids(world, viewer, models.Owned)


def test_counts_are_those_of_the_rows_that_are_seen(database: Database, world: World) -> None:
    graphql = GraphQL(database)
    for viewer in world.viewers:
        data = graphql.answer(viewer, EVERYTHING)["data"]

        for one in objects(data):
            if "totalCount" in one:
                assert one["totalCount"] == len(one["nodes"])
        for project in data["projects"]["nodes"]:
            assert project["datasetCount"] == project["datasets"]["totalCount"]
        for dataset in data["datasets"]["nodes"]:
            assert dataset["imageCount"] == dataset["images"]["totalCount"]


def test_the_hidden_and_the_unknown_give_the_same_bytes(database: Database, world: World) -> None:
    graphql = GraphQL(database)
    stranger = world.viewers[-1]
    text = "query ($id: ID!) { node(id: $id) { id ... on Image { name } ... on Pixels { sizeX } } }"

    def said(key: str) -> bytes:
        answer = graphql.execute(stranger, text, {"id": key})
        assert MILLISECONDS.search(answer)
        return MILLISECONDS.sub(b"", answer)

    unknown = {kind: said(f"{kind}:999999") for kind in ("Image", "Pixels")}

    for row in world.rows:
        kind = type(row).__name__
        if kind in unknown:
            assert said(f"{kind}:{row.id}") == unknown[kind]


def test_what_others_own_in_ones_own_things_is_neither_shown_nor_counted(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        private = group(session, viewer, GroupPermissions.PRIVATE)
        ada = person(session, viewer, "ada", [private])
        bob = person(session, viewer, "bob", [private])
        built = hierarchy(session, ada, projects=1, datasets=1, channels=2, group_id=private)
        give_inside(session, built, bob)
    text = """query ($id: ID!) { dataset(id: $id) { imageCount images { totalCount
      nodes { id pixels { channels { id } } } } } }"""
    found = GraphQL(database).answer(ada, text, {"id": f"Dataset:{built.datasets[0]}"})["data"]

    assert found["dataset"]["imageCount"] == found["dataset"]["images"]["totalCount"] == 2
    nodes = found["dataset"]["images"]["nodes"]
    assert [node["id"] for node in nodes] == [f"Image:{key}" for key in built.images[1:]]
    assert [len(node["pixels"]["channels"]) for node in nodes] == [1, 2]


def test_orphans_are_what_is_in_no_container_that_is_seen(database: Database, world: World) -> None:
    graphql = GraphQL(database)
    text = """{ images(orphaned: true) { totalCount nodes { id } }
      all: images { nodes { id datasets { totalCount } } } }"""
    for viewer in world.viewers:
        data = graphql.answer(viewer, text)["data"]

        expected = [
            node["id"] for node in data["all"]["nodes"] if node["datasets"]["totalCount"] == 0
        ]
        assert [node["id"] for node in data["images"]["nodes"]] == expected
        assert data["images"]["totalCount"] == len(expected)


def test_an_image_in_a_well_is_no_orphan(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=3)
        session.execute(sa.delete(models.DatasetImageLink))
        event = session.scalars(sa.select(models.Event.id)).first()
        assert event is not None
        owned = {"owner_id": 1, "group_id": 1, "creation_event_id": event, "update_event_id": event}
        plate = models.Plate(name="plate", **owned)
        session.add(plate)
        session.flush()
        well = models.Well(plate_id=plate.id, row=0, column=0, **owned)
        session.add(well)
        session.flush()
        field = {"well_id": well.id, "index": 0, "image_id": built.images[1]}
        session.add(models.WellSample(**field, **owned))
    answer = GraphQL(database).answer(viewer, "{ images(orphaned: true) { nodes { id } } }")

    found = [node["id"] for node in answer["data"]["images"]["nodes"]]
    assert found == [f"Image:{built.images[0]}", f"Image:{built.images[2]}"]
