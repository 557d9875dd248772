import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from app.context import Micrograph
from app.picture_store import PictureStore
from app.routes.drawing import fitted, level_for
from store.access import Viewer
from store.pixels.source import Level
from tests.app.conftest import import_one


def size_of(content: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(content)).size


@pytest.mark.parametrize(
    ("size", "expected"), [(16, (16, 10)), (144, (144, 92)), (512, (512, 326)), (1024, (1024, 652))]
)
def test_the_longer_side_has_the_size_asked_for(
    client: TestClient, image: int, size: int, expected: tuple[int, int]
) -> None:
    response = client.get(f"/thumbnails/{image}.jpg", params={"size": size})

    assert response.status_code == 200
    assert size_of(response.content) == expected


def test_a_thumbnail_is_144_pixels_unless_asked_otherwise(client: TestClient, image: int) -> None:
    assert size_of(client.get(f"/thumbnails/{image}.webp").content) == (144, 92)


def test_a_thumbnail_shows_the_middle_section_and_the_first_time(
    client: TestClient, image: int
) -> None:
    middle = client.get(f"/thumbnails/{image}.png").headers["etag"]

    assert client.get(f"/thumbnails/{image}.png?z=2&t=0").headers["etag"] == middle
    assert client.get(f"/thumbnails/{image}.png?z=0&t=0").headers["etag"] != middle


def test_a_projected_thumbnail_shows_all_sections_at_once(client: TestClient, image: int) -> None:
    query: dict[str, str | int] = {"size": 512, "c": "1:0-3000.FFFFFF,-2,-3"}

    response = client.get(f"/thumbnails/{image}.png", params={**query, "p": "max"})

    # The samples grow with the section, so the last one is the largest everywhere.
    last = client.get(f"/thumbnails/{image}.png", params={**query, "z": 3})
    assert response.status_code == 200
    assert np.array_equal(pixels_of(response.content), pixels_of(last.content))
    assert response.headers["etag"] != last.headers["etag"]


def test_the_tag_of_a_projected_thumbnail_names_its_planes(client: TestClient, image: int) -> None:
    address = f"/thumbnails/{image}.jpg"
    tags = {p: client.get(address, params={"p": p}).headers["etag"] for p in ("max", "min:1-2")}

    plain = client.get(address).headers["etag"]

    assert len({plain, *tags.values()}) == 3
    assert client.get(address, params={"p": "normal"}).headers["etag"] == plain
    assert client.get(address, params={"p": "max:1-4", "z": 0}).headers["etag"] == tags["max"]


def pixels_of(content: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def test_thumbnails_survive_on_disk(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    tmp_path: Path,
    image_file: Path,
) -> None:
    copy = tmp_path / "copy.ome.tiff"
    copy.write_bytes(image_file.read_bytes())
    image = import_one(micrograph, administrator, copy)
    first = client.get(f"/thumbnails/{image}.jpg").content
    micrograph.tiles.clear()
    copy.unlink()

    assert client.get(f"/thumbnails/{image}.jpg").content == first


def test_a_known_thumbnail_is_not_sent_again(client: TestClient, image: int) -> None:
    tag = client.get(f"/thumbnails/{image}.jpg").headers["etag"]

    response = client.get(f"/thumbnails/{image}.jpg", headers={"if-none-match": f'"x", {tag}'})

    assert response.status_code == 304


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("{image}.jpg?size=15", 400),
        ("{image}.jpg?size=1025", 400),
        ("{image}.jpg?z=4", 404),
        ("{image}.jpg?z=-1", 404),
        ("{image}.jpg?t=2", 404),
        ("{image}.jpg?t=x", 400),
        ("{image}.jpg?level=1", 400),
        ("{image}.bmp", 415),
        ("{image}.jpg?p=median", 400),
        ("{image}.jpg?p=max:0-4", 400),
        ("{image}.jpg?p=max:1-5", 400),
        ("{image}.jpg?p=max&z=4", 404),
        ("{image}.jpg?c=1:5-1", 400),
        ("999999.jpg", 404),
        ("x.jpg", 404),
    ],
)
def test_bad_parameters_are_refused(
    client: TestClient, image: int, address: str, status: int
) -> None:
    response = client.get(f"/thumbnails/{address.format(image=image)}")

    assert response.status_code == status
    assert response.json()["error"]["remedy"]


def test_nobody_sees_thumbnails_without_signing_in(
    anybody: TestClient, stranger: TestClient, image: int
) -> None:
    assert anybody.get(f"/thumbnails/{image}.jpg").status_code == 401
    assert stranger.get(f"/thumbnails/{image}.jpg").status_code == 404


def test_the_smallest_level_that_is_large_enough_is_read() -> None:
    levels = tuple(Level(4096 >> i, 2048 >> i, 256, 256) for i in range(5))

    assert [level_for(levels, size) for size in (16, 256, 257, 1024, 4096, 5000)] == [
        4,
        4,
        3,
        2,
        0,
        0,
    ]


def test_small_and_thin_images_are_neither_enlarged_nor_lost() -> None:
    assert fitted(Level(20, 10, 16, 16), 144) == (20, 10)
    assert fitted(Level(100_000, 1, 512, 1), 144) == (144, 1)


def test_the_store_keeps_within_its_budget_and_drops_the_oldest(tmp_path: Path) -> None:
    store = PictureStore(tmp_path, 1_000)
    keys = [f"{number:032x}" for number in range(20)]

    for key in keys:
        store.keep(key, bytes(100))

    sizes = [path.stat().st_size for path in tmp_path.glob("*/*")]
    assert sum(sizes) <= 1_000
    assert store.find(keys[-1]) == bytes(100)
    assert store.find(keys[0]) is None


def test_the_store_refuses_names_that_are_no_hashes(tmp_path: Path) -> None:
    store = PictureStore(tmp_path, 1_000)

    with pytest.raises(ValueError, match="not a key"):
        store.find("../../etc/passwd")


def test_a_store_that_cannot_write_loses_time_only(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    store = PictureStore(blocked, 1_000)

    store.keep("a" * 32, b"x")

    assert store.find("a" * 32) is None


def test_the_picture_is_not_black(client: TestClient, image: int) -> None:
    content = client.get(f"/thumbnails/{image}.png").content

    assert np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).mean() > 10
