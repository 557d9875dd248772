"""Where things lie in the tissue slide: fat, fibres, glands, vessels and every nucleus."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.samples.randomness import fill_noise

Floats = NDArray[np.float32]

GRAIN = 16
"""Pixels of the slide for one point of a coarse map."""

DUCT, ACINUS, VESSEL = 0.0, 1.0, 2.0


@dataclass(frozen=True, slots=True)
class Maps:
    """Slowly changing properties of the tissue, all of shape (Y / GRAIN + 2, X / GRAIN + 2).

    Attributes:
        depth: Distance to the edge of the tissue in pixels, negative outside.
        fat: Above 0 where fat cells lie.
        across: Coordinate across the fibres, in pixels.
        along: Coordinate along the fibres, in pixels.
        loose: How loose and cellular the fibres are, 0 to 1.
    """

    depth: Floats
    fat: Floats
    across: Floats
    along: Floats
    loose: Floats

    def at(self, name: str, x: NDArray[np.float64], y: NDArray[np.float64]) -> Floats:
        """Return one map at places given in pixels of the slide."""
        values: Floats = getattr(self, name)
        rows = np.clip((y / GRAIN).astype(int), 0, values.shape[0] - 1)
        columns = np.clip((x / GRAIN).astype(int), 0, values.shape[1] - 1)
        found: Floats = values[rows, columns]
        return found


@dataclass(frozen=True, slots=True)
class Layout:
    """All things that are drawn, each in rows of numbers; lengths in pixels.

    Attributes:
        maps: Slowly changing properties.
        glands: x, y, radius, flattening, angle, wall, kind, number; shape (count, 8).
        nuclei: x, y, long and short half axis, angle, darkness, number; shape (count, 7).
        blood: x, y, radius of red cells; shape (count, 3).
    """

    maps: Maps
    glands: Floats
    nuclei: Floats
    blood: Floats


def lay_out(width: int, height: int, seed: int) -> Layout:
    """Return the plan of a slide.

    Args:
        width: Columns.
        height: Rows.
        seed: Which slide.
    """
    rng = np.random.default_rng(seed)
    maps = _maps(width, height, seed)
    glands, lobules = _glands(rng, maps, width, height)
    crowds = _crowds(rng, width, height)
    _loosen(maps, lobules, 1.0)
    _loosen(maps, crowds, 1.7)
    nuclei = np.concatenate(
        [
            _stroma_nuclei(rng, maps, glands, width, height),
            _lymphocytes(rng, maps, glands, crowds, width, height),
            *(_lining(rng, gland) for gland in glands),
        ]
    )
    nuclei = np.column_stack([nuclei, np.arange(len(nuclei))])
    blood = [_red_cells(rng, gland) for gland in glands if gland[6] == VESSEL]
    empty = np.empty((0, 3))
    return Layout(
        maps,
        glands.astype(np.float32),
        nuclei[np.argsort(nuclei[:, 1], kind="stable")].astype(np.float32),
        np.concatenate([empty, *blood]).astype(np.float32),
    )


def _maps(width: int, height: int, seed: int) -> Maps:
    rows, columns = height // GRAIN + 2, width // GRAIN + 2
    scale = np.sqrt(width * height) / GRAIN

    def noise(size: float, octaves: int, which: int) -> Floats:
        field = np.empty((rows, columns), np.float32)
        fill_noise(field, max(2.0, size), octaves, seed * 64 + which)
        return field - np.float32(0.5)

    y, x = np.mgrid[:rows, :columns].astype(np.float32) * GRAIN
    u, v = x / width - 0.5, y / height - 0.5
    ball = (np.abs(u / 0.455) ** 2.6 + np.abs(v / 0.435) ** 2.6) ** (1 / 2.6)
    edge = 1.0 - ball + 0.42 * noise(scale / 4.5, 4, 0)
    depth = edge * 0.46 * min(width, height)
    lean = 0.62 * (u * 0.9 + 0.65 * v) - 0.135
    fat = lean + 1.05 * noise(scale / 4.5, 3, 10)
    wave = noise(220, 2, 20) * 5200 + noise(70, 2, 30) * 1300
    drift = noise(240, 2, 40) * 4200
    across = x * 0.42 + y * 0.9 + wave
    along = x * 0.9 - y * 0.42 + drift
    loose = np.clip(0.5 + 1.6 * noise(scale / 7, 2, 50), 0, 1) * np.float32(0.5)
    as_float = [np.ascontiguousarray(m, np.float32) for m in (depth, fat, across, along, loose)]
    return Maps(*as_float)


def _glands(
    rng: np.random.Generator, maps: Maps, width: int, height: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return glands and vessels without overlap, and the lobules: x, y, radius."""
    area = width * height / (12288 * 9216)
    found = np.empty((0, 8))

    def place(x: float, y: float, radius: float, kind: float, margin: float) -> None:
        nonlocal found
        at = np.array([x]), np.array([y])
        if maps.at("depth", *at)[0] < radius + 90 or maps.at("fat", *at)[0] > -0.03:
            return
        away = np.hypot(found[:, 0] - x, found[:, 1] - y) - found[:, 2]
        if away.size and away.min() < radius + margin:
            return
        wall = {DUCT: 74.0, ACINUS: 54.0, VESSEL: 30.0 + 0.2 * radius}[kind]
        flat, angle = rng.uniform(0.72, 1.0), rng.uniform(0, np.pi)
        row = [x, y, radius, flat, angle, wall, kind, len(found)]
        found = np.vstack([found, row])

    for _ in range(max(2, int(45 * area))):
        x, y = rng.uniform(0, (width, height))
        place(x, y, rng.uniform(210, 430), DUCT, 300)
    lobules: list[tuple[float, float, float]] = []
    for _ in range(max(2, int(60 * area))):
        x, y = rng.uniform(0, (width, height))
        radius = rng.uniform(520, 1000)
        if all(np.hypot(x - a, y - b) > 0.72 * (radius + r) for a, b, r in lobules):
            lobules.append((x, y, radius))
            for _ in range(500):
                angle, far = rng.uniform(0, 2 * np.pi), radius * np.sqrt(rng.random())
                size = rng.uniform(66, 135)
                place(x + far * np.cos(angle), y + far * np.sin(angle), size, ACINUS, 14)
    for _ in range(max(1, int(60 * area))):
        x, y = rng.uniform(0, (width, height))
        place(x, y, rng.uniform(60, 190), VESSEL, 60)
    return found, np.array(lobules).reshape(-1, 3)


