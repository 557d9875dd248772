"""How much one document may ask for; checked in linear time before anything else looks at it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
)

from schema.errors import DocumentLimitError

type Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document, and the answer to it, may reach.

    Two things are counted: what a document might give if every page in it were full, which is
    estimated before anything is read, with room for two pages of 500 inside each other; and the
    objects that really are read, of which the database is never asked for more than are left.
    """

    characters: int = 100_000
    """Letters, comments and spaces included."""
    tokens: int = 2_000
    """Words and signs."""
    depth: int = 15
    """Fields inside each other; the usual introspection query has 14."""
    fields: int = 5_000
    """Fields, with fragments counted wherever they are used."""
    aliases: int = 30
    """Renamed fields, with fragments counted wherever they are used."""
    repeats: int = 20
    """Fields of the same response name at one place; comparing them is quadratic."""
    fragments: int = 50
    """Named fragments."""
    directives: int = 50
    """Uses of directives."""
    mutations: int = 4
    """Changes in one document."""
    estimate: int = 5_000_000
    """Objects that the answer might have if all its pages were full."""
    objects: int = 200_000
    """Rows that are read for one answer."""
    statements: int = 100
    """SQL statements that are run for one answer."""


_TOKEN = re.compile(
    r'"""(?:\\"""|[^"]|"(?!""))*+"""'  # block string
    r'|"(?:\\.|[^"\\\n])*+"'
    r"|\#[^\n\r]*+"
    r"|\.\.\."
    r"|[_A-Za-z][_0-9A-Za-z]*+"
    r"|-?[0-9][0-9.eE+-]*+"
    r"|[^\s,\ufeff]"
)
_NESTING_MAX = 60
"""Brackets inside each other, of whatever kind; keeps the recursive parser from its end."""
_WORK_MAX = 20_000


def check_text(text: str, limits: Limits) -> None:
    """Refuse a document that is too long or nested too deeply to be parsed.

    Raises:
        DocumentLimitError: Too many characters, tokens, directives or brackets.
    """
    if len(text) > limits.characters:
        raise _refused("characters", limits.characters, len(text), "characters")
    tokens = directives = nesting = 0
    for found in _TOKEN.finditer(text):
        sign = found[0]
        if sign[0] == "#":
            continue
        tokens += 1
        if sign in "{[(":
            nesting += 1
        elif sign in "}])":
            nesting -= 1
        directives += sign == "@"
        if tokens > limits.tokens:
            raise _refused("tokens", limits.tokens, tokens, "tokens")
        if nesting > _NESTING_MAX:
            raise _refused("depth", limits.depth, nesting, "brackets inside each other")
    if directives > limits.directives:
        raise _refused("directives", limits.directives, directives, "directives")


