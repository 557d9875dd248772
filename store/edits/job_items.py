"""Items of a job: what is to be imported, written before the work; what became of it, after."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Right, Viewer, require, visible_row
from store.errors import ConflictError
from store.models.enums import ImportState, JobStatus

_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Planned:
    """One thing that is to be imported, that is there already, or that is left out."""

    path: str
    plan: dict[str, Any] | None
    """None for what is not to be imported."""
    message: str = ""
    """Why it is left out."""
    fileset_id: int | None = None
    """Of what is there."""
    images: Sequence[int] = ()

    @property
    def state(self) -> ImportState:
        """What is to be done, or has become of it."""
        if self.plan is not None:
            return ImportState.WAITING
        return ImportState.LEFT_OUT if self.fileset_id is None else ImportState.ALREADY_THERE


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one item."""

    item_id: int
    state: ImportState
    message: str = ""
    code: str = ""
    fileset_id: int | None = None
    images: Sequence[int] = ()
    seconds: float = 0.0


def add_items(session: Session, job_id: int, items: Iterable[Planned]) -> int:
    """Write the items of a job that has none yet, in order.

    Args:
        session: Of the caller's transaction.
        job_id: Database id.
        items: What is to be done; of what is left out, too.

    Returns:
        How many are to be done.
    """
    index = waiting = 0
    for some in batched(items, _ROWS):
        rows = []
        for item in some:
            waiting += item.plan is not None
            rows.append(
                {
                    "job_id": job_id,
                    "index": index,
                    "path": item.path,
                    "plan": item.plan,
                    "state": item.state,
                    "message": item.message or None,
                    "fileset_id": item.fileset_id,
                    "images": list(item.images) or None,
                }
            )
            index += 1
        session.execute(sa.insert(models.JobItem).execution_options(render_nulls=True), rows)
    return waiting


def settle(session: Session, outcomes: Sequence[Settled]) -> None:
    """Record what became of items; in the transaction that did it."""
    item: Any = models.JobItem.__table__
    if not outcomes:
        return
    names = ("state", "message", "code", "fileset_id", "images", "seconds")
    statement = (
        sa.update(item)
        .where(item.c.id == sa.bindparam("item"))
        .values({name: sa.bindparam(f"new_{name}", type_=item.c[name].type) for name in names})
    )
    session.connection().execute(
        statement,
        [
            {
                "item": one.item_id,
                "new_state": one.state,
                "new_message": one.message or None,
                "new_code": one.code or None,
                "new_fileset_id": one.fileset_id,
                "new_images": list(one.images) or None,
                "new_seconds": one.seconds,
            }
            for one in outcomes
        ],
    )


def cancel(session: Session, viewer: Viewer, job_id: int) -> models.Job:
    """End a job that has not ended; what it did stays. For those who may edit it.

    Raises:
        NotFoundError: No such job, or not visible to the viewer.
        NotAllowedError: Somebody else's.
        ConflictError: It has ended.
    """
    job = _changeable(session, viewer, job_id)
    if job.finished is not None:
        raise ConflictError(f"Job {job_id} has ended already.", "There is nothing to cancel.")
    job.status, job.finished = JobStatus.CANCELLED, sa.func.now()
    job.message = f"Cancelled{f' after {job.message}' if job.message else ''}."
    job.version += 1
    session.flush()
    session.refresh(job)
    return job


def retry(session: Session, viewer: Viewer, job_id: int) -> models.Job:
    """Have a job that has ended do what is left: what failed, and what it did not come to.

    For those who may edit it. Whoever calls this has the work done afterwards.

    Raises:
        NotFoundError: No such job, or not visible to the viewer.
        NotAllowedError: Somebody else's.
        ConflictError: It has not ended, has nothing left, or is of a kind that cannot go on.
    """
    job = _changeable(session, viewer, job_id)
    if job.finished is None:
        raise ConflictError(f"Job {job_id} has not ended.", "Wait for it, or cancel it first.")
    if not (job.parameters or {}).get("durable"):
        raise ConflictError(f"Job {job_id} cannot go on.", "Import the same files again.")
    item = models.JobItem
    left = sa.update(item).where(item.job_id == job_id)
    left = left.where(item.state.in_((ImportState.FAILED, ImportState.WAITING)))
    found: Any = session.execute(
        left.values(state=ImportState.WAITING, message=None, code=None).execution_options(
            synchronize_session=False
        )
    )
    parameters = dict(job.parameters or {})
    if not found.rowcount and parameters.get("planned"):
        raise ConflictError(f"Everything in job {job_id} is done.", "There is nothing to retry.")
    parameters["attempt"] = parameters.get("attempt", 1) + 1
    job.parameters, job.status = parameters, JobStatus.SUBMITTED
    job.finished = job.message = job.result = None
    job.version += 1
    session.flush()
    return job


def _changeable(session: Session, viewer: Viewer, job_id: int) -> models.Job:
    job = visible_row(session, viewer, models.Job, job_id, change=True)
    require(session, viewer, Right.EDIT, [job])
    return job
