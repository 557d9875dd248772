"""Reads Image Cytometry Standard: a text that describes samples beside it or behind it.

Source: Dean, Mascio, Ow, Sudar, Mullikin, Cytometry 11 (1990) 561, and libics for version 2.
"""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from store.errors import UnreadableFileError, UnsupportedError
from store.importing.clean import finite, iso_moment, positive
from store.importing.fact_records import parsed_fileset
from store.importing.facts import (
    Acquired,
    ChannelFacts,
    FoundImage,
    MicroscopeFacts,
    ObjectiveFacts,
)
from store.importing.found import FoundFileset, Skipped
from store.importing.layout import Layout, Stored, pixel_type, stack
from store.importing.ome_tiff import member
from store.importing.parsed import ParsedFile, ParsedFileset
from store.importing.stored_plane import check_sizes, raw_plane
from store.pixels.codecs import NONE, Encoding
from store.pixels.files import identify
from store.pixels.source import FileIdentity, PixelsShape

MAX_HEADER_BYTES = 2**20
_AT_ONCE_BYTES = 64 * 2**20
"""Planes of a compressed stream are decoded together up to this size."""
_AXES = {
    "x": "X", "y": "Y", "z": "Z", "t": "T", "ch": "C", "c": "C", "p": "C", "probe": "C",
    "l": "C", "lambda": "C", "rgb": "C", "s": "C",
}  # fmt: skip
_MICROMETRES = {
    "um": 1.0, "µm": 1.0, "micron": 1.0, "microns": 1.0, "micrometer": 1.0, "micrometers": 1.0,
    "nm": 1e-3, "mm": 1e3, "m": 1e6, "meters": 1e6,
}  # fmt: skip
_SECONDS = {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "min": 60.0}


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset | Skipped:
    """A description and its samples; see `store.importing.readers.Reader`."""
    master = path
    if path.suffix.lower() == ".ids":
        master = path.with_suffix(".ics")
        if master in taken:
            return Skipped(path, f"{master.name} does not name it")
    said = _said(master)
    return FoundFileset(kind, master, (master, *_partner(master, said)), __name__)


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one image; see `store.importing.readers.Reader`."""
    said = _said(found.master)
    paths = (found.master, *_partner(found.master, said))
    files = [identify(path) for path in paths]
    axes = _axes(said)
    stored = _stored(said, axes, files)
    facts = _facts(said, axes, found.master.name, stored.shape)
    rgb = said.layout("order").split()[1:2] == ["rgb"]
    return parsed_fileset(
        found.format,
        found.master.parent,
        list(map(ParsedFile.of, files)),
        [FoundImage(facts, stored, rgb)],
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What the text says: values by the words before them."""

    values: Mapping[tuple[str, str], str]
    end: int
    """Where samples start if they are in the same file."""

    def layout(self, name: str) -> str:
        """Text of a line of the layout."""
        return self.values.get(("layout", name), "")

    def of(self, category: str, name: str) -> str:
        """Text of a line; empty if there is none."""
        return self.values.get((category, name.lower()), "")

    def numbers(self, category: str, name: str) -> list[float | None]:
        """Numbers of a line."""
        return [finite(word) for word in self.of(category, name).split()]


def _said(path: Path) -> _Said:
    with path.open("rb") as file:
        data = file.read(MAX_HEADER_BYTES)
    separators = data[:2] if data[:1].isspace() else b"\t\n"
    if b"ics_version" not in data[:64]:
        raise UnreadableFileError(f"{path.name} is no description of samples.", path=str(path))
    line_end = b"\n" if separators[1:2] in (b"\n", b"\r") else separators[1:2]
    found = re.search(rb"(?:\n|\r|\A)end[\s]*?(?:\r\n|\n|\r)", data)
    text = data[: found.start()] if found else data
    values: dict[tuple[str, str], str] = {}
    for line in text.split(line_end):
        words = line.decode("latin-1").strip().split(maxsplit=1)
        if len(words) < 2:
            continue
        category, rest = words[0].lower(), words[1].split(maxsplit=1)
        name = rest[0].lower() if len(rest) > 1 else ""
        values.setdefault((category, name), rest[-1].strip())
        if category == "sensor" and name == "s_params" and len(rest) > 1:
            parameter = rest[1].split(maxsplit=1)
            values.setdefault(("sensor", parameter[0].lower()), parameter[-1])
    return _Said(values, found.end() if found else len(data))


