"""Share links, and which grant decides what somebody may do with a row."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Right, Viewer, select_visible
from store.models.among import among
from store.models.enums import GrantLevel
from store.models.sharing import PUBLIC
from store.scopes import Scope, within

_LEVELS = {
    Right.EDIT: (GrantLevel.EDIT,),
    Right.ANNOTATE: (GrantLevel.ANNOTATE, GrantLevel.EDIT),
    Right.RENDER: (GrantLevel.ANNOTATE, GrantLevel.EDIT),
}


def share_links(session: Session, viewer: Viewer) -> list[models.ShareLink]:
    """List the links that the viewer knows of, by id; one statement."""
    link = models.ShareLink
    return list(session.scalars(select_visible(viewer, link).order_by(link.id)))


def deciding_grant(
    session: Session, viewer: Viewer, right: Right | None, entity: Any, key: int
) -> int | None:
    """Find a grant that gives somebody a right to a row; a few statements.

    Args:
        session: For reading.
        viewer: Who has the right.
        right: What they want to do; none to see it.
        entity: A class of `store.models`.
        key: Database id.

    Returns:
        Database id of the oldest such grant; none where no grant gives it.
    """
    levels = tuple(GrantLevel) if right is None else _LEVELS.get(right, ())
    grants = _grants(session, viewer, levels)
    parts = right is not None
    if not _lies(session, grants, entity, key, parts):
        return None
    while len(grants) > 1:  # halves: as many statements as the number of grants has digits
        first = grants[: len(grants) // 2]
        grants = first if _lies(session, first, entity, key, parts) else grants[len(first) :]
    found: int = grants[0].id
    return found


def _grants(session: Session, viewer: Viewer, levels: Sequence[GrantLevel]) -> Sequence[Any]:
    grant = models.AccessGrant
    return session.execute(
        sa.select(grant.id, grant.target_kind, grant.target_id)
        .where(
            sa.or_(
                grant.audience == PUBLIC,
                grant.experimenter_id == viewer.experimenter_id,
                among(grant.group_id, viewer.groups),
            ),
            sa.or_(grant.expires.is_(None), grant.expires > dt.datetime.now(dt.UTC)),
            among(grant.level, [level.value for level in levels]),
        )
        .order_by(grant.id)
    ).all()


def _lies(session: Session, grants: Sequence[Any], entity: Any, key: int, parts: bool) -> bool:
    scope = Scope.of((row.target_kind, row.target_id) for row in grants)
    below = within(scope, entity, parts=parts) if scope else None
    if below is None:
        return False
    return session.scalar(sa.select(entity.id).where(entity.id == key, below)) is not None
