"""Uploads that are complete become files of ours, and then images."""

import os
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.context import Micrograph
from app.import_steps import managed_files
from app.importing import Target, find_files, import_filesets
from app.purging import purge
from schema.keeping import Arrived, Emptied
from store import models
from store.access import Viewer
from store.archiving.names import Taken, safe_name
from store.archiving.parts import CONTENT, flush_folder
from store.edits.downloads import keep_hashes
from store.edits.uploads import forget_uploads, uploads_of_batch
from store.errors import ConflictError, NotFoundError
from store.models.enums import ImportState


@dataclass(frozen=True, slots=True)
class _Placed:
    """An upload, and where it is placed under its name."""

    token: str
    path: Path
    sha256: str


class Keeper:
    """Imports uploads and empties trashes of one Micrograph; see `schema.keeping.Keeper`."""

    def __init__(self, micrograph: Micrograph) -> None:
        self._micrograph = micrograph

    def empty_trash(
        self, viewer: Viewer, older_s: float, *, dry_run: bool, everybody: bool
    ) -> Emptied:
        """Remove for good what was deleted long ago."""
        done = purge(
            *(self._micrograph.database, self._micrograph.settings.data, viewer, older_s),
            dry_run=dry_run,
            everybody=everybody,
        )
        return Emptied(done.deletions, done.rows.total(), len(done.paths), done.kept)

    def import_uploads(
        self, viewer: Viewer, batch: str, dataset: str | None, project: str | None
    ) -> Arrived:
        """Import the files of a batch of uploads, with the folders that they came in."""
        return import_uploads(self._micrograph, viewer, batch, Target(dataset, project))


def import_uploads(micrograph: Micrograph, viewer: Viewer, batch: str, target: Target) -> Arrived:
    """Import the files of a batch of uploads, with the folders that they came in.

    They are linked under their names into a folder of ours, which costs no copy; uploads that
    became images are forgotten, the others stay until their time is over.

    Args:
        micrograph: Started.
        viewer: Who sent them, and will own the images.
        batch: As the sender called it.
        target: Where the images go.

    Raises:
        NotFoundError: There is no such batch of the viewer's.
        ConflictError: One of them is not complete.
    """
    with micrograph.database.reading() as session:
        rows = uploads_of_batch(session, viewer, batch)
    if not rows:
        raise NotFoundError("batch of uploads", batch[:64])
    waiting = next((row for row in rows if row.completed is None), None)
    if waiting is not None:
        raise ConflictError(
            f"{waiting.path[:200]} has not come completely.", "Send the rest of it first."
        )
    folder = micrograph.settings.data / "files" / uuid.uuid4().hex
    with managed_files(micrograph).at_work():
        return _import(micrograph, viewer, folder, rows, target)


def _import(
    micrograph: Micrograph,
    viewer: Viewer,
    folder: Path,
    rows: Sequence[models.Upload],
    target: Target,
) -> Arrived:
    placed = _place(micrograph.settings.data, folder, rows)
    result = find_files([folder], (folder,))
    problems = [f"{one.path.relative_to(folder)}: {one.reason}" for one in result.skipped]
    images: list[int] = []
    taken: set[Path] = set()
    filesets = {str(found.master): found for found in result.filesets}
    for outcome in import_filesets(micrograph, viewer, result.filesets, target):
        found = filesets[outcome.path]
        if outcome.state is ImportState.FAILED:
            problems.append(f"{found.master.relative_to(folder)}: {outcome.message}")
            continue
        images += outcome.images
        taken.update(found.files)
    _settle(micrograph, folder, placed, taken)
    return Arrived(tuple(images), tuple(problems))


def _place(data: Path, folder: Path, rows: Sequence[models.Upload]) -> list[_Placed]:
    """Link complete uploads under their names into a folder, and flush that to the disk."""
    names = [safe_name(row.path) for row in rows]
    placed = []
    for row, name in zip(rows, Taken().together(names, "files"), strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        token: str = row.token
        os.link(data / "uploads" / token / CONTENT, path)
        placed.append(_Placed(token, path, row.sha256 or ""))
    for parent in sorted({one.path.parent for one in placed}):
        flush_folder(parent)
    flush_folder(folder.parent)
    return placed


def _settle(
    micrograph: Micrograph, folder: Path, placed: Sequence[_Placed], taken: set[Path]
) -> None:
    """Forget uploads that became files of images; take the names of others away again."""
    stores = [path for path in taken if path.is_dir()]
    kept = [
        one
        for one in placed
        if one.path in taken
        or any(one.path.is_relative_to(store) for store in stores)
        or any(path.name in _DOCUMENTS and one.path.is_relative_to(path.parent) for path in taken)
    ]
    tokens = {one.token for one in kept}
    with micrograph.database.writing() as session:
        keep_hashes(session, {str(one.path): one.sha256 for one in kept if one.sha256})
        forget_uploads(session, sorted(tokens))
    for one in placed:
        if one.token in tokens:
            shutil.rmtree(micrograph.settings.data / "uploads" / one.token, ignore_errors=True)
        else:
            one.path.unlink(missing_ok=True)
    for parent in sorted({one.path.parent for one in placed}, reverse=True):
        for empty in (parent, *parent.parents):
            if not empty.is_relative_to(folder):
                break
            try:
                empty.rmdir()
            except OSError:
                break


_DOCUMENTS = ("zarr.json", ".zgroup", ".zattrs")
