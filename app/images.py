"""Images opened recently: their pixels and how they are shown, checked for each viewer anew."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from threading import Lock
from typing import Any

from sqlalchemy.orm import Session

from render.errors import SettingsError
from render.forms import lookup_table_names, settings_from
from render.luts import Find, LookupTable, nowhere, wanted
from render.query import parse_channels, parse_codomain, parse_model
from render.settings import RenderSettings
from render.views import View, default_view
from schema.display import SAMPLES, RenderingSource, Shown, defaults_of, shown_to, version_of
from store.access import Viewer
from store.database import Database
from store.pixels.repository import PixelsRecord, Repository
from store.pixels.source import ChunkBlockRecord, FileIdentity, PixelSource, PixelsShape
from store.pixels.tiff import LoadBlock
from store.queries.files import StoredFile
from store.queries.images import StoredPixels, chunk_block, pixels_record
from store.queries.lookup_tables import lookup_tables
from store.queries.rendering import rendering_form

LOOKS_KEPT = 128
"""How many changes that addresses make to settings are kept: a window that is moved is asked for a
screen of tiles at once, and settings check themselves when they are made."""
OPENED = 256
"""How many images are kept open; each costs some kilobytes and no file handle."""


@dataclass(frozen=True, slots=True)
class OpenedImage:
    """An image that a viewer may see, ready to be rendered."""

    stored: StoredPixels
    source: PixelSource
    defaults: RenderSettings
    """How it is shown where nobody saved anything."""
    settings: RenderSettings
    """How it is shown to the viewer, unless the address says otherwise."""
    view: View
    """What of it the viewer sees first."""
    version: str
    """Changes when samples, settings or view do."""
    tables: dict[str, LookupTable]
    """Uploaded lookup tables that its channels name."""
    named: bool = False
    """Whether the address names the settings by their hash, whoever asks."""
    measured: bool = field(init=False, compare=False)
    """Whether the range of values of its channels is known, so that it has good windows."""

    def __post_init__(self) -> None:
        levels = [channel.statistics_level for channel in self.stored.channels]
        object.__setattr__(self, "measured", None not in levels)

    @property
    def stored_levels(self) -> int:
        """How many levels the file has; further ones are derived from them on demand."""
        return len(self.stored.storage["levels"])

    def fixed_by(self, version: str | None) -> bool:
        """Whether an address with this version (`v`) never leads to another picture."""
        if version is None or not self.named:
            return version == self.version
        return version[:SAMPLES] == self.stored.content_id[:SAMPLES]


class OpenedImages:
    """Opens images and keeps the latest ones open. Thread-safe."""

    def __init__(self, database: Database, repository: Repository) -> None:
        self._database = database
        self._repository = repository
        self._opened: OrderedDict[int, OpenedImage] = OrderedDict()
        self._named: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._lock = Lock()

    def find(
        self, session: Session, viewer: Viewer, image_id: int, settings_hash: str | None = None
    ) -> OpenedImage:
        """Return an image, as it is now, if the viewer may see it now.

        One statement when it is open, and one more where its channels, or the settings that it is
        shown with, name lookup tables that may be uploaded ones.

        Args:
            session: For reading.
            viewer: Who asks.
            image_id: Database id.
            settings_hash: Names the settings that it is shown with, whoever asks; without, those
                that the viewer or the image's owner saved, or the default. Takes a statement
                when it was not asked for recently.

        Raises:
            NotFoundError: No such image, not visible to the viewer, or without pixels; or no such
                settings.
            SettingsError: The settings are for another number of channels.
        """
        stored = pixels_record(session, viewer, image_id, files=False)
        form = self._form(session, viewer, settings_hash)
        forms = [one.settings for one in stored.saved] if form is None else [form]
        names = [one.lookup_table for one in stored.channels]
        further = chain.from_iterable(map(lookup_table_names, forms))
        tables = lookup_tables(session, wanted([*names, *further]))
        own = {name: tables[name] for name in wanted(names) & tables.keys()}
        opened = self._known(stored, own)
        if opened is None:
            opened = self._open(stored, pixels_record(session, viewer, image_id), own)
            with self._lock:
                self._opened[image_id] = opened
                while len(self._opened) > OPENED:
                    self._opened.popitem(last=False)
        if form is not None:
            return _shown_with(opened, settings_from(form, tables.get))
        if not stored.saved:
            return opened
        me, defaults = viewer.experimenter_id, opened.defaults
        return _shown(opened, shown_to(me, stored, defaults, stored.saved, tables.get))

    def _known(self, stored: StoredPixels, tables: dict[str, LookupTable]) -> OpenedImage | None:
        """Return an image that is open, if it has not changed since."""
        with self._lock:
            known = self._opened.get(stored.image_id)
            if known is None or (known.stored, known.tables) != (stored, tables):
                return None
            self._opened.move_to_end(stored.image_id)
            return known

    def _form(
        self, session: Session, viewer: Viewer, settings_hash: str | None
    ) -> dict[str, Any] | None:
        """Return the form of settings by their hash, which never leads to others."""
        if settings_hash is None:
            return None
        with self._lock:
            known = self._named.get(settings_hash)
            if known is not None:
                self._named.move_to_end(settings_hash)
                return known
        found = rendering_form(session, viewer, settings_hash)
        with self._lock:
            self._named[settings_hash] = found
            while len(self._named) > OPENED:
                self._named.popitem(last=False)
        return found

    def close(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._opened.clear()
            self._named.clear()

    def _open(
        self, stored: StoredPixels, complete: StoredPixels, tables: dict[str, LookupTable]
    ) -> OpenedImage:
        defaults = defaults_of(stored, stored.channels, stored.lights, tables.get)
        view = default_view(stored.size_z)
        version = version_of(stored, Shown(defaults, view, RenderingSource.DEFAULT))
        source = self._source(complete)
        return OpenedImage(stored, source, defaults, defaults, view, version, tables)

    def _source(self, stored: StoredPixels) -> PixelSource:
        def load_block(level: int, plane: int) -> ChunkBlockRecord:
            with self._database.reading() as session:
                block = chunk_block(session, stored.pixels_id, level, plane)
            return ChunkBlockRecord(block.first_plane, block.plane_count, block.data)

        return self._repository.open(record_of(stored, identities(stored.files), load_block))


def record_of(
    stored: StoredPixels, files: tuple[FileIdentity, ...], load_block: LoadBlock
) -> PixelsRecord:
    """Return what opens the pixels of an image.

    Args:
        stored: What the database knows of them.
        files: Of its fileset, in the order that chunk indices count them.
        load_block: (level, plane number) to the stored block that holds the plane.
    """
    return PixelsRecord(
        pixels_id=stored.pixels_id,
        content_id=stored.content_id,
        shape=PixelsShape(
            stored.size_t, stored.size_c, stored.size_z, stored.size_y, stored.size_x
        ),
        pixel_type=stored.type,
        storage=stored.storage,
        files=files,
        load_block=load_block,
    )


def identities(files: Iterable[StoredFile]) -> tuple[FileIdentity, ...]:
    """Return what tells whether files are still those that were imported."""
    return tuple(FileIdentity(file.path, file.size, file.mtime_ns) for file in files)


def _shown(opened: OpenedImage, shown: Shown) -> OpenedImage:
    version = version_of(opened.stored, shown)
    return replace(opened, settings=shown.settings, view=shown.view, version=version)


def _shown_with(opened: OpenedImage, settings: RenderSettings) -> OpenedImage:
    """Show an image with settings that the address names, and the view that everybody has."""
    number, size_c = len(settings.channels), opened.stored.size_c
    if number != size_c:
        raise SettingsError(
            f"These settings are for {number} channels; the image has {size_c}.",
            "Name settings that were made for an image with as many.",
        )
    view = default_view(opened.stored.size_z)
    shown = _shown(opened, Shown(settings, view, RenderingSource.DEFAULT))
    return replace(shown, named=True)


def settings_for(
    opened: OpenedImage,
    channels: str | None,
    model: str | None,
    bits: str | None = None,
    find: Find = nowhere,
) -> RenderSettings:
    """Return the settings that an image is shown with, with an address's changes on top.

    Args:
        opened: The image.
        channels: The `c` of the address, None if it has none.
        model: The `m` of the address, None if it has none.
        bits: The `b` of the address, None if it has none.
        find: Knows the uploaded lookup tables.

    Raises:
        RenderError: A change that cannot be made; names it.
    """
    return changed(opened.settings, channels, model, bits, find)


def changed(
    settings: RenderSettings,
    channels: str | None,
    model: str | None,
    bits: str | None,
    find: Find,
) -> RenderSettings:
    """Return settings with an address's changes on top; see `settings_for`."""
    if "lut" in (channels or "") or settings.table_names:
        return _made(settings, channels, model, bits, find)  # tables may change at any time
    return _kept(settings, channels, model, bits, nowhere)


def _made(
    settings: RenderSettings,
    channels: str | None,
    model: str | None,
    bits: str | None,
    find: Find,
) -> RenderSettings:
    if channels is not None:
        settings = parse_channels(channels, settings, find)
    if model is not None:
        settings = replace(settings, model=parse_model(model))
    if bits is not None:
        settings = replace(settings, codomain=parse_codomain(bits))
    return settings


_kept = lru_cache(maxsize=LOOKS_KEPT)(_made)
