"""How what is too common to collect first is found: by walking, by what leads there, or at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from store.access import Rows, Viewer, select_visible, visible_keys
from store.models.among import among
from store.search import literals
from store.search.findings import Finding
from store.search.found import Few
from store.search.id_arrays import IdArray, read_ids
from store.search.index import Look
from store.search.limits import Limits
from store.search.paths import KINDS

type Chosen = Mapping[tuple[Finding, str], "Way | Few"]
"""By what is looked for and kind: how it is found, or what is found."""


@dataclass(frozen=True, slots=True)
class Common:
    """Objects of one kind that are found by one path, too many to collect."""

    finding: Finding
    kind: str
    known: Sequence[int] | None
    """Ids of all rows with text, where they are known."""
    look: Look
    """How rows with text are compared while walking, where they are not known."""


class Way(Enum):
    """How objects are found of which there are too many to collect before."""

    WALKED = auto()
    """Each object is looked at, from the newest on: many are found, or there are few."""
    LED = auto()
    """Each row that leads to an object of the kind is looked at: there are few."""
    COLLECTED = auto()
    """All are collected."""


class _Aspect(Enum):
    """What is counted to choose between the ways."""

    SEEN = auto()
    """How many of the newest objects are found."""
    SOURCES = auto()
    """How many rows lead to objects of the kind, whatever they hold."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be counted."""

    about: Common
    aspect: _Aspect
    small: bool
    """Whether all objects of the kind could be looked at."""
    dense: int
    """How many of the newest objects have to be found, for walking."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What is cheap to know before it is chosen."""

    sizes: Mapping[str, int]
    """How many objects of a kind the viewer sees, or a few more, up to what matters."""
    numbers: Mapping[str, int]
    """How many objects of a kind there are about, whoever sees them."""
    seen: Mapping[str, Few]
    """Where the objects of a kind that the viewer sees are few among many others: these, and
    perhaps some that are not seen."""
    reached: Mapping[Finding, Mapping[str, Few]]
    """All objects that the known rows of a text lead to, which an index tells by itself."""


def survey(viewer: Viewer, common: Sequence[Common], limits: Limits) -> Any:
    """Select place of the finding (-1 of sizes), kind, number of objects, ids as JSON, newest id."""
    arms = [_sized(viewer, kind, limits) for kind in dict.fromkeys(one.kind for one in common)]
    for place, (finding, known) in enumerate(_known(common).items()):
        rows = finding.path.objects(viewer).where(among(finding.path.alias.id, known))
        inner = rows.offset(0).limit(literals.number(limits.led + 1)).subquery()
        columns = literals.number(place), inner.c.kind, sa.func.count(), IdArray(inner.c.id)
        arms.append(sa.select(*columns, literals.number(0)).group_by(inner.c.kind))
    return sa.union_all(*arms)


def surveyed(common: Sequence[Common], rows: Sequence[Any], limits: Limits) -> Survey:
    """Read what `survey` selected.

    Args:
        common: As `survey` was given.
        rows: Of its statement.
        limits: As `survey` was given.
    """
    sized = [row[1:] for row in rows if row[0] < 0]
    sizes = {kind: number for kind, number, _, _ in sized}
    numbers = {kind: newest or 0 for kind, _, _, newest in sized}
    seen = {kind: _few(ids) for kind, number, ids, _ in sized if ids is not None or not number}
    reached: dict[Finding, dict[str, Few]] = {}
    for place, finding in enumerate(_known(common)):
        own = [(kind, number, ids) for at, kind, number, ids, _ in rows if at == place]
        if sum(number for _, number, _ in own) <= limits.led:
            reached[finding] = {kind: _few(ids) for kind, _, ids in own}
    return Survey(sizes, numbers, seen, reached)


def choose(common: Sequence[Common], known: Survey, limits: Limits) -> dict[Any, Way | Few]:
    """Choose what needs no further look; what is missing does."""
    chosen: dict[Any, Way | Few] = {}
    for one in common:
        most = limits.few if one.finding.path.walk else limits.small
        if one.finding in known.reached:
            nothing = Few(frozenset())
            chosen[one.finding, one.kind] = known.reached[one.finding].get(one.kind, nothing)
        elif one.kind in known.seen or known.sizes[one.kind] <= most:
            chosen[one.finding, one.kind] = Way.WALKED
    return chosen


