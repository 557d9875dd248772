"""People: who a viewer is, which groups and rights come with an account."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible
from store.errors import NotFoundError
from store.models.enums import GroupPermissions, Privilege

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
_PUBLIC = sa.select(models.ExperimenterGroup.id, models.ExperimenterGroup.permissions).where(
    models.ExperimenterGroup.permissions == GroupPermissions.PUBLIC.value
)
_GROUPS = sa.union_all(
    _MEMBERSHIPS,
    _PUBLIC.add_columns(sa.null().label("membership"), sa.false().label("leader")),
)


def viewer_by_experimenter(session: Session, experimenter_id: int) -> Viewer:
    """Collect the rights of an account; two statements.

    Args:
        session: For reading.
        experimenter_id: Database id of an experimenter.

    Raises:
        NotFoundError: No such account, or it was deactivated.
    """
    key = {"experimenter_id": experimenter_id}
    person = session.execute(_ACCOUNT, key).one_or_none()
    if person is None:
        raise NotFoundError("experimenter", experimenter_id)
    groups = session.execute(_GROUPS, key).all()
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
    )


def anonymous_viewer(session: Session) -> Viewer | None:
    """Make the viewer of those who did not sign in, if anything is public; one statement.

    Returns:
        Somebody who sees public groups and changes nothing; none if no group is public.
    """
    public = frozenset(row.id for row in session.execute(_PUBLIC))
    return Viewer(NOBODY, shares=public, read_only=True) if public else None


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
