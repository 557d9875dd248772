"""A stained slide: haematoxylin and eosin in tissue, strip by strip, and its pyramid."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.samples.histology import DUCT, GRAIN, VESSEL, lay_out
from app.samples.randomness import Number, fill_noise, lattice, mix, smooth
from render.jit import kernel

Stain = NDArray[np.float32]
"""Amount of one dye by pixel, shape (Y, X); 1 is strong."""

_SEED = 7
_TEXTURE = 1024
_FAT_CELL = 236.0
_WHITE = (244.0, 242.0, 245.0)
_HAEMATOXYLIN = (0.60, 0.80, 0.36)
_EOSIN = (0.066, 0.40, 0.20)
"""Optical density, in base 10, of an amount of 1 in red, green and blue."""
_STEPS = 96.0


@dataclass(frozen=True, slots=True)
class SlideShape:
    """Size of the slide in pixels, and the side of its tiles."""

    width: int = 12288
    height: int = 9216
    tile: int = 512


@kernel
def sample(texture: NDArray[np.float32], x: Number, y: Number) -> Number:
    """Return a repeating texture between its points; its size is a power of two."""
    fx, fy = np.floor(x), np.floor(y)
    size = texture.shape[0] - 1
    ix, iy = int(fx) & size, int(fy) & size
    jx, jy = (ix + 1) & size, (iy + 1) & size
    u, v = np.float32(x - fx), np.float32(y - fy)
    top = texture[iy, ix] + (texture[iy, jx] - texture[iy, ix]) * u
    low = texture[jy, ix] + (texture[jy, jx] - texture[jy, ix]) * u
    return top + (low - top) * v


@kernel
def between(coarse: NDArray[np.float32], x: int, y: int) -> Number:
    """Return a coarse map at one pixel of the slide."""
    ix, iy = x // GRAIN, y // GRAIN
    u, v = np.float32((x % GRAIN) / GRAIN), np.float32((y % GRAIN) / GRAIN)
    top = coarse[iy, ix] + (coarse[iy, ix + 1] - coarse[iy, ix]) * u
    low = coarse[iy + 1, ix] + (coarse[iy + 1, ix + 1] - coarse[iy + 1, ix]) * u
    return top + (low - top) * v


@kernel
def fat_cell(fat: NDArray[np.float32], x: Number, y: Number) -> tuple[Number, Number]:
    """Return how far a pixel is from the border of its fat cell, and how fat its cell is.

    Fat cells are those points of an uneven lattice that lie where the map is above 0; each
    owns what is nearest to it.
    """
    gx, gy = int(np.floor(x / _FAT_CELL)), int(np.floor(y / _FAT_CELL))
    best, second = np.float32(1e12), np.float32(1e12)
    bx, by, sx, sy = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
    for j in range(-1, 2):
        for i in range(-1, 2):
            px = (gx + i + 0.15 + 0.7 * lattice(gx + i, gy + j, 1, 77)) * _FAT_CELL
            py = (gy + j + 0.15 + 0.7 * lattice(gx + i, gy + j, 2, 77)) * _FAT_CELL
            far = np.float32((px - x) ** 2 + (py - y) ** 2)
            if far < best:
                second, sx, sy = best, bx, by
                best, bx, by = far, np.float32(px), np.float32(py)
            elif far < second:
                second, sx, sy = far, np.float32(px), np.float32(py)
    border = (second - best) / (2.0 * np.sqrt((bx - sx) ** 2 + (by - sy) ** 2) + 1e-3)
    rows, columns = fat.shape
    iy = min(max(int(by) // GRAIN, 0), rows - 1)
    ix = min(max(int(bx) // GRAIN, 0), columns - 1)
    # Round the corners: the border is also never farther than a circle around the centre.
    border = min(border, np.float32(0.62 * _FAT_CELL) - np.sqrt(best) * np.float32(0.86))
    return np.float32(border), fat[iy, ix]


@kernel
def stain_ground(
    top: int,
    depth: NDArray[np.float32],
    fat: NDArray[np.float32],
    across: NDArray[np.float32],
    along: NDArray[np.float32],
    loose: NDArray[np.float32],
    texture: NDArray[np.float32],
    blue: NDArray[np.float32],
    pink: NDArray[np.float32],
) -> None:
    """Stain fibres and fat of one strip.

    Args:
        top: First row of the strip.
        depth: Map, as are the next four; see `histology.Maps`.
        fat: Map.
        across: Map.
        along: Map.
        loose: Map.
        texture: Repeating noise, 0 to 1.
        blue: Haematoxylin, shape (rows, X); overwritten.
        pink: Eosin, shape (rows, X); overwritten.
    """
    rows, width = blue.shape
    for row in range(rows):
        y = top + row
        for x in range(width):
            blue[row, x] = 0.0
            pink[row, x] = 0.0
            inside = between(depth, x, y)
            if inside < -90.0:
                continue
            u, v = between(across, x, y), between(along, x, y)
            grain = sample(texture, x * 0.31, y * 0.31)
            bundle = sample(texture, v * 0.035, u * 0.16)
            fine = sample(texture, v * 0.11 + 400.0, u * 0.62)
            hair = sample(texture, v * 0.42 + 200.0, u * 2.1)
            inside += (bundle - 0.5) * 150.0 + (grain - 0.5) * 30.0
            if inside <= 0.0:
                continue
            here = smooth(inside / 14.0)
            soft = between(loose, x, y)
            border, fatness = np.float32(0), np.float32(-1)
            if between(fat, x, y) > -0.12:
                sway = 46.0 * (sample(texture, x * 0.045, y * 0.045) - 0.5)
                swing = 46.0 * (sample(texture, y * 0.045 + 300.0, x * 0.045) - 0.5)
                border, fatness = fat_cell(fat, x + sway, y + swing)
            if fatness > 0.0:
                wall = np.float32(1) - smooth((border - 4.0 - 6.0 * (bundle - 0.3)) / 4.0)
                pink[row, x] = here * wall * (0.34 + 0.42 * fine)
                blue[row, x] = here * wall * 0.05
                continue
            broad = sample(texture, v * 0.012 + 90.0, u * 0.055 + 30.0)
            body = 0.62 * bundle + 0.36 * fine + 0.24 * hair + 0.10 * grain + 0.45 * (broad - 0.5)
            cleft = smooth((broad * 0.55 + bundle * 0.45 - 0.62) * 13.0 + 0.5 * (fine - 0.5))
            cleft *= np.float32(1) - soft
            amount = (0.12 + body) * (1.0 - 0.36 * soft) - 0.10 * soft
            pink[row, x] = here * max(amount * (1.0 - 0.93 * cleft), 0.02)
            blue[row, x] = here * (0.035 + 0.10 * soft * grain) * (1.0 - cleft)


@kernel
def stain_glands(
    top: int,
    glands: NDArray[np.float32],
    texture: NDArray[np.float32],
    blue: NDArray[np.float32],
    pink: NDArray[np.float32],
) -> None:
    """Stain the walls of glands and vessels in one strip, and empty what they enclose.

    Args:
        top: First row of the strip.
        glands: See `histology.Layout`.
        texture: Repeating noise, 0 to 1.
        blue: Haematoxylin, shape (rows, X); changed in place.
        pink: Eosin, shape (rows, X); changed in place.
    """
    rows, width = blue.shape
    for index in range(glands.shape[0]):
        gx, gy, radius, flat, angle, wall, kind, number = glands[index]
        cosine, sine = np.cos(angle), np.sin(angle)
        reach = radius + 12.0
        for row in range(max(0, int(gy - reach) - top), min(rows, int(gy + reach) - top + 1)):
            dy = top + row - gy
            for x in range(max(0, int(gx - reach)), min(width, int(gx + reach) + 1)):
                dx = x - gx
                u, v = dx * cosine + dy * sine, (dy * cosine - dx * sine) / flat
                far = np.sqrt(u * u + v * v)
                if far > reach:
                    continue
                way = np.arctan2(v, u)
                dent = 0.87 + 0.060 * np.cos(2.0 * way + number)
                dent += 0.040 * np.cos(3.0 * way + 2.3 * number)
                dent += 0.022 * np.cos(5.0 * way + 4.1 * number)
                dent += 0.012 * np.cos(9.0 * way + 5.7 * number)
                inset = radius * dent - far
                if inset < -9.0:
                    continue
                grain = sample(texture, x * 0.23, (top + row) * 0.23)
                mottle = sample(texture, x * 0.07 + 11.0, (top + row) * 0.07)
                ragged = wall + 26.0 * (mottle - 0.5) + 10.0 * (grain - 0.5)
                hollow = smooth((inset - ragged) / 6.0 + 0.5)
                edge = smooth((inset + 9.0) / 7.0)
                if kind == VESSEL:
                    rings = sample(texture, np.cos(way) * radius * 0.03, inset * 0.30 + number)
                    rose, violet = 0.50 + 0.75 * rings, np.float32(0.05)
                    content = 0.05 + 0.08 * mottle
                else:
                    membrane = smooth(1.0 - abs(inset + 1.0) / 5.0)
                    rose = 0.42 + 0.30 * grain + 0.35 * membrane
                    violet = np.float32(0.16) + np.float32(0.16) * mottle
                    full = smooth((lattice(int(number), 3, 3, 5) - 0.62) * 6.0)
                    content = 0.015 + full * (0.28 + 0.2 * mottle)
                    if kind == DUCT:
                        rose += np.float32(0.05)
                rose, violet = rose + (content - rose) * hollow, violet * (1.0 - hollow)
                pink[row, x] += (rose - pink[row, x]) * edge
                blue[row, x] += (violet - blue[row, x]) * edge


@kernel
def stain_nuclei(
    top: int,
    nuclei: NDArray[np.float32],
    texture: NDArray[np.float32],
    blue: NDArray[np.float32],
    pink: NDArray[np.float32],
) -> None:
    """Stain the nuclei of one strip: a dark rim, clumps, sometimes a nucleolus.

    Args:
        top: First row of the strip.
        nuclei: See `histology.Layout`.
        texture: Repeating noise, 0 to 1.
        blue: Haematoxylin, shape (rows, X); changed in place.
        pink: Eosin, shape (rows, X); changed in place.
    """
    rows, width = blue.shape
    for index in range(nuclei.shape[0]):
        nx, ny, a, b, angle, dark, number = nuclei[index]
        cosine, sine = np.cos(angle), np.sin(angle)
        dot_u = (lattice(int(number), 0, 0, 9) - np.float32(0.5)) * a
        dot_v = (lattice(int(number), 1, 0, 9) - np.float32(0.5)) * b
        for row in range(max(0, int(ny - a) - 1 - top), min(rows, int(ny + a) + 2 - top)):
            dy = top + row - ny
            for x in range(max(0, int(nx - a) - 1), min(width, int(nx + a) + 2)):
                dx = x - nx
                u, v = dx * cosine + dy * sine, dy * cosine - dx * sine
                far = (u / a) ** 2 + (v / b) ** 2
                if far > 1.35:
                    continue
                clump = sample(texture, u * 0.95 + number * 7.0, v * 0.95 + number * 3.0)
                far += 0.5 * (sample(texture, x * 0.09, (top + row) * 0.09) - 0.5)
                body = smooth((1.0 - far) * b * 0.22 + 0.25)
                if body <= 0.0:
                    continue
                rim = smooth(1.0 - abs(far - 0.80) * 4.5)
                dot = smooth(1.4 - ((u - dot_u) ** 2 + (v - dot_v) ** 2) / 7.0)
                amount = dark * (0.20 + 0.78 * clump + 0.26 * rim + 0.25 * dot)
                blue[row, x] = max(blue[row, x], body * amount)
                pink[row, x] *= np.float32(1) - np.float32(0.45) * body


@kernel
def stain_blood(
    top: int,
    blood: NDArray[np.float32],
    blue: NDArray[np.float32],
    pink: NDArray[np.float32],
) -> None:
    """Stain the red cells of one strip.

    Args:
        top: First row of the strip.
        blood: See `histology.Layout`.
        blue: Haematoxylin, shape (rows, X); changed in place.
        pink: Eosin, shape (rows, X); changed in place.
    """
    rows, width = blue.shape
    for index in range(blood.shape[0]):
        bx, by, radius = blood[index]
        for row in range(max(0, int(by - radius) - top), min(rows, int(by + radius) - top + 2)):
            for x in range(max(0, int(bx - radius)), min(width, int(bx + radius) + 2)):
                far = np.sqrt((x - bx) ** 2 + (top + row - by) ** 2) / radius
                body = smooth((1.0 - far) * radius * 0.35)
                amount = np.float32(0.95) + np.float32(0.38) * smooth(far * 1.4 - 0.3)
                pink[row, x] += (amount - pink[row, x]) * body
                blue[row, x] *= np.float32(1) - body


@kernel
def look_up(
    top: int,
    blue: NDArray[np.float32],
    pink: NDArray[np.float32],
    table: NDArray[np.uint8],
    out: NDArray[np.uint8],
) -> None:
    """Turn the amounts of both dyes into colours, with a trace of noise.

    Args:
        top: First row of the strip.
        blue: Haematoxylin, shape (Y, X).
        pink: Eosin, shape (Y, X).
        table: Colours by amounts, shape (256, 256, 3), uint8; see `colour_table`.
        out: Shape (Y, X, 3), uint8.
    """
    rows, width = blue.shape
    for y in range(rows):
        bits = np.uint64(0)
        for x in range(width):
            if x % 10 == 0:
                bits = mix(np.uint64((top + y) * width + x))
            jitter = np.float32(bits & np.uint64(63)) * np.float32(0.025)
            bits >>= np.uint64(6)
            h = min(int(max(blue[y, x], np.float32(0)) * np.float32(_STEPS) + jitter), 255)
            e = min(int(max(pink[y, x], np.float32(0)) * np.float32(_STEPS) + jitter), 255)
            out[y, x, 0] = table[h, e, 0]
            out[y, x, 1] = table[h, e, 1]
            out[y, x, 2] = table[h, e, 2]


@kernel
def halve_colours(image: NDArray[np.uint8], out: NDArray[np.uint8]) -> None:
    """Shrink a colour image to half its size by the mean of 2 x 2 pixels.

    Args:
        image: Shape (2 * Y, 2 * X, 3), uint8.
        out: Shape (Y, X, 3), uint8.
    """
    rows, columns, _ = out.shape
    for y in range(rows):
        for x in range(columns):
            for c in range(3):
                above = np.uint16(image[2 * y, 2 * x, c]) + np.uint16(image[2 * y, 2 * x + 1, c])
                below = np.uint16(image[2 * y + 1, 2 * x, c]) + np.uint16(
                    image[2 * y + 1, 2 * x + 1, c]
                )
                out[y, x, c] = np.uint8((above + below + 2) >> 2)


def colour_table() -> NDArray[np.uint8]:
    """Return the colour of every pair of amounts, by the law of Beer and Lambert.

    Returns:
        Shape (256, 256, 3), uint8: by haematoxylin, then eosin, in steps of 1 / 96.
    """
    amount = np.arange(256) / _STEPS
    h, e = amount[:, None, None], amount[None, :, None]
    density: NDArray[np.float64] = h * np.array(_HAEMATOXYLIN) + e * np.array(_EOSIN)
    colours: NDArray[np.float64] = np.round(np.array(_WHITE) * 10.0**-density)
    return colours.astype(np.uint8)


class Slide:
    """A slide that is painted strip by strip, from top to bottom, and once."""

    def __init__(self, shape: SlideShape) -> None:
        self.shape = shape
        self._plan = lay_out(shape.width, shape.height, _SEED)
        self._texture = repeating_noise(_TEXTURE)
        self._table = colour_table()
        self.half = np.zeros((shape.height // 2, shape.width // 2, 3), np.uint8)

    def tiles(self) -> Iterator[NDArray[np.uint8]]:
        """Yield the tiles of full resolution, (tile, tile, 3), row by row; fills `half`."""
        tile = self.shape.tile
        for top in range(0, self.shape.height, tile):
            strip = self.strip(top, tile)
            halve_colours(strip, self.half[top // 2 : (top + tile) // 2])
            for left in range(0, self.shape.width, tile):
                yield np.ascontiguousarray(strip[:, left : left + tile])

    def strip(self, top: int, rows: int) -> NDArray[np.uint8]:
        """Return some rows of the slide.

        Args:
            top: First row.
            rows: Number of rows.

        Returns:
            Shape (rows, X, 3), uint8.
        """
        plan, texture = self._plan, self._texture
        maps = plan.maps
        blue = np.empty((rows, self.shape.width), np.float32)
        pink = np.empty_like(blue)
        stain_ground(
            top, maps.depth, maps.fat, maps.across, maps.along, maps.loose, texture, blue, pink
        )
        stain_glands(top, _touching(plan.glands, top, rows), texture, blue, pink)
        stain_blood(top, _touching(plan.blood, top, rows), blue, pink)
        stain_nuclei(top, _touching(plan.nuclei, top, rows), texture, blue, pink)
        out = np.empty((*blue.shape, 3), np.uint8)
        look_up(top, blue, pink, self._table, out)
        return out

    @property
    def level_count(self) -> int:
        """Number of reduced levels: down to a longer side of one tile."""
        longer = max(self.shape.width, self.shape.height) // self.shape.tile
        return max(1, (longer - 1).bit_length())

    def levels(self) -> list[NDArray[np.uint8]]:
        """Return the reduced levels, each half of the one before, once all tiles were taken."""
        levels = [self.half]
        while len(levels) < self.level_count:
            rows, columns, _ = levels[-1].shape
            smaller = np.empty((rows // 2, columns // 2, 3), np.uint8)
            halve_colours(levels[-1], smaller)
            levels.append(smaller)
        return levels


def repeating_noise(size: int) -> NDArray[np.float32]:
    """Return noise, 0 to 1, that goes on at its edges.

    Args:
        size: Side in pixels, a power of two.

    Returns:
        Shape (size, size), float32.
    """
    noise = np.empty((size + size // 8, size + size // 8), np.float32)
    fill_noise(noise, 8.0, 3, 99)
    fade = np.linspace(0.0, 1.0, size // 8, dtype=np.float32)
    noise[:, : size // 8] = noise[:, : size // 8] * fade + noise[:, size:] * (1 - fade)
    noise[: size // 8] = noise[: size // 8] * fade[:, None] + noise[size:] * (1 - fade[:, None])
    low, high = np.float32(0.2), np.float32(0.8)
    whole: NDArray[np.float32] = np.clip((noise[:size, :size] - low) / (high - low), 0, 1)
    return np.ascontiguousarray(whole)


def _touching(things: NDArray[np.float32], top: int, rows: int) -> NDArray[np.float32]:
    """Return the things, rows of x, y, reach, …, that reach into a strip."""
    y, reach = things[:, 1], things[:, 2] + np.float32(14)
    return things[(y + reach >= top) & (y - reach < top + rows)]
