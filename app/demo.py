"""`micrograph demo`: sample images, made and imported once."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import orjson

from app.context import Micrograph
from app.importing import Target, find_files, import_filesets
from store import models
from store.access import Viewer, select_visible
from store.errors import UnreadableFileError

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

    files = make_samples(folder, say)
    for parent in dict.fromkeys(file.parent for file in files):
        say(f"Importing {parent.name}")
        found = find_files([parent], micrograph.settings.allowed_roots and [folder])
        target = Target(dataset=parent.name, project=PROJECT)
        for outcome in import_filesets(micrograph, viewer, found.filesets, target):
            if outcome.state == "failed":
                raise UnreadableFileError(outcome.message, path=str(outcome.found.master))
    _stamp(folder).write_bytes(_facts(folder))


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
    project = models.Project
    statement = select_visible(viewer, project, project.id).where(project.name == PROJECT).limit(1)
    with micrograph.database.reading() as session:
        return session.scalars(statement).one_or_none() is not None
