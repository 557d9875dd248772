"""Accounts: the first one, further ones, their groups and passwords."""

import re

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.models.enums import GroupPermissions

ADMINISTRATOR = "root"
FIRST_GROUP = "default"
PASSWORD_LENGTH = 8
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
