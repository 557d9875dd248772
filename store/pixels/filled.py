"""What sources share that fill a buffer for each region, having no chunks to hand out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from render.memory import RECYCLED
from store.errors import InvalidInputError
from store.pixels.abandoning import go_on
from store.pixels.source import (
    MAX_DECODED_BYTES,
    Level,
    PixelsShape,
    Plane,
    Planes,
    Region,
    buffer_for,
    level_of,
)


class FilledSource(ABC):
    """A source that copies the values of each region together; safe to read from many threads.

    Attributes:
        shape: Sizes at full resolution.
        dtype: Type of the values, native byte order.
        levels: Stored resolutions, the full one first.
        samples: How many channels lie interleaved in what is decoded together.
    """

    shape: PixelsShape
    dtype: np.dtype[Any]
    levels: tuple[Level, ...]
    samples: int

    def read(
        self,
        level: int,
        t: int,
        c: int,
        z: int,
        region: Region,
        out: np.ndarray | None = None,
    ) -> Plane:
        """Values of a region of one plane; see `store.pixels.source.PixelSource.read`."""
        self._check(level, t, [c], z, region)
        target = buffer_for(region, self.dtype, out)
        self._fill(level, t, c, z, region, target)
        return target

    def view_channels(
        self, level: int, t: int, channels: Sequence[int], z: int, region: Region
    ) -> Sequence[Plane]:
        """Values of a region of channels, to look at only; see `PixelSource.view_channels`."""
        return list(self.read_channels(level, t, channels, z, region))

    def read_channels(
        self, level: int, t: int, channels: Sequence[int], z: int, region: Region
    ) -> Planes:
        """Values of a region of channels; see `PixelSource.read_channels`."""
        self._check(level, t, channels, z, region)
        target = RECYCLED.empty((len(channels), region.height, region.width), self.dtype)
        for number, channel in enumerate(channels):
            self._fill(level, t, channel, z, region, target[number])
        return target

    def stored_jpeg(
        self, level: int, t: int, z: int, region: Region, *, at_once: bool = False
    ) -> bytes | None:
        """None: no region is one stored picture; see `PixelSource.stored_jpeg`."""
        region.check_inside(level_of(self.levels, level))
        self.shape.plane(t, 0, z)
        return None

    @abstractmethod
    def _fill(self, level: int, t: int, c: int, z: int, region: Region, target: np.ndarray) -> None:
        """Put the values of a region into a buffer of its shape; what was asked for is there."""

    def _check(self, level: int, t: int, channels: Sequence[int], z: int, region: Region) -> None:
        go_on()
        region.check_inside(level_of(self.levels, level))
        for channel in channels:
            self.shape.plane(t, channel, z)
        nbytes = region.width * region.height * self.dtype.itemsize * len(channels)
        if nbytes > MAX_DECODED_BYTES:
            raise InvalidInputError(
                f"The region takes {nbytes >> 20} MiB, more than {MAX_DECODED_BYTES >> 20} MiB.",
                "Ask for a smaller region, fewer channels or a higher level.",
            )
