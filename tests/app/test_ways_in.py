"""The ways in by the command line: by reference, as copies, as links, by a table, from a folder."""

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
import tifffile
from click.testing import CliRunner, Result

from app.cli import main
from app.context import Micrograph
from app.settings import Settings
from store import models


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Three TIFF files, one of them with a name that no other system takes."""
    folder = tmp_path / "microscope" / "day: 1"
    folder.mkdir(parents=True)
    for n, name in enumerate(("a.tif", "b.tif", "wh\nat? .tif")):
        tifffile.imwrite(folder / name, np.full((20, 30), n, np.uint8))
    (folder / "notes.txt").write_text("none")
    return tmp_path / "microscope"


def run(data: Path, *arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["--data", str(data), *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder that is not there yet."""
    return tmp_path / "data"


def rows(data: Path, *columns: Any) -> Sequence[Any]:
    micrograph = Micrograph(Settings(data=data).completed())
    with micrograph.database.reading() as session:
        found = session.execute(sa.select(*columns).order_by(columns[0])).all()
    micrograph.close()
    return found


def stored(data: Path) -> list[tuple[str, str, Path, str | None]]:
    file, entry = models.OriginalFile, models.FilesetEntry
    same = entry.original_file_id == file.id
    micrograph = Micrograph(Settings(data=data).completed())
    statement = sa.select(entry.client_path, file.name, file.path, file.hash).join(file, same)
    with micrograph.database.reading() as session:
        found = session.execute(statement.order_by(entry.client_path)).all()
    micrograph.close()
    return [(client, name, Path(path), digest) for client, name, path, digest in found]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["--copy", "--link"])
def test_files_are_kept_with_their_names_and_hashes(data: Path, files: Path, way: str) -> None:
    run(data, "import", way, files, "--dataset", "D")
    found = stored(data)

    assert [Path(client).name for client, *_ in found] == ["a.tif", "b.tif", "wh\nat? .tif"]
    for client, name, path, digest in found:
        content = Path(client).read_bytes()
        assert path.is_relative_to(data / "files")
        assert path.read_bytes() == content
        assert hashlib.sha256(content).hexdigest() == digest
        assert path.stat().st_mtime_ns == Path(client).stat().st_mtime_ns
        assert path.samefile(client) is (way == "--link")
        assert name == " ".join(Path(client).name.split()) or name == Path(client).name
    assert found[2][2].name == "wh_at_ .tif"
    assert list((data / "staging").iterdir()) == []

    again = run(data, "import", files)
    assert "Imported 0 images in 0 filesets; 3 already there" in again.output


