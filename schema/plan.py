"""A GraphQL selection → a tree of set-based reads that completes whole columns at a time."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedOutputType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_interface_type,
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
from strawberry.types.arguments import convert_arguments

from schema.completing import (
    ColumnCompleter,
    Completer,
    Put,
    Rows,
    attribute,
    constant,
    elements,
    given,
    leaf,
    whole,
)
from schema.errors import DocumentLimitError
from schema.levels import (
    Batch,
    Kinds,
    Level,
    Nodes,
    Part,
    Producer,
    RowShape,
    Shape,
    mapped,
    table_of,
)
from schema.levels import column as column_of
from schema.levels import constant as constantly

if TYPE_CHECKING:
    from strawberry.types.field import StrawberryField

    from schema.context import Context

__all__ = [
    "Batch",
    "Builder",
    "FieldPlan",
    "Kinds",
    "Level",
    "Nodes",
    "Producer",
    "RowShape",
    "Selection",
    "Shape",
    "UnplannedError",
    "entity_of",
    "mapped",
    "source_of",
]

SHAPES_MAX = 5_000
"""Types at places of one document that are planned; references to any type multiply them."""


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
        """Type that declares it, and field, such as "Dataset.images"."""
        return declared_name(self.definition, self.parent, self.details[0].node.name.value)

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
        self._shapes = 0
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

    def possible(self, type_: GraphQLNamedOutputType) -> Mapping[str, GraphQLObjectType]:
        """Return the object types that a field of a type may give, by name."""
        if is_interface_type(type_):
            return {found.name: found for found in self._schema.get_possible_types(type_)}
        return {type_.name: cast("GraphQLObjectType", type_)}

    def rows(self, selection: Selection) -> tuple[Level, RowShape]:
        """Plan the objects that a field gives, as rows of one level."""
        level = Level(entity_of(selection.type))
        return level, self.shape(level, selection.type, selection)

    def shape(self, level: Level, type_: GraphQLNamedOutputType, selection: Selection) -> RowShape:
        """Plan what is selected of the rows of a level.

        Args:
            level: Rows of one type, or of all the types of an interface in one table.
            type_: What they are.
            selection: The field below which it is selected.
        """
        if is_interface_type(type_):
            return self._kinds(level, self.possible(type_), selection)
        type_ = cast("GraphQLObjectType", type_)
        return Shape(
            {
                key: constantly(type_.name) if field is None else self._producer(level, field)
                for key, field in self._selected(type_, selection)
            },
            operator.attrgetter("size"),
        )

    def _kinds(
        self, level: Level, types: Mapping[str, GraphQLObjectType], selection: Selection
    ) -> Kinds:
        """Plan rows of several types in one table: fields that they share are planned once."""
        numbers: dict[Any, int] = {}
        parts: list[Part] = []
        kinds: dict[str, dict[str, int]] = {}
        for name, type_ in types.items():
            kinds[name] = {}
            for key, field in self._selected(type_, selection):
                token = (name, key) if field is None else _token(field)
                if token not in numbers:
                    numbers[token] = len(parts)
                    made = constantly(name) if field is None else self._producer(level, field)
                    parts.append(Part(made, set()))
                parts[numbers[token]].kinds.add(name)
                kinds[name][key] = numbers[token]
        return Kinds(level.need("kind"), parts, kinds)

    def nodes(self, selection: Selection) -> Nodes:
        """Plan rows that are named by type and id: one statement for each table, for all rows."""
        tables: dict[Any, dict[str, GraphQLObjectType]] = {}
        for name, type_ in self.possible(selection.type).items():
            tables.setdefault(table_of(entity_of(type_)), {})[name] = type_
        readers: dict[str, tuple[Level, RowShape]] = {}
        for table, types in tables.items():
            level = Level(table)
            kinds = table.__mapper__.polymorphic_on is not None
            (first, *_) = types.values()
            readers[table.__name__] = (
                level,
                self._kinds(level, types, selection)
                if kinds
                else self.shape(level, first, selection),
            )
        names = {name: table.__name__ for table, types in tables.items() for name in types}
        return Nodes(readers, names)

    def _selected(
        self, type_: GraphQLObjectType, selection: Selection
    ) -> Iterator[tuple[str, Selection | None]]:
        self._shapes += 1
        if self._shapes > SHAPES_MAX:
            raise DocumentLimitError(
                "types",
                SHAPES_MAX,
                self._shapes,
                f"The document asks for fields of more than {SHAPES_MAX:,} types at its places.",
            )
        return self.select(type_, selection)

    def _producer(self, level: Level, selection: Selection) -> Producer:
        source = source_of(selection)
        if source is not None:
            producer: Producer = source.plan(self, level, selection)
            return producer
        field = selection.strawberry
        if field.base_resolver is not None or field.extensions:
            raise selection.unplanned("it has a resolver of its own")
        position = level.need(field.python_name)
        if is_leaf_type(_nullable(selection.definition.type)):
            return column_of(position, leaf(selection.type))
        complete = self.completer(selection)
        if complete is None:
            return column_of(position)
        return lambda batch: complete(batch.context, batch.columns[position])

    def completer(self, selection: Selection) -> ColumnCompleter | None:
        """Plan how the values of a field are completed; None where they are sent as they are."""
        complete = self._completer(selection.definition.type, selection)
        return None if complete is None else whole(complete)

    def _completer(
        self, type_: GraphQLOutputType, selection: Selection, *, required: bool = False
    ) -> Completer | Rows | None:
        if isinstance(type_, GraphQLNonNull):
            return self._completer(type_.of_type, selection, required=True)
        if isinstance(type_, GraphQLList):
            return elements(self._completer(type_.of_type, selection))
        if is_leaf_type(type_):
            complete = leaf(cast("GraphQLNamedOutputType", type_))
            return None if complete is None else lambda value, _: complete(value)
        if is_rows(selection.type):
            return Rows(self.nodes(selection), selection.name if required else None)
        return self._value(cast("GraphQLObjectType", type_), selection)

    def _value(self, type_: GraphQLObjectType, selection: Selection) -> Completer:
        """Plan an object that is no row but a Python value, such as a length."""
        parts: list[tuple[str, Put]] = []
        for key, field in self._selected(type_, selection):
            parts.append((key, constant(type_.name) if field is None else self._put(field)))

        def complete(value: Any, late: Any) -> dict[str, Any]:
            done: dict[str, Any] = {}
            for key, put in parts:
                put(done, key, value, late)
            return done

        return complete

    def _put(self, field: Selection) -> Put:
        source = source_of(field)
        if source is not None:
            put: Put = source.plan_value(self, field)
            return put
        if field.strawberry.base_resolver is not None or field.strawberry.extensions:
            raise field.unplanned("it has a resolver of its own")
        return self.attribute(field)

    def attribute(self, selection: Selection) -> Put:
        """Plan the attribute of a value that a field shows; where it gives rows, it names them."""
        inner = self._completer(selection.definition.type, selection)
        return attribute(selection.strawberry.python_name, inner)

    def inner(self, selection: Selection) -> Put:
        """Plan what a field of a value shows, whose own value is known."""
        return given(self._completer(selection.definition.type, selection))

    def bind(self, selection: Selection, given: Mapping[str, Any], names: Mapping[str, str]) -> Any:
        """Give the values of arguments the form in which resolvers get them."""
        kinds = (argument.type for argument in selection.definition.args.values())
        if not any(isinstance(get_named_type(kind), GraphQLInputObjectType) for kind in kinds):
            return {names[name]: value for name, value in given.items()}
        # Its extensions know no other way to the converter that made the types.
        converter = self._schema._strawberry_schema.schema_converter  # type: ignore[attr-defined]
        return convert_arguments(
            dict(given),
            selection.strawberry.arguments,
            scalar_registry=converter.scalar_registry,
            config=converter.config,
        )


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """How one field of the root is answered."""

    selection: Selection
    checks: Sequence[tuple[Selection, Any]]
    builder: Builder
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
            values = self.builder.bind(selection, given, source.names)
            context.bound[selection] = source.check(selection.name, values)


def source_of(selection: Selection) -> Any:
    """Return the `schema.fields.Source` that a field declares, None if it has none."""
    return source_in(selection.strawberry)


def source_in(field: StrawberryField) -> Any:
    """Return the `schema.fields.Source` that a field declares, None if it has none."""
    return next((one for one in field.extensions if hasattr(one, "plan")), None)


def declared_name(definition: GraphQLField, parent: GraphQLObjectType, name: str) -> str:
    """Return the type that declares a field, and the field: the same for all that inherit it."""
    field = cast("StrawberryField", definition.extensions[GraphQLCoreConverter.DEFINITION_BACKREF])
    origin = field.origin
    declared = parent.name if origin is None or not source_in(field) else origin.__name__
    return f"{declared}.{name}"


def entity_of(type_: GraphQLNamedOutputType) -> Any:
    """Return the class of `store.models` whose rows a GraphQL type shows."""
    return type_.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].origin.entity


def is_rows(type_: GraphQLNamedOutputType) -> bool:
    """Whether a type shows rows: an interface, or the type of an entity."""
    definition = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return is_interface_type(type_) or hasattr(getattr(definition, "origin", None), "entity")


def _nullable(type_: GraphQLOutputType) -> GraphQLOutputType:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_


def _token(field: Selection) -> Any:
    """Return what is equal for fields of several types that one producer can serve."""
    source = source_of(field)
    nodes = tuple(id(detail.node) for detail in field.details)
    declared = field.strawberry.python_name if source is None else id(source)
    return (declared, nodes, field.parent.name if source is not None and source.typed else None)
