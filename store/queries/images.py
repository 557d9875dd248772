"""Images, their pixels, channels and planes, and where their samples lie."""

import dataclasses
import functools
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from store import models
from store.access import Rows, Viewer, select_visible, visible
from store.errors import NotFoundError
from store.models.among import IdList, among
from store.queries.containers import by_id
from store.queries.files import StoredFile, files_of_fileset
from store.queries.light import ChannelLight, light_of_channels, lights, needs_light
from store.queries.rendering import SavedRendering
from store.queries.storage import moves


@dataclass(frozen=True, slots=True)
class StoredChannel:
    """What rendering has to know about one channel; units as in OME."""

    id: int
    index: int
    name: str | None
    color: int | None
    lookup_table: str | None
    emission_wavelength: float | None
    emission_wavelength_unit: str | None
    excitation_wavelength: float | None
    excitation_wavelength_unit: str | None
    global_min: float | None
    global_max: float | None
    statistics_level: int | None


@dataclass(frozen=True, slots=True)
class StoredPixels:
    """What a tile has to know about an image."""

    image_id: int
    name: str
    fileset_id: int | None
    pixels_id: int
    content_id: str
    type: str
    significant_bits: int | None
    size_x: int
    size_y: int
    size_z: int
    size_c: int
    size_t: int
    physical_size_x: float | None
    physical_size_x_unit: str | None
    physical_size_y: float | None
    physical_size_y_unit: str | None
    physical_size_z: float | None
    physical_size_z_unit: str | None
    rgb: bool
    storage: dict[str, Any]
    moves: int
    """How often folders of files were moved; after that, files are elsewhere."""
    channels: tuple[StoredChannel, ...]
    """In order of index."""
    files: tuple[StoredFile, ...]
    """In the order that chunk indices count them; empty unless asked for."""
    saved: tuple[SavedRendering, ...] = dataclasses.field(default=(), compare=False)
    """How the viewer saved it to be shown, then how its owner did; where they have."""
    lights: Mapping[int, ChannelLight] = dataclasses.field(default_factory=dict)
    """What filters and lasers tell of the channels, by id, where their colours follow from it."""


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """The packed chunk index of some consecutive planes of one level."""

    level: int
    first_plane: int
    plane_count: int
    data: bytes


def images_by_id(session: Session, viewer: Viewer, ids: Iterable[int]) -> dict[int, models.Image]:
    """Load images; those that do not exist for the viewer are absent. In order of ids."""
    return by_id(session, viewer, models.Image, ids)


def pixels_of_images(
    session: Session, viewer: Viewer, image_ids: Iterable[int]
) -> dict[int, models.Pixels]:
    """Load the pixels of some images, by image; one statement, ordered by image."""
    pixels = models.Pixels
    statement = (
        select_visible(viewer, pixels)
        .where(among(pixels.image_id, image_ids))
        .order_by(pixels.image_id)
    )
    return {row.image_id: row for row in session.scalars(statement)}


def channels_of_pixels(
    session: Session, viewer: Viewer, pixels_ids: Iterable[int]
) -> dict[int, list[models.Channel]]:
    """Load the channels of some pixels, by pixels, ordered by index; one statement."""
    channel = models.Channel
    statement = (
        select_visible(viewer, channel)
        .where(among(channel.pixels_id, pixels_ids))
        .order_by(channel.pixels_id, channel.index)
    )
    found: defaultdict[int, list[models.Channel]] = defaultdict(list)
    for row in session.scalars(statement):
        found[row.pixels_id].append(row)
    return dict(found)


def planes_of_pixels(
    session: Session, viewer: Viewer, pixels_id: int, *, limit: int = 500, offset: int = 0
) -> list[models.Plane]:
    """Load some planes of an image's pixels, ordered by T, C, Z; one statement."""
    plane = models.Plane
    statement = (
        select_visible(viewer, plane)
        .where(plane.pixels_id == pixels_id)
        .order_by(plane.the_t, plane.the_c, plane.the_z)
        .limit(limit)
        .offset(offset)
    )
    return list(session.scalars(statement))


def pixels_record(
    session: Session, viewer: Viewer, image_id: int, *, files: bool = True
) -> StoredPixels:
    """Load what a tile of an image needs, as far as the viewer may see it.

    Args:
        session: For reading.
        viewer: Who asks; a cached tile, too, is given out only after this.
        image_id: Database id.
        files: Also load the files, which takes a statement more: for callers that do not keep an
            open source for `content_id`. Where colours follow from filters, there is another one.

    Raises:
        NotFoundError: No such image, not visible to the viewer, or without pixels.
    """
    rows = session.execute(_record(viewer), {"image_id": image_id}).all()
    if not rows:
        raise NotFoundError("image", image_id)
    fileset_id: int | None = rows[0].fileset_id if files else None
    found = _stored(rows, ())
    if fileset_id is not None:
        # A plate has tens of thousands of files, of which its images need the first.
        of_set = files_of_fileset(session, viewer, fileset_id, found.storage.get("files"))
        found = dataclasses.replace(found, files=of_set)
    return _lit(session, viewer, [found])[0]


