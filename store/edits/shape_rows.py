"""Shapes written many at once, neighbour by neighbour, so that the index of places is quick."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from store import models
from store.edits.bulk import insert_columns

FEW = 500
"""Up to so many the order makes no difference."""
_BITS = 16
"""Of each side of the grid that neighbours are found by."""


def insert_shapes(session: Session, number: int, columns: Mapping[str, Any]) -> None:
    """Write shapes and their places.

    Args:
        session: Of the caller's transaction.
        number: How many.
        columns: As `insert_columns` takes them, ascending ids and boxes among them.
    """
    shape = models.Shape
    if number <= FEW:
        insert_columns(session, shape, number, columns)
        return
    order = neighbours(columns["min_x"], columns["min_y"], columns.get("the_z"))
    if session.get_bind().dialect.name == "postgresql":
        insert_columns(session, shape, number, columns, order.tolist())
        return
    ids: Sequence[int] = columns["id"]
    later = {"first": ids[0], "last": ids[-1]}
    session.execute(sa.text("INSERT INTO shape_place_later VALUES (:first, :last)"), later)
    insert_columns(session, shape, number, columns)
    # The inner table is looked up by id, in the order of the list.
    session.execute(
        sa.text(
            "INSERT INTO shape_place SELECT place.* FROM json_each(:ids) AS wanted"
            " CROSS JOIN shape_place_of AS place ON place.id = wanted.value"
        ),
        {"ids": json.dumps(np.asarray(ids)[order].tolist())},
    )
    session.execute(sa.text("DELETE FROM shape_place_later"))


def neighbours(
    xs: Sequence[float], ys: Sequence[float], planes: Sequence[int | None] | None = None
) -> NDArray[np.intp]:
    """Return the numbers of points in an order in which neighbours follow each other.

    Args:
        xs: Of the points.
        ys: As many.
        planes: Sections that they are on, one after the other.
    """
    curve = _spread(_grid(xs)) | _spread(_grid(ys)) << np.uint64(1)
    if planes is None:
        return np.argsort(curve, kind="stable")
    known = np.array([-1 if plane is None else plane for plane in planes])
    return np.lexsort((curve, known))


def _grid(values: Sequence[float]) -> NDArray[np.uint64]:
    """Place numbers on a grid, by their size; those far from most others at its ends."""
    numbers = np.array(values, dtype=np.float64)
    low, high = np.quantile(numbers, (0.01, 0.99))
    scaled: NDArray[np.float64] = (np.clip(numbers, low, high) - low) / (
        max(high - low, 1.0) / (2**_BITS - 1)
    )
    return scaled.astype(np.uint64)


def _spread(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Put a zero bit between the bits of numbers below 2**16."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        spread: NDArray[np.uint64] = (numbers | numbers << np.uint64(shift)) & np.uint64(mask)
        numbers = spread
    return numbers
