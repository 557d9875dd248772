"""What is in what: put things into others, take them out, move them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.orm import Session

from schema.fields import Argument, field
from schema.ids import database_id
from schema.mutations.change import IDS_MAX, PARTIAL, Change, checked_length, item_of
from schema.mutations.payloads import Changed
from schema.pagination import described
from store.access import Viewer
from store.edits import links
from store.edits.links import Pair
from store.edits.outcomes import Outcome, Ref
from store.errors import InvalidInputError


class LinkRole(Enum):
    """How one thing belongs to another, where there are several ways."""

    EXCITATION = "excitation"
    EMISSION = "emission"
    INPUT = "input"
    OUTPUT = "output"
    MEMBER = "member"
    LEADER = "leader"


described(
    LinkRole,
    "How one thing belongs to another, where there are several ways.",
    {
        "EXCITATION": "A filter that the exciting light goes through.",
        "EMISSION": "A filter that the recorded light goes through.",
        "INPUT": "What a run read.",
        "OUTPUT": "What a run made.",
        "MEMBER": "A person in a group of persons.",
        "LEADER": "A person who leads a group of persons.",
    },
)

_MANY = f"with as many of the other list as make {IDS_MAX:,} pairs at most"
_ROLE = Argument(
    "role",
    LinkRole | None,
    "How they belong together, where two types can in several ways: filters, runs, persons.",
    None,
)
_PAIRS = [
    Argument("parents", list[strawberry.ID], f"What the children are in: ids, {_MANY}."),
    Argument("children", list[strawberry.ID], f"What is in the parents: ids, {_MANY}."),
    _ROLE,
    PARTIAL,
]
_MOVE = [
    Argument("ids", list[strawberry.ID], f"What is moved: at most {IDS_MAX:,} ids."),
    Argument("from", strawberry.ID | None, "Where it is taken out; without, it is put in.", None),
    Argument("to", strawberry.ID, "Where it goes."),
    PARTIAL,
]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Things that are to be linked or not, checked."""

    pairs: Sequence[Pair]
    children: int
    partial: bool


@dataclass(frozen=True, slots=True)
class Moving:
    """Things that are to be moved, checked."""

    things: Sequence[Ref]
    source: Ref | None
    target: Ref
    partial: bool


def _checked_pairs(place: str, values: Mapping[str, Any]) -> Pairs:
    parents = [database_id(one) for one in values["parents"]]
    children = [database_id(one) for one in values["children"]]
    number = len(parents) * len(children)
    if number > IDS_MAX:
        raise InvalidInputError(
            f"`parents` and `children` of {place} make {number:,} pairs.",
            f"Give at most {IDS_MAX:,} pairs at once.",
        )
    role = values.get("role")
    name = None if role is None else role.value
    pairs = [Pair(parent, child, name) for parent in parents for child in children]
    return Pairs(pairs, len(children), bool(values.get("partial")))


def _checked_move(place: str, values: Mapping[str, Any]) -> Moving:
    ids = checked_length(place, "ids", values["ids"], IDS_MAX)
    source = values.get("from")
    return Moving(
        [database_id(one) for one in ids],
        None if source is None else database_id(source),
        database_id(values["to"]),
        bool(values.get("partial")),
    )


def _link(session: Session, viewer: Viewer, wanted: Pairs) -> Changed:
    outcomes = links.link(session, viewer, wanted.pairs, partial=wanted.partial)
    return _of_pairs(outcomes, wanted)


def _unlink(session: Session, viewer: Viewer, wanted: Pairs) -> Changed:
    outcomes = links.unlink(session, viewer, wanted.pairs, partial=wanted.partial)
    return _of_pairs(outcomes, wanted)


def _of_pairs(outcomes: Sequence[Outcome], wanted: Pairs) -> Changed:
    return Changed([item_of(one, *_pair(wanted, one.index)) for one in outcomes])


def _pair(wanted: Pairs, index: int) -> Sequence[object]:
    return ("children", index % wanted.children)


def _move(session: Session, viewer: Viewer, wanted: Moving) -> Changed:
    outcomes = links.move(
        session, viewer, wanted.things, wanted.source, wanted.target, partial=wanted.partial
    )
    return Changed([item_of(one, "ids", one.index) for one in outcomes])


FIELDS: Mapping[str, Any] = {
    "link": field(
        "Put things into others: datasets into projects, images into datasets and folders, plates"
        " into screens, tags and other annotations onto things, protocols onto what was made by"
        " them, inputs and outputs into runs. Of several parents, the items of the first come"
        " first.",
        Change(_link, _PAIRS, _checked_pairs, _pair),
    ),
    "unlink": field(
        "Take things out of others; they stay. Of several parents, the items of the first come"
        " first.",
        Change(_unlink, _PAIRS, _checked_pairs, _pair),
    ),
    "move": field(
        "Take things out of one container and put them into another.",
        Change(_move, _MOVE, _checked_move, lambda _, index: ("ids", index)),
    ),
}
"""Declarations by Python name; each answers with a `ChangeResult`."""
