"""What data rows have besides their id: owner, group, history, version."""

import strawberry

from schema.fields import One, field
from schema.types.nodes import Node
from schema.types.people import Event, Experimenter, ExperimenterGroup


@strawberry.interface(description="A row with owner, group and history.")
class Owned(Node):
    """What every data row has besides its id."""

    owner: Experimenter = field("Whose it is.", One("owner_id"))
    group: ExperimenterGroup = field("Whose permissions it has.", One("group_id"))
    created: Event = field("When and by whom it was made.", One("creation_event_id"))
    updated: Event = field("When and by whom it was changed last.", One("update_event_id"))
    version: int = field("Counts its changes, from 1.")
