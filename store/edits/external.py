"""Accounts of people whom an OpenID provider or a directory vouches for, and their groups."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import audit, models
from store.access import Viewer
from store.edits.people import (
    FIRST_GROUP,
    account,
    end_membership,
    membership_of,
    privileges_of,
    require,
    require_no_more,
)
from store.errors import ConflictError, InvalidInputError, NotAllowedError
from store.models.enums import Privilege

LONGEST = 255
LONGEST_SUBJECT = 512
_UNFIT = re.compile(r"[^A-Za-z0-9._@-]+")


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a provider or a directory says about a person who has just signed in there."""

    issuer: str
    """Address of the provider or of the directory."""
    subject: str
    """What it calls the person; never given to somebody else."""
    user_name: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    groups: frozenset[str] = frozenset()
    """Names of its groups."""
    session: str = ""
    """What it calls the session in which the person signed in there, if it tells."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What follows from what is claimed."""

    create: bool = True
    """Whether the first sign-in makes an account."""
    groups: Sequence[tuple[str, str]] = ()
    """Their groups and ours; people join and leave ours as they are in theirs."""


def account_of(session: Session, claimed: Claimed, rules: Rules) -> int:
    """Find or make the account of a person, and bring name and groups up to date.

    An account is found by what the issuer calls the person. Where none is known by that, one of
    the same user name that was made without a password and is no administrator's is the person's
    from now on. Nobody becomes an administrator by what is claimed.

    Args:
        session: Of the caller's transaction.
        claimed: The caller has made sure that it is true.
        rules: What follows from it.

    Returns:
        Database id of the experimenter.

    Raises:
        NotAllowedError: The account was deactivated, the name is somebody else's, or there is no
            account and none is made.
    """
    person = _known(session, claimed) or _adopted(session, claimed)
    first = person is None
    if person is None:
        person = _made(session, claimed, rules)
    if not person.active:
        raise NotAllowedError("This account was closed.", "Ask an administrator.")
    _name(session, person, claimed)
    _regroup(session, person, claimed, rules)
    if first and not rules.groups:
        _join(session, person, FIRST_GROUP, claimed)
    session.flush()
    return person.id


def link_identity(
    session: Session, viewer: Viewer, user_name: str, issuer: str, subject: str
) -> None:
    """Say how a provider or a directory calls the person of an account.

    For administrators with the privilege ModifyUser, and all those that the account has: whoever
    the issuer vouches for signs in with it.

    Raises:
        NotAllowedError: The viewer lacks a privilege.
        NotFoundError: No such account.
        ConflictError: Another account is known by that already.
        InvalidInputError: The subject is missing or too long.
    """
    require(viewer, Privilege.MODIFY_USER, "say who people are elsewhere")
    person = account(session, user_name)
    require_no_more(viewer, privileges_of(person))
    if not 1 <= len(subject) <= LONGEST_SUBJECT:
        raise InvalidInputError("The subject is missing or too long.", "Use 1 to 512 characters.")
    row = models.ExternalIdentity
    taken = session.scalar(
        sa.select(row.experimenter_id).where(row.issuer == issuer, row.subject == subject)
    )
    if taken is not None and taken != person.id:
        raise ConflictError(f"Experimenter:{taken} is known by {subject} already.", "Check it.")
    if taken is None:
        _link(session, person, issuer, subject)
        after = {"issuer": issuer, "subject": subject}
        audit.record(session, viewer, "link identity", f"Experimenter:{person.id}", None, after)


def fitting(name: str) -> str:
    """Make a user name of what somebody is called elsewhere; empty if nothing is left.

    >>> fitting("Ada Lovelace"), fitting("ada@example.org"), fitting("..")
    ('Ada.Lovelace', 'ada@example.org', '')
    """
    return _UNFIT.sub(".", name.strip()).lstrip("._@-")[:LONGEST]


def _known(session: Session, claimed: Claimed) -> models.Experimenter | None:
    person, identity = models.Experimenter, models.ExternalIdentity
    return session.scalars(
        sa.select(person)
        .join(identity, identity.experimenter_id == person.id)
        .where(identity.issuer == claimed.issuer, identity.subject == claimed.subject)
    ).one_or_none()