def _partner(master: Path, said: _Said) -> tuple[Path, ...]:
    """The file with the samples, if it is another one."""
    source = said.of("source", "file")
    if source:
        return (member(master.parent, Path(source.replace("\\", "/")).name),)
    if said.values.get(("ics_version", ""), "1").startswith("2"):
        return ()
    for suffix in (".ids", ".IDS", ".ids.gz"):
        if master.with_suffix(suffix).is_file():
            return (member(master.parent, master.with_suffix(suffix).name),)
    raise UnreadableFileError(
        f"The samples of {master.name} are not beside it.",
        f"Put {master.with_suffix('.ids').name} into the same folder.",
        path=str(master),
    )


def _axes(said: _Said) -> dict[str, tuple[int, int]]:
    """Size and stride, in samples, of each axis, in the order of the file, the fastest first."""
    names = said.layout("order").lower().split()
    sizes = [int(word) for word in said.layout("sizes").split()]
    if names[:1] != ["bits"] or len(sizes) != len(names) or min(sizes) < 1:
        raise UnreadableFileError(f"The sizes {sizes} do not fit the axes {names}.")
    found: dict[str, tuple[int, int]] = {}
    stride = 1
    for name, size in zip(names[1:], sizes[1:], strict=True):
        axis = _AXES.get(name)
        if axis is not None and axis not in found:
            found[axis] = (size, stride)
        elif size > 1:
            raise UnsupportedError(f"An axis {name} of {size} cannot be read.", "Convert the file.")
        stride *= size
    if "X" not in found or "Y" not in found:
        raise UnreadableFileError(f"The axes {names} are none of an image.")
    check_sizes(found["X"][0], found["Y"][0])
    return {axis: found.get(axis, (1, stride)) for axis in (*found, *(set("ZCT") - set(found)))}


