"""Jobs: the record of work in the background, for those who wait for it."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, group_for
from store.edits.history import begin_event, details
from store.models.enums import EventType, JobStatus

TITLE_LENGTH = 1024


def submit(
    session: Session,
    viewer: Viewer,
    kind: str,
    title: str,
    *,
    parameters: dict[str, Any] | None = None,
    group_id: int | None = None,
) -> models.Job:
    """Record that work was asked for; whoever asks owns the job.

    Args:
        session: Of the caller's transaction.
        viewer: Who asks.
        kind: What kind of work, such as "import".
        title: What people see in a list of jobs.
        parameters: What was asked for, as JSON.
        group_id: Who else sees it; the viewer's default group if not given.

    Raises:
        InvalidInputError: There is no group.
        NotFoundError: Not a member of the group.
    """
    group = group_for(viewer, group_id)
    event = begin_event(session, viewer, group, EventType.TASK)
    job = models.Job(
        kind=kind,
        status=JobStatus.SUBMITTED,
        title=title[:TITLE_LENGTH],
        submitted=dt.datetime.now(dt.UTC),
        parameters=parameters,
        **details(viewer, group, event),
    )
    session.add(job)
    session.flush()
    return job


def report(
    session: Session,
    job_id: int,
    *,
    progress: float | None = None,
    message: str | None = None,
    result: dict[str, Any] | None = None,
) -> bool:
    """Record how far a job is, for whoever does the work.

    Args:
        session: Of a transaction of its own.
        job_id: Database id.
        progress: Fraction that is done, 0 to 1.
        message: What it is doing.
        result: What it made so far, as JSON.

    Returns:
        Whether to go on: False once the job was cancelled.
    """
    job = models.Job
    values: dict[str, Any] = {"version": job.version + 1, "status": JobStatus.RUNNING}
    values["started"] = sa.func.coalesce(job.started, sa.bindparam("now", type_=job.started.type))
    if progress is not None:
        values["progress"] = min(max(progress, 0.0), 1.0)
    if message is not None:
        values["message"] = message
    if result is not None:
        values["result"] = result
    statement = (
        sa.update(job)
        .where(job.id == job_id, job.status.in_((JobStatus.SUBMITTED, JobStatus.RUNNING)))
        .values(values)
        .execution_options(synchronize_session=False)
    )
    done: Any = session.execute(statement, {"now": dt.datetime.now(dt.UTC)})
    return bool(done.rowcount)


def replan(
    session: Session,
    job_id: int,
    parameters: dict[str, Any],
    result: dict[str, Any] | None = None,
) -> None:
    """Record what a job turned out to be about, and to have done, for whoever does the work."""
    job = models.Job
    session.execute(
        sa.update(job)
        .where(job.id == job_id)
        .values(parameters=parameters, result=result, version=job.version + 1)
        .execution_options(synchronize_session=False)
    )


def finish(
    session: Session,
    job_id: int,
    status: JobStatus,
    *,
    message: str | None = None,
    result: dict[str, Any] | None = None,
) -> bool:
    """Record the end of a job that has none yet.

    Args:
        session: Of a transaction of its own.
        job_id: Database id.
        status: FINISHED, ERROR or CANCELLED.
        message: What came of it, or why it failed and what to do.
        result: What it made, as JSON.

    Returns:
        Whether it had not ended before.
    """
    job = models.Job
    values: dict[str, Any] = {
        "version": job.version + 1,
        "status": status,
        "message": message,
        "result": result,
        "finished": dt.datetime.now(dt.UTC),
    }
    if status is JobStatus.FINISHED:
        values["progress"] = 1.0
    statement = (
        sa.update(job)
        .where(job.id == job_id, job.finished.is_(None))
        .values(values)
        .execution_options(synchronize_session=False)
    )
    done: Any = session.execute(statement)
    return bool(done.rowcount)
