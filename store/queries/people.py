"""People: who a viewer is, which groups and rights come with an account."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.errors import NotFoundError
from store.models.enums import GroupPermissions


def viewer_by_experimenter(session: Session, experimenter_id: int) -> Viewer:
    """Collect the rights of an account; two statements.

    Args:
        session: For reading.
        experimenter_id: Database id of an experimenter.

    Raises:
        NotFoundError: No such account, or it was deactivated.
    """
    person = session.execute(
        sa.select(models.Experimenter.administrator, models.Experimenter.default_group_id).where(
            models.Experimenter.id == experimenter_id, models.Experimenter.active
        )
    ).one_or_none()
    if person is None:
        raise NotFoundError("experimenter", experimenter_id)
    group, member = models.ExperimenterGroup, models.Membership
    memberships = session.execute(
        sa.select(group.id, group.permissions, member.leader)
        .join(member, member.group_id == group.id)
        .where(member.experimenter_id == experimenter_id)
        .order_by(member.id)
    ).all()
    return Viewer(
        experimenter_id=experimenter_id,
        administrator=person.administrator,
        groups=frozenset(row.id for row in memberships),
        leads=frozenset(row.id for row in memberships if row.leader),
        shares=frozenset(
            row.id for row in memberships if row.permissions != GroupPermissions.PRIVATE
        ),
        default_group_id=person.default_group_id or next((row.id for row in memberships), None),
    )
