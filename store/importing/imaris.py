"""Reads Imaris: chunks of HDF5 volumes by their place, cropped to what the image really has."""

import datetime as dt
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from store.errors import UnreadableFileError, UnsupportedError, reason
from store.importing.clean import MAX_ORIGINALS, finite, iso_moment, positive
from store.importing.fact_records import parsed_fileset
from store.importing.facts import (
    Acquired,
    ChannelFacts,
    FoundImage,
    MicroscopeFacts,
    ObjectiveFacts,
    PlaneFacts,
)
from store.importing.found import FoundFileset, Skipped
from store.importing.layout import MAX_PLANES, Layout, PlacedPlane
from store.importing.parsed import ParsedFile, ParsedFileset
from store.importing.stored_plane import StoredPlane, check_inside, check_sizes, raw_plane
from store.pixels.codecs import DEFLATE, LZ4_HDF5, NONE, Encoding
from store.pixels.files import identify
from store.pixels.source import FileIdentity

IMARIS = "Imaris"
MAX_LEVELS = 32
MAX_CHUNKS = 8_000_000
_SHUFFLE = 2
_FILTERS = {1: DEFLATE, 32004: LZ4_HDF5}
_TYPES = frozenset({"u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8"})
_UNITS = {"um": 1.0, "µm": 1.0, "nm": 1e-3, "mm": 1e3, "m": 1e6, "": 1.0}
_AXES = ("X", "Y", "Z")


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset | Skipped:
    """One file holds one image; see `store.importing.readers.Reader`."""
    try:
        with h5py.File(path, "r") as file:
            known = {"DataSet", "DataSetInfo"} <= set(file)
    except Exception as error:  # hostile files raise twenty kinds of exceptions
        raise UnreadableFileError(
            f"{path.name} is damaged: {reason(error)}.",
            "Replace it by an undamaged copy.",
            path=str(path),
        ) from error
    if not known:
        return Skipped(path, "an HDF5 file that is none of Imaris")
    return FoundFileset(IMARIS, path, (path,), __name__)


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one image; see `store.importing.readers.Reader`."""
    identity = identify(found.master)
    with h5py.File(found.master, "r") as file:
        layout = _layout(file, identity)
        facts = _facts(file, layout, found.master.name)
    image = FoundImage(facts, layout)
    return parsed_fileset(found.format, found.master.parent, [ParsedFile.of(identity)], [image])


@dataclass(frozen=True, slots=True)
class _Volume:
    """One resolution of one channel at one time."""

    plane: StoredPlane
    """Its slices in chunks; or the first slice, where they follow each other."""
    size_z: int
    step: int
    """Bytes from one slice to the next; 0 in chunks."""

    def placed(self, z: int) -> PlacedPlane:
        """Where one slice lies."""
        if self.step:
            return PlacedPlane(0, self.plane, shift=z * self.step)
        return PlacedPlane(0, self.plane, piece=z)


def _layout(file: Any, identity: FileIdentity) -> Layout:
    levels: list[dict[tuple[int, int], _Volume]] = []
    for number in range(MAX_LEVELS):
        level = _child(file, f"DataSet/ResolutionLevel {number}")
        volumes = dict(_volumes(level, identity)) if level is not None else {}
        if not volumes or (levels and not _is_level(volumes, levels)):
            break
        levels.append(volumes)
    if not levels:
        raise UnreadableFileError("The file has no samples.", "Replace it by an undamaged copy.")
    size_t = max(t for t, _ in levels[0]) + 1
    size_c = max(c for _, c in levels[0]) + 1
    first = next(iter(levels[0].values()))
    if size_t * size_c * first.size_z > MAX_PLANES:
        raise UnsupportedError(f"An image of more than {MAX_PLANES} planes cannot be read.")

    def plane(level: int, t: int, group: int, z: int) -> PlacedPlane | None:
        volume = levels[level].get((t, group))
        return volume.placed(z) if volume is not None and z < volume.size_z else None

    return Layout(size_t, size_c, first.size_z, first.placed(0), len(levels), plane)


def _is_level(
    volumes: Mapping[tuple[int, int], _Volume], levels: list[dict[tuple[int, int], _Volume]]
) -> bool:
    """It has the same volumes, smaller than before, with all their slices.

    Imaris halves the depth as well where that is finer than the width: such levels have no slice
    for each of the image, and smaller ones are derived instead.
    """
    like, before = next(iter(volumes.values())), next(iter(levels[-1].values()))
    smaller = like.plane.width * like.plane.height < before.plane.width * before.plane.height
    return smaller and like.size_z == before.size_z and volumes.keys() == levels[0].keys()


def _volumes(level: Any, identity: FileIdentity) -> Iterator[tuple[tuple[int, int], _Volume]]:
    for time in _numbered(level, "TimePoint"):
        group = _child(level, f"TimePoint {time}")
        for channel in _numbered(group, "Channel"):
            inner = _child(group, f"Channel {channel}")
            data = _child(inner, "Data") if inner is not None else None
            if data is not None:
                yield (time, channel), _volume(inner, data, identity)


def _numbered(group: Any, word: str) -> list[int]:
    """Numbers of the members of a group that are called by a word and a number."""
    if group is None:
        return []
    found = [name[len(word) :].strip() for name in group if name.startswith(word)]
    return sorted(int(number) for number in found if number.isdecimal() and len(number) < 7)


def _child(group: Any, path: str) -> Any:
    """A member of a group, none if there is none; links to other files are not followed."""
    here = group
    for name in path.split("/"):
        if name not in here.keys():  # noqa: SIM118  the other way follows links
            return None
        if not isinstance(here.get(name, getlink=True), h5py.HardLink):
            raise UnsupportedError("HDF5 files with links to others cannot be read.")
        here = here[name]
    return here


def _volume(group: Any, data: Any, identity: FileIdentity) -> _Volume:
    if not isinstance(data, h5py.Dataset) or data.ndim != 3 or data.is_virtual or data.external:
        raise UnsupportedError("Volumes that lie in other files, or have not three axes.")
    sizes = [_size(group, axis, data.shape[2 - n]) for n, axis in enumerate(_AXES)]
    width, height, depth = sizes
    check_sizes(width, height)
    dtype = data.dtype.str[1:]
    if dtype not in _TYPES:
        raise UnsupportedError(f"Samples of type {data.dtype} cannot be read.", "Convert the file.")
    encoding = _encoding(data, dtype, width)
    if data.chunks is None:
        return _contiguous(data, encoding, height, depth, identity)
    plane = _chunked(data, encoding, (depth, height, width), identity)
    return _Volume(plane, depth, 0)


def _size(group: Any, axis: str, stored: int) -> int:
    """Pixels along an axis, of which more may be stored."""
    said = finite(_text(group.attrs, f"ImageSize{axis}"))
    return int(said) if said is not None and 1 <= said <= stored else int(stored)


def _encoding(data: Any, dtype: str, width: int) -> Encoding:
    pipeline = data.id.get_create_plist()
    filters = [pipeline.get_filter(number)[0] for number in range(pipeline.get_nfilters())]
    shuffled = filters[:1] == [_SHUFFLE]
    rest = filters[1:] if shuffled else filters
    if len(rest) > 1 or any(code not in _FILTERS for code in rest):
        raise UnsupportedError(
            f"HDF5 chunks with the filters {filters} cannot be read.", "Save the file with gzip."
        )
    bits = 8 * int(dtype[1:])
    return Encoding(
        _FILTERS[rest[0]] if rest else NONE, dtype, bits, 1, width,
        big_endian=data.dtype.str[0] == ">", shuffled=shuffled and bits > 8,
    )  # fmt: skip


def _contiguous(
    data: Any, encoding: Encoding, height: int, depth: int, identity: FileIdentity
) -> _Volume:
    offset = data.id.get_offset()
    if offset is None:
        raise UnsupportedError("A volume that was never written cannot be read.")
    itemsize = encoding.bits // 8
    padded = replace(encoding, padding=(data.shape[2] - encoding.width) * itemsize)
    step = data.shape[1] * data.shape[2] * itemsize
    raw_plane(depth - 1, height, offset + (depth - 1) * step, padded, identity.size)
    return _Volume(raw_plane(0, height, offset, padded, identity.size), depth, step)


def _chunked(
    data: Any, encoding: Encoding, sizes: tuple[int, int, int], identity: FileIdentity
) -> StoredPlane:
    depth, height, width = sizes
    slices, rows, columns = (int(size) for size in data.chunks)
    grid = (-(-depth // slices), -(-height // rows), -(-width // columns))
    if np.prod(grid, dtype=object) > MAX_CHUNKS:
        raise UnsupportedError(f"A volume of more than {MAX_CHUNKS} chunks cannot be read.")
    offsets, lengths = np.zeros(grid, np.uint64), np.zeros(grid, np.uint64)

    def note(chunk: Any) -> None:
        place = tuple(
            start // size for start, size in zip(chunk.chunk_offset, data.chunks, strict=True)
        )
        if any(at >= end for at, end in zip(place, grid, strict=True)):
            return
        check_inside(place[0], chunk.byte_offset, chunk.size, identity.size)
        if chunk.filter_mask:
            raise UnsupportedError("Chunks that leave out filters cannot be read.")
        offsets[place], lengths[place] = chunk.byte_offset, chunk.size

    data.id.chunk_iter(note)
    tiled = replace(encoding, rows=rows, width=columns, slices=slices, tiled=True)
    fill = finite(data.fillvalue)
    return StoredPlane(
        0, width, height, depth, 1, replace(tiled, fill=fill or 0), offsets.reshape(-1),
        lengths.reshape(-1),
    ).decodable()  # fmt: skip


def _facts(file: Any, layout: Layout, name: str) -> Acquired:
    info = file["DataSetInfo"]
    image = _attributes(info, "Image")
    shape = layout.shape
    unit = _UNITS.get(image.get("Unit", "").lower())
    sizes: list[float | None] = []
    for axis, count in enumerate((shape.x, shape.y, shape.z)):
        low, high = finite(image.get(f"ExtMin{axis}")), finite(image.get(f"ExtMax{axis}"))
        known = low is not None and high is not None and unit is not None
        sizes.append(abs(high - low) / count * unit if known else None)  # type: ignore[operator]
    times = _times(_attributes(info, "TimeInfo"), shape.t)
    start = iso_moment(image.get("RecordingDate")) or (times[0] if times else None)
    return Acquired(
        name=image.get("Name") or name,
        moment=start,
        description=image.get("Description") or None,
        size_x_um=sizes[0],
        size_y_um=sizes[1],
        size_z_um=sizes[2],
        interval_s=_interval(times),
        channels=[_channel(_attributes(info, f"Channel {number}")) for number in range(shape.c)],
        planes=list(_planes(times, layout)),
        objective=_objective(image),
        microscope=MicroscopeFacts(None, image.get("MicroscopeModality") or None),
        originals=_originals(info),
    )


def _attributes(info: Any, name: str) -> dict[str, str]:
    group = _child(info, name)
    return {key: _text(group.attrs, key) for key in group.attrs} if group is not None else {}


def _text(attributes: Any, name: str) -> str:
    """A text that is stored as an array of single characters."""
    try:
        value = attributes.get(name)
        if isinstance(value, np.ndarray):
            parts = (part if isinstance(part, bytes) else str(part).encode() for part in value)
            return b"".join(parts).decode("utf-8", "replace").strip("\0 ")
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
    except (OSError, TypeError, ValueError, KeyError, RuntimeError):
        return ""


def _channel(said: Mapping[str, str]) -> ChannelFacts:
    levels = [finite(word) for word in said.get("Color", "").split()]
    colour = [round(255 * level) for level in levels if level is not None and 0 <= level <= 1]
    return ChannelFacts(
        name=said.get("Name") or None,
        color=(colour[0], colour[1], colour[2]) if len(colour) == 3 else None,
        excitation_nm=positive(said.get("LSMExcitationWavelength", "").removesuffix("nm")),
        emission_nm=positive(said.get("LSMEmissionWavelength", "").removesuffix("nm")),
        pinhole_um=positive(said.get("LSMPinhole")),
    )


def _objective(image: Mapping[str, str]) -> ObjectiveFacts | None:
    power, aperture = positive(image.get("LensPower")), positive(image.get("NumericalAperture"))
    return ObjectiveFacts(magnification=power, lens_na=aperture) if power or aperture else None


def _times(said: Mapping[str, str], count: int) -> list[dt.datetime]:
    """When each time point was taken; none if not all of them are said."""
    found = [
        iso_moment(said.get(f"TimePoint{number + 1}")) for number in range(min(count, 100_000))
    ]
    known = [time for time in found if time is not None]
    return known if len(known) == count else []


def _interval(times: list[dt.datetime]) -> float | None:
    if len(times) < 2:
        return None
    return positive((times[-1] - times[0]).total_seconds() / (len(times) - 1))


def _planes(times: list[dt.datetime], layout: Layout) -> Iterator[PlaneFacts]:
    shape = layout.shape
    if len(times) < 2 or shape.planes > MAX_ORIGINALS * 50:
        return
    for t, time in enumerate(times):
        delta = (time - times[0]).total_seconds()
        for c in range(shape.c):
            for z in range(shape.z):
                yield PlaneFacts(t, c, z, delta_t_s=delta)


def _originals(info: Any) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for group in sorted(info):
        for key, value in _attributes(info, group).items():
            if value and len(found) < MAX_ORIGINALS:
                found.append((f"{group}|{key}", value))
    return found
