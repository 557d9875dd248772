"""XZ and YZ planes: the same samples as the sections, in their physical proportions."""

import io
import sys
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
from render.downsample import halve
from render.query import parse_channels
from render.settings import RenderSettings
from store.access import Viewer
from tests.app.conftest import import_one, make_pixels

C = "1:0-3000.FF0000,2:100-2000.00FF00,-3"
RAW: dict[str, str | int] = {"c": C, "aspect": "raw"}


def picture(content: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


@pytest.fixture
def shown(micrograph: Micrograph, administrator: Viewer, image: int) -> RenderSettings:
    with micrograph.database.reading() as session:
        opened = micrograph.images.find(session, administrator, image)
    return parse_channels(C, opened.defaults)


def test_xz_shows_a_row_of_every_section_from_top_to_bottom(
    client: TestClient, image: int, shown: RenderSettings
) -> None:
    response = client.get(f"/orthogonal/{image}/0/xz/1/333.png", params=RAW)

    assert response.status_code == 200
    expected = composite(make_pixels()[1, :2, :, 333, :], shown)
    assert np.array_equal(picture(response.content), expected)


def test_yz_shows_a_column_of_every_section_from_left_to_right(
    client: TestClient, image: int, shown: RenderSettings
) -> None:
    response = client.get(f"/orthogonal/{image}/0/yz/0/600.png", params=RAW)

    expected = composite(make_pixels()[0, :2, :, :, 600], shown)
    assert np.array_equal(picture(response.content), expected.swapaxes(0, 1))


def test_a_stretch_of_a_made_level_is_the_same_as_the_whole_cut(
    client: TestClient, image: int, shown: RenderSettings
) -> None:
    address = f"/orthogonal/{image}/1/xz/0/100.png"

    part = client.get(address, params={**RAW, "start": 250, "length": 50})
    rest = client.get(address, params={**RAW, "start": 250})

    lines = [[halve(plane)[100] for plane in stack] for stack in make_pixels()[0, :2]]
    expected = composite(np.array(lines), shown)
    assert np.array_equal(picture(part.content), expected[:, 250:300])
    assert np.array_equal(picture(rest.content), expected[:, 250:])


@pytest.mark.parametrize(
    ("aspect", "level", "height"), [("raw", 0, 4), ("raw", 1, 4), ("5", 0, 20), ("5", 1, 10)]
)
def test_sections_are_as_thick_as_the_address_says(
    client: TestClient, image: int, aspect: str, level: int, height: int
) -> None:
    response = client.get(f"/orthogonal/{image}/{level}/xz/0/0.png", params={"aspect": aspect})

    assert picture(response.content).shape == (height, 1100 >> level, 3)


def stack_of(folder: Path, **metadata: Any) -> Path:
    samples = np.arange(8 * 30 * 40, dtype=np.uint16).reshape(8, 30, 40)
    path = folder / "stack.ome.tif"
    tifffile.imwrite(path, samples, ome=True, metadata={"axes": "ZYX", **metadata})
    return path


@pytest.mark.parametrize(
    ("metadata", "xz", "yz"),
    [
        ({}, (8, 40), (30, 8)),
        (
            {
                "PhysicalSizeX": 0.25,
                "PhysicalSizeY": 0.5,
                "PhysicalSizeZ": 1000,
                "PhysicalSizeZUnit": "nm",
            },
            (32, 40),
            (30, 16),
        ),
        ({"PhysicalSizeX": 1, "PhysicalSizeZ": 1e-9}, (1, 40), (30, 8)),
        (
            {"PhysicalSizeX": 1, "PhysicalSizeZ": 3, "PhysicalSizeZUnit": "pixel"},
            (8, 40),
            (30, 8),
        ),
    ],
)
def test_sections_are_as_thick_as_physical_sizes_say(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    tmp_path: Path,
    metadata: dict[str, Any],
    xz: tuple[int, int],
    yz: tuple[int, int],
) -> None:
    image = import_one(micrograph, administrator, stack_of(tmp_path, **metadata))

    across = client.get(f"/orthogonal/{image}/0/xz/0/15.png")
    along = client.get(f"/orthogonal/{image}/0/yz/0/15.png")

    assert picture(across.content).shape == (*xz, 3)
    assert picture(along.content).shape == (*yz, 3)


def test_only_what_the_address_settles_is_kept_for_ever(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    with micrograph.database.reading() as session:
        version = micrograph.images.find(session, administrator, image).version
    address = f"/orthogonal/{image}/0/xz/0/0.png"

    physical = client.get(address, params={"v": version})
    numbered = client.get(address, params={"v": version, "aspect": "1"})

    assert "immutable" not in physical.headers["cache-control"]
    assert "immutable" in numbered.headers["cache-control"]
    assert physical.headers["etag"] == numbered.headers["etag"]


def test_too_many_chunks_are_refused_with_the_level_that_fits(
    client: TestClient, image: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 4 sections of 3 channels: 5 chunks of 256² at full resolution, 2 of 512² after halving.
    module = sys.modules["app.routes.orthogonal"]  # the package names the route so, too
    monkeypatch.setattr(module, "MAX_SAMPLES_BYTES", 4 * 3 * 2 * 512 * 512)

    refused = client.get(f"/orthogonal/{image}/0/xz/0/0.png")
    shorter = client.get(f"/orthogonal/{image}/0/xz/0/0.png?length=512")

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_input")
    assert "level 2" in refused.json()["error"]["remedy"]
    assert shorter.status_code == 200
    assert client.get(f"/orthogonal/{image}/2/xz/0/0.png").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("0/xy/0/0.png", 400, "xz or yz"),
        ("0/xz/2/0.png", 404, "2 time points"),
        ("9/xz/0/0.png", 404, "level=9"),
        ("0/xz/0/700.png", 404, "0 to 699"),
        ("0/yz/0/1100.png", 404, "0 to 1099"),
        ("0/xz/0/9223372036854775808.png", 400, "whole number"),
        ("0/xz/0/0.png?start=1100", 404, "0 to 1099"),
        ("0/xz/0/0.png?start=-1", 404, "0 to 1099"),
        ("0/xz/0/0.png?length=0", 400, "sizes at 1"),
        ("0/xz/0/0.png?length=1101", 400, "leaves the level"),
        ("0/yz/0/0.png?start=600&length=101", 400, "leaves the level"),
        ("0/xz/0/0.png?aspect=0", 400, "0.01 to 100"),
        ("0/xz/0/0.png?aspect=101", 400, "0.01 to 100"),
        ("0/xz/0/0.png?aspect=nan", 400, "0.01 to 100"),
        ("0/xz/0/0.png?p=max", 400, "'p'"),
    ],
)
def test_a_cut_that_cannot_be_made_is_named_with_a_remedy(
    client: TestClient, image: int, path: str, status: int, says: str
) -> None:
    response = client.get(f"/orthogonal/{image}/{path}")

    error = response.json()["error"]
    assert response.status_code == status
    assert says in f"{error['message']} {error['remedy']}"
