"""Names of things, and the key by which people expect them sorted."""

import re
import unicodedata
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, validates

NAME_LENGTH = 1024
SORT_LENGTH = 200
"""Characters of a sort key that are kept; what is longer is sorted by identity within them."""
_NUMBER = re.compile(r"\d+", re.ASCII)
_PIECES = re.compile(r"[0-9]+|[^0-9]+")
_DIGITS = 12

# The same order on every database, whatever the language of its server: by code point.
_SORTED = sa.String(SORT_LENGTH).with_variant(sa.String(SORT_LENGTH, collation="C"), "postgresql")


def sort_key(name: str) -> str:
    """Return what a name is sorted by: numbers by value, without case and accents.

    >>> sorted(["field 10", "Field 9", "éclair", "Eclipse"], key=sort_key)
    ['éclair', 'Eclipse', 'Field 9', 'field 10']
    """
    padded = _NUMBER.sub(lambda found: found[0].lstrip("0").rjust(_DIGITS, "0"), _letters(name))
    return padded[:SORT_LENGTH]


def pieces_in_sort_key(text: str) -> list[str]:
    """Return what the sort key of every name with a text in it contains, in this order.

    As far as the key is kept: see `SORT_LENGTH`.

    >>> pieces_in_sort_key("Plate 007 w")
    ['plate ', '7', ' w']
    """
    if any(unicodedata.combining(char) for char in text):
        return []  # which may be sorted among marks of the name around the text
    found = (
        piece.lstrip("0") if piece[0] in "0123456789" else piece
        for piece in _PIECES.findall(_letters(text))
    )
    return [piece for piece in found if piece]


def _letters(text: str) -> str:
    """Leave case and accents out of a text."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char))


def _sort_key_of(context: Any) -> str:
    return sort_key(context.get_current_parameters()["name"])


class Named:
    """A name and its sort key, which follows it in every way of writing."""

    name: Mapped[str] = mapped_column(sa.String(NAME_LENGTH))

    sort_name: Mapped[str] = mapped_column(_SORTED, default=_sort_key_of)
    """What the name is sorted by; see `sort_key`."""

    @validates("name")
    def _follow(self, _key: str, name: str) -> str:
        self.sort_name = sort_key(name)
        return name
