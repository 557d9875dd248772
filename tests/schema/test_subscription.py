"""What those who listen hear: changes below a thing, for as long as they may see it."""

from collections.abc import Sequence
from typing import Any

import pytest

from schema.build import GraphQL
from store import models
from store.access import Viewer
from store.database import Database
from store.edits import graph
from store.edits.annotation_rows import NewAnnotation
from store.edits.annotations import annotate
from store.edits.containers import rename
from store.edits.links import link_images_to_dataset, unlink_images_from_dataset
from store.models.enums import GroupPermissions
from tests.build import Hierarchy, give_inside, hierarchy
from tests.people import group, person

CHANGES = """subscription ($below: ID!) { changes(below: $below) { count event { id type }
  changes { action id node { __typename id ... on Image { name } } } } }"""


class Listener:
    """Somebody who listens to changes below one thing."""

    def __init__(self, database: Database, viewer: Viewer, below: str) -> None:
        self._graphql = GraphQL(database)
        self._below = below
        self._state: Any = None
        self.viewer = viewer
        self.done = False
        assert self.hear() == []

    def answers(self) -> Sequence[dict[str, Any]]:
        """Return what came since the last time, as it came."""
        poll = self._graphql.poll(self.viewer, CHANGES, {"below": self._below}, None, self._state)
        self._state, self.done = poll.state, poll.done
        return poll.answers

    def hear(self) -> list[list[tuple[str, str]]]:
        """Return action and id of what changed since the last time, by message."""
        answers = self.answers()
        assert not any("errors" in answer for answer in answers), answers
        return [
            sorted((one["action"], one["id"]) for one in answer["data"]["changes"]["changes"])
            for answer in answers
        ]


@pytest.fixture
def built(database: Database, viewer: Viewer) -> Hierarchy:
    """Two projects with two datasets of three images each."""
    with database.writing() as session:
        return hierarchy(session, viewer)


def test_changes_at_any_depth_below_are_heard_and_others_are_not(
    database: Database, viewer: Viewer, built: Hierarchy
) -> None:
    first, last = built.images[0], built.images[-1]
    listener = Listener(database, viewer, f"Project:{built.projects[0]}")
    with database.writing() as session:
        rename(session, viewer, models.Image, first, "inside")
    with database.writing() as session:
        rename(session, viewer, models.Image, last, "outside")
    answers = listener.answers()

    assert [answer["data"]["changes"]["changes"] for answer in answers] == [
        [
            {
                "action": "UPDATED",
                "id": f"Image:{first}",
                "node": {"__typename": "Image", "id": f"Image:{first}", "name": "inside"},
            }
        ]
    ]
    assert listener.hear() == []


def test_what_is_deleted_is_heard_with_its_id_and_without_a_node(
    database: Database, viewer: Viewer, built: Hierarchy
) -> None:
    listener = Listener(database, viewer, f"Dataset:{built.datasets[0]}")
    with database.writing() as session:
        graph.delete(session, viewer, [("Image", built.images[0])])
    (answer,) = listener.answers()

    gone = {one["id"]: one for one in answer["data"]["changes"]["changes"]}
    assert gone[f"Image:{built.images[0]}"]["action"] == "DELETED"
    assert gone[f"Image:{built.images[0]}"]["node"] is None


def test_what_comes_in_and_goes_out_is_heard(
    database: Database, viewer: Viewer, built: Hierarchy
) -> None:
    listener = Listener(database, viewer, f"Dataset:{built.datasets[0]}")
    stranger = built.images[-1]
    with database.writing() as session:
        link_images_to_dataset(session, viewer, [stranger], built.datasets[0])
    came = listener.hear()
    with database.writing() as session:
        unlink_images_from_dataset(session, viewer, [stranger], built.datasets[0])
    went = listener.hear()

    dataset = f"Dataset:{built.datasets[0]}"
    assert ("LINKED", dataset) in came[0]
    assert ("UNLINKED", dataset) in went[0]


