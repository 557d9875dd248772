"""Folders of files move by the change of one row."""

import dataclasses
import os
from pathlib import Path

import pytest

from store import models
from store.access import Viewer
from store.database import Database
from store.edits.images import register_fileset
from store.edits.people import create_experimenter
from store.edits.storage import lacking, relocate, storage_root
from store.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from store.importing.parsed import ParsedFile, ParsedFileset
from store.queries.files import stored_files
from store.queries.people import viewer_by_experimenter
from store.queries.storage import storage_roots
from tests.parsed import parsed_fileset


def at(*paths: Path | str, mtime_ns: int = 5) -> ParsedFileset:
    """A fileset whose files are at some paths."""
    files = tuple(ParsedFile(Path(path), 3, mtime_ns) for path in paths)
    made = parsed_fileset(images=1)
    return dataclasses.replace(made, files=files, root=Path(paths[0]).parent)


def add(database: Database, viewer: Viewer, *paths: Path | str) -> int:
    with database.writing() as session:
        return register_fileset(session, viewer, at(*paths)).fileset_id


def paths_of(database: Database, viewer: Viewer, fileset_id: int) -> list[str]:
    with database.reading() as session:
        return [file.path for file in stored_files(session, viewer, [fileset_id])[fileset_id]]


def test_a_folder_that_was_named_moves_by_one_row(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        storage_root(session, viewer, "/data/")
    first, second = add(database, viewer, "/data/a/1.tif"), add(database, viewer, "/data/2.tif")
    apart = add(database, viewer, "/database/3.tif")
    with database.writing() as session:
        done = relocate(session, viewer, "/data", "/mnt/new")

    assert (done.files, done.rows) == (2, 1)
    assert paths_of(database, viewer, first) == ["/mnt/new/a/1.tif"]
    assert paths_of(database, viewer, second) == ["/mnt/new/2.tif"]
    assert paths_of(database, viewer, apart) == ["/database/3.tif"]


def test_a_folder_that_nobody_named_is_named_when_it_moves_first(
    database: Database, viewer: Viewer
) -> None:
    one, other = add(database, viewer, "/data/é%_/1.tif"), add(database, viewer, "/data/e/1.tif")
    with database.writing() as session:
        first = relocate(session, viewer, "/data/é%_", "/new")
    with database.writing() as session:
        second = relocate(session, viewer, "/new", "/newer")

    assert (first.files, first.rows, second.files, second.rows) == (1, 2, 1, 1)
    assert paths_of(database, viewer, one) == ["/newer/1.tif"]
    assert paths_of(database, viewer, other) == ["/data/e/1.tif"]


def test_files_are_known_again_where_they_were_moved_to(database: Database, viewer: Viewer) -> None:
    known = add(database, viewer, "/data/1.tif", "/data/2.tif")
    with database.writing() as session:
        relocate(session, viewer, "/data", "/mnt")
    with database.writing() as session:
        again = register_fileset(session, viewer, at("/mnt/1.tif", "/mnt/2.tif"))
    with database.writing() as session, pytest.raises(ConflictError, match=r"1\.tif belongs"):
        register_fileset(session, viewer, at("/mnt/1.tif", mtime_ns=6))

    assert (again.already, again.fileset_id) == (True, known)


def test_new_files_at_the_old_place_are_other_files(database: Database, viewer: Viewer) -> None:
    add(database, viewer, "/data/1.tif")
    with database.writing() as session:
        relocate(session, viewer, "/data", "/mnt")
    with database.writing() as session:
        new = register_fileset(session, viewer, at("/data/1.tif", mtime_ns=9))

    assert not new.already
    assert paths_of(database, viewer, new.fileset_id) == ["/data/1.tif"]


def test_folders_inside_of_a_folder_stay_where_they_are(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        storage_root(session, viewer, "/data/inner")
        storage_root(session, viewer, "/data")
    inner, outer = add(database, viewer, "/data/inner/1.tif"), add(database, viewer, "/data/2.tif")
    with database.writing() as session:
        relocate(session, viewer, "/data", "/mnt")

    assert paths_of(database, viewer, inner) == ["/data/inner/1.tif"]
    assert paths_of(database, viewer, outer) == ["/mnt/2.tif"]


def test_a_dry_run_names_what_is_not_at_the_new_place(
    database: Database, viewer: Viewer, tmp_path: Path
) -> None:
    for name, size in (("same", 3), ("short", 2), ("late", 3)):
        add(database, viewer, f"/data/{name}.tif")
        (tmp_path / f"{name}.tif").write_bytes(b"x" * size)
        os.utime(tmp_path / f"{name}.tif", ns=(5, 6 if name == "late" else 5))
    add(database, viewer, "/data/gone.tif")
    with database.reading() as session:
        found = {
            Path(one.path).name: one.problem
            for one in lacking(session, viewer, "/data", str(tmp_path))
        }

    assert found == {
        "short.tif": "has 2 bytes instead of 3",
        "late.tif": "was written since",
        "gone.tif": "cannot be opened: No such file or directory",
    }


def test_what_cannot_be_moved_is_refused(database: Database, viewer: Viewer) -> None:
    add(database, viewer, "/data/1.tif")
    with database.writing() as session:
        create_experimenter(session, viewer, "ada")
        storage_root(session, viewer, "/other")
    with database.reading() as session:
        person = viewer_by_experimenter(session, viewer.experimenter_id + 1)
    for who, old, new, error in (
        (viewer, "/nothing", "/new", NotFoundError),
        (viewer, "/data", "/other", ConflictError),
        (viewer, "data", "/new", InvalidInputError),
        (viewer, "/", "/new", InvalidInputError),
        (viewer, "/data", "/data/.", InvalidInputError),
        (person, "/data", "/new", NotAllowedError),
    ):
        with pytest.raises(error), database.writing() as session:
            relocate(session, who, old, new)
    with database.reading() as session:
        roots = [root.path for root in storage_roots(session)]

    assert roots == ["/other", ""]


def test_the_path_of_a_file_is_where_it_is_now(database: Database, viewer: Viewer) -> None:
    add(database, viewer, "/data/1.tif")
    with database.writing() as session:
        relocate(session, viewer, "/data", "/mnt")
    with database.reading() as session:
        file = session.get_one(models.OriginalFile, 1)

    assert (file.location, file.path) == ("/mnt/1.tif", "/1.tif")


def test_a_downgrade_writes_whole_paths(database: Database, viewer: Viewer) -> None:
    fileset = add(database, viewer, "/data/1.tif")
    with database.writing() as session:
        relocate(session, viewer, "/data", "/mnt")
    database.downgrade("0007")
    database.upgrade()

    assert paths_of(database, viewer, fileset) == ["/mnt/1.tif"]
