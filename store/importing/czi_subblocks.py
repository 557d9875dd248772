"""Which subblock of a CZI file holds which part of which plane, and where it lies in the file."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from czifile import CziFile

from store.errors import UnreadableFileError, UnsupportedError
from store.pixels.codecs import JPEG_XR, LZW, NONE, ZSTD_1, Encoding
from store.pixels.source import FileIdentity

_JPEG = 7
_COMPRESSIONS = {0: NONE, 1: _JPEG, 2: LZW, 4: JPEG_XR, 5: ZSTD_1, 6: ZSTD_1}
_RGB_INSIDE = frozenset({_JPEG, JPEG_XR, ZSTD_1})
"""Decoders of these give red first; elsewhere blue is stored first."""
_TYPES = {
    0: ("u1", 1), 1: ("u2", 1), 2: ("f4", 1), 3: ("u1", 3), 4: ("u2", 3), 8: ("f4", 3),
    9: ("u1", 4), 10: ("c8", 1), 11: ("c8", 3), 12: ("i4", 1), 13: ("f8", 1),
}  # fmt: skip
"""Type and samples of a pixel, by CZI's number."""
_PLANE_AXES = ("T", "C", "Z")
_OWN_AXES = frozenset("XYZCTSM")
_FLAT_AXES = frozenset("XYM")
"""Axes along which a subblock may be longer than one."""
_SEGMENT_HEADER = 32
_DIRECTORY_HEADER = 128
_DIRECTORY = struct.Struct("<16sqqi")
_ENTRY = struct.Struct("<2siqiiBB4si")
_AXIS = struct.Struct("<4siifi")
_MOST_AXES = 32
_LARGEST_ENTRY = _ENTRY.size + _MOST_AXES * _AXIS.size
_SEGMENT = struct.Struct("<16sqqiiq")
_HEADER_BYTES = 48
_SMALLEST_SCALE = 1.5
"""Ratio of sizes from which a subblock belongs to another level."""

type Place = tuple[int, int, int]
"""t, c, z, counted from the first of its image."""


@dataclass(frozen=True, slots=True)
class Subblock:
    """One stored rectangle of one plane."""

    place: Place
    order: int
    """Later ones lie over earlier ones."""
    x: int
    y: int
    across: int
    """Width on the plane at full resolution; `width` are the pixels that are stored."""
    down: int
    width: int
    height: int
    encoding: Encoding
    offset: int
    length: int
    metadata: tuple[int, int]
    """Offset and length of what it says of itself, in XML."""

    @property
    def scale(self) -> float:
        """Pixels of the full resolution for one that is stored."""
        wide = self.width >= self.height  # the longer side, as both are rounded at edges
        return self.across / self.width if wide else self.down / self.height


@dataclass(frozen=True, slots=True)
class Scene:
    """The subblocks of one image."""

    number: int
    """Number of the scene; -1 if the file has no scenes."""
    extra: tuple[tuple[str, int], ...]
    """Positions along axes that images do not have: views, phases, illuminations, blocks."""
    starts: Place
    """First position of the image along T, C, Z in the file."""
    levels: tuple[tuple[Subblock, ...], ...]
    """By resolution, the full one first."""
    scale: float
    """Pixels of the file's coordinates for one of the full resolution, usually 1."""

    @property
    def sizes(self) -> Place:
        """Sizes T, C, Z."""
        t, c, z = (max(axis) + 1 for axis in zip(*self._places, strict=True))
        return t, c, z

    @property
    def _places(self) -> set[Place]:
        return {subblock.place for subblock in self.levels[0]}


