"""A fileset as rows: its files, their chunks, and what they say, made to fit the samples."""

import datetime as dt
from collections.abc import Collection, Sequence
from functools import cache

from store import models
from store.documents.reading import blank, drop
from store.documents.records import Records, Row, foreign_keys
from store.edits.text import NAME_LENGTH, storable
from store.importing.managed import HASHER
from store.importing.parsed import ParsedFileset, ParsedImage
from store.pixels.addresses import written

_OF_IMAGES = (models.Image, models.Pixels, models.Channel, models.Plane, models.TiffData)
"""What is known of images whatever else the document says."""


def described(parsed: ParsedFileset, identity: str = "") -> Records:
    """The rows of a fileset, those of its images made to fit their samples.

    Every image has one row of pixels and exactly one channel for each C, whatever the document
    says; planes that are outside or of which nothing is said are left out.

    Args:
        parsed: What the reader found; left as it is.
        identity: Of its files.

    Returns:
        Rows that `store.edits.records.insert_records` takes.
    """
    records = _copied(parsed)
    images = parsed.images
    for row, image in zip(records.of(models.Image), images, strict=True):
        file_name = storable(parsed.files[0].path.name, NAME_LENGTH)
        row["name"] = storable(image.name, NAME_LENGTH) or file_name or "Image"
        row["description"] = storable(row["description"])
        row["series"] = image.series
    for row, image in zip(records.of(models.Pixels), images, strict=True):
        row |= _pixels(row, image)
    _fit_channels(records, images)
    _drop_planes(records, images)
    _add_files(records, parsed)
    fileset = {"root": written(parsed.root), "format": parsed.format, "identity": identity}
    records.rows[models.Fileset] = [records.root | fileset]
    for row in records.of(models.Image):
        row["fileset_id"] = 0
    records.rows[models.ChunkBlock] = [
        {
            "pixels_id": number,
            "level": block.level,
            "first_plane": block.first_plane,
            "plane_count": block.plane_count,
            "data": block.data,
        }
        for number, image in enumerate(images)
        for block in image.blocks
    ]
    return records


def _add_files(records: Records, parsed: ParsedFileset) -> None:
    """Put the files before those that only the document speaks of."""
    count = len(parsed.files)
    spoken_of = records.of(models.OriginalFile)
    for annotation in records.of(models.Annotation) if spoken_of else ():
        if annotation["file_id"] is not None:
            annotation["file_id"] += count
    now = dt.datetime.now(dt.UTC)
    records.rows[models.OriginalFile] = [
        _blank_file()
        | {
            "name": storable(file.came_from.name, NAME_LENGTH) or "file",
            "path": written(file.path),
            "hash": file.sha256,
            "hasher": file.sha256 and HASHER,
            "size": file.size,
            "mtime_ns": file.mtime_ns,
            "modified": dt.datetime.fromtimestamp(file.mtime_ns / 1e9, dt.UTC),
        }
        for file in parsed.files
    ] + [row | {"path": "", "modified": now, "mtime_ns": 0} for row in spoken_of]
    records.rows[models.FilesetEntry] = [
        {
            "fileset_id": 0,
            "index": number,
            "original_file_id": number,
            "client_path": written(file.came_from),
        }
        for number, file in enumerate(parsed.files)
    ]


@cache
def _blank_file() -> Row:
    return blank("BinaryFile")


def _copied(parsed: ParsedFileset) -> Records:
    """The rows of the document, or bare ones where its images are not those of the files."""
    given = parsed.document
    numbers = list(range(len(parsed.images)))
    if given is not None:
        of_pixels = [row["image_id"] for row in given.of(models.Pixels)]
        if of_pixels == numbers and len(given.of(models.Image)) == len(numbers):
            rows = {table: [dict(row) for row in rows] for table, rows in given.rows.items()}
            return Records(rows, dict(given.root), given.identity)
    root = blank("OME") if given is None else dict(given.root)
    return Records(
        {
            models.Image: [blank("Image") for _ in numbers],
            models.Pixels: [blank("Pixels") | {"image_id": number} for number in numbers],
        },
        root,
    )


