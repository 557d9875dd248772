"""Links between objects and their annotations: found, written, recorded and deleted."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store import models
from store.access import Right, Viewer, allows, group_permissions, select_visible, visible
from store.edits.annotatable import Place
from store.edits.history import Action, details, listed, log_change
from store.edits.outcomes import Ref
from store.models.among import among

type Link = tuple[str, int, int, int]
"""Class and id of what is annotated, id of the annotation, group of both."""
KEPT = frozenset({"TagAnnotation", "TermAnnotation", "FileAnnotation"})
"""Kinds that stay when they are taken off the last object."""


@dataclass(frozen=True, slots=True)
class Which:
    """Which annotations are taken off; all that is given has to be true of them."""

    ids: Collection[int] | None = None
    kinds: Collection[str] | None = None
    """Names of classes."""
    texts: Collection[str] | None = None
    """Of tags and terms, exactly."""
    namespace: str | None = None
    own: bool = False
    """Only what the viewer attached."""


def insert_links(
    session: Session, viewer: Viewer, event: models.Event, links: Sequence[Link]
) -> None:
    """Attach annotations to objects, where they are not attached already; one statement.

    A link that was deleted and not restored with what it belonged to lives again, as a new one.
    """
    if not links:
        return
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table: Any = models.AnnotationLink.__table__
    rows = [
        {
            "parent_type": kind,
            "parent_id": key,
            "child_id": child,
            **details(viewer, group, event),
        }
        for kind, key, child, group in links
    ]
    insert = dialect.insert(table)
    again = {name: insert.excluded[name] for name in details(viewer, 0, event)}
    revived = insert.on_conflict_do_update(
        index_elements=["parent_type", "parent_id", "child_id"],
        set_=again | {"deleted_event_id": None, "version": table.c.version + 1},
        where=table.c.deleted_event_id.is_not(None),
    )
    session.execute(revived, rows)


def unlink(session: Session, viewer: Viewer, event: models.Event, links: Sequence[Any]) -> None:
    """Delete links of annotations, and annotations that live with what they were on.

    Args:
        session: Of the caller's transaction.
        viewer: Who may delete the links, as has been checked.
        event: What they are deleted in.
        links: Rows with id, parent_type, parent_id and child_id.
    """
    if not links:
        return
    link = models.AnnotationLink
    session.execute(
        sa.delete(link).where(among(link.id, [row.id for row in links])),
        execution_options={"synchronize_session": False},
    )
    lost: defaultdict[Ref, list[int]] = defaultdict(list)
    for row in links:
        lost[row.parent_type, row.parent_id].append(row.child_id)
    log_links(session, event, lost, "UNLINK")
    _bury(session, viewer, event, {row.child_id for row in links})


def attached(
    session: Session, good: Iterable[Place], children: Collection[int]
) -> set[tuple[str, int, int]]:
    """Find which of some annotations are on which of some objects, whoever put them there."""
    if not children:
        return set()
    link = models.AnnotationLink
    parents = _by_kind(good)
    rows = session.execute(
        sa.select(link.parent_type, link.parent_id, link.child_id).where(
            link.deleted_event_id.is_(None),
            among(link.child_id, children),
            sa.or_(
                *(
                    sa.and_(link.parent_type == kind, among(link.parent_id, keys))
                    for kind, keys in parents.items()
                )
            ),
        )
    )
    return {(row.parent_type, row.parent_id, row.child_id) for row in rows}


def annotations_below(session: Session, ids: Collection[int]) -> set[int]:
    """Return some annotations and all that are on them, and on those, and so on."""
    link = models.AnnotationLink
    start = sa.select(models.Annotation.id).where(among(models.Annotation.id, ids))
    tree = start.cte("below", recursive=True)
    # UNION, not UNION ALL: ends also where a circle is stored.
    tree = tree.union(
        sa.select(link.child_id).where(
            link.parent_type == "Annotation",
            link.parent_id == tree.c.id,
            link.deleted_event_id.is_(None),
        )
    )
    return set(session.scalars(sa.select(tree.c.id)))


def links_of(
    session: Session, viewer: Viewer, found: Sequence[Place], which: Which
) -> Sequence[Any]:
    """List the visible links of objects with the annotations that are meant; one statement."""
    if not found:
        return []
    link, note = models.AnnotationLink, models.Annotation
    columns = (link.id, link.parent_type, link.parent_id, link.child_id, link.owner_id)
    statement = (
        select_visible(viewer, link, *columns, link.group_id, note.long_value)
        .join(note, note.id == link.child_id)
        .where(visible(viewer, note))
        .where(
            sa.or_(
                *(
                    sa.and_(link.parent_type == kind, among(link.parent_id, keys))
                    for kind, keys in _by_kind(found).items()
                )
            )
        )
    )
    if which.ids is not None:
        statement = statement.where(among(link.child_id, which.ids))
    if which.kinds is not None:
        statement = statement.where(among(note.kind, which.kinds))
    if which.texts is not None:
        texts = {text.strip() for text in which.texts}
        statement = statement.where(among(note.text_value, texts))
    if which.namespace is not None:
        statement = statement.where(note.namespace == which.namespace)
    if which.own:
        statement = statement.where(
            link.owner_id == viewer.experimenter_id, note.owner_id == viewer.experimenter_id
        )
    return session.execute(statement.order_by(link.id)).all()


def _by_kind(found: Iterable[Place]) -> dict[str, set[int]]:
    kinds: defaultdict[str, set[int]] = defaultdict(set)
    for place in found:
        kinds[place.kind].add(place.id)
    return dict(sorted(kinds.items()))


def log_links(
    session: Session, event: models.Event, changed: Mapping[Ref, Sequence[int]], action: Action
) -> None:
    """Record with each object which annotations it got or lost."""
    kinds: defaultdict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for (kind, key), annotations in changed.items():
        named = listed("Annotation", annotations)
        pair = [None, named] if action == "LINK" else [named, None]
        kinds[kind][key] = {"annotations": pair}
    for kind, changes in sorted(kinds.items()):
        log_change(session, event, getattr(models, kind), changes, action, changes)


def _bury(session: Session, viewer: Viewer, event: models.Event, ids: Collection[int]) -> None:
    """Delete those annotations that live with what they are on, and are on nothing any more."""
    note = models.Annotation
    rows: Sequence[Any] = session.execute(
        select_visible(viewer, note, note.id, note.owner_id, note.group_id).where(
            among(note.id, ids), note.kind.not_in(sorted(KEPT)), _unattached(note)
        )
    ).all()
    permissions = group_permissions(session, {row.group_id for row in rows})
    dead = [row.id for row in rows if allows(viewer, Right.DELETE, row, permissions[row.group_id])]
    if dead:
        session.execute(
            sa.update(note)
            .where(among(note.id, dead))
            .values(deleted_event_id=event.id, update_event_id=event.id, version=note.version + 1),
            execution_options={"synchronize_session": False},
        )
        log_change(session, event, note, dead, "DELETE")


def _unattached(note: Any) -> sa.ColumnElement[bool]:
    link = models.AnnotationLink
    return ~sa.exists().where(link.child_id == note.id, link.deleted_event_id.is_(None))
