import numpy as np
import pytest

from render.captions import CORNERS, captioned, scale_bar
from render.errors import SettingsError


def test_a_bar_is_one_two_or_five_times_a_power_of_ten_and_never_over_a_quarter() -> None:
    for pixel in np.geomspace(1e-4, 1e4, 300):
        bar = scale_bar(float(pixel), 1000)
        assert bar is not None
        assert f"{bar.micrometres:e}"[0] in "125"
        assert 95 <= bar.pixels <= 250
        assert bar.pixels == pytest.approx(bar.micrometres / pixel, abs=0.51)


def test_no_bar_fits_where_pixels_have_no_size_or_are_few() -> None:
    assert scale_bar(0.0, 1000) is None
    assert scale_bar(float("nan"), 1000) is None
    assert scale_bar(0.25, 20) is None


@pytest.mark.parametrize("background", [0, 60, 200, 255])
def test_text_stands_out_from_any_background(background: int) -> None:
    plain = np.full((400, 600, 3), background, np.uint8)

    written = captioned(plain, bar=scale_bar(0.1, 600), text="3 µM, ζ and é")

    assert plain.min() == plain.max() == background
    ink = written[(written != background).any(axis=2)].astype(int)
    assert np.abs(ink - background).max() >= 128


def test_nothing_is_drawn_outside_the_corner_and_nothing_breaks_on_tiny_pictures() -> None:
    for corner in CORNERS:
        for size in ((1, 1), (3, 200), (200, 3), (40, 40)):
            rgb = np.zeros((*size, 3), np.uint8)
            assert captioned(rgb, text="a long text", text_corner=corner).shape == rgb.shape


def test_bar_and_text_cannot_be_in_one_corner() -> None:
    with pytest.raises(SettingsError, match="both"):
        captioned(
            np.zeros((99, 99, 3), np.uint8),
            bar=scale_bar(1, 99),
            text="x",
            text_corner="bottom-right",
        )
