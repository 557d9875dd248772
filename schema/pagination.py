"""Relay connections: pages, their orders and their keyset cursors."""

import base64
import binascii
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

import orjson
import strawberry

from store.errors import InvalidInputError

FIRST_DEFAULT = 50
FIRST_MAX = 500
ID_MAX = 2**63 - 1
_CURSOR_MAX = 8_192


@dataclass(frozen=True, slots=True)
class Order:
    """By which column a page is sorted; ties are broken by id in the same direction.

    Rows without a value come last in both directions.
    """

    name: str
    column: str | None = None
    """Name of a column of the entity; None sorts by id alone."""
    descending: bool = False
    kind: type = str
    """Python type of the column's values."""


ID_ASC = Order("ID_ASC")

ORDERS: Mapping[str, Order] = {
    order.name: order
    for order in (
        ID_ASC,
        Order("ID_DESC", None, True),
        Order("NAME_ASC", "sort_name"),
        Order("NAME_DESC", "sort_name", True),
        Order("ACQUIRED_ASC", "acquisition_date", False, dt.datetime),
        Order("ACQUIRED_DESC", "acquisition_date", True, dt.datetime),
    )
}


def described[E: type[Enum]](kind: E, description: str, values: Mapping[str, str]) -> E:
    """Make an enumeration one of GraphQL's, with a description of each value."""
    strawberry.enum(kind, description=description)
    for value in kind.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
    return kind


class ContainerOrder(Enum):
    """How projects and datasets are sorted."""

    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    ID_ASC = "ID_ASC"
    ID_DESC = "ID_DESC"


class ImageOrder(Enum):
    """How images are sorted."""

    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    ID_ASC = "ID_ASC"
    ID_DESC = "ID_DESC"
    ACQUIRED_ASC = "ACQUIRED_ASC"
    ACQUIRED_DESC = "ACQUIRED_DESC"


_CONTAINER_ORDERS = {
    "NAME_ASC": "By name, first in the alphabet first; numbers by value, without case and accents.",
    "NAME_DESC": "By name, last in the alphabet first; numbers by value, without case and accents.",
    "ID_ASC": "In the order of creation.",
    "ID_DESC": "Newest first.",
}
_IMAGE_ORDERS = {
    **_CONTAINER_ORDERS,
    "ACQUIRED_ASC": "By acquisition date, oldest first; images without a date come last.",
    "ACQUIRED_DESC": "By acquisition date, newest first; images without a date come last.",
}
described(ContainerOrder, "How projects and datasets are sorted.", _CONTAINER_ORDERS)
described(ImageOrder, "How images are sorted.", _IMAGE_ORDERS)


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


@strawberry.type(description="One page of a list.")
class Connection[T]:
    """One page of a list; resolved from a `Page`."""

    edges: list[Edge[T]] = strawberry.field(description="The rows of the page with cursors.")
    nodes: list[T] = strawberry.field(description="The rows of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    total_count: int = strawberry.field(
        resolver=_total_count, description="Rows in the whole list; counted only when asked for."
    )


@dataclass(frozen=True, slots=True)
class PageArguments:
    """Which page of a list is asked for, checked."""

    scope: str
    """Name of the list and its order; cursors of another one are refused."""
    order: Order
    first: int
    after: tuple[Any, int] | None
    """Sort value and id of the row before the page."""
    orphaned: bool = False

    def cursor(self, value: Any, key: int) -> str:
        """Write down the place of a row.

        Args:
            value: What the list is sorted by; ignored where that is the id.
            key: Database id.
        """
        if self.order.column is None:
            value = None
        elif isinstance(value, dt.datetime):
            value = value.isoformat()
        text = orjson.dumps([self.scope, value, key])
        return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def page_arguments(
    place: str, values: Mapping[str, Any], default: Order, first_default: int
) -> PageArguments:
    """Check the arguments of a connection.

    Args:
        place: Type and field, such as "Dataset.images".
        values: Arguments by Python name: first, after, order_by, orphaned; all optional.
        default: Order where none is asked for.
        first_default: Size where none is asked for.

    Raises:
        InvalidInputError: A page size out of range, or no cursor of this list in this order.
    """
    first = values.get("first")
    first = first_default if first is None else first
    if not 0 <= first <= FIRST_MAX:
        raise InvalidInputError(
            f"`first` of {place} is {first}.",
            f"Ask for 0 to {FIRST_MAX}, and for more with `after`.",
        )
    chosen = values.get("order_by")
    order = default if chosen is None else ORDERS[chosen.name]
    scope = f"{place}:{order.name}"
    after = values.get("after")
    return PageArguments(
        scope=scope,
        order=order,
        first=first,
        after=None if after is None else _decoded(after, scope, order),
        orphaned=bool(values.get("orphaned")),
    )


def _decoded(text: str, scope: str, order: Order) -> tuple[Any, int]:
    try:
        if len(text) > _CURSOR_MAX:
            raise ValueError(text[:32])
        padded = text + "=" * (-len(text) % 4)
        found, value, key = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if found != scope or type(key) is not int or not 0 < key <= ID_MAX:
            raise ValueError(found)
        return _sort_value(value, order), key
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInputError(
            f"{text[:64]!r} is no cursor of {scope.replace(':', ' in the order ')}.",
            "Give an `endCursor` or `cursor` of the same list in the same order, unchanged.",
        ) from error


def _sort_value(value: Any, order: Order) -> Any:
    if order.column is None or value is None:
        if value is not None or (order.kind is str and order.column is not None):
            raise ValueError(value)
        return None
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(value)
    if order.kind is not dt.datetime:
        return value
    moment = dt.datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


@dataclass(frozen=True)
class Page:
    """One page of entities, for the ordinary resolvers of a connection."""

    arguments: PageArguments
    nodes: list[Any]
    values: list[Any]
    """What the list is sorted by, for each node."""
    has_next: bool
    count: Callable[[], Any]
    """Number of rows in the whole list, or an awaitable of it."""

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
    start: tuple[Any, int] | None,
    end: tuple[Any, int] | None,
    has_next: bool,
) -> PageInfo:
    """Say where a page lies.

    Args:
        arguments: Of the page.
        start: Sort value and id of the first row; None if there are no rows.
        end: The same of the last row.
        has_next: Whether more rows follow.
    """
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=arguments.after is not None,
        start_cursor=None if start is None else arguments.cursor(*start),
        end_cursor=None if end is None else arguments.cursor(*end),
    )
