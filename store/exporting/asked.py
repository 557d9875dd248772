"""Texts that say what of an image is wanted: rectangles, and numbers counted from 1."""

import re
from collections.abc import Mapping

from store.errors import InvalidInputError
from store.exporting.cut import Wanted
from store.pixels.source import Region

_SPAN = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")
_REGION = re.compile(r"([0-9]{1,9}),([0-9]{1,9}),([0-9]{1,9}),([0-9]{1,9})")
_CHANNELS = re.compile(r"[0-9]{1,4}(?:,[0-9]{1,4})*")


def wanted_of(said: Mapping[str, str | None]) -> Wanted:
    """Return what of an image is wanted.

    Args:
        said: Texts by name, none where nothing is said: `region` as x,y,width,height in pixels of
            the level; `level` from 0; `z` and `t` as one number or two such as 4-18, both
            included, and `c` as numbers with commas between, all counted from 1.

    Raises:
        InvalidInputError: One of them is something else; quotes it.

    >>> wanted_of({"z": "4-18", "c": "3,1"})
    Wanted(region=None, level=0, z=range(3, 18), t=None, channels=(2, 0))
    """
    level = said.get("level")
    if level is not None and not re.fullmatch("[0-9]{1,2}", level):
        raise InvalidInputError(f"level={level[:32]!r} is no level.", "Level 0 is full resolution.")
    return Wanted(
        region=_region(said.get("region")),
        level=int(level or 0),
        z=_span("z", said.get("z")),
        t=_span("t", said.get("t")),
        channels=_channels(said.get("c")),
    )


def _region(text: str | None) -> Region | None:
    if text is None:
        return None
    match = _REGION.fullmatch(text)
    if match is None:
        raise InvalidInputError(
            f"region={text[:64]!r} is no rectangle.", "Write x,y,width,height in pixels."
        )
    return Region(*map(int, match.groups()))


def _span(name: str, text: str | None) -> range | None:
    if text is None:
        return None
    match = _SPAN.fullmatch(text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last:
        raise InvalidInputError(
            f"{name}={text[:32]!r} is no number or range.",
            "Write 3, or 4-18 with both included; the first one is 1.",
        )
    return range(first - 1, last)


def _channels(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    if not _CHANNELS.fullmatch(text) or "0" in text.split(","):
        raise InvalidInputError(
            f"c={text[:64]!r} is no list of channels.", "Give numbers from 1, such as 1,3."
        )
    return tuple(int(number) - 1 for number in text.split(","))
