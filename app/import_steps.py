"""The steps of an import: some filesets are staged, parsed, placed and registered together.

Each step looks in the database what is left to do, so it can be repeated after a crash at any
moment: what was committed is not waiting any more, and what was not leaves files at most that
`store.importing.managed` clears away.
"""

import contextlib
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from sqlalchemy import exc
from sqlalchemy.orm import Session

from app.arrivals import settle_uploads, sums_of
from app.context import Micrograph
from store import models
from store.access import Viewer, visible_row
from store.database import explained
from store.edits import jobs
from store.edits.documents import import_document
from store.edits.images import (
    Registered,
    link_known,
    register_fileset,
    register_filesets,
    registered_filesets,
)
from store.edits.job_items import Settled, settle
from store.edits.key_values import set_key_values
from store.edits.targets import Containers, Target, containers_for, put_plates_into_screen
from store.errors import InvalidInputError, StoreError, UnavailableError, UnreadableFileError
from store.failpoints import reach
from store.importing.formats import OME_XML
from store.importing.found import FoundFileset
from store.importing.managed import ManagedFiles, Staged, Way
from store.importing.ome_zarr import parse_remote
from store.importing.parsed import ParsedFileset
from store.importing.plans import found_of
from store.importing.readers import parse_by
from store.models.enums import ImportState, JobStatus
from store.pixels.addresses import url_of
from store.queries.jobs import item_counts, items_of_job, job_by_id
from store.queries.people import viewer_by_experimenter

TOGETHER = 200
"""Filesets that are registered in one transaction."""
WITHIN_S = 2.0
"""How long filesets are collected for one transaction; large ones are then fewer."""
RESULT_IMAGES = 1_000
"""Images that the job of an import names."""

logger = logging.getLogger(__name__)

type Key = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Work:
    """One fileset on its way through a step."""

    item_id: int
    plan: Mapping[str, Any]
    found: FoundFileset
    target: Target
    started: float
    staged: Staged | None = None
    parsed: ParsedFileset | None = None
    known: int | None = None
    """The fileset, where these very files are registered."""
    outcome: Settled | None = None
    """Once nothing more is to be done."""
    kept: bool = field(default=False)
    """Whether rows speak of the files."""

    def settle(self, state: ImportState, **more: Any) -> None:
        """Say what became of it."""
        self.outcome = Settled(
            self.item_id, state, seconds=time.perf_counter() - self.started, **more
        )

    def fail(self, error: Exception) -> None:
        """Say why it failed."""
        if isinstance(error, StoreError):
            self.settle(ImportState.FAILED, message=str(error), code=error.code)
            return
        logger.debug("import failed unexpectedly", exc_info=error)
        text = f"Unexpected {type(error).__name__}; run again with --debug to see where."
        self.settle(ImportState.FAILED, message=text)


def managed_files(micrograph: Micrograph) -> ManagedFiles:
    """The files that a Micrograph keeps itself."""
    return ManagedFiles(micrograph.settings.data)


def register_waiting(
    micrograph: Micrograph,
    job_id: int,
    *,
    attempt: int | None = None,
    most: int = TOGETHER,
    within_s: float = WITHIN_S,
) -> Generator[int]:
    """Bring in the filesets of a job that wait: some in one transaction, with their items.

    One that fails leaves nothing behind and stops no other. While some are written, the next are
    parsed.

    Args:
        micrograph: Started.
        job_id: Database id of the job.
        attempt: Which attempt this is; nothing is done any more once there is another.
        most: How many in one transaction at most.
        within_s: How long filesets are collected for one.

    Yields:
        After each transaction, how many filesets it settled; no more once the job has ended.

    Raises:
        UnavailableError: The disk or the database takes no more; nothing was changed after the
            last transaction.
    """
    with micrograph.database.reading() as session:
        job = job_by_id(session, _owner(session, micrograph, job_id), job_id)
        viewer = importer_of(session, job)
        sums = sums_of(session, viewer, job)
    way: Way = (job.parameters or {}).get("way", "reference")
    files = managed_files(micrograph)
    waiting = _waiting(micrograph, job_id)
    with contextlib.closing(_read(micrograph, waiting)) as read:
        goes_on = True
        while goes_on:
            works: list[_Work] = []
            with contextlib.ExitStack() as stack:
                try:
                    if way == "reference":
                        works.extend(_together(read, most, within_s))
                    else:
                        stack.enter_context(files.at_work())
                        for work in _together(waiting, most, within_s):
                            works.append(work)
                            _stage(files, work, way)
                        _read_staged(micrograph, works)
                    if not works:
                        return
                    _refuse_damaged(works, sums)
                    _place(files, works)
                except BaseException:
                    _discard(files, works)
                    raise
                # Whether rows were written is not known while an error comes out of this: files
                # stay then, and are looked at when the next process starts.
                goes_on = _write(micrograph, viewer, (job_id, attempt), works)
                _discard(files, [work for work in works if not work.kept])
            reach("import.committed")
            yield len(works)


