"""The statements of a plan: rows by key, pages of many parents at once, counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from schema.filters import Filter
from schema.pagination import Order, PageArguments
from store import models
from store.access import (
    Viewer,
    select_granted,
    select_own,
    select_shared,
    select_visible,
    visible,
)
from store.models.aliases import alias
from store.models.among import IdList, among
from store.models.base import lists_by
from store.queries import sorting

KEYS = sa.bindparam("keys", type_=IdList())
"""The ids that a statement is run for: one parameter, however many."""
# Limits are written into the text, for the reason that `store.models.limits` gives.
ROWS_MAX = sa.bindparam("rows_max", type_=sa.Integer(), literal_execute=True)
FIRST = sa.bindparam("first", type_=sa.Integer(), literal_execute=True)
_ENDS: dict[tuple[str, ...], tuple[Any, Any]] = {
    (): (0, 2**62),
    ("sort_name",): ("", chr(0x10FFFF)),
}
"""Columns that lists are sorted by, with values before and behind all others."""
AFTER_ID = sa.bindparam("after_id", type_=sa.BigInteger())


@dataclass(frozen=True, slots=True)
class Children:
    """How the rows of a list belong to their parents."""

    entity: Any
    """What the list consists of: a class of `store.models`."""
    link: Any = None
    """Table of links between parents and children, where there is one."""
    parent: str = "parent_id"
    """Column that names the parent: of the link, or of the entity itself."""
    child: str = "child_id"
    """Column of the link that names the child."""
    counted: bool = False
    """Whether `ChildCount` knows the number of children."""
    where: tuple[tuple[str, str | bool], ...] = ()
    """Columns of the link (without one, of the entity) that have constant values: which type of
    parents, or of children, where the link table joins many: `(("parent_type", "Image"),)`."""

    @property
    def parent_entity(self) -> str:
        """Name of the parents' entity, for `ChildCount`."""
        column = getattr(self.link, self.parent)
        (reference,) = column.property.columns[0].foreign_keys
        name: str = reference.column.table.name
        return name.title()


def rows_by(viewer: Viewer, entity: Any, column: str, columns: Sequence[Any]) -> sa.Select[Any]:
    """Select the rows whose column has one of the values `:keys`.

    Args:
        viewer: Who reads.
        entity: A class of `store.models`.
        column: Name of the id column that is compared.
        columns: What to select.
    """
    among_keys = among(getattr(entity, column), KEYS)
    return select_visible(viewer, entity, *columns).where(among_keys).limit(ROWS_MAX)


def lists(viewer: Viewer, children: Children, order: str, columns: Sequence[Any]) -> sa.Select[Any]:
    """Select all children of the parents `:keys`.

    Args:
        viewer: Who reads.
        children: What belongs to the parents.
        order: Column that each parent's children are sorted by: of the link, if there is one.
        columns: What to select.

    Returns:
        Grouped by parent; the columns, then the parent.
    """
    entity, link = children.entity, children.link
    parent = _parent_column(children, entity, link)
    statement = select_visible(viewer, entity, *columns, parent)
    return (
        _joined(viewer, statement, children, entity, link)
        .where(among(parent, KEYS))
        .order_by(parent, getattr(link or entity, order))
        .limit(ROWS_MAX)
    )


def page(
    viewer: Viewer,
    children: Children,
    arguments: PageArguments,
    columns: Sequence[Any],
    dialect: str,
) -> sa.Select[Any]:
    """Select one page of everything that the viewer may see; see `page_values`.

    Returns:
        In page order; the columns, then what the page is sorted by.
    """
    entity, order = children.entity, arguments.order
    if order.sorting is not None:
        place, placed = _placed(viewer, children, arguments, below=False)
        statement = select_visible(viewer, entity, *columns, *placed)
        statement = statement.join(place.table, place.table.c.id == entity.id)
        return statement.where(place <= FIRST).order_by(place).limit(FIRST)
    statement = select_visible(viewer, entity, *columns, *_sort_columns(entity, order))
    ordering = _ordering(entity, entity.id, order)
    if _in_groups(viewer, entity, arguments, dialect):
        some = _page_by_group(viewer, children, arguments, dialect)
        return statement.where(entity.id.in_(some)).order_by(*ordering).limit(FIRST)
    if order.nullable:
        candidate = alias(entity, "candidate")
        ids = select_visible(viewer, candidate, candidate.id)
        ids = _asked(viewer, ids, children, arguments, candidate)
        found = _first(ids, candidate, candidate.id, arguments)
        return statement.where(entity.id.in_(found)).order_by(*ordering).limit(FIRST)
    statement = _asked(viewer, statement, children, arguments, entity)
    # One parameter is enough: the caller passes the smaller of page and budget.
    return statement.where(*_after(entity, entity.id, arguments)).order_by(*ordering).limit(FIRST)


