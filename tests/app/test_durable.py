"""Imports as workflows: gone on with, cancelled, tried again."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
import tifffile

from app.context import Micrograph
from app.import_steps import measure_some, register_waiting
from app.importing import Ordered, Wishes, find_files, recogniser, submit
from app.imports import Imports
from app.settings import Settings
from app.thumbnailing import SIZES
from store import failpoints, models
from store.access import Viewer
from store.edits.targets import Target
from store.errors import ConflictError
from store.importing.managed import Way
from store.importing.plans import Plan
from store.importing.sandbox import Sandbox
from store.models.enums import ImportState, JobStatus
from store.queries.jobs import item_counts, items_of_job, job_by_id

pytestmark = pytest.mark.slow


@pytest.fixture
def imports(micrograph: Micrograph) -> Imports:
    """The imports of `micrograph`, which closes them."""
    micrograph.imports = made = Imports(micrograph)
    return made


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Five small files."""
    folder = tmp_path / "source"
    folder.mkdir()
    for n in range(5):
        tifffile.imwrite(folder / f"{n}.tif", np.full((9, 8), n, np.uint8))
    return folder


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    """Let nothing fail after the test."""
    yield
    failpoints.arm("")


def order(source: Path, sandbox: Sandbox, way: Way = "copy") -> Ordered:
    plans = [Plan(found) for found in find_files([source], [], sandbox).filesets]
    return Ordered(plans, wishes=Wishes(Target("D"), way))


def ended(micrograph: Micrograph, viewer: Viewer, job_id: int) -> models.Job:
    assert isinstance(micrograph.imports, Imports)
    for _ in micrograph.imports.follow(viewer, job_id):
        pass
    with micrograph.database.reading() as session:
        return job_by_id(session, viewer, job_id)


@pytest.mark.parametrize("way", ["reference", "copy"])
def test_importing_again_opens_no_file_and_makes_missing_links(
    micrograph: Micrograph,
    administrator: Viewer,
    imports: Imports,
    source: Path,
    sandbox: Sandbox,
    way: Way,
) -> None:
    first = ended(
        micrograph, administrator, imports.begin(administrator, order(source, sandbox, way))
    )
    for path in source.iterdir():
        status = path.stat()
        path.write_bytes(bytes(status.st_size))  # who opened it would find no image
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    tifffile.imwrite(source / "new.tif", np.full((9, 8), 9, np.uint8))
    target = Target("Another")
    recognise = recogniser(micrograph, administrator, target)
    found = find_files([source], [], sandbox, None, recognise)
    plans = [Plan(one) for one in found.filesets]
    again = Ordered(plans, found.skipped, Wishes(target, way), found.known)
    job_id = imports.begin(administrator, again)
    job = ended(micrograph, administrator, job_id)
    with micrograph.database.reading() as session:
        items = items_of_job(session, administrator, job_id)
        states = [(Path(item.path).name, item.state, len(item.images or ())) for item in items]
        link, dataset = models.DatasetImageLink, models.Dataset
        linked = session.scalar(
            sa.select(sa.func.count())
            .select_from(link)
            .join(dataset, dataset.id == link.parent_id)
            .where(dataset.name == "Another")
        )

    assert first.message == "5 imported"
    assert [one.master.name for one in found.filesets] == ["new.tif"]
    assert (job.status, job.message) == (JobStatus.FINISHED, "1 imported, 5 already there")
    assert states == [
        *((f"{n}.tif", ImportState.ALREADY_THERE, 1) for n in range(5)),
        ("new.tif", ImportState.IMPORTED, 1),
    ]
    assert linked == 6
    assert job.title == "new.tif and 5 more"


def test_an_import_measures_and_ends(
    micrograph: Micrograph,
    administrator: Viewer,
    imports: Imports,
    source: Path,
    sandbox: Sandbox,
) -> None:
    job = ended(micrograph, administrator, imports.begin(administrator, order(source, sandbox)))

    assert (job.status, job.message, job.progress) == (JobStatus.FINISHED, "5 imported", 1.0)
    with micrograph.database.reading() as session:
        opened = micrograph.images.find(session, administrator, (job.result or {})["images"][0])
    assert opened is not None
    assert (micrograph.settings.data / "workflows.sqlite").exists()


