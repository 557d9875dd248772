"""What the schema asks of those who bring images in; it knows no files itself."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.orm import Session

from store.access import Viewer
from store.edits.targets import Target
from store.importing.managed import Way


class Imports(Protocol):
    """Brings images in, in the background. Safe to share between threads."""

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
        """Write down an import of files and folders of the server, and return the id of its job.

        Raises:
            NotAllowedError: A path is outside the folders that may be imported from.
            InvalidInputError: A path is not absolute, or does not exist.
            StoreError: The target can never work.
        """
        ...

    def submit_uploads(self, session: Session, viewer: Viewer, batch: str, target: Target) -> int:
        """Write down the import of a batch of uploads, once, and return the id of its job.

        Raises:
            NotFoundError: There is no such batch.
            ConflictError: One of its files is not complete.
            StoreError: The target can never work.
        """
        ...

    def submit_export(
        self,
        session: Session,
        viewer: Viewer,
        roots: Sequence[tuple[str, int]],
        format_: str,
        options: str,
    ) -> int:
        """Write down an export of images and containers, and return the id of its job.

        Raises:
            InvalidInputError: The format has no such option.
        """
        ...

    def work_on(self, job_id: int) -> None:
        """Begin with a job that was written down and committed."""
        ...

    def bring_samples(self, viewer: Viewer) -> bool:
        """Make the sample images and import them for the viewer, behind the caller's back.

        Returns:
            Whether that was begun; not where it goes on already.
        """
        ...

    def close(self) -> None:
        """Stop; what is not done is gone on with at the next start."""
        ...
