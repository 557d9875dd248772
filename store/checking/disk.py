"""Files that are not as rows say, and files that no row speaks of."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.archiving.sums import SHA256, Rate, Sums, sums_of
from store.checking.findings import Finding, Kind
from store.edits.storage import difference
from store.errors import UnreadableFileError
from store.models.among import among
from store.pixels.source import FileIdentity

BATCH = 1_000
"""Rows that are read, or files that are looked for, at once."""
ZARR_DOCUMENTS = ("zarr.json", ".zgroup", ".zattrs", ".zarray")
"""Files that make a folder a part of a Zarr store."""
SAVED_EVERY = 256 << 20
"""Bytes that are read between two notes of how far a check has come."""


@dataclass(frozen=True, slots=True)
class Known:
    """A file as its row has it."""

    id: int
    identity: FileIdentity
    hash: str | None
    hasher: str | None


def known_files(session: Session, after: int = 0) -> list[Known]:
    """Load the next files that should be on our disks, in order of id; everybody's."""
    file = models.OriginalFile
    rows = session.execute(
        sa.select(file.id, file.location, file.size, file.mtime_ns, file.hash, file.hasher)
        .where(file.id > after, file.path.startswith("/"), file.deleted_event_id.is_(None))
        .order_by(file.id)
        .limit(BATCH)
    )
    return [Known(row[0], FileIdentity(*row[1:4]), row[4], row[5]) for row in rows]


def compare(known: Known) -> Finding | None:
    """Compare a file with its row, without reading it."""
    path = known.identity.path
    problem = difference(path, known.identity.size, known.identity.mtime_ns)
    if not problem:
        return None
    kind = Kind.CHANGED_FILE
    if problem.startswith("cannot be opened"):
        kind = Kind.BROKEN_LINK if Path(path).is_symlink() else Kind.MISSING_FILE
    return Finding(kind, f"OriginalFile:{known.id}", f"{path} {problem}")


class Scrub:
    """Reads all files and compares their sums, going on where it stopped the last time.

    Args:
        notes: File in which it says how far it is; deleted at the end.
        rate: How fast files are read at most.
    """

    def __init__(self, notes: Path, rate: Rate) -> None:
        self._notes = notes
        self._rate = rate
        self._unsaved = 0
        self.after, self._damaged = _resumed(notes)
        """Id of the last file that was read."""

    def earlier(self) -> Iterator[Finding]:
        """Tell again what the part that was done before has found."""
        for key, message in self._damaged:
            yield Finding(Kind.DAMAGED_FILE, f"OriginalFile:{key}", message)

    def read(self, known: Known) -> Finding | Sums | None:
        """Read one file, the next by id.

        Returns:
            What is wrong with it; or its sums, if they were not known.
        """
        found: Finding | Sums | None = None
        try:
            sums = sums_of(known.identity, self._rate)
        except UnreadableFileError as error:
            found = self._finding(known, f"{known.identity.path}: {error.message}")
        else:
            if known.hasher != SHA256:
                found = sums
            elif sums.sha256 != known.hash:
                text = f"its SHA-256 is {sums.sha256}, and was {known.hash}"
                found = self._finding(known, f"{known.identity.path}: {text}")
        self.after = known.id
        self._unsaved += known.identity.size
        return found

    def save(self, *, now: bool = False) -> bool:
        """Note how far it is, every so often; tell whether it did."""
        if not now and self._unsaved < SAVED_EVERY:
            return False
        self._notes.parent.mkdir(parents=True, exist_ok=True)
        part = self._notes.with_suffix(".part")
        part.write_bytes(orjson.dumps({"after": self.after, "damaged": self._damaged}))
        part.replace(self._notes)
        self._unsaved = 0
        return True

    def done(self) -> None:
        """Begin at the first file the next time."""
        self._notes.unlink(missing_ok=True)

    def _finding(self, known: Known, message: str) -> Finding:
        self._damaged.append((known.id, message))
        return Finding(Kind.DAMAGED_FILE, f"OriginalFile:{known.id}", message)


def _resumed(notes: Path) -> tuple[int, list[tuple[int, str]]]:
    try:
        content = orjson.loads(notes.read_bytes())
        return int(content["after"]), [(int(key), str(text)) for key, text in content["damaged"]]
    except (OSError, ValueError, KeyError, TypeError):
        return 0, []


def strangers(session: Session, folder: Path) -> Iterator[Finding]:
    """Find files below a folder of ours that no row speaks of, deleted rows included.

    Of a Zarr store only the documents have rows; all that lies beside and below them is known.
    """
    waiting: list[str] = []
    stores: dict[str, bool] = {}
    for path in _files(folder):
        waiting.append(path)
        if len(waiting) >= BATCH:
            yield from _unknown(session, waiting, str(folder), stores)
            waiting = []
    yield from _unknown(session, waiting, str(folder), stores)


def _in_store(session: Session, path: str, folder: str, stores: dict[str, bool]) -> bool:
    """Whether a file lies in a Zarr store that rows speak of."""
    above = os.path.dirname(path)  # noqa: PTH120  (a million of them)
    if len(above) <= len(folder):
        return False
    if above not in stores:
        file = models.OriginalFile
        documents = [f"{above}/{name}" for name in ZARR_DOCUMENTS]
        statement = sa.select(file.id).where(among(file.name, ZARR_DOCUMENTS))
        found = session.scalar(statement.where(among(file.location, documents)).limit(1))
        stores[above] = found is not None or _in_store(session, above, folder, stores)
    return stores[above]


def _unknown(
    session: Session, paths: list[str], folder: str, stores: dict[str, bool]
) -> Iterator[Finding]:
    file = models.OriginalFile
    names = [os.path.basename(path) for path in paths]  # noqa: PTH119  (a million of them)
    found = set(session.scalars(sa.select(file.location).where(among(file.name, names))))
    left = [path for path in paths if path not in found]
    if left:
        found |= set(session.scalars(sa.select(file.location).where(among(file.location, left))))
    for path in left:
        if path not in found and not _in_store(session, path, folder, stores):
            yield Finding(Kind.STRANGER, path, "no row speaks of it")


def _files(folder: Path) -> Iterator[str]:
    for root, _, names in os.walk(folder):
        for name in sorted(names):
            yield os.path.join(root, name)  # noqa: PTH118  (a million of them)


def leftovers(session: Session, data: Path, is_old: Callable[[Path], bool]) -> Iterator[Finding]:
    """Find what can be made again or was never finished, and that nobody needs any more.

    Args:
        session: For reading.
        data: The data folder.
        is_old: Whether nobody is at work on a file any more.
    """
    names = sorted(one.name for one in _entries(data / "derived") if one.is_dir())
    pixels = models.Pixels
    known = set(
        session.scalars(sa.select(pixels.content_id).where(among(pixels.content_id, names)))
    )
    for name in names:
        if name not in known:
            yield Finding(Kind.DERIVED, str(data / "derived" / name), "no pixels have them")
    for folder in ("derived", "thumbnails", "tiles", "selections", "uploads"):
        for path in _files(data / folder):
            if path.endswith(".part") and is_old(Path(path)):
                yield Finding(Kind.LEFTOVER, path, "it was never finished")
    for path in _files(data / "selections"):
        if is_old(Path(path)) and not path.endswith(".part"):
            yield Finding(Kind.LEFTOVER, path, "a selection that nobody asked for lately")


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(folder))
    except OSError:
        return []