def test_an_import_leaves_thumbnails_and_says_so(
    micrograph: Micrograph,
    administrator: Viewer,
    imports: Imports,
    source: Path,
    sandbox: Sandbox,
) -> None:
    job_id = submit(micrograph, administrator, order(source, sandbox), durable=True)
    list(register_waiting(micrograph, job_id, most=2))
    after = measure_some(micrograph, job_id, -1, within_s=0)
    with micrograph.database.reading() as session:
        meanwhile = job_by_id(session, administrator, job_id)
    imports.workflows.start(job_id)
    job = ended(micrograph, administrator, job_id)

    assert after == 0
    assert meanwhile.message == "5 imported; thumbnails and ranges of 1 of 5 files"
    assert meanwhile.progress == pytest.approx(0.6)
    assert (job.status, job.message) == (JobStatus.FINISHED, "5 imported")
    assert len(list((micrograph.settings.data / "thumbnails").glob("*/*"))) == 5 * len(SIZES)


def test_an_import_that_was_stopped_goes_on_at_the_next_start(
    micrograph: Micrograph,
    administrator: Viewer,
    imports: Imports,
    settings: Settings,
    source: Path,
    sandbox: Sandbox,
) -> None:
    job_id = imports.begin(administrator, order(source, sandbox))
    micrograph.close()
    second = Micrograph(settings, sandbox)
    second.start()
    second.imports = again = Imports(second)
    resumed = again.resume()
    job = ended(second, administrator, job_id)
    second.close()

    assert resumed in ([], [job_id])  # it may have been quicker
    assert (job.status, job.message) == (JobStatus.FINISHED, "5 imported")


def test_an_import_of_a_living_process_is_left_to_it(
    micrograph: Micrograph,
    administrator: Viewer,
    imports: Imports,
    source: Path,
    sandbox: Sandbox,
) -> None:
    job_id = imports.begin(administrator, order(source, sandbox))

    assert imports.resume() == []
    assert ended(micrograph, administrator, job_id).status == JobStatus.FINISHED


def test_a_full_disk_ends_an_import_and_a_retry_does_what_is_left(
    micrograph: Micrograph,
    administrator: Viewer,
    imports: Imports,
    source: Path,
    sandbox: Sandbox,
) -> None:
    failpoints.arm("import.staged:3=ENOSPC")
    job_id = imports.begin(administrator, order(source, sandbox))
    stopped = ended(micrograph, administrator, job_id)
    failpoints.arm("")
    imports.retry(administrator, job_id)
    job = ended(micrograph, administrator, job_id)

    assert stopped.status == JobStatus.ERROR
    assert "The disk of the data folder is full; nothing was changed." in (stopped.message or "")
    assert (job.status, job.message) == (JobStatus.FINISHED, "5 imported")
    with pytest.raises(ConflictError, match="is done"):
        imports.retry(administrator, job_id)


def test_a_cancelled_import_keeps_what_it_did_and_can_go_on(
    micrograph: Micrograph,
    administrator: Viewer,
    imports: Imports,
    source: Path,
    sandbox: Sandbox,
) -> None:
    bad = source / "0.tif"
    good = bad.read_bytes()
    wanted = order(source, sandbox)
    bad.write_bytes(b"II*\0\x08\0\0\0\xff\xff")
    job_id = imports.begin(administrator, wanted)
    first = ended(micrograph, administrator, job_id)
    bad.write_bytes(good)
    imports.retry(administrator, job_id)
    imports.cancel(administrator, job_id)
    ended(micrograph, administrator, job_id)
    with micrograph.database.reading() as session:
        cancelled = job_by_id(session, administrator, job_id).status
    imports.retry(administrator, job_id)
    last = ended(micrograph, administrator, job_id)
    with micrograph.database.reading() as session:
        counts = item_counts(session, administrator, job_id)

    assert first.message == "4 imported, 1 failed"
    assert cancelled == JobStatus.CANCELLED
    assert last.status == JobStatus.FINISHED
    assert counts == {ImportState.IMPORTED: 5}
