"""What a field is made of: declared once, resolved one by one or planned for whole columns."""

import dataclasses
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, cast, dataclass_transform

import numpy as np
import strawberry
from graphql import GraphQLNamedOutputType, get_named_type, is_interface_type
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.types import Info
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from schema import connections, facets, filterable, reads
from schema.columns import Columns
from schema.completing import Failure, Late, Put
from schema.context import Context, Facts
from schema.levels import Batch, Level, Producer, Reference, table_of
from schema.orders import order_of, orders_of, sorted_by_keys
from schema.pagination import (
    FIRST_DEFAULT,
    Page,
    PageArguments,
    page_arguments,
)
from schema.plan import Builder, Selection, declared_name, entity_of, is_rows
from schema.texts import Mapped, Packed, Values, different, listed, numbers_of, packed, taken
from store.errors import StoreError


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a field."""

    name: str
    annotation: Any
    description: str
    default: Any = inspect.Parameter.empty


def field(
    description: str,
    source: "Source | None" = None,
    *,
    name: str | None = None,
    init: bool = True,
) -> Any:
    """Declare a field of a type.

    Args:
        description: For the people who read the schema.
        source: Where its values come from; without one it is the column (or, of a type without
            rows, the attribute) of the same name.
        name: In GraphQL, where it is not the Python name in camel case.
        init: False for fields of values that are computed, not given when the value is made.
    """
    return strawberry.field(
        name=name,
        description=description,
        extensions=[source] if source else [],
        default=dataclasses.MISSING if init else None,
    )


def entity[T: type](model: Any) -> Callable[[T], T]:
    """Make a class the GraphQL type of the rows of a table; its docstring is the description."""

    def decorate(cls: T) -> T:
        cls.is_type_of = classmethod(lambda _, row, __: isinstance(row, model))  # type: ignore[attr-defined]
        declared = strawberry.type(cls, description=inspect.getdoc(cls))
        declared.entity = model  # type: ignore[attr-defined]
        filterable.declare(model, declared)
        return declared

    return decorate


def interface[T: type](model: Any) -> Callable[[T], T]:
    """Make a class the GraphQL interface of all kinds of rows of a table, told apart by `kind`.

    Its possible types are made by `entity` of the kinds. Its docstring is the description.
    """

    def decorate(cls: T) -> T:
        declared = strawberry.interface(cls, description=inspect.getdoc(cls))
        declared.entity = model  # type: ignore[attr-defined]
        filterable.declare(model, declared)
        return declared

    return decorate


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def value[T: type](cls: T) -> T:
    """Make a class the GraphQL type of Python values; its docstring is the description."""
    return strawberry.type(cls, description=inspect.getdoc(cls))


class Source(FieldExtension):
    """Where the values of a field come from.

    A source says it twice: `resolve` for one object, as Strawberry's executor asks, and `plan`
    for all rows of a level at once. Tests compare the two on random documents.
    """

    arguments: Sequence[Argument] = ()
    typed: ClassVar[bool] = False
    """Whether values depend on the type of the row, besides its columns."""

    @property
    def names(self) -> Mapping[str, str]:
        """Python names of the arguments by GraphQL name."""
        return {to_camel_case(argument.name): argument.name for argument in self.arguments}

    def apply(self, field: StrawberryField) -> None:
        """Give the field its arguments."""
        field.arguments = [
            StrawberryArgument(
                python_name=argument.name,
                graphql_name=None,
                type_annotation=StrawberryAnnotation(argument.annotation),
                description=argument.description,
                default=argument.default,
            )
            for argument in self.arguments
        ]

    def check(self, place: str, values: Mapping[str, Any]) -> Any:
        """Check the arguments and return them in the form that the source works with.

        Args:
            place: Type and field, for messages.
            values: By Python name.

        Raises:
            InvalidInputError: They can never work.
        """
        return values

    def filtered(self, name: str) -> Any:
        """Say where the values of a field are, for filtering lists by it.

        Args:
            name: Of the field, in Python.

        Returns:
            Columns and the function that converts them; or which columns of two tables are
            equal; or `Children`; None if lists cannot be filtered by the field.
        """
        return None

    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        """Return the value for one object, or an awaitable of it."""
        raise NotImplementedError

    def plan(self, builder: Builder, level: Level, selection: Selection) -> Producer:
        """Plan the completed values for all rows of a level."""
        raise NotImplementedError

    def plan_value(self, builder: Builder, selection: Selection) -> Put:
        """Plan how the field of a Python value is sent."""
        raise selection.unplanned("its source is for rows, not for values")


class GlobalId(Source):
    """The id of a row with its type, such as `Image:42`."""

    typed = True

    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        """Name type and row; types are named as the entities are."""
        return f"{type(source).__name__}:{source.id}"

    def plan(self, builder: Builder, level: Level, selection: Selection) -> Producer:
        """Name type and rows."""
        position, name = level.need("id"), selection.parent.name
        return lambda batch: _named(name, batch.columns[position])


def _named(name: str, keys: Values) -> Values:
    """Put the name of a type before each id: in one text, in a third of the time of one by one."""
    if not keys:
        return ()
    between = f'","{name}:'.encode()
    text = packed(keys)[1:-1].replace(b",", between)
    return Packed(b"".join((b"[", between[2:], text, b'"]')), len(keys))


class Column(Source):
    """Columns of the row, put in another form by a pure function."""

    def __init__(self, convert: Callable[..., Any], *names: str, cached: bool = True) -> None:
        self._convert = convert
        self._names = names
        self._cached = cached
        """Whether equal values are converted once; they have to be hashable."""

    def _columns(self, name: str) -> Sequence[str]:
        return self._names or (name,)

    def filtered(self, name: str) -> Any:
        """Give the columns and what converts them."""
        return tuple(self._columns(name)), self._convert

    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        """Convert the columns of one row."""
        found = [getattr(source, name) for name in self._columns(info.python_name)]
        return None if found[0] is None else self._convert(*found)

    def plan(self, builder: Builder, level: Level, selection: Selection) -> Producer:
        """Convert the columns of all rows."""
        names = self._columns(selection.strawberry.python_name)
        positions = [level.need(name) for name in names]
        complete = builder.completer(selection)

        def converted(context: Context, rows: Iterable[Any]) -> Values:
            values = [None if row[0] is None else self._convert(*row) for row in rows]
            return values if complete is None else complete(context, values)

        def produce(batch: Batch) -> Values:
            columns = [batch.columns[position] for position in positions]
            if not self._cached:
                return converted(batch.context, zip(*columns, strict=True))
            first, *others = columns
            if not any(map(_various, others)):
                # Such as lengths in one unit: the first column alone says what is equal.
                same = [other[0] for other in others if other]
                keys = different(first)
                done = converted(batch.context, [(key, *same) for key in keys])
                return Mapped(dict(zip(keys, done, strict=True)), first)
            rows = list(zip(*columns, strict=True))
            some = dict.fromkeys(rows)
            return Mapped(dict(zip(some, converted(batch.context, some), strict=True)), rows)

        return produce


def _various(values: Values) -> bool:
    return len(different(values)) > 1


class One(Source):
    """The one row of another entity that belongs to this row."""

    def __init__(self, column: str | None = None, *, theirs: str | None = None) -> None:
        """Say which columns are equal.

        Args:
            column: Column of this row that names the other row.
            theirs: Or column of the other row that names this one.
        """
        self._mine = column or "id"
        self._theirs = theirs or "id"

    def filtered(self, name: str) -> Any:
        """Give the columns that are equal."""
        return self._mine, self._theirs

    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        """Load the other row, together with those of other rows."""
        key = getattr(source, self._mine)
        return None if key is None else load_row(info, entity_of(type_of(info)), self._theirs, key)

    def plan(self, builder: Builder, level: Level, selection: Selection) -> Producer:
        """Read the other rows of all rows by one statement."""
        position = level.need(self._mine)
        below, shape = builder.rows(selection)
        theirs = below.need(self._theirs)

        def produce(batch: Batch) -> Values:
            keys = set(batch.columns[position]) - {None}
            found = below.read(batch.context, self._theirs, keys)
            rows = {key: row for row, key in enumerate(found.columns[theirs])}
            places = [rows.get(key, -1) for key in batch.columns[position]]
            return _required(selection, taken(shape.complete(found), places))

        return produce


class Many(Source):
    """All rows of another entity that belong to this row: lists that are short by nature."""

    def __init__(self, children: reads.Children, order: str) -> None:
        """Say what is listed.

        Args:
            children: How the rows belong to this one.
            order: Column that they are sorted by: of the link, where there is one.
        """
        self._children = children
        self._order = order

    def filtered(self, name: str) -> Any:
        """Give what is listed."""
        return self._children

    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        """Load the list, together with those of other rows."""
        context: Context = info.context

        def read(keys: Sequence[int]) -> dict[int, list[Any]]:
            found: dict[int, list[Any]] = {key: [] for key in keys}
            select = [self._children.entity]
            statement = reads.lists(context.viewer, self._children, self._order, select)
            for row, parent in context.entities(statement, {"keys": list(keys)}):
                found[parent].append(row)
            return found

        return context.load(self, read, source.id)

    def plan(self, builder: Builder, level: Level, selection: Selection) -> Producer:
        """Read the lists of all rows by one statement."""
        position = level.need("id")
        below, shape = builder.rows(selection)

        def produce(batch: Batch) -> Values:
            keys = batch.columns[position]
            found = self._read(batch.context, below, list(dict.fromkeys(keys)))
            parents, wanted = numbers_of(found.columns[-1]), numbers_of(keys)
            bounds = [np.searchsorted(parents, wanted, side) for side in ("left", "right")]
            return listed(shape.complete(found), np.array(bounds))

        return produce

    def _read(self, context: Context, level: Level, keys: list[int]) -> Batch:
        if not keys:
            return Batch(context, [()] * (level.width + 1))
        statement = level.statement(
            context.viewer,
            self,
            lambda: Columns(
                reads.lists(context.viewer, self._children, self._order, level.columns)
            ),
        )
        return Batch(context, context.columns(statement, {"keys": keys}))


class Paged(Source):
    """A list of rows of another entity that may be long: a Relay connection."""

    def __init__(
        self,
        children: reads.Children,
        order: str = "ID_ASC",
        first: int = FIRST_DEFAULT,
    ) -> None:
        """Say what is listed.

        Args:
            children: How the rows belong to this one.
            order: Name of the order where none is asked for; see `schema.orders`.
            first: Size of a page where none is asked for.
        """
        self.children = children
        self._order = order_of(children.entity, order)
        self._first = first
        orders = orders_of(children.entity)
        self.arguments = [
            Argument("first", int | None, "Size of the page: 0 to 500.", first),
            Argument("after", str | None, "Cursor of the row before the page."),
            Argument("order_by", orders | None, "How the list is sorted.", orders[order]),
            Argument(
                "filter",
                filterable.filter_of(children.entity).annotation | None,
                "What the rows have to be.",
                None,
            ),
        ]
        if sorted_by_keys(children.entity):
            text = "Key whose values the list is sorted by, of KEY_VALUE_ASC and KEY_VALUE_DESC."
            self.arguments.append(Argument("order_key", str | None, text, None))

    def filtered(self, name: str) -> Any:
        """Give what is listed."""
        return self.children

    def check(self, place: str, values: Mapping[str, Any]) -> PageArguments:
        """Check size, filter and cursor of the page."""
        entity = self.children.entity
        condition = filterable.checked(entity, values.get("filter"), f"{place} filter")
        return page_arguments(place, values, self._order, self._first, condition)

    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        """Load the page, together with those of other rows."""
        context: Context = info.context
        arguments = self.check(place(info), kwargs)

        def read(keys: Sequence[int]) -> Mapping[int, Page]:
            return load_pages(context, self.children, arguments, keys)

        return context.load((self, arguments), read, source.id)

    def plan(self, builder: Builder, level: Level, selection: Selection) -> Producer:
        """Read the pages of all rows by one statement."""
        builder.checking(selection, self)
        position = level.need("id")
        below = connections.ConnectionPlan(builder, selection)

        def produce(batch: Batch) -> Values:
            arguments = batch.context.bound[selection]
            return below.complete(batch.context, self.children, arguments, batch.columns[position])

        return produce


class Derived(Source):
    """A value computed from facts that are read for many rows at once."""

    def __init__(
        self,
        facts: Facts,
        compute: Callable[..., Any],
        arguments: Sequence[Argument] = (),
        check: Callable[[str, Mapping[str, Any]], Mapping[str, Any]] | None = None,
    ) -> None:
        """Say how it is computed.

        Args:
            facts: Reads what is needed for rows by id; shared by all fields that name it.
            compute: The facts of one row (None if there are none) and the arguments → value.
            arguments: Of the field.
            check: Checks them.
        """
        self._facts = facts
        self._compute = compute
        self._check = check
        self.arguments = arguments

    def check(self, place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Check the arguments."""
        return values if self._check is None else self._check(place, values)

    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Awaitable[Any]:
        """Compute the value of one row, from facts loaded together with those of other rows."""
        context: Context = info.context
        arguments = self.check(place(info), kwargs)
        key = source.id

        async def compute() -> Any:
            found = await context.load(self._facts, lambda ids: self._facts(context, ids), key)
            value = loaded(info, self._compute(found, **arguments))
            return await value if inspect.isawaitable(value) else value

        return compute()

    def plan(self, builder: Builder, level: Level, selection: Selection) -> Producer:
        """Compute the values of all rows, from facts read once."""
        builder.checking(selection, self)
        position = level.need("id")
        complete = builder.completer(selection)

        def produce(batch: Batch) -> Values:
            arguments = batch.context.bound[selection]
            ids = batch.columns[position]
            found = batch.facts(self._facts, ids)
            values = [self._compute(found.get(key), **arguments) for key in ids]
            return values if complete is None else complete(batch.context, values)

        return produce