def pages(
    viewer: Viewer,
    children: Children,
    arguments: PageArguments,
    columns: Sequence[Any],
    dialect: str,
) -> sa.Select[Any]:
    """Select one page for each of the parents `:keys`, by an indexed read for each.

    Never a window function over all children, which would read those of no page too.

    Returns:
        Grouped by parent, in page order; the columns, what the page is sorted by, the parent.
    """
    entity, order = children.entity, arguments.order
    if order.sorting is not None:
        return _sorted_pages(viewer, children, arguments, columns, dialect)
    parents, ids = _pages_of_ids(viewer, children, arguments, dialect)
    statement = select_visible(
        viewer, entity, *columns, *_sort_columns(entity, order), parents.c.value
    ).join(parents, sa.true())
    if dialect == "postgresql":
        wanted = ids.lateral("wanted")
        statement = statement.join(wanted, wanted.c.id == entity.id)
    else:
        statement = statement.where(entity.id.in_(ids))
    ordering = _ordering(entity, entity.id, order)
    return statement.order_by(parents.c.key, *ordering).limit(ROWS_MAX)


def page_values(arguments: PageArguments, keys: Iterable[int] | None = None) -> dict[str, Any]:
    """Return the parameters of `page` (without keys) and `pages`.

    One row more than asked for is read, to know whether more follow.
    """
    values: dict[str, Any] = {"first": arguments.first + 1}
    if keys is not None:
        values["keys"] = list(keys)
    if arguments.key is not None:
        values[sorting.KEY.key] = arguments.key
    if arguments.after is not None:
        places, values["after_id"] = arguments.after
        for number, value in enumerate(places):
            if value is not None:
                values[f"after_{number}"] = value
    return values


def count_all(viewer: Viewer, children: Children, arguments: PageArguments) -> sa.Select[Any]:
    """Count everything that the viewer may see and the arguments ask for."""
    entity, number = children.entity, sa.func.count()
    if viewer.administrator or not lists_by(entity, ()):
        statement = select_visible(viewer, entity, number)
        return _asked(viewer, statement, children, arguments, entity).limit(ROWS_MAX)
    whole, rest = alias(entity, "whole"), alias(entity, "rest")
    shared = _asked(
        viewer, select_shared(viewer, whole, sa.func.count(whole.id)), children, arguments, whole
    )
    own = select_own(viewer, rest, sa.func.count(rest.id), alone=True)
    own = _asked(viewer, own, children, arguments, rest)
    given = alias(entity, "given")
    granted = select_granted(viewer, given, sa.func.count(given.id), alone=True)
    if granted is None:
        return _added(shared, own).limit(ROWS_MAX)
    granted = _asked(viewer, granted, children, arguments, given)
    return _added(shared, own, granted).limit(ROWS_MAX)


def listed(
    viewer: Viewer, children: Children, arguments: PageArguments, *, below: bool
) -> sa.Select[Any]:
    """Select the rows of whole lists: `id` and `parent`.

    Args:
        viewer: Who reads.
        children: What the lists consist of.
        arguments: Of the lists.
        below: Of each of the parents `:keys`; else of everything, with 0 for the parent.
    """
    entity = alias(children.entity, "listed")
    key = entity.id.label("id")
    if not below:
        statement = select_visible(viewer, entity, key, sa.literal_column("0").label("parent"))
        return _asked(viewer, statement, children, arguments, entity)
    link = None if children.link is None else alias(children.link, "listing")
    parent = _parent_column(children, entity, link)
    statement = select_visible(viewer, entity, key, parent.label("parent"))
    statement = _joined(viewer, statement, children, entity, link)
    return _met(viewer, statement, entity, arguments.condition).where(among(parent, KEYS))


def count_some(
    viewer: Viewer, children: Children, arguments: PageArguments, most: int, *, below: bool
) -> sa.Select[Any]:
    """Count the rows of whole lists, no further than `most`; see `listed`."""
    some = listed(viewer, children, arguments, below=below).limit(most).subquery("some")
    return sa.select(sa.func.count()).select_from(some).limit(ROWS_MAX)


