"""What the mapping of OME-XML to tables is made of: values, references and child elements."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any

from store.models import Base

type Table = type[Base]
type Part = Leaf | Inline | One | Many | Back | Owned | Held | Notes | Pairs | Markup | Bare

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """Return the column that an attribute is kept in by convention.

    >>> [snake(name) for name in ("PhysicalSizeX", "NDFilter", "LensNA", "CO2Percent", "X1")]
    ['physical_size_x', 'nd_filter', 'lens_na', 'co2_percent', 'x1']
    """
    return _WORDS.sub("_", name).lower()


class Kind(Enum):
    """How the text of a value is understood."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    TIME = "time"
    CHOICE = "choice"
    CHOICES = "choices"
    BINARY = "base64"
    HEX = "hexadecimal"
    UUID = "uuid"


@dataclass(frozen=True, slots=True)
class Limits:
    """Which numbers are allowed."""

    least: float | None = None
    above: float | None = None
    most: float | None = None

    def allow(self, value: float) -> bool:
        """The number is within."""
        return (
            (self.least is None or value >= self.least)
            and (self.above is None or value > self.above)
            and (self.most is None or value <= self.most)
        )


INT = Limits(-(2**31), None, 2**31 - 1)
NATURAL = Limits(0, None, 2**31 - 1)
COUNT = Limits(1, None, 2**31 - 1)
LONG = Limits(-(2**63), None, 2**63 - 1)
SIZE = Limits(0, None, 2**63 - 1)
ANY = Limits()
POSITIVE = Limits(above=0)
NOT_NEGATIVE = Limits(least=0)
FRACTION = Limits(0, None, 1)


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a row: an attribute, the text of a child element, or an element's own text."""

    name: str
    kind: Kind = Kind.TEXT
    column: str = ""
    required: bool = False
    limits: Limits = ANY
    unit: str = ""
    """Unit where the document names none; the unit is in the column of the same name + _unit."""
    choices: type[StrEnum] | None = None
    instead: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Stored value → value of OME-XML, for those that it does not know."""
    missing: str | None = None
    """What is kept where the document says nothing, and is not written."""

    def __post_init__(self) -> None:
        if not self.column:
            object.__setattr__(self, "column", snake(self.name))


def words(
    name: str, column: str = "", *, required: bool = False, missing: str | None = None
) -> Value:
    """Any text."""
    return Value(name, Kind.TEXT, column, required, missing=missing)


def whole(
    name: str, limits: Limits = NATURAL, column: str = "", *, required: bool = False
) -> Value:
    """A whole number."""
    return Value(name, Kind.INTEGER, column, required, limits)


def number(name: str, limits: Limits = ANY, unit: str = "", *, required: bool = False) -> Value:
    """A number, with a unit where one is given."""
    return Value(name, Kind.NUMBER, "", required, limits, unit)


def flag(name: str, column: str = "", *, required: bool = False) -> Value:
    """True or false."""
    return Value(name, Kind.FLAG, column, required)


def moment(name: str, column: str = "") -> Value:
    """A point in time; without a zone it is taken as UTC."""
    return Value(name, Kind.TIME, column)


def choice(name: str, choices: type[StrEnum], column: str = "", **more: Any) -> Value:
    """One value of an enumeration."""
    return Value(name, Kind.CHOICE, column, choices=choices, **more)


def choices(name: str, choices: type[StrEnum]) -> Value:
    """Any number of values of an enumeration, separated by spaces."""
    return Value(name, Kind.CHOICES, choices=choices)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A child element that holds one value as its text."""

    value: Value

    @property
    def name(self) -> str:
        """Of the element."""
        return self.value.name


@dataclass(frozen=True, slots=True)
class Inline:
    """A child element whose values are columns of the parent's row; there if one of them is."""

    name: str
    values: tuple[Value, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    content: Value | None = None
    """Text of the element itself."""

    def all(self) -> Iterator[Value]:
        """All its values."""
        yield from self.values
        yield from (leaf.value for leaf in self.leaves)
        if self.content is not None:
            yield self.content


@dataclass(frozen=True, slots=True)
class One:
    """A reference to one other element: a foreign key of the row."""

    name: str
    column: str
    target: str
    """Name of an element; for families, of any of them."""
    attribute: bool = False
    """The reference is an attribute of the element itself, not a child element."""


@dataclass(frozen=True, slots=True)
class Many:
    """References to other elements: rows of a link table, in order."""

    name: str
    link: Table
    target: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Further columns of the link and their values."""
    indexed: bool = False
    single: bool = False


@dataclass(frozen=True, slots=True)
class Back:
    """References to other elements that are kept as foreign keys of those."""

    name: str
    column: str
    target: str


@dataclass(frozen=True, slots=True)
class Owned:
    """Child elements with rows of their own that point at the parent's."""

    elements: tuple[str, ...]
    column: str
    index: str = ""
    """Column that gets the number among its siblings."""
    inside: str = ""
    """Element around the children."""
    group: str = ""
    """Name of the abstract element that stands for all of them in the schema."""


@dataclass(frozen=True, slots=True)
class Held:
    """One child element with a row of its own that the parent's row points at."""

    name: str
    column: str


@dataclass(frozen=True, slots=True)
class Notes:
    """References to annotations."""

    name: str = "AnnotationRef"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of key and value, in order: JSON in a column, or rows of `MapPair`."""

    name: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Markup:
    """Any XML, kept as text."""

    name: str
    column: str


@dataclass(frozen=True, slots=True)
class Bare:
    """An element without content, written where none of some others is there."""

    name: str
    instead_of: tuple[str, ...]


@dataclass(frozen=True)
class Element:
    """One element of OME-XML and the table that it is kept in."""

    name: str
    table: Table
    values: tuple[Value | One, ...] = ()
    parts: tuple[Part, ...] = ()
    """Child elements, in the order of the schema."""
    family: str = ""
    """What its identifiers begin with, if not with its name."""
    identified: bool = True
    """It has an ID of its own."""
    content: Value | None = None
    """Text of the element itself."""
    polymorphic: bool = False
    """The table holds several elements, told apart by the column `kind`."""
    protocol: tuple[Value, ...] = ()
    """Attributes that are kept in a protocol that the row is linked to."""

    @property
    def prefix(self) -> str:
        """What its identifiers begin with."""
        return self.family or self.name

    def references(self) -> Iterator[One]:
        """Its foreign keys."""
        yield from (value for value in self.values if isinstance(value, One))
        yield from (part for part in self.parts if isinstance(part, One))

    def columns(self) -> Iterator[str]:
        """Columns of its table that it uses, foreign keys to parents left out."""
        for value in self.scalars():
            yield value.column
            if value.unit:
                yield f"{value.column}_unit"
        yield from (one.column for one in self.references())
        for part in self.parts:
            if isinstance(part, (Pairs, Markup, Held)) and part.column:
                yield part.column
        if self.polymorphic:
            yield "kind"

    def scalars(self) -> Iterator[Value]:
        """All its values that are columns of its table."""
        yield from (value for value in self.values if isinstance(value, Value))
        if self.content is not None:
            yield self.content
        for part in self.parts:
            if isinstance(part, Leaf):
                yield part.value
            elif isinstance(part, Inline):
                yield from part.all()
