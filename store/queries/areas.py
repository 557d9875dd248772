"""Regions of interest as areas whose pixels can be counted."""

import bz2
import math
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from render.areas import IDENTITY, Affine, Area, Bitmap, Ellipse, Outline, Placed
from store import models
from store.access import Viewer, select_visible, visible
from store.errors import InvalidInputError, NotFoundError
from store.exporting.labels import Drawn, DrawnRegion
from store.models.among import among
from store.models.enums import FillRule

SHAPES = 10_000
"""Most shapes of one region of interest that are counted."""
BITS = 2**28
"""Most pixels of a mask."""
EXPORTED = 1_000_000
"""Most shapes that one export has as label images."""
EXPORTED_BYTES = 2**29
"""Most bytes of their masks, as they are kept."""


def areas_of_roi(session: Session, viewer: Viewer, roi_id: int) -> tuple[int, tuple[Placed, ...]]:
    """Load what the shapes of a region of interest cover, as far as the viewer sees them.

    Rectangles, ellipses, polygons and masks have an area; points, lines, polylines and labels
    have none and are left out. The inside of a polygon is by the rule EvenOdd, unless it says
    NonZero. Strokes do not count.

    Args:
        session: For reading.
        viewer: Who asks.
        roi_id: Database id.

    Returns:
        Id of the image that it is on, and the areas in order of their index.

    Raises:
        NotFoundError: No such region of interest, not visible, or on no image.
        InvalidInputError: Too many shapes, or a mask that is too large or damaged.
    """
    roi, shape = models.ROI, models.Shape
    image = session.scalars(
        select_visible(viewer, roi, roi.image_id).where(roi.id == roi_id)
    ).one_or_none()
    if image is None:
        raise NotFoundError("ROI", roi_id)
    statement = select_visible(viewer, shape).where(
        shape.roi_id == roi_id, shape.kind.in_(AREAS), shape.min_x.is_not(None)
    )
    rows = session.scalars(statement.order_by(shape.index, shape.id).limit(SHAPES + 1)).all()
    if len(rows) > SHAPES:
        raise InvalidInputError(
            f"ROI {roi_id} has more than {SHAPES:,} shapes.", "Split it, or make it one mask."
        )
    return image, tuple(_placed(row) for row in rows)


def drawn_regions(
    session: Session, viewer: Viewer, image_ids: Sequence[int], kinds: Sequence[str]
) -> dict[int, tuple[DrawnRegion, ...]]:
    """Load the regions of images whose shapes have an area; one statement.

    Args:
        session: For reading.
        viewer: Who asks.
        image_ids: Of the images.
        kinds: Of the shapes, some of `AREAS`.

    Returns:
        By image, in order of their ids; images without are left out.

    Raises:
        InvalidInputError: More than one export has.
    """
    roi, shape = models.ROI, models.Shape
    columns = (
        shape.id, shape.roi_id, shape.kind, shape.x, shape.y, shape.width, shape.height,
        shape.radius_x, shape.radius_y, shape.points, shape.fill_rule, shape.mask,
        shape.mask_compression, shape.a00, shape.a01, shape.a02, shape.a10, shape.a11, shape.a12,
        shape.min_x, shape.max_x, shape.min_y, shape.max_y, shape.the_z, shape.the_t, shape.the_c,
        shape.fill_color, shape.stroke_color,
    )  # fmt: skip
    statement = (
        select_visible(viewer, shape, roi.image_id, roi.name, *columns)
        .join(roi, roi.id == shape.roi_id)
        .where(
            visible(viewer, roi),
            among(roi.image_id, image_ids),
            shape.kind.in_(kinds),
            shape.min_x.is_not(None),
        )
        .order_by(shape.roi_id, shape.index, shape.id)
    )
    found: defaultdict[tuple[int, int], list[Any]] = defaultdict(list)
    size = number = 0
    for row in session.execute(statement.execution_options(yield_per=1_000)):
        number, size = number + 1, size + len(row.mask or b"")
        if number > EXPORTED or size > EXPORTED_BYTES:
            raise InvalidInputError(
                "The regions of interest are too many for label images.",
                "Export fewer images at once, or without label images (labels=no).",
            )
        found[row.image_id, row.roi_id].append(row)
    regions: defaultdict[int, list[DrawnRegion]] = defaultdict(list)
    for (image_id, roi_id), rows in found.items():
        colors = [color for row in rows for color in (row.fill_color, row.stroke_color)]
        color = next((color for color in colors if color is not None), None)
        shapes = tuple(_drawn(row) for row in rows)
        regions[image_id].append(DrawnRegion(roi_id, rows[0].name, color, shapes))
    return {image_id: tuple(some) for image_id, some in regions.items()}


