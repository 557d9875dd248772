"""What glows in the living cells: nuclei, microtubules, mitochondria, chromosomes."""

import numpy as np
from numpy.typing import NDArray

from app.samples.optics import Stack, draw_lines
from app.samples.outlines import Floats, Outline, ease
from app.samples.randomness import lattice, noise_3d, smooth
from render.jit import kernel

_FRAGMENTED = 0.2
"""Part of the series after which the nucleus of the dividing cell has dissolved."""


@kernel
def paint_nucleus(
    stack: NDArray[np.float32],
    centre: tuple[float, float, float],
    axes: tuple[float, float, float],
    angle: float,
    condensed: float,
    light: float,
    seed: int,
) -> None:
    """Add a nucleus: an uneven ellipsoid with clumps of chromatin and dark nucleoli.

    Args:
        stack: Shape (Z, Y, X), float32; changed in place.
        centre: x, y in pixels and z in slices.
        axes: Half axes: long and short in pixels, in z in slices.
        angle: Direction of the long axis in radians.
        condensed: How far chromatin has turned into threads, 0 to 1.
        light: Light in a pixel of mean chromatin.
        seed: Which nucleus.
    """
    depth, height, width = stack.shape
    cx, cy, cz = centre
    a, b, c = axes
    cosine, sine = np.cos(angle), np.sin(angle)
    reach = 1.15 * a
    grain = 47.0 / a
    for z in range(max(0, int(cz - c - 1)), min(depth, int(cz + c + 2))):
        dz = (z - cz) / c
        for y in range(max(0, int(cy - reach)), min(height, int(cy + reach) + 1)):
            for x in range(max(0, int(cx - reach)), min(width, int(cx + reach) + 1)):
                u = (x - cx) * cosine + (y - cy) * sine
                v = (y - cy) * cosine - (x - cx) * sine
                far = (u / a) ** 2 + (v / b) ** 2 + dz * dz
                if far > 1.25:
                    continue
                far += 0.30 * (noise_3d(u / 34.0, v / 34.0, 3.0, seed) - 0.5)
                body = smooth((1.0 - far) * 5.0)
                if body <= 0.0:
                    continue
                w = dz * c
                u *= grain
                v *= grain
                coarse = noise_3d(u / 10.0, v / 10.0, w / 2.2, seed + 1)
                fine = noise_3d(u / 4.3, v / 4.3, w / 1.4, seed + 2)
                clumps = 0.95 * coarse + 0.85 * fine - 0.12 + 0.30 * smooth(far * 2.0 - 1.0)
                foci = smooth((noise_3d(u / 7.0, v / 7.0, w / 1.8, seed + 3) - 0.74) * 9.0)
                threads = smooth(1.0 - abs(coarse * 0.6 + fine * 0.4 - 0.5) * 9.0)
                clumps = max(clumps, 0.15)
                texture = clumps + 0.8 * foci
                texture += condensed * (0.35 + 2.1 * threads - texture)
                for body_number in range(4):
                    nx = (lattice(body_number, 0, 0, seed) - 0.5) * 54.0
                    ny = (lattice(body_number, 1, 0, seed) - 0.5) * 36.0
                    size = 6.0 + 6.5 * lattice(body_number, 2, 0, seed)
                    gone = (u - nx) ** 2 + (v - ny) ** 2 + (w * 5.0) ** 2
                    texture *= 1.0 - 0.72 * smooth(1.6 - gone / (size * size))
                stack[z, y, x] += np.float32(light * body * texture)


@kernel
def paint_cytoplasm(
    stack: NDArray[np.float32],
    x0: float,
    y0: float,
    radii: NDArray[np.float64],
    nucleus: tuple[float, float, float],
    heights: tuple[float, float],
    light: float,
    seed: int,
) -> None:
    """Add the faint glow of the cytoplasm of one cell, dark where its nucleus is.

    Args:
        stack: Shape (Z, Y, X), float32; changed in place.
        x0: Column of the centre.
        y0: Row of the centre.
        radii: Outline in each direction, as in `Outline.radii`.
        nucleus: Half axes in pixels and angle in radians.
        heights: Slice in the middle of the cell, and half its height in slices.
        light: Light in a pixel.
        seed: Which cell.
    """
    depth, height, width = stack.shape
    a, b, angle = nucleus
    cosine, sine = np.cos(angle), np.sin(angle)
    reach = radii.max()
    for y in range(max(0, int(y0 - reach)), min(height, int(y0 + reach) + 1)):
        for x in range(max(0, int(x0 - reach)), min(width, int(x0 + reach) + 1)):
            dx, dy = x - x0, y - y0
            turn = np.arctan2(dy, dx) / (2.0 * np.pi) * radii.size
            at = int(np.floor(turn)) % radii.size
            part = turn - np.floor(turn)
            edge = radii[at] * (1.0 - part) + radii[(at + 1) % radii.size] * part
            far = np.sqrt(dx * dx + dy * dy) / edge
            if far >= 1.0:
                continue
            u, v = dx * cosine + dy * sine, dy * cosine - dx * sine
            hollow = 1.0 - 0.55 * smooth((1.1 - (u / a) ** 2 - (v / b) ** 2) * 3.0)
            grain = 0.55 + 0.9 * noise_3d(dx / 13.0, dy / 13.0, 0.0, seed + 9)
            tall = heights[1] * np.sqrt(1.0 - far * far)
            for z in range(depth):
                inside = smooth(0.5 + (tall - abs(z - heights[0])) * 0.7)
                stack[z, y, x] += np.float32(light * inside * hollow * grain)


