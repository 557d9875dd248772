"""Files of lookup tables: bytes of any of the three usual formats to 256 colours."""

import re

import numpy as np
from numpy.typing import NDArray

from render.arrays import Lut
from render.errors import LutFileError

MAX_BYTES = 64 * 1024
_RAW = 768
_OLD_RAW = 970
_HEADER = 32
_MAGIC = b"ICOL"
_ROWS = range(256, 259)
_BETWEEN = re.compile(r"[ \t,]+")
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{0,9})?")
_ACCEPTED = (
    "Give a table of ImageJ: 768 bytes, an NIH Image file, or a text of 256 lines with red, green"
    " and blue."
)


def parse_lut(data: bytes) -> bytes:
    """Return the colours in a file: red, green, blue of level 0, of level 1 and so on.

    Read are 768 bytes (all reds, then greens, then blues); the binary files of NIH Image, whose
    fewer than 256 colours are spread over the levels by lines; and texts of three numbers a
    line, or four, of which the first then is the level.

    Args:
        data: The whole file.

    Returns:
        768 bytes.

    Raises:
        LutFileError: Too large, damaged, or none of these.

    Source: ImageJ's reader of lookup tables, whose files OMERO's servers hold.
    """
    if len(data) > MAX_BYTES:
        raise LutFileError(
            f"A lookup table of {len(data):,} bytes.", f"Files have at most {MAX_BYTES:,}."
        )
    if len(data) != _RAW and data.startswith(_MAGIC):
        return _with_header(data).tobytes()
    if len(data) in (_RAW, _OLD_RAW):
        return _columns(data[:_RAW], 256).tobytes()
    return _text(data).tobytes()


def _columns(data: bytes, count: int) -> Lut:
    """All reds, greens and blues, one after the other, as colours of shape (count, 3)."""
    return np.ascontiguousarray(np.frombuffer(data, np.uint8).reshape(3, count).T)


def _with_header(data: bytes) -> Lut:
    """NIH Image: four bytes of magic, version, number of colours, 24 bytes without a use here."""
    count = int.from_bytes(data[6:8], "big")
    if not 1 <= count <= 256:
        raise LutFileError(f"The file's header says that it has {count} colours.", _ACCEPTED)
    body = data[_HEADER : _HEADER + 3 * count]
    if len(body) < 3 * count:
        raise LutFileError(
            f"The file ends after {len(data)} bytes; its {count} colours need "
            f"{_HEADER + 3 * count}.",
            "Copy it again; it is cut off.",
        )
    return _spread(_columns(body, count))


def _spread(colors: Lut) -> Lut:
    """Lay fewer colours over 256 levels: lines between them, the last one held, truncated."""
    count = len(colors)
    place = np.arange(256) * count
    first, share = place // 256, (place % 256)[:, np.newaxis]
    low = colors[first].astype(np.int64)
    high = colors[np.minimum(first + 1, count - 1)].astype(np.int64)
    return (((256 - share) * low + share * high) // 256).astype(np.uint8)


def _text(data: bytes) -> Lut:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LutFileError("The file is no table of colours.", _ACCEPTED) from None
    lines = [_BETWEEN.split(line.strip(" \t,")) for line in text.splitlines() if line.strip()]
    if lines and not any(_NUMBER.fullmatch(word) for word in lines[0]):
        del lines[0]
    if len(lines) not in _ROWS:
        raise LutFileError(f"The file has {len(lines)} lines of colours.", _ACCEPTED)
    start = 1 if len(lines) > 256 else 0
    width = len(lines[start])
    rows = [_row(line, width) for line in lines[start : start + 256]]
    return np.array(rows, np.uint8)


def _row(words: list[str], width: int) -> NDArray[np.uint8]:
    numbers = [int(word.partition(".")[0]) for word in words if _NUMBER.fullmatch(word)]
    if len(numbers) != len(words) or len(words) != width or width not in (3, 4):
        raise LutFileError(f"{' '.join(words)[:64]!r} is no line of three colours.", _ACCEPTED)
    color = numbers[-3:]
    if max(color) > 255:
        raise LutFileError(
            f"{' '.join(words)[:64]!r} has a colour above 255.", "Give numbers from 0 to 255."
        )
    return np.array(color, np.uint8)
