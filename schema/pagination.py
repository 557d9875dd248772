"""Relay connections: pages, their orders and their keyset cursors."""

import base64
import binascii
import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Annotated, Any

import orjson
import strawberry

from schema.filters import Filter
from schema.ids import ID_MAX
from schema.tallies import BINS_MAX, FACET_MAX, FacetValues, Histogram
from store.errors import InvalidInputError
from store.models.pairs import folded
from store.queries.facets import Facet
from store.queries.sorting import Sorting

FIRST_DEFAULT = 50
FIRST_MAX = 500
_CURSOR_MAX = 8_192


@dataclass(frozen=True, slots=True)
class Order:
    """By which columns a page is sorted; ties are broken by id in the same direction.

    Rows without a value come last in both directions.
    """

    name: str
    columns: tuple[str, ...] = ()
    """Names of columns of the entity; none sorts by id alone."""
    descending: bool = False
    kinds: tuple[type, ...] = ()
    """Python types of the columns' values."""
    nullable: bool = False
    """Whether rows may have no value; such an order has one column."""
    local: bool = False
    """Whether only lists below a parent can be sorted so, because no index covers everything."""
    sorting: Sorting | None = None
    """What is worked out of each row to sort by, in place of columns."""

    @property
    def width(self) -> int:
        """How many values say where a row is, besides its id."""
        return len(self.kinds)


ID_ASC = Order("ID_ASC")


def described[E: type[Enum]](kind: E, description: str, values: Mapping[str, str]) -> E:
    """Make an enumeration one of GraphQL's, with a description of each value."""
    strawberry.enum(kind, description=description)
    for value in kind.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
    return kind


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = strawberry.field(description="Whether more follows.")
    has_previous_page: bool = strawberry.field(description="Whether a cursor was given.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first row here.")
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last row here: give it as `after` for the next page."
    )


@strawberry.type(description="One row of a page, with its cursor.")
class Edge[T]:
    """One row of a page, with its cursor."""

    cursor: str = strawberry.field(description="Place of the row in the list.")
    node: T = strawberry.field(description="The row.")


def _total_count(root: Any) -> int:
    count: int = root.count()  # or an awaitable of it, as resolvers may give
    return count


def _facet(
    root: Any,
    by: Annotated[Facet, strawberry.argument(description="By what the rows are counted.")],
    key: Annotated[
        str | None, strawberry.argument(description="Whose values are counted, of KEY_VALUE.")
    ] = None,
    namespace: Annotated[
        str | None,
        strawberry.argument(description="Only of annotations in this namespace."),
    ] = None,
    first: Annotated[int, strawberry.argument(description=f"Most values: 1 to {FACET_MAX}.")] = 20,
) -> FacetValues:
    asked = {"by": by, "key": key, "namespace": namespace, "first": first}
    counted: FacetValues = root.tally("facet", asked)  # or an awaitable of it
    return counted


def _histogram(
    root: Any,
    key: Annotated[str, strawberry.argument(description="Key of the key–values.")],
    unit: Annotated[
        str | None,
        strawberry.argument(
            description="Symbol of the unit to show numbers in; those with other units of the same"
            " dimension are converted. Without, only numbers without unit count."
        ),
    ] = None,
    bins: Annotated[
        int, strawberry.argument(description=f"Parts of the range: 1 to {BINS_MAX}.")
    ] = 20,
    min: Annotated[  # noqa: A002  (the name in GraphQL)
        float | None, strawberry.argument(description="Only numbers of this or more.")
    ] = None,
    max: Annotated[  # noqa: A002
        float | None, strawberry.argument(description="Only numbers of this or less.")
    ] = None,
) -> Histogram:
    asked = {"key": key, "unit": unit, "bins": bins, "min": min, "max": max}
    counted: Histogram = root.tally("histogram", asked)  # or an awaitable of it
    return counted


@strawberry.type(description="One page of a list.")
class Connection[T]:
    """One page of a list; resolved from a `Page`."""

    edges: list[Edge[T]] = strawberry.field(description="The rows of the page with cursors.")
    nodes: list[T] = strawberry.field(description="The rows of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    total_count: int = strawberry.field(
        resolver=_total_count, description="Rows in the whole list; counted only when asked for."
    )
    facet: FacetValues = strawberry.field(
        resolver=_facet, description="How often each value occurs among the rows of the whole list."
    )
    histogram: Histogram = strawberry.field(
        resolver=_histogram,
        description="How the numbers of one key are distributed over the rows of the whole list.",
    )


