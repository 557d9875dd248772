"""What the share link shows that was opened."""

import datetime as dt
from dataclasses import dataclass

from schema.context import Context
from schema.fields import Named, field, value
from schema.levels import Reference
from schema.roots import Told
from schema.types.nodes import Node
from store.share_links import shown_by


@value
class OpenedShare:
    """What the share link shows that was opened in this browser."""

    target: Node | None = field("The project, dataset, screen, plate or image.", Named())
    state: str | None = field("How the client shows it at first: the query of its address.")
    expires: dt.datetime | None = field("When the link ends; null if it may be revoked only.")


@dataclass(frozen=True, slots=True)
class Opened:
    """What `OpenedShare` is read from."""

    target: Reference
    state: str | None
    expires: dt.datetime | None


def _tell(context: Context) -> Opened | None:
    link_id = context.viewer.link_id
    if link_id is None:
        return None
    with context.asking() as session:
        found = shown_by(session, link_id)
    return None if found is None else Opened(found.target, found.state, found.expires)


OPENED_SHARE = Told(_tell)
"""What the share link shows that was opened."""
