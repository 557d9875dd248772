"""Regions of interest and the eight kinds of shapes that they consist of."""

import base64
import math

from schema.fields import Column, One, Paged, counted_children, entity, field, interface, value
from schema.pagination import Connection
from schema.reads import Children
from schema.types import lazy
from schema.types.annotated import Annotated, annotatable
from schema.types.choices import choice
from schema.types.made import runs_with
from schema.types.owned import Owned
from schema.types.scalars import Color, Length, Long, packed_color, quantity
from schema.types.statistics import OF_ROI, Statistics
from store import models
from store.errors import InvalidInputError
from store.models.enums import Compression, FillRule, FontFamily, FontStyle, Marker
from store.queries.areas import unpacked_mask

BITS_MAX = 8_000_000
"""Most pixels of a bitmap that is given in an answer."""
ROI_SHAPES = Children(models.Shape, parent="roi_id")


@entity(models.ROI)
@annotatable
class ROI(Owned, Annotated):
    """A region of interest: one or more shapes, on one image or on none yet."""

    name: str | None = field("Name.")
    description: str | None = field("Free text.")
    image: lazy.Image | None = field("The image that it is on.", One("image_id"))
    shape_count: int = field("Shapes of it that you can see.", counted_children(ROI_SHAPES))
    shapes: Connection[lazy.Shape] = field("Its shapes.", Paged(ROI_SHAPES, "INDEX_ASC"))
    statistics: Statistics = field(
        "What the samples inside its shapes are like: pixels whose centre is inside. Shapes"
        " without area count nothing; those on no plane in particular count on all.",
        OF_ROI,
    )
    folders: Connection[lazy.Folder] = field(
        "The folders that it is in.",
        Paged(Children(models.Folder, models.FolderROILink, "child_id", "parent_id")),
    )
    microbeam_manipulations: Connection[lazy.MicrobeamManipulation] = field(
        "What was done to it with light.",
        Paged(
            Children(
                *(models.MicrobeamManipulation, models.MicrobeamManipulationROILink),
                *("child_id", "parent_id"),
            )
        ),
    )
    was_generated_by: Connection[lazy.Run] = field(
        "The runs that made it.", runs_with("ROI", "output")
    )
    used_by: Connection[lazy.Run] = field("The runs that read it.", runs_with("ROI", "input"))


@value
class AffineTransform:
    """Moves, turns, scales and shears: x' = a00 x + a01 y + a02; y' = a10 x + a11 y + a12."""

    a00: float = field("First row, first column.")
    a10: float = field("Second row, first column.")
    a01: float = field("First row, second column.")
    a11: float = field("Second row, second column.")
    a02: float = field("First row, third column.")
    a12: float = field("Second row, third column.")


@value
class Box:
    """The smallest upright rectangle around a shape, transformed, without its stroke."""

    min_x: float = field("Left edge, in pixels.")
    min_y: float = field("Upper edge, in pixels.")
    max_x: float = field("Right edge, in pixels.")
    max_y: float = field("Lower edge, in pixels.")


@value
class Vertex:
    """One point of a line."""

    x: float = field("Pixels from the left.")
    y: float = field("Pixels from the top.")


def transform(*numbers: float) -> AffineTransform | None:
    """Join the six numbers of a transform; None if one is missing."""
    if None in numbers:
        return None
    names = ("a00", "a10", "a01", "a11", "a02", "a12")
    return AffineTransform(**dict(zip(names, numbers, strict=True)))


def box(min_x: float, min_y: float, max_x: float, max_y: float) -> Box | None:
    """Join the edges of a box; None if one is missing."""
    if None in (min_x, min_y, max_x, max_y):
        return None
    return Box(min_x=min_x, min_y=min_y, max_x=max_x, max_y=max_y)


def vertices(points: str) -> list[Vertex] | None:
    """Read "x,y x,y …", as OME writes points; None if the text is anything else.

    >>> [(vertex.x, vertex.y) for vertex in vertices("1,2 3.5,4") or ()]
    [(1.0, 2.0), (3.5, 4.0)]
    """
    try:
        numbers = [float(word) for word in points.replace(",", " ").split()]
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        return [Vertex(x=x, y=y) for x, y in pairs]
    except ValueError:
        return None


def bits(mask: bytes, compression: str | None, width: float, height: float) -> str | None:
    """Unpack a bitmap of one bit for each pixel of its box, as base64."""
    pixels = round(width) * round(height)
    if pixels > BITS_MAX:
        return None
    try:
        unpacked = unpacked_mask(mask, compression, math.ceil(pixels / 8))
    except InvalidInputError:
        return None
    return base64.b64encode(unpacked).decode("ascii")


