"""Imports and exports as durable workflows: begun here, gone on with by whoever starts next after a crash.

DBOS keeps which step of which workflow is done, in a database of its own beside that of the
metadata: a second file in the data folder, or tables of the schema `dbos` of the same PostgreSQL.
It is one for a process, so the workflows of a second `Micrograph` in the same process wait until
those of the first are closed; that is the only state here that is shared.

Every process that runs workflows holds a lock file below `jobs/` in the data folder. The kernel
lets go of it when the process ends, however it ends, which is how others learn that its workflows
are to be gone on with.
"""

import contextlib
import fcntl
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetWorkflowID
from sqlalchemy import event

from app.context import Micrograph
from app.import_steps import conclude, measure_some, register_waiting, settle_arrived
from app.importing import plan_job
from app.memory import leave_out_loaded
from store.database import sqlite_module, wal_is_safe
from store.edits import jobs
from store.errors import StoreError
from store.models.enums import JobStatus
from store.queries.jobs import EXPORT, job_by_id, unfinished_jobs
from store.queries.people import viewer_by_experimenter

VERSION = "2"
"""Of the workflows' steps; those of another version are not gone on with."""

logger = logging.getLogger(__name__)


class StoppedError(BaseException):
    """This process ends: the workflow stays as it is. No Exception, which DBOS would record."""


class _Turn:
    """Whose workflows DBOS runs in this process."""

    lock = threading.RLock()
    workflows: "Workflows | None" = None


