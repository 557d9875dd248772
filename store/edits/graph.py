"""Delete rows and move them to another group, with all that belongs to them; undo a deletion."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from store import models
from store.access import Right, Viewer, group_for, kind_of, select_visible
from store.edits.counters import count_links, count_rows
from store.edits.graph_rules import IF_ASKED, MOVABLE, NOT_ALONE, SILENT
from store.edits.graph_walk import Cut, Walk
from store.edits.history import begin_event, log_change, log_deletion
from store.edits.links import record_links
from store.edits.outcomes import Outcome, Ref, RefusedError, Status
from store.edits.relations import RELATIONS, base_of, class_named
from store.edits.restoring import restore
from store.errors import ConflictError, InvalidInputError, NotFoundError, StoreError
from store.models.among import among
from store.models.enums import Privilege

__all__ = ["GraphReport", "delete", "move_to_group", "restore"]

LISTED = 25
"""Rows of each kind that a report names; of more, the number is told."""
_LINKS = frozenset(one.link for one in RELATIONS if one.link is not None)


@dataclass(frozen=True, slots=True)
class GraphReport:
    """What a deletion or a move took, or would take."""

    goes: list[Ref]
    """Rows that go, the first of each kind: containers before what is in them."""
    stays: list[Ref]
    """Rows that could have gone and stay, the first of each kind."""
    unlinked: list[tuple[Ref, Ref]]
    """Links between what goes and what stays, parent and child, the first of each kind."""
    goes_counts: dict[str, int] = field(default_factory=dict)
    """Kind → how many go."""
    stays_counts: dict[str, int] = field(default_factory=dict)
    unlinked_counts: dict[str, int] = field(default_factory=dict)
    """Relation, such as "Dataset–Image" → how many links are cut."""
    event_id: int | None = None
    """The event of the change; none after a dry run, or where nothing was to be done."""


def delete(
    session: Session,
    viewer: Viewer,
    targets: Sequence[Ref],
    *,
    dry_run: bool = False,
    keep: Collection[str] = (),
    include: Collection[str] = (),
) -> GraphReport:
    """Delete rows with all that belongs to them; for those who may delete them.

    Children go with their container unless another one that stays holds them, or the viewer may
    not delete them. Images take along everything that was ever said about them alone; tags,
    terms and files stay. The rows become tombstones that `restore` brings back; files stay where
    they lie. The number of statements depends on the kinds of rows, not on their number.

    Args:
        session: Of the caller's transaction.
        viewer: Who deletes.
        targets: What to delete, kind and id.
        dry_run: Only tell what would go.
        keep: Kinds of children and annotations, and namespaces of annotations, that stay.
        include: Kinds that stay unless named here, of the viewer's own and used by nothing else:
            TagAnnotation, TermAnnotation, FileAnnotation, Instrument, Experiment.

    Raises:
        RefusedError: One of them cannot be deleted, with the reason of each: nothing is written.
    """
    walk = Walk(session, viewer, Right.DELETE, keep=frozenset(keep), include=frozenset(include))
    walk.lock = not dry_run
    rows = start(walk, targets)
    report = report_of(walk)
    if dry_run or not rows:
        return report
    event = begin_event(session, viewer, next(iter(rows.values())).group_id)
    count_cuts(walk, walk.cuts, -1)
    for entity, keys in gone(walk):
        tombstone(session, entity, keys, event)
        if entity not in SILENT:
            log_change(session, event, entity, sorted(keys), "DELETE")
    for table, cuts in by_table(walk.cuts).items():
        tombstone(session, table, {cut.row.id for cut in cuts}, event)
    record_cuts(walk, event)
    log_deletion(session, event, {ref: row.owner_id for ref, row in rows.items()})
    session.expire_all()
    return with_event(report, event)


def move_to_group(
    session: Session,
    viewer: Viewer,
    targets: Sequence[Ref],
    group_id: int,
    *,
    dry_run: bool = False,
) -> GraphReport:
    """Move rows with all that belongs to them to another group; for owners and administrators.

    Links to what stays are cut; annotations and files that are used elsewhere or belong to others
    stay. The viewer must be a member of the other group.

    Args:
        session: Of the caller's transaction.
        viewer: Who moves.
        targets: What to move, kind and id.
        group_id: Where.
        dry_run: Only tell what would go.

    Raises:
        NotFoundError: Not a member of the group; whether it exists is not told.
        RefusedError: One of them cannot be moved, with the reason of each: nothing is written.
    """
    group = group_for(viewer, group_id, Privilege.CHGRP)
    if session.get(models.ExperimenterGroup, group) is None:
        raise NotFoundError("group", group)
    walk = Walk(*(session, viewer, Right.MOVE), keep=frozenset(), include=IF_ASKED, group_id=group)
    walk.lock = not dry_run
    rows = start(walk, targets)
    report = report_of(walk)
    if dry_run or not rows:
        return report
    event = begin_event(session, viewer, group)
    count_cuts(walk, walk.cuts, -1)
    leave_folders(walk)
    before = next(iter(rows.values())).group_id
    for entity, keys in gone(walk):
        _regroup(session, entity, keys, group, event)
        if entity not in SILENT:
            changes = {key: {"group_id": [before, group]} for key in keys}
            log_change(session, event, entity, sorted(keys), "MOVE", changes)
    for table, cuts in by_table(walk.cuts).items():
        _regroup(session, table, {cut.row.id for cut in cuts if cut.both}, group, event)
        drop_links(session, table, {cut.row.id for cut in cuts if not cut.both})
    count_cuts(walk, [cut for cut in walk.cuts if cut.both], +1)
    record_cuts(walk, event)
    session.expire_all()
    return with_event(report, event)


def start(
    walk: Walk,
    targets: Sequence[Ref],
    check: Callable[[Mapping[Ref, Any]], None] = lambda _: None,
) -> dict[Ref, Any]:
    """Find the targets, check them, and walk; all errors together.

    Args:
        walk: Not begun yet.
        targets: What was named.
        check: Notes further errors, given owner and group of the targets that can be seen.

    Returns:
        Owner and group of the targets that have something to be done.

    Raises:
        RefusedError: One of them cannot go, with the reason of each.
    """
    wanted: dict[Ref, tuple[Any, int]] = {}
    for ref in dict.fromkeys(targets):
        try:
            wanted[ref] = _wanted(walk, ref)
        except StoreError as error:
            walk.errors[ref] = error
    rows = _load(walk, wanted)
    for ref in wanted.keys() - rows.keys():
        walk.errors[ref] = NotFoundError(kind_of(class_named(ref[0])), ref[1])
    walk.require_targets(rows)
    check(rows)
    todo = {
        ref: row
        for ref, row in rows.items()
        if row.group_id != walk.group_id and row.owner_id != walk.owner_id
    }
    if not walk.errors and todo:
        walk.owners = frozenset(row.owner_id for row in todo.values())
        walk.run({ref: wanted[ref] for ref in todo})
        if walk.right is not Right.DELETE:
            _refuse_second_fileset(walk)
    _refuse(walk, targets)
    return todo


def _wanted(walk: Walk, ref: Ref) -> tuple[Any, int]:
    base = base_of(class_named(ref[0]))
    if base in NOT_ALONE and walk.right is Right.DELETE:
        raise InvalidInputError(f"A {kind_of(base)} is not deleted by itself.", NOT_ALONE[base])
    if base in _LINKS:
        raise InvalidInputError(f"A {kind_of(base)} is not a thing of its own.", "Unlink it.")
    if walk.right is not Right.DELETE and base not in MOVABLE:
        raise InvalidInputError(
            f"A {kind_of(base)} goes with what it is part of.", "Name that instead."
        )
    return base, ref[1]


def _load(walk: Walk, wanted: Mapping[Ref, tuple[Any, int]]) -> dict[Ref, Any]:
    refs: defaultdict[str, list[Ref]] = defaultdict(list)
    for ref in wanted:
        refs[ref[0]].append(ref)
    rows: dict[Ref, Any] = {}
    for kind, some in sorted(refs.items()):
        entity: Any = class_named(kind)
        statement = (
            select_visible(walk.viewer, entity, entity.id, entity.owner_id, entity.group_id)
            .where(among(entity.id, [key for _, key in some]))
            .order_by(entity.id)
        )
        if walk.lock:
            statement = statement.with_for_update(key_share=True)
        rows |= {(kind, row.id): row for row in walk.session.execute(statement)}
    return {ref: rows[ref] for ref in wanted if ref in rows}


def _refuse(walk: Walk, targets: Sequence[Ref]) -> None:
    if walk.errors:
        raise RefusedError(
            [
                Outcome(index, *ref, Status.FAILED, walk.errors[ref])
                if ref in walk.errors
                else Outcome(index, *ref, Status.NOT_DONE)
                for index, ref in enumerate(targets)
            ]
        )


def _refuse_second_fileset(walk: Walk) -> None:
    fileset, other = models.Fileset, aliased(models.Fileset)
    owner = fileset.owner_id if walk.owner_id is None else walk.owner_id
    group = fileset.group_id if walk.group_id is None else walk.group_id
    found = walk.session.execute(
        sa.select(fileset.id, other.id.label("other"))
        .join(
            other,
            sa.and_(other.identity == fileset.identity, other.owner_id == owner),
        )
        .where(
            among(fileset.id, walk.going[fileset]),
            other.group_id == group,
            other.deleted_event_id.is_(None),
        )
        .limit(1)
    ).one_or_none()
    if found is not None:
        error = ConflictError(
            f"The files of fileset {found.id} are there already, as fileset {found.other}.",
            "Delete one of them.",
        )
        walk.errors |= dict.fromkeys(walk.targets, error)


def gone(walk: Walk) -> list[tuple[Any, set[int]]]:
    """List what goes, class by class, wholes before their parts."""
    return [(entity, keys) for entity, keys in walk.going.items() if keys]


def by_table(cuts: Iterable[Cut]) -> dict[Any, list[Cut]]:
    """Sort links by their tables."""
    found: defaultdict[Any, list[Cut]] = defaultdict(list)
    for cut in cuts:
        found[cut.relation.link].append(cut)
    return found


def count_cuts(walk: Walk, cuts: Sequence[Cut], step: int) -> None:
    """Count links, and what goes of the rows that name their container themselves."""
    for table, some in by_table(cuts).items():
        count_links(walk.session, table, {cut.row.id for cut in some}, step)
    for entity in (models.Well, models.Folder):
        count_rows(walk.session, entity, walk.going[entity], step)


def tombstone(session: Session, entity: Any, keys: set[int], event: models.Event) -> None:
    """Let rows exist for nobody."""
    change_rows(session, entity, keys, event, deleted_event_id=event.id)


def _regroup(
    session: Session, entity: Any, keys: set[int], group_id: int, event: models.Event
) -> None:
    if keys:
        change_rows(session, entity, keys, event, group_id=group_id)


def change_rows(
    session: Session, entity: Any, keys: set[int], event: models.Event, **values: Any
) -> None:
    """Set columns of rows, as part of an event."""
    session.execute(
        sa.update(entity)
        .where(among(entity.id, keys))
        .values(update_event_id=event.id, version=entity.version + 1, **values)
        .execution_options(synchronize_session=False)
    )


def drop_links(session: Session, table: Any, keys: set[int]) -> None:
    """Remove links for good."""
    if keys:
        session.execute(
            sa.delete(table)
            .where(among(table.id, keys))
            .execution_options(synchronize_session=False)
        )


def leave_folders(walk: Walk) -> None:
    """Take folders that move out of folders that stay."""
    folder, moving = models.Folder, walk.going[models.Folder]
    if moving:
        walk.session.execute(
            sa.update(folder)
            .where(
                among(folder.id, moving),
                folder.parent_id.is_not(None),
                sa.not_(among(folder.parent_id, moving)),
            )
            .values(parent_id=None)
            .execution_options(synchronize_session=False)
        )


def record_cuts(walk: Walk, event: models.Event) -> None:
    """Record the links between what goes and what stays."""
    pairs: defaultdict[str, list[Cut]] = defaultdict(list)
    for cut in walk.cuts:
        if not cut.both:
            pairs[cut.relation.name].append(cut)
    for cuts in pairs.values():
        ends = [(cut.row.parent, cut.row.child) for cut in cuts]
        hidden = walk.going if walk.right is Right.DELETE else None
        record_links(walk.session, cuts[0].relation, ends, event, "UNLINK", but=hidden)


def report_of(walk: Walk) -> GraphReport:
    """Say what a walk found."""
    names = [walk.named(entity, key) for entity, keys in gone(walk) for key in sorted(keys)]
    cuts: defaultdict[str, list[Cut]] = defaultdict(list)
    for one in walk.cuts:
        if not one.both:
            cuts[one.relation.name].append(one)
    ends = [
        end
        for some in cuts.values()
        for one in some[:LISTED]
        for end in ((one.relation.parent, one.row.parent), (one.relation.child, one.row.child))
    ]
    rows = [(entity, key) for entity, keys in gone(walk) for key in sorted(keys)[:LISTED]]
    flat = _named(walk, [*rows, *ends])
    pairs = flat[len(rows) :]
    return GraphReport(
        goes=flat[: len(rows)],
        stays=_first_of_each(walk.stays),
        unlinked=list(zip(pairs[::2], pairs[1::2], strict=True)),
        goes_counts=dict(Counter(kind for kind, _ in names)),
        stays_counts=dict(Counter(kind for kind, _ in walk.stays)),
        unlinked_counts={name: len(some) for name, some in cuts.items()},
    )


def _first_of_each(refs: Iterable[Ref]) -> list[Ref]:
    seen: Counter[str] = Counter()
    found = []
    for ref in sorted(refs):
        seen[ref[0]] += 1
        if seen[ref[0]] <= LISTED:
            found.append(ref)
    return found


def _named(walk: Walk, rows: Sequence[tuple[Any, int]]) -> list[Ref]:
    """Name rows by their concrete kinds; one statement for each table that has several."""
    kinds: dict[tuple[Any, int], str] = {}
    for base in (models.Annotation, models.Shape, models.LightSource):
        keys = {key for entity, key in rows if entity is base}
        if keys:
            kind: Any = base
            found = walk.session.execute(sa.select(kind.id, kind.kind).where(among(kind.id, keys)))
            kinds |= {(base, row.id): row.kind for row in found}
    return [(kinds.get((entity, key), str(entity.__name__)), key) for entity, key in rows]


def with_event(report: GraphReport, event: models.Event) -> GraphReport:
    """Add the event that a report is about."""
    return GraphReport(
        *(report.goes, report.stays, report.unlinked, report.goes_counts),
        *(report.stays_counts, report.unlinked_counts, event.id),
    )
