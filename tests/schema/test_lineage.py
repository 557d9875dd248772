"""Where things are, what happened to them, and what can be restored."""

from typing import Any

import pytest

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from store.models.enums import GroupPermissions
from tests import people
from tests.build import hierarchy

PATHS = """query ($id: ID!, $first: Int) {
  pathsTo(id: $id, first: $first) { complete paths { nodes { id __typename } } }
}"""


@pytest.fixture
def graphql(database: Database) -> GraphQL:
    return GraphQL(database)


def ways(answer: Any) -> list[str]:
    return [
        " ".join(node["id"] for node in path["nodes"])
        for path in answer["data"]["pathsTo"]["paths"]
    ]


def run(graphql: GraphQL, viewer: Viewer, text: str, **variables: Any) -> Any:
    answer = graphql.answer(viewer, text, variables)
    assert "errors" not in answer, answer
    return answer


@pytest.fixture
def placed(database: Database, viewer: Viewer, graphql: GraphQL) -> None:
    """An image in two datasets of a project and another, in a well, and in a folder of a folder."""
    with database.writing() as session:
        hierarchy(session, viewer, projects=2, datasets=1, images=1, channels=1)
    run(
        graphql,
        viewer,
        """mutation {
          link(parents: ["Dataset:2"], children: ["Image:1"]) { applied }
          createFolders(items: [{name: "a"}]) { applied }
          b: createFolders(items: [{name: "b", parent: "Folder:1"}]) { applied }
          c: link(parents: ["Folder:2"], children: ["Image:1"]) { applied }
        }""",
    )
    run(
        graphql,
        viewer,
        """mutation {
          createScreens(items: [{name: "s"}]) { applied }
          createPlates(items: [{name: "p"}], screen: "Screen:1") { applied }
          createWells(items: [{plate: "Plate:1", row: 0, column: 0}]) { applied }
          createWellSamples(items: [{well: "Well:1", index: 0, image: "Image:1"}]) {
            items { error { message } } }
        }""",
    )


@pytest.mark.parametrize("planned", [True, False])
@pytest.mark.usefixtures("placed")
def test_all_ways_lead_from_the_roots_down(viewer: Viewer, graphql: GraphQL, planned: bool) -> None:
    answer = graphql.answer(viewer, PATHS, {"id": "Image:1"}, planned=planned)

    assert ways(answer) == [
        "Project:1 Dataset:1 Image:1",
        "Project:2 Dataset:2 Image:1",
        "Folder:1 Folder:2 Image:1",
        "Screen:1 Plate:1 Well:1 WellSample:1 Image:1",
    ]
    assert answer["data"]["pathsTo"]["complete"] is True


@pytest.mark.usefixtures("placed")
def test_ways_beyond_those_asked_for_are_told_of(viewer: Viewer, graphql: GraphQL) -> None:
    answer = graphql.answer(viewer, PATHS, {"id": "Channel:1", "first": 2})

    assert ways(answer) == [
        "Project:1 Dataset:1 Image:1 Pixels:1 Channel:1",
        "Project:2 Dataset:2 Image:1 Pixels:1 Channel:1",
    ]
    assert answer["data"]["pathsTo"]["complete"] is False


@pytest.mark.usefixtures("placed")
def test_no_way_leads_to_what_is_no_thing_of_its_own(viewer: Viewer, graphql: GraphQL) -> None:
    answer = graphql.answer(viewer, PATHS, {"id": "DatasetImageLink:1"})

    assert answer["data"] == {"pathsTo": None}


@pytest.mark.usefixtures("placed")
def test_a_stranger_finds_no_way(database: Database, viewer: Viewer, graphql: GraphQL) -> None:
    with database.writing() as session:
        group = people.group(session, viewer, GroupPermissions.READ_WRITE)
        stranger = people.person(session, viewer, "stranger", [group])

    hidden = graphql.answer(stranger, PATHS, {"id": "Image:1"})
    nothing = graphql.answer(stranger, PATHS, {"id": "Image:999"})

    assert hidden["data"] == nothing["data"] == {"pathsTo": None}


def test_ways_to_many_containers_need_no_more_statements(
    database: Database, viewer: Viewer, graphql: GraphQL
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=40, images=1, channels=1)
    few = graphql.answer(viewer, PATHS, {"id": "Image:1"})
    parents = ", ".join(f'"Dataset:{number}"' for number in range(1, 41))
    run(
        graphql,
        viewer,
        f'mutation {{ link(parents: [{parents}], children: ["Image:1"]) {{ applied }} }}',
    )

    many = graphql.answer(viewer, PATHS, {"id": "Image:1"})

    assert (len(ways(few)), len(ways(many))) == (1, 40)
    costs = [answer["extensions"]["cost"]["statements"] for answer in (few, many)]
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ('id: "nonsense"', "no id"),
        ('id: "Image:1", first: 0', "`first`"),
        ('id: "Image:1", first: 501', "`first`"),
    ],
)
def test_bad_arguments_of_ways_are_refused(
    viewer: Viewer, graphql: GraphQL, arguments: str, part: str
) -> None:
    answer = graphql.answer(viewer, f"{{ pathsTo({arguments}) {{ complete }} }}")

    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "invalid_input"
    assert part in error["message"]


