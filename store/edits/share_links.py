"""Share links, made and ended by those who may share a thing."""

import datetime as dt
from collections.abc import Iterable

from sqlalchemy.orm import Session

from store import share_links
from store.access import Viewer, require_writer
from store.edits.grants import check_end, require_keeper
from store.edits.shareable import Ref, shareable
from store.share_links import NewLink


def create_share_link(
    session: Session,
    viewer: Viewer,
    target: Ref,
    *,
    name: str | None = None,
    state: str | None = None,
    expires: dt.datetime | None = None,
    max_uses: int | None = None,
    now: dt.datetime | None = None,
) -> NewLink:
    """Make an address that shows a thing and all below it to whoever has it.

    Args:
        session: Of the caller's transaction.
        viewer: Who may share all of it: see `store.edits.shareable`.
        target: Kind and id of a project, dataset, screen, plate or image.
        name: What it is for.
        state: How the client shows it at first: the query of its address.
        expires: When it ends; it lasts until it is revoked if not given.
        max_uses: How often it can be opened; any number of times if not given.
        now: The present, for tests.

    Raises:
        InvalidInputError: Something given cannot be used.
        NotFoundError: It does not exist for the viewer.
        NotAllowedError: It is not the viewer's to share.
    """
    require_writer(viewer)
    check_end(expires, now or dt.datetime.now(dt.UTC))
    shareable(session, viewer, [target])
    return share_links.write_link(
        *(session, viewer, target),
        name=name,
        state=state,
        expires=expires,
        max_uses=max_uses,
        now=now,
    )


def revoke_share_links(session: Session, viewer: Viewer, ids: Iterable[int]) -> int:
    """End links: from the next request on they show nothing. All or none.

    For who made them, owners of what they show, leaders of its group, and administrators with the
    privilege WriteOwned.

    Returns:
        How many.

    Raises:
        NotFoundError: One of them does not exist for the viewer.
        NotAllowedError: One of them is not the viewer's to end.
    """
    require_writer(viewer)
    wanted = set(ids)
    for row in share_links.visible_links(session, viewer, wanted):
        if row.creator_id != viewer.experimenter_id:
            require_keeper(session, viewer, row.target_kind, row.target_id)
    return len(share_links.revoke_links(session, viewer, wanted))
