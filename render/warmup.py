"""Compiles every kernel for every type, so that no request has to wait for it."""

from itertools import product

import numpy as np

from render.areas import Bitmap, Ellipse, Outline, mask_of
from render.composite import composite
from render.downsample import halve, resize_to
from render.encode import encode
from render.kernels import add_samples, quantize_linear
from render.packing import Companding, preview, shuffled
from render.projection import project
from render.quantize import real_samples
from render.settings import ChannelSettings, Family, RenderSettings, Window
from render.statistics import extremes, histogram
from render.tally import Tally

# The types that render.quantize.real_samples leaves.
_TYPES = (np.uint8, np.uint16, np.int16, np.float32, np.float64)
_CURVES: tuple[Family, ...] = ("linear", "polynomial")


def warm_tiles() -> None:
    """Load what a tile of 8- or 16-bit samples runs through, encoder included: half a second."""
    for dtype in (np.uint16, np.uint8):
        channel = ChannelSettings(Window(0, 1))
        encode(composite([np.ones((8, 8), dtype)], RenderSettings((channel,))), "jpg")


def warm() -> None:
    """Run every kernel once on one sample of each type.

    The first start on a machine compiles for some seconds, later ones read the machine code
    from the cache on disk.
    """
    for dtype in _TYPES:
        plane = real_samples(np.ones((1, 1), dtype))
        for family, inverted in product(_CURVES, (False, True)):
            channel = ChannelSettings(Window(0, 1), family=family, inverted=inverted)
            composite([plane], RenderSettings((channel,)))
        # Small types come here only under windows that no line in single precision follows.
        quantize_linear(plane, 0.0, 1.0, np.empty((1, 1), np.uint8))
        halve(plane)
        extremes(plane)
        histogram(plane, 1, 0, 1)
        preview([plane], [Companding(0, 1)])
        Tally(dtype).add(plane)
        # Maxima and minima need no kernel.
        project([plane], "sum")
        project([plane], "mean")
        # Sums of very many planes; those of reals were wide from the beginning.
        add_samples(plane, np.zeros((1, 1), np.int64 if plane.dtype.kind in "iu" else np.float64))
    for sent in (np.uint8, np.uint16, np.uint32, np.float64):
        shuffled([np.ones((1, 1), sent)])
    resize_to(np.ones((1, 1, 3), np.uint8), 1, 1)
    triangle = Outline(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    mask_of(
        [triangle, Ellipse(0, 0, 1, 1), Bitmap(0, 0, 1, 1, np.ones((1, 1), np.uint8))], 0, 0, 1, 1
    )
