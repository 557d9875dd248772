"""Zip files whose every byte has its place before the first is sent, of files that stay on disk."""

import hashlib
import struct
import time
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass

from store.archiving.sums import read_pieces
from store.errors import UnreadableFileError
from store.pixels.source import FileIdentity

BLOCK = 1 << 19
"""Bytes that are at least given out at once, except at the end."""

_LARGE = 0xFFFFFFFF
_MANY = 0xFFFF
_FLAGS = 0x0808
"""Sums follow the content; names are UTF-8."""
_MODE = 0o100644 << 16
_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
_END64 = struct.Struct("<IQHHIIQQQQ")
_LOCATOR = struct.Struct("<IIQI")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a zip file."""

    name: str
    """Relative path, safe and unique."""
    size: int
    mtime_ns: int
    key: int
    """What its sum is known by; negative for those that have none to be kept."""
    source: FileIdentity | bytes

    @property
    def large(self) -> bool:
        """Whether its size takes more than 32 bits."""
        return self.size >= _LARGE


class ZipLayout:
    """The places of all bytes of a zip file (stored, not compressed), of any length.

    The same members give the same bytes, so that a part can be asked for again. Sums of content
    follow the content: they are learned while it is read, and files are read once more only for
    sums that nobody knows where somebody begins in the middle.

    Args:
        members: In order.
        sums: CRC-32 by key, as far as known; what is learned is added.

    Attributes:
        length: Bytes of the whole.
        etag: Changes when a byte could.
    """

    def __init__(self, members: Sequence[Member], sums: MutableMapping[int, int]) -> None:
        self._members = members
        self._sums = sums
        self._names = [member.name.encode() for member in members]
        self._offsets = array("Q")
        place, digest = 0, hashlib.sha256()
        for member, name in zip(members, self._names, strict=True):
            self._offsets.append(place)
            place += len(_local(member, name)) + member.size + (24 if member.large else 16)
            digest.update(b"%b\0%d\0%d\0%d\0" % (name, member.key, member.size, member.mtime_ns))
            if isinstance(member.source, bytes):
                digest.update(member.source)
        self._directory = place
        for member, name, offset in zip(members, self._names, self._offsets, strict=True):
            place += len(_central(member, name, offset, 0))
        self._end = place
        self.length = place + len(self._ending())
        self.etag = f'"{digest.hexdigest()[:32]}"'

    def blocks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Give out bytes from one place to another, in blocks that are neither small nor large.

        Args:
            start: First byte.
            end: The byte after the last; all that follow if not given.

        Raises:
            UnreadableFileError: A file is missing, or changed since the layout was made, or its
                content is not what it was when its sum was taken.
        """
        waiting, size = [], 0
        for piece in self._cut(start, self.length if end is None else end):
            waiting.append(piece)
            size += len(piece)
            if size >= BLOCK:
                yield b"".join(waiting)
                waiting, size = [], 0
        if waiting:
            yield b"".join(waiting)

    def _cut(self, start: int, end: int) -> Iterator[bytes]:
        place = max(bisect_right(self._offsets, start) - 1, 0)
        for number in range(place, len(self._members)):
            if self._offsets[number] >= end:
                return
            yield from self._member(number, start, end)
        place = self._directory
        for piece in self._tail():
            if place + len(piece) > start and place < end:
                yield piece[max(start - place, 0) : end - place]
            place += len(piece)
            if place >= end:
                return

    def _member(self, number: int, start: int, end: int) -> Iterator[bytes]:
        member, name = self._members[number], self._names[number]
        head, place = _local(member, name), self._offsets[number]
        if start < place + len(head):
            yield head[max(start - place, 0) : end - place]
        place += len(head)
        first, last = max(start - place, 0), min(end - place, member.size)
        if first < last or member.size == 0:
            yield from self._content(member, first, last)
        place += member.size
        if end > place:
            tail = _descriptor(member, self._sum(member))
            if start < place + len(tail):
                yield tail[max(start - place, 0) : end - place]

    def _content(self, member: Member, first: int, last: int) -> Iterator[bytes]:
        if isinstance(member.source, bytes):
            yield member.source[first:last]
            return
        crc = 0
        for piece in read_pieces(member.source, first, max(last, 0)):
            crc = zlib.crc32(piece, crc)
            yield piece
        if first == 0 and last == member.size:
            self._learn(member, crc)

    def _learn(self, member: Member, crc: int) -> None:
        if self._sums.setdefault(member.key, crc) != crc:
            raise UnreadableFileError(
                f"{member.name} is damaged: its content is not what it was, though size and time"
                " are.",
                "Replace it by an undamaged copy; `micrograph check --hashes` finds others.",
                path=str(member.source),
            )

    def _sum(self, member: Member) -> int:
        if isinstance(member.source, bytes):
            return zlib.crc32(member.source)
        if member.key not in self._sums:
            crc = 0
            for piece in read_pieces(member.source):
                crc = zlib.crc32(piece, crc)
            self._sums[member.key] = crc
        return self._sums[member.key]

    def _tail(self) -> Iterator[bytes]:
        for number, member in enumerate(self._members):
            offset = self._offsets[number]
            yield _central(member, self._names[number], offset, self._sum(member))
        yield self._ending()

    def _ending(self) -> bytes:
        count, size, place = len(self._members), self._end - self._directory, self._directory
        end = _END.pack(
            *(0x06054B50, 0, 0, min(count, _MANY), min(count, _MANY)),
            *(min(size, _LARGE), min(place, _LARGE), 0),
        )
        if count < _MANY and size < _LARGE and place < _LARGE:
            return end
        end64 = _END64.pack(0x06064B50, 44, 0x032D, 45, 0, 0, count, count, size, place)
        return end64 + _LOCATOR.pack(0x07064B50, 0, self._end, 1) + end


