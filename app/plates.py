"""Plates as pictures: which images stand for the wells, and small versions of their samples."""

import dataclasses
import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import imagecodecs
import numpy as np
from sqlalchemy.orm import Session

from app.errors import OutOfRangeError
from app.images import identities, record_of
from app.picture_store import PictureStore
from render.errors import RenderError
from render.forms import lookup_table_names
from render.luts import Find, wanted
from render.mosaic import fitted
from render.settings import RenderSettings, Window
from schema.display import defaults_of, shown_to
from store.access import Viewer
from store.database import Database
from store.errors import InvalidInputError, StoreError
from store.pixels.repository import Repository
from store.pixels.source import (
    MAX_CHUNKS,
    ChunkBlockRecord,
    FileIdentity,
    PixelSource,
    Planes,
    Region,
)
from store.queries.files import stored_files
from store.queries.images import (
    StoredBlock,
    StoredPixels,
    chunk_block,
    chunk_blocks,
    pixels_records,
)
from store.queries.lookup_tables import lookup_tables
from store.queries.screens import (
    Shown,
    ShownWell,
    check_acquisition,
    plate_layout,
    shared_ranges,
    wells_shown,
)

MOST_WELLS = 2_048
"""Most wells with an image that one picture shows; a plate of 1,536 fits."""
WHOLE_BYTES = 32 * 2**20
"""Largest stored level, all channels together, that is read for a cell though it has no smaller."""
_SMALL, _MIDDLE = 64, 128
"""Sizes in pixels whose samples are kept on disk: overviews of a plate need hundreds of them."""
_MOST_KEPT_BYTES = 64 * 2**20
_HEADER = struct.Struct("<4sIII")
"""Type and shape (C, Y, X) of kept samples."""


@dataclass(frozen=True, slots=True)
class PlatePart:
    """A rectangle of the picture of a plate, by pixels of a level."""

    plate_id: int
    field: int | None
    """Number of the field of each well; the plate's own choice if none."""
    acquisition_id: int | None
    cell: int
    """Width and height of a well in pixels."""
    x: int
    """Left edge in pixels, from 0."""
    y: int
    size: int
    """Width and height in pixels; less at the right and bottom edge of the plate."""
    common: bool
    """Whether all wells are shown under the same windows."""


@dataclass(frozen=True, slots=True)
class Well:
    """A well that has something to show."""

    row: int
    """From 0, of the plate."""
    column: int
    stored: StoredPixels | None
    """None where the image has no pixels."""
    settings: RenderSettings | None
    """As the viewer saved them, else the owner, else the default; none if it cannot be shown."""
    z: int = 0
    """Section that is seen first."""
    t: int = 0
    """Time point that is seen first."""


