"""How much one document may ask for; checked in linear time before anything else looks at it."""

import re
from collections import Counter
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
    """Fields of the same response name at one place; comparing them is quadratic. Fragments too."""
    fragments: int = 50
    """Named fragments."""
    directives: int = 50
    """Uses of directives."""
    introspection: int = 1
    """Lists of parts of types inside each other, of questions about the schema: the fields of the
    types of fields would be most of a million."""
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
_ABOUT_TYPES = ("__schema", "__type")
_LISTS_OF_TYPES = frozenset({"fields", "inputFields", "interfaces", "possibleTypes"})


def check_text(text: str, limits: Limits) -> None:
    """Refuse a document that is too long, too deep or too repetitive to be parsed.

    Parsing takes most of the time that it costs to refuse a document, so that whatever can be
    seen without it is refused without it.

    Raises:
        DocumentLimitError: Too many characters, tokens, directives, brackets, fragments, aliases
            or equal names; names the place.
    """
    if len(text) > limits.characters:
        raise _refused("characters", limits.characters, len(text), "characters")
    reader = _Reader(limits)
    for found in _TOKEN.finditer(text):
        if found[0][0] != "#":
            reader.read(found[0])


@dataclass(slots=True)
class _Reader:
    """Reads a document sign by sign and counts; knows the fields that it is in."""

    limits: Limits
    tokens: int = 0
    directives: int = 0
    fragments: int = 0
    aliases: int = 0
    """Of the operation or fragment that is being read."""
    nesting: int = 0
    arguments: int = 0
    """Round brackets that are open: what is in them are no fields."""
    before: str = ""
    """The last sign; of an inline fragment `... on` together."""
    last: str = ""
    """Response name of the last field; empty after a fragment."""
    path: list[str] = field(default_factory=list)
    """Fields whose selections are open; of fragments and operations an empty name."""
    named: list[Counter[str]] = field(default_factory=list)
    """How often names occur in each of the selections that are open."""

    def read(self, sign: str) -> None:
        """Count one sign."""
        self.tokens += 1
        self._check("tokens", self.tokens, "tokens")
        if sign in "(){}[]":
            self._bracket(sign)
        elif sign == "@":
            self.directives += 1
            self._check("directives", self.directives, "directives")
        elif not self.arguments:
            if self.named:
                self._selection(sign)
            elif sign == "fragment":
                self.fragments += 1
                self._check("fragments", self.fragments, "fragments")
        self.before = "... on" if self.before == "..." and sign == "on" else sign

    def _bracket(self, sign: str) -> None:
        opened = sign in "({["
        self.nesting += 1 if opened else -1
        if self.nesting > _NESTING_MAX:
            what = "brackets inside each other"
            raise _refused("depth", self.limits.depth, self.nesting, what, self._place())
        if sign in "()":
            self.arguments = max(0, self.arguments + (1 if opened else -1))
        elif sign in "{}" and not self.arguments:
            self._selections(opened)

    def _selections(self, opened: bool) -> None:
        if opened:
            self.path.append(self.last)
            self.named.append(Counter())
        elif self.path:
            self.path.pop()
            self.named.pop()
        if not self.path:
            self.aliases = 0
        self.last = ""

    def _selection(self, sign: str) -> None:
        """Count a sign among those that select fields."""
        if sign == "...":
            self.last = ""
        elif sign == ":":
            self.aliases += 1
            self._check("aliases", self.aliases, "aliases")
        elif self.before in ("...", "... on"):
            if (self.before, sign) != ("...", "on"):
                self._repeat(f"{self.before} {sign}", f"uses of {self.before} {sign}")
        elif self.before not in (":", "@"):
            self.last = sign
            self._repeat(sign, f"fields named {sign}", sign)

    def _repeat(self, name: str, what: str, *place: str) -> None:
        named, maximum = self.named[-1], self.limits.repeats
        named[name] += 1
        if named[name] > maximum:
            what = f"{what} at one place"
            raise _refused("repeats", maximum, named[name], what, self._place(*place))

    def _check(self, limit: str, number: int, what: str) -> None:
        maximum: int = getattr(self.limits, limit)
        if number > maximum:
            raise _refused(limit, maximum, number, what, self._place(self.last))

    def _place(self, *names: str) -> Path:
        return tuple(name for name in (*self.path, *names) if name)


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
class _Amount:
    """How many there are of something, and the way to most of them."""

    number: int = 0
    path: Path = ()
    most: int = 0
    """How many of them are that way."""

    def add(self, number: int, path: Path) -> None:
        """Add those of a part."""
        self.number += number
        if number > self.most:
            self.most, self.path = number, path


@dataclass(slots=True)
class _Count:
    """What a selection set needs, with everything below it; paths begin there."""

    depth: int = 0
    deepest: Path = ()
    fields: _Amount = field(default_factory=_Amount)
    aliases: _Amount = field(default_factory=_Amount)
    lists: int = 0
    """Fields inside each other that would be lists of parts of types in questions about types."""
    listed: Path = ()

    def add(
        self,
        inner: "_Count",
        name: str | None = None,
        *,
        alias: bool = False,
        lists: int | None = None,
    ) -> None:
        """Add a field with what is below it, or a fragment, which has no name."""
        above = () if name is None else (name,)
        if inner.depth + len(above) > self.depth:
            self.depth, self.deepest = inner.depth + len(above), (*above, *inner.deepest)
        self.fields.add(inner.fields.number + len(above), (*above, *inner.fields.path))
        self.aliases.add(inner.aliases.number + alias, (*above, *inner.aliases.path))
        lists = inner.lists if lists is None else lists
        if lists > self.lists:
            self.lists, self.listed = lists, (*above, *inner.listed)


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
        for what, amount in (("fields", count.fields), ("aliases", count.aliases)):
            maximum: int = getattr(limits, what)
            if amount.number > maximum:
                raise _refused(what, maximum, amount.number, what, amount.path)

    def _count(self, selections: SelectionSetNode, path: Path) -> _Count:
        total = _Count()
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                name = (selection.alias or selection.name).value
                inner = self._below(selection, (*path, name))
                lists = self._lists(selection, inner, (*path, name))
                total.add(inner, name, alias=selection.alias is not None, lists=lists)
            elif isinstance(selection, InlineFragmentNode):
                total.add(self._count(selection.selection_set, path))
            elif isinstance(selection, FragmentSpreadNode):
                total.add(self._fragments.get(selection.name.value, _Count()))
        return total

    def _lists(self, selection: FieldNode, inner: _Count, path: Path) -> int:
        """Count lists of parts of types inside each other, from a field on."""
        name = selection.name.value
        if name not in _ABOUT_TYPES:
            return inner.lists + (name in _LISTS_OF_TYPES)
        maximum, path = self._limits.introspection, (*path, *inner.listed)
        if inner.lists > maximum:
            what = "lists of parts of types inside each other"
            raise _refused("introspection", maximum, inner.lists, what, path)
        return 0

    def _below(self, selection: FieldNode, path: Path) -> _Count:
        if selection.selection_set is None:
            return _Count()
        if len(path) > self._limits.depth:
            what = "fields inside each other"
            raise _refused("depth", self._limits.depth, len(path) + 1, what, path)
        return self._count(selection.selection_set, path)


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
            first = list(named)[limits.mutations]
            raise _refused("mutations", limits.mutations, len(named), "mutations", (first,))


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
