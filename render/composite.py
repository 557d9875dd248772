"""Planes and settings to a colour image: the whole pipeline of one region."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.arrays import RGB, Lut, Plane, Planes
from render.errors import ChannelCountError
from render.kernels import BY_TABLE, WHOLE, blend, blend_lines
from render.memory import RECYCLED
from render.quantize import line_of, quantize, real_samples
from render.settings import ChannelSettings, RenderSettings

_EVERY_LEVEL = np.arange(256)
# Places of red, green and blue in a packed colour.
_PLACES = np.array([1, 1 << 8, 1 << 16], np.uint32)
_AT_ONCE = 8
"""Planes that are quantized and blended together: the kernel is compiled for one number of them.

Of more, the pieces would lie too far apart for the processor to fetch them ahead.
"""


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
    active = settings.active_channels
    height, width = _check(planes, len(active))
    rgb = RECYCLED.empty((height, width, 3), np.uint8) if out is None else out
    samples = [real_samples(plane) for plane in planes]
    kinds = {plane.dtype for plane in samples}
    few = 0 < len(active) <= _AT_ONCE and len(kinds) == 1
    lines = _lines(settings, kinds.pop()) if few else None
    if lines is None:
        levels = RECYCLED.empty((len(active), height * width), np.uint8)
        for plane, index, level in zip(samples, active, levels, strict=True):
            channel = settings.channels[index]
            quantize(plane, channel, level.reshape(height, width), settings.codomain)
        blend(levels, *_colors(settings), rgb.reshape(-1))
    else:
        flat = [plane.reshape(-1) for plane in samples]
        several = (*flat, *repeat(flat[0], _AT_ONCE - len(flat)))
        blend_lines(several, lines, *_colors(settings), rgb.reshape(-1))
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
def _lines(settings: RenderSettings, dtype: np.dtype[Any]) -> NDArray[np.float32] | None:
    """Return slope and offset of a line for each active channel; none where any has none.

    Shape (C, 2); the channel is of another family then, or needs more than single precision.
    """
    channels = [settings.channels[index] for index in settings.active_channels]
    lines = [line_of(channel, dtype, settings.codomain) for channel in channels]
    inverted = any(channel.inverted for channel in channels)
    return None if None in lines or inverted else np.array(lines, np.float32)


@lru_cache(maxsize=16)
def _colors(settings: RenderSettings) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return what `blend` wants to know of the active channels; the same for a screen of tiles."""
    active = settings.active_channels
    shares = np.full((len(active), 3), BY_TABLE, np.uint32)
    tables = np.zeros((len(active), 256), np.uint32)
    for index, number in enumerate(active):
        channel = settings.channels[number]
        *components, alpha = channel.color
        found = [share for share in map(_share, components) if share is not None]
        if settings.model == "greyscale":
            shares[index] = WHOLE
        elif channel.lut is None and alpha == 255 and len(found) == len(components):
            shares[index] = found
        else:
            tables[index] = _color_table(channel, settings) @ _PLACES
    return shares, tables


@lru_cache(maxsize=256)
def _share(component: int) -> int | None:
    """Return the share of a level that a component gets, in parts of 65,536.

    It is component / 255 * level, truncated in double precision as OMERO does, which is one less
    than the exact number where the product falls just short of it (147 / 255 * 85). The next
    share that is not less gives the same for all levels; for five components it does not, and
    those go through tables.
    """
    wanted = np.trunc(component / 255 * _EVERY_LEVEL)
    share = -(-component * int(WHOLE) // 255)
    return share if np.array_equal(_EVERY_LEVEL * share >> 16, wanted) else None


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