def counts(viewer: Viewer, children: Children, condition: Filter | None = None) -> sa.Select[Any]:
    """Count the visible children of each of the parents `:keys` that has any: parent, number."""
    if children.counted and condition is None:
        table = models.ChildCount
        statement = (
            select_visible(viewer, table, table.parent_id, sa.func.sum(table.children))
            .where(
                table.parent_type == children.parent_entity,
                table.child_type == children.entity.__name__,
                among(table.parent_id, KEYS),
            )
            .group_by(table.parent_id)
        )
        return statement.limit(ROWS_MAX)
    parent, entity = _parent_column(children, children.entity, children.link), children.entity
    statement = select_visible(viewer, entity, parent, sa.func.count())
    statement = _joined(viewer, statement, children, entity, children.link)
    statement = _met(viewer, statement, entity, condition)
    return statement.where(among(parent, KEYS)).group_by(parent).limit(ROWS_MAX)


def _sorted_pages(
    viewer: Viewer,
    children: Children,
    arguments: PageArguments,
    columns: Sequence[Any],
    dialect: str,
) -> sa.Select[Any]:
    """Select what `pages` does, in an order that is worked out of each row."""
    entity = children.entity
    place, placed = _placed(viewer, children, arguments, below=True)
    found = place.table
    parents = _table_of(KEYS, "parents", dialect)
    return (
        select_visible(viewer, entity, *columns, *placed, found.c.parent)
        .join(found, found.c.id == entity.id)
        .join(parents, parents.c.value == found.c.parent)
        .where(place <= FIRST)
        .order_by(parents.c.key, place)
        .limit(ROWS_MAX)
    )


def _placed(
    viewer: Viewer, children: Children, arguments: PageArguments, *, below: bool
) -> tuple[Any, list[Any]]:
    """Work out where the rows of lists are, from the cursor on.

    Returns:
        The column with the place of a row on its page, from 1, of a table with `id` and `parent`;
        and the columns of the same table that the lists are sorted by.
    """
    order = arguments.order
    assert order.sorting is not None
    # Each in one go: else planners work values out again wherever they are named.
    rows = listed(viewer, children, arguments, below=below).cte("rows").prefix_with("MATERIALIZED")
    values, beside = sorting.places(
        viewer, children.entity, rows, order.sorting, descending=order.descending
    )
    names = [f"value_{number}" for number in range(len(values))]
    labels = [value.label(name) for name, value in zip(names, values, strict=True)]
    of_rows = sa.select(rows.c.id, rows.c.parent, *labels).select_from(rows)
    if beside is not None:
        of_rows = of_rows.outerjoin(beside, beside.c.id == rows.c.id)
    valued = of_rows.cte("valued").prefix_with("MATERIALIZED")
    columns = [*(valued.c[name] for name in names), valued.c.id]
    ordering = [column.desc() if order.descending else column.asc() for column in columns]
    place = sa.func.row_number().over(partition_by=valued.c.parent, order_by=ordering)
    statement = sa.select(*valued.c, place.label("place"))
    if arguments.after is not None:
        ends = [
            sa.bindparam(f"after_{number}", type_=column.type)
            for number, column in enumerate(columns[:-1])
        ]
        here, there = sa.tuple_(*columns), sa.tuple_(*ends, AFTER_ID)
        statement = statement.where(here < there if order.descending else here > there)
    found = statement.subquery("placed")
    return found.c.place, [found.c[name] for name in names]


def _pages_of_ids(
    viewer: Viewer, children: Children, arguments: PageArguments, dialect: str
) -> tuple[Any, sa.Select[Any]]:
    """Make the table of parents, and a correlated select of the ids on one parent's page."""
    parents = _table_of(KEYS, "parents", dialect)
    entity = alias(children.entity, "candidate")
    link = None if children.link is None else alias(children.link, "link")
    # The link's column has the index that gives the children of a parent in order.
    key = entity.id if link is None else getattr(link, children.child)
    parent = _parent_column(children, entity, link)
    statement = _joined(viewer, select_visible(viewer, entity, entity.id), children, entity, link)
    statement = _met(viewer, statement, entity, arguments.condition)
    statement = statement.where(parent == parents.c.value).correlate(parents)
    return parents, _first(statement, entity, key, arguments)


def _table_of(values: sa.BindParameter[Any], name: str, dialect: str) -> Any:
    """Make a table of a list that is one parameter: `value`, and `key`, its place."""
    if dialect == "postgresql":
        unnested = sa.func.unnest(values)
        return unnested.table_valued("value", with_ordinality="key", name=name).render_derived()
    return sa.func.json_each(values).table_valued("key", "value", name=name)


def _in_groups(viewer: Viewer, entity: Any, arguments: PageArguments, dialect: str) -> bool:
    if arguments.orphaned and dialect == "postgresql":
        return False  # it would look for parents row by row, group after group
    return not viewer.administrator and lists_by(entity, arguments.order.columns)


