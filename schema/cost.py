"""How many objects an operation may give at most, estimated before anything is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

from schema.errors import DocumentLimitError
from schema.pagination import FIRST_DEFAULT, FIRST_MAX


@dataclass(frozen=True, slots=True)
class Objects:
    """What a selection set gives at most."""

    once: int = 0
    """Objects."""
    each: int = 0
    """Further objects for each row of the page, where this is a connection."""


class Estimate:
    """Multiplies page sizes along an operation; each fragment is looked at once.

    Args:
        fragments: Of the document, by name; none contains itself.
        variables: Of the operation, coerced.
    """

    def __init__(
        self, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]
    ) -> None:
        self._fragments = fragments
        self._variables = variables
        self._known: dict[str, Objects] = {}

    def check(self, operation: OperationDefinitionNode, maximum: int) -> int:
        """Return the number of objects that an operation may give at most.

        Raises:
            DocumentLimitError: More than `maximum`; names the costliest path.
        """
        total = self._set(operation.selection_set).once
        if total > maximum:
            path = self._costliest(operation.selection_set)
            message = (
                f"The document may give {total:,} objects, most of them at {'.'.join(path)};"
                f" at most {maximum:,} are allowed."
            )
            raise DocumentLimitError("estimate", maximum, total, message, path)
        return total

    def _set(self, selections: SelectionSetNode) -> Objects:
        parts = [self._selection(selection) for selection in selections.selections]
        return Objects(sum(part.once for part in parts), sum(part.each for part in parts))

    def _selection(self, selection: SelectionNode) -> Objects:
        if isinstance(selection, FragmentSpreadNode):
            return self._fragment(selection.name.value)
        if isinstance(selection, InlineFragmentNode):
            return self._set(selection.selection_set)
        assert isinstance(selection, FieldNode)
        if selection.selection_set is None:
            return Objects()
        inner = self._set(selection.selection_set)
        named = self._argument(selection, "ids")
        if isinstance(named, list):
            return Objects(once=len(named) * (1 + inner.once))
        match selection.name.value:
            case "nodes":
                return Objects(each=1 + inner.once)
            case "edges":
                return Objects(each=inner.once)
            case _:
                return Objects(once=1 + inner.once + self._size(selection) * inner.each)

    def _fragment(self, name: str) -> Objects:
        if name not in self._known:
            fragment = self._fragments.get(name)
            self._known[name] = Objects() if fragment is None else self._set(fragment.selection_set)
        return self._known[name]

    def _size(self, field: FieldNode) -> int:
        given = self._argument(field, "first")
        return min(max(given, 0), FIRST_MAX) if isinstance(given, int) else FIRST_DEFAULT

    def _argument(self, field: FieldNode, name: str) -> Any:
        """Return a whole number or a list that a field is given; None for anything else."""
        for argument in field.arguments or ():
            if argument.name.value == name:
                match argument.value:
                    case IntValueNode(value=digits):
                        return int(digits)
                    case ListValueNode(values=values):
                        return list(values)
                    case VariableNode(name=variable):
                        return self._variables.get(variable.value)
        return None

    def _costliest(self, selections: SelectionSetNode) -> tuple[str, ...]:
        """Follow the field that gives most, from the root to the last one that gives many."""
        path: list[str] = []
        while fields := self._fields(selections):
            most = max(fields, key=lambda field: sum(self._weight(field)))
            path.append((most.alias or most.name).value)
            if most.selection_set is None or sum(self._weight(most)) <= 1:
                break
            selections = most.selection_set
        return tuple(path)

    def _weight(self, field: FieldNode) -> tuple[int, int]:
        found = self._selection(field)
        return found.once, found.each

    def _fields(self, selections: SelectionSetNode) -> list[FieldNode]:
        """List the fields of a selection set that give objects, those of fragments included."""
        found: list[FieldNode] = []
        stack: list[SelectionNode] = list(selections.selections)
        seen: set[str] = set()
        while stack:
            selection = stack.pop()
            if isinstance(selection, FieldNode):
                if selection.selection_set is not None:
                    found.append(selection)
            elif isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name in self._fragments and name not in seen:
                    seen.add(name)
                    stack.extend(self._fragments[name].selection_set.selections)
            elif isinstance(selection, InlineFragmentNode):
                stack.extend(selection.selection_set.selections)
        return found
