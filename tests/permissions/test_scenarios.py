"""What happens between people, step by step."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from schema.build import GraphQL
from store import models
from store.access import Right, Rule, Viewer, sight, verdict
from store.database import Database
from store.edits import annotations, graph
from store.edits.annotation_links import Which
from store.edits.annotation_rows import NewAnnotation
from store.edits.counters import recount
from store.edits.giving import give
from store.edits.group_levels import change_permissions
from store.edits.links import link_images_to_dataset
from store.edits.outcomes import RefusedError
from store.edits.people import add_member, create_group
from store.edits.rois import NewROI, create_rois
from store.edits.rows import RowChange, update
from store.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    StoreError,
)
from store.models.enums import GroupPermissions, Privilege
from store.queries.images import images_by_id
from store.queries.people import viewer_by_experimenter
from tests.build import Hierarchy, hierarchy
from tests.people import group, person

COMMENT = NewAnnotation("CommentAnnotation", {"text_value": "seen"})
TAG = NewAnnotation("TagAnnotation", {"text_value": "mitosis"})


class Place:
    """A group with two members, a leader and data of the first."""

    def __init__(self, session: Session, root: Viewer, level: GroupPermissions) -> None:
        self.session, self.root = session, root
        self.group = group(session, root, level)
        self.ann = person(session, root, "ann", [self.group])
        self.bob = person(session, root, "bob", [self.group])
        self.leader = person(session, root, "leader", [self.group], leads=True)
        self.built: Hierarchy = hierarchy(session, self.ann, projects=1, datasets=1, images=2)

    @property
    def image(self) -> int:
        return self.built.images[0]

    def again(self, viewer: Viewer) -> Viewer:
        """Look the rights of somebody up again."""
        return viewer_by_experimenter(self.session, viewer.experimenter_id)


def reason(run: Any) -> type[StoreError]:
    """Return why something is refused."""
    with pytest.raises(StoreError) as caught:
        run()
    if isinstance(caught.value, RefusedError):
        return type(next(one.error for one in caught.value.outcomes if one.error is not None))
    return type(caught.value)


@contextmanager
def place(database: Database, root: Viewer, level: str) -> Iterator[Place]:
    """Open a transaction with a group of a level."""
    with database.writing() as session:
        yield Place(session, root, GroupPermissions(level))


def test_a_leader_of_a_private_group_sees_and_deletes_but_does_not_annotate(
    database: Database, viewer: Viewer
) -> None:
    with place(database, viewer, "private") as here:
        image = [("Image", here.image)]
        assert images_by_id(here.session, here.bob, [here.image]) == {}
        assert len(images_by_id(here.session, here.leader, [here.image])) == 1
        assert (
            reason(lambda: annotations.annotate(here.session, here.leader, image, [COMMENT]))
            is NotAllowedError
        )
        assert (
            reason(lambda: annotations.annotate(here.session, here.bob, image, [COMMENT]))
            is NotFoundError
        )
        graph.delete(here.session, here.leader, [("Image", key) for key in here.built.images])
        assert images_by_id(here.session, here.ann, [here.image]) == {}


@pytest.mark.parametrize(("level", "owner_may"), [("read-annotate", False), ("read-write", True)])
def test_who_takes_off_what_somebody_else_attached(
    database: Database, viewer: Viewer, level: str, owner_may: bool
) -> None:
    with place(database, viewer, level) as here:
        image = [("Image", here.image)]
        annotations.annotate(here.session, here.bob, image, [TAG])
        link = here.session.scalars(sa.select(models.AnnotationLink)).one()
        assert link.owner_id == here.bob.experimenter_id

        def off(who: Viewer) -> Any:
            return annotations.remove(here.session, who, image, Which(kinds=["TagAnnotation"]))

        if not owner_may:
            assert reason(lambda: off(here.ann)) is NotAllowedError
        off(here.ann if owner_may else here.leader)
        assert here.session.scalars(sa.select(models.AnnotationLink)).all() == []


def test_members_of_read_write_groups_rename_but_neither_move_nor_give(
    database: Database, viewer: Viewer
) -> None:
    with place(database, viewer, "read-write") as here:
        dataset = here.built.datasets[0]
        renamed = RowChange(dataset, None, {"name": "new"})
        update(here.session, here.bob, models.Dataset, [renamed])
        other = group(here.session, viewer, GroupPermissions.PRIVATE)
        add_member(here.session, viewer, "bob", other)
        bob, ref = here.again(here.bob), [("Dataset", dataset)]

        assert reason(lambda: graph.move_to_group(here.session, bob, ref, other)) is NotAllowedError
        assert reason(lambda: give(here.session, bob, ref, bob.experimenter_id)) is NotAllowedError


def test_nothing_is_linked_across_groups(database: Database, viewer: Viewer) -> None:
    with place(database, viewer, "read-write") as here:
        other = group(here.session, viewer, GroupPermissions.PRIVATE)
        add_member(here.session, viewer, "ann", other)
        ann = here.again(here.ann)
        images = [("Image", key) for key in here.built.images]
        graph.move_to_group(here.session, ann, images, other)

        assert (
            reason(
                lambda: link_images_to_dataset(
                    here.session, ann, here.built.images, here.built.datasets[0]
                )
            )
            is InvalidInputError
        )


def test_a_privilege_is_needed_for_what_it_is_for(database: Database, viewer: Viewer) -> None:
    with place(database, viewer, "private") as here:
        admin = person(here.session, viewer, "organiser", [])
        row = here.session.get_one(models.Experimenter, admin.experimenter_id)
        row.administrator = True
        row.withheld = " ".join(set(Privilege) - {Privilege.SUDO})
        here.session.flush()
        admin, ref = here.again(admin), [("Project", here.built.projects[0])]

        assert len(images_by_id(here.session, admin, [here.image])) == 1
        assert reason(lambda: graph.delete(here.session, admin, ref)) is NotAllowedError
        graph.delete(here.session, here.ann, ref)  # as the person, it can


def test_a_leader_gives_a_project_to_a_member_with_all_of_its_owner(
    database: Database, viewer: Viewer
) -> None:
    with place(database, viewer, "read-annotate") as here:
        image, bob = [("Image", here.image)], here.bob.experimenter_id
        annotations.annotate(here.session, here.ann, image, [COMMENT])
        theirs = NewAnnotation("CommentAnnotation", {"text_value": "by the leader"})
        annotations.annotate(here.session, here.leader, image, [theirs])
        project = [("Project", here.built.projects[0])]

        assert reason(lambda: give(here.session, here.ann, project, bob)) is NotAllowedError
        report = give(here.session, here.leader, project, bob, dry_run=True)
        assert report.goes_counts["Image"] == 2
        assert report.goes_counts["CommentAnnotation"] == 1
        give(here.session, here.leader, project, bob)

        for entity in (models.Project, models.Dataset, models.Image, models.Pixels, models.Channel):
            owners = set(here.session.scalars(sa.select(entity.owner_id)))
            assert owners == {bob}, entity
        link = models.DatasetImageLink
        assert set(here.session.scalars(sa.select(link.owner_id))) == {bob}
        notes = here.session.scalars(sa.select(models.Annotation).order_by(models.Annotation.id))
        assert [note.owner_id for note in notes] == [bob, here.leader.experimenter_id]
        assert recount(here.session) == 0
        assert give(here.session, here.leader, project, bob).goes == []


def test_nothing_is_given_to_people_outside_the_group_or_gone(
    database: Database, viewer: Viewer
) -> None:
    with place(database, viewer, "private") as here:
        other = person(here.session, viewer, "other", [])
        project = [("Project", here.built.projects[0])]

        assert (
            reason(lambda: give(here.session, viewer, project, other.experimenter_id))
            is InvalidInputError
        )
        assert reason(lambda: give(here.session, viewer, project, 4711)) is NotFoundError


def test_what_is_given_away_in_a_private_group_is_cut_from_what_stays(
    database: Database, viewer: Viewer
) -> None:
    with place(database, viewer, "private") as here:
        dataset = [("Dataset", here.built.datasets[0])]
        report = give(here.session, here.leader, dataset, here.bob.experimenter_id)

        assert report.unlinked_counts == {"Project–Dataset": 1}
        assert len(images_by_id(here.session, here.bob, here.built.images)) == 2
        assert images_by_id(here.session, here.ann, here.built.images) == {}
        assert recount(here.session) == 0


def test_a_group_becomes_private_without_what_joins_its_people(
    database: Database, viewer: Viewer
) -> None:
    with place(database, viewer, "read-annotate") as here:
        image = [("Image", here.image)]
        annotations.annotate(here.session, here.bob, image, [COMMENT, TAG])
        annotations.annotate(here.session, here.ann, image, [COMMENT])
        shape = {"kind": "Rectangle", "x": 1.0, "y": 1.0, "width": 2.0, "height": 2.0}
        create_rois(here.session, here.bob, [NewROI(here.image, shapes=[shape])])
        private = GroupPermissions.PRIVATE

        listed = change_permissions(here.session, here.leader, here.group, private, dry_run=True)
        assert listed.removed == {"Image–Annotation": 2, "ROI": 1}
        assert listed.event_id is None
        done = change_permissions(here.session, here.leader, here.group, private)

        assert done.removed == listed.removed
        live = models.Annotation.deleted_event_id.is_(None)
        left = here.session.scalars(sa.select(models.Annotation).where(live)).all()
        assert sorted((one.kind, one.owner_id) for one in left) == [
            ("CommentAnnotation", here.ann.experimenter_id),
            ("TagAnnotation", here.bob.experimenter_id),
        ]
        bob = here.again(here.bob)
        assert images_by_id(here.session, bob, [here.image]) == {}
        region = here.session.scalars(sa.select(models.ROI)).one()
        assert region.deleted_event_id is not None
        assert (
            reason(lambda: graph.restore(here.session, bob, [("ROI", region.id)])) is ConflictError
        )


def test_only_administrators_open_a_group_and_only_leaders_close_it(
    database: Database, viewer: Viewer
) -> None:
    with place(database, viewer, "read-only") as here:

        def to(who: Viewer, level: GroupPermissions) -> Any:
            return change_permissions(here.session, who, here.group, level)

        assert reason(lambda: to(here.ann, GroupPermissions.PRIVATE)) is NotAllowedError
        assert reason(lambda: to(here.leader, GroupPermissions.READ_WRITE)) is NotAllowedError
        assert reason(lambda: to(here.leader, GroupPermissions.PUBLIC)) is NotAllowedError
        assert to(here.leader, GroupPermissions.READ_ANNOTATE).before is GroupPermissions.READ_ONLY
        assert to(viewer, GroupPermissions.PUBLIC).after is GroupPermissions.PUBLIC
        assert to(viewer, GroupPermissions.PUBLIC).event_id is None


def test_the_deciding_rule_is_named() -> None:
    row: Any = models.Image(owner_id=1, group_id=7)
    inside, level = frozenset({7}), GroupPermissions.READ_ONLY
    member = Viewer(2, groups=inside, shares=inside)

    assert verdict(member, Right.EDIT, row, level).rule is Rule.LEVEL
    assert verdict(member, Right.MOVE, row, level).rule is Rule.NOT_FOR_MEMBERS
    assert verdict(Viewer(1), Right.GIVE, row, level).rule is Rule.NOT_FOR_OWNERS
    assert verdict(Viewer(3), Right.EDIT, row, level).rule is Rule.OUTSIDER
    assert sight(member, row, level).rule is Rule.MEMBER
    assert sight(Viewer(3, shares=inside), row, GroupPermissions.PUBLIC).rule is Rule.PUBLIC_GROUP


@pytest.mark.parametrize("level", ["read-write", "public"])
def test_leaders_of_another_group_are_strangers(
    database: Database, viewer: Viewer, level: str
) -> None:
    with place(database, viewer, level) as here:
        other = create_group(here.session, viewer, "another")
        elsewhere = person(here.session, viewer, "elsewhere", [other], leads=True)
        row = RowChange(here.image, None, {"name": "mine"})
        refused = NotAllowedError if level == "public" else NotFoundError

        assert reason(lambda: update(here.session, elsewhere, models.Image, [row])) is refused
        one = ("Image", here.image)
        assert reason(lambda: graph.delete(here.session, elsewhere, [one])) is refused
        note = [COMMENT]
        assert reason(lambda: annotations.annotate(here.session, elsewhere, [one], note)) is refused


def test_only_those_who_look_after_things_are_told_what_others_may_do(
    database: Database, viewer: Viewer
) -> None:
    with place(database, viewer, "read-only") as here:
        values = {"id": f"Image:{here.image}", "user": f"Experimenter:{here.ann.experimenter_id}"}
    text = "query ($id: ID!, $user: ID) { explainAccess(id: $id, user: $user) { decisions { right } } }"
    graphql = GraphQL(database)
    refused = [
        "errors" in graphql.answer(who, text, values)
        for who in (here.ann, here.leader, viewer, here.bob)
    ]

    assert refused == [False, False, False, True]
