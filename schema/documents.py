"""Documents that were parsed, checked and validated, with the plans of their operations."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    parse,
    validate,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues

from schema.cost import Estimate
from schema.errors import ERRORS_MAX
from schema.limits import Limits, check, check_text
from schema.plan import Builder, FieldPlan, UnplannedError, source_of

_ABOUT_TYPES = frozenset({"__schema", "__type", "__typename"})
PLANS_KEPT = 8
"""Plans of one document; each combination of the variables that choose fields has its own."""


@dataclass(frozen=True, slots=True)
class Plans:
    """How to answer an operation."""

    fields: Mapping[str, FieldPlan]
    """Plans of the root's fields by response name."""
    fallback: tuple[dict[str, str], ...]
    """Fields of the root that are resolved ordinarily, and why."""


class RefusedError(Exception):
    """The document does not follow the schema's rules.

    Attributes:
        errors: What is wrong.
    """

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


@dataclass(slots=True)
class Document:
    """A valid document. Safe to share between threads."""

    schema: GraphQLSchema
    tree: DocumentNode
    _choosing: frozenset[str]
    """Names of the variables in @skip and @include."""
    asks_about_types: bool
    """Whether it asks about the schema, next to whatever else."""
    _plans: OrderedDict[Any, Plans] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _fragments: dict[str, FragmentDefinitionNode] = field(init=False)

    def __post_init__(self) -> None:
        self._fragments = {
            node.name.value: node
            for node in self.tree.definitions
            if isinstance(node, FragmentDefinitionNode)
        }

    @property
    def about_types(self) -> bool:
        """Whether it asks about the schema alone, so that the answer is always the same."""
        operations = [n for n in self.tree.definitions if isinstance(n, OperationDefinitionNode)]
        return (
            len(operations) == 1
            and operations[0].operation is OperationType.QUERY
            and not operations[0].variable_definitions
            and all(
                isinstance(selection, FieldNode) and selection.name.value in _ABOUT_TYPES
                for selection in operations[0].selection_set.selections
            )
        )

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """Find an operation; None if the name says nothing or too little."""
        found = [
            node
            for node in self.tree.definitions
            if isinstance(node, OperationDefinitionNode)
            and (name is None or (node.name is not None and node.name.value == name))
        ]
        return found[0] if len(found) == 1 else None

    def estimate(
        self, operation: OperationDefinitionNode, variables: VariableValues, maximum: int
    ) -> int:
        """Return how many objects an operation may give at most.

        Raises:
            DocumentLimitError: More than `maximum`.
        """
        return Estimate(self._fragments, variables.coerced).check(operation, maximum)

    def plans(self, operation: OperationDefinitionNode, variables: VariableValues) -> Plans:
        """Return the plans of an operation, made once for each choice of fields."""
        chosen = tuple(variables.coerced.get(name) for name in sorted(self._choosing))
        name = operation.name.value if operation.name else None
        key = (name, chosen)
        with self._lock:
            if key in self._plans:
                self._plans.move_to_end(key)
                return self._plans[key]
        made = self._planned(operation, variables)
        with self._lock:
            self._plans[key] = made
            while len(self._plans) > PLANS_KEPT:
                self._plans.popitem(last=False)
        return made

    def _planned(self, operation: OperationDefinitionNode, variables: VariableValues) -> Plans:
        fragments = {name: FragmentDetails(node) for name, node in self._fragments.items()}
        builder = Builder(self.schema, operation, fragments, variables)
        plans: dict[str, FieldPlan] = {}
        fallback = []
        for selection in builder.roots():
            try:
                source = source_of(selection)
                if source is None:
                    raise selection.unplanned("it has a resolver of its own")
                plans[selection.key] = source.root(builder, selection)
            except UnplannedError as error:
                reason = {"path": selection.key, "field": error.field, "reason": error.reason}
                fallback.append(reason)
        return Plans(plans, tuple(fallback))


def document(schema: GraphQLSchema, text: str, limits: Limits) -> Document:
    """Parse, check and validate a document.

    Raises:
        DocumentLimitError: More than a document may ask for.
        GraphQLSyntaxError: Not GraphQL.
        RefusedError: Does not follow the schema.
    """
    check_text(text, limits)
    tree = parse(text)
    check(tree, limits)
    errors = validate(schema, tree, max_errors=ERRORS_MAX, allow_empty_selection_sets=False)
    if errors:
        raise RefusedError(errors)
    chooser = _Choosing()
    visit(tree, chooser)
    return Document(schema, tree, frozenset(chooser.names), chooser.types)


class _Choosing(Visitor):
    """Collects the variables that decide which fields are selected; sees questions about types."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.types = False

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Note a question about the schema."""
        self.types = self.types or node.name.value in ("__schema", "__type")

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        """Note the variables of @skip and @include; other directives choose nothing."""
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names.add(argument.value.name.value)
