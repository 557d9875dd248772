"""Groups of people: names, and who leaves."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, require_writer
from store.edits.people import (
    account,
    end_membership,
    membership_of,
    of_group,
    require,
    require_membership,
)
from store.edits.text import clean_name, clean_text
from store.errors import ConflictError, NotFoundError
from store.models.enums import Privilege


def remove_member(session: Session, viewer: Viewer, user_name: str, group_id: int) -> None:
    """Take somebody out of a group; their data stays in it, and stays theirs.

    For leaders of the group and administrators with the privilege ModifyGroupMembership.

    Raises:
        NotAllowedError: The viewer does not lead the group and lacks the privilege.
        NotFoundError: No such account, or it is not in the group.
    """
    require_membership(viewer, group_id)
    person = account(session, user_name)
    row = membership_of(session, person.id, group_id)
    if row is None:
        raise NotFoundError("member", user_name)
    end_membership(session, person, row)
    of_group(session, viewer, "remove member", group_id, {"member": user_name}, None)


def change_group(
    session: Session, viewer: Viewer, group_id: int, name: str | None, description: str | None
) -> None:
    """Give a group another name or description; for its leaders and administrators.

    Args:
        session: Of the caller's transaction.
        viewer: A leader, or an administrator with the privilege ModifyGroup.
        group_id: Which group.
        name: Stays if not given.
        description: Stays if not given; an empty one is none.

    Raises:
        NotAllowedError: The viewer neither leads the group nor has the privilege.
        NotFoundError: No such group.
        ConflictError: The name is taken.
        InvalidInputError: The name cannot be used.
    """
    require_writer(viewer)
    if group_id not in viewer.leads:
        require(viewer, Privilege.MODIFY_GROUP, "change groups")
    row = session.get(models.ExperimenterGroup, group_id)
    if row is None:
        raise NotFoundError("group", group_id)
    before = {"name": row.name, "description": row.description}
    if name is not None:
        wanted, group = clean_name(name, "group's name"), models.ExperimenterGroup
        same = sa.select(group.id).where(group.name == wanted, group.id != group_id)
        if session.scalar(same) is not None:
            raise ConflictError(f"There is a group {wanted} already.", "Choose another name.")
        row.name = wanted[:255]
    if description is not None:
        row.description = clean_text(description) or None
    session.flush()
    after = {"name": row.name, "description": row.description}
    of_group(session, viewer, "update group", group_id, before, after)
