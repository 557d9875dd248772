"""A time series of living cells: three channels, focus through the cells, one of them divides."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.samples import organelles
from app.samples.optics import Camera, Exposure, Stack, bell_weights, spread_focus
from app.samples.outlines import Outline, outlines_at, settle_cells


@dataclass(frozen=True, slots=True)
class SeriesShape:
    """Size of the series: pixels of a side, slices and times."""

    side: int = 768
    depth: int = 11
    times: int = 9


@dataclass(frozen=True, slots=True)
class Stain:
    """How one channel is taken.

    Attributes:
        name: Name of the channel.
        paint: Adds the light of one cell to a stack.
        keep: Part of the light that reaches the next slice out of focus.
        camera: How the light becomes grey levels.
    """

    name: str
    paint: Callable[[Stack, Outline], None]
    keep: float
    camera: Camera


def _paint_nuclei(stack: Stack, outline: Outline) -> None:
    organelles.draw_chromatin(stack, outline, 190.0)


def _paint_microtubules(stack: Stack, outline: Outline) -> None:
    _paint_cytoplasm(stack, outline, 7.0)
    organelles.draw_microtubules(stack, outline, 620.0)


def _paint_mitochondria(stack: Stack, outline: Outline) -> None:
    _paint_cytoplasm(stack, outline, 5.0)
    organelles.draw_mitochondria(stack, outline, 600.0)


def _paint_cytoplasm(stack: Stack, outline: Outline, light: float) -> None:
    cell = outline.cell
    nucleus = (*cell.nucleus, outline.nucleus_angle)
    heights = (0.46 * (stack.shape[0] - 1), 0.34 * stack.shape[0])
    organelles.paint_cytoplasm(
        stack, outline.x, outline.y, outline.radii, nucleus, heights, light, cell.seed
    )


STAINS = (
    Stain("Nuclei", _paint_nuclei, 0.5, Camera(offset=104, ceiling=640)),
    Stain("Microtubules", _paint_microtubules, 0.55, Camera(offset=102, ceiling=720)),
    Stain("Mitochondria", _paint_mitochondria, 0.62, Camera(offset=101, ceiling=640)),
)
_SHARP = 1.15
_SPREAD = 2.6
_STRAY_LIGHT = 9.0
_SEED = 4


def living_cells(shape: SeriesShape) -> Iterator[NDArray[np.uint16]]:
    """Yield the planes of the series, (Y, X) each, in the order z, c, t: z changes fastest.

    Args:
        shape: Size of the series.
    """
    cells = settle_cells(shape.side, _SEED)
    exposures = [Exposure(stain.camera) for stain in STAINS]
    for t in range(shape.times):
        outlines = outlines_at(cells, t / max(shape.times - 1, 1))
        for c, stain in enumerate(STAINS):
            stack = light_of(stain, outlines, shape)
            for z in range(shape.depth):
                yield exposures[c].take(stack[z], seed=(t * len(STAINS) + c) * 64 + z)


def light_of(stain: Stain, outlines: list[Outline], shape: SeriesShape) -> Stack:
    """Return the light of one channel at one time.

    Args:
        stain: The channel.
        outlines: All cells at that time.
        shape: Size of the series.

    Returns:
        Shape (Z, Y, X), float32.
    """
    stack = np.full((shape.depth, shape.side, shape.side), _STRAY_LIGHT, np.float32)
    for outline in outlines:
        reach = float(outline.radii.max())
        if all(-reach < place < shape.side + reach for place in (outline.x, outline.y)):
            stain.paint(stack, outline)
    spread_focus(stack, bell_weights(_SPREAD), stain.keep, bell_weights(_SHARP))
    return stack
