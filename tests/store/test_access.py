"""Who sees what, who may change what: every kind of group, person and right."""

import itertools
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from store import models
from store.access import Right, Viewer, allows, require, select_visible, visible, visible_rows
from store.database import Database
from store.edits.annotation_rows import NewAnnotation
from store.edits.annotations import annotate
from store.edits.containers import create_dataset, delete_datasets, delete_images, rename
from store.edits.links import link_dataset_to_project, link_images_to_dataset
from store.edits.people import deactivate
from store.errors import InvalidInputError, NotAllowedError, NotFoundError
from store.models.enums import GroupPermissions
from store.queries.containers import child_counts, images_of_datasets
from store.queries.images import images_by_id, pixels_record
from store.queries.people import viewer_by_experimenter
from tests.build import hierarchy
from tests.conftest import Statements
from tests.people import group, person

KINDS = list(GroupPermissions)
MEMBER_SEES = {
    GroupPermissions.PRIVATE: False,
    GroupPermissions.READ_ONLY: True,
    GroupPermissions.READ_ANNOTATE: True,
    GroupPermissions.READ_WRITE: True,
    GroupPermissions.PUBLIC: True,
}


@dataclass
class Row:
    owner_id: int
    group_id: int


@pytest.mark.parametrize("kind", KINDS)
def test_member_leader_administrator_and_stranger_see_what_the_group_allows(
    database: Database, viewer: Viewer, kind: GroupPermissions
) -> None:
    with database.writing() as session:
        key = group(session, viewer, kind)
        owner = person(session, viewer, "owner", [key])
        member = person(session, viewer, "member", [key])
        leader = person(session, viewer, "leader", [key], leads=True)
        stranger = person(session, viewer, "stranger", [])
        built = hierarchy(session, owner, projects=1, datasets=1, images=2)

        seen = {
            name: len(images_by_id(session, who, built.images))
            for name, who in {
                "owner": owner,
                "member": member,
                "leader": leader,
                "administrator": viewer,
                "stranger": stranger,
            }.items()
        }

    assert seen == {
        "owner": 2,
        "member": 2 if MEMBER_SEES[kind] else 0,
        "leader": 2,
        "administrator": 2,
        "stranger": 2 if kind is GroupPermissions.PUBLIC else 0,
    }


def test_every_table_with_an_owner_hides_the_same_rows(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.PRIVATE)
        owner = person(session, viewer, "owner", [key])
        member = person(session, viewer, "member", [key])
        hierarchy(session, owner)
        tables = [mapper.class_ for mapper in models.Base.registry.mappers]
        owned = [table for table in tables if issubclass(table, models.Owned)]

        def number(who: Viewer, table: Any) -> int:
            statement = select_visible(who, table, sa.func.count())
            return int(session.scalar(statement) or 0)

        assert all(number(member, table) == 0 for table in [*owned, models.ChildCount])
        assert number(owner, models.Channel) == 24
        assert number(owner, models.ChildCount) == 6


