"""Regions of interest and their shapes."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, Owned, index_while_live
from store.models.quantities import Choice, LongText, ShortText, Unit


class ROI(Owned, Base):
    """A region of interest: one or more shapes, on one image or on none yet."""

    __tablename__ = "roi"
    __table_args__ = (sa.Index(None, "image_id", "id"),)

    image_id: Mapped[int | None] = mapped_column(sa.ForeignKey("image.id"))
    name: Mapped[str | None] = mapped_column(sa.String(1024))
    description: Mapped[LongText]


class Shape(Owned, Base):
    """A shape of one of eight kinds, all in one table.

    Coordinates are pixels of the full resolution from its upper left corner. The box around the
    shape, with transform and without its stroke, is kept beside it for finding what lies in view,
    and two numbers that the index of places is made of.
    """

    __tablename__ = "shape"
    __table_args__ = (
        sa.Index("ix_shape_roi_id_index", "roi_id", "index"),
        sa.Index(None, "image_id", "id"),
        index_while_live("ix_shape_place", "image_id", "plane", "cell"),
    )

    roi_id: Mapped[int] = mapped_column(sa.ForeignKey("roi.id"))
    image_id: Mapped[int | None] = mapped_column(sa.ForeignKey("image.id"))
    """That of the ROI, repeated here for finding shapes by place."""
    index: Mapped[int] = mapped_column(sa.Integer, default=0)
    """Number within the ROI, from 0."""
    kind: Mapped[str] = mapped_column(sa.String(16))
    """Name of the class."""
    the_z: Mapped[int | None]
    """Section that the shape is on; none is on all."""
    the_t: Mapped[int | None]
    the_c: Mapped[int | None]
    fill_color: Mapped[int | None]
    """Signed 32-bit RGBA as in OME-XML."""
    fill_rule: Mapped[Choice]
    stroke_color: Mapped[int | None]
    stroke_width: Mapped[float | None]
    stroke_width_unit: Mapped[Unit]
    stroke_dash_array: Mapped[ShortText]
    text: Mapped[LongText]
    font_family: Mapped[Choice]
    font_size: Mapped[float | None]
    font_size_unit: Mapped[Unit]
    font_style: Mapped[Choice]
    locked: Mapped[bool | None]
    a00: Mapped[float | None]
    """Transform [[a00 a01 a02], [a10 a11 a12]]; all six or none."""
    a10: Mapped[float | None]
    a01: Mapped[float | None]
    a11: Mapped[float | None]
    a02: Mapped[float | None]
    a12: Mapped[float | None]
    x: Mapped[float | None]
    """Left edge; the centre of points, ellipses and labels' anchors."""
    y: Mapped[float | None]
    width: Mapped[float | None]
    height: Mapped[float | None]
    radius_x: Mapped[float | None]
    radius_y: Mapped[float | None]
    x1: Mapped[float | None]
    y1: Mapped[float | None]
    x2: Mapped[float | None]
    y2: Mapped[float | None]
    points: Mapped[LongText]
    """Of polylines and polygons: "x,y x,y …"."""
    marker_start: Mapped[Choice]
    marker_end: Mapped[Choice]
    mask: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """Of masks: one bit for each pixel of the box, rows first; compressed as it came."""
    mask_compression: Mapped[Choice]
    mask_big_endian: Mapped[bool | None]
    mask_length: Mapped[int | None] = mapped_column(sa.BigInteger)
    min_x: Mapped[float | None]
    max_x: Mapped[float | None]
    min_y: Mapped[float | None]
    max_y: Mapped[float | None]
    plane: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Section and time as one number; see `store.models.places`."""
    cell: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Where the box is; none if there is no box."""

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_abstract": True}  # noqa: RUF012


class Rectangle(Shape):
    """A rectangle: x, y, width, height."""

    __mapper_args__ = {"polymorphic_identity": "Rectangle"}  # noqa: RUF012


class Ellipse(Shape):
    """An ellipse: centre x, y and two radii."""

    __mapper_args__ = {"polymorphic_identity": "Ellipse"}  # noqa: RUF012


class Point(Shape):
    """A point: x, y."""

    __mapper_args__ = {"polymorphic_identity": "Point"}  # noqa: RUF012


class Line(Shape):
    """A line from x1, y1 to x2, y2."""

    __mapper_args__ = {"polymorphic_identity": "Line"}  # noqa: RUF012


class Polyline(Shape):
    """An open line through points."""

    __mapper_args__ = {"polymorphic_identity": "Polyline"}  # noqa: RUF012


class Polygon(Shape):
    """A closed line through points."""

    __mapper_args__ = {"polymorphic_identity": "Polygon"}  # noqa: RUF012


class Label(Shape):
    """A text at x, y."""

    __mapper_args__ = {"polymorphic_identity": "Label"}  # noqa: RUF012


class Mask(Shape):
    """A bitmap in a rectangle."""

    __mapper_args__ = {"polymorphic_identity": "Mask"}  # noqa: RUF012
