"""`micrograph check` finds what was planted, nothing else, and repairs what can be repaired."""

import datetime as dt
import hashlib
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.checking import check, repair
from app.cli import main
from app.context import Micrograph
from app.importing import Target, find_files, import_filesets
from app.settings import Settings
from store import models
from store.access import Viewer
from store.checking.findings import Finding, Kind
from store.edits.containers import create_project
from store.edits.graph import delete
from store.edits.history import begin_event
from store.edits.people import create_group
from store.queries.people import viewer_by_experimenter

LONG_AGO = time.time() - 30 * 86_400


@pytest.fixture
def filled(
    micrograph: Micrograph, administrator: Viewer, image_file: Path, tmp_path: Path
) -> Micrograph:
    """Nine more filesets in a dataset of a project, and one that was deleted."""
    folders = [tmp_path / f"set {number}" for number in range(10)]
    for number, folder in enumerate(folders):
        folder.mkdir()
        shutil.copy(image_file, folder / f"cells {number}.ome.tiff")
    found = find_files(folders, (), micrograph.sandbox)
    target = Target("Cells", "Check")
    list(import_filesets(micrograph, administrator, found.filesets, target, statistics=False))
    with micrograph.database.writing() as session:
        delete(session, administrator, [("Image", 11)])
    return micrograph


def findings(micrograph: Micrograph, viewer: Viewer, **how: bool) -> list[Finding]:
    return list(check(micrograph, viewer, **how))


def kinds(found: list[Finding]) -> Counter[Kind]:
    return Counter(one.kind for one in found)


def test_nothing_is_found_where_all_is_as_it_should_be(
    filled: Micrograph, administrator: Viewer
) -> None:
    assert findings(filled, administrator) == []
    assert findings(filled, administrator, hashes=True) == []
    assert findings(filled, administrator, hashes=True) == []


def run(micrograph: Micrograph, statement: Any, *values: object) -> None:
    """Change the database as nothing in Micrograph does."""
    with micrograph.database.inspecting() as connection:
        connection.execute(statement, values)


