"""Areas of shapes, and which pixels have their centres inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from render.errors import SettingsError

type Mask = NDArray[np.uint8]
"""Shape (Y, X): 1 inside, 0 outside."""
type Affine = tuple[float, float, float, float, float, float]
"""a00, a01, a02, a10, a11, a12: x' = a00 x + a01 y + a02; y' = a10 x + a11 y + a12."""

_FAR = 2.0**31
IDENTITY: Affine = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


class Area(Protocol):
    """A part of the plane; coordinates are pixels of the full resolution."""

    def mark(self, mask: Mask, left: int, top: int, scale: tuple[float, float]) -> None:
        """Mark the pixels of a level whose centres are inside.

        Args:
            mask: Shape (Y, X), uint8, contiguous; inside becomes 1, the rest stays.
            left: Column of the level that the mask begins at.
            top: Row of the level that it begins at.
            scale: Width and height of a pixel of the level, in pixels of the full resolution.
        """
        ...


@dataclass(frozen=True, slots=True)
class Outline:
    """What a closed line goes around; it checks itself.

    Centres on a left or upper edge are inside, those on a right or lower edge are not, so that
    areas side by side share no pixel.
    """

    points: NDArray[np.float64]
    """Shape (points, 2): x and y."""
    odd: bool = True
    """What the line goes around twice is outside again (OME: EvenOdd)."""

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or self.points.shape[1] != 2 or not np.isfinite(self.points).all():
            raise SettingsError("An outline needs finite points of two coordinates.")

    def mark(self, mask: Mask, left: int, top: int, scale: tuple[float, float]) -> None:
        """Mark the pixels inside; see `Area.mark`."""
        from render.kernels import fill_winding, wind_edges  # numba, which no start waits for

        # What is further away than any image is as good as there, and its products stay finite.
        points = np.clip(self.points / np.asarray(scale), -_FAR, _FAR)
        winding = np.zeros((mask.shape[0], mask.shape[1] + 1), np.int32)
        wind_edges(points, left, top, winding)
        fill_winding(winding, self.odd, mask)


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An ellipse, moved by an affine map; its line belongs to it."""

    x: float
    y: float
    radius_x: float
    radius_y: float
    transform: Affine = IDENTITY

    def mark(self, mask: Mask, left: int, top: int, scale: tuple[float, float]) -> None:
        """Mark the pixels inside; see `Area.mark`."""
        from render.kernels import fill_ellipse

        circle = np.array([[self.radius_x, 0, self.x], [0, self.radius_y, self.y], [0, 0, 1.0]])
        inverse = _inverse(_matrix(self.transform) @ circle, scale)
        if inverse is not None:
            fill_ellipse(inverse, left, top, mask)


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A bitmap in a rectangle, moved by an affine map."""

    x: float
    y: float
    width: float
    height: float
    bits: NDArray[np.uint8]
    """Shape (rows, columns); 0 is outside."""
    transform: Affine = IDENTITY

    def mark(self, mask: Mask, left: int, top: int, scale: tuple[float, float]) -> None:
        """Mark the pixels inside; see `Area.mark`."""
        from render.kernels import fill_bitmap

        rows, columns = self.bits.shape
        if not self.bits.size:
            return
        cell = np.array(
            [[self.width / columns, 0, self.x], [0, self.height / rows, self.y], [0, 0, 1.0]]
        )
        inverse = _inverse(_matrix(self.transform) @ cell, scale)
        if inverse is not None:
            fill_bitmap(inverse, np.ascontiguousarray(self.bits), left, top, mask)


@dataclass(frozen=True, slots=True)
class Placed:
    """An area, and the planes that it is on; None is all."""

    area: Area
    box: tuple[float, float, float, float]
    """Left, top, right and lower edge of what it covers, in pixels of the full resolution."""
    z: int | None = None
    t: int | None = None
    c: int | None = None

    def on(self, t: int, c: int, z: int) -> bool:
        """Whether it is on a plane."""
        return self.z in (None, z) and self.t in (None, t) and self.c in (None, c)


def mask_of(
    areas: Sequence[Area],
    left: int,
    top: int,
    width: int,
    height: int,
    scale: tuple[float, float] = (1.0, 1.0),
) -> Mask:
    """Mark the pixels of a part of a level whose centres are in one of some areas.

    Args:
        areas: May overlap; what is in two is in.
        left: Column that the part begins at.
        top: Row that the part begins at.
        width: Of the part, in pixels of the level.
        height: Of the part.
        scale: Width and height of a pixel of the level, in pixels of the full resolution.

    Returns:
        Shape (height, width), uint8.

    >>> mask_of([Ellipse(2, 2, 1.6, 1.6)], 0, 0, 4, 4).tolist()
    [[0, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 1], [0, 1, 1, 0]]
    """
    mask = np.zeros((height, width), np.uint8)
    for area in areas:
        area.mark(mask, left, top, scale)
    return mask


def _matrix(transform: Affine) -> NDArray[np.float64]:
    return np.array([[*transform[:3]], [*transform[3:]], [0, 0, 1.0]])


def _inverse(matrix: NDArray[np.float64], scale: tuple[float, float]) -> NDArray[np.float64] | None:
    """Return what takes pixels of a level back, shape (2, 3); None where nothing has an area."""
    scaled = np.diag([1 / scale[0], 1 / scale[1], 1.0]) @ matrix
    determinant = scaled[0, 0] * scaled[1, 1] - scaled[0, 1] * scaled[1, 0]
    if not np.isfinite(scaled).all() or determinant == 0 or not np.isfinite(1 / determinant):
        return None
    return np.ascontiguousarray(np.linalg.inv(scaled)[:2])
