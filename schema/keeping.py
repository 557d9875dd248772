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