def draw_microtubules(stack: Stack, outline: Outline, light: float) -> None:
    """Add the microtubules of one cell, or its spindle while it divides.

    Args:
        stack: Shape (Z, Y, X), float32; changed in place.
        outline: The cell.
        light: Light by pixel of length.
    """
    if outline.cell.divides and outline.time > _FRAGMENTED:
        points = _spindle(outline, stack.shape[0])
    else:
        points = _radial_array(outline, stack.shape[0])
    fading = 1.0 - 0.62 * ease(outline.time, 0.6, 0.95) if outline.cell.divides else 1.0
    strength = np.full(points.shape[:2], light * fading)
    _draw(stack, outline, points, strength)


def draw_mitochondria(stack: Stack, outline: Outline, light: float) -> None:
    """Add the mitochondria of one cell: short bent tubes, many around the nucleus.

    Args:
        stack: Shape (Z, Y, X), float32; changed in place.
        outline: The cell.
        light: Light by pixel of length.
    """
    rng = np.random.default_rng([outline.cell.seed, 3])
    count, corners, step = 120, 12, 3.6
    angle = rng.uniform(0, 2 * np.pi, count)
    place = rng.beta(1.5, 2.4, count) * 0.75 + 0.22
    heading = rng.uniform(0, 2 * np.pi, (count, 1))
    heading = heading + np.cumsum(rng.normal(0, 0.42, (count, corners)), axis=1)
    heading += 0.7 * np.sin(rng.uniform(0, 6.3, (count, 1)) + 3.0 * outline.time)
    wander = 7.0 * np.sin(
        rng.uniform(0, 6.3, (count, 2)) + rng.normal(0, 4, (count, 2)) * outline.time
    )
    length = step * rng.uniform(0.35, 1.35, (count, 1))
    rim = 0.5 * sum(outline.cell.nucleus)
    start = rim + place * np.maximum(outline.radius(angle) - rim, 10.0)
    x = (start * np.cos(angle) + wander[:, 0])[:, None] + np.cumsum(
        length * np.cos(heading), axis=1
    )
    y = (start * np.sin(angle) + wander[:, 1])[:, None] + np.cumsum(
        length * np.sin(heading), axis=1
    )
    if outline.cell.divides and outline.time > _FRAGMENTED:
        x, y = outline.keep_inside(x, y, rng.uniform(0.6, 0.95, (count, 1)))
        x, y = _leave_spindle(outline, x, y)
    else:
        x, y = _leave_nucleus(outline, x, y)
    x, y = outline.keep_inside(x, y, 0.95)
    middle = 0.46 * (stack.shape[0] - 1)
    z = middle + rng.normal(0, 1.15, (count, 1)) + np.cumsum(rng.normal(0, 0.1, x.shape), axis=1)
    bright = rng.uniform(0.45, 1.25, (count, 1)) * rng.uniform(0.55, 1.15, x.shape)
    jump = np.hypot(np.diff(x, axis=1), np.diff(y, axis=1)) > 3 * step
    bright[:, :-1][jump] = 0.0
    points = np.stack([x, y, z], axis=-1)
    _draw(stack, outline, points, light * bright)
    # A tube is wider than a line: the same again, a pixel to the side.
    points[..., 0] += 0.9 * np.sin(heading)
    points[..., 1] -= 0.9 * np.cos(heading)
    _draw(stack, outline, points, light * bright)


