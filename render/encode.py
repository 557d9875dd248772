"""Image bytes out of colour arrays: JPEG, PNG, WebP."""

from collections.abc import Callable
from typing import Any

import numpy as np

from render.arrays import RGB
from render.errors import SettingsError, UnsupportedFormatError, UnsupportedPixelTypeError

FORMATS: dict[str, str] = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
}
"""Media type of each format on offer."""

DEFAULT_QUALITY = {"jpg": 90, "jpeg": 90, "png": 100, "webp": 80}
"""Quality of each format when none is asked for."""

_LONGEST_EDGE = {"jpg": 65_500, "jpeg": 65_500, "png": 1_000_000, "webp": 16_382}
# Below this size the colour of single pixels shows, and full chroma costs nothing.
_SMALL = 64 * 64


def encode(rgb: RGB, format: str, quality: int | None = None) -> bytes:  # noqa: A002
    """Compress a colour image.

    Args:
        rgb: Shape (Y, X, 3), uint8, at least one pixel.
        format: One of `FORMATS`; `png` is lossless.
        quality: 1 to 100 for JPEG (90 if not given) and WebP (80); PNG ignores it.

    Raises:
        UnsupportedFormatError: A format that is not offered, or cannot hold so large an image.
        UnsupportedPixelTypeError: Not an 8-bit colour image, or an empty one.
        SettingsError: A quality outside 1 to 100.
    """
    if format not in _ENCODERS:
        raise UnsupportedFormatError(
            f"No image format {format[:32]!r}.", f"Ask for one of {', '.join(FORMATS)}."
        )
    _check_image(rgb, format)
    wanted = DEFAULT_QUALITY[format] if quality is None else quality
    if not 1 <= wanted <= 100:
        raise SettingsError(f"The quality is {wanted}.", "Give a number from 1 to 100.")
    return _ENCODERS[format](np.ascontiguousarray(rgb), wanted)


def _check_image(rgb: RGB, name: str) -> None:
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or not rgb.size:
        raise UnsupportedPixelTypeError(
            f"An array of shape {rgb.shape} and type {rgb.dtype} is not a colour image.",
            "Give shape (Y, X, 3), uint8.",
        )
    if max(rgb.shape) > _LONGEST_EDGE[name]:
        raise UnsupportedFormatError(
            f"An image of {rgb.shape[1]} by {rgb.shape[0]} does not fit into {name}.",
            f"Its edges have at most {_LONGEST_EDGE[name]} pixels; ask for a part, or for png.",
        )


def _jpeg(rgb: RGB, quality: int) -> bytes:
    import imagecodecs

    small = rgb.shape[0] * rgb.shape[1] <= _SMALL
    subsampling = "444" if small else "420"
    return _bytes(imagecodecs.jpeg8_encode(rgb, level=quality, subsampling=subsampling))


def _png(rgb: RGB, quality: int) -> bytes:
    import imagecodecs

    # Horizontal differences and run lengths: 4 ms for 512 by 512, a fifth of what deflate's own
    # search takes at its lowest level, and no larger on images of fluorescence.
    return _bytes(
        imagecodecs.png_encode(
            rgb,
            level=imagecodecs.PNG.COMPRESSION.SPEED,
            strategy=imagecodecs.PNG.STRATEGY.RLE,
            filter=imagecodecs.PNG.FILTER.SUB,
        )
    )


def _webp(rgb: RGB, quality: int) -> bytes:
    import imagecodecs

    # The library's own effort costs four times as much for a tenth of the bytes.
    return _bytes(imagecodecs.webp_encode(rgb, level=quality, lossless=False, method=0))


def _bytes(encoded: Any) -> bytes:
    """The codec gives bytes or, by its types, another buffer."""
    return encoded if isinstance(encoded, bytes) else bytes(encoded)


_ENCODERS: dict[str, Callable[[RGB, int], bytes]] = {
    "jpg": _jpeg,
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
}
