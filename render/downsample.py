"""Smaller versions of planes and images: half a plane, an image of a given size."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.arrays import RGB, Plane
from render.errors import SettingsError, UnsupportedPixelTypeError
from render.kernels import average_rows, halve_integers, halve_reals
from render.quantize import real_samples


def halve(plane: Plane) -> Plane:
    """Return a plane of half the width and height: the means of 2 by 2 samples.

    Args:
        plane: Shape (Y, X), any integer, floating, boolean or complex type, any byte order.

    Returns:
        Shape (ceil(Y / 2), ceil(X / 2)), the same type in native byte order. Samples at odd
        edges are means of what is there. Integers are rounded, halves upwards. NaN is left
        out of means, and stays where there is nothing else.

    Raises:
        UnsupportedPixelTypeError: Not two axes, or a type without numbers.
    """
    dtype = plane.dtype.newbyteorder("=")
    if plane.ndim == 2 and dtype.kind == "c":
        return _halve_complex(plane.astype(dtype, copy=False))
    if plane.ndim == 2 and dtype.kind in "iu" and dtype.itemsize == 8:
        return _halve_wide(plane.astype(dtype, copy=False))
    samples = real_samples(plane)
    out = np.empty([(length + 1) // 2 for length in samples.shape], samples.dtype)
    if not out.size:
        return out.astype(dtype)
    if samples.dtype.kind == "f":
        halve_reals(samples, out)
        # Means of 32-bit integers are exact in double precision.
        return np.floor(out + 0.5).astype(dtype) if dtype.kind in "iu" else _narrowed(out, dtype)
    halve_integers(samples, out)
    return out.astype(dtype, copy=False)


def resize_to(rgb: RGB, width: int, height: int) -> RGB:
    """Return a colour image of the size asked for, by area.

    Each new pixel is the mean of the old ones below it, weighted by the area that they share:
    smooth when reducing, plain squares when enlarging.

    Args:
        rgb: Shape (Y, X, 3), uint8, at least one pixel.
        width: New width in pixels, at least 1.
        height: New height in pixels, at least 1.

    Returns:
        Shape (height, width, 3), uint8.

    Raises:
        SettingsError: A width or height below 1.
        UnsupportedPixelTypeError: An empty image.
    """
    resized: RGB = resize_all(rgb[np.newaxis], width, height)[0]
    return resized


def resize_all(pictures: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Return many colour images of one size in another; see `resize_to`.

    Args:
        pictures: Shape (N, Y, X, 3), uint8, at least one pixel.
        width: New width in pixels, at least 1.
        height: New height in pixels, at least 1.

    Returns:
        Shape (N, height, width, 3), uint8.

    Raises:
        SettingsError: A width or height below 1.
        UnsupportedPixelTypeError: No image, or empty ones.
    """
    if min(width, height) < 1:
        raise SettingsError(f"An image cannot be {width} by {height} pixels.", "Give 1 or more.")
    if not pictures.size:
        raise UnsupportedPixelTypeError("An empty image has no smaller version.")
    rows = _by_area(pictures.swapaxes(0, 1), height)
    means = _by_area(rows.transpose(2, 1, 0, 3), width).transpose(1, 2, 0, 3)
    return np.floor(means + np.float32(0.5)).clip(0, 255).astype(np.uint8)


def reduced(plane: Plane, size: int) -> Plane:
    """Return a plane halved as often as its longer side stays at least `size` samples.

    Args:
        plane: Shape (Y, X), as for `halve`.
        size: In samples, at least 1.

    Returns:
        The same type in native byte order; the plane itself where it is small enough.

    Raises:
        UnsupportedPixelTypeError: Not two axes, or a type without numbers.
    """
    while max(plane.shape) >= 2 * size:
        plane = halve(plane)
    return plane


def _by_area(image: NDArray[Any], length: int) -> NDArray[np.float32]:
    """Return the means of `length` equal stretches along the first axis."""
    rows = np.ascontiguousarray(image, np.float32).reshape(image.shape[0], -1)
    out = np.empty((length, rows.shape[1]), np.float32)
    average_rows(rows, out)
    return out.reshape(length, *image.shape[1:])


def _narrowed(out: Plane, dtype: np.dtype[Any]) -> Plane:
    with np.errstate(over="ignore"):
        return out.astype(dtype, copy=False)


def _halve_complex(plane: Plane) -> Plane:
    parts = np.stack([halve(np.real(plane)), halve(np.imag(plane))], axis=-1)
    # Two reals side by side are a complex number in memory; arithmetic would turn infinity to NaN.
    return parts.view(plane.dtype)[..., 0]


def _halve_wide(plane: Plane) -> Plane:
    """Halve 64-bit integers, whose sums do not fit: quarters and remainders apart."""
    padded = np.pad(plane, [(0, length % 2) for length in plane.shape], mode="edge")
    corners = [padded[y::2, x::2] for y in (0, 1) for x in (0, 1)]
    quarters = corners[0] >> 2
    rests = corners[0] & 3
    for corner in corners[1:]:
        quarters += corner >> 2
        rests += corner & 3
    rests += 2
    return np.asarray(quarters + (rests >> 2))
