"""People: who a viewer is, which groups and rights come with an account."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from store import models
from store.access import Viewer, select_visible, visible
from store.errors import NotFoundError
from store.models.base import UtcDateTime
from store.models.enums import GrantLevel, GroupPermissions, Privilege
from store.models.sharing import PUBLIC
from store.scopes import Scope

NOBODY = 0
"""Number of nobody's account: rows begin at 1."""

# Built once, because they run for every request: building costs more than running.
_ACCOUNT = sa.select(
    models.Experimenter.administrator,
    models.Experimenter.default_group_id,
    models.Experimenter.withheld,
).where(models.Experimenter.id == sa.bindparam("experimenter_id"), models.Experimenter.active)
_MEMBERSHIPS = (
    sa.select(
        models.ExperimenterGroup.id,
        models.ExperimenterGroup.permissions,
        models.Membership.id.label("membership"),
        models.Membership.leader,
    )
    .join(models.Membership, models.Membership.group_id == models.ExperimenterGroup.id)
    .where(models.Membership.experimenter_id == sa.bindparam("experimenter_id"))
)
_PUBLIC = sa.select(
    models.ExperimenterGroup.id,
    models.ExperimenterGroup.permissions,
    sa.null().label("membership"),
    sa.false().label("leader"),
).where(models.ExperimenterGroup.permissions == GroupPermissions.PUBLIC.value)


