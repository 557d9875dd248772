"""The language of the search field: text → a tree of what to look for, in linear time.

    query   = all { "OR" all }
    all     = one { ["AND"] one }
    one     = [ "NOT" | "-" ] ( "(" query ")" | term )
    term    = [ key ":" ] value
    key     = word | quoted
    value   = word ["*"] | quoted ["*"] | comparison | range

A quoted key is always that of a key–value pair; of the others, `FIELDS` have a meaning of their
own.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from store.errors import InvalidInputError
from store.models.units import parse_quantity
from store.search.words import words

CHARACTERS = 2_000
"""Most characters of one query."""
TERMS = 50
"""Most terms of one query; each costs a statement."""
NESTING = 30
"""Most parentheses and negations inside each other."""


class SearchSyntaxError(InvalidInputError):
    """A query that nobody can understand.

    Attributes:
        position: Of the character where it goes wrong, from 0.
    """

    code = "search_syntax"

    def __init__(self, message: str, remedy: str, position: int) -> None:
        super().__init__(f"{message} (character {position + 1})", remedy)
        self.position = position


class Field(StrEnum):
    """Where words are looked for, other than everywhere."""

    NAME = "name"
    DESCRIPTION = "description"
    TAG = "tag"
    COMMENT = "comment"
    FILE = "file"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Words:
    """Words that follow each other in one text."""

    words: tuple[str, ...]
    prefix: bool = False
    """Whether the last word may go on."""
    field: Field | None = None
    text: str = dataclasses.field(default="", compare=False, repr=False)
    """As typed."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A number that a value is compared with."""

    number: float
    """In the base unit, if there is a unit."""
    unit: str | None
    """As written, if it is one of `units`."""
    closed: bool = True
    """Whether the number itself is in."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A key–value pair with a key and one of: any value, this value, a beginning, a range."""

    key: str
    value: str | None = None
    prefix: bool = False
    lowest: Bound | None = None
    highest: Bound | None = None


