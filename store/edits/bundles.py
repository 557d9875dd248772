"""Bundles become rows: files with the graph that was exported around their images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from render.errors import RenderError
from render.forms import settings_from
from store import models
from store.access import Viewer, group_for, select_visible
from store.documents.mapping import NAMESPACE
from store.documents.parts import Table
from store.documents.reading import read
from store.documents.records import Records, foreign_keys
from store.edits.documents import import_document
from store.edits.history import begin_event, details
from store.edits.images import register_fileset
from store.edits.records import Ids, describe_without_samples, insert_records
from store.edits.rendering import Saving, save
from store.errors import ConflictError, StoreError, UnreadableFileError
from store.importing.ome_document import parse_document
from store.importing.parsed import ParsedFileset
from store.models.among import among
from store.models.enums import EventType

_OF_FILES = frozenset(
    {
        "id", "series", "fileset_id", "image_id", "pixels_id", "index", "storage", "content_id",
        "rgb", "type", "size_x", "size_y", "size_z", "size_c", "size_t",
        "statistics", "global_min", "global_max", "statistics_level",
    }
)  # fmt: skip
"""Columns of images, pixels and channels that the files say, not the document."""


@dataclass(frozen=True, slots=True)
class BundleFileset:
    """The files of one import of a bundle."""

    parsed: ParsedFileset
    images: Mapping[str, int]
    """Identifier in the document to number among the images of the files."""


@dataclass(frozen=True, slots=True)
class ImportedBundle:
    """The rows of one bundle."""

    image_ids: tuple[int, ...]
    """In the order of the document."""
    notes: tuple[str, ...]
    """What could not be kept, for a person."""
    already: bool = False
    """The same had been imported before; nothing was written."""


def import_bundle(
    session: Session,
    viewer: Viewer,
    document: bytes,
    filesets: Sequence[BundleFileset],
    rendering: Sequence[Mapping[str, Any]],
    *,
    group_id: int | None = None,
) -> ImportedBundle:
    """Write the graph of a bundle; all rows will belong to the viewer.

    For members of the group. Safe to repeat: what is there, and visible, is not written again.

    Args:
        session: Of the caller's transaction; all rows appear together or not at all.
        viewer: Who imports.
        document: OME-XML of the bundle.
        filesets: Its files.
        rendering: How people saw its images, as the bundle lists it.
        group_id: Where; the viewer's default group if not given.

    Raises:
        NotFoundError: Not a member of the group.
        ConflictError: Some, but not all, of the files are registered, or one has changed.
        UnreadableFileError: Document and files contradict each other.
    """
    if not filesets:
        made = import_document(session, viewer, document, group_id=group_id)
        return ImportedBundle(tuple(made.ids.get("Image", ())), made.notes, made.already)
    root = parse_document(document, "the bundle")
    records = read(root, "the bundle")
    names = [str(node.get("ID")) for node in root.iterchildren(f"{{{NAMESPACE}}}Image")]
    group = group_for(viewer, group_id)
    ids, already = _register(session, viewer, filesets, group)
    if already:
        return ImportedBundle(tuple(ids[name] for name in names if name in ids), (), already=True)
    event = begin_event(session, viewer, group, EventType.IMPORT)
    owned = details(viewer, group, event)
    known = _known(session, viewer, records, names, ids, (owned, event))
    made_ids = insert_records(
        session,
        records,
        owned,
        event,
        known=known,
        more={models.OriginalFile: {"path": "", "modified": event.time, "mtime_ns": 0}},
    )
    for table in (models.Image, models.Pixels, models.Channel):
        _describe(session, table, records, made_ids)
    image_ids = dict(zip(names, made_ids.get(models.Image, ()), strict=True))
    notes = [*records.notes, *_save(session, viewer, rendering, image_ids)]
    return ImportedBundle(tuple(image_ids.values()), tuple(notes))


def _register(
    session: Session, viewer: Viewer, filesets: Sequence[BundleFileset], group: int
) -> tuple[dict[str, int], bool]:
    """Write the files with their images, those alone that the document describes."""
    ids: dict[str, int] = {}
    seen: set[bool] = set()
    for fileset in filesets:
        by_series = {series: name for name, series in fileset.images.items()}
        images = tuple(one for one in fileset.parsed.images if one.series in by_series)
        if len(images) != len(by_series):
            raise UnreadableFileError(
                "The bundle describes images that its files do not have.", "Export it again."
            )
        # Without a document: what the files say beside their samples is in the bundle's, too.
        parsed = replace(fileset.parsed, images=images, document=None)
        registered = register_fileset(session, viewer, parsed, group_id=group)
        seen.add(registered.already)
        if len(registered.image_ids) == len(images):
            keys = registered.image_ids
            ids |= {by_series[one.series]: key for one, key in zip(images, keys, strict=True)}
    if len(seen) > 1:
        raise ConflictError(
            "Some files of the bundle are registered already, and others are not.",
            "Delete the images of the files that are, or export the bundle again without them.",
        )
    return ids, seen == {True}


def _known(
    session: Session,
    viewer: Viewer,
    records: Records,
    names: Sequence[str],
    ids: Mapping[str, int],
    made_in: tuple[dict[str, int], models.Event],
) -> Ids:
    """Find the rows that are there for images, pixels and channels; make those without files."""
    if [row["image_id"] for row in records.of(models.Pixels)] != list(range(len(names))):
        raise UnreadableFileError("An image of the bundle has no pixels.", "Export it again.")
    bare = [number for number, name in enumerate(names) if name not in ids]
    made = _bare(session, records, bare, made_in)
    images = [ids[name] if name in ids else made[models.Image][bare.index(number)]
              for number, name in enumerate(names)]  # fmt: skip
    pixels = models.Pixels
    found = {
        row.image_id: row
        for row in session.execute(
            select_visible(viewer, pixels, pixels.id, pixels.image_id, pixels.size_c).where(
                among(pixels.image_id, images)
            )
        )
    }
    rows = [found[key] for key in images]
    return {
        models.Image: images,
        models.Pixels: [row.id for row in rows],
        models.Channel: _channels(session, viewer, records, rows),
    }


def _channels(
    session: Session, viewer: Viewer, records: Records, pixels: Sequence[Any]
) -> list[int]:
    """The rows that stand for the channels of the document, in its order."""
    channel = models.Channel
    keys = {
        (pixels_id, index): key
        for key, pixels_id, index in session.execute(
            select_visible(viewer, channel, channel.id, channel.pixels_id, channel.index).where(
                among(channel.pixels_id, [row.id for row in pixels])
            )
        )
    }
    places: dict[int, int] = {}
    found = []
    for row in records.of(channel):
        number = row["pixels_id"]
        index = places.get(number, 0)
        places[number] = index + max(1, row.get("samples_per_pixel") or 1)
        key = keys.get((pixels[number].id, index))
        if key is None:
            raise UnreadableFileError(
                "An image of the bundle has fewer channels than its document says.",
                "Export it again.",
            )
        found.append(key)
    return found


def _bare(
    session: Session,
    records: Records,
    numbers: Sequence[int],
    made_in: tuple[dict[str, int], models.Event],
) -> Ids:
    """Write images of which there is only a description, as far as they are rows of their own."""
    if not numbers:
        return {models.Image: []}
    owned, event = made_in
    places = {number: place for place, number in enumerate(numbers)}
    some = Records(identity=f"{event.id}")
    for table, parent in ((models.Image, None), (models.Pixels, "image_id")):
        targets = {column for column, _ in foreign_keys(table)} - {parent}
        for number, row in enumerate(records.of(table)):
            if number in places:
                kept = {name: None if name in targets else value for name, value in row.items()}
                some.add(table, kept | ({} if parent is None else {parent: places[number]}))
    for row in records.of(models.Channel):
        if row["pixels_id"] in places:
            targets = {column for column, _ in foreign_keys(models.Channel)}
            kept = {name: None if name in targets else value for name, value in row.items()}
            some.add(models.Channel, kept | {"pixels_id": places[row["pixels_id"]]})
    describe_without_samples(some)
    return insert_records(session, some, owned, event)


def _describe(session: Session, table: Any, records: Records, ids: Ids) -> None:
    """Give rows that came with the files what the document says of them; one statement."""
    rows = records.of(table)
    if not rows:
        return
    targets: dict[str, Table] = dict(foreign_keys(table))
    columns = [name for name in rows[0] if name not in _OF_FILES and hasattr(table, name)]
    changes = []
    for key, row in zip(ids[table], rows, strict=True):
        values = {}
        for name in columns:
            value = row[name]
            if name in targets and value is not None:
                value = ids[targets[name]][value]
            values[name] = value
        changes.append({"id": key, **values})
    session.execute(sa.update(table), changes)


def _save(
    session: Session,
    viewer: Viewer,
    rendering: Sequence[Mapping[str, Any]],
    image_ids: Mapping[str, int],
) -> list[str]:
    """Save how the images were seen; what does not fit is left out, with a note."""
    items, notes = [], []
    for said in rendering:
        try:
            items.append(
                Saving(
                    image_ids[str(said["image"])],
                    settings_from(said["settings"], forgiving=True),
                    str(said["name"]) or None,
                    default_z=said["default_z"],
                    default_t=said["default_t"],
                    projection=said["projection"],
                )
            )
        except (RenderError, StoreError, KeyError, TypeError) as error:
            notes.append(f"rendering settings of {str(said.get('image'))[:40]}: {error}")
    if items:
        save(session, viewer, items, partial=True)
    return notes