def _grants(*audience: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Select grants in the form of groups: `kind` is that of the thing, its id and the level."""
    grant = models.AccessGrant
    return sa.select(
        grant.target_id,
        grant.level,
        sa.null().label("membership"),
        sa.false().label("leader"),
        grant.target_kind.label("kind"),
    ).where(
        sa.or_(*audience),
        sa.or_(grant.expires.is_(None), grant.expires > sa.bindparam("now", type_=UtcDateTime())),
    )


_NO_KIND = sa.null().label("kind")
_TO_ALL = models.AccessGrant.audience == PUBLIC
_GROUPS = sa.union_all(
    _MEMBERSHIPS.add_columns(_NO_KIND),
    _PUBLIC.add_columns(_NO_KIND),
    _grants(
        _TO_ALL,
        models.AccessGrant.experimenter_id == sa.bindparam("experimenter_id"),
        models.AccessGrant.group_id.in_(
            sa.select(models.Membership.group_id).where(
                models.Membership.experimenter_id == sa.bindparam("experimenter_id")
            )
        ),
    ),
)
_FOR_NOBODY = sa.union_all(_PUBLIC.add_columns(_NO_KIND), _grants(_TO_ALL))


def viewer_by_experimenter(session: Session, experimenter_id: int) -> Viewer:
    """Collect the rights of an account; two statements.

    Args:
        session: For reading.
        experimenter_id: Database id of an experimenter.

    Raises:
        NotFoundError: No such account, or it was deactivated.
    """
    key = {"experimenter_id": experimenter_id, "now": dt.datetime.now(dt.UTC)}
    person = session.execute(_ACCOUNT, key).one_or_none()
    if person is None:
        raise NotFoundError("experimenter", experimenter_id)
    rows = session.execute(_GROUPS, key).all()
    groups = [row for row in rows if row.kind is None]
    memberships = sorted(
        (row for row in groups if row.membership is not None), key=lambda row: row.membership
    )
    return Viewer(
        experimenter_id=experimenter_id,
        administrator=person.administrator,
        groups=frozenset(row.id for row in memberships),
        leads=frozenset(row.id for row in memberships if row.leader),
        shares=frozenset(row.id for row in groups if row.permissions != GroupPermissions.PRIVATE),
        default_group_id=person.default_group_id or next((row.id for row in memberships), None),
        withheld=frozenset(Privilege(name) for name in (person.withheld or "").split()),
        **_scopes(rows),
    )


def _scopes(rows: Sequence[Any]) -> dict[str, Scope]:
    """Put together what grants give."""
    if all(row.kind is None for row in rows):
        return {}

    def of(*levels: GrantLevel) -> Scope:
        return Scope.of(
            (row.kind, row.id) for row in rows if row.kind and row.permissions in levels
        )

    return {
        "shown": of(*GrantLevel),
        "annotatable": of(GrantLevel.ANNOTATE, GrantLevel.EDIT),
        "editable": of(GrantLevel.EDIT),
    }


def anonymous_viewer(session: Session) -> Viewer | None:
    """Make the viewer of those who did not sign in, if anything is public; one statement.

    Returns:
        Somebody who sees public groups and what was granted to everybody, and changes nothing;
        none if nothing is public.
    """
    rows = session.execute(_FOR_NOBODY, {"now": dt.datetime.now(dt.UTC)}).all()
    if not rows:
        return None
    public = frozenset(row.id for row in rows if row.kind is None)
    return Viewer(NOBODY, shares=public, read_only=True, **_scopes(rows))


def experimenter_by_name(session: Session, viewer: Viewer, user_name: str) -> models.Experimenter:
    """Load the account with a user name; one statement.

    Raises:
        NotFoundError: No such account.
    """
    person = models.Experimenter
    row: models.Experimenter | None = session.scalars(
        select_visible(viewer, person).where(person.user_name == user_name)
    ).one_or_none()
    if row is None:
        raise NotFoundError("user", user_name)
    return row


def group_by_name(session: Session, viewer: Viewer, name: str) -> models.ExperimenterGroup:
    """Load the group with a name; one statement.

    Raises:
        NotFoundError: No such group.
    """
    group = models.ExperimenterGroup
    row: models.ExperimenterGroup | None = session.scalars(
        select_visible(viewer, group).where(group.name == name)
    ).one_or_none()
    if row is None:
        raise NotFoundError("group", name)
    return row


def groups(session: Session, viewer: Viewer) -> list[models.ExperimenterGroup]:
    """List all groups, ordered by name; one statement."""
    group = models.ExperimenterGroup
    return list(session.scalars(select_visible(viewer, group).order_by(group.name)))


def groups_with_members(
    session: Session, viewer: Viewer
) -> list[tuple[str, str, list[tuple[str, bool]]]]:
    """List name, level and members of all groups, members with whether they lead it; by name."""
    group, member, person = models.ExperimenterGroup, models.Membership, models.Experimenter
    rows = session.execute(
        select_visible(
            viewer, group, group.name, group.permissions, person.user_name, member.leader
        )
        .join(member, sa.and_(member.group_id == group.id, visible(viewer, member)), isouter=True)
        .join(person, person.id == member.experimenter_id, isouter=True)
        .order_by(group.name, person.user_name)
    )
    found: dict[str, tuple[str, str, list[tuple[str, bool]]]] = {}
    for name, level, user_name, leader in rows:
        _, _, members = found.setdefault(name, (name, level, []))
        if user_name is not None:
            members.append((user_name, leader))
    return list(found.values())


def access_tokens(session: Session, viewer: Viewer) -> list[tuple[models.AccessToken, str]]:
    """List tokens with the names of their people, by id; one statement."""
    token, person = models.AccessToken, models.Experimenter
    rows = session.execute(
        select_visible(viewer, token, token, person.user_name)
        .join(person, person.id == token.experimenter_id)
        .order_by(token.id)
    )
    return [(row, name) for row, name in rows]


def sign_in_sessions(
    session: Session, viewer: Viewer
) -> list[tuple[models.SignInSession, str, str | None]]:
    """List sign-ins with who signed in and as whom they act, by id; one statement."""
    row, person, other = models.SignInSession, models.Experimenter, aliased(models.Experimenter)
    found = session.execute(
        select_visible(viewer, row, row, person.user_name, other.user_name)
        .join(person, person.id == row.experimenter_id)
        .join(other, other.id == row.acting_as_id, isouter=True)
        .order_by(row.id)
    )
    return [(one, name, acting) for one, name, acting in found]


def experimenters(session: Session, viewer: Viewer) -> list[models.Experimenter]:
    """List all accounts, ordered by user name; one statement."""
    person = models.Experimenter
    return list(session.scalars(select_visible(viewer, person).order_by(person.user_name)))


def experimenter_by_id(session: Session, viewer: Viewer, key: int) -> models.Experimenter:
    """Load an account; one statement.

    Raises:
        NotFoundError: No such account.
    """
    person = models.Experimenter
    row: models.Experimenter | None = session.scalars(
        select_visible(viewer, person).where(person.id == key)
    ).one_or_none()
    if row is None:
        raise NotFoundError("experimenter", key)
    return row
