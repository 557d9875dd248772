"""Regions of interest with their shapes: draw, change, move, delete."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

import strawberry
from sqlalchemy.orm import Session

from schema.fields import Argument, field
from schema.ids import database_id
from schema.mutations.change import (
    IDS_MAX,
    ITEMS_MAX,
    PARTIAL,
    Change,
    checked_length,
    failure,
    item_of,
    written,
)
from schema.mutations.inputs import InputField, input_fields, made_input
from schema.mutations.payloads import Changed, Failure
from schema.mutations.rows import Editable, update
from schema.pagination import described
from schema.types.rois import ROI
from store.access import Viewer
from store.edits import rois
from store.edits.geometry import NEEDED
from store.edits.rois import NewROI, ShapeChange
from store.errors import InvalidInputError, StoreError
from store.models import enums

SHAPES_MAX = 10_000
"""Shapes in one list."""


class NewShapeKind(Enum):
    """Kinds of shapes."""

    RECTANGLE = "Rectangle"
    ELLIPSE = "Ellipse"
    POINT = "Point"
    LINE = "Line"
    POLYLINE = "Polyline"
    POLYGON = "Polygon"
    LABEL = "Label"
    MASK = "Mask"


described(
    NewShapeKind,
    "Kinds of shapes.",
    {
        "RECTANGLE": "x, y, width, height.",
        "ELLIPSE": "x and y of the centre, radiusX, radiusY.",
        "POINT": "x, y.",
        "LINE": "x1, y1, x2, y2; markers at its ends.",
        "POLYLINE": "points; markers at its ends.",
        "POLYGON": "points.",
        "LABEL": "x, y, text.",
        "MASK": "x, y, width, height, bits.",
    },
)

_TransformInput = made_input(
    "AffineTransformInput",
    "Moves, turns, scales and shears: x' = a00 x + a01 y + a02; y' = a10 x + a11 y + a12.",
    {
        name: (float, f"{row} row, {column} column.", True)
        for name, row, column in (
            ("a00", "First", "first"),
            ("a10", "Second", "first"),
            ("a01", "First", "second"),
            ("a11", "Second", "second"),
            ("a02", "First", "third"),
            ("a12", "Second", "third"),
        )
    },
)
_PARTS: Mapping[str, tuple[Any, str, bool]] = {
    "x": (float, "Left edge; of ellipses, points and labels their place.", False),
    "y": (float, "Upper edge; of ellipses, points and labels their place.", False),
    "width": (float, "Of rectangles.", False),
    "height": (float, "Of rectangles.", False),
    "radius_x": (float, "Of ellipses.", False),
    "radius_y": (float, "Of ellipses.", False),
    "x1": (float, "Start of a line.", False),
    "y1": (float, "Start of a line.", False),
    "x2": (float, "End of a line.", False),
    "y2": (float, "End of a line.", False),
    "points": (str, "Of polylines and polygons: x,y x,y …", False),
    "bits": (
        str,
        "Of masks: one bit for each pixel, rows first, highest bit first, without padding"
        " between rows; as base64.",
        False,
    ),
    "marker_start": (enums.Marker, "What the start of a line looks like.", False),
    "marker_end": (enums.Marker, "What the end of a line looks like.", False),
    "transform": (_TransformInput, "Where the coordinates lie on the image.", False),
    "the_z": (int, "Section, from 0; without, all.", False),
    "the_t": (int, "Time point, from 0; without, all.", False),
    "the_c": (int, "Channel, from 0; without, all.", False),
    "text": (str, "Text that is shown with it.", False),
    "fill_color": (str, "Colour of its inside: #RRGGBB or #RRGGBBAA.", False),
    "fill_rule": (enums.FillRule, "What its inside is.", False),
    "stroke_color": (str, "Colour of its line: #RRGGBB or #RRGGBBAA.", False),
    "stroke_width": (float, "Width of its line, in pixels.", False),
    "stroke_dash_array": (str, "Lengths of dashes and gaps of its line.", False),
    "font_family": (enums.FontFamily, "Letters of its text.", False),
    "font_size": (float, "Size of its text, in points.", False),
    "font_style": (enums.FontStyle, "Letters of its text.", False),
    "locked": (bool, "Whether programs should keep people from changing it.", False),
}
_ShapeInput = made_input(
    "ShapeInput",
    "A new shape; coordinates are pixels of the full resolution.",
    {"kind": (NewShapeKind, "Kind; says what has to be given.", True), **_PARTS},
)
_ShapeUpdate = made_input(
    "ShapeUpdate",
    "A change to a shape: null clears, and what is left out stays.",
    {
        "id": (strawberry.ID, "Which one, such as `Rectangle:42`.", True),
        "version": (int, "Version that you have seen; another one by now is a conflict.", False),
        **_PARTS,
    },
)
_ROIInput = made_input(
    "ROIInput",
    "A new region of interest.",
    {
        "image": (strawberry.ID, "The image that it is on; without, it is on none yet.", False),
        "name": (str, "Name.", False),
        "description": (str, "Free text.", False),
        "shapes": (list[_ShapeInput], "Its shapes: at least one.", True),  # type: ignore[valid-type]
    },
)


def _spec(given: Any) -> dict[str, Any]:
    """Turn a shape that was given into columns; null is kept, to clear."""
    spec: dict[str, Any] = {}
    for name in _PARTS:
        value = getattr(given, name)
        if value is strawberry.UNSET:
            continue
        if name == "transform":
            numbers = ("a00", "a10", "a01", "a11", "a02", "a12")
            spec |= {one: None if value is None else getattr(value, one) for one in numbers}
        elif name == "bits":
            spec["mask"] = None if value is None else _decoded(value)
        elif name.endswith("_color"):
            spec[name] = None if value is None else _packed(value)
        else:
            spec[name] = value.value if isinstance(value, Enum) else value
    return spec


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise InvalidInputError("The bits of a mask are no base64.", "Encode them.") from error


def _packed(text: str) -> int:
    """Read a colour as a signed number of 32 bits.

    >>> _packed("#FF0000"), _packed("#00000001")
    (-16776961, 1)
    """
    digits = text.removeprefix("#")
    if not text.startswith("#") or len(digits) not in (6, 8) or not _hexadecimal(digits):
        raise InvalidInputError(f"{text[:20]!r} is no colour.", "Write #RRGGBB or #RRGGBBAA.")
    number = int(digits.ljust(8, "F"), 16)
    return number - 2**32 if number >= 2**31 else number


def _hexadecimal(digits: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in digits)


def _given(value: Any) -> Any:
    return None if value is strawberry.UNSET else value


def _roi(place: str, given: Any, index: int) -> NewROI | Failure:
    try:
        image = _given(given.image)
        shapes = checked_length(place, "shapes", given.shapes, SHAPES_MAX)
        return NewROI(
            None if image is None else database_id(image, "Image")[1],
            [{"kind": shape.kind.value, **_spec(shape)} for shape in shapes],
            _given(given.name),
            _given(given.description),
        )
    except StoreError as error:
        return failure(error, "items", index)


def _change(given: Any, index: int) -> ShapeChange | Failure:
    try:
        return ShapeChange(_shape_key(given.id), _spec(given), _given(given.version))
    except StoreError as error:
        return failure(error, "items", index)


def _shape_key(global_id: str) -> int:
    kind, key = database_id(global_id)
    if kind not in NEEDED:
        raise InvalidInputError(f"{global_id} is no shape.", "Give ids such as Rectangle:42.")
    return key


def _create() -> Change:
    def check(place: str, values: Mapping[str, Any]) -> Any:
        items = checked_length(place, "items", values["items"], ITEMS_MAX)
        group = values.get("group")
        return (
            [_roi(place, one, index) for index, one in enumerate(items)],
            None if group is None else database_id(group, "ExperimenterGroup")[1],
            bool(values.get("partial")),
        )

    def write(session: Session, viewer: Viewer, arguments: Any) -> Changed:
        items, group, partial = arguments

        def create(good: Sequence[Any]) -> Any:
            return rois.create_rois(session, viewer, good, group_id=group, partial=partial)

        return written("ROI", items, partial, create)

    arguments = [
        Argument("items", list[_ROIInput], f"At most {ITEMS_MAX:,}."),  # type: ignore[valid-type]
        Argument(
            "group",
            strawberry.ID | None,
            "Group of regions that are on no image; without, your default group.",
            None,
        ),
        PARTIAL,
    ]
    return Change(write, arguments, check)


def _add_shapes() -> Change:
    def check(place: str, values: Mapping[str, Any]) -> Any:
        shapes = checked_length(place, "shapes", values["shapes"], SHAPES_MAX)
        specs = [{"kind": shape.kind.value, **_spec(shape)} for shape in shapes]
        return database_id(values["roi"], "ROI")[1], specs

    def write(session: Session, viewer: Viewer, arguments: Any) -> Changed:
        outcomes = rois.add_shapes(session, viewer, *arguments)
        return Changed([item_of(outcome) for outcome in outcomes])

    arguments = [
        Argument("roi", strawberry.ID, "The region, such as `ROI:42`."),
        Argument("shapes", list[_ShapeInput], f"At most {SHAPES_MAX:,}."),  # type: ignore[valid-type]
    ]
    return Change(write, arguments, check)


def _update_shapes() -> Change:
    def check(place: str, values: Mapping[str, Any]) -> Any:
        items = checked_length(place, "items", values["items"], SHAPES_MAX)
        return [_change(one, n) for n, one in enumerate(items)], bool(values.get("partial"))

    def write(session: Session, viewer: Viewer, arguments: Any) -> Changed:
        items, partial = arguments

        def update(good: Sequence[Any]) -> Any:
            return rois.update_shapes(session, viewer, good, partial=partial)

        return written("Shape", items, partial, update)

    items = Argument("items", list[_ShapeUpdate], f"At most {SHAPES_MAX:,}.")  # type: ignore[valid-type]
    return Change(write, [items, PARTIAL], check)


def _delete_shapes() -> Change:
    def check(place: str, values: Mapping[str, Any]) -> Any:
        ids = checked_length(place, "ids", values["ids"], IDS_MAX)
        return [_shape_key(one) for one in ids], bool(values.get("partial"))

    def write(session: Session, viewer: Viewer, arguments: Any) -> Changed:
        keys, partial = arguments
        outcomes = rois.delete_shapes(session, viewer, keys, partial=partial)
        return Changed([item_of(outcome) for outcome in outcomes])

    return Change(write, [Argument("ids", list[strawberry.ID], "Which shapes."), PARTIAL], check)


def _move() -> Change:
    def check(place: str, values: Mapping[str, Any]) -> Any:
        ids = checked_length(place, "ids", values["ids"], IDS_MAX)
        image = values.get("image")
        return (
            [database_id(one, "ROI")[1] for one in ids],
            None if image is None else database_id(image, "Image")[1],
            bool(values.get("partial")),
        )

    def write(session: Session, viewer: Viewer, arguments: Any) -> Changed:
        keys, image, partial = arguments
        outcomes = rois.move_rois(session, viewer, keys, image, partial=partial)
        return Changed([item_of(outcome) for outcome in outcomes])

    arguments = [
        Argument("ids", list[strawberry.ID], "Which regions."),
        Argument("image", strawberry.ID | None, "The image; null puts them on none."),
        PARTIAL,
    ]
    return Change(write, arguments, check)


@dataclass(frozen=True)
class _Regions(Editable):
    """Regions, by their words alone: shapes and images have changes of their own."""

    @cached_property
    def fields(self) -> list[InputField]:
        """What can be given for its rows."""
        words = ("name", "description")
        return [one for one in input_fields(self.node) if one.name in words]


FIELDS: Mapping[str, Any] = {
    "create_rois": field("Draw regions of interest, owned by whoever draws.", _create()),
    "add_shapes": field("Draw more shapes into a region.", _add_shapes()),
    "update_rois": field(
        "Change names and descriptions of regions.", update(_Regions(ROI, "regions"))
    ),
    "update_shapes": field("Change shapes.", _update_shapes()),
    "delete_shapes": field("Delete shapes, not their regions.", _delete_shapes()),
    "move_rois": field("Put regions with their shapes on another image.", _move()),
}
