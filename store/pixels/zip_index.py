"""The table of contents of a zip archive, small enough to keep for a million entries."""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from store.errors import UnreadableFileError, UnsupportedError
from store.pixels.beneath import is_key

MAX_ENTRIES = 1_000_000
MAX_DIRECTORY = 512 * 2**20
"""Most bytes of a table of contents."""
STORED, DEFLATED = 0, 8

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_ROW = np.dtype(
    [
        ("name", "<u8"),
        ("header", "<u8"),
        ("packed", "<u8"),
        ("size", "<u8"),
        ("crc", "<u4"),
        ("method", "<u2"),
    ]
)
_LONG = 0xFFFFFFFF
_COMMENT = 2**16

type Read = Callable[[int, int], Any]
"""(offset, length) to so many bytes of the archive."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in an archive."""

    header: int
    """Where its own header begins."""
    packed: int
    """Bytes in the archive."""
    size: int
    """Bytes when unpacked."""
    crc: int
    method: int


class ZipIndex:
    """The entries of an archive by name.

    Names are kept as hashes of 64 bits; two entries of one hash are refused like two of one name.
    """

    def __init__(self, rows: np.ndarray, shallow: tuple[str, ...]) -> None:
        self._rows = rows
        self.shallow = shallow
        """Names at most one folder deep."""

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return self._rows.nbytes + 200 * len(self.shallow)

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, name: str) -> Entry | None:
        """The entry of a name; none if there is none."""
        wanted = _hash(name.encode())
        place = int(np.searchsorted(self._rows["name"], np.uint64(wanted)))
        if place == len(self._rows) or int(self._rows["name"][place]) != wanted:
            return None
        row = self._rows[place]
        return Entry(*(int(row[field]) for field in ("header", "packed", "size", "crc", "method")))


def read_index(read: Read, size: int, name: str) -> ZipIndex:
    """Read the table of contents of an archive.

    Args:
        read: Reads from the archive.
        size: Of the archive in bytes.
        name: Of the archive, for errors.

    Raises:
        UnreadableFileError: It is damaged, or hostile: entries twice, beyond the end of the
            archive, or named as no file should be.
        UnsupportedError: It has too many entries, or uses what is not handled.
    """
    offset, length, count = _directory(read, size, name)
    if count > MAX_ENTRIES or length > MAX_DIRECTORY:
        raise UnsupportedError(
            f"The archive {name} has {count} entries, more than {MAX_ENTRIES}.",
            "Write the array in shards, or unpack the archive.",
        )
    if offset + length > size or count * _ENTRY.size > length:
        raise _damaged(name, "its table of contents ends beyond it")
    data = bytes(read(offset, length))
    rows = np.empty(count, _ROW)
    shallow: list[str] = []
    place = 0
    for number in range(count):
        row, text, place = _entry(data, place, size, name)
        rows[number] = row
        if text.count("/") < 2 and len(shallow) < 10_000:
            shallow.append(text)
    rows.sort(order="name")
    if np.any(rows["name"][1:] == rows["name"][:-1]):
        raise _damaged(name, "it has two entries of one name")
    return ZipIndex(rows, tuple(shallow))


def _directory(read: Read, size: int, name: str) -> tuple[int, int, int]:
    """Where the table of contents is: its offset, length and number of entries."""
    tail_at = max(0, size - _END.size - _COMMENT)
    tail = bytes(read(tail_at, size - tail_at))
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) < at + _END.size:
        raise _damaged(name, "it has no table of contents")
    _, disk, first_disk, here, count, length, offset, _ = _END.unpack_from(tail, at)
    if disk not in (0, 0xFFFF) or first_disk not in (0, 0xFFFF):
        raise UnsupportedError(f"The archive {name} is one of several parts.")
    if _LONG in (length, offset) or 0xFFFF in (here, count):
        locator_at = tail_at + at - _LOCATOR_64.size
        if locator_at < 0:
            raise _damaged(name, "its table of contents is missing")
        mark, _, end_at, _ = _LOCATOR_64.unpack(bytes(read(locator_at, _LOCATOR_64.size)))
        if mark == b"PK\6\7" and end_at + _END_64.size <= size:
            found = _END_64.unpack(bytes(read(end_at, _END_64.size)))
            if found[0] != b"PK\6\6":
                raise _damaged(name, "its table of contents is missing")
            count, length, offset = found[7], found[8], found[9]
    return offset, length, count


def _entry(data: bytes, place: int, size: int, name: str) -> tuple[tuple[int, ...], str, int]:
    if place + _ENTRY.size > len(data):
        raise _damaged(name, "its table of contents is cut off")
    head = _ENTRY.unpack_from(data, place)
    mark, flags, method, crc, packed, unpacked = head[0], head[3], head[4], *head[7:10]
    name_length, extra_length, comment_length = head[10:13]
    header = head[16]
    start = place + _ENTRY.size
    extra_at = start + name_length
    end = extra_at + extra_length + comment_length
    if mark != b"PK\1\2" or end > len(data):
        raise _damaged(name, "its table of contents is cut off")
    text = data[start:extra_at]
    if _LONG in (unpacked, packed, header):
        wide = _wide(data[extra_at : extra_at + extra_length])
        unpacked, packed, header = _widened((unpacked, packed, header), wide, name)
    decoded = text.decode("utf-8", "replace")
    is_folder = decoded.endswith("/")
    if not is_key(decoded.removesuffix("/")) or "\\" in decoded:
        raise _damaged(name, f"it has an entry named {decoded[:80]!r}")
    if flags & 0x41:
        raise UnsupportedError(f"The archive {name} is encrypted.", "Write it without a password.")
    if method not in (STORED, DEFLATED):
        raise UnsupportedError(f"The archive {name} is packed by method {method}, not deflate.")
    stored_wrongly = method == STORED and packed != unpacked
    if header + 30 + packed > size or (stored_wrongly and not is_folder):
        raise _damaged(name, f"the entry {decoded[:80]!r} ends beyond it")
    return (_hash(text), header, packed, unpacked, crc, method), decoded, end


def _wide(extra: bytes) -> bytes:
    """The field of an entry that holds numbers of 64 bits."""
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        if kind == 1:
            return extra[place + 4 : place + 4 + length]
        place += 4 + length
    return b""


def _widened(numbers: tuple[int, int, int], wide: bytes, name: str) -> tuple[int, ...]:
    found = []
    for number in numbers:
        if number != _LONG:
            found.append(number)
            continue
        if len(wide) < 8:
            raise _damaged(name, "its table of contents lacks a size")
        found.append(int.from_bytes(wide[:8], "little"))
        wide = wide[8:]
    return tuple(found)


def _hash(name: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little")


def _damaged(name: str, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"The archive {name} is damaged: {why}.", "Replace it by an undamaged copy."
    )
