"""Images opened recently: their pixels and default settings, checked for each viewer anew."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock

from sqlalchemy.orm import Session

from render.luts import Find, LookupTable, nowhere, wanted
from render.query import parse_channels, parse_codomain, parse_model
from render.settings import RenderSettings
from schema.display import defaults_of, version_of
from store.access import Viewer
from store.database import Database
from store.pixels.repository import PixelsRecord, Repository
from store.pixels.source import ChunkBlockRecord, FileIdentity, PixelSource, PixelsShape
from store.queries.images import StoredPixels, chunk_block, pixels_record
from store.queries.lookup_tables import lookup_tables

OPENED = 256
"""How many images are kept open; each costs some kilobytes and no file handle."""


@dataclass(frozen=True, slots=True)
class OpenedImage:
    """An image that a viewer may see, ready to be rendered."""

    stored: StoredPixels
    source: PixelSource
    defaults: RenderSettings
    """How it is shown unless the address says otherwise."""
    version: str
    """Changes when samples or default settings do."""
    tables: dict[str, LookupTable]
    """Uploaded lookup tables that its channels name."""

    @property
    def stored_levels(self) -> int:
        """How many levels the file has; further ones are derived from them on demand."""
        return len(self.stored.storage["levels"])

    @property
    def measured(self) -> bool:
        """Whether the range of values of its channels is known, so that it has good windows."""
        channels = self.stored.channels
        return all(channel.statistics_level is not None for channel in channels)


class OpenedImages:
    """Opens images and keeps the latest ones open. Thread-safe."""

    def __init__(self, database: Database, repository: Repository) -> None:
        self._database = database
        self._repository = repository
        self._opened: OrderedDict[int, OpenedImage] = OrderedDict()
        self._lock = Lock()

    def find(self, session: Session, viewer: Viewer, image_id: int) -> OpenedImage:
        """Return an image, as it is now, if the viewer may see it now.

        One statement when it is open, and one more where its channels name lookup tables that
        may be uploaded ones.

        Args:
            session: For reading.
            viewer: Who asks.
            image_id: Database id.

        Raises:
            NotFoundError: No such image, not visible to the viewer, or without pixels.
        """
        stored = pixels_record(session, viewer, image_id, files=False)
        tables = lookup_tables(session, wanted(one.lookup_table for one in stored.channels))
        with self._lock:
            known = self._opened.get(image_id)
            if known is not None and (known.stored, known.tables) == (stored, tables):
                self._opened.move_to_end(image_id)
                return known
        complete = pixels_record(session, viewer, image_id)
        opened = self._open(stored, complete, tables)
        with self._lock:
            self._opened[image_id] = opened
            while len(self._opened) > OPENED:
                self._opened.popitem(last=False)
        return opened

    def close(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._opened.clear()

    def _open(
        self, stored: StoredPixels, complete: StoredPixels, tables: dict[str, LookupTable]
    ) -> OpenedImage:
        defaults = defaults_of(stored, stored.channels, tables.get)
        version = version_of(stored, defaults)
        return OpenedImage(stored, self._source(complete), defaults, version, tables)

    def _source(self, stored: StoredPixels) -> PixelSource:
        def load_block(level: int, plane: int) -> ChunkBlockRecord:
            with self._database.reading() as session:
                block = chunk_block(session, stored.pixels_id, level, plane)
            return ChunkBlockRecord(block.first_plane, block.plane_count, block.data)

        record = PixelsRecord(
            pixels_id=stored.pixels_id,
            content_id=stored.content_id,
            shape=PixelsShape(
                stored.size_t, stored.size_c, stored.size_z, stored.size_y, stored.size_x
            ),
            pixel_type=stored.type,
            storage=stored.storage,
            files=tuple(FileIdentity(file.path, file.size, file.mtime_ns) for file in stored.files),
            load_block=load_block,
        )
        return self._repository.open(record)


def settings_for(
    opened: OpenedImage,
    channels: str | None,
    model: str | None,
    bits: str | None = None,
    find: Find = nowhere,
) -> RenderSettings:
    """Return the image's default settings with an address's changes on top.

    Args:
        opened: The image.
        channels: The `c` of the address, None if it has none.
        model: The `m` of the address, None if it has none.
        bits: The `b` of the address, None if it has none.
        find: Knows the uploaded lookup tables.

    Raises:
        RenderError: A change that cannot be made; names it.
    """
    settings = opened.defaults
    if channels is not None:
        settings = parse_channels(channels, settings, find)
    if model is not None:
        settings = replace(settings, model=parse_model(model))
    if bits is not None:
        settings = replace(settings, codomain=parse_codomain(bits))
    return settings
