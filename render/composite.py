"""Planes and settings to a colour image: the whole pipeline of one region."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from render.arrays import RGB, Levels, Lut, Plane, Planes
from render.errors import ChannelCountError
from render.kernels import blend
from render.quantize import quantize
from render.settings import ChannelSettings, RenderSettings

_EVERY_LEVEL = np.arange(256)
# Places of red, green and blue in a packed colour.
_PLACES = np.array([1, 1 << 8, 1 << 16], np.uint32)
# Weights in units of 1/65,536, rounded up: level * weight >> 16 is then the component's share of
# the level, truncated, for all levels of all components ...
_WEIGHTS = np.array([-(-component * 65536 // 255) for component in range(256)])
# ... but for those where double precision falls just short of a whole number, and truncates to
# one less: 147 / 255 * 85. OMERO counts so; these few components go through tables.
_INEXACT = frozenset(
    component
    for component in range(256)
    if np.any((component / 255 * _EVERY_LEVEL).astype(int) != _EVERY_LEVEL * component // 255)
)


def composite(planes: Planes | Sequence[Plane], settings: RenderSettings) -> RGB:
    """Blend one plane for each active channel into a colour image.

    Args:
        planes: Samples of `settings.active_channels` in that order: shape (C, Y, X), or planes
            (Y, X) of one size. Any integer, floating, boolean or complex type and byte order.
            NaN is dark, infinities are the window's ends, complex numbers show their magnitude.
        settings: Window, curve, colour or lookup table of each channel; the model.

    Returns:
        Shape (Y, X, 3), uint8. Sums above 255 are clipped. Black when no channel is active, of
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
    levels = np.empty((len(channels), height, width), np.uint8)
    for plane, channel, out in zip(planes, channels, levels, strict=True):
        quantize(plane, channel, out, settings.codomain)
    if settings.model == "greyscale":
        return np.repeat(levels.sum(axis=0, dtype=np.uint8)[:, :, np.newaxis], 3, axis=2)
    return _colored(levels, channels, settings)


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


def _colored(levels: Levels, channels: Sequence[ChannelSettings], settings: RenderSettings) -> RGB:
    weights = np.zeros((len(channels), 3), np.int64)
    tables = np.zeros((len(channels), 256), np.uint32)
    for index, channel in enumerate(channels):
        red, green, blue, alpha = channel.color
        if channel.lut is None and alpha == 255 and _INEXACT.isdisjoint((red, green, blue)):
            weights[index] = _WEIGHTS[[red, green, blue]]
        else:
            weights[index] = -1
            tables[index] = _color_table(channel, settings) @ _PLACES
    out = np.empty((*levels.shape[1:], 3), np.uint8)
    blend(levels, weights, tables, out)
    return out


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