def _discard(files: ManagedFiles, works: Sequence[_Work]) -> None:
    for work in works:
        if work.staged is not None:
            files.discard(work.staged)


def measure_some(
    micrograph: Micrograph, job_id: int, after: int, within_s: float = WITHIN_S
) -> int | None:
    """Make images of the next filesets of a job ready: measured, with thumbnails.

    What is ready already is passed over, so that a fileset of many images that was cut off is
    gone on with.

    Args:
        micrograph: Started.
        job_id: Database id of the job.
        after: Index of the last item whose images are ready; -1 for none.
        within_s: How long, at most by one fileset.

    Returns:
        Index of the last item whose images are ready now; None once all are, or the job ended.
    """
    from app.thumbnailing import make_ready  # loads all routes, which the start does not wait for

    started = time.monotonic()
    with micrograph.database.reading() as session:
        job = job_by_id(session, _owner(session, micrograph, job_id), job_id)
        viewer = viewer_by_experimenter(session, job.owner_id)
        done = [ImportState.IMPORTED]
        items = items_of_job(session, viewer, job_id, after=after, first=TOGETHER, states=done)
        total = (job.parameters or {}).get("items", 0)
    if job.finished is not None or not items:
        return None
    thumbnails = micrograph.settings.import_thumbnails == "yes"
    for item in items:
        for image_id in item.images or ():
            make_ready(micrograph, viewer, image_id, thumbnails=thumbnails)
        after = item.index
        if time.monotonic() > started + within_s:
            break
    reach("import.measured")
    with micrograph.database.writing() as session:
        fraction = 0.5 + 0.5 * (after + 1) / max(total, 1)
        text = f"{summary(job.result)}; thumbnails and ranges of {after + 1} of {total} files"
        jobs.report(session, job_id, progress=fraction, message=text)
    return after


def settle_arrived(micrograph: Micrograph, job_id: int) -> None:
    """Forget the uploads that a job has made images of; of another job, do nothing."""
    with micrograph.database.reading() as session:
        job = job_by_id(session, _owner(session, micrograph, job_id), job_id)
        settle_uploads(micrograph, session, importer_of(session, job), job)
    reach("import.settled")


def conclude(
    micrograph: Micrograph,
    job_id: int,
    error: StoreError | None = None,
    *,
    attempt: int | None = None,
) -> None:
    """Record the end of a job; one that was cancelled meanwhile stays cancelled.

    Args:
        micrograph: Started.
        job_id: Database id of the job.
        error: Why it cannot go on.
        attempt: Which attempt this is; nothing is done once there is another.
    """
    with micrograph.database.writing() as session:
        viewer = _owner(session, micrograph, job_id)
        job = _current(session, viewer, (job_id, attempt))
        if job is None:
            return
        counts = item_counts(session, viewer, job_id)
        message = _told(counts)
        tried = sum(counts.values()) - counts.get(ImportState.LEFT_OUT, 0)
        status = JobStatus.FINISHED
        if error is not None:
            status = JobStatus.ERROR
            message = f"{error} Until then: {message}."
        elif tried and counts.get(ImportState.FAILED, 0) == tried:
            status = JobStatus.ERROR
        jobs.finish(session, job_id, status, message=message, result=job.result)
    reach("import.finished")


def importer_of(session: Session, job: models.Job) -> Viewer:
    """Who asked for a job, in the group in which they acted, which may not be their usual one."""
    asked = session.get_one(models.Event, job.creation_event_id)
    return replace(
        viewer_by_experimenter(session, job.owner_id),
        default_group_id=job.group_id,
        acted_by=asked.acted_by_id,
    )


def summary(result: Mapping[str, Any] | None) -> str:
    """What a job has done so far, in words."""
    counts = {state: result[state] for state in ImportState if result and result.get(state)}
    return _told(counts)