def _crowds(rng: np.random.Generator, width: int, height: int) -> NDArray[np.float64]:
    """Return where lymphocytes gather: x, y, spread."""
    count = max(1, int(12 * width * height / (12288 * 9216)))
    x, y = rng.uniform(0.12, 0.85, (2, count)) * ((width,), (height,))
    return np.column_stack([x, y, rng.uniform(130, 330, count)])


def _loosen(maps: Maps, places: NDArray[np.float64], reach: float) -> None:
    """Make the fibres loose around places: x, y, radius."""
    rows, columns = np.mgrid[: maps.loose.shape[0], : maps.loose.shape[1]] * GRAIN
    for x, y, radius in places:
        near = np.clip(1.3 - np.hypot(columns - x, rows - y) / (radius * reach), 0, 0.75) / 0.75
        np.maximum(maps.loose, near.astype(np.float32), out=maps.loose)


def _outside_glands(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    glands: NDArray[np.float64],
    shape: tuple[int, int],
) -> NDArray[np.bool_]:
    """Tell which places lie outside of all glands and vessels."""
    covered = np.zeros(shape, bool)
    rows, columns = np.mgrid[: shape[0], : shape[1]] * GRAIN
    for gx, gy, radius in glands[:, :3]:
        r0, c0 = max(0, int((gy - radius) / GRAIN) - 1), max(0, int((gx - radius) / GRAIN) - 1)
        r1, c1 = int((gy + radius) / GRAIN) + 2, int((gx + radius) / GRAIN) + 2
        part = np.s_[r0:r1, c0:c1]
        covered[part] |= np.hypot(columns[part] - gx, rows[part] - gy) < radius + 14
    at = np.clip((y / GRAIN).astype(int), 0, shape[0] - 1)
    free: NDArray[np.bool_] = ~covered[at, np.clip((x / GRAIN).astype(int), 0, shape[1] - 1)]
    return free


def _stroma_nuclei(
    rng: np.random.Generator, maps: Maps, glands: NDArray[np.float64], width: int, height: int
) -> NDArray[np.float64]:
    """Return spindle-shaped nuclei along the fibres."""
    count = width * height // 3000
    x, y = rng.uniform(0, width, count), rng.uniform(0, height, count)
    wanted = 0.20 + 0.8 * maps.at("loose", x, y) ** 1.5
    keep = (maps.at("depth", x, y) > 25) & (maps.at("fat", x, y) < -0.01)
    keep &= _outside_glands(x, y, glands, maps.fat.shape) & (rng.random(count) < wanted)
    x, y = x[keep], y[keep]
    slope_y, slope_x = (np.asarray(slope) for slope in np.gradient(maps.across))
    rows, columns = (y / GRAIN).astype(int), (x / GRAIN).astype(int)
    along = np.arctan2(slope_x[rows, columns], -slope_y[rows, columns])
    loose = maps.loose[rows, columns]
    long = rng.uniform(15, 27, len(x)) * (1 - 0.3 * loose)
    short = rng.uniform(4.0, 7.0, len(x)) * (1 + 0.45 * loose)
    turn = along + rng.normal(0, 0.12, len(x)) * (1 + 4 * loose)
    return np.column_stack([x, y, long, short, turn, rng.uniform(0.65, 1.0, len(x))])


