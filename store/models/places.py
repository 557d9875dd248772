"""Where shapes lie, as two numbers that an ordinary index finds them by: a plane, and a cell.

The plane is the section and the time together. The cell is of one of six grids: the finest whose
cells are at least as large as the box around the shape, which then touches no further cell than
the next to the right and below. The cells of a row of a grid follow each other, so that a view is
one range of cells for each row of each grid that it touches.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

PLANES = 2**31 - 2
"""Sections and time points have numbers below it."""

_REACH = 2**25
"""Pixels from the origin to the edges of the grids; all that is further lies on the edge."""
_GRIDS = np.array([8, 10, 12, 14, 16, 26])
"""The grids, by the binary logarithm of the side of their cells; the last has one cell."""
_ROW = 18
"""Bits of the number of a column, and of a row."""
_ROWS_MAX = 1024
"""Rows of a grid that are ranges of their own."""
_TIMES = 2**32
"""One more than the largest number of a time point, shifted by one as it is in a plane."""

type Ranges = list[tuple[int, int]]
"""Lowest and highest numbers, both included."""


def places(
    box: Sequence[Any], sections: Sequence[int | None], times: Sequence[int | None]
) -> dict[str, list[int]]:
    """Return the columns `plane` and `cell` of shapes.

    Args:
        box: Smallest x, largest x, smallest y and largest y, each of shape (shapes,), in pixels
            of the full resolution; any finite numbers.
        sections: As many; none is all.
        times: As many; none is all.

    >>> places([[0], [9], [0], [9]], [0], [None])
    {'plane': [4294967296], 'cell': [34359869440]}
    """
    plane = _numbered(sections) * _TIMES + _numbered(times)
    left, right, top, bottom = map(_pixels, box)
    grid = np.searchsorted(2**_GRIDS, np.maximum(right - left, bottom - top))
    shift = _GRIDS[grid]
    cell = _cell(grid, top >> shift, left >> shift)
    return {"plane": plane.tolist(), "cell": cell.tolist()}


def plane_ranges(z: int | None, t: int | None) -> Ranges:
    """Return the planes that are seen at a section and time, either of which may be all.

    Where all sections are looked at, planes of other times are among them.

    >>> plane_ranges(0, 0)
    [(0, 0), (1, 1), (4294967296, 4294967296), (4294967297, 4294967297)]
    """
    if z is None:
        return [(0, PLANES * _TIMES + PLANES)]
    times = [(0, PLANES)] if t is None else [(0, 0), (t + 1, t + 1)]
    return [(s * _TIMES + a, s * _TIMES + b) for s in (0, z + 1) for a, b in times]


def cell_ranges(left: float, top: float, right: float, bottom: float) -> Ranges:
    """Return the cells of all shapes that touch a view, and of some more around it.

    Args:
        left: Of the view, in pixels of the full resolution; any finite number, as are the others.
        top: Not below `bottom`.
        right: Not left of `left`.
        bottom: Of the view.
    """
    x0, y0, x1, y1 = (int(side) for side in _pixels([left, top, right, bottom]))
    found = []
    for grid, shift in enumerate(_GRIDS.tolist()):
        # The box of a shape may begin one cell before the view.
        first, last = max((y0 >> shift) - 1, 0), y1 >> shift
        start, end = max((x0 >> shift) - 1, 0), x1 >> shift
        if last - first < _ROWS_MAX:
            rows = [(row, row) for row in range(first, last + 1)]
        else:
            rows = [(first, last)]
        found += [(_cell(grid, a, start), _cell(grid, b, end)) for a, b in rows]
    return found


def _numbered(planes: Sequence[int | None]) -> NDArray[np.int64]:
    """Number sections or time points from 1; 0 is none."""
    numbers = [0 if plane is None else plane + 1 for plane in planes]
    return np.clip(np.array(numbers, dtype=np.int64), 0, PLANES)


def _pixels(sides: Any) -> NDArray[np.int64]:
    """Number pixels from the edges of the grids, in the order of the coordinates."""
    inside = np.clip(np.asarray(sides, dtype=np.float64), -_REACH, _REACH - 1)
    return np.floor(inside).astype(np.int64) + _REACH


def _cell(grid: Any, row: Any, column: Any) -> Any:
    return (grid << _ROW | row) << _ROW | column