@pytest.mark.slow
def test_a_set_of_files_keeps_its_folders(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "plate"
    (folder / "deep").mkdir(parents=True)
    tifffile.imwrite(folder / "deep" / "one.tif", np.zeros((8, 8), np.uint8))
    run(data, "import", "--copy", folder / "deep" / "one.tif")
    ((client, _, path, _),) = stored(data)

    assert client == str(folder / "deep" / "one.tif")
    assert len(path.relative_to(data / "files").parts) == 2


@pytest.mark.slow
def test_a_changed_file_is_refused_by_reference_and_new_as_a_copy(data: Path, files: Path) -> None:
    file = files / "day: 1" / "a.tif"
    run(data, "import", file)
    tifffile.imwrite(file, np.full((20, 31), 9, np.uint8))
    refused = run(data, "import", file, code=1)
    copied = run(data, "import", "--copy", file)

    assert "changed since that was imported" in refused.output
    assert "Imported 1 image in 1 fileset" in copied.output


@pytest.mark.slow
def test_targets_are_named_by_name_or_by_id(data: Path, files: Path) -> None:
    one = files / "day: 1" / "a.tif"
    run(data, "import", one, "--project", "P", "--dataset", "D")
    run(data, "import", files / "day: 1" / "b.tif", "--dataset", "Dataset:1")
    missing = run(data, "import", files, "--dataset", "Dataset:77", code=1)
    wrong = run(data, "import", files, "--dataset", "Project:1", code=1)
    run(data, "import", files, "--project", "P", code=2)

    link = models.DatasetImageLink
    assert rows(data, link.child_id, link.parent_id) == [(1, 1), (2, 1)]
    assert "No dataset 77" in missing.output
    assert "Project:1 is no dataset" in wrong.output
    assert [name for (name,) in rows(data, models.Dataset.name)] == ["D"]


@pytest.mark.slow
def test_a_table_says_where_each_file_goes(data: Path, files: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.tsv"
    table.write_text(
        "path\ttarget\tname\tcell line\tdose (nM)\n"
        "microscope/day: 1/a.tif\tP/Treated\tFirst\tHeLa\t50\n"
        "microscope/day: 1/b.tif\tP/Control\t\tHeLa\t\n"
    )
    listed = run(data, "import", "--bulk", table, "--dry-run")
    run(data, "import", "--bulk", table, "--no-statistics")

    assert "name  First" in listed.output
    assert "to    dataset Treated, project P" in listed.output
    assert [name for (name,) in rows(data, models.Image.name)] == ["First", "b.tif"]
    assert [name for (name,) in rows(data, models.Dataset.name)] == ["Control", "Treated"]
    pairs = rows(data, models.MapPair.key, models.MapPair.value)
    assert [tuple(pair) for pair in pairs] == [
        ("cell line", "HeLa"),
        ("cell line", "HeLa"),
        ("dose (nM)", "50"),
    ]


@pytest.mark.slow
def test_lines_of_a_table_that_cannot_work_are_told_and_nothing_is_imported(
    data: Path, files: Path, tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    table.write_text(
        "path,dataset\nmicroscope/day: 1/a.tif,D\nnowhere.tif,D\n,D\n"
        "microscope/day: 1/notes.txt,D\nmicroscope/day: 1/a.tif,E\n"
    )
    result = run(data, "import", "--bulk", table, code=1)

    assert "line 3: There is no" in result.output
    assert "line 4: The cell of `path` is empty" in result.output
    assert "line 5: There is no image in" in result.output
    assert "line 6: a.tif comes with line 2 already" in result.output
    assert "4 lines of table.csv cannot be imported" in result.output
    assert not data.exists()


@pytest.mark.slow
def test_a_watched_folder_is_imported_once(data: Path, files: Path) -> None:
    options = ("--settle", "0", "--every", "0.05", "--once", "--dataset", "Incoming")
    first = run(data, "watch", files, *options)
    second = run(data, "watch", files, *options)
    tifffile.imwrite(files / "new.tif", np.zeros((5, 5), np.uint8))
    third = run(data, "watch", files, *options)

    assert first.output.count("imported  ") == 3
    assert "left out" in first.output
    assert "imported  " not in second.output
    assert third.output.count("imported  ") == 1
    assert len(rows(data, models.Image.id)) == 4


@pytest.mark.slow
def test_jobs_are_listed_shown_cancelled_and_tried_again(data: Path, files: Path) -> None:
    bad = files / "bad.tif"
    bad.write_bytes(b"II*\0\x08\0\0\0\xff\xff")
    run(data, "import", files, code=1)
    listed, shown = run(data, "jobs"), run(data, "jobs", "show", "1")
    refused = run(data, "jobs", "cancel", "1", code=1)
    tifffile.imwrite(bad, np.zeros((9, 9), np.uint8))

    assert "1  Finished  import" in listed.output
    assert "left out  " in shown.output
    assert "Job 1 has ended already" in refused.output


@pytest.mark.slow
def test_an_import_by_graphql_runs_behind_the_answer(
    data: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.main import create_app
    from store.queries.people import viewer_by_experimenter

    micrograph = Micrograph(Settings(data=data, allowed_roots=(files,)).completed())
    micrograph.start()
    create_app(micrograph)
    with micrograph.database.reading() as session:
        viewer = viewer_by_experimenter(session, micrograph.administrator_id)

    def ask(document: str, **values: Any) -> Any:
        return json.loads(micrograph.graphql.execute(viewer, document, values))

    start = 'mutation($paths: [String!]!) { startImport(paths: $paths, dataset: "D", way: COPY) { job { id } } }'
    outside = ask(start, paths=["/etc"])
    begun = ask(start, paths=[str(files)])
    job = begun["data"]["startImport"]["job"]["id"]
    query = "query($id: ID!) { node(id: $id) { ... on Job { status message items { nodes { state path fileset { images { nodes { name } } } } } } } }"
    for _ in range(600):
        found = ask(query, id=job)["data"]["node"]
        if found["status"] not in ("SUBMITTED", "RUNNING"):
            break
        time.sleep(0.1)
    again = ask("mutation($id: ID!) { retryJob(id: $id) { job { id } } }", id=job)
    micrograph.close()

    assert outside["errors"][0]["extensions"]["code"] == "not_allowed"
    assert (found["status"], found["message"]) == ("FINISHED", "3 imported")
    states = [node["state"] for node in found["items"]["nodes"]]
    assert states == ["IMPORTED"] * 3 + ["LEFT_OUT"]
    assert again["errors"][0]["extensions"]["code"] == "conflict"
