"""Channels side by side and merged, in one picture."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from app.context import Micrograph
from render.montage import LABEL_HEIGHT
from store.access import Viewer

C = "1:0-3000.FF0000,-2,3:100-4000.0000FF"
WIDTH, HEIGHT = 275, 175
"""Of a panel with a longer side of 275 pixels: the second made level."""


def picture(content: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def plane(client: TestClient, image: int, c: str, **query: str) -> NDArray[np.uint8]:
    params = {"c": c, "size": str(WIDTH), **query}
    return picture(client.get(f"/planes/{image}/2/1.png", params=params).content)


def test_each_active_channel_is_shown_alone_and_all_are_merged(
    client: TestClient, image: int
) -> None:
    query: dict[str, str | int] = {"c": C, "size": WIDTH, "gap": 3, "columns": 2}

    got = picture(client.get(f"/montages/{image}/2/1.png", params=query).content)

    assert got.shape == (2 * HEIGHT + 3, 2 * WIDTH + 3, 3)
    right, below = WIDTH + 3, HEIGHT + 3
    assert np.array_equal(got[:HEIGHT, :WIDTH], plane(client, image, f"{C},-3"))
    assert np.array_equal(got[:HEIGHT, right:], plane(client, image, f"{C},-1"))
    assert np.array_equal(got[below:, :WIDTH], plane(client, image, C))
    assert (got[below:, right:] == 255).all()


def test_grey_channels_stand_beside_a_merged_one_in_colour(client: TestClient, image: int) -> None:
    query: dict[str, str | int] = {"c": C, "size": WIDTH, "gap": 0, "columns": 3, "m": "g", "b": 3}

    got = picture(client.get(f"/montages/{image}/2/1.png", params=query).content)

    assert np.array_equal(got[:, :WIDTH], plane(client, image, f"{C},-3", m="g", b="3"))
    assert np.array_equal(got[:, WIDTH : 2 * WIDTH], plane(client, image, f"{C},-1", m="g", b="3"))
    assert np.array_equal(got[:, 2 * WIDTH :], plane(client, image, C, b="3"))


def test_a_projected_montage_shows_projected_channels(client: TestClient, image: int) -> None:
    query: dict[str, str | int] = {"c": C, "size": WIDTH, "gap": 0, "columns": 1, "p": "mean"}

    got = picture(client.get(f"/montages/{image}/2/1.png", params=query).content)

    assert np.array_equal(got[:HEIGHT], plane(client, image, f"{C},-3", p="mean"))


def test_labels_take_a_line_and_are_part_of_what_is_shown(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    with micrograph.database.reading() as session:
        version = micrograph.images.find(session, administrator, image).version
    query: dict[str, str | int] = {"size": WIDTH, "columns": 1, "gap": 0, "v": version}

    plain = client.get(f"/montages/{image}/2/1.png", params=query)
    labelled = client.get(f"/montages/{image}/2/1.png", params={**query, "labels": 1})

    assert picture(labelled.content).shape[0] == picture(plain.content).shape[0] + 4 * LABEL_HEIGHT
    assert plain.headers["etag"] != labelled.headers["etag"]
    assert "immutable" in plain.headers["cache-control"]
    assert "immutable" not in labelled.headers["cache-control"]


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("c=-1,-2,-3", 400, "0 channels are on"),
        ("size=15", 400, "16 to 1024"),
        ("size=1025", 400, "16 to 1024"),
        ("gap=65", 400, "0 to 64"),
        ("gap=-1", 400, "0 to 64"),
        ("columns=66", 400, "0 to 65"),
        ("labels=2", 400, "0 to 1"),
        ("level=0", 400, "level"),
    ],
)
def test_a_montage_that_cannot_be_made_is_named_with_a_remedy(
    client: TestClient, image: int, query: str, status: int, says: str
) -> None:
    response = client.get(f"/montages/{image}/2/1.png?{query}")

    error = response.json()["error"]
    assert response.status_code == status
    assert says in f"{error['message']} {error['remedy']}"


def test_a_montage_of_too_many_pixels_is_refused(
    client: TestClient, image: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.routes.drawing.MAX_PIXELS", 4 * 550 * 350)

    refused = client.get(f"/montages/{image}/2/1.png?size=550")
    smaller = client.get(f"/montages/{image}/2/1.png?size=540")

    assert (refused.status_code, smaller.status_code) == (400, 200)