def test_annotations_of_what_is_below_are_heard(
    database: Database, viewer: Viewer, built: Hierarchy
) -> None:
    listener = Listener(database, viewer, f"Project:{built.projects[0]}")
    with database.writing() as session:
        annotate(
            session,
            viewer,
            [("Image", built.images[0])],
            [NewAnnotation("CommentAnnotation", {"text_value": "looks good"})],
        )
    heard = listener.hear()

    assert any(key == f"Image:{built.images[0]}" for message in heard for _, key in message)


def test_who_loses_the_right_hears_no_more(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        shared = group(session, viewer, GroupPermissions.READ_ONLY)
        owner = person(session, viewer, "ada", [shared])
        colleague = person(session, viewer, "bob", [shared])
        built = hierarchy(session, owner, group_id=shared)
    listener = Listener(database, colleague, f"Project:{built.projects[0]}")
    listener.viewer = Viewer(colleague.experimenter_id)
    with database.writing() as session:
        rename(session, owner, models.Image, built.images[0], "a secret")
    (answer,) = listener.answers()

    assert listener.done
    assert answer["errors"][0]["extensions"]["code"] == "not_found"
    assert "secret" not in str(answer)


def test_what_is_hidden_from_a_listener_is_not_heard(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        private = group(session, viewer, GroupPermissions.PRIVATE)
        ada = person(session, viewer, "ada", [private])
        bob = person(session, viewer, "bob", [private])
        built = hierarchy(session, ada, group_id=private)
    missing = GraphQL(database).poll(bob, CHANGES, {"below": "Project:4711"}, None)
    hidden = GraphQL(database).poll(bob, CHANGES, {"below": f"Project:{built.projects[0]}"}, None)

    assert str(hidden.answers).replace(str(built.projects[0]), "4711") == str(missing.answers)
    assert hidden.refused


def test_what_is_hidden_in_a_container_that_is_seen_is_not_heard(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        private = group(session, viewer, GroupPermissions.PRIVATE)
        ada = person(session, viewer, "ada", [private])
        bob = person(session, viewer, "bob", [private])
        built = hierarchy(session, ada, projects=1, datasets=1, group_id=private)
        give_inside(session, built, bob)
    listener = Listener(database, ada, f"Dataset:{built.datasets[0]}")
    hers, his = built.images[1], built.images[0]
    with database.writing() as session:
        rename(session, ada, models.Image, hers, "seen")
        rename(session, bob, models.Image, his, "a secret")

    assert listener.hear() == [[("UPDATED", f"Image:{hers}")]]


def test_a_transaction_that_ends_after_a_later_one_is_heard(
    database: Database, viewer: Viewer, built: Hierarchy
) -> None:
    if database.dialect != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    listener = Listener(database, viewer, f"Project:{built.projects[0]}")
    with database.writing() as slow:
        rename(slow, viewer, models.Image, built.images[0], "began first")
        with database.writing() as quick:
            rename(quick, viewer, models.Image, built.images[1], "ended first")
        early = listener.hear()
    late = listener.hear()

    assert early == [[("UPDATED", f"Image:{built.images[1]}")]]
    assert late == [[("UPDATED", f"Image:{built.images[0]}")]]


@pytest.mark.parametrize(
    "below", ["nothing", "Image:0", "Lookup:3", "Session:1", "Event:1", "Owned:1"]
)
def test_what_cannot_be_listened_to_is_refused(
    database: Database, viewer: Viewer, below: str
) -> None:
    poll = GraphQL(database).poll(viewer, CHANGES, {"below": below}, None)

    assert poll.refused
    assert poll.answers[0]["errors"][0]["extensions"]["code"] in {"invalid_input", "not_found"}


def test_a_query_is_no_subscription(database: Database, viewer: Viewer) -> None:
    poll = GraphQL(database).poll(viewer, "{ viewer { id } }", None, None)

    assert poll.refused
    assert "no subscription" in poll.answers[0]["errors"][0]["message"]
