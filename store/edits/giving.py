"""Give rows to another owner, with all that belongs to them."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Right, Viewer, group_permissions, require_writer
from store.edits.graph import (
    GraphReport,
    by_table,
    change_rows,
    count_cuts,
    drop_links,
    gone,
    leave_folders,
    record_cuts,
    report_of,
    start,
    with_event,
)
from store.edits.graph_rules import IF_ASKED, SILENT
from store.edits.graph_walk import Walk
from store.edits.history import begin_event, log_change
from store.edits.outcomes import Ref
from store.errors import InvalidInputError, NotFoundError
from store.models.among import among
from store.models.enums import GroupPermissions


def give(
    session: Session,
    viewer: Viewer,
    targets: Sequence[Ref],
    experimenter_id: int,
    *,
    dry_run: bool = False,
) -> GraphReport:
    """Give rows with all that belongs to them to a member of their group.

    For leaders of the group and administrators. Only rows of the same owner go along: what others
    drew, wrote or saved stays theirs, and so do rendering settings. Where owners do not see each
    other's rows, links to what stays are cut.

    Args:
        session: Of the caller's transaction.
        viewer: Who gives them away.
        targets: What, kind and id.
        experimenter_id: To whom.
        dry_run: Only tell what would go.

    Raises:
        RefusedError: One of them cannot be given, with the reason of each: nothing is written. The
            account that does not exist, or was deactivated, is such a reason.
    """
    require_writer(viewer)
    groups = _groups_of(session, experimenter_id)
    walk = Walk(
        *(session, viewer, Right.GIVE),
        keep=frozenset(),
        include=IF_ASKED,
        owner_id=experimenter_id,
    )
    walk.lock = not dry_run

    def check(rows: Mapping[Ref, Any]) -> None:
        levels = group_permissions(session, {row.group_id for row in rows.values()})
        walk.private = GroupPermissions.PRIVATE in levels.values()
        for ref, row in rows.items():
            if ref in walk.errors:
                continue
            if groups is None:
                walk.errors[ref] = NotFoundError("experimenter", experimenter_id)
            elif row.group_id not in groups:
                walk.errors[ref] = InvalidInputError(
                    f"They are not in the group of {ref[0]} {ref[1]}.", "Add them to it first."
                )

    rows = start(walk, targets, check)
    report = report_of(walk)
    if dry_run or not rows:
        return report
    event = begin_event(session, viewer, next(iter(rows.values())).group_id)
    _write(walk, event)
    session.expire_all()
    return with_event(report, event)


def _write(walk: Walk, event: models.Event) -> None:
    session, owner = walk.session, walk.owner_id
    count_cuts(walk, walk.cuts, -1)
    if walk.private:
        leave_folders(walk)
    for entity, keys in gone(walk):
        before = _owners(session, entity, keys) if entity not in SILENT else {}
        change_rows(session, entity, keys, event, owner_id=owner)
        changes = {key: {"owner_id": [was, owner]} for key, was in before.items()}
        log_change(session, event, entity, sorted(before), "GIVE", changes)
    kept = [cut for cut in walk.cuts if cut.both or not walk.private]
    for table, cuts in by_table(walk.cuts).items():
        given = {cut.row.id for cut in cuts if cut.both}
        mine = set(_owners(session, table, given).items())
        change_rows(
            session, table, {key for key, was in mine if was in walk.owners}, event, owner_id=owner
        )
        if walk.private:
            drop_links(session, table, {cut.row.id for cut in cuts if not cut.both})
    count_cuts(walk, kept, +1)
    if walk.private:
        record_cuts(walk, event)


def _owners(session: Session, entity: Any, keys: set[int]) -> dict[int, int]:
    rows = session.execute(sa.select(entity.id, entity.owner_id).where(among(entity.id, keys)))
    return {row.id: row.owner_id for row in rows}


def _groups_of(session: Session, experimenter_id: int) -> frozenset[int] | None:
    person, member = models.Experimenter, models.Membership
    known = sa.select(person.id).where(person.id == experimenter_id, person.active)
    if session.scalar(known) is None:
        return None
    groups = sa.select(member.group_id).where(member.experimenter_id == experimenter_id)
    return frozenset(session.scalars(groups))
