"""How what is too common to collect first is found: by walking, by what leads there, or at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from store.access import Rows, Viewer, select_visible, visible_keys
from store.models.among import among
from store.search import literals
from store.search.findings import Finding
from store.search.found import Few
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


class _Aspect(IntEnum):
    """What is counted to choose between the ways."""

    SEEN = 0
    """How many of the newest objects are found."""
    SOURCES = 1
    """How many rows lead to objects of the kind, whatever they hold."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What is cheap to know before it is chosen."""

    sizes: Mapping[str, int]
    """How many objects of a kind the viewer sees, or a few more, up to what matters."""
    seen: Mapping[str, Few]
    """Where the objects of a kind that the viewer sees are few among many others: these, and
    perhaps some that are not seen."""
    reached: Mapping[Finding, Mapping[str, Few]]
    """All objects that the known rows of a text lead to, which an index tells by itself."""


def survey(viewer: Viewer, common: Sequence[Common], limits: Limits) -> Any:
    """Select number of the finding (-1 of sizes), kind, number of objects, and ids as JSON."""
    arms = [_sized(viewer, kind, limits) for kind in dict.fromkeys(one.kind for one in common)]
    for place, (finding, known) in enumerate(_known(common).items()):
        rows = finding.path.objects(viewer).where(among(finding.path.alias.id, known))
        inner = rows.offset(0).limit(literals.number(limits.led + 1)).subquery()
        arm = sa.select(
            literals.number(place), inner.c.kind, sa.func.count(), _JsonArray(inner.c.id)
        )
        arms.append(arm.group_by(inner.c.kind))
    return sa.union_all(*arms)


def surveyed(common: Sequence[Common], rows: Sequence[Any], limits: Limits) -> Survey:
    """Read what `survey` selected.

    Args:
        common: As `survey` was given.
        rows: Of its statement.
        limits: As `survey` was given.
    """
    sizes = {kind: number for place, kind, number, _ in rows if place < 0}
    seen = {
        kind: _few(ids or "[]")
        for place, kind, number, ids in rows
        if place < 0 and (ids is not None or not number)
    }
    reached: dict[Finding, dict[str, Few]] = {}
    for place, finding in enumerate(_known(common)):
        own = [(kind, number, ids) for at, kind, number, ids in rows if at == place]
        if sum(number for _, number, _ in own) <= limits.led:
            reached[finding] = {kind: _few(ids) for kind, _, ids in own}
    return Survey(sizes, seen, reached)


def choose(common: Sequence[Common], known: Survey, limits: Limits) -> dict[Any, Way | Few]:
    """Choose what needs no further look; what is missing does."""
    chosen: dict[Any, Way | Few] = {}
    for one in common:
        if one.finding in known.reached:
            nothing = Few(frozenset())
            chosen[one.finding, one.kind] = known.reached[one.finding].get(one.kind, nothing)
        elif one.kind in known.seen or known.sizes[one.kind] <= limits.small:
            chosen[one.finding, one.kind] = Way.WALKED
    return chosen


def density(viewer: Viewer, common: Sequence[Common], limits: Limits) -> Any:
    """Select places in a list with an aspect of each, and its number, up to what matters."""
    arms = []
    for place, one in enumerate(common):
        if one.finding.path.walk is not None:
            sources = one.finding.sources(viewer, one.kind, limits.probed + 1)
            arms.append(_counted(place, _Aspect.SOURCES, sources))
        seen = _newest(viewer, one, limits)
        arms.append(_counted(place, _Aspect.SEEN, seen.limit(literals.number(limits.dense))))
    return sa.union_all(*arms)


def choose_by_density(
    common: Sequence[Common], rows: Sequence[Any], limits: Limits
) -> dict[Any, Way | Few]:
    """Choose how to find what is too much to collect first.

    Args:
        common: As `density` was given.
        rows: What its statement selected: place, aspect and number.
        limits: As `density` was given.
    """
    numbers = {(place, aspect): number for place, aspect, number in rows}
    chosen: dict[Any, Way | Few] = {}
    for place, one in enumerate(common):
        sources = numbers.get((place, _Aspect.SOURCES))
        if numbers[place, _Aspect.SEEN] >= limits.dense:
            way = Way.WALKED
        elif sources is not None and sources <= limits.probed:
            way = Way.LED
        else:
            way = Way.COLLECTED
        chosen[one.finding, one.kind] = way
    return chosen


def _known(common: Sequence[Common]) -> dict[Finding, Sequence[int]]:
    """Findings of which all rows with text are known, and those."""
    return {one.finding: one.known for one in common if one.known is not None}


@lru_cache(maxsize=1024)
def _sized(viewer: Viewer, kind: str, limits: Limits) -> Any:
    """Count the objects of a kind that a viewer sees; with their ids, where they are sparse."""
    entity, nothing = KINDS[kind], sa.cast(sa.null(), sa.Text)
    columns = literals.number(-1), literals.text(kind), sa.func.count()
    if viewer.administrator:
        objects = select_visible(viewer, entity, entity.id).limit(literals.number(limits.small + 1))
        return sa.select(*columns, nothing).select_from(objects.subquery())
    newest = sa.select(sa.func.max(entity.id)).scalar_subquery()
    sparse = newest // limits.sparse
    most = limits.shown if viewer.shown else limits.small
    # No fewer than `small`, for which it is to be known; no more than could be listed.
    enough = sa.case(
        (sparse < limits.small, limits.small), (sparse < most, sparse), else_=literals.number(most)
    )
    ids = visible_keys(viewer, entity).limit(enough + 1).subquery()
    few = sa.and_(sa.func.count() <= most, sa.func.count() <= sparse)
    listed = sa.case((few, _JsonArray(ids.c.id)), else_=nothing)
    return sa.select(*columns, listed).select_from(ids)


def _few(ids: str) -> Few:
    return Few(frozenset(orjson.loads(ids)))


def _newest(viewer: Viewer, one: Common, limits: Limits) -> Rows:
    """Select those of the newest objects of a kind that are found."""
    entity = KINDS[one.kind]
    newest = select_visible(viewer, entity, entity.id).order_by(entity.id.desc())
    window = newest.limit(literals.number(limits.window)).subquery()
    oldest = sa.select(sa.func.min(window.c.id)).scalar_subquery()
    found = one.finding.reaches(viewer, one.kind, one.known, one.look, entity)
    return newest.where(entity.id >= oldest, found)


def _counted(place: int, aspect: _Aspect, rows: Any) -> Any:
    columns = (literals.number(place), literals.number(aspect), sa.func.count())
    return sa.select(*columns).select_from(rows.subquery())


class _JsonArray(FunctionElement[str]):
    """All values of a column, as the text of a JSON array."""

    type = sa.Text()
    inherit_cache = True


@compiles(_JsonArray)
def _compile_sqlite(element: _JsonArray, compiler: Any, **options: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **options)})"


@compiles(_JsonArray, "postgresql")
def _compile_postgresql(element: _JsonArray, compiler: Any, **options: Any) -> str:
    return f"CAST(json_agg({compiler.process(element.clauses, **options)}) AS TEXT)"
