"""Sums of files: SHA-256 for people and tools, CRC-32 for zip files; at a limited rate."""

import hashlib
import os
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from store.pixels.files import opened
from store.pixels.source import FileIdentity

PIECE = 1 << 20
"""Bytes that are read at once."""
SHA256 = "SHA-256"
"""How `hasher` names it."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What a file adds up to."""

    sha256: str
    """In hexadecimal digits."""
    crc32: int


class Rate:
    """Holds back whoever reads faster than so many bytes in a second, on average.

    Args:
        per_second: Bytes; None for as fast as it goes.
    """

    def __init__(
        self,
        per_second: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._per_second = per_second
        self._clock = clock
        self._sleep = sleep
        self._until = clock()

    def spend(self, count: int) -> None:
        """Wait until bytes that were read are paid for; pauses are not saved up."""
        if self._per_second is None:
            return
        now = self._clock()
        self._until = max(self._until, now) + count / self._per_second
        if self._until > now + 0.02:
            self._sleep(self._until - now)


def read_pieces(file: FileIdentity, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Read a file, or a part of it, piece by piece, while it stays as it is known.

    Args:
        file: Which, and how it is known.
        start: First byte.
        end: The byte after the last; the end of the file if not given.

    Raises:
        UnreadableFileError: It is missing, it has changed, or it changes meanwhile.
    """
    end = file.size if end is None else end
    with opened(file) as (descriptor, check):
        while start < end:
            piece = os.pread(descriptor, min(PIECE, end - start), start)
            start += len(piece)
            if not piece or start == end:
                check(bool(piece))
            yield piece


def sums_of(file: FileIdentity, rate: Rate | None = None) -> Sums:
    """Add up a file.

    Args:
        file: Which, and how it is known.
        rate: How fast at most.

    Raises:
        UnreadableFileError: It is missing, or has changed.
    """
    digest, crc = hashlib.sha256(), 0
    for piece in read_pieces(file):
        digest.update(piece)
        crc = zlib.crc32(piece, crc)
        if rate is not None:
            rate.spend(len(piece))
    return Sums(digest.hexdigest(), crc)
