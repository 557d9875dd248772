"""Known answers: samples and settings whose picture OMERO's rules determine.

Where the formula here deviates on purpose (docs/decisions/0007-quantization.md) the tolerance
is said beside the case.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from render.composite import composite
from render.defaults import ChannelFacts, default_settings
from render.projection import Kind, Projection, project
from render.settings import ChannelSettings, Color, RenderSettings, Window

WHITE: Color = (255, 255, 255, 255)
RED: Color = (255, 0, 0, 255)
GREEN: Color = (0, 255, 0, 255)
BLUE: Color = (0, 0, 255, 255)
BYTE = Window(0, 255)


def grey(samples: Any, dtype: str, window: Window, **settings: Any) -> list[int]:
    """Levels of samples through a white channel."""
    channel = ChannelSettings(window, **settings)
    shown = composite(np.array([[samples]], dtype), RenderSettings((channel,)))
    return [int(level) for level in shown[0, :, 0]]


def pixel(*channels: tuple[int, ChannelSettings], **model: Any) -> tuple[int, ...]:
    """Colour of one pixel of channels with the given samples."""
    settings = RenderSettings(tuple(channel for _, channel in channels), **model)
    planes = [np.full((1, 1), channels[i][0], np.uint8) for i in settings.active_channels]
    return tuple(int(part) for part in composite(planes, settings)[0, 0])


def projection(kind: Kind, samples: list[int], dtype: str = "i2", quirks: bool = False) -> float:
    """Projection of one place, over all planes."""
    stack: NDArray[Any] = np.array(samples, dtype).reshape(-1, 1, 1)
    planes = Projection(kind, 0, len(samples) - 1).planes(quirks=quirks)
    return float(project([stack[z] for z in planes], kind, quirks=quirks)[0, 0])


def defaults(
    pixel_type: str, count: int, *ranges: tuple[float, float], rgb: bool = False
) -> dict[str, Any]:
    """What the default settings of an image say, as far as the cases ask."""
    facts = [ChannelFacts(global_min=low, global_max=high) for low, high in ranges]
    settings = default_settings(pixel_type, count, None, rgb, facts)
    return {
        "model": settings.model,
        "colors": [channel.color for channel in settings.channels],
        "windows": [(channel.window.start, channel.window.end) for channel in settings.channels],
        "active": [index for index, channel in enumerate(settings.channels) if channel.active],
    }


def color(color: Color, window: Window = BYTE, **settings: Any) -> ChannelSettings:
    """A channel of that colour."""
    return ChannelSettings(window, color=color, **settings)


ROWS: dict[str, tuple[Callable[[], Any], Any]] = {
    "bytes in a full window stay themselves": (
        lambda: grey(range(256), "u1", BYTE),
        list(range(256)),
    ),
    "16 bits in a window: halves upwards, ends clamped": (
        lambda: grey([100, 600, 1100, 99, 60000], "u2", Window(100, 1100)),
        [0, 128, 255, 0, 255],
    ),
    "polynomial of coefficient 2": (
        lambda: grey([128], "u1", BYTE, family="polynomial", coefficient=2),
        [64],
    ),
    "logarithmic": (
        lambda: grey([0, 1, 16, 255], "u1", BYTE, family="logarithmic"),
        [0, 0, 128, 255],
    ),
    # OMERO takes 127 from the bin below; one formula for all types gives at most one more.
    "the middle of a window of reals": (
        lambda: (grey([0.5], "f4", Window(0, 1)), grey([0.5], "f8", Window(0, 1))),
        ([128], [pytest.approx(127, abs=1)]),
    ),
    "inverted": (
        lambda: grey(range(256), "u1", BYTE, inverted=True),
        [255 - level for level in range(256)],
    ),
    "red and green add up to yellow": (
        lambda: pixel((200, color(RED)), (200, color(GREEN))),
        (200, 200, 0),
    ),
    "two white channels are clamped": (
        lambda: pixel((200, color(WHITE)), (200, color(WHITE))),
        (255, 255, 255),
    ),
    "alpha dims a channel": (
        lambda: pixel((255, color((255, 0, 0, 128))), (255, color(BLUE))),
        (128, 0, 255),
    ),
    "the grey model shows the first active channel without its colours": (
        lambda: pixel(
            (10, color(RED, active=False)),
            (77, color(RED, lut="fire")),
            model="greyscale",
        ),
        (77, 77, 77),
    ),
    "maximum of signed integers; never below 0 with quirks": (
        lambda: (
            projection("max", [3, -5, 1]),
            projection("max", [-3, -5, -1]),
            projection("max", [-3, -5, -1], quirks=True),
        ),
        (3, -1, 0),
    ),
    "mean; without the last plane, and truncated in integers, with quirks": (
        lambda: (
            projection("mean", [3, 6, 90]),
            projection("mean", [3, 6, 90], "f4"),
            projection("mean", [3, 6, 90], quirks=True),
            projection("mean", [3, 6, 90], "f4", quirks=True),
        ),
        (33, 33, 4, 4.5),
    ),
    "a photograph of three channels": (
        lambda: defaults("uint8", 3, (3, 90), (4, 91), (5, 92), rgb=True),
        {
            "model": "rgb",
            "colors": [RED, GREEN, BLUE],
            "windows": [(0, 255)] * 3,
            "active": [0, 1, 2],
        },
    ),
    "three channels of bytes in an OME-TIFF": (
        lambda: defaults("uint8", 3, (3, 90), (4, 91), (5, 92)),
        {
            "model": "rgb",
            "colors": [RED, GREEN, BLUE],
            "windows": [(3, 90), (4, 91), (5, 92)],
            "active": [0, 1, 2],
        },
    ),
    "one channel of 16 bits with a measured range": (
        lambda: defaults("uint16", 1, (10, 4000)),
        {
            "model": "greyscale",
            "colors": [(128, 128, 128, 255)],
            "windows": [(10, 4000)],
            "active": [0],
        },
    ),
    "nine channels": (
        lambda: {key: defaults("uint16", 9)[key] for key in ("model", "active")},
        {"model": "greyscale", "active": [0, 1, 2]},
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_known_samples_have_their_known_answer(row: str) -> None:
    given, expected = ROWS[row]

    got = given()

    assert got == expected