def check(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document that is too expensive to validate or to run.

    Raises:
        DocumentLimitError: Names the limit, the place and what is needed.
        InvalidInputError: Fragments that contain themselves are left to validation, but are
            refused here as a limit of 0, because nothing else can be counted.
    """
    fragments: dict[str, FragmentDefinitionNode] = {}
    operations: list[OperationDefinitionNode] = []
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            fragments[definition.name.value] = definition
        elif isinstance(definition, OperationDefinitionNode):
            operations.append(definition)
    if len(fragments) > limits.fragments:
        raise _refused("fragments", limits.fragments, len(fragments), "fragments")
    counter = _Counter(limits)
    for name in _inner_first(fragments):
        counter.count_fragment(name, fragments[name])
    for operation in operations:
        counter.check(operation)
        _check_mutations(operation, limits, fragments)
    _Overlaps(limits, fragments).check(operations)


@dataclass(slots=True)
class _Count:
    """What a selection set needs, with everything below it."""

    depth: int = 0
    deepest: Path = ()
    fields: int = 0
    aliases: int = 0


class _Counter:
    """Counts selection sets; each fragment once, and then wherever it is used."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._fragments: dict[str, _Count] = {}

    def count_fragment(self, name: str, fragment: FragmentDefinitionNode) -> None:
        """Count a fragment whose own fragments have been counted."""
        self._fragments[name] = self._count(fragment.selection_set, ())

    def check(self, operation: OperationDefinitionNode) -> None:
        """Count an operation and refuse it if it is too large."""
        count, limits = self._count(operation.selection_set, ()), self._limits
        if count.depth > limits.depth:
            what = "fields inside each other"
            raise _refused("depth", limits.depth, count.depth, what, count.deepest)
        if count.fields > limits.fields:
            raise _refused("fields", limits.fields, count.fields, "fields")
        if count.aliases > limits.aliases:
            raise _refused("aliases", limits.aliases, count.aliases, "aliases")

    def _count(self, selections: SelectionSetNode, path: Path) -> _Count:
        total = _Count()
        for selection in selections.selections:
            self._add(total, selection, path)
        return total

    def _add(self, total: _Count, selection: SelectionNode, path: Path) -> None:
        if isinstance(selection, FieldNode):
            alias = selection.alias
            here = (*path, (alias or selection.name).value)
            inner = _Count()
            if selection.selection_set is not None:
                if len(here) > self._limits.depth:
                    what = "fields inside each other"
                    raise _refused("depth", self._limits.depth, len(here) + 1, what, here)
                inner = self._count(selection.selection_set, here)
            total.fields += 1 + inner.fields
            total.aliases += (alias is not None) + inner.aliases
            self._deepen(total, inner.depth + 1, inner.deepest or here)
            return
        if isinstance(selection, InlineFragmentNode):
            inner = self._count(selection.selection_set, path)
        else:
            assert isinstance(selection, FragmentSpreadNode)
            inner = self._fragments.get(selection.name.value, _Count())
        total.fields += inner.fields
        total.aliases += inner.aliases
        self._deepen(total, inner.depth, (*path, *inner.deepest[len(path) :]))

    @staticmethod
    def _deepen(total: _Count, depth: int, path: Path) -> None:
        if depth > total.depth:
            total.depth, total.deepest = depth, path


def _inner_first(fragments: Mapping[str, FragmentDefinitionNode]) -> list[str]:
    """Order fragments so that each comes after those that it contains.

    Raises:
        DocumentLimitError: A fragment contains itself.
    """
    contained = {name: _spreads([node.selection_set]) for name, node in fragments.items()}
    order: list[str] = []
    state: dict[str, bool] = {}
    for start in fragments:
        stack = [(start, iter(sorted(contained[start])))]
        while stack:
            name, inner = stack[-1]
            if name not in state:
                state[name] = False
            following = next((n for n in inner if n in fragments and not state.get(n)), None)
            if following is None:
                stack.pop()
                if not state[name]:
                    state[name] = True
                    order.append(name)
            elif following in state:
                message = f"The fragment {following} contains itself."
                raise DocumentLimitError("fragments", 0, 1, message, (following,))
            else:
                stack.append((following, iter(sorted(contained[following]))))
    return order


def _spreads(selection_sets: Iterable[SelectionSetNode]) -> set[str]:
    """Collect the names of all fragments that are used inside, at any depth."""
    found: set[str] = set()
    stack = list(selection_sets)
    while stack:
        for selection in stack.pop().selections:
            if isinstance(selection, FragmentSpreadNode):
                found.add(selection.name.value)
            elif isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                stack.append(selection.selection_set)
    return found


def _check_mutations(
    operation: OperationDefinitionNode,
    limits: Limits,
    fragments: Mapping[str, FragmentDefinitionNode],
) -> None:
    if operation.operation is OperationType.MUTATION:
        named, _ = _flattened((operation.selection_set,), fragments)
        if len(named) > limits.mutations:
            raise _refused("mutations", limits.mutations, len(named), "mutations")


@dataclass(slots=True)
class _Overlaps:
    """Looks for places where many fields have the same response name.

    Validation compares each pair of them, so it is refused before. Selection sets that meet at
    a place are looked at together, once for each such meeting.
    """

    limits: Limits
    fragments: Mapping[str, FragmentDefinitionNode]
    work: int = 0
    seen: set[tuple[int, ...]] = field(default_factory=set)

    def check(self, operations: Iterable[OperationDefinitionNode]) -> None:
        """Refuse operations with too many equal names at one place."""
        for operation in operations:
            self._check((operation.selection_set,), ())

    def _check(self, selections: tuple[SelectionSetNode, ...], path: Path) -> None:
        key = tuple(map(id, selections))
        if key in self.seen:
            return
        self.seen.add(key)
        named, work = _flattened(selections, self.fragments)
        self.work += work
        if self.work > _WORK_MAX:
            raise _refused("fields", self.limits.fields, self.work, "overlapping fields", path)
        for name, nodes in named.items():
            here = (*path, name)
            if len(nodes) > self.limits.repeats:
                what = f"fields named {name} at one place"
                raise _refused("repeats", self.limits.repeats, len(nodes), what, here)
            inner = tuple(node.selection_set for node in nodes if node.selection_set)
            if inner:
                self._check(inner, here)


def _flattened(
    selections: Iterable[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> tuple[dict[str, list[FieldNode]], int]:
    """Group the fields of selection sets that meet at one place by response name.

    Returns:
        The groups, and how many selections were looked at.
    """
    named: dict[str, list[FieldNode]] = {}
    entered: set[str] = set()
    work = 0
    stack = list(selections)
    while stack:
        for selection in stack.pop().selections:
            work += 1
            if isinstance(selection, FieldNode):
                named.setdefault((selection.alias or selection.name).value, []).append(selection)
            elif isinstance(selection, InlineFragmentNode):
                stack.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name in fragments and name not in entered:
                    entered.add(name)
                    stack.append(fragments[name].selection_set)
    return named, work


def _refused(
    limit: str, maximum: int, estimate: int, what: str, path: Path = ()
) -> DocumentLimitError:
    place = f" at {'.'.join(path)}" if path else ""
    message = f"The document has {estimate:,} {what}{place}; at most {maximum:,} are allowed."
    return DocumentLimitError(limit, maximum, estimate, message, path)
