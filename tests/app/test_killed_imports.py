"""Imports that are killed, or whose disk is full or fails: nothing is lost, half there or left."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.context import Micrograph
from app.import_steps import register_waiting
from app.importing import Ordered, Wishes, submit
from app.settings import Settings
from store import failpoints, models
from store.access import Viewer
from store.edits.targets import Target
from store.errors import UnavailableError
from store.importing.managed import Way
from store.importing.plans import Plan
from store.importing.scan import scan
from tests.conftest import BOTH, copied
from tests.crashing import (
    Here,
    NotHereError,
    Tally,
    cut_disk,
    examine,
    failing_calls,
    images,
    power_cuts,
    rounds,
)


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a current database, on both programs in turn."""
    with copied(request, tmp_path) as address:
        yield address


def clean(tally: Tally) -> tuple[int, int, int]:
    return tally.lost, tally.half, tally.leftovers


@pytest.mark.slow
def test_kills_at_every_step_and_at_random_lose_nothing_and_leave_nothing(
    url: str, tmp_path: Path
) -> None:
    told: list[str] = []
    kills = 104 if url.startswith("postgresql") else 110
    tally = rounds(tmp_path / "runs", url, kills, durable=False, say=told.append)

    assert (clean(tally), told) == ((0, 0, 0), [])
    assert tally.kills > kills * 0.6
    assert tally.acks > kills
    assert tally.aside > 0


