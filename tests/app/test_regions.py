"""Regions and whole planes: the same pixels as tiles, within limits."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from app.context import Micrograph
from render.composite import composite
from render.downsample import halve, resize_to
from render.query import parse_channels
from render.settings import RenderSettings
from store.access import Viewer
from tests.app.conftest import import_one, make_pixels

C = "1:0-3000.FF0000,2:100-2000.00FF00,-3"


def picture(content: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


@pytest.fixture
def expected(
    micrograph: Micrograph, administrator: Viewer, image: int
) -> tuple[RenderSettings, NDArray[np.uint8]]:
    """Settings, and the whole of section 2 at time point 1 at full resolution."""
    with micrograph.database.reading() as session:
        opened = micrograph.images.find(session, administrator, image)
    settings = parse_channels(C, opened.defaults)
    return settings, composite(make_pixels()[1, :2, 2], settings)


@pytest.mark.parametrize(
    ("x", "y", "width", "height"),
    [(0, 0, 1, 1), (0, 0, 1100, 700), (255, 250, 300, 13), (1099, 699, 1, 1), (3, 100, 1, 600)],
)
def test_a_region_shows_what_is_in_its_rectangle(
    client: TestClient,
    image: int,
    expected: tuple[Any, NDArray[np.uint8]],
    x: int,
    y: int,
    width: int,
    height: int,
) -> None:
    address = f"/regions/{image}/0/2/1/{x}/{y}/{width}/{height}.png"

    response = client.get(address, params={"c": C})

    assert response.status_code == 200
    part = expected[1][y : y + height, x : x + width]
    assert np.array_equal(picture(response.content), part)


def test_a_region_that_takes_much_memory_is_made_in_bands(
    client: TestClient,
    image: int,
    expected: tuple[Any, NDArray[np.uint8]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.routes.drawing.BAND_BYTES", 256 * 256 * 2)

    response = client.get(f"/regions/{image}/0/2/1/30/100/900/550.png", params={"c": C})

    assert np.array_equal(picture(response.content), expected[1][100:650, 30:930])


def test_regions_and_planes_are_projected_like_tiles(client: TestClient, image: int) -> None:
    query = {"c": C, "p": "max:2-3"}

    tile = client.get(f"/tiles/{image}/1/0/0/0/0.png", params=query)
    region = client.get(f"/regions/{image}/1/0/0/0/0/512/350.png", params=query)
    plane = client.get(f"/planes/{image}/0/0.png", params={**query, "level": 1})

    assert np.array_equal(picture(region.content), picture(tile.content))
    assert np.array_equal(picture(plane.content)[:, :512], picture(tile.content))


def test_a_plane_is_whole_and_at_full_resolution(
    client: TestClient, image: int, expected: tuple[Any, NDArray[np.uint8]]
) -> None:
    response = client.get(f"/planes/{image}/2/1.webp", params={"c": C, "q": "lossless"})

    assert np.array_equal(picture(response.content), expected[1])


def test_a_plane_of_another_level_or_size_is_smaller(
    client: TestClient, image: int, expected: tuple[RenderSettings, NDArray[np.uint8]]
) -> None:
    halves = np.stack([halve(plane) for plane in make_pixels()[1, :2, 2]])
    half = composite(halves, expected[0])

    level = client.get(f"/planes/{image}/2/1.png", params={"c": C, "level": 1})
    size = client.get(f"/planes/{image}/2/1.png", params={"c": C, "size": 550})
    small = client.get(f"/planes/{image}/2/1.png", params={"c": C, "size": 400})

    assert np.array_equal(picture(level.content), half)
    assert np.array_equal(picture(size.content), half)
    assert np.array_equal(picture(small.content), resize_to(half, 400, 255))


def test_a_plane_is_never_enlarged(client: TestClient, image: int) -> None:
    response = client.get(f"/planes/{image}/0/0.jpg?size=2048")

    assert picture(response.content).shape == (700, 1100, 3)


def test_a_plane_between_far_levels_is_halved_in_bands_before_it_is_shrunk(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image = import_one(micrograph, administrator, _far_levels(tmp_path))
    query: dict[str, str | int] = {"c": "1:0-255.FFFFFF", "size": 400}
    whole = client.get(f"/planes/{image}/0/0.png", params=query).content
    micrograph.tiles.clear()
    monkeypatch.setattr("app.routes.drawing.BAND_BYTES", 1)

    bands = client.get(f"/planes/{image}/0/0.png", params=query).content

    samples = tifffile.imread(tmp_path / "far.tif", level=0)
    reduced = resize_to(np.repeat(halve(samples)[:, :, np.newaxis], 3, axis=2), 400, 300)
    assert bands == whole
    assert np.abs(picture(whole).astype(int) - reduced).max() <= 1


def _far_levels(folder: Path) -> Path:
    """A file whose second level has an eighth of the first one's sides."""
    y, x = np.mgrid[:750, :1000]
    samples = ((x // 3 + y // 5) % 256).astype(np.uint8)
    coding: dict[str, Any] = {"tile": (64, 64), "photometric": "minisblack", "metadata": None}
    with tifffile.TiffWriter(folder / "far.tif") as tif:
        tif.write(samples, subifds=1, **coding)
        tif.write(samples[::8, ::8], subfiletype=1, **coding)
    return folder / "far.tif"


@pytest.mark.parametrize(
    ("path", "status", "code", "says"),
    [
        ("regions/{}/0/0/0/0/0/0/1.jpg", 400, "invalid_input", "sizes at 1"),
        ("regions/{}/0/0/0/0/0/1/0.jpg", 400, "invalid_input", "sizes at 1"),
        ("regions/{}/0/0/0/-1/0/1/1.jpg", 400, "invalid_input", "start at 0"),
        ("regions/{}/0/0/0/1/0/1100/1.jpg", 400, "invalid_input", "leaves the level"),
        ("regions/{}/0/0/0/0/0/1000000000/1000000000.jpg", 400, "invalid_input", "1100 x 700"),
        ("regions/{}/0/0/0/0/0/9223372036854775808/1.jpg", 400, "invalid_input", "whole number"),
        ("regions/{}/9/0/0/0/0/1/1.jpg", 404, "out_of_range", "level=9"),
        ("regions/{}/0/4/0/0/0/1/1.jpg", 404, "out_of_range", "4 sections"),
        ("regions/{}/0/0/2/0/0/1/1.jpg", 404, "out_of_range", "2 time points"),
        ("regions/{}/0/0/0/0/0/1/1.jpg?size=4", 400, "invalid_input", "size"),
        ("planes/{}/0/0.jpg?level=9", 404, "out_of_range", "level=9"),
        ("planes/{}/0/0.jpg?level=-1", 404, "out_of_range", "level=-1"),
        ("planes/{}/0/0.jpg?level=1&size=64", 400, "invalid_input", "one of them"),
        ("planes/{}/0/0.jpg?size=15", 400, "invalid_input", "16 to 2048"),
        ("planes/{}/0/0.jpg?size=2049", 400, "invalid_input", "16 to 2048"),
        ("planes/{}/0/2.jpg", 404, "out_of_range", "2 time points"),
        ("planes/{}/0/0.gif", 415, "unsupported_format", "gif"),
    ],
)
def test_what_cannot_be_shown_is_named_with_a_remedy(
    client: TestClient, image: int, path: str, status: int, code: str, says: str
) -> None:
    response = client.get(f"/{path.format(image)}")

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, code)
    assert says in f"{error['message']} {error['remedy']}"


def test_too_large_a_picture_is_refused_with_the_level_that_fits(
    client: TestClient, image: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.routes.drawing.MAX_PIXELS", 550 * 350)

    plane = client.get(f"/planes/{image}/0/0.jpg")
    region = client.get(f"/regions/{image}/0/0/0/0/0/551/350.jpg")
    fits = client.get(f"/planes/{image}/0/0.jpg?level=1")

    assert (plane.status_code, region.status_code, fits.status_code) == (400, 400, 200)
    assert "level 1" in plane.json()["error"]["remedy"]
    assert "1100 x 700" in plane.json()["error"]["message"]


def test_what_does_not_fit_into_the_format_is_refused_before_it_is_read(
    client: TestClient, image: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("render.encode").encode._LONGEST_EDGE, "webp", 1099)

    response = client.get(f"/planes/{image}/0/0.webp")

    assert response.status_code == 415
    assert "ask for a part" in response.json()["error"]["remedy"]