def draw_chromatin(stack: Stack, outline: Outline, light: float) -> None:
    """Add the nucleus of one cell, or its chromosomes while it divides.

    Args:
        stack: Shape (Z, Y, X), float32; changed in place.
        outline: The cell.
        light: Light in a pixel of mean chromatin.
    """
    cell, time = outline.cell, outline.time
    depth = stack.shape[0]
    middle = 0.48 * (depth - 1)
    tall = 0.30 * depth
    if not cell.divides or time <= _FRAGMENTED:
        axes = (*cell.nucleus, tall)
        condensed = ease(time, -0.1, 0.12) if cell.divides else 0.0
        at = (outline.x, outline.y, middle)
        paint_nucleus(stack, at, axes, outline.nucleus_angle, condensed, light, cell.seed * 16)
        return
    reformed = ease(time, 0.80, 1.1)
    _draw_chromosomes(stack, outline, light * (1.0 - 0.75 * reformed))
    if reformed > 0.0:
        apart = _separation(time)
        for side, seed in ((-1.0, 5000), (1.0, 5001)):
            at = (
                outline.x + side * apart * float(np.cos(cell.tilt)),
                outline.y + side * apart * float(np.sin(cell.tilt)),
                middle,
            )
            axes = (27.0 + 4 * reformed, 16.0 + 6 * reformed, 0.8 * tall)
            angle = cell.tilt + np.pi / 2 + 0.25 * side
            paint_nucleus(stack, at, axes, angle, 0.6, 1.7 * light * reformed, seed)


def _separation(time: float) -> float:
    """Return how far each set of chromosomes is from the middle, in pixels."""
    return 54.0 * ease(time, 0.42, 0.86)


def _draw(stack: Stack, outline: Outline, points: Floats, light: Floats) -> None:
    placed = points.copy()
    placed[..., 0] += outline.x
    placed[..., 1] += outline.y
    draw_lines(stack, placed.astype(np.float32), light.astype(np.float32))


def _in_nucleus(outline: Outline, x: Floats, y: Floats) -> Floats:
    """Return the squared distance from the centre, 1 at the surface of the nucleus."""
    a, b = outline.cell.nucleus
    cosine, sine = np.cos(outline.nucleus_angle), np.sin(outline.nucleus_angle)
    far: Floats = ((x * cosine + y * sine) / a) ** 2 + ((y * cosine - x * sine) / b) ** 2
    return far


