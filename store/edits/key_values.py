"""Key–values of any number of objects at once: added, replaced, removed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Right, Viewer, select_visible
from store.edits.annotatable import Place, errors_of, outcomes, places
from store.edits.annotation_links import Which, insert_links, links_of, log_links, unlink
from store.edits.annotation_rows import (
    PAIRS_MAX,
    NewAnnotation,
    Pair,
    Pairs,
    clean,
    clean_namespace,
    clean_pairs,
    insert_annotations,
    insert_pairs,
)
from store.edits.history import begin_event, log_change
from store.edits.outcomes import Outcome, Ref, settle
from store.errors import InvalidInputError, StoreError
from store.models.among import among
from store.models.annotations import CLIENT_MAP_NAMESPACE
from store.models.pairs import folded


class Mode(StrEnum):
    """How new pairs meet those that are there."""

    ADD = "add"
    """Behind them; the very same pair is not written twice."""
    REPLACE_KEYS = "replace keys"
    """In place of all pairs of the same keys."""
    REPLACE_ALL = "replace all"
    """In place of all pairs."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The pairs of one object that the viewer may write: those of their own annotation."""

    place: Place
    annotation_id: int | None
    pairs: Pairs
    link: Any = None
    shared: bool = False
    """Whether the annotation is on other objects too, which must not change with this one."""


def set_key_values(
    session: Session,
    viewer: Viewer,
    targets: Sequence[Ref],
    pairs: Sequence[Pair],
    *,
    mode: Mode = Mode.REPLACE_KEYS,
    namespace: str = CLIENT_MAP_NAMESPACE,
    partial: bool = False,
) -> list[Outcome]:
    """Write pairs into the viewer's own map annotation of each object, making it where needed.

    For those who may annotate the objects. The number of statements depends on how many types the
    objects are of, not on how many there are.

    Args:
        session: Of the caller's transaction.
        viewer: Who writes, and whose annotations they are.
        targets: Objects of any annotatable types.
        pairs: Keys and values, in order; keys may repeat.
        mode: How they meet the pairs that are there.
        namespace: Of the annotation.
        partial: Write those of the other objects where one cannot be annotated.

    Returns:
        What became of each object, in order.

    Raises:
        InvalidInputError: A pair cannot be kept.
        RefusedError: An object cannot be annotated, and `partial` is false.
    """
    new = clean_pairs(pairs)

    def change(old: Pairs) -> Pairs:
        return merged(old, new, mode)

    return _edit(session, viewer, targets, change, namespace, partial)


def remove_key_values(
    session: Session,
    viewer: Viewer,
    targets: Sequence[Ref],
    keys: Collection[str],
    *,
    namespace: str = CLIENT_MAP_NAMESPACE,
    partial: bool = False,
) -> list[Outcome]:
    """Remove all pairs of some keys from the viewer's own map annotation of each object.

    For those who may annotate the objects; an annotation without pairs is deleted.

    Returns:
        What became of each object, in order.

    Raises:
        RefusedError: An object cannot be annotated, and `partial` is false.
    """
    gone = {folded(key) for key in keys}

    def change(old: Pairs) -> Pairs:
        return tuple(pair for pair in old if folded(pair[0]) not in gone)

    return _edit(session, viewer, targets, change, namespace, partial)


def merged(old: Pairs, new: Pairs, mode: Mode) -> Pairs:
    """Return the pairs that an object has after new ones are written.

    >>> merged((("a", "1"), ("b", "2")), (("A", "3"),), Mode.REPLACE_KEYS)
    (('A', '3'), ('b', '2'))
    """
    if mode is Mode.REPLACE_ALL:
        return new
    if mode is Mode.ADD:
        have = set(old)
        return (*old, *(pair for pair in dict.fromkeys(new) if pair not in have))
    waiting: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in new:
        waiting[folded(pair[0])].append(pair)
    changed = set(waiting)
    result: list[Pair] = []
    for pair in old:
        key = folded(pair[0])
        if key not in changed:
            result.append(pair)
        else:
            result += waiting.pop(key, [])
    return (*result, *(pair for pair in new if folded(pair[0]) in waiting))


def own_pairs(
    session: Session, viewer: Viewer, found: Sequence[Place], namespace: str
) -> list[Kept]:
    """Read the pairs that the viewer may write; three statements for any number of objects.

    Returns:
        One for each object, in order.
    """
    which = Which(kinds=["MapAnnotation"], namespace=namespace, own=True)
    links: dict[Ref, Any] = {}
    for link in links_of(session, viewer, found, which):
        links.setdefault((link.parent_type, link.parent_id), link)
    ids = {link.child_id for link in links.values()}
    number = _uses(session, ids)
    pairs = pairs_of(session, viewer, ids)
    kept = []
    for place in found:
        link = links.get((place.kind, place.id))
        if link is None:
            kept.append(Kept(place, None, ()))
        else:
            old = pairs.get(link.child_id, ())
            kept.append(Kept(place, link.child_id, old, link, number[link.child_id] > 1))
    return kept