class Workflows:
    """The workflows of one Micrograph in this process. Safe to share between threads.

    Args:
        micrograph: Started.
    """

    def __init__(self, micrograph: Micrograph) -> None:
        self.micrograph = micrograph
        self.stopping = threading.Event()
        self._folder = micrograph.settings.data / "jobs"
        self._executor = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._lock: int | None = None
        self._engine: sa.Engine | None = None
        self.running: set[tuple[int, int]] = set()
        """Jobs, and which attempts, that threads of this process work on."""

    def start(self, job_id: int) -> None:
        """Begin with a job that was submitted, in a thread of its own."""
        self._launch()
        kind, attempt = self._attempt(job_id)
        with SetWorkflowID(f"{kind}-{job_id}-{attempt}"):
            DBOS.start_workflow(_export if kind == EXPORT else _import, job_id, attempt)

    def resume(self) -> list[int]:
        """Go on with the imports of processes that are gone.

        Returns:
            The ids of their jobs.
        """
        with self.micrograph.database.reading() as session:
            root = viewer_by_experimenter(session, self.micrograph.administrator_id)
            left = [job.id for job in unfinished_jobs(session, root)]
        if not left:
            return []
        self._launch()
        dead = self._dead_executors()
        resumed = []
        for job_id in left:
            kind, attempt = self._attempt(job_id)
            status: Any = DBOS.get_workflow_status(f"{kind}-{job_id}-{attempt}")
            if status is None:
                self.start(job_id)
            elif status.status == "PENDING" and status.executor_id not in dead:
                continue
            elif status.status not in ("PENDING", "ENQUEUED"):
                self.give_up(job_id)
                continue
            resumed.append(job_id)
        if dead:
            DBOS._recover_pending_workflows(sorted(dead))
            for executor in dead:
                self._lock_file(executor).unlink(missing_ok=True)
        return resumed

    def close(self) -> None:
        """Stop between two steps; what is not done stays for whoever starts next."""
        self.stopping.set()
        with _Turn.lock:
            if _Turn.workflows is not self:
                return
            _Turn.workflows = None
            while self.running:
                time.sleep(0.01)
            DBOS.destroy()
            if self._engine is not None:
                self._engine.dispose()
            if self._lock is not None:
                os.close(self._lock)
                self._lock_file(self._executor).unlink(missing_ok=True)
                self._lock = None

    def _launch(self) -> None:
        with _Turn.lock:
            if _Turn.workflows is self:
                return
            if _Turn.workflows is not None:
                _Turn.workflows.close()
            self.stopping.clear()
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._lock = os.open(self._lock_file(self._executor), os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            _Turn.workflows = self
            DBOS(config=self._config())
            DBOS.launch()
            leave_out_loaded()

    def _config(self) -> DBOSConfig:
        settings = self.micrograph.settings
        self._engine = None
        if self.micrograph.database.dialect == "postgresql":
            made = sa.make_url(settings.database).set(drivername="postgresql")
        else:
            made = sa.make_url(f"sqlite:///{settings.data / 'workflows.sqlite'}")
            self._engine = _sqlite_engine(made)
        return {
            "name": "micrograph",
            "system_database_url": made.render_as_string(hide_password=False),
            "system_database_engine": self._engine,
            "application_version": VERSION,
            "executor_id": self._executor,
            "log_level": "ERROR",
            "max_executor_threads": 16,
            "notification_listener_polling_interval_sec": 0.2,
        }

    def _dead_executors(self) -> set[str]:
        """Processes that are gone and left workflows behind."""
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        names = {one.executor_id for one in pending if one.executor_id}
        names |= {path.stem for path in self._folder.glob("*.lock")}
        return {name for name in names if name != self._executor and not self._lives(name)}

    def _lives(self, executor: str) -> bool:
        try:
            descriptor = os.open(self._lock_file(executor), os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def _lock_file(self, executor: str) -> Path:
        return self._folder / f"{executor}.lock"

    def _attempt(self, job_id: int) -> tuple[str, int]:
        """Kind of a job, and which attempt of it this is; each is a workflow of its own."""
        with self.micrograph.database.reading() as session:
            root = viewer_by_experimenter(session, self.micrograph.administrator_id)
            job = job_by_id(session, root, job_id)
            return job.kind, int((job.parameters or {}).get("attempt", 1))

    def give_up(self, job_id: int) -> None:
        """End a job whose workflow has ended without saying so."""
        with self.micrograph.database.writing() as session:
            jobs.finish(
                session,
                job_id,
                JobStatus.ERROR,
                message=f"It ended unexpectedly. Run: micrograph jobs retry {job_id}",
            )


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    """Open SQLite as the metadata are opened: DBOS needs a newer one than Python may bring.

    A power failure may take the last steps with it, which are then repeated.
    """
    module = sqlite_module()
    engine = sa.create_engine(url, module=module, pool_size=5, max_overflow=20)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in (
            "busy_timeout=30000",
            "foreign_keys=ON",
            f"journal_mode={'WAL' if wal_is_safe(module) else 'DELETE'}",
            "synchronous=NORMAL",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _current() -> Workflows:
    workflows = _Turn.workflows
    if workflows is None or workflows.stopping.is_set():
        raise StoppedError
    return workflows


def _concluded[Found](
    job_id: int, attempt: int, step: Callable[[Micrograph], Found]
) -> Found | None:
    """Do a step, and end the job where the disk or the database takes no more."""
    micrograph = _current().micrograph
    try:
        return step(micrograph)
    except StoreError as error:
        logger.warning("import stopped", extra={"job": job_id, "reason": str(error)})
        conclude(micrograph, job_id, error, attempt=attempt)
        return None


@DBOS.step(name="import.plan")
def _plan(job_id: int, attempt: int) -> bool:
    return bool(_concluded(job_id, attempt, lambda micrograph: plan_job(micrograph, job_id)))


@DBOS.step(name="import.register")
def _register(job_id: int, attempt: int) -> bool:
    """Bring in all that waits; repeated, it does what is left.

    Returns:
        Whether to do it again: True in workflows that began when each transaction was a step.
    """

    def step(micrograph: Micrograph) -> None:
        with contextlib.closing(register_waiting(micrograph, job_id, attempt=attempt)) as done:
            for _ in done:
                _current()

    _concluded(job_id, attempt, step)
    return False


@DBOS.step(name="import.settle")
def _settle(job_id: int, attempt: int) -> None:
    _concluded(job_id, attempt, lambda micrograph: settle_arrived(micrograph, job_id))


@DBOS.step(name="import.measure")
def _measure(job_id: int, attempt: int, after: int) -> int | None:
    def step(micrograph: Micrograph) -> int | None:
        return measure_some(micrograph, job_id, after)

    return _concluded(job_id, attempt, step)


@DBOS.step(name="import.conclude")
def _conclude(job_id: int, attempt: int) -> None:
    conclude(_current().micrograph, job_id, attempt=attempt)


@DBOS.workflow(name="import")
def _import(job_id: int, attempt: int) -> None:
    workflows = _current()
    working = (job_id, attempt)
    workflows.running.add(working)
    try:
        measuring = _plan(job_id, attempt)
        while _register(job_id, attempt):
            pass
        _settle(job_id, attempt)
        after = -1 if measuring else None
        while after is not None:
            after = _measure(job_id, attempt, after)
        _conclude(job_id, attempt)
    except Exception:
        logger.exception("import failed unexpectedly")
        workflows.give_up(job_id)
        raise
    finally:
        workflows.running.discard(working)


@DBOS.step(name="export.make")
def _make(job_id: int) -> None:
    from app.export_jobs import make_export  # loads what writes files

    make_export(_current().micrograph, job_id)


@DBOS.workflow(name="export")
def _export(job_id: int, attempt: int) -> None:
    workflows = _current()
    working = (job_id, attempt)
    workflows.running.add(working)
    try:
        _make(job_id)
    except Exception:
        logger.exception("export failed unexpectedly")
        workflows.give_up(job_id)
        raise
    finally:
        workflows.running.discard(working)
