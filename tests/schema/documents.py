"""Random GraphQL documents over the real schema, for hypothesis."""

import base64
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from tests.schema.filtering import random_value

DEPTH = 8
FIELDS = 5
SIZE = 40
"""Fields with fields of their own; when so many are written, only others are."""
SOME = {"facet": 0.05, "histogram": 0.05}
"""How often fields are considered: arguments at random mostly do not suit these."""
OPTIONAL = {"filter": 0.03}
"""How often arguments are given; others more often. One filter that is refused refuses all."""
KINDS = 3
"""Types of an interface for which a fragment is written."""


@dataclass
class Maker:
    """Makes one document; everything it chooses comes from one source of chance."""

    schema: GraphQLSchema
    chance: random.Random
    ids: list[str]
    """Global ids that exist, and some that do not."""
    cursors: list[str]
    size: int = 0
    definitions: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def document(self) -> tuple[str, dict[str, Any]]:
        """Return text and variables."""
        root = self.schema.query_type
        assert root is not None
        names = [name for name in root.fields if name != "lookupTables"]
        names += ["projects", "datasets", "images", "nodes"]
        chosen = [self.chance.choice(names) for _ in range(self.chance.randint(1, 3))]
        body = " ".join(self._field(root, name, 0) for name in chosen)
        head = f"({', '.join(self.definitions)})" if self.definitions else ""
        return f"query Q{head} {{ {body} }} {' '.join(self.fragments)}", self.values

    def _selections(self, type_: GraphQLNamedType, depth: int) -> str:
        parts = []
        if isinstance(type_, GraphQLInterfaceType):
            parts.append(self._field(type_, "id", depth))
            parts += [self._field(type_, name, depth) for name in self._chosen(type_, depth)]
            possible = list(self.schema.get_possible_types(type_))
            chosen = self.chance.sample(possible, min(KINDS, len(possible)))
            parts += [self._fragment(one, depth) for one in chosen]
        else:
            assert isinstance(type_, GraphQLObjectType)
            names = self._chosen(type_, depth)
            if not names:
                return "{ __typename }"
            parts += [self._field(type_, name, depth) for name in names]
            if self.chance.random() < 0.2:
                parts.append(self._fragment(type_, depth))
        if self.chance.random() < 0.2:
            parts.append("__typename")
        return f"{{ {' '.join(parts)} }}"

    def _chosen(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> list[str]:
        deep = depth < DEPTH and self.size < SIZE
        names = [
            name
            for name, one in type_.fields.items()
            if (deep or not is_composite_type(get_named_type(one.type)))
            and self.chance.random() < SOME.get(name, 1)
        ]
        return self.chance.sample(names, min(len(names), self.chance.randint(1, FIELDS)))

    def _fragment(self, type_: GraphQLObjectType, depth: int) -> str:
        body = self._selections(type_, depth + 1)
        if self.chance.random() < 0.5:
            return f"... on {type_.name}{self._directive()} {body}"
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {type_.name} {body}")
        return f"...{name}{self._directive()}"

    def _field(
        self, parent: GraphQLObjectType | GraphQLInterfaceType, name: str, depth: int
    ) -> str:
        definition = parent.fields[name]
        # An alias of its own for each field with arguments: two of one name must not differ.
        number = self.chance.randint(0, 10**9)
        alias = f"a{number}: " if definition.args or self.chance.random() < 0.1 else ""
        if is_composite_type(get_named_type(definition.type)):
            alias = f"a{number}: "
            self.size += 1
        wanted = {
            key: self._value(key, argument, get_named_type(definition.type).name)
            for key, argument in definition.args.items()
            if isinstance(argument.type, GraphQLNonNull)
            or self.chance.random() < OPTIONAL.get(key, 0.4)
        }
        self._fit_cursor(wanted, f"{parent.name}.{name}", definition.args)
        given = [
            f"{key}: {self._written(value, definition.args[key])}" for key, value in wanted.items()
        ]
        arguments = f"({', '.join(given)})" if given else ""
        type_ = get_named_type(definition.type)
        below = self._selections(type_, depth + 1) if is_composite_type(type_) else ""
        return f"{alias}{name}{arguments}{self._directive()} {below}"

    def _fit_cursor(
        self, wanted: dict[str, Any], place: str, arguments: Mapping[str, GraphQLArgument]
    ) -> None:
        """Mostly take a cursor of this list, with the order that it belongs to."""
        fitting = [one for one in self.cursors if _scope(one).startswith(f"{place}:")]
        if "after" not in wanted or self.chance.random() < 0.01:
            return
        if not fitting:
            del wanted["after"]
            return
        wanted["after"] = self.chance.choice(fitting)
        if "orderBy" in arguments:
            wanted["orderBy"] = _scope(wanted["after"]).partition(":")[2]

    def _written(self, value: Any, argument: GraphQLArgument) -> str:
        if self.chance.random() < 0.4 or isinstance(value, dict):
            name = f"v{len(self.values)}"
            self.definitions.append(f"${name}: {argument.type}")
            self.values[name] = value
            return f"${name}"
        if isinstance(get_named_type(argument.type), GraphQLEnumType):
            return str(value)
        return json.dumps(value)

    def _value(self, key: str, argument: GraphQLArgument, kind: str) -> Any:
        pick = self.chance.choice
        match key:
            case "id":
                fitting = [one for one in self.ids if one.startswith(f"{kind}:")] or self.ids
                return pick(fitting if self.chance.random() < 0.97 else self.ids)
            case "ids":
                known = [one for one in self.ids if ":" in one]
                return [
                    pick(known if self.chance.random() < 0.99 else self.ids)
                    for _ in range(self.chance.randint(0, 6))
                ]
            case "first":
                return pick([0, 1, 2, 3, 500, 500, 501 if self.chance.random() < 0.05 else 50])
            case "after":
                return pick(self.cursors)
            case "size":
                return pick([16, 96, 144, 1024, 15 if self.chance.random() < 0.05 else 100])
            case "orphaned":
                return pick([True, False])
        type_ = get_named_type(argument.type)
        if isinstance(type_, GraphQLInputObjectType):
            return random_value(type_, self.chance)
        if isinstance(type_, GraphQLEnumType):
            return pick(list(type_.values))
        one = {"Int": 3, "Float": 2.5, "Boolean": True, "ID": pick(self.ids)}.get(type_.name, "a")
        return [one] if is_list_type(get_nullable_type(argument.type)) else one

    def _directive(self) -> str:
        if self.chance.random() > 0.08:
            return ""
        name = self.chance.choice(["skip", "include"])
        value = self.chance.random() < 0.5
        if self.chance.random() < 0.5:
            return f" @{name}(if: {str(value).lower()})"
        variable = f"v{len(self.values)}"
        self.definitions.append(f"${variable}: Boolean!")
        self.values[variable] = value
        return f" @{name}(if: ${variable})"


def _scope(cursor: str) -> str:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return str(json.loads(base64.urlsafe_b64decode(padded))[0])
    except (ValueError, IndexError):
        return ""
