"""Jobs: their progress, their end, and what cannot be undone."""

import sqlalchemy as sa

from store import models
from store.access import Viewer
from store.database import Database
from store.edits import jobs
from store.models.enums import JobStatus


def submitted(database: Database, viewer: Viewer) -> int:
    with database.writing() as session:
        return jobs.submit(session, viewer, "import", "Two plates", parameters={"paths": ["a"]}).id


def loaded(database: Database, key: int) -> models.Job:
    with database.reading() as session:
        return session.scalars(sa.select(models.Job).where(models.Job.id == key)).one()


def test_a_job_begins_with_its_first_report(database: Database, viewer: Viewer) -> None:
    key = submitted(database, viewer)
    before = loaded(database, key)
    with database.writing() as session:
        assert jobs.report(session, key, progress=0.25, message="Reading")
    with database.writing() as session:
        assert jobs.report(session, key, progress=7.0)
    after = loaded(database, key)

    assert (before.status, before.progress, before.started) == (JobStatus.SUBMITTED, 0.0, None)
    assert (after.status, after.progress, after.message) == (JobStatus.RUNNING, 1.0, "Reading")
    assert after.started is not None
    assert after.version == before.version + 2


def test_a_job_ends_once(database: Database, viewer: Viewer) -> None:
    key = submitted(database, viewer)
    with database.writing() as session:
        first = jobs.finish(session, key, JobStatus.CANCELLED, message="Cancelled by its owner.")
        second = jobs.finish(session, key, JobStatus.FINISHED, result={"images": 2})
    job = loaded(database, key)

    assert (first, second) == (True, False)
    assert (job.status, job.result) == (JobStatus.CANCELLED, None)
    assert job.finished is not None


def test_work_learns_from_its_report_that_the_job_was_cancelled(
    database: Database, viewer: Viewer
) -> None:
    key = submitted(database, viewer)
    with database.writing() as session:
        jobs.finish(session, key, JobStatus.CANCELLED)
    with database.writing() as session:
        assert not jobs.report(session, key, progress=0.5)

    assert loaded(database, key).status == JobStatus.CANCELLED
