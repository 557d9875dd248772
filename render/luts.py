"""Lookup tables by name: the colour of each of the 256 levels."""

import colorsys
import difflib
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from render.arrays import Lut
from render.errors import UnknownLutError

_LONGEST = 64
_LEVELS = np.arange(256)
# Names under which the colormap library `cmap` keeps the tables (BSD-3 or freer; the library
# names the source and licence of each).
_CATALOGUED = {
    "cividis": "cividis:cividis",
    "fire": "imagej:fire",
    "glasbey": "glasbey:glasbey",
    "green_fire_blue": "imagej:GreenFireBlue",
    "ice": "imagej:ice",
    "inferno": "bids:inferno",
    "magma": "bids:magma",
    "mako": "seaborn:mako",
    "plasma": "bids:plasma",
    "rocket": "seaborn:rocket",
    "turbo": "google:turbo",
    "viridis": "bids:viridis",
}


def lut(name: str) -> Lut:
    """Return a lookup table, shape (256, 3), uint8, read-only.

    Args:
        name: One of `names()`, or a colormap of the `cmap` catalogue with its family, such
            as `cmocean:thermal`. Folder, case and a suffix `.lut` do not count.

    Raises:
        UnknownLutError: No such table; the remedy names similar ones.
    """
    return _table(resolve(name))


def names() -> list[str]:
    """Return the names of the lookup tables on offer, sorted."""
    return sorted([*_CATALOGUED, *_RULES])


@lru_cache(maxsize=1024)
def resolve(name: str) -> str:
    """Return the one spelling of a lookup table's name, without reading the table.

    Raises:
        UnknownLutError: No such table; the remedy names similar ones.
    """
    if len(name) > _LONGEST:
        raise UnknownLutError(f"No lookup table {name[:_LONGEST]!r}…", "Names are shorter.")
    plain = name.strip().rpartition("/")[2].lower().removesuffix(".lut")
    if plain in _RULES or plain in _CATALOGUED:
        return plain
    catalogue = _catalogue() if ":" in plain else {}
    if plain in catalogue:
        return catalogue[plain]
    near = difflib.get_close_matches(plain, [*names(), *catalogue], n=3)
    hint = f"Similar: {', '.join(near)}." if near else f"On offer: {', '.join(names())}."
    raise UnknownLutError(f"No lookup table {name!r}.", hint)


@lru_cache(maxsize=256)
def _table(name: str) -> Lut:
    table = _RULES[name]() if name in _RULES else _from_catalogue(_CATALOGUED.get(name, name))
    table.setflags(write=False)
    return table


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, str]:
    """Spellings in small letters and as the catalogue has them, of names with a family."""
    from cmap import Catalog

    return {name.lower(): name for name in Catalog() if ":" in name}


def _from_catalogue(name: str) -> Lut:
    from cmap import Colormap

    colors = Colormap(name).lut(256)[:, :3]
    return np.floor(colors * 255 + 0.5).astype(np.uint8)


def _stack(red: NDArray[np.int_], green: NDArray[np.int_], blue: NDArray[np.int_]) -> Lut:
    return np.stack([red, green, blue], axis=1).clip(0, 255).astype(np.uint8)


def _grays() -> Lut:
    return _stack(_LEVELS, _LEVELS, _LEVELS)


def _hilo() -> Lut:
    """Grey, with the darkest level in blue and the brightest in red."""
    table = _grays()
    table[0] = 0, 0, 255
    table[255] = 255, 0, 0
    return table


def _glasbey_inverted() -> Lut:
    """The distinct colours of `glasbey` on black instead of white."""
    table = _from_catalogue(_CATALOGUED["glasbey"])
    table[0] = 0
    return table


def _three_three_two() -> Lut:
    """Three bits of red, three of green, two of blue."""
    return _stack(_LEVELS & 0xE0, (_LEVELS << 3) & 0xE0, (_LEVELS << 6) & 0xC0)


def _red_green() -> Lut:
    """Black to red in the lower half, black to green in the upper."""
    lower = _LEVELS < 128
    ramp = 2 * (_LEVELS % 128)
    return _stack(ramp * lower, ramp * ~lower, 0 * _LEVELS)


def _spectrum() -> Lut:
    """All hues at full saturation, from red round to red."""
    hues = [colorsys.hsv_to_rgb(level / 255, 1, 1) for level in range(256)]
    return np.floor(np.array(hues) * 255 + 0.5).astype(np.uint8)


def _brgbcmyw() -> Lut:
    """Black, red, green, blue, cyan, magenta, yellow, white, and straight lines between."""
    corners = [0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 0], [1, 1, 1]
    return _through(*corners)


def _through(*corners: Sequence[float]) -> Lut:
    """Straight lines through colours at equal distances; components 0 to 1."""
    places = np.linspace(0, 255, len(corners))
    parts = np.array(corners).T * 255
    return np.stack(
        [np.floor(np.interp(_LEVELS, places, part) + 0.5) for part in parts], axis=1
    ).astype(np.uint8)


def _hot(red: float, green: float, blue: float) -> Callable[[], Lut]:
    """Black, through a colour at the middle, to white."""
    return lambda: _through([0, 0, 0], [red, green, blue], [1, 1, 1])


def _red_hot() -> Lut:
    """Black, red, yellow, white."""
    return _through([0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1])


_RULES: dict[str, Callable[[], Lut]] = {
    "3-3-2_rgb": _three_three_two,
    "brgbcmyw": _brgbcmyw,
    "cyan_hot": _hot(0, 1, 1),
    "glasbey_inverted": _glasbey_inverted,
    "grays": _grays,
    "hilo": _hilo,
    "magenta_hot": _hot(1, 0, 1),
    "orange_hot": _hot(1, 0.5, 0),
    "red-green": _red_green,
    "red_hot": _red_hot,
    "spectrum": _spectrum,
    "yellow_hot": _hot(1, 1, 0),
}
