"""Import: files are found, planned as items of a job, and brought in, some at a time.

What is to be done is written down before the work, and what became of it in the transaction that
does it. So whoever goes on with a job, after a crash or a cancellation, starts with the first item
that waits, and does nothing twice. `app.durable` runs these steps as a workflow.
"""

import contextlib
import logging
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.arrivals import BATCH, asked_before, place_uploads
from app.context import Micrograph
from app.import_steps import (
    RESULT_IMAGES,
    conclude,
    importer_of,
    known_among,
    register_waiting,
    summary,
)
from store.access import Viewer
from store.edits import jobs
from store.edits.images import link_known, registered_filesets
from store.edits.job_items import Planned, add_items
from store.edits.quotas import room_for
from store.edits.targets import Target, check_target, containers_for, group_of
from store.edits.uploads import uploads_of_batch
from store.errors import InvalidInputError, NotAllowedError
from store.failpoints import reach
from store.importing.found import FoundFileset, Recognise, ScanResult, Skipped
from store.importing.managed import Way
from store.importing.ome_zarr import find_remote
from store.importing.plans import Plan, plan_json, shown
from store.importing.sandbox import Sandbox
from store.models.enums import ImportState, JobStatus
from store.pixels.addresses import url_of
from store.pixels.remote import Remotes
from store.queries.jobs import IMPORT, job_by_id, settled_items
from store.queries.people import viewer_by_experimenter
from store.queries.usage import Amount

__all__ = ["Outcome", "Target", "find_files", "import_filesets"]

KNOWN_TOGETHER = 2_000
"""Filesets that are there and whose links are looked at in one statement."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one fileset."""

    path: str
    """The file or folder that leads."""
    state: ImportState
    images: tuple[int, ...]
    """Database ids."""
    message: str
    """Why it failed, with the remedy; empty otherwise."""
    seconds: float
    code: str = ""
    """Stable name of what went wrong, as in `store.errors`; empty otherwise."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How an import is done."""

    target: Target = field(default_factory=Target)
    way: Way = "reference"
    statistics: bool = True
    """Measure the range of values of each channel now, not at the first view."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a person asked to import: filesets, each with what is special about it."""

    plans: Sequence[Plan]
    skipped: Sequence[Skipped] = ()
    wishes: Wishes = field(default_factory=Wishes)
    known: Mapping[Path, int] = field(default_factory=dict)
    """Files of filesets that are there; see `ScanResult.known`."""


def recogniser(micrograph: Micrograph, viewer: Viewer, target: Target) -> Recognise:
    """What knows the files that are registered where images for a target go.

    Raises:
        StoreError: The target can never work.
    """
    with micrograph.database.reading() as session:
        group = group_of(session, viewer, target)
    if group is None or target.screen is not None:  # plates have to be looked at
        return lambda _: {}

    def recognise(paths: Sequence[Path]) -> Mapping[Path, int]:
        with micrograph.database.reading() as session:
            found = registered_filesets(session, viewer, paths, group_id=group)
        return {path: one.fileset_id for path, one in found.items()}

    return recognise


def find_files(
    paths: Sequence[Path],
    roots: Sequence[Path],
    sandbox: Sandbox,
    remotes: Remotes | None = None,
    recognise: Recognise = lambda _: {},
) -> ScanResult:
    """Look for images in files and folders, and at addresses, without reading their pixels.

    Args:
        paths: Files and folders, which are walked, and addresses of OME-Zarr.
        roots: Folders that images may come from; any if there are none.
        sandbox: Children that look.
        remotes: Opens addresses; none are allowed without.
        recognise: Knows files that are registered, which are not looked at.

    Raises:
        InvalidInputError: A path does not exist.
        NotAllowedError: A path, or a file that an image refers to, is outside the roots.
        UnavailableError: An address cannot be reached.
    """
    urls = [url for path in paths if (url := url_of(path))]
    paths = [path for path in paths if not url_of(path)]
    for path in paths:
        if not path.exists():
            raise InvalidInputError(f"There is no {path}.", "Check the spelling of the path.")
        check_root(path, roots)
    result = sandbox.scan(paths, recognise=recognise)
    for found in result.filesets:
        for file in found.files:
            check_root(file, roots)
    if not urls:
        return result
    there = [find_remote(url, remotes or Remotes()) for url in urls]
    filesets = [one for one in there if isinstance(one, FoundFileset)]
    skipped = [one for one in there if isinstance(one, Skipped)]
    return ScanResult((*result.filesets, *filesets), (*result.skipped, *skipped), result.known)


