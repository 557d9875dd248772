"""Relay connections in a plan: the pages of many parents from one statement."""

import itertools
import operator
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
import sqlalchemy as sa
from graphql import GraphQLObjectType, get_named_type

from schema import facets, reads
from schema.columns import Columns
from schema.context import Context
from schema.filters import Filter
from schema.pagination import PageArguments, page_info
from schema.plan import Batch, Builder, Level, RowShape, Selection, Shape, entity_of
from schema.texts import Values, listed, taken
from store.access import Viewer
from store.errors import InvalidInputError
from store.queries.sorting import SORTED_MAX

type _Part = Callable[["_Pages"], Values]
"""Gives one value for each page, or for each row of all pages."""
type Kept = Callable[[Viewer, Any, Callable[[], sa.Select[Any]]], sa.Select[Any]]
"""Gives the statement of a viewer for a variant of what is asked: kept, or made now."""


def made(_viewer: Viewer, _variant: Any, make: Callable[[], sa.Select[Any]]) -> sa.Select[Any]:
    """Make a statement; nothing is kept."""
    return make()


class ConnectionPlan:
    """Pages of rows for many parents, and what is selected of the connections around them."""

    def __init__(self, builder: Builder, selection: Selection) -> None:
        connection = cast("GraphQLObjectType", selection.type)
        nodes = cast("GraphQLObjectType", get_named_type(connection.fields["nodes"].type))
        self._level = Level(entity_of(nodes))
        self._id = self._level.need("id")
        self._shape: Shape[_Pages] = Shape(
            {
                key: _typename(connection.name)
                if field is None
                else self._part(builder, field, nodes)
                for key, field in builder.select(connection, selection)
            },
            operator.attrgetter("number"),
        )

    def _part(self, builder: Builder, field: Selection, nodes: GraphQLObjectType) -> _Part:
        match field.strawberry.python_name:
            case "nodes":
                rows = _nodes(builder.shape(self._level, nodes, field))
                return lambda pages: pages.split(rows(pages))
            case "edges":
                return self._edges(builder, field, nodes)
            case "page_info":
                complete = builder.completer(field)
                assert complete is not None
                return lambda pages: complete(pages.context, list(pages.infos()))
            case "facet" | "histogram" as what:
                builder.checking(field, facets.Check(self._level.entity, what))
                tallied = builder.completer(field)
                assert tallied is not None
                return lambda pages: tallied(pages.context, pages.tallies(field))
            case _:
                return _Pages.totals

    def _edges(self, builder: Builder, selection: Selection, nodes: GraphQLObjectType) -> _Part:
        edge = cast("GraphQLObjectType", selection.type)
        parts: dict[str, _Part] = {}
        for key, field in builder.select(edge, selection):
            if field is None:
                parts[key] = _row_typename(edge.name)
            elif field.strawberry.python_name == "cursor":
                parts[key] = _Pages.cursors
            else:
                parts[key] = _nodes(builder.shape(self._level, nodes, field))

        shape: Shape[_Pages] = Shape(parts, lambda pages: pages.batch.size)
        return lambda pages: pages.split(shape.complete(pages))

    def complete(
        self,
        context: Context,
        children: reads.Children,
        arguments: PageArguments,
        parents: Values | None,
    ) -> Values:
        """Return one completed connection for each parent.

        Args:
            context: Of the request.
            children: What the connections list.
            arguments: Which page; the same for all parents.
            parents: Ids, repetitions allowed; None for the one list of everything.
        """
        keys = None if parents is None else list(dict.fromkeys(parents))
        pages = _Pages(context, children, arguments, keys, self._level, self._id)
        done = self._shape.complete(pages)
        if keys is None or len(keys) == len(parents or ()):
            return done
        places = {key: place for place, key in enumerate(keys)}
        return taken(done, [places[parent] for parent in parents or ()])


