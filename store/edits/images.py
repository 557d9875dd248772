"""Images: what a reader found becomes rows, and later learns its range of values."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import (
    Right,
    Viewer,
    group_for,
    require,
    select_visible,
    visible,
    visible_row,
    visible_rows,
)
from store.edits.described import described
from store.edits.history import begin_event, details, log_change
from store.edits.links import insert_links, link_children
from store.edits.records import insert_records
from store.edits.text import storable
from store.errors import ConflictError, InvalidInputError
from store.importing.parsed import ParsedFile, ParsedFileset
from store.models.among import among
from store.models.enums import EventType
from store.pixels.addresses import url_of


@dataclass(frozen=True, slots=True)
class Registered:
    """The rows of one fileset."""

    fileset_id: int
    image_ids: tuple[int, ...]
    """In order of series."""
    already: bool
    """The same files had been registered before; nothing was written but missing links."""


def register_fileset(
    session: Session,
    viewer: Viewer,
    parsed: ParsedFileset,
    dataset_id: int | None = None,
    *,
    group_id: int | None = None,
) -> Registered:
    """Write a fileset with its files, images, channels, planes and chunk index.

    Safe to repeat: files that are registered in the group, and visible to the viewer, are not
    registered again. For members of the group who may link to the dataset.

    Args:
        session: Of the caller's transaction; all rows appear together or not at all.
        viewer: Who imports, and will own the rows.
        parsed: What the reader found.
        dataset_id: Put the images into this dataset; they get its group.
        group_id: Where, without a dataset; the viewer's default group if not given.

    Raises:
        NotFoundError: No such dataset, or not a member of the group.
        NotAllowedError: The dataset is somebody else's and closed to the viewer.
        ConflictError: One of the files is registered, but has changed since, or is part of
            another fileset.
        InvalidInputError: A path cannot be stored, or dataset and group contradict.
    """
    paths = [_path(file) for file in parsed.files]
    dataset = None
    if dataset_id is not None:
        dataset = visible_row(session, viewer, models.Dataset, dataset_id, change=True)
        require(session, viewer, Right.LINK, [dataset])
        if group_id not in (None, dataset.group_id):
            raise InvalidInputError(
                f"Dataset {dataset_id} is in another group.", "Leave the group out."
            )
        group_id = dataset.group_id
    group = group_for(viewer, group_id)
    identity = fileset_identity(parsed.files)
    found = _registered(session, viewer, group, identity)
    if found is None:
        _refuse_overlap(session, viewer, group, paths)
        return _register(session, viewer, parsed, paths, group, identity, dataset)
    images = _images(session, viewer, found)
    if dataset is not None:
        link_children(session, viewer, models.DatasetImageLink, dataset, images)
    return Registered(found, tuple(image.id for image in images), already=True)


def store_statistics(
    session: Session,
    pixels_id: int,
    found: Sequence[Mapping[str, Any] | None],
    level: int,
) -> int:
    """Keep what the samples of each channel are like; for the program itself.

    What was computed from a finer level is never replaced by what comes from a coarser one.

    Args:
        session: Of the caller's transaction.
        pixels_id: Database id of the pixels.
        found: Of each channel in order of index, as `render.summary.Summary.to_json` writes it;
            none where unknown.
        level: Level that they were computed from; 0 is exact.

    Returns:
        How many channels were changed.
    """
    channel = models.Channel
    changed = 0
    for index, summary in enumerate(found):
        if summary is None or summary["low"] is None or summary["high"] is None:
            continue
        known = channel.statistics_level
        older = sa.and_(known == level, channel.statistics.is_(None))
        rows = session.execute(
            sa.update(channel)
            .where(
                channel.pixels_id == pixels_id,
                channel.index == index,
                sa.or_(known.is_(None), known > level, older),
            )
            .values(
                global_min=summary["low"],
                global_max=summary["high"],
                statistics_level=level,
                statistics={**summary, "level": level},
            )
            .returning(channel.id)
            .execution_options(synchronize_session=False)
        ).all()
        changed += len(rows)
    return changed


def forget_statistics(session: Session, viewer: Viewer, image_ids: Sequence[int]) -> int:
    """Have images measured anew, in one event; for those who may change them.

    Their minimum and maximum, and so their windows, stay until they are measured. Where nothing
    had been measured there is no event.

    Args:
        session: Of the caller's transaction.
        viewer: Who asks for it.
        image_ids: Database ids, each once.

    Returns:
        How many channels had been measured.

    Raises:
        NotFoundError: One is not there, or not visible.
        NotAllowedError: One is somebody else's and closed to the viewer.
    """
    images = visible_rows(session, viewer, models.Image, image_ids, change=True)
    require(session, viewer, Right.EDIT, images)
    levels = _measured(session, viewer, image_ids)
    if not levels:
        return 0
    event = begin_event(session, viewer, images[0].group_id)
    channel = models.Channel
    session.execute(
        sa.update(channel)
        .where(among(channel.id, levels))
        .values(
            statistics_level=None,
            statistics=None,
            update_event_id=event.id,
            version=channel.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    changes = {key: {"statistics_level": [level, None]} for key, level in levels.items()}
    log_change(session, event, channel, levels, "UPDATE", changes)
    return len(levels)


def _measured(session: Session, viewer: Viewer, image_ids: Sequence[int]) -> dict[int, int | None]:
    """Lock the channels of images of which something is known: their levels by id."""
    channel, pixels = models.Channel, models.Pixels
    rows = session.execute(
        select_visible(viewer, channel, channel.id, channel.statistics_level)
        .join(pixels, pixels.id == channel.pixels_id)
        .where(visible(viewer, pixels), among(pixels.image_id, image_ids))
        .where(sa.or_(channel.statistics_level.is_not(None), channel.statistics.is_not(None)))
        .order_by(channel.id)
        .with_for_update(of=channel, key_share=True)
    )
    return {key: level for key, level in rows}  # noqa: C416  (rows are no pairs to mypy)


def fileset_identity(files: Sequence[ParsedFile]) -> str:
    """Hash the paths, sizes and times of files: the same set of the same files, the same text."""
    facts = sorted((_path(file), file.size, file.mtime_ns) for file in files)
    return hashlib.sha256(orjson.dumps(facts)).hexdigest()


def _path(file: ParsedFile) -> str:
    path = url_of(file.path) or str(file.path)
    try:
        path.encode()
    except UnicodeEncodeError as error:
        name = file.path.name.encode(errors="replace").decode()
        raise InvalidInputError(
            f"The path of {name} is not valid UTF-8.", "Rename the file or its folder."
        ) from error
    return path


def _registered(session: Session, viewer: Viewer, group: int, identity: str) -> int | None:
    fileset = models.Fileset
    return session.scalars(
        select_visible(viewer, fileset, fileset.id)
        .where(fileset.identity == identity, fileset.group_id == group)
        .order_by(fileset.id)
        .limit(1)
    ).one_or_none()


def _images(session: Session, viewer: Viewer, fileset_id: int) -> Sequence[models.Image]:
    image = models.Image
    return session.scalars(
        select_visible(viewer, image).where(image.fileset_id == fileset_id).order_by(image.series)
    ).all()


def _refuse_overlap(session: Session, viewer: Viewer, group: int, paths: Sequence[str]) -> None:
    file, entry, fileset = models.OriginalFile, models.FilesetEntry, models.Fileset
    overlap = session.execute(
        select_visible(viewer, file, file.name, fileset.id)
        .join(entry, entry.original_file_id == file.id)
        .join(fileset, fileset.id == entry.fileset_id)
        .where(visible(viewer, fileset), among(file.path, paths), file.group_id == group)
        .order_by(file.id)
        .limit(1)
    ).one_or_none()
    if overlap is not None:
        raise ConflictError(
            f"{overlap.name} belongs to fileset {overlap.id}, and it or the files beside it have"
            " changed since that was imported.",
            f"Put the files back as they were, or delete the images of fileset {overlap.id} and"
            " import again.",
        )


def _register(
    session: Session,
    viewer: Viewer,
    parsed: ParsedFileset,
    paths: Sequence[str],
    group: int,
    identity: str,
    dataset: models.Dataset | None,
) -> Registered:
    records = described(parsed)
    event = begin_event(session, viewer, group, EventType.IMPORT)
    owned = details(viewer, group, event)
    fileset = models.Fileset(
        root=url_of(parsed.root) or str(parsed.root),
        format=parsed.format,
        identity=identity,
        **records.root,
        **owned,
    )
    session.add(fileset)
    session.flush()
    log_change(session, event, models.Fileset, [fileset.id], "INSERT")
    _insert_files(session, parsed.files, paths, fileset.id, owned)
    ids = insert_records(
        session,
        records,
        owned,
        event,
        more={
            models.Image: {"fileset_id": fileset.id},
            models.OriginalFile: {"path": "", "modified": event.time, "mtime_ns": 0},
        },
    )
    image_ids = ids[models.Image]
    _insert_chunks(session, parsed, ids[models.Pixels])
    if dataset is not None:
        images = _images(session, viewer, fileset.id)
        insert_links(session, viewer, models.DatasetImageLink, dataset, images, event)
    return Registered(fileset.id, tuple(image_ids), already=False)


def _insert_files(
    session: Session,
    files: Sequence[ParsedFile],
    paths: Sequence[str],
    fileset_id: int,
    owned: dict[str, int],
) -> None:
    ids = _insert(
        session,
        models.OriginalFile,
        [
            {
                "name": storable(file.path.name, 1024) or "file",
                "path": path,
                "size": file.size,
                "mtime_ns": file.mtime_ns,
                "modified": dt.datetime.fromtimestamp(file.mtime_ns / 1e9, dt.UTC),
                **owned,
            }
            for file, path in zip(files, paths, strict=True)
        ],
    )
    session.execute(
        _together(models.FilesetEntry),
        [
            {
                "fileset_id": fileset_id,
                "index": index,
                "original_file_id": key,
                "client_path": paths[index],
                **owned,
            }
            for index, key in enumerate(ids)
        ],
    )


def _insert_chunks(session: Session, parsed: ParsedFileset, pixels_ids: Sequence[int]) -> None:
    blocks = [
        {
            "pixels_id": key,
            "level": block.level,
            "first_plane": block.first_plane,
            "plane_count": block.plane_count,
            "data": block.data,
        }
        for image, key in zip(parsed.images, pixels_ids, strict=True)
        for block in image.blocks
    ]
    if blocks:
        session.execute(_together(models.ChunkBlock), blocks)


def _insert(
    session: Session, entity: Any, rows: Sequence[dict[str, Any]], **same: Any
) -> list[int]:
    if not rows:
        return []
    statement = _together(entity).returning(entity.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, [row | same for row in rows]))


def _together(entity: type[models.Base]) -> sa.Insert:
    # Without this, rows are sent apart wherever another column of them is empty.
    return sa.insert(entity).execution_options(render_nulls=True)
