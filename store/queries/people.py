"""People: who a viewer is, which groups and rights come with an account."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from store import models
from store.access import Viewer, select_visible, visible
from store.database import PLANNED_ONCE
from store.errors import NotFoundError
from store.models.base import UtcDateTime
from store.models.enums import GrantLevel, GroupPermissions, Privilege
from store.models.sharing import PUBLIC
from store.scopes import KINDS, Scope

NOBODY = 0
"""Number of nobody's account: rows begin at 1."""

# Built once, because they run for every request: building costs more than running.
_ACCOUNT = sa.select(
    models.Experimenter.administrator,
    models.Experimenter.default_group_id,
    models.Experimenter.withheld,
).where(models.Experimenter.id == sa.bindparam("experimenter_id"), models.Experimenter.active)
_GROUP, _MEMBER, _GRANT = models.ExperimenterGroup, models.Membership, models.AccessGrant
_IS_MEMBER, _IS_PUBLIC = "member", "public"


def _ids(column: Any) -> sa.ColumnElement[Any]:
    """Put ids into one text: a row for each of 500 groups would take longer than the rest."""
    return sa.func.aggregate_strings(sa.cast(column, sa.Text), ",").label("ids")


_MEMBERSHIPS = (
    sa.select(
        _ids(_GROUP.id),
        _GROUP.permissions.label("level"),
        _MEMBER.leader.label("leader"),
        sa.literal(_IS_MEMBER).label("kind"),
    )
    .join(_MEMBER, _MEMBER.group_id == _GROUP.id)
    .where(_MEMBER.experimenter_id == sa.bindparam("experimenter_id"))
    .group_by(_GROUP.permissions, _MEMBER.leader)
)
_PUBLIC = (
    sa.select(
        _ids(_GROUP.id),
        _GROUP.permissions.label("level"),
        sa.false().label("leader"),
        sa.literal(_IS_PUBLIC).label("kind"),
    )
    .where(_GROUP.permissions == GroupPermissions.PUBLIC.value)
    .group_by(_GROUP.permissions)
)


def _grants(*audience: sa.ColumnElement[bool]) -> Any:
    """Select grants in the form of groups: `kind` is that of the things."""
    now = sa.bindparam("now", type_=UtcDateTime())
    return (
        sa.select(
            _ids(_GRANT.target_id),
            _GRANT.level.label("level"),
            sa.false().label("leader"),
            _GRANT.target_kind.label("kind"),
        )
        .where(sa.or_(*audience), sa.or_(_GRANT.expires.is_(None), _GRANT.expires > now))
        .group_by(_GRANT.level, _GRANT.target_kind)
    )


_ME: sa.BindParameter[Any] = sa.bindparam("experimenter_id")
_RIGHTS = sa.union_all(
    _MEMBERSHIPS,
    _PUBLIC,
    _grants(
        _GRANT.audience == PUBLIC,
        _GRANT.experimenter_id == _ME,
        _GRANT.group_id.in_(sa.select(_MEMBER.group_id).where(_MEMBER.experimenter_id == _ME)),
    ),
)
_OF_ALL = sa.union_all(_PUBLIC, _grants(_GRANT.audience == PUBLIC))
_FIRST_GROUP = (
    sa.select(_MEMBER.group_id)
    .where(_MEMBER.experimenter_id == sa.bindparam("experimenter_id"))
    .order_by(_MEMBER.id)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class _Right:
    """Groups, or things, that somebody has in one way."""

    ids: frozenset[int]
    level: str
    leader: bool
    kind: str


def _rights(session: Session, statement: Any, key: dict[str, Any]) -> list[_Right]:
    return [
        _Right(frozenset(map(int, row.ids.split(","))), row.level, bool(row.leader), row.kind)
        for row in session.execute(
            statement, key | {"now": dt.datetime.now(dt.UTC)}, execution_options=PLANNED_ONCE
        )
    ]


def _united(sets: Iterable[frozenset[int]]) -> frozenset[int]:
    return frozenset().union(*sets)


def viewer_by_experimenter(session: Session, experimenter_id: int) -> Viewer:
    """Collect the rights of an account; two statements, or three without a default group.

    Args:
        session: For reading.
        experimenter_id: Database id of an experimenter.

    Raises:
        NotFoundError: No such account, or it was deactivated.
    """
    key = {"experimenter_id": experimenter_id}
    person = session.execute(_ACCOUNT, key, execution_options=PLANNED_ONCE).one_or_none()
    if person is None:
        raise NotFoundError("experimenter", experimenter_id)
    rights = _rights(session, _RIGHTS, key)
    mine = [one for one in rights if one.kind == _IS_MEMBER]
    default = person.default_group_id
    if default is None and mine:
        default = session.scalar(_FIRST_GROUP, key)
    viewer = Viewer(
        experimenter_id=experimenter_id,
        administrator=person.administrator,
        groups=_united(one.ids for one in mine),
        leads=_united(one.ids for one in mine if one.leader),
        shares=_shares(rights),
        default_group_id=default,
        withheld=frozenset(Privilege(name) for name in (person.withheld or "").split()),
    )
    return _granted(viewer, rights)


def _shares(rights: Sequence[_Right]) -> frozenset[int]:
    """Put together the groups of which every row can be seen."""
    groups = (one for one in rights if one.kind in (_IS_MEMBER, _IS_PUBLIC))
    return _united(one.ids for one in groups if one.level != GroupPermissions.PRIVATE)


def _granted(viewer: Viewer, rights: Sequence[_Right]) -> Viewer:
    """Add what grants give."""
    grants = [one for one in rights if one.kind in KINDS]
    if not grants:
        return viewer

    def of(*levels: GrantLevel) -> Scope:
        return Scope.of((one.kind, key) for one in grants if one.level in levels for key in one.ids)

    return replace(
        viewer,
        shown=of(*GrantLevel),
        annotatable=of(GrantLevel.ANNOTATE, GrantLevel.EDIT),
        editable=of(GrantLevel.EDIT),
    )


def anonymous_viewer(session: Session) -> Viewer | None:
    """Make the viewer of those who did not sign in, if anything is public; one statement.

    Returns:
        Somebody who sees public groups and what was granted to everybody, and changes nothing;
        none if nothing is public.
    """
    rights = _rights(session, _OF_ALL, {})
    if not rights:
        return None
    return _granted(Viewer(NOBODY, shares=_shares(rights), read_only=True), rights)


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
