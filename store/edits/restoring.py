"""Undo deletions: bring back what one took, unless its place is gone or taken."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from store import models
from store.access import Right, Viewer, allows, deleted, group_permissions, kind_of
from store.edits.counters import count_links, count_rows
from store.edits.graph_rules import PARTS, SILENT
from store.edits.history import begin_event, log_change
from store.edits.links import record_links
from store.edits.outcomes import Outcome, Ref, RefusedError, Status
from store.edits.relations import RELATIONS, Relation, base_of, class_named
from store.errors import ConflictError, NotAllowedError, NotFoundError
from store.models.among import among
from store.models.enums import GroupPermissions
from store.models.history import TRASH


@dataclass(slots=True)
class _Undo:
    """The rows of some deletions, on their way back."""

    session: Session
    viewer: Viewer
    events: set[int]
    rows: dict[Any, set[int]] = field(default_factory=dict)
    links: defaultdict[Any, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Links to be live again."""
    pairs: list[tuple[Relation, list[tuple[int, int]]]] = field(default_factory=list)
    """Their ends, parent and child."""


def restore(session: Session, viewer: Viewer, targets: Sequence[Ref]) -> list[Ref]:
    """Bring back what the deletions of some rows took, all of it; for those who may delete it.

    Args:
        session: Of the caller's transaction.
        viewer: Who restores.
        targets: Deleted rows, kind and id, as `queries.history.deleted_rows` lists them.

    Returns:
        What lives again, containers and parts that have a line in the record.

    Raises:
        RefusedError: A target was not deleted or is not visible, may not be restored, is part of
            something that is gone, or has been replaced meanwhile: nothing is written.
    """
    found = _deleted_targets(session, viewer, targets)
    if not found:
        return []
    _refuse_foreign(session, viewer, targets, found)
    undo = _Undo(session, viewer, {row.deleted_event_id for row in found.values()})
    for entity in _tables():
        _collect(undo, entity)
    _refuse_all(targets, _problem(undo))
    for one in RELATIONS:
        if one.link is not None and one.link in undo.rows:
            _settle_links(undo, one)
    event = begin_event(session, viewer, next(iter(found.values())).group_id)
    return _revive(undo, event)


def _deleted_targets(session: Session, viewer: Viewer, targets: Sequence[Ref]) -> dict[Ref, Any]:
    found: dict[Ref, Any] = {}
    kinds = {kind: class_named(kind) for kind, _ in targets}
    for kind, entity in sorted(kinds.items()):
        row: Any = entity
        statement = (
            sa.select(row.id, row.owner_id, row.group_id, row.deleted_event_id)
            .where(deleted(viewer, entity))
            .where(among(row.id, [key for name, key in targets if name == kind]))
            .with_for_update(key_share=True)
        )
        found |= {(kind, one.id): one for one in session.execute(statement)}
    missing = [ref for ref in targets if ref not in found]
    if missing:
        kind, key = missing[0]
        error = NotFoundError(f"deleted {kind_of(kinds[kind])}", key)
        raise RefusedError(
            [
                Outcome(number, *ref, Status.FAILED, error)
                if ref in missing
                else Outcome(number, *ref, Status.NOT_DONE)
                for number, ref in enumerate(targets)
            ]
        )
    return found


def _refuse_foreign(
    session: Session, viewer: Viewer, targets: Sequence[Ref], found: Mapping[Ref, Any]
) -> None:
    """Refuse targets that the viewer may not delete, parts of others' things included."""
    permissions = group_permissions(session, {row.group_id for row in found.values()})
    foreign = {
        ref
        for ref, row in found.items()
        if not allows(viewer, Right.DELETE, row, permissions[row.group_id])
    }
    if foreign:
        error = NotAllowedError(
            "What was deleted is not yours to restore.",
            "Ask its owner or a leader of its group.",
        )
        raise RefusedError(
            [
                Outcome(number, *ref, Status.FAILED, error)
                if ref in foreign
                else Outcome(number, *ref, Status.NOT_DONE)
                for number, ref in enumerate(targets)
            ]
        )


def _tables() -> list[Any]:
    classes: list[Any] = [mapper.class_ for mapper in models.Base.registry.mappers]
    found: set[Any] = {
        sa.inspect(entity).base_mapper.class_
        for entity in classes
        if issubclass(entity, models.Owned)
    }
    return sorted(found, key=lambda entity: str(entity.__name__))


def _collect(undo: _Undo, entity: Any) -> None:
    keys = set(
        undo.session.scalars(
            sa.select(entity.id)
            .where(entity.deleted_event_id.is_not(None))
            .where(among(entity.deleted_event_id, undo.events))
        )
    )
    if keys:
        undo.rows[entity] = keys


