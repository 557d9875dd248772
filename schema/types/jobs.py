"""Work in the background, and what became of each part of it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from schema.fields import Column, One, Paged, entity, field
from schema.pagination import Connection, described
from schema.reads import Children
from schema.types import lazy
from schema.types.nodes import Node
from schema.types.owned import Owned
from store import models
from store.models.enums import ImportState, JobStatus
from store.queries.jobs import EXPORT

described(
    ImportState,
    "What became of one fileset of an import.",
    {
        "WAITING": "Nothing yet.",
        "IMPORTED": "Its images are there.",
        "ALREADY_THERE": "The same files had been imported before.",
        "FAILED": "It could not be imported; `message` says why.",
        "LEFT_OUT": "It is no image, or of a format that is not read; `message` says it.",
    },
)


def download_url(key: int, kind: str, result: Mapping[str, Any] | None) -> str | None:
    """Address of what an export has made."""
    return f"/exported/{key}" if kind == EXPORT and (result or {}).get("file") else None


@entity(models.JobItem)
class JobItem(Node):
    """One fileset of an import, or one file that was left out: what became of it."""

    job: lazy.Job = field("The import.", One("job_id"))
    index: int = field("Place in the order of the import, from 0.")
    path: str = field("The file or folder that leads, on the server.")
    state: ImportState = field("What became of it.", Column(ImportState))
    message: str | None = field("Why it failed or was left out, and what to do.")
    code: str | None = field("Stable name of the kind of error, such as unreadable_file.")
    seconds: float | None = field("How long it took.")
    fileset: lazy.Fileset | None = field("What it has become.", One("fileset_id"))


@entity(models.Job)
class Job(Owned):
    """One piece of work in the background, such as an import."""

    kind: str = field("What kind of work, such as import.")
    title: str = field("What it is about.")
    status: JobStatus = field("How far it is.", Column(JobStatus))
    progress: float = field("Fraction that is done, 0 to 1.")
    message: str | None = field("What it is doing, or why it failed and what to do.")
    submitted: dt.datetime = field("When somebody asked for it.")
    started: dt.datetime | None = field("When it began.")
    finished: dt.datetime | None = field("When it ended.")
    download_url: str | None = field(
        "Of an export that has ended: address of the file that it made, for whoever asked for it,"
        " until its time is over.",
        Column(download_url, "id", "kind", "result", cached=False),
    )
    items: Connection[JobItem] = field(
        "Of an import: what became of each fileset.",
        Paged(Children(models.JobItem, parent="job_id")),
    )