def check_root(path: Path, roots: Sequence[Path]) -> None:
    """Refuse a path that is outside the allowed folders, links followed.

    Raises:
        NotAllowedError: It is.
    """
    if not roots:
        return
    real = path.resolve()
    if not any(real.is_relative_to(root.resolve()) for root in roots):
        allowed = ", ".join(map(str, roots))
        raise NotAllowedError(
            f"{path} is outside the folders that may be imported from ({allowed}).",
            "Move the files there, or add their folder to MICROGRAPH_ALLOWED_ROOTS.",
        )


def submit(micrograph: Micrograph, viewer: Viewer, ordered: Ordered, *, durable: bool) -> int:
    """Write down an import as a job with its items, in one transaction.

    Args:
        micrograph: Started.
        viewer: Who will own the images.
        ordered: What is to be imported.
        durable: Whether it goes on by itself after a crash; see `app.durable`.

    Returns:
        The id of the job.

    Raises:
        StoreError: The target can never work.
    """
    plans = ordered.plans
    parameters = parameters_of(ordered.wishes, durable=durable) | {"planned": True}
    with micrograph.database.writing() as session:
        for target in {plan.target for plan in plans if plan.target} | {ordered.wishes.target}:
            check_target(session, viewer, target)
        require_room(session, viewer, plans)
        there = _there(session, viewer, ordered.wishes.target, ordered.known)
        parameters["items"] = len(plans) + len(there)
        job = jobs.submit(session, viewer, IMPORT, _title(plans, there), parameters=parameters)
        add_items(session, job.id, (*there, *planned(plans, ordered.skipped)))
        job.result = _result_of(there)
    reach("import.submitted")
    return job.id


def require_room(session: Session, viewer: Viewer, plans: Sequence[Plan]) -> None:
    """Refuse an import that is more than somebody may have, before it begins.

    By files and their sizes, for images are counted when files are parsed; what is here already
    takes no room. What does not fit into a group of another target is refused when it comes.

    Raises:
        QuotaError: It is more.
    """
    room = room_for(session, viewer.experimenter_id, viewer.default_group_id)
    if not room.limits:
        return
    known = known_among(session, viewer, [plan.found for plan in plans])
    sizes: list[int] = []
    for number, plan in enumerate(plans):
        with contextlib.suppress(OSError):
            if number not in known:
                sizes.append(sum(path.stat().st_size for path in plan.found.files))
    room.require(Amount(len(sizes), sum(sizes)))


def parameters_of(wishes: Wishes, *, durable: bool) -> dict[str, Any]:
    """What a job keeps of how it is to be done."""
    return {
        "durable": durable,
        "attempt": 1,
        "target": wishes.target.to_json(),
        "way": wishes.way,
        "statistics": wishes.statistics,
    }


def planned(
    plans: Iterable[Plan], skipped: Iterable[Skipped], below: Path | None = None
) -> Iterator[Planned]:
    """The items of a job; people see their paths as below a folder, if one is given."""

    def path_of(path: Path) -> str:
        return shown(path if below is None else path.relative_to(below))

    for plan in plans:
        yield Planned(path_of(plan.found.master), plan_json(plan))
    for left in skipped:
        yield Planned(path_of(left.path), None, left.reason)