@dataclass(frozen=True, slots=True)
class PlateSight:
    """What one viewer sees in a part of a plate."""

    viewer: Viewer
    rows: range
    """Rows of wells that the part touches."""
    columns: range
    width: int
    """Of the part, in pixels."""
    height: int
    wells: tuple[Well, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A well with everything settled but the samples."""

    row: int
    column: int
    stored: StoredPixels
    settings: RenderSettings
    z: int
    t: int

    @property
    def channels(self) -> tuple[int, ...]:
        """The channels that are shown."""
        return self.settings.active_channels


type Failure = StoreError | RenderError
"""Why a cell cannot be shown; whatever else goes wrong is nobody's doing but ours."""


class Plates:
    """Looks at plates, and reads small versions of the samples of many images at once.

    Thread-safe. Small samples are kept in memory and on disk before any window is applied, so
    that another window, colour or channel costs no decoding.

    Args:
        database: Metadata.
        repository: Pixels.
        kept: Where small samples are kept, beside thumbnails.
        threads: How many images are decoded at once, for all pictures together.
    """

    def __init__(
        self, database: Database, repository: Repository, kept: PictureStore, threads: int
    ) -> None:
        self._database = database
        self._repository = repository
        self._kept = kept
        self._decoders = ThreadPoolExecutor(threads, "cells")

    def close(self) -> None:
        """Stop after the images that are being decoded."""
        self._decoders.shutdown(wait=True, cancel_futures=True)

    def look(self, session: Session, viewer: Viewer, part: PlatePart) -> PlateSight:
        """Find the images of a part of a plate; at most seven statements.

        Raises:
            NotFoundError: No such plate or run of imaging, or not visible to the viewer.
            OutOfRangeError: The part lies outside the plate.
            InvalidInputError: It has too many wells for one picture.
        """
        layout = plate_layout(session, viewer, part.plate_id)
        if part.acquisition_id is not None:
            check_acquisition(session, viewer, part.plate_id, part.acquisition_id)
        width = _extent("x", part.x, part.size, layout.columns * part.cell)
        height = _extent("y", part.y, part.size, layout.rows * part.cell)
        rows = range(part.y // part.cell, -(-(part.y + height) // part.cell))
        columns = range(part.x // part.cell, -(-(part.x + width) // part.cell))
        field = layout.field if part.field is None else part.field
        shown = Shown(part.plate_id, field, part.acquisition_id)
        found = wells_shown(session, viewer, shown, rows, columns, MOST_WELLS + 1)
        if len(found) > MOST_WELLS:
            raise InvalidInputError(
                f"More than {MOST_WELLS} wells would be in one picture.",
                "Ask for a smaller size, or a level with larger cells.",
            )
        records = pixels_records(session, viewer, (well.image_id for well in found))
        ranges = shared_ranges(session, viewer, shown) if part.common else {}
        find = lookup_tables(session, _tables_named(records.values())).get
        look = partial(_well, viewer.experimenter_id, ranges, find)
        wells = (look(well, records.get(well.image_id)) for well in found)
        return PlateSight(viewer, rows, columns, width, height, tuple(wells))

    def samples(self, viewer: Viewer, cells: Sequence[Cell], size: int) -> list[Planes | Failure]:
        """Return small samples of the active channels of each cell, or why there are none.

        Args:
            viewer: Who asks; the cells came from `look` for the same viewer.
            cells: Of one picture.
            size: Least length of the longer side in samples, where the image is so large.

        Returns:
            Shape (C, Y, X) each, longer side shorter than twice the size.
        """
        found = [self._known(cell, size) for cell in cells]
        missing = [number for number, planes in enumerate(found) if planes is None]
        made: dict[int, Planes | Failure] = {}
        if missing:
            unknown = [cells[number] for number in missing]
            sources = self._opened(viewer, unknown, _kept_size(size))
            work = partial(self._made, size)
            made = dict(zip(missing, self._decoders.map(work, unknown, sources), strict=True))
        return [made[number] if planes is None else planes for number, planes in enumerate(found)]

    def _known(self, cell: Cell, size: int) -> Planes | None:
        """Samples that are in memory or on disk, or none are needed."""
        if not cell.channels:  # black, of the image's proportions
            width, height = fitted(cell.stored.size_x, cell.stored.size_y, size)
            return np.empty((0, height, width), np.uint8)
        planes: Planes | None = self._repository.chunks.peek(_key(cell, size))
        if planes is not None or size > _MIDDLE:
            return planes
        packed = self._kept.find(_file_name(cell, _kept_size(size)))
        planes = None if packed is None else _unpacked(packed)
        return None if planes is None else self._remembered(cell, size, planes)

    def _made(self, size: int, cell: Cell, source: PixelSource | Failure) -> Planes | Failure:
        if isinstance(source, StoreError | RenderError):
            return source
        larger = _kept_size(size)
        try:
            planes = _read_small(source, cell, larger)
        except (StoreError, RenderError) as error:
            return error
        if larger <= _MIDDLE:
            self._kept.keep(_file_name(cell, larger), _packed(planes))
        return self._remembered(cell, size, planes)

    def _remembered(self, cell: Cell, size: int, planes: Planes) -> Planes:
        small = _shrunk(planes, size)
        small.flags.writeable = False
        kept: Planes = self._repository.chunks.get(_key(cell, size), lambda: small)
        return kept

    def _opened(
        self, viewer: Viewer, cells: Sequence[Cell], size: int
    ) -> list[PixelSource | Failure]:
        """Open the images of cells, with the chunk indices they will need; two statements."""
        with self._database.reading() as session:
            filesets = {cell.stored.fileset_id for cell in cells} - {None}
            needed: list[int] = [cell.stored.storage.get("files", 0) for cell in cells]
            most = max(needed, default=0) if all(needed) else None
            keys = (key for key in filesets if key is not None)
            found = stored_files(session, viewer, keys, most)
            files = {key: identities(several) for key, several in found.items()}
            blocks: dict[tuple[int, int], list[StoredBlock]] = {}
            sources = [self._open(cell.stored, files, blocks) for cell in cells]
            blocks.update(_blocks(session, cells, sources, size))
        return sources

    def _open(
        self,
        stored: StoredPixels,
        files: Mapping[int, tuple[FileIdentity, ...]],
        blocks: Mapping[tuple[int, int], list[StoredBlock]],
    ) -> PixelSource | Failure:
        def load_block(level: int, plane: int) -> ChunkBlockRecord:
            for block in blocks.get((stored.pixels_id, level), ()):
                if block.first_plane <= plane < block.first_plane + block.plane_count:
                    return ChunkBlockRecord(block.first_plane, block.plane_count, block.data)
            with self._database.reading() as session:
                block = chunk_block(session, stored.pixels_id, level, plane)
            return ChunkBlockRecord(block.first_plane, block.plane_count, block.data)

        mine = files.get(stored.fileset_id, ()) if stored.fileset_id is not None else ()
        try:
            return self._repository.open(record_of(stored, mine, load_block))
        except StoreError as error:
            return error


def _extent(name: str, start: int, size: int, length: int) -> int:
    """How much of a stretch lies inside a plate, in pixels.

    Raises:
        OutOfRangeError: Nothing does.
    """
    if not 0 <= start < length:
        count = -(-length // size)
        raise OutOfRangeError(
            f"{name}={start // size} is outside the plate, which has {count} tiles of this size "
            "along it.",
            f"Give 0 to {count - 1}." if count else "The plate has no wells.",
        )
    return min(size, length - start)


def _tables_named(records: Iterable[StoredPixels]) -> set[str]:
    """Names of the lookup tables, perhaps uploaded ones, that images are shown with."""
    names = {channel.lookup_table for one in records for channel in one.channels}
    saved = (lookup_table_names(form.settings) for one in records for form in one.saved)
    return wanted(names.union(*saved))


def _well(
    viewer_id: int,
    ranges: Mapping[int, tuple[float, float]],
    find: Find,
    well: ShownWell,
    stored: StoredPixels | None,
) -> Well:
    if stored is None:
        return Well(well.row, well.column, None, None)
    try:
        defaults = defaults_of(stored, stored.channels, stored.lights, find)
    except RenderError:
        return Well(well.row, well.column, stored, None)
    shown = shown_to(viewer_id, stored, defaults, stored.saved, find)
    settings = _under(shown.settings, ranges)
    return Well(well.row, well.column, stored, settings, shown.view.z, shown.view.t)


def _under(settings: RenderSettings, ranges: Mapping[int, tuple[float, float]]) -> RenderSettings:
    """Return settings under the windows that all wells share."""
    if not ranges:
        return settings
    channels = tuple(
        dataclasses.replace(channel, window=Window(*ranges[index])) if index in ranges else channel
        for index, channel in enumerate(settings.channels)
    )
    return dataclasses.replace(settings, channels=channels)


def _blocks(
    session: Session, cells: Sequence[Cell], sources: Sequence[PixelSource | Failure], size: int
) -> dict[tuple[int, int], list[StoredBlock]]:
    """Load the parts of chunk indices that cells will be read by; one statement."""
    pixels, levels, planes = set[int](), set[int](), set[int]()
    for cell, source in zip(cells, sources, strict=True):
        if isinstance(source, StoreError | RenderError):
            continue
        shape = source.shape
        if cell.z >= shape.z or cell.t >= shape.t:
            continue
        pixels.add(cell.stored.pixels_id)
        stored = len(cell.stored.storage["levels"])
        levels.add(min(_level(source, cell, size), stored - 1))
        planes.update(shape.plane(cell.t, channel, cell.z) for channel in cell.channels)
    if not pixels:
        return {}
    return chunk_blocks(session, pixels, levels, range(min(planes), max(planes) + 1))


def _read_small(source: PixelSource, cell: Cell, size: int) -> Planes:
    """Read the active channels of a cell and halve them as far as the size allows.

    Raises:
        StoreError: They cannot be read.
        RenderError: Their type cannot be rendered.
    """
    number = _level(source, cell, size)
    level = source.levels[number]
    whole = Region(0, 0, level.width, level.height)
    planes = source.read_channels(number, cell.t, cell.channels, cell.z, whole)
    return _shrunk(planes, size)


def _shrunk(planes: Planes, size: int) -> Planes:
    from render.downsample import reduced  # loads numba, which the start does not wait for

    return np.stack([reduced(plane, size) for plane in planes])


def _level(source: PixelSource, cell: Cell, size: int) -> int:
    """The level to read: a stored one if that is quick, for then nothing has to be derived."""
    levels, stored = source.levels, len(cell.stored.storage["levels"])
    number = max(
        (n for n, level in enumerate(levels) if max(level.width, level.height) >= size), default=0
    )
    last = levels[stored - 1]
    channels = max(1, len(cell.channels))
    nbytes = last.width * last.height * source.dtype.itemsize * channels
    across, down = -(-last.width // last.chunk_width), -(-last.height // last.chunk_height)
    quick = nbytes <= WHOLE_BYTES and across * down * channels <= MAX_CHUNKS
    return stored - 1 if number >= stored and quick else number


def _kept_size(size: int) -> int:
    """The size at which samples are read and kept, from which smaller ones are made."""
    return next((kept for kept in (_SMALL, _MIDDLE) if size <= kept), size)


def _key(cell: Cell, size: int) -> tuple[object, ...]:
    return (cell.stored.content_id, "cell", size, cell.t, cell.z, cell.channels)


def _file_name(cell: Cell, size: int) -> str:
    text = " ".join(map(str, _key(cell, size)))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _packed(planes: Planes) -> bytes:
    head = _HEADER.pack(planes.dtype.str[1:].encode(), *planes.shape)
    values = planes.astype(planes.dtype.newbyteorder("<"), copy=False)
    return head + bytes(imagecodecs.zstd_encode(values.tobytes(), level=1))


def _unpacked(packed: bytes) -> Planes | None:
    """Samples that `_packed` packed; none if the bytes are damaged: they can be made again."""
    try:
        kind, channels, height, width = _HEADER.unpack_from(packed)
        dtype = np.dtype("<" + kind.rstrip(b"\0").decode())
        count = channels * height * width
        if count * dtype.itemsize > _MOST_KEPT_BYTES:
            return None
        data = imagecodecs.zstd_decode(packed[_HEADER.size :], out=count * dtype.itemsize)
        values = np.frombuffer(data, dtype, count).reshape(channels, height, width)
    except (ValueError, TypeError, RuntimeError, struct.error):
        return None
    planes: Planes = values.astype(dtype.newbyteorder("="))
    return planes