def _told(counts: Mapping[ImportState, int]) -> str:
    shown = [
        f"{counts[state]} {state}"
        for state in (ImportState.IMPORTED, ImportState.ALREADY_THERE, ImportState.FAILED)
        if counts.get(state)
    ]
    return ", ".join(shown) or "nothing"


def _owner(session: Session, micrograph: Micrograph, _job_id: int) -> Viewer:
    """Somebody who sees every job: work in the background is the program's own."""
    return viewer_by_experimenter(session, micrograph.administrator_id)


def _waiting(micrograph: Micrograph, job_id: int) -> Generator[_Work]:
    """The filesets of a job that wait, in their order; none once it has ended."""
    after = -1
    while True:
        with micrograph.database.reading() as session:
            job = job_by_id(session, _owner(session, micrograph, job_id), job_id)
            viewer = importer_of(session, job)
            waits = [ImportState.WAITING]
            items = items_of_job(session, viewer, job_id, after=after, first=TOGETHER, states=waits)
            if job.finished is not None or not items:
                return
            works = [_work(item, job.parameters or {}) for item in items]
            _find_known(session, viewer, works)
        after = items[-1].index
        yield from works


def _work(item: models.JobItem, parameters: Mapping[str, Any]) -> _Work:
    plan = item.plan or {}
    target = Target.from_json(plan.get("target", parameters.get("target")))
    return _Work(item.id, plan, found_of(plan), target, time.perf_counter())


def _together(works: Iterator[_Work], most: int, within_s: float) -> Iterator[_Work]:
    """The next filesets, as many as one transaction takes."""
    end = time.monotonic() + within_s
    for work in islice(works, most):
        yield work
        if time.monotonic() > end:
            return


def _find_known(session: Session, viewer: Viewer, works: Sequence[_Work]) -> None:
    """Find the filesets whose very files are registered, so that they need not be read."""
    # Into a dataset of another group they would come once more; that is found out later.
    for number, key in known_among(session, viewer, [work.found for work in works]).items():
        works[number].known = key


def known_among(session: Session, viewer: Viewer, founds: Sequence[FoundFileset]) -> dict[int, int]:
    """Which filesets are registered in the viewer's group, their very files and no others.

    Returns:
        Their ids by position.
    """
    paths = [path for found in founds for path in found.files if url_of(path) is None]
    try:
        known = registered_filesets(session, viewer, paths, group_id=viewer.default_group_id)
    except StoreError:  # nowhere to go: each fileset says so
        return {}
    members = Counter(one.fileset_id for one in known.values())
    ids: dict[int, int] = {}
    for number, found in enumerate(founds):
        files = set(found.files)
        keys = {known[path].fileset_id for path in files if path in known}
        if len(keys) == 1 and members[min(keys)] == len(files):
            ids[number] = min(keys)
    return ids


def _stage(files: ManagedFiles, work: _Work, way: Way) -> None:
    """Bring the files of a fileset into the staging folder."""
    if not _is_to_be_parsed(work):
        return
    try:
        check_is_here(work.found)
        work.staged = files.stage(work.found, way)
    except UnavailableError:
        raise
    except StoreError as error:
        work.fail(error)


def _read_staged(micrograph: Micrograph, works: Sequence[_Work]) -> None:
    with contextlib.closing(_read(micrograph, works)) as read:
        for _ in read:
            pass


def _read(micrograph: Micrograph, works: Iterable[_Work]) -> Generator[_Work]:
    """Parse filesets in child processes that can do nothing else; the one place that says how.

    Some are parsed ahead of what is asked for. Those at addresses are parsed here, as children
    have no network: of them only JSON is read.
    """
    asked = ((work, _source(work) if _is_to_be_parsed(work) else None) for work in works)
    started = time.perf_counter()
    for work, parsed in micrograph.sandbox.parsed_for(asked):
        work.started = started
        if _is_to_be_parsed(work):
            result = _parsed_here(micrograph, work.found) if parsed is None else parsed
            if isinstance(result, StoreError):
                work.fail(result)
            else:
                work.parsed = result
            reach("import.parsed")
        yield work
        started = time.perf_counter()


def _source(work: _Work) -> FoundFileset | None:
    """What a child parses; none if it is at an address."""
    found = work.staged.found if work.staged is not None else work.found
    return found if url_of(found.master) is None else None


def _parsed_here(micrograph: Micrograph, found: FoundFileset) -> ParsedFileset | StoreError:
    remotes = micrograph.repository.remotes
    try:
        return parse_by(found, lambda one: parse_remote(one, remotes))
    except StoreError as error:
        return error


