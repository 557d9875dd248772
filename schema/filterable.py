"""What each type can be filtered by: made from the fields that it declares."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import aliased
from strawberry.types.base import StrawberryContainer, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from schema.annotation_filters import KeyValues, Tag
from schema.filters import (
    At,
    Build,
    Choice,
    Date,
    Filter,
    FloatFilter,
    GroupFilter,
    Ids,
    IntFilter,
    Number,
    Operand,
    OwnerFilter,
    Quantity,
    Text,
    Truth,
    every,
    given_values,
    input_type,
    written,
)
from schema.pagination import described
from schema.reads import Children
from store import models
from store.access import Viewer, select_visible, visible
from store.models.names import Named
from store.search.query import groups_named, people_named

_DECLARED: dict[Any, type] = {}
"""GraphQL type of each entity."""
_MADE: dict[Any, "EntityFilter"] = {}


def declare(model: Any, type_: type) -> None:
    """Say which GraphQL type shows the rows of an entity; the first that says so stays."""
    _DECLARED.setdefault(model, type_)


def filter_of(model: Any) -> "EntityFilter":
    """Return what the rows of an entity can be filtered by."""
    if model not in _MADE:
        _MADE[model] = EntityFilter(model)
    return _MADE[model]


@dataclass(frozen=True)
class _Input(LazyType[Any, Any]):
    """An input type that is made when the schema is put together, after all types."""

    make: Callable[[], type] = field(default=lambda: object, compare=False)

    def resolve_type(self) -> type:
        """Make the type."""
        return self.make()


class EntityFilter(Operand):
    """What the rows of an entity can be filtered by."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.name = f"{model.__name__}Filter"
        self.annotation = _Input(self.name, __name__, None, lambda: self.input)

    @cached_property
    def operands(self) -> Mapping[str, tuple[Operand, str]]:
        """Operand and description by GraphQL name."""
        kinds = frozenset({self.model.__name__, *sa.inspect(self.model).polymorphic_map})
        found: dict[str, tuple[Operand, str]] = {"id": (Ids("id", kinds), "Its id.")}
        found |= self._of_type(self.model)
        below = [one for one in _DECLARED if one is not self.model and issubclass(one, self.model)]
        if below:
            found["kind"] = (_kind(self.model, below), "Its kind.")
        for kind in below:
            for name, (operand, text) in self._of_type(kind).items():
                known = found.get(name)
                if known is None:
                    found[name] = (operand, text)
                elif _column(known[0]) != _column(operand):
                    column = _column(operand)
                    found.setdefault(_camel(column or name), (operand, text))
        return found | self._of_annotations()

    def _of_annotations(self) -> dict[str, tuple[Operand, str]]:
        for declared in _fields(self.model):
            children = _relation(declared)
            if isinstance(children, Children) and _annotations(children):
                tag, pairs = Tag(children.where), KeyValues(children.where)
                some = Related(children, models.Annotation)
                return {
                    "tag": (tag, tag.description),
                    "keyValue": (pairs, pairs.description),
                    "annotation": (some, "Some annotation that you can see meets this."),
                }
        return {}

    def _of_type(self, model: Any) -> dict[str, tuple[Operand, str]]:
        found = {}
        for declared in _fields(model):
            operand = operand_of(declared, model)
            if operand is not None:
                name = declared.graphql_name or _camel(declared.python_name)
                found[name] = (operand, declared.description or "")
        return found

    @cached_property
    def input(self) -> type:
        """The input type."""
        own: Any = self.annotation
        several: Any = list[own]
        fields: dict[str, tuple[Any, str]] = {
            "and": (several, "All of these hold."),
            "or": (several, "One of these holds; of an empty list, none does."),
            "not": (own, "This does not hold."),
        }
        fields |= {name: (one.annotation, text) for name, (one, text) in self.operands.items()}
        text = f"What rows of the type {self.model.__name__} have to be; all that is given holds."
        return input_type(self.name, text, fields)

    def build(self, given: Mapping[str, Any], at: At) -> Build:
        """Join the conditions of all fields."""
        found: list[Build] = []
        for name, value in given.items():
            here = at.below(name, deeper=name in ("and", "or", "not"))
            if name in ("and", "or"):
                parts = [self.build(given_values(one), place) for place, one in here.values(value)]
                found.append(every(parts) if name == "and" else _some(parts))
            elif name == "not":
                found.append(_not(self.build(given_values(value), here)))
            else:
                found.append(self._operand(name, value, here))
        return every(found)

    def _operand(self, name: str, value: Any, at: At) -> Build:
        operand, _ = self.operands[name]
        if isinstance(value, list):
            places = [(place, given_values(one)) for place, one in at.values(value)]
            for place, _ in places:
                place.spend()
            return every([operand.build(one, place) for place, one in places])
        at.spend()
        return operand.build(given_values(value), at)


