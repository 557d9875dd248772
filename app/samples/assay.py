"""A small plate: cells under a rising dose, from no treatment to most of them gone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.samples.optics import Camera, Exposure, Stack, bell_weights, draw_lines, spread_focus
from app.samples.organelles import paint_cytoplasm, paint_nucleus
from app.samples.outlines import ANGLES, Cell, Outline, outlines_at


@dataclass(frozen=True, slots=True)
class PlateShape:
    """Size of the plate: rows, columns and fields of a well, and the side of an image."""

    rows: int = 4
    columns: int = 6
    fields: int = 2
    side: int = 512


@dataclass(frozen=True, slots=True)
class Site:
    """One field of one well, all counted from 0."""

    row: int
    column: int
    field: int

    @property
    def well(self) -> str:
        """Name of the well, such as B03."""
        return f"{chr(ord('A') + self.row)}{self.column + 1:02d}"


DOSES = (0.0, 0.1, 0.5, 2.0, 8.0, 30.0)
"""Micromolar, by column; the first column is the control."""

CHANNELS = ("Nuclei", "Actin", "Reporter")
_CAMERAS = (
    Camera(offset=110, ceiling=850),
    Camera(offset=108, ceiling=800),
    Camera(offset=106, ceiling=850),
)
_SEED = 11
_STRAY_LIGHT = 12.0


def sites(shape: PlateShape) -> Iterator[Site]:
    """Yield all fields, well by well in rows."""
    for row in range(shape.rows):
        for column in range(shape.columns):
            for field in range(shape.fields):
                yield Site(row, column, field)


def dose(site: Site) -> float:
    """Return the dose of a field in micromolar; 0 is the control."""
    return DOSES[site.column % len(DOSES)]


def effect(site: Site) -> float:
    """Return the part of the full effect that a dose has, 0 to 1, by Hill's equation."""
    strength: float = (dose(site) / 3.0) ** 1.4
    return strength / (1.0 + strength)


def field_planes(site: Site, shape: PlateShape) -> list[NDArray[np.uint16]]:
    """Return the channels of one field, each (Y, X).

    Args:
        site: Which field.
        shape: Size of the plate.
    """
    number = (site.row * shape.columns + site.column) * shape.fields + site.field
    rng = np.random.default_rng([_SEED, number])
    outlines = outlines_at(_sow(rng, site, shape.side), 0.5)
    answers = _answers(rng, site, len(outlines))
    planes = []
    for c, paint in enumerate((_paint_nucleus, _paint_actin, _paint_reporter)):
        light = np.full((1, shape.side, shape.side), _STRAY_LIGHT, np.float32)
        for outline, answer in zip(outlines, answers, strict=True):
            paint(light, outline, float(answer))
        spread_focus(light, bell_weights(1.0), 0.0, bell_weights(1.05))
        seed = 1_000_000 + number * len(CHANNELS) + c
        planes.append(Exposure(_CAMERAS[c]).take(light[0], seed))
    return planes


def _sow(rng: np.random.Generator, site: Site, side: int) -> list[Cell]:
    """Return the cells of one field: the stronger the effect the fewer."""
    strength = effect(site)
    density = 92.0 * (1.0 - 0.82 * strength) * rng.uniform(0.9, 1.1)
    wanted = max(3, round(density * (side + 80) ** 2 / 592**2))
    places = np.empty((0, 2))
    for place in rng.uniform(-40, side + 40, (wanted * 12, 2)):
        if len(places) < wanted and (
            not len(places) or np.hypot(*(places - place).T).min() > 42 + 14 * strength
        ):
            places = np.vstack([places, place])
    cells = []
    for index, place in enumerate(places):
        long = rng.uniform(17, 21) * (1 + 0.28 * strength)
        nucleus = (long, long * rng.uniform(0.72, 0.92))
        radius = rng.uniform(50, 70) * (1 + 0.15 * strength)
        seed = int(rng.integers(1, 1 << 20)) * 64 + index % 64
        tilt = rng.uniform(0, np.pi)
        cells.append(Cell(seed, place, np.zeros(2), radius, tilt, nucleus, 0.0, divides=False))
    return cells


