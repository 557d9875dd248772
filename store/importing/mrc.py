"""Reads MRC volumes and stacks of electron microscopy: a header of 1,024 bytes, the samples.

The first row in the file is the lowest of the picture, as Bio-Formats shows it, so rows are read
from the last one.

Source: the MRC2014 format, Cheng et al., J. Struct. Biol. 192 (2015) 146.
"""

import struct
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from store.errors import UnreadableFileError, UnsupportedError
from store.importing.clean import positive
from store.importing.fact_records import parsed_fileset
from store.importing.facts import Acquired, FoundImage
from store.importing.found import FoundFileset
from store.importing.layout import Layout, stack
from store.importing.parsed import ParsedFile, ParsedFileset
from store.importing.stored_plane import check_sizes, raw_plane
from store.pixels.codecs import NONE, Encoding
from store.pixels.files import identify
from store.pixels.source import FileIdentity

HEADER_BYTES = 1024
_TYPES = {
    0: ("i1", 8), 1: ("i2", 16), 2: ("f4", 32), 3: ("c8", 32), 4: ("c8", 64), 6: ("u2", 16),
    12: ("f2", 16),
}  # fmt: skip
_COMPLEX_INTEGERS = 3
_VOLUME_STACK = 401
_VERSIONS = (20140, 20141)
_IMOD = 1146047817
_UM_OF_ANGSTROM = 1e-4


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset:
    """One file is one volume; see `store.importing.readers.Reader`."""
    return FoundFileset(kind, path, (path,), __name__)


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one volume; see `store.importing.readers.Reader`."""
    identity = identify(found.master)
    with found.master.open("rb") as file:
        header = _header(file.read(HEADER_BYTES), identity)
    size_x, size_y, size_z = header.size_um
    facts = Acquired(
        name=found.master.name,
        description="\n".join(header.labels) or None,
        size_x_um=size_x,
        size_y_um=size_y,
        size_z_um=size_z,
        originals=[(f"Label {number + 1}", text) for number, text in enumerate(header.labels)],
    )
    image = FoundImage(facts, _layout(header, identity))
    return parsed_fileset(found.format, found.master.parent, [ParsedFile.of(identity)], [image])


@dataclass(frozen=True, slots=True)
class _Header:
    order: str
    width: int
    height: int
    size_z: int
    size_t: int
    dtype: str
    bits: int
    complex_integers: bool
    start: int
    """Where the samples start."""
    size_um: tuple[float | None, float | None, float | None]
    labels: tuple[str, ...]


def _header(data: bytes, identity: FileIdentity) -> _Header:
    if len(data) < HEADER_BYTES:
        raise _damaged(identity, f"its header has {len(data)} bytes of {HEADER_BYTES}")
    order = _order(data)
    width, height, sections, mode = struct.unpack_from(f"{order}4i", data)
    check_sizes(width, height)
    if mode not in _TYPES:
        raise UnsupportedError(f"MRC samples of mode {mode} cannot be read.", "Convert the file.")
    dtype, bits = _TYPES[mode]
    if mode == 0 and not _signed(data, order):
        dtype = "u1"
    grid = struct.unpack_from(f"{order}3i", data, 28)
    cell = struct.unpack_from(f"{order}3f", data, 40)
    space, extended = struct.unpack_from(f"{order}2i", data, 88)
    if sections < 1 or extended < 0:
        raise _damaged(identity, f"{sections} sections after {extended} bytes")
    deep = grid[2] if space == _VOLUME_STACK and 0 < grid[2] < sections else sections
    if sections % deep:
        raise _damaged(identity, f"{sections} sections are not volumes of {deep}")
    return _Header(
        order, width, height, deep, sections // deep, dtype, bits, mode == _COMPLEX_INTEGERS,
        HEADER_BYTES + extended, _sizes(cell, grid), _labels(data, order),
    )  # fmt: skip


def _order(data: bytes) -> str:
    """Byte order by the machine stamp, and where that is wrong by a mode that makes sense."""
    stamped = ">" if data[212:213] == b"\x11" else "<"
    other = "<" if stamped == ">" else ">"
    for order in (stamped, other):
        if 0 <= struct.unpack_from(f"{order}i", data, 12)[0] < 128:
            return order
    return stamped


def _signed(data: bytes, order: str) -> bool:
    """Whether bytes are signed: in the standard of 2014, or if IMOD says so."""
    stamp, flags = struct.unpack_from(f"{order}2i", data, 152)
    if stamp == _IMOD:
        return bool(flags & 1)
    return struct.unpack_from(f"{order}i", data, 108)[0] in _VERSIONS


def _sizes(
    cell: tuple[float, ...], grid: tuple[int, ...]
) -> tuple[float | None, float | None, float | None]:
    x, y, z = (
        positive(length * _UM_OF_ANGSTROM / count) if count > 0 else None
        for length, count in zip(cell, grid, strict=True)
    )
    return x, y, z


def _labels(data: bytes, order: str) -> tuple[str, ...]:
    count = min(10, max(0, struct.unpack_from(f"{order}i", data, 220)[0]))
    texts = (data[start : start + 80] for start in range(224, 224 + 80 * count, 80))
    found = (text.split(b"\0")[0].decode("latin-1").strip() for text in texts)
    return tuple(text for text in found if text)


def _layout(header: _Header, identity: FileIdentity) -> Layout:
    encoding = Encoding(
        compression=NONE,
        dtype=header.dtype,
        bits=header.bits,
        rows=header.height,
        width=header.width,
        big_endian=header.order == ">",
        complex_integers=header.complex_integers,
        flipped=True,
    )
    step = header.height * encoding.row_bytes
    if header.start + step * header.size_z * header.size_t > identity.size:
        raise _damaged(identity, "it ends before its last section")
    first = raw_plane(0, header.height, header.start, encoding, identity.size)

    def number(t: int, c: int, z: int) -> int:
        return t * header.size_z + z

    return stack(header.size_t, 1, header.size_z, first, step, number)


def _damaged(identity: FileIdentity, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{Path(identity.path).name} is damaged: {why}.",
        "Replace it by an undamaged copy.",
        path=identity.path,
    )
