"""Conditions on single values: typed input, checked, compiled to SQL."""

import datetime as dt
import hashlib
import keyword
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Optional

import sqlalchemy as sa
import strawberry

from schema.ids import database_id
from store.access import Viewer
from store.errors import InvalidInputError
from store.models import UtcDateTime, units
from store.models.among import among
from store.models.matching import after_prefix, matches, may_match
from store.models.names import sort_key

type Build = Callable[[Viewer, Any], sa.ColumnElement[bool]]
"""Makes the condition on an entity or an alias of one, as far as a viewer may see."""

CONDITIONS_MAX = 100
"""Conditions of one filter, on values and on related objects."""
DEPTH_MAX = 8
"""Filters inside each other."""
VALUES_MAX = 1_000
"""Values in one list."""
TEXT_MAX = 1_024
"""Characters of one text."""


@dataclass(frozen=True)
class Filter:
    """What a list's argument `filter` says; equal if the same is asked for."""

    key: str
    """All that it says, in one form."""
    build: Build = field(compare=False)

    @cached_property
    def digest(self) -> str:
        """Short form of the key, for cursors."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:16]


@dataclass(slots=True)
class _Budget:
    conditions: int = 0


@dataclass(frozen=True, slots=True)
class At:
    """A place in an argument, for messages, and how much of what is allowed is used up there."""

    path: str
    depth: int = 0
    budget: _Budget = field(default_factory=_Budget)

    def below(self, name: str | int, *, deeper: bool = False) -> "At":
        """Return the place of a field or of an entry of a list.

        Raises:
            InvalidInputError: Filters are nested too deeply.
        """
        step = f"[{name}]" if isinstance(name, int) else f".{name}"
        here = At(self.path + step, self.depth, self.budget)
        return here.inside() if deeper else here

    def inside(self) -> "At":
        """Return the same place, inside one more filter.

        Raises:
            InvalidInputError: Filters are nested too deeply.
        """
        if self.depth >= DEPTH_MAX:
            raise self.wrong("is nested too deeply", f"Nest at most {DEPTH_MAX} filters.")
        return At(self.path, self.depth + 1, self.budget)

    def spend(self) -> None:
        """Count one condition.

        Raises:
            InvalidInputError: There are too many.
        """
        self.budget.conditions += 1
        if self.budget.conditions > CONDITIONS_MAX:
            raise self.wrong(
                f"is one condition too many; {CONDITIONS_MAX} are allowed",
                "Put values that are asked for in the same way in one list: `in`.",
            )

    def wrong(self, what: str, remedy: str) -> InvalidInputError:
        """Make the error that says what is wrong here."""
        return InvalidInputError(f"`{self.path}` {what}.", remedy)

    def text(self, value: str) -> str:
        """Check a text."""
        if len(value) > TEXT_MAX:
            raise self.wrong(f"has {len(value)} characters", f"Give at most {TEXT_MAX}.")
        if any(one == "\0" or "\ud800" <= one <= "\udfff" for one in value):
            raise self.wrong(
                "holds NUL characters or halves of surrogate pairs", "No text that is kept does."
            )
        return value

    def values(self, given: Sequence[Any]) -> Iterator[tuple["At", Any]]:
        """Iterate over a list that is not too long."""
        if len(given) > VALUES_MAX:
            raise self.wrong(f"has {len(given)} entries", f"Give at most {VALUES_MAX}.")
        return ((self.below(number), value) for number, value in enumerate(given))


class Operand(ABC):
    """One field of a filter: what is asked of one column, or of what belongs to a row."""

    annotation: Any
    """Its type in Python."""
    description: str = ""

    @abstractmethod
    def build(self, given: Mapping[str, Any], at: At) -> Build:
        """Check what is asked for, and return how the condition is made.

        Args:
            given: By GraphQL name; nothing is null.
            at: Where.

        Raises:
            InvalidInputError: It can never work.
        """


def input_type(name: str, description: str, fields: Mapping[str, tuple[Any, str]]) -> type:
    """Make an input type all of whose fields may be left out.

    Args:
        name: Of the type.
        description: Of the type.
        fields: GraphQL name → type of the value, and description.
    """
    members: dict[str, Any] = {"__annotations__": {}, "__module__": __name__}
    for graphql_name, (annotation, text) in fields.items():
        attribute = f"{graphql_name}_" if keyword.iskeyword(graphql_name) else graphql_name
        members["__annotations__"][attribute] = Optional[annotation]  # noqa: UP045  (made of values)
        members[attribute] = strawberry.field(
            name=graphql_name, description=text, default=strawberry.UNSET
        )
    return strawberry.input(type(name, (), members), description=description)


def given_values(value: Any) -> dict[str, Any]:
    """Return what is given in an input object, by GraphQL name; null is as if left out."""
    if not isinstance(value, dict):
        fields = value.__strawberry_definition__.fields
        value = {
            one.graphql_name or one.python_name: getattr(value, one.python_name) for one in fields
        }
    return {
        name: one for name, one in value.items() if one is not None and one is not strawberry.UNSET
    }


def written(value: Any) -> Any:
    """Return a value as JSON can say it, alike for what means the same."""
    if isinstance(value, list | tuple):
        return [written(one) for one in value]
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, dict) or hasattr(value, "__strawberry_definition__"):
        return {name: written(one) for name, one in sorted(given_values(value).items())}
    return value.isoformat() if isinstance(value, dt.datetime) else value


_NULL = ("isNull", (bool, "True: there is no value; false: there is one."))


def _compared(kind: Any, what: str) -> dict[str, tuple[Any, str]]:
    return {
        "eq": (kind, f"Equal to this {what}."),
        "in": (list[kind], f"Equal to one of these; at most {VALUES_MAX:,}."),
    }


def _ranged(kind: Any, what: str) -> dict[str, tuple[Any, str]]:
    return {
        **_compared(kind, what),
        "min": (kind, "This or more."),
        "max": (kind, "This or less."),
        **dict([_NULL]),
    }


TEXT_FIELDS: Mapping[str, tuple[Any, str]] = {
    **_compared(str, "text, letter by letter"),
    "contains": (str, "Contains this, whatever the case; no character is a wildcard."),
    "startsWith": (str, "Begins with this, whatever the case; no character is a wildcard."),
}
TextFilter = input_type(
    "TextFilter",
    "What a text has to be; all that is given holds.",
    {**TEXT_FIELDS, **dict([_NULL])},
)
IntFilter = input_type(
    "IntFilter", "What a whole number has to be; all that is given holds.", _ranged(int, "number")
)
FloatFilter = input_type(
    "FloatFilter", "What a number has to be; all that is given holds.", _ranged(float, "number")
)
BooleanFilter = input_type(
    "BooleanFilter",
    "Whether something has to be true.",
    {"eq": (bool, "Equal to this."), **dict([_NULL])},
)
DateFilter = input_type(
    "DateFilter",
    "When something has to have been; all that is given holds.",
    {
        "from": (dt.datetime, "At this time or later."),
        "to": (dt.datetime, "Before this time, which is left out itself."),
        **dict([_NULL]),
    },
)
IdFilter = input_type(
    "IdFilter",
    "Which objects are meant, by their ids.",
    {"in": (list[strawberry.ID], f"One of these; at most {VALUES_MAX:,}."), **dict([_NULL])},
)
_BY_ID = {"in": (list[strawberry.ID], f"One of these; at most {VALUES_MAX:,}."), **dict([_NULL])}
OwnerFilter = input_type(
    "OwnerFilter",
    "Which people are meant; all that is given holds.",
    {**_BY_ID, "name": (str, "User name, first name, last name or both, whatever the case.")},
)
GroupFilter = input_type(
    "GroupFilter",
    "Which groups are meant; all that is given holds.",
    {**_BY_ID, "name": (str, "Its name, whatever the case.")},
)
QuantityFilter = input_type(
    "QuantityFilter",
    "What a quantity has to be, whatever the unit that it is stored with; all that is given holds."
    " Pixels and reference frames have no size: they match only if `unit` is just that.",
    {
        "min": (float, "This or more."),
        "max": (float, "This or less."),
        "unit": (str, "Symbol of the unit of `min` and `max`, such as nm; needed with them."),
        **dict([_NULL]),
    },
)


@dataclass(frozen=True)
class Text(Operand):
    """Of a column of text."""

    column: str
    sorted_by: str | None = None
    """Column with the text's sort key, where there is one; an index begins with it."""
    annotation: Any = TextFilter

    def build(self, given: Mapping[str, Any], at: At) -> Build:
        """Compare text."""
        return every(text_conditions(given, at, self.column, self.sorted_by))


