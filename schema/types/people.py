"""Experimenters, groups, and the events in which they changed something."""

import datetime as dt

from schema.fields import Column, One, entity, field
from schema.pagination import described
from schema.types.nodes import Node
from store import models
from store.models.enums import GroupPermissions

described(
    GroupPermissions,
    "What members of a group may do with each other's data.",
    {
        "PRIVATE": "See only their own.",
        "READ_ONLY": "See each other's.",
        "READ_ANNOTATE": "See and annotate each other's.",
        "READ_WRITE": "See, annotate, change and delete each other's.",
    },
)


@entity(models.Experimenter)
class Experimenter(Node):
    """A person who can sign in and own data."""

    user_name: str = field("Name to sign in with; unique.")
    first_name: str = field("First name; may be empty.")
    last_name: str = field("Last name; may be empty.")


@entity(models.ExperimenterGroup)
class ExperimenterGroup(Node):
    """People who share data at one permission level."""

    name: str = field("Name; unique.")
    description: str | None = field("What the group is for.")
    permissions: GroupPermissions = field(
        "What members may do with each other's data.", Column(GroupPermissions)
    )


@entity(models.Event)
class Event(Node):
    """One change that one person made; rows point at the events that made and changed them."""

    time: dt.datetime = field("When.")
    type: str = field("Why: User, Import, Internal or Task.")
    experimenter: Experimenter = field("Who.", One("experimenter_id"))
