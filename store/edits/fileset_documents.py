"""What the document of a fileset says beside its images: instruments, regions, plates, and more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.documents.parts import Table
from store.documents.reading import drop
from store.documents.records import Records, Row
from store.edits.records import Ids, insert_records
from store.importing.parsed import ParsedFileset, ParsedImage

_FOLLOWING: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (models.Image, ("instrument_id", "experiment_id", "person_id", "person_group_id")),
    (models.Pixels, ("interleaved", "big_endian")),
    (models.Channel, ("filter_set_id",)),
)
"""Columns of rows that are there before the document's, by table."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The rows of a fileset, in order of series."""

    fileset: models.Fileset
    image_ids: Sequence[int]
    pixels_ids: Sequence[int]
    channel_ids: Sequence[int]
    """Of all images, one for each C."""


def add_document(
    session: Session,
    parsed: ParsedFileset,
    placed: Placed,
    owned: dict[str, int],
    event: models.Event,
) -> None:
    """Write what the document of a fileset says beside its images, and tie it to them.

    Args:
        session: Of the transaction that registers the fileset; rights have been checked.
        parsed: What the reader found.
        placed: The rows that are there already.
        owned: Columns of `models.Owned`, the same for all rows.
        event: What the rows are made in.
    """
    records = parsed.document
    assert records is not None
    known = _known(records, parsed.images, placed)
    if known is None:
        _forget_images(records)
        known = {}
    _drop_planes(records, parsed.images)
    for column, value in records.root.items():
        setattr(placed.fileset, column, value)
    ids = insert_records(
        session,
        records,
        owned,
        event,
        known=known,
        more={models.OriginalFile: {"path": "", "modified": event.time, "mtime_ns": 0}},
    )
    for table, columns in _FOLLOWING:
        _follow(session, table, columns, records.of(table), ids)


def _known(records: Records, images: Sequence[ParsedImage], placed: Placed) -> Ids | None:
    """Ids of the rows of images, pixels and channels; none if they are not those of the files."""
    if len(records.of(models.Image)) != len(images):
        return None
    starts = [0]
    for image in images:
        starts.append(starts[-1] + image.shape.c)
    numbers: dict[int, int] = {}
    channels: list[int] = []
    of_pixels = [row["image_id"] for row in records.of(models.Pixels)]
    if of_pixels != list(range(len(images))):
        return None
    for row in records.of(models.Channel):
        number = row["pixels_id"]
        group = numbers.get(number, 0)
        numbers[number] = group + 1
        groups = len(images[number].ome.pixels.channels)
        if group >= groups:
            return None
        samples = images[number].shape.c // groups
        channels.append(placed.channel_ids[starts[number] + group * samples])
    return {
        models.Image: placed.image_ids,
        models.Pixels: placed.pixels_ids,
        models.Channel: channels,
    }


def _forget_images(records: Records) -> None:
    """Leave out all rows: the images of the document are not those of the files."""
    records.rows.clear()
    records.note("the images that it describes are not those in the files")


def _drop_planes(records: Records, images: Sequence[ParsedImage]) -> None:
    """Leave out planes that are outside the image, and those of which nothing is said."""
    noted = {
        link["parent_id"]
        for link in records.of(models.AnnotationLink)
        if link["parent_type"] == "Plane"
    }
    for number, row in enumerate(records.of(models.Plane)):
        shape = images[row["pixels_id"]].shape
        inside = row["the_t"] < shape.t and row["the_c"] < shape.c and row["the_z"] < shape.z
        if not inside or not (number in noted or _says_anything(row)):
            row["the_z"] = None
    drop(records, models.Plane, "the_z")


def _says_anything(row: Row) -> bool:
    places = {"pixels_id", "the_t", "the_c", "the_z"}
    return any(value is not None for name, value in row.items() if name not in places)


def _follow(
    session: Session, table: Any, columns: Sequence[str], rows: Sequence[Row], ids: Ids
) -> None:
    """Set columns of rows that were there before; one statement."""
    targets = {
        column: key.column.table.name
        for column in columns
        for key in table.__table__.c[column].foreign_keys
    }
    by_name = {found.__tablename__: keys for found, keys in ids.items()}
    changes = []
    for key, row in zip(ids.get(table, ()), rows, strict=False):
        values = {
            column: by_name[targets[column]][row[column]] if column in targets else row[column]
            for column in columns
            if row.get(column) is not None
        }
        if values:
            changes.append({"id": key, **dict.fromkeys(columns), **values})
    if changes:
        session.execute(sa.update(table), changes)
