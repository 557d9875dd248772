"""Outlines of shapes, to be drawn over a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from store.access import Viewer
from store.queries.rois import View, shapes_in_view

MOST = 2_000
"""Most shapes that are drawn over one picture."""
_YELLOW = "FFD166"
_ROUND = 72
"""Corners that stand for an ellipse."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A line along a shape, in pixels of the full resolution."""

    points: Sequence[tuple[float, float]]
    closed: bool
    color: str
    """RRGGBB."""


def outlines_in_view(
    session: Session, viewer: Viewer, image_id: int, view: View
) -> tuple[Outline, ...]:
    """Load the outlines of shapes that touch a part of an image; labels and masks have none.

    Args:
        session: For reading.
        viewer: Who looks.
        image_id: Of the image.
        view: What is looked at.

    Returns:
        At most `MOST`, in the order in which they were drawn.
    """
    rows = shapes_in_view(session, viewer, image_id, view, first=500)
    found = list(rows)
    while len(rows) == 500 and len(found) < MOST:
        rows = shapes_in_view(session, viewer, image_id, view, first=500, after=found[-1].id)
        found += rows
    return tuple(one for row in found[:MOST] if (one := _outline(row)) is not None)


def _outline(row: Any) -> Outline | None:
    points = _points(row)
    if points is None or len(points) < 2:
        return None
    if row.a00 is not None:
        matrix = np.array([[row.a00, row.a01, row.a02], [row.a10, row.a11, row.a12]])
        points = points @ matrix[:, :2].T + matrix[:, 2]
    color = _YELLOW if row.stroke_color is None else f"{row.stroke_color & 0xFFFFFFFF:08X}"[:6]
    closed = row.kind in ("Rectangle", "Ellipse", "Polygon")
    return Outline([(float(x), float(y)) for x, y in points], closed, color)


def _points(row: Any) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    """Corners without the transform; none where there is no outline."""
    match row.kind:
        case "Rectangle":
            right, bottom = row.x + row.width, row.y + row.height
            corners = [(row.x, row.y), (right, row.y), (right, bottom), (row.x, bottom)]
            return np.array(corners, np.float64)
        case "Ellipse":
            turn = np.linspace(0, 2 * np.pi, _ROUND, endpoint=False)
            x = row.x + row.radius_x * np.cos(turn)
            return np.stack([x, row.y + row.radius_y * np.sin(turn)], axis=1)
        case "Point":
            arm = 5.0
            cross = [(-arm, 0), (arm, 0), (0, 0), (0, -arm), (0, arm)]
            return np.array([(row.x + x, row.y + y) for x, y in cross], np.float64)
        case "Line":
            return np.array([(row.x1, row.y1), (row.x2, row.y2)], np.float64)
        case "Polyline" | "Polygon":
            return np.array(row.points.replace(",", " ").split(), np.float64).reshape(-1, 2)
    return None
