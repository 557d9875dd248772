"""Accounts: the first one, further ones, their groups and passwords."""

import re
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, group_for
from store.edits.text import clean_name, clean_text
from store.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from store.models.among import among
from store.models.enums import GroupPermissions
from store.passwords import hash_password
from store.sign_in import close_sessions_of

ADMINISTRATOR = "root"
FIRST_GROUP = "default"
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
    group_ids: Iterable[int] = (),
) -> int:
    """Make an account; for administrators.

    Args:
        session: Of the caller's transaction.
        viewer: Who makes it.
        user_name: What to sign in with: letters, digits, and . _ @ - after the first character.
        password: At least 8 characters; without one, nobody can sign in with it yet.
        first_name: May be empty.
        last_name: May be empty.
        administrator: Sees and changes everything.
        group_ids: Groups to be a member of, the default one first; the viewer's default group
            if none are given.

    Returns:
        Database id of the experimenter.

    Raises:
        NotAllowedError: The viewer is not an administrator.
        InvalidInputError: The name or password cannot be used.
        ConflictError: The user name is taken.
        NotFoundError: No such group.
    """
    _require_administrator(viewer, "make accounts")
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
        default_group_id=groups[0],
    )
    session.add(row)
    session.flush()
    for group_id in groups:
        session.add(models.Membership(experimenter_id=row.id, group_id=group_id))
    session.flush()
    return row.id


def create_group(
    session: Session,
    viewer: Viewer,
    name: str,
    permissions: GroupPermissions = GroupPermissions.PRIVATE,
    description: str | None = None,
) -> int:
    """Make a group without members; for administrators.

    Returns:
        Database id of the group.

    Raises:
        NotAllowedError: The viewer is not an administrator.
        InvalidInputError: The name cannot be used.
        ConflictError: The name is taken.
    """
    _require_administrator(viewer, "make groups")
    wanted = clean_name(name, "group's name")
    if len(wanted) > 255:
        raise InvalidInputError("The group's name is longer than 255 characters.", "Shorten it.")
    group = models.ExperimenterGroup
    if session.scalar(sa.select(group.id).where(group.name == wanted)) is not None:
        raise ConflictError(f"There is a group {wanted} already.", "Choose another name.")
    row = group(name=wanted, description=clean_text(description), permissions=permissions.value)
    session.add(row)
    session.flush()
    return row.id


def add_member(
    session: Session, viewer: Viewer, user_name: str, group_id: int, *, leader: bool = False
) -> None:
    """Make somebody a member of a group, or change whether they lead it; for administrators.

    Raises:
        NotAllowedError: The viewer is not an administrator.
        NotFoundError: No such account or group.
    """
    _require_administrator(viewer, "change who is in a group")
    _require_groups(session, [group_id])
    person = _person(session, user_name)
    member = models.Membership
    row = session.scalars(
        sa.select(member).where(member.experimenter_id == person.id, member.group_id == group_id)
    ).one_or_none()
    if row is None:
        row = member(experimenter_id=person.id, group_id=group_id)
        session.add(row)
    row.leader = leader
    if person.default_group_id is None:
        person.default_group_id = group_id
    session.flush()


def set_password(session: Session, viewer: Viewer, user_name: str, password: str) -> None:
    """Give an account a new password and end its sessions; for its person and administrators.

    Raises:
        NotAllowedError: The account is somebody else's and the viewer not an administrator.
        NotFoundError: No such account.
        InvalidInputError: The password is too weak.
    """
    person = _person(session, user_name)
    if person.id != viewer.experimenter_id:
        _require_administrator(viewer, "change other people's passwords")
    person.password_hash = hash_password(password)
    session.flush()
    close_sessions_of(session, person.id)


def deactivate(session: Session, viewer: Viewer, user_name: str) -> None:
    """Close an account: nobody signs in with it, its sessions end, its data stays.

    Raises:
        NotAllowedError: The viewer is not an administrator.
        NotFoundError: No such account.
        InvalidInputError: It is the viewer's own.
    """
    _require_administrator(viewer, "close accounts")
    person = _person(session, user_name)
    if person.id == viewer.experimenter_id:
        raise InvalidInputError("This is your own account.", "Ask another administrator.")
    person.active = False
    session.flush()
    close_sessions_of(session, person.id)


def activate(session: Session, viewer: Viewer, user_name: str) -> None:
    """Open an account again that was closed.

    Raises:
        NotAllowedError: The viewer is not an administrator.
        NotFoundError: No such account.
    """
    _require_administrator(viewer, "open accounts")
    _person(session, user_name).active = True
    session.flush()


def _require_administrator(viewer: Viewer, action: str) -> None:
    if not viewer.administrator:
        raise NotAllowedError(f"Only administrators {action}.", "Ask one of them.")


def _require_groups(session: Session, group_ids: Iterable[int | None]) -> None:
    group = models.ExperimenterGroup
    wanted = {key for key in group_ids if key is not None}
    missing = wanted - set(session.scalars(sa.select(group.id).where(among(group.id, wanted))))
    if missing:
        raise NotFoundError("group", min(missing))


def _person(session: Session, user_name: str) -> models.Experimenter:
    person = models.Experimenter
    row = None
    if _USER_NAME.fullmatch(user_name):
        row = session.scalars(sa.select(person).where(person.user_name == user_name)).one_or_none()
    if row is None:
        raise NotFoundError("user", user_name)
    return row
