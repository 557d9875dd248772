"""Regions of interest as areas whose pixels can be counted."""

import bz2
import math
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from render.areas import IDENTITY, Affine, Area, Bitmap, Ellipse, Outline, Placed
from store import models
from store.access import Viewer, select_visible
from store.errors import InvalidInputError, NotFoundError
from store.models.enums import FillRule

SHAPES = 10_000
"""Most shapes of one region of interest that are counted."""
BITS = 2**28
"""Most pixels of a mask."""


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
        shape.roi_id == roi_id, shape.kind.in_(_AREAS), shape.min_x.is_not(None)
    )
    rows = session.scalars(statement.order_by(shape.index, shape.id).limit(SHAPES + 1)).all()
    if len(rows) > SHAPES:
        raise InvalidInputError(
            f"ROI {roi_id} has more than {SHAPES:,} shapes.", "Split it, or make it one mask."
        )
    return image, tuple(_placed(row) for row in rows)


def _placed(row: Any) -> Placed:
    area = _AREAS[row.kind](row, _transform(row))
    box = (row.min_x, row.min_y, row.max_x, row.max_y)
    return Placed(area, box, row.the_z, row.the_t, row.the_c)


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


_AREAS: Mapping[str, Callable[[Any, Affine], Area]] = {
    "Rectangle": _rectangle,
    "Ellipse": _ellipse,
    "Polygon": _polygon,
    "Mask": _mask,
}
