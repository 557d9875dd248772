"""Routes that are led to past Starlette's layers: answers are the same both ways."""

import pytest
from starlette.testclient import TestClient

ADDRESSES = [
    "/tiles/{image}/0/0/0/0/0.jpg",
    "/tiles/{image}/0/0/0/0/0",
    "/tiles/{image}/0/0/0/0/0.jpg?size=64&q=200",
    "/tiles/{image}/0/0/0/99/0.png",
    "/tiles/0/0/0/0/0/0.jpg",
    "/tiles/none/0/0/0/0/0.gif",
    "/tiles/{image}/0/0",
]
OWN = {"content-length", "date", "x-request-id"}


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_tile_and_its_errors_have_the_status_and_headers_of_the_way_through_the_layers(
    client: TestClient, image: int, address: str
) -> None:
    path = address.format(image=image)

    straight, through = client.get(path), client.head(path)

    assert straight.status_code == through.status_code
    assert {name: text for name, text in straight.headers.items() if name not in OWN} == {
        name: text for name, text in through.headers.items() if name not in OWN
    }


def test_other_methods_are_refused(client: TestClient, image: int) -> None:
    assert client.post(f"/tiles/{image}/0/0/0/0/0.jpg").status_code == 405


def test_who_is_not_signed_in_gets_no_tile(client: TestClient, image: int) -> None:
    client.cookies.clear()

    response = client.get(f"/tiles/{image}/0/0/0/0/0.jpg")

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_signed_in"