def _drawn(row: Any) -> Drawn:
    make = partial(_area, row)
    return Drawn(row.id, _box(row), make, row.the_z, row.the_t, row.the_c)


def _placed(row: Any) -> Placed:
    return Placed(_area(row), _box(row), row.the_z, row.the_t, row.the_c)


def _area(row: Any) -> Area:
    return AREAS[row.kind](row, _transform(row))


def _box(row: Any) -> tuple[float, float, float, float]:
    return (row.min_x, row.min_y, row.max_x, row.max_y)


def _transform(row: Any) -> Affine:
    if row.a00 is None:
        return IDENTITY
    return (row.a00, row.a01, row.a02, row.a10, row.a11, row.a12)


def _moved(points: NDArray[np.float64], transform: Affine) -> NDArray[np.float64]:
    matrix = np.array(transform).reshape(2, 3)
    moved: NDArray[np.float64] = points @ matrix[:, :2].T + matrix[:, 2]
    return moved


def _rectangle(row: Any, transform: Affine) -> Area:
    right, bottom = row.x + row.width, row.y + row.height
    corners = [(row.x, row.y), (right, row.y), (right, bottom), (row.x, bottom)]
    return Outline(_moved(np.array(corners, np.float64), transform))


def _ellipse(row: Any, transform: Affine) -> Area:
    return Ellipse(row.x, row.y, row.radius_x, row.radius_y, transform)


def _polygon(row: Any, transform: Affine) -> Area:
    numbers = np.array(row.points.replace(",", " ").split(), np.float64).reshape(-1, 2)
    return Outline(_moved(numbers, transform), row.fill_rule != FillRule.NON_ZERO.value)


def _mask(row: Any, transform: Affine) -> Area:
    """Unpack a bitmap: one bit for each pixel of its box, rows first, highest bit first."""
    columns, rows = round(row.width), round(row.height)
    if columns * rows > BITS:
        raise InvalidInputError(
            f"Shape {row.id} is a mask of {columns} × {rows} pixels.",
            f"Masks of at most {BITS:,} pixels can be counted.",
        )
    wanted = math.ceil(columns * rows / 8)
    data = unpacked_mask(row.mask, row.mask_compression, wanted)
    bits = np.unpackbits(np.frombuffer(data, np.uint8, wanted), count=columns * rows)
    return Bitmap(row.x, row.y, row.width, row.height, bits.reshape(rows, columns), transform)


def unpacked_mask(mask: bytes, compression: str | None, wanted: int) -> bytes:
    """Unpack the bitmap of a mask.

    Args:
        mask: As it is kept.
        compression: How it is packed; none or "none" is not at all.
        wanted: Bytes of one bit for each pixel.

    Returns:
        The `wanted` bytes: rows first, highest bit first.

    Raises:
        InvalidInputError: It is damaged or too short.
    """
    try:
        match compression:
            case "zlib":
                data = zlib.decompressobj().decompress(mask, max(1, wanted))
            case "bzip2":
                data = bz2.BZ2Decompressor().decompress(mask, max(1, wanted))
            case _:
                data = bytes(mask)
    except (OSError, zlib.error) as error:
        raise InvalidInputError(
            f"The mask cannot be unpacked: {error}.", "Draw or import it again."
        ) from error
    if len(data) < wanted:
        raise InvalidInputError(
            f"The mask has {len(data)} bytes; its pixels take {wanted}.",
            "Draw or import it again.",
        )
    return data[:wanted]


AREAS: Mapping[str, Callable[[Any, Affine], Area]] = {
    "Rectangle": _rectangle,
    "Ellipse": _ellipse,
    "Polygon": _polygon,
    "Mask": _mask,
}
"""What makes an area of a shape, by its kind."""
