"""Accounts: the first one, further ones, their groups and passwords."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import audit, models
from store.access import Viewer, group_for, require_writer
from store.edits.text import clean_name, clean_text
from store.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from store.models.among import among
from store.models.enums import GroupPermissions, Privilege
from store.passwords import hash_password
from store.sign_in import close_sessions_of
from store.tokens import revoke_tokens_of

ADMINISTRATOR = "root"
FIRST_GROUP = "default"
PERSONAL = ("first_name", "middle_name", "last_name", "email", "institution")
"""What people are called and where they are found."""
_USER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,254}")


def first_start(session: Session) -> int:
    """Make the administrator and the first group, unless they exist.

    The account has no password, so that nothing but a local one-time token opens it.

    Returns:
        Database id of the administrator "root".
    """
    person = models.Experimenter
    found = session.scalar(sa.select(person.id).where(person.user_name == ADMINISTRATOR))
    if found is not None:
        return found
    group = models.ExperimenterGroup(
        name=FIRST_GROUP,
        description="Where data goes until there are groups of your own.",
        permissions=GroupPermissions.PRIVATE.value,
    )
    session.add(group)
    session.flush()
    root = models.Experimenter(
        user_name=ADMINISTRATOR,
        first_name="Local",
        last_name="Administrator",
        administrator=True,
        default_group_id=group.id,
    )
    session.add(root)
    session.flush()
    session.add(models.Membership(experimenter_id=root.id, group_id=group.id, leader=True))
    session.flush()
    return root.id


def create_experimenter(
    session: Session,
    viewer: Viewer,
    user_name: str,
    *,
    password: str | None = None,
    first_name: str = "",
    last_name: str = "",
    administrator: bool = False,
    withheld: Iterable[Privilege] = (),
    group_ids: Iterable[int] = (),
) -> int:
    """Make an account; for administrators with the privilege ModifyUser.

    Args:
        session: Of the caller's transaction.
        viewer: Who makes it.
        user_name: What to sign in with: letters, digits, and . _ @ - after the first character.
        password: At least 8 characters; without one, nobody can sign in with it yet.
        first_name: May be empty.
        last_name: May be empty.
        administrator: Sees everything, and changes what privileges allow.
        withheld: Privileges that the administrator does not get. Nobody gives privileges that
            they lack.
        group_ids: Groups to be a member of, the default one first; the viewer's default group
            if none are given.

    Returns:
        Database id of the experimenter.

    Raises:
        NotAllowedError: The viewer lacks a privilege.
        InvalidInputError: The name or password cannot be used.
        ConflictError: The user name is taken.
        NotFoundError: No such group.
    """
    require(viewer, Privilege.MODIFY_USER, "make accounts")
    withheld = frozenset(withheld) if administrator else frozenset[Privilege]()
    if administrator:
        require_no_more(viewer, set(Privilege) - withheld)
    if not _USER_NAME.fullmatch(user_name):
        raise InvalidInputError(
            f"{user_name!r} cannot be a user name.",
            "Use letters, digits, and . _ @ - after the first character.",
        )
    person = models.Experimenter
    if session.scalar(sa.select(person.id).where(person.user_name == user_name)) is not None:
        raise ConflictError(f"There is a user {user_name} already.", "Choose another name.")
    groups = list(dict.fromkeys(group_ids)) or [group_for(viewer, None)]
    _require_groups(session, groups)
    row = models.Experimenter(
        user_name=user_name,
        first_name=clean_name(first_name, "first name")[:255] if first_name else "",
        last_name=clean_name(last_name, "last name")[:255] if last_name else "",
        password_hash=None if password is None else hash_password(password),
        administrator=administrator,
        withheld=" ".join(sorted(withheld)) or None,
        default_group_id=groups[0],
    )
    session.add(row)
    session.flush()
    for group_id in groups:
        session.add(models.Membership(experimenter_id=row.id, group_id=group_id))
    session.flush()
    _record(session, viewer, "create experimenter", row, None, {**_about(row), "groups": groups})
    return row.id


def create_group(
    session: Session,
    viewer: Viewer,
    name: str,
    permissions: GroupPermissions = GroupPermissions.PRIVATE,
    description: str | None = None,
) -> int:
    """Make a group without members; for administrators with the privilege ModifyGroup.

    Returns:
        Database id of the group.

    Raises:
        NotAllowedError: The viewer is not an administrator.
        InvalidInputError: The name cannot be used.
        ConflictError: The name is taken.
    """
    require(viewer, Privilege.MODIFY_GROUP, "make groups")
    wanted = clean_name(name, "group's name")
    if len(wanted) > 255:
        raise InvalidInputError("The group's name is longer than 255 characters.", "Shorten it.")
    group = models.ExperimenterGroup
    if session.scalar(sa.select(group.id).where(group.name == wanted)) is not None:
        raise ConflictError(f"There is a group {wanted} already.", "Choose another name.")
    row = group(name=wanted, description=clean_text(description), permissions=permissions.value)
    session.add(row)
    session.flush()
    after = {"name": wanted, "permissions": permissions.value}
    of_group(session, viewer, "create group", row.id, None, after)
    return row.id


def add_member(
    session: Session, viewer: Viewer, user_name: str, group_id: int, *, leader: bool | None = None
) -> None:
    """Make somebody a member of a group, or change whether they lead it.

    For leaders of the group and administrators with the privilege ModifyGroupMembership.

    Args:
        session: Of the caller's transaction.
        viewer: Who adds them.
        user_name: Whom.
        group_id: To which group.
        leader: Whether they lead it; as it is, if not given.

    Raises:
        NotAllowedError: The viewer does not lead the group and lacks the privilege.
        NotFoundError: No such account or group.
    """
    require_membership(viewer, group_id)
    _require_groups(session, [group_id])
    person = account(session, user_name)
    row = membership_of(session, person.id, group_id)
    if row is None:
        row = models.Membership(experimenter_id=person.id, group_id=group_id, leader=False)
        session.add(row)
    if leader is not None:
        row.leader = leader
    if person.default_group_id is None:
        person.default_group_id = group_id
    session.flush()
    after = {"member": user_name, "leader": row.leader}
    of_group(session, viewer, "add member", group_id, None, after)


def set_password(session: Session, viewer: Viewer, user_name: str, password: str) -> None:
    """Give an account a new password, and end its sessions and tokens.

    For its person, signed in without a token, and administrators; not while acting as somebody.

    Raises:
        NotAllowedError: The account is somebody else's and the viewer lacks the privilege
            ModifyUser, or one that the account has.
        NotFoundError: No such account.
        InvalidInputError: The password is too weak.
    """
    require_writer(viewer)
    if viewer.by_token or viewer.acted_by is not None:
        raise NotAllowedError(
            "Neither a token nor who acts as somebody else changes passwords.",
            "Sign in with your name and password.",
        )
    person = account(session, user_name)
    if person.id != viewer.experimenter_id:
        require(viewer, Privilege.MODIFY_USER, "change other people's passwords")
    require_no_more(viewer, privileges_of(person))
    person.password_hash = hash_password(password)
    session.flush()
    close_sessions_of(session, person.id)
    revoke_tokens_of(session, person.id)
    _record(session, viewer, "set password", person)


def set_administrator(
    session: Session,
    viewer: Viewer,
    user_name: str,
    administrator: bool,
    withheld: Iterable[Privilege] = (),
) -> None:
    """Make somebody an administrator, with all privileges but some; or no longer one.

    Nobody gives or takes privileges that they lack, nor changes their own.

    Args:
        session: Of the caller's transaction.
        viewer: An administrator with the privilege ModifyUser.
        user_name: Whom.
        administrator: Whether they are one from now on.
        withheld: Privileges that they lack.

    Raises:
        NotAllowedError: The viewer lacks a privilege.
        NotFoundError: No such account.
        InvalidInputError: It is the viewer's own.
    """
    require(viewer, Privilege.MODIFY_USER, "make administrators")
    person = account(session, user_name)
    if person.id == viewer.experimenter_id:
        raise InvalidInputError("This is your own account.", "Ask another administrator.")
    kept = set(withheld)
    require_no_more(viewer, privileges_of(person))
    if administrator:
        require_no_more(viewer, set(Privilege) - kept)
    before = _about(person)
    person.administrator = administrator
    person.withheld = (" ".join(sorted(kept)) or None) if administrator else None
    session.flush()
    _record(session, viewer, "set privileges", person, before, _about(person))


def deactivate(session: Session, viewer: Viewer, user_name: str) -> None:
    """Close an account: nobody signs in with it, its sessions end, its data stays.

    Raises:
        NotAllowedError: The viewer lacks the privilege ModifyUser, or one that the account has.
        NotFoundError: No such account.
        InvalidInputError: It is the viewer's own.
    """
    require(viewer, Privilege.MODIFY_USER, "close accounts")
    person = account(session, user_name)
    if person.id == viewer.experimenter_id:
        raise InvalidInputError("This is your own account.", "Ask another administrator.")
    require_no_more(viewer, privileges_of(person))
    person.active = False
    session.flush()
    close_sessions_of(session, person.id)
    _record(session, viewer, "deactivate experimenter", person)


def activate(session: Session, viewer: Viewer, user_name: str) -> None:
    """Open an account again that was closed.

    Raises:
        NotAllowedError: The viewer lacks the privilege ModifyUser, or one that the account has.
        NotFoundError: No such account.
    """
    require(viewer, Privilege.MODIFY_USER, "open accounts")
    person = account(session, user_name)
    require_no_more(viewer, privileges_of(person))
    person.active = True
    session.flush()
    _record(session, viewer, "activate experimenter", person)


def require(viewer: Viewer, privilege: Privilege, action: str) -> None:
    """Refuse those who lack a privilege.

    Raises:
        NotAllowedError: The viewer is no administrator, or lacks it.
    """
    if not viewer.has(privilege):
        raise NotAllowedError(
            f"Only administrators with the privilege {privilege} {action}.", "Ask one of them."
        )


def privileges_of(person: models.Experimenter) -> set[Privilege]:
    """List the privileges that an account has; none unless it is an administrator's."""
    if not person.administrator:
        return set()
    return set(Privilege) - {Privilege(name) for name in (person.withheld or "").split()}


