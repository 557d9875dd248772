"""Label images: regions of interest as numbers of pixels, those that overlap in several images."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from render.areas import Area, Bitmap, Mask, mask_of
from store.errors import InvalidInputError
from store.exporting.cut import Cut, CutLevel
from store.pixels.cache import ByteBudgetCache
from store.pixels.source import PixelsShape, Region

MOST_IMAGES = 1_000
"""Label images of one image; as many are read again."""
_CELLS = 64
"""Fields along each side of an image by which the shapes near a place are found."""
_KEPT_BYTES = 64 * 2**20
"""Of unpacked bitmaps."""

type Box = tuple[float, float, float, float]
"""Left, top, right and lower edge, in pixels of the full image."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A shape that covers pixels, and the planes that it is on; None is all."""

    key: int
    """Its database id."""
    box: Box
    make: Callable[[], Area]
    """What it covers; made when it is needed, as bitmaps are large."""
    z: int | None = None
    t: int | None = None
    c: int | None = None


@dataclass(frozen=True, slots=True)
class DrawnRegion:
    """A region of interest, as far as its shapes cover pixels."""

    roi_id: int
    name: str | None
    color: int | None
    """Signed RGBA."""
    shapes: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """A region with the number that its pixels have."""

    value: int
    region: DrawnRegion


class LabelImage:
    """An image whose samples are the numbers of the regions that they are in; 0 is none.

    It has the sections, time points and levels of the cut, and one channel. On smaller levels a
    pixel has the number of the region that its centre is in.

    Args:
        cut: The image that the regions are on.
        dtype: That all numbers of the image's regions fit into.
        areas: Of shapes, by their ids.
    """

    def __init__(self, cut: Cut, dtype: npt.DTypeLike, areas: ByteBudgetCache[int, Area]) -> None:
        self.cut = cut
        self.dtype = np.dtype(dtype)
        self.labels: list[Label] = []
        self._areas = areas
        self._cells: defaultdict[tuple[int, int], list[tuple[int, Drawn]]] = defaultdict(list)
        full = cut.source.levels[0]
        self._cell = max(1.0, max(full.width, full.height) / _CELLS)

    @property
    def shape(self) -> PixelsShape:
        """Of the largest level."""
        shape = self.cut.shape
        return PixelsShape(shape.t, 1, shape.z, shape.y, shape.x)

    @property
    def levels(self) -> tuple[CutLevel, ...]:
        """Those of the image."""
        return self.cut.levels

    def add(self, label: Label) -> bool:
        """Take a region in; False where one of its pixels has another's number already."""
        for shape in label.region.shapes:
            for _, other in self._near(shape.box):
                if _meet(shape.z, other.z) and _meet(shape.t, other.t):
                    part = _common(shape.box, other.box)
                    if part and (self._mask(shape, part) & self._mask(other, part)).any():
                        return False
        self.labels.append(label)
        for shape in label.region.shapes:
            for cell in self._cells_of(shape.box):
                self._cells[cell].append((label.value, shape))
        return True

    def read(self, level: int, t: int, c: int, z: int, part: Region) -> npt.NDArray[Any]:
        """Numbers of a part of one plane, shape (Y, X); as `Cut.read`."""
        at, source = self.levels[level], self.cut.source
        full, size = source.levels[0], source.levels[at.number]
        scale = (full.width / size.width, full.height / size.height)
        here = Region(at.region.x + part.x, at.region.y + part.y, part.width, part.height)
        right, bottom = here.x + here.width, here.y + here.height
        box = (here.x * scale[0], here.y * scale[1], right * scale[0], bottom * scale[1])
        values = np.zeros((part.height, part.width), self.dtype)
        section, moment = self.cut.z[z], self.cut.t[t]
        for value, shape in self._near(box):
            if not (_meet(shape.z, section) and _meet(shape.t, moment)):
                continue
            inside = _pixels(shape.box, here, scale)
            if inside is not None:
                rows = slice(inside.y - here.y, inside.y - here.y + inside.height)
                columns = slice(inside.x - here.x, inside.x - here.x + inside.width)
                values[rows, columns][self._mask(shape, inside, scale).view(np.bool_)] = value
        return values

    def _mask(self, shape: Drawn, part: Region, scale: tuple[float, float] = (1.0, 1.0)) -> Mask:
        area = self._areas.get(shape.key, shape.make)
        return mask_of([area], part.x, part.y, part.width, part.height, scale)

    def _near(self, box: Box) -> list[tuple[int, Drawn]]:
        """Numbers and shapes that may touch a box, each once, in order of their numbers."""
        found = {
            (value, shape.key): shape
            for cell in self._cells_of(box)
            for value, shape in self._cells.get(cell, ())
        }
        return [
            (value, shape) for (value, _), shape in sorted(found.items(), key=lambda one: one[0])
        ]

    def _cells_of(self, box: Box) -> Iterator[tuple[int, int]]:
        left, top, right, bottom = (
            min(max(math.floor(edge / self._cell), 0), _CELLS) for edge in box
        )
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                yield row, column


