"""Where the living cells are: a sheet of cells that drift, change shape, and of which one divides."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ANGLES = np.linspace(0.0, 2.0 * np.pi, 180, endpoint=False)
"""Directions, in radians, in which the radius of an outline is given."""

_SPACING = 176.0
_GAP = 2.5


@dataclass(frozen=True, slots=True)
class Cell:
    """What stays the same of one cell while time passes; lengths in pixels.

    Attributes:
        seed: Where all random details of this cell start.
        place: Centre in the middle of the series, (x, y).
        drift: How far it goes in the whole series, (x, y).
        radius: Mean radius of the outline if it had no neighbours.
        tilt: Direction of its long axis, in radians.
        nucleus: Half axes of the nucleus, (long, short).
        spin: How far the nucleus turns in the whole series, in radians.
        divides: Whether this is the one that divides.
    """

    seed: int
    place: Floats
    drift: Floats
    radius: float
    tilt: float
    nucleus: tuple[float, float]
    spin: float
    divides: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """One cell at one time.

    Attributes:
        cell: Which cell.
        time: Part of the series that has passed, 0 to 1.
        x: Column of the centre.
        y: Row of the centre.
        radii: Distance of the membrane in each direction of `ANGLES`, in pixels.
    """

    cell: Cell
    time: float
    x: float
    y: float
    radii: Floats

    def radius(self, angle: Floats) -> Floats:
        """Return the distance of the membrane in any directions, in pixels."""
        return np.interp(angle, ANGLES, self.radii, period=2.0 * np.pi)

    def keep_inside(self, x: Floats, y: Floats, limit: float | Floats) -> tuple[Floats, Floats]:
        """Pull places, relative to the centre, back to a part of the way to the membrane."""
        distance = np.hypot(x, y) + 1e-9
        scale = np.minimum(1.0, limit * self.radius(np.arctan2(y, x)) / distance)
        return x * scale, y * scale

    @property
    def nucleus_angle(self) -> float:
        """Direction of the long axis of the nucleus, in radians."""
        return self.cell.tilt + self.cell.spin * (self.time - 0.5)


def ease(value: float, start: float, end: float) -> float:
    """Return how far a value has come between two others, 0 to 1, slow at both ends."""
    part = min(max((value - start) / (end - start), 0.0), 1.0)
    return part * part * (3.0 - 2.0 * part)


def settle_cells(side: int, seed: int) -> list[Cell]:
    """Return a sheet of cells that covers an area and its surroundings.

    Args:
        side: Pixels of a side of the area.
        seed: Which sheet.
    """
    rng = np.random.default_rng(seed)
    cells: list[Cell] = []
    middle = np.array([0.56, 0.53]) * side
    rows, columns = int(side / (_SPACING * 0.88)) + 3, int(side / _SPACING) + 3
    for row in range(-1, rows):
        for column in range(-1, columns):
            shift = 0.5 * (row % 2)
            spot = np.array([column + shift, row * 0.88]) * _SPACING
            cells.append(_settle(rng, spot + rng.uniform(-30, 30, 2), len(cells)))
    nearest = min(cells, key=lambda cell: float(np.hypot(*(cell.place - middle))))
    return [
        replace(cell, drift=np.zeros(2), divides=True) if cell is nearest else cell
        for cell in cells
    ]


def _settle(rng: np.random.Generator, place: Floats, number: int) -> Cell:
    angle, way = rng.uniform(0, 2 * np.pi), rng.uniform(6, 26)
    long = rng.uniform(42, 52)
    return Cell(
        seed=number + 1,
        place=place,
        drift=np.array([np.cos(angle), np.sin(angle)]) * way,
        radius=rng.uniform(112, 142),
        tilt=rng.uniform(0, np.pi),
        nucleus=(long, long * rng.uniform(0.66, 0.88)),
        spin=rng.normal(0, 0.35),
        divides=False,
    )


def outlines_at(cells: list[Cell], time: float) -> list[Outline]:
    """Return all cells at one time, in the order given; neighbours touch but do not overlap.

    Args:
        cells: The whole sheet.
        time: Part of the series that has passed, 0 to 1.
    """
    places = np.array([cell.place + cell.drift * (time - 0.5) for cell in cells])
    found = []
    for cell, (x, y) in zip(cells, places, strict=True):
        radii = _free_radii(cell, time)
        for dx, dy in places - (x, y):
            distance = float(np.hypot(dx, dy))
            if 0.0 < distance < 3.0 * cell.radius:
                radii = _yield_to(radii, distance, float(np.arctan2(dy, dx)))
        if cell.divides:
            radii = _round_up(radii, cell, time)
        found.append(Outline(cell, time, float(x), float(y), radii))
    return found


def _free_radii(cell: Cell, time: float) -> Floats:
    rng = np.random.default_rng([cell.seed, 1])
    shape = 1.0 + 0.27 * np.cos(2.0 * (ANGLES - cell.tilt))
    for order in range(3, 8):
        weight, phase, speed = rng.normal(0, 0.42 / order), rng.uniform(0, 6.3), rng.normal(0, 1.1)
        shape += weight * np.cos(order * ANGLES + phase + speed * time)
    return cell.radius * np.clip(shape, 0.55, 1.5)


def _yield_to(radii: Floats, distance: float, direction: float) -> Floats:
    """Let an outline end at the line half-way to a neighbour, with a rounded corner."""
    facing = np.maximum(np.cos(ANGLES - direction), 0.02)
    limit = np.maximum(0.515 * distance / facing - _GAP, 12.0)
    smaller, larger = np.minimum(radii, limit), np.maximum(radii, limit)
    bounded: Floats = smaller * (1.0 + (smaller / larger) ** 9) ** (-1.0 / 9.0)
    return bounded


def _round_up(radii: Floats, cell: Cell, time: float) -> Floats:
    """Turn an outline into a ball, and the ball into two."""
    roundness = ease(time, 0.02, 0.28)
    pinch = ease(time, 0.50, 0.98)
    # Two balls that move apart, seen from the middle; the furrow is where they still touch.
    apart, size = 57.0 * pinch, 71.0 - 19.0 * pinch
    along, across = apart * np.abs(np.cos(ANGLES - cell.tilt)), apart * np.sin(ANGLES - cell.tilt)
    ball = np.maximum(along + np.sqrt(np.maximum(size**2 - across**2, 0.0)), 13.0)
    return radii * (1.0 - roundness) + ball * roundness
