"""Rendered pictures stay what they were, pixel for pixel.

`python -m tests.render.test_golden` writes the pictures anew, after a change that is meant.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from render.composite import composite
from render.encode import encode
from render.settings import ChannelSettings, RenderSettings, Window

GOLDEN = Path(__file__).parents[1] / "golden"
COLORS = [(255, 0, 0, 255), (0, 255, 0, 255), (77, 141, 255, 255)]


def cells(dtype: str = "u2", peak: float = 4000) -> NDArray[Any]:
    """Three channels of round spots on a slope, made of whole numbers only: the same anywhere."""
    y, x = np.mgrid[:96, :128]
    planes = []
    for channel in range(3):
        plane = 40 + x + 2 * y
        for spot in range(12):
            cy, cx = 17 * spot * (channel + 2) % 96, 29 * spot * (channel + 3) % 128
            radius = 6 + 5 * (spot % 3)
            distance = (y - cy) ** 2 + (x - cx) ** 2
            plane = plane + 3600 * np.maximum(radius**2 - distance, 0) // radius**2
        planes.append(np.minimum(plane, 4000) * peak / 4000)
    return np.stack(planes).astype(dtype)


BASE = RenderSettings(tuple(ChannelSettings(Window(100, 3600), color=color) for color in COLORS))


def changed(**change: Any) -> RenderSettings:
    return RenderSettings(tuple(replace(channel, **change) for channel in BASE.channels))


SCENES: dict[str, tuple[NDArray[Any], RenderSettings]] = {
    "colour": (cells(), BASE),
    "grey": (cells()[:1], replace(BASE, model="greyscale")),
    "inverted": (cells(), changed(inverted=True)),
    "viridis": (cells()[:1], RenderSettings((replace(BASE.channels[0], lut="viridis"),))),
    "polynomial": (cells(), changed(family="polynomial", coefficient=0.5)),
    "logarithmic": (cells(), changed(family="logarithmic")),
    "dimmed": (cells(), changed(color=(255, 200, 100, 90))),
    "float": (cells("f4", 1.0), changed(window=Window(0.025, 0.9))),
    "narrow": (cells(), changed(window=Window(1000.5, 1004.25))),
}


@pytest.mark.parametrize("name", SCENES)
def test_the_picture_is_the_one_on_record(name: str) -> None:
    got = composite(*SCENES[name])

    np.testing.assert_array_equal(got, np.asarray(Image.open(GOLDEN / f"{name}.png")))


def test_every_record_is_of_a_scene() -> None:
    assert {path.stem for path in GOLDEN.glob("*.png")} == set(SCENES)


if __name__ == "__main__":
    for name, scene in SCENES.items():
        (GOLDEN / f"{name}.png").write_bytes(encode(composite(*scene), "png"))
