"""Samples of parts of images, read piece by piece and counted; may stop and go on later."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from render.areas import Mask, Placed, mask_of
from render.summary import BINS, PERCENTS
from store.pixels.abandoning import go_on
from store.pixels.source import MAX_CHUNKS, Level, PixelSource, Region

if TYPE_CHECKING:  # numba, which the start does not wait for
    from render.tally import Tally

PIECE_BYTES = 8 * 2**20
"""Samples of one plane that are read at once."""
GROUP_BYTES = 2 * PIECE_BYTES
"""Samples of several channels that are read at once."""
GROUP = 16
"""Most channels whose counts are in memory at once: 2 MiB each at most."""

CHUNKS = MAX_CHUNKS // GROUP
"""Most stored chunks of one plane that are read at once."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which samples of an image are counted: a rectangle of some planes of one level."""

    level: int
    region: Region
    """In pixels of the level."""
    channels: tuple[int, ...]
    planes: tuple[tuple[int, int], ...]
    """Time point and section of each."""
    areas: tuple[Placed, ...] | None = None
    """Only what has its centre in one of these; None counts all."""

    def samples(self) -> int:
        """How many are read."""
        return self.region.width * self.region.height * len(self.channels) * len(self.planes)


@dataclass(frozen=True, slots=True)
class Piece:
    """What is read at once."""

    channels: tuple[int, ...]
    t: int
    z: int
    region: Region


class Count:
    """Counts the samples of a part, channel by channel.

    Args:
        source: The pixels.
        part: Which samples.
        percents: Percentiles wanted.
        bins: Of the histograms.
        pieces: What is read of it, group of channels by group; all of it if not given.
    """

    def __init__(
        self,
        source: PixelSource,
        part: Part,
        percents: Sequence[float] = PERCENTS,
        bins: int = BINS,
        pieces: Iterable[Piece] | None = None,
    ) -> None:
        self._source = source
        self._part = part
        self._percents = percents
        self._bins = bins
        self._pieces = iter(pieces_of(source, part) if pieces is None else pieces)
        self._done = 0
        self._current: dict[int, Tally] = {}
        self._summaries: dict[int, dict[str, Any]] = {}
        level, full = source.levels[part.level], source.levels[0]
        self._scale = (full.width / level.width, full.height / level.height)
        self._masked = lru_cache(8)(self._mask)

    def advance(self) -> bool:
        """Count one more piece; False when there is none.

        Raises:
            UnreadableFileError: The image's file is missing, changed or damaged.
        """
        from render.tally import Tally

        go_on()
        piece = next(self._pieces, None)
        if piece is None:
            return False
        if not set(piece.channels) <= set(self._current):
            self._finish()
            self._current = {c: Tally(self._source.dtype) for c in piece.channels}
        planes = self._source.read_channels(
            self._part.level, piece.t, piece.channels, piece.z, piece.region
        )
        for c, plane in zip(piece.channels, planes, strict=True):
            inside = self._inside(piece, c)
            if inside is None:
                self._current[c].add(plane)
            elif inside.any():
                self._current[c].add(plane[inside.view(np.bool_)][np.newaxis])
        self._done += 1
        return True

    def summaries(self) -> list[dict[str, Any] | None]:
        """Return what was counted, as `render.summary.Summary.to_json` writes it.

        In the order of the part's channels; None where nothing was counted.
        """
        self._finish()
        return [self._summaries.get(c) for c in self._part.channels]

    def to_json(self) -> dict[str, Any]:
        """Return what `resume` goes on with."""
        return {
            "done": self._done,
            "summaries": {str(c): form for c, form in self._summaries.items()},
            "current": {str(c): tally.to_json() for c, tally in self._current.items()},
        }

    def resume(self, form: Mapping[str, Any]) -> None:
        """Go on where a count of the same part stopped.

        Args:
            form: Of `to_json`.

        Raises:
            ValueError: It cannot be read; nothing has changed then.
        """
        from render.tally import Tally

        try:
            done = int(form["done"])
            summaries = {int(c): dict(one) for c, one in form["summaries"].items()}
            tallies = form["current"].items()
            current = {int(c): Tally.from_json(self._source.dtype, one) for c, one in tallies}
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("no count") from error
        self._done, self._summaries, self._current = done, summaries, current
        next(islice(self._pieces, done, done), None)

    def _finish(self) -> None:
        """Keep what is known of the channels that are counted to the end; the counts can go."""
        for c, tally in self._current.items():
            self._summaries[c] = tally.summary(self._percents, self._bins).to_json()
        self._current = {}

    def _inside(self, piece: Piece, c: int) -> Mask | None:
        """Return the pixels of a piece that count, None for all."""
        areas = self._part.areas
        if areas is None:
            return None
        on = tuple(i for i, area in enumerate(areas) if area.on(piece.t, c, piece.z))
        return self._masked(on, piece.region)

    def _mask(self, on: tuple[int, ...], region: Region) -> Mask:
        assert self._part.areas is not None
        areas = [self._part.areas[i].area for i in on]
        sides = (region.x, region.y, region.width, region.height)
        return mask_of(areas, *sides, self._scale)


def pieces_of(source: PixelSource, part: Part) -> Iterator[Piece]:
    """Iterate over what is to be read of a part: group of channels by group, plane by plane."""
    regions = list(regions_of(source, source.levels[part.level], part.region))
    for channels in groups_of(source, source.levels[part.level], part.channels, regions):
        for t, z in part.planes:
            for region in regions:
                yield Piece(channels, t, z, region)


def groups_of(
    source: PixelSource, level: Level, channels: Sequence[int], regions: Sequence[Region]
) -> Iterator[tuple[int, ...]]:
    """Iterate over the channels that are read together: colours of one file lie together."""
    samples = max(region.width * region.height for region in regions)
    samples = max(samples, level.chunk_width * level.chunk_height)
    step = max(1, min(GROUP, GROUP_BYTES // (samples * source.dtype.itemsize)))
    for start in range(0, len(channels), step):
        yield tuple(channels[start : start + step])


def regions_of(source: PixelSource, level: Level, inside: Region) -> Iterator[Region]:
    """Iterate over rectangles along the stored chunks that together are a region.

    Each is within what one read of a group of channels may touch.
    """
    across = max(1, min(-(-level.width // level.chunk_width), CHUNKS))
    width = across * level.chunk_width
    row_bytes = min(width, inside.width) * source.dtype.itemsize * level.chunk_height
    down = max(1, min(CHUNKS // across, PIECE_BYTES // max(1, row_bytes)))
    height = down * level.chunk_height
    right, bottom = inside.x + inside.width, inside.y + inside.height
    for top in range(inside.y // height * height, bottom, height):
        y = max(top, inside.y)
        for left in range(inside.x // width * width, right, width):
            x = max(left, inside.x)
            yield Region(x, y, min(left + width, right) - x, min(top + height, bottom) - y)