@interface(models.Shape)
@annotatable
class Shape(Owned, Annotated):
    """A shape of any kind; coordinates are pixels of the full resolution."""

    roi: ROI | None = field("The region that it is part of.", One("roi_id"))
    image: lazy.Image | None = field("The image that it is on.", One("image_id"))
    index: int = field("Its number within the region, from 0.")
    the_z: int | None = field("Section that it is on, from 0; null is on all.")
    the_t: int | None = field("Time point that it is at, from 0; null is at all.")
    the_c: int | None = field("Channel that it is on, from 0; null is on all.")
    text: str | None = field("Text that is shown with it.")
    fill_color: Color | None = field("Colour of its inside.", Column(packed_color))
    fill_rule: FillRule | None = field("What its inside is.", Column(choice(FillRule)))
    stroke_color: Color | None = field("Colour of its line.", Column(packed_color))
    stroke_width: Length | None = field(
        "Width of its line.",
        Column(quantity(Length, "pixel"), "stroke_width", "stroke_width_unit"),
    )
    stroke_dash_array: str | None = field("Lengths of dashes and gaps of its line.")
    font_family: FontFamily | None = field("Letters of its text.", Column(choice(FontFamily)))
    font_size: Length | None = field(
        "Size of its text.", Column(quantity(Length, "pt"), "font_size", "font_size_unit")
    )
    font_style: FontStyle | None = field("Letters of its text.", Column(choice(FontStyle)))
    locked: bool | None = field("Whether programs should keep people from changing it.")
    transform: AffineTransform | None = field(
        "Where its coordinates lie on the image; null is where they say.",
        Column(transform, "a00", "a10", "a01", "a11", "a02", "a12"),
    )
    box: Box | None = field(
        "The box around it; null where it cannot be found.",
        Column(box, "min_x", "min_y", "max_x", "max_y"),
    )


@entity(models.Rectangle)
class Rectangle(Shape):
    """A rectangle."""

    x: float = field("Left edge.")
    y: float = field("Upper edge.")
    width: float = field("Width.")
    height: float = field("Height.")


@entity(models.Ellipse)
class Ellipse(Shape):
    """An ellipse."""

    x: float = field("Centre.")
    y: float = field("Centre.")
    radius_x: float = field("Half its width.")
    radius_y: float = field("Half its height.")


@entity(models.Point)
class Point(Shape):
    """A point."""

    x: float = field("Pixels from the left.")
    y: float = field("Pixels from the top.")


@entity(models.Line)
class Line(Shape):
    """A straight line between two points."""

    x1: float = field("Start.")
    y1: float = field("Start.")
    x2: float = field("End.")
    y2: float = field("End.")
    marker_start: Marker | None = field("What its start looks like.", Column(choice(Marker)))
    marker_end: Marker | None = field("What its end looks like.", Column(choice(Marker)))


@entity(models.Polyline)
class Polyline(Shape):
    """An open line through points."""

    points: str = field("The points as OME writes them: x,y x,y …")
    vertices: list[Vertex] | None = field(
        "The points; null if they are not written as OME writes them.", Column(vertices, "points")
    )
    marker_start: Marker | None = field("What its start looks like.", Column(choice(Marker)))
    marker_end: Marker | None = field("What its end looks like.", Column(choice(Marker)))


@entity(models.Polygon)
class Polygon(Shape):
    """A closed line through points."""

    points: str = field("The points as OME writes them: x,y x,y …")
    vertices: list[Vertex] | None = field(
        "The points; null if they are not written as OME writes them.", Column(vertices, "points")
    )


@entity(models.Label)
class Label(Shape):
    """A text at a point."""

    x: float = field("Pixels from the left to the start of the text.")
    y: float = field("Pixels from the top to the text's base line.")


@entity(models.Mask)
class Mask(Shape):
    """A bitmap in a rectangle: one bit for each of its pixels."""

    x: float = field("Left edge.")
    y: float = field("Upper edge.")
    width: float = field("Width.")
    height: float = field("Height.")
    mask_compression: Compression | None = field(
        "How the bitmap is packed.", Column(choice(Compression))
    )
    mask_big_endian: bool | None = field("Byte order of the bitmap, as the file states it.")
    mask_length: Long | None = field("Length of the bitmap, as the file states it.")
    bits: str | None = field(
        "The bitmap, unpacked: one bit for each pixel, rows first, highest bit first, as base64;"
        " null if it is damaged or has more than 8 million pixels.",
        Column(bits, "mask", "mask_compression", "width", "height"),
    )
