"""What `micrograph import`, `watch` and `jobs` do and print."""

import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import click

from app.bulk import read_bulk
from app.context import Micrograph, remotes_of
from app.importing import Ordered, Outcome, Wishes, find_files
from app.imports import Imports
from app.progress import Progress
from app.settings import Settings
from app.watching import Watch, watch
from store.access import Viewer
from store.edits.targets import Target
from store.errors import InvalidInputError
from store.importing.found import Recognise, ScanResult
from store.importing.managed import Way
from store.importing.plans import Plan, shown
from store.importing.sandbox import Sandbox
from store.models.enums import ImportState, JobStatus
from store.queries.jobs import items_of_job, job_by_id, newest_jobs

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    plans: Sequence[Plan]
    result: ScanResult
    wishes: Wishes


def wishes_of(target: Mapping[str, str | None], way: str, *, statistics: bool) -> Wishes:
    """How an import is done, from options."""
    given = {name: text for name, text in target.items() if text is not None}
    wanted = Target(**given)
    if wanted.project and not wanted.dataset:
        raise click.UsageError("--project needs --dataset: images are in datasets.")
    return Wishes(wanted, cast("Way", way), statistics)


def asked(
    paths: Sequence[Path],
    bulk: Path | None,
    settings: Settings,
    wishes: Wishes,
    sandbox: Sandbox,
    recognise: Recognise = lambda _: {},
) -> Asked:
    """Look for the files that are to be imported; those of a table are all looked at.

    Raises:
        InvalidInputError: A path does not exist, or lines of the table cannot work.
        NotAllowedError: A path is outside the roots.
    """
    if bulk is None:
        remotes = remotes_of(settings)
        result = find_files(paths, settings.allowed_roots, sandbox, remotes, recognise)
        return Asked([Plan(found) for found in result.filesets], result, wishes)
    table = read_bulk(bulk, settings.allowed_roots, wishes.target, sandbox)
    for error in table.errors:
        click.echo(f"{bulk.name}, line {error.line}: {error.message}", err=True)
    if table.errors:
        raise InvalidInputError(
            f"{_count(len(table.errors), 'line')} of {bulk.name} cannot be imported.",
            "Correct the table; nothing was imported.",
        )
    filesets = tuple(plan.found for plan in table.plans)
    return Asked(table.plans, ScanResult(filesets, ()), wishes)


def list_plans(wanted: Asked) -> None:
    """Say what would be imported, which files belong together, and where they go."""
    for plan in wanted.plans:
        found = plan.found
        click.echo(f"{found.format}  {found.master}")
        for file in found.files:
            if file != found.master:
                click.echo(f"    with  {file}")
        for text in _specials(plan, wanted.wishes):
            click.echo(f"    {text}")
    files = sum(len(plan.found.files) for plan in wanted.plans)
    click.echo(
        f"Would import {_count(len(wanted.plans), 'fileset')} of {_count(files, 'file')}; "
        f"{_count(len(wanted.result.skipped), 'file')} left out."
    )


def run_import(micrograph: Micrograph, viewer: Viewer, wanted: Asked) -> int:
    """Import, and go on with imports that were cut off; prints progress and a summary.

    Returns:
        How many filesets failed.
    """
    imports = Imports(micrograph)
    micrograph.imports = imports
    resumed = _resume(imports)
    job_id = None
    if wanted.plans or wanted.result.known:
        result = wanted.result
        ordered = Ordered(wanted.plans, result.skipped, wanted.wishes, result.known)
        job_id = imports.begin(viewer, ordered)
    failed = _follow(micrograph, imports, viewer, job_id, wanted)
    for other in resumed:
        _finish(micrograph, imports, viewer, other)
    return failed


def watched(folder: Path, settle_s: float) -> Watch:
    """What is to be watched."""
    return Watch(folder.absolute(), settle_s)


def run_watch(
    micrograph: Micrograph,
    viewer: Viewer,
    folder: Watch,
    wishes: Wishes,
    *,
    every_s: float,
    once: bool,
) -> None:
    """Import what appears in a folder; prints a line for each fileset."""
    imports = Imports(micrograph)
    micrograph.imports = imports
    for other in _resume(imports):
        _finish(micrograph, imports, viewer, other)
    roots = micrograph.settings.allowed_roots
    while True:
        for outcome in watch(
            imports, viewer, folder, wishes, click.echo, roots, micrograph.sandbox
        ):
            if outcome.state is not ImportState.ALREADY_THERE:
                click.echo(_line(outcome))
        if once and folder.still:
            return
        time.sleep(every_s)


def list_jobs(micrograph: Micrograph, viewer: Viewer, number: int) -> None:
    """Print the newest jobs."""
    with micrograph.database.reading() as session:
        found = newest_jobs(session, viewer, number)
    for job in found:
        part = "" if job.finished else f" {job.progress:.0%}"
        message = f": {job.message}" if job.message else ""
        click.echo(f"{job.id}  {job.status}{part}  {job.kind}  {job.title}{message}")
    if not found:
        click.echo("There are no jobs yet.")


