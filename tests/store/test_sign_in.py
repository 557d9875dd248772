"""Accounts, passwords and sessions: who gets in, for how long."""

import datetime as dt

import argon2
import pytest
import sqlalchemy as sa

from store import models, passwords, sign_in
from store.access import Viewer
from store.database import Database
from store.edits.people import (
    activate,
    add_member,
    create_experimenter,
    create_group,
    deactivate,
    first_start,
    set_password,
)
from store.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from store.models.enums import GroupPermissions
from store.queries.people import (
    experimenter_by_id,
    experimenter_by_name,
    experimenters,
    viewer_by_experimenter,
)
from tests.conftest import Statements
from tests.people import person

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
PASSWORD = "correct horse"


def test_first_start_makes_one_administrator_without_a_password(database: Database) -> None:
    with database.writing() as session:
        key = first_start(session)
        again = first_start(session)
        viewer = viewer_by_experimenter(session, key)

        assert key == again
        assert viewer.administrator
        assert viewer.leads == viewer.groups == {viewer.default_group_id}
        assert not sign_in.administrator_has_password(session)
        assert sign_in.verify_password(session, "root", "") is None


def test_a_password_opens_its_account_only(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        ada = create_experimenter(session, viewer, "ada", password=PASSWORD)
        create_experimenter(session, viewer, "bob")

        assert sign_in.verify_password(session, "ada", PASSWORD) == ada
        for name, password in [
            ("ada", PASSWORD + "!"),
            ("ada", ""),
            ("ada", "x" * 100_000),
            ("ada", "\ud800"),
            ("Ada", PASSWORD),
            ("bob", ""),
            ("bob", PASSWORD),
            ("nobody", PASSWORD),
            ("a\0da", PASSWORD),
            ("\ud800", PASSWORD),
        ]:
            assert sign_in.verify_password(session, name, password) is None


def test_an_administrators_password_is_noticed(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        create_experimenter(session, viewer, "ada", password=PASSWORD)
        before = sign_in.administrator_has_password(session)
        set_password(session, viewer, "root", PASSWORD)

        assert (before, sign_in.administrator_has_password(session)) == (False, True)


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaa", "x" * 1025])
def test_weak_passwords_are_refused_with_the_reason(
    database: Database, viewer: Viewer, password: str
) -> None:
    with database.writing() as session, pytest.raises(InvalidInputError, match="password"):
        set_password(session, viewer, "root", password)


def test_an_account_without_a_password_costs_the_same_work() -> None:
    real = argon2.extract_parameters(passwords.hash_password(PASSWORD))

    assert argon2.extract_parameters(passwords.NOBODY) == real
    assert not passwords.password_matches(None, "an account that does not exist")


def test_a_session_gives_its_viewer_until_it_is_closed(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        secret = sign_in.open_session(session, viewer.experimenter_id)
        other = sign_in.open_session(session, viewer.experimenter_id)
        found = sign_in.viewer_of_session(session, secret)
        sign_in.close_session(session, secret)
        sign_in.close_session(session, "no such secret \ud800")

        assert found == viewer
        assert sign_in.viewer_of_session(session, secret) is None
        assert sign_in.viewer_of_session(session, other) == viewer
        assert len(secret) == 43


def test_secrets_are_not_kept(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        secret = sign_in.open_session(session, viewer.experimenter_id)
        kept = session.scalars(sa.select(models.SignInSession)).one()

        assert secret not in (kept.secret_hash, str(vars(kept)))


def test_a_session_ends_when_idle_or_old(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        secret = sign_in.open_session(session, viewer.experimenter_id, now=NOW)

        def alive(days: float) -> bool:
            moment = NOW + dt.timedelta(days=days)
            found = sign_in.viewer_of_session(session, secret, now=moment)
            sign_in.renew_session(session, secret, now=moment)
            return found is not None

        assert [alive(day) for day in (6, 12, 18, 24, 29, 31)] == [True] * 5 + [False]
        assert sign_in.forget_ended_sessions(session, now=NOW + dt.timedelta(days=31)) == 1


def test_an_idle_session_ends(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        secret = sign_in.open_session(session, viewer.experimenter_id, now=NOW)
        later = NOW + dt.timedelta(days=8)

        assert sign_in.viewer_of_session(session, secret, now=later) is None
        assert not sign_in.renew_session(session, secret, now=later)


def test_a_session_may_be_asked_to_end_sooner(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        secret = sign_in.open_session(session, viewer.experimenter_id, lifetime_s=60, now=NOW)

        def found(seconds: int) -> Viewer | None:
            return sign_in.viewer_of_session(
                session, secret, now=NOW + dt.timedelta(seconds=seconds)
            )

        assert (found(59), found(60)) == (viewer, None)


def test_use_is_noted_at_most_once_an_hour(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        secret = sign_in.open_session(session, viewer.experimenter_id, now=NOW)
        minutes = (10, 50, 61, 70, 122)
        noted = [
            sign_in.renew_session(session, secret, now=NOW + dt.timedelta(minutes=minute))
            for minute in minutes
        ]

        assert noted == [False, False, True, False, True]


def test_a_deactivated_person_is_out_at_once_and_may_come_back(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        ada = create_experimenter(session, viewer, "ada", password=PASSWORD)
        secret = sign_in.open_session(session, ada)
        deactivate(session, viewer, "ada")

        assert sign_in.viewer_of_session(session, secret) is None
        assert sign_in.verify_password(session, "ada", PASSWORD) is None
        with pytest.raises(NotFoundError):
            sign_in.open_session(session, ada)
        activate(session, viewer, "ada")
        assert sign_in.verify_password(session, "ada", PASSWORD) == ada


def test_a_new_password_ends_all_sessions(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        secret = sign_in.open_session(session, viewer.experimenter_id)
        set_password(session, viewer, "root", PASSWORD)

        assert sign_in.viewer_of_session(session, secret) is None


def test_a_membership_counts_from_the_next_request_on(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        ada = create_experimenter(session, viewer, "ada")
        secret = sign_in.open_session(session, ada)
        key = create_group(session, viewer, "Lab", GroupPermissions.READ_ONLY)
        add_member(session, viewer, "ada", key)
        member = sign_in.viewer_of_session(session, secret)
        add_member(session, viewer, "ada", key, leader=True)
        leader = sign_in.viewer_of_session(session, secret)

        assert member is not None
        assert leader is not None
        assert (key in member.shares, key in member.leads, key in leader.leads) == (
            True,
            False,
            True,
        )


def test_only_administrators_manage_accounts(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        ada = person(session, viewer, "ada", [])
        for action in (
            lambda: create_experimenter(session, ada, "bob"),
            lambda: create_group(session, ada, "Lab"),
            lambda: add_member(session, ada, "ada", 1, leader=True),
            lambda: set_password(session, ada, "root", PASSWORD),
            lambda: deactivate(session, ada, "root"),
            lambda: activate(session, ada, "root"),
        ):
            with pytest.raises(NotAllowedError, match="Only administrators"):
                action()
        set_password(session, ada, "ada", PASSWORD)


@pytest.mark.parametrize("name", ["", " ada", "a da", "-ada", "a\0", "x" * 256, "añb", "../x"])
def test_user_names_that_cannot_be_typed_everywhere_are_refused(
    database: Database, viewer: Viewer, name: str
) -> None:
    with database.writing() as session, pytest.raises(InvalidInputError, match="user name"):
        create_experimenter(session, viewer, name)


def test_names_are_taken_once(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        with pytest.raises(ConflictError, match="user root already"):
            create_experimenter(session, viewer, "root")
        with pytest.raises(ConflictError, match="group default already"):
            create_group(session, viewer, "default")


def test_people_are_found_by_id_and_name_and_listed_by_name(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        ada = create_experimenter(session, viewer, "ada", first_name="Ada", last_name="L")

        assert [row.user_name for row in experimenters(session, viewer)] == ["ada", "root"]
        assert experimenter_by_name(session, viewer, "ada").id == ada
        assert experimenter_by_id(session, viewer, ada).first_name == "Ada"
        with pytest.raises(NotFoundError, match="No user eve"):
            experimenter_by_name(session, viewer, "eve")


def test_a_signed_in_request_costs_three_statements(
    database: Database, viewer: Viewer, statements: Statements
) -> None:
    with database.writing() as session:
        secret = sign_in.open_session(session, viewer.experimenter_id)

    with database.reading() as session, statements(database, 3):
        found = sign_in.viewer_of_session(session, secret)
    assert found == viewer
