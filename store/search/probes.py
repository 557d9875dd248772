"""Probes: what one leaf of a query finds, asked for a bounded number of rows."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import sqlalchemy as sa

from store.access import Viewer
from store.search import literals
from store.search.findings import Finding, findings
from store.search.found import Few, Found, Many
from store.search.grammar import Pair, Words
from store.search.index import Look, values
from store.search.limits import Limits
from store.search.paths import KINDS, Path
from store.search.ways import Chosen, Common, Way

type Ways = Mapping[str, list[tuple[Path, Found]]]
"""What is found of each kind by each path."""

_MANY = "+"
_STATEMENTS = 512
"""Statements that are kept: one for each viewer, field and set of kinds."""


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
        self._many: dict[int, bool] = {}
        """Places of texts of which there are too many, and whether these are often met."""
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
                self._many[-1 - number] = bool(key)
            elif number < 0:
                self._texts[-1 - number].append(key)
            else:
                self._ids[number].setdefault(kind, set()).add(key)
                self._numbers[number] += 1

    def common(self) -> list[Common]:
        """Return what there is too much of."""
        return [
            Common(way, kind, self._known(way), self._look(way))
            for position, way in enumerate(self._ways)
            if self._is_many(position)
            for kind in KINDS
            if kind in way.path.kinds & self._kinds
        ]

    def found(self, ways: Chosen) -> Ways:
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

    def _part(self, position: int, way: Finding, kind: str, how: Way | Few | None) -> Found:
        if isinstance(how, Few):
            return how
        if self._is_many(position):
            known = self._known(way)
            if how is Way.LED:
                most = self._limits.probed
                return Many(partial(way.led, self._viewer, kind, known, most))
            if how is Way.WALKED:
                return Many(partial(way.reaches, self._viewer, kind, known, self._look(way)))
            return Many(partial(way.contains, self._viewer, kind, known))
        if way.path.walk is None:
            return Few(frozenset(self._texts[_place(way, self._sources)]))
        return Few(frozenset(self._ids[position].get(kind, ())))

    def _is_many(self, position: int) -> bool:
        place = _place(self._ways[position], self._sources)
        return place in self._many or self._numbers[position] > self._limits.probed

    def _look(self, way: Finding) -> Look:
        """Texts that are often met are met soon; a list of the others is soon made."""
        often = self._many.get(_place(way, self._sources), False)
        return Look.EACH if often else Look.LISTED

    def _known(self, way: Finding) -> Sequence[int] | None:
        place = _place(way, self._sources)
        return None if way.path.walk is None or place in self._many else self._texts[place]


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


def _spread(entity: Any, rows: Any) -> Any:
    """Select how far the oldest of some rows is from the newest of all."""
    newest = sa.select(sa.func.max(entity.id)).scalar_subquery()
    return newest - sa.select(sa.func.min(rows.c.id)).scalar_subquery()


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
        near = _spread(way.path.source, rows[place]) < limits.probed * limits.newest // limits.often
        often = sa.cast(sa.or_(sample.often, near), sa.Integer)
        arms += [
            rows[place]
            .select()
            .with_only_columns(literals.number(-1 - place), literals.text(""), rows[place].c.id)
            .where(few[place]),
            sa.select(literals.number(-1 - place), literals.text(_MANY), often).where(
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
        columns = (literals.number(position), inner.c.kind, inner.c.id)
        arms.append(inner.select().with_only_columns(*columns))
    return sa.union_all(*arms)