def _refuse_all(targets: Sequence[Ref], problem: Any) -> None:
    if problem is not None:
        raise RefusedError(
            [Outcome(number, *ref, Status.FAILED, problem) for number, ref in enumerate(targets)]
        )


def _problem(undo: _Undo) -> Any:
    """Look for what keeps the rows from coming back; none if nothing does."""
    for entity in undo.rows:
        if entity not in _LINKS:
            problem = _foreign(undo, entity) or _divided(undo, entity) or _replaced(undo, entity)
            if problem is not None:
                return problem
    problem = _named_foreign(undo)
    if problem is not None:
        return problem
    for whole, part, column in _places():
        problem = _homeless(undo, whole, part, column) if part in undo.rows else None
        if problem is not None:
            return problem
    return _reimported(undo)


def _foreign(undo: _Undo, entity: Any) -> NotAllowedError | None:
    """Refuse rows of others, unless they are parts, which share the fate of the whole."""
    if entity in _PARTS or entity is models.Annotation:
        return None
    return _closed(undo, entity, undo.rows[entity])


def _named_foreign(undo: _Undo) -> NotAllowedError | None:
    """Refuse rows of others that were named for deletion, of whatever kind they are."""
    log = models.EventLog
    lines = undo.session.scalars(
        sa.select(log.changes).where(log.entity_type == TRASH, among(log.event_id, undo.events))
    )
    keys: defaultdict[Any, set[int]] = defaultdict(set)
    for line in lines:
        for kind, key in (line or {})["named"]:
            keys[base_of(class_named(kind))].add(key)
    problems = (_closed(undo, entity, some) for entity, some in keys.items())
    return next((problem for problem in problems if problem is not None), None)


def _closed(undo: _Undo, entity: Any, keys: set[int]) -> NotAllowedError | None:
    """Say whether some of the rows are not the viewer's to delete, so neither to restore."""
    rows: Sequence[Any] = undo.session.execute(
        sa.select(entity.owner_id, entity.group_id).where(among(entity.id, keys)).distinct()
    ).all()
    permissions = group_permissions(undo.session, {row.group_id for row in rows})
    if all(allows(undo.viewer, Right.DELETE, row, permissions[row.group_id]) for row in rows):
        return None
    return NotAllowedError(
        f"The same deletion took a {kind_of(entity)} of somebody else's.",
        "Ask whoever deleted it, or a leader of its group.",
    )


def _replaced(undo: _Undo, entity: Any) -> ConflictError | None:
    """Refuse rows whose place among live rows is taken."""
    for index in sorted(entity.__table__.indexes, key=lambda index: str(index.name)):
        if not index.unique:
            continue
        other = aliased(entity)
        same = [getattr(other, one.key) == getattr(entity, one.key) for one in index.columns]
        taken = undo.session.execute(
            sa.select(entity.id, other.id.label("other"))
            .join(other, sa.and_(*same))
            .where(among(entity.id, undo.rows[entity]), other.deleted_event_id.is_(None))
            .limit(1)
        ).one_or_none()
        if taken is not None:
            return ConflictError(
                f"{entity.__name__} {taken.id} has been replaced by {taken.other}.",
                "Use that one, or delete it before you restore.",
            )
    return None


