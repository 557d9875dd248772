"""Many small pictures side by side on one dark ground, as the wells of a plate."""

import numpy as np
from numpy.typing import NDArray

from render.arrays import RGB

CELL_SIZES = (512, 256, 128, 64, 32, 16)
"""Width and height of a cell in pixels at each level of a plate's picture."""

GROUND = (11, 13, 16)
EMPTY = (24, 27, 32)
"""Colour of a place where nothing is to be seen: hardly lighter than the ground."""
BROKEN = (150, 62, 62)
"""Colour of the cross where something cannot be shown."""


def inner_size(cell: int) -> int:
    """Return the width and height in pixels that a picture has within its cell; the rest is gap."""
    return cell - max(1, cell // 64)


def blank(rows: int, columns: int, cell: int) -> RGB:
    """Return a ground on which every cell is marked as empty.

    Args:
        rows: Of cells, at least 1.
        columns: Of cells, at least 1.
        cell: Width and height of a cell in pixels.

    Returns:
        Shape (rows * cell, columns * cell, 3), uint8.
    """
    ground = np.empty((rows, cell, columns, cell, 3), np.uint8)
    ground[...] = GROUND
    inner = inner_size(cell)
    ground[:, :inner, :, :inner] = EMPTY
    return ground.reshape(rows * cell, columns * cell, 3)


def fitted(width: int, height: int, cell: int) -> tuple[int, int]:
    """Return the width and height in pixels that a picture of some proportion has in a cell."""
    scale = inner_size(cell) / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def place(ground: RGB, row: int, column: int, cell: int, picture: RGB) -> None:
    """Put a picture into the middle of its cell.

    Args:
        ground: Made by `blank`; written.
        row: Of the cell, from 0.
        column: Of the cell, from 0.
        cell: Width and height of a cell in pixels.
        picture: Shape (Y, X, 3), of the size that `fitted` says.
    """
    inside = _inside(ground, row, column, cell)
    inside[...] = GROUND
    height, width = picture.shape[:2]
    y, x = (inside.shape[0] - height) // 2, (inside.shape[1] - width) // 2
    inside[y : y + height, x : x + width] = picture


def cross(ground: RGB, row: int, column: int, cell: int) -> None:
    """Mark a cell whose picture cannot be shown by a cross; arguments as for `place`."""
    inside = _inside(ground, row, column, cell)
    inside[...] = GROUND
    size = inside.shape[0]
    margin = size // 4
    along = np.arange(margin, size - margin)
    for step in range(max(1, cell // 64)):
        inside[along, np.minimum(along + step, size - 1)] = BROKEN
        inside[along, np.maximum(size - 1 - along - step, 0)] = BROKEN


def _inside(ground: RGB, row: int, column: int, cell: int) -> NDArray[np.uint8]:
    """A view of what a cell shows, without the gap."""
    inner = inner_size(cell)
    y, x = row * cell, column * cell
    return ground[y : y + inner, x : x + inner]
