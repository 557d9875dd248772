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
from store.models.among import IdList, PairList
from store.models.limits import at_most
from store.models.places import PLANES, cell_ranges, plane_ranges

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
    times = (0, PLANES) if view.t is None else (view.t + 1, view.t + 1)
    parts = [
        images,
        sa.literal(plane_ranges(view.z, view.t), PairList()),
        sa.literal(cell_ranges(view.x, view.y, right, bottom), PairList()),
        *(sa.literal(time, sa.Integer()) for time in times),
    ]
    return sa.and_(InView(entity.id, parts), *exact)


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
        .limit(at_most(first))
    )
    if after is not None:
        statement = statement.where(shape.id > after)
    return list(session.scalars(statement))


# The texts below are SQL around parameters that SQLAlchemy writes. They look which of the planes
# there are, one after the other, and read the ranges of cells on each of them.
_SEEN = (
    "((present.plane & 4294967295) = 0 OR (present.plane & 4294967295) BETWEEN {first} AND {last})"
)
_WITHIN = (
    "place.image_id = present.image AND place.plane = present.plane"
    " AND place.cell BETWEEN cells.low AND cells.high AND place.deleted_event_id IS NULL"
)


def _present(images: str, planes: str) -> str:
    """Write a table of the planes of images that have shapes, within ranges of planes."""
    least = (
        "(SELECT min(place.plane) FROM shape AS place WHERE place.deleted_event_id IS NULL"
        " AND place.image_id = {image} AND place.plane {after} AND place.plane <= {upto})"
    )
    first = least.format(image="seen.id", after=">= planes.low", upto="planes.high")
    following = least.format(image="present.image", after="> present.plane", upto="present.upto")
    return (
        "WITH RECURSIVE present(image, upto, plane) AS ("  # noqa: S608
        f"SELECT seen.id, planes.high, {first} FROM {images} CROSS JOIN {planes}"
        f" UNION ALL SELECT present.image, present.upto, {following}"
        " FROM present WHERE present.plane < present.upto)"
    )


@compiles(InView)
def _in_view(element: InView, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    images, planes, cells, first, last = (
        compiler.process(part, **options) for part in element.parts
    )
    pairs = "(SELECT value ->> 0 AS low, value ->> 1 AS high FROM json_each({}))"
    present = _present(
        f"(SELECT value AS id FROM json_each({images})) AS seen",  # noqa: S608
        f"{pairs.format(planes)} AS planes",
    )
    return (
        f"{column} IN ({present}, cells AS MATERIALIZED {pairs.format(cells)}"  # noqa: S608
        " SELECT place.id FROM present CROSS JOIN cells CROSS JOIN shape AS place"
        f" WHERE {_WITHIN} AND {_SEEN.format(first=first, last=last)})"
    )


@compiles(InView, "postgresql")
def _in_view_postgresql(element: InView, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    images, planes, cells, first, last = (
        compiler.process(part, **options) for part in element.parts
    )
    pairs = "unnest(({0})[:][1:1], ({0})[:][2:2])"
    planes = f"{pairs.format(planes)} AS planes(low, high)"
    cells = f"{pairs.format(cells)} AS cells(low, high)"
    present = _present(f"unnest({images}) AS seen(id)", planes)
    # OFFSET 0 keeps the order of the loops; the array is made once, whatever its length.
    return (
        f"{column} = ANY (ARRAY({present}"  # noqa: S608
        f" SELECT found.id FROM present CROSS JOIN {cells} CROSS JOIN LATERAL"
        f" (SELECT place.id FROM shape AS place WHERE {_WITHIN} OFFSET 0) AS found"
        f" WHERE {_SEEN.format(first=first, last=last)}))"
    )
