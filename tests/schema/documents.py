"""Random GraphQL documents over the real schema, for hypothesis."""

import json
import random
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)

from schema.filterable import annotated_as
from store import models
from store.queries.facets import OF_ANNOTATIONS, Facet, facets_of
from tests.schema.filtering import random_value

DEPTH = 8
FIELDS = 5
SIZE = 40
"""Fields with fields of their own; when so many are written, only others are."""
SOME = {"facet": 0.4, "histogram": 0.4}
"""How often fields are considered, that are in every list."""
OPTIONAL = {"filter": 0.2}
"""How often arguments are given; others more often. Filters leave little to compare."""
ODD = 0.005
"""How often an argument is given that is refused: it refuses the whole document."""
KINDS = 3
"""Types of an interface for which a fragment is written."""
LOCAL = ("INDEX", "POSITION")
"""How names of orders begin that only lists below a parent have."""
AT_LEAST_ONE = ("history", "trash", "pathsTo", "facet")
"""Fields whose `first` is not 0."""
KEYS = ["k", "K", "depth", "number", "no such key"]
SEARCHES = [
    *("a", "b", "field", "nothing", "a OR b", "NOT zz", "-a b", "(a OR zz) NOT b", "fiel*"),
    *(
        "name:a",
        "description:b",
        "tag:mitosis",
        "comment:b",
        "key:k",
        "k:v",
        "depth:>5",
        "depth:1..9µm",
    ),
    *("type:image", "type:image a", "owner:lead", "group:private", '"field 9"', "channel:a"),
]
"""In the language of the search field."""


