"""Probes: what one leaf of a query finds, asked for a bounded number of rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from functools import lru_cache, partial
from typing import Any

import sqlalchemy as sa

from store.access import Rows, Viewer, select_visible
from store.models.among import among
from store.search.findings import Finding, findings
from store.search.found import Few, Found, Many
from store.search.grammar import Pair, Words
from store.search.index import values
from store.search.limits import Limits
from store.search.paths import KINDS, Path

type Ways = Mapping[str, list[tuple[Path, Found]]]
"""What is found of each kind by each path."""

_MANY = "+"
_STATEMENTS = 512
"""Statements that are kept: one for each viewer, field and set of kinds."""


@dataclass(frozen=True, slots=True)
class Common:
    """Objects of one kind that are found by one path, too many to collect."""

    finding: Finding
    kind: str
    known: Sequence[int] | None
    """Ids of all rows with text, where they are known."""


class Way(Enum):
    """How objects are found of which there are too many to collect before."""

    WALKED = auto()
    """Each object is looked at, from the newest on: many are found, or there are few."""
    LED = auto()
    """Each row that leads to an object of the kind is looked at: there are few."""
    COLLECTED = auto()
    """All are collected."""


class Aspect(IntEnum):
    """What is counted to choose between the ways."""

    SEEN = 0
    """How many of the newest objects are found."""
    SOURCES = 1
    """How many rows lead to objects of the kind, whatever they hold."""
    OBJECTS = 2
    """How many objects of the kind there are."""
    LED = 3
    """How many objects known rows with text lead to, which an index tells by itself."""


class Probe:
    """What one leaf finds.

    Args:
        viewer: Who searches.
        dialect: "sqlite" or "postgresql".
        wanted: The leaf.
        kinds: What may be found.
        limits: How much is collected.
    """

    def __init__(
        self,
        viewer: Viewer,
        dialect: str,
        wanted: Words | Pair,
        kinds: Sequence[str],
        limits: Limits,
    ) -> None:
        self._viewer, self._dialect, self._wanted = viewer, dialect, wanted
        self._limits = limits
        self._kinds = frozenset(kinds)
        self._ways = [way for way in findings(wanted) if way.path.kinds & self._kinds]
        self._sources = _sources(self._ways)
        self._many: set[int] = set()
        self._texts: list[list[int]] = [[] for _ in self._sources]
        self._ids: list[dict[str, set[int]]] = [{} for _ in self._ways]
        self._numbers = [0] * len(self._ways)

    def statement(self) -> tuple[Any, Mapping[str, Any] | None]:
        """Return the statement to run, and the values of its parameters."""
        if isinstance(self._wanted, Pair):
            return _probing(self._viewer, self._dialect, self._ways, self._limits), None
        given: dict[str, Any] = {}
        for way in self._ways:
            given |= values(way.phrase(), _place(way, self._sources), self._dialect)
        return _kept(
            self._viewer, self._dialect, self._wanted.field, self._kinds, self._limits
        ), given

    def read(self, rows: Sequence[Any]) -> None:
        """Take the rows that the statement found."""
        for number, kind, key in rows:
            if kind == _MANY:
                self._many.add(-1 - number)
            elif number < 0:
                self._texts[-1 - number].append(key)
            else:
                self._ids[number].setdefault(kind, set()).add(key)
                self._numbers[number] += 1

    def common(self) -> list[Common]:
        """Return what there is too much of."""
        return [
            Common(way, kind, self._known(way))
            for position, way in enumerate(self._ways)
            if self._is_many(position)
            for kind in KINDS
            if kind in way.path.kinds & self._kinds
        ]

    def found(self, ways: Mapping[tuple[Finding, str], Way]) -> Ways:
        """Return what is found.

        Args:
            ways: How to find what there is too much of.
        """
        found: dict[str, list[tuple[Path, Found]]] = {}
        for position, way in enumerate(self._ways):
            for kind in way.path.kinds & self._kinds:
                part = self._part(position, way, kind, ways.get((way, kind)))
                found.setdefault(kind, []).append((way.path, part))
        return found

    def _part(self, position: int, way: Finding, kind: str, how: Way | None) -> Found:
        if self._is_many(position):
            known = self._known(way)
            if how is Way.LED:
                most = self._limits.probed
                return Many(partial(way.led, self._viewer, kind, known, most))
            condition = way.reaches if how is Way.WALKED else way.contains
            return Many(partial(condition, self._viewer, kind, known))
        if way.path.walk is None:
            return Few(frozenset(self._texts[_place(way, self._sources)]))
        return Few(frozenset(self._ids[position].get(kind, ())))

    def _is_many(self, position: int) -> bool:
        place = _place(self._ways[position], self._sources)
        return place in self._many or self._numbers[position] > self._limits.probed

    def _known(self, way: Finding) -> Sequence[int] | None:
        place = _place(way, self._sources)
        return None if way.path.walk is None or place in self._many else self._texts[place]


def density(viewer: Viewer, common: Sequence[Common], limits: Limits) -> Any:
    """Select places in a list with an `Aspect` of each, and its number, up to what matters.

    Places below 0 are those of kinds: -1 is the first of `KINDS`.
    """
    arms = []
    sizes: dict[str, Any] = {}
    for kind in {one.kind for one in common}:
        place = -1 - list(KINDS).index(kind)
        objects = select_visible(viewer, KINDS[kind], KINDS[kind].id).limit(limits.small + 1)
        arm = _counted(place, Aspect.OBJECTS, objects).cte(f"objects_{-place}")
        sizes[kind] = sa.select(arm.c.number).scalar_subquery()
        arms.append(arm.select())
    for place, one in enumerate(common):
        # Where there are few, it does not matter how often the newest are found.
        asked = [sizes[one.kind] > limits.small]
        if one.finding.path.walk is not None:
            sources = one.finding.sources(viewer, one.kind, limits.probed + 1)
            arms.append(_counted(place, Aspect.SOURCES, sources))
        if one.known is not None:
            source = one.finding.path.alias
            led = one.finding.collected(viewer, one.kind, among(source.id, one.known))
            arm = _counted(place, Aspect.LED, led.limit(limits.led + 1)).cte(f"led_{place}")
            arms.append(arm.select())
            asked.append(sa.select(arm.c.number).scalar_subquery() > limits.led)
        seen = _newest(viewer, one, limits).where(*asked)
        arms.append(_counted(place, Aspect.SEEN, seen.limit(limits.dense)))
    return sa.union_all(*arms)


def _newest(viewer: Viewer, one: Common, limits: Limits) -> Rows:
    """Select those of the newest objects of a kind that are found."""
    entity = KINDS[one.kind]
    newest = select_visible(viewer, entity, entity.id).order_by(entity.id.desc())
    window = newest.limit(limits.window).subquery()
    oldest = sa.select(sa.func.min(window.c.id)).scalar_subquery()
    found = one.finding.reaches(viewer, one.kind, one.known, entity)
    return newest.where(entity.id >= oldest, found)


def ways_of(
    common: Sequence[Common], rows: Sequence[Any], limits: Limits
) -> dict[tuple[Finding, str], Way]:
    """Choose how to find what is too much to collect first.

    Args:
        common: As `density` was given.
        rows: What its statement selected: place, aspect and number.
        limits: As `density` was given.
    """
    numbers = {(place, aspect): number for place, aspect, number in rows}
    ways = {}
    for place, one in enumerate(common):
        objects = numbers[-1 - list(KINDS).index(one.kind), Aspect.OBJECTS]
        sources = numbers.get((place, Aspect.SOURCES))
        if numbers.get((place, Aspect.LED), limits.led + 1) <= limits.led:
            way = Way.COLLECTED
        elif numbers[place, Aspect.SEEN] >= limits.dense or objects <= limits.small:
            way = Way.WALKED
        elif sources is not None and sources <= limits.probed:
            way = Way.LED
        else:
            way = Way.COLLECTED
        ways[one.finding, one.kind] = way
    return ways


def _counted(place: int, aspect: Aspect, rows: Any) -> Any:
    inner = rows.subquery()
    number = sa.func.count().label("number")
    columns = (_number(place).label("place"), _number(aspect).label("aspect"), number)
    return sa.select(*columns).select_from(inner)


def _sources(ways: Sequence[Finding]) -> dict[Any, int]:
    sources: dict[Any, int] = {}
    for way in ways:
        sources.setdefault((way.path.source, way.path.columns), len(sources))
    return sources


def _place(way: Finding, sources: Mapping[Any, int]) -> int:
    return sources[way.path.source, way.path.columns]


@lru_cache(maxsize=_STATEMENTS)
def _kept(viewer: Viewer, dialect: str, field: Any, kinds: frozenset[str], limits: Limits) -> Any:
    """Build the statement for words: that takes longer than most searches."""
    ways = [way for way in findings(Words((), field=field)) if way.path.kinds & kinds]
    return _probing(viewer, dialect, ways, limits)


def _probing(viewer: Viewer, dialect: str, ways: Sequence[Finding], limits: Limits) -> Any:
    """Select number, kind and id: of rows with text below 0, of objects from 0 on."""
    sources = _sources(ways)
    rows: dict[int, Any] = {}
    few: dict[int, Any] = {}
    arms: list[Any] = []
    for way in ways:
        place = _place(way, sources)
        if place in rows:
            continue
        sample = way.rows(dialect, limits, place)
        rows[place] = sample.rows.cte(f"source_{place}")
        number = sa.select(sa.func.count()).select_from(rows[place]).scalar_subquery()
        few[place] = number <= limits.probed
        arms += [
            rows[place]
            .select()
            .with_only_columns(_number(-1 - place), _text(""), rows[place].c.id)
            .where(few[place]),
            sa.select(_number(-1 - place), _text(_MANY), _number(0)).where(
                sa.or_(number > limits.probed, sample.often)
            ),
        ]
    for position, way in enumerate(ways):
        if way.path.walk is None:
            continue
        place = _place(way, sources)
        # Not a join: SQLite, without statistics, would begin at the links.
        among_found = way.path.alias.id.in_(rows[place].select())
        objects = way.path.objects(viewer).where(among_found, few[place])
        inner = objects.limit(limits.probed + 1).subquery()
        columns = (_number(position), inner.c.kind, inner.c.id)
        arms.append(inner.select().with_only_columns(*columns))
    return sa.union_all(*arms)


def _text(value: str) -> Any:
    return sa.literal_column(f"'{value}'", sa.String)


def _number(value: int) -> Any:
    return sa.literal_column(str(int(value)), sa.Integer)