class AnyOf(Source):
    """The row of any type that this row names by type and id; null where nobody may see it."""

    def __init__(self, kind: str, key: str) -> None:
        """Say which columns name it.

        Args:
            kind: Column with the name of its type, or of the class of its table.
            key: Column with its id.
        """
        self._kind = kind
        self._key = key

    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        """Load the row, together with others of its table."""
        return load_node(info, (getattr(source, self._kind), getattr(source, self._key)))

    def plan(self, builder: Builder, level: Level, selection: Selection) -> Producer:
        """Read the rows that all rows name, by one statement for each table."""
        kinds, keys = level.need(self._kind), level.need(self._key)
        nodes = builder.nodes(selection)

        def produce(batch: Batch) -> Values:
            wanted = list(zip(batch.columns[kinds], batch.columns[keys], strict=True))
            return _required(selection, nodes.read(batch.context, wanted))

        return produce


class Named(Source):
    """Rows that a Python value names: its attribute is made by `named`, None, or a list of them.

    Those of all values of a column are read at once. The field's type is an interface, or the
    type of an entity.
    """

    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        """Load the rows, together with others."""
        return loaded(info, getattr(source, info.python_name))

    def plan(self, builder: Builder, level: Level, selection: Selection) -> Producer:
        """Refuse: rows name others by `One` and `AnyOf`."""
        raise selection.unplanned("its source is for values, not for rows")

    def plan_value(self, builder: Builder, selection: Selection) -> Put:
        """Plan the rows."""
        return builder.attribute(selection)


