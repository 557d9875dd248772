"""What can be annotated, and the fields that show the annotations of one object."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
import strawberry

from schema import reads
from schema.context import Context, Facts
from schema.fields import Derived, Many, Paged, Source, field, value
from schema.pagination import Connection
from schema.reads import Children
from schema.types import lazy
from schema.types.nodes import Node
from schema.types.scalars import KeyValue
from store import models
from store.access import select_visible, visible
from store.models.among import among
from store.models.annotations import RATING_NAMESPACE

_LINK = models.AnnotationLink


@value
class Rating:
    """How people rated something: whole numbers from 0 to 5."""

    mine: int | None = field("Your own rating, if there is one.")
    average: float | None = field("Mean of all ratings that you can see.")
    count: int = field("Ratings that you can see.")


@strawberry.interface(description="Something that annotations can be attached to.")
class Annotated(Node):
    """Something that annotations can be attached to.

    `annotatable` gives the fields their sources; here those of lists only say their arguments.
    """

    annotations: Connection[lazy.Annotation] = field(
        "Its annotations, of all kinds.", Paged(Children(models.Annotation))
    )
    tags: list[lazy.TagAnnotation] = field("Its tags, in the order in which they were attached.")
    comments: Connection[lazy.CommentAnnotation] = field(
        "Its comments, oldest first.", Paged(Children(models.CommentAnnotation))
    )
    key_values: list[KeyValue] = field("The pairs of all its map annotations, in their order.")
    rating: Rating = field("How people rated it.")


def annotatable[T: type](cls: T) -> T:
    """Give a subclass of `Annotated` the sources of its fields; below `entity` or `interface`.

    Annotations point at the table of the class of the same name, so that the kinds of a
    polymorphic entity share the fields of their interface.
    """
    for name, source in _sources(cls.__name__).items():
        (declared,) = (one for one in _FIELDS if one.python_name == name)
        cls.__annotations__[name] = Annotated.__annotations__[name]
        setattr(cls, name, field(declared.description, source))
    return cls


_FIELDS = Annotated.__strawberry_definition__.fields  # type: ignore[attr-defined]


def _sources(kind: str) -> Mapping[str, Source]:
    where = (("parent_type", kind),)

    def of(entity: Any) -> Children:
        return Children(entity, _LINK, where=where)

    return {
        "annotations": Paged(of(models.Annotation)),
        "tags": Many(of(models.TagAnnotation), "id"),
        "comments": Paged(of(models.CommentAnnotation)),
        "key_values": Derived(_pairs(kind), lambda pairs: pairs or []),
        "rating": Derived(_ratings(kind), lambda rating: rating or UNRATED),
    }


UNRATED = Rating(mine=None, average=None, count=0)


def _pairs(kind: str) -> Facts:
    """Make what reads the pairs of all map annotations of objects; one statement."""
    pair = models.MapPair
    columns = (
        *(_LINK.parent_id, pair.annotation_id, pair.key, pair.value, pair.number, pair.unit),
        models.MapAnnotation.namespace,
    )

    def read(context: Context, ids: Sequence[int]) -> Mapping[int, list[KeyValue]]:
        statement = (
            select_visible(context.viewer, models.MapAnnotation, *columns)
            .join(pair, pair.annotation_id == models.MapAnnotation.id)
            .join(_LINK, _LINK.child_id == models.MapAnnotation.id)
            .where(_linked(context, kind))
            .order_by(_LINK.parent_id, _LINK.id, pair.index)
            .limit(reads.ROWS_MAX)
        )
        found: dict[int, list[KeyValue]] = {}
        for parent, *values in context.rows(statement, {"keys": list(ids)}):
            found.setdefault(parent, []).append(KeyValue.of(*values))
        return found

    return read


def _ratings(kind: str) -> Facts:
    """Make what reads the ratings of objects; one statement."""

    def read(context: Context, ids: Sequence[int]) -> Mapping[int, Rating]:
        rating = models.LongAnnotation
        own = rating.owner_id == context.viewer.experimenter_id
        columns = (
            _LINK.parent_id,
            sa.func.max(sa.case((own, rating.long_value))),
            sa.func.sum(rating.long_value),
            sa.func.count(),
        )
        statement = (
            select_visible(context.viewer, rating, *columns)
            .join(_LINK, _LINK.child_id == rating.id)
            .where(_linked(context, kind), rating.namespace == RATING_NAMESPACE)
            .group_by(_LINK.parent_id)
            .limit(reads.ROWS_MAX)
        )
        return {
            parent: Rating(mine=mine, average=int(total) / count, count=count)
            for parent, mine, total, count in context.rows(statement, {"keys": list(ids)})
        }

    return read


def _linked(context: Context, kind: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        _LINK.parent_type == kind,
        among(_LINK.parent_id, reads.KEYS),
        visible(context.viewer, _LINK),
    )


def on(entity: Any, kind: str | None = None) -> Paged:
    """Make the source of an annotation's field that lists the objects of one type it is on.

    Args:
        entity: The type.
        kind: Name of the table's class, if it is not that of the type.
    """
    where = (("parent_type", kind or entity.__name__),)
    return Paged(Children(entity, _LINK, "child_id", "parent_id", where=where))


def links(context: Context, ids: Sequence[int]) -> Mapping[int, int]:
    """Count the visible links of annotations to objects; one statement."""
    statement = (
        select_visible(context.viewer, _LINK, _LINK.child_id, sa.func.count())
        .where(among(_LINK.child_id, reads.KEYS))
        .group_by(_LINK.child_id)
        .limit(reads.ROWS_MAX)
    )
    return dict(context.rows(statement, {"keys": list(ids)}))
