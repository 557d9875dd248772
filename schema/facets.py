"""Facets and histograms of lists: their arguments, checked, and what the database answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import strawberry

from schema import reads
from schema.annotation_filters import in_base, measure
from schema.filterable import annotated_as
from schema.filters import At, Filter, range_unit
from schema.pagination import ID_ASC, PageArguments
from schema.tallies import (
    BINS_MAX,
    FACET_MAX,
    FacetValue,
    FacetValues,
    Histogram,
    HistogramBin,
)
from store.access import Viewer
from store.errors import InvalidInputError
from store.models import units
from store.models.pairs import folded
from store.queries.facets import (
    BINS,
    HIGH,
    KEY,
    LOW,
    NAMESPACE,
    OF_ANNOTATIONS,
    Facet,
    Listed,
    facet_counts,
    facets_of,
    histogram_counts,
    kind_of,
)

if TYPE_CHECKING:
    from schema.context import Context

_LIMIT = sa.bindparam("facet_max", type_=sa.Integer(), literal_execute=True)
_STATEMENTS = 256
"""Statements that are kept: one for each facet, list, condition and viewer."""


@dataclass(frozen=True, slots=True)
class _FacetForm:
    """What facets that are counted by the same statement have in common."""

    by: Facet
    in_namespace: bool

    def statement(self, listed: Listed) -> sa.Select[Any]:
        """Make the statement."""
        return facet_counts(listed, self.by, _LIMIT, in_namespace=self.in_namespace)


@dataclass(frozen=True, slots=True)
class _HistogramForm:
    """What histograms that are counted by the same statement have in common."""

    unit: str | None
    from_low: bool
    to_high: bool

    def statement(self, listed: Listed) -> sa.Select[Any]:
        """Make the statement."""
        return histogram_counts(
            listed,
            lambda pair: measure(pair, self.unit),
            from_low=self.from_low,
            to_high=self.to_high,
        )


@dataclass(frozen=True, slots=True)
class FacetArguments:
    """Which facet is asked for, checked."""

    by: Facet
    key: str | None
    namespace: str | None
    first: int

    @property
    def form(self) -> _FacetForm:
        """What the statement depends on."""
        return _FacetForm(self.by, self.namespace is not None)

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the statement; one value more, to know whether more follow."""
        given = {KEY.key: self.key and folded(self.key), NAMESPACE.key: self.namespace}
        return {_LIMIT.key: self.first + 1} | _present(given)

    def result(self, rows: Sequence[Any]) -> FacetValues:
        """Put the rows of one list in the form in which they are sent."""
        kind = kind_of(self.by)
        values = [
            FacetValue(
                value=str(value),
                label=str(label or value),
                id=None if kind is None else strawberry.ID(f"{kind}:{key}"),
                count=number,
            )
            for _, value, label, key, number in rows[: self.first]
        ]
        return FacetValues(values=values, has_more=len(rows) > self.first)