@dataclass(frozen=True, slots=True)
class PageArguments:
    """Which page of a list is asked for, checked."""

    scope: str
    """Name of the list, its order and filter; cursors of another one are refused."""
    order: Order
    first: int
    after: tuple[tuple[Any, ...], int] | None
    """Sort values and id of the row before the page."""
    orphaned: bool = False
    condition: Filter | None = None
    """What is asked for of the rows, besides."""
    key: str | None = None
    """Whose values the list is sorted by, folded; where the order is by key–values."""

    def cursor(self, values: tuple[Any, ...], key: int) -> str:
        """Write down the place of a row.

        Args:
            values: What the list is sorted by, besides the id.
            key: Database id.
        """
        written = [
            value.isoformat() if isinstance(value, dt.datetime) else value for value in values
        ]
        text = orjson.dumps([self.scope, written, key])
        return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def page_arguments(
    place: str,
    values: Mapping[str, Any],
    default: Order,
    first_default: int,
    condition: Filter | None = None,
) -> PageArguments:
    """Check the arguments of a connection.

    Args:
        place: Type and field, such as "Dataset.images".
        values: Arguments by Python name: first, after, order_by, order_key, orphaned; all optional.
        default: Order where none is asked for.
        first_default: Size where none is asked for.
        condition: What the argument `filter` says, checked.

    Raises:
        InvalidInputError: A page size out of range, a key that is missing or of no use, or no
            cursor of this list with this filter in this order.
    """
    first = values.get("first")
    first = first_default if first is None else first
    if not 0 <= first <= FIRST_MAX:
        raise InvalidInputError(
            f"`first` of {place} is {first}.",
            f"Ask for 0 to {FIRST_MAX}, and for more with `after`.",
        )
    chosen = values.get("order_by")
    order: Order = default if chosen is None else chosen.value
    key = _order_key(place, order, values.get("order_key"))
    scope = f"{place}:{order.name}" if key is None else f"{place}:{order.name} of {quoted(key)}"
    if condition is not None:
        scope += f":{condition.digest}"
    after = values.get("after")
    return PageArguments(
        scope=scope,
        order=order,
        first=first,
        after=None if after is None else _decoded(after, scope, order),
        orphaned=bool(values.get("orphaned")),
        condition=condition,
        key=key,
    )


def quoted(text: str) -> str:
    """Write a text so that no cursor takes a part of it for something else."""
    return orjson.dumps(text).decode().replace(":", "\\u003a")


def _order_key(place: str, order: Order, given: str | None) -> str | None:
    """Check the key that a list is sorted by."""
    if order.sorting is not Sorting.KEY_VALUE:
        if given is None:
            return None
        raise InvalidInputError(
            f"`orderKey` of {place} says nothing about the order {order.name}.", "Leave it out."
        )
    if given is None or not folded(given) or "\0" in given:
        raise InvalidInputError(
            f"`orderKey` of {place} is missing or empty.", "Say which key's values to sort by."
        )
    return folded(given)


def _decoded(text: str, scope: str, order: Order) -> tuple[tuple[Any, ...], int]:
    try:
        if len(text) > _CURSOR_MAX:
            raise ValueError(text[:32])
        padded = text + "=" * (-len(text) % 4)
        found, values, key = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if found != scope or type(key) is not int or not 0 < key <= ID_MAX:
            raise ValueError(found)
        if not isinstance(values, list):
            raise TypeError(values)
        pairs = zip(values, order.kinds, strict=True)
        return tuple(_sort_value(value, kind, order.nullable) for value, kind in pairs), key
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        place, name, *filtered = scope.split(":")
        with_filter = " with this filter" if filtered else ""
        raise InvalidInputError(
            f"{text[:64]!r} is no cursor of {place} in the order {name}{with_filter}.",
            "Give an `endCursor` or `cursor` of the same list in the same order and with the"
            " same filter, unchanged.",
        ) from error


def _sort_value(value: Any, kind: type, nullable: bool) -> Any:
    if value is None:
        if nullable:
            return None
        raise ValueError(value)
    if kind is int:
        if type(value) is not int or abs(value) > ID_MAX:
            raise ValueError(value)
        return value
    if kind is float:
        if type(value) not in (int, float) or not math.isfinite(value):
            raise ValueError(value)
        return float(value)
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(value)
    if kind is not dt.datetime:
        return value
    moment = dt.datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment.astimezone(dt.UTC)


@dataclass(frozen=True)
class Page:
    """One page of entities, for the ordinary resolvers of a connection."""

    arguments: PageArguments
    nodes: list[Any]
    values: list[tuple[Any, ...]]
    """What the list is sorted by, for each node."""
    has_next: bool
    count: Callable[[], Any]
    """Number of rows in the whole list, or an awaitable of it."""
    tally: Callable[[str, Mapping[str, Any]], Any]
    """Facet or histogram of the whole list with some arguments, or an awaitable of it."""

    @cached_property
    def edges(self) -> list[Edge[Any]]:
        """The nodes with their cursors."""
        cursor = self.arguments.cursor
        return [
            Edge(cursor=cursor(value, node.id), node=node)
            for node, value in zip(self.nodes, self.values, strict=True)
        ]

    @property
    def page_info(self) -> PageInfo:
        """Where the page lies."""
        ends = list(zip(self.values, self.nodes, strict=True))
        return page_info(
            self.arguments,
            (ends[0][0], ends[0][1].id) if ends else None,
            (ends[-1][0], ends[-1][1].id) if ends else None,
            self.has_next,
        )


def page_info(
    arguments: PageArguments,
    start: tuple[tuple[Any, ...], int] | None,
    end: tuple[tuple[Any, ...], int] | None,
    has_next: bool,
) -> PageInfo:
    """Say where a page lies.

    Args:
        arguments: Of the page.
        start: Sort values and id of the first row; None if there are no rows.
        end: The same of the last row.
        has_next: Whether more rows follow.
    """
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=arguments.after is not None,
        start_cursor=None if start is None else arguments.cursor(*start),
        end_cursor=None if end is None else arguments.cursor(*end),
    )
