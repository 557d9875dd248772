import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.checking.findings import Kind
from store.checking.repairs import repair_rows
from store.checking.rows import contradictions
from store.database import Database
from store.edits.giving import give
from store.edits.graph import delete, move_to_group
from store.edits.images import Registered, register_fileset, register_filesets
from store.edits.people import create_group
from store.edits.purging import purge_deletion
from store.edits.quotas import miscounted, recount, set_quota
from store.edits.uploads import Limits, Wanted, begin_upload
from store.errors import InvalidInputError, NotAllowedError, NotFoundError, QuotaError
from store.models.enums import GroupPermissions, Privilege
from store.queries.usage import Amount, Most, quotas_of, usage_of
from tests.parsed import parsed_fileset
from tests.people import group, person

LIMITS = Limits(files=10, size=2**40, lifetime=dt.timedelta(days=1))


def usage(session: Session, viewer: Viewer) -> dict[tuple[int, int], tuple[int, int]]:
    row = models.StorageUsage
    assert miscounted(session) == {}
    return {
        (one.owner_id, one.group_id): (one.images, one.bytes)
        for one in session.scalars(sa.select(row).where(row.images + row.bytes > 0))
    }


def test_counters_follow_whatever_is_done(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        here = create_group(session, viewer, "here", GroupPermissions.READ_WRITE)
        there = create_group(session, viewer, "there", GroupPermissions.READ_WRITE)
        ada = person(session, viewer, "ada", [here, there])
        bob = person(session, viewer, "bob", [here, there])
        first = register_fileset(session, ada, parsed_fileset("a.tif", "b.tif"), group_id=here)
        register_fileset(session, ada, parsed_fileset("c.tif", images=1), group_id=here)
        assert usage(session, ada) == {(ada.experimenter_id, here): (3, 3001)}

        move_to_group(session, ada, [("Fileset", first.fileset_id)], there)
        assert usage(session, ada) == {
            (ada.experimenter_id, here): (1, 1000),
            (ada.experimenter_id, there): (2, 2001),
        }

        give(session, viewer, [("Fileset", first.fileset_id)], bob.experimenter_id)
        assert usage(session, ada) == {
            (ada.experimenter_id, here): (1, 1000),
            (bob.experimenter_id, there): (2, 2001),
        }

        session.execute(
            sa.update(models.OriginalFile)
            .where(models.OriginalFile.owner_id == ada.experimenter_id)
            .values(size=7)
        )
        assert usage(session, ada)[ada.experimenter_id, here] == (1, 7)


def test_the_trash_counts_until_it_is_purged(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        made = register_fileset(session, viewer, parsed_fileset())
        report = delete(session, viewer, [("Fileset", made.fileset_id)])
        assert list(usage(session, viewer).values()) == [(2, 1000)]

        event = session.scalar(
            sa.select(models.Image.deleted_event_id).where(models.Image.id == made.image_ids[0])
        )
        assert report is not None
        assert event is not None
        purge_deletion(session, viewer, event)

        assert usage(session, viewer) == {}


def test_a_persons_quota_refuses_what_does_not_fit_and_nothing_else(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        set_quota(session, viewer, "experimenter", viewer.experimenter_id, Most(images=3))
        many = [
            parsed_fileset("a.tif", images=2),
            parsed_fileset("b.tif", images=2),
            parsed_fileset("c.tif", images=1),
        ]

        first, second, third = register_filesets(session, viewer, many)

        assert isinstance(first, Registered)
        assert isinstance(third, Registered)
        assert isinstance(second, QuotaError)
        assert second.message == "You have 0 images of at most 3; 4 more do not fit."
        again = register_filesets(session, viewer, many)
        assert [isinstance(one, Registered) for one in again] == [True, False, True]
        assert list(usage(session, viewer).values()) == [(3, 2000)]


def test_a_groups_quota_holds_for_all_its_people_together(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        here = group(session, viewer, GroupPermissions.READ_ONLY)
        other = create_group(session, viewer, "other")
        ada = person(session, viewer, "ada", [here, other])
        bob = person(session, viewer, "bob", [here])
        set_quota(session, viewer, "group", here, Most(bytes=1500))
        register_fileset(session, ada, parsed_fileset("a.tif"), group_id=here)

        with pytest.raises(QuotaError, match="The group has 1,000 bytes of at most 1,500"):
            register_fileset(session, bob, parsed_fileset("b.tif"), group_id=here)
        register_fileset(session, ada, parsed_fileset("b.tif"), group_id=other)


def test_of_many_at_once_exactly_as_many_fit_as_may(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        set_quota(session, viewer, "experimenter", viewer.experimenter_id, Most(images=5))

    def add(number: int) -> bool:
        parsed = parsed_fileset(f"{number}.tif", images=1)
        try:
            with database.writing() as session:
                register_fileset(session, viewer, parsed)
        except QuotaError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(add, range(16)))

    assert done.count(True) == 5
    with database.reading() as session:
        assert list(usage(session, viewer).values()) == [(5, 5000)]


def test_people_at_once_wait_for_nobody_elses_counters(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        here = create_group(session, viewer, "here")
        people = [person(session, viewer, f"person{n}", [here]) for n in range(4)]

    def add(number: int) -> None:
        parsed = parsed_fileset(f"{number}.tif", images=1)
        with database.writing() as session:
            register_fileset(session, people[number % 4], parsed, group_id=here)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(24)))

    with database.reading() as session:
        assert sorted(usage(session, viewer).values()) == [(6, 6000)] * 4


def test_an_upload_that_does_not_fit_is_refused_before_it_begins(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        register_fileset(session, viewer, parsed_fileset())
        set_quota(session, viewer, "experimenter", viewer.experimenter_id, Most(bytes=2000))
        begin_upload(session, viewer, Wanted("a.tif", 600), LIMITS)

        with pytest.raises(QuotaError, match="1,000 bytes of at most 2,000; 1,001 more"):
            begin_upload(session, viewer, Wanted("b.tif", 401), LIMITS)
        begin_upload(session, viewer, Wanted("b.tif", 400), LIMITS)


def test_quotas_are_for_administrators_to_set(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        here = group(session, viewer, GroupPermissions.PRIVATE)
        ada = person(session, viewer, "ada", [here], leads=True)
        for subject, key in (("experimenter", ada.experimenter_id), ("group", here)):
            with pytest.raises(NotAllowedError):
                set_quota(session, ada, subject, key, Most(images=10**6))  # type: ignore[arg-type]
        with pytest.raises(InvalidInputError):
            set_quota(session, viewer, "group", here, Most(images=-1))
        with pytest.raises(NotFoundError):
            set_quota(session, viewer, "group", 10**6, Most(images=1))
        set_quota(session, viewer, "group", here, Most(images=5))
        set_quota(session, viewer, "group", here, Most(bytes=6))
        assert quotas_of(session, ada, "group", [here]) == {here: Most(None, 6)}
        bob = person(session, viewer, "bob", [])
        assert quotas_of(session, bob, "group", [here]) == {}
    assert Privilege.MODIFY_GROUP


def test_usage_is_told_as_far_as_rows_are_seen(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        private = create_group(session, viewer, "private")
        shared = create_group(session, viewer, "shared", GroupPermissions.READ_ONLY)
        ada = person(session, viewer, "ada", [private, shared])
        bob = person(session, viewer, "bob", [private, shared])
        for place in (private, shared):
            register_fileset(session, ada, parsed_fileset(f"{place}.tif"), group_id=place)
        key = ada.experimenter_id

        assert usage_of(session, ada, "experimenter", [key])[key] == Amount(4, 2000)
        assert usage_of(session, viewer, "experimenter", [key])[key] == Amount(4, 2000)
        assert usage_of(session, bob, "experimenter", [key])[key] == Amount(2, 1000)
        assert usage_of(session, bob, "group", [private, shared]) == {shared: Amount(2, 1000)}


def test_a_wrong_counter_is_found_and_put_right(
    database: Database, viewer: Viewer, tmp_path: Path
) -> None:
    with database.writing() as session:
        register_fileset(session, viewer, parsed_fileset())
        session.execute(sa.update(models.StorageUsage).values(images=9, bytes=0))
        found = [one for one in contradictions(session) if one.kind is Kind.USAGE]

        assert [one.subject for one in found] == [f"Experimenter:{viewer.experimenter_id}"]
        assert "-7 images and +1,000 bytes" in found[0].message
        assert repair_rows(session, viewer, found) == 1
        assert miscounted(session) == {}
        assert recount(session) == 0


def test_what_was_there_before_is_counted_by_the_upgrade(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        register_fileset(session, viewer, parsed_fileset("a.tif", "b.tif"))
    database.downgrade("0016")
    database.upgrade()

    with database.writing() as session:
        assert list(usage(session, viewer).values()) == [(2, 2001)]
        register_fileset(session, viewer, parsed_fileset("c.tif", images=1))
        assert list(usage(session, viewer).values()) == [(3, 3001)]
