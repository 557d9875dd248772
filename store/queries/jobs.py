"""Jobs, and what became of each of their items."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible, visible_row
from store.models.enums import ImportState
from store.queries.storage import storage_roots

IMPORT = "import"
"""Kind of the jobs that bring images in."""
EXPORT = "export"
"""Kind of the jobs that make files of images."""


def job_by_id(session: Session, viewer: Viewer, job_id: int) -> models.Job:
    """Load a job.

    Raises:
        NotFoundError: No such job, or not visible to the viewer.
    """
    return visible_row(session, viewer, models.Job, job_id)


def newest_jobs(session: Session, viewer: Viewer, first: int) -> Sequence[models.Job]:
    """Load the newest jobs that the viewer may see, newest first."""
    job = models.Job
    statement = select_visible(viewer, job).order_by(job.id.desc()).limit(first)
    return session.scalars(statement).all()


def unfinished_jobs(session: Session, viewer: Viewer) -> Sequence[models.Job]:
    """Load the jobs that have not ended and go on after an interruption; oldest first."""
    job = models.Job
    durable = job.kind.in_((IMPORT, EXPORT))
    statement = select_visible(viewer, job).where(durable, job.finished.is_(None))
    rows = session.scalars(statement.order_by(job.id))
    return [row for row in rows if (row.parameters or {}).get("durable")]


def job_of_batch(session: Session, viewer: Viewer, batch: str) -> models.Job | None:
    """The newest import of a batch of the viewer's uploads, among their latest thousand imports."""
    job = models.Job
    statement = select_visible(viewer, job).where(
        job.kind == IMPORT, job.owner_id == viewer.experimenter_id
    )
    rows = session.scalars(statement.order_by(job.id.desc()).limit(1_000))
    return next((row for row in rows if (row.parameters or {}).get("batch") == batch), None)


def items_of_job(
    session: Session,
    viewer: Viewer,
    job_id: int,
    *,
    after: int = -1,
    first: int = 100,
    states: Collection[ImportState] = (),
) -> Sequence[models.JobItem]:
    """Load items of a job in their order.

    Args:
        session: To read with.
        viewer: Who reads.
        job_id: Database id.
        after: Only items behind this index.
        first: At most so many.
        states: Only items of these; of all if none are given.
    """
    item = models.JobItem
    statement = select_visible(viewer, item).where(item.job_id == job_id, item.index > after)
    if states:
        statement = statement.where(item.state.in_([str(state) for state in states]))
    return session.scalars(statement.order_by(item.index).limit(first)).all()


def settled_items(
    session: Session, viewer: Viewer, job_id: int, *, after: int = -1, first: int = 1_000
) -> Sequence[sa.Row[Any]]:
    """Say what became of items of a job, in their order, up to the first that waits.

    Asked again and again while a job goes on, so what waits is not loaded.

    Args:
        session: To read with.
        viewer: Who reads.
        job_id: Database id.
        after: Only items behind this index.
        first: At most so many.

    Returns:
        Rows of path, state, images, message, seconds and code.
    """
    item = models.JobItem
    behind = (item.job_id == job_id, item.index > after)
    waiting = (
        select_visible(viewer, item, item.index)
        .where(*behind, item.state == ImportState.WAITING)
        .order_by(item.index)
        .limit(1)
    )
    end = session.scalar(waiting)
    columns = (item.path, item.state, item.images, item.message, item.seconds, item.code)
    settled = select_visible(viewer, item, *columns).where(*behind)
    if end is not None:
        settled = settled.where(item.index < end)
    return session.execute(settled.order_by(item.index).limit(first)).all()


def item_counts(session: Session, viewer: Viewer, job_id: int) -> dict[ImportState, int]:
    """Count the items of a job by what became of them."""
    item = models.JobItem
    statement = select_visible(viewer, item, item.state, sa.func.count()).where(
        item.job_id == job_id
    )
    rows: Any = session.execute(statement.group_by(item.state))
    return {ImportState(state): number for state, number in rows}


def known_folders(session: Session, folder: str, names: Sequence[str]) -> set[str]:
    """Return which folders rows of files speak of, whoever may see them, deleted rows included.

    For the program itself: what nobody's rows speak of may be set aside.

    Args:
        session: To read with.
        folder: Absolute path of what the folders are in.
        names: Of the folders.
    """
    file = models.OriginalFile
    found: set[str] = set()
    for root in storage_roots(session):
        if f"{root.path}/".startswith(f"{folder}/"):
            inside: Any = file.path != ""
        elif f"{folder}/".startswith(f"{root.path}/"):
            rest = folder[len(root.path) :]
            inside = sa.and_(file.path > f"{rest}/", file.path < f"{rest}0")  # "0" follows "/"
        else:
            continue
        below = sa.func.substr(sa.literal(root.path).concat(file.path), len(folder) + 2)
        slash = sa.func.instr(below, "/")
        if session.get_bind().dialect.name == "postgresql":
            slash = sa.func.strpos(below, "/")
        name = sa.func.substr(below, 1, slash - 1)
        statement = sa.select(name).where(file.storage_root_id == root.id, inside)
        found.update(session.scalars(statement.distinct()))
    return set(names) & found