def test_the_predicate_of_an_alias_is_about_the_alias(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        stranger = person(session, viewer, "stranger", [])
        hierarchy(session, viewer, projects=1, datasets=1, images=1)
        other = aliased(models.Image)
        statement = sa.select(other.id).where(visible(stranger, other))

        assert "image AS image_1" in str(statement)
        assert session.scalars(statement).all() == []


def test_the_statement_is_the_same_for_any_number_of_groups() -> None:
    few = Viewer(1, groups=frozenset({1}), shares=frozenset({1}))
    many = Viewer(2, groups=frozenset(range(500)), shares=frozenset(range(500)))

    texts = {str(select_visible(who, models.Image)) for who in (few, many, Viewer(3))}
    assert len(texts) == 1


def test_a_half_filled_viewer_sees_only_what_is_its_own(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_WRITE)
        owner = person(session, viewer, "owner", [key])
        built = hierarchy(session, owner)

        assert images_by_id(session, Viewer(999, groups=frozenset({key})), built.images) == {}


@pytest.mark.parametrize(
    ("kind", "right", "administrator", "leader", "member"),
    [
        ("private", "annotate", False, False, False),
        ("private", "link", False, False, False),
        ("private", "edit", True, True, False),
        ("private", "delete", True, True, False),
        ("read-only", "annotate", True, True, False),
        ("read-only", "link", True, True, False),
        ("read-only", "edit", True, True, False),
        ("read-only", "delete", True, True, False),
        ("read-annotate", "annotate", True, True, True),
        ("read-annotate", "link", True, True, False),
        ("read-annotate", "edit", True, True, False),
        ("read-annotate", "delete", True, True, False),
        ("read-write", "annotate", True, True, True),
        ("read-write", "link", True, True, True),
        ("read-write", "edit", True, True, True),
        ("read-write", "delete", True, True, True),
    ],
)
def test_rights_on_what_belongs_to_somebody_else(
    kind: str, right: str, administrator: bool, leader: bool, member: bool
) -> None:
    permissions, wanted, row = GroupPermissions(kind), Right(right), Row(owner_id=1, group_id=7)
    inside = frozenset({7})

    assert allows(Viewer(2, administrator=True), wanted, row, permissions) is administrator
    assert allows(Viewer(3, groups=inside, leads=inside), wanted, row, permissions) is leader
    assert allows(Viewer(4, groups=inside), wanted, row, permissions) is member
    assert allows(Viewer(5), wanted, row, permissions) is False


def test_everything_but_giving_away_is_allowed_on_what_is_ones_own() -> None:
    for right, kind in itertools.product(Right, GroupPermissions):
        allowed = allows(Viewer(1), right, Row(owner_id=1, group_id=7), kind)
        assert allowed is (right is not Right.GIVE)


def test_private_group_hides_an_image_by_every_way(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.PRIVATE)
        owner = person(session, viewer, "a", [key])
        other = person(session, viewer, "b", [key])
        built = hierarchy(session, owner, projects=1, datasets=1, images=1)
        image, dataset = built.images[0], built.datasets[0]

        assert images_by_id(session, other, [image]) == {}
        assert images_of_datasets(session, other, [dataset]) == {}
        assert child_counts(session, other, "Dataset", [dataset]) == {}
        with pytest.raises(NotFoundError) as hidden:
            pixels_record(session, other, image)
        with pytest.raises(NotFoundError) as missing:
            pixels_record(session, other, 10**9)
    assert str(hidden.value) == str(missing.value).replace(str(10**9), str(image))


def test_leader_of_a_private_group_may_delete_but_not_link(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.PRIVATE)
        owner = person(session, viewer, "a", [key])
        leader = person(session, viewer, "leader", [key], leads=True)
        built = hierarchy(session, owner, projects=1, datasets=1, images=1)
        mine = create_dataset(session, leader, "mine")

        with pytest.raises(NotAllowedError, match="not link"):
            link_images_to_dataset(session, leader, built.images, mine.id)
        delete_images(session, leader, built.images)
        assert images_by_id(session, owner, built.images) == {}


def test_members_of_a_read_write_group_rename_each_others_datasets(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_WRITE)
        owner = person(session, viewer, "a", [key])
        other = person(session, viewer, "b", [key])
        dataset = create_dataset(session, owner, "before")
        rename(session, other, models.Dataset, dataset.id, "after")

        assert (dataset.name, dataset.owner_id) == ("after", owner.experimenter_id)


def test_members_of_a_read_only_group_rename_nothing_of_others(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_ONLY)
        owner = person(session, viewer, "a", [key])
        other = person(session, viewer, "b", [key])
        dataset = create_dataset(session, owner, "before")

        with pytest.raises(NotAllowedError, match="not edit"):
            rename(session, other, models.Dataset, dataset.id, "after")
        assert dataset.name == "before"


def test_linking_across_groups_is_refused(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        first = group(session, viewer, GroupPermissions.READ_WRITE)
        second = group(session, viewer, GroupPermissions.READ_ONLY)
        both = person(session, viewer, "both", [first, second])
        dataset = create_dataset(session, both, "here", group_id=first)
        built = hierarchy(session, both, group_id=second, projects=1, datasets=1, images=1)

        with pytest.raises(InvalidInputError, match="different groups"):
            link_images_to_dataset(session, both, built.images, dataset.id)
        with pytest.raises(InvalidInputError, match="different groups"):
            link_dataset_to_project(session, both, dataset.id, built.projects[0])


def test_data_of_a_deactivated_person_stays_visible(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_ONLY)
        owner = person(session, viewer, "a", [key])
        other = person(session, viewer, "b", [key])
        built = hierarchy(session, owner)
        deactivate(session, viewer, "a")

        assert len(images_by_id(session, other, built.images)) == len(built.images)
        with pytest.raises(NotFoundError):
            viewer_by_experimenter(session, owner.experimenter_id)


def test_deleted_rows_exist_for_nobody(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer)
        delete_datasets(session, viewer, [built.datasets[0]])

        with pytest.raises(NotFoundError, match="No dataset"):
            visible_rows(session, viewer, models.Dataset, built.datasets)
        left = session.scalars(select_visible(viewer, models.Dataset, models.Dataset.id)).all()
        assert sorted(left) == list(built.datasets[1:])


def test_rights_of_many_rows_are_checked_in_two_statements(
    database: Database, viewer: Viewer, statements: Statements
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, images=50)

    with database.reading() as session, statements(database, 2):
        rows = visible_rows(session, viewer, models.Image, built.images)
        require(session, viewer, Right.DELETE, rows)


def test_parts_without_owners_are_seen_with_their_wholes(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.PRIVATE)
        owner = person(session, viewer, "owner", [key])
        member = person(session, viewer, "member", [key])
        built = hierarchy(session, owner, projects=1, datasets=1, images=1)
        note = NewAnnotation("MapAnnotation", pairs=[("cells", "HeLa")])
        annotate(session, owner, [("Image", built.images[0])], [note])
        pair = models.MapPair
        seen = {
            who: session.scalars(select_visible(who, pair, pair.key)).all()
            for who in (owner, member)
        }

    assert seen == {owner: ["cells"], member: []}


def test_what_belongs_to_accounts_is_for_their_people(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_WRITE)
        ann = person(session, viewer, "ann", [key])
        bob = person(session, viewer, "bob", [])

        def seen(who: Viewer, entity: Any, column: Any) -> set[Any]:
            return set(session.scalars(select_visible(who, entity, column)))

        member, entry = models.Membership, models.AuditEntry
        inside = {
            who.experimenter_id: ann.experimenter_id in seen(who, member, member.experimenter_id)
            for who in (viewer, ann, bob)
        }
        told = [bool(seen(who, entry, entry.id)) for who in (viewer, ann, bob)]

    assert list(inside.values()) == [True, True, False]
    assert told == [True, False, False]
