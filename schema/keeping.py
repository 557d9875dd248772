"""What the schema asks of those who keep files: it knows none itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from store.access import Viewer
from store.edits.outcomes import Ref


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
        self,
        viewer: Viewer,
        older_s: float,
        *,
        dry_run: bool,
        everybody: bool,
        things: Sequence[Ref] | None,
    ) -> Emptied:
        """Remove for good what was deleted long ago; see `store.edits.purging`.

        Raises:
            NotAllowedError: Everybody's is asked for by somebody who is no administrator, or a
                thing that somebody else deleted.
            NotFoundError: One of the things was not deleted.
        """
        ...
