"""Exports as jobs: made behind the answer into a file, which is fetched until its time is over."""

import datetime as dt
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy.orm import Session

from app.context import Micrograph
from app.export_files import KEPT, export_folder
from app.exported import FORMATS, prepared
from app.exporting import exporting, spool_of, write_export
from app.import_steps import importer_of
from app.routes.exports import KEYS
from render.errors import RenderError
from store.access import Viewer
from store.archiving.parts import flush_folder
from store.edits import jobs
from store.edits.downloads import record_export
from store.errors import InvalidInputError, StoreError, UnavailableError
from store.exporting.closure import Root
from store.exporting.entries import Entry
from store.failpoints import reach
from store.models.enums import JobStatus
from store.pixels.abandoning import AbandonedError, abandonable
from store.queries.jobs import EXPORT, job_by_id
from store.queries.people import viewer_by_experimenter

ASKS_EVERY_S = 1.0
"""How often it is looked whether the job was cancelled, and said how far it is."""
_ENDINGS = {
    "ome-tiff": "ome.tiff",
    "ome-zarr": "ozx",
    "bundle": "crate.zip",
    "png": "png",
    "jpeg": "jpg",
    "tiff": "tiff",
}
"""Of addresses of the same format, whose options a job takes."""

logger = logging.getLogger(__name__)


def submit_export(
    session: Session, viewer: Viewer, roots: Sequence[Root], format_: str, options: str
) -> int:
    """Write down an export, in the caller's transaction.

    Args:
        session: Of the caller's transaction.
        viewer: Who asks, and fetches it.
        roots: Images and containers.
        format_: One of `app.exported.FORMATS`.
        options: As behind the question mark of an address of `/export`.

    Returns:
        The id of the job.

    Raises:
        InvalidInputError: There is no such format, or it has no such option.
    """
    if format_ not in FORMATS or not roots:
        raise InvalidInputError(f"Nothing can be exported as {format_[:32]!r}.")
    known = KEYS[_ENDINGS[format_]]
    said = dict(parse_qsl(options, keep_blank_values=True))
    unknown = sorted(set(said) - known)
    if unknown:
        raise InvalidInputError(
            f"{format_} has no option {unknown[0][:32]!r}.",
            f"It has {', '.join(sorted(known)) or 'none'}.",
        )
    parameters = {
        "durable": True,
        "attempt": 1,
        "roots": [list(root) for root in roots],
        "format": format_,
        "said": said,
    }
    things = ", ".join(f"{kind}:{key}" for kind, key in roots[:3])
    title = f"{things}{' …' if len(roots) > 3 else ''} as {format_}"
    return jobs.submit(session, viewer, EXPORT, title, parameters=parameters).id


def make_export(micrograph: Micrograph, job_id: int) -> None:
    """Make the file of a job, from the beginning; ends the job, whatever comes of it."""
    folder = export_folder(micrograph.settings.data, job_id)
    try:
        shutil.rmtree(folder, ignore_errors=True)
        with _explained():
            folder.mkdir(parents=True)
        path = _write(micrograph, job_id, folder)
        reach("export.written")
        expires = dt.datetime.now(dt.UTC) + KEPT
        result = {"file": path.name, "size": path.stat().st_size, "expires": expires.isoformat()}
        message = f"{_size(path.stat().st_size)}, to be fetched until {expires:%Y-%m-%d}"
        with micrograph.database.writing() as session:
            kept = jobs.finish(session, job_id, JobStatus.FINISHED, message=message, result=result)
            if kept:
                _record(session, micrograph, job_id)
    except AbandonedError:
        kept = False
    except (StoreError, RenderError) as error:
        logger.warning("export failed", extra={"job": job_id, "reason": str(error)})
        kept = False
        with micrograph.database.writing() as session:
            jobs.finish(session, job_id, JobStatus.ERROR, message=str(error))
    if not kept:
        shutil.rmtree(folder, ignore_errors=True)


def _record(session: Session, micrograph: Micrograph, job_id: int) -> None:
    """Write who takes what."""
    root = viewer_by_experimenter(session, micrograph.administrator_id)
    job = job_by_id(session, root, job_id)
    parameters: dict[str, Any] = dict(job.parameters or {})
    format_ = _ENDINGS[parameters["format"]]
    record_export(session, importer_of(session, job), _roots(parameters), format_)


def _roots(parameters: dict[str, Any]) -> list[Root]:
    return [(str(kind), int(key)) for kind, key in parameters["roots"]]


def _write(micrograph: Micrograph, job_id: int, folder: Path) -> Path:
    """Make the file, flushed to the disk.

    Raises:
        AbandonedError: The job was cancelled.
        UnavailableError: The disk takes no more.
    """
    with _cancellable(micrograph, job_id), exporting() as workers, _explained():
        with micrograph.database.reading() as session:
            root = viewer_by_experimenter(session, micrograph.administrator_id)
            job = job_by_id(session, root, job_id)
            viewer = importer_of(session, job)
            parameters: dict[str, Any] = dict(job.parameters or {})
            roots = _roots(parameters)
            export = prepared(
                micrograph,
                session,
                viewer,
                roots,
                parameters["format"],
                parameters["said"],
                workers,
            )
        if not export.single:
            entries = _counted(micrograph, job_id, export.entries)
            export = replace(export, entries=entries)
        path = folder / export.file_name
        write_export(export, path, workers, spool_of(micrograph))
        with path.open("rb") as file:
            os.fsync(file.fileno())
        flush_folder(folder)
    return path


def _counted(micrograph: Micrograph, job_id: int, entries: Any) -> Iterator[Entry]:
    """Pass files on, and say now and then how far the export is."""
    total = len(entries) if isinstance(entries, Sequence) else 0
    said = time.monotonic()
    for number, entry in enumerate(entries):
        if time.monotonic() > said + ASKS_EVERY_S:
            said = time.monotonic()
            progress = number / total if total else None
            with micrograph.database.writing() as session:
                jobs.report(session, job_id, progress=progress, message=f"{number} files")
        yield entry


@contextmanager
def _cancellable(micrograph: Micrograph, job_id: int) -> Iterator[None]:
    """Give up what is done here once the job has ended otherwise."""
    nobody, done = threading.Event(), threading.Event()

    def look() -> None:
        while not done.wait(ASKS_EVERY_S):
            with micrograph.database.writing() as session:
                if not jobs.report(session, job_id):
                    nobody.set()
                    return

    watching = threading.Thread(target=look, name="export", daemon=True)
    watching.start()
    try:
        with abandonable(nobody):
            yield
    finally:
        done.set()
        watching.join()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"The export cannot be written to the data folder: {error.strerror}.",
            "Free space there, then try again.",
        ) from error


def _size(size: int) -> str:
    """A number of bytes for people.

    >>> _size(1_234_567)
    '1.23 MB'
    """
    value, unit = float(size), "bytes"
    for larger in ("kB", "MB", "GB"):
        if value >= 1000:
            value, unit = value / 1000, larger
    return f"{value:.3g} {unit}" if unit != "bytes" else f"{size} bytes"