def _local(member: Member, name: bytes) -> bytes:
    """The header before the content; it tells sizes, so that readers of streams know the end."""
    extra, size = _time_extra(member), member.size
    if member.large:
        extra = struct.pack("<HHQQ", 1, 16, size, size) + extra
        size = _LARGE
    version, moment = (45 if member.large else 20), _dos_time(member.mtime_ns)
    return (
        _LOCAL.pack(
            *(0x04034B50, version, _FLAGS, 0, *moment, 0, size, size, len(name), len(extra))
        )
        + name
        + extra
    )


def _descriptor(member: Member, crc: int) -> bytes:
    form = "<IIQQ" if member.large else "<IIII"
    return struct.pack(form, 0x08074B50, crc, member.size, member.size)


def _central(member: Member, name: bytes, offset: int, crc: int) -> bytes:
    """The entry of the directory."""
    wide = [member.size, member.size] if member.large else []
    wide += [offset] if offset >= _LARGE else []
    extra = _time_extra(member)
    if wide:
        extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) + extra
    version, size = (45 if wide else 20), min(member.size, _LARGE)
    return (
        _CENTRAL.pack(
            *(0x02014B50, 0x032D, version, _FLAGS, 0, *_dos_time(member.mtime_ns), crc, size, size),
            *(len(name), len(extra), 0, 0, 0, _MODE, min(offset, _LARGE)),
        )
        + name
        + extra
    )


def _time_extra(member: Member) -> bytes:
    """When the file was written, in seconds; DOS knows every other one, of no time zone."""
    seconds = member.mtime_ns // 1_000_000_000
    return struct.pack("<HHBi", 0x5455, 5, 1, seconds) if -(2**31) <= seconds < 2**31 else b""


def _dos_time(mtime_ns: int) -> tuple[int, int]:
    year, month, day, hour, minute, second, *_ = time.gmtime(max(mtime_ns // 1_000_000_000, 0))
    if not 1980 <= year <= 2107:
        return 0, 0x21
    return hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day