def label_images(regions: Sequence[DrawnRegion], cut: Cut) -> list[LabelImage]:
    """Number the regions that show in what is written, from 1, in their order.

    One that overlaps another goes into the first of the further label images that has room.

    Args:
        regions: Of one image.
        cut: What of it is written.

    Returns:
        Label images with at least one region each; numbers are unique among all of them.

    Raises:
        InvalidInputError: More regions lie over each other than there may be label images, or a
            bitmap is damaged.
    """
    shown = [one for one in (_showing(region, cut) for region in regions) if one is not None]
    dtype = np.min_scalar_type(len(shown))
    areas: ByteBudgetCache[int, Area] = ByteBudgetCache(_KEPT_BYTES, _bytes)
    images: list[LabelImage] = []
    for value, region in enumerate(shown, 1):
        label = Label(value, region)
        for shape in region.shapes:
            areas.get(shape.key, shape.make)  # a damaged one shows here, before anything is sent
        if not any(image.add(label) for image in images):
            if len(images) == MOST_IMAGES:
                raise InvalidInputError(
                    f"More than {MOST_IMAGES:,} regions lie over each other.",
                    "Export without label images (labels=no).",
                )
            images.append(LabelImage(cut, dtype, areas))
            images[-1].add(label)
    return images


def _showing(region: DrawnRegion, cut: Cut) -> DrawnRegion | None:
    """A region with those of its shapes that show in a cut; none if there are none."""
    full = cut.source.levels[0]
    left, top = cut.origin
    right, bottom = (
        left + cut.region.width * cut.factors[0],
        top + cut.region.height * cut.factors[1],
    )
    box = (max(left, 0.0), max(top, 0.0), min(right, full.width), min(bottom, full.height))
    shapes = tuple(
        shape
        for shape in region.shapes
        if (shape.z is None or shape.z in cut.z)
        and (shape.t is None or shape.t in cut.t)
        and (shape.c is None or shape.c in cut.channels)
        and _common(shape.box, box) is not None
    )
    return DrawnRegion(region.roi_id, region.name, region.color, shapes) if shapes else None


def _pixels(box: Box, here: Region, scale: tuple[float, float]) -> Region | None:
    """The pixels of a part of a level that a box may cover."""
    left = max(here.x, math.floor(max(box[0], 0.0) / scale[0]))
    top = max(here.y, math.floor(max(box[1], 0.0) / scale[1]))
    right = min(here.x + here.width, math.floor(max(box[2], 0.0) / scale[0]) + 1)
    bottom = min(here.y + here.height, math.floor(max(box[3], 0.0) / scale[1]) + 1)
    return Region(left, top, right - left, bottom - top) if right > left and bottom > top else None


def _common(one: Box, other: Box) -> Region | None:
    """The pixels of the full image that two boxes may share."""
    left, top = max(one[0], other[0], 0.0), max(one[1], other[1], 0.0)
    right, bottom = min(one[2], other[2]), min(one[3], other[3])
    if right < left or bottom < top:
        return None
    x, y = math.floor(left), math.floor(top)
    return Region(x, y, math.floor(right) + 1 - x, math.floor(bottom) + 1 - y)


def _meet(one: int | None, other: int | None) -> bool:
    return one is None or other is None or one == other


def _bytes(area: Area) -> int:
    return int(area.bits.nbytes) if isinstance(area, Bitmap) else 1_000
