import datetime as dt
import itertools
from dataclasses import replace

import pytest
import sqlalchemy as sa

from store import models
from store.access import Viewer, group_for
from store.database import Database
from store.edits.people import (
    create_experimenter,
    deactivate,
    set_administrator,
    set_password,
)
from store.errors import InvalidInputError, NotAllowedError, NotFoundError
from store.models.enums import GroupPermissions, Privilege, TokenScope
from store.queries.people import viewer_by_experimenter
from store.sign_in import renew_session, viewer_of_session
from store.tokens import create_token, narrowed, revoke_tokens
from tests.people import group, person

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
PASSWORD = "a few quiet words"


def test_a_token_gives_its_viewer_until_it_ends_or_is_revoked(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        ada = person(session, viewer, "ada", [])
        new = create_token(session, ada, "backup", TokenScope.WRITE, 10, now=NOW)
        late, later = NOW + dt.timedelta(days=9), NOW + dt.timedelta(days=10)

        found = viewer_of_session(session, new.secret, now=late)
        assert found is not None
        assert (found.experimenter_id, found.by_token) == (ada.experimenter_id, True)
        assert viewer_of_session(session, new.secret, now=later) is None
        assert viewer_of_session(session, new.secret[:-1], now=late) is None
        assert viewer_of_session(session, "mgt_", now=late) is None
        revoke_tokens(session, ada, [new.id])
        assert viewer_of_session(session, new.secret, now=late) is None


def test_only_a_hash_of_a_token_is_kept(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        new = create_token(session, viewer, "backup", TokenScope.READ, 1)

        row = session.scalars(sa.select(models.AccessToken)).one()
        assert len(new.secret) >= 4 + 43
        assert row.secret_hash != new.secret
        said = session.scalars(sa.select(models.AuditEntry.details)).all()
        assert not any(new.secret in one for one in said)


def test_the_last_use_is_noted_at_most_once_an_hour(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        new = create_token(session, viewer, "backup", TokenScope.READ, 1, now=NOW)

        assert renew_session(session, new.secret, now=NOW)
        assert not renew_session(session, new.secret, now=NOW + dt.timedelta(minutes=59))
        assert renew_session(session, new.secret, now=NOW + dt.timedelta(minutes=61))


def test_no_token_is_good_for_more_than_its_scope(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:

        def found(scope: TokenScope, privileges: list[Privilege] | None = None) -> Viewer:
            new = create_token(session, viewer, "a", scope, 1, privileges)
            holder = viewer_of_session(session, new.secret)
            assert holder is not None
            return holder

        reading, writing = found(TokenScope.READ), found(TokenScope.WRITE)
        some = found(TokenScope.ADMINISTER, [Privilege.CHGRP])
        every = found(TokenScope.ADMINISTER)

    assert (reading.administrator, reading.read_only) == (False, True)
    assert (writing.administrator, writing.read_only) == (False, False)
    assert [one for one in Privilege if some.has(one)] == [Privilege.CHGRP]
    assert all(every.has(one) for one in Privilege)


def test_no_token_makes_a_token_or_a_password(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        for scope in TokenScope:
            secret = create_token(session, viewer, "a", scope, 1).secret
            holder = viewer_of_session(session, secret)
            assert holder is not None
            for wanted in TokenScope:
                with pytest.raises(NotAllowedError):
                    create_token(session, holder, "more", wanted, 366)
            with pytest.raises(NotAllowedError):
                set_password(session, holder, "root", PASSWORD)


def test_a_token_has_never_more_than_its_account(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        create_experimenter(session, viewer, "bea", administrator=True)
        key = session.scalars(
            sa.select(models.Experimenter.id).where(models.Experimenter.user_name == "bea")
        ).one()
        bea = viewer_by_experimenter(session, key)
        secret = create_token(session, bea, "all", TokenScope.ADMINISTER, 1).secret
        set_administrator(session, viewer, "bea", True, set(Privilege) - {Privilege.SUDO})

        holder = viewer_of_session(session, secret)
        assert holder is not None
        assert [one for one in Privilege if holder.has(one)] == [Privilege.SUDO]
        set_administrator(session, viewer, "bea", False)
        holder = viewer_of_session(session, secret)
        assert holder is not None
        assert not holder.administrator
        deactivate(session, viewer, "bea")
        assert viewer_of_session(session, secret) is None


def test_narrowing_takes_and_never_gives() -> None:
    own = [Viewer(1, administrator=a, withheld=frozenset(w), read_only=r)
           for a in (True, False) for w in ((), (Privilege.SUDO,)) for r in (True, False)]  # fmt: skip
    asked = [[], ["Sudo"], [one.value for one in Privilege]]
    for viewer, scope, privileges in itertools.product(own, TokenScope, asked):
        holder = narrowed(viewer, scope, privileges)

        assert holder.administrator <= viewer.administrator
        assert all(viewer.has(one) for one in Privilege if holder.has(one))
        assert holder.groups == viewer.groups


def test_what_a_token_is_asked_for_has_to_make_sense(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        ada = person(session, viewer, "ada", [])
        for name, days in (("", 1), (" ", 1), ("x\0", 1), ("x" * 256, 1), ("x", 0), ("x", 367)):
            with pytest.raises(InvalidInputError):
                create_token(session, ada, name, TokenScope.READ, days)
        with pytest.raises(InvalidInputError):
            create_token(session, ada, "a", TokenScope.READ, 1, [Privilege.SUDO])
        with pytest.raises(NotAllowedError):
            create_token(session, ada, "a", TokenScope.ADMINISTER, 1)


def test_tokens_of_others_do_not_exist(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        shared = group(session, viewer, GroupPermissions.READ_WRITE)
        ada = person(session, viewer, "ada", [shared])
        bob = person(session, viewer, "bob", [shared], leads=True)
        new = create_token(session, ada, "backup", TokenScope.READ, 1)

        with pytest.raises(NotFoundError):
            revoke_tokens(session, bob, [new.id])
        revoke_tokens(session, viewer, [new.id])


def test_a_new_password_ends_tokens(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        ada = person(session, viewer, "ada", [])
        secret = create_token(session, ada, "backup", TokenScope.READ, 1).secret
        set_password(session, viewer, "ada", PASSWORD)

        assert viewer_of_session(session, secret) is None


def test_nobody_makes_or_changes_an_account_with_privileges_that_they_lack(
    database: Database, viewer: Viewer
) -> None:
    sets = [frozenset(one) for n in range(4) for one in itertools.combinations(SOME, n)]
    with database.writing() as session:
        for number, has in enumerate(sets):
            name = f"t{number}"
            create_experimenter(
                session, viewer, name, administrator=True, withheld=set(Privilege) - has
            )
        create_experimenter(session, viewer, "plain")
        for mine in sets:
            lacking = frozenset(Privilege) - mine
            actor = Viewer(viewer.experimenter_id, administrator=True, withheld=lacking)
            for number, theirs in enumerate(sets):
                may = theirs <= mine and Privilege.MODIFY_USER in mine
                made = _attempt(
                    lambda a=actor, n=number, t=theirs: set_administrator(
                        session, a, f"t{n}", True, set(Privilege) - t
                    )
                )
                reset = _attempt(
                    lambda a=actor, n=number: set_password(session, a, f"t{n}", PASSWORD)
                ) if number in (0, 3, len(sets) - 1) else may  # fmt: skip
                assert (made, reset) == (may, may), (mine, theirs)
                raised = _attempt(
                    lambda a=actor, t=theirs: set_administrator(
                        session, a, "plain", True, set(Privilege) - t
                    )
                )
                set_administrator(session, viewer, "plain", False)
                assert raised == may, (mine, theirs)


SOME = (Privilege.MODIFY_USER, Privilege.SUDO, Privilege.WRITE_OWNED)


def _attempt(run: object) -> bool:
    try:
        run()  # type: ignore[operator]
    except NotAllowedError:
        return False
    return True


def test_an_administrator_who_only_reads_has_no_privilege(
    database: Database, viewer: Viewer
) -> None:
    reading = replace(viewer, read_only=True)
    with database.writing() as session:
        with pytest.raises(NotAllowedError, match="make accounts"):
            create_experimenter(session, reading, "eve", administrator=True)
        with pytest.raises(NotAllowedError):
            set_administrator(session, reading, "root", False)

    assert not any(reading.has(one) for one in Privilege)


def test_who_only_reads_makes_nothing_in_their_own_groups(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        ada = person(session, viewer, "ada", [group(session, viewer, GroupPermissions.READ_WRITE)])
    reading = replace(ada, read_only=True)

    assert group_for(ada, None) == ada.default_group_id
    for chosen in (None, ada.default_group_id):
        with pytest.raises(NotAllowedError, match="for reading only"):
            group_for(reading, chosen)


def test_nobody_makes_a_token_with_a_privilege_that_they_lack(
    database: Database, viewer: Viewer
) -> None:
    lesser = replace(viewer, withheld=frozenset(set(Privilege) - {Privilege.CHGRP}))
    with database.writing() as session:
        with pytest.raises(NotAllowedError, match="You lack the privilege Chown"):
            create_token(
                session, lesser, "a", TokenScope.ADMINISTER, 1, [Privilege.CHGRP, Privilege.CHOWN]
            )
        made = create_token(session, lesser, "a", TokenScope.ADMINISTER, 1)

        row = session.get_one(models.AccessToken, made.id)
        assert row.privileges == Privilege.CHGRP