def _there(
    session: Session, viewer: Viewer, target: Target, known: Mapping[Path, int]
) -> list[Planned]:
    """Items for filesets that are registered, with the links to the target that they lacked."""
    if not known:
        return []
    dataset_id = containers_for(session, viewer, target).dataset_id
    leading: dict[int, Path] = {}
    for path, key in known.items():
        leading.setdefault(key, path)
    made: list[Planned] = []
    for some in batched(leading.items(), KNOWN_TOGETHER):
        found = link_known(session, viewer, [key for key, _ in some], dataset_id)
        made += (
            Planned(shown(path), None, fileset_id=key, images=found[key].image_ids)
            for key, path in some
        )
    return made


def _result_of(there: Sequence[Planned]) -> dict[str, Any] | None:
    """What a job has done before it begins."""
    if not there:
        return None
    images = [key for item in there[:RESULT_IMAGES] for key in item.images]
    return {str(ImportState.ALREADY_THERE): len(there), "images": images[:RESULT_IMAGES]}


def submit_paths(
    session: Session, viewer: Viewer, paths: Sequence[str], wishes: Wishes, roots: Sequence[Path]
) -> int:
    """Write down an import of files and folders of the server; they are looked at later.

    Args:
        session: Of the caller's transaction.
        viewer: Who will own the images: an administrator where there are no roots.
        paths: Absolute.
        wishes: How it is done.
        roots: Folders that images may come from.

    Returns:
        The id of the job.

    Raises:
        NotAllowedError: A path is outside the roots, or there are none.
        InvalidInputError: A path is not absolute, or does not exist.
        StoreError: The target can never work.
    """
    if not roots and not viewer.administrator:
        raise NotAllowedError(
            "Nobody but administrators may import files of the server.",
            "An administrator can name folders for everybody with MICROGRAPH_ALLOWED_ROOTS.",
        )
    for text in paths:
        path = Path(text)
        if not path.is_absolute() or "\0" in text:
            raise InvalidInputError(f"{text} is not absolute.", "Give the whole path.")
        check_root(path, roots)
        if not path.exists():
            raise InvalidInputError(f"There is no {text}.", "Check the spelling of the path.")
    parameters = parameters_of(wishes, durable=True) | {"paths": list(paths)}
    check_target(session, viewer, wishes.target)
    title = shown(Path(Path(paths[0]).name)) if len(paths) == 1 else f"{len(paths)} paths"
    return jobs.submit(session, viewer, IMPORT, title, parameters=parameters).id


def submit_uploads(session: Session, viewer: Viewer, batch: str, target: Target) -> int:
    """Write down the import of a batch of uploads, in the caller's transaction.

    Asked for again, it is the same job, unless some of the batch is left to be imported.

    Returns:
        The id of the job.

    Raises:
        NotFoundError: There is no such batch of the viewer's.
        ConflictError: One of its files is not complete.
        StoreError: The target can never work.
    """
    before = asked_before(session, viewer, batch)
    if before is not None:
        return before.id
    check_target(session, viewer, target)
    parameters = parameters_of(Wishes(target, "link"), durable=True) | {BATCH: batch}
    rows = uploads_of_batch(session, viewer, batch)
    first = shown(Path(Path(rows[0].path).name))
    title = first if len(rows) == 1 else f"{first} and {len(rows) - 1} more"
    return jobs.submit(session, viewer, IMPORT, title, parameters=parameters).id


