"""Several pictures of one size as one, in rows and columns, with their names if wanted."""

import math
from collections.abc import Sequence

import numpy as np

from render.arrays import RGB
from render.errors import SettingsError

LABEL_HEIGHT = 18
"""Pixels that a name takes above its picture."""
_FONT_SIZE = 12


def montage_size(
    width: int, height: int, count: int, columns: int | None, gap: int, *, labels: bool
) -> tuple[int, int]:
    """Return width and height of a montage.

    Args:
        width: Of each picture.
        height: Of each picture.
        count: How many there are, at least 1.
        columns: How many are side by side; None for about as many as below each other.
        gap: Pixels between them.
        labels: Whether each has its name above it.
    """
    across = columns_of(count, columns)
    down = -(-count // across)
    cell = height + (LABEL_HEIGHT if labels else 0)
    return across * (width + gap) - gap, down * (cell + gap) - gap


def columns_of(count: int, columns: int | None) -> int:
    """Return how many of so many pictures are side by side."""
    return min(count, columns or math.ceil(math.sqrt(count)))


def montage(
    pictures: Sequence[RGB], columns: int | None, gap: int, labels: Sequence[str] | None = None
) -> RGB:
    """Return several pictures as one, from left to right and then downwards, on white.

    Args:
        pictures: At least one; shape (Y, X, 3), uint8, of one size.
        columns: How many are side by side; None for about as many as below each other.
        gap: Pixels between them.
        labels: Name of each picture, written above it; cut where it is too long. None for none.

    Returns:
        Shape (height, width, 3), uint8, of the size that `montage_size` says.

    Raises:
        SettingsError: No picture, or pictures of several sizes.

    >>> montage([np.zeros((1, 1, 3), np.uint8)] * 2, None, 1)[0, :, 0].tolist()
    [0, 255, 0]
    """
    if len({picture.shape for picture in pictures}) != 1:
        raise SettingsError("A montage needs pictures of one size.", "Give at least one.")
    height, width = pictures[0].shape[:2]
    size = montage_size(width, height, len(pictures), columns, gap, labels=labels is not None)
    out = np.full((size[1], size[0], 3), 255, np.uint8)
    band = 0 if labels is None else LABEL_HEIGHT
    across = columns_of(len(pictures), columns)
    for index, picture in enumerate(pictures):
        row, column = divmod(index, across)
        top, left = row * (band + height + gap), column * (width + gap)
        out[top + band : top + band + height, left : left + width] = picture
        if labels is not None:
            out[top : top + band, left : left + width] = _label(labels[index], width)
    return out


def _label(text: str, width: int) -> RGB:
    """Write a name in black on white: shape (LABEL_HEIGHT, width, 3)."""
    from PIL import Image, ImageDraw, ImageFont

    strip = Image.new("RGB", (width, LABEL_HEIGHT), "white")
    ImageDraw.Draw(strip).text(
        (2, LABEL_HEIGHT // 2),
        " ".join(text[:256].split()),
        "black",
        ImageFont.load_default(_FONT_SIZE),
        anchor="lm",
    )
    return np.asarray(strip)
