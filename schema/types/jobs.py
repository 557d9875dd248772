"""Work in the background."""

import datetime as dt

from schema.fields import Column, entity, field
from schema.types.owned import Owned
from store import models
from store.models.enums import JobStatus


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
