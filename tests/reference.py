"""Every kernel again in plain NumPy, written for reading: what the compiled code must equal."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.luts import lut
from render.settings import ChannelSettings, RenderSettings


def real(plane: NDArray[Any]) -> NDArray[np.float64]:
    """Samples as doubles; magnitudes of complex ones."""
    return (np.abs(plane) if plane.dtype.kind == "c" else plane).astype(np.float64)


def levels(plane: NDArray[Any], channel: ChannelSettings) -> NDArray[np.int64]:
    """Level of each sample before colour, 0 to 255."""
    v = real(plane)
    s, e, k = channel.window.start, channel.window.end, channel.coefficient
    with np.errstate(all="ignore"):
        u = 255.0 * (v - s) / (e - s)
        if channel.family == "linear":
            curve = u
        elif channel.family == "polynomial":
            curve = 255.0 / (255.0**k - 0.0) * (np.power(u, k) - 0.0)
        elif channel.family == "exponential":
            top = np.exp(np.power(255.0, k))
            curve = 255.0 / (top - 1.0) * (np.exp(np.power(u, k)) - 1.0)
        else:
            curve = 255.0 / np.log(255.0) * np.log(np.maximum(u, 1.0))
        q = np.floor(np.where(np.isnan(curve), 0.0, curve) + 0.5)
    q = np.where(v < s, 0, np.where(v >= e, 255, q))
    q = np.where(np.isnan(v), 0, q).astype(np.int64)
    return 255 - q if channel.inverted else q


def composite(planes: Sequence[NDArray[Any]], settings: RenderSettings) -> NDArray[np.uint8]:
    """The whole pipeline, one pixel array at a time; planes of the active channels in order."""
    channels = [channel for channel in settings.channels if channel.active]
    if settings.model == "greyscale":
        channels = channels[:1]
    total = np.zeros((*planes[0].shape, 3), np.int64)
    for plane, channel in zip(planes, channels, strict=True):
        q = levels(plane, channel)
        if settings.model == "greyscale":
            total += q[..., np.newaxis]
        elif channel.lut is not None:
            total += lut(channel.lut)[q]
        else:
            *components, alpha = channel.color
            for index, component in enumerate(components):
                part = np.trunc(component / 255 * q)
                total[..., index] += np.trunc(alpha / 255 * part).astype(np.int64)
    return np.minimum(total, 255).astype(np.uint8)
