"""Samples of planes, regions, shapes and stacks, counted when somebody asks."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

from sqlalchemy.orm import Session

from app.counting import Count, Part
from app.images import OpenedImage
from render.areas import Placed
from render.summary import BINS, PERCENTS
from schema.samples import Counted, Wanted
from store.access import Viewer
from store.errors import InvalidInputError, NotFoundError
from store.pixels.source import Level, PixelSource, Region, level_of
from store.queries.areas import areas_of_roi
from store.queries.images import kept_statistics

ENOUGH_BYTES = 64 * 2**20
"""Samples beyond which a coarser level is counted, unless one is asked for."""
MOST_BYTES = 256 * 2**20
"""Most samples that are counted for one answer."""
PLANES = 100_000
"""Most planes of one channel."""

type Find = Callable[[Session, Viewer, int], OpenedImage]
type Work = Callable[[], Sequence[Counted]]
"""Counts; takes a processor for a while."""
type Run = Callable[[Viewer, Work], Sequence[Counted]]
"""Has work done where and when it is this viewer's turn, and waits for it."""


class SampleReader:
    """Counts samples for `schema.samples.Samples`.

    Args:
        find: Opens images, as far as a viewer may see them.
        run: Has the counting done.
        begin: Begins to measure an image anew, exactly or not.
    """

    def __init__(
        self, find: Find, run: Run, begin: Callable[[Viewer, Sequence[int], bool], None]
    ) -> None:
        self._find = find
        self._run = run
        self._begin = begin

    def count(
        self, session: Session, viewer: Viewer, image_id: int, wanted: Wanted
    ) -> Sequence[Counted]:
        """Count samples of an image; see `schema.samples.Samples.count`."""
        found = self.of_image(session, viewer, image_id, wanted)
        return self._run(viewer, found) if callable(found) else found

    def count_roi(
        self, session: Session, viewer: Viewer, roi_id: int, wanted: Wanted
    ) -> Sequence[Counted]:
        """Count samples inside shapes; see `schema.samples.Samples.count_roi`."""
        return self._run(viewer, self.of_roi(session, viewer, roi_id, wanted))

    def measure(self, viewer: Viewer, image_ids: Sequence[int], *, exact: bool) -> None:
        """Begin to measure images anew; see `schema.samples.Samples.measure`."""
        self._begin(viewer, image_ids, exact)

    def of_image(
        self, session: Session, viewer: Viewer, image_id: int, wanted: Wanted
    ) -> Sequence[Counted] | Work:
        """Return what is kept of an image, else what counts it; as `count`."""
        opened = self._find(session, viewer, image_id)
        known = _kept(session, opened, wanted) if wanted.whole else None
        if known is not None:
            return known
        return partial(count, opened, wanted, _Task.of(opened.source, wanted, None))

    def of_roi(
        self,
        session: Session,
        viewer: Viewer,
        roi_id: int,
        wanted: Wanted,
        image_id: int | None = None,
    ) -> Work:
        """Return what counts the samples inside shapes; as `count_roi`.

        Raises:
            NotFoundError: It is not on the image of that id, where one is given.
        """
        on, areas = areas_of_roi(session, viewer, roi_id)
        if image_id not in (None, on):
            raise NotFoundError("ROI", roi_id)
        opened = self._find(session, viewer, on)
        return partial(count, opened, wanted, _Task.of(opened.source, wanted, areas))


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be counted, settled before any pixel is read."""

    part: Part | None
    """None where there is nothing."""
    channels: tuple[int, ...]
    level: int

    @classmethod
    def of(cls, source: PixelSource, wanted: Wanted, areas: Sequence[Placed] | None) -> "_Task":
        """Choose level, planes and rectangle.

        Raises:
            InvalidInputError: Nothing that the image has, or too much of it.
        """
        channels = _channels(source, wanted.channels)
        region: Region | None = _region(source, wanted.region)
        planes = _planes(source, wanted)
        if areas is not None:
            inside = _region(source, wanted.region)
            areas = [area for area in areas if _near(area, inside)]
            planes = [plane for plane in planes if any(_at(area, *plane) for area in areas)]
            region = _around(areas, inside)
        if not planes or region is None:
            return cls(None, channels, wanted.level or 0)
        part = Part(0, region, channels, tuple(planes), None if areas is None else tuple(areas))
        level = _level(source, part, wanted.level)
        scaled = _scaled(region, source.levels[0], source.levels[level])
        return cls(replace(part, level=level, region=scaled), channels, level)


def count(opened: OpenedImage, wanted: Wanted, task: _Task) -> list[Counted]:
    """Count the samples of a task, channel by channel.

    Raises:
        UnreadableFileError: The image's file is missing, changed or damaged.
    """
    from render.tally import Tally  # loads numba, which the start does not wait for

    percents = PERCENTS if wanted.percents is None else wanted.percents
    bins = wanted.bins or BINS
    found: list[dict[str, object] | None] = [None] * len(task.channels)
    if task.part is not None:
        counting = Count(opened.source, task.part, percents, bins)
        while counting.advance():
            pass
        found = counting.summaries()
    nothing = Tally(opened.source.dtype).summary(percents, bins).to_json()
    return [
        Counted(index, task.level, summary or nothing)
        for index, summary in zip(task.channels, found, strict=True)
    ]


def _kept(session: Session, opened: OpenedImage, wanted: Wanted) -> list[Counted] | None:
    """Return what is kept of the channels of an image; None unless it is of all of them."""
    channels = _channels(opened.source, wanted.channels)
    kept = kept_statistics(session, opened.stored.pixels_id)
    if not set(channels) <= set(kept):
        return None
    return [Counted(index, kept[index]["level"], kept[index]) for index in channels]


def _channels(source: PixelSource, wanted: tuple[int, ...] | None) -> tuple[int, ...]:
    size = source.shape.c
    if wanted is None:
        return tuple(range(size))
    for index in wanted:
        if not 0 <= index < size:
            raise InvalidInputError(
                f"The image has no channel {index}.", f"Its channels are 0 to {size - 1}."
            )
    return tuple(dict.fromkeys(wanted))


def _region(source: PixelSource, wanted: tuple[int, int, int, int] | None) -> Region:
    full = source.levels[0]
    if wanted is None:
        return Region(0, 0, full.width, full.height)
    region = Region(*wanted)
    region.check_inside(full)
    return region


def _planes(source: PixelSource, wanted: Wanted) -> list[tuple[int, int]]:
    shape = source.shape
    times = _range("t", wanted.t, shape.t, "time points")
    sections = _range("z", wanted.z, shape.z, "sections")
    if len(times) * len(sections) > PLANES:
        raise InvalidInputError(
            f"{len(times) * len(sections):,} planes of each channel.",
            f"Count at most {PLANES:,}: choose fewer sections or time points.",
        )
    return list(product(times, sections))


def _range(name: str, wanted: tuple[int, int] | None, size: int, what: str) -> range:
    first, last = (0, size - 1) if wanted is None else wanted
    if not 0 <= first <= last < size:
        raise InvalidInputError(
            f"The image has no {name} from {first} to {last}.",
            f"It has {size} {what}: give two rising numbers from 0 to {size - 1}.",
        )
    return range(first, last + 1)


def _near(area: Placed, region: Region) -> bool:
    left, top, right, bottom = area.box
    return (
        left < region.x + region.width
        and top < region.y + region.height
        and right > region.x
        and bottom > region.y
    )


def _at(area: Placed, t: int, z: int) -> bool:
    return area.t in (None, t) and area.z in (None, z)


def _around(areas: Sequence[Placed], region: Region) -> Region | None:
    """Return the part of a region that areas near it are in; None if there are none."""
    if not areas:
        return None
    boxes = list(zip(*(area.box for area in areas), strict=True))
    left, top = (math.floor(max(0.0, min(sides))) for sides in boxes[:2])
    right, bottom = (
        math.ceil(min(max(sides), end))
        for sides, end in zip(
            boxes[2:], (region.x + region.width, region.y + region.height), strict=True
        )
    )
    x, y = max(left, region.x), max(top, region.y)
    return Region(x, y, max(1, right - x), max(1, bottom - y))


def _level(source: PixelSource, part: Part, asked: int | None) -> int:
    """Return the level asked for, else the finest that is not too much.

    Raises:
        InvalidInputError: There is no such level, or every one is too much.
    """
    if asked is not None:
        level_of(source.levels, asked)
    numbers = range(len(source.levels)) if asked is None else [asked]
    sizes = {number: _bytes(source, part, number) for number in numbers}
    number = next((one for one, size in sizes.items() if size <= ENOUGH_BYTES), numbers[-1])
    size = sizes[number]
    if size > MOST_BYTES:
        coarser = "a coarser level, " if number + 1 < len(source.levels) else ""
        raise InvalidInputError(
            f"These are {size >> 20:,} MiB of samples at level {number}; "
            f"{MOST_BYTES >> 20} MiB are counted at once.",
            f"Ask for {coarser}a smaller region, fewer channels, sections or time points.",
        )
    return number


def _bytes(source: PixelSource, part: Part, number: int) -> int:
    scaled = _scaled(part.region, source.levels[0], source.levels[number])
    return replace(part, region=scaled).samples() * source.dtype.itemsize


def _scaled(region: Region, full: Level, level: Level) -> Region:
    """Return the pixels of a level whose centres are in a region of the full resolution."""
    x, right = _side(region.x, region.width, full.width, level.width)
    y, bottom = _side(region.y, region.height, full.height, level.height)
    return Region(x, y, right - x, bottom - y)


def _side(start: int, length: int, full: int, level: int) -> tuple[int, int]:
    scale = level / full
    first = min(math.ceil(start * scale - 0.5), level - 1)
    return first, max(first + 1, min(math.ceil((start + length) * scale - 0.5), level))
