"""Reads DeltaVision stacks: a header of 1,024 bytes, one of each section, the samples.

The first row in the file is the lowest of the picture, as the microscope's own software and
Bio-Formats show it, so rows are read from the last one.

Source: the image file format of the Image Visualization Environment (IVE), UCSF.
"""

import struct
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from store.errors import UnreadableFileError
from store.importing.clean import positive
from store.importing.fact_records import parsed_fileset
from store.importing.facts import Acquired, ChannelFacts, FoundImage, ObjectiveFacts, PlaneFacts
from store.importing.found import FoundFileset
from store.importing.layout import Layout, stack
from store.importing.parsed import ParsedFile, ParsedFileset
from store.importing.stored_plane import check_sizes, raw_plane
from store.pixels.codecs import NONE, Encoding
from store.pixels.files import identify
from store.pixels.source import FileIdentity

HEADER_BYTES = 1024
_MARK = 0xC0A0
_TYPES = {
    0: ("u1", 8), 1: ("i2", 16), 2: ("f4", 32), 3: ("c8", 32), 4: ("c8", 64),
    5: ("i2", 16), 6: ("u2", 16), 7: ("i4", 32),
}  # fmt: skip
"""Type of a sample and its bits; type 3 are pairs of 16-bit integers."""
_COMPLEX_INTEGERS = 3
_ORDERS = {0: "ZTC", 1: "CZT", 2: "ZCT"}
"""Axes of the sections, the fastest first."""
_FLOATS = 13
"""Numbers of a section's header that are known: time, place, exposure, wavelengths."""


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset:
    """One file is one stack; see `store.importing.readers.Reader`."""
    return FoundFileset(kind, path, (path,), __name__)


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one stack; see `store.importing.readers.Reader`."""
    identity = identify(found.master)
    with found.master.open("rb") as file:
        data = file.read(HEADER_BYTES)
        header = _header(data, identity)
        sections = file.read(min(header.extended, _sections_bytes(header)))
    layout = _layout(header, identity)
    facts = _facts(header, data, sections, found.master.name)
    image = FoundImage(facts, layout)
    return parsed_fileset(found.format, found.master.parent, [ParsedFile.of(identity)], [image])


@dataclass(frozen=True, slots=True)
class _Header:
    order: str
    """< or >."""
    width: int
    height: int
    sections: int
    type: int
    size_um: tuple[float, float, float]
    extended: int
    """Bytes of the sections' headers."""
    integers: int
    floats: int
    lens: int
    size_t: int
    sequence: str
    waves: tuple[int, ...]
    """Emission wavelengths, one for each channel."""

    @property
    def size_z(self) -> int:
        """Optical sections of each channel and time point."""
        return max(1, self.sections // (self.size_t * len(self.waves)))

    @property
    def section_bytes(self) -> int:
        """Bytes of the header of one section."""
        return 4 * (self.integers + self.floats)

    def section(self, t: int, c: int, z: int) -> int:
        """Number of the section of one plane."""
        number, stride = 0, 1
        at = {"T": t, "C": c, "Z": z}
        sizes = {"T": self.size_t, "C": len(self.waves), "Z": self.size_z}
        for axis in self.sequence:
            number += at[axis] * stride
            stride *= sizes[axis]
        return number


def _header(data: bytes, identity: FileIdentity) -> _Header:
    if len(data) < HEADER_BYTES:
        raise _damaged(identity, f"its header has {len(data)} bytes of {HEADER_BYTES}")
    order = "<" if struct.unpack_from("<H", data, 96)[0] == _MARK else ">"
    width, height, sections, kind = struct.unpack_from(f"{order}4i", data)
    extended = struct.unpack_from(f"{order}i", data, 92)[0]
    integers, floats = struct.unpack_from(f"{order}2h", data, 128)
    times, sequence = struct.unpack_from(f"{order}2h", data, 180)
    count, *waves = struct.unpack_from(f"{order}6h", data, 196)
    check_sizes(width, height)
    if sections < 1 or extended < 0 or kind not in _TYPES:
        raise _damaged(identity, f"{sections} sections of type {kind} after {extended} bytes")
    size_t, size_c = max(1, times), max(1, min(count, 5))
    if size_t * size_c > sections:
        raise _damaged(identity, f"{sections} sections are not {size_t} times {size_c}")
    return _Header(
        order, width, height, sections, kind,
        struct.unpack_from(f"{order}3f", data, 40), extended, max(0, integers), max(0, floats),
        struct.unpack_from(f"{order}h", data, 162)[0], size_t, _ORDERS.get(sequence, "ZTC"),
        tuple(waves[:size_c]),
    )  # fmt: skip


def _sections_bytes(header: _Header) -> int:
    return header.sections * header.section_bytes


def _layout(header: _Header, identity: FileIdentity) -> Layout:
    dtype, bits = _TYPES[header.type]
    encoding = Encoding(
        compression=NONE,
        dtype=dtype,
        bits=bits,
        rows=header.height,
        width=header.width,
        big_endian=header.order == ">",
        complex_integers=header.type == _COMPLEX_INTEGERS,
        flipped=True,
    )
    start = HEADER_BYTES + header.extended
    step = header.height * encoding.row_bytes
    if start + step * header.size_z * header.size_t * len(header.waves) > identity.size:
        raise _damaged(identity, "it ends before its last section")
    first = raw_plane(0, header.height, start, encoding, identity.size)
    return stack(header.size_t, len(header.waves), header.size_z, first, step, header.section)


def _facts(header: _Header, data: bytes, sections: bytes, name: str) -> Acquired:
    planes = list(_planes(header, sections))
    lens = ObjectiveFacts(model=f"Lens {header.lens}") if header.lens else None
    x, y, z = header.size_um
    return Acquired(
        name=name,
        description="\n".join(_titles(data)) or None,
        size_x_um=x,
        size_y_um=y,
        size_z_um=z,
        interval_s=_interval(planes),
        channels=[
            ChannelFacts(emission_nm=wave, excitation_nm=_excitation(header, sections, channel))
            for channel, wave in enumerate(header.waves)
        ],
        planes=planes,
        objective=lens,
        originals=[(f"Title {number + 1}", text) for number, text in enumerate(_titles(data))],
    )


def _planes(header: _Header, sections: bytes) -> Iterator[PlaneFacts]:
    """Time, exposure and place of each plane, of those whose section has a header."""
    if header.floats < _FLOATS:
        return
    for t, c, z in np.ndindex(header.size_t, len(header.waves), header.size_z):
        numbers = _section(header, sections, header.section(t, c, z))
        if numbers is not None:
            yield PlaneFacts(t, c, z, numbers[1], numbers[8], *numbers[2:5])


def _section(header: _Header, sections: bytes, number: int) -> tuple[float, ...] | None:
    start = number * header.section_bytes + 4 * header.integers
    if header.floats < _FLOATS or start + 4 * _FLOATS > len(sections):
        return None
    return struct.unpack_from(f"{header.order}{_FLOATS}f", sections, start)


def _excitation(header: _Header, sections: bytes, channel: int) -> float | None:
    numbers = _section(header, sections, header.section(0, channel, 0))
    return positive(numbers[10]) if numbers is not None else None


def _interval(planes: list[PlaneFacts]) -> float | None:
    times = [plane.delta_t_s or 0.0 for plane in planes if (plane.c, plane.z) == (0, 0)]
    return positive((times[-1] - times[0]) / (len(times) - 1)) if len(times) > 1 else None


def _titles(data: bytes) -> list[str]:
    texts = (data[start : start + 80] for start in range(224, HEADER_BYTES, 80))
    found = (text.split(b"\0")[0].decode("latin-1").strip() for text in texts)
    return [text for text in found if text]


def _damaged(identity: FileIdentity, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{Path(identity.path).name} is damaged: {why}.",
        "Replace it by an undamaged copy.",
        path=identity.path,
    )