@pytest.mark.slow
def test_workflows_that_are_killed_are_gone_on_with_at_the_next_start(
    url: str, tmp_path: Path
) -> None:
    told: list[str] = []
    tally = rounds(tmp_path / "runs", url, 13, durable=True, files=4, say=told.append)

    assert (clean(tally), told) == ((0, 0, 0), [])
    assert tally.kills > 6


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Four small files."""
    images(tmp_path / "source", 4)
    return tmp_path / "source"


def begun(micrograph: Micrograph, viewer: Viewer, source: Path, way: Way) -> int:
    plans = [Plan(found) for found in scan([source]).filesets]
    return submit(
        micrograph, viewer, Ordered(plans, wishes=Wishes(Target("New"), way)), durable=True
    )


def rows_and_files(micrograph: Micrograph) -> tuple[int, int, list[str]]:
    with micrograph.database.reading() as session:
        numbers = [
            session.scalar(sa.select(sa.func.count()).select_from(entity)) or 0
            for entity in (models.Image, models.OriginalFile)
        ]
    data = micrograph.settings.data
    folders = (data / "staging", data / "files")
    names = [path.name for folder in folders if folder.is_dir() for path in folder.iterdir()]
    return numbers[0], numbers[1], sorted(names)


@pytest.fixture
def micrograph(settings: Settings) -> Iterator[Micrograph]:
    """A started Micrograph that parses in this process."""
    micrograph = Micrograph(settings, Here())  # type: ignore[arg-type]  # as far as is needed
    micrograph.start()
    yield micrograph
    micrograph.close()


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    """Let nothing fail after the test."""
    yield
    failpoints.arm("")


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("way", ["copy", "link"])
@pytest.mark.parametrize(
    "place",
    ["import.copying:3", "import.copied:2", "import.staged:4", "import.placed", "import.synced"],
)
def test_a_write_that_fails_is_a_clear_error_and_changes_nothing(
    micrograph: Micrograph,
    administrator: Viewer,
    source: Path,
    place: str,
    way: Way,
    error: str,
) -> None:
    before = rows_and_files(micrograph)
    job_id = begun(micrograph, administrator, source, way)
    failpoints.arm(f"{place}={error}")
    with pytest.raises((UnavailableError, OSError)) as failed:
        list(register_waiting(micrograph, job_id))
    failpoints.arm("")

    assert isinstance(failed.value, UnavailableError)
    assert ("full" if error == "ENOSPC" else "cannot be written") in failed.value.message
    assert rows_and_files(micrograph) == before

    assert sum(register_waiting(micrograph, job_id)) == 4
    assert rows_and_files(micrograph)[0] == before[0] + 4


def test_files_are_flushed_before_they_move_and_moves_before_rows_are_written(
    micrograph: Micrograph,
    administrator: Viewer,
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job_id = begun(micrograph, administrator, source, "copy")
    told: list[tuple[str, str]] = []
    flush, move = os.fsync, os.rename

    def flushed(descriptor: int) -> None:
        told.append(("flush", str(Path(f"/proc/self/fd/{descriptor}").readlink())))
        flush(descriptor)

    def moved(before: Path, after: Path) -> None:
        told.append(("move", str(after)))
        move(before, after)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(os, "rename", moved)
    for engine in micrograph.database.engines:
        sa.event.listen(engine, "commit", lambda _: told.append(("commit", "")))
    list(register_waiting(micrograph, job_id))
    files, staging = micrograph.settings.data / "files", micrograph.settings.data / "staging"
    moves = [(n, Path(path)) for n, (what, path) in enumerate(told) if what == "move"]
    last, _ = moves[-1]

    assert len(moves) == 4
    for n, final in moves:
        staged = staging / final.name
        inside = [str(staged), *(str(staged / path.name) for path in final.iterdir())]
        assert len(inside) == 2
        assert {("flush", path) for path in inside} <= set(told[:n])
    commits = [n for n, (what, _) in enumerate(told) if what == "commit" and n > last]
    assert ("flush", str(files)) in told[last : commits[0]]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_stops_an_import_and_leaves_no_file(
    micrograph: Micrograph, administrator: Viewer, tmp_path: Path, small_disk: Path
) -> None:
    images(tmp_path / "large", 4, size=1_000)
    for name in ("staging", "files"):
        (small_disk / name).mkdir()
        (micrograph.settings.data / name).symlink_to(small_disk / name)
    job_id = begun(micrograph, administrator, tmp_path / "large", "copy")
    before = rows_and_files(micrograph)
    with pytest.raises(UnavailableError, match="full"):
        list(register_waiting(micrograph, job_id))

    assert rows_and_files(micrograph) == before


CALLS = 60
"""System calls that end badly; `python -m tests.crashing --calls` tries every one."""


@pytest.mark.slow
def test_whichever_write_fails_or_is_the_last_an_import_is_done_or_can_be_repeated(
    tmp_path: Path,
) -> None:
    try:
        swept = failing_calls(tmp_path, CALLS)
    except NotHereError as error:
        pytest.skip(str(error))

    assert swept.wrong == []
    assert swept.points == CALLS < swept.of
    assert swept.killed > CALLS // 6
    assert swept.stopped > CALLS // 12


POWER = 20
"""How often the power is cut."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A disk whose power can be cut; see `tests.crashing.cut_disk`."""
    try:
        with cut_disk(tmp_path) as found:
            yield found
    except NotHereError as error:
        pytest.skip(str(error))


@pytest.mark.slow
def test_what_was_acknowledged_before_the_power_fails_is_there_after_it(
    disk: tuple[Path, Path], tmp_path: Path
) -> None:
    tally = power_cuts(*disk, tmp_path, POWER)

    assert (tally.lost, tally.half, tally.kills) == (0, 0, POWER)
    assert tally.acks >= POWER


@pytest.mark.slow
def test_power_failures_show_when_files_are_not_flushed(
    disk: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # SQLite flushes by itself
    tally = power_cuts(*disk, tmp_path, 3)

    assert tally.kills == 3
    assert tally.lost > 0


def test_what_is_left_says_what_is_wrong(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data").completed()
    tally = rounds(tmp_path, "", 0, durable=False)
    (file,) = (settings.data / "files").glob("*/*")
    file.write_bytes(b"something else")
    (settings.data / "files" / "stranger").mkdir()
    left = examine(settings, {"/nowhere.tif": "0"})

    assert clean(tally) == (0, 0, 0)
    assert left.lost == [str(tmp_path / "warm" / "0.tif"), "/nowhere.tif"]
    assert left.leftovers == ["files/stranger"]
