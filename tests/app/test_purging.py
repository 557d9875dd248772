"""Emptying the trash: whole deletions, no row left behind, no file touched that is not ours."""

import datetime as dt
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from app.checking import check
from app.cli import main
from app.context import Micrograph
from app.importing import Target, find_files, import_filesets
from app.purging import purge
from store import models
from store.access import Viewer, visible_row
from store.database import Database
from store.edits.graph import delete, restore
from store.edits.outcomes import RefusedError
from store.errors import NotAllowedError
from store.queries.trash import trash
from tests.app.test_downloads import make_zarr

DAY = 86_400


@pytest.fixture
def ours(
    micrograph: Micrograph, administrator: Viewer, image_file: Path, tmp_path: Path
) -> Micrograph:
    """Image 2 in a file of ours, image 3 by reference; both in dataset 1 of project 1."""
    for folder in (micrograph.settings.data / "files" / "a1", tmp_path / "theirs"):
        folder.mkdir(parents=True)
        shutil.copy(image_file, folder / "cells.ome.tiff")
        found = find_files([folder], (), micrograph.sandbox)
        target = Target("Cells", "Trash")
        list(import_filesets(micrograph, administrator, found.filesets, target, statistics=False))
    return micrograph


def remove(
    micrograph: Micrograph, viewer: Viewer, *things: tuple[str, int], days: int = 40
) -> None:
    """Delete things some days ago."""
    with micrograph.database.writing() as session:
        delete(session, viewer, things)
        latest = session.scalar(sa.select(sa.func.max(models.Event.id)))
        session.execute(
            sa.update(models.Event)
            .where(models.Event.id == latest)
            .values(time=dt.datetime.now(dt.UTC) - dt.timedelta(days=days))
        )


def rows(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {
            table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in models.Base.metadata.sorted_tables
            if table.name not in ("event", "event_log", "job")
        }


def emptied(
    micrograph: Micrograph, viewer: Viewer, days: int = 30, *, dry_run: bool = False
) -> tuple[int, int, int]:
    done = purge(
        *(micrograph.database, micrograph.settings.data, viewer, days * DAY),
        everybody=True,
        dry_run=dry_run,
    )
    return done.deletions, len(done.paths), done.kept


def test_what_was_deleted_long_ago_goes_and_leaves_nothing(
    ours: Micrograph, administrator: Viewer
) -> None:
    before = rows(ours.database)
    file = ours.settings.data / "files" / "a1" / "cells.ome.tiff"
    remove(ours, administrator, ("Image", 2))
    dry = emptied(ours, administrator, dry_run=True)
    untouched, still = rows(ours.database), file.exists()
    done = emptied(ours, administrator)
    after = rows(ours.database)

    assert (dry, untouched, still) == (done, before, True)
    assert done == (1, 1, 0)
    assert not file.parent.exists()
    assert after["image"] == before["image"] - 1
    assert after["chunk_block"] < before["chunk_block"]
    assert list(check(ours, administrator)) == []
    assert emptied(ours, administrator) == (0, 0, 0)


def test_files_by_reference_stay(ours: Micrograph, administrator: Viewer, tmp_path: Path) -> None:
    remove(ours, administrator, ("Image", 3))

    assert emptied(ours, administrator) == (1, 0, 0)
    assert (tmp_path / "theirs" / "cells.ome.tiff").exists()


def test_what_was_deleted_lately_stays_and_can_come_back(
    ours: Micrograph, administrator: Viewer
) -> None:
    remove(ours, administrator, ("Image", 2), days=20)
    done = emptied(ours, administrator)
    with ours.database.writing() as session:
        restore(session, administrator, [("Image", 2)])

    assert done == (0, 0, 0)
    assert (ours.settings.data / "files/a1/cells.ome.tiff").exists()


def test_a_whole_project_goes(ours: Micrograph, administrator: Viewer) -> None:
    with ours.database.writing() as session:
        owned = {"owner_id": 1, "group_id": 1, "creation_event_id": 1, "update_event_id": 1}
        comment = models.CommentAnnotation(text_value="x", **owned)
        session.add(comment)
        session.flush()
        session.add(
            models.AnnotationLink(parent_type="Image", parent_id=2, child_id=comment.id, **owned)
        )
    remove(ours, administrator, ("Project", 1))
    done = emptied(ours, administrator)

    assert done == (1, 1, 0)
    assert rows(ours.database)["project"] == rows(ours.database)["annotation"] == 0
    assert list(check(ours, administrator)) == []


def test_it_is_gone_from_the_trash(ours: Micrograph, administrator: Viewer) -> None:
    remove(ours, administrator, ("Image", 2))
    emptied(ours, administrator)
    with ours.database.reading() as session:
        left = trash(session, administrator)
    with ours.database.writing() as session, pytest.raises(RefusedError):
        restore(session, administrator, [("Image", 2)])

    assert left == []


def test_what_is_referred_to_stays_until_that_goes(ours: Micrograph, administrator: Viewer) -> None:
    remove(ours, administrator, ("Dataset", 1), days=50)
    remove(ours, administrator, ("Project", 1), days=40)
    # As if a row of ours spoke of what was deleted.
    with ours.database.writing() as session:
        file = session.get_one(models.OriginalFile, 2)
        annotation = models.FileAnnotation(
            file_id=file.id,
            owner_id=1,
            group_id=1,
            creation_event_id=file.creation_event_id,
            update_event_id=file.creation_event_id,
        )
        session.add(annotation)
    first = emptied(ours, administrator)
    with ours.database.writing() as session:
        session.delete(session.get_one(models.Annotation, annotation.id))
    second = emptied(ours, administrator)

    assert (first[2], second[2]) == (2, 0)


def test_others_empty_their_own_trash_only(ours: Micrograph, administrator: Viewer) -> None:
    remove(ours, administrator, ("Image", 2))
    other = Viewer(999, groups=frozenset({1}), default_group_id=1)
    done = purge(ours.database, ours.settings.data, other, 0)
    with pytest.raises(NotAllowedError):
        purge(ours.database, ours.settings.data, other, 0, everybody=True)

    assert done.deletions == 0


def test_the_command_says_what_goes(
    ours: Micrograph, administrator: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove(ours, administrator, ("Image", 2))
    monkeypatch.setenv("MICROGRAPH_DATA", str(ours.settings.data))
    later = CliRunner().invoke(main, ["purge"])
    dry = CliRunner().invoke(main, ["purge", "--older", "30d", "--dry-run"])
    done = CliRunner().invoke(main, ["purge", "--older", "30d"])

    assert later.output == "Removed 0 deletions and 0 files; 0 still in use.\n"
    assert "Would remove 1 deletion and 1 file; 0 still in use." in dry.output
    assert "         1 Image\n" in done.output
    with ours.database.reading() as session:
        assert visible_row(session, administrator, models.Image, 3).id == 3


def test_chunks_of_a_zarr_store_of_ours_are_known_and_go_with_it(
    micrograph: Micrograph, administrator: Viewer
) -> None:
    store = micrograph.settings.data / "files" / "z1" / "cells.ome.zarr"
    make_zarr(store)
    found = find_files([store], (), micrograph.sandbox)
    (outcome,) = import_filesets(
        micrograph, administrator, found.filesets, Target(), statistics=False
    )
    known = list(check(micrograph, administrator))
    remove(micrograph, administrator, ("Image", outcome.images[0]))
    still = list(check(micrograph, administrator))
    emptied(micrograph, administrator)

    assert (known, still) == ([], [])
    assert not store.parent.exists()
