from typing import Any

import pytest

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from store.models.enums import GroupPermissions
from store.queries.people import viewer_by_experimenter
from tests.build import hierarchy
from tests.people import group, person

GRANT = """mutation ($targets: [ID!]!, $users: [ID!], $groups: [ID!], $public: Boolean! = false,
  $level: GrantLevel! = VIEW, $expires: DateTime) {
  grantAccess(targets: $targets, users: $users, groups: $groups, public: $public, level: $level,
    expires: $expires) { grants { id level public expires target { id } experimenter { id }
    group { id } grantor { userName } } } }"""
LINK = """mutation ($target: ID!, $name: String, $state: String, $maxUses: Int) {
  createShareLink(target: $target, name: $name, state: $state, maxUses: $maxUses) {
    address secret link { id name state uses maxUses target { id } creator { userName } } } }"""


class Scene:
    def __init__(self, database: Database, root: Viewer) -> None:
        self.graphql = GraphQL(database)
        self.database = database
        with database.writing() as session:
            private = group(session, root, GroupPermissions.PRIVATE)
            away = group(session, root, GroupPermissions.READ_ONLY)
            self.owner = person(session, root, "owner", [private])
            self.friend = person(session, root, "friend", [away])
            hierarchy(session, self.owner, projects=1, datasets=1, images=2)
        self.away = away

    def ask(self, who: Viewer, text: str, **variables: Any) -> Any:
        with self.database.reading() as session:
            viewer = viewer_by_experimenter(session, who.experimenter_id)
        return self.graphql.answer(viewer, text, variables)

    def done(self, who: Viewer, text: str, **variables: Any) -> Any:
        answer = self.ask(who, text, **variables)
        assert "errors" not in answer, answer["errors"]
        (found,) = answer["data"].values()
        return found

    def code(self, who: Viewer, text: str, **variables: Any) -> str:
        return str(self.ask(who, text, **variables)["errors"][0]["extensions"]["code"])


@pytest.fixture
def scene(database: Database, viewer: Viewer) -> Scene:
    return Scene(database, viewer)


def test_things_are_granted_seen_listed_and_taken_back(scene: Scene) -> None:
    friend = f"Experimenter:{scene.friend.experimenter_id}"
    images = "{ images { totalCount nodes { id canEdit canAnnotate canDelete } } }"
    assert scene.done(scene.friend, images)["totalCount"] == 0

    (grant,) = scene.done(
        *(scene.owner, GRANT),
        targets=["Project:1"],
        users=[friend],
        level="EDIT",
        expires="2126-01-01T00:00:00Z",
    )["grants"]

    assert grant["target"] == {"id": "Project:1"}
    assert grant["experimenter"] == {"id": friend}
    assert (grant["level"], grant["public"], grant["group"]) == ("EDIT", False, None)
    page = scene.done(scene.friend, images)
    assert page["totalCount"] == 2
    # In a private group nobody but the owner annotates.
    assert page["nodes"][0] == {
        "id": "Image:1",
        "canEdit": True,
        "canAnnotate": False,
        "canDelete": False,
    }
    tree = scene.done(
        scene.friend,
        "{ projects { nodes { datasetCount datasets { nodes { imageCount images { nodes { id } } } }"
        " grants { id } } } }",
    )["nodes"]
    assert tree[0]["datasetCount"] == 1
    assert tree[0]["datasets"]["nodes"][0]["imageCount"] == 2
    assert tree[0]["grants"] == [{"id": grant["id"]}]
    assert scene.done(scene.friend, "{ accessGrants { totalCount } }")["totalCount"] == 1
    renamed = scene.done(
        scene.friend,
        """mutation { updateProjects(items: [{id: "Project:1", name: "ours"}]) {
          applied items { error { code } } } }""",
    )
    assert renamed["applied"], renamed
    revoke = "mutation ($grants: [ID!]!) { revokeAccess(grants: $grants) { ended } }"
    assert scene.done(scene.owner, revoke, grants=[grant["id"]]) == {"ended": 1}
    assert scene.done(scene.friend, images)["totalCount"] == 0
    assert scene.code(scene.owner, revoke, grants=[grant["id"]]) == "not_found"


def test_who_may_not_share_a_thing_is_told_so_or_that_it_is_not_there(scene: Scene) -> None:
    public = {"targets": ["Project:1"], "public": True}
    assert scene.code(scene.friend, GRANT, **public) == "not_found"
    assert scene.code(scene.friend, LINK, target="Project:1") == "not_found"
    (grant,) = scene.done(scene.owner, GRANT, **public)["grants"]
    assert grant["public"]
    assert scene.code(scene.friend, GRANT, **public) == "not_allowed"
    assert scene.code(scene.friend, LINK, target="Project:1") == "not_allowed"
    revoke = "mutation ($grants: [ID!]!) { revokeAccess(grants: $grants) { ended } }"
    assert scene.code(scene.friend, revoke, grants=[grant["id"]]) == "not_found"
    level = {**public, "level": "ANNOTATE"}
    assert scene.code(scene.owner, GRANT, **level) == "invalid_input"


def test_links_are_made_listed_and_ended(scene: Scene) -> None:
    made = scene.done(scene.owner, LINK, target="Image:1", name="paper", state="z=1", maxUses=3)

    assert made["address"] == f"/share/{made['secret']}"
    assert made["link"]["target"] == {"id": "Image:1"}
    assert (made["link"]["uses"], made["link"]["maxUses"]) == (0, 3)
    links = "{ shareLinks { nodes { id name lastUsed } } }"
    assert scene.done(scene.owner, links)["nodes"] == [
        {"id": made["link"]["id"], "name": "paper", "lastUsed": None}
    ]
    image = scene.done(scene.owner, '{ image(id: "Image:1") { shareLinks { name } } }')
    assert image == {"shareLinks": [{"name": "paper"}]}
    assert scene.done(scene.friend, links)["nodes"] == []
    revoke = "mutation ($links: [ID!]!) { revokeShareLinks(links: $links) { ended } }"
    assert scene.code(scene.friend, revoke, links=[made["link"]["id"]]) == "not_found"
    assert scene.done(scene.owner, revoke, links=[made["link"]["id"]]) == {"ended": 1}
    assert scene.done(scene.owner, links)["nodes"] == []
    assert scene.code(scene.owner, LINK, target="Image:1", state="z=<") == "invalid_input"