class Computed(Source):
    """A field of a Python value, computed from the value and from arguments by a pure function.

    Where the function raises an error of `store.errors`, null is sent and the error is told, so
    the field must be nullable. Declare it so that values are made without it:
    `field("…", Computed(convert, [Argument(…)]), name="in", init=False)`.
    """

    def __init__(
        self,
        compute: Callable[..., Any],
        arguments: Sequence[Argument] = (),
        check: Callable[[str, Mapping[str, Any]], Mapping[str, Any]] | None = None,
    ) -> None:
        """Say how it is computed.

        Args:
            compute: The value and the arguments by Python name → what is sent.
            arguments: Of the field.
            check: Checks them before anything is read.
        """
        self._compute = compute
        self._check = check
        self.arguments = arguments

    def check(self, place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Check the arguments."""
        return values if self._check is None else self._check(place, values)

    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        """Compute it for one value."""
        return self._compute(source, **self.check(place(info), kwargs))

    def plan(self, builder: Builder, level: Level, selection: Selection) -> Producer:
        """Refuse: fields of rows are computed by `Column` and `Derived`."""
        raise selection.unplanned("its source is for values, not for rows")

    def plan_value(self, builder: Builder, selection: Selection) -> Put:
        """Plan the computation."""
        if selection.required:
            raise selection.unplanned("it may fail, so it has to be nullable")
        builder.checking(selection, self)
        inner = builder.inner(selection)

        def put(done: dict[str, Any], key: str, value: Any, late: Late) -> None:
            try:
                found = self._compute(value, **late.context.bound[selection])
            except StoreError as error:
                failure = Failure(selection, error)
                late.context.failures.append(failure)
                done[key] = failure.mark
            else:
                inner(done, key, found, late)

        return put


def counted_children(children: reads.Children) -> Derived:
    """Make the source of a field that counts children."""

    def count(context: Context, ids: Sequence[int]) -> Mapping[int, int]:
        return connections.counted(context, children, ids)

    return Derived(count, lambda number: number or 0)


def load_row(info: Info, entity: Any, column: str, key: int) -> Any:
    """Load one row for an ordinary resolver, together with others: an awaitable."""
    context: Context = info.context

    def read(keys: Sequence[int]) -> dict[int, Any]:
        statement = reads.rows_by(context.viewer, entity, column, [entity])
        rows = context.entities(statement, {"keys": list(keys)})
        return {getattr(row, column): row for (row,) in rows}

    return context.load((entity, column), read, key)


def named(kind: str, key: int) -> Any:
    """Name a row, as the value of a field that shows it: a `Reference`, whatever the field's type.

    Args:
        kind: Name of its type, or of the class of its table.
        key: Its id.
    """
    return (kind, key)


def load_node(info: Info, wanted: Reference) -> Any:
    """Load the row of any type for an ordinary resolver, with others of its table: an awaitable.

    None if it is of no type that the field may give.
    """
    raw, (name, key) = info._raw_info, wanted
    type_ = type_of(info)
    possible = raw.schema.get_possible_types(type_) if is_interface_type(type_) else [type_]
    tables = {found.name: table_of(entity_of(found)) for found in possible}
    table = next((one for one in tables.values() if one.__name__ == name), tables.get(name))
    if table is None:
        return None

    async def load() -> Any:
        row = await load_row(info, table, "id", key)
        kind = type(row).__name__
        return row if kind in tables and name in (kind, table.__name__) else None

    return load()


def loaded(info: Info, value: Any) -> Any:
    """Load the rows that a value names, where the field gives rows; else return it as it is."""
    if value is None or not is_rows(type_of(info)):
        return value
    if isinstance(value, list):
        return [loaded(info, one) for one in value]
    return load_node(info, value)


def load_pages(
    context: Context,
    children: reads.Children,
    arguments: PageArguments,
    keys: Sequence[int] | None,
) -> dict[Any, Page]:
    """Load pages of entities for the ordinary resolvers of connections.

    Args:
        context: Of the request.
        children: What is listed.
        arguments: Which page.
        keys: The parents; None for the one list of everything.

    Returns:
        The pages by parent; of everything under the key None.
    """
    select, sorted_by = [children.entity], arguments.order.width
    connections.check_sorted(context, children, arguments, keys)
    dialect = context.database.dialect
    if keys is None:
        statement = reads.page(context.viewer, children, arguments, select, dialect)
    else:
        statement = reads.pages(context.viewer, children, arguments, select, dialect)
    groups: dict[Any, list[Any]] = {key: [] for key in ([None] if keys is None else keys)}
    for row in context.entities(statement, reads.page_values(arguments, keys)):
        groups[None if keys is None else row[-1]].append(row)

    def count(key: Any) -> Any:
        if keys is None:
            return connections.totals(context, children, arguments, None)[0]
        name = (children, arguments.condition, "count")

        def read(ids: Sequence[int]) -> Mapping[int, int]:
            found = connections.counted(context, children, ids, arguments.condition)
            return dict.fromkeys(ids, 0) | dict(found)

        return context.load(name, read, key)

    def tally(key: Any, what: str, values: Mapping[str, Any]) -> Any:
        asked = facets.Check(children.entity, what).check(what, values)
        if keys is None:
            return facets.tally(context, children, arguments, asked, None)[None]

        def read(ids: Sequence[int]) -> Mapping[Any, Any]:
            return facets.tally(context, children, arguments, asked, ids)

        return context.load((children, arguments.condition, asked), read, key)

    return {
        key: Page(
            arguments=arguments,
            nodes=[row[0] for row in rows[: arguments.first]],
            values=[tuple(row[1 : 1 + sorted_by]) for row in rows[: arguments.first]],
            has_next=len(rows) > arguments.first,
            count=partial(count, key),
            tally=partial(tally, key),
        )
        for key, rows in groups.items()
    }


def place(info: Info) -> str:
    """Return the type that declares the field being resolved, and it: "Dataset.images"."""
    raw = info._raw_info  # Strawberry has no other way to the parent type
    definition = raw.parent_type.fields[raw.field_name]
    return declared_name(definition, raw.parent_type, raw.field_name)


def type_of(info: Info) -> GraphQLNamedOutputType:
    """Return the type that is being resolved, without lists and non-null."""
    raw = info._raw_info
    return cast("GraphQLNamedOutputType", get_named_type(raw.return_type))


def _required(selection: Selection, values: Values) -> Values:
    """Refuse to send null where the schema promises a value, as graphql-core does."""
    if selection.required and None in values:
        msg = f"Cannot return null for non-nullable field {selection.name}."
        raise TypeError(msg)
    return values
