"""What the schema asks of those who bring images in; it knows no files itself."""

from collections.abc import Sequence
from typing import Protocol

from store.access import Viewer
from store.edits.targets import Target
from store.importing.managed import Way


class Imports(Protocol):
    """Brings images in, in the background. Safe to share between threads."""

    def start(
        self,
        viewer: Viewer,
        paths: Sequence[str],
        target: Target,
        way: Way,
        *,
        statistics: bool,
    ) -> int:
        """Begin an import of files and folders of the server, and return the id of its job.

        Raises:
            NotAllowedError: A path is outside the folders that may be imported from.
            InvalidInputError: A path is not absolute, or does not exist.
            StoreError: The target can never work.
        """
        ...

    def cancel(self, viewer: Viewer, job_id: int) -> None:
        """Cancel an import; what it did stays.

        Raises:
            NotFoundError: No such job, or not visible to the viewer.
            NotAllowedError: Somebody else's.
            ConflictError: It has ended.
        """
        ...

    def retry(self, viewer: Viewer, job_id: int) -> None:
        """Have an import that has ended do what is left.

        Raises:
            NotFoundError: No such job, or not visible to the viewer.
            NotAllowedError: Somebody else's.
            ConflictError: It has not ended, or has nothing left.
        """
        ...

    def close(self) -> None:
        """Stop; what is not done is gone on with at the next start."""
        ...
