"""A GraphQL selection → a tree of set-based reads that completes whole columns at a time."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedOutputType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.schema.schema_converter import GraphQLCoreConverter

if TYPE_CHECKING:
    from strawberry.types.field import StrawberryField

    from schema.context import Context, Facts
    from store.access import Viewer

type Values = Sequence[Any]
"""One value for each row of a batch, in the order of the rows."""
type Producer = Callable[[Batch], Values]
"""Gives the completed values of one field for all rows of a batch."""
type RowShape = Shape[Batch]
type Completer = Callable[[Any], Any]
"""Turns one value into what is sent."""

STATEMENTS_KEPT = 4
"""Statements of one level that are kept, for the latest viewers and orders."""

_UNCHANGED = frozenset({"String", "Boolean", "Int", "ID"})


class UnplannedError(Exception):
    """A field that only ordinary resolution can answer.

    Attributes:
        field: Type and name, such as "Query.lookupTables".
        reason: Why.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, eq=False, slots=True)
class Selection:
    """One field at one place of a document; compared by identity."""

    key: str
    """Its name in the response."""
    parent: GraphQLObjectType
    definition: GraphQLField
    details: list[FieldDetails]
    """The field nodes that are merged here."""

    @property
    def name(self) -> str:
        """Type and field, such as "Dataset.images"."""
        return f"{self.parent.name}.{self.details[0].node.name.value}"

    @property
    def strawberry(self) -> StrawberryField:
        """The declaration."""
        return cast(
            "StrawberryField", self.definition.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        )

    @property
    def type(self) -> GraphQLNamedOutputType:
        """What it gives, without lists and non-null."""
        return cast("GraphQLNamedOutputType", get_named_type(self.definition.type))

    @property
    def required(self) -> bool:
        """Whether null would break the schema."""
        return isinstance(self.definition.type, GraphQLNonNull)

    def unplanned(self, reason: str) -> UnplannedError:
        """Make the error that says that this field cannot be planned."""
        return UnplannedError(self.name, reason)


class Level:
    """The rows that one statement reads: an entity, and the columns that the fields need."""

    def __init__(self, entity: Any) -> None:
        self.entity = entity
        self._names: list[str] = []
        self._statements: dict[Any, sa.Select[Any]] = {}

    def need(self, name: str) -> int:
        """Return the position of a column in the rows; it will be read."""
        if name not in self._names:
            self._names.append(name)
        return self._names.index(name)

    @property
    def columns(self) -> list[Any]:
        """What to select."""
        return [getattr(self.entity, name) for name in self._names]

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self._names)

    def statement(
        self, viewer: Viewer, variant: Any, make: Callable[[], sa.Select[Any]]
    ) -> sa.Select[Any]:
        """Return a statement, made once for each viewer and variant.

        SQLAlchemy compiles it once for all viewers; keeping the object saves building it.
        """
        key = (viewer, variant)
        statement = self._statements.get(key)
        if statement is None:
            if len(self._statements) >= STATEMENTS_KEPT:
                self._statements = {}
            statement = self._statements[key] = make()
        return statement


class Batch:
    """Rows of one level, as columns."""

    __slots__ = ("_facts", "columns", "context", "size")

    def __init__(self, context: Context, rows: Sequence[Any], width: int) -> None:
        self.context = context
        self.size = len(rows)
        self.columns: Sequence[Values] = list(zip(*rows, strict=True)) if rows else [()] * width
        self._facts: dict[Facts, Mapping[int, Any]] = {}

    def facts(self, read: Facts, ids: Values) -> Mapping[int, Any]:
        """Read the facts behind derived fields, once for all fields that share them."""
        if read not in self._facts:
            self._facts[read] = read(self.context, list(dict.fromkeys(ids)))
        return self._facts[read]


class Shape[Source]:
    """What is sent of each of many things: response names, and where the values come from."""

    def __init__(
        self, fields: Mapping[str, Callable[[Source], Values]], number: Callable[[Source], int]
    ) -> None:
        """Say what is sent.

        Args:
            fields: By response name.
            number: How many things there are; only where all fields are skipped.
        """
        self._number = number
        self._producers = tuple(fields.values())
        self._assemble = assembler(tuple(fields)) if fields else None

    def complete(self, source: Source) -> list[dict[str, Any]]:
        """Return the objects of all things of a source, in their order."""
        if self._assemble is None:
            return [{} for _ in range(self._number(source))]
        return self._assemble([produce(source) for produce in self._producers])


def assembler(keys: tuple[str, ...]) -> Callable[[Sequence[Values]], list[dict[str, Any]]]:
    """Make the function that turns columns into one dictionary for each row.

    It is written out and compiled, as those of `collections.namedtuple` are: a display of
    constant keys is built in a third of the time of dict(zip(keys, row)).

    Args:
        keys: Response names, each an identifier by GraphQL's grammar.
    """
    assert all(key.isidentifier() and key.isascii() for key in keys)
    names = [f"v{number}" for number in range(len(keys))]
    pairs = ", ".join(f"{key!r}: {name}" for key, name in zip(keys, names, strict=True))
    row = "".join(f"{name}, " for name in names)
    text = f"lambda columns: [{{{pairs}}} for {row} in zip(*columns, strict=True)]"
    made: Callable[[Sequence[Values]], list[dict[str, Any]]] = eval(text)  # noqa: S307
    return made


