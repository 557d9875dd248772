"""Planes and settings to a colour image: the whole pipeline of one region."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from render.arrays import RGB, Lut, Plane, Planes
from render.errors import ChannelCountError
from render.kernels import blend
from render.memory import RECYCLED
from render.quantize import quantize
from render.settings import ChannelSettings, RenderSettings

_EVERY_LEVEL = np.arange(256)
# Places of red, green and blue in a packed colour.
_PLACES = np.array([1, 1 << 8, 1 << 16], np.uint32)
_NEIGHBOURS = 3


def composite(
    planes: Planes | Sequence[Plane], settings: RenderSettings, out: RGB | None = None
) -> RGB:
    """Blend one plane for each active channel into a colour image.

    Args:
        planes: Samples of `settings.active_channels` in that order: shape (C, Y, X), or planes
            (Y, X) of one size. Any integer, floating, boolean or complex type and byte order.
            NaN is dark, infinities are the window's ends, complex numbers show their magnitude.
        settings: Window, curve, colour or lookup table of each channel; the model.
        out: Where to, if given: shape (Y, X, 3), uint8, contiguous.

    Returns:
        Shape (Y, X, 3), uint8; `out` if given. Sums above 255 are clipped. Black when no channel is active, of
        the planes' size or (0, 0, 3) when there are none.

    Raises:
        ChannelCountError: Not one plane for each active channel, or planes of unequal size.
        UnsupportedPixelTypeError: A type that cannot be rendered.
        UnknownLutError: No lookup table of a channel's name.

    Source: OMERO's quantum families and additive model, with the 8- and 16-bit formula for all
    types.

    >>> from render.settings import Window
    >>> red = ChannelSettings(Window(0, 100), color=(255, 0, 0, 255))
    >>> composite(np.full((1, 1, 1), 50, np.uint16), RenderSettings((red,))).tolist()
    [[[128, 0, 0]]]
    """
    channels = [settings.channels[index] for index in settings.active_channels]
    height, width = _check(planes, len(channels))
    levels = RECYCLED.empty((len(channels), height, width), np.uint8)
    for plane, channel, level in zip(planes, channels, levels, strict=True):
        quantize(plane, channel, level, settings.codomain)
    rgb = RECYCLED.empty((height, width, 3), np.uint8) if out is None else out
    if settings.model == "greyscale":
        rgb[...] = levels.sum(axis=0, dtype=np.uint8)[:, :, np.newaxis]
    else:
        blend(levels, *_colors(settings), rgb)
    return rgb


def _check(planes: Planes | Sequence[Plane], count: int) -> tuple[int, int]:
    """Return the size (Y, X) that all planes have, once there are as many as channels."""
    if len(planes) != count:
        raise ChannelCountError(
            f"{len(planes)} planes were given for {count} active channels.",
            "Give the planes of settings.active_channels, in that order.",
        )
    if isinstance(planes, np.ndarray) and planes.ndim == 3:
        return planes.shape[1], planes.shape[2]
    shapes = {plane.shape for plane in planes} or {(0, 0)}
    if len(shapes) > 1:
        raise ChannelCountError(f"Planes of different shapes cannot be blended: {sorted(shapes)}.")
    shape = shapes.pop()
    if len(shape) != 2:
        raise ChannelCountError(f"A plane has shape {shape}.", "Give planes of shape (Y, X).")
    return shape


@lru_cache(maxsize=16)
def _colors(settings: RenderSettings) -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
    """Return what `blend` wants to know of the active channels; the same for a screen of tiles."""
    active = settings.active_channels
    weights = np.full((len(active), 3), -1, np.float32)
    tables = np.zeros((len(active), 256), np.uint32)
    for index, number in enumerate(active):
        channel = settings.channels[number]
        *components, alpha = channel.color
        shares = [_weight(component) for component in components]
        if channel.lut is None and alpha == 255 and None not in shares:
            weights[index] = shares
        else:
            tables[index] = _color_table(channel, settings) @ _PLACES
    return weights, tables


@lru_cache(maxsize=256)
def _weight(component: int) -> np.float32 | None:
    """Return the number in single precision by which a level becomes the component's share.

    The share is component / 255 * level, truncated in double precision as OMERO does, which is
    one less than the exact number where the product falls just short of it (147 / 255 * 85). The
    nearest number in single precision, or one close to it, gives the same for all levels; for
    five components none does, and those go through tables.
    """
    wanted = np.trunc(component / 255 * _EVERY_LEVEL)
    above = below = np.float32(component / 255)
    for _ in range(_NEIGHBOURS):
        for weight in (above, below):
            if np.array_equal(np.trunc(_EVERY_LEVEL.astype(np.float32) * weight), wanted):
                return weight
        above = np.nextafter(above, np.float32(1))
        below = np.nextafter(below, np.float32(0))
    return None


def _color_table(channel: ChannelSettings, settings: RenderSettings) -> Lut:
    """Return the colour of each level: the lookup table, or colour dimmed by alpha."""
    if channel.lut is not None:
        return settings.lut(channel.lut)
    *components, alpha = channel.color
    parts: list[NDArray[np.float64]] = []
    for component in components:
        part = np.trunc(component / 255 * _EVERY_LEVEL)
        parts.append(np.trunc(part * (alpha / 255)))
    return np.stack(parts, axis=1).astype(np.uint8)
