"""OME-XML documents become rows of the database, all or none."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible
from store.documents.reading import read
from store.documents.records import Records
from store.edits.containers import destination
from store.edits.history import begin_event, details, log_change
from store.edits.links import insert_links
from store.edits.records import LOGGED, Ids, describe_without_samples, insert_records
from store.importing.ome_document import parse_document, read_document
from store.models.enums import EventType
from store.pixels.files import identify

FORMAT = "OME-XML"


@dataclass(frozen=True, slots=True)
class ImportedDocument:
    """The rows of one document."""

    fileset_id: int
    """Stands for the document: what it says of itself is there."""
    ids: Mapping[str, Sequence[int]]
    """Database ids by class: of images, projects and all else that stands on its own."""
    notes: tuple[str, ...]
    """What the database has no place for, for a person."""
    already: bool = False
    """The same document had been imported before; nothing was written but missing links."""


def import_document(
    session: Session,
    viewer: Viewer,
    xml: bytes | Path,
    *,
    dataset_id: int | None = None,
    group_id: int | None = None,
) -> ImportedDocument:
    """Write all that an OME-XML document says; its images have no samples of their own.

    For members of the group who may link to the dataset. Safe to repeat: a document that is
    there, and visible to the viewer, is not written again.

    Args:
        session: Of the caller's transaction; all rows appear together or not at all.
        viewer: Who imports, and will own the rows.
        xml: The document, or its file.
        dataset_id: Put the images into this dataset as well; they get its group.
        group_id: Where, without a dataset; the viewer's default group if not given.

    Raises:
        NotFoundError: No such dataset, or not a member of the group.
        NotAllowedError: The dataset is somebody else's and closed to the viewer.
        InvalidInputError: Dataset and group contradict.
        UnreadableFileError: It is no OME-XML 2016-06, or what it says contradicts itself.
        UnsupportedError: It is of a release that cannot be brought to 2016-06.
    """
    name = xml.name if isinstance(xml, Path) else "the document"
    content = read_document(xml) if isinstance(xml, Path) else xml
    group, dataset = destination(session, viewer, dataset_id, group_id)
    identity = hashlib.sha256(content).hexdigest()
    found = _registered(session, viewer, group, identity)
    if found is None:
        records = read(parse_document(content, name), name)
        records.identity = identity
        fileset, ids = _write(session, viewer, records, group, identity, xml)
        imported = ImportedDocument(
            fileset, {table.__name__: list(keys) for table, keys in ids.items()},
            tuple(records.notes),
        )  # fmt: skip
    else:
        imported = ImportedDocument(found, _ids_of(session, viewer, found), (), already=True)
    if dataset is not None:
        _link(session, viewer, dataset, imported.ids.get("Image", ()))
    return imported


def _registered(session: Session, viewer: Viewer, group: int, identity: str) -> int | None:
    fileset = models.Fileset
    return session.scalars(
        select_visible(viewer, fileset, fileset.id)
        .where(fileset.identity == identity, fileset.group_id == group)
        .order_by(fileset.id)
        .limit(1)
    ).one_or_none()


def _write(
    session: Session,
    viewer: Viewer,
    records: Records,
    group: int,
    identity: str,
    xml: bytes | Path,
) -> tuple[int, Ids]:
    event = begin_event(session, viewer, group, EventType.IMPORT)
    owned = details(viewer, group, event)
    root = str(xml.parent) if isinstance(xml, Path) else ""
    fileset = models.Fileset(root=root, format=FORMAT, identity=identity, **records.root, **owned)
    session.add(fileset)
    session.flush()
    describe_without_samples(records)
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
    if isinstance(xml, Path):
        _add_file(session, xml, fileset.id, owned)
    log_change(session, event, models.Fileset, [fileset.id], "INSERT")
    return fileset.id, {table: keys for table, keys in ids.items() if table in LOGGED}


def _add_file(session: Session, path: Path, fileset_id: int, owned: Mapping[str, Any]) -> None:
    found = identify(path)
    file = models.OriginalFile(
        name=path.name,
        path=str(path),
        size=found.size,
        mtime_ns=found.mtime_ns,
        modified=dt.datetime.fromtimestamp(found.mtime_ns / 1e9, dt.UTC),
        mimetype="application/xml",
        **owned,
    )
    session.add(file)
    session.flush()
    session.add(
        models.FilesetEntry(
            fileset_id=fileset_id,
            index=0,
            original_file_id=file.id,
            client_path=str(path),
            **owned,
        )
    )
    session.flush()


def _ids_of(session: Session, viewer: Viewer, fileset_id: int) -> dict[str, Sequence[int]]:
    """The images of a document that was imported before."""
    image = models.Image
    ids = session.scalars(
        select_visible(viewer, image, image.id)
        .where(image.fileset_id == fileset_id)
        .order_by(image.series)
    ).all()
    return {"Image": ids} if ids else {}


def _link(
    session: Session, viewer: Viewer, dataset: models.Dataset, image_ids: Sequence[int]
) -> None:
    image = models.Image
    images = session.scalars(
        select_visible(viewer, image).where(sa.and_(image.id.in_(image_ids)))
    ).all()
    event = begin_event(session, viewer, dataset.group_id, EventType.IMPORT)
    insert_links(session, viewer, models.DatasetImageLink, dataset, images, event)