def _pixels(row: Row, image: ParsedImage) -> Row:
    """The columns of pixels that the samples decide."""
    return {
        "dimension_order": row["dimension_order"] or "XYCZT",
        "type": image.pixel_type,
        "significant_bits": row["significant_bits"] or image.significant_bits,
        "size_x": image.shape.x,
        "size_y": image.shape.y,
        "size_z": image.shape.z,
        "size_c": image.shape.c,
        "size_t": image.shape.t,
        "content_id": image.content_id,
        "rgb": image.rgb,
        "storage": image.storage,
    }


def _fit_channels(records: Records, images: Sequence[ParsedImage]) -> None:
    """Make exactly one row for each C.

    OME has one channel for the three samples of an RGB pixel; it becomes three rows, as in OMERO.
    Where fewer channels are described than there are, the rest are bare.
    """
    groups: list[list[tuple[int, Row]]] = [[] for _ in images]
    for number, row in enumerate(records.of(models.Channel)):
        groups[row["pixels_id"]].append((number, row))
    channels: list[Row] = []
    places: dict[int, int] = {}
    for pixels, (image, group) in enumerate(zip(images, groups, strict=True)):
        made: list[Row] = []
        for number, row in group:
            if len(made) < image.shape.c:
                places[number] = len(channels) + len(made)
                made += _samples(row, image)
        del made[image.shape.c :]
        samples = None if image.samples in (None, 1) else image.samples
        bare = blank("Channel") | {"samples_per_pixel": samples}
        made += [dict(bare) for _ in range(image.shape.c - len(made))]
        channels += [row | {"pixels_id": pixels, "index": index} for index, row in enumerate(made)]
    if len(places) < len(records.of(models.Channel)):
        _keep_images_alone(records)
    elif any(old != new for old, new in places.items()):
        _renumber_channels(records, places)
    records.rows[models.Channel] = channels


def _samples(row: Row, image: ParsedImage) -> list[Row]:
    """The rows of one channel of the document: one for each of its samples."""
    said = row["samples_per_pixel"]
    samples = (said or 1) if image.samples is None else image.samples
    stated = said if image.samples is None or (said is None and samples == 1) else samples
    row = row | {
        "name": storable(row["name"], NAME_LENGTH),
        "fluor": storable(row["fluor"], 255),
        "samples_per_pixel": stated,
        "color": row["color"] if samples == 1 else None,
    }
    # Capped, because a file may claim any number of samples.
    return [dict(row) for _ in range(min(samples, image.shape.c))]


def _keep_images_alone(records: Records) -> None:
    """Leave out all that the document says beside its images, whose channels are not the files'."""
    for table in [table for table in records.rows if table not in _OF_IMAGES]:
        del records.rows[table]
    for table in _OF_IMAGES:
        gone = [name for name, target in foreign_keys(table) if target not in _OF_IMAGES]
        for row in records.of(table):
            row.update(dict.fromkeys(name for name in gone if name in row))
    records.note("the channels that it describes are not those in the files")


def _renumber_channels(records: Records, places: dict[int, int]) -> None:
    for table, rows in records.rows.items():
        names = [name for name, target in foreign_keys(table) if target is models.Channel]
        for row in rows if names else ():
            for name in names:
                if row.get(name) is not None:
                    row[name] = places[row[name]]
    for link in records.of(models.AnnotationLink):
        if link["parent_type"] == "Channel":
            link["parent_id"] = places[link["parent_id"]]


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


_PLACE: Collection[str] = frozenset({"pixels_id", "the_t", "the_c", "the_z"})


def _says_anything(row: Row) -> bool:
    return any(value is not None for name, value in row.items() if name not in _PLACE)
