"""Scale bars and short texts in the corners of a picture, in black or white as it needs."""

import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from render.arrays import RGB
from render.errors import SettingsError

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

type Corner = Literal["bottom-right", "bottom-left", "top-right", "top-left"]

CORNERS: tuple[Corner, ...] = get_args(Corner.__value__)
LONGEST_TEXT = 200
_MICRO = "µ"
_SHARE = 0.25
"""Most of the width that a scale bar takes."""
_STEPS = (5, 2, 1)
_SMALLEST, _LARGEST = 11, 96
_LUMA = np.array([0.299, 0.587, 0.114])
"""Of red, green and blue; ITU-R BT.601."""


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A bar of a round length, with the length beside it."""

    micrometres: float
    """What it stands for."""
    pixels: int
    """How long it is."""

    @property
    def label(self) -> str:
        """The length with the unit that makes it shortest.

        >>> ScaleBar(0.2, 50).label, ScaleBar(50, 50).label, ScaleBar(2000, 50).label
        ('200 nm', '50 µm', '2 mm')
        """
        value, unit = self.micrometres, "µm"
        if value < 1:
            value, unit = value * 1_000, "nm"
        elif value >= 1_000:
            value, unit = value / 1_000, "mm"
        return f"{value:g} {unit}"


def scale_bar(micrometres_per_pixel: float, width: int) -> ScaleBar | None:
    """Return a bar of one, two or five times a power of ten that fits well into a picture.

    Args:
        micrometres_per_pixel: Width of a pixel of the picture.
        width: Of the picture in pixels.

    Returns:
        None where pixels have no size, or the picture has no room for a bar of 8 pixels.

    >>> scale_bar(0.25, 1000)
    ScaleBar(micrometres=50.0, pixels=200)
    """
    if not 1e-9 < micrometres_per_pixel < 1e9:
        return None
    longest = micrometres_per_pixel * width * _SHARE
    power = 10.0 ** math.floor(math.log10(longest))
    length = next(power * step for step in _STEPS if power * step <= longest * (1 + 1e-9))
    pixels = round(length / micrometres_per_pixel)
    return ScaleBar(float(f"{length:.6g}"), pixels) if pixels >= 8 else None


def check_corner(text: str) -> Corner:
    """Return the corner of that name.

    Raises:
        SettingsError: There is none.
    """
    for corner in CORNERS:
        if corner == text:
            return corner
    raise SettingsError(f"No corner {text[:32]!r}.", f"Give one of {', '.join(CORNERS)}.")


def captioned(
    rgb: RGB,
    *,
    bar: ScaleBar | None = None,
    bar_corner: Corner = "bottom-right",
    text: str = "",
    text_corner: Corner = "top-left",
) -> RGB:
    """Return a picture with a scale bar and a text.

    Both are white with a black rim where the picture is dark behind them, black with a white rim
    where it is bright. Letters are a fortieth of the picture high, but always legible.

    Args:
        rgb: Shape (Y, X, 3), uint8; not changed.
        bar: The scale bar; None for none.
        bar_corner: Where it is.
        text: A line of text; shortened where it is too long.
        text_corner: Where that is.

    Raises:
        SettingsError: Both are in one corner.
    """
    if bar is not None and text and bar_corner == text_corner:
        raise SettingsError(
            f"The scale bar and the text are both {bar_corner}.", "Give them two corners."
        )
    out = rgb.copy()
    if bar is not None:
        _draw(out, bar_corner, bar.label, bar.pixels)
    if text:
        _draw(out, text_corner, " ".join(text[:LONGEST_TEXT].split()), 0)
    return out


def _draw(out: RGB, corner: Corner, text: str, bar: int) -> None:
    """Draw a text, and a bar below it if it has a length, into a corner of a picture."""
    from PIL import Image, ImageDraw, ImageFont

    height, width = out.shape[:2]
    size = max(_SMALLEST, min(_LARGEST, min(height, width) // 40 + 6))
    margin, rim, thick = size, max(1, size // 12), max(2, size // 4)
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    text = _shortened(_spelled(text, font), font, width - 2 * margin)
    plain = text.replace(_MICRO, "u")
    extent = font.getbbox(plain, stroke_width=rim)
    below = font.getbbox("y", stroke_width=rim)[3] if _MICRO in text else extent[3]
    wide = math.ceil(max(extent[2] - extent[0], bar + 2 * rim))
    high = math.ceil(max(extent[3], below) - extent[1])
    high += thick + size // 4 + 2 * rim if bar else 0
    left = margin if corner.endswith("left") else width - margin - wide
    top = margin if corner.startswith("top") else height - margin - high
    x, y = max(0, left), max(0, top)
    behind = out[y : y + high, x : x + wide]
    if not behind.size:
        return
    bright = float((behind @ _LUMA).mean()) > 127
    ink, paper = ("black", "white") if bright else ("white", "black")
    strip = Image.fromarray(np.ascontiguousarray(behind))
    pen = ImageDraw.Draw(strip)
    at = 0 if corner.endswith("left") and not bar else (wide - (extent[2] - extent[0])) / 2
    _write(pen, (at - extent[0], -extent[1]), text, font, (ink, paper, rim))
    if bar:
        start = (wide - bar) // 2
        box = (start, high - rim - thick, start + bar - 1, high - rim - 1)
        pen.rectangle(
            (box[0] - rim, box[1] - rim, box[2] + rim, box[3] + rim), fill=paper
        )  # fmt: skip
        pen.rectangle(box, fill=ink)
    behind[...] = np.asarray(strip)


def _write(
    pen: "ImageDraw.ImageDraw",
    at: tuple[float, float],
    text: str,
    font: "ImageFont.FreeTypeFont",
    look: tuple[str, str, int],
) -> None:
    """Write a line; µ, which the font lacks, as u with the stem of a p."""
    ink, paper, rim = look
    stems = []
    for index, letter in enumerate(text):
        if letter == _MICRO:
            before = font.getlength(text[:index].replace(_MICRO, "u"))
            left, top, _, bottom = font.getbbox("u")
            left += round(font.size / 20)
            right = left + max(1, round(font.size / 11)) - 1
            x = round(at[0] + before)
            down = bottom + round(font.size / 5)
            stems.append((x + left, at[1] + top, x + right, at[1] + down))
    for left, top, right, bottom in stems:
        pen.rectangle((left - rim, top, right + rim, bottom + rim), fill=paper)
    plain = text.replace(_MICRO, "u")
    pen.text(at, plain, ink, font, stroke_width=rim, stroke_fill=paper)
    for stem in stems:
        pen.rectangle(stem, fill=ink)


def _drawn(font: "ImageFont.FreeTypeFont", letter: str) -> bytes:
    mask: Any = font.getmask(letter)  # its type says nothing of its content
    return bytes(mask)


def _spelled(text: str, font: "ImageFont.FreeTypeFont") -> str:
    """Replace what the font has no letter for: µ stays, é becomes e, all else a question mark."""
    missing = _drawn(font, "\uffff")
    found = []
    for letter in text:
        if letter in "µμ":
            found.append(_MICRO)
        elif letter == " " or _drawn(font, letter) != missing:
            found.append(letter)
        else:
            bare = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
            found.append(bare or "?")
    return "".join(found)


def _shortened(text: str, font: "ImageFont.FreeTypeFont", room: int) -> str:
    """Cut a text until it fits, with dots at its end."""
    if font.getlength(text.replace(_MICRO, "u")) <= room:
        return text
    while len(text) > 1 and font.getlength(f"{text}...".replace(_MICRO, "u")) > room:
        text = text[:-1]
    return f"{text.rstrip()}..."