def _adopted(session: Session, claimed: Claimed) -> models.Experimenter | None:
    person, identity = models.Experimenter, models.ExternalIdentity
    name = fitting(claimed.user_name)
    found = session.scalars(sa.select(person).where(person.user_name == name)).one_or_none()
    if found is None:
        return None
    other = session.scalar(sa.select(sa.exists().where(identity.experimenter_id == found.id)))
    if other or found.password_hash is not None or found.administrator:
        raise NotAllowedError(
            f"There is an account {name} already, which may be somebody else's.",
            "Ask an administrator: `micrograph user link` says whose it is.",
        )
    _link(session, found, claimed.issuer, claimed.subject)
    _record(session, found, "link identity", claimed)
    return found


def _made(session: Session, claimed: Claimed, rules: Rules) -> models.Experimenter:
    name = fitting(claimed.user_name)
    if not rules.create:
        raise NotAllowedError("You have no account here.", "Ask an administrator for one.")
    if not name or not 1 <= len(claimed.subject) <= LONGEST_SUBJECT:
        raise NotAllowedError(
            "Your institution gives no name that an account could have.", "Ask an administrator."
        )
    person = models.Experimenter(user_name=name)
    session.add(person)
    session.flush()
    _link(session, person, claimed.issuer, claimed.subject)
    _record(session, person, "create experimenter", claimed)
    return person


def _link(session: Session, person: models.Experimenter, issuer: str, subject: str) -> None:
    session.add(models.ExternalIdentity(experimenter_id=person.id, issuer=issuer, subject=subject))
    session.flush()


def _name(session: Session, person: models.Experimenter, claimed: Claimed) -> None:
    """Take over names and address; what is not claimed stays."""
    fields = ("first_name", "last_name", "email")
    before = {name: getattr(person, name) for name in fields}
    for name in fields:
        text = "".join(one for one in getattr(claimed, name) if one.isprintable()).strip()
        if text:
            setattr(person, name, text[:LONGEST])
    after = {name: getattr(person, name) for name in fields}
    if after != before:
        subject = f"Experimenter:{person.id}"
        audit.record(session, person.id, "update experimenter", subject, before, after)


def _regroup(session: Session, person: models.Experimenter, claimed: Claimed, rules: Rules) -> None:
    """Join the groups that are claimed, and leave those that are not any more."""
    wanted = {ours for theirs, ours in rules.groups if theirs in claimed.groups}
    for _, ours in rules.groups:
        if ours in wanted:
            _join(session, person, ours, claimed)
        else:
            _leave(session, person, ours, claimed)


def _join(session: Session, person: models.Experimenter, name: str, claimed: Claimed) -> None:
    group, member = _membership(session, person, name)
    if group is None or member is not None:
        return
    session.add(models.Membership(experimenter_id=person.id, group_id=group, leader=False))
    person.default_group_id = person.default_group_id or group
    session.flush()
    _record_member(session, person, "add member", group, claimed)


def _leave(session: Session, person: models.Experimenter, name: str, claimed: Claimed) -> None:
    group, member = _membership(session, person, name)
    if group is None or member is None:
        return
    end_membership(session, person, member)
    _record_member(session, person, "remove member", group, claimed)


def _membership(
    session: Session, person: models.Experimenter, name: str
) -> tuple[int | None, models.Membership | None]:
    group = models.ExperimenterGroup
    key = session.scalar(sa.select(group.id).where(group.name == name))
    return key, None if key is None else membership_of(session, person.id, key)


def _record(session: Session, person: models.Experimenter, action: str, claimed: Claimed) -> None:
    after = {"issuer": claimed.issuer, "subject": claimed.subject, "user_name": person.user_name}
    audit.record(session, person.id, action, f"Experimenter:{person.id}", None, after)


def _record_member(
    session: Session, person: models.Experimenter, action: str, group_id: int, claimed: Claimed
) -> None:
    told = {"member": person.user_name, "by": claimed.issuer}
    pair = (None, told) if action == "add member" else (told, None)
    audit.record(session, person.id, action, f"ExperimenterGroup:{group_id}", *pair)