def require_no_more(viewer: Viewer, privileges: Iterable[Privilege]) -> None:
    """Refuse to act on, or to make, an account with privileges that the viewer lacks.

    Raises:
        NotAllowedError: The viewer lacks at least one of them.
    """
    missing = sorted(one for one in privileges if not viewer.has(one))
    if missing:
        raise NotAllowedError(
            f"This takes an administrator with the privilege {missing[0]}, which you lack.",
            "Ask an administrator who has it.",
        )


def account(session: Session, user_name: str) -> models.Experimenter:
    """Load an account by its user name.

    Raises:
        NotFoundError: There is none.
    """
    person = models.Experimenter
    row = None
    if _USER_NAME.fullmatch(user_name):
        row = session.scalars(sa.select(person).where(person.user_name == user_name)).one_or_none()
    if row is None:
        raise NotFoundError("user", user_name)
    return row


def account_by_id(session: Session, key: int) -> models.Experimenter:
    """Load an account by its id.

    Raises:
        NotFoundError: There is none.
    """
    row = session.get(models.Experimenter, key)
    if row is None:
        raise NotFoundError("experimenter", key)
    return row


def rename_person(
    session: Session, viewer: Viewer, user_name: str, changes: Mapping[str, str | None]
) -> None:
    """Change names and addresses of a person; for themselves and administrators.

    Args:
        session: Of the caller's transaction.
        viewer: Who changes them.
        user_name: Whose.
        changes: Some of first_name, middle_name, last_name, email and institution.

    Raises:
        NotAllowedError: It is somebody else and the viewer lacks the privilege ModifyUser, or one
            that the account has.
        NotFoundError: No such account.
        InvalidInputError: Too long, or not for this.
    """
    require_writer(viewer)
    person = account(session, user_name)
    if person.id != viewer.experimenter_id:
        require(viewer, Privilege.MODIFY_USER, "change other people's names")
        require_no_more(viewer, privileges_of(person))
    before = _about(person)
    for name, value in changes.items():
        text = clean_text(value) if value else None
        if name not in PERSONAL or len(text or "") > 255:
            raise InvalidInputError(
                f"This is no {name.replace('_', ' ')} of a person.", "Use up to 255 characters."
            )
        setattr(person, name, text or ("" if name in ("first_name", "last_name") else None))
    session.flush()
    _record(session, viewer, "update experimenter", person, before, _about(person))


