"""What a microscope does to a specimen: blur, light from out of focus, and a camera's noise."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.samples.randomness import bell_table, mix
from render.jit import kernel

Stack = NDArray[np.float32]
"""Light by place, shape (Z, Y, X)."""


@dataclass(frozen=True, slots=True)
class Camera:
    """How light becomes grey levels.

    Attributes:
        offset: Grey level of darkness.
        gain: Grey levels for one photon.
        ceiling: Light that the brightest structure approaches, so that none stands out.
        read_noise: Standard deviation in the dark, in photons.
        photons: Photons for one unit of light.
    """

    offset: float = 100.0
    gain: float = 0.6
    ceiling: float = 700.0
    read_noise: float = 2.0
    photons: float = 3.3


def bell_weights(sigma: float) -> NDArray[np.float32]:
    """Return one half of a Gaussian filter: the centre first, the whole summing to 1.

    Args:
        sigma: Standard deviation in pixels, above 0.
    """
    radius = max(1, int(np.ceil(2.6 * sigma)))
    weights: NDArray[np.float64] = np.exp(-0.5 * (np.arange(radius + 1) / sigma) ** 2)
    weights /= weights[0] + 2 * weights[1:].sum()
    return weights.astype(np.float32)


@kernel
def blur_plane(
    plane: NDArray[np.float32], weights: NDArray[np.float32], out: NDArray[np.float32]
) -> None:
    """Blur a plane with a separable symmetric filter; the edge rows and columns go on outside.

    Args:
        plane: Shape (Y, X), float32.
        weights: The filter from `bell_weights`.
        out: Shape (Y, X), float32; may be `plane` itself.
    """
    height, width = plane.shape
    radius = weights.size - 1
    rows = np.empty_like(plane)
    line = np.empty(width + 2 * radius, np.float32)
    for y in range(height):
        line[:radius] = plane[y, 0]
        line[radius : radius + width] = plane[y]
        line[radius + width :] = plane[y, width - 1]
        for x in range(width):
            rows[y, x] = line[x + radius] * weights[0]
        for k in range(1, radius + 1):
            weight = weights[k]
            for x in range(width):
                rows[y, x] += (line[x + radius - k] + line[x + radius + k]) * weight
    for y in range(height):
        for x in range(width):
            out[y, x] = rows[y, x] * weights[0]
        for k in range(1, radius + 1):
            above, below, weight = max(y - k, 0), min(y + k, height - 1), weights[k]
            for x in range(width):
                out[y, x] += (rows[above, x] + rows[below, x]) * weight


@kernel
def spread_focus(
    stack: NDArray[np.float32],
    spread: NDArray[np.float32],
    keep: float,
    sharp: NDArray[np.float32],
) -> None:
    """Add to each slice the light of the others, the more blurred and dimmer the farther away.

    Light is carried upwards and downwards from slice to slice, blurred and dimmed once a step,
    which costs two blurs a slice instead of one for every pair of slices.

    Args:
        stack: Shape (Z, Y, X), float32; changed in place.
        spread: Filter of one step in z.
        keep: Part of the light that arrives in the next slice, 0 to 1.
        sharp: Filter of light in focus.
    """
    depth, height, width = stack.shape
    total = stack.copy()
    for way in range(2):
        carried = np.zeros((height, width), np.float32)
        for step in range(depth):
            z = step if way == 0 else depth - 1 - step
            if step > 0:
                blur_plane(carried, spread, carried)
            for y in range(height):
                for x in range(width):
                    light = carried[y, x] * np.float32(keep)
                    total[z, y, x] += light
                    carried[y, x] = light + stack[z, y, x]
    for z in range(depth):
        blur_plane(total[z], sharp, stack[z])


@kernel
def expose(
    light: NDArray[np.float32],
    camera: tuple[float, float, float, float, float],
    bell: NDArray[np.float32],
    seed: int,
    out: NDArray[np.uint16],
) -> None:
    """Take a picture: shot noise and read noise, an offset, and whole grey levels.

    Args:
        light: Shape (Y, X), float32.
        camera: Offset, gain, ceiling, read noise and photons, as in `Camera`.
        bell: The table of `bell_table`.
        seed: Which noise; planes of one series take different ones.
        out: Shape (Y, X), uint16.
    """
    offset, gain = np.float32(camera[0]), np.float32(camera[1])
    knee, floor = np.float32(1.0 / camera[2]), np.float32(camera[3] ** 2)
    harvest = np.float32(camera[4])
    height, width = light.shape
    start = mix(np.uint64(seed))
    twelve, mask = np.uint64(12), np.uint64(4095)
    for y in range(height):
        bits = np.uint64(0)
        for x in range(width):
            if x % 5 == 0:
                bits = mix(start ^ np.uint64(y * width + x))
            ratio = light[y, x] * knee
            photons = light[y, x] * harvest / np.sqrt(np.float32(1) + ratio * ratio)
            noise = bell[bits & mask] * np.sqrt(photons + floor)
            bits >>= twelve
            level = offset + gain * (photons + noise) + np.float32(0.5)
            out[y, x] = np.uint16(min(max(level, np.float32(0)), np.float32(65535)))


class Exposure:
    """A camera with its noise table at hand."""

    def __init__(self, camera: Camera) -> None:
        self._camera = (
            camera.offset,
            camera.gain,
            camera.ceiling,
            camera.read_noise,
            camera.photons,
        )
        self._bell = bell_table()

    def take(self, light: NDArray[np.float32], seed: int) -> NDArray[np.uint16]:
        """Return the picture of a plane of light.

        Args:
            light: Shape (Y, X), float32, none negative.
            seed: Which noise.

        Returns:
            Grey levels, shape (Y, X), uint16.
        """
        picture = np.empty(light.shape, np.uint16)
        expose(light, self._camera, self._bell, seed, picture)
        return picture


@kernel
def draw_lines(
    stack: NDArray[np.float32], points: NDArray[np.float32], light: NDArray[np.float32]
) -> None:
    """Add thin glowing lines to a stack.

    Args:
        stack: Shape (Z, Y, X), float32; changed in place. Parts outside are left out.
        points: Corners of each line as x, y, z in pixels and slices, shape (lines, corners, 3).
        light: Light by pixel of length at each corner, shape (lines, corners).
    """
    depth, height, width = stack.shape
    for line in range(points.shape[0]):
        for corner in range(points.shape[1] - 1):
            x, y, z = points[line, corner]
            ex, ey, ez = points[line, corner + 1]
            length = np.sqrt((ex - x) ** 2 + (ey - y) ** 2)
            steps = int(length / np.float32(0.7)) + 1
            amount = light[line, corner] * length / steps
            for step in range(steps):
                part = np.float32(step + 0.5) / np.float32(steps)
                px, py = x + (ex - x) * part, y + (ey - y) * part
                pz = z + (ez - z) * part
                ix, iy, iz = int(np.floor(px)), int(np.floor(py)), int(np.floor(pz))
                if ix < 0 or iy < 0 or ix >= width - 1 or iy >= height - 1:
                    continue
                u, v, w = px - ix, py - iy, pz - iz
                for k in range(2):
                    if 0 <= iz + k < depth:
                        share = amount * (w if k == 1 else np.float32(1) - w)
                        plane = stack[iz + k]
                        plane[iy, ix] += share * (1 - u) * (1 - v)
                        plane[iy, ix + 1] += share * u * (1 - v)
                        plane[iy + 1, ix] += share * (1 - u) * v
                        plane[iy + 1, ix + 1] += share * u * v