def _lymphocytes(
    rng: np.random.Generator,
    maps: Maps,
    glands: NDArray[np.float64],
    crowds: NDArray[np.float64],
    width: int,
    height: int,
) -> NDArray[np.float64]:
    """Return round dark nuclei in a few crowds, and some on their own."""
    alone = int(2500 * width * height / (12288 * 9216))
    x, y = [rng.uniform(0, width, alone)], [rng.uniform(0, height, alone)]
    for cx, cy, spread in crowds:
        count = int(rng.uniform(1.5, 3.6) * spread)
        x.append(cx + rng.normal(0, spread, count))
        y.append(cy + rng.normal(0, spread * 0.7, count))
    all_x, all_y = np.concatenate(x), np.concatenate(y)
    inside = (maps.at("depth", all_x, all_y) > 30) & (maps.at("fat", all_x, all_y) < -0.02)
    keep = inside & _outside_glands(all_x, all_y, glands, maps.fat.shape)
    keep &= (all_x > 0) & (all_y > 0) & (all_x < width) & (all_y < height)
    n = int(keep.sum())
    size = rng.uniform(10.5, 13.5, n)
    turn, dark = rng.uniform(0, np.pi, n), rng.uniform(1.0, 1.3, n)
    return np.column_stack([all_x[keep], all_y[keep], size, size * 0.92, turn, dark])


def _lining(rng: np.random.Generator, gland: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the nuclei of the wall of one gland or vessel, layer by layer."""
    x, y, radius, flat, angle, wall, kind, number = gland
    if kind == VESSEL:
        layers = [(6.0, 44.0, (17.0, 4.6), False), (0.75 * wall, 52.0, (18.0, 4.4), False)]
    elif kind == DUCT:
        layers = [(11.0, 40.0, (13.0, 6.5), False), (32.0, 26.0, (17.0, 11.5), True),
                  (55.0, 29.0, (16.0, 11.5), True)]  # fmt: skip
    else:
        layers = [(10.0, 44.0, (12.0, 6.0), False), (31.0, 25.5, (15.5, 11.0), True)]
    rows = []
    for inset, step, (long, short), radial in layers:
        reach = max(radius - inset, 8.0)
        count = max(4, int(2 * np.pi * reach * (0.5 + 0.5 * flat) / step))
        way = (np.arange(count) + rng.uniform(-0.28, 0.28, count)) * 2 * np.pi / count
        dent = gland_radius(way, number)
        far = radius * dent - inset + rng.normal(0, 3.2, count)
        u, v = far * np.cos(way), far * np.sin(way) * flat
        turn = (
            np.arctan2(v, u) + (0.0 if radial else np.pi / 2) + angle + rng.normal(0, 0.16, count)
        )
        px = x + u * np.cos(angle) - v * np.sin(angle)
        py = y + u * np.sin(angle) + v * np.cos(angle)
        a, b = long * rng.uniform(0.85, 1.15, count), short * rng.uniform(0.85, 1.12, count)
        rows.append(np.column_stack([px, py, a, b, turn, rng.uniform(0.7, 1.0, count)]))
    return np.concatenate(rows)


def gland_radius(way: NDArray[np.float64], number: float) -> NDArray[np.float64]:
    """Return how far the wall is in each direction, as a part of the radius; see `tissue`."""
    dents: NDArray[np.float64] = (
        0.87
        + 0.060 * np.cos(2.0 * way + number)
        + 0.040 * np.cos(3.0 * way + 2.3 * number)
        + 0.022 * np.cos(5.0 * way + 4.1 * number)
        + 0.012 * np.cos(9.0 * way + 5.7 * number)
    )
    return dents


def _red_cells(rng: np.random.Generator, vessel: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y, radius, flat, angle, wall = vessel[:6]
    room = 0.86 * radius - wall
    if room < 20 or rng.random() < 0.25:
        return np.empty((0, 3))
    count = int((room / 12.5) ** 2 * rng.uniform(0.3, 0.95))
    way, far = rng.uniform(0, 2 * np.pi, count), room * np.sqrt(rng.random(count))
    u, v = far * np.cos(way), far * np.sin(way) * flat
    px = x + u * np.cos(angle) - v * np.sin(angle)
    py = y + u * np.sin(angle) + v * np.cos(angle)
    return np.column_stack([px, py, rng.uniform(11.5, 14.0, count)])
