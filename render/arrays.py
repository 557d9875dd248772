"""Names for the shapes of arrays that go through rendering."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

type Plane = NDArray[Any]
"""Samples of one channel, shape (Y, X), any numeric dtype."""

type Planes = NDArray[Any]
"""Samples of several channels, shape (C, Y, X), any numeric dtype."""

type Levels = NDArray[np.uint8]
"""Quantized samples of several channels, shape (C, Y, X), 0 to 255."""

type RGB = NDArray[np.uint8]
"""A colour image, shape (Y, X, 3), 0 to 255."""

type Lut = NDArray[np.uint8]
"""A lookup table, shape (256, 3): the colour of each level."""
