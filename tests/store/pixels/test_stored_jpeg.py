"""Stored JPEG tiles as pictures: complete, unchanged, and only where browsers show the same."""

import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from store.pixels.codecs import Encoding, decode
from store.pixels.stored_jpeg import has_pictures, picture_of

SIDE = 64


def colours() -> np.ndarray:
    y, x = np.mgrid[:SIDE, :SIDE]
    return np.stack([4 * x, 4 * y, 255 - 2 * (x + y)], axis=2).clip(0, 255).astype(np.uint8)


def encoding(**changes: object) -> Encoding:
    found = {"samples": 3, "tiled": True, "jpeg_outcolorspace": 2} | changes
    return Encoding(7, "u1", 8, rows=SIDE, width=SIDE, **found)  # type: ignore[arg-type]


def jpeg(samples: np.ndarray, outcolorspace: str | None = None) -> bytes:
    return bytes(imagecodecs.jpeg8_encode(samples, level=90, outcolorspace=outcolorspace))


def without_tables(stream: bytes) -> tuple[bytes, bytes]:
    """Split a stream into tables and abbreviated stream, as TIFF keeps them."""
    tables, rest, position = b"", b"", 2
    while stream[position + 1] != 0xDA:
        length = 2 + int.from_bytes(stream[position + 2 : position + 4], "big")
        piece = stream[position : position + length]
        if piece[1] in {0xDB, 0xC4}:
            tables += piece
        elif piece[1] != 0xE0:
            rest += piece
        position += length
    return b"\xff\xd8" + tables + b"\xff\xd9", b"\xff\xd8" + rest + stream[position:]


@pytest.mark.parametrize("space", ["YCBCR", "RGB"])
def test_a_picture_shows_what_decoding_gives(space: str) -> None:
    whole = jpeg(colours(), outcolorspace=space)
    tables, stream = without_tables(whole)
    stream = b"\xff\xd8" + stream[2:].replace(b"\xff\xee", b"\xff\xec", 1)
    described = encoding(jpeg_tables=tables.hex(), jpeg_colorspace=2 if space == "RGB" else None)
    wanted = np.empty((1, SIDE, SIDE, 3), np.uint8)
    decode(described, stream, wanted)

    got = picture_of(described, stream)

    assert got is not None
    assert got.endswith(stream[2:])
    shown = np.asarray(Image.open(io.BytesIO(got)).convert("RGB"))
    assert np.abs(shown.astype(int) - wanted[0]).max() <= 2


def test_the_files_tables_and_the_stream_are_joined_and_nothing_else_is_changed() -> None:
    tables, stream = without_tables(jpeg(colours()))

    got = picture_of(encoding(jpeg_tables=tables.hex()), stream)

    assert got == tables[:-2] + stream[2:]


def test_a_stream_with_its_own_tables_is_handed_out_as_it_is() -> None:
    stream = jpeg(colours())

    assert picture_of(encoding(), stream) == stream


def test_a_stream_that_says_itself_that_it_is_rgb_is_handed_out_as_it_is() -> None:
    stream = jpeg(colours(), outcolorspace="RGB")
    assert stream[2:11] == b"\xff\xee\x00\x0eAdobe"

    assert picture_of(encoding(jpeg_colorspace=2), stream) == stream


def test_what_browsers_might_show_otherwise_is_left_to_the_decoder() -> None:
    stream = jpeg(colours())
    tables, short = without_tables(stream)
    grey = jpeg(np.ascontiguousarray(colours()[:, :, 0]))
    small = jpeg(colours()[:32])

    odd = {
        "cut off": (encoding(), stream[: len(stream) // 2]),
        "another size": (encoding(), small),
        "one component": (encoding(), grey),
        "no tables, no frame": (encoding(), b"\xff\xd8\xff\xd9"),
        "not JPEG": (encoding(), bytes(100)),
        "marker of luma and chroma in RGB": (encoding(jpeg_colorspace=2), stream),
        "damaged tables": (encoding(jpeg_tables=tables[:-2].hex()), short),
        "a frame in the tables": (encoding(jpeg_tables=(stream[:-2] + b"\xff\xd9").hex()), short),
        "empty": (encoding(), b""),
    }
    for name, (described, data) in odd.items():
        assert picture_of(described, data) is None, name


@pytest.mark.parametrize(
    "changes",
    [
        {"samples": 1},
        {"samples": 4},
        {"slices": 2},
        {"tiled": False},
        {"jpeg_outcolorspace": None},
        {"jpeg_colorspace": 4},
    ],
)
def test_only_tiles_of_three_colours_are_pictures(changes: dict[str, object]) -> None:
    assert has_pictures(encoding())
    assert not has_pictures(encoding(**changes))
