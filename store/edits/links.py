"""What is in what: put rows into containers, take them out, move them between containers."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store import models
from store.access import (
    Right,
    Viewer,
    group_permissions,
    kind_of,
    recorded_as,
    select_visible,
    visible_row,
    visible_rows,
)
from store.edits.counters import count_links, count_rows
from store.edits.history import Action, begin_event, details, listed, log_change
from store.edits.outcomes import Outcome, Ref, Status, settle
from store.edits.references import Targets, circles, find_targets, same_group
from store.edits.relations import Relation, relation
from store.edits.shareable import refuse_foreign_children
from store.errors import InvalidInputError, NotAllowedError, StoreError
from store.models.among import among


@dataclass(frozen=True, slots=True)
class Pair:
    """One row that is to be in another, or no longer."""

    parent: Ref
    child: Ref
    role: str | None = None
    """Which relation, where the two kinds have several; see `relations.relation`."""


@dataclass(slots=True)
class _Draft:
    """One pair on its way."""

    index: int
    pair: Pair
    relation: Relation | None = None
    error: StoreError | None = None
    status: Status = Status.UNCHANGED

    def attempt(self, step: Callable[..., None], *arguments: Any) -> None:
        """Do one step of the checks, and remember why it failed."""
        if self.error is None:
            try:
                step(self, *arguments)
            except StoreError as error:
                self.error = error

    @property
    def keys(self) -> tuple[int, int]:
        return self.pair.parent[1], self.pair.child[1]


def link(
    session: Session, viewer: Viewer, pairs: Sequence[Pair], *, partial: bool = False
) -> list[Outcome]:
    """Put rows into others; for those who may link both, or annotate what gets an annotation.

    Linking what is linked changes nothing. A row that has one parent at most (a folder) gets the
    new one. The number of statements depends on the kinds of pairs, not on their number.

    Args:
        session: Of the caller's transaction.
        viewer: Who links, and will own the links.
        pairs: What is to be in what.
        partial: Link the others also where some cannot be linked.

    Returns:
        What became of each pair: the outcome names the child.

    Raises:
        RefusedError: A pair cannot be linked, and `partial` is false: nothing is written.
    """
    drafts = _drafts(pairs)
    targets = _check_links(session, viewer, drafts)
    settle(_outcomes(drafts), partial=partial)
    for one, some in _by_relation(drafts).items():
        _write_links(session, viewer, one, some, targets)
    return _outcomes(drafts)


def unlink(
    session: Session, viewer: Viewer, pairs: Sequence[Pair], *, partial: bool = False
) -> list[Outcome]:
    """Take rows out of others; for those who may delete the links, or edit the child.

    Taking out what is not in there changes nothing.

    Args:
        session: Of the caller's transaction.
        viewer: Who takes them out.
        pairs: What is no longer to be in what.
        partial: Take the others out also where some cannot be.

    Returns:
        What became of each pair: the outcome names the child.

    Raises:
        RefusedError: A pair cannot be taken apart, and `partial` is false: nothing is written.
    """
    drafts = _drafts(pairs)
    found = _check_unlinks(session, viewer, drafts)
    settle(_outcomes(drafts), partial=partial)
    for one, some in _by_relation(drafts).items():
        _remove_links(session, viewer, one, some, found[one])
    return _outcomes(drafts)


def move(
    session: Session,
    viewer: Viewer,
    children: Sequence[Ref],
    from_parent: Ref | None,
    to_parent: Ref,
    *,
    partial: bool = False,
) -> list[Outcome]:
    """Take rows out of one container and put them into another, all in one transaction.

    Args:
        session: Of the caller's transaction.
        viewer: Who may link the children and the container, and delete the old links.
        children: What is moved.
        from_parent: Where it is taken out; none only puts it into the other.
        to_parent: Where it goes.
        partial: Move the others also where some cannot be moved.

    Raises:
        RefusedError: A row cannot be moved, and `partial` is false: nothing is written.
    """
    into = [Pair(to_parent, child) for child in children]
    if from_parent is None or from_parent == to_parent:
        return link(session, viewer, into, partial=partial)
    out = _drafts([Pair(from_parent, child) for child in children])
    drafts = _drafts(into)
    found = _check_unlinks(session, viewer, out)
    targets = _check_links(session, viewer, drafts)
    for leaving, entering in zip(out, drafts, strict=True):
        leaving.error = entering.error = leaving.error or entering.error
    settle(_outcomes(drafts), partial=partial)
    for one, some in _by_relation(out).items():
        _remove_links(session, viewer, one, some, found[one])
    for one, some in _by_relation(drafts).items():
        _write_links(session, viewer, one, some, targets)
    for leaving, entering in zip(out, drafts, strict=True):
        if leaving.status is Status.DONE:
            entering.status = Status.DONE
    return _outcomes(drafts)


def link_dataset_to_project(
    session: Session, viewer: Viewer, dataset_id: int, project_id: int
) -> bool:
    """Put a dataset into a project; for those who may link both.

    Returns:
        Whether it was not in there before.

    Raises:
        NotFoundError: One of them does not exist for the viewer.
        NotAllowedError: One of them is not the viewer's to link.
        InvalidInputError: They are in different groups.
    """
    project = visible_row(session, viewer, models.Project, project_id, change=True)
    dataset = visible_row(session, viewer, models.Dataset, dataset_id, change=True)
    return bool(link_children(session, viewer, models.ProjectDatasetLink, project, [dataset]))


def link_images_to_dataset(
    session: Session, viewer: Viewer, image_ids: Sequence[int], dataset_id: int
) -> int:
    """Put images into a dataset; for those who may link all of them.

    Returns:
        How many were not in there before.

    Raises:
        NotFoundError: One of them does not exist for the viewer.
        NotAllowedError: One of them is not the viewer's to link.
        InvalidInputError: They are in different groups.
    """
    dataset = visible_row(session, viewer, models.Dataset, dataset_id, change=True)
    images = visible_rows(session, viewer, models.Image, image_ids, change=True)
    return link_children(session, viewer, models.DatasetImageLink, dataset, images)


def unlink_dataset_from_project(
    session: Session, viewer: Viewer, dataset_id: int, project_id: int
) -> bool:
    """Take a dataset out of a project; for those who may delete the link.

    Returns:
        Whether it was in there.
    """
    pair = Pair(("Project", project_id), ("Dataset", dataset_id))
    return bool(_taken_out(unlink(session, viewer, [pair])))


def unlink_images_from_dataset(
    session: Session, viewer: Viewer, image_ids: Sequence[int], dataset_id: int
) -> int:
    """Take images out of a dataset; for those who may delete the links.

    Returns:
        How many were in there.
    """
    pairs = [Pair(("Dataset", dataset_id), ("Image", key)) for key in image_ids]
    return _taken_out(unlink(session, viewer, pairs))


def link_children(
    session: Session, viewer: Viewer, table: Any, parent: Any, children: Sequence[Any]
) -> int:
    """Put rows into a container after checking rights and groups; returns how many were new."""
    permissions = group_permissions(session, {row.group_id for row in (parent, *children)})
    rights = Targets(viewer, {}, permissions)
    for row in (parent, *children):
        rights.require(type(row), row, Right.LINK)
    for child in children:
        same_group(type(parent), parent.id, parent.group_id, child)
    above = (type(parent).__name__, parent.id)
    refused = refuse_foreign_children(
        session, viewer, [(above, (type(child).__name__, child.id)) for child in children]
    )
    for error in refused.values():
        raise error
    event = begin_event(session, viewer, parent.group_id)
    return insert_links(session, viewer, table, parent, children, event)


def insert_links(
    session: Session,
    viewer: Viewer,
    table: Any,
    parent: Any,
    children: Sequence[Any],
    event: models.Event,
) -> int:
    """Write the links that are missing and count them; rights have been checked."""
    if not children:
        return 0
    one = relation(type(parent).__name__, type(children[0]).__name__)
    assert one.link is table
    keys = [(parent.id, child.id) for child in children]
    return len(_insert(session, viewer, one, keys, parent.group_id, event))


def _drafts(pairs: Sequence[Pair]) -> list[_Draft]:
    drafts = [_Draft(index, pair) for index, pair in enumerate(pairs)]
    seen: set[Pair] = set()
    for draft in drafts:
        draft.attempt(_find_relation, seen)
    return drafts


def _find_relation(draft: _Draft, seen: set[Pair]) -> None:
    pair = draft.pair
    draft.relation = relation(pair.parent[0], pair.child[0], pair.role)
    if pair in seen:
        raise InvalidInputError("The same pair is named twice.", "Name it once.")
    seen.add(pair)


def _ends(drafts: Sequence[_Draft]) -> set[tuple[type[models.Base], int]]:
    return {
        end
        for draft in drafts
        if draft.relation is not None and draft.error is None
        for end in zip((draft.relation.parent, draft.relation.child), draft.keys, strict=True)
    }


def _check_links(session: Session, viewer: Viewer, drafts: Sequence[_Draft]) -> Targets:
    targets = find_targets(session, viewer, _ends(drafts))
    for draft in drafts:
        draft.attempt(_check_link, targets)
    good = [draft.pair for draft in drafts if draft.error is None]
    shared = refuse_foreign_children(session, viewer, [(pair.parent, pair.child) for pair in good])
    for draft in drafts:
        draft.error = draft.error or shared.get((draft.pair.parent, draft.pair.child))
    _refuse_circles(session, drafts)
    return targets


def _check_unlinks(
    session: Session, viewer: Viewer, drafts: Sequence[_Draft]
) -> dict[Relation, dict[tuple[int, int], Any]]:
    found = {one: _stored(session, viewer, one, some) for one, some in _by_relation(drafts).items()}
    groups = {row.group_id for rows in found.values() for row in rows.values()}
    rights = Targets(viewer, {}, group_permissions(session, groups) if groups else {})
    for draft in drafts:
        draft.attempt(_check_unlink, found, rights)
    return found


def _check_link(draft: _Draft, targets: Targets) -> None:
    one = draft.relation
    assert one is not None
    parent_id, child_id = draft.keys
    if one.annotates:
        # Other people's tags may be used by everybody who may annotate and sees them.
        parent = targets.target(one.parent, parent_id, Right.ANNOTATE)
        child = targets.target(one.child, child_id, Right.ANNOTATE)
    else:
        parent = targets.target(one.parent, parent_id)
        child = targets.target(one.child, child_id)
    same_group(one.parent, parent_id, parent.group_id, child)
    if one.parent is one.child and parent_id == child_id:
        raise InvalidInputError(
            f"{one.parent.__name__} {child_id} would be inside itself.", "Choose another."
        )


def _refuse_circles(session: Session, drafts: Sequence[_Draft]) -> None:
    trees = [
        draft
        for draft in drafts
        if draft.error is None and draft.relation is not None and draft.relation.link is None
    ]
    parents: dict[int, int] = {}
    for draft in trees:
        parent_id, child_id = draft.keys
        if parents.setdefault(child_id, parent_id) != parent_id:
            draft.error = InvalidInputError(
                f"Folder {child_id} cannot be in two folders.", "Name one parent."
            )
    refusals = circles(session, models.Folder, "parent_id", parents)
    for draft in trees:
        draft.error = draft.error or refusals.get(draft.keys[1])


def _by_relation(drafts: Sequence[_Draft]) -> dict[Relation, list[_Draft]]:
    found: defaultdict[str, list[_Draft]] = defaultdict(list)
    for draft in drafts:
        if draft.error is None and draft.relation is not None:
            found[draft.relation.name].append(draft)
    return {_relation_of(some[0]): some for _, some in sorted(found.items())}


def _relation_of(draft: _Draft) -> Relation:
    assert draft.relation is not None
    return draft.relation


def _outcomes(drafts: Sequence[_Draft]) -> list[Outcome]:
    return [
        Outcome(draft.index, *draft.pair.child, Status.FAILED, draft.error)
        if draft.error is not None
        else Outcome(draft.index, *draft.pair.child, draft.status)
        for draft in drafts
    ]


def _write_links(
    session: Session,
    viewer: Viewer,
    one: Relation,
    drafts: Sequence[_Draft],
    targets: Targets,
) -> None:
    group = targets.rows[one.parent, drafts[0].keys[0]].group_id
    event = begin_event(session, viewer, group)
    if one.link is None:
        wanted = {draft.keys[1]: draft.keys[0] for draft in drafts}
        made = _set_parents(session, one, wanted, event)
    else:
        groups = {draft.keys: targets.rows[one.parent, draft.keys[0]].group_id for draft in drafts}
        made = set()
        for group in sorted(set(groups.values())):
            keys = [key for key, its in groups.items() if its == group]
            made |= _insert(session, viewer, one, keys, group, event)
    for draft in drafts:
        if draft.keys in made:
            draft.status = Status.DONE


def _insert(
    session: Session,
    viewer: Viewer,
    one: Relation,
    keys: Sequence[tuple[int, int]],
    group_id: int,
    event: models.Event,
) -> set[tuple[int, int]]:
    """Insert links that are missing, count and record them; returns parent and child of each."""
    table = one.link
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    near, far = getattr(table, one.near), getattr(table, one.far)
    owned = details(viewer, group_id, event)
    session.execute(
        dialect.insert(table).on_conflict_do_nothing(),
        [one.of({"parent": parent, "child": child}) | owned for parent, child in keys],
    )
    made = session.execute(
        select_visible(viewer, table, table.id, near.label("parent"), far.label("child"))
        .where(among(near, [parent for parent, _ in keys]))
        .where(among(far, [child for _, child in keys]), table.creation_event_id == event.id)
        .where(*(getattr(table, name) == value for name, value in one.fixed.items()))
    ).all()
    count_links(session, table, [row.id for row in made], +1)
    linked = {(row.parent, row.child) for row in made}
    record_links(session, one, linked, event, "LINK")
    return linked


def _set_parents(
    session: Session, one: Relation, wanted: Mapping[int, int | None], event: models.Event
) -> set[tuple[int, int]]:
    """Give rows that have one parent another; returns parent and child of what changed."""
    child: Any = one.child
    near = getattr(child, one.near)
    before = {
        row.id: row
        for row in session.execute(
            sa.select(child.id, near.label("parent"), child.version)
            .where(among(child.id, wanted))
            .order_by(child.id)
            .with_for_update(key_share=True)
        )
    }
    changed = {key: new for key, new in wanted.items() if before[key].parent != new}
    if not changed:
        return set()
    count_rows(session, child, changed, -1)
    session.execute(
        sa.update(child),
        [
            {
                "id": key,
                one.near: new,
                "update_event_id": event.id,
                "version": before[key].version + 1,
            }
            for key, new in changed.items()
        ],
    )
    for row in session.identity_map.values():
        if isinstance(row, child):
            session.expire(row)
    count_rows(session, child, changed, +1)
    left = {(row.parent, row.id) for row in before.values() if row.id in changed and row.parent}
    entered = {(new, key) for key, new in changed.items() if new is not None}
    record_links(session, one, left, event, "UNLINK")
    record_links(session, one, entered, event, "LINK")
    return entered | left


def record_links(
    session: Session,
    one: Relation,
    pairs: Iterable[tuple[int, int]],
    event: models.Event,
    action: Action,
    *,
    but: Mapping[Any, Collection[int]] | None = None,
) -> None:
    """Record links with both ends, so that the history of either tells of them.

    Args:
        session: Of the caller's transaction.
        one: The relation that they are of.
        pairs: Parent and child of each.
        event: What they were made or cut in.
        action: "LINK" or "UNLINK".
        but: Rows that the event records otherwise, by class.
    """
    inside: defaultdict[int, list[int]] = defaultdict(list)
    outside: defaultdict[int, list[int]] = defaultdict(list)
    for parent, child in pairs:
        inside[parent].append(child)
        outside[child].append(parent)
    for entity, other, found in (
        (one.parent, one.child, inside),
        (one.child, one.parent, outside),
    ):
        name = recorded_as(other)
        hidden = (but or {}).get(entity, ())
        changes = {
            key: {"links": _step(action, listed(name, others))}
            for key, others in sorted(found.items())
            if key not in hidden
        }
        log_change(session, event, entity, changes, action, changes)


def _step(action: Action, what: Any) -> list[Any]:
    return [None, what] if action == "LINK" else [what, None]


def _stored(
    session: Session, viewer: Viewer, one: Relation, drafts: Sequence[_Draft]
) -> dict[tuple[int, int], Any]:
    """Find the links of some pairs, or the children themselves where they name their parent."""
    table: Any = one.link if one.link is not None else one.child
    near = getattr(table, one.near)
    far = getattr(table, one.far) if one.link is not None else table.id
    columns = (table.id, table.owner_id, table.group_id)
    statement = (
        select_visible(viewer, table, near.label("parent"), far.label("child"), *columns)
        .where(among(near, [draft.keys[0] for draft in drafts]))
        .where(among(far, [draft.keys[1] for draft in drafts]))
        .where(*(getattr(table, name) == value for name, value in one.fixed.items()))
        .order_by(table.id)
        .with_for_update(key_share=True)
    )
    return {(row.parent, row.child): row for row in session.execute(statement)}


def _check_unlink(draft: _Draft, found: dict[Relation, Any], rights: Targets) -> None:
    one = _relation_of(draft)
    row = found[one].get(draft.keys)
    if row is None:
        return
    if one.link is None:
        rights.require(one.child, row, Right.EDIT)
        return
    try:
        rights.require(one.link, row, Right.DELETE)
    except NotAllowedError:
        raise NotAllowedError(
            f"Somebody else put {kind_of(one.child)} {draft.keys[1]} there.",
            "Ask them, or a leader of the group, to take it out.",
        ) from None


def _remove_links(
    session: Session,
    viewer: Viewer,
    one: Relation,
    drafts: Sequence[_Draft],
    found: dict[tuple[int, int], Any],
) -> None:
    present = [draft for draft in drafts if draft.keys in found]
    if not present:
        return
    event = begin_event(session, viewer, found[present[0].keys].group_id)
    if one.link is None:
        _set_parents(session, one, {draft.keys[1]: None for draft in present}, event)
    else:
        ids = [found[draft.keys].id for draft in present]
        count_links(session, one.link, ids, -1)
        session.execute(
            sa.delete(one.link)
            .where(among(one.link.id, ids))
            .execution_options(synchronize_session="fetch")
        )
        record_links(session, one, {draft.keys for draft in present}, event, "UNLINK")
    for draft in present:
        draft.status = Status.DONE


def _taken_out(outcomes: Sequence[Outcome]) -> int:
    return sum(outcome.status is Status.DONE for outcome in outcomes)
