"""Uploads that are complete get their names in a folder, from which a job imports them.

They are linked there, which costs no copy. The folder is the job's own and goes when the job has
done what it can; uploads that became images are forgotten then, and the others stay uploads until
their time is over, so that another attempt finds them.
"""

import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.context import Micrograph
from store import models
from store.access import Viewer
from store.archiving.names import Taken, safe_name
from store.archiving.parts import CONTENT, flush_folder
from store.edits.uploads import forget_uploads, uploads_of_batch
from store.errors import ConflictError, NotFoundError, UnavailableError
from store.models.enums import ImportState
from store.queries.jobs import items_of_job, job_of_batch

BATCH = "batch"
"""Which parameter of a job names the batch of uploads that it imports."""
_PAGE = 1_000
_DONE = (ImportState.IMPORTED, ImportState.ALREADY_THERE)


def asked_before(session: Session, viewer: Viewer, batch: str) -> models.Job | None:
    """The job of a batch that was asked for before, if that is not to be imported once more.

    Raises:
        NotFoundError: There is no such batch of the viewer's, and never was.
        ConflictError: One of its files is not complete.
    """
    job = job_of_batch(session, viewer, batch)
    if job is not None and job.finished is None:
        return job
    rows = uploads_of_batch(session, viewer, batch)
    if not rows and job is None:
        raise NotFoundError("batch of uploads", batch[:64])
    waiting = next((row for row in rows if row.completed is None), None)
    if waiting is not None:
        raise ConflictError(
            f"{waiting.path[:200]} has not come completely.", "Send the rest of it first."
        )
    # What it left out or could not import stays an upload: it can be tried again as that job.
    if job is None or any(row.completed and row.completed > job.submitted for row in rows):
        return None
    return job


def arrived_folder(data: Path, job_id: int) -> Path:
    """Where a job's uploads have their names."""
    return data / "arrived" / str(job_id)


def place_uploads(
    micrograph: Micrograph, session: Session, viewer: Viewer, job: models.Job
) -> Path:
    """Give the uploads of a job their names, and flush them to the disk; harmless to repeat.

    Returns:
        The folder that they are in.

    Raises:
        UnavailableError: The disk takes no more.
    """
    data = micrograph.settings.data
    folder = arrived_folder(data, job.id)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folders = {folder, folder.parent, data}
        for row, path in _named(session, viewer, job, folder):
            path.parent.mkdir(parents=True, exist_ok=True)
            folders.update(one for one in path.parents if one.is_relative_to(folder))
            with suppress(FileExistsError, FileNotFoundError):  # placed, or imported and gone
                os.link(data / "uploads" / row.token / CONTENT, path)
        for one in sorted(folders):
            flush_folder(one)
    except OSError as error:
        raise UnavailableError(
            f"Uploads cannot be placed in the data folder: {error.strerror}.",
            "Check the disk of the data folder, then try again.",
        ) from error
    return folder


def sums_of(session: Session, viewer: Viewer, job: models.Job) -> frozenset[str] | None:
    """The SHA-256 that files of a job may have; None where it imports no uploads."""
    if BATCH not in (job.parameters or {}):
        return None
    rows = uploads_of_batch(session, viewer, _batch(job))
    return frozenset(row.sha256 for row in rows if row.sha256)


def settle_uploads(
    micrograph: Micrograph, session: Session, viewer: Viewer, job: models.Job
) -> None:
    """Forget uploads that became files of images, and take the job's folder away.

    Args:
        micrograph: Started.
        session: For reading; what is written is a transaction of its own.
        viewer: Who sent them.
        job: It imported them; nothing happens if it imported something else.
    """
    if BATCH not in (job.parameters or {}):
        return
    data = micrograph.settings.data
    folder = arrived_folder(data, job.id)
    files, folders = _taken(session, viewer, job)
    tokens = [
        row.token
        for row, path in _named(session, viewer, job, folder)
        if str(path) in files or not folders.isdisjoint(map(str, path.parents))
    ]
    for token in tokens:
        shutil.rmtree(data / "uploads" / token, ignore_errors=True)
    if tokens:
        with micrograph.database.writing() as writing:
            forget_uploads(writing, tokens)
    shutil.rmtree(folder, ignore_errors=True)


def sweep_arrived(data: Path, going: Collection[int]) -> None:
    """Take away the folders of jobs that have ended and could not do it themselves.

    Args:
        data: The data folder.
        going: Jobs that have not ended.
    """
    folder = data / "arrived"
    for name in {one.name for one in folder.iterdir()} if folder.is_dir() else ():
        if not name.isdigit() or int(name) not in going:
            shutil.rmtree(folder / name, ignore_errors=True)


def _batch(job: models.Job) -> str:
    return str((job.parameters or {})[BATCH])


def _named(
    session: Session, viewer: Viewer, job: models.Job, folder: Path
) -> Iterator[tuple[Any, Path]]:
    """The complete uploads of a job that are left, each with its place in the folder."""
    rows = [row for row in uploads_of_batch(session, viewer, _batch(job)) if row.completed]
    names = Taken().together([safe_name(row.path) for row in rows], "files")
    return ((row, folder / name) for row, name in zip(rows, names, strict=True))


def _taken(session: Session, viewer: Viewer, job: models.Job) -> tuple[set[str], set[str]]:
    """Paths of the files, and of the folders as a whole, that became images."""
    files: set[str] = set()
    folders: set[str] = set()
    after = -1
    while True:
        items: Sequence[models.JobItem] = items_of_job(
            session, viewer, job.id, after=after, first=_PAGE, states=_DONE
        )
        for item in items:
            plan: dict[str, Any] = item.plan or {}
            files.update(plan.get("files", ()))
            if Path(plan["master"]).is_dir():
                folders.add(plan["master"])
            files.add(plan["master"])
        if not items:
            return files, folders
        after = items[-1].index
