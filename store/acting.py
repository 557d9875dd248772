"""Acting as somebody else: the rights of an administrator who does so."""

from dataclasses import replace

from store.access import Viewer
from store.models.enums import Privilege


def privileges_of(viewer: Viewer) -> frozenset[Privilege]:
    """List what a viewer may do as an administrator; nothing for others."""
    return frozenset(one for one in Privilege if viewer.has(one))


def may_act_as(administrator: Viewer, person: Viewer) -> bool:
    """Tell whether somebody may act as a person: nobody gains a privilege by it.

    Args:
        administrator: Signed in as themselves, without a token.
        person: With all rights of the account.
    """
    return (
        administrator.has(Privilege.SUDO)
        and not administrator.by_token
        and administrator.acted_by is None
        and person.experimenter_id != administrator.experimenter_id
        and privileges_of(person) <= privileges_of(administrator)
    )


def acting_as(administrator: Viewer, person: Viewer) -> Viewer | None:
    """Return the viewer of a person as whom an administrator acts.

    It sees and changes what the person does, in whose name everything is done, and names the
    administrator wherever that is recorded.

    Args:
        administrator: With the rights of this moment.
        person: With the rights of this moment.

    Returns:
        The viewer; none if the administrator may not act as the person, or not any more.
    """
    if not may_act_as(administrator, person):
        return None
    return replace(person, acted_by=administrator.experimenter_id)
