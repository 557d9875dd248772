"""What was deleted: listed to those whose it is, all kinds at once, and to administrators."""

from typing import Any

import pytest

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from store.models.enums import GroupPermissions
from tests import people
from tests.build import hierarchy

TRASH = """query ($everybody: Boolean!, $first: Int, $after: String) {
  trash(everybody: $everybody, first: $first, after: $after) {
    nodes { id name owner { userName } experimenter { userName } event { id } }
    pageInfo { hasNextPage endCursor }
  }
}"""


def pages(graphql: GraphQL, viewer: Viewer, *, planned: bool, **variables: Any) -> list[Any]:
    """Turn all pages of one thing each."""
    found: list[Any] = []
    after = None
    while True:
        given = {**variables, "first": 1, "after": after}
        answer = graphql.answer(viewer, TRASH, given, planned=planned)
        assert "errors" not in answer, answer
        page = answer["data"]["trash"]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


@pytest.mark.parametrize("planned", [True, False])
def test_the_trash_lists_all_kinds_by_what_was_named_for_deletion(
    database: Database, viewer: Viewer, planned: bool
) -> None:
    graphql = GraphQL(database)
    with database.writing() as session:
        key = people.group(session, viewer, GroupPermissions.READ_WRITE)
        owner = people.person(session, viewer, "owner", [key])
        member = people.person(session, viewer, "member", [key])
        hierarchy(session, owner, projects=1, datasets=2, images=2)
    for who, ids in ((member, '"Image:1"'), (owner, '"Dataset:2", "Project:1"')):
        answer = graphql.answer(who, f"mutation {{ delete(ids: [{ids}]) {{ applied }} }}")
        assert answer["data"]["delete"]["applied"]

    mine = pages(graphql, owner, planned=planned, everybody=False)
    theirs = pages(graphql, member, planned=planned, everybody=False)
    everybodys = pages(graphql, viewer, planned=planned, everybody=True)
    refused = graphql.answer(owner, TRASH, {"everybody": True}, planned=planned)

    assert [one["id"] for one in mine] == ["Dataset:2", "Project:1", "Image:1"]
    assert mine[0]["event"] == mine[1]["event"] != mine[2]["event"]
    assert [one["experimenter"]["userName"] for one in mine] == ["owner", "owner", "member"]
    assert theirs == []
    assert everybodys == mine
    assert refused["errors"][0]["extensions"]["code"] == "not_allowed"


@pytest.mark.parametrize("kind", ["", "kind: PROJECT, "])
def test_cursors_of_the_trash_hold_for_one_list(
    database: Database, viewer: Viewer, kind: str
) -> None:
    graphql = GraphQL(database)
    text = """mutation { createProjects(items: [{name: "a"}]) { applied }
      delete(ids: ["Project:1"]) { applied } }"""
    graphql.answer(viewer, text)
    listed = graphql.answer(viewer, f"{{ trash({kind}first: 1) {{ nodes {{ cursor id }} }} }}")
    (node,) = listed["data"]["trash"]["nodes"]

    cursor = node["cursor"]
    same = graphql.answer(viewer, f'{{ trash({kind}after: "{cursor}") {{ nodes {{ id }} }} }}')
    text = f'{{ trash(kind: IMAGE, after: "{cursor}") {{ nodes {{ id }} }} }}'
    other = graphql.answer(viewer, text)

    assert node["id"] == "Project:1"
    assert same["data"] == {"trash": {"nodes": []}}
    assert other["errors"][0]["extensions"]["code"] == "invalid_input"


def test_the_cost_counts_the_statements_that_tell_of_the_past(
    database: Database, viewer: Viewer
) -> None:
    graphql = GraphQL(database)
    graphql.answer(viewer, 'mutation { createProjects(items: [{name: "a"}]) { applied } }')

    text = '{ history(id: "Project:1") { nodes { time } } trash { nodes { id } } }'
    answer = graphql.answer(viewer, text)

    assert answer["extensions"]["cost"]["statements"] == 2 + 1
