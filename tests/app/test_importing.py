"""The job of an import: what those who wait see of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
import tifffile

from app.context import Micrograph
from app.import_steps import register_waiting
from app.importing import (
    Ordered,
    Target,
    Wishes,
    find_files,
    import_filesets,
    outcomes,
    submit,
    submit_paths,
)
from store import models
from store.access import Viewer
from store.edits import jobs
from store.edits.people import create_experimenter
from store.errors import NotAllowedError
from store.importing.found import FoundFileset
from store.importing.plans import Plan
from store.importing.sandbox import Sandbox
from store.importing.sandbox import sandbox as sandbox_module
from store.importing.sandbox.messages import Stopped, Task
from store.models.enums import ImportState, JobStatus
from store.queries.people import viewer_by_experimenter
from tests.app.conftest import make_pixels


@pytest.fixture
def filesets(tmp_path: Path, sandbox: Sandbox) -> Sequence[FoundFileset]:
    """Three files of one image each."""
    folder = tmp_path / "new"
    folder.mkdir()
    for number in range(3):
        plane = make_pixels(1, 1, 1, 30, 40)[0, 0, 0] + number
        tifffile.imwrite(folder / f"{number}.tif", plane)
    return find_files([folder], [], sandbox).filesets


def newest_job(micrograph: Micrograph) -> models.Job:
    with micrograph.database.reading() as session:
        return session.scalars(sa.select(models.Job).order_by(models.Job.id.desc()).limit(1)).one()


def test_an_import_is_a_job_that_moves_on_with_each_fileset(
    micrograph: Micrograph, administrator: Viewer, filesets: Sequence[FoundFileset]
) -> None:
    outcomes = import_filesets(micrograph, administrator, filesets, Target(), statistics=False)
    next(outcomes)
    meanwhile = newest_job(micrograph)
    rest = list(outcomes)
    job = newest_job(micrograph)

    assert (meanwhile.status, meanwhile.message) == (JobStatus.RUNNING, "1 imported")
    assert meanwhile.progress == pytest.approx(1 / 3)
    assert len(rest) == 2
    assert (job.status, job.progress, job.message) == (JobStatus.FINISHED, 1.0, "3 imported")
    assert job.title == "0.tif and 2 more"
    assert job.result is not None
    assert len(job.result["images"]) == 3


def test_an_import_that_is_interrupted_says_how_far_it_came(
    micrograph: Micrograph, administrator: Viewer, filesets: Sequence[FoundFileset]
) -> None:
    outcomes = import_filesets(micrograph, administrator, filesets, Target(), statistics=False)
    next(outcomes)
    outcomes.close()
    job = newest_job(micrograph)

    assert job.status == JobStatus.CANCELLED
    assert job.message is not None
    assert "1 imported" in job.message


def test_an_import_stops_when_its_job_is_cancelled(
    micrograph: Micrograph, administrator: Viewer, filesets: Sequence[FoundFileset]
) -> None:
    outcomes = import_filesets(micrograph, administrator, filesets, Target(), statistics=False)
    next(outcomes)
    with micrograph.database.writing() as session:
        jobs.finish(session, newest_job(micrograph).id, JobStatus.CANCELLED, message="enough")

    assert list(outcomes) == []
    assert newest_job(micrograph).message == "enough"


def test_an_import_in_which_everything_fails_is_an_error(
    micrograph: Micrograph, administrator: Viewer, filesets: Sequence[FoundFileset]
) -> None:
    for found in filesets:
        found.files[0].write_bytes(b"II*\0 no longer a TIFF")
    list(import_filesets(micrograph, administrator, filesets, Target(), statistics=False))

    job = newest_job(micrograph)
    assert (job.status, job.message) == (JobStatus.ERROR, "3 failed")


def test_only_administrators_import_files_of_the_server_where_no_folder_is_named(
    micrograph: Micrograph, administrator: Viewer, image_file: Path
) -> None:
    with micrograph.database.writing() as session:
        key = create_experimenter(session, administrator, "ada")
        ada = viewer_by_experimenter(session, key)
        wishes = Wishes()
        with pytest.raises(NotAllowedError, match="Nobody but administrators"):
            submit_paths(session, ada, [str(image_file)], wishes, [])
        with pytest.raises(NotAllowedError, match="Nobody but administrators"):
            submit_paths(session, ada, ["/etc/passwd"], wishes, [])
        assert submit_paths(session, administrator, [str(image_file)], wishes, [])


def test_nothing_is_parsed_twice_and_the_next_are_parsed_while_some_are_written(
    micrograph: Micrograph,
    administrator: Viewer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sandbox_module, "BATCH", 2)
    for number in range(12):
        tifffile.imwrite(tmp_path / f"{number:02d}.tif", np.full((9, 8), number, np.uint8))
    asked: list[str] = []
    answers = Sandbox._answers

    def counted(self: Sandbox, task: Task) -> Iterator[bytes | Stopped]:
        if task.kind == "parse":
            asked.extend(item.path for item in task.items)
        return answers(self, task)

    monkeypatch.setattr(Sandbox, "_answers", counted)
    found = find_files([tmp_path], [], micrograph.sandbox).filesets
    order = Ordered([Plan(one) for one in found], wishes=Wishes(statistics=False))
    job_id = submit(micrograph, administrator, order, durable=True)
    done = register_waiting(micrograph, job_id, within_s=0.0)  # one each
    first, ahead = next(done), len(asked)
    known = [one.path for one in outcomes(micrograph, administrator, job_id)]
    rest = list(done)
    every = outcomes(micrograph, administrator, job_id)

    assert (first, rest) == (1, [1] * 11)
    assert ahead > 2
    assert known == [str(tmp_path / "00.tif")]
    assert sorted(asked) == [one.path for one in every] == sorted(map(str, tmp_path.glob("*.tif")))
    assert {one.state for one in every} == {ImportState.IMPORTED}