def checked(model: Any, value: Any, path: str) -> Filter | None:
    """Check the argument `filter` of a list.

    Args:
        model: What is listed.
        value: Of the argument.
        path: Of the argument, for messages.

    Raises:
        InvalidInputError: It can never work; names the path to the place.
    """
    if value is None:
        return None
    build = filter_of(model).build(given_values(value), At(path))
    key = orjson.dumps(written(value), option=orjson.OPT_SORT_KEYS).decode()
    return Filter(f"{model.__name__} {key}", build)


@dataclass(frozen=True)
class Related(Operand):
    """Of rows of another entity: some that the viewer can see meets a filter."""

    children: Children
    """How they belong to the row that is filtered."""
    model: Any

    @property
    def annotation(self) -> Any:
        """The filter of the other entity."""
        return filter_of(self.model).annotation

    def build(self, given: Mapping[str, Any], at: At) -> Build:
        """Ask for some related row."""
        return related(self.children, filter_of(self.model).build(given, at.inside()))


def related(children: Children, inner: Build) -> Build:
    """Make the condition that some row that belongs to another meets a condition."""

    def build(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
        child = aliased(children.entity)
        if children.link is None:
            constant = [getattr(child, name) == value for name, value in children.where]
            owned = getattr(child, children.parent) == entity.id
            found = select_visible(viewer, child, child.id)
            return found.where(owned, *constant, inner(viewer, child)).exists()
        link = aliased(children.link)
        constant = [getattr(link, name) == value for name, value in children.where]
        found = (
            select_visible(viewer, link, getattr(link, children.parent))
            .join(child, getattr(link, children.child) == child.id)
            .where(visible(viewer, child), *constant, inner(viewer, child))
        )
        # Not correlated: a condition that few meet leads to the rows, instead of being asked of
        # each of them.
        return sa.and_(entity.id.in_(found))

    return build


@dataclass(frozen=True)
class ToOne(Operand):
    """Of the one row of another entity that belongs to a row."""

    mine: str
    theirs: str
    model: Any

    @property
    def annotation(self) -> Any:
        """The filter of the other entity."""
        return filter_of(self.model).annotation

    def build(self, given: Mapping[str, Any], at: At) -> Build:
        """Ask for the related row."""
        return self.of(filter_of(self.model).build(given, at.inside()))

    def of(self, inner: Build) -> Build:
        """Make the condition that the related row meets a condition."""

        def build(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
            other = aliased(self.model)
            found = select_visible(viewer, other, other.id)
            equal = getattr(other, self.theirs) == getattr(entity, self.mine)
            return found.where(equal, inner(viewer, other)).exists()

        return build


@dataclass(frozen=True)
class Called(Ids):
    """Of a column with ids of people, or of groups, that may be named by their names."""

    def one(self, operator: str, value: Any, at: At) -> Build:
        """Compare by one operator; by name, with those that can be seen."""
        if operator != "name":
            return super().one(operator, value, at)
        name = at.text(value)
        named = people_named if self.annotation is OwnerFilter else groups_named

        def build(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
            return sa.and_(getattr(entity, self.column).in_(named(viewer, name)))

        return build


@dataclass(frozen=True)
class OfEvent(Operand):
    """Of the time of an event that a row points at."""

    event: ToOne
    annotation: Any = Date("time").annotation

    def build(self, given: Mapping[str, Any], at: At) -> Build:
        """Compare the time."""
        return self.event.of(Date("time").build(given, at))


def annotated_as(model: Any) -> str | None:
    """Return `AnnotationLink.parent_type` of an entity; None if it cannot be annotated."""
    for declared in _fields(model):
        children = _relation(declared)
        if isinstance(children, Children) and _annotations(children):
            return str(dict(children.where)["parent_type"])
    return None


def operand_of(declared: StrawberryField, model: Any) -> Operand | None:
    """Make the operand of a declared field; None if lists cannot be filtered by it."""
    relation = _relation(declared)
    match relation:
        case Children():
            return _of_children(relation)
        case (str() as mine, str() as theirs):
            return _of_one(declared, mine, theirs)
        case (tuple() as names, convert):
            return _of_columns(declared, model, names, convert)
    return None


def _fields(model: Any) -> list[StrawberryField]:
    return get_object_definition(_DECLARED[model], strict=True).fields


def _relation(declared: StrawberryField) -> Any:
    """Return what a field says about where its values are; see `Source.filtered`."""
    if declared.base_resolver is not None:
        return None
    if not declared.extensions:
        return ((declared.python_name,), None)
    source: Any = declared.extensions[0]
    return source.filtered(declared.python_name) if hasattr(source, "filtered") else None


def _annotations(children: Children) -> bool:
    linked = children.link is models.AnnotationLink and children.parent == "parent_id"
    return linked and children.entity is models.Annotation


def _of_children(children: Children) -> Operand | None:
    if _annotations(children) or children.entity is models.TagAnnotation:
        return None  # `annotation` and `tag` ask for them
    return Related(children, children.entity) if children.entity in _DECLARED else None


def _of_one(declared: StrawberryField, mine: str, theirs: str) -> Operand | None:
    target = _plain(declared.type)
    other = getattr(target, "entity", None)
    if other is None or other not in _DECLARED:
        return None
    if mine != "id" and issubclass(other, models.Experimenter | models.ExperimenterGroup):
        kind = OwnerFilter if issubclass(other, models.Experimenter) else GroupFilter
        return Called(mine, frozenset({other.__name__}), kind)
    to_one = ToOne(mine, theirs, other)
    return OfEvent(to_one) if other is models.Event else to_one


def _of_columns(
    declared: StrawberryField, model: Any, names: tuple[str, ...], convert: Any
) -> Operand | None:
    columns = sa.inspect(model).columns
    if any(name not in columns for name in names):
        return None
    type_, name = _plain(declared.type), names[0]
    if len(names) == 2 and names[1] == f"{name}_unit":
        return Quantity(name, names[1], convert(1.0, None).unit)
    if isinstance(type_, StrawberryEnumDefinition):
        kind: Any = type_.wrapped_cls
        return Choice(name, kind, type_.name, open_="OTHER" in kind.__members__)
    return _plain_column(type_, columns[name], name, model) if len(names) == 1 else None


def _plain_column(type_: Any, column: sa.Column[Any], name: str, model: Any) -> Operand | None:
    stored = column.type
    if type_ is str and isinstance(stored, sa.String):
        sorted_by = "sort_name" if name == "name" and issubclass(model, Named) else None
        return Text(name, "text_key" if name == "text_value" and model in _FOLDED else sorted_by)
    if type_ is bool and isinstance(stored, sa.Boolean):
        return Truth(name)
    if type_ is dt.datetime and isinstance(stored, models.UtcDateTime):
        return Date(name)
    if type_ is float and isinstance(stored, sa.Float):
        return Number(name, FloatFilter)
    if isinstance(stored, sa.Integer) and not column.foreign_keys:
        if type_ is int:
            return Number(name, IntFilter)
        if getattr(type_, "__name__", "") == "Long":
            return Number(name, FloatFilter)
    return None


_FOLDED = (models.TagAnnotation, models.TermAnnotation)
"""Annotations whose texts have sort keys."""


def _plain(type_: Any) -> Any:
    """Strip what says that a type is optional, and find out what a lazy one is."""
    if isinstance(type_, StrawberryContainer) and type(type_).__name__ == "StrawberryOptional":
        return _plain(type_.of_type)
    return type_.resolve_type() if isinstance(type_, LazyType) else type_


def _kind(model: Any, kinds: list[Any]) -> Choice:
    from_names = {_constant(kind.__name__): kind.__name__ for kind in kinds}
    name = f"{model.__name__}Kind"
    enum: Any = Enum(name, from_names)  # type: ignore[misc]  # made while running
    return Choice("kind", described_kinds(enum, model, kinds), name, open_=False)


def described_kinds(enum: Any, model: Any, kinds: list[Any]) -> Any:
    """Make the enumeration of the kinds of a polymorphic entity one of GraphQL's."""
    texts = {_constant(kind.__name__): (kind.__doc__ or "").splitlines()[0] for kind in kinds}
    return described(enum, f"Kinds of the type {model.__name__}.", texts)


def _column(operand: Operand) -> Any:
    return getattr(operand, "column", None)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def _constant(name: str) -> str:
    letters = [
        f"_{one}" if one.isupper() and place and not name[place - 1].isupper() else one
        for place, one in enumerate(name)
    ]
    return "".join(letters).upper()


def _some(builds: list[Build]) -> Build:
    return lambda viewer, entity: sa.or_(sa.false(), *(build(viewer, entity) for build in builds))


def _not(build: Build) -> Build:
    """Negate, where what is unknown does not hold."""
    return lambda viewer, entity: sa.case((build(viewer, entity), sa.false()), else_=sa.true())
