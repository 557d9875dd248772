"""Experimenters, groups, memberships, and the events in which somebody changed something."""

import datetime as dt

from schema.fields import Column, One, Paged, entity, field
from schema.pagination import Connection, described
from schema.reads import Children
from schema.types import lazy
from schema.types.annotated import Annotated, annotatable
from schema.types.choices import choice
from schema.types.nodes import Node
from store import models
from store.models.enums import EventType, GroupPermissions

described(
    GroupPermissions,
    "What members of a group may do with each other's data.",
    {
        "PRIVATE": "See only their own.",
        "READ_ONLY": "See each other's.",
        "READ_ANNOTATE": "See and annotate each other's.",
        "READ_WRITE": "See, annotate, change and delete each other's.",
        "PUBLIC": "See each other's; everybody else sees them too, also without signing in.",
    },
)


@entity(models.Experimenter)
@annotatable
class Experimenter(Annotated):
    """A person who can sign in and own data."""

    user_name: str = field("Name to sign in with; unique.")
    first_name: str = field("First name; may be empty.")
    middle_name: str | None = field("Middle name.")
    last_name: str = field("Last name; may be empty.")
    email: str | None = field("E-mail address.")
    institution: str | None = field("Where they work.")
    administrator: bool = field("Whether they may see and change everything.")
    active: bool = field("Whether they can sign in; accounts with data are never removed.")
    default_group: lazy.ExperimenterGroup | None = field(
        "Where their new data goes unless another group is named.", One("default_group_id")
    )
    memberships: Connection[lazy.Membership] = field(
        "The groups that they are in.",
        Paged(Children(models.Membership, parent="experimenter_id")),
    )


@entity(models.ExperimenterGroup)
@annotatable
class ExperimenterGroup(Annotated):
    """People who share data at one permission level."""

    name: str = field("Name; unique.")
    description: str | None = field("What the group is for.")
    permissions: GroupPermissions = field(
        "What members may do with each other's data.", Column(GroupPermissions)
    )
    memberships: Connection[lazy.Membership] = field(
        "The people in it.", Paged(Children(models.Membership, parent="group_id"))
    )


@entity(models.Membership)
class Membership(Node):
    """One experimenter in one group."""

    experimenter: Experimenter = field("Who.", One("experimenter_id"))
    group: ExperimenterGroup = field("In which group.", One("group_id"))
    leader: bool = field("Whether they lead the group.")


@entity(models.Event)
class Event(Node):
    """One change that one person made; rows point at the events that made and changed them."""

    time: dt.datetime = field("When.")
    type: EventType = field("Why.", Column(choice(EventType)))
    experimenter: Experimenter = field("Who.", One("experimenter_id"))
    group: ExperimenterGroup = field("In which group.", One("group_id"))
