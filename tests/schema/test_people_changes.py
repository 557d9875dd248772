from typing import Any

import pytest

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from store.edits.images import register_fileset
from store.models.enums import GroupPermissions
from store.queries.people import viewer_by_experimenter
from store.sign_in import open_session, verify_password, viewer_of_session
from tests.build import hierarchy
from tests.parsed import parsed_fileset
from tests.people import group, person


@pytest.fixture
def graphql(database: Database) -> GraphQL:
    return GraphQL(database)


def done(graphql: GraphQL, viewer: Viewer, text: str, **variables: Any) -> Any:
    answer = graphql.answer(viewer, text, variables)
    assert "errors" not in answer, answer["errors"]
    (found,) = answer["data"].values()
    return found


def code(graphql: GraphQL, viewer: Viewer, text: str, **variables: Any) -> str:
    answer = graphql.answer(viewer, text, variables)
    return str(answer["errors"][0]["extensions"]["code"])


def test_an_account_is_made_changed_closed_and_opened(
    database: Database, viewer: Viewer, graphql: GraphQL
) -> None:
    made = done(
        graphql,
        viewer,
        """mutation { createExperimenter(userName: "ada", firstName: "Ada", email: "a@example.org",
          password: "a few quiet words", administrator: true, withheld: [SUDO]) {
          experimenter { id userName email administrator privileges } } }""",
    )["experimenter"]
    assert made["email"] == "a@example.org"
    assert "SUDO" not in made["privileges"]
    assert len(made["privileges"]) == 14

    update = """mutation ($id: ID!, $active: Boolean, $administrator: Boolean) {
      updateExperimenter(experimenter: $id, active: $active, administrator: $administrator) {
        experimenter { active administrator privileges } } }"""
    closed = done(graphql, viewer, update, id=made["id"], active=False, administrator=False)
    assert closed["experimenter"] == {"active": False, "administrator": False, "privileges": []}
    with database.reading() as session:
        assert verify_password(session, "ada", "a few quiet words") is None
    done(graphql, viewer, update, id=made["id"], active=True)
    with database.reading() as session:
        assert verify_password(session, "ada", "a few quiet words") is not None

    lines = done(graphql, viewer, "{ auditEntries { nodes { action actor { userName } } } }")
    actions = [one["action"] for one in lines["nodes"]]
    assert actions[:2] == ["activate experimenter", "set privileges"]
    assert {one["actor"]["userName"] for one in lines["nodes"]} == {"root"}


def test_people_change_their_own_names_and_passwords_and_nobody_elses(
    database: Database, viewer: Viewer, graphql: GraphQL
) -> None:
    with database.writing() as session:
        ada, bob = (person(session, viewer, name, []) for name in ("ada", "bob"))
    text = """mutation ($id: ID!) { updateExperimenter(experimenter: $id, lastName: "Byron") {
      experimenter { lastName } } }"""
    secret = """mutation ($id: ID!) { setPassword(experimenter: $id, password: "quiet words") {
      experimenter { id } } }"""
    mine, theirs = (f"Experimenter:{one.experimenter_id}" for one in (ada, bob))

    assert done(graphql, ada, text, id=mine)["experimenter"]["lastName"] == "Byron"
    assert done(graphql, ada, secret, id=mine)
    assert code(graphql, ada, text, id=theirs) == "not_allowed"
    assert code(graphql, ada, secret, id=theirs) == "not_allowed"
    admin = """mutation ($id: ID!) { updateExperimenter(experimenter: $id, administrator: true) {
      experimenter { id } } }"""
    assert code(graphql, ada, admin, id=mine) == "not_allowed"


def test_leaders_look_after_their_group_only(
    database: Database, viewer: Viewer, graphql: GraphQL
) -> None:
    with database.writing() as session:
        mine = group(session, viewer, GroupPermissions.READ_ONLY)
        other = group(session, viewer, GroupPermissions.PRIVATE)
        leader = person(session, viewer, "leader", [mine], leads=True)
        ada = person(session, viewer, "ada", [other])
    values = {"people": [f"Experimenter:{ada.experimenter_id}"]}
    add = """mutation ($group: ID!, $people: [ID!]!) {
      addMembers(group: $group, experimenters: $people) { group { memberships { totalCount } } } }"""
    remove = add.replace("addMembers", "removeMembers")
    level = """mutation ($group: ID!) { setGroupPermissions(group: $group, permissions: PRIVATE) {
      applied group { permissions } } }"""

    ours, theirs = (f"ExperimenterGroup:{key}" for key in (mine, other))
    assert done(graphql, leader, add, group=ours, **values)["group"]["memberships"] == {
        "totalCount": 2
    }
    assert done(graphql, leader, remove, group=ours, **values)["group"]["memberships"] == {
        "totalCount": 1
    }
    assert done(graphql, leader, level, group=ours)["group"]["permissions"] == "PRIVATE"
    for text in (add, remove):
        assert code(graphql, leader, text, group=theirs, **values) == "not_allowed"
    assert code(graphql, leader, level, group=theirs) == "not_allowed"


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked(
    database: Database, viewer: Viewer, graphql: GraphQL
) -> None:
    with database.writing() as session:
        ada, bob = (person(session, viewer, name, []) for name in ("ada", "bob"))
    made = done(
        graphql,
        ada,
        """mutation { createAccessToken(name: "backup", scope: READ, days: 7) {
          secret token { id name scope privileges lastUsed } } }""",
    )
    assert made["token"]["scope"] == "READ"
    listed = "{ accessTokens { nodes { id name experimenter { userName } } } }"
    assert [one["name"] for one in done(graphql, ada, listed)["nodes"]] == ["backup"]
    assert done(graphql, bob, listed)["nodes"] == []
    assert len(done(graphql, viewer, listed)["nodes"]) == 1
    with database.reading() as session:
        assert viewer_of_session(session, made["secret"]) is not None

    revoke = "mutation ($ids: [ID!]!) { revokeAccessTokens(tokens: $ids) { ended } }"
    assert code(graphql, bob, revoke, ids=[made["token"]["id"]]) == "not_found"
    assert done(graphql, ada, revoke, ids=[made["token"]["id"]]) == {"ended": 1}
    with database.reading() as session:
        assert viewer_of_session(session, made["secret"]) is None