def _refuse_damaged(works: Sequence[_Work], sums: frozenset[str] | None) -> None:
    """Fail uploads that are not on the disk what their sender sent."""
    if sums is None:
        return
    for work in works:
        originals = work.staged.originals if work.staged is not None else {}
        wrong = next((one for one in originals.values() if one.sha256 not in sums), None)
        if wrong is not None and work.outcome is None:
            work.fail(
                UnreadableFileError(
                    f"{wrong.path.name} is not what was sent: its SHA-256 is {wrong.sha256}.",
                    "Send it again.",
                    path=str(wrong.path),
                )
            )
            work.parsed = None


def check_is_here(found: FoundFileset) -> None:
    """Refuse what is to be copied and is at an address.

    Raises:
        InvalidInputError: It is.
    """
    if url_of(found.master) is not None:
        raise InvalidInputError(
            f"{url_of(found.master)} cannot be copied.", "Import it by reference."
        )


def _is_to_be_parsed(work: _Work) -> bool:
    return work.outcome is None and work.known is None and work.found.format != OME_XML


def _place(files: ManagedFiles, works: Sequence[_Work]) -> None:
    ready = [work for work in works if work.staged is not None and work.parsed is not None]
    if not ready:
        return
    pairs = [(work.staged, work.parsed) for work in ready if work.staged and work.parsed]
    for work, found in zip(ready, files.place(pairs), strict=True):
        work.parsed = found


def _current(
    session: Session, viewer: Viewer, working: tuple[int, int | None]
) -> models.Job | None:
    """Lock a job for as long as the transaction lasts; None once this attempt is not wanted."""
    job_id, attempt = working
    job = visible_row(session, viewer, models.Job, job_id, change=True)
    superseded = attempt is not None and attempt != (job.parameters or {}).get("attempt", 1)
    return None if superseded or job.finished is not None else job


def _write(
    micrograph: Micrograph,
    viewer: Viewer,
    working: tuple[int, int | None],
    works: Sequence[_Work],
) -> bool:
    with micrograph.database.writing() as session:
        job = _current(session, _owner(session, micrograph, working[0]), working)
        if job is None:
            return False
        places: dict[Key, Containers | StoreError] = {}
        known = [work for work in works if work.known is not None and work.outcome is None]
        if known:
            _link_all_known(session, viewer, known, places)
        _register_together(session, viewer, works, places)
        for work in works:
            if work.outcome is None:
                _register(micrograph, session, viewer, work, places)
        reach("import.writing")
        settle(session, [work.outcome for work in works if work.outcome is not None])
        goes_on = _report(session, job, works)
        reach("import.written")
    for work in works:
        work.kept = work.outcome is not None and work.outcome.state is ImportState.IMPORTED
    return goes_on


def _register_together(
    session: Session,
    viewer: Viewer,
    works: Sequence[_Work],
    places: dict[Key, Containers | StoreError],
) -> None:
    """Write the rows of all filesets that go to one place in a few statements.

    What this cannot settle is left to `_register`, which takes one after the other.
    """
    together: defaultdict[int | None, list[_Work]] = defaultdict(list)
    for work in works:
        if work.outcome is None and work.parsed is not None:
            place = _place_of(session, viewer, work.target, places)
            if not isinstance(place, StoreError) and place.screen_id is None:
                together[place.dataset_id].append(work)
    for dataset_id, some in together.items():
        many = [
            _named(work.parsed, work.plan.get("name")) for work in some if work.parsed is not None
        ]
        try:
            with session.begin_nested():
                results = register_filesets(session, viewer, many, dataset_id)
                for work, result in zip(some, results, strict=True):
                    if isinstance(result, StoreError):
                        work.fail(result)
                        continue
                    _describe(session, viewer, work, result.image_ids)
                    _settle(work, result)
        except Exception as error:
            logger.debug("filesets not registered together", exc_info=error)
            for work in some:
                work.outcome = None


def _settle(work: _Work, registered: Registered) -> None:
    state = ImportState.ALREADY_THERE if registered.already else ImportState.IMPORTED
    work.settle(state, fileset_id=registered.fileset_id, images=registered.image_ids)


