"""Making and changing rows of every editable type, by fields that are made from the types."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import strawberry
from sqlalchemy.orm import Session

from schema.fields import Argument, field
from schema.ids import database_id
from schema.mutations.change import (
    ITEMS_MAX,
    PARTIAL,
    Change,
    checked_length,
    failure,
    written,
)
from schema.mutations.inputs import Columns, InputField, converted, input_fields, input_type
from schema.mutations.payloads import Changed, Failure
from schema.types.every import NODES
from store import models
from store.access import Viewer
from store.edits import filling, rows
from store.edits.outcomes import Outcome
from store.edits.rows import RowChange
from store.errors import InvalidInputError, StoreError

GROUP = Argument(
    "group",
    strawberry.ID | None,
    "Group that the new ones belong to; without, that of what they are part of, or else yours.",
    None,
)


@dataclass(frozen=True)
class Editable:
    """A type whose rows people make and change."""

    node: Any
    """The GraphQL type."""
    words: str
    """Its plural, in words, for names and descriptions."""
    container: Any = None
    """Table of which one row can be named to put new ones in."""

    @property
    def name(self) -> str:
        """Name of the type."""
        name: str = self.node.__strawberry_definition__.name
        return name

    @property
    def entity(self) -> Any:
        """Class of its rows."""
        return self.node.entity

    @property
    def made(self) -> bool:
        """Whether people make rows; else they come with files only."""
        return self.entity not in rows.NOT_CREATED

    @property
    def container_name(self) -> str | None:
        """Name of the argument that names the container."""
        return None if self.container is None else str(self.container.__tablename__)

    @cached_property
    def fields(self) -> list[InputField]:
        """What can be given for its rows."""
        return input_fields(self.node)

    @cached_property
    def changed_fields(self) -> list[InputField]:
        """What can be given for rows that exist."""
        return [one for one in self.fields if not one.fixed]

    @cached_property
    def input(self) -> type:
        """Input type of new rows."""
        text = f"One of the new {self.words}; what is left out is unknown."
        return input_type(f"{self.name}Input", text, self.fields)

    @cached_property
    def update(self) -> type:
        """Input type of changes to rows."""
        text = f"A change to one of the {self.words}: null clears, and what is left out stays."
        fields = [replace(one, required=False) for one in self.changed_fields]
        version = (int, "Version that you have seen; another one by now is a conflict.", False)
        key = (strawberry.ID, f"Which one, such as `{self.name}:42`.", True)
        return input_type(f"{self.name}Update", text, fields, id=key, version=version)


def fields_of(editable: Editable) -> Iterator[tuple[str, Any]]:
    """Make the fields that make and change rows of a type: Python name and declaration."""
    words = editable.words
    name = words.replace(" ", "_").replace("-", "_")
    if editable.made:
        yield f"create_{name}", field(f"Make {words}, owned by whoever asks.", _create(editable))
    if editable.changed_fields:
        yield f"update_{name}", field(f"Change {words}.", update(editable))


@dataclass(frozen=True, slots=True)
class New:
    """New rows, checked."""

    items: Sequence[Columns | Failure]
    container: int | None
    group: int | None
    partial: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes to rows, checked."""

    items: Sequence[RowChange | Failure]
    partial: bool


def _create(editable: Editable) -> Change:
    arguments = [_new_items(editable)]
    if editable.container_name is not None:
        text = f"Id of a {editable.container.__name__} that all of them are put in."
        arguments.append(Argument(editable.container_name, strawberry.ID | None, text, None))

    def check(place: str, values: Mapping[str, Any]) -> New:
        container = values.get(editable.container_name or "")
        group = values.get("group")
        return New(
            _given_items(editable, place, values),
            None if container is None else database_id(container, editable.container.__name__)[1],
            None if group is None else database_id(group, "ExperimenterGroup")[1],
            bool(values.get("partial")),
        )

    def write(session: Session, viewer: Viewer, new: New) -> Changed:
        def create(items: Sequence[Any]) -> list[Outcome]:
            if new.container is None:
                return rows.create(
                    session,
                    viewer,
                    editable.entity,
                    items,
                    group_id=new.group,
                    partial=new.partial,
                )
            into = (editable.container, new.container)
            return filling.create_in(
                session, viewer, editable.entity, items, into, partial=new.partial
            )

        return written(editable.name, new.items, new.partial, create)

    return Change(write, [*arguments, GROUP, PARTIAL], check)


def _new_items(editable: Editable) -> Argument:
    if not editable.fields:
        return Argument("number", int, f"How many: 1 to {ITEMS_MAX:,}.")
    return Argument("items", list[editable.input], f"At most {ITEMS_MAX:,}.")  # type: ignore[name-defined]


def _given_items(
    editable: Editable, place: str, values: Mapping[str, Any]
) -> list[Columns | Failure]:
    if editable.fields:
        items = checked_length(place, "items", values["items"], ITEMS_MAX)
        return [converted(editable.fields, item, ["items", n]) for n, item in enumerate(items)]
    number = values["number"]
    if not 1 <= number <= ITEMS_MAX:
        text = f"Ask for 1 to {ITEMS_MAX:,}."
        raise InvalidInputError(f"`number` of {place} is {number}.", text)
    return [{} for _ in range(number)]


def update(editable: Editable) -> Change:
    """Make the change of rows of a type."""
    argument = Argument("items", list[editable.update], f"At most {ITEMS_MAX:,}.")  # type: ignore[name-defined]

    def check(place: str, values: Mapping[str, Any]) -> Changes:
        items = checked_length(place, "items", values["items"], ITEMS_MAX)
        changes = [_row_change(editable, item, ["items", n]) for n, item in enumerate(items)]
        return Changes(changes, bool(values.get("partial")))

    def write(session: Session, viewer: Viewer, changes: Changes) -> Changed:
        def change(items: Sequence[Any]) -> list[Outcome]:
            return rows.update(session, viewer, editable.entity, items, partial=changes.partial)

        return written(editable.name, changes.items, changes.partial, change)

    return Change(write, [argument, PARTIAL], check)


def _row_change(editable: Editable, item: Any, path: Sequence[object]) -> RowChange | Failure:
    try:
        _, key = database_id(item.id, editable.name)
    except StoreError as error:
        return failure(error, *path, "id")
    found = converted(editable.changed_fields, item, path)
    if isinstance(found, Failure):
        return found
    version = None if item.version is strawberry.UNSET else item.version
    return RowChange(key, version, found)


def _words(name: str) -> str:
    """Say the plural of a type in words.

    >>> _words("PlateAcquisition"), _words("LightSourceSettings")
    ('plate acquisitions', 'light source settings')
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return words if words.endswith("s") else f"{words}s"


_ELSEWHERE = (models.Annotation, models.ROI)
"""Tables whose rows are made and changed with what belongs to them."""
_CONTAINERS = {models.Dataset: models.Project, models.Plate: models.Screen}

_TYPES: tuple[Any, ...] = NODES

EDITABLE = tuple(
    Editable(node, _words(node.__name__), _CONTAINERS.get(node.entity))
    for node in _TYPES
    if node.entity in rows.editable().values() and not issubclass(node.entity, _ELSEWHERE)
)
"""Types that people make and change by hand."""