def plan_job(micrograph: Micrograph, job_id: int) -> bool:
    """Look for the files of a job that names paths, and write down its items, once.

    Returns:
        Whether its images are to be measured.

    Raises:
        StoreError: A path is gone, or outside the roots, or all of it is more than fits.
    """
    with micrograph.database.reading() as session:
        root = viewer_by_experimenter(session, micrograph.administrator_id)
        job = job_by_id(session, root, job_id)
        parameters: dict[str, Any] = dict(job.parameters or {})
        viewer = importer_of(session, job)
        below = place_uploads(micrograph, session, viewer, job) if BATCH in parameters else None
    if not parameters.get("planned"):
        paths = [Path(text) for text in parameters.get("paths", ())]
        roots, remotes = micrograph.settings.allowed_roots, micrograph.repository.remotes
        if below is not None:
            paths, roots = [below], (below,)
        target = Target.from_json(parameters.get("target"))
        recognise = recogniser(micrograph, viewer, target)
        found = find_files(paths, roots, micrograph.sandbox, remotes, recognise)
        plans = [Plan(one) for one in found.filesets]
        with micrograph.database.writing() as session:
            require_room(session, viewer, plans)
            there = _there(session, viewer, target, found.known)
            parameters |= {"planned": True, "items": len(plans) + len(there)}
            add_items(session, job_id, (*there, *planned(plans, found.skipped, below)))
            jobs.replan(session, job_id, parameters, _result_of(there))
    reach("import.planned")
    return bool(parameters.get("statistics"))


def import_filesets(
    micrograph: Micrograph,
    viewer: Viewer,
    filesets: Sequence[FoundFileset],
    target: Target,
    *,
    statistics: bool = True,
) -> Generator[Outcome]:
    """Import filesets one by one in this thread; who stops asking cancels the rest.

    For a few files that belong to something larger, such as samples. It does not go on by itself
    after a crash.

    Args:
        micrograph: Started.
        viewer: Who will own the images.
        filesets: What `find_files` found.
        target: Where the images go.
        statistics: Measure the range of values of each channel now, not at the first view.

    Yields:
        What became of each, as soon as it is done; no more once its job was cancelled.
    """
    from app.thumbnailing import make_ready  # loads all routes, which the start does not wait for

    wishes = Wishes(target, statistics=statistics)
    order = Ordered([Plan(found) for found in filesets], wishes=wishes)
    job_id = submit(micrograph, viewer, order, durable=False)
    try:
        after = -1
        with contextlib.closing(register_waiting(micrograph, job_id, most=1)) as done:
            for _ in done:
                for outcome in outcomes(micrograph, viewer, job_id, after):
                    after += 1
                    if statistics and outcome.state is ImportState.IMPORTED:
                        for image_id in outcome.images:
                            make_ready(micrograph, viewer, image_id, thumbnails=False)
                    yield outcome
    except GeneratorExit:
        _interrupted(micrograph, job_id)
        raise
    conclude(micrograph, job_id)


def outcomes(
    micrograph: Micrograph, viewer: Viewer, job_id: int, after: int = -1, first: int = 1_000
) -> list[Outcome]:
    """What became of the items of a job behind an index, up to the first that waits."""
    with micrograph.database.reading() as session:
        rows = settled_items(session, viewer, job_id, after=after, first=first)
    found: list[Outcome] = []
    for row in rows:
        if row.state == ImportState.LEFT_OUT:
            break
        found.append(
            Outcome(
                row.path,
                ImportState(row.state),
                tuple(row.images or ()),
                row.message or "",
                row.seconds or 0.0,
                row.code or "",
            )
        )
    return found


def _interrupted(micrograph: Micrograph, job_id: int) -> None:
    with micrograph.database.writing() as session:
        viewer = viewer_by_experimenter(session, micrograph.administrator_id)
        done = summary(job_by_id(session, viewer, job_id).result)
        text = f"Interrupted after {done}; import the same again to go on."
        jobs.finish(session, job_id, JobStatus.CANCELLED, message=text)


def _title(plans: Sequence[Plan], there: Sequence[Planned]) -> str:
    masters = [plan.found.master for plan in plans[:1]] + [Path(item.path) for item in there[:1]]
    first = shown(Path(masters[0].name)) if masters else "nothing"
    number = len(plans) + len(there)
    return first if number < 2 else f"{first} and {number - 1} more"


def tallied(result: Mapping[str, Any] | None) -> dict[ImportState, int]:
    """The numbers that the result of a job holds, by what became of filesets."""
    return {state: (result or {}).get(str(state), 0) for state in ImportState}