def pairs_of(session: Session, viewer: Viewer, ids: Collection[int]) -> dict[int, Pairs]:
    """Read the pairs of map annotations, in their order."""
    if not ids:
        return {}
    pair = models.MapPair
    rows = session.execute(
        select_visible(viewer, pair, pair.annotation_id, pair.key, pair.value)
        .where(among(pair.annotation_id, ids))
        .order_by(pair.annotation_id, pair.index)
    )
    found: defaultdict[int, list[Pair]] = defaultdict(list)
    for annotation_id, key, value in rows:
        found[annotation_id].append((key, value))
    return {key: tuple(pairs) for key, pairs in found.items()}


def write_pairs(
    session: Session, viewer: Viewer, changes: Sequence[tuple[Kept, Pairs]], namespace: str
) -> None:
    """Write the pairs that objects are to have; a constant number of statements.

    Args:
        session: Of the caller's transaction.
        viewer: Whose annotations they are.
        changes: What is there, as `own_pairs` read it, and what is to be there instead.
        namespace: Of new annotations.

    Raises:
        InvalidInputError: One object would have too many.
    """
    if not changes:
        return
    for kept, pairs in changes:
        if len(pairs) > PAIRS_MAX:
            raise InvalidInputError(
                f"{kept.place.kind} {kept.place.id} would have {len(pairs)} pairs; {PAIRS_MAX}"
                " fit into one annotation.",
                "Use another namespace, or keep them in a file.",
            )
    emptied = [kept for kept, pairs in changes if kept.annotation_id is not None and not pairs]
    parted = [kept for kept, pairs in changes if kept.shared and pairs]
    inside = {
        kept.annotation_id: (kept, pairs)
        for kept, pairs in changes
        if kept.annotation_id is not None and not kept.shared and pairs
    }
    fresh = [(k, p) for k, p in changes if p and (k.annotation_id is None or k.shared)]
    event = begin_event(session, viewer, changes[0][0].place.group_id)
    unlink(session, viewer, event, [kept.link for kept in (*emptied, *parted)])
    _rewrite(session, event, inside)
    _make(session, viewer, event, fresh, namespace)


def _edit(
    session: Session,
    viewer: Viewer,
    targets: Sequence[Ref],
    change: Callable[[Pairs], Pairs],
    namespace: str,
    partial: bool,
) -> list[Outcome]:
    namespace = clean_namespace(namespace)
    found = places(session, viewer, targets, Right.ANNOTATE)
    errors: dict[int, StoreError] = errors_of(found)
    settle(outcomes(targets, errors), partial=partial)
    first: dict[Ref, int] = {}
    for index, place in enumerate(found):
        if isinstance(place, Place):
            first.setdefault((place.kind, place.id), index)
    chosen = [place for index in first.values() if isinstance(place := found[index], Place)]
    kept = own_pairs(session, viewer, chosen, namespace)
    changes = [(one, pairs) for one in kept if (pairs := change(one.pairs)) != one.pairs]
    write_pairs(session, viewer, changes, namespace)
    changed = {first[one.place.kind, one.place.id] for one, _ in changes}
    return outcomes(targets, errors, changed)


def _uses(session: Session, ids: Collection[int]) -> Counter[int]:
    """Count the objects that annotations are on, also those that the viewer does not see."""
    if not ids:
        return Counter()
    link = models.AnnotationLink
    rows: Any = session.execute(
        sa.select(link.child_id, sa.func.count())
        .where(among(link.child_id, ids), link.deleted_event_id.is_(None))
        .group_by(link.child_id)
    )
    return Counter(dict(rows.all()))


def _rewrite(
    session: Session, event: models.Event, inside: Mapping[int, tuple[Kept, Pairs]]
) -> None:
    """Put other pairs into annotations that are on one object only."""
    if not inside:
        return
    pair, note = models.MapPair, models.Annotation
    unsynchronized = {"synchronize_session": False}
    session.execute(
        sa.delete(pair).where(among(pair.annotation_id, inside)), execution_options=unsynchronized
    )
    insert_pairs(session, {key: pairs for key, (_, pairs) in inside.items()})
    session.execute(
        sa.update(note)
        .where(among(note.id, inside))
        .values(update_event_id=event.id, version=note.version + 1),
        execution_options=unsynchronized,
    )
    changes = {
        key: {"pairs": [_plain(kept.pairs), _plain(pairs)]} for key, (kept, pairs) in inside.items()
    }
    log_change(session, event, note, changes, "UPDATE", changes)


def _make(
    session: Session,
    viewer: Viewer,
    event: models.Event,
    fresh: Sequence[tuple[Kept, Pairs]],
    namespace: str,
) -> None:
    """Make an annotation of its own for each object."""
    if not fresh:
        return
    known: dict[Pairs, Any] = {}
    for _, pairs in fresh:
        if pairs not in known:
            known[pairs] = clean(
                NewAnnotation("MapAnnotation", {"namespace": namespace}, pairs=pairs)
            )
    drafts = [(known[pairs], kept.place.group_id) for kept, pairs in fresh]
    ids = insert_annotations(session, viewer, event, drafts)
    links = [
        (kept.place.kind, kept.place.id, key, kept.place.group_id)
        for (kept, _), key in zip(fresh, ids, strict=True)
    ]
    insert_links(session, viewer, event, links)
    log_links(session, event, {(kind, key): [child] for kind, key, child, _ in links}, "LINK")


def _plain(pairs: Pairs) -> list[list[str]]:
    return [list(pair) for pair in pairs]