def pixels_records(
    session: Session, viewer: Viewer, image_ids: Iterable[int]
) -> dict[int, StoredPixels]:
    """Load what tiles of some images need, by image, without files.

    One statement, and one more where colours of any of them follow from filters. Images that do
    not exist for the viewer, and those without pixels, are absent.
    """
    rows = session.execute(_records(viewer), {"image_ids": sorted(set(image_ids))})
    groups = itertools.groupby(rows, key=lambda row: row.id)
    found = [_stored(list(group), ()) for _, group in groups]
    return {one.image_id: one for one in _lit(session, viewer, found)}


def _lit(session: Session, viewer: Viewer, found: list[StoredPixels]) -> list[StoredPixels]:
    """Add what filters and lasers tell of channels whose colours follow from it."""
    dark = [needs_light(one.rgb, one.channels) for one in found]
    if not any(dark):
        return found
    keys = [
        channel.id
        for one, needs in zip(found, dark, strict=True)
        if needs
        for channel in one.channels
    ]
    known = lights(session.execute(light_of_channels(viewer), {"keys": keys}))
    return [
        dataclasses.replace(
            one,
            lights={
                channel.id: known[channel.id] for channel in one.channels if channel.id in known
            },
        )
        if needs
        else one
        for one, needs in zip(found, dark, strict=True)
    ]


def kept_statistics(session: Session, pixels_id: int) -> dict[int, dict[str, Any]]:
    """Load what the samples of channels are like, by index; what was not measured is absent.

    Without a viewer: reached only through pixels that `pixels_record` gave to somebody.
    """
    channel = models.Channel
    rows = session.execute(
        sa.select(channel.index, channel.statistics)
        .where(channel.pixels_id == pixels_id, channel.statistics.is_not(None))
        .where(channel.deleted_event_id.is_(None))
        .order_by(channel.index)
    )
    return {number: found for number, found in rows if found is not None}


def images_to_measure(session: Session, viewer: Viewer, after: int, *, exact: bool) -> list[int]:
    """Load ids of images of which not everything is kept that can be measured; at most 500.

    Args:
        session: For reading.
        viewer: Who asks.
        after: Only greater ids.
        exact: Also those that were measured in part.

    Returns:
        Rising.
    """
    image, pixels, channel = models.Image, models.Pixels, models.Channel
    lacking = sa.or_(
        channel.statistics.is_(None), *([channel.statistics_level > 0] if exact else [])
    )
    statement = (
        select_visible(viewer, image, image.id)
        .where(image.id > after)
        .where(
            sa.exists().where(
                pixels.image_id == image.id,
                pixels.deleted_event_id.is_(None),
                channel.pixels_id == pixels.id,
                channel.deleted_event_id.is_(None),
                lacking,
            )
        )
        .order_by(image.id)
        .limit(500)
    )
    return list(session.scalars(statement))


def chunk_block(session: Session, pixels_id: int, level: int, plane: int) -> StoredBlock:
    """Load the part of a chunk index that holds one plane; one statement.

    Without a viewer: reached only through pixels that `pixels_record` gave to somebody.

    Args:
        session: For reading.
        pixels_id: Database id of the pixels.
        level: Stored level, 0 is full resolution.
        plane: Plane number (t * size_c + c) * size_z + z.

    Raises:
        NotFoundError: Nothing is stored for this level and plane.
    """
    block = models.ChunkBlock
    row = session.execute(
        sa.select(block.level, block.first_plane, block.plane_count, block.data)
        .where(block.pixels_id == pixels_id, block.level == level, block.first_plane <= plane)
        .order_by(block.first_plane.desc())
        .limit(1)
    ).one_or_none()
    if row is None or plane >= row.first_plane + row.plane_count:
        raise NotFoundError("plane", plane)
    return StoredBlock(*row)


def chunk_blocks(
    session: Session, pixels_ids: Iterable[int], levels: Iterable[int], planes: range
) -> dict[tuple[int, int], list[StoredBlock]]:
    """Load the parts of chunk indices that hold some planes of many images; one statement.

    Without a viewer: reached only through pixels that `pixels_records` gave to somebody.

    Args:
        session: For reading.
        pixels_ids: Database ids of the pixels.
        levels: Stored levels.
        planes: Plane numbers, from the first to the last.

    Returns:
        Blocks by pixels and level, in the order of planes.
    """
    block = models.ChunkBlock
    rows = session.execute(
        sa.select(block.pixels_id, block.level, block.first_plane, block.plane_count, block.data)
        .where(
            among(block.pixels_id, pixels_ids),
            among(block.level, levels),
            block.first_plane < planes.stop,
            block.first_plane + block.plane_count > planes.start,
        )
        .order_by(block.pixels_id, block.level, block.first_plane)
    )
    found: defaultdict[tuple[int, int], list[StoredBlock]] = defaultdict(list)
    for row in rows:
        found[row.pixels_id, row.level].append(StoredBlock(*row[1:]))
    return dict(found)