class Builder:
    """Makes the plan of one operation, for given values of the variables that choose fields."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        variables: VariableValues,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = fragments
        self._variables = variables
        self.checks: list[tuple[Selection, Any]] = []
        """Selections with arguments, and the sources that check them."""

    def roots(self) -> Iterator[Selection]:
        """Iterate over the fields of the operation's root."""
        root = self._schema.get_root_type(self._operation.operation)
        assert root is not None
        found = collect_fields(
            self._schema, self._fragments, self._variables, root, self._operation
        )
        for key, details in found.grouped_field_set.items():
            definition = root.fields.get(details[0].node.name.value)
            if definition is not None:
                yield Selection(key, root, definition, details)

    def select(
        self, parent: GraphQLObjectType, selection: Selection
    ) -> Iterator[tuple[str, Selection | None]]:
        """Iterate over what is selected of a type: response name and field.

        The field is None for `__typename`.
        """
        found = collect_subfields(
            self._schema,
            self._fragments,
            self._variables,
            self._operation,
            parent,
            selection.details,
        )
        for key, details in found.grouped_field_set.items():
            name = details[0].node.name.value
            if name == "__typename":
                yield key, None
            else:
                yield key, Selection(key, parent, parent.fields[name], details)

    def checking(self, selection: Selection, source: Any) -> None:
        """Have the arguments of a field checked before anything is read."""
        self.checks.append((selection, source))

    def possible(self, selection: Selection) -> Mapping[str, GraphQLObjectType]:
        """Return the object types that a field of an interface may give, by name."""
        type_ = cast("GraphQLInterfaceType", selection.type)
        return {found.name: found for found in self._schema.get_possible_types(type_)}

    def rows(self, selection: Selection) -> tuple[Level, RowShape]:
        """Plan the objects that a field gives, as rows of one level."""
        type_ = cast("GraphQLObjectType", selection.type)
        level = Level(entity_of(type_))
        return level, self.shape(level, type_, selection)

    def shape(self, level: Level, type_: GraphQLObjectType, selection: Selection) -> RowShape:
        """Plan what is selected of the rows of a level."""
        return Shape(
            {
                key: constant(type_.name) if field is None else self._producer(level, field)
                for key, field in self.select(type_, selection)
            },
            operator.attrgetter("size"),
        )

    def _producer(self, level: Level, selection: Selection) -> Producer:
        source = source_of(selection)
        if source is not None:
            producer: Producer = source.plan(self, level, selection)
            return producer
        field = selection.strawberry
        if field.base_resolver is not None or field.extensions:
            raise selection.unplanned("it has a resolver of its own")
        return column(level.need(field.python_name), self.completer(selection))

    def completer(self, selection: Selection) -> Completer | None:
        """Plan how one value of a field is completed; None where it is sent as it is."""
        return self._completer(selection.definition.type, selection)

    def _completer(self, type_: GraphQLOutputType, selection: Selection) -> Completer | None:
        if isinstance(type_, GraphQLNonNull):
            return self._completer(type_.of_type, selection)
        if isinstance(type_, GraphQLList):
            return _each(self._completer(type_.of_type, selection))
        if is_leaf_type(type_):
            return _leaf(type_)
        return self._value(cast("GraphQLObjectType", type_), selection)

    def _value(self, type_: GraphQLObjectType, selection: Selection) -> Completer:
        """Plan an object that is no row but a Python value, such as a length."""
        parts: list[tuple[str, str | None, Completer | None]] = []
        for key, field in self.select(type_, selection):
            if field is None:
                parts.append((key, None, None))
                continue
            if field.strawberry.base_resolver is not None or field.strawberry.extensions:
                raise field.unplanned("it has a resolver of its own")
            parts.append((key, field.strawberry.python_name, self.completer(field)))
        name = type_.name

        def complete(value: Any) -> dict[str, Any]:
            done = {}
            for key, attribute, inner in parts:
                found = name if attribute is None else getattr(value, attribute)
                done[key] = found if inner is None or found is None else inner(found)
            return done

        return complete


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """How one field of the root is answered."""

    selection: Selection
    checks: Sequence[tuple[Selection, Any]]
    run: Callable[[Context], Any]
    """Reads and completes."""

    def check(self, context: Context) -> None:
        """Check the arguments of the field and of all fields below it, before anything is read.

        Raises:
            InvalidInputError: One that can never work.
        """
        for selection, source in self.checks:
            node = selection.details[0].node
            given = get_argument_values(selection.definition, node, context.variables)
            values = {source.names[name]: value for name, value in given.items()}
            context.bound[selection] = source.check(selection.name, values)


def source_of(selection: Selection) -> Any:
    """Return the `schema.fields.Source` that a field declares, None if it has none."""
    for extension in selection.strawberry.extensions:
        if hasattr(extension, "plan"):
            return extension
    return None


def entity_of(type_: GraphQLNamedOutputType) -> Any:
    """Return the class of `store.models` whose rows a GraphQL type shows."""
    return type_.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].origin.entity


def column(position: int, complete: Completer | None = None) -> Producer:
    """Make a producer that gives a column of the rows, completed."""
    if complete is None:
        return lambda batch: batch.columns[position]
    return lambda batch: mapped(complete, batch.columns[position])


def constant(value: Any) -> Producer:
    """Make a producer that gives the same value for every row."""
    return lambda batch: [value] * batch.size


def mapped(function: Completer, values: Values) -> Values:
    """Apply a function to each value that is not None, once for equal ones."""
    known = {value: None if value is None else function(value) for value in set(values)}
    return [known[value] for value in values]


def _each(inner: Completer | None) -> Completer:
    if inner is None:
        return list
    return lambda values: [None if value is None else inner(value) for value in values]


def _leaf(type_: GraphQLNamedOutputType) -> Completer | None:
    if type_.name in _UNCHANGED:
        return None
    if type_.name == "Float":
        return float
    if isinstance(type_, GraphQLEnumType):
        return lambda value: value.name
    return cast("GraphQLScalarType", type_).coerce_output_value
