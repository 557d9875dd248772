"""`micrograph check`: database against itself, against storage, and every sum; and repairs."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.context import Micrograph
from store.access import Viewer
from store.archiving.sums import Rate, Sums
from store.checking.disk import Known, Scrub, compare, known_files, leftovers, strangers
from store.checking.findings import Finding
from store.checking.indexes import damage
from store.checking.repairs import repair_files, repair_rows
from store.checking.rows import contradictions
from store.edits.downloads import keep_sums

OLD_S = 24 * 3600
"""How long ago a file was written that nobody is at work on any more."""


def check(
    micrograph: Micrograph, viewer: Viewer, *, hashes: bool = False, rate: float | None = None
) -> Iterator[Finding]:
    """Find what does not agree; changes nothing but sums that nobody had computed.

    Args:
        micrograph: Started.
        viewer: The local administrator.
        hashes: Read every file and compare its SHA-256; interrupted, it goes on the next time.
        rate: Bytes in a second that are read at most.
    """
    data = micrograph.settings.data
    yield from damage(micrograph.database)
    with micrograph.database.reading() as session:
        yield from contradictions(session)
        yield from leftovers(session, data, _is_old)
        yield from strangers(session, data / "files")
    if hashes:
        yield from _scrub(micrograph, Scrub(data / "check" / "hashes.json", Rate(rate)))
        return
    for known in _all_files(micrograph, 0):
        found = compare(known)
        if found is not None:
            yield found


def repair(micrograph: Micrograph, viewer: Viewer, findings: Sequence[Finding]) -> int:
    """Put right what can be put right, and return how much was."""
    with micrograph.database.writing() as session:
        rows = repair_rows(session, viewer, findings)
    return rows + repair_files(micrograph.settings.data, findings)


def _scrub(micrograph: Micrograph, scrub: Scrub) -> Iterator[Finding]:
    """Compare all files, and read those that look as they should."""
    yield from scrub.earlier()
    learned: dict[int, Sums] = {}
    # What looks wrong costs nothing to look for, so all files are compared, whatever was read.
    for known in _all_files(micrograph, 0):
        found = compare(known)
        if found is not None:
            yield found
        elif known.id > scrub.after:
            read = scrub.read(known)
            if isinstance(read, Finding):
                yield read
            elif read is not None:
                learned[known.id] = read
        if scrub.save():
            _keep(micrograph, learned)
    _keep(micrograph, learned)
    scrub.done()


def _keep(micrograph: Micrograph, learned: dict[int, Sums]) -> None:
    if learned:
        with micrograph.database.writing() as session:
            keep_sums(session, learned)
        learned.clear()


def _all_files(micrograph: Micrograph, after: int) -> Iterator[Known]:
    while True:
        with micrograph.database.reading() as session:
            found = known_files(session, after)
        if not found:
            return
        yield from found
        after = found[-1].id


def _is_old(path: Path) -> bool:
    try:
        return path.stat().st_mtime < time.time() - OLD_S
    except OSError:
        return False