def _answers(rng: np.random.Generator, site: Site, count: int) -> NDArray[np.float64]:
    """Return how strongly each cell answers, 0 to 1; in each field at least one does by itself."""
    answers = np.clip(rng.normal(0.9 * effect(site), 0.16, count), 0.02, 1.0)
    answers[rng.integers(count)] = 1.0
    return answers


def _paint_nucleus(light: Stack, outline: Outline, answer: float) -> None:
    cell = outline.cell
    dying = answer > 0.9 and cell.seed % 3 == 0
    shrunk = 0.55 if dying else 1.0
    axes = (cell.nucleus[0] * shrunk, cell.nucleus[1] * shrunk, 1.0)
    brightness = 900.0 if dying else 360.0
    at = (outline.x, outline.y, 0.0)
    paint_nucleus(light, at, axes, cell.tilt, 0.5 * dying, brightness, cell.seed)


def _paint_actin(light: Stack, outline: Outline, answer: float) -> None:
    _paint_body(light, outline, 46.0, hollow=False)
    rng = np.random.default_rng([outline.cell.seed, 2])
    count, corners = int(34 * (1.0 - 0.5 * answer)), 14
    s = np.linspace(-1.0, 1.0, corners)
    across = rng.uniform(-0.95, 0.95, (count, 1)) * outline.cell.radius
    bend = rng.normal(0, 5.0, (count, 1)) + 0.12 * across
    along = s * outline.cell.radius * rng.uniform(0.4, 1.2, (count, 1))
    across = across + bend * (1.0 - s**2)
    cosine, sine = np.cos(outline.cell.tilt), np.sin(outline.cell.tilt)
    x, y = outline.keep_inside(along * cosine - across * sine, along * sine + across * cosine, 0.96)
    strength = rng.uniform(50, 260, (count, 1)) * np.ones(corners)
    _draw(light, outline, x, y, strength)
    ring = np.append(outline.radii, outline.radii[0]) * 0.97
    way = np.append(ANGLES, ANGLES[0])
    edge = 190.0 + 120.0 * np.sin(3.0 * way + outline.cell.seed)
    _draw(light, outline, (ring * np.cos(way))[None], (ring * np.sin(way))[None], edge[None])


def _paint_reporter(light: Stack, outline: Outline, answer: float) -> None:
    _paint_body(light, outline, 30.0 + 120.0 * answer, hollow=True)
    cell = outline.cell
    at = (outline.x, outline.y, 0.0)
    axes = (*cell.nucleus, 1.0)
    paint_nucleus(light, at, axes, cell.tilt, 0.0, 12.0 + 420.0 * answer**1.5, cell.seed)
    rng = np.random.default_rng([cell.seed, 3])
    count = int(6 + 60 * answer)
    way, far = rng.uniform(0, 2 * np.pi, count), rng.beta(2, 2, count)
    start = cell.nucleus[0] * 1.1
    reach = start + far * np.maximum(outline.radius(way) * 0.9 - start, 2.0)
    x, y = (reach * np.cos(way))[:, None], (reach * np.sin(way))[:, None]
    grains = np.hstack([x, x + 1.2]), np.hstack([y, y + 0.6])
    _draw(light, outline, *grains, rng.uniform(300, 2400, (count, 1)) * answer * np.ones(2))


def _paint_body(light: Stack, outline: Outline, amount: float, *, hollow: bool) -> None:
    cell = outline.cell
    nucleus = (*cell.nucleus, cell.tilt) if hollow else (1.0, 1.0, 0.0)
    paint_cytoplasm(
        light, outline.x, outline.y, outline.radii, nucleus, (0.0, 2.0), amount, cell.seed
    )


def _draw(
    light: Stack,
    outline: Outline,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    strength: NDArray[np.float64],
) -> None:
    points = np.stack([x + outline.x, y + outline.y, np.zeros_like(x)], axis=-1)
    draw_lines(
        light, points.astype(np.float32), np.broadcast_to(strength, x.shape).astype(np.float32)
    )