def text_conditions(
    given: Mapping[str, Any], at: At, name: str, sorted_by: str | None
) -> list[Build]:
    """Check what is asked of a text; see `Text`."""
    found: list[Build] = []
    for operator, value in given.items():
        here = at.below(operator)
        match operator:
            case "eq":
                found.append(_one_of(name, sorted_by, [here.text(value)]))
            case "in":
                texts = [place.text(one) for place, one in here.values(value)]
                found.append(_one_of(name, sorted_by, texts))
            case "contains":
                found.append(_matching(name, sorted_by, here.text(value), prefix=False))
            case "startsWith":
                found.append(_matching(name, sorted_by, here.text(value), prefix=True))
            case "isNull":
                found.append(_null(name, value))
    return found


def _one_of(name: str, sorted_by: str | None, texts: Sequence[str]) -> Build:
    def build(_viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
        condition = among(getattr(entity, name), texts)
        if sorted_by is None:
            return condition
        # For the index; names of one key may differ.
        return sa.and_(among(getattr(entity, sorted_by), map(sort_key, texts)), condition)

    return build


def _matching(name: str, sorted_by: str | None, text: str, *, prefix: bool) -> Build:
    # Sort keys have numbers with leading zeros: "Well 1" is no beginning of "Well 10" there.
    start = sort_key(text).rstrip("0123456789") if prefix and sorted_by else ""
    end = after_prefix(start)

    def build(_viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
        found = [matches(getattr(entity, name), text, prefix=prefix)]
        if sorted_by is not None:
            found.insert(0, may_match(getattr(entity, sorted_by), text))
            if end is not None:
                column = getattr(entity, sorted_by)
                found[:0] = [column >= start, column < end]
        return sa.and_(*found)

    return build


@dataclass(frozen=True)
class Number(Operand):
    """Of a column of numbers."""

    column: str
    annotation: Any

    def build(self, given: Mapping[str, Any], at: At) -> Build:
        """Compare numbers."""
        found: list[Build] = []
        for operator, value in given.items():
            here, values = at.below(operator), value if isinstance(value, list) else [value]
            if any(not math.isfinite(one) for _, one in here.values(values)):
                raise here.wrong("is not finite", "Give a number.")
            found.append(_compare(self.column, operator, value))
        return every(found)


def _compare(name: str, operator: str, value: Any) -> Build:
    def build(_viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
        column = getattr(entity, name)
        match operator:
            case "eq":
                return sa.and_(column == value)
            case "in":
                return sa.and_(column.in_(value))
            case "min":
                return sa.and_(column >= value)
            case "max":
                return sa.and_(column <= value)
            case _:
                return sa.and_(column.is_(None) if value else column.is_not(None))

    return build


def _null(name: str, value: bool) -> Build:
    return _compare(name, "isNull", value)


@dataclass(frozen=True)
class Truth(Operand):
    """Of a column that is true or false."""

    column: str
    annotation: Any = BooleanFilter

    def build(self, given: Mapping[str, Any], at: At) -> Build:
        """Compare."""
        return every([_compare(self.column, operator, value) for operator, value in given.items()])


class Choice(Operand):
    """Of a column with values of an enumeration."""

    def __init__(self, column: str, kind: type[Enum], name: str, *, open_: bool) -> None:
        """Say what is compared.

        Args:
            column: With the members' values.
            kind: The enumeration.
            name: Of it, in GraphQL.
            open_: Whether "Other" stands for whatever is none of the values.
        """
        self.column, self._kind, self._open = column, kind, open_
        fields = {**_compared(kind, "value"), **dict([_NULL])}
        self.annotation = shared(
            f"{name}Filter",
            lambda: input_type(
                f"{name}Filter",
                f"What a value of {name} has to be; all that is given holds.",
                fields,
            ),
        )

    def build(self, given: Mapping[str, Any], at: At) -> Build:
        """Compare."""
        found: list[Build] = []
        for operator, value in given.items():
            if operator == "isNull":
                found.append(_null(self.column, value))
            else:
                at.below(operator)
                members = [value] if operator == "eq" else list(value)
                found.append(self._one_of(members))
        return every(found)

    def _one_of(self, members: Sequence[Any]) -> Build:
        stored = [str(member.value) for member in members]
        other = self._open and "Other" in stored
        known = [str(member.value) for member in self._kind if member.value != "Other"]

        def build(_viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
            column = getattr(entity, self.column)
            condition = among(column, stored)
            return sa.or_(condition, ~among(column, known)) if other else condition

        return build


@dataclass(frozen=True)
class Date(Operand):
    """Of a column with times."""

    column: str
    annotation: Any = DateFilter

    def build(self, given: Mapping[str, Any], at: At) -> Build:
        """Compare times."""
        found: list[Build] = []
        for operator, value in given.items():
            if operator == "isNull":
                found.append(_null(self.column, value))
            else:
                found.append(_since(self.column, operator, moment(value, at.below(operator))))
        return every(found)


def moment(value: dt.datetime, at: At) -> dt.datetime:
    """Check a point in time."""
    try:
        if value.tzinfo is not None:
            return value.astimezone(dt.UTC)
    except OverflowError:
        pass
    raise at.wrong("is no point in time", "Give one with a time zone, such as 2026-01-31T00:00Z.")


def _since(name: str, operator: str, value: dt.datetime) -> Build:
    def build(_viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
        column = getattr(entity, name)
        limit = sa.bindparam(None, value, type_=UtcDateTime(), unique=True)
        return sa.and_(column >= limit) if operator == "from" else sa.and_(column < limit)

    return build


@dataclass(frozen=True)
class Ids(Operand):
    """Of a column with ids."""

    column: str
    kinds: frozenset[str]
    """Names of the types that ids may be of."""
    annotation: Any = IdFilter

    def build(self, given: Mapping[str, Any], at: At) -> Build:
        """Compare ids."""
        return every([self.one(name, value, at.below(name)) for name, value in given.items()])

    def one(self, operator: str, value: Any, at: At) -> Build:
        """Compare by one operator."""
        if operator == "isNull":
            return _null(self.column, value)
        return _among(self.column, id_list(value, self.kinds, at))


def id_list(value: Sequence[str], kinds: frozenset[str], at: At) -> list[int]:
    """Check global ids; returns database ids."""
    keys = []
    for here, one in at.values(value):
        try:
            kind, key = database_id(one)
        except InvalidInputError as error:
            raise here.wrong("is no id", error.remedy) from error
        if kind not in kinds:
            names = " or ".join(sorted(kinds))
            raise here.wrong(f"is no id of {names}", f"Give one such as {min(kinds)}:42.")
        keys.append(key)
    return keys


def _among(name: str, keys: Sequence[int]) -> Build:
    return lambda _viewer, entity: among(getattr(entity, name), keys)


@dataclass(frozen=True)
class Quantity(Operand):
    """Of a column with numbers and one with their units."""

    column: str
    unit: str
    default: str
    """Symbol of the unit where none is stored."""
    annotation: Any = QuantityFilter

    def build(self, given: Mapping[str, Any], at: At) -> Build:
        """Compare with the bounds, converted to the unit that is stored."""
        bounds = {name: given[name] for name in ("min", "max") if name in given}
        symbol = range_unit(given, bounds, at, units.UNITS[self.default].dimension)
        found: list[Build] = []
        if "isNull" in given:
            found.append(_null(self.column, given["isNull"]))
        for operator, value in bounds.items():
            found.append(self._bounded(operator, value, str(symbol)))
        return every(found)

    def _bounded(self, operator: str, value: float, symbol: str) -> Build:
        dimension = units.UNITS[symbol].dimension
        limits = {
            other: units.convert(value, symbol, other)
            for other in units.units_of(dimension)
            if units.convertible(symbol, other)
        }

        def build(_viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
            column, unit = getattr(entity, self.column), getattr(entity, self.unit)
            limit = sa.case(limits, value=sa.func.coalesce(unit, self.default))
            return sa.and_(column >= limit) if operator == "min" else sa.and_(column <= limit)

        return build


def range_unit(
    given: Mapping[str, Any],
    bounds: Mapping[str, float],
    at: At,
    dimension: units.Dimension | None,
) -> str | None:
    """Check the bounds of a range of quantities and their unit.

    Args:
        given: With or without `unit`.
        bounds: By name.
        at: Where.
        dimension: What is measured; None if it may be anything, and then numbers without unit.

    Returns:
        Symbol of the unit.
    """
    for name, value in bounds.items():
        if not math.isfinite(value):
            raise at.below(name).wrong("is not finite", "Give a number.")
    if "unit" in given:
        here = at.below("unit")
        try:
            return units.unit_of(here.text(given["unit"]), dimension).symbol
        except InvalidInputError as error:
            raise here.wrong(
                "is no unit" + (f" of {dimension}" if dimension else ""), error.remedy
            ) from error
    if bounds and dimension is not None:
        raise at.wrong("has a bound, but no unit", "Give `unit`, such as µm.")
    return None


def every(builds: Sequence[Build]) -> Build:
    """Join conditions that all have to hold; true if there are none."""
    if len(builds) == 1:
        return builds[0]
    return lambda viewer, entity: sa.and_(sa.true(), *(build(viewer, entity) for build in builds))


_SHARED: dict[str, type] = {}


def shared(name: str, make: Callable[[], type]) -> type:
    """Return an input type by its name, made when first asked for."""
    if name not in _SHARED:
        _SHARED[name] = make()
    return _SHARED[name]