def _register(
    micrograph: Micrograph,
    session: Session,
    viewer: Viewer,
    work: _Work,
    places: dict[Key, Containers | StoreError],
) -> None:
    """Write the rows of one fileset; what goes wrong with it is undone alone."""
    place = _place_of(session, viewer, work.target, places)
    if isinstance(place, StoreError):
        work.fail(place)
        return
    try:
        with session.begin_nested():
            registered = _registered(micrograph, session, viewer, work, place)
            _describe(session, viewer, work, registered.image_ids)
    except exc.IntegrityError as error:
        work.fail(explained(error))
    except exc.DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001  (one file's defect must not end the others)
        work.fail(error)
    else:
        _settle(work, registered)


def _place_of(
    session: Session, viewer: Viewer, target: Target, places: dict[Key, Containers | StoreError]
) -> Containers | StoreError:
    """What a target names; found and made once for a transaction."""
    key = tuple(sorted(target.to_json().items()))
    if key not in places:
        try:
            with session.begin_nested():
                places[key] = containers_for(session, viewer, target)
        except StoreError as error:
            places[key] = error
    return places[key]


def _link_all_known(
    session: Session,
    viewer: Viewer,
    works: Sequence[_Work],
    places: dict[Key, Containers | StoreError],
) -> None:
    """Settle the filesets that are registered already, those of one place together."""
    together: defaultdict[int | None, list[_Work]] = defaultdict(list)
    for work in works:
        place = _place_of(session, viewer, work.target, places)
        if isinstance(place, StoreError):
            work.fail(place)
        elif place.screen_id is None and place.group_id == viewer.default_group_id:
            together[place.dataset_id].append(work)
    for dataset_id, some in together.items():
        keys = {work.known for work in some if work.known is not None}
        try:
            with session.begin_nested():
                found = link_known(session, viewer, keys, dataset_id)
        except StoreError as error:
            for work in some:
                work.fail(error)
            continue
        for work in some:
            images = found[work.known or 0].image_ids
            _describe(session, viewer, work, images)
            work.settle(ImportState.ALREADY_THERE, fileset_id=work.known, images=images)


def _registered(
    micrograph: Micrograph, session: Session, viewer: Viewer, work: _Work, place: Containers
) -> Registered:
    if work.found.format == OME_XML:
        registered = _document(session, viewer, work.found, place.dataset_id)
    else:
        found = work.parsed or micrograph.sandbox.parse(work.found)
        registered = register_fileset(
            session, viewer, _named(found, work.plan.get("name")), place.dataset_id
        )
    if place.screen_id is not None:
        put_plates_into_screen(session, viewer, registered.image_ids, place.screen_id)
    return registered


def _document(
    session: Session, viewer: Viewer, found: FoundFileset, dataset_id: int | None
) -> Registered:
    """Import a document without pixels; what the database has no place for goes to the log."""
    made = import_document(session, viewer, found.master, dataset_id=dataset_id)
    for note in made.notes:
        logger.warning("left out of a document", extra={"file": found.master.name, "what": note})
    images = tuple(made.ids.get("Image", ()))
    return Registered(made.fileset_id, images, already=made.already)


def _named(found: ParsedFileset, name: str | None) -> ParsedFileset:
    if name is None:
        return found
    several = len(found.images) > 1
    images = [
        replace(image, name=f"{name} {image.name}".rstrip() if several else name)
        for image in found.images
    ]
    return replace(found, images=tuple(images))


def _describe(session: Session, viewer: Viewer, work: _Work, image_ids: Sequence[int]) -> None:
    pairs = [(key, value) for key, value in work.plan.get("pairs", ())]
    if pairs and image_ids:
        set_key_values(session, viewer, [("Image", key) for key in image_ids], pairs)


def _report(session: Session, job: models.Job, works: Sequence[_Work]) -> bool:
    """Bring the job up to date; False if it has ended meanwhile."""
    result: dict[str, Any] = dict(job.result or {})
    outcomes = [work.outcome for work in works if work.outcome is not None]
    for state, number in Counter(str(one.state) for one in outcomes).items():
        result[state] = result.get(state, 0) + number
    images = list(result.get("images", ()))
    for one in outcomes:
        images += one.images
    result["images"] = images[:RESULT_IMAGES]
    parameters = job.parameters or {}
    counts = {state: result[state] for state in ImportState if result.get(state)}
    fraction = sum(counts.values()) / max(parameters.get("items", 1), 1)
    if parameters.get("durable") and parameters.get("statistics"):
        fraction *= 0.5
    return jobs.report(session, job.id, progress=fraction, message=_told(counts), result=result)
