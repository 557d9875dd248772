"""New rows that are put into a container as they are made."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from store import models
from store.access import Right, Viewer, require, visible_row
from store.edits import links, rows
from store.edits.links import Pair
from store.edits.outcomes import Outcome


def create_in(
    session: Session,
    viewer: Viewer,
    entity: type[models.Base],
    items: Sequence[Mapping[str, Any]],
    container: tuple[type[models.Base], int],
    *,
    partial: bool = False,
) -> list[Outcome]:
    """Make rows in the group of a container, and put them into it; see `rows.create`.

    Args:
        session: Of the caller's transaction.
        viewer: Who makes them.
        entity: Class of the rows.
        items: Column → value of each row.
        container: Class of `store.models` and id.
        partial: Make those that can be made also where others cannot.

    Raises:
        NotFoundError: No such container, or not visible to this viewer.
        NotAllowedError: It is somebody else's and closed to the viewer.
        RefusedError: An item cannot be made, and `partial` is false.
    """
    kind, key = container
    parent: Any = visible_row(session, viewer, kind, key, change=True)
    require(session, viewer, Right.LINK, [parent])
    outcomes = rows.create(
        session, viewer, entity, items, group_id=parent.group_id, partial=partial
    )
    pairs = [
        Pair((kind.__name__, key), (entity.__name__, outcome.id))
        for outcome in outcomes
        if outcome.id is not None
    ]
    links.link(session, viewer, pairs)
    return outcomes
