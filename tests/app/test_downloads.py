"""Originals over HTTP: one file, zip files of selections, manifests; for those who may see them."""

import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.context import Micrograph
from app.importing import Target, find_files, import_filesets
from app.originals import pack
from app.routes.sending import attachment
from store.access import Viewer
from store.queries.history import history

RANGES = [(0, 1), (0, 99), (7, 7), (1000, 200_000)]


@pytest.fixture
def files(tmp_path: Path, image_file: Path, micrograph: Micrograph, administrator: Viewer) -> Path:
    """Two copies of an image with one name in a dataset; they are filesets 2 and 3."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        shutil.copy(image_file, tmp_path / folder / "cells.ome.tiff")
        found = find_files([tmp_path / folder], (), micrograph.sandbox)
        list(
            import_filesets(
                *(micrograph, administrator, found.filesets, Target("Cells")), statistics=False
            )
        )
    return tmp_path


def test_a_file_comes_as_it_is(client: TestClient, image_file: Path) -> None:
    answer = client.get("/files/1")

    assert answer.status_code == 200
    assert answer.content == image_file.read_bytes()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert (
        answer.headers["content-disposition"]
        == "attachment; filename=\"cells.ome.tiff\"; filename*=UTF-8''cells.ome.tiff"
    )


def test_one_range_of_a_file_comes(client: TestClient, image_file: Path) -> None:
    content = image_file.read_bytes()
    for first, last in RANGES:
        answer = client.get("/files/1", headers={"range": f"bytes={first}-{last}"})
        assert answer.status_code == 206
        assert answer.content == content[first : last + 1]
        assert answer.headers["content-range"] == (
            f"bytes {first}-{min(last, len(content) - 1)}/{len(content)}"
        )
    beyond = client.get("/files/1", headers={"range": f"bytes={len(content)}-"})
    many = client.get("/files/1", headers={"range": "bytes=" + ",".join(["0-1"] * 10_000)[:60_000]})

    assert beyond.status_code == 416
    assert (many.status_code, many.content) == (200, content)


def test_an_unchanged_file_is_not_sent_again(client: TestClient, stranger: TestClient) -> None:
    etag = client.head("/files/1").headers["etag"]

    assert client.get("/files/1", headers={"if-none-match": etag}).status_code == 304
    assert stranger.get("/files/1", headers={"if-none-match": etag}).status_code == 404
    old = client.get("/files/1", headers={"range": "bytes=0-3", "if-range": '"old"'})
    assert old.status_code == 200


def test_what_is_hidden_answers_like_what_does_not_exist(stranger: TestClient, files: Path) -> None:
    def answer(address: str) -> tuple[int, str, str]:
        found = stranger.get(address)
        error = found.json()["error"]
        return found.status_code, error["code"], error["message"].replace("999", "1")

    for form in (
        *("/files/{}", "/archive?ids=Fileset:{}", "/archive?ids=Image:{}"),
        *("/archive?ids=Dataset:{}", "/archive?ids=OriginalFile:{}"),
        *("/archive/manifest?ids=Fileset:{}", "/archive/manifest?ids=Dataset:{}&format=sha256"),
    ):
        assert answer(form.format(1)) == answer(form.format(999)), form
        assert answer(form.format(1))[0] == 404


def test_nobody_gets_anything(anybody: TestClient) -> None:
    for address in ("/files/1", "/archive?ids=Fileset:1", "/archive/manifest?ids=Fileset:1"):
        assert anybody.get(address).status_code == 401
    assert anybody.post("/archive", json={"ids": ["Fileset:1"]}).status_code == 401


def test_a_changed_or_missing_file_is_not_given_out(client: TestClient, files: Path) -> None:
    (files / "one" / "cells.ome.tiff").write_bytes(b"other")
    (files / "two" / "cells.ome.tiff").unlink()
    for key in (2, 3):
        answer = client.get(f"/files/{key}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "unreadable_file")
        assert str(files) not in answer.text


def test_a_selection_comes_as_one_zip_file(
    client: TestClient, files: Path, image_file: Path
) -> None:
    answer = client.get("/archive?ids=Dataset:1,Fileset:2")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == ["cells.ome.tiff", "fileset-3/cells.ome.tiff", "MANIFEST.tsv"]
        assert archive.read(names[1]) == image_file.read_bytes()

    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["x-missing"] == "0"


def test_a_zip_file_is_resumed_where_it_was_cut(client: TestClient, files: Path) -> None:
    whole = client.get("/archive?ids=Dataset:1")
    etag = whole.headers["etag"]
    for cut in (1, 60, len(whole.content) // 2, len(whole.content) - 30):
        headers = {"range": f"bytes={cut}-", "if-range": etag}
        rest = client.get("/archive?ids=Dataset:1", headers=headers)
        assert rest.status_code == 206
        assert rest.content == whole.content[cut:]


def test_what_is_missing_is_told_before_the_first_byte(client: TestClient, files: Path) -> None:
    (files / "two" / "cells.ome.tiff").unlink()
    answer = client.get("/archive?ids=Dataset:1")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["cells.ome.tiff", "MANIFEST.tsv"]
        lines = archive.read("MANIFEST.tsv").decode().splitlines()
    (files / "one" / "cells.ome.tiff").unlink()
    nothing = client.get("/archive?ids=Dataset:1")

    assert answer.headers["x-missing"] == "1"
    assert lines[0] == "name\tsize\tmodified\tid\tstate"
    assert lines[1].endswith("\tok")
    assert "cannot be opened" in lines[2]
    assert nothing.status_code == 422


def test_a_long_selection_is_kept_and_asked_for_by_its_name(
    client: TestClient, stranger: TestClient, files: Path
) -> None:
    kept = client.post("/archive", json={"ids": ["Fileset:2", "Fileset:3"]})
    url = kept.json()["url"]

    assert kept.status_code == 201
    assert kept.json()["files"] == 2
    assert client.get(url).content == client.get("/archive?ids=Fileset:3,Fileset:2").content
    assert stranger.get(url).status_code == 404
    assert client.get("/archive?selection=../micrograph.sqlite").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["", "ids=", "ids=Dataset", "ids=Dataset:1;Image:2", "ids=Experimenter:1", "ids=A:1&selection=b",
     "other=1"],
)  # fmt: skip
def test_selections_that_cannot_be_understood_are_refused(client: TestClient, query: str) -> None:
    for address in ("/archive", "/archive/manifest"):
        answer = client.get(f"{address}?{query}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_input")


def test_a_manifest_has_the_sums_that_tools_check(
    client: TestClient, files: Path, image_file: Path
) -> None:
    digest = hashlib.sha256(image_file.read_bytes()).hexdigest()
    before = client.get("/archive/manifest?ids=Fileset:2&format=jsonl")
    sums = client.get("/archive/manifest?ids=Dataset:1&format=sha256")
    after = client.get("/archive/manifest?ids=Dataset:1&format=jsonl")
    table = client.get("/archive/manifest?ids=Fileset:2")

    assert json.loads(before.text)["sha256"] is None
    assert sums.text == f"{digest}  cells.ome.tiff\n{digest}  fileset-3/cells.ome.tiff\n"
    assert [json.loads(line)["sha256"] for line in after.text.splitlines()] == [digest, digest]
    size = image_file.stat().st_size
    assert table.text.splitlines()[1] == f"cells.ome.tiff\t{size}\t{digest}\t/files/2\tok"


def test_who_took_what_is_in_its_history_once(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, files: Path
) -> None:
    client.get("/archive?ids=Dataset:1")
    client.get("/archive?ids=Fileset:2", headers={"range": "bytes=5-"})
    client.head("/archive?ids=Fileset:2")
    with micrograph.database.reading() as session:
        actions = [entry.action for entry in history(session, administrator, "Fileset", 2)]

    assert actions == ["DOWNLOAD", "INSERT"]


def test_sums_that_a_download_learned_are_kept(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, files: Path
) -> None:
    client.get("/archive?ids=Dataset:1")
    with micrograph.database.reading() as session:
        packed, _ = pack(session, administrator, [("Dataset", 1)])

    assert len(packed.known) == 2


@pytest.mark.parametrize(
    "name", ['a"b\\c.tif', "Zürich\r\nX: y", "図.tif", "\ud800", "a;b=c%41.tif"]
)
def test_any_name_is_one_header_of_plain_letters(name: str) -> None:
    header = attachment(name)

    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2


def test_too_many_downloads_at_once_are_refused(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.routes.sending.AT_ONCE", 0)
    answer = client.get("/files/1")

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "busy")


def test_a_file_by_a_moved_folder_is_found(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, files: Path
) -> None:
    from store.edits.storage import relocate

    tile = client.get("/tiles/2/0/0/0/0/0.png")
    (files / "one").rename(files / "three")
    other = Micrograph(micrograph.settings)
    with other.database.writing() as session:
        relocate(session, administrator, str(files / "one"), str(files / "three"))
    other.close()
    fresh = client.get("/tiles/2/0/0/0/0/0.webp?q=lossless&c=1")

    assert (tile.status_code, fresh.status_code) == (200, 200)
    assert client.get("/files/2").status_code == 200


def test_a_zarr_store_comes_with_its_chunks(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, tmp_path: Path
) -> None:
    store = tmp_path / "cells.ome.zarr"
    make_zarr(store)
    found = find_files([store], (), micrograph.sandbox)
    (outcome,) = import_filesets(
        micrograph, administrator, found.filesets, Target(), statistics=False
    )
    content = client.get(f"/archive?ids=Image:{outcome.images[0]}").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()[:-1]}
    lines = client.get(f"/archive/manifest?ids=Image:{outcome.images[0]}&format=sha256").text

    assert files == {
        f"cells.ome.zarr/{path.relative_to(store)}": path.read_bytes()
        for path in store.rglob("*")
        if path.is_file()
    }
    assert len(lines.splitlines()) == len(files)


def make_zarr(folder: Path) -> None:
    """An OME-Zarr 0.5 of one level in two chunks."""
    import numpy as np
    import zarr

    group = zarr.create_group(str(folder), zarr_format=3)
    array = group.create_array("0", shape=(64, 128), chunks=(64, 64), dtype="uint16")
    array[:] = np.arange(64 * 128, dtype=np.uint16).reshape(64, 128) + 1
    axes = [{"name": name, "type": "space"} for name in "yx"]
    scale = [{"type": "scale", "scale": [1.0, 1.0]}]
    levels: list[Any] = [{"path": "0", "coordinateTransformations": scale}]
    ome: Any = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": levels}]}
    group.attrs["ome"] = ome
