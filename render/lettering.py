"""The letters of printed pages: one font that every page carries, and what it lacks spelled out."""

import unicodedata
from functools import cache
from pathlib import Path

from render.page import Words

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "κ": "kappa",
    "λ": "lambda", "μ": "µ", "σ": "sigma", "τ": "tau", "Δ": "Delta", "Ω": "Ohm",
}  # fmt: skip
"""How letters are spelled that biologists use and the font lacks."""
FAMILY = "'Bitstream Vera Sans', 'DejaVu Sans', Verdana, sans-serif"
"""The font where the reader's machine chooses, and those of nearly the same widths."""
ASCENT = 0.93
"""Height of capitals with accents above the baseline, as a part of the size."""
CAPITAL = 0.73
"""Height of capitals."""
DESCENT = 0.24
"""Depth below the baseline."""


@cache
def font_file() -> Path:
    """Return the file of Bitstream Vera Sans, which comes with reportlab."""
    import reportlab

    return Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"


@cache
def _known() -> frozenset[int]:
    from reportlab.pdfbase.ttfonts import TTFontFile

    return frozenset(TTFontFile(str(font_file())).charToGlyph)


def spelled(text: str) -> str:
    """Return a text in letters that the font has, as one line.

    >>> spelled("β-tubulin, 5 µm é")
    'beta-tubulin, 5 µm é'
    """
    known = _known()
    letters = []
    for letter in " ".join(text.split()):
        if ord(letter) in known:
            letters.append(letter)
        else:
            bare = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
            letters.append(GREEK.get(letter) or bare or "?")
    return "".join(letters)


def offset_of(words: Words, width: float) -> float:
    """Return how far before its place a text of a width begins."""
    return {"start": 0.0, "middle": width / 2, "end": width}[words.anchor]
