"""What is shown to people outside its group: grants and share links."""

import datetime as dt

from schema.fields import AnyOf, Column, Many, One, Source, entity, field
from schema.pagination import described
from schema.reads import Children
from schema.types import lazy
from schema.types.nodes import Node
from store import models
from store.models.enums import GrantLevel
from store.models.sharing import PUBLIC

described(
    GrantLevel,
    "What a grant lets people do with a thing and all below it; each includes those before.",
    {
        "VIEW": "See it.",
        "ANNOTATE": "Also annotate it, draw on it and save rendering settings of one's own.",
        "EDIT": "Also change its values; not delete, link, move or share it.",
    },
)

GRANTS = (
    "Who was granted what of it: your own grants; all of them, if you gave them, own it or lead its"
    " group, or as an administrator."
)
"""Describes the grants of a thing."""
LINKS = "Links that show it, if you share it, own it or lead its group, or as an administrator."
"""Describes the share links of a thing."""


def grants_of(kind: str) -> Source:
    """Show the grants of a thing of a kind."""
    return Many(Children(models.AccessGrant, None, "target_id", where=_of(kind)), "id")


def links_of(kind: str) -> Source:
    """Show the share links of a thing of a kind."""
    return Many(Children(models.ShareLink, None, "target_id", where=_of(kind)), "id")


def _of(kind: str) -> tuple[tuple[str, str], ...]:
    return (("target_kind", kind),)


@entity(models.AccessGrant)
class AccessGrant(Node):
    """A right to one thing and all below it, for a person, a group or everybody."""

    target: Node | None = field(
        "The project, dataset, screen, plate or image; null if you cannot see it.",
        AnyOf("target_kind", "target_id"),
    )
    level: GrantLevel = field("What it lets them do.", Column(GrantLevel))
    experimenter: lazy.Experimenter | None = field(
        "The person who has it, if it is one.", One("experimenter_id")
    )
    group: lazy.ExperimenterGroup | None = field(
        "The group whose members have it, if it is one.", One("group_id")
    )
    public: bool = field(
        "Whether everybody has it, also without signing in.",
        Column(lambda audience: audience == PUBLIC, "audience"),
    )
    grantor: lazy.Experimenter = field("Who gave it.", One("grantor_id"))
    created: dt.datetime = field("When it was given.")
    expires: dt.datetime | None = field("When it ends; null if it lasts until it is revoked.")


@entity(models.ShareLink)
class ShareLink(Node):
    """An address that shows one thing and all below it to whoever has it, for reading."""

    target: Node | None = field(
        "The project, dataset, screen, plate or image; null if you cannot see it.",
        AnyOf("target_kind", "target_id"),
    )
    name: str | None = field("What it is for.")
    state: str | None = field("How the client shows it at first: the query of its address.")
    creator: lazy.Experimenter = field("Who made it.", One("creator_id"))
    created: dt.datetime = field("When it was made.")
    expires: dt.datetime | None = field("When it ends; null if it lasts until it is revoked.")
    max_uses: int | None = field("How often it can be opened; null for any number of times.")
    uses: int = field("How often it was opened.")
    last_used: dt.datetime | None = field(
        "When it was last opened, or used by a program, to the hour."
    )
