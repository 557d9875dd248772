"""Every kernel again in plain NumPy, written for reading: what the compiled code must equal."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.settings import ChannelSettings, Codomain, RenderSettings

FULL = Codomain()


def real(plane: NDArray[Any]) -> NDArray[np.float64]:
    """Samples as doubles; magnitudes of complex ones."""
    return (np.abs(plane) if plane.dtype.kind == "c" else plane).astype(np.float64)


def levels(
    plane: NDArray[Any], channel: ChannelSettings, codomain: Codomain = FULL
) -> NDArray[np.int64]:
    """Level of each sample before colour, 0 to 255."""
    v = real(plane)
    s, e, k, n = channel.window.start, channel.window.end, channel.coefficient, codomain.resolution
    with np.errstate(all="ignore"):
        u = 255.0 * (v - s) / (e - s)
        if channel.family == "linear":
            curve = n / 255.0 * u
        elif channel.family == "polynomial":
            curve = n / (255.0**k - 0.0) * (np.power(u, k) - 0.0)
        elif channel.family == "exponential":
            top = np.exp(np.power(255.0, k))
            curve = n / (top - 1.0) * (np.exp(np.power(u, k)) - 1.0)
        else:
            curve = n / np.log(255.0) * np.log(np.maximum(u, 1.0))
        q = np.floor(np.where(np.isnan(curve), 0.0, curve) + 0.5)
    q = np.where(v < s, 0, np.where(v >= e, n, q))
    q = np.where(np.isnan(v), 0, q)
    q = np.floor((codomain.end - codomain.start) / n * q + codomain.start + 0.5).astype(np.int64)
    return codomain.end - q if channel.inverted else q


def composite(planes: Sequence[NDArray[Any]], settings: RenderSettings) -> NDArray[np.uint8]:
    """The whole pipeline, one pixel array at a time; planes of the active channels in order."""
    channels = [channel for channel in settings.channels if channel.active]
    if settings.model == "greyscale":
        channels = channels[:1]
    total = np.zeros((*planes[0].shape, 3), np.int64)
    for plane, channel in zip(planes, channels, strict=True):
        q = levels(plane, channel, settings.codomain)
        if settings.model == "greyscale":
            total += q[..., np.newaxis]
        elif channel.lut is not None:
            total += settings.lut(channel.lut)[q]
        else:
            *components, alpha = channel.color
            for index, component in enumerate(components):
                part = np.trunc(component / 255 * q)
                total[..., index] += np.trunc(alpha / 255 * part).astype(np.int64)
    return np.minimum(total, 255).astype(np.uint8)


def halve(plane: NDArray[Any]) -> NDArray[Any]:
    """Means of 2 by 2 samples in exact integers, or doubles without NaN."""
    dtype = plane.dtype.newbyteorder("=")
    height, width = plane.shape
    out = np.zeros(((height + 1) // 2, (width + 1) // 2), dtype)
    for y, x in np.ndindex(*out.shape):
        block = plane[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].ravel()
        if dtype.kind in "iub":
            whole = [int(sample) for sample in block]
            out[y, x] = (2 * sum(whole) + len(whole)) // (2 * len(whole))
        elif dtype.kind == "c":
            out[y, x] = complex(mean(block.real), mean(block.imag))
        else:
            out[y, x] = mean(block)
    return out


def mean(block: NDArray[Any]) -> float:
    """Mean of the numbers in a block, NaN if there are none."""
    numbers = block.astype(np.float64)
    numbers = numbers[~np.isnan(numbers)]
    with np.errstate(all="ignore"):
        return float(numbers.mean()) if numbers.size else float("nan")


def resize_to(rgb: NDArray[np.uint8], width: int, height: int) -> NDArray[np.float64]:
    """Means by area as two products with matrices of shared lengths."""
    rows, columns = shared(rgb.shape[0], height), shared(rgb.shape[1], width)
    means: NDArray[np.float64] = np.einsum("hy,yxc,wx->hwc", rows, rgb * 1.0, columns)
    return means


def shared(old: int, new: int) -> NDArray[np.float64]:
    """Part of each of the new stretches, shape (new, old), that each old one fills."""
    starts = np.arange(new)[:, np.newaxis] * old / new
    ends = starts + old / new
    cells = np.arange(old)[np.newaxis]
    lengths: NDArray[np.float64] = np.minimum(ends, cells + 1) - np.maximum(starts, cells)
    return lengths.clip(0) * (new / old)


def histogram(plane: NDArray[Any], bins: int, low: float, high: float) -> NDArray[np.int64]:
    """Counts of floor((v - low) * bins / (high - low)); the upper edge is in the last bin."""
    values = real(plane).ravel()
    values = values[(values >= low) & (values <= high)]
    counts = np.zeros(bins, np.int64)
    for value in values:
        last = value == high
        counts[bins - 1 if last else min(int((value - low) * bins / (high - low)), bins - 1)] += 1
    return counts


def compand(plane: NDArray[Any], black: float, white: float) -> NDArray[np.uint8]:
    """Square roots of what lies between black and white, 0 to 255; NaN gives 0."""
    with np.errstate(all="ignore"):
        above = np.fmax((real(plane) - black).astype(np.float32), np.float32(0))
        root = np.sqrt(above) * np.float32(255 / math.sqrt(white - black)) + np.float32(0.5)
    return np.where(root < 255, root, 255).astype(np.uint8)


def shuffle(samples: NDArray[Any]) -> NDArray[np.uint8]:
    """Bytes of little-endian samples: all the lowest ones, all the next ones, and so on."""
    plain = samples.astype(samples.dtype.newbyteorder("<")).reshape(-1)
    return plain.view(np.uint8).reshape(plain.size, -1).T


def inside(points: NDArray[Any], odd: bool, width: int, height: int) -> NDArray[np.uint8]:
    """Pixels whose centres a closed line goes around, counted for each centre by itself."""
    mask = np.zeros((height, width), np.uint8)
    edges = list(zip(points.tolist(), np.roll(points, -1, axis=0).tolist(), strict=True))
    for y, x in np.ndindex(height, width):
        turns = 0
        for (x0, y0), (x1, y1) in edges:
            turn = 1
            if y0 > y1:
                x0, y0, x1, y1, turn = x1, y1, x0, y0, -1
            if y0 <= y + 0.5 < y1:
                crossing = x0 + (y + 0.5 - y0) / (y1 - y0) * (x1 - x0)
                turns += turn * (crossing <= x + 0.5)
        mask[y, x] = turns % 2 if odd else turns != 0
    return mask


def mapped(inverse: NDArray[Any], width: int, height: int) -> tuple[Any, Any]:
    """Where an affine map takes the centres of pixels: two arrays of shape (height, width)."""
    y, x = np.indices((height, width)) + 0.5
    a, b = inverse
    return a[0] * x + a[1] * y + a[2], b[0] * x + b[1] * y + b[2]


def in_ellipse(inverse: NDArray[Any], width: int, height: int) -> NDArray[np.uint8]:
    """Pixels whose centres a map takes into the unit circle."""
    u, v = mapped(inverse, width, height)
    return np.asarray(u * u + v * v <= 1, np.uint8)


def in_bitmap(
    inverse: NDArray[Any], bits: NDArray[np.uint8], width: int, height: int
) -> NDArray[np.uint8]:
    """Pixels whose centres a map takes to pixels of a bitmap that are set."""
    u, v = mapped(inverse, width, height)
    rows, columns = bits.shape
    there = (u >= 0) & (u < columns) & (v >= 0) & (v < rows)
    found = bits[np.where(there, v, 0).astype(int), np.where(there, u, 0).astype(int)]
    return np.asarray(there & (found != 0), np.uint8)


def values(plane: NDArray[Any], first: int, size: int) -> NDArray[np.int64]:
    """How often each of `size` values from the first one occurs."""
    return np.bincount(plane.astype(np.int64).ravel() - first, minlength=size)


def sketch(plane: NDArray[Any], middle: float) -> tuple[NDArray[np.int64], list[float]]:
    """Counts by the upper 18 bits of the differences to a number, and sums of finite samples."""
    samples = real(plane).ravel()
    samples = samples[np.isfinite(samples)]
    counts = np.zeros(2**18, np.int64)
    with np.errstate(over="ignore"):
        differences = samples - middle + 0.0
        bits = differences.astype(np.float32).view(np.int32).astype(np.int64)
        ordered = np.where(bits < 0, bits ^ 0x7FFFFFFF, bits)
        np.add.at(counts, (ordered >> 14) + 2**17, 1)
        squares = math.fsum(min(float(d) ** 2, 1e300) for d in differences)
    low = samples.min() if samples.size else math.inf
    high = samples.max() if samples.size else -math.inf
    return counts, [samples.size, low, high, math.fsum(differences), squares]


def project(stack: NDArray[Any], kind: str, quirks: bool = False) -> NDArray[Any]:
    """Largest, smallest, mean or summed sample along the first axis, place by place."""
    dtype = stack.dtype.newbyteorder("=")
    if quirks and kind in ("mean", "sum"):
        stack = stack[:-1]
    out = np.zeros(stack.shape[1:], dtype)
    for y, x in np.ndindex(*out.shape):
        column = stack[:, y, x]
        with np.errstate(all="ignore"):
            if dtype.kind in "iub":
                limits = np.iinfo(dtype if dtype.kind != "b" else np.uint8)
                whole = project_whole([int(sample) for sample in column], kind, quirks)
                out[y, x] = min(max(whole, int(limits.min)), int(limits.max))
            else:
                out[y, x] = project_real(
                    np.abs(column) if dtype.kind == "c" else column, kind, quirks
                )
    return out


def project_whole(samples: list[int], kind: str, quirks: bool) -> int:
    """Projection of one place in exact integers."""
    if kind == "max":
        return max([0, *samples] if quirks else samples)
    if kind == "min":
        return min(samples)
    if kind == "sum" or not samples:
        return sum(samples)
    exact = Fraction(sum(samples), len(samples))
    return int(exact) if quirks else math.floor(exact + Fraction(1, 2))


def project_real(samples: NDArray[Any], kind: str, quirks: bool) -> float:
    """Projection of one place in doubles; NaN counts in sums only."""
    if kind == "sum":
        return float(samples.astype(np.float64).sum())
    if kind == "mean":
        return mean(samples)
    numbers: list[float] = samples[~np.isnan(samples)].tolist() + (
        [0.0] if quirks and kind == "max" else []
    )
    if not numbers:
        return float("nan")
    return max(numbers) if kind == "max" else min(numbers)
