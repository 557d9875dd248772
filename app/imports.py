"""Imports of one Micrograph: begun, watched, cancelled, tried again, and gone on with.

What runs them is imported when the first one begins, as it takes half a second.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app.arrivals import sweep_arrived
from app.context import Micrograph
from app.export_files import sweep_exports
from app.import_steps import managed_files
from app.importing import (
    Ordered,
    Outcome,
    Wishes,
    outcomes,
    submit,
    submit_paths,
    submit_uploads,
)
from store.access import Viewer
from store.edits import job_items
from store.edits.targets import Target
from store.errors import StoreError
from store.importing.managed import Way
from store.models.enums import JobStatus
from store.queries.jobs import job_by_id, known_folders, unfinished_jobs
from store.queries.people import viewer_by_experimenter

if TYPE_CHECKING:
    from app.durable import Workflows

LOOKS_EVERY_S = 30.0
"""How often a server looks for imports of processes that are gone."""
_ASKS_EVERY_S = 0.1

logger = logging.getLogger(__name__)


class Imports:
    """The imports of one Micrograph. Safe to share between threads.

    Args:
        micrograph: Started.
    """

    def __init__(self, micrograph: Micrograph) -> None:
        self._micrograph = micrograph
        self._workflows: Workflows | None = None
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._making = threading.Lock()

    def begin(self, viewer: Viewer, ordered: Ordered) -> int:
        """Begin an import, and return the id of its job.

        Raises:
            StoreError: The target can never work.
        """
        job_id = submit(self._micrograph, viewer, ordered, durable=True)
        self.workflows.start(job_id)
        return job_id

    def submit(
        self,
        session: Session,
        viewer: Viewer,
        paths: Sequence[str],
        target: Target,
        way: Way,
        *,
        statistics: bool,
    ) -> int:
        """Write down an import of files of the server; see `app.importing.submit_paths`."""
        roots = self._micrograph.settings.allowed_roots
        return submit_paths(session, viewer, paths, Wishes(target, way, statistics), roots)

    def submit_uploads(self, session: Session, viewer: Viewer, batch: str, target: Target) -> int:
        """Write down the import of a batch of uploads; see `app.importing.submit_uploads`."""
        return submit_uploads(session, viewer, batch, target)

    def submit_export(
        self,
        session: Session,
        viewer: Viewer,
        roots: Sequence[tuple[str, int]],
        format_: str,
        options: str,
    ) -> int:
        """Write down an export; see `app.export_jobs.submit_export`."""
        from app.export_jobs import submit_export  # loads what writes files

        return submit_export(session, viewer, roots, format_, options)

    def work_on(self, job_id: int) -> None:
        """Begin with a job that was written down, behind the caller's back; once."""
        threading.Thread(target=self._start, args=(job_id,), name="imports", daemon=True).start()

    def bring_samples(self, viewer: Viewer) -> bool:
        """Make the sample images and import them, in a thread of its own, unless that goes on."""
        if not self._making.acquire(blocking=False):
            return False
        threading.Thread(target=self._bring, args=(viewer,), name="samples", daemon=True).start()
        return True

    def cancel(self, viewer: Viewer, job_id: int) -> None:
        """Cancel an import, whichever process works on it; see `store.edits.job_items.cancel`."""
        with self._micrograph.database.writing() as session:
            job_items.cancel(session, viewer, job_id)

    def retry(self, viewer: Viewer, job_id: int) -> None:
        """Have an import do what is left; see `store.edits.job_items.retry`."""
        with self._micrograph.database.writing() as session:
            job_items.retry(session, viewer, job_id)
        self.workflows.start(job_id)

    def resume(self) -> list[int]:
        """Go on with the imports of processes that are gone, and return the ids of their jobs."""
        with self._micrograph.database.reading() as session:
            root = viewer_by_experimenter(session, self._micrograph.administrator_id)
            if not unfinished_jobs(session, root):
                return []
        return self.workflows.resume()

    def sweep(self) -> None:
        """Clear away what imports that were cut off left below the data folder."""
        files = managed_files(self._micrograph)
        with self._micrograph.database.reading() as session:
            files.sweep(lambda names: known_folders(session, str(files.files), names))
            root = viewer_by_experimenter(session, self._micrograph.administrator_id)
            going = {job.id for job in unfinished_jobs(session, root)}
        sweep_arrived(self._micrograph.settings.data, going)
        sweep_exports(self._micrograph.settings.data)

    def follow(self, viewer: Viewer, job_id: int) -> Iterator[Outcome]:
        """Iterate over what becomes of the filesets of a job, until it has ended."""
        after = -1
        seen = -1
        while True:
            with self._micrograph.database.reading() as session:
                job = job_by_id(session, viewer, job_id)
                version = job.version  # a new one with every transaction that settles filesets
            if version == seen:
                time.sleep(_ASKS_EVERY_S)
                continue
            found = outcomes(self._micrograph, viewer, job_id, after)
            yield from found
            after += len(found)
            if not found:
                if job.finished is not None:
                    return
                seen = version

    def keep_going(self) -> None:
        """Look again and again for imports that nobody works on, in a thread of its own."""
        threading.Thread(target=self._look, name="imports", daemon=True).start()

    def close(self) -> None:
        """Stop between two steps; what is not done stays for whoever starts next."""
        self._closed.set()
        with self._lock:
            if self._workflows is not None:
                self._workflows.close()

    @property
    def workflows(self) -> "Workflows":
        """What runs imports in this process."""
        with self._lock:
            if self._workflows is None:
                from app.durable import Workflows

                self._workflows = Workflows(self._micrograph)
            return self._workflows

    def _start(self, job_id: int) -> None:
        with self._micrograph.database.reading() as session:
            root = viewer_by_experimenter(session, self._micrograph.administrator_id)
            status = job_by_id(session, root, job_id).status
        if status == JobStatus.SUBMITTED:
            self.workflows.start(job_id)

    def _bring(self, viewer: Viewer) -> None:
        from app.demo import import_samples

        try:
            import_samples(self._micrograph, viewer, logger.info)
        except StoreError as error:
            logger.warning("samples not imported", extra={"reason": str(error)})
        finally:
            self._making.release()

    def _look(self) -> None:
        while not self._closed.is_set():
            try:
                self.sweep()
                self.resume()
            except StoreError as error:
                logger.warning("imports not looked at", extra={"reason": str(error)})
            self._closed.wait(LOOKS_EVERY_S)
