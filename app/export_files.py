"""Files that the jobs of exports have made: found for those who may have them, and removed."""

import datetime as dt
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from store.access import Viewer
from store.errors import NotFoundError
from store.queries.jobs import EXPORT, job_by_id

KEPT = dt.timedelta(days=7)
"""How long what was made can be fetched."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file that an export has made."""

    path: Path
    size: int
    mtime_ns: int


def export_folder(data: Path, job_id: int) -> Path:
    """The folder of what a job makes."""
    return data / "exported" / str(job_id)


def made(session: Session, data: Path, viewer: Viewer, job_id: int) -> Made:
    """What a job has made; for whoever asked for it, and administrators.

    Raises:
        NotFoundError: No such export, somebody else's, not made yet, or its time is over.
    """
    job = job_by_id(session, viewer, job_id)
    own = job.owner_id == viewer.experimenter_id or viewer.administrator
    result: Mapping[str, Any] = job.result or {}
    if own and job.kind == EXPORT and "file" in result:
        path = export_folder(data, job_id) / str(result["file"])
        with suppress(OSError):
            status = path.stat()
            return Made(path, status.st_size, status.st_mtime_ns)
    raise NotFoundError("export", job_id)


def sweep_exports(data: Path) -> None:
    """Remove what was made and whose time is over."""
    folder = data / "exported"
    for one in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError):
            if one.stat().st_mtime < time.time() - KEPT.total_seconds():
                shutil.rmtree(one)
