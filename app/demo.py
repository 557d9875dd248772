"""`micrograph demo`: sample images, made and imported once."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from sqlalchemy.orm import Session

from app.context import Micrograph
from store import models
from store.access import Viewer, select_visible
from store.edits.containers import delete_images
from store.errors import ConflictError, UnreadableFileError
from store.queries.containers import datasets_of_projects, images_of_datasets

if TYPE_CHECKING:  # the readers take long to import, and are seldom needed here
    from app.importing import Outcome

PROJECT = "Samples"
SOURCES = Path(__file__).parent / "samples"


def import_samples(micrograph: Micrograph, viewer: Viewer, say: Callable[[str], None]) -> None:
    """Make the sample images below the data folder, and import them, unless both is done.

    Each folder of samples becomes a dataset of the project "Samples".

    Args:
        micrograph: Started.
        viewer: Who will own the images.
        say: Told what happens, one line at a time.

    Raises:
        UnreadableFileError: A sample cannot be imported.
        UnavailableError: The data folder cannot be written.
    """
    folder = micrograph.settings.data / "samples"
    if _done(folder) and _has_project(micrograph, viewer):
        return
    from app.samples import make_samples

    micrograph.sandbox.start()
    files = make_samples(folder, say)
    for parent in dict.fromkeys(file.parent for file in files):
        say(f"Importing {parent.name}")
        outcomes = _import(micrograph, viewer, parent)
        if any(outcome.code == ConflictError.code for outcome in outcomes):
            # A newer version made other samples in place of those imported before.
            _forget(micrograph, viewer, parent.name)
            outcomes = _import(micrograph, viewer, parent)
        for outcome in outcomes:
            if outcome.state == "failed":
                raise UnreadableFileError(outcome.message, path=outcome.path)
    _stamp(folder).write_bytes(_facts(folder))


def _import(micrograph: Micrograph, viewer: Viewer, folder: Path) -> "list[Outcome]":
    from app.importing import Target, find_files, import_filesets

    filesets = find_files([folder], [folder], micrograph.sandbox).filesets
    target = Target(dataset=folder.name, project=PROJECT)
    return list(import_filesets(micrograph, viewer, filesets, target))


def _forget(micrograph: Micrograph, viewer: Viewer, dataset: str) -> None:
    """Delete the images in a dataset of samples."""
    with micrograph.database.writing() as session:
        (project_id,) = _project(session, viewer)[:1]
        datasets = datasets_of_projects(session, viewer, [project_id])[project_id]
        ids = [row.id for row in datasets if row.name == dataset]
        images = images_of_datasets(session, viewer, ids)
        delete_images(session, viewer, [row.id for rows in images.values() for row in rows])


def _stamp(folder: Path) -> Path:
    return folder / ".imported.json"


def _done(folder: Path) -> bool:
    """Whether these very files, made by this very code, were imported; reads no image."""
    stamp = _stamp(folder)
    return stamp.is_file() and stamp.read_bytes() == _facts(folder)


def _facts(folder: Path) -> bytes:
    code = hashlib.sha256()
    for source in sorted(SOURCES.glob("*.py")):
        code.update(source.read_bytes())
    files = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != _stamp(folder):
            status = path.stat()
            files.append([str(path), status.st_size, status.st_mtime_ns])
    return orjson.dumps({"code": code.hexdigest(), "files": files})


def _has_project(micrograph: Micrograph, viewer: Viewer) -> bool:
    with micrograph.database.reading() as session:
        return bool(_project(session, viewer))


def _project(session: Session, viewer: Viewer) -> list[int]:
    """Id of the samples' project, if there is one."""
    project = models.Project
    statement = select_visible(viewer, project, project.id).where(
        project.name == PROJECT, project.owner_id == viewer.experimenter_id
    )
    return list(session.scalars(statement.order_by(project.id).limit(1)))
