"""Image bytes out of colour arrays: JPEG, PNG, WebP, AVIF."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from render.arrays import RGB
from render.errors import SettingsError, UnsupportedFormatError, UnsupportedPixelTypeError

type Quality = int | Literal["lossless"]
"""1 to 100 for less and more bytes, or every pixel as it was."""

LOSSLESS: Literal["lossless"] = "lossless"

FORMATS: dict[str, str] = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
}
"""Media type of each format on offer."""

DEFAULT_QUALITY: dict[str, Quality] = {
    "jpg": 90,
    "jpeg": 90,
    "png": LOSSLESS,
    "webp": 80,
    "avif": 60,
}
"""Quality of each format when none is asked for."""

_LONGEST_EDGE = {
    "jpg": 65_500,
    "jpeg": 65_500,
    "png": 1_000_000,
    "webp": 16_382,
    "avif": 16_384,
}
# Below this size the colour of single pixels shows, and full chroma costs nothing.
_SMALL = 64 * 64


def encode(rgb: RGB, format: str, quality: Quality | None = None) -> bytes:  # noqa: A002
    """Compress a colour image.

    Args:
        rgb: Shape (Y, X, 3), uint8, at least one pixel.
        format: One of `FORMATS`.
        quality: 1 to 100 for JPEG (90 if not given), WebP (80) and AVIF (60), or `lossless` for
            WebP and AVIF. PNG always is, whatever is asked for.

    Raises:
        UnsupportedFormatError: A format that is not offered, or cannot hold so large an image.
        UnsupportedPixelTypeError: Not an 8-bit colour image, or an empty one.
        SettingsError: A quality that the format does not have.
    """
    wanted = quality_for(format, quality)
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or not rgb.size:
        raise UnsupportedPixelTypeError(
            f"An array of shape {rgb.shape} and type {rgb.dtype} is not a colour image.",
            "Give shape (Y, X, 3), uint8.",
        )
    check_fits(format, rgb.shape[1], rgb.shape[0])
    return _ENCODERS[format](np.ascontiguousarray(rgb), wanted)


def quality_for(format: str, quality: Quality | None) -> Quality:  # noqa: A002
    """Return the quality that a format will have, the same for all that give the same bytes.

    Raises:
        UnsupportedFormatError: A format that is not offered.
        SettingsError: A quality that the format does not have.
    """
    if format not in _ENCODERS:
        raise UnsupportedFormatError(
            f"No image format {format[:32]!r}.", f"Ask for one of {', '.join(FORMATS)}."
        )
    wanted = DEFAULT_QUALITY[format] if quality is None else quality
    if wanted == LOSSLESS:
        if FORMATS[format] == "image/jpeg":
            raise SettingsError("JPEG is never lossless.", "Ask for png, webp or avif.")
    elif not 1 <= wanted <= 100:
        raise SettingsError(f"The quality is {wanted}.", "Give a number from 1 to 100.")
    return LOSSLESS if format == "png" else wanted


def check_fits(format: str, width: int, height: int) -> None:  # noqa: A002
    """Refuse an image that is longer than its format can say.

    Raises:
        UnsupportedFormatError: It is.
    """
    if max(width, height) > _LONGEST_EDGE[format]:
        raise UnsupportedFormatError(
            f"An image of {width} by {height} does not fit into {format}.",
            f"Its edges have at most {_LONGEST_EDGE[format]} pixels; ask for a part, or for png.",
        )


def _jpeg(rgb: RGB, quality: Quality) -> bytes:
    import imagecodecs

    small = rgb.shape[0] * rgb.shape[1] <= _SMALL
    subsampling = "444" if small else "420"
    return _bytes(imagecodecs.jpeg8_encode(rgb, level=int(quality), subsampling=subsampling))


def _png(rgb: RGB, quality: Quality) -> bytes:
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


def _webp(rgb: RGB, quality: Quality) -> bytes:
    import imagecodecs

    # The library's own effort costs four times as much for a tenth of the bytes.
    if quality == LOSSLESS:
        return _bytes(imagecodecs.webp_encode(rgb, level=0, lossless=True, method=0))
    return _bytes(imagecodecs.webp_encode(rgb, level=quality, lossless=False, method=0))


def _avif(rgb: RGB, quality: Quality) -> bytes:
    import imagecodecs

    # 512 by 512 of fluorescence: 12 ms and two thirds of the bytes of WebP, which takes 7 ms. The
    # library's own effort takes 70 ms and more. Its highest level keeps every pixel.
    if quality == LOSSLESS:
        return _bytes(imagecodecs.avif_encode(rgb, level=100, speed=10, numthreads=1))
    layouts = imagecodecs.AVIF.PIXEL_FORMAT
    fine = quality >= 90 or rgb.shape[0] * rgb.shape[1] <= _SMALL
    return _bytes(
        imagecodecs.avif_encode(
            rgb,
            level=min(quality, 99),
            speed=10,
            pixelformat=layouts.YUV444 if fine else layouts.YUV420,
            numthreads=1,
        )
    )


def _bytes(encoded: Any) -> bytes:
    """The codec gives bytes or, by its types, another buffer."""
    return encoded if isinstance(encoded, bytes) else bytes(encoded)


_ENCODERS: dict[str, Callable[[RGB, Quality], bytes]] = {
    "jpg": _jpeg,
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "avif": _avif,
}
