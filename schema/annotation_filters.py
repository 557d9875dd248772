"""Conditions on the tags and the key–values of a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import strawberry

from schema.filters import (
    TEXT_FIELDS,
    VALUES_MAX,
    At,
    Build,
    Operand,
    every,
    id_list,
    input_type,
    range_unit,
    text_conditions,
)
from store import models
from store.access import Viewer, select_visible
from store.models import units
from store.models.aliases import alias
from store.models.among import among
from store.models.matching import after_prefix, matches
from store.models.pairs import folded

type Where = tuple[tuple[str, str | bool], ...]
"""Columns of `AnnotationLink` that say which type of rows is annotated, with their values."""

_TAG_KINDS = frozenset({"TagAnnotation"})

TagFilter = input_type(
    "TagFilter",
    "Which tag something has to have, among those that you can see; all that is given holds of"
    " one tag. Without anything, any tag.",
    {
        **TEXT_FIELDS,
        "ids": (list[strawberry.ID], f"One of these tags; at most {VALUES_MAX:,}."),
    },
)
KeyValueFilter = input_type(
    "KeyValueFilter",
    "Which key–value something has to have, among those that you can see; all that is given holds"
    " of one pair of key and value. Case and white space make no difference.",
    {
        "key": (str, "The key; without, it may be any."),
        "eq": (str, "The value is this."),
        "in": (list[str], f"The value is one of these; at most {VALUES_MAX:,}."),
        "contains": (str, "The value contains this; no character is a wildcard."),
        "startsWith": (str, "The value begins with this; no character is a wildcard."),
        "min": (float, "The value is a number: this or more."),
        "max": (float, "The value is a number: this or less."),
        "unit": (
            str,
            "Symbol of the unit of `min` and `max`: values with other units of the same dimension"
            " are converted. Without, only numbers without unit match.",
        ),
        "namespace": (str, "Namespace of the map annotation."),
    },
)


@dataclass(frozen=True)
class Tag(Operand):
    """Of the tags of a row."""

    where: Where
    annotation: Any = TagFilter
    description: str = "Some tag that you can see meets this."

    def build(self, given: Mapping[str, Any], at: At) -> Build:
        """Ask for some tag."""
        texts = {name: value for name, value in given.items() if name != "ids"}
        conditions = text_conditions(texts, at, "text_value", "text_key")
        if "ids" in given:
            conditions.append(_among_ids(id_list(given["ids"], _TAG_KINDS, at.below("ids"))))
        inner = every(conditions)

        def build(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
            tag = alias(models.Annotation, "asked")
            is_tag = tag.kind == models.TagAnnotation.__name__
            return _annotated(viewer, entity, self.where, tag, [is_tag, inner(viewer, tag)])

        return build


@dataclass(frozen=True)
class KeyValues(Operand):
    """Of the pairs of the map annotations of a row: each entry of the list has to be there."""

    where: Where
    annotation: Any = list[KeyValueFilter]  # type: ignore[valid-type]  # made while running
    description: str = "For each of these, some key–value that you can see meets it."

    def build(self, given: Mapping[str, Any], at: At) -> Build:
        """Ask for some pair."""
        conditions = [*_of_value(given, at), *_of_number(given, at)]
        if "key" in given:
            conditions.insert(0, _equal("key_key", [at.below("key").text(given["key"])]))
        inner, namespace = every(conditions), given.get("namespace")
        if namespace is not None:
            at.below("namespace").text(namespace)

        def build(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:
            pair, owner = alias(models.MapPair, "asked"), alias(models.Annotation, "asked")
            needed = [inner(viewer, pair)]
            if namespace is not None:
                needed.append(owner.namespace == namespace)
            return _annotated(viewer, entity, self.where, owner, needed, pair)

        return build


def _annotated(
    viewer: Viewer,
    entity: Any,
    where: Where,
    annotation: Any,
    needed: list[sa.ColumnElement[bool]],
    pair: Any = None,
) -> sa.ColumnElement[bool]:
    """Make the condition that some visible annotation, or pair of one, meets conditions.

    Found from the annotations, not asked of each row: few rows have what somebody looks for.
    """
    link = alias(models.AnnotationLink, "asked")
    annotations = select_visible(viewer, annotation, annotation.id).where(*needed)
    if pair is not None:
        annotations = annotations.join(pair, pair.annotation_id == annotation.id)
    constant = [getattr(link, column) == value for column, value in where]
    # Inside each other, not joined: SQLite would begin with all links of one type of rows.
    linked = link.child_id.in_(annotations)
    found = select_visible(viewer, link, link.parent_id).where(*constant, linked)
    return sa.and_(entity.id.in_(found))


def _of_value(given: Mapping[str, Any], at: At) -> list[Build]:
    found: list[Build] = []
    for operator, value in given.items():
        here = at.below(operator)
        match operator:
            case "eq":
                found.append(_equal("value_key", [here.text(value)]))
            case "in":
                texts = [place.text(one) for place, one in here.values(value)]
                found.append(_equal("value_key", texts))
            case "contains":
                found.append(_containing(folded(here.text(value))))
            case "startsWith":
                found.append(_beginning(folded(here.text(value))))
    return found


def _equal(name: str, texts: list[str]) -> Build:
    keys = [folded(text) for text in texts]
    if len(keys) == 1:
        return lambda _viewer, pair: sa.and_(getattr(pair, name) == keys[0])
    return lambda _viewer, pair: among(getattr(pair, name), keys)


def _containing(key: str) -> Build:
    return lambda _viewer, pair: matches(pair.value_key, key)


def _beginning(key: str) -> Build:
    end = after_prefix(key)
    if end is None:
        return lambda _viewer, _pair: sa.true()
    return lambda _viewer, pair: sa.and_(pair.value_key >= key, pair.value_key < end)


def _of_number(given: Mapping[str, Any], at: At) -> list[Build]:
    bounds = {name: given[name] for name in ("min", "max") if name in given}
    symbol = range_unit(given, bounds, at, None)
    if not bounds and symbol is None:
        return []
    limits = {name: in_base(value, symbol) for name, value in bounds.items()}

    def build(_viewer: Viewer, pair: Any) -> sa.ColumnElement[bool]:
        column, measured = measure(pair, symbol)
        conditions = [measured, column.is_not(None)]
        if "min" in limits:
            conditions.append(column >= limits["min"])
        if "max" in limits:
            conditions.append(column <= limits["max"])
        return sa.and_(*conditions)

    return [build]


def measure(pair: Any, symbol: str | None) -> tuple[Any, sa.ColumnElement[bool]]:
    """Say where numbers with a unit are, to compare them: the column, and which rows.

    Args:
        pair: `MapPair`, or an alias of it.
        symbol: Of the unit; None for numbers without one. Numbers are in the base unit of its
            dimension, if it has a size.
    """
    if symbol is None:
        return pair.base_number, pair.unit.is_(None)
    unit = units.UNITS[symbol]
    if unit.scale is None:
        return pair.number, sa.and_(pair.unit == symbol)
    return pair.base_number, among(pair.unit, units.factors(unit.dimension))


def in_base(value: float, symbol: str | None) -> float:
    """Express a number in the unit that `measure` compares in."""
    base = None if symbol is None else units.in_base(value, symbol)
    return value if base is None else base


def _among_ids(keys: list[int]) -> Build:
    return lambda _viewer, entity: among(entity.id, keys)