def asked(common: Sequence[Common], known: Survey, limits: Limits) -> list[Question]:
    """Return what is to be counted first about what `choose` left."""
    small = [known.sizes[one.kind] <= limits.small for one in common]
    dense = [limits.dense(known.numbers[one.kind]) for one in common]
    return [
        Question(one, _Aspect.SOURCES if is_small else _Aspect.SEEN, is_small, most)
        for one, is_small, most in zip(common, small, dense, strict=True)
    ]


def counts(viewer: Viewer, questions: Sequence[Question], limits: Limits) -> Any:
    """Select places in a list of questions with the number of each, up to what matters."""
    arms = []
    for place, question in enumerate(questions):
        one = question.about
        if question.aspect is _Aspect.SOURCES:
            rows = one.finding.sources(viewer, one.kind, limits.probed + 1)
        else:
            rows = _newest(viewer, one, limits).limit(literals.number(question.dense))
        columns = literals.number(place), sa.func.count()
        arms.append(sa.select(*columns).select_from(rows.subquery()))
    return sa.union_all(*arms)


def choose_by(
    questions: Sequence[Question], rows: Sequence[Any], limits: Limits
) -> tuple[dict[Any, Way | Few], list[Question]]:
    """Choose how to find what is too much to collect first.

    Args:
        questions: As `counts` was given.
        rows: What its statement selected: place and number.
        limits: As `counts` was given.

    Returns:
        What is chosen, and what is to be counted for the others.
    """
    chosen: dict[Any, Way | Few] = {}
    more = []
    for place, number in rows:
        question = questions[place]
        one = question.about
        way: Way | Few
        if question.aspect is _Aspect.SOURCES and not number:
            way = Few(frozenset())
        elif question.aspect is _Aspect.SOURCES:
            otherwise = Way.WALKED if question.small else Way.COLLECTED
            way = Way.LED if number <= limits.probed else otherwise
        elif number >= question.dense:
            way = Way.WALKED
        elif one.finding.path.walk is None:
            way = Way.COLLECTED
        else:
            more.append(replace(question, aspect=_Aspect.SOURCES))
            continue
        chosen[one.finding, one.kind] = way
    return chosen, more


def _known(common: Sequence[Common]) -> dict[Finding, Sequence[int]]:
    """Findings of which all rows with text are known, and those."""
    return {one.finding: one.known for one in common if one.known is not None}


@lru_cache(maxsize=1024)
def _sized(viewer: Viewer, kind: str, limits: Limits) -> Any:
    """Count the objects of a kind that a viewer sees; with their ids, where they are sparse."""
    entity, nothing = KINDS[kind], sa.cast(sa.null(), sa.Text)
    columns = literals.number(-1), literals.text(kind), sa.func.count()
    newest = sa.select(sa.func.max(entity.id)).scalar_subquery()
    if viewer.administrator:
        objects = select_visible(viewer, entity, entity.id).limit(literals.number(limits.small + 1))
        return sa.select(*columns, nothing, newest).select_from(objects.subquery())
    sparse = newest // limits.sparse
    most = limits.shown if viewer.shown else limits.small
    # No fewer than `small`, for which it is to be known; no more than could be listed.
    enough = sa.case(
        (sparse < limits.small, limits.small), (sparse < most, sparse), else_=literals.number(most)
    )
    ids = visible_keys(viewer, entity).limit(enough + 1).subquery()
    few = sa.and_(sa.func.count() <= most, sa.func.count() <= sparse)
    listed = sa.case((few, IdArray(ids.c.id)), else_=nothing)
    return sa.select(*columns, listed, newest).select_from(ids)


def _few(ids: str | None) -> Few:
    return Few(frozenset(read_ids(ids)))


def _newest(viewer: Viewer, one: Common, limits: Limits) -> Rows:
    """Select those of the newest objects of a kind that are found."""
    entity = KINDS[one.kind]
    newest = select_visible(viewer, entity, entity.id).order_by(entity.id.desc())
    window = newest.limit(literals.number(limits.window)).subquery()
    oldest = sa.select(sa.func.min(window.c.id)).scalar_subquery()
    if one.finding.path.walk is None:
        found = one.finding.reaches(viewer, one.kind, one.known, one.look, entity)
        return newest.where(entity.id >= oldest, found)
    rows = one.finding.walked(viewer, one.kind, one.known, one.look)
    (key,) = rows.selected_columns
    return rows.where(key >= oldest).order_by(key.desc())
