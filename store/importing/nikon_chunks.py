"""The map of chunks of a Nikon ND2 file: what lies where, and the little that is read from it."""

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from store.errors import UnreadableFileError
from store.pixels.source import FileIdentity

_MAGIC = 0x0ABECEDA
_HEADER = struct.Struct("<IIQ")
_PLACE = struct.Struct("<QQ")
_MAP_MARK = b"ND2 CHUNK MAP SIGNATURE 0000001!"
_MAP_END = b"ND2 CHUNK MAP SIGNATURE 0000001!"
_LONGEST_MAP = 256 * 2**20
_LONGEST_VALUES = 64 * 2**20
_TIMESTAMP_BYTES = 8
"""Before the samples of each frame."""


@dataclass(frozen=True, slots=True)
class Chunks:
    """Where chunks start, by name."""

    file: BinaryIO
    identity: FileIdentity
    places: dict[bytes, int]

    def frame(self, number: int) -> tuple[int, int] | None:
        """Offset and length of the samples of a frame; none if it was never written.

        Raises:
            UnreadableFileError: It does not lie wholly inside the file.
        """
        place = self.places.get(b"ImageDataSeq|%d!" % number)
        if place is None:
            return None
        start, length = self._content(place)
        return start + _TIMESTAMP_BYTES, length - _TIMESTAMP_BYTES

    def values(self, name: str) -> np.ndarray:
        """One number for each frame, shape (frames,), float64; none if the file has none."""
        place = self.places.get(f"CustomData|{name}!".encode())
        if place is None:
            return np.empty(0)
        start, length = self._content(place)
        data = os.pread(self.file.fileno(), min(length, _LONGEST_VALUES), start)
        return np.frombuffer(data[: len(data) // 8 * 8], "<f8")

    def _content(self, place: int) -> tuple[int, int]:
        data = os.pread(self.file.fileno(), _HEADER.size, place)
        if len(data) < _HEADER.size or _HEADER.unpack(data)[0] != _MAGIC:
            raise _damaged(self.identity, f"there is no chunk at byte {place}")
        _, name_length, length = _HEADER.unpack(data)
        start = place + _HEADER.size + name_length
        if start + length > self.identity.size:
            raise _damaged(self.identity, f"the chunk at byte {place} leaves it")
        return start, length


def chunks_of(file: BinaryIO, identity: FileIdentity) -> Chunks:
    """Read the map at the end of a file.

    Raises:
        UnreadableFileError: There is none.
    """
    end = os.pread(file.fileno(), 40, max(0, identity.size - 40))
    if not end.startswith(_MAP_MARK) or len(end) < 40:
        raise _damaged(identity, "it does not end with a map of its chunks")
    (place,) = struct.unpack_from("<Q", end, 32)
    if place + _HEADER.size > identity.size:
        raise _damaged(identity, "the map of its chunks lies beyond its end")
    head = os.pread(file.fileno(), _HEADER.size, place)
    magic, name_length, length = _HEADER.unpack(head)
    if magic != _MAGIC or not 0 < length <= min(identity.size, _LONGEST_MAP):
        raise _damaged(identity, "the map of its chunks is none")
    data = os.pread(file.fileno(), length, place + _HEADER.size + name_length)
    return Chunks(file, identity, _places(data, identity.size))


def _places(data: bytes, size: int) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    at = 0
    while (end := data.find(b"!", at)) >= 0 and end + 1 + _PLACE.size <= len(data):
        name = data[at : end + 1]
        if name == _MAP_END:
            break
        place, _ = _PLACE.unpack_from(data, end + 1)
        if place < size:
            found[name] = place
        at = end + 1 + _PLACE.size
    return found


def _damaged(identity: FileIdentity, why: str) -> UnreadableFileError:
    name = os.path.basename(identity.path)  # noqa: PTH119  only for a person
    return UnreadableFileError(
        f"{name} is damaged: {why}.", "Replace it by an undamaged copy.", path=identity.path
    )
