"""Image bytes decode to what was encoded."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image

from render.encode import FORMATS, encode, quality_for
from render.errors import SettingsError, UnsupportedFormatError, UnsupportedPixelTypeError

sides = st.integers(1, 70)
colours = st.tuples(sides, sides, st.just(3)).flatmap(lambda shape: hnp.arrays(np.uint8, shape))


def decoded(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def smooth(height: int, width: int) -> NDArray[np.uint8]:
    y, x = np.mgrid[:height, :width]
    return np.stack([200 * y / height, 200 * x / width, 100 + 0 * x], axis=-1).astype(np.uint8)


@given(colours, st.sampled_from(["png", "webp", "avif"]))
def test_lossless_images_keep_every_pixel(rgb: NDArray[np.uint8], name: str) -> None:
    np.testing.assert_array_equal(decoded(encode(rgb, name, "lossless")), rgb)


@pytest.mark.parametrize(
    ("name", "quality", "decibel"),
    [("jpg", 90, 33), ("jpg", 50, 28), ("webp", 80, 32), ("avif", 60, 32), ("avif", 100, 38)],
)
def test_lossy_images_stay_close_to_what_was_encoded(
    name: str, quality: int, decibel: float
) -> None:
    noise = np.random.default_rng(0).normal(0, 4, (256, 256, 3))
    rgb = (smooth(256, 256) + noise).clip(0, 255).astype(np.uint8)

    error = np.mean((decoded(encode(rgb, name, quality)) - rgb.astype(float)) ** 2)

    assert 10 * np.log10(255**2 / error) > decibel


def test_a_jpeg_is_never_lossless() -> None:
    with pytest.raises(SettingsError, match="Ask for png, webp or avif"):
        encode(smooth(2, 2), "jpg", "lossless")


def test_qualities_that_give_the_same_bytes_are_the_same() -> None:
    assert quality_for("png", 7) == quality_for("png", None) == "lossless"
    assert quality_for("jpeg", None) == quality_for("jpg", 90)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (65, 64), (512, 300)])
def test_smooth_images_come_back_nearly_unchanged(name: str, shape: tuple[int, int]) -> None:
    rgb = smooth(*shape)

    got = decoded(encode(rgb, name))

    assert got.shape == rgb.shape
    # WebP halves the colour's resolution, which shows in a picture of a few pixels.
    assert np.abs(got.astype(int) - rgb).mean() < (2.5 if rgb.size > 1000 else 8)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("jpg", "JPEG"), ("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WEBP"), ("avif", "AVIF")],
)
def test_bytes_are_of_the_media_type_on_offer(name: str, kind: str) -> None:
    image = Image.open(io.BytesIO(encode(smooth(8, 8), name)))

    assert image.format == kind
    assert image.get_format_mimetype() == FORMATS[name]


@pytest.mark.parametrize("name", ["jpg", "webp", "avif"])
def test_lower_quality_gives_fewer_bytes(name: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (128, 128, 3), np.uint8)

    sizes = [len(encode(noise, name, quality)) for quality in (1, 50, 100)]

    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[2] / 4


@pytest.mark.parametrize("name", FORMATS)
def test_parts_of_larger_images_are_encoded(name: str) -> None:
    rgb = smooth(40, 40)

    assert encode(rgb[3:20, 5:30], name) == encode(rgb[3:20, 5:30].copy(), name)


def test_single_coloured_pixels_keep_their_colour_in_small_jpegs() -> None:
    rgb = np.zeros((16, 16, 3), np.uint8)
    rgb[8, 8] = 255, 0, 0

    assert decoded(encode(rgb, "jpg"))[8, 8, 0] > 200


def test_unknown_formats_are_refused() -> None:
    with pytest.raises(UnsupportedFormatError, match=r"No image format 'gif'.* jpg, jpeg"):
        encode(smooth(2, 2), "gif")


@pytest.mark.parametrize("quality", [0, 101, -1])
def test_qualities_outside_their_range_are_refused(quality: int) -> None:
    with pytest.raises(SettingsError, match="from 1 to 100"):
        encode(smooth(2, 2), "jpg", quality)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((2, 2), np.uint8),
        np.zeros((2, 2, 4), np.uint8),
        np.zeros((2, 2, 3), np.uint16),
        np.zeros((0, 2, 3), np.uint8),
    ],
)
def test_arrays_that_are_no_images_are_refused(image: NDArray[np.uint8]) -> None:
    with pytest.raises(UnsupportedPixelTypeError, match="not a colour image"):
        encode(image, "png")


@pytest.mark.parametrize(("name", "width"), [("webp", 16_383), ("jpg", 65_501), ("avif", 16_385)])
def test_images_beyond_a_formats_limit_are_refused(name: str, width: int) -> None:
    rgb = np.zeros((1, width, 3), np.uint8)

    with pytest.raises(UnsupportedFormatError, match="or for png"):
        encode(rgb, name)
    assert encode(rgb[:, :-1], name)
    assert decoded(encode(rgb, "png")).shape == rgb.shape