class _Pages:
    """The pages of many parents: their rows as one batch, and where each page begins."""

    def __init__(
        self,
        context: Context,
        children: reads.Children,
        arguments: PageArguments,
        keys: list[int] | None,
        level: Level,
        id_: int,
    ) -> None:
        self.context = context
        self._children = children
        self._arguments = arguments
        self._keys = keys
        self._id = id_
        self._level = level
        sorted_by = arguments.order.width
        columns = self._read(level)
        if columns is None:
            columns = [()] * (level.width + sorted_by + 1)
        kept, self._ends, self._more = cut(columns, keys, arguments.first)
        self.batch = Batch(context, kept)
        self._sort = slice(level.width, level.width + sorted_by)

    def _read(self, level: Level) -> list[Values] | None:
        context, arguments, children = self.context, self._arguments, self._children
        check_sorted(context, children, arguments, self._keys, level.statement)
        after = None if arguments.after is None else None in arguments.after[0]
        variant = (children, arguments.order, arguments.orphaned, arguments.condition, after)
        dialect = context.database.dialect
        if self._keys is None:
            statement = level.statement(
                context.viewer,
                variant,
                lambda: Columns(
                    reads.page(context.viewer, children, arguments, level.columns, dialect)
                ),
            )
        elif not self._keys:
            return None
        else:
            statement = level.statement(
                context.viewer,
                variant,
                lambda: Columns(
                    reads.pages(context.viewer, children, arguments, level.columns, dialect)
                ),
            )
        return context.columns(statement, reads.page_values(arguments, self._keys))

    @property
    def number(self) -> int:
        """How many pages there are."""
        return len(self._ends)

    def split(self, values: Values) -> Values:
        """Cut a column of the batch into the pages of the parents."""
        return listed(values, np.array([[0, *self._ends][:-1], self._ends], np.int64))

    def cursors(self) -> Values:
        """Return the cursor of each row of the batch."""
        return list(map(self._arguments.cursor, self._places(), self.batch.columns[self._id]))

    def _places(self) -> Sequence[tuple[Any, ...]]:
        """Return what the page is sorted by, besides the id, of each row of the batch."""
        columns = self.batch.columns[self._sort]
        return list(zip(*columns, strict=True)) if columns else [()] * self.batch.size

    def infos(self) -> Iterator[Any]:
        """Iterate over the PageInfo of each page."""
        sort, ids = self._places(), self.batch.columns[self._id]
        bounds = itertools.pairwise([0, *self._ends])
        for (start, end), more in zip(bounds, self._more, strict=True):
            first = last = None
            if start < end:
                first, last = (sort[start], ids[start]), (sort[end - 1], ids[end - 1])
            yield page_info(self._arguments, first, last, more)

    def tallies(self, field: Selection) -> list[Any]:
        """Return what a facet or histogram of each whole list says."""
        asked = self.context.bound[field]
        found = facets.tally(self.context, self._children, self._arguments, asked, self._keys)
        return list(found.values())

    def totals(self) -> Values:
        """Return the number of rows in each whole list."""
        return totals(
            self.context, self._children, self._arguments, self._keys, self._level.statement
        )


def check_sorted(
    context: Context,
    children: reads.Children,
    arguments: PageArguments,
    keys: Sequence[int] | None,
    kept: Kept = made,
) -> None:
    """Refuse to sort very many rows by what no index has.

    Args:
        context: Of the request.
        children: What the lists consist of.
        arguments: Of the lists.
        keys: The parents; None for the one list of everything.
        kept: Where statements are kept.

    Raises:
        InvalidInputError: There are more than `SORTED_MAX`.
    """
    if arguments.order.sorting is None or (keys is not None and not keys):
        return
    below = keys is not None
    variant = ("count sorted", children, arguments.orphaned, arguments.condition, below)
    statement = kept(
        context.viewer,
        variant,
        lambda: reads.count_some(context.viewer, children, arguments, SORTED_MAX + 1, below=below),
    )
    ((number,),) = context.rows(statement, {} if keys is None else {"keys": list(keys)})
    if number > SORTED_MAX:
        raise InvalidInputError(
            f"{arguments.order.name} sorts lists of at most {SORTED_MAX:,} rows; here are more.",
            "Narrow the list down by a filter or to one container, or sort it by id, name or date.",
        )


def totals(
    context: Context,
    children: reads.Children,
    arguments: PageArguments,
    keys: list[int] | None,
    kept: Kept = made,
) -> list[int]:
    """Count the rows in whole lists: of each parent, or the one list of everything."""
    if keys is None:
        statement = kept(
            context.viewer,
            ("count all", children, arguments.orphaned, arguments.condition),
            lambda: reads.count_all(context.viewer, children, arguments),
        )
        return [context.rows(statement, {})[0][0]]
    found = counted(context, children, keys, arguments.condition, kept)
    return [found.get(key, 0) for key in keys]


def counted(
    context: Context,
    children: reads.Children,
    keys: Sequence[int],
    condition: Filter | None = None,
    kept: Kept = made,
) -> Mapping[int, int]:
    """Count the children of each parent, that meet a condition; parents of none may be missing."""
    if not keys:
        return {}
    statement = kept(
        context.viewer,
        ("count", children, condition),
        lambda: reads.counts(context.viewer, children, condition),
    )
    return {parent: int(number) for parent, number in context.rows(statement, {"keys": list(keys)})}


def cut(
    columns: Sequence[Values], keys: Sequence[int] | None, first: int
) -> tuple[Sequence[Values], list[int], list[bool]]:
    """Cut the columns of rows, grouped by their last value, into pages.

    Args:
        columns: Of at most first + 1 rows for each key, in the order of the keys.
        keys: The parents; None if there is one page and no column names it.
        first: Rows of a page.

    Returns:
        The columns of the rows that are kept; for each page, the position of its end among them,
        and whether more rows follow.
    """
    if keys is None:
        size = len(columns[0])
        if size > first:
            columns = [column[:first] for column in columns]
        return columns, [min(size, first)], [size > first]
    found = Counter(columns[-1])
    numbers = [found[key] for key in keys]
    more = [number > first for number in numbers]
    ends = list(itertools.accumulate(min(number, first) for number in numbers))
    if any(more):
        starts = itertools.accumulate(numbers, initial=0)
        spans = [
            slice(start, start + min(number, first))
            for start, number in zip(starts, numbers, strict=False)
        ]
        columns = [
            list(itertools.chain.from_iterable(column[span] for span in spans))
            for column in columns
        ]
    return columns, ends, more


def _typename(name: str) -> _Part:
    return lambda pages: [name] * pages.number


def _row_typename(name: str) -> _Part:
    return lambda pages: [name] * pages.batch.size


def _nodes(shape: RowShape) -> _Part:
    return lambda pages: shape.complete(pages.batch)
