"""Import: files are found, parsed, registered and measured, one fileset after the other."""

import logging
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from sqlalchemy.orm import Session

from app.context import Micrograph
from app.statistics import measure
from render.errors import RenderError
from store import models
from store.access import Viewer, select_visible
from store.edits import jobs
from store.edits.containers import create_project, find_or_create_dataset
from store.edits.documents import import_document
from store.edits.images import register_fileset
from store.errors import InvalidInputError, NotAllowedError, StoreError
from store.importing.formats import OME_XML
from store.importing.found import FoundFileset, ScanResult
from store.importing.readers import parse
from store.importing.scan import scan
from store.models.enums import JobStatus

REPORT_S = 1.0
"""How often the job of an import is brought up to date."""
RESULT_IMAGES = 1_000
"""Images that the job of an import names."""

logger = logging.getLogger(__name__)


type State = Literal["imported", "already there", "failed"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where imported images go."""

    dataset: str | None = None
    """Name of the dataset; made when missing."""
    project: str | None = None
    """Name of the project that the dataset goes to; made when missing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one fileset."""

    found: FoundFileset
    state: State
    images: tuple[int, ...]
    """Database ids."""
    message: str
    """Why it failed, with the remedy; empty otherwise."""
    seconds: float
    code: str = ""
    """Stable name of what went wrong, as in `store.errors`; empty otherwise."""


def find_files(paths: Sequence[Path], roots: Sequence[Path]) -> ScanResult:
    """Look for images in files and folders, without reading their pixels.

    Args:
        paths: Files and folders; folders are walked.
        roots: Folders that images may come from; any if there are none.

    Raises:
        InvalidInputError: A path does not exist.
        NotAllowedError: A path, or a file that an image refers to, is outside the roots.
    """
    for path in paths:
        if not path.exists():
            raise InvalidInputError(f"There is no {path}.", "Check the spelling of the path.")
        check_root(path, roots)
    result = scan(paths)
    for found in result.filesets:
        for file in found.files:
            check_root(file, roots)
    return result


def check_root(path: Path, roots: Sequence[Path]) -> None:
    """Refuse a path that is outside the allowed folders, links followed.

    Raises:
        NotAllowedError: It is.
    """
    real = path.resolve()
    if roots and not any(real.is_relative_to(root.resolve()) for root in roots):
        allowed = ", ".join(map(str, roots))
        raise NotAllowedError(
            f"{path} is outside the folders that may be imported from ({allowed}).",
            "Move the files there, or add their folder to MICROGRAPH_ALLOWED_ROOTS.",
        )


def import_filesets(
    micrograph: Micrograph,
    viewer: Viewer,
    filesets: Sequence[FoundFileset],
    target: Target,
    *,
    statistics: bool = True,
) -> Generator[Outcome]:
    """Import filesets one by one; one that fails leaves nothing behind and stops no other.

    Args:
        micrograph: Started.
        viewer: Who will own the images.
        filesets: What `find_files` found.
        target: Where the images go.
        statistics: Measure the range of values of each channel now, not at the first view.

    Yields:
        What became of each, as soon as it is done; no more once its job was cancelled.
    """
    dataset_id = dataset_for(micrograph, viewer, target)
    with _Record(micrograph, viewer, filesets) as record:
        for outcome in _imported(micrograph, viewer, filesets, dataset_id, statistics=statistics):
            yield outcome
            if not record.goes_on(outcome):
                return


def _imported(
    micrograph: Micrograph,
    viewer: Viewer,
    filesets: Sequence[FoundFileset],
    dataset_id: int | None,
    *,
    statistics: bool,
) -> Iterator[Outcome]:
    for found in filesets:
        started = time.perf_counter()
        state: State = "failed"
        images: tuple[int, ...] = ()
        message = code = ""
        try:
            state, images = _import(micrograph, viewer, found, dataset_id, statistics=statistics)
        except StoreError as error:
            message, code = str(error), error.code
        except Exception as error:  # one file's defect must not end the others
            logger.debug("import failed unexpectedly", exc_info=error)
            message = f"Unexpected {type(error).__name__}; run again with --debug to see where."
        yield Outcome(found, state, images, message, time.perf_counter() - started, code)


class _Record:
    """The job of an import: what those who wait see of it, as a context manager."""

    def __init__(
        self, micrograph: Micrograph, viewer: Viewer, filesets: Sequence[FoundFileset]
    ) -> None:
        self._micrograph = micrograph
        self._viewer = viewer
        self._filesets = filesets
        self._states: Counter[State] = Counter()
        self._images: list[int] = []
        self._told = 0.0

    def __enter__(self) -> Self:
        number = len(self._filesets)
        first = self._filesets[0].files[0].name if number else "nothing"
        title = first if number < 2 else f"{first} and {number - 1} more"
        with self._micrograph.database.writing() as session:
            self._job = jobs.submit(session, self._viewer, "import", title).id
        return self

    def goes_on(self, outcome: Outcome) -> bool:
        """Record an outcome, and tell whether the import goes on; asks at most once a second."""
        self._states[outcome.state] += 1
        self._images += outcome.images
        now = time.monotonic()
        if now < self._told + REPORT_S:
            return True
        self._told = now
        progress = self._states.total() / len(self._filesets)
        with self._micrograph.database.writing() as session:
            return jobs.report(session, self._job, progress=progress, message=self._summary())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        status, message = JobStatus.FINISHED, self._summary()
        if kind is not None:
            status = JobStatus.CANCELLED
            message = f"Interrupted after {message}; import the same again to go on."
        elif self._states and self._states["failed"] == self._states.total():
            status = JobStatus.ERROR
        result: dict[str, Any] = dict(self._states) | {"images": self._images[:RESULT_IMAGES]}
        with self._micrograph.database.writing() as session:
            jobs.finish(session, self._job, status, message=message, result=result)

    def _summary(self) -> str:
        return ", ".join(f"{number} {state}" for state, number in self._states.items()) or "nothing"


def dataset_for(micrograph: Micrograph, viewer: Viewer, target: Target) -> int | None:
    """Return the id of the target's dataset, made together with its project where missing."""
    if target.dataset is None:
        return None
    with micrograph.database.writing() as session:
        project_id = None
        if target.project is not None:
            project_id = _project_for(session, viewer, target.project)
        return find_or_create_dataset(session, viewer, target.dataset, project_id=project_id).id


def _project_for(session: Session, viewer: Viewer, name: str) -> int:
    """The viewer's oldest project of this name, or a new one."""
    project = models.Project
    statement = select_visible(viewer, project, project.id).where(
        project.owner_id == viewer.experimenter_id, project.name == name.strip()
    )
    found = session.scalars(statement.order_by(project.id).limit(1)).one_or_none()
    return found if found is not None else create_project(session, viewer, name).id


def _import(
    micrograph: Micrograph,
    viewer: Viewer,
    found: FoundFileset,
    dataset_id: int | None,
    *,
    statistics: bool,
) -> tuple[State, tuple[int, ...]]:
    if found.format == OME_XML:
        return _import_document(micrograph, viewer, found, dataset_id)
    parsed = parse(found)
    with micrograph.database.writing() as session:
        registered = register_fileset(session, viewer, parsed, dataset_id)
    if registered.already:
        return "already there", tuple(registered.image_ids)
    if statistics:
        for image_id in registered.image_ids:
            _measure(micrograph, viewer, image_id)
    return "imported", tuple(registered.image_ids)


def _import_document(
    micrograph: Micrograph, viewer: Viewer, found: FoundFileset, dataset_id: int | None
) -> tuple[State, tuple[int, ...]]:
    """Import a document without pixels; what the database has no place for goes to the log."""
    with micrograph.database.writing() as session:
        made = import_document(session, viewer, found.master, dataset_id=dataset_id)
    for note in made.notes:
        logger.warning("left out of a document", extra={"file": found.master.name, "what": note})
    return "already there" if made.already else "imported", tuple(made.ids.get("Image", ()))


def _measure(micrograph: Micrograph, viewer: Viewer, image_id: int) -> None:
    """Measure an image; one whose samples cannot be read now is there all the same."""
    try:
        with micrograph.database.reading() as session:
            opened = micrograph.images.find(session, viewer, image_id)
        measure(micrograph.database, opened)
    except (StoreError, RenderError) as error:
        logger.warning("image not measured", extra={"image": image_id, "reason": str(error)})
