"""What one leaf of a query finds: texts that hold words, and pairs with a value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from store import models
from store.access import Rows, Viewer, visible
from store.models.among import among
from store.models.pairs import folded
from store.models.units import UNITS, units_of
from store.search import literals
from store.search.grammar import Bound, Pair, Words
from store.search.hints import Unestimated, Unindexed
from store.search.index import Look, Matches, Phrase, Sample, phrase, rows_with
from store.search.limits import Limits
from store.search.paths import KINDS, PAIRS, Path, paths_of

_LAST = "\U0010ffff"
_FEW = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One way in which objects can be found: what is looked for, and the path from there."""

    path: Path
    wanted: Words | Pair

    def condition(self, source: Any, look: Look = Look.EACH) -> sa.ColumnElement[bool]:
        """Build the condition that a row with text is one of those looked for.

        Args:
            source: The path's entity, or an alias of it.
            look: As of `Matches`.
        """
        if isinstance(self.wanted, Pair):
            return sa.and_(*_pair_conditions(source, self.wanted))
        return Matches(source, self.phrase(), look)

    def rows(self, dialect: str, limits: Limits, place: int) -> Sample:
        """Select the ids of the rows with text, at most so many, whoever may see them.

        Args:
            dialect: "sqlite" or "postgresql".
            limits: How many: one more than are collected.
            place: As of `rows_with`.
        """
        if isinstance(self.wanted, Pair):
            pair = models.MapPair
            rows = sa.select(pair.id).where(*_pair_conditions(pair, self.wanted))
            rows = rows.limit(literals.number(limits.probed + 1))
            return Sample(rows, sa.false())
        return rows_with(dialect, (self.path.source, self.path.columns), place, limits)

    def objects(self, viewer: Viewer, kind: str, condition: sa.ColumnElement[bool]) -> Rows:
        """Select the ids of the objects of a kind that rows of a condition lead to."""
        statement = self.path.objects(viewer, kind).where(condition)
        columns = statement.selected_columns
        return statement.where(columns.kind == kind).with_only_columns(columns.id)

    def reaches(
        self,
        viewer: Viewer,
        kind: str,
        known: Sequence[int] | None,
        look: Look,
        entity: Any,
    ) -> sa.ColumnElement[bool]:
        """Build the condition that an object is found, looking at one object at a time.

        Args:
            viewer: Who searches.
            kind: Of the object.
            known: Ids of all rows with text, where they are known.
            look: How rows with text are compared, where they are not known; not `Look.WHOLE`.
            entity: The object.
        """
        if self.path.walk is None:
            return self.condition(entity, look)
        source = self.path.alias
        condition = self._looked_at(source, look) if known is None else _one_of(source.id, known)
        statement = self.objects(viewer, kind, condition)
        reached = statement.where(statement.selected_columns[0] == entity.id).correlate(entity)
        # The offset keeps PostgreSQL from collecting all that are found.
        return reached.offset(0).exists()

    def walked(self, viewer: Viewer, kind: str, known: Sequence[int] | None, look: Look) -> Rows:
        """Select ids of objects that `reaches` finds, visible ones, by the rows that lead there.

        To be put in the order of ids and limited: then it begins at one end and reads on, where
        `reaches` begins anew at each object, at twice the cost.
        """
        source, entity = self.path.alias, KINDS[kind]
        condition = self._looked_at(source, look) if known is None else _one_of(source.id, known)
        seen = visible(viewer, entity)
        if not viewer.administrator:  # for whom nothing is said about who sees what
            condition, seen = Unestimated(condition), Unestimated(seen)
        statement = self.objects(viewer, kind, condition)
        same = entity.id == statement.selected_columns[0]
        return statement.join(entity, sa.and_(same, seen)).distinct()

    def _looked_at(self, source: Any, look: Look) -> sa.ColumnElement[bool]:
        """Build the condition for rows that are reached from an object, not by their index."""
        if isinstance(self.wanted, Pair):
            # Else SQLite begins at all pairs of the key, for each object again.
            return sa.and_(*_pair_conditions(source, self.wanted, key=Unindexed(source.key_key)))
        return self.condition(source, look)

    def contains(
        self, viewer: Viewer, kind: str, known: Sequence[int] | None, entity: Any
    ) -> sa.ColumnElement[bool]:
        """Build the condition that an object is found, finding all objects at once.

        Args:
            viewer: Who searches.
            kind: Of the object.
            known: Ids of all rows with text, where they are known.
            entity: The object.
        """
        if self.path.walk is None:
            return self.condition(entity, Look.WHOLE)
        found = self._all(viewer, kind, known).subquery()
        contained: sa.ColumnElement[bool] = entity.id.in_(found.select())
        return contained

    def gathered(self, viewer: Viewer, kind: str, known: Sequence[int] | None) -> Rows:
        """Select ids of objects that `contains` finds, visible ones, in the order of ids.

        To be limited: PostgreSQL then looks at the first of these objects only. SQLite would begin
        at all objects of the kind.
        """
        entity, found = KINDS[kind], self._all(viewer, kind, known).distinct()
        (key,) = found.selected_columns
        ordered = found.order_by(key.desc()).subquery()
        same = sa.and_(entity.id == ordered.c.id, visible(viewer, entity))
        return sa.select(ordered.c.id).join(entity, same)

    def _all(self, viewer: Viewer, kind: str, known: Sequence[int] | None) -> Rows:
        source = self.path.alias
        whole = self.condition(source, Look.WHOLE) if known is None else among(source.id, known)
        return self._collected(viewer, kind, whole)

    def _collected(self, viewer: Viewer, kind: str, condition: sa.ColumnElement[bool]) -> Rows:
        """Select as `objects` does, beginning at the rows with text."""
        statement = self.path.objects(viewer, kind)
        columns = statement.selected_columns
        # Else SQLite begins at all objects of the kind; for PostgreSQL the offset does it.
        statement = statement.where(condition, Unindexed(columns.kind) == kind)
        return statement.with_only_columns(columns.id).offset(0)

    def sources(self, viewer: Viewer, kind: str, most: int) -> Rows:
        """Select ids of objects of a kind and of rows that lead to them, whatever these hold.

        Newest objects first, or PostgreSQL may begin at rows of which none leads there.
        """
        statement = self.path.objects(viewer, kind)
        columns = statement.selected_columns
        ids = columns.id, self.path.alias.id.label("source")
        return (
            statement.where(columns.kind == kind)
            .with_only_columns(*ids)
            .order_by(columns.id.desc())
            .limit(literals.number(most))
        )

    def led(
        self, viewer: Viewer, kind: str, known: Sequence[int] | None, most: int, entity: Any
    ) -> sa.ColumnElement[bool]:
        """Build the condition that an object is found, looking at all rows that lead to its kind.

        Args:
            viewer: Who searches.
            kind: Of the object.
            known: Ids of all rows with text, where they are known.
            most: No fewer than the rows that lead to objects of that kind.
            entity: The object.
        """
        ways = self.sources(viewer, kind, most).subquery()
        source = aliased(self.path.source)
        holds = self._looked_at(source, Look.EACH) if known is None else among(source.id, known)
        ids = ways.select().join(source, source.id == ways.c.source).where(holds)
        found: sa.ColumnElement[bool] = entity.id.in_(ids.with_only_columns(ways.c.id))
        return found

    def phrase(self) -> Phrase:
        """Say what is looked for in the texts."""
        assert isinstance(self.wanted, Words)
        return phrase(self.path.source, self.wanted.words, self.wanted.prefix, self.path.columns)


