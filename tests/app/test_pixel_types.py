"""Every pixel type, from a file in either byte order to a tile."""

import io
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from app.context import Micrograph
from render.settings import ChannelSettings, RenderSettings, Window
from store.access import Viewer
from tests import reference
from tests.app.conftest import import_one

TYPES = "bool int8 uint8 int16 uint16 int32 uint32 float32 float64 complex64 complex128"
WHITE = (255, 255, 255, 255)


def samples(dtype: str) -> NDArray[Any]:
    """From below to above the window of the tiles; shape (70, 90)."""
    grid = np.arange(70 * 90).reshape(70, 90) % 197
    if dtype == "bool":
        return np.asarray(grid % 3 == 0)
    plane = (grid - (90 if dtype.startswith("int") else 0)).astype(dtype)
    if plane.dtype.kind in "fc":
        plane[0, :3] = np.nan, np.inf, -np.inf
    return plane


def tile(client: TestClient, image: int, query: str = "") -> NDArray[Any]:
    response = client.get(f"/tiles/{image}/0/0/0/0/0.png?size=128{query}")
    assert response.status_code == 200, response.text
    return np.asarray(Image.open(io.BytesIO(response.content)).convert("RGB"))


@pytest.mark.parametrize("order", ["<", ">"])
def test_tiles_of_every_type_show_the_levels_of_the_reference(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    tmp_path: Path,
    order: Literal["<", ">"],
) -> None:
    shown = RenderSettings((ChannelSettings(Window(-7, 100.5), color=WHITE),))
    for dtype in TYPES.split():
        plane, path = samples(dtype), tmp_path / f"{dtype}.ome.tif"
        tifffile.imwrite(
            path, plane, byteorder=order, metadata={"axes": "YX"}, photometric="minisblack"
        )
        image = import_one(micrograph, administrator, path)

        got = tile(client, image, "&m=c&c=1:-7-100.5.FFFFFF")

        np.testing.assert_array_equal(got, reference.composite([plane], shown), dtype)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("parts", [3, 4])
def test_photographs_are_shown_as_they_are_with_and_without_alpha(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    tmp_path: Path,
    order: Literal["<", ">"],
    parts: int,
) -> None:
    picture = np.random.default_rng(parts).integers(0, 256, (70, 90, parts), np.uint8)
    path = tmp_path / "photograph.tif"
    extra = ["unassalpha"] if parts == 4 else None
    tifffile.imwrite(path, picture, byteorder=order, photometric="rgb", extrasamples=extra)
    image = import_one(micrograph, administrator, path)

    got = tile(client, image)
    with_alpha = tile(client, image, "&c=4") if parts == 4 else got

    np.testing.assert_array_equal(got, picture[:, :, :3])
    np.testing.assert_array_equal(with_alpha, got)
