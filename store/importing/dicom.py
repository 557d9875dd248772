"""Reads DICOM: slides of several files as pyramids, series of pictures as stacks."""

import math
import warnings
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

from store.errors import UnreadableFileError
from store.importing import dicom_metadata
from store.importing.dicom_frames import Frames, frames_of
from store.importing.fact_records import parsed_fileset
from store.importing.facts import FoundImage
from store.importing.found import FoundFileset, Skipped
from store.importing.layout import MAX_PLANES, Layout, PlacedPlane, Stored
from store.importing.mosaic import MosaicLevel, Tile, stored_mosaic
from store.importing.parsed import ParsedFile, ParsedFileset
from store.importing.stored_plane import StoredPlane, check_sizes

SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
MAX_FILES = 10_000
MAX_TILES = 4_000_000
_ASSOCIATED = ("LABEL", "OVERVIEW", "THUMBNAIL", "LOCALIZER")
_MARK = b"DICM"

type Numbered = tuple[int, Frames]
"""Number of the file in its set, and its frames."""


def find(path: Path, kind: str, taken: AbstractSet[Path]) -> FoundFileset | Skipped:
    """All files of a series in a folder; see `store.importing.readers.Reader`."""
    if path.name == "DICOMDIR":
        return Skipped(path, "an index of DICOM files, which are imported themselves")
    series = _series_of(path)
    if not series:
        return FoundFileset(kind, path, (path,), __name__)
    known = _series_in(str(path.parent), path.parent.stat().st_mtime_ns)
    members = sorted(other for other in known.get(series, ()) if other not in taken)
    files = tuple(dict.fromkeys([path, *members]))[:MAX_FILES]
    master = min(files)
    return FoundFileset(
        kind, master, (master, *(file for file in files if file != master)), __name__
    )


def parse(found: FoundFileset) -> ParsedFileset:
    """Read one series; see `store.importing.readers.Reader`."""
    with warnings.catch_warnings(action="ignore"):  # of values that the standard forbids
        read = [frames for path in found.files if (frames := frames_of(path)) is not None]
        if not read:
            raise UnreadableFileError(
                f"{found.master.name} holds no picture.", "Import other files."
            )
        numbered = list(enumerate(read))
        if str(read[0].said.get("SOPClassUID", "")) == SLIDE:
            images = _slide(numbered, found.master.name)
        else:
            images = _stacks(numbered, found.master.name)
    identities = [frames.identity for frames in read]
    return parsed_fileset(
        found.format, found.master.parent, list(map(ParsedFile.of, identities)), images
    )


@lru_cache(maxsize=2)
def _series_in(folder: str, changed_ns: int) -> Mapping[str, tuple[Path, ...]]:
    """DICOM files of a folder by their series; asked anew when the folder changes."""
    found: dict[str, list[Path]] = {}
    for path in sorted(Path(folder).iterdir()):
        if path.is_file() and not path.name.startswith("."):
            series = _series_of(path)
            if series:
                found.setdefault(series, []).append(path)
    return {series: tuple(paths) for series, paths in found.items()}


def _series_of(path: Path) -> str:
    """The series that a file belongs to; empty if it is no DICOM file, or has none."""
    try:
        with path.open("rb") as file, warnings.catch_warnings(action="ignore"):
            if file.read(132)[128:] != _MARK:
                return ""
            file.seek(0)
            tags = ["SeriesInstanceUID"]
            said = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=tags)
        return str(said.get("SeriesInstanceUID", ""))
    except Exception:  # noqa: BLE001  hostile files raise twenty kinds; parsing them says what
        return ""


def _slide(files: Sequence[Numbered], name: str) -> list[FoundImage]:
    """Volume images are the levels of one; label, overview and thumbnail are images of their own."""
    levels: dict[tuple[str, int], list[Numbered]] = {}
    associated: list[tuple[str, Numbered]] = []
    for number, frames in files:
        kinds = [str(word).upper() for word in frames.said.get("ImageType", [])]
        other = next((kind for kind in _ASSOCIATED if kind in kinds), None)
        if other:
            associated.append((other.lower(), (number, frames)))
        else:
            key = (str(frames.said.get("FrameOfReferenceUID", "")), frames.samples)
            levels.setdefault(key, []).append((number, frames))
    images: list[FoundImage] = []
    for group in levels.values():
        ordered = sorted(group, key=lambda item: -_matrix(item[1])[0])
        title = name if len(levels) == 1 else f"{name} #{len(images) + 1}"
        images.append(_slide_image(_alike(ordered), title))
    images += [_slide_image([one], f"{name} [{kind}]") for kind, one in associated]
    return images


