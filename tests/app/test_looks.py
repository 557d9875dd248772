"""How an address wants its picture: format, quality, and what the client accepts."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from app.errors import NotAcceptableError
from app.routes.looks import chosen_format

CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


def picture(content: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "jpg"),
        ("", "jpg"),
        ("*/*", "jpg"),
        ("image/*", "jpg"),
        (CHROME, "webp"),
        ("text/html,application/xhtml+xml,image/avif,image/webp,*/*;q=0.8", "webp"),
        ("image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5", "png"),
        ("image/avif,image/webp;q=0.9", "avif"),
        ("IMAGE/AVIF ; q=1.000 , image/png;q=0.5", "avif"),
        ("image/jpeg;q=0, */*", "webp"),
        ("image/jpeg;q=0, image/webp;q=0, */*;q=0.1", "png"),
        ("image/webp;q=nan, image/png;q=0.2", "png"),
        ("image/webp;q=2, image/png;q=0.2", "png"),
        ("image/png;level=1;q=0.3, text/html", "png"),
    ],
)
def test_the_format_is_the_one_that_suits_the_client_best(
    accept: str | None, expected: str
) -> None:
    assert chosen_format(accept) == expected


@pytest.mark.parametrize("accept", ["text/html", "image/gif", "*/*;q=0", ";;;,,", "image/webp;q=0"])
def test_a_client_that_takes_no_picture_is_told_which_there_are(accept: str) -> None:
    with pytest.raises(NotAcceptableError, match="image/webp, image/avif"):
        chosen_format(accept)


@pytest.mark.parametrize("path", ["/tiles/{}/0/0/0/0/0", "/thumbnails/{}"])
def test_an_address_without_a_format_answers_in_one_that_the_client_takes(
    client: TestClient, image: int, path: str
) -> None:
    address = path.format(image)

    chosen = client.get(address, headers={"accept": CHROME})
    named = client.get(f"{address}.webp", headers={"accept": "image/png"})
    refused = client.get(address, headers={"accept": "text/html"})

    assert chosen.headers["content-type"] == named.headers["content-type"] == "image/webp"
    assert chosen.content == named.content
    assert chosen.headers["etag"] == named.headers["etag"]
    assert chosen.headers["vary"] == "cookie, authorization, accept"
    assert named.headers["vary"] == "cookie, authorization"
    assert (refused.status_code, refused.json()["error"]["code"]) == (406, "not_acceptable")


def test_lossless_formats_give_the_very_same_pixels(client: TestClient, image: int) -> None:
    address = f"/tiles/{image}/0/0/0/0/0"

    exact = picture(client.get(f"{address}.png").content)

    for suffix in ("webp", "avif"):
        got = client.get(f"{address}.{suffix}", params={"q": "lossless"})
        assert np.array_equal(picture(got.content), exact), suffix


def test_lossy_formats_stay_close_to_the_lossless_picture(client: TestClient, image: int) -> None:
    address = f"/tiles/{image}/0/0/0/0/0"
    exact = picture(client.get(f"{address}.png").content).astype(float)

    for suffix in ("jpg", "webp", "avif"):
        got = picture(client.get(f"{address}.{suffix}").content)
        assert 10 * np.log10(255**2 / np.mean((got - exact) ** 2)) > 28, suffix


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        (".webp?q=0", 400, "1 to 100"),
        (".avif?q=101", 400, "1 to 100"),
        (".avif?q=Lossless", 400, "whole number"),
        (".jpg?q=lossless", 400, "png, webp or avif"),
        (".jpeg?q=lossless", 400, "png, webp or avif"),
        (".tif", 415, "avif"),
    ],
)
def test_qualities_and_formats_that_do_not_exist_are_refused(
    client: TestClient, image: int, address: str, status: int, says: str
) -> None:
    response = client.get(f"/tiles/{image}/0/0/0/0/0{address}")

    error = response.json()["error"]
    assert response.status_code == status
    assert says in f"{error['message']} {error['remedy']}"


def test_addresses_of_the_same_bytes_have_the_same_tag(client: TestClient, image: int) -> None:
    def tag(address: str) -> str:
        return client.get(f"/tiles/{image}/0/0/0/0/0{address}").headers["etag"]

    assert tag(".jpg") == tag(".jpeg") == tag(".jpg?q=90") == tag(".jpg?q=090")
    assert tag(".png") == tag(".png?q=5") == tag(".png?q=lossless")
    assert len({tag(".webp"), tag(".webp?q=lossless"), tag(".avif"), tag(".avif?q=lossless")}) == 4


def test_a_query_that_one_address_knows_is_refused_by_another(
    client: TestClient, image: int
) -> None:
    known = client.get(f"/thumbnails/{image}.jpg?t=0")
    unknown = client.get(f"/tiles/{image}/0/0/0/0/0.jpg?t=0")

    assert (known.status_code, unknown.status_code) == (200, 400)
    assert "Unknown parameter 't'" in unknown.json()["error"]["message"]
