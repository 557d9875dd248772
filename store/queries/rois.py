"""Shapes by their place: those that lie in a part of an image, at a section and a time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.visitors import InternalTraversal

from store import models
from store.access import Viewer, select_visible
from store.errors import InvalidInputError
from store.models.among import IdList

PLANES = 2**31 - 2
"""Largest number of a section or time point that the index of places tells apart."""
FAR = 1e300
"""Further than any coordinate."""


@dataclass(frozen=True, slots=True)
class View:
    """A part of an image; checks itself when it is made."""

    x: float = -FAR
    y: float = -FAR
    width: float = 2 * FAR
    height: float = 2 * FAR
    z: int | None = None
    """Section; none is all."""
    t: int | None = None
    """Time point; none is all."""

    def __post_init__(self) -> None:
        numbers = (self.x, self.y, self.width, self.height)
        if not all(math.isfinite(number) for number in numbers):
            raise InvalidInputError("The view is not finite.", "Give numbers below 1e300.")
        if self.width < 0 or self.height < 0:
            raise InvalidInputError(
                f"The view is {self.width} × {self.height}.",
                "Give a width and height of 0 or more.",
            )
        for name, number in (("z", self.z), ("t", self.t)):
            if number is not None and not 0 <= number < PLANES:
                raise InvalidInputError(f"`{name}` is {number}.", "Planes are counted from 0.")


class InView(sa.ColumnElement[bool]):
    """The condition that a shape is among those that the index of places gives; see `in_view`."""

    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012  (the name and form that SQLAlchemy reads)
        ("column", InternalTraversal.dp_clauseelement),
        ("parts", InternalTraversal.dp_clauseelement_list),
    ]
    type = sa.Boolean()
    # Else SQLite gets "… IN (…) = 1", which it answers by reading the whole table.
    _is_implicitly_boolean = True

    def __init__(self, column: Any, parts: Sequence[sa.ColumnElement[Any]]) -> None:
        self.column = sa.inspection.inspect(column).__clause_element__()
        self.parts = list(parts)

    @property
    def _from_objects(self) -> Any:
        return self.column._from_objects


def in_view(entity: Any, view: View, images: sa.BindParameter[Any]) -> sa.ColumnElement[bool]:
    """Build the condition that shapes touch a view of some images, boundaries included.

    Args:
        entity: `models.Shape` or an alias of it; the caller restricts it to the images.
        view: What is looked at.
        images: Ids of the images, a parameter of the type `IdList`.

    Returns:
        The exact comparison with the box around the shape, led by the index of places.
    """
    right, bottom = view.x + view.width, view.y + view.height
    exact = [
        entity.max_x >= view.x,
        entity.min_x <= right,
        entity.max_y >= view.y,
        entity.min_y <= bottom,
    ]
    if view.z is not None:
        exact.append(sa.or_(entity.the_z.is_(None), entity.the_z == view.z))
    if view.t is not None:
        exact.append(sa.or_(entity.the_t.is_(None), entity.the_t == view.t))
    sides = [sa.literal(number, sa.Float()) for number in (view.x, view.y, right, bottom)]
    planes = [
        sa.literal(number, sa.Integer())
        for plane in (view.z, view.t)
        for number in ((0, PLANES) if plane is None else (plane, plane))
    ]
    return sa.and_(InView(entity.id, [images, *sides, *planes]), *exact)


def shapes_in_view(
    session: Session,
    viewer: Viewer,
    image_id: int,
    view: View,
    *,
    first: int = 500,
    after: int | None = None,
) -> list[models.Shape]:
    """Load the shapes of an image that touch a view.

    Args:
        session: Of the caller.
        viewer: Who looks.
        image_id: Of the image.
        view: What is looked at.
        first: Most shapes wanted.
        after: Id of the last shape that the caller has.

    Returns:
        In order of ids.
    """
    shape = models.Shape
    images = sa.bindparam("images", [image_id], type_=IdList())
    statement = (
        select_visible(viewer, shape)
        .where(shape.image_id == image_id, in_view(shape, view, images))
        .order_by(shape.id)
        .limit(first)
    )
    if after is not None:
        statement = statement.where(shape.id > after)
    return list(session.scalars(statement))


# The texts below are SQL around parameters that SQLAlchemy writes.
@compiles(InView)
def _rtree(element: InView, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    images, left, top, right, bottom, z0, z1, t0, t1 = (
        compiler.process(part, **options) for part in element.parts
    )
    return (
        f"{column} IN (SELECT place.id FROM json_each({images}) AS seen"  # noqa: S608
        " CROSS JOIN shape_place AS place ON place.min_image <= seen.value"
        " AND place.max_image > seen.value"
        f" AND place.max_x >= {_near(left)} AND place.min_x <= {_near(right)}"
        f" AND place.max_y >= {_near(top)} AND place.min_y <= {_near(bottom)}"
        f" AND place.min_z <= {z1} AND place.max_z > {z0}"
        f" AND place.min_t <= {t1} AND place.max_t > {t0})"
    )


def _near(side: str) -> str:
    """Clamp a side of a view as the index clamps the sides of shapes."""
    return f"max(-2147483648.0, min(2147483646.0, {side}))"


@compiles(InView, "postgresql")
def _gist(element: InView, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    images, left, top, right, bottom, z0, z1, t0, t1 = (
        compiler.process(part, **options) for part in element.parts
    )
    return (
        f"{column} IN (SELECT place.id FROM unnest({images}) AS seen(id)"  # noqa: S608
        " JOIN shape AS place ON place.image_id = seen.id AND place.deleted_event_id IS NULL"
        " AND shape_place(place.image_id, place.min_x, place.min_y, place.max_x, place.max_y)"
        f" && shape_place(seen.id, {left}, {top}, {right}, {bottom})"
        " AND shape_planes(place.the_z, place.the_t)"
        f" && box(point({z0}, {t0}), point({z1}, {t1})))"
    )
