"""What may be shared, and what shared things may take in: nobody shares what is not theirs to."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Right, Viewer, allows, group_permissions, select_visible
from store.errors import InvalidInputError, NotAllowedError, NotFoundError
from store.models.among import among
from store.models.enums import GroupPermissions, Privilege
from store.scopes import KINDS, PARTS, Scope, keys_within, within

type Ref = tuple[str, int]

_HELD = (models.Dataset, models.Image, models.Plate)
"""What can lie in shared things and belong to somebody else."""


def shareable(session: Session, viewer: Viewer, targets: Sequence[Ref]) -> dict[Ref, Any]:
    """Find things that the viewer may share, with all below them.

    Args:
        session: Of the caller's transaction.
        viewer: Their owner, a leader of their group, or an administrator with the privilege
            WriteOwned.
        targets: Kinds and ids.

    Returns:
        Id, owner and group of each.

    Raises:
        InvalidInputError: One is of a kind that is not shared.
        NotFoundError: One does not exist for the viewer.
        NotAllowedError: One, or something in one, is not the viewer's to share.
    """
    found = owned(session, viewer, targets)
    levels = group_permissions(session, {row.group_id for row in found.values()})
    for (kind, key), row in found.items():
        if not allows(viewer, Right.SHARE, row, levels[row.group_id]):
            raise NotAllowedError(
                f"You may see {kind} {key}, but not share it.",
                "Ask its owner or a leader of its group.",
            )
    _refuse_others(session, viewer, Scope.of(found), {row.group_id for row in found.values()})
    return found


def owned(session: Session, viewer: Viewer, targets: Iterable[Ref]) -> dict[Ref, Any]:
    """Find id, owner and group of things of the kinds that can be shared.

    Raises:
        InvalidInputError: One is of another kind.
        NotFoundError: One does not exist for the viewer.
    """
    ids: defaultdict[str, set[int]] = defaultdict(set)
    for kind, key in targets:
        if kind not in KINDS:
            raise InvalidInputError(
                f"{kind[:64]} is no kind of things that are shared.",
                f"Name one of {', '.join(KINDS)}.",
            )
        ids[kind].add(key)
    found: dict[Ref, Any] = {}
    for kind, keys in sorted(ids.items()):
        entity: Any = getattr(models, kind)
        rows = session.execute(
            select_visible(viewer, entity, entity.id, entity.owner_id, entity.group_id).where(
                among(entity.id, keys)
            )
        )
        found |= {(kind, row.id): row for row in rows}
        for key in sorted(keys):
            if (kind, key) not in found:
                raise NotFoundError(kind.lower(), key)
    return found


def refuse_foreign_children(
    session: Session, viewer: Viewer, pairs: Iterable[tuple[Ref, Ref]]
) -> dict[tuple[Ref, Ref], NotAllowedError]:
    """Find what may not be put into things that are shared: it would be shared by that.

    Args:
        session: Of the caller's transaction.
        viewer: Who links.
        pairs: Parents and children, of any kinds.

    Returns:
        Pair → why it may not be made.
    """
    children: defaultdict[Ref, set[Ref]] = defaultdict(set)
    for parent, child in pairs:
        if parent[0] in PARTS and child[0] in KINDS:
            children[parent].add(child)
    found: dict[tuple[Ref, Ref], NotAllowedError] = {}
    for parent in _shared(session, children):
        if _all_shareable(session, viewer, children[parent]):
            continue
        for child in sorted(children[parent]):
            try:
                shareable(session, viewer, [child])
            except NotAllowedError:
                found[parent, child] = NotAllowedError(
                    f"{parent[0]} {parent[1]} is shared with others, and {child[0]} {child[1]} is"
                    " not yours to share.",
                    "Ask its owner or a leader of its group to put it there.",
                )
    return found


def _all_shareable(session: Session, viewer: Viewer, things: Collection[Ref]) -> bool:
    try:
        shareable(session, viewer, sorted(things))
    except NotAllowedError:
        return False
    return True


def _shared(session: Session, parents: Collection[Ref]) -> list[Ref]:
    """Return which of some things are shared, or lie in shared ones."""
    if not parents:
        return []
    now = dt.datetime.now(dt.UTC)
    selects = [
        sa.select(table.target_kind, table.target_id).where(
            sa.or_(table.expires.is_(None), table.expires > now)
        )
        for table in (models.AccessGrant, models.ShareLink)
    ]
    scope = Scope.of((kind, key) for kind, key in session.execute(sa.union(*selects)))
    if not scope:
        return []
    ids: defaultdict[str, set[int]] = defaultdict(set)
    for kind, key in parents:
        ids[kind].add(key)
    found: list[Ref] = []
    for kind, keys in sorted(ids.items()):
        entity: Any = getattr(models, kind)
        below = within(scope, entity, parts=True)
        if below is not None:
            rows = session.scalars(sa.select(entity.id).where(among(entity.id, keys), below))
            found += [(kind, key) for key in rows]
    return found


def _refuse_others(
    session: Session, viewer: Viewer, scope: Scope, group_ids: Collection[int]
) -> None:
    """Refuse to share things that hold something that is not the viewer's to share.

    Raises:
        NotAllowedError: There is such a thing.
    """
    levels = group_permissions(session, group_ids)
    for entity in _HELD:
        keys = keys_within(scope, entity)
        if keys is None:
            continue
        row: Any = entity
        statement = sa.select(row.id).where(
            row.id.in_(keys), row.deleted_event_id.is_(None), ~_may_share(viewer, row, levels)
        )
        found = session.scalar(statement.limit(1))
        if found is not None:
            raise NotAllowedError(
                "Something of somebody else's lies in it, which is not yours to share.",
                "Ask a leader of the group to share it, or take it out.",
            )


def _may_share(
    viewer: Viewer, row: Any, levels: Mapping[int, GroupPermissions]
) -> sa.ColumnElement[bool]:
    """Build the condition that `allows` tells of single rows."""
    open_groups = {key for key, level in levels.items() if level is not GroupPermissions.PRIVATE}
    if not viewer.has(Privilege.WRITE_OWNED):
        open_groups &= viewer.leads
    return sa.or_(row.owner_id == viewer.experimenter_id, among(row.group_id, open_groups))