def _alike(ordered: Sequence[Numbered]) -> list[Numbered]:
    """Levels that have the type of samples of the first; each smaller than the one before."""
    first = ordered[0][1]
    found = [ordered[0]]
    for one in ordered[1:]:
        same = one[1].encoding.dtype == first.encoding.dtype
        if same and _matrix(one[1])[0] < _matrix(found[-1][1])[0]:
            found.append(one)
    return found


def _slide_image(levels: Sequence[Numbered], name: str) -> FoundImage:
    _, frames = levels[0]
    paths, depth = _paths(frames), _depth(frames)
    facts = dicom_metadata.facts(frames.said, name, len(paths), depth)
    rgb = frames.samples == 3
    grids = [_Grid(number, one, paths, depth) for number, one in levels]
    if all(grid.regular for grid in grids):
        return FoundImage(facts, _pyramid(grids), rgb)
    return FoundImage(facts, _mosaic(grids), rgb)


def _matrix(frames: Frames) -> tuple[int, int]:
    """Columns and rows of the whole picture."""
    width = int(frames.said.get("TotalPixelMatrixColumns") or frames.width)
    height = int(frames.said.get("TotalPixelMatrixRows") or frames.height)
    check_sizes(width, height)
    return width, height


def _paths(frames: Frames) -> list[str]:
    """Identifiers of the optical paths, which are channels."""
    listed = frames.said.get("OpticalPathSequence") or []
    return [str(path.get("OpticalPathIdentifier", n)) for n, path in enumerate(listed)] or ["1"]


def _depth(frames: Frames) -> int:
    depth = int(frames.said.get("TotalPixelMatrixFocalPlanes") or 1)
    if not 0 < depth <= MAX_PLANES:
        raise UnreadableFileError(f"The file claims {depth} focal planes.")
    return depth


