"""A page as PDF: pictures without loss, lines and words as such, the font inside."""

import io
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from render.lettering import font_file, offset_of, spelled
from render.page import Mark, Page, Path, Picture, Words

_FONT = "MicrographVera"


def write_pdf(page: Page, path: FilePath) -> None:
    """Write a page to a file.

    Compressed pictures stay in memory until the end; uncompressed ones one at a time.

    Raises:
        OSError: It cannot be written.
    """
    from reportlab.pdfgen.canvas import Canvas

    _register()
    pen = Canvas(str(path), pagesize=(page.width, page.height), pageCompression=1)
    pen.setTitle(page.title)
    pen.setCreator(page.creator)
    pen.setFillColor(_color(page.background))
    pen.rect(0, 0, page.width, page.height, stroke=0, fill=1)
    for mark in page.marks:
        _draw(pen, mark, page.height)
    pen.showPage()
    pen.save()


@cache
def _register() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont(_FONT, str(font_file())))


def _draw(pen: Any, mark: Mark, height: float) -> None:
    match mark:
        case Picture():
            _picture(pen, mark, height)
        case Path():
            _path(pen, mark, height)
        case Words():
            _words(pen, mark, height)


def _picture(pen: Any, mark: Picture, height: float) -> None:
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    # A file and not the array: the library takes pictures apart only where it has the bytes.
    file = io.BytesIO()
    Image.fromarray(mark.pixels()).save(file, "PNG", compress_level=1)
    bottom = height - mark.y - mark.height
    pen.drawImage(ImageReader(file), mark.x, bottom, mark.width, mark.height)


def _path(pen: Any, mark: Path, height: float) -> None:
    line = pen.beginPath()
    (x, y), *others = mark.points
    line.moveTo(x, height - y)
    for x, y in others:
        line.lineTo(x, height - y)
    if mark.closed or mark.filled:
        line.close()
    pen.setStrokeColor(_color(mark.color))
    pen.setFillColor(_color(mark.color))
    pen.setLineWidth(mark.width)
    pen.drawPath(line, stroke=int(not mark.filled), fill=int(mark.filled))


def _words(pen: Any, mark: Words, height: float) -> None:
    text = spelled(mark.text)
    pen.setFillColor(_color(mark.color))
    pen.setFont(_FONT, mark.size)
    before = offset_of(mark, pen.stringWidth(text, _FONT, mark.size))
    pen.saveState()
    pen.translate(mark.x, height - mark.y)
    if mark.upwards:
        pen.rotate(90)
    pen.drawString(-before, 0, text)
    pen.restoreState()


def _color(text: str) -> Any:
    from reportlab.lib.colors import HexColor

    return HexColor(f"#{text}")