def _stored(
    said: _Said, axes: Mapping[str, tuple[int, int]], files: Sequence[FileIdentity]
) -> Layout | Stored:
    (width, step_x), (height, step_y) = axes["X"], axes["Y"]
    size_c, step_c = axes["C"]
    samples = size_c if step_c == 1 and step_x == size_c and size_c > 1 else 1
    if step_x != samples or step_y != samples * width:
        raise UnsupportedError("Rows whose pixels lie apart cannot be read.", "Convert the file.")
    encoding = _encoding(said, width, height, samples)
    plane = width * height * samples
    groups = size_c // samples
    shape = PixelsShape(axes["T"][0], size_c, axes["Z"][0], height, width)
    strides = [
        axes["T"][1] // plane, 0 if samples > 1 else step_c // plane, axes["Z"][1] // plane
    ]  # fmt: skip
    offset = _offset(said, files)
    if said.of("representation", "compression").lower() in ("", "uncompressed"):
        return _raw(encoding, shape, groups, strides, offset, files)
    storage = {
        "reader": "planes",
        "version": 1,
        "kind": "ics",
        "dtype": encoding.dtype,
        "levels": [{"width": width, "height": height}],
        "samples": samples,
        "at_once": max(1, _AT_ONCE_BYTES // (plane * encoding.bits // 8)),
        "strides": strides,
        "file": len(files) - 1,
        "offset": offset,
        "stored": (">" if encoding.big_endian else "<") + encoding.dtype,
    }
    if said.of("representation", "compression").lower() != "gzip":
        raise UnsupportedError("Only gzip of ICS can be read.", "Store it without compression.")
    return Stored(shape, pixel_type(encoding), storage, ())


def _raw(
    encoding: Encoding,
    shape: PixelsShape,
    groups: int,
    strides: Sequence[int],
    offset: int,
    files: Sequence[FileIdentity],
) -> Layout:
    number = len(files) - 1
    step = shape.y * encoding.row_bytes
    if offset + step * shape.t * groups * shape.z > files[number].size:
        raise UnreadableFileError(
            f"{Path(files[number].path).name} ends before its last plane.",
            "The file is not complete: copy it again.",
            path=files[number].path,
        )
    first = raw_plane(0, shape.y, offset, encoding, files[number].size)

    def place(t: int, c: int, z: int) -> int:
        return t * strides[0] + c * strides[1] + z * strides[2]

    return stack(shape.t, groups, shape.z, first, step, place, file=number)


def _offset(said: _Said, files: Sequence[FileIdentity]) -> int:
    given = said.of("source", "offset")
    return int(given) if given and len(files) > 1 else (0 if len(files) > 1 else said.end)


def _encoding(said: _Said, width: int, height: int, samples: int) -> Encoding:
    bits = int(said.layout("sizes").split()[0])
    kind = said.of("representation", "format").lower() or "integer"
    signed = said.of("representation", "sign").lower() == "signed"
    letter = {"real": "f", "float": "f", "complex": "c"}.get(kind, "i" if signed else "u")
    dtype = f"{letter}{bits // 8}"
    if dtype not in ("u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8", "c8", "c16") or bits % 8:
        raise UnsupportedError(
            f"{kind} samples of {bits} bits cannot be read.", "Convert the file."
        )
    order = said.of("representation", "byte_order").split()
    big = len(order) > 1 and finite(order[0]) != 1
    return Encoding(
        NONE, dtype, bits, height, width, samples=samples, big_endian=big, from_zero=True
    )


def _facts(
    said: _Said, axes: Mapping[str, tuple[int, int]], name: str, shape: PixelsShape
) -> Acquired:
    scales = _scales(said)
    bits = finite(said.layout("significant_bits"))
    aperture = positive((said.numbers("sensor", "numaperture") or [None])[0])
    originals = [
        (" ".join(part for part in key if part), value) for key, value in said.values.items()
    ]
    return Acquired(
        name=name,
        moment=iso_moment(said.of("history", "date")) or iso_moment(said.of("history", "created")),
        size_x_um=scales.get("X"),
        size_y_um=scales.get("Y"),
        size_z_um=scales.get("Z"),
        interval_s=scales.get("T") if shape.t > 1 else None,
        bits=int(bits) if bits and bits > 1 and bits < _bits(said) else None,
        channels=_channels(said, shape.c),
        objective=ObjectiveFacts(lens_na=aperture) if aperture else None,
        microscope=MicroscopeFacts(None, said.of("sensor", "model") or None),
        originals=originals,
    )


def _bits(said: _Said) -> int:
    return int(said.layout("sizes").split()[0])


def _scales(said: _Said) -> dict[str, float]:
    """Distance between samples along each axis, in micrometres and seconds."""
    names = said.layout("order").lower().split()
    units = said.of("parameter", "units").lower().split()
    found: dict[str, float] = {}
    for axis, scale, unit in zip(names, said.numbers("parameter", "scale"), units, strict=False):
        known = _SECONDS if axis == "t" else _MICROMETRES
        if scale and scale > 0 and unit in known and axis in _AXES:
            found.setdefault(_AXES[axis], scale * known[unit])
    return found


def _channels(said: _Said, count: int) -> list[ChannelFacts]:
    excitation = said.numbers("sensor", "lambdaex")
    emission = said.numbers("sensor", "lambdaem")
    pinhole = said.numbers("sensor", "pinholeradius")
    return [
        ChannelFacts(
            excitation_nm=excitation[number] if number < len(excitation) else None,
            emission_nm=emission[number] if number < len(emission) else None,
            pinhole_um=pinhole[number] if number < len(pinhole) else None,
            samples=1,
        )
        for number in range(min(count, 1024))
    ]