def show_job(micrograph: Micrograph, viewer: Viewer, job_id: int, *, failed: bool) -> None:
    """Print what became of each fileset of a job."""
    with micrograph.database.reading() as session:
        job = job_by_id(session, viewer, job_id)
    click.echo(f"{job.status}  {job.title}: {job.message or 'nothing yet'}")
    states = [ImportState.FAILED] if failed else []
    after = -1
    while True:
        with micrograph.database.reading() as session:
            rows = items_of_job(session, viewer, job_id, after=after, first=_PAGE, states=states)
        for row in rows:
            click.echo(f"{row.state}  {row.path}{f': {row.message}' if row.message else ''}")
        if not rows:
            return
        after = rows[-1].index


def cancel_job(micrograph: Micrograph, viewer: Viewer, job_id: int) -> None:
    """Cancel a job."""
    Imports(micrograph).cancel(viewer, job_id)
    click.echo(f"Job {job_id} is cancelled; what it has done stays.")


def retry_job(micrograph: Micrograph, viewer: Viewer, job_id: int) -> int:
    """Do what is left of a job, and return how many filesets failed."""
    imports = Imports(micrograph)
    micrograph.imports = imports
    imports.sweep()
    imports.retry(viewer, job_id)
    return _finish(micrograph, imports, viewer, job_id)


def _resume(imports: Imports) -> list[int]:
    imports.sweep()
    resumed = imports.resume()
    for job_id in resumed:
        click.echo(f"Going on with job {job_id}, which was cut off.")
    return resumed


def _follow(
    micrograph: Micrograph,
    imports: Imports,
    viewer: Viewer,
    job_id: int | None,
    wanted: Asked,
) -> int:
    """Show progress while filesets are imported, and a summary."""
    sizes = {
        shown(plan.found.master): sum(_size(file) for file in plan.found.files)
        for plan in wanted.plans
    }
    tally: Counter[ImportState] = Counter()
    images = 0
    with Progress(sum(sizes.values())) as progress:
        outcomes = iter(()) if job_id is None else _until_cancelled(imports, viewer, job_id)
        for outcome in outcomes:
            tally[outcome.state] += 1
            images += len(outcome.images) if outcome.state is ImportState.IMPORTED else 0
            size = sizes.get(outcome.path, 0)
            progress.done(size, _line(outcome), failed=outcome.state is ImportState.FAILED)
    click.echo(
        f"Imported {_count(images, 'image')} in {_count(tally[ImportState.IMPORTED], 'fileset')}; "
        f"{tally[ImportState.ALREADY_THERE]} already there, {tally[ImportState.FAILED]} failed, "
        f"{_count(len(wanted.result.skipped), 'file')} left out. {progress.rate()}"
    )
    return tally[ImportState.FAILED] + _stopped(micrograph, viewer, job_id)


def _until_cancelled(imports: Imports, viewer: Viewer, job_id: int) -> Iterator[Outcome]:
    """What becomes of a job; Ctrl+C cancels it."""
    try:
        yield from imports.follow(viewer, job_id)
    except KeyboardInterrupt:
        imports.cancel(viewer, job_id)
        click.echo(f"Cancelled. To go on: micrograph jobs retry {job_id}", err=True)
        raise


def _stopped(micrograph: Micrograph, viewer: Viewer, job_id: int | None) -> int:
    """Whether a job ended before its work was done: says why."""
    if job_id is None:
        return 0
    with micrograph.database.reading() as session:
        job = job_by_id(session, viewer, job_id)
        waiting = [ImportState.WAITING]
        left = items_of_job(session, viewer, job_id, first=1, states=waiting)
    if not left or job.status == JobStatus.FINISHED:
        return 0
    click.echo(f"{job.message}\nTo go on: micrograph jobs retry {job_id}", err=True)
    return 1


def _finish(micrograph: Micrograph, imports: Imports, viewer: Viewer, job_id: int) -> int:
    """Wait for a job, say what became of it, and return how many filesets failed."""
    for _ in _until_cancelled(imports, viewer, job_id):
        pass
    with micrograph.database.reading() as session:
        job = job_by_id(session, viewer, job_id)
        failed = items_of_job(session, viewer, job_id, first=_PAGE, states=[ImportState.FAILED])
    for row in failed:
        click.echo(f"failed    {row.path}: {row.message}")
    click.echo(f"Job {job_id}: {job.message}")
    return len(failed) + _stopped(micrograph, viewer, job_id)


def _specials(plan: Plan, wishes: Wishes) -> Iterator[str]:
    target: Target = plan.target or wishes.target
    if target.to_json():
        yield "to    " + ", ".join(f"{name} {text}" for name, text in target.to_json().items())
    if plan.name is not None:
        yield f"name  {plan.name}"
    for key, value in plan.pairs:
        yield f"key   {key} = {value}"


def _line(outcome: Outcome) -> str:
    if outcome.state is ImportState.FAILED:
        return f"failed    {outcome.path}: {outcome.message}"
    if outcome.state is ImportState.ALREADY_THERE:
        return f"known     {outcome.path}"
    number = _count(len(outcome.images), "image")
    return f"imported  {outcome.path}: {number}, {outcome.seconds:.1f} s"


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