def _leave_nucleus(outline: Outline, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    far = np.sqrt(_in_nucleus(outline, x, y)) + 1e-6
    scale = np.maximum(far, 1.10 + 0.34 * (1.10 - far)) / far
    return x * scale, y * scale


def _leave_spindle(outline: Outline, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Push places out of the middle of a dividing cell, where the spindle is."""
    cosine, sine = np.cos(outline.cell.tilt), np.sin(outline.cell.tilt)
    along, across = x * cosine + y * sine, y * cosine - x * sine
    reach = 34.0 + 0.5 * _separation(outline.time)
    wide = 31.0 - 17.0 * ease(outline.time, 0.6, 0.9)
    far = np.sqrt((along / reach) ** 2 + (across / wide) ** 2) + 1e-6
    scale = np.where(far < 1.0, (1.0 + 0.3 * (1.0 - far)) / far, 1.0)
    return x * scale, y * scale


def _radial_array(outline: Outline, depth: int) -> Floats:
    """Return microtubules that leave the centrosome and bend along the membrane."""
    rng = np.random.default_rng([outline.cell.seed, 2])
    count, corners = 150, 36
    s = np.linspace(0.0, 1.0, corners)
    side = rng.uniform(0, 2 * np.pi)
    a, b = outline.cell.nucleus
    home = (0.5 * (a + b) + 3.0) * np.array([np.cos(side), np.sin(side)])
    angle = rng.uniform(0, 2 * np.pi, count)
    growth = 1.0 + 0.13 * np.sin(
        rng.uniform(0, 6.3, count) + rng.normal(0, 5, count) * outline.time
    )
    reach = rng.uniform(0.72, 1.12, count) * growth * outline.radius(angle)
    free = rng.random(count) < 0.4
    spread = np.where(free, 30.0, 3.0)[:, None]
    start = home + rng.normal(0, 1, (count, 2)) * spread
    end = np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)
    way = end - start
    across = np.stack([-way[:, 1], way[:, 0]], axis=1)
    bent = (start + end) / 2 + across * rng.normal(0, 0.26, (count, 1))
    one, two, three = ((1 - s) ** 2)[:, None], (2 * s * (1 - s))[:, None], (s**2)[:, None]
    path = start[:, None] * one + bent[:, None] * two + end[:, None] * three
    phase = rng.uniform(0, 6.3, (count, 1)) + 1.8 * outline.time
    wave = rng.normal(0, 0.024, (count, 1)) * np.sin(rng.uniform(5, 12, (count, 1)) * s + phase)
    path = path + across[:, None] * (wave * np.minimum(1.0, 4 * s))[..., None]
    x, y = outline.keep_inside(path[..., 0], path[..., 1], 0.965)
    far = np.minimum(_in_nucleus(outline, x, y), 1.2)
    over = np.where(rng.random((count, 1)) < 0.5, 1.0, -1.0)
    dome = over * 0.30 * depth * np.sqrt(1.2 - far)
    level = 0.46 * (depth - 1) + rng.normal(0, 0.9, (count, 1)) + rng.normal(0, 0.8, (count, 1)) * s
    return np.stack([x, y, level + dome], axis=-1)


def _spindle(outline: Outline, depth: int) -> Floats:
    """Return the fibres between two poles, and the short ones around each pole."""
    rng = np.random.default_rng([outline.cell.seed, 5])
    corners = 20
    s = np.linspace(0.0, 1.0, corners)
    apart = _separation(outline.time)
    pole = 47.0 + 0.45 * apart
    late = ease(outline.time, 0.55, 0.85)
    side = np.where(rng.random(190) < 0.5, 1.0, -1.0)[:, None]
    plate = rng.normal(0, 17.0, (190, 1)) * (1.0 - 0.8 * late)
    bow = np.sin(0.5 * np.pi * s) * plate
    tip = rng.uniform(-6, 10, (190, 1)) * (1 - late) - 14.0 * late
    along = side * (pole + (tip - pole) * s)
    deep = rng.normal(0, 1.1, (190, 1)) * np.sin(0.5 * np.pi * s)
    fibres = np.stack([along, bow, deep], axis=-1)
    star = rng.uniform(0, 2 * np.pi, (70, 1))
    length = rng.uniform(12, 34, (70, 1))
    home = np.where(rng.random((70, 1)) < 0.5, pole, -pole)
    star_x, star_y = home + length * np.cos(star) * s, length * np.sin(star) * s
    rays = np.stack([star_x, star_y, rng.normal(0, 0.9, (70, 1)) * s], axis=-1)
    local = np.concatenate([fibres, rays])
    cosine, sine = np.cos(outline.cell.tilt), np.sin(outline.cell.tilt)
    x = local[..., 0] * cosine - local[..., 1] * sine
    y = local[..., 0] * sine + local[..., 1] * cosine
    x, y = outline.keep_inside(x, y, 0.95)
    return np.stack([x, y, local[..., 2] + 0.48 * (depth - 1)], axis=-1)


def _draw_chromosomes(stack: Stack, outline: Outline, light: float) -> None:
    """Add the chromosomes: a plate, then two sets that move apart with trailing arms."""
    rng = np.random.default_rng([outline.cell.seed, 6])
    count, corners, strands = 60, 7, 14
    s = np.linspace(0.0, 1.0, corners)
    apart = _separation(outline.time)
    moving = min(1.0, apart / 14.0)
    narrow = 1.0 - 0.32 * ease(outline.time, 0.5, 0.9)
    across = rng.uniform(-34, 34, (count, 1)) * narrow
    trail = rng.uniform(8, 18, (count, 1))
    splay = rng.normal(0, 0.5, (count, 1)) + 0.012 * across
    deep = rng.normal(0, 0.10 * stack.shape[0], (count, 1))
    light_by_length = np.full((count * strands, corners), light * 0.5)
    for side in (-1.0, 1.0):
        wobble = rng.normal(0, 2.5, (count, 1)) * (1 - 0.5 * moving)
        curve = 7.0 * (across / 34.0) ** 2 * moving
        u = side * (apart - curve + 2.0 - trail * s * (0.25 + 0.75 * moving)) + wobble
        v = across + splay * trail * s
        thick = rng.normal(0, 1.8, (count, strands, 1, 3)) * (1.0, 1.0, 0.25)
        local = np.stack([u, v, deep + 0.0 * u], axis=-1)[:, None] + thick
        local = local.reshape(count * strands, corners, 3)
        cosine, sine = np.cos(outline.cell.tilt), np.sin(outline.cell.tilt)
        x = local[..., 0] * cosine - local[..., 1] * sine
        y = local[..., 0] * sine + local[..., 1] * cosine
        z = local[..., 2] + 0.48 * (stack.shape[0] - 1)
        _draw(stack, outline, np.stack([x, y, z], axis=-1), light_by_length)
