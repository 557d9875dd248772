"""Filesets and the original files in them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible, visible
from store.models.among import among
from store.queries.containers import by_id


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Where a file is, and how to tell whether it is still the one that was imported."""

    path: str
    size: int
    mtime_ns: int


def filesets_by_id(
    session: Session, viewer: Viewer, ids: Iterable[int]
) -> dict[int, models.Fileset]:
    """Load filesets; those that do not exist for the viewer are absent. In order of ids."""
    return by_id(session, viewer, models.Fileset, ids)


def files_of_filesets(
    session: Session, viewer: Viewer, fileset_ids: Iterable[int]
) -> dict[int, list[models.OriginalFile]]:
    """Load the files of some filesets, by fileset, in the fileset's order; one statement."""
    entry, file = models.FilesetEntry, models.OriginalFile
    statement = (
        select_visible(viewer, entry, entry.fileset_id, file)
        .join(file, file.id == entry.original_file_id)
        .where(visible(viewer, file), among(entry.fileset_id, fileset_ids))
        .order_by(entry.fileset_id, entry.index)
    )
    found: defaultdict[int, list[models.OriginalFile]] = defaultdict(list)
    for key, row in session.execute(statement):
        found[key].append(row)
    return dict(found)


def stored_files(
    session: Session, viewer: Viewer, fileset_ids: Iterable[int], most: int | None = None
) -> dict[int, tuple[StoredFile, ...]]:
    """Load place and identity of the files of some filesets, in their order; one statement.

    Args:
        session: For reading.
        viewer: Who asks.
        fileset_ids: Database ids.
        most: Of each fileset only so many files, from its first; all if not given.
    """
    entry, file = models.FilesetEntry, models.OriginalFile
    statement = (
        select_visible(viewer, entry, entry.fileset_id, file.location, file.size, file.mtime_ns)
        .join(file, file.id == entry.original_file_id)
        .where(visible(viewer, file), among(entry.fileset_id, fileset_ids))
        .order_by(entry.fileset_id, entry.index)
    )
    if most is not None:
        statement = statement.where(entry.index < most)
    found: defaultdict[int, list[StoredFile]] = defaultdict(list)
    for key, *row in session.execute(statement):
        found[key].append(StoredFile(*row))
    return {key: tuple(files) for key, files in found.items()}


def files_of_fileset(
    session: Session, viewer: Viewer, fileset_id: int, most: int | None = None
) -> tuple[StoredFile, ...]:
    """Load place and identity of a fileset's files, in its order; one statement.

    Args:
        session: For reading.
        viewer: Who asks.
        fileset_id: Database id.
        most: Only so many, from the first; all if not given.
    """
    entry, file = models.FilesetEntry, models.OriginalFile
    statement = (
        select_visible(viewer, entry, file.location, file.size, file.mtime_ns)
        .join(file, file.id == entry.original_file_id)
        .where(visible(viewer, file), entry.fileset_id == fileset_id)
        .order_by(entry.index)
        .limit(most)
    )
    return tuple(StoredFile(*row) for row in session.execute(statement))


def images_of_filesets(
    session: Session, viewer: Viewer, fileset_ids: Iterable[int]
) -> dict[int, list[models.Image]]:
    """Load the images of some filesets, by fileset, ordered by series; one statement."""
    image = models.Image
    statement = (
        select_visible(viewer, image)
        .where(among(image.fileset_id, fileset_ids))
        .order_by(image.fileset_id, image.series)
    )
    found: defaultdict[int, list[models.Image]] = defaultdict(list)
    for row in session.scalars(statement):
        assert row.fileset_id is not None
        found[row.fileset_id].append(row)
    return dict(found)
