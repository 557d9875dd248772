"""What people try to do with rows: for many rows at once, told for each how it went."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from render.settings import ChannelSettings, RenderSettings, Window
from store import models
from store.access import Viewer, select_visible
from store.edits import annotations, giving, graph, links, rendering, rows
from store.edits.annotatable import entity_of
from store.edits.annotation_rows import NewAnnotation
from store.edits.graph_rules import MOVABLE, NOT_ALONE
from store.edits.links import Pair
from store.edits.outcomes import Outcome, Ref, RefusedError, Status
from store.edits.relations import RELATIONS, Relation, class_named
from store.errors import NotAllowedError, NotFoundError, StoreError

type Errors = Sequence[StoreError | None]
type Try = Callable[[Session, Viewer, Sequence[Ref]], Errors]

HIDDEN, REFUSED, ALLOWED = "hidden", "refused", "allowed"


def outcome(error: StoreError | None) -> str:
    """Say in one word how an item went; whatever the rows themselves do not allow was permitted."""
    if isinstance(error, NotFoundError):
        return HIDDEN
    if isinstance(error, NotAllowedError):
        return REFUSED
    return ALLOWED


def _errors(run: Callable[[], Sequence[Outcome] | object], number: int) -> Errors:
    try:
        done = run()
    except RefusedError as refused:
        return [one.error for one in refused.outcomes]
    except StoreError as error:
        return [error] * number
    if isinstance(done, list) and all(isinstance(one, Outcome) for one in done):
        return [one.error for one in done]
    return [None] * number


def _by_kind(refs: Sequence[Ref]) -> Iterator[tuple[str, list[int]]]:
    kinds: dict[str, list[int]] = {}
    for number, (kind, _) in enumerate(refs):
        kinds.setdefault(kind, []).append(number)
    yield from kinds.items()


def _each_kind(refs: Sequence[Ref], run: Callable[[str, list[Ref]], Errors]) -> Errors:
    found: dict[int, StoreError | None] = {}
    for kind, numbers in _by_kind(refs):
        errors = run(kind, [refs[number] for number in numbers])
        found |= dict(zip(numbers, errors, strict=True))
    return [found[number] for number in range(len(refs))]


def select(session: Session, viewer: Viewer, refs: Sequence[Ref]) -> Errors:
    """Select rows of every class, as everything that reads does."""

    def run(kind: str, some: list[Ref]) -> Errors:
        entity: Any = class_named(kind)
        seen = set(session.scalars(select_visible(viewer, entity, entity.id)))
        return [None if key in seen else NotFoundError(kind, key) for _, key in some]

    return _each_kind(refs, run)


def edit(session: Session, viewer: Viewer, refs: Sequence[Ref]) -> Errors:
    """Change nothing about rows, which needs the right to change something."""

    def run(kind: str, some: list[Ref]) -> Errors:
        changes = [rows.RowChange(key, None, {}) for _, key in some]
        entity = class_named(kind)
        return _errors(
            lambda: rows.update(session, viewer, entity, changes, partial=True), len(some)
        )

    return _each_kind(refs, run)


def annotate(session: Session, viewer: Viewer, refs: Sequence[Ref]) -> Errors:
    """Comment on rows."""
    note = NewAnnotation("CommentAnnotation", {"text_value": "seen"})
    return _errors(
        lambda: annotations.annotate(session, viewer, refs, [note], partial=True), len(refs)
    )


def delete(session: Session, viewer: Viewer, refs: Sequence[Ref]) -> Errors:
    """Ask what a deletion would take."""
    return _errors(lambda: graph.delete(session, viewer, refs, dry_run=True), len(refs))


def move(session: Session, viewer: Viewer, refs: Sequence[Ref]) -> Errors:
    """Ask what a move to the group that everybody is in would take."""
    group = session.scalars(
        sa.select(models.ExperimenterGroup.id).where(models.ExperimenterGroup.name == "elsewhere")
    ).one()
    return _errors(
        lambda: graph.move_to_group(session, viewer, refs, group, dry_run=True), len(refs)
    )


def give(session: Session, viewer: Viewer, refs: Sequence[Ref]) -> Errors:
    """Ask what giving to a member would take."""
    person = models.Experimenter
    member = session.scalars(sa.select(person.id).where(person.user_name == "member")).one()
    return _errors(lambda: giving.give(session, viewer, refs, member, dry_run=True), len(refs))


def render(session: Session, viewer: Viewer, refs: Sequence[Ref]) -> Errors:
    """Save rendering settings of images."""
    settings = RenderSettings(channels=(ChannelSettings(Window(0, 9)),))
    saving = [rendering.Saving(key, settings, name="mine") for _, key in refs]
    return _errors(lambda: rendering.save(session, viewer, saving, partial=True), len(refs))


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that people try."""

    run: Try
    action: str
    """Of the oracle."""
    takes: Callable[[str], bool]
    """Names of the classes that it can be tried with."""
    at_once: bool = False
    """Whether those who may change nothing are refused before anything is looked at."""


def _annotatable(kind: str) -> bool:
    try:
        entity_of(kind)
    except StoreError:
        return False
    return True


def _movable(kind: str) -> bool:
    return any(issubclass(class_named(kind), one) for one in MOVABLE)


LINKS = frozenset(one.link.__name__ for one in RELATIONS if one.link is not None)
"""Classes of links, which are linked and unlinked."""

OPERATIONS: Mapping[str, Operation] = {
    "select": Operation(select, "view", lambda _: True),
    "edit": Operation(edit, "edit", lambda kind: kind in rows.editable()),
    "annotate": Operation(annotate, "annotate", _annotatable),
    "delete": Operation(
        delete,
        "delete",
        lambda kind: kind not in LINKS and class_named(kind) not in NOT_ALONE,
    ),
    "move": Operation(move, "move", _movable, at_once=True),
    "give": Operation(give, "give", _movable, at_once=True),
    "render": Operation(render, "save rendering settings of", lambda kind: kind == "Image"),
}


def relation_pairs(ids: Mapping[str, Sequence[int]]) -> list[tuple[Relation, Pair]]:
    """Make a pair for every relation that people can link, of the first rows of each type."""
    found = []
    for one in RELATIONS:
        ends = [_end(one.parent, ids, 0), _end(one.child, ids, -1)]
        if one.parent is one.child and ends[0] == ends[1]:
            continue
        if all(ends):
            found.append((one, Pair(ends[0], ends[1], one.role)))  # type: ignore[arg-type]
    return found


def _end(entity: type[models.Base], ids: Mapping[str, Sequence[int]], place: int) -> Ref | None:
    for kind, keys in ids.items():
        if issubclass(class_named(kind), entity) and keys:
            return kind, keys[place]
    return None


def link(session: Session, viewer: Viewer, pairs: Sequence[Pair]) -> Errors:
    """Link rows."""
    return _errors(lambda: links.link(session, viewer, pairs, partial=True), len(pairs))


def linked(session: Session, viewer: Viewer, pairs: Sequence[Pair]) -> list[bool]:
    """Tell which pairs are linked, by taking them apart."""
    outcomes = links.unlink(session, viewer, pairs, partial=True)
    return [one.status is Status.DONE for one in outcomes]


def unlink(session: Session, viewer: Viewer, pairs: Sequence[Pair]) -> Errors:
    """Take rows out of others."""
    return _errors(lambda: links.unlink(session, viewer, pairs, partial=True), len(pairs))
