"""The range of values of each channel: measured at import, or once at the first view."""

import asyncio
import logging
import math
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from app.images import OpenedImage
from store.database import Database
from store.edits.images import store_statistics
from store.errors import StoreError
from store.pixels.source import MAX_CHUNKS, Level, PixelSource, Region

logger = logging.getLogger(__name__)

SAMPLE_BYTES = 256 * 2**20
"""How much of an image is looked at; images up to this size are measured exactly."""
REGION_BYTES = 32 * 2**20
PATIENCE_S = 2.0
"""How long a first view waits for good windows before it takes the type's range."""
REMEMBERED = 1_000

type Extremes = tuple[float, float] | None


class Measurements:
    """Measures images that were imported without, one at a time, each once. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._worker = ThreadPoolExecutor(1, "statistics")
        self._begun: OrderedDict[str, Future[None]] = OrderedDict()
        self._lock = Lock()

    async def wait(self, opened: OpenedImage) -> bool:
        """Begin to measure an image, and wait a moment for it.

        Returns:
            Whether it is measured now; if not, it goes on behind, or its file cannot be read.
        """
        future = self._begin(opened)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.shield(asyncio.wrap_future(future))
        except (TimeoutError, StoreError):
            return False
        return True

    def close(self) -> None:
        """Stop after the image that is being measured."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _begin(self, opened: OpenedImage) -> Future[None]:
        key = opened.stored.content_id
        with self._lock:
            future = self._begun.get(key)
            if future is None:
                future = self._worker.submit(measure, self._database, opened)
                self._begun[key] = future
                if len(self._begun) > REMEMBERED:
                    self._begun.popitem(last=False)
        return future


def measure(database: Database, opened: OpenedImage) -> None:
    """Measure an image and store the ranges.

    Raises:
        UnreadableFileError: The image's file is missing, changed or damaged.
    """
    found, level = ranges(opened.source, opened.stored_levels)
    with database.writing() as session:
        store_statistics(session, opened.stored.pixels_id, found, level)


def ranges(source: PixelSource, stored_levels: int) -> tuple[list[Extremes], int]:
    """Return the smallest and largest sample of each channel, None where there is no number.

    Of an image larger than SAMPLE_BYTES, a coarser stored level is taken, and of that as many
    planes and regions, evenly spread, as stay within the limit.

    Args:
        source: The pixels.
        stored_levels: How many levels the file has; derived ones are not made for this.

    Returns:
        One pair for each channel, and the level it holds for: 0 means exact.
    """
    from render.statistics import extremes  # loads numba, which the start does not wait for

    number = _level(source, stored_levels)
    planes = list(_planes(source, number))
    lows = [math.inf] * source.shape.c
    highs = [-math.inf] * source.shape.c
    for t, c, z, region in planes:
        low, high = extremes(source.read(number, t, c, z, region))
        if low <= high:
            lows[c], highs[c] = min(lows[c], low), max(highs[c], high)
    found: list[Extremes] = [
        (low, high) if low <= high else None for low, high in zip(lows, highs, strict=True)
    ]
    exact = number == 0 and _bytes(source, source.levels[0]) * source.shape.planes <= SAMPLE_BYTES
    return found, 0 if exact else max(1, number)


def _level(source: PixelSource, stored_levels: int) -> int:
    """The finest stored level that can be looked at as a whole, else the coarsest."""
    for number, level in enumerate(source.levels[:stored_levels]):
        if _bytes(source, level) * source.shape.planes <= SAMPLE_BYTES:
            return number
    return stored_levels - 1


def _planes(source: PixelSource, number: int) -> Iterator[tuple[int, int, int, Region]]:
    """The regions to look at, as t, c, z and rectangle: evenly spread where all are too many."""
    shape, level = source.shape, source.levels[number]
    whole = list(_regions(source, level))
    total = shape.planes * len(whole)
    size = _bytes(source, level) * shape.planes
    step = max(1, -(-size // SAMPLE_BYTES))
    if step > total // shape.c:
        step = max(1, total // shape.c)
    for c in range(shape.c):
        places = [
            (t, z, region) for t in range(shape.t) for z in range(shape.z) for region in whole
        ]
        # From the middle of the first stretch: the borders of images are often empty.
        for t, z, region in places[step // 2 :: step]:
            yield t, c, z, region


def _regions(source: PixelSource, level: Level) -> Iterator[Region]:
    """Rectangles that together are the level, each within what one read may touch."""
    across = max(1, min(-(-level.width // level.chunk_width), MAX_CHUNKS))
    width = min(level.width, across * level.chunk_width)
    row_bytes = width * source.dtype.itemsize * level.chunk_height
    down = max(1, min(MAX_CHUNKS // across, REGION_BYTES // max(1, row_bytes)))
    height = min(level.height, down * level.chunk_height)
    for y in range(0, level.height, height):
        for x in range(0, level.width, width):
            yield Region(x, y, min(width, level.width - x), min(height, level.height - y))


def _bytes(source: PixelSource, level: Level) -> int:
    return level.width * level.height * source.dtype.itemsize