def old(path: Path, content: bytes = b"x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (LONG_AGO, LONG_AGO))


def plant(micrograph: Micrograph, administrator: Viewer, folder: Path) -> Counter[Kind]:
    """Plant inconsistencies, each in a place of its own, and tell which."""
    data = micrograph.settings.data
    files = {n: folder / f"set {n}" / f"cells {n}.ome.tiff" for n in range(9)}  # OriginalFile n + 2
    files[0].unlink()
    files[1].write_bytes(b"short")
    os.utime(files[2], (LONG_AGO, LONG_AGO))
    files[3].unlink()
    files[3].symlink_to(folder / "nothing")
    content, times = bytearray(files[4].read_bytes()), files[4].stat().st_mtime_ns
    content[1000] ^= 1
    files[4].write_bytes(content)
    os.utime(files[4], ns=(times, times))
    old(data / "files" / "abc" / "stranger.tif")
    old(data / "derived" / ("0" * 64) / "1" / "zarr.json")
    old(data / "derived" / "half.part")
    old(data / "selections" / ("1" * 64))
    with micrograph.database.writing() as session:
        group = create_group(session, administrator, "Others")
        create_project(session, administrator, "Empty")
        session.add(
            models.Job(
                kind="import",
                status="Running",
                title="Stuck",
                submitted=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
                progress=0.5,
                **_owned(administrator),
            )
        )
        session.add(
            models.OriginalFile(
                name="alone",
                path=str(files[5]),
                size=files[5].stat().st_size,
                mtime_ns=files[5].stat().st_mtime_ns,
                modified=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
                **_owned(administrator),
            )
        )
        session.add(
            models.Fileset(root="/", format="None", identity="none", **_owned(administrator))
        )
    for statement, *values in (
        ("UPDATE dataset_image_link SET group_id = ? WHERE child_id = 2", group),
        ("UPDATE dataset_image_link SET deleted_event_id = NULL WHERE child_id = 11",),
        ("UPDATE child_count SET children = children + 2 WHERE parent_type = 'Dataset'",),
        ("UPDATE light_path SET group_id = ? WHERE id = 5", group),
        ("UPDATE channel SET deleted_event_id = NULL WHERE pixels_id = 11 AND \"index\" = 0",),
        ("UPDATE pixels SET deleted_event_id = update_event_id WHERE image_id = 8",),
        *(
            (f"UPDATE {table} SET deleted_event_id = update_event_id WHERE pixels_id = 8",)
            for table in ("channel", "plane", "tiff_data")
        ),
        ("UPDATE light_path SET deleted_event_id = update_event_id WHERE channel_id IN"
         " (SELECT id FROM channel WHERE pixels_id = 8)",),
        ("DELETE FROM chunk_block WHERE pixels_id = 9",),
        ("INSERT INTO search_image(rowid, name) VALUES (999, 'ghost')",),
        ("UPDATE image SET experiment_id = 77 WHERE id = 7",),
        ("INSERT INTO annotation_link (parent_type, parent_id, child_id, version, owner_id,"
         " group_id, creation_event_id, update_event_id) SELECT 'Image', 5555, 1, 1, owner_id,"
         " group_id, creation_event_id, update_event_id FROM project LIMIT 1",),
    ):  # fmt: skip
        run(micrograph, statement, *values)
    return Counter(
        {
            Kind.MISSING_FILE: 1,
            Kind.CHANGED_FILE: 2,
            Kind.BROKEN_LINK: 1,
            Kind.DAMAGED_FILE: 1,
            Kind.STRANGER: 1,
            Kind.DERIVED: 1,
            Kind.LEFTOVER: 2,
            Kind.STUCK_JOB: 1,
            Kind.UNUSED_FILE: 1,
            Kind.EMPTY_FILESET: 1,
            Kind.FILESET_WITHOUT_IMAGES: 1,
            Kind.CROSS_GROUP_LINK: 1,
            Kind.LIVING_LINK: 1,
            Kind.COUNTER: 1,
            Kind.CROSS_GROUP_PART: 1,
            Kind.LIVING_PART: 1,
            Kind.IMAGE_WITHOUT_PIXELS: 1,
            Kind.PIXELS_WITHOUT_INDEX: 1,
            Kind.SEARCH_INDEX: 1,
            Kind.REFERENCE: 2,
            Kind.DANGLING_LINK: 1,
        }
    )


def _owned(viewer: Viewer) -> dict[str, int]:
    assert viewer.default_group_id is not None
    return {
        "owner_id": viewer.experimenter_id,
        "group_id": viewer.default_group_id,
        "creation_event_id": 1,
        "update_event_id": 1,
    }


def test_all_that_was_planted_is_found_and_nothing_else(
    filled: Micrograph, administrator: Viewer, tmp_path: Path
) -> None:
    findings(filled, administrator, hashes=True)
    planted = plant(filled, administrator, tmp_path)
    found = findings(filled, administrator, hashes=True)

    assert kinds(found) == planted, "\n".join(map(str, found))
    assert planted.total() >= 20


def test_repairing_is_done_once_and_deletes_no_original(
    filled: Micrograph, administrator: Viewer, tmp_path: Path
) -> None:
    plant(filled, administrator, tmp_path)
    before = findings(filled, administrator)
    first = repair(filled, administrator, before)
    after = findings(filled, administrator)
    again = repair(filled, administrator, after)

    assert first == len([one for one in before if one.repair])
    assert not [one for one in after if one.repair]
    assert again == 0
    assert (filled.settings.data / "lost+found/files/abc/stranger.tif").read_bytes() == b"x"


def test_a_dry_run_changes_nothing(
    filled: Micrograph, administrator: Viewer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = plant(filled, administrator, tmp_path)
    monkeypatch.setenv("MICROGRAPH_DATA", str(filled.settings.data))
    shown = CliRunner().invoke(main, ["check", "--repair", "--dry-run"])

    assert shown.exit_code == 1
    assert "file without a row" in shown.output
    assert "[move it to lost+found]" in shown.output
    assert len(findings(filled, administrator)) == planted.total() - planted[Kind.DAMAGED_FILE]


@pytest.fixture
def thousand(tmp_path: Path) -> Iterator[tuple[Micrograph, Viewer, list[Path]]]:
    """A Micrograph that knows 1,000 small files with their sums."""
    micrograph = Micrograph(Settings(data=tmp_path / "data").completed())
    micrograph.start()
    paths = [tmp_path / "many" / f"{number}.bin" for number in range(1_000)]
    paths[0].parent.mkdir()
    with micrograph.database.writing() as session:
        viewer = viewer_by_experimenter(session, micrograph.administrator_id)
        begin_event(session, viewer, 1)
        for number, path in enumerate(paths):
            content = random.Random(number).randbytes(200)
            path.write_bytes(content)
            status = path.stat()
            session.add(
                models.OriginalFile(
                    name=path.name,
                    path=str(path),
                    size=200,
                    mtime_ns=status.st_mtime_ns,
                    modified=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
                    hash=hashlib.sha256(content).hexdigest(),
                    hasher="SHA-256",
                    **{**_owned(viewer)},
                )
            )
    yield micrograph, viewer, paths
    micrograph.close()


def test_every_flipped_bit_is_found_and_nothing_else(
    thousand: tuple[Micrograph, Viewer, list[Path]],
) -> None:
    micrograph, viewer, paths = thousand
    chance = random.Random(7)
    flipped = chance.sample(paths, 100)
    for path in flipped:
        content, times = bytearray(path.read_bytes()), path.stat().st_mtime_ns
        content[chance.randrange(200)] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
        os.utime(path, ns=(times, times))
    found = [
        one for one in check(micrograph, viewer, hashes=True) if one.kind is not Kind.UNUSED_FILE
    ]

    assert {one.kind for one in found} == {Kind.DAMAGED_FILE}
    assert {one.message.partition(":")[0] for one in found} == {str(path) for path in flipped}


def test_a_check_of_all_sums_goes_on_where_it_stopped(
    thousand: tuple[Micrograph, Viewer, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    micrograph, viewer, paths = thousand
    times = paths[3].stat().st_mtime_ns
    paths[3].write_bytes(bytes(200))
    os.utime(paths[3], ns=(times, times))
    monkeypatch.setattr("store.checking.disk.SAVED_EVERY", 1_000)
    first = check(micrograph, viewer, hashes=True)
    for one in first:
        if one.kind is Kind.DAMAGED_FILE:
            break
    rest = iter(first)
    times = paths[900].stat().st_mtime_ns
    paths[900].write_bytes(bytes(200))
    os.utime(paths[900], ns=(times, times))
    next(rest)
    first.close()  # type: ignore[attr-defined]
    again = [one for one in check(micrograph, viewer, hashes=True) if one.kind is Kind.DAMAGED_FILE]

    assert [one.subject for one in again] == ["OriginalFile:4", "OriginalFile:901"]
    assert not (micrograph.settings.data / "check" / "hashes.json").exists()