@pytest.mark.usefixtures("placed")
def test_what_is_in_nothing_is_an_orphan(viewer: Viewer, graphql: GraphQL) -> None:
    orphans = """{ datasets(orphaned: true) { nodes { id } } plates(orphaned: true) { nodes { id } }
      images(orphaned: true) { nodes { id } } }"""
    before = run(graphql, viewer, orphans)["data"]
    run(
        graphql,
        viewer,
        """mutation { unlink(parents: ["Project:2"], children: ["Dataset:2"]) { applied }
          a: unlink(parents: ["Screen:1"], children: ["Plate:1"]) { applied }
          b: unlink(parents: ["Dataset:2"], children: ["Image:2"]) { applied } }""",
    )

    after = run(graphql, viewer, orphans)["data"]

    assert before == {name: {"nodes": []} for name in ("datasets", "plates", "images")}
    assert after == {
        "datasets": {"nodes": [{"id": "Dataset:2"}]},
        "plates": {"nodes": [{"id": "Plate:1"}]},
        "images": {"nodes": [{"id": "Image:2"}]},
    }


HISTORY = """query ($id: ID!, $first: Int, $after: String) {
  history(id: $id, first: $first, after: $after) {
    nodes { cursor action time experimenter { userName } event { id } subject { id }
      changes { name before after linked { kind count nodes { id } } unlinked { count } } }
    pageInfo { hasNextPage endCursor }
  }
}"""


@pytest.mark.parametrize("planned", [True, False])
def test_the_history_tells_who_changed_what(
    viewer: Viewer, graphql: GraphQL, planned: bool
) -> None:
    run(
        graphql,
        viewer,
        """mutation { createProjects(items: [{name: "a"}]) { applied }
          updateProjects(items: [{id: "Project:1", name: "b"}]) { applied }
          createDatasets(items: [{name: "d"}], project: "Project:1") { applied } }""",
    )

    answer = graphql.answer(viewer, HISTORY, {"id": "Project:1"}, planned=planned)

    entries = answer["data"]["history"]["nodes"]
    assert [entry["action"] for entry in entries] == ["LINK", "UPDATE", "INSERT"]
    assert {entry["subject"]["id"] for entry in entries} == {"Project:1"}
    assert entries[0]["changes"][0]["linked"] == {
        "kind": "Dataset",
        "count": 1,
        "nodes": [{"id": "Dataset:1"}],
    }
    (change,) = [one for one in entries[1]["changes"] if one["name"] == "name"]
    assert (change["before"], change["after"]) == ("a", "b")
    assert entries[1]["experimenter"] == {"userName": "root"}


def test_the_history_is_paged(viewer: Viewer, graphql: GraphQL) -> None:
    run(graphql, viewer, 'mutation { createProjects(items: [{name: "0"}]) { applied } }')
    for number in range(1, 5):
        change = f'items: [{{id: "Project:1", name: "{number}"}}]'
        run(graphql, viewer, f"mutation {{ updateProjects({change}) {{ applied }} }}")
    found, after = [], None
    while True:
        variables = {"id": "Project:1", "first": 2, "after": after}
        page = run(graphql, viewer, HISTORY, **variables)["data"]["history"]
        found += [entry["changes"] for entry in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    names = [[one["after"] for one in changes if one["name"] == "name"] for changes in found]
    assert names == [["4"], ["3"], ["2"], ["1"], []]


TRASH = """query ($kind: DeletedKind!, $first: Int, $after: String) {
  trash(kind: $kind, first: $first, after: $after) {
    nodes { id name time owner { userName } experimenter { userName } event { id } }
    pageInfo { hasNextPage endCursor }
  }
}"""


@pytest.mark.parametrize("planned", [True, False])
def test_the_trash_lists_what_can_be_restored(
    viewer: Viewer, graphql: GraphQL, planned: bool
) -> None:
    run(
        graphql,
        viewer,
        """mutation { createProjects(items: [{name: "a"}, {name: "b"}, {name: "c"}]) { applied }
          delete(ids: ["Project:1"]) { applied } b: delete(ids: ["Project:2"]) { applied } }""",
    )

    page = graphql.answer(viewer, TRASH, {"kind": "PROJECT", "first": 1}, planned=planned)
    after = page["data"]["trash"]["pageInfo"]["endCursor"]
    rest = run(graphql, viewer, TRASH, kind="PROJECT", after=after)

    (first,) = page["data"]["trash"]["nodes"]
    (second,) = rest["data"]["trash"]["nodes"]
    assert (first["id"], first["name"], second["id"]) == ("Project:2", "b", "Project:1")
    assert first["owner"] == first["experimenter"] == {"userName": "root"}
    run(graphql, viewer, 'mutation { restore(ids: ["Project:2"]) { applied } }')
    left = run(graphql, viewer, TRASH, kind="PROJECT")["data"]["trash"]["nodes"]
    assert [one["id"] for one in left] == ["Project:1"]


def test_cursors_of_another_list_are_refused(viewer: Viewer, graphql: GraphQL) -> None:
    run(
        graphql,
        viewer,
        'mutation { createProjects(items: [{name: "a"}, {name: "b"}]) { applied } }',
    )
    page = run(graphql, viewer, HISTORY, id="Project:1")["data"]["history"]

    for text, variables in (
        (HISTORY, {"id": "Project:2", "after": page["nodes"][0]["cursor"]}),
        (TRASH, {"kind": "PROJECT", "after": page["nodes"][0]["cursor"]}),
        (HISTORY, {"id": "Project:1", "after": "x" * 300}),
        (HISTORY, {"id": "Project:1", "first": 0}),
        (HISTORY, {"id": "Event:1"}),
    ):
        (error,) = graphql.answer(viewer, text, variables)["errors"]
        assert error["extensions"]["code"] == "invalid_input"
