"""What the schema asks of those who keep files."""

from collections.abc import Sequence

from app.context import Micrograph
from app.purging import purge
from schema.keeping import Emptied
from store.access import Viewer
from store.edits.outcomes import Ref


class Keeper:
    """Empties trashes of one Micrograph; see `schema.keeping.Keeper`."""

    def __init__(self, micrograph: Micrograph) -> None:
        self._micrograph = micrograph

    def empty_trash(
        self,
        viewer: Viewer,
        older_s: float,
        *,
        dry_run: bool,
        everybody: bool,
        things: Sequence[Ref] | None,
    ) -> Emptied:
        """Remove for good what was deleted long ago."""
        done = purge(
            *(self._micrograph.database, self._micrograph.settings.data, viewer, older_s),
            dry_run=dry_run,
            everybody=everybody,
            things=things,
        )
        return Emptied(done.deletions, done.rows.total(), len(done.paths), done.kept)
