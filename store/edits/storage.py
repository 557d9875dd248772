"""Moving folders of files: one row changes, and every file below it is found elsewhere."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import audit, models
from store.access import Viewer
from store.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from store.queries.storage import storage_roots

BATCH = 1_000
"""Files that are compared at once."""


@dataclass(frozen=True, slots=True)
class Relocation:
    """What a move of a folder has done, or would do."""

    old: str
    new: str
    files: int
    """How many are found elsewhere now."""
    rows: int
    """How many rows were written: one, and one for each file that no folder was known of."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """A file that is not at the new place as it should be."""

    path: str
    """At the new place."""
    problem: str


def storage_root(session: Session, viewer: Viewer, path: str) -> tuple[int, int]:
    """Make a folder one that can be moved by changing one row; for administrators.

    Files below it that are registered with another root are written anew, once.

    Args:
        session: Of the caller's transaction.
        viewer: Who asks.
        path: Absolute.

    Returns:
        The id of the root, and how many files were written.

    Raises:
        InvalidInputError: It is not absolute, or the root of the file system.
        NotAllowedError: The viewer is no administrator.
    """
    _administrators(viewer)
    path = folder(path)
    roots = storage_roots(session)
    known = next((root.id for root in roots if root.path == path), None)
    if known is None:
        made = models.StorageRoot(path=path)
        session.add(made)
        session.flush()
        known = made.id
    return known, _adopt(session, known, path)


def relocate(session: Session, viewer: Viewer, old: str, new: str) -> Relocation:
    """Say that all files below a folder are below another now; for administrators.

    Nothing on disk is touched. The files below the old folder that belong to a folder of their
    own, inside of it, stay.

    Args:
        session: Of the caller's transaction.
        viewer: Who asks.
        old: Folder as files are registered with it now.
        new: Where they are.

    Raises:
        InvalidInputError: A path is not absolute, or both are the same.
        NotFoundError: No file is registered below the old folder.
        ConflictError: The new folder is one that can be moved by itself already.
        NotAllowedError: The viewer is no administrator.
    """
    _administrators(viewer)
    old, new = folder(old), folder(new)
    if old == new:
        raise InvalidInputError(f"{old} is where the files are.", "Name another folder.")
    roots = storage_roots(session)
    if any(root.path == new for root in roots):
        raise ConflictError(
            f"Other files are registered below {new} already.", "Move that folder away first."
        )
    root, written = storage_root(session, viewer, old)
    files = _count(session, root)
    if not files:
        raise NotFoundError("registered file below", old)
    session.execute(
        sa.update(models.StorageRoot)
        .where(models.StorageRoot.id == root)
        .values(path=new, moves=models.StorageRoot.moves + 1)
    )
    written += _adopt(session, root, new)
    change = ({"path": old}, {"path": new, "files": files})
    audit.record(session, viewer, "move folder", f"StorageRoot:{root}", *change)
    return Relocation(old, new, files, written + 1)


def lacking(session: Session, viewer: Viewer, old: str, new: str) -> Iterator[Lacking]:
    """Compare all registered files below a folder with those below another, in order of id.

    Args:
        session: For reading.
        viewer: Who asks; an administrator.
        old: Folder as files are registered with it now.
        new: Where they should be, with the same sizes and times.

    Raises:
        NotAllowedError: The viewer is no administrator.
    """
    _administrators(viewer)
    old, new = folder(old), folder(new)
    file, last = models.OriginalFile, 0
    while True:
        rows = session.execute(
            sa.select(file.id, file.location, file.size, file.mtime_ns)
            .where(file.id > last, _below(file.location, old), file.deleted_event_id.is_(None))
            .order_by(file.id)
            .limit(BATCH)
        ).all()
        for row in rows:
            path = f"{new}{row.location[len(old) :]}"
            problem = difference(path, row.size, row.mtime_ns)
            if problem:
                yield Lacking(path, problem)
        if len(rows) < BATCH:
            return
        last = rows[-1].id


def difference(path: str, size: int, mtime_ns: int) -> str:
    """Say how a file differs from what is registered; empty if it does not, as far as stat says."""
    try:
        found = Path(path).stat()
    except OSError as error:
        return f"cannot be opened: {error.strerror}"
    if found.st_size != size:
        return f"has {found.st_size} bytes instead of {size}"
    if found.st_mtime_ns != mtime_ns:
        return "was written since"
    return ""


def folder(path: str) -> str:
    """Return a folder as roots are named.

    Raises:
        InvalidInputError: It is not absolute, or the root of the file system.

    >>> folder("/data//one/")
    '/data/one'
    """
    plain = os.path.normpath(path)
    if not path.startswith("/") or plain in ("/", "//"):
        raise InvalidInputError(f"{path!r} cannot be moved.", "Name a folder by its whole path.")
    return f"/{plain.lstrip('/')}"


def _adopt(session: Session, root: int, path: str) -> int:
    """Give a root all files that lie below it and belong to a root around it.

    Returns:
        How many rows were written.
    """
    file, written = models.OriginalFile, 0
    for other in storage_roots(session):
        if other.id == root or not f"{path}/".startswith(f"{other.path}/"):
            continue
        rest = path[len(other.path) :]
        done = session.execute(
            sa.update(file)
            .where(file.storage_root_id == other.id, _below(file.path, rest))
            .values(storage_root_id=root, path=sa.func.substr(file.path, len(rest) + 1))
            .returning(file.id)
            .execution_options(synchronize_session=False)
        )
        written += len(done.all())
    return written


def _below(column: Any, path: str) -> sa.ColumnElement[bool]:
    """Build the condition that a path lies below a folder."""
    prefix = sa.func.substr(column, 1, len(path) + 1) == f"{path}/"
    return sa.and_(prefix, sa.func.length(column) > len(path) + 1)


def _count(session: Session, root: int) -> int:
    file = models.OriginalFile
    statement = sa.select(sa.func.count()).where(
        file.storage_root_id == root, file.deleted_event_id.is_(None)
    )
    return int(session.scalar(statement) or 0)


def _administrators(viewer: Viewer) -> None:
    if not viewer.administrator:
        raise NotAllowedError(
            "Only administrators say where files are.", "Ask one of them to move the folder."
        )
