import pytest

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from tests.build import hierarchy

CREATE = """mutation ($project: ID) {
  createDatasets(items: [{name: "New", description: "d"}], project: $project) {
    applied
    items { status node { ... on Dataset {
      id name description owner { userName } projects { nodes { id datasetCount } } imageCount
    } } }
  }
}"""


@pytest.mark.parametrize("planned", [True, False])
def test_a_dataset_is_made_in_its_project(
    database: Database, viewer: Viewer, planned: bool
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=0)

    answer = GraphQL(database).answer(viewer, CREATE, {"project": "Project:1"}, planned=planned)

    (item,) = answer["data"]["createDatasets"]["items"]
    made = item["node"]
    assert (made["id"], made["name"], made["imageCount"]) == ("Dataset:2", "New", 0)
    assert made["projects"]["nodes"] == [{"id": "Project:1", "datasetCount": 2}]


def test_each_change_sees_the_one_before(database: Database, viewer: Viewer) -> None:
    text = """mutation { createProjects(items: [{name: "A"}]) { items { id } }
      createDatasets(items: [{name: "B"}], project: "Project:1") {
        items { node { ... on Dataset { projects { nodes { name } } } } } } }"""

    answer = GraphQL(database).answer(viewer, text)

    assert answer["data"] == {
        "createProjects": {"items": [{"id": "Project:1"}]},
        "createDatasets": {"items": [{"node": {"projects": {"nodes": [{"name": "A"}]}}}]},
    }


def test_a_change_that_fails_leaves_nothing_behind(database: Database, viewer: Viewer) -> None:
    graphql = GraphQL(database)

    failed = graphql.answer(viewer, CREATE, {"project": "Project:42"})

    assert failed["errors"][0]["extensions"]["code"] == "not_found"
    assert failed["data"] is None
    assert graphql.answer(viewer, "{ datasets { totalCount } }")["data"] == {
        "datasets": {"totalCount": 0}
    }