class _Grid:
    """Which frame of a file lies where on the picture."""

    def __init__(self, file: int, frames: Frames, paths: Sequence[str], depth: int) -> None:
        self.file = file
        self.frames = frames
        self.width, self.height = _matrix(frames)
        self.depth = depth
        self.paths = len(paths)
        self.columns = -(-self.width // frames.width)
        self.rows = -(-self.height // frames.height)
        if self.columns * self.rows * self.paths * depth > MAX_TILES:
            raise UnreadableFileError(f"The file claims more than {MAX_TILES} tiles.")
        self.places = self._places(list(paths))
        left, top = self.places[:, 2], self.places[:, 3]
        self.regular = bool(np.all(left % frames.width == 0) and np.all(top % frames.height == 0))

    def plane(self, path: int, z: int) -> StoredPlane:
        """The tiles of one channel and focal plane, on a regular grid."""
        size = self.columns * self.rows
        planes = self.frames.offsets.shape[1]
        offsets = np.zeros((planes, size), np.uint64)
        lengths = np.zeros((planes, size), np.uint64)
        chosen = np.flatnonzero((self.places[:, 0] == path) & (self.places[:, 1] == z))
        left, top = self.places[chosen, 2], self.places[chosen, 3]
        inside = (left < self.width) & (top < self.height) & (left >= 0) & (top >= 0)
        chosen, left, top = chosen[inside], left[inside], top[inside]
        tile = top // self.frames.height * self.columns + left // self.frames.width
        offsets[:, tile] = self.frames.offsets[chosen].T
        lengths[:, tile] = self.frames.lengths[chosen].T
        return StoredPlane(
            0, self.width, self.height, 1, self.frames.samples, self.frames.encoding,
            offsets.reshape(-1), lengths.reshape(-1),
        ).decodable()  # fmt: skip

    def tiles(self, path: int, z: int) -> list[Tile]:
        """The tiles of one channel and focal plane, wherever they lie."""
        frames = self.frames
        chosen = np.flatnonzero((self.places[:, 0] == path) & (self.places[:, 1] == z))
        return [
            Tile(
                self.file, int(self.places[n, 2]), int(self.places[n, 3]), frames.width,
                frames.height, frames.encoding, int(frames.offsets[n, 0]), int(frames.lengths[n, 0]),
            )
            for n in chosen
        ]  # fmt: skip

    def _places(self, paths: list[str]) -> np.ndarray:
        """Shape (frames, 4): channel, focal plane, first column and row of each frame."""
        said = self.frames.said
        listed = said.get("PerFrameFunctionalGroupsSequence") or []
        if str(said.get("DimensionOrganizationType", "")) == "TILED_SPARSE" or (
            listed and "PlanePositionSlideSequence" in listed[0]
        ):
            return self._sparse(listed, paths)
        number = np.arange(self.frames.count)
        tile, stack = number % (self.rows * self.columns), number // (self.rows * self.columns)
        row, column = tile // self.columns, tile % self.columns
        places = (
            stack // self.depth, stack % self.depth, column * self.frames.width,
            row * self.frames.height,
        )  # fmt: skip
        return np.stack(places, axis=1)

    def _sparse(self, listed: Sequence[Any], paths: list[str]) -> np.ndarray:
        found = np.zeros((self.frames.count, 4), np.int64)
        if len(listed) < self.frames.count:
            raise UnreadableFileError(f"Only {len(listed)} frames say where they lie.")
        depths: list[float] = []
        for number, groups in enumerate(listed[: self.frames.count]):
            place = groups.PlanePositionSlideSequence[0]
            depths.append(float(place.get("ZOffsetInSlideCoordinateSystem") or 0))
            column = int(place.ColumnPositionInTotalImagePixelMatrix) - 1
            row = int(place.RowPositionInTotalImagePixelMatrix) - 1
            optics = groups.get("OpticalPathIdentificationSequence")
            name = str(optics[0].OpticalPathIdentifier) if optics else paths[0]
            found[number] = (paths.index(name) if name in paths else 0, 0, column, row)
        heights = {depth: z for z, depth in enumerate(sorted(set(depths)))}
        if len(heights) > 1:
            self.depth = len(heights)
            found[:, 1] = [heights[depth] for depth in depths]
        return found


def _pyramid(grids: Sequence[_Grid]) -> Layout:
    depth = grids[0].depth

    def plane(level: int, t: int, group: int, z: int) -> PlacedPlane:
        grid = grids[level]
        return PlacedPlane(grid.file, grid.plane(group, z))

    first = PlacedPlane(grids[0].file, grids[0].plane(0, 0))
    return Layout(1, grids[0].paths, depth, first, len(grids), plane)


def _mosaic(grids: Sequence[_Grid]) -> Stored:
    levels = [
        MosaicLevel(
            grid.width,
            grid.height,
            {(0, c, z): grid.tiles(c, z) for c in range(grid.paths) for z in range(grid.depth)},
        )
        for grid in grids
    ]
    return stored_mosaic(1, grids[0].paths, grids[0].depth, levels)


def _stacks(files: Sequence[Numbered], name: str) -> list[FoundImage]:
    """Frames of the same kind as one stack, in the order of their numbers."""
    kinds: dict[tuple[Any, ...], list[Numbered]] = {}
    for number, frames in files:
        key = (frames.width, frames.height, frames.samples, frames.encoding.dtype)
        kinds.setdefault(key, []).append((number, frames))
    images: list[FoundImage] = []
    for group in kinds.values():
        ordered = sorted(group, key=lambda item: _order(item[1]))
        title = name if len(kinds) == 1 else f"{name} #{len(images) + 1}"
        images.append(_stack(ordered, title))
    return images


def _order(frames: Frames) -> tuple[float, str]:
    try:
        return float(frames.said.get("InstanceNumber") or 0), frames.identity.path
    except (TypeError, ValueError):
        return math.inf, frames.identity.path


def _stack(ordered: Sequence[Numbered], name: str) -> FoundImage:
    places = [(number, one, n) for number, one in ordered for n in range(one.count)]
    said = ordered[0][1].said
    timed = any(word in said for word in ("FrameTime", "FrameTimeVector", "CineRate"))

    def plane(level: int, t: int, group: int, z: int) -> PlacedPlane:
        number, frames, frame = places[t if timed else z]
        return PlacedPlane(number, _frame(frames, frame))

    first = plane(0, 0, 0, 0)
    sizes = (len(places), 1) if timed else (1, len(places))
    layout = Layout(sizes[0], 1, sizes[1], first, 1, plane)
    facts = dicom_metadata.facts(said, name, 1, sizes[1])
    return FoundImage(facts, layout, rgb=ordered[0][1].samples == 3)


def _frame(frames: Frames, number: int) -> StoredPlane:
    return StoredPlane(
        number, frames.width, frames.height, 1, frames.samples, frames.encoding,
        frames.offsets[number], frames.lengths[number],
    ).decodable()  # fmt: skip
