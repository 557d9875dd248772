"""Tiles of TIFF files: padded, differenced and compressed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import imagecodecs
import numpy as np

from store.errors import InvalidInputError

type Compression = Literal["none", "zlib", "zstd", "lzw", "jpeg"]

COMPRESSIONS: tuple[Compression, ...] = ("zlib", "zstd", "lzw", "none", "jpeg")
_EFFORT = {"zlib": 4, "zstd": 3}
"""zlib: 6 takes twice the time of 4 for 1 % fewer bytes of a camera's noise."""
TAGS: dict[Compression, int] = {"none": 1, "lzw": 5, "jpeg": 7, "zlib": 8, "zstd": 50000}
"""Values of the Compression tag."""


@dataclass(frozen=True, slots=True)
class TileForm:
    """How the tiles of a file are stored.

    Raises:
        InvalidInputError: A size that TIFF does not have, or JPEG of anything but 8-bit samples.
    """

    dtype: np.dtype[Any]
    """Of the stored samples, little-endian."""
    samples: int = 1
    """Of a pixel, interleaved."""
    size: int = 512
    """Pixels of each side."""
    compression: Compression = "zlib"
    quality: int = 90
    """Of JPEG, 1 to 100."""

    def __post_init__(self) -> None:
        if self.compression not in COMPRESSIONS:
            raise InvalidInputError(
                f"No compression {str(self.compression)[:32]!r}.",
                f"Give one of {', '.join(COMPRESSIONS)}.",
            )
        if self.size % 16 or not 64 <= self.size <= 4096:
            raise InvalidInputError(
                f"Tiles of {self.size} pixels.", "Give a multiple of 16, from 64 to 4096."
            )
        if not 1 <= self.quality <= 100:
            raise InvalidInputError(f"The quality is {self.quality}.", "Give 1 to 100.")
        if self.compression == "jpeg" and (self.dtype != np.uint8 or self.samples != 3):
            raise InvalidInputError(
                "JPEG keeps colours of 8 bits only, and these samples are something else.",
                f"Give one of {', '.join(COMPRESSIONS[:-1])}.",
            )

    @property
    def predictor(self) -> int:
        """Value of the Predictor tag: differences of neighbours, of floats by their bytes."""
        if self.compression in ("none", "jpeg") or self.dtype.kind in "bc":
            return 1
        return 3 if self.dtype.kind == "f" else 2

    def encode(self, values: np.ndarray[Any, Any]) -> bytes:
        """Compress one tile.

        Args:
            values: Shape (Y, X) or, with several samples, (Y, X, samples); at most the size of a
                tile, filled up with the last row and column.
        """
        tile = np.ascontiguousarray(self._padded(values).astype(self.dtype, copy=False))
        if self.compression == "jpeg":
            return bytes(
                imagecodecs.jpeg8_encode(
                    tile, level=self.quality, colorspace="RGB", outcolorspace="YCBCR",
                    subsampling="444",
                )
            )  # fmt: skip
        if self.dtype.kind == "b":
            return self._compressed(np.packbits(tile, axis=1).tobytes())
        return self._compressed(self._differences(tile))

    def _padded(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        height, width = values.shape[:2]
        if height == self.size and width == self.size:
            return values
        room = [(0, self.size - height), (0, self.size - width), (0, 0)][: values.ndim]
        return np.pad(values, room, mode="edge")

    def _differences(self, tile: np.ndarray[Any, Any]) -> Any:
        if self.predictor == 1:
            return tile.tobytes()
        axis = 1
        if self.predictor == 3:
            return imagecodecs.floatpred_encode(tile, axis=axis, dist=1)
        return imagecodecs.delta_encode(tile, axis=axis, dist=1)

    def _compressed(self, data: Any) -> bytes:
        compress: Callable[..., Any]
        if self.compression == "none":
            return data if isinstance(data, bytes) else bytes(data)
        if self.compression == "lzw":
            return bytes(imagecodecs.lzw_encode(data))
        name = "deflate" if self.compression == "zlib" else "zstd"
        compress = getattr(imagecodecs, f"{name}_encode")
        return bytes(compress(data, level=_EFFORT[self.compression]))