def scenes(file: CziFile, identity: FileIdentity, base: int = 0) -> list[Scene]:
    """The images of a file, by scene and by the axes that images do not have.

    Args:
        file: Open.
        identity: Of the file on disk.
        base: Where the CZI file starts in it.

    Raises:
        UnreadableFileError: A subblock is not wholly inside the file, or has no pixels.
        UnsupportedError: Its samples are stored in a way that is not handled.
    """
    groups: dict[tuple[int, tuple[tuple[str, int], ...]], list[_Entry]] = {}
    for entry in _entries(file, identity):
        extra = tuple(
            sorted((axis, at) for axis, (at, *_) in entry.axes.items() if axis not in _OWN_AXES)
        )
        groups.setdefault((entry.start("S", -1), extra), []).append(entry)
    found = []
    for (number, extra), entries in sorted(groups.items(), key=lambda item: item[0]):
        t, c, z = (min(entry.start(axis, 0) for entry in entries) for axis in _PLANE_AXES)
        subblocks = [
            _subblock(file, entry, (t, c, z), order, identity, base)
            for order, entry in enumerate(entries)
        ]
        found.append(_scene(number, extra, (t, c, z), subblocks))
    if not found:
        raise UnreadableFileError("The file has no subblocks.", "Replace it by an undamaged copy.")
    return found


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the directory says of one subblock."""

    axes: Mapping[str, tuple[int, int, int]]
    """Start, size, and stored size, which is smaller in pyramids."""
    kind: int
    compression: int
    position: int
    nbytes: int

    def start(self, axis: str, default: int) -> int:
        """Where it starts along an axis."""
        return self.axes[axis][0] if axis in self.axes else default


def _entries(file: CziFile, identity: FileIdentity) -> list[_Entry]:
    """The directory, read here: a wrong count in it must cost neither time nor memory."""
    place = file.header.directory_position
    head = bytes(file._read_at(place, _DIRECTORY.size)) if 0 < place < identity.size else b""
    if len(head) < _DIRECTORY.size or not head.startswith(b"ZISRAWDIRECTORY"):
        raise _damaged(identity, "it has no directory of subblocks")
    *_, count = _DIRECTORY.unpack(head)
    if not 0 < count <= identity.size // _ENTRY.size:
        raise _damaged(identity, f"its directory claims {count} subblocks")
    start = place + _SEGMENT_HEADER + _DIRECTORY_HEADER
    size = min(count * _LARGEST_ENTRY, identity.size - start)
    data = bytes(file._read_at(start, size))
    found, at = [], 0
    for _ in range(count):
        found.append(_entry(data, at, identity))
        at += found[-1].nbytes
    return found


def _entry(data: bytes, at: int, identity: FileIdentity) -> _Entry:
    if at + _ENTRY.size > len(data):
        raise _damaged(identity, "its directory ends too early")
    schema, kind, position, _, compression, _, _, _, count = _ENTRY.unpack_from(data, at)
    end = at + _ENTRY.size + count * _AXIS.size
    if schema != b"DV" or not 0 < count <= _MOST_AXES or end > len(data):
        raise _damaged(identity, "its directory has an entry that is none")
    axes: dict[str, tuple[int, int, int]] = {}
    for number in range(count):
        name, start, size, _, stored = _AXIS.unpack_from(data, at + _ENTRY.size + number * 20)
        axes[name.rstrip(b"\0").decode("latin-1")] = (start, size, stored or size)
    return _Entry(axes, kind, compression, position, end - at)


def _subblock(
    file: CziFile,
    entry: _Entry,
    starts: Place,
    order: int,
    identity: FileIdentity,
    base: int,
) -> Subblock:
    if any(size != 1 for axis, (_, size, _) in entry.axes.items() if axis not in _FLAT_AXES):
        raise UnsupportedError("Subblocks of several planes cannot be read.", "Convert the file.")
    x, across, width = entry.axes.get("X", (0, 0, 0))
    y, down, height = entry.axes.get("Y", (0, 0, 0))
    if min(width, height, across, down) < 1 or max(width, height, across, down) >= 2**31:
        raise UnreadableFileError(f"A subblock claims {width} x {height} pixels.")
    inside = 0 < entry.position < identity.size
    header = bytes(file._read_at(entry.position, _HEADER_BYTES)) if inside else b""
    if len(header) < _HEADER_BYTES or not header.startswith(b"ZISRAWSUBBLOCK"):
        raise UnreadableFileError(
            f"There is no subblock at byte {entry.position}.",
            "The file is not complete: copy it again.",
        )
    *_, metadata, _, length = _SEGMENT.unpack(header)
    start = base + entry.position + _HEADER_BYTES + max(240, entry.nbytes)
    offset = start + metadata
    if metadata < 0 or length < 1 or start < 0 or offset + length > identity.size:
        raise UnreadableFileError(
            f"A subblock lies at bytes {offset} to {offset + length} of a file of {identity.size}.",
            "The file is not complete: copy it again.",
        )
    t, c, z = (
        entry.start(axis, 0) - first for axis, first in zip(_PLANE_AXES, starts, strict=True)
    )
    encoding = _encoding(entry.kind, entry.compression, width, height, length)
    return Subblock(
        (t, c, z), entry.start("M", -1) * 2**32 + order, x, y, across, down, width, height,
        encoding, offset, length, (start, metadata),
    )  # fmt: skip


def _damaged(identity: FileIdentity, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{Path(identity.path).name} is damaged: {why}.",
        "Replace it by an undamaged copy.",
        path=identity.path,
    )


def _encoding(kind: int, compression: int, width: int, height: int, length: int) -> Encoding:
    if kind not in _TYPES or compression not in _COMPRESSIONS:
        raise UnsupportedError(
            f"CZI pixels of type {kind} with compression {compression} cannot be read.",
            "Save the file without compression.",
        )
    dtype, samples = _TYPES[kind]
    bits = 8 * int(dtype[1:])
    stored = _COMPRESSIONS[compression]
    if length == width * height * samples * bits // 8:
        stored = NONE  # some writers say that they compressed what they did not
    bgr = samples > 1 and stored not in _RGB_INSIDE
    return Encoding(stored, dtype, bits, height, width, samples=samples, bgr=bgr)


def _scene(
    number: int, extra: tuple[tuple[str, int], ...], starts: Place, found: Sequence[Subblock]
) -> Scene:
    """Sort subblocks by resolution; levels end where one is not complete."""
    by_scale: list[list[Subblock]] = []
    last = 0.0
    for subblock in sorted(found, key=lambda one: (one.scale, one.order)):
        if not by_scale or subblock.scale >= _SMALLEST_SCALE * last:
            by_scale.append([])
            last = subblock.scale
        by_scale[-1].append(subblock)
    full = by_scale[0]
    levels = [full]
    for level in by_scale[1:]:
        if not _is_complete(level, full):
            break
        levels.append(level)
    like = full[0].encoding
    for subblock in (one for level in levels for one in level):
        if (subblock.encoding.dtype, subblock.encoding.samples) != (like.dtype, like.samples):
            raise UnsupportedError(
                "Channels of different types of samples cannot be read.", "Convert the file."
            )
    ordered = tuple(tuple(sorted(level, key=lambda one: one.order)) for level in levels)
    return Scene(number, extra, starts, ordered, full[0].scale)


def _is_complete(level: Iterable[Subblock], full: Iterable[Subblock]) -> bool:
    """A level shows the same planes, as far as the full resolution does."""
    known, wanted = _extents(level), _extents(full)
    if known.keys() != wanted.keys():
        return False
    for place, (left, top, right, bottom) in known.items():
        other = wanted[place]
        across, down = 0.02 * (other[2] - other[0]) + 4, 0.02 * (other[3] - other[1]) + 4
        if left > other[0] + across or right < other[2] - across:
            return False
        if top > other[1] + down or bottom < other[3] - down:
            return False
    return True


def _extents(level: Iterable[Subblock]) -> dict[Place, tuple[int, int, int, int]]:
    found: dict[Place, tuple[int, int, int, int]] = {}
    for one in level:
        own = (one.x, one.y, one.x + one.across, one.y + one.down)
        left, top, right, bottom = found.get(one.place, own)
        found[one.place] = (
            min(left, own[0]), min(top, own[1]), max(right, own[2]), max(bottom, own[3]),
        )  # fmt: skip
    return found