def _homeless(undo: _Undo, whole: Any, part: Any, column: str) -> ConflictError | None:
    """Refuse parts whose whole is gone, or has moved to another group."""
    own, its = aliased(part), aliased(whole)
    found = undo.session.execute(
        sa.select(own.id, its.id.label("whole"), its.deleted_event_id)
        .join(its, its.id == getattr(own, column))
        .where(among(own.id, undo.rows[part]))
        .where(
            sa.or_(
                sa.and_(
                    its.deleted_event_id.is_not(None),
                    sa.not_(among(its.deleted_event_id, undo.events)),
                ),
                its.group_id != own.group_id,
            )
        )
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    gone = found.deleted_event_id is not None
    return ConflictError(
        f"{part.__name__} {found.id} belongs to {whole.__name__} {found.whole}, which"
        f" {'is deleted too' if gone else 'is in another group now'}.",
        "Restore that first." if gone else "Move that back first.",
    )


def _reimported(undo: _Undo) -> ConflictError | None:
    """Refuse files that were imported anew, in another set or after a change."""
    file = models.OriginalFile
    entry, other = models.FilesetEntry, aliased(file)
    found = undo.session.execute(
        sa.select(file.name, entry.fileset_id)
        .join(
            other,
            sa.and_(
                other.path == file.path,
                other.storage_root_id == file.storage_root_id,
                other.group_id == file.group_id,
                other.owner_id == file.owner_id,
            ),
        )
        .join(entry, entry.original_file_id == other.id)
        .where(among(file.id, undo.rows.get(file, set())))
        .where(other.deleted_event_id.is_(None), entry.deleted_event_id.is_(None))
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    return ConflictError(
        f"{found.name} was imported anew, as part of fileset {found.fileset_id}.",
        "Use that one, or delete it before you restore.",
    )


def _together(parent: Any, child: Any) -> sa.ColumnElement[bool]:
    """Build the condition that two rows may be linked: one group, of one owner if it is private."""
    group = models.ExperimenterGroup
    private = sa.select(group.id).where(group.permissions == GroupPermissions.PRIVATE.value)
    seen = sa.or_(parent.owner_id == child.owner_id, child.group_id.not_in(private))
    return sa.and_(parent.group_id == child.group_id, seen)


def _divided(undo: _Undo, entity: Any) -> ConflictError | None:
    """Refuse parts of others' images where the group has become private meanwhile."""
    if entity not in (models.ROI, models.RenderingSettings):
        return None
    image: Any = aliased(models.Image)
    row = undo.session.execute(
        sa.select(entity.id, image.id.label("image"))
        .join(image, image.id == entity.image_id)
        .where(among(entity.id, undo.rows[entity]), ~_together(image, entity))
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return ConflictError(
        f"{entity.__name__} {row.id} is on image {row.image} of somebody else, in a private group.",
        "Ask a leader of the group for another level.",
    )


def _settle_links(undo: _Undo, one: Relation) -> None:
    """Revive links whose ends both live; leave the others to the end that is still deleted."""
    link = one.link
    near, far = getattr(link, one.near), getattr(link, one.far)
    parent: Any = aliased(one.parent)
    child: Any = aliased(one.child)
    owned = issubclass(one.parent, models.Owned)  # accounts and groups of people are not
    fixed = [getattr(link, name) == value for name, value in one.fixed.items()]
    rows = undo.session.execute(
        sa.select(
            *(link.id, parent.id.label("parent_id"), child.id.label("child_id")),
            (parent.deleted_event_id if owned else sa.null()).label("parent"),
            child.deleted_event_id.label("child"),
            (_together(parent, child) if owned else sa.true()).label("together"),
        )
        .join(parent, parent.id == near)
        .join(child, child.id == far)
        .where(among(link.id, undo.rows[link]), *fixed)
    ).all()
    apart = {row.id for row in rows if not row.together}
    later: defaultdict[int, set[int]] = defaultdict(set)
    pairs: list[tuple[int, int]] = []
    for row in rows:
        if row.id in apart:
            continue
        dead = [end for end in (row.parent, row.child) if end is not None]
        still = [end for end in dead if end not in undo.events]
        if still:
            later[still[0]].add(row.id)
        else:
            undo.links[link].add(row.id)
            pairs.append((row.parent_id, row.child_id))
    undo.pairs.append((one, pairs))
    _postpone(undo.session, link, later)
    if apart:
        undo.session.execute(sa.delete(link).where(among(link.id, apart)))


def _postpone(session: Session, link: Any, later: Mapping[int, Iterable[int]]) -> None:
    rows = [{"id": key, "deleted_event_id": event} for event, keys in later.items() for key in keys]
    if rows:
        session.execute(sa.update(link), rows)


def _revive(undo: _Undo, event: models.Event) -> list[Ref]:
    session, back = undo.session, []
    for entity, keys in undo.rows.items():
        wanted = undo.links[entity] if entity in _LINKS else keys
        if not wanted:
            continue
        session.execute(
            sa.update(entity)
            .where(among(entity.id, wanted))
            .values(deleted_event_id=None, update_event_id=event.id, version=entity.version + 1)
            .execution_options(synchronize_session=False)
        )
        if entity not in SILENT and entity not in _LINKS:
            log_change(session, event, entity, sorted(wanted), "RESTORE")
            back += [(str(entity.__name__), key) for key in sorted(wanted)]
    for link, keys in undo.links.items():
        count_links(session, link, keys, +1)
    for one, pairs in undo.pairs:
        record_links(session, one, pairs, event, "LINK", but=undo.rows)
    for entity in (models.Well, models.Folder):
        count_rows(session, entity, undo.rows.get(entity, ()), +1)
    session.expire_all()
    return back


def _places() -> list[tuple[Any, Any, str]]:
    """List who needs whom: parts their wholes, and rows what they cannot be without."""
    found = {(rule.whole, rule.part, rule.column) for rule in PARTS}
    by_table = {str(entity.__table__): entity for entity in _tables()}
    for entity in by_table.values():
        for column in entity.__table__.columns:
            for key in column.foreign_keys:
                whole = by_table.get(str(key.column.table))
                if whole is not None and not column.nullable and entity not in _LINKS:
                    found.add((whole, entity, column.key))
    return sorted(found, key=lambda place: (place[1].__name__, place[2], place[0].__name__))


_LINKS = frozenset(one.link for one in RELATIONS if one.link is not None)
_PARTS = frozenset(rule.part for rule in PARTS if rule.part is not models.Folder)