def findings(wanted: Words | Pair) -> list[Finding]:
    """Return the ways in which a leaf can find something."""
    paths: Sequence[Path] = (PAIRS,) if isinstance(wanted, Pair) else paths_of(wanted.field)
    return [Finding(path, wanted) for path in paths]


def _one_of(column: Any, known: Sequence[int]) -> sa.ColumnElement[bool]:
    """Build the condition for each object anew: SQLite would unpack a list as often."""
    few: sa.ColumnElement[bool] = column.in_(known)
    return few if len(known) <= _FEW else among(column, known)


def _pair_conditions(pair: Any, wanted: Pair, key: Any = None) -> list[sa.ColumnElement[bool]]:
    conditions = [(pair.key_key if key is None else key) == folded(wanted.key)]
    if wanted.value is not None:
        value = folded(wanted.value)
        if wanted.prefix:
            conditions += [pair.value_key >= value, pair.value_key < value + _LAST]
        else:
            conditions.append(pair.value_key == value)
    for bound, least in ((wanted.lowest, True), (wanted.highest, False)):
        if bound is not None:
            conditions.append(_bounded(pair, bound, least))
    return conditions


def _bounded(pair: Any, bound: Bound, least: bool) -> sa.ColumnElement[bool]:
    """Compare with a number: as written without a unit, else in the base unit."""
    if bound.unit is None:
        # Two conditions, because bare numbers and those with a unit have an index each.
        return sa.or_(
            sa.and_(pair.unit.is_(None), _compared(pair.base_number, bound, least)),
            sa.and_(pair.unit.is_not(None), _compared(pair.number, bound, least)),
        )
    unit = UNITS[bound.unit]
    if unit.scale is None:
        return sa.and_(pair.unit == unit.symbol, _compared(pair.number, bound, least))
    units = list(units_of(unit.dimension))
    return sa.and_(pair.unit.in_(units), _compared(pair.base_number, bound, least))


def _compared(column: Any, bound: Bound, least: bool) -> sa.ColumnElement[bool]:
    number = bound.number
    compared: sa.ColumnElement[bool]
    if least:
        compared = column >= number if bound.closed else column > number
    else:
        compared = column <= number if bound.closed else column < number
    return compared