@dataclass(frozen=True, slots=True)
class HistogramArguments:
    """Which histogram is asked for, checked."""

    key: str
    unit: str | None
    bins: int
    min: float | None
    max: float | None

    @property
    def form(self) -> _HistogramForm:
        """What the statement depends on."""
        return _HistogramForm(self.unit, self.min is not None, self.max is not None)

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the statement."""
        bounds = _present({LOW.key: self.min, HIGH.key: self.max})
        given = {name: in_base(value, self.unit) for name, value in bounds.items()}
        return {KEY.key: folded(self.key), BINS.key: self.bins} | given

    def result(self, rows: Sequence[Any]) -> Histogram:
        """Put the rows of one list in the form in which they are sent."""
        if not rows:
            return Histogram(bins=[], min=None, max=None, count=0, unit=self.unit)
        counts = {row[1]: row[2] for row in rows}
        low, high = rows[0][5], rows[0][6]
        ends = [low + (high - low) * number / self.bins for number in range(self.bins)] + [high]
        shown = [self._shown(end) for end in ends]
        return Histogram(
            bins=[
                HistogramBin(start=start, end=end, count=counts.get(number, 0))
                for number, (start, end) in enumerate(pairwise(shown))
            ],
            min=self._shown(min(row[3] for row in rows)),
            max=self._shown(max(row[4] for row in rows)),
            count=sum(counts.values()),
            unit=self.unit,
        )

    def _shown(self, value: float) -> float:
        """Convert a number from what the database compares in to the unit asked for."""
        unit = None if self.unit is None else units.UNITS[self.unit]
        if unit is None or unit.scale is None:
            return value
        return units.convert(value, units.BASE[unit.dimension], unit.symbol)


type Asked = FacetArguments | HistogramArguments


class Check:
    """Checks the arguments of `facet` or `histogram` of the lists of one entity."""

    def __init__(self, model: Any, what: str) -> None:
        self._model = model
        self._what = what
        self.names: Mapping[str, str] = {
            name: name for name in ("by", "key", "namespace", "first", "unit", "bins", "min", "max")
        }

    def check(self, place: str, values: Mapping[str, Any]) -> Asked:
        """Return what is asked for.

        Raises:
            InvalidInputError: It can never work.
        """
        if self._what == "facet":
            return facet_arguments(self._model, place, values)
        return histogram_arguments(self._model, place, values)


def facet_arguments(model: Any, place: str, values: Mapping[str, Any]) -> FacetArguments:
    """Check the arguments of `facet`."""
    by, at = values["by"], At(place)
    known = facets_of(model, annotated_as(model) is not None)
    if by not in known:
        names = ", ".join(one.name for one in known) or "nothing"
        raise at.below("by").wrong(f"is {by.name}, which these rows have not", f"Ask for {names}.")
    for name, fits in (("key", by is Facet.KEY_VALUE), ("namespace", by in OF_ANNOTATIONS)):
        if values.get(name) is not None:
            if not fits:
                raise at.below(name).wrong(f"says nothing about {by.name}", "Leave it out.")
            at.below(name).text(values[name])
    if by is Facet.KEY_VALUE and values.get("key") is None:
        raise at.below("key").wrong("is missing", "Say which key's values to count.")
    first = _between(at.below("first"), values.get("first"), 20, FACET_MAX)
    return FacetArguments(by, values.get("key"), values.get("namespace"), first)


def histogram_arguments(model: Any, place: str, values: Mapping[str, Any]) -> HistogramArguments:
    """Check the arguments of `histogram`."""
    at = At(place)
    if annotated_as(model) is None:
        raise InvalidInputError(f"`{place}`: these rows have no key–values.", "Ask others.")
    given = {name: value for name, value in values.items() if value is not None}
    bounds: dict[str, float] = {name: given[name] for name in ("min", "max") if name in given}
    symbol = range_unit(given, bounds, at, None)
    if len(bounds) == 2 and not bounds["min"] < bounds["max"]:
        raise at.below("max").wrong("is not more than `min`", "Give a range.")
    return HistogramArguments(
        key=at.below("key").text(values["key"]),
        unit=symbol,
        bins=_between(at.below("bins"), given.get("bins"), 20, BINS_MAX),
        min=bounds.get("min"),
        max=bounds.get("max"),
    )


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _between(at: At, value: int | None, default: int, most: int) -> int:
    number = default if value is None else value
    if not 1 <= number <= most:
        raise at.wrong(f"is {number}", f"Ask for 1 to {most}.")
    return number


def tally(
    context: "Context",
    children: reads.Children,
    arguments: PageArguments,
    asked: Asked,
    keys: Sequence[int] | None,
) -> dict[int | None, Any]:
    """Count the rows of lists by what is asked for; one statement for the lists of all parents.

    Args:
        context: Of the request.
        children: What the lists consist of.
        arguments: Of the lists.
        asked: Facet or histogram.
        keys: The parents; None for the one list of everything.

    Returns:
        What is sent, by parent; of everything under the key None.
    """
    if keys is not None and not keys:
        return {}
    statement = _statement(
        context.viewer,
        context.database.dialect,
        children,
        arguments.orphaned,
        arguments.condition,
        keys is not None,
        asked.form,
    )
    values = asked.parameters() | ({} if keys is None else {"keys": list(keys)})
    rows = context.rows(statement, values)
    groups = {parent: list(group) for parent, group in groupby(rows, itemgetter(0))}
    if keys is None:
        return {None: asked.result(groups.get(0, []))}
    return {key: asked.result(groups.get(key, [])) for key in keys}


@lru_cache(maxsize=_STATEMENTS)
def _statement(
    viewer: Viewer,
    dialect: str,
    children: reads.Children,
    orphaned: bool,
    condition: Filter | None,
    below: bool,
    form: _FacetForm | _HistogramForm,
) -> sa.Select[Any]:
    """Make a statement once for each viewer: that takes longer than to run it."""
    arguments = PageArguments(
        scope="", order=ID_ASC, first=0, after=None, orphaned=orphaned, condition=condition
    )
    listed = Listed(
        viewer=viewer,
        model=children.entity,
        rows=reads.listed(viewer, children, arguments, below=below),
        annotated=annotated_as(children.entity),
        dialect=dialect,
    )
    return form.statement(listed).limit(reads.ROWS_MAX)
