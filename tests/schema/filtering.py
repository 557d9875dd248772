"""Random values of GraphQL input types that can work: for lists' `filter` and other arguments."""

import random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
)

from schema.annotation_filters import KeyValues, Tag
from schema.filterable import EntityFilter, Related, ToOne, filter_of
from schema.filters import Ids, Quantity
from store import models
from store.models.units import UNITS, units_of

TEXTS = [
    "a",
    "B",
    "b",
    "zz",
    "é",
    "É",
    "",
    "d",
    "depth",
    "k",
    "%",
    "_",
    "*",
    "[a]",
    "\\",
    "field 1",
]
DATES = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00+01:00", "2025-12-31T23:59:59.5Z"]


def filter_for(type_: GraphQLInputObjectType) -> EntityFilter | None:
    """Return the filter of rows that an input type is made of, if it is one."""
    model = getattr(models, type_.name.removesuffix("Filter"), None)
    return None if model is None or not type_.name.endswith("Filter") else filter_of(model)


def random_value(
    type_: GraphQLInputType, chance: random.Random, depth: int = 0, operand: Any = None
) -> Any:
    """Make a value of an input type.

    Args:
        type_: Whose value.
        chance: Source of all choices.
        depth: Input objects around it.
        operand: What it asks for, where it is a part of a filter: knows types of ids, and units.
    """
    if isinstance(type_, GraphQLNonNull):
        return random_value(type_.of_type, chance, depth, operand)
    if isinstance(type_, GraphQLList):
        number = chance.choice([0, 1, 1, 2, 3])
        return [random_value(type_.of_type, chance, depth, operand) for _ in range(number)]
    if isinstance(type_, GraphQLInputObjectType):
        return _object(type_, chance, depth, operand)
    if isinstance(type_, GraphQLEnumType):
        return chance.choice(list(type_.values))
    match type_.name:
        case "Int" | "Long":
            return chance.choice([0, 1, 2, 3, 5, 100, -1])
        case "Float":
            return chance.choice([0, 0.5, 1, 2.5, 460.5, 1e-7, -1e300])
        case "Boolean":
            return chance.choice([True, False])
        case "DateTime":
            return chance.choice(DATES)
        case "ID":
            return f"{_kind(operand, chance)}:{chance.randint(1, 12)}"
    return chance.choice(TEXTS)


def _kind(operand: Any, chance: random.Random) -> str:
    if isinstance(operand, Tag):
        return "TagAnnotation"
    return chance.choice(sorted(operand.kinds)) if isinstance(operand, Ids) else "Image"


def _object(
    type_: GraphQLInputObjectType, chance: random.Random, depth: int, operand: Any
) -> dict[str, Any]:
    known = filter_for(type_)
    inner = [
        name
        for name, one in type_.fields.items()
        if depth < 3 or not isinstance(one.type, GraphQLInputObjectType | GraphQLList)
    ]
    names = chance.sample(inner, min(len(inner), chance.choice([0, 1, 1, 1, 2])))
    names += [
        name
        for name, one in type_.fields.items()
        if isinstance(one.type, GraphQLNonNull) and name not in names
    ]
    found = {}
    for name in names:
        asked = operand if known is None else _operand(known, name)
        found[name] = random_value(type_.fields[name].type, chance, depth + 1, asked)
    if "unit" in found or (isinstance(operand, Quantity) and found.keys() & {"min", "max"}):
        found["unit"] = chance.choice(_units(operand))
    return found


def _operand(known: EntityFilter, name: str) -> Any:
    operand = known if name in ("and", "or", "not") else known.operands[name][0]
    return filter_of(operand.model) if isinstance(operand, Related | ToOne) else operand


def _units(operand: Any) -> list[str]:
    if isinstance(operand, Quantity):
        return list(units_of(UNITS[operand.default].dimension))
    assert isinstance(operand, KeyValues)
    return ["nm", "µm", "s", "°C"]