@dataclass
class Maker:
    """Makes one document; everything it chooses comes from one source of chance."""

    schema: GraphQLSchema
    chance: random.Random
    ids: list[str]
    """Global ids that exist, and some that do not."""
    turned: dict[str, str] = field(default_factory=dict)
    """Variables that take cursors of the same answer, and the response names of their lists."""
    size: int = 0
    definitions: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def document(self) -> tuple[str, dict[str, Any]]:
        """Return text and variables."""
        root = self.schema.query_type
        assert root is not None
        names = [*root.fields, "projects", "datasets", "images", "nodes"]
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
            and _works(type_, name)
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
        type_ = get_named_type(definition.type)
        if is_composite_type(type_):
            alias = f"a{number}: "
            self.size += 1
        given = [
            f"{key}: {self._written(value, definition.args[key])}"
            for key, value in self._arguments(parent, name).items()
        ]
        below = self._selections(type_, depth + 1) if is_composite_type(type_) else ""
        if "after" in definition.args and self.chance.random() < 0.3:
            given.append(f"after: {self._turned(f'a{number}')}")
            below = f"{below[:-1]} pageInfo {{ endCursor }} }}"
        arguments = f"({', '.join(given)})" if given else ""
        return f"{alias}{name}{arguments}{self._directive()} {below}"

    def _turned(self, alias: str) -> str:
        """Declare a variable that takes cursors of a list, once there are some."""
        if self._odd():
            return json.dumps(self.chance.choice(["", "junk", "W10"]))
        name = f"v{len(self.values)}"
        self.definitions.append(f"${name}: String")
        self.values[name] = None
        self.turned[name] = alias
        return f"${name}"

    def turn(self, data: Any) -> bool:
        """Ask for later pages: of lists that an answer shows cursors of."""
        found: dict[str, list[str]] = {}
        _collect(data, "", found)
        for variable, alias in self.turned.items():
            if alias in found:
                self.values[variable] = self.chance.choice(found[alias])
        return any(self.values[variable] for variable in self.turned)

    def _odd(self) -> bool:
        return self.chance.random() < ODD

    def _arguments(
        self, parent: GraphQLObjectType | GraphQLInterfaceType, name: str
    ) -> dict[str, Any]:
        definition = parent.fields[name]
        if name in ("facet", "histogram") and "nodes" in parent.fields and "edges" in parent.fields:
            facets = tallied(parent)
            if facets is not None:
                return self._facet(facets) if name == "facet" else self._histogram()
        kind = get_named_type(definition.type).name
        wanted = {
            key: self._value(name, key, argument, kind)
            for key, argument in definition.args.items()
            if key not in ("after", "orderKey")
            and (
                isinstance(argument.type, GraphQLNonNull)
                or self.chance.random() < OPTIONAL.get(key, 0.4)
            )
        }
        if parent.name == "Query" and str(wanted.get("orderBy")).startswith(LOCAL):
            del wanted["orderBy"]
        if str(wanted.get("orderBy")).startswith("KEY_VALUE") != self._odd():
            wanted["orderKey"] = self.chance.choice(KEYS)
        return {key: value for key, value in wanted.items() if key in definition.args}

    def _facet(self, facets: list[Facet]) -> dict[str, Any]:
        by = self.chance.choice(facets)
        found: dict[str, Any] = {"by": by.name}
        if by is Facet.KEY_VALUE or self._odd():
            found["key"] = self.chance.choice(KEYS)
        if by in OF_ANNOTATIONS and self.chance.random() < 0.2:
            found["namespace"] = self.chance.choice(["a", "b", ""])
        if self.chance.random() < 0.3:
            found["first"] = self.chance.choice([1, 2, 5])
        return found

    def _histogram(self) -> dict[str, Any]:
        found: dict[str, Any] = {"key": self.chance.choice(KEYS)}
        pick = self.chance.choice
        choices: dict[str, list[Any]] = {
            "unit": ["µm", "nm", "s"],
            "bins": [1, 2, 7, 20],
            "min": [-1, 0.5],
            "max": [1, 400.5],
        }
        found |= {
            key: pick(values) for key, values in choices.items() if self.chance.random() < 0.3
        }
        return found

    def _written(self, value: Any, argument: GraphQLArgument) -> str:
        if self.chance.random() < 0.4 or isinstance(value, dict):
            name = f"v{len(self.values)}"
            self.definitions.append(f"${name}: {argument.type}")
            self.values[name] = value
            return f"${name}"
        if isinstance(get_named_type(argument.type), GraphQLEnumType):
            return str(value).replace("'", "")
        return json.dumps(value)

    def _value(self, field: str, key: str, argument: GraphQLArgument, kind: str) -> Any:
        pick = self.chance.choice
        match key:
            case "id":
                return pick(self.ids) if self._odd() else self._id(field, kind)
            case "ids":
                known = [one for one in self.ids if ":" in one]
                return [
                    pick(self.ids if self._odd() else known)
                    for _ in range(self.chance.randint(0, 6))
                ]
            case "first":
                least = 1 if field in AT_LEAST_ONE else 0
                return 501 if self._odd() else pick([least, 1, 2, 3, 50, 100, 199])
            case "size":
                return 15 if self._odd() else pick([16, 96, 144, 1024])
            case "query":
                return '"a' if self._odd() else pick(SEARCHES)
        return random_value(argument.type, self.chance)

    def _id(self, field: str, kind: str) -> str:
        fitting = [one for one in self.ids if one.startswith(f"{kind}:")]
        if field == "history":
            fitting = [one for one in self.ids if self._has_history(one.partition(":")[0])]
        return self.chance.choice(fitting or self.ids)

    def _has_history(self, kind: str) -> bool:
        entity = getattr(models, kind, None)
        return kind in self.schema.type_map and hasattr(entity, "deleted_event_id")

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


def _collect(found: Any, alias: str, cursors: dict[str, list[str]]) -> None:
    """Collect the cursors in an answer by the response name of the list that they are in."""
    if isinstance(found, list):
        for one in found:
            _collect(one, alias, cursors)
    elif isinstance(found, dict):
        for key, value in found.items():
            if key == "pageInfo" and value["endCursor"]:
                cursors.setdefault(alias, []).append(value["endCursor"])
            else:
                _collect(value, key, cursors)


def tallied(connection: GraphQLObjectType | GraphQLInterfaceType) -> list[Facet] | None:
    """Return by what the rows of a list can be counted; None of what is no list of rows."""
    kind = get_named_type(connection.fields["nodes"].type)
    model = getattr(models, kind.name, None)
    return None if model is None else facets_of(model, annotated_as(model) is not None)


def _works(type_: GraphQLObjectType | GraphQLInterfaceType, name: str) -> bool:
    """Whether a facet or histogram can be asked for."""
    if name not in ("facet", "histogram") or "edges" not in type_.fields:
        return True
    facets = tallied(type_)
    return facets is None or (Facet.TAG in facets if name == "histogram" else bool(facets))
