"""Input types, made from the types that are read: whatever is a column there can be given here."""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa
import strawberry
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from schema.fields import Column, One
from schema.ids import database_id
from schema.mutations.change import failure
from schema.mutations.payloads import Failure
from schema.plan import source_in
from schema.types.scalars import Color
from store import models
from store.edits.columns import Facts, columns_of
from store.errors import InvalidInputError, StoreError

type Columns = dict[str, Any]
"""Column → value, as `store.edits.rows` takes them."""
type Convert = Callable[[Any], Sequence[Any]]
"""Turns what was given for a field into the values of its columns."""

_COLOR = re.compile(r"#([0-9A-Fa-f]{6})([0-9A-Fa-f]{2})?")


@strawberry.input(description="A key and its value.")
class KeyValueInput:
    """A key and its value."""

    key: str = strawberry.field(description="Key.")
    value: str = strawberry.field(description="Value; may be empty.")


@dataclass(frozen=True, slots=True)
class InputField:
    """One field of an input type, and the columns that it sets."""

    name: str
    """Python name."""
    annotation: Any
    """Type, without null."""
    description: str
    columns: Sequence[str]
    convert: Convert
    required: bool
    """Whether it must be given for new rows, and can never be null."""
    fixed: bool
    """Whether it stays as it was made."""

    @property
    def given(self) -> str:
        """Name in GraphQL."""
        return to_camel_case(self.name)


def input_fields(type_: Any) -> list[InputField]:
    """List what can be given for the rows of a type, in the order of its own fields."""
    facts = columns_of(type_.entity)
    made = {}
    for field in type_.__strawberry_definition__.fields:
        column = _column_of(field)
        if column in facts and column not in made:
            made[column] = _input_field(facts[column], field)
    return list(made.values())


def input_type(name: str, description: str, fields: Sequence[InputField], **extra: Any) -> type:
    """Make an input type of which every field that is not required may be left out.

    Args:
        name: Of the type.
        description: For the people who read the schema.
        fields: What it has.
        extra: Further fields: name → (type, description, required).
    """
    parts = {field.name: (field.annotation, field.description, field.required) for field in fields}
    return made_input(name, description, {**extra, **parts})


def made_input(name: str, description: str, parts: Mapping[str, tuple[Any, str, bool]]) -> type:
    """Make an input type from its fields: name → (type, description, required)."""
    space: dict[str, Any] = {"__annotations__": {}, "__module__": __name__}
    # Required ones come first, as dataclasses demand.
    for part, (annotation, text, required) in sorted(parts.items(), key=lambda one: not one[1][2]):
        space["__annotations__"][part] = annotation if required else annotation | None
        default = {} if required else {"default": strawberry.UNSET}
        space[part] = strawberry.field(description=text, **default)
    return strawberry.input(type(name, (), space), description=description)


def converted(fields: Sequence[InputField], item: Any, path: Sequence[object]) -> Columns | Failure:
    """Turn one item into columns; only what was given, with null as None.

    Args:
        fields: Of the input type.
        item: Of the input type.
        path: Where it is in the arguments.

    Returns:
        The columns, or why the item can never work.
    """
    columns: Columns = {}
    for field in fields:
        value = getattr(item, field.name)
        if value is strawberry.UNSET:
            continue
        try:
            values = _values(field, value)
        except StoreError as error:
            return failure(error, *path, field.given)
        columns |= dict(zip(field.columns, values, strict=True))
    return columns


def _values(field: InputField, value: Any) -> Sequence[Any]:
    if value is not None:
        return field.convert(value)
    if field.required:
        raise InvalidInputError(
            f"`{field.given}` cannot be null.", "Give a value, or leave it out."
        )
    return [None] * len(field.columns)


def _column_of(field: StrawberryField) -> str | None:
    """Name the column that a field shows; none if it computes or lists."""
    source = source_in(field)
    if isinstance(source, One):
        return source._mine if source._theirs == "id" else None
    if isinstance(source, Column):
        return source._columns(field.python_name)[0]
    return field.python_name if source is None and field.base_resolver is None else None


def _input_field(facts: Facts, field: StrawberryField) -> InputField:
    """Make the input of one column, as the field that shows it."""
    annotation, convert = _kind_of(field.type, facts)
    columns = [facts.name]
    if convert is _quantity:
        columns.append(f"{facts.name}_unit")
    text = field.description or ""
    return InputField(
        field.python_name, annotation, text, columns, convert, facts.required, facts.fixed
    )


def _kind_of(type_: Any, facts: Facts) -> tuple[Any, Convert]:
    """Say how values of a field are given, and how they are turned into columns."""
    if isinstance(type_, StrawberryOptional):
        return _kind_of(type_.of_type, facts)
    if facts.references is not None:
        return strawberry.ID, _reference(facts.references)
    if isinstance(type_, StrawberryList) and isinstance(type_.of_type, StrawberryEnumDefinition):
        return list[type_.of_type.wrapped_cls], _joined
    if isinstance(type_, StrawberryList):
        return list[KeyValueInput], _pairs
    if isinstance(type_, StrawberryEnumDefinition):
        return type_.wrapped_cls, lambda value: [value.value]
    if type_ is Color:
        return Color, _color
    if hasattr(type_, "__strawberry_definition__"):
        return _quantity_input(type_), _quantity
    return type_, lambda value: [value]


def _joined(values: Sequence[Enum]) -> Sequence[Any]:
    return [" ".join(dict.fromkeys(str(value.value) for value in values)) or None]


def _pairs(pairs: Sequence[KeyValueInput]) -> Sequence[Any]:
    return [[[one.key, one.value] for one in pairs]]


def _quantity(given: Any) -> Sequence[Any]:
    unit = given.unit
    return [given.value, unit.value if isinstance(unit, Enum) else unit]


@functools.cache
def _quantity_input(type_: Any) -> type:
    definition = type_.__strawberry_definition__
    (unit,) = [one for one in definition.fields if one.python_name == "unit"]
    kind = unit.type.wrapped_cls if isinstance(unit.type, StrawberryEnumDefinition) else unit.type
    parts = {
        "value": (float, "The number.", True),
        "unit": (kind, unit.description or "", True),
    }
    return made_input(f"{definition.name}Input", definition.description, parts)


def _reference(entity: type[models.Base]) -> Convert:
    """Make the conversion of ids of rows of a table."""
    kinds = {
        mapper.class_.__name__
        for mapper in sa.inspect(entity).self_and_descendants
        if not mapper.polymorphic_abstract
    }

    def convert(value: str) -> Sequence[Any]:
        kind, found = database_id(value)
        if kind not in kinds:
            names = " or ".join(sorted(kinds))
            raise InvalidInputError(f"{value} is no id of the type {names}.", "Give another id.")
        return [found]

    return convert


def _color(value: str) -> Sequence[Any]:
    """Turn #RRGGBB or #RRGGBBAA into OME's signed number.

    >>> _color("#FFFFFFFF"), _color("#00FF00")
    ([-1], [16711935])
    """
    found = _COLOR.fullmatch(value)
    if found is None:
        raise InvalidInputError(f"{value[:32]!r} is no colour.", "Write it as #RRGGBBAA.")
    rgba = int(found[1] + (found[2] or "FF"), 16)
    return [rgba - 2**32 if rgba >= 2**31 else rgba]
