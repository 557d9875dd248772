"""What is written when files go out: who took them, and sums that were learned on the way."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import audit, models
from store.access import Viewer
from store.archiving.sums import SHA256, Sums
from store.edits.history import LISTED, begin_event, listed, log_change
from store.queries.people import NOBODY


def record_download(
    session: Session, viewer: Viewer, filesets: Mapping[int, int], files: Mapping[int, int]
) -> None:
    """Write that somebody took files; for those who may see them.

    One event, with a line for each fileset and for each file that is in none.

    Args:
        session: Of the caller's transaction.
        viewer: Who took them.
        filesets: Group of each fileset.
        files: Group of each file that is in none.
    """
    groups = [*filesets.values(), *files.values()]
    if not groups:
        return
    after = {"filesets": listed("Fileset", filesets), "files": listed("OriginalFile", files)}
    if viewer.experimenter_id == NOBODY:  # what is public; the history is of people alone
        audit.record(session, None, "download", "public files", None, after)
        return
    event = begin_event(session, viewer, groups[0])
    log_change(session, event, models.Fileset, filesets, "DOWNLOAD")
    log_change(session, event, models.OriginalFile, files, "DOWNLOAD")
    audit.record(session, viewer, "download", f"Event:{event.id}", None, after)


def record_export(
    session: Session, viewer: Viewer, things: Sequence[tuple[str, int]], form: str
) -> None:
    """Write into the audit log that somebody took things in another form; for those who see them.

    Args:
        session: Of the caller's transaction.
        viewer: Who took them.
        things: What, kind and id.
        form: In which format.
    """
    actor = None if viewer.experimenter_id == NOBODY else viewer
    names = [f"{kind}:{key}" for kind, key in things]
    after = {"format": form, "things": names[:LISTED], "number": len(names)}
    audit.record(session, actor, "export", names[0], None, after)


def keep_sums(session: Session, found: Mapping[int, Sums]) -> None:
    """Keep the sums of files that were read through; for the program itself, no change of theirs.

    Args:
        session: Of the caller's transaction.
        found: By id of the file; of a file that has a hash already, the hash stays.
    """
    file = models.OriginalFile
    for key, sums in sorted(found.items()):
        session.execute(
            sa.update(file)
            .where(file.id == key)
            .values(
                hash=sa.func.coalesce(file.hash, sums.sha256),
                hasher=sa.case((file.hash.is_(None), SHA256), else_=file.hasher),
                crc32=sums.crc32,
            )
            .execution_options(synchronize_session=False)
        )


def keep_crcs(session: Session, found: Mapping[int, int]) -> None:
    """Keep the CRC-32 of files by id; for the program itself, and no change of theirs."""
    if not found:
        return
    table: Any = models.OriginalFile.__table__
    statement = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("key"), table.c.crc32.is_(None))
        .values(crc32=sa.bindparam("crc"))
    )
    session.connection().execute(
        statement, [{"key": key, "crc": crc} for key, crc in sorted(found.items())]
    )