def _page_by_group(
    viewer: Viewer, children: Children, arguments: PageArguments, dialect: str
) -> sa.CompoundSelect[Any]:
    """Select ids of the rows of a page, and of some behind it, by an indexed read for each group.

    What begins the list of all is at the beginning of the list of a group, or of what is the
    viewer's own. So it takes the same however many rows the viewer does not see.
    """
    values = sa.bindparam(None, sorted(viewer.readable), type_=IdList(), unique=True)
    groups = _table_of(values, "shared", dialect)
    theirs, mine = alias(children.entity, "theirs"), alias(children.entity, "mine")
    known = not arguments.order.nullable
    if known:
        groups = _first_groups(viewer, children, arguments, groups, dialect)
    shared = _of_group(viewer, theirs, groups, arguments.order, dialect)
    if known:
        shared = shared.where(*_within_page(theirs, arguments.order, groups))
    own = select_own(viewer, mine, mine.id)
    given = alias(children.entity, "given")
    granted = select_granted(viewer, given, given.id)
    parts = [(theirs, shared), (mine, own)] + ([] if granted is None else [(given, granted)])
    pages = [
        _first(_asked(viewer, ids, children, arguments, entity), entity, entity.id, arguments)
        for entity, ids in parts
    ]
    return _joint(groups, children.entity, pages[0], pages[1:], dialect)


def _first_groups(
    viewer: Viewer, children: Children, arguments: PageArguments, groups: Any, dialect: str
) -> Any:
    """Make the table of the groups that rows of a page can come from.

    A page of 50 rows comes from 50 groups at most: those whose first rows come first. So the first
    row of each group is read, and a page of these groups alone.

    Returns:
        A common table: `value` is the group, `place` what its first row is sorted by first.
    """
    row, head = alias(children.entity, "first_row"), alias(children.entity, "head")
    place = _place(head, arguments.order).label("place")
    firsts = _of_group(viewer, row, groups, arguments.order, dialect)
    firsts = _asked(viewer, firsts, children, arguments, row)
    firsts = firsts.where(*_after(row, row.id, arguments))
    ordering = _ordering(row, row.id, arguments.order)
    firsts = firsts.order_by(*ordering).limit(1)
    if dialect == "postgresql":
        first = firsts.lateral("first")
        found = sa.select(head.group_id.label("value"), place).select_from(groups)
        found = found.join(first, sa.true()).join(head, head.id == first.c.id)
    else:
        found = sa.select(head.group_id.label("value"), place).select_from(groups)
        found = found.join(head, head.id == firsts.scalar_subquery())
    ordering = _ordering(head, head.id, arguments.order)
    return found.order_by(*ordering).limit(FIRST).cte("first_groups")


def _of_group(
    viewer: Viewer, entity: Any, groups: Any, order: Order, dialect: str
) -> sa.Select[Any]:
    """Select the ids of the rows of a group, to be sorted, for each of a table of groups."""
    alone = dialect == "postgresql"
    ids = select_shared(viewer, entity, entity.id, group=groups.c.value, first=alone)
    ids = ids.correlate(groups)
    if not alone:
        return ids
    # The group first, in the direction of the rest: that of an index, or its reverse.
    return ids.order_by(entity.group_id.desc() if order.descending else entity.group_id)


def _within_page(entity: Any, order: Order, groups: Any) -> list[sa.ColumnElement[bool]]:
    """Leave out rows that come behind the first rows of so many groups that these fill the page.

    Args:
        entity: Whose rows are listed.
        order: Of the list.
        groups: As `_first_groups` makes them.
    """
    column = _place(entity, order)
    ends = _ENDS.get(order.columns)
    if ends is None:
        return []
    last = sa.func.min(groups.c.place) if order.descending else sa.func.max(groups.c.place)
    full = sa.select(sa.case((sa.func.count() == FIRST, last))).select_from(groups)
    bound = sa.func.coalesce(full.scalar_subquery(), ends[0] if order.descending else ends[1])
    return [column >= bound if order.descending else column <= bound]


def _place(entity: Any, order: Order) -> Any:
    return getattr(entity, order.columns[0]) if order.columns else entity.id


def _joint(
    groups: Any, model: Any, shared: sa.Select[Any], others: Sequence[sa.Select[Any]], dialect: str
) -> sa.CompoundSelect[Any]:
    """Put together the ids of the pages of groups, each from a correlated select, and others."""
    if dialect == "postgresql":
        wanted = shared.lateral("wanted")
        ids = sa.select(wanted.c.id).select_from(groups).join(wanted, sa.true())
    else:
        row = alias(model, "wanted")
        ids = sa.select(row.id).select_from(groups).join(row, row.id.in_(shared))
    return sa.union_all(ids, *(sa.select(one.subquery().c.id) for one in others))


