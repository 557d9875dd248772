"""A page as SVG: pictures as PNG inside, lines and words as such."""

import base64
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from render.encode import encode
from render.lettering import FAMILY
from render.page import INCH, Mark, Page, Path, Picture, Words

_MM = 25.4 / INCH
_LINE = 57 * 1024
"""Bytes of a picture that are written at once; a multiple of three."""


def svg_of(page: Page) -> Iterator[bytes]:
    """Yield a page piece by piece, one picture in memory at a time."""
    width, height = _number(page.width), _number(page.height)
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{_number(page.width * _MM)}mm" height="{_number(page.height * _MM)}mm" '
        f'viewBox="0 0 {width} {height}">\n'
        f"<title>{escape(_printable(page.title))}</title>\n"
        f'<rect width="{width}" height="{height}" fill="#{page.background}"/>\n'
    ).encode()
    for mark in page.marks:
        yield from _mark(mark)
    yield b"</svg>\n"


def _mark(mark: Mark) -> Iterator[bytes]:
    match mark:
        case Picture():
            yield from _picture(mark)
        case Path():
            yield _path(mark)
        case Words():
            yield _words(mark)


def _picture(mark: Picture) -> Iterator[bytes]:
    yield (
        f'<image x="{_number(mark.x)}" y="{_number(mark.y)}" width="{_number(mark.width)}" '
        f'height="{_number(mark.height)}" preserveAspectRatio="none" '
        'style="image-rendering:pixelated" xlink:href="data:image/png;base64,'
    ).encode()
    png = encode(mark.pixels(), "png")
    for start in range(0, len(png), _LINE):
        yield base64.b64encode(png[start : start + _LINE])
    yield b'"/>\n'


def _path(mark: Path) -> bytes:
    points = " ".join(f"{_number(x)},{_number(y)}" for x, y in mark.points)
    tag = "polygon" if mark.closed or mark.filled else "polyline"
    look = (
        f'fill="#{mark.color}"'
        if mark.filled
        else f'fill="none" stroke="#{mark.color}" stroke-width="{_number(mark.width)}"'
    )
    return f'<{tag} points="{points}" {look}/>\n'.encode()


def _words(mark: Words) -> bytes:
    x, y = _number(mark.x), _number(mark.y)
    turn = f' transform="rotate(-90 {x} {y})"' if mark.upwards else ""
    family = quoteattr(FAMILY)
    return (
        f'<text x="{x}" y="{y}" font-size="{_number(mark.size)}" font-family={family} '
        f'fill="#{mark.color}" text-anchor="{mark.anchor}"{turn}>'
        f"{escape(_printable(mark.text))}</text>\n"
    ).encode()


def _printable(text: str) -> str:
    """Leave out what XML cannot carry."""
    return "".join(letter if letter >= " " else " " for letter in text if letter.isprintable())


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")