def test_sign_ins_are_listed_and_ended(
    database: Database, viewer: Viewer, graphql: GraphQL
) -> None:
    with database.writing() as session:
        ada, bob = (person(session, viewer, name, []) for name in ("ada", "bob"))
        secret = open_session(session, ada.experimenter_id)
    listed = "{ signInSessions { nodes { id } } }"
    (one,) = done(graphql, ada, listed)["nodes"]
    end = "mutation ($ids: [ID!]!) { endSessions(sessions: $ids) { ended } }"

    assert done(graphql, bob, listed)["nodes"] == []
    assert code(graphql, bob, end, ids=[one["id"]]) == "not_found"
    assert done(graphql, ada, end, ids=[one["id"]]) == {"ended": 1}
    with database.reading() as session:
        assert viewer_of_session(session, secret) is None


def test_who_may_only_read_changes_nothing(
    database: Database, viewer: Viewer, graphql: GraphQL
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=1)
        holder = viewer_by_experimenter(session, viewer.experimenter_id)
    reading = Viewer(holder.experimenter_id, groups=holder.groups, read_only=True)
    for text in (
        'mutation { createProjects(items: [{name: "x"}]) { applied } }',
        'mutation { createAccessToken(name: "x") { secret } }',
        'mutation { updateProjects(items: [{id: "Project:1", name: "x"}]) { applied } }',
        'mutation { delete(ids: ["Project:1"]) { applied } }',
        'mutation { comment(ids: ["Image:1"], text: "x") { applied } }',
    ):
        assert code(graphql, reading, text) == "not_allowed"


def test_quotas_are_set_and_usage_is_read_for_many_at_once(
    database: Database, viewer: Viewer, graphql: GraphQL
) -> None:
    with database.writing() as session:
        register_fileset(session, viewer, parsed_fileset())
        here = viewer.default_group_id
    me = f"Experimenter:{viewer.experimenter_id}"
    done(
        graphql,
        viewer,
        """mutation ($id: ID!, $bytes: Long) {
          setExperimenterQuota(experimenter: $id, images: 7, bytes: $bytes) {
            experimenter { quota { images } } } }""",
        id=me,
        bytes=2**40,
    )
    made = done(
        graphql,
        viewer,
        """mutation ($id: ID!) { setGroupQuota(group: $id, images: 9) {
          group { quota { images bytes } usage { images } } } }""",
        id=f"ExperimenterGroup:{here}",
    )
    assert made["group"] == {"quota": {"images": 9, "bytes": None}, "usage": {"images": 2}}

    found = done(
        graphql,
        viewer,
        "{ experimenters { nodes { usage { images bytes } quota { images bytes } } } }",
    )

    assert found["nodes"][0] == {
        "usage": {"images": 2, "bytes": 1000},
        "quota": {"images": 7, "bytes": 2**40},
    }


def test_whether_the_audit_log_is_whole_is_for_those_who_may_read_it(
    database: Database, viewer: Viewer, graphql: GraphQL
) -> None:
    with database.writing() as session:
        ada = person(session, viewer, "ada", [])
    text = "{ auditCheck { good broken hash } }"
    whole = done(graphql, viewer, text)
    lines = done(graphql, viewer, "{ auditEntries(first: 1) { totalCount nodes { hash } } }")

    assert whole == {"good": lines["totalCount"], "broken": None, "hash": lines["nodes"][0]["hash"]}
    assert done(graphql, ada, text) is None


def test_samples_are_made_for_administrators_only_and_by_servers_only(
    database: Database, viewer: Viewer, graphql: GraphQL
) -> None:
    with database.writing() as session:
        ada = person(session, viewer, "ada", [])
    text = "mutation { importSamples { started } }"

    assert code(graphql, ada, text) == "not_allowed"
    assert code(graphql, viewer, text) == "unavailable"