@dataclass(frozen=True, slots=True)
class Id:
    """The database id."""

    number: int


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of object, in small letters without spaces."""

    name: str
    position: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Owner:
    """User name, or first and last name, of the owner."""

    name: str


@dataclass(frozen=True, slots=True)
class Group:
    """Name of the group."""

    name: str


@dataclass(frozen=True, slots=True)
class Not:
    """What is not found by something."""

    inner: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """What is found by each of several."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """What is found by at least one of several."""

    parts: tuple["Node", ...]


type Leaf = Words | Pair | Id | Kind | Owner | Group
type Node = Leaf | Not | All | Either

FIELDS: Mapping[str, str] = {
    **{name.value: f"words in a {name.value}" for name in Field},
    "id": "a number",
    "type": "a type of object",
    "owner": "an account",
    "group": "a group",
}

_SIGNS = re.compile(
    r"""(?P<space>\s++)
    |(?P<quoted>"[^"]*+"(?P<more>\*?))
    |(?P<sign>[()])
    |(?P<colon>:)
    |(?P<word>[^\s()":]++)
    |(?P<rest>.)""",
    re.VERBOSE | re.DOTALL,
)
_COMPARED = re.compile(r"(>=|<=|>|<)(.*)", re.DOTALL)
_OPERATORS = ("AND", "OR", "NOT")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """"quoted", "word", "(", ")", ":" or "end"."""
    text: str
    start: int
    end: int
    prefix: bool = False

    def operator(self, name: str) -> bool:
        return self.kind == "word" and self.text == name


def parse(text: str) -> Node:
    """Read a query.

    Args:
        text: As typed.

    Raises:
        SearchSyntaxError: Not of the language above, too long, or with too many terms; says at
            which character.

    >>> parse('nucle* -tag:draft')
    All(parts=(Words(words=('nucle',), prefix=True, field=None), \
Not(inner=Words(words=('draft',), prefix=False, field=<Field.TAG: 'tag'>))))
    """
    if len(text) > CHARACTERS:
        raise SearchSyntaxError(
            f"The search has {len(text)} characters.", f"Use at most {CHARACTERS}.", CHARACTERS
        )
    for position, character in enumerate(text):
        if (character < " " and character not in "\t\n\r") or "\ud800" <= character <= "\udfff":
            raise SearchSyntaxError(
                "The search holds a character that no text has.", "Remove it.", position
            )
    return _Reader(list(_tokens(text)), text).query()


def leaves(node: Node) -> Iterator[Leaf]:
    """Iterate over what is looked for, in the order of the query."""
    match node:
        case Not(inner):
            yield from leaves(inner)
        case All(parts) | Either(parts):
            for part in parts:
                yield from leaves(part)
        case _:
            yield node


def _tokens(text: str) -> Iterator[_Token]:
    for found in _SIGNS.finditer(text):
        start, end = found.span()
        match found.lastgroup:
            case "space":
                continue
            case "sign" | "colon":
                yield _Token(found[0], found[0], start, end)
            case "word":
                yield _Token("word", found[0], start, end)
            case "rest":
                raise SearchSyntaxError(
                    "The quotation mark is never closed.", 'Add another ".', start
                )
            case _:
                inner = found[0].rstrip("*")[1:-1]
                yield _Token("quoted", inner, start, end, bool(found["more"]))
    yield _Token("end", "", len(text), len(text))


class _Reader:
    """Reads tokens from left to right; each is looked at a bounded number of times."""

    def __init__(self, tokens: list[_Token], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._at = 0
        self._terms = 0
        self._nesting = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def query(self) -> Node:
        if self._next.kind == "end":
            _fail("There is nothing to search for.", "Type at least one word.", self._next)
        node = self._either()
        if self._next.kind != "end":
            _fail("The parenthesis was never opened.", "Remove it.", self._next)
        return node

    def _either(self) -> Node:
        parts = [self._all()]
        while self._next.operator("OR"):
            self._take()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _all(self) -> Node:
        parts = [self._one()]
        while not (self._next.kind in ("end", ")") or self._next.operator("OR")):
            if self._next.operator("AND"):
                self._take()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self) -> Node:
        token = self._next
        if token.operator("NOT"):
            self._take()
            return Not(self._inside(token))
        if token.kind == "word" and token.text[0] == "-":
            return self._without(token)
        return self._plain()

    def _without(self, token: _Token) -> Node:
        """Read what follows a minus sign, which is part of the token."""
        rest = token.text[1:]
        if rest:
            cut = _Token("word", rest, token.start + 1, token.end)
            self._tokens[self._at] = cut
        else:
            self._take()
            if self._next.kind == "end" or self._next.start != token.end:
                _fail("A minus sign needs a word right after it.", "Write -word.", token)
        return Not(self._inside(token))

    def _inside(self, token: _Token) -> Node:
        self._nesting += 1
        if self._nesting > NESTING:
            _fail("The search is nested too deeply.", f"At most {NESTING} levels.", token)
        node = self._one()
        self._nesting -= 1
        return node

    def _plain(self) -> Node:
        token = self._take()
        if token.kind == "(":
            self._nesting += 1
            if self._nesting > NESTING:
                _fail("The search is nested too deeply.", f"At most {NESTING} levels.", token)
            node = self._either()
            self._nesting -= 1
            if self._next.kind != ")":
                _fail("The parenthesis is never closed.", "Add another ).", token)
            self._take()
            return node
        if token.kind in ("end", ")") or (token.kind == "word" and token.text in _OPERATORS):
            _fail("A word is missing here.", "Type one, or quote AND, OR and NOT.", token)
        if token.kind == ":":
            _fail("A colon needs a key before it.", "Write key:value.", token)
        return self._term(token)

    def _term(self, token: _Token) -> Leaf:
        self._terms += 1
        if self._terms > TERMS:
            _fail("The search has too many terms.", f"Use at most {TERMS}.", token)
        if self._next.kind != ":" or self._next.start != token.end:
            return _words(token, None)
        colon = self._take()
        value = self._take()
        if value.kind not in ("word", "quoted") or value.start != colon.end:
            _fail("The value is missing.", "Write key:value, without a space.", colon)
        value = self._joined(value)
        if token.kind == "word" and token.text.lower() in FIELDS:
            return _field(token.text.lower(), value)
        return _pair(token, value)

    def _joined(self, value: _Token) -> _Token:
        """Add what follows a value without a space: more colons, or a quoted quantity."""
        while self._next.start == value.end and (
            self._next.kind == ":"
            or (self._next.kind in ("word", "quoted") and value.kind == "word")
        ):
            more = self._take()
            text = value.text + more.text
            value = _Token(value.kind, text, value.start, more.end, more.prefix)
        return value


def _fail(message: str, remedy: str, token: _Token) -> NoReturn:
    raise SearchSyntaxError(message, remedy, token.start)


def _words(token: _Token, place: Field | None) -> Words:
    prefix = token.prefix or (token.kind == "word" and token.text.endswith("*"))
    found = words(token.text)
    if not found:
        _fail("There is no letter or digit to search for.", "Type a word.", token)
    return Words(found, prefix, place, token.text)


def _field(name: str, value: _Token) -> Leaf:
    match name:
        case "id":
            if not re.fullmatch("[1-9][0-9]{0,17}", value.text):
                _fail("An id is a number.", "Write id:42.", value)
            return Id(int(value.text))
        case "type":
            return Kind(re.sub("[ _-]", "", value.text.lower()), value.start)
        case "owner":
            return Owner(value.text.strip())
        case "group":
            return Group(value.text.strip())
        case _:
            return _words(value, Field(name))


def _pair(key: _Token, value: _Token) -> Pair:
    name = key.text.strip()
    if not name:
        _fail("The key is empty.", "Write key:value.", key)
    if value.kind == "word" or value.text[:1] in "<>":
        compared = _COMPARED.fullmatch(value.text)
        if compared is not None:
            sign, number = compared[1], compared[2]
            bound = _bound(number, value, closed="=" in sign)
            return Pair(name, lowest=bound) if ">" in sign else Pair(name, highest=bound)
        low, dots, high = value.text.partition("..")
        if dots and value.kind == "word":
            return _range(name, low, high, value)
        if value.text == "*":
            return Pair(name)
    text = value.text
    prefix = value.prefix or (value.kind == "word" and text.endswith("*"))
    return Pair(name, text.rstrip("*") if prefix and value.kind == "word" else text, prefix)


def _range(name: str, low: str, high: str, value: _Token) -> Pair:
    if not low and not high:
        _fail("The range has no end.", "Write key:1..3.", value)
    lowest = _bound(low, value) if low else None
    highest = _bound(high, value) if high else None
    if lowest is not None and highest is not None and lowest.unit != highest.unit:
        if lowest.unit is not None:
            _fail("The ends of the range have different units.", "Use one of them.", value)
        assert highest.unit is not None
        # "1..3µm" has its unit at the end.
        lowest = _bound(f"{low} {highest.unit}", value)
    return Pair(name, lowest=lowest, highest=highest)


def _bound(text: str, value: _Token, *, closed: bool = True) -> Bound:
    quantity = parse_quantity(text)
    if quantity is None:
        _fail(f"{text[:40]!r} is no number.", "Write key:>5, key:>5µm or key:1..3.", value)
    number, unit, base = quantity
    return Bound(number if base is None else base, unit, closed)
