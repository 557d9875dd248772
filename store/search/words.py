"""Text → the words that the databases' indexes know it by."""

import re
import unicodedata
from functools import lru_cache

_LATIN_MARKS = re.compile("([A-Za-z])[\u0300-\u036f]+")
_OTHER_FORMS = str.maketrans({"\u00b5": "\u03bc", "\u03c2": "\u03c3"})


def words(text: str) -> tuple[str, ...]:
    """Cut a text into words: runs of letters and digits, without case and accents.

    Accents are dropped from Latin letters only, as SQLite's tokenizer does.

    >>> words("HeLa-cell_01.tif, Zürich")
    ('hela', 'cell', '01', 'tif', 'zurich')
    """
    if text.isascii():
        plain = text.lower()
    else:
        apart = _LATIN_MARKS.sub(r"\1", unicodedata.normalize("NFD", text))
        plain = unicodedata.normalize("NFC", apart).lower().translate(_OTHER_FORMS)
    return tuple("".join(character if _inside(character) else " " for character in plain).split())


@lru_cache(maxsize=4096)
def _inside(character: str) -> bool:
    """Whether a character is part of a word; marks go with the letters before them."""
    category = unicodedata.category(character)
    return category[0] in "LNM" or category == "Co"
