import numpy as np
import pytest
from starlette.testclient import TestClient

from tests.app.conftest import make_pixels


def test_a_histogram_counts_each_channel_of_a_plane(client: TestClient, image: int) -> None:
    answer = client.get(f"/histograms/{image}", params={"z": 1, "t": 1, "bins": 64}).json()

    assert (answer["image"], answer["z"], answer["t"]) == (image, 1, 1)
    assert [channel["index"] for channel in answer["channels"]] == [0, 1, 2]
    for channel in answer["channels"]:
        assert len(channel["counts"]) == 64
        plane = make_pixels()[1, channel["index"], 1]
        assert channel["min"] >= plane.min() - 1
        assert channel["max"] <= plane.max() + 1


def test_small_images_are_counted_exactly(client: TestClient, image: int) -> None:
    answer = client.get(f"/histograms/{image}", params={"z": 0, "t": 0, "bins": 16}).json()

    level = answer["level"]
    pixels = -(-700 // 2**level) * -(-1100 // 2**level)
    assert {sum(channel["counts"]) for channel in answer["channels"]} == {pixels}
    assert np.sign(answer["level"]) >= 0


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("z=4", 404),
        ("t=-1", 404),
        ("bins=1", 400),
        ("bins=4097", 400),
        ("bins=many", 400),
        ("channel=1", 400),
    ],
)
def test_bad_parameters_are_refused(
    client: TestClient, image: int, query: str, status: int
) -> None:
    response = client.get(f"/histograms/{image}?{query}")

    assert response.status_code == status
    assert response.json()["error"]["remedy"]


def test_histograms_are_for_those_who_may_see_the_image(
    anybody: TestClient, stranger: TestClient, image: int
) -> None:
    assert anybody.get(f"/histograms/{image}").status_code == 401
    assert stranger.get(f"/histograms/{image}").status_code == 404
    assert stranger.get("/histograms/999999").status_code == 404
