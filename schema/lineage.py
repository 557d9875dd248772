"""Where things are, where they come from, and what can be brought back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry

from schema.context import Context
from schema.fields import Argument, Named, field, value
from schema.ids import database_id
from schema.levels import Reference
from schema.roots import Told
from schema.types.every import NODES
from schema.types.nodes import Node
from store import models
from store.errors import InvalidInputError
from store.queries import lineage

PATHS_DEFAULT = 100
PATHS_MAX = 500
_TYPES: tuple[Any, ...] = NODES


@value
class Path:
    """One way from a root down to a thing."""

    nodes: list[Node] = field("The things on the way: the root first, the thing last.", Named())


@value
class Paths:
    """The ways from the roots down to a thing."""

    paths: list[Path] = field("Each way, in order of ids.")
    complete: bool = field("Whether these are all; else ask for more with `first`.")


@dataclass(frozen=True, slots=True)
class Way:
    """What `Path` is read from."""

    nodes: Sequence[Reference]


@dataclass(frozen=True, slots=True)
class Ways:
    """What `Paths` is read from."""

    paths: Sequence[Way]
    complete: bool


def _checked(place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    first = values.get("first")
    first = PATHS_DEFAULT if first is None else first
    if not 1 <= first <= PATHS_MAX:
        raise InvalidInputError(f"`first` of {place} is {first}.", f"Ask for 1 to {PATHS_MAX}.")
    return {"thing": database_id(values["id"]), "first": first}


def _paths_to(context: Context, thing: Reference, first: int) -> Ways | None:
    entity = ENTITIES.get(thing[0])
    if entity is None:
        return None
    found = lineage.paths_to(context.rows, context.viewer, entity, thing[1], first + 1)
    if not found:
        return None
    return Ways([Way(one) for one in found[:first]], len(found) <= first)


ENTITIES: Mapping[str, Any] = {
    type_.__name__: type_.entity for type_ in _TYPES if issubclass(type_.entity, models.Owned)
}
"""Classes of `store.models` by the names of the types that show their rows."""

PATHS_TO = Told(
    _paths_to,
    [
        Argument("id", strawberry.ID, "Id, such as `Image:42`."),
        Argument("first", int | None, f"How many ways: 1 to {PATHS_MAX}.", PATHS_DEFAULT),
    ],
    _checked,
)
"""All the ways from the roots down to a thing."""
