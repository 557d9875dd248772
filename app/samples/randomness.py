"""Numbers that look random and are the same on every run: hashes, noise fields, a bell curve."""

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.jit import kernel

# Inside kernels the numbers of Python and NumPy are one: numba compiles for what comes.
type Number = Any
"""A scalar, float32 or float64."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_BELL_BITS = 12


def bell_table() -> NDArray[np.float32]:
    """Return the quantiles of the standard normal distribution.

    Returns:
        Shape (4096,), float32, ascending, within ±3.7: an index of 12 random bits makes a sample
        without outliers.
    """
    size = 1 << _BELL_BITS
    normal = NormalDist()
    return np.array([normal.inv_cdf((i + 0.5) / size) for i in range(size)], np.float32)


@kernel
def mix(value: np.uint64) -> np.uint64:
    """Return 64 bits that depend on every bit of the value.

    Source: the output function of SplitMix64 (Steele, Lea, Flood 2014).
    """
    state = value * _GOLDEN + _GOLDEN
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return state ^ (state >> np.uint64(31))


@kernel
def lattice(x: int, y: int, z: int, seed: int) -> Number:
    """Return the value, 0 to 1, that belongs to one point of an integer lattice."""
    key = np.uint64(x & 0x1FFFFF) | (np.uint64(y & 0x1FFFFF) << np.uint64(21))
    key |= np.uint64(z & 0x3FFFFF) << np.uint64(42)
    bits = mix(key ^ (np.uint64(seed) * _MIX_1))
    return np.float32(bits >> np.uint64(40)) * np.float32(1.0 / 16777216.0)


@kernel
def smooth(x: Number) -> Number:
    """Return a step from 0 to 1 that starts and ends flat; outside 0..1 it is constant."""
    x = min(max(x, 0.0), 1.0)
    return np.float32(x * x * (3.0 - 2.0 * x))


@kernel
def noise_3d(x: Number, y: Number, z: Number, seed: int) -> Number:
    """Return smooth noise, 0 to 1, with a feature size of one unit."""
    fx, fy, fz = np.floor(x), np.floor(y), np.floor(z)
    ix, iy, iz = int(fx), int(fy), int(fz)
    u, v, w = smooth(x - fx), smooth(y - fy), smooth(z - fz)
    total = np.float32(0)
    for dz in range(2):
        near = np.float32(0)
        for dy in range(2):
            left = lattice(ix, iy + dy, iz + dz, seed)
            right = lattice(ix + 1, iy + dy, iz + dz, seed)
            row = left + (right - left) * u
            near += row * (v if dy == 1 else np.float32(1) - v)
        total += near * (w if dz == 1 else np.float32(1) - w)
    return total


@kernel
def noise_2d(x: Number, y: Number, seed: int) -> Number:
    """Return smooth noise, 0 to 1, with a feature size of one unit."""
    fx, fy = np.floor(x), np.floor(y)
    ix, iy = int(fx), int(fy)
    u, v = smooth(x - fx), smooth(y - fy)
    a, b = lattice(ix, iy, 0, seed), lattice(ix + 1, iy, 0, seed)
    c, d = lattice(ix, iy + 1, 0, seed), lattice(ix + 1, iy + 1, 0, seed)
    top = a + (b - a) * u
    return top + (c + (d - c) * u - top) * v


@kernel
def fill_noise(out: NDArray[np.float32], scale: float, octaves: int, seed: int) -> None:
    """Fill a plane with fractal noise.

    Args:
        out: Shape (Y, X), float32; becomes about 0.2 to 0.8, mean 0.5.
        scale: Size of the largest features in pixels.
        octaves: Number of layers, each of half the size and half the weight of the one before.
        seed: Which noise.
    """
    height, width = out.shape
    norm = 2.0 - 0.5 ** (octaves - 1)
    for y in range(height):
        for x in range(width):
            total = 0.0
            weight = 1.0 / norm
            frequency = 1.0 / scale
            for octave in range(octaves):
                total += weight * noise_2d(x * frequency, y * frequency, seed + octave)
                weight *= 0.5
                frequency *= 2.0
            out[y, x] = total
