"""What an import leaves ready for those who look first."""

import asyncio
import dataclasses
import threading
import time
from pathlib import Path

import pytest
import tifffile
from starlette.testclient import TestClient

from app import thumbnailing
from app.context import Micrograph
from app.import_steps import measure_some, register_waiting
from app.importing import Ordered, Wishes, find_files, submit
from app.statistics import STEP_ASIDE_S
from app.thumbnailing import SIZES, give_way, make_ready
from store.access import Viewer
from store.edits.targets import Target
from store.importing.plans import Plan
from store.importing.sandbox import Sandbox
from tests.app.conftest import make_pixels


def kept(micrograph: Micrograph) -> dict[Path, float]:
    """Thumbnails on disk, and when each was used last."""
    found = (micrograph.settings.data / "thumbnails").glob("*/*")
    return {path: path.stat().st_mtime for path in found}


def test_thumbnails_are_those_that_their_addresses_show(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    make_ready(micrograph, administrator, image, thumbnails=True)
    made = set(kept(micrograph))
    answers = [client.get(f"/thumbnails/{image}.jpg?size={size}") for size in SIZES]
    names = {answer.headers["etag"].strip('"') for answer in answers}

    assert names == {path.name for path in made}
    assert set(kept(micrograph)) == made


def test_what_is_ready_is_not_made_again(
    micrograph: Micrograph, administrator: Viewer, image: int, image_file: Path
) -> None:
    make_ready(micrograph, administrator, image, thumbnails=True)
    before = {path: path.read_bytes() for path in kept(micrograph)}
    micrograph.repository.close()
    make_ready(micrograph, administrator, image, thumbnails=True)

    assert {path: path.read_bytes() for path in kept(micrograph)} == before


def test_a_file_that_is_gone_keeps_no_import_from_its_end(
    micrograph: Micrograph,
    administrator: Viewer,
    tmp_path: Path,
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    paths = [tmp_path / f"{n}.tif" for n in range(2)]
    for path in paths:
        tifffile.imwrite(path, make_pixels(1, 1, 1, 30, 40)[0, 0, 0])
    plans = [Plan(found) for found in find_files(paths, [], sandbox).filesets]
    job_id = submit(
        micrograph, administrator, Ordered(plans, wishes=Wishes(Target())), durable=True
    )
    list(register_waiting(micrograph, job_id))
    paths[0].unlink()

    assert measure_some(micrograph, job_id, -1) == 1
    assert measure_some(micrograph, job_id, 1) is None
    assert [one.message for one in caplog.records if one.name == "app.thumbnailing"] == [
        "image not made ready"
    ]
    assert len(kept(micrograph)) == len(SIZES)


def test_an_import_makes_no_thumbnails_where_that_is_switched_off(
    micrograph: Micrograph, administrator: Viewer, tmp_path: Path, sandbox: Sandbox
) -> None:
    micrograph.settings = dataclasses.replace(micrograph.settings, import_thumbnails="no")
    tifffile.imwrite(tmp_path / "a.tif", make_pixels(1, 1, 1, 30, 40)[0, 0, 0])
    plans = [Plan(found) for found in find_files([tmp_path / "a.tif"], [], sandbox).filesets]
    job_id = submit(
        micrograph, administrator, Ordered(plans, wishes=Wishes(Target())), durable=True
    )
    list(register_waiting(micrograph, job_id))
    measure_some(micrograph, job_id, -1)

    assert kept(micrograph) == {}


def test_images_whose_small_levels_have_yet_to_be_made_are_left_to_who_looks(
    micrograph: Micrograph, administrator: Viewer, image: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnailing, "SAMPLE_BYTES", 1_000)
    make_ready(micrograph, administrator, image, thumbnails=True)

    assert kept(micrograph) == {}


def test_pictures_for_people_come_first(micrograph: Micrograph) -> None:
    started, over = threading.Event(), threading.Event()

    async def busy() -> None:
        both = [micrograph.slots.render.run(who, look) for who in range(2)]
        await asyncio.gather(*both)

    def look() -> None:
        if micrograph.slots.render.full:
            started.set()
        over.wait(30)

    thread = threading.Thread(target=asyncio.run, args=(busy(),))
    thread.start()
    assert started.wait(30)
    before = time.monotonic()
    give_way(micrograph)
    waited = time.monotonic() - before
    over.set()
    thread.join()
    before = time.monotonic()
    give_way(micrograph)

    assert waited >= STEP_ASIDE_S
    assert time.monotonic() - before < STEP_ASIDE_S