_PIXELS_NAMES = tuple(
    field.name
    for field in dataclasses.fields(StoredPixels)
    if field.name not in ("channels", "files", "saved", "lights")
)
_PIXELS_COLUMNS = len(_PIXELS_NAMES)
"""How many columns of a record are the pixels'; the channel's follow."""
_CHANNEL_END = _PIXELS_COLUMNS + len(dataclasses.fields(StoredChannel))
_SAVED_NAMES = tuple(field.name for field in dataclasses.fields(SavedRendering))
"""Columns of saved settings; those of the viewer's and of the owner's are the last."""


def _stored(rows: Sequence[Any], files: tuple[StoredFile, ...]) -> StoredPixels:
    """Put together the rows of one image, one for each channel; without lights."""
    first = rows[0]
    found = [row[_PIXELS_COLUMNS:_CHANNEL_END] for row in rows if row.channel_id is not None]
    theirs = _CHANNEL_END + len(_SAVED_NAMES)
    saved = (first[_CHANNEL_END:theirs], first[theirs:])
    return StoredPixels(
        **dict(zip(_PIXELS_NAMES, first, strict=False)),
        channels=tuple(StoredChannel(*channel) for channel in found),
        files=files,
        saved=tuple(SavedRendering(*one) for one in saved if one[0] is not None),
    )


@functools.lru_cache(256)
def _record(viewer: Viewer) -> Rows:
    # Kept for each viewer: building it costs twice as much as running it (0.5 and 0.2 ms), and
    # it runs for every tile.
    return _channel_rows(viewer).where(models.Image.id == sa.bindparam("image_id"))


@functools.lru_cache(256)
def _records(viewer: Viewer) -> Rows:
    ids = sa.bindparam("image_ids", type_=IdList())
    return _channel_rows(viewer).where(among(models.Image.id, ids))


def _channel_rows(viewer: Viewer) -> Rows:
    """Select what tiles need: one row for each channel, those of an image together."""
    image, pixels, channel = models.Image, models.Pixels, models.Channel
    mine, theirs = aliased(models.RenderingSettings), aliased(models.RenderingSettings)
    # Once, not beside every channel: JSON is parsed for each row.
    once = sa.func.coalesce(channel.index, 0) == 0
    return (
        select_visible(
            viewer,
            image,
            image.id,
            image.name,
            image.fileset_id,
            pixels.id.label("pixels_id"),
            pixels.content_id,
            pixels.type,
            pixels.significant_bits,
            pixels.size_x,
            pixels.size_y,
            pixels.size_z,
            pixels.size_c,
            pixels.size_t,
            pixels.physical_size_x,
            pixels.physical_size_x_unit,
            pixels.physical_size_y,
            pixels.physical_size_y_unit,
            pixels.physical_size_z,
            pixels.physical_size_z_unit,
            pixels.rgb,
            sa.case((once, pixels.storage)),
            moves(),
            channel.id.label("channel_id"),
            channel.index,
            channel.name.label("channel_name"),
            channel.color,
            channel.lookup_table,
            channel.emission_wavelength,
            channel.emission_wavelength_unit,
            channel.excitation_wavelength,
            channel.excitation_wavelength_unit,
            channel.global_min,
            channel.global_max,
            channel.statistics_level,
            *_saved_columns(mine, once),
            *_saved_columns(theirs, once),
        )
        .join(pixels, pixels.image_id == image.id)
        .join(channel, channel.pixels_id == pixels.id, isouter=True)
        .join(mine, _saved_by(viewer, mine, viewer.experimenter_id), isouter=True)
        .join(theirs, _saved_by(viewer, theirs, pixels.owner_id), isouter=True)
        .where(visible(viewer, pixels))
        .order_by(image.id, channel.index)
    )


def _saved_columns(saved: Any, once: sa.ColumnElement[bool]) -> list[sa.ColumnElement[Any]]:
    """Choose the columns of `SavedRendering`, each with a name of its own in a record."""
    columns = [getattr(saved, name) for name in _SAVED_NAMES]
    return [
        sa.case((once, column)).label(None) if name == "settings" else column.label(None)
        for name, column in zip(_SAVED_NAMES, columns, strict=True)
    ]


def _saved_by(viewer: Viewer, saved: Any, owner: Any) -> sa.ColumnElement[bool]:
    """Build the condition that settings are those that a person sees the pixels with."""
    return sa.and_(
        visible(viewer, saved),
        saved.pixels_id == models.Pixels.id,
        saved.owner_id == owner,
        saved.name == "",
    )
