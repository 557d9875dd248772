"""What the schema asks of those who keep files: it knows none itself."""

from dataclasses import dataclass
from typing import Protocol

from store.access import Viewer


@dataclass(frozen=True, slots=True)
class Emptied:
    """What emptying a trash removed, or would remove."""

    deletions: int
    rows: int
    files: int
    kept: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of uploads that were imported."""

    imported: tuple[int, ...]
    """Ids of images."""
    problems: tuple[str, ...]


class Keeper(Protocol):
    """Keeps files. Safe to share between threads."""

    def empty_trash(
        self, viewer: Viewer, older_s: float, *, dry_run: bool, everybody: bool
    ) -> Emptied:
        """Remove for good what was deleted long ago; see `store.edits.purging`.

        Raises:
            NotAllowedError: Everybody's is asked for by somebody who is no administrator.
        """
        ...

    def import_uploads(
        self, viewer: Viewer, batch: str, dataset: str | None, project: str | None
    ) -> Arrived:
        """Import the files of a batch of uploads.

        Raises:
            NotFoundError: There is no such batch.
            ConflictError: One of them is not complete.
        """
        ...
