"""Windows from what the samples of a plane are like."""

import math
from collections.abc import Sequence

from store.pixels.source import PixelSource, Region

ENOUGH = 512
"""Pixels of the longer side of a level that shows how the samples are spread."""

type Found = tuple[float, float] | None


def percentile_windows(
    source: PixelSource, channels: Sequence[int], z: int, t: int, low: float, high: float
) -> tuple[int, list[Found]]:
    """Return the samples below which two parts of a plane of each channel lie.

    Args:
        source: The pixels.
        channels: Numbers of channels, from 0.
        z: Section, from 0.
        t: Time point, from 0.
        low: Percent of the samples below the start of the window, 0 to 100.
        high: Percent below its end, 0 to 100.

    Returns:
        The level that was looked at, the smallest that shows enough; and for each channel start
        and end in grey levels, None where it has no finite sample, or no two different ones.

    Raises:
        InvalidInputError: The image has no such plane.
        UnreadableFileError: The image's file is missing, changed or damaged.
        SettingsError: A percent outside 0 to 100.
    """
    from render.statistics import percentiles  # loads numba, which the start does not wait for

    number = _level(source)
    level = source.levels[number]
    whole = Region(0, 0, level.width, level.height)
    windows: list[Found] = []
    for channel in channels:
        start, end = percentiles(source.read(number, t, channel, z, whole), (low, high))
        windows.append((start, end) if math.isfinite(start) and start < end else None)
    return number, windows


def _level(source: PixelSource) -> int:
    enough = [
        number
        for number, level in enumerate(source.levels)
        if max(level.width, level.height) >= ENOUGH
    ]
    return enough[-1] if enough else 0
