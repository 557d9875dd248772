"""What the samples of each channel are like: measured at import, or once at the first view."""

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from itertools import product
from pathlib import Path
from threading import Condition, Thread
from typing import Any

import orjson

from app.counting import Count, Part, Piece, groups_of, regions_of
from app.images import OpenedImage
from render.errors import RenderError
from store.database import Database
from store.edits.images import store_statistics
from store.errors import StoreError
from store.pixels.source import Level, PixelSource, Region

logger = logging.getLogger(__name__)

SAMPLE_BYTES = 256 * 2**20
"""How much of an image is looked at; images up to this size are measured exactly."""
PATIENCE_S = 2.0
"""How long a first view waits for good windows before it takes the type's range."""
REMEMBERED = 1_000
TURN_S = 0.25
"""How long one image is measured before another person's is, if one waits."""
KEPT_EVERY_S = 5.0
"""How often what was counted of a long measurement is kept on disk."""
STEP_ASIDE_S = 0.1
"""How long each piece waits at most while pictures are being rendered."""


class Measurement:
    """One image being measured, a piece at a time; what was counted can be kept in a file.

    Args:
        opened: The image.
        exact: Count every sample of it, however long it takes.
        folder: Where what was counted is kept when it takes long; None for nowhere.
    """

    def __init__(self, opened: OpenedImage, *, exact: bool, folder: Path | None) -> None:
        self._opened = opened
        source = opened.source
        self._number = 0 if exact else _level(source, opened.stored_levels)
        size = _bytes(source, source.levels[self._number]) * source.shape.planes
        step = 1 if exact else max(1, -(-size // SAMPLE_BYTES))
        self.level = self._number if step == 1 else max(1, self._number)
        """The level that it holds for: 0 means exact."""
        pieces = _pieces(source, self._number, step)
        self._count = Count(source, _whole(source, self._number), pieces=pieces)
        content = f"{opened.stored.content_id} {self._number} {step}".encode()
        name = hashlib.blake2b(content, digest_size=16).hexdigest()
        self._file = None if folder is None else folder / f"{name}.json"
        self._kept = time.monotonic()
        self._resume()

    def advance(self) -> bool:
        """Count one more piece; False when all is counted.

        Raises:
            UnreadableFileError: The image's file is missing, changed or damaged.
        """
        more = self._count.advance()
        if more and time.monotonic() > self._kept + KEPT_EVERY_S:
            self.keep()
        return more

    def keep(self) -> None:
        """Write down what was counted, for another measurement of the same image to go on with."""
        self._kept = time.monotonic()
        if self._file is None:
            return
        part = self._file.with_suffix(".part")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(orjson.dumps(self._count.to_json()))
            part.replace(self._file)
        except OSError as error:
            logger.warning("measurement not kept", extra={"reason": str(error)})

    def store(self, database: Database) -> None:
        """Write what was found to the database; what was kept on the way is not needed any more."""
        found = self._count.summaries()
        with database.writing() as session:
            store_statistics(session, self._opened.stored.pixels_id, found, self.level)
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def _resume(self) -> None:
        if self._file is None:
            return
        try:
            form = orjson.loads(self._file.read_bytes())
            self._count.resume(form)
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            logger.warning("measurement begins anew", extra={"reason": str(error)})


class Measurements:
    """Measures images one at a time, each once, in turn by person. Thread-safe.

    Somebody who opens a thousand images delays somebody who opens one by a quarter of a second.
    Between two pieces it steps aside while pictures are being rendered. The operating system's
    priorities are left alone: a thread that it lets wait may hold the interpreter lock.

    Args:
        database: Where the results go.
        folder: Where what was counted of long measurements is kept.
        busy: Whether pictures are being rendered now.
    """

    def __init__(
        self, database: Database, folder: Path, busy: Callable[[], bool] = lambda: False
    ) -> None:
        self._database = database
        self._folder = folder
        self._busy = busy
        self._begun: OrderedDict[str, Future[None]] = OrderedDict()
        self._lines: OrderedDict[object, deque[_Job]] = OrderedDict()
        self._changed = Condition()
        self._thread: Thread | None = None
        self._closing = False

    async def wait(self, opened: OpenedImage, who: object = None) -> bool:
        """Begin to measure an image, and wait a moment for it.

        Args:
            opened: The image.
            who: Whose turn it takes; any hashable value.

        Returns:
            Whether it is measured now; if not, it goes on behind, or its file cannot be read.
        """
        future = self.begin(opened, who)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.shield(asyncio.wrap_future(future))
        except (TimeoutError, StoreError):
            return False
        return True

    def begin(
        self, opened: OpenedImage, who: object = None, *, exact: bool = False, again: bool = False
    ) -> Future[None]:
        """Have an image measured behind.

        Args:
            opened: The image.
            who: Whose turn it takes; any hashable value.
            exact: Count every sample, however long it takes.
            again: Also if it has been measured already since the start.

        Returns:
            Done when the results are in the database; it may fail as `measure` does.
        """
        key = f"{opened.stored.content_id} {exact}"
        with self._changed:
            future = self._begun.get(key)
            if future is not None and not (again and future.done()):
                return future
            future = Future()
            self._begun[key] = future
            if len(self._begun) > REMEMBERED:
                self._begun.popitem(last=False)
            if self._closing:
                future.cancel()
                return future
            self._lines.setdefault(who, deque()).append(_Job(opened, exact, future))
            if self._thread is None:
                self._thread = Thread(target=self._work, name="statistics", daemon=True)
                self._thread.start()
            self._changed.notify()
        return future

    def close(self) -> None:
        """Stop after the piece that is being counted; what was counted is kept."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        for line in self._lines.values():
            for job in line:
                job.close()
        self._lines.clear()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._lines and not self._closing:
                    self._changed.wait()
                if self._closing:
                    return
                who, line = next(iter(self._lines.items()))
                job = line[0]
            done = self._turn(job)
            with self._changed:
                if done:
                    line.popleft()
                self._lines.move_to_end(who)
                if not line:
                    del self._lines[who]

    def _turn(self, job: "_Job") -> bool:
        """Measure an image for a while; True when there is no more to do."""
        until = time.monotonic() + TURN_S
        try:
            if job.measurement is None:
                job.measurement = Measurement(job.opened, exact=job.exact, folder=self._folder)
            while job.measurement.advance():
                self._step_aside()
                if self._closing or (len(self._lines) > 1 and time.monotonic() > until):
                    return False
            job.measurement.store(self._database)
        except (StoreError, RenderError) as error:
            job.future.set_exception(error)
        except Exception as error:
            logger.exception("measurement failed", extra={"image": job.opened.stored.image_id})
            job.future.set_exception(error)
        else:
            job.future.set_result(None)
        return True

    def _step_aside(self) -> None:
        until = time.monotonic() + STEP_ASIDE_S
        while self._busy() and time.monotonic() < until and not self._closing:
            time.sleep(STEP_ASIDE_S / 10)


class _Job:
    """An image that is to be measured."""

    def __init__(self, opened: OpenedImage, exact: bool, future: Future[None]) -> None:
        self.opened = opened
        self.exact = exact
        self.future = future
        self.measurement: Measurement | None = None

    def close(self) -> None:
        """Keep what was counted, and tell those who wait."""
        if self.measurement is not None:
            self.measurement.keep()
        self.future.cancel()


def measure(
    database: Database,
    opened: OpenedImage,
    *,
    exact: bool = False,
    folder: Path | None = None,
    told: Callable[[], Any] = lambda: None,
) -> None:
    """Measure an image and store what its samples are like.

    Args:
        database: Where to.
        opened: The image.
        exact: Count every sample, however long it takes.
        folder: Where what was counted is kept on the way, None for nowhere. An earlier
            measurement that was interrupted is gone on with.
        told: Called after each piece.

    Raises:
        UnreadableFileError: The image's file is missing, changed or damaged.
    """
    measurement = Measurement(opened, exact=exact, folder=folder)
    try:
        while measurement.advance():
            told()
    except KeyboardInterrupt:
        measurement.keep()
        raise
    measurement.store(database)


def _whole(source: PixelSource, number: int) -> Part:
    level, shape = source.levels[number], source.shape
    whole = Region(0, 0, level.width, level.height)
    planes = tuple(product(range(shape.t), range(shape.z)))
    return Part(number, whole, tuple(range(shape.c)), planes)


def _level(source: PixelSource, stored_levels: int) -> int:
    """The finest stored level that can be looked at as a whole, else the coarsest."""
    for number, level in enumerate(source.levels[:stored_levels]):
        if _bytes(source, level) * source.shape.planes <= SAMPLE_BYTES:
            return number
    return stored_levels - 1


def _pieces(source: PixelSource, number: int, step: int) -> Iterator[Piece]:
    """Iterate over what is looked at: evenly spread where all is too much."""
    part, level = _whole(source, number), source.levels[number]
    regions = list(regions_of(source, level, part.region))
    places = [(t, z, region) for t, z in part.planes for region in regions]
    step = min(step, len(places))
    for channels in groups_of(source, level, part.channels, regions):
        # From the middle of the first stretch: the borders of images are often empty.
        for t, z, region in places[step // 2 :: step]:
            yield Piece(channels, t, z, region)


def _bytes(source: PixelSource, level: Level) -> int:
    return level.width * level.height * source.dtype.itemsize
