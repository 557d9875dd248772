"""What is found, before it is read: a set of ids, or a condition."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from store.access import Rows
from store.models.among import among

type Condition = Callable[[Any], sa.ColumnElement[bool]]
"""From an entity to a condition on it."""


@dataclass(frozen=True, slots=True)
class Few:
    """All objects that are found, as ids; some may be invisible."""

    ids: frozenset[int]

    def __call__(self, entity: Any) -> sa.ColumnElement[bool]:
        """Build the condition that an object is one of them."""
        return among(entity.id, self.ids) if self.ids else sa.false()


@dataclass(frozen=True, slots=True)
class Many:
    """Too many to collect: a condition."""

    condition: Condition
    ids: Callable[[], Rows] | None = None
    """Selects the visible objects that fulfil it, if they are found by it alone, and faster."""

    def __call__(self, entity: Any) -> sa.ColumnElement[bool]:
        """Build the condition."""
        return self.condition(entity)


type Found = Few | Many
NONE = Few(frozenset())
EVERYTHING = Many(lambda _: sa.true())


def both(parts: Sequence[Found]) -> Found:
    """Return what is in each of several."""
    few = [part.ids for part in parts if isinstance(part, Few)]
    many = [part for part in parts if isinstance(part, Many) and part is not EVERYTHING]
    if not few and len(many) == 1:
        return many[0]
    if not few:
        return Many(lambda e: sa.and_(*(part(e) for part in many))) if many else EVERYTHING
    least = Few(frozenset.intersection(*few))
    if not many or not least.ids:
        return least
    return Many(lambda e: sa.and_(least(e), *(part(e) for part in many)))


def either(parts: Sequence[Found]) -> Found:
    """Return what is in at least one of several."""
    few = Few(frozenset().union(*(part.ids for part in parts if isinstance(part, Few))))
    many = [part for part in parts if isinstance(part, Many)]
    if EVERYTHING in many:
        return EVERYTHING
    if not many:
        return few
    if not few.ids and len(many) == 1:
        return many[0]
    found: list[Found] = [*many, few] if few.ids else [*many]
    return Many(lambda e: sa.or_(*(part(e) for part in found)))


def without(part: Found) -> Found:
    """Return everything but what is in it."""
    if part is EVERYTHING:
        return NONE
    if isinstance(part, Few) and not part.ids:
        return EVERYTHING
    return Many(lambda e: sa.not_(part(e)))
