"""A page as one picture, for PNG and TIFF."""

from typing import TYPE_CHECKING

import numpy as np

from render.arrays import RGB
from render.lettering import font_file, offset_of, spelled
from render.page import INCH, Mark, Page, Path, Picture, Words, page_pixels

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw


def raster_of(page: Page, dpi: int) -> RGB:
    """Draw a page.

    Args:
        page: What is on it.
        dpi: Dots per inch.

    Returns:
        Shape (Y, X, 3), uint8. Beside it one picture at a time is in memory.

    Raises:
        SettingsError: It has too many pixels.
    """
    from PIL import Image, ImageDraw

    size = page_pixels(page.width, page.height, dpi)
    sheet = Image.new("RGB", size, f"#{page.background}")
    pen = ImageDraw.Draw(sheet)
    for mark in page.marks:
        _draw(sheet, pen, mark, dpi / INCH)
    return np.asarray(sheet)


def _draw(sheet: "Image", pen: "ImageDraw", mark: Mark, scale: float) -> None:
    match mark:
        case Picture():
            _picture(sheet, mark, scale)
        case Path():
            _path(pen, mark, scale)
        case Words():
            _words(sheet, mark, scale)


def _picture(sheet: "Image", mark: Picture, scale: float) -> None:
    from PIL import Image

    from render.downsample import resize_to  # loads numba, which the start does not wait for

    left, top = round(mark.x * scale), round(mark.y * scale)
    # The right edge is where the page has it, so that neighbours neither overlap nor gape.
    width = max(1, round((mark.x + mark.width) * scale) - left)
    height = max(1, round((mark.y + mark.height) * scale) - top)
    pixels = mark.pixels()
    if pixels.shape[:2] != (height, width):
        pixels = resize_to(pixels, width, height)
    sheet.paste(Image.fromarray(pixels), (left, top))


def _path(pen: "ImageDraw", mark: Path, scale: float) -> None:
    points = [(x * scale - 0.5, y * scale - 0.5) for x, y in mark.points]
    if mark.filled:
        pen.polygon(points, fill=f"#{mark.color}")
        return
    closed = [*points, *points[:2]] if mark.closed else points
    pen.line(closed, f"#{mark.color}", max(1, round(mark.width * scale)), joint="curve")


def _words(sheet: "Image", mark: Words, scale: float) -> None:
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(str(font_file()), max(1.0, mark.size * scale))
    text = spelled(mark.text)
    before = offset_of(mark, font.getlength(text))
    x, y = mark.x * scale, mark.y * scale
    if not mark.upwards:
        pen = ImageDraw.Draw(sheet)
        pen.text((x - before, y), text, f"#{mark.color}", font, anchor="ls")
        return
    left, top, right, bottom = font.getbbox(text, anchor="ls")
    size = (max(1, round(right - left) + 2), max(1, round(bottom - top) + 2))
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).text((1 - left, 1 - top), text, 255, font, anchor="ls")
    turned = mask.transpose(Image.Transpose.ROTATE_90)
    corner = (round(x + top - 1), round(y + before - right - 1))
    sheet.paste(Image.new("RGB", turned.size, f"#{mark.color}"), corner, turned)
