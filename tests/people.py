"""Builders of people: groups of every kind, and viewers in them."""

from sqlalchemy.orm import Session

from store.access import Viewer
from store.edits.people import add_member, create_experimenter, create_group
from store.models.enums import GroupPermissions
from store.queries.people import viewer_by_experimenter


def group(session: Session, administrator: Viewer, permissions: GroupPermissions) -> int:
    """Make a group named after its permissions."""
    return create_group(session, administrator, f"a {permissions} group", permissions)


def person(
    session: Session,
    administrator: Viewer,
    name: str,
    groups: list[int],
    *,
    leads: bool = False,
) -> Viewer:
    """Make an account in some groups (leading all of them, or none) and return its viewer."""
    key = create_experimenter(session, administrator, name, group_ids=groups)
    for group_id in groups if leads else []:
        add_member(session, administrator, name, group_id, leader=True)
    return viewer_by_experimenter(session, key)
