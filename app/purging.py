"""Emptying the trash: rows first, then the files that Micrograph keeps itself and derived levels."""

import datetime as dt
import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from store.access import Viewer
from store.checking.disk import ZARR_DOCUMENTS
from store.database import Database
from store.edits.outcomes import Ref
from store.edits.purging import Purged, deletions_of, old_deletions, purge_deletion

logger = logging.getLogger(__name__)


def purge(
    database: Database,
    data: Path,
    viewer: Viewer,
    older_s: float,
    *,
    dry_run: bool = False,
    everybody: bool = False,
    things: Sequence[Ref] | None = None,
) -> Purged:
    """Remove for good what was deleted long ago; what was interrupted goes on the next time.

    Each deletion is a transaction. Files by reference are never touched: only what lies below
    `files` in the data folder is removed, after the transaction. What a power failure leaves of
    it, `micrograph check` finds.

    Args:
        database: Where the rows are.
        data: The data folder.
        viewer: Who empties the trash.
        older_s: How long ago the deletion was, at least.
        dry_run: Only tell what would go.
        everybody: Not only what the viewer deleted; for administrators.
        things: Only the deletions that took these, kind and id.

    Raises:
        NotAllowedError: The viewer is no administrator, and asks for everybody's, or for a thing
            that somebody else deleted.
        NotFoundError: One of the things was not deleted, or is not visible.
    """
    before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=older_s)
    total, after = Purged(), 0
    if things is not None:
        with database.reading() as session:
            events = deletions_of(session, viewer, before, things)
        for event_id in events:
            total.add(_purge_one(database, data, viewer, event_id, dry_run=dry_run))
        return total
    while True:
        with database.reading() as session:
            events = old_deletions(session, viewer, before, everybody=everybody, after=after)
        if not events:
            return total
        for event_id in events:
            total.add(_purge_one(database, data, viewer, event_id, dry_run=dry_run))
        after = events[-1]


def _purge_one(
    database: Database, data: Path, viewer: Viewer, event_id: int, *, dry_run: bool
) -> Purged:
    """Remove what one deletion took, in a transaction of its own, and then its files."""
    opened = database.reading() if dry_run else database.writing()
    with opened as session:
        done = purge_deletion(session, viewer, event_id, dry_run=dry_run)
    if not dry_run:
        done.paths = [path for path in done.paths if _remove(data / "files", path)]
        for content in done.contents:
            shutil.rmtree(data / "derived" / content, ignore_errors=True)
    else:
        done.paths = [path for path in done.paths if _is_ours(data / "files", path)]
    return done


def _is_ours(folder: Path, path: str) -> bool:
    """Whether a file lies below a folder, whatever links its path goes through."""
    parent = Path(os.path.realpath(Path(path).parent))
    return parent.is_relative_to(Path(os.path.realpath(folder)))


def _remove(folder: Path, path: str) -> bool:
    """Remove a file of ours, and the folders that it leaves empty."""
    if not _is_ours(folder, path):
        return False
    try:
        Path(path).unlink()
        if Path(path).name in ZARR_DOCUMENTS and Path(path).parent != folder:
            # Its chunks have no rows of their own.
            shutil.rmtree(Path(path).parent, ignore_errors=True)
    except FileNotFoundError:
        return False
    except OSError as error:
        logger.warning("file not removed", extra={"path": path, "reason": error.strerror})
        return False
    for parent in Path(path).parents:
        if parent == folder or not parent.is_relative_to(folder):
            break
        try:
            parent.rmdir()
        except FileNotFoundError:  # went with its chunks
            continue
        except OSError:
            break
    return True
