"""Series of pages of vendors' TIFF files, as tifffile groups them, laid out as images."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tifffile

from store.errors import UnreadableFileError, reason
from store.importing.layout import Layout, PlacedPlane
from store.importing.ome_tiff import MAX_LEVELS
from store.importing.tiff_pages import Page, TiffPages
from store.pixels.codecs import NONE

_POSITIONS = "MPR"
"""Axes of mosaics, positions and tiles: images of their own."""


@dataclass(frozen=True, slots=True)
class PageSeries:
    """Pages that are alike, each with its smaller versions."""

    name: str
    axes: str
    """Names of the axes along which pages lie, the slowest first, as tifffile names them."""
    sizes: tuple[int, ...]
    """Sizes of these axes."""
    levels: tuple[tuple[Page | None, ...], ...]
    """Pages of each level in the order of the axes; one only if the others follow it."""

    @property
    def first(self) -> Page:
        """Any page at full resolution."""
        return next(page for page in self.levels[0] if page is not None)


def series_of(pages: TiffPages) -> list[PageSeries]:
    """The series of a file in tifffile's order; those without samples are left out.

    Raises:
        UnreadableFileError: The file is damaged, or its metadata does not fit its pages.
        UnsupportedError: Samples are stored in a way that is not handled.
    """
    try:
        found = list(pages.library.series)
    except Exception as error:  # hostile files raise twenty kinds of exceptions
        raise UnreadableFileError(
            f"{pages.name} is damaged: {reason(error)}.",
            "Replace it by an undamaged copy.",
            path=pages.identity.path,
        ) from error
    return [_series(one, pages) for one in found if one.size]


def single(name: str, *levels: Page) -> PageSeries:
    """One plane, or the samples of one pixel together, with its smaller versions."""
    return PageSeries(name, "", (), tuple((level,) for level in levels))


def layouts(series: PageSeries, *, apart: bool = False) -> list[Layout]:
    """The images of a series: one for each position.

    Args:
        series: Its axes T, C and Z are those of images; M, P and R are positions; all others
            count as time.
        apart: Samples in planes of their own are channels of their own, not colours.
    """
    numbers = _numbers(series)
    first = series.first
    samples = first.samples if apart and first.planar else 1
    shift = first.plane_bytes if len(series.levels[0]) < numbers.size else 0
    kept: dict[tuple[int, int], Page | None] = {}

    def image(position: int) -> Layout:
        _, size_t, size_c, size_z = numbers.shape

        def plane(level: int, t: int, group: int, z: int) -> PlacedPlane | None:
            number = int(numbers[position, t, group // samples, z])
            found = series.levels[level][0 if shift else number]
            if samples > 1 and found is not None:
                key = (level, number * samples + group % samples)
                if key not in kept:
                    kept[key] = _sample(found, group % samples)
                found = kept[key]
            return None if found is None else PlacedPlane(0, found, shift=number * shift)

        return Layout(
            size_t=size_t,
            groups=size_c * samples,
            size_z=size_z,
            first=PlacedPlane(0, _sample(first, 0) if samples > 1 else first),
            level_count=len(series.levels),
            plane=plane,
        )

    return [image(position) for position in range(len(numbers))]


def _numbers(series: PageSeries) -> np.ndarray:
    """Number of each page, shape (positions, T, C, Z)."""
    numbers = np.arange(int(np.prod(series.sizes, dtype=np.int64))).reshape(series.sizes)
    kinds = [_kind(axis) for axis in series.axes]
    order = sorted(range(len(kinds)), key=lambda axis: kinds[axis])
    sizes = [1, 1, 1, 1]
    for kind, size in zip(kinds, series.sizes, strict=True):
        sizes[kind] *= size
    return numbers.transpose(order).reshape(sizes)


def _kind(axis: str) -> int:
    if axis in _POSITIONS:
        return 0
    return {"C": 2, "Z": 3}.get(axis, 1)


def _sample(page: Page, sample: int) -> Page:
    """One sample of a page whose samples lie in planes of their own."""
    count = page.chunks_of_plane * -(-page.depth // page.encoding.slices)
    chunks = slice(sample * count, (sample + 1) * count)
    return replace(page, samples=1, offsets=page.offsets[chunks], lengths=page.lengths[chunks])


def _series(found: tifffile.TiffPageSeries, pages: TiffPages) -> PageSeries:
    inside = _inside(found)
    axes = found.axes[: len(found.axes) - inside]
    sizes = tuple(int(size) for size in found.shape[: len(axes)])
    levels = [_pages(found, pages)]
    total = int(np.prod(sizes, dtype=object))
    if len(levels[0]) != total and not _follows(levels[0], total, pages):
        axes, sizes, total = _cropped(axes, sizes, len(levels[0]), pages)
    levels[0] = levels[0][:total]
    for level in found.levels[1:MAX_LEVELS]:
        smaller = _pages(level, pages)
        if len(smaller) != total or not _is_smaller(smaller, levels[-1]):
            break
        levels.append(smaller)
    return PageSeries(found.name, axes, sizes, tuple(levels))


def _is_smaller(level: Sequence[Page | None], above: Sequence[Page | None]) -> bool:
    smaller, larger = (next((page for page in one if page), None) for one in (level, above))
    if smaller is None or larger is None:
        return False
    alike = (smaller.samples, smaller.encoding.dtype) == (larger.samples, larger.encoding.dtype)
    return alike and smaller.width <= larger.width and smaller.height <= larger.height


def _pages(found: tifffile.TiffPageSeries, pages: TiffPages) -> tuple[Page | None, ...]:
    known: dict[int, Page] = {}

    def page(one: Any) -> Page | None:
        if one is None or not one.dataoffsets:
            return None
        if one.offset not in known:
            known[one.offset] = pages.page_of(one)
        return known[one.offset]

    return tuple(page(one) for one in found._pages)


def _inside(found: tifffile.TiffPageSeries) -> int:
    """How many of the last axes of a series are those of its pages."""
    whole = int(np.prod(found.keyframe.shape, dtype=object))
    for count in range(len(found.keyframe.shape), len(found.shape) + 1):
        if int(np.prod(found.shape[len(found.shape) - count :], dtype=object)) == whole:
            return count
    raise ValueError("the sizes that its metadata claims are not those of its pages")


def _follows(level: Sequence[Page | None], total: int, pages: TiffPages) -> bool:
    """The planes after the first follow it without pages of their own."""
    first = level[0]
    if len(level) != 1 or total < 2 or first is None or first.depth > 1:
        return False
    if first.encoding.compression != NONE or first.encoding.tiled or not len(first.offsets):
        return False
    steps = np.cumsum(first.lengths[:-1], dtype=np.uint64) + first.offsets[0]
    whole = int(first.lengths.sum()) == first.plane_bytes
    if not (whole and np.array_equal(steps, first.offsets[1:])):
        return False
    return int(first.offsets[0]) + total * first.plane_bytes <= pages.identity.size


def _cropped(
    axes: str, sizes: tuple[int, ...], count: int, pages: TiffPages
) -> tuple[str, tuple[int, ...], int]:
    """The axes as far as there are pages: the slowest is cut, as when a scan was stopped."""
    rest = int(np.prod(sizes[1:], dtype=object)) if sizes else 0
    if not rest or not 0 < count // rest <= sizes[0]:
        claimed = " x ".join(str(size) for size in sizes)
        raise UnreadableFileError(
            f"{pages.name} claims {claimed or 1} planes and has {count}.",
            "The file is not complete: copy it again.",
            path=pages.identity.path,
        )
    held = count // rest
    return axes, (held, *sizes[1:]), held * rest
