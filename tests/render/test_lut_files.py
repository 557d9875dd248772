"""Files of lookup tables: the three formats, and that no bytes do harm."""

import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from render.errors import LutFileError
from render.lut_files import MAX_BYTES, parse_lut

LEVELS = np.arange(256)
COLORS = np.stack([LEVELS, 255 - LEVELS, LEVELS // 2], axis=1).astype(np.uint8)


def raw(colors: NDArray[np.uint8] = COLORS) -> bytes:
    return colors.T.tobytes()


def with_header(colors: NDArray[np.uint8], count: int | None = None) -> bytes:
    header = struct.pack(">4shhhh16s4s", b"ICOL", 41, count or len(colors), 0, 255, b"", b"")
    return header + raw(colors)


def text(form: str = "{1}\t{2}\t{3}", colors: NDArray[np.uint8] = COLORS) -> str:
    return "".join(form.format(level, *color) + "\n" for level, color in enumerate(colors.tolist()))


@pytest.mark.parametrize(
    "file",
    [
        raw(),
        raw() + bytes(202),
        with_header(COLORS),
        with_header(COLORS) + b"trailing",
        text().encode(),
        text("{1},{2},{3}").encode(),
        text(" {1}  {2} ,\t{3} ").encode(),
        text("{0} {1} {2} {3}").encode(),
        text("{0},{1}.0,{2}.5,{3}.99").encode(),
        ("\ufeffIndex\tRed\tGreen\tBlue\r\n" + text().replace("\n", "\r\n")).encode(),
        ("7 7 7\n" + text()).encode(),
        ("red green blue\n7 7 7\n" + text() + "9 9 9\n\n").encode(),
    ],
)
def test_every_format_gives_the_same_colours(file: bytes) -> None:
    assert parse_lut(file) == COLORS.tobytes()


def test_few_colours_are_spread_over_the_levels_by_lines() -> None:
    got = np.frombuffer(parse_lut(with_header(COLORS[[0, 128, 255]])), np.uint8).reshape(256, 3)

    assert got[0].tolist() == [0, 255, 0]
    assert got[43].tolist() == [64, 190, 32]
    assert got[86].tolist() == [128, 126, 64]
    assert got[171:].tolist() == [COLORS[255].tolist()] * 85


def test_one_colour_is_that_colour_everywhere() -> None:
    assert parse_lut(with_header(COLORS[[9]])) == COLORS[[9]].tobytes() * 256


@given(st.integers(1, 256), st.data())
def test_spread_colours_stay_between_their_neighbours(count: int, data: st.DataObject) -> None:
    colors = np.array(data.draw(st.lists(st.binary(min_size=3, max_size=3), min_size=count,
                                         max_size=count)))  # fmt: skip
    few = np.frombuffer(b"".join(colors.tolist()).ljust(3 * count, b"\0"), np.uint8).reshape(-1, 3)

    got = np.frombuffer(parse_lut(with_header(few)), np.uint8).reshape(256, 3).astype(int)

    first = np.arange(256) * count // 256
    ends = few[[first, np.minimum(first + 1, count - 1)]].astype(int)
    assert (got >= ends.min(axis=0)).all()
    assert (got <= ends.max(axis=0)).all()


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (b"", "has 0 lines"),
        (bytes(767), "is no line|has 1 lines|has 0 lines"),
        (bytes(MAX_BYTES + 1), "65,537 bytes"),
        (b"\xff" * 900, "no table of colours"),
        (with_header(COLORS)[:-1], "ends after 799 bytes; its 256 colours need 800"),
        (with_header(COLORS, 257), "has 257 colours"),
        (with_header(COLORS, -1), "has 65535 colours"),
        (b"ICOL", "has 0 colours"),
        (text(colors=COLORS[:255]).encode(), "has 255 lines"),
        ((text() + "1 2 3\n" * 3).encode(), "has 259 lines"),
        (text("{1};{2};{3}").encode(), "has 255 lines"),
        (text("{1} {2}").encode(), "'0 255' is no line"),
        (text("{0} {1} {2} {3} 1").encode(), "is no line"),
        (text("{1} {2} nan").encode(), "is no line"),
        (text("{1} {2} -1").encode(), "is no line"),
        (text("{1} {2} 256").encode(), "above 255"),
        (text("{1} {2} 9999999999").encode(), "is no line"),
        ((text(colors=COLORS[:255]) + "1 2\n").encode(), "'1 2' is no line"),
    ],
)
def test_what_is_no_table_is_refused_with_what_would_be_one(file: bytes, message: str) -> None:
    with pytest.raises(LutFileError, match=message) as raised:
        parse_lut(file)

    assert raised.value.remedy


@given(st.binary(max_size=2000) | st.binary(max_size=900).map(b"ICOL".__add__)
       | st.text(st.sampled_from("0123456789 ,\t\n.-²e"), max_size=3000).map(str.encode))  # fmt: skip
def test_hostile_bytes_give_a_table_or_an_error_of_ours(file: bytes) -> None:
    with suppress(LutFileError):
        assert len(parse_lut(file)) == 768


@given(st.integers(0, 1100), st.binary(min_size=1, max_size=1), st.sampled_from(
    [with_header(COLORS), text().encode(), text("{0},{1},{2},{3}").encode()]))  # fmt: skip
def test_a_damaged_file_gives_a_table_or_an_error_of_ours(
    place: int, byte: bytes, file: bytes
) -> None:
    for damaged in (file[:place], file[:place] + byte + file[place + 1 :]):
        with suppress(LutFileError):
            assert len(parse_lut(damaged)) == 768
