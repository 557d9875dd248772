"""Probes: what one leaf of a query finds, asked for a bounded number of rows."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import sqlalchemy as sa

from store.access import Viewer
from store.models.among import among
from store.search import literals
from store.search.findings import Finding, findings
from store.search.found import Few, Found, Many
from store.search.grammar import Pair, Words
from store.search.id_arrays import IdArray, read_ids
from store.search.index import Look, values
from store.search.limits import Limits
from store.search.paths import KINDS, Path
from store.search.ways import Chosen, Common, Way

type Ways = Mapping[str, list[tuple[Path, Found]]]
"""What is found of each kind by each path."""

_STATEMENTS = 512
"""Statements that are kept: one for each field and set of kinds."""


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
        """Return the statement for rows with text, and the values of its parameters."""
        if isinstance(self._wanted, Pair):
            return _sampling(self._dialect, self._ways, self._limits), None
        given: dict[str, Any] = {}
        for way in self._ways:
            given |= values(way.phrase(), _place(way, self._sources), self._dialect)
        return _kept(self._dialect, self._wanted.field, self._kinds, self._limits), given

    def read(self, rows: Sequence[Any]) -> None:
        """Take the rows that the statement found."""
        for place, often, ids in rows:
            if often is None:
                self._texts[place] = read_ids(ids)
            else:
                self._many[place] = bool(often)

    def reaching(self) -> Any:
        """Return the statement for the objects that few rows with text lead to, if there are any.

        It selects number of the way, kind and id.
        """
        arms = []
        for position, way in enumerate(self._ways):
            known = self._known(way)
            if not known:
                continue
            objects = way.path.objects(self._viewer).where(among(way.path.alias.id, known))
            inner = objects.limit(literals.number(self._limits.probed + 1)).subquery()
            arms.append(sa.select(literals.number(position), inner.c.kind, inner.c.id))
        return sa.union_all(*arms) if arms else None

    def reached(self, rows: Sequence[Any]) -> None:
        """Take the rows that the statement of `reaching` found."""
        for position, kind, key in rows:
            self._ids[position].setdefault(kind, set()).add(key)
            self._numbers[position] += 1

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
                wanted = self._viewer, kind, known, self._look(way)
                ids = partial(way.walked, *wanted) if way.path.walk else None
                return Many(partial(way.reaches, *wanted), ids)
            ordered = way.path.walk is not None and self._dialect == "postgresql"
            return Many(
                partial(way.contains, self._viewer, kind, known),
                partial(way.gathered, self._viewer, kind, known) if ordered else None,
            )
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
def _kept(dialect: str, field: Any, kinds: frozenset[str], limits: Limits) -> Any:
    """Build the statement for words: that takes longer than most searches."""
    ways = [way for way in findings(Words((), field=field)) if way.path.kinds & kinds]
    return _sampling(dialect, ways, limits)


def _sampling(dialect: str, ways: Sequence[Finding], limits: Limits) -> Any:
    """Select place of the source, how often it is met if there is too much of it, else the ids."""
    sources = _sources(ways)
    arms: list[Any] = []
    for place, way in {_place(way, sources): way for way in ways}.items():
        sample = way.rows(dialect, limits, place)
        rows = sample.rows.subquery()
        too_many = sa.func.count() > limits.probed
        newest = sa.select(sa.func.max(way.path.source.id)).scalar_subquery()
        near = newest - sa.func.min(rows.c.id) < limits.probed * limits.newest // limits.often
        often = sa.case((sample.often, literals.number(1)), (too_many, sa.cast(near, sa.Integer)))
        ids = sa.case((sa.not_(too_many), IdArray(rows.c.id)))
        arms.append(sa.select(literals.number(place), often, ids).select_from(rows))
    return sa.union_all(*arms)