def require_membership(viewer: Viewer, group_id: int) -> None:
    """Refuse those who may not change who is in a group."""
    require_writer(viewer)
    if group_id not in viewer.leads:
        require(viewer, Privilege.MODIFY_GROUP_MEMBERSHIP, "change who is in a group")


def membership_of(
    session: Session, experimenter_id: int, group_id: int
) -> models.Membership | None:
    """Find out how somebody is in a group; None if not."""
    member = models.Membership
    return session.scalars(
        sa.select(member).where(
            member.experimenter_id == experimenter_id, member.group_id == group_id
        )
    ).one_or_none()


def end_membership(
    session: Session, person: models.Experimenter, membership: models.Membership
) -> None:
    """Take somebody out of a group; their usual group is then their first other one, if any."""
    session.delete(membership)
    session.flush()
    if person.default_group_id == membership.group_id:
        member = models.Membership
        person.default_group_id = session.scalar(
            sa.select(member.group_id)
            .where(member.experimenter_id == person.id)
            .order_by(member.id)
            .limit(1)
        )
    session.flush()


def _require_groups(session: Session, group_ids: Iterable[int | None]) -> None:
    group = models.ExperimenterGroup
    wanted = {key for key in group_ids if key is not None}
    missing = wanted - set(session.scalars(sa.select(group.id).where(among(group.id, wanted))))
    if missing:
        raise NotFoundError("group", min(missing))


def of_group(
    session: Session,
    viewer: Viewer,
    action: str,
    group_id: int,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """Add a line about a group to the audit log."""
    subject = f"ExperimenterGroup:{group_id}"
    audit.record(session, viewer, action, subject, before, after)


def _record(
    session: Session,
    viewer: Viewer,
    action: str,
    person: models.Experimenter,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    subject = f"Experimenter:{person.id}"
    audit.record(session, viewer, action, subject, before, after)


def _about(person: models.Experimenter) -> dict[str, Any]:
    names = ("user_name", *PERSONAL, "administrator", "withheld", "active")
    return {name: getattr(person, name) for name in names}
