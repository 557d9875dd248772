"""Planes as bytes: shuffled against the reference, previews, and what types become."""

import gzip
import io
from typing import Any

import imagecodecs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from render.errors import SettingsError, UnsupportedFormatError, UnsupportedPixelTypeError
from render.packing import (
    Companding,
    compand_into,
    compressed,
    preview,
    sent_type,
    shuffled,
)
from tests import reference
from tests.render.planes import planes

BECOMES = {
    "?": "|u1", "<u1": "|u1", "<i1": "|i1", ">u2": "<u2", "<i2": "<i2", ">u4": "<u4", "<i4": "<i4",
    "<u8": "<f8", ">i8": "<f8", "<f2": "<f4", ">f4": "<f4", "<f8": "<f8", "<c8": "<f4", ">c16": "<f8",
}  # fmt: skip


@pytest.mark.parametrize(("stored", "sent"), BECOMES.items())
def test_types_become_those_that_clients_have_arrays_of(stored: str, sent: str) -> None:
    assert sent_type(np.dtype(stored)).str == sent


@pytest.mark.parametrize("dtype", ["U3", "O", "M8[s]"])
def test_types_without_numbers_are_refused(dtype: str) -> None:
    with pytest.raises(UnsupportedPixelTypeError, match="cannot be sent"):
        sent_type(np.dtype(dtype))


@given(
    st.lists(planes(high=7), min_size=1, max_size=1)
    | planes(high=7).map(lambda p: [p, p.T.copy().T])
)
def test_shuffled_planes_equal_the_reference(stack: list[NDArray[Any]]) -> None:
    got = shuffled(stack)

    sent = sent_type(stack[0].dtype)
    with np.errstate(all="ignore"):
        real = [np.abs(plane) if plane.dtype.kind == "c" else plane for plane in stack]
    expected = [reference.shuffle(plane.astype(sent)) for plane in real]
    np.testing.assert_array_equal(got, expected)


@pytest.mark.slow
@given(planes(), st.floats(-1e6, 1e6), st.floats(1e-3, 1e9))
def test_previews_equal_the_reference(plane: NDArray[Any], black: float, width: float) -> None:
    companding = Companding(black, black + width)
    got = np.empty(plane.shape, np.uint8)

    compand_into(got, plane, companding)

    np.testing.assert_array_equal(got, reference.compand(plane, black, companding.white))


def test_black_and_white_are_the_ends_of_a_preview() -> None:
    plane = np.array([[-np.inf, np.nan, 99, 100, 125, 200, 201, np.inf]])
    got = np.empty(plane.shape, np.uint8)

    compand_into(got, plane, Companding(100, 200))

    assert got.tolist() == [[0, 0, 0, 0, 128, 255, 255, 255]]


def test_a_preview_stacks_its_planes_in_one_grey_picture() -> None:
    grid = np.add.outer(np.arange(40), np.arange(64)).astype(np.uint16)
    stack = [grid, grid[::-1].copy(), 2 * grid]

    content = preview(stack, [Companding(0, 102)] * 3)

    found = Image.open(io.BytesIO(content))
    assert (found.format, found.mode, found.size) == ("JPEG", "L", (64, 120))
    wanted = np.concatenate([reference.compand(plane, 0, 102) for plane in stack])
    assert np.abs(np.asarray(found).astype(int) - wanted).max() < 25


def test_more_planes_than_fit_into_one_preview_are_refused() -> None:
    with pytest.raises(UnsupportedFormatError, match="ask for fewer channels"):
        preview([np.zeros((1024, 1), np.uint8)] * 64, [Companding(0, 1)] * 64)


@pytest.mark.parametrize(
    ("black", "white"),
    [(1, 1), (2, 1), (0, np.inf), (-np.inf, 0), (np.nan, 1), (-1e308, 1e308), (0, 1e-40)],
)
def test_ends_of_a_preview_are_two_numbers(black: float, white: float) -> None:
    with pytest.raises(SettingsError, match="No preview from"):
        Companding(black, white)


def test_content_is_compressed_as_agreed() -> None:
    content = shuffled([np.arange(5000, dtype=np.uint16).reshape(50, 100)])
    plain = content.tobytes()

    assert compressed(content, None) == plain
    assert gzip.decompress(compressed(content, "gzip")) == plain
    assert imagecodecs.zstd_decode(compressed(content, "zstd")) == plain
    assert max(len(compressed(content, coding)) for coding in ("gzip", "zstd")) < len(plain) / 2
