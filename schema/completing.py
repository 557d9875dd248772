"""Python values → what is sent of them; rows that they refer to are read at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from graphql import GraphQLEnumType, GraphQLNamedOutputType, GraphQLScalarType

from schema.levels import Nodes, Reference

if TYPE_CHECKING:
    from schema.context import Context
    from store.errors import StoreError

type Completer = Callable[[Any, Late], Any]
"""Turns one value into what is sent."""
type ColumnCompleter = Callable[[Context, Sequence[Any]], list[Any]]
"""Turns the values of all rows into what is sent."""
type Put = Callable[[dict[str, Any], str, Any, Late], None]
"""Puts what is sent of one field of a value under its response name."""

_UNCHANGED = frozenset({"String", "Boolean", "Int", "ID"})


@dataclass(frozen=True, eq=False, slots=True)
class Failure:
    """A field of a value that could not be computed; null is sent instead."""

    selection: Any
    error: StoreError
    mark: str = field(default_factory=lambda: uuid4().hex)
    """A text that is in its place until `located` has found it."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What a field of values gives that names rows."""

    nodes: Nodes
    required: str | None
    """Name of the field, where null would break the schema."""

    def promised(self, node: Any) -> Any:
        """Refuse to send null where the schema promises a row, as graphql-core does."""
        if node is None and self.required is not None:
            msg = f"Cannot return null for non-nullable field {self.required}."
            raise TypeError(msg)
        return node


class Late:
    """What a column of values still lacks while it is completed: the rows that it refers to."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._wanted: dict[Rows, list[tuple[Any, Any, Reference | None]]] = {}

    def refer(self, rows: Rows, container: Any, key: Any, reference: Reference | None) -> None:
        """Leave a place of a dictionary or list to a row; null until `settle`."""
        container[key] = None
        self._wanted.setdefault(rows, []).append((container, key, reference))

    def settle(self) -> None:
        """Read all rows that were referred to, and put them into their places."""
        for rows, places in self._wanted.items():
            found = rows.nodes.read(self.context, [reference for _, _, reference in places])
            for (container, key, _), node in zip(places, found, strict=True):
                container[key] = rows.promised(node)


def whole(complete: Completer | Rows) -> ColumnCompleter:
    """Make the function that completes the values of all rows; None stays None."""
    each = elements(complete)

    def column(context: Context, values: Sequence[Any]) -> list[Any]:
        late = Late(context)
        done: list[Any] = each(values, late)
        late.settle()
        return done

    return column


def elements(inner: Completer | Rows | None) -> Completer:
    """Make the completer of a list."""
    if inner is None:
        return lambda values, _: list(values)
    if not isinstance(inner, Rows):
        return lambda values, late: [
            None if value is None else inner(value, late) for value in values
        ]

    def refer(values: Sequence[Any], late: Late) -> list[Any]:
        done = [None] * len(values)
        for place, value in enumerate(values):
            late.refer(inner, done, place, value)
        return done

    return refer


def attribute(name: str, inner: Completer | Rows | None) -> Put:
    """Make the function that puts an attribute of a value, completed."""
    place = given(inner)

    def put(done: dict[str, Any], key: str, value: Any, late: Late) -> None:
        place(done, key, getattr(value, name), late)

    return put


def given(inner: Completer | Rows | None) -> Put:
    """Make the function that puts what it is given, completed."""

    def put(done: dict[str, Any], key: str, found: Any, late: Late) -> None:
        if isinstance(inner, Rows):
            late.refer(inner, done, key, found)
        else:
            done[key] = found if inner is None or found is None else inner(found, late)

    return put


def constant(text: str) -> Put:
    """Make the function that puts the same text for every value."""

    def put(done: dict[str, Any], key: str, _value: Any, _late: Late) -> None:
        done[key] = text

    return put


def leaf(type_: GraphQLNamedOutputType) -> Callable[[Any], Any] | None:
    """Return the function that completes values of a scalar or enumeration; None if none must."""
    if type_.name in _UNCHANGED:
        return None
    if type_.name == "Float":
        return float
    if isinstance(type_, GraphQLEnumType):
        return lambda value: value.name
    return cast("GraphQLScalarType", type_).coerce_output_value


def located(value: Any, failures: Sequence[Failure]) -> Iterator[tuple[list[str | int], Failure]]:
    """Put null where the marks of failures are in a value, and iterate over these places.

    Args:
        value: Dictionaries and lists, none of them at two places.
        failures: Whose marks.

    Yields:
        A path of names and indexes, and the failure; one failure may have several places.
    """
    marks = {failure.mark: failure for failure in failures}

    def walk(found: Any, path: list[str | int]) -> Iterator[tuple[list[str | int], Failure]]:
        for key, inner in found.items() if isinstance(found, dict) else enumerate(found):
            if isinstance(inner, dict | list):
                yield from walk(inner, [*path, key])
            elif isinstance(inner, str) and inner in marks:
                found[key] = None
                yield [*path, key], marks[inner]

    return walk(value, [])
