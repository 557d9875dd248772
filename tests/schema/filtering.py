"""Random values of GraphQL input types, for lists' `filter`."""

import random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
)

TEXTS = ["a", "B", "é", "É", "", "d", "DAPI", "key", "37", "%", "_", "*", "[a]", "\\", "field 1"]
UNITS = ["nm", "µm", "pixel", "s", "ms", "°C"]
DATES = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00+01:00", "2025-12-31T23:59:59.5Z"]


def random_value(type_: GraphQLInputType, chance: random.Random, depth: int = 0) -> Any:
    """Make a value of an input type; mostly one that can work."""
    if isinstance(type_, GraphQLNonNull):
        return random_value(type_.of_type, chance, depth)
    if isinstance(type_, GraphQLList):
        number = chance.choice([0, 1, 1, 2, 3])
        return [random_value(type_.of_type, chance, depth) for _ in range(number)]
    if isinstance(type_, GraphQLInputObjectType):
        return _object(type_, chance, depth)
    if isinstance(type_, GraphQLEnumType):
        return chance.choice(list(type_.values))
    match type_.name:
        case "Int":
            return chance.choice([0, 1, 2, 5, 100, -1])
        case "Float":
            return chance.choice([0, 0.5, 1, 2.5, 460.5, -1e300])
        case "Boolean":
            return chance.choice([True, False])
        case "DateTime":
            return chance.choice(DATES)
        case "ID":
            return f"Image:{chance.randint(1, 12)}"
    return chance.choice(TEXTS)


def _object(type_: GraphQLInputObjectType, chance: random.Random, depth: int) -> dict[str, Any]:
    inner = [
        name
        for name, one in type_.fields.items()
        if depth < 3 or not isinstance(one.type, GraphQLInputObjectType | GraphQLList)
    ]
    names = chance.sample(inner, min(len(inner), chance.choice([0, 1, 1, 1, 2])))
    found = {name: random_value(type_.fields[name].type, chance, depth + 1) for name in names}
    if "unit" in type_.fields and found.keys() & {"min", "max"}:
        found["unit"] = chance.choice(UNITS)
    return found