def _added(*numbers: sa.Select[Any]) -> sa.Select[Any]:
    """Add what selects of one number each find."""
    first, *others = (number.scalar_subquery() for number in numbers)
    return sa.select(sum(others, first))


def _first(
    statement: sa.Select[Any], entity: Any, key: Any, arguments: PageArguments
) -> sa.Select[Any]:
    """Cut a select of ids down to a page of them."""
    order = arguments.order

    def part(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
        ordering = _ordering(entity, key, replace(order, nullable=False))
        return statement.where(*conditions).order_by(*ordering).limit(FIRST)

    behind = _after(entity, key, arguments)
    if not order.nullable:
        return part(*behind)
    (column,) = _sort_columns(entity, order)
    if arguments.after is not None and arguments.after[0] == (None,):
        return part(column.is_(None), *behind)
    # Two reads in the order of the index, for no index has null last in both directions.
    known, unknown = part(column.is_not(None), *behind), part(column.is_(None))
    return _united(known, unknown, column, order)


def _united(
    known: sa.Select[Any], unknown: sa.Select[Any], column: Any, order: Order
) -> sa.Select[Any]:
    """Take the first of two selects of ids: rows with a place, then rows without."""
    parts = [part.add_columns(column.label("place")) for part in (known, unknown)]
    both = sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery("candidates")
    place, key = both.c.place, both.c.id
    ordering = (place.desc(), key.desc()) if order.descending else (place.asc(), key.asc())
    return sa.select(key).order_by(ordering[0].nulls_last(), ordering[1]).limit(FIRST)


def _met(
    viewer: Viewer, statement: sa.Select[Any], entity: Any, condition: Filter | None
) -> sa.Select[Any]:
    """Restrict to the rows that meet a condition."""
    return statement if condition is None else statement.where(condition.build(viewer, entity))


def _asked(
    viewer: Viewer,
    statement: sa.Select[Any],
    children: Children,
    arguments: PageArguments,
    entity: Any,
) -> sa.Select[Any]:
    """Restrict a list of everything to what the arguments ask for."""
    if arguments.orphaned:
        statement = statement.where(_without_parent(viewer, children, entity))
    return _met(viewer, statement, entity, arguments.condition)


def _joined(
    viewer: Viewer, statement: sa.Select[Any], children: Children, entity: Any, link: Any
) -> sa.Select[Any]:
    constant = _constant(children, entity, link)
    if link is None:
        return statement.where(*constant)
    linked = getattr(link, children.child) == entity.id
    return statement.join(link, sa.and_(linked, visible(viewer, link), *constant))


def _constant(children: Children, entity: Any, link: Any) -> list[sa.ColumnElement[bool]]:
    table = entity if link is None else link
    return [getattr(table, column) == value for column, value in children.where]


def _parent_column(children: Children, entity: Any, link: Any) -> Any:
    return getattr(entity if link is None else link, children.parent)


def _without_parent(viewer: Viewer, children: Children, entity: Any) -> sa.ColumnElement[bool]:
    link = alias(children.link, "above")
    linked = sa.exists().where(
        getattr(link, children.child) == entity.id,
        visible(viewer, link),
        *_constant(children, entity, link),
    )
    if children.entity is not models.Image:
        return ~linked
    sample = alias(models.WellSample, "above")
    in_well = sa.exists().where(sample.image_id == entity.id, visible(viewer, sample))
    return sa.and_(~linked, ~in_well)


def _sort_columns(entity: Any, order: Order) -> list[Any]:
    return [getattr(entity, name) for name in order.columns]


def _ordering(entity: Any, key: Any, order: Order) -> list[sa.ColumnElement[Any]]:
    columns = [*_sort_columns(entity, order), key]
    ordering = [column.desc() if order.descending else column.asc() for column in columns]
    if order.nullable:
        ordering[0] = ordering[0].nulls_last()
    return ordering


def _after(entity: Any, key: Any, arguments: PageArguments) -> list[sa.ColumnElement[bool]]:
    """Restrict to the rows behind the cursor, among those that have a place or have none."""
    order = arguments.order
    if arguments.after is None:
        return []
    columns = _sort_columns(entity, order)
    if not columns or None in arguments.after[0]:
        return [key < AFTER_ID if order.descending else key > AFTER_ID]
    places = [
        sa.bindparam(f"after_{number}", type_=column.type) for number, column in enumerate(columns)
    ]
    here, there = sa.tuple_(*columns, key), sa.tuple_(*places, AFTER_ID)
    return [here < there if order.descending else here > there]
