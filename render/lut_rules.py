"""Lookup tables that follow from a rule, and the colours of each."""

import colorsys
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from render.arrays import Lut

_LEVELS = np.arange(256)
_BLACK, _WHITE = (0, 0, 0), (1, 1, 1)
_RED, _GREEN, _BLUE = (1, 0, 0), (0, 1, 0), (0, 0, 1)
_CYAN, _MAGENTA, _YELLOW, _ORANGE = (0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 0.5, 0)
_SIXTEEN = (
    *(_BLACK, (0, 0, 0.67), (0, 0, 0.88), (0, 0.43, 1), (0, 0.67, 1), (0, 0.88, 1)),
    *(_GREEN, (0.75, 1, 0), _YELLOW, (1, 0.88, 0), (1, 0.55, 0), (1, 0.37, 0)),
    *((0.96, 0, 0), (0.96, 0, 0.73), (0.87, 0.71, 0.87), _WHITE),
)

type Rule = Callable[[], Lut]
"""Makes a table anew, shape (256, 3), uint8."""


def through(*corners: Sequence[float]) -> Lut:
    """Return straight lines through colours at equal distances; components 0 to 1."""
    places = np.linspace(0, 255, len(corners))
    parts = np.array(corners).T * 255
    return np.stack(
        [np.floor(np.interp(_LEVELS, places, part) + 0.5) for part in parts], axis=1
    ).astype(np.uint8)


def _stack(red: NDArray[np.int_], green: NDArray[np.int_], blue: NDArray[np.int_]) -> Lut:
    return np.stack([red, green, blue], axis=1).clip(0, 255).astype(np.uint8)


def _grays() -> Lut:
    return _stack(_LEVELS, _LEVELS, _LEVELS)


def _hilo() -> Lut:
    table = _grays()
    table[0] = 0, 0, 255
    table[255] = 255, 0, 0
    return table


def _three_three_two() -> Lut:
    return _stack(_LEVELS & 0xE0, (_LEVELS << 3) & 0xE0, (_LEVELS << 6) & 0xC0)


def _red_green() -> Lut:
    lower = _LEVELS < 128
    ramp = 2 * (_LEVELS % 128)
    return _stack(ramp * lower, ramp * ~lower, 0 * _LEVELS)


def _spectrum() -> Lut:
    hues = [colorsys.hsv_to_rgb(level / 255, 1, 1) for level in range(256)]
    return np.floor(np.array(hues) * 255 + 0.5).astype(np.uint8)


def _sixteen() -> Lut:
    colors = np.floor(np.array(_SIXTEEN) * 255 + 0.5).astype(np.uint8)
    return np.repeat(colors, 16, axis=0)


def _repeated(low: float, *colors: Sequence[float]) -> Lut:
    """Each colour in turn over an equal part of the levels, from a share of it to all of it."""
    parts = np.array_split(_LEVELS, len(colors))
    ramps = [np.linspace(low, 1, len(part))[:, np.newaxis] for part in parts]
    scaled = [ramp * color for ramp, color in zip(ramps, np.array(colors), strict=True)]
    return np.floor(np.concatenate(scaled) * 255 + 0.5).astype(np.uint8)


def _lines(*corners: Sequence[float]) -> Rule:
    return lambda: through(*corners)


RULES: dict[str, tuple[Rule, str]] = {
    "3-3-2_rgb": (_three_three_two, "three bits of red, three of green, two of blue"),
    "grays": (_grays, "black to white"),
    "hilo": (_hilo, "grey, with the darkest level in blue and the brightest in red"),
    "red-green": (_red_green, "black to red in the lower half, black to green in the upper"),
    "spectrum": (_spectrum, "all hues at full saturation, from red round to red"),
    "16_colors": (
        _sixteen,
        "sixteen equal steps: black, blue, cyan, green, yellow, red, magenta, white and between",
    ),
    "5_ramps": (
        lambda: _repeated(0, _RED, _GREEN, _BLUE, _YELLOW, _WHITE),
        "five ramps from black: to red, green, blue, yellow, white",
    ),
    "6_shades": (
        lambda: _repeated(0.25, _RED, _YELLOW, _GREEN, _CYAN, _BLUE, _MAGENTA),
        "six colours round the wheel from red, each from a quarter to full brightness",
    ),
    "brgbcmyw": (
        _lines(_BLACK, _RED, _GREEN, _BLUE, _CYAN, _MAGENTA, _YELLOW, _WHITE),
        "lines through black, red, green, blue, cyan, magenta, yellow, white",
    ),
    "cyan_hot": (_lines(_BLACK, _CYAN, _WHITE), "lines through black, cyan, white"),
    "glow": (
        _lines(_BLACK, _RED, _ORANGE, _YELLOW, _WHITE),
        "lines through black, red, orange, yellow, white",
    ),
    "magenta_hot": (_lines(_BLACK, _MAGENTA, _WHITE), "lines through black, magenta, white"),
    "orange_hot": (_lines(_BLACK, _ORANGE, _WHITE), "lines through black, orange, white"),
    "rainbow_rgb": (
        _lines(_BLUE, _CYAN, _GREEN, _YELLOW, _RED),
        "lines through blue, cyan, green, yellow, red",
    ),
    "red_hot": (_lines(_BLACK, _RED, _YELLOW, _WHITE), "lines through black, red, yellow, white"),
    "yellow_hot": (_lines(_BLACK, _YELLOW, _WHITE), "lines through black, yellow, white"),
}
"""By name: what makes the table, and its rule in words.

The first five are those of ImageJ's code, which is in the public domain; the others give what the
name says, and may differ by some levels from the files that carry the same name elsewhere.
"""
