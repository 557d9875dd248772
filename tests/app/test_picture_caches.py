"""Encoded pictures in memory and on disk: whole or not at all, and only for who may see them."""

import gc
import os
import resource
from pathlib import Path

import numpy as np
import pytest
import tifffile
from starlette.testclient import TestClient

from app.context import Micrograph
from app.main import create_app
from app.picture_store import PictureStore
from app.settings import Settings
from store.access import Viewer
from store.edits.people import create_experimenter
from store.queries.people import viewer_by_experimenter
from tests.app.conftest import BASE, PASSWORD, import_one

KEY = "0123456789abcdef" * 2


def test_a_tile_outlives_a_restart(
    client: TestClient, micrograph: Micrograph, settings: Settings, image: int, tmp_path: Path
) -> None:
    address = f"/tiles/{image}/0/0/0/0/0.jpg"
    first = client.get(address).content
    kept = [path for path in (settings.data / "tiles").glob("*/*") if path.is_file()]

    again = Micrograph(settings)
    again.start()
    with TestClient(create_app(again), base_url=BASE, follow_redirects=False) as browser:
        browser.get("/login", params={"token": again.tokens.issue()})
        second = browser.get(address).content
        decoded = again.repository.chunks.bytes
    again.close()

    assert len(kept) == 1
    assert second == first
    assert decoded == 0


def test_tiles_with_settings_of_their_own_are_not_written_to_disk(
    client: TestClient, settings: Settings, image: int
) -> None:
    for end in range(1_000, 1_010):
        got = client.get(f"/tiles/{image}/0/0/0/0/0.jpg", params={"c": f"1:0-{end}"})
        assert got.status_code == 200

    assert list((settings.data / "tiles").glob("*/*")) == []


@pytest.mark.parametrize("damage", ["cut", "changed", "emptied", "replaced by a folder"])
def test_a_damaged_file_is_as_good_as_none(
    client: TestClient, micrograph: Micrograph, settings: Settings, image: int, damage: str
) -> None:
    address = f"/tiles/{image}/0/0/0/0/0.jpg"
    first = client.get(address).content
    (path,) = (settings.data / "tiles").glob("*/*")
    stored = path.read_bytes()
    path.unlink()
    if damage == "replaced by a folder":
        path.mkdir()
    else:
        changed = {"cut": stored[:-9], "changed": stored[:-9] + bytes(9), "emptied": b""}
        path.write_bytes(changed[damage])
    micrograph.tiles.clear()

    assert client.get(address).content == first


def test_a_full_disk_costs_time_only(tmp_path: Path) -> None:
    store = PictureStore(tmp_path, 1 << 20)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    try:
        store.keep(KEY, bytes(5_000))
        store.keep("f" * 32, bytes(500))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert store.find(KEY) is None
    assert store.find("f" * 32) == bytes(500)
    assert [path.name for path in tmp_path.glob("*/*")] == ["f" * 32]


def test_what_was_just_used_stays_when_room_is_made(tmp_path: Path) -> None:
    store = PictureStore(tmp_path, 1_000)
    keys = [f"{number:032x}" for number in range(12)]
    for number, key in enumerate(keys[:8]):
        store.keep(key, bytes(100))
        path = tmp_path / key[:2] / key
        os.utime(path, (number, number))
    assert store.find(keys[0]) == bytes(100)

    for key in keys[8:]:
        store.keep(key, bytes(100))

    assert store.find(keys[0]) == bytes(100)
    assert store.find(keys[1]) is None


def coloured(path: Path, value: int) -> Path:
    samples = np.full((600, 600), value, np.uint16)
    tifffile.imwrite(path, samples, tile=(64, 64), compression="zlib", metadata={"axes": "YX"})
    return path


@pytest.mark.slow
def test_among_a_thousand_known_tiles_of_six_people_nobody_gets_a_foreign_byte(
    micrograph: Micrograph, administrator: Viewer, tmp_path: Path
) -> None:
    browsers, images = [], []
    for number in range(6):
        with micrograph.database.writing() as session:
            made = create_experimenter(session, administrator, f"person{number}", password=PASSWORD)
        with micrograph.database.reading() as session:
            person = viewer_by_experimenter(session, made)
        path = coloured(tmp_path / f"image{number}.tif", 1_000 * number)
        images.append(import_one(micrograph, person, path))
        browser = TestClient(create_app(micrograph), base_url=BASE)
        signed = browser.post("/session", json={"user": f"person{number}", "password": PASSWORD})
        assert signed.status_code == 204
        browsers.append(browser)
    places = [(x, y) for y in range(5) for x in range(6)]
    query: dict[str, str | int] = {"size": 64, "c": "1:0-10000.FFFFFF"}

    own: dict[tuple[int, tuple[int, int]], bytes] = {}
    for _ in range(2):
        for place in places:
            for owner, image in enumerate(images):
                address = f"/tiles/{image}/0/0/0/{place[0]}/{place[1]}.png"
                for asking, browser in enumerate(browsers):
                    got = browser.get(address, params=query)
                    if asking == owner:
                        assert got.status_code == 200
                        assert own.setdefault((owner, place), got.content) == got.content
                    else:
                        assert got.status_code == 404
    assert len({own[owner, places[0]] for owner in range(6)}) == 6


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["a chunk", "the file changed", "the file is gone"])
def test_a_thousand_failing_tiles_leave_nothing_behind(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    tmp_path: Path,
    damage: str,
) -> None:
    path = coloured(tmp_path / "damaged.tif", 700)
    image = import_one(micrograph, administrator, path)
    with tifffile.TiffFile(path) as tif:
        offset, length = tif.pages.first.dataoffsets[0], tif.pages.first.databytecounts[0]
    micrograph.repository.chunks.clear()  # measured at import
    before = path.stat()
    if damage == "the file is gone":
        path.unlink()
    else:
        with path.open("r+b") as file:
            file.seek(offset)
            file.write(bytes(length))
        if damage == "a chunk":
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def fail(number: int) -> str:
        query: dict[str, str | int] = {"size": 64, "c": f"1:0-{number + 1}"}
        got = client.get(f"/tiles/{image}/0/0/0/0/0.jpg", params=query)
        assert got.status_code == 422
        return str(got.json()["error"]["message"])

    messages = {fail(number) for number in range(200)}
    gc.collect()
    objects, kept = len(gc.get_objects()), micrograph.repository.chunks.bytes
    messages |= {fail(number) for number in range(200, 1_000)}
    gc.collect()

    assert len(messages) == 1
    assert str(tmp_path) not in messages.pop()
    assert micrograph.repository.chunks.bytes == kept
    assert len(gc.get_objects()) < objects + 800
    if damage == "a chunk":
        good = client.get(f"/tiles/{image}/0/0/0/1/0.jpg", params={"size": 64, "c": "1:0-999"})
        assert good.status_code == 200
