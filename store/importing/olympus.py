"""Reads Olympus OIB and OIF: a small TIFF file for each plane, in one file or in a folder."""

import datetime as dt
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np
import oiffile
import tifffile

from store.errors import UnreadableFileError, UnsupportedError, reason
from store.importing.clean import finite, iso_moment, originals_of, positive
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
from store.importing.layout import MAX_PLANES, Layout, PlacedPlane, Stored, pixel_type
from store.importing.parsed import ParsedFile, ParsedFileset
from store.importing.stored_plane import StoredPlane, check_sizes
from store.pixels.codecs import NONE, Encoding
from store.pixels.files import identify
from store.pixels.olympus import OibFile, Place, first_page, plane_names
from store.pixels.source import FileIdentity, PixelsShape

OIF = ".oif"
_FOLDER = ".files"
_MAX_PROPERTIES = 20_000
"""Planes beyond these are not asked when and where they were taken."""
_NM_TO_UM = 1e-3
_MS_TO_S = 1e-3
_UNKNOWN = 9999
"""What the software writes for numbers that it does not know."""


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset | Skipped:
    """One OIB file, or an OIF file and its folder; see `store.importing.readers.Reader`."""
    if path.suffix.lower() == OIF:
        folder = path.with_name(path.name + _FOLDER)
        if not folder.is_dir():
            raise UnreadableFileError(
                f"The folder {folder.name} is not beside {path.name}.",
                "Put both into the same folder.",
                path=str(path),
            )
        inside = sorted(file for file in folder.iterdir() if _is_plain(file))
        return FoundFileset("Olympus OIF", path, (path, *inside), __name__)
    try:
        with oiffile.CompoundFile(path) as file:
            names = {name.rpartition("/")[2] for name in file.files()}
    except Exception as error:  # hostile files raise twenty kinds of exceptions
        raise UnreadableFileError(
            f"{path.name} is damaged: {reason(error)}.",
            "Replace it by an undamaged copy.",
            path=str(path),
        ) from error
    if "OibInfo.txt" not in names:
        return Skipped(path, "a compound document that is no Olympus OIB")
    return FoundFileset("Olympus OIB", path, (path,), __name__)


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one image; see `store.importing.readers.Reader`."""
    identities = [identify(path) for path in found.files]
    is_set = found.master.suffix.lower() == OIF
    with _OifSet(found.files) if is_set else OibFile(found.master) as file:
        names = plane_names(file.names())
        if not names:
            raise UnreadableFileError(f"{found.master.name} holds no planes.")
        sizes = tuple(max(place[axis] for place in names) + 1 for axis in range(4))
        if np.prod(sizes, dtype=object) > MAX_PLANES:
            raise UnsupportedError(f"An image of more than {MAX_PLANES} planes cannot be read.")
        stored = _stored(file, names, sizes, identities)
        main = oiffile.SettingsFile(file.open(file.main), file.main)
        said = _Said(file, main, names, sizes)
        image = FoundImage(said.facts(found.master.name), stored)
    return parsed_fileset(
        found.format, found.master.parent, list(map(ParsedFile.of, identities)), [image]
    )


class _OifSet:
    """The files in the folder of an OIF file, by their names."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._numbers = {path.name: number for number, path in enumerate(paths)}
        self._paths = paths
        self.main = paths[0].name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing stays open."""

    def names(self) -> Iterable[str]:
        """Names of all files."""
        return self._numbers

    def number(self, name: str) -> int:
        """Number of a file in the set."""
        return self._numbers[name]

    def open(self, name: str) -> BinaryIO:
        """The content of a file."""
        return BytesIO(self._paths[self._numbers[name]].read_bytes())


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and not path.name.startswith(".")


def _stored(
    file: OibFile | _OifSet,
    names: Mapping[Place, str],
    sizes: Sequence[int],
    identities: Sequence[FileIdentity],
) -> Layout | Stored:
    """Planes by their chunks; decoded as a whole where a stream lies in pieces."""
    planes: dict[Place, PlacedPlane] = {}
    for number, (place, name) in enumerate(sorted(names.items())):
        where = _where(file, name, identities)
        if where is None:
            return _whole(file, names, sizes)
        member, start, size = where
        plane = _plane(identities[member], start, size, number)
        planes[place] = PlacedPlane(member, plane)
    size_t, size_c, waves, size_z = sizes

    def plane_of(level: int, t: int, group: int, z: int) -> PlacedPlane | None:
        return planes.get((t, *divmod(group, waves), z))

    first = next(iter(planes.values()))
    return Layout(size_t, size_c * waves, size_z, first, 1, plane_of)


def _where(
    file: OibFile | _OifSet, name: str, identities: Sequence[FileIdentity]
) -> tuple[int, int, int] | None:
    """Number of the file, start and length of a TIFF file in it; none if it lies in pieces."""
    if isinstance(file, _OifSet):
        number = file.number(name)
        return number, 0, identities[number].size
    start = file.start(name)
    return (0, start, file.size(name)) if start is not None else None


def _plane(identity: FileIdentity, start: int, size: int, number: int) -> StoredPlane:
    """The first page of a TIFF file that lies in another file."""
    with tifffile.TiffFile(identity.path, offset=start, size=size) as tiff:
        page = tiff.pages.first
        if int(page.compression) != NONE or page.samplesperpixel != 1 or page.is_tiled:
            raise UnsupportedError("Compressed planes of Olympus cannot be read.")
        if page.dtype is None or not page.rowsperstrip:
            raise UnreadableFileError(f"Plane {number} has no samples.")
        check_sizes(page.imagewidth, page.imagelength)
        bits = 8 * page.dtype.itemsize
        rows = min(page.rowsperstrip, page.imagelength)
        encoding = Encoding(
            NONE, page.dtype.str[1:], bits, rows, page.imagewidth,
            big_endian=tiff.byteorder == ">",
        )  # fmt: skip
        offsets = np.array(page.dataoffsets, np.uint64) + np.uint64(start)
        lengths = np.array(page.databytecounts, np.uint64)
        plane = StoredPlane(
            number, page.imagewidth, page.imagelength, 1, 1, encoding, offsets, lengths
        )
    short = len(offsets) < plane.chunks_of_plane or len(lengths) < plane.chunks_of_plane
    if short or np.any(offsets + lengths > identity.size):
        raise UnreadableFileError(
            f"Plane {number} is not wholly inside the file.",
            "The file is not complete: copy it again.",
            path=identity.path,
        )
    return plane.decodable()


def _whole(file: OibFile | _OifSet, names: Mapping[Place, str], sizes: Sequence[int]) -> Stored:
    """Planes that the library decodes one at a time."""
    like = first_page(file.open(next(iter(names.values()))))
    size_t, size_c, waves, size_z = sizes
    height, width = like.shape
    encoding = Encoding(NONE, like.dtype.str[1:], 8 * like.dtype.itemsize, height, width)
    storage = {
        "reader": "planes",
        "version": 1,
        "kind": "olympus",
        "dtype": encoding.dtype,
        "levels": [{"width": width, "height": height}],
        "samples": 1,
        "at_once": 1,
        "strides": [size_c * waves * size_z, size_z, 1],
        "sizes": list(sizes),
    }
    shape = PixelsShape(size_t, size_c * waves, size_z, height, width)
    return Stored(shape, pixel_type(encoding), storage, ())


@dataclass(frozen=True, slots=True)
class _Said:
    """What the settings of the file say."""

    file: OibFile | _OifSet
    main: Mapping[str, Any]
    names: Mapping[Place, str]
    sizes: Sequence[int]

    def facts(self, name: str) -> Acquired:
        """What is said of the image."""
        main = self.main
        common = main.get("Acquisition Parameters Common", {})
        picture = main.get("Reference Image Parameter", {})
        info = main.get("File Info", {})
        first = self._properties(min(self.names))
        bits = finite(picture.get("ValidBitCounts"))
        step = positive(abs(finite(self._axis("Z").get("Interval")) or 0))
        return Acquired(
            name=name,
            moment=self._moment(common),
            description=str(info.get("UserComment") or "").strip() or None,
            size_x_um=_micrometres(picture, "Width"),
            size_y_um=_micrometres(picture, "Height"),
            size_z_um=step * _NM_TO_UM if step and self.sizes[3] > 1 else None,
            interval_s=self._interval(),
            bits=int(bits) if bits and bits > 1 else None,
            channels=self._channels(first),
            planes=list(self._planes()),
            objective=_objective(first),
            microscope=MicroscopeFacts("Olympus", main.get("Version Info", {}).get("SystemName")),
            originals=list(originals_of(dict(main), "|")),
        )

    def _axis(self, code: str) -> Mapping[str, Any]:
        for number in range(9):
            found = self.main.get(f"Axis {number} Parameters Common", {})
            if found.get("AxisCode") == code:
                return dict(found)
        return {}

    def _moment(self, common: Mapping[str, Any]) -> dt.datetime | None:
        found = iso_moment(common.get("ImageCaputreDate"))  # so spelt
        thousandths = finite(common.get("ImageCaputreDate+MilliSec")) or 0
        return found + dt.timedelta(milliseconds=thousandths) if found else None

    def _interval(self) -> float | None:
        step = positive(self._axis("T").get("Interval"))
        return step * _MS_TO_S if step and self.sizes[0] > 1 else None

    def _channels(self, first: Mapping[str, Any]) -> list[ChannelFacts]:
        common = first.get("Acquisition Parameters Common", {})
        pinhole = positive(common.get("PinholeDiameter"))
        found: list[ChannelFacts] = []
        for number in range(self.sizes[1]):
            said = self.main.get(f"Channel {number + 1} Parameters", {})
            dye = str(said.get("DyeName") or "").strip().removeprefix("None")
            channel = ChannelFacts(
                name=dye or said.get("CH Name"),
                excitation_nm=positive(said.get("ExcitationWavelength")),
                emission_nm=positive(said.get("EmissionWavelength")),
                fluor=dye or None,
                pinhole_um=pinhole * _NM_TO_UM if pinhole else None,
                mode="LaserScanningConfocalMicroscopy",
            )
            found += [channel] * self.sizes[2]
        return found

    def _planes(self) -> Iterator[PlaneFacts]:
        for place in sorted(self.names)[:_MAX_PROPERTIES]:
            t, c, wave, z = place
            said = self._properties(place)
            time = finite(said.get("Axis 4 Parameters", {}).get("AbsPositionValue"))
            depth = finite(said.get("Axis 3 Parameters", {}).get("AbsPositionValue"))
            yield PlaneFacts(
                t, c * self.sizes[2] + wave, z,
                delta_t_s=time * _MS_TO_S if time is not None else None,
                z_um=depth * _NM_TO_UM if depth is not None else None,
            )  # fmt: skip

    def _properties(self, place: Place) -> Mapping[str, Any]:
        """What is said of one plane; nothing where that cannot be read."""
        name = self.names[place][:-4] + ".pty"
        try:
            return oiffile.SettingsFile(self.file.open(name), name)
        except (OSError, ValueError, KeyError, UnicodeError) as error:
            facts = {"file": name, "why": str(error)[:200]}
            logging.getLogger(__name__).debug("properties left out", extra=facts)
            return {}


def _micrometres(said: Mapping[str, Any], name: str) -> float | None:
    unit = {"um": 1.0, "nm": _NM_TO_UM, "mm": 1e3}.get(str(said.get(f"{name}Unit")))
    value = positive(said.get(f"{name}ConvertValue"))
    return value * unit if value is not None and unit is not None else None


def _objective(said: Mapping[str, Any]) -> ObjectiveFacts | None:
    common = said.get("Acquisition Parameters Common", {})
    model = " ".join(str(common.get("ObjectiveLens Name") or "").split())
    distance = positive(common.get("ObjectiveLens WDValue"))
    if not model and not common.get("Magnification"):
        return None
    return ObjectiveFacts(
        model=model or None,
        magnification=positive(common.get("Magnification")),
        lens_na=positive(common.get("ObjectiveLens NAValue")),
        working_distance_um=distance if distance and distance < _UNKNOWN else None,
    )
