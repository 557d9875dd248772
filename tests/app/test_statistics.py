"""What samples are like: of channels as kept, of planes, regions, shapes and stacks when asked."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import tifffile
from click.testing import CliRunner
from starlette.testclient import TestClient

from app import statistics
from app.cli import main
from app.context import Micrograph
from app.images import OpenedImage
from app.statistics import Measurement, Measurements, measure
from store.access import Viewer
from store.queries.images import kept_statistics, pixels_record
from tests.app.conftest import import_one, make_pixels

PIXELS = make_pixels()
CHANNELS = """channels {
    index level exact samples min max mean standardDeviation precision
    percentiles { percent value } histogram { min max counts } }"""


def asked(client: TestClient, document: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/graphql", json={"query": document}).json()
    return answer


def statistics_of(client: TestClient, image: int, arguments: str = "") -> list[dict[str, Any]]:
    """The channels of an image's statistics."""
    document = f'{{ image(id: "Image:{image}") {{ statistics{arguments} {{ {CHANNELS} }} }} }}'
    answer = asked(client, document)
    assert "errors" not in answer, answer
    found: list[dict[str, Any]] = answer["data"]["image"]["statistics"]["channels"]
    return found


def check(found: dict[str, Any], samples: np.ndarray[Any, Any]) -> None:
    """Compare with plain NumPy."""
    assert (found["level"], found["exact"], found["precision"]) == (0, True, 0)
    assert found["samples"] == samples.size == sum(found["histogram"]["counts"])
    assert (found["min"], found["max"]) == (samples.min(), samples.max())
    assert found["mean"] == pytest.approx(samples.mean())
    assert found["standardDeviation"] == pytest.approx(samples.std())
    percents = [one["percent"] for one in found["percentiles"]]
    values = [one["value"] for one in found["percentiles"]]
    assert values == pytest.approx(np.percentile(samples, percents).tolist())


def opened_image(micrograph: Micrograph, viewer: Viewer, image: int) -> OpenedImage:
    with micrograph.database.reading() as session:
        return micrograph.images.find(session, viewer, image)


def kept(micrograph: Micrograph, viewer: Viewer, image: int) -> dict[int, dict[str, Any]]:
    with micrograph.database.reading() as session:
        pixels = pixels_record(session, viewer, image).pixels_id
        return kept_statistics(session, pixels)


def import_large(micrograph: Micrograph, viewer: Viewer, folder: Path) -> tuple[int, Any]:
    """Import an image of many pieces without measuring it."""
    path = folder / "large.ome.tif"
    pixels = make_pixels(2, 2, 5, 300, 400)
    tifffile.imwrite(path, pixels, metadata={"axes": "TCZYX"}, tile=(64, 64))
    return import_one(micrograph, viewer, path, statistics=False), pixels


def test_what_is_kept_of_a_channel_is_what_all_its_samples_are_like(
    client: TestClient, image: int
) -> None:
    document = f"""{{ image(id: "Image:{image}") {{ pixels {{ channels {{
        globalMin statistics {{ {CHANNELS.split("index")[1].strip()} }} }} }} }} }}"""
    document = document.replace("} }\n        }", "} }", 1).replace(" } } } } }", " } } } }")

    answer = asked(client, document)

    for index, channel in enumerate(answer["data"]["image"]["pixels"]["channels"]):
        check(channel["statistics"], PIXELS[:, index])


def test_the_whole_stack_is_answered_from_what_is_kept(
    client: TestClient, image: int, micrograph: Micrograph, image_file: Path
) -> None:
    micrograph.repository.chunks.clear()

    found = statistics_of(client, image)

    for index, channel in enumerate(found):
        check(channel, PIXELS[:, index])
    assert micrograph.repository.chunks.misses == 0


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("(z: {first: 1, last: 2}, t: {first: 1, last: 1})", np.s_[1:2, :, 1:3]),
        ("(region: {x: 100, y: 50, width: 333, height: 77})", np.s_[:, :, :, 50:127, 100:433]),
        ("(region: {x: 1099, y: 699, width: 1, height: 1}, t: {first: 0, last: 0})",
         np.s_[:1, :, :, 699:, 1099:]),
        ("(bins: 7, percentiles: [12.5, 0, 100])", np.s_[:]),
    ],
)  # fmt: skip
def test_parts_of_a_stack_are_counted_exactly(
    client: TestClient, image: int, arguments: str, part: Any
) -> None:
    found = statistics_of(client, image, arguments)

    assert [channel["index"] for channel in found] == [0, 1, 2]
    for index, channel in enumerate(found):
        check(channel, PIXELS[part][:, index])
    if "bins" in arguments:
        assert [one["percent"] for one in found[0]["percentiles"]] == [12.5, 0, 100]
        assert len(found[0]["histogram"]["counts"]) == 7


def test_channels_come_in_the_order_asked_for(client: TestClient, image: int) -> None:
    found = statistics_of(client, image, "(channels: [2, 0], z: {first: 0, last: 0})")

    assert [channel["index"] for channel in found] == [2, 0]
    check(found[0], PIXELS[:, 2, :1])


def test_a_coarser_level_says_that_it_is_one(client: TestClient, image: int) -> None:
    (first, *_) = statistics_of(client, image, "(level: 1, z: {first: 0, last: 0})")

    assert (first["level"], first["exact"]) == (1, False)
    assert first["samples"] == 2 * 550 * 350


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("(z: {first: 3, last: 4})", "no z from 3 to 4"),
        ("(t: {first: 1, last: 0})", "no t from 1 to 0"),
        ("(region: {x: 1000, y: 0, width: 101, height: 1})", "leaves the level"),
        ("(region: {x: 0, y: 0, width: 0, height: 1})", "No region"),
        ("(channels: [3])", "no channel 3"),
        ("(level: 9)", "no level 9"),
        ("(bins: 0)", "`bins`"),
        ("(percentiles: [101])", "no percents"),
    ],
)
def test_what_the_image_does_not_have_is_refused(
    client: TestClient, image: int, arguments: str, says: str
) -> None:
    document = f'{{ image(id: "Image:{image}") {{ name statistics{arguments} {{ channels {{ min }} }} }} }}'

    (error,) = asked(client, document)["errors"]

    assert says in error["message"]
    assert error["extensions"]["code"] == "invalid_input"
    assert error["extensions"]["remedy"]


def test_too_many_samples_are_refused_with_a_hint_to_a_coarser_level(
    client: TestClient, image: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.measuring.MOST_BYTES", 1 << 20)
    document = f'{{ image(id: "Image:{image}") {{ name statistics(level: 0, bins: 9) {{ channels {{ min }} }} }} }}'

    answer = asked(client, document)

    assert answer["data"]["image"] == {"name": "cells", "statistics": {"channels": None}}
    assert "coarser level" in answer["errors"][0]["extensions"]["remedy"]
    assert answer["errors"][0]["path"] == ["image", "statistics", "channels"]


def draw(client: TestClient, image: int, shapes: list[dict[str, Any]]) -> str:
    """Draw a region of interest and return its id."""
    mutation = """mutation($items: [ROIInput!]!) {
        createRois(items: $items) { items { id error { message } } } }"""
    items = [{"image": f"Image:{image}", "shapes": shapes}]
    answer = client.post("/graphql", json={"query": mutation, "variables": {"items": items}}).json()
    return str(answer["data"]["createRois"]["items"][0]["id"])


def test_a_region_of_interest_counts_the_pixels_with_their_centre_inside(
    client: TestClient, image: int
) -> None:
    roi = draw(
        client,
        image,
        [
            {"kind": "RECTANGLE", "x": 10, "y": 20, "width": 30, "height": 5, "theZ": 1},
            {"kind": "ELLIPSE", "x": 200.5, "y": 100.5, "radiusX": 1.2, "radiusY": 1.2, "theZ": 1},
            {"kind": "LINE", "x1": 0, "y1": 0, "x2": 500, "y2": 500},
        ],
    )
    document = f'{{ roi: node(id: "{roi}") {{ ... on ROI {{ statistics(t: {{first: 1, last: 1}}) {{ {CHANNELS} }} }} }} }}'

    found = asked(client, document)["data"]["roi"]["statistics"]["channels"]

    for index, channel in enumerate(found):
        plane = PIXELS[1, index, 1]
        cross = [plane[100, 200], plane[99, 200], plane[101, 200], plane[100, 199], plane[100, 201]]
        check(channel, np.concatenate([plane[20:25, 10:40].ravel(), cross]))


def test_shapes_without_area_count_nothing(client: TestClient, image: int) -> None:
    roi = draw(client, image, [{"kind": "POINT", "x": 5, "y": 5}])
    document = f'{{ node(id: "{roi}") {{ ... on ROI {{ statistics {{ channels {{ samples min histogram {{ counts }} }} }} }} }} }}'

    (first, *_) = asked(client, document)["data"]["node"]["statistics"]["channels"]

    assert (first["samples"], first["min"]) == (0, None)
    assert sum(first["histogram"]["counts"]) == 0


def test_histograms_over_http_are_of_regions_shapes_and_stacks(
    client: TestClient, image: int
) -> None:
    roi = draw(client, image, [{"kind": "RECTANGLE", "x": 3, "y": 4, "width": 20, "height": 10}])
    box = PIXELS[:, :, :, 4:14, 3:23]
    for query, expected in (
        ("region=3,4,20,10&z=2&t=1", box[1:, :, 2:3]),
        (f"roi={roi.split(':')[1]}&z=0-3&t=0", box[:1]),
        ("z=all&t=all", PIXELS),
        ("z=1-2&t=all&bins=16", PIXELS[:, :, 1:3]),
    ):
        answer = client.get(f"/histograms/{image}?{query}").json()

        assert answer["exact"], query
        for index, channel in enumerate(answer["channels"]):
            samples = expected[:, index]
            assert channel["samples"] == samples.size == sum(channel["counts"])
            assert (channel["min"], channel["max"]) == (samples.min(), samples.max())


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("region=1,2,3", 400),
        ("region=0,0,99999,1", 400),
        ("roi=999999", 404),
        ("z=3-1", 400),
        ("z=0-4", 404),
        ("level=7", 400),
    ],
)
def test_bad_parts_of_histograms_are_refused(
    client: TestClient, image: int, query: str, status: int
) -> None:
    response = client.get(f"/histograms/{image}?{query}")

    assert response.status_code == status
    assert response.json()["error"]["remedy"]


def test_statistics_are_for_those_who_may_see_the_image(
    client: TestClient, stranger: TestClient, image: int
) -> None:
    roi = draw(client, image, [{"kind": "RECTANGLE", "x": 0, "y": 0, "width": 9, "height": 9}])

    assert stranger.get(f"/histograms/{image}?roi={roi.split(':')[1]}").status_code == 404
    mutation = f'mutation {{ measureImages(ids: ["Image:{image}"]) {{ applied }} }}'
    (error,) = asked(stranger, mutation)["errors"]
    assert error["extensions"]["code"] == "not_found"


def test_images_are_measured_anew_when_somebody_wants_it(
    client: TestClient, image: int, micrograph: Micrograph, administrator: Viewer
) -> None:
    before = kept(micrograph, administrator, image)
    mutation = (
        f'mutation {{ measureImages(ids: ["Image:{image}"]) {{ applied items {{ status }} }} }}'
    )

    answer = asked(client, mutation)["data"]["measureImages"]

    assert answer == {"applied": True, "items": [{"status": "DONE"}]}
    opened = opened_image(micrograph, administrator, image)
    micrograph.measurements.begin(opened, administrator.experimenter_id).result(60)
    assert kept(micrograph, administrator, image) == before


def test_a_measurement_that_was_interrupted_goes_on_where_it_stopped(
    micrograph: Micrograph, administrator: Viewer, tmp_path: Path
) -> None:
    image, pixels = import_large(micrograph, administrator, tmp_path)
    opened = opened_image(micrograph, administrator, image)
    first = Measurement(opened, exact=True, folder=tmp_path / "kept")
    for _ in range(7):
        assert first.advance()
    first.keep()
    (path,) = (tmp_path / "kept").iterdir()
    assert orjson.loads(path.read_bytes())["done"] == 7

    left = []
    measure(
        micrograph.database,
        opened,
        exact=True,
        folder=tmp_path / "kept",
        told=lambda: left.append(1),
    )

    assert len(left) == 10 - 7
    for index, summary in kept(micrograph, administrator, image).items():
        samples = pixels[:, index]
        assert summary["samples"] == samples.size
        assert summary["mean"] == pytest.approx(samples.mean())
    assert not list((tmp_path / "kept").iterdir())


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"done": 1, "summaries": {}, "current": []}'])
def test_what_was_kept_of_a_measurement_and_is_damaged_does_not_count(
    micrograph: Micrograph, administrator: Viewer, tmp_path: Path, damage: bytes
) -> None:
    image, pixels = import_large(micrograph, administrator, tmp_path)
    opened = opened_image(micrograph, administrator, image)
    first = Measurement(opened, exact=True, folder=tmp_path / "kept")
    first.advance()
    first.keep()
    (path,) = (tmp_path / "kept").iterdir()
    path.write_bytes(damage)

    measure(micrograph.database, opened, exact=True, folder=tmp_path / "kept")

    assert kept(micrograph, administrator, image)[1]["samples"] == pixels[:, 1].size


def test_large_images_are_looked_at_in_part_and_exactly_on_demand(
    micrograph: Micrograph, administrator: Viewer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "SAMPLE_BYTES", 1 << 19)
    image, pixels = import_large(micrograph, administrator, tmp_path)
    opened = opened_image(micrograph, administrator, image)

    measure(micrograph.database, opened)
    part = kept(micrograph, administrator, image)
    measure(micrograph.database, opened, exact=True)
    whole = kept(micrograph, administrator, image)

    assert part[0]["level"] == 1
    assert 0 < part[0]["samples"] < pixels[:, 0].size
    assert (whole[0]["level"], whole[0]["samples"]) == (0, pixels[:, 0].size)


def test_who_opens_one_image_is_served_between_the_pieces_of_who_opens_many(
    micrograph: Micrograph, administrator: Viewer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "TURN_S", 0)
    image, _ = import_large(micrograph, administrator, tmp_path)
    opened = opened_image(micrograph, administrator, image)
    order: list[str] = []
    entered, go = threading.Event(), threading.Event()

    def busy() -> bool:
        entered.set()
        go.wait(30)
        return False

    measurements = Measurements(micrograph.database, tmp_path / "kept", busy)
    greedy = measurements.begin(opened, "greedy", exact=True)
    greedy.add_done_callback(lambda _: order.append("greedy"))
    assert entered.wait(30)
    modest = measurements.begin(opened, "modest")
    modest.add_done_callback(lambda _: order.append("modest"))
    later = measurements.begin(opened, "greedy", exact=True, again=True)
    go.set()
    for future in (greedy, modest, later):
        future.result(60)
    measurements.close()

    assert later is greedy
    assert order.index("modest") >= 0
    assert len(order) == 2


def test_a_file_that_is_gone_is_an_error_of_this_image_alone(
    micrograph: Micrograph, administrator: Viewer, tmp_path: Path
) -> None:
    image, _ = import_large(micrograph, administrator, tmp_path)
    opened = opened_image(micrograph, administrator, image)
    (tmp_path / "large.ome.tif").unlink()

    future = micrograph.measurements.begin(opened, exact=True)

    assert "large.ome.tif" in str(future.exception(60))
    assert kept(micrograph, administrator, image) == {}


def test_the_command_measures_what_is_not_known_and_prints_what_is(
    micrograph: Micrograph, administrator: Viewer, tmp_path: Path, image: int
) -> None:
    new, pixels = import_large(micrograph, administrator, tmp_path)
    micrograph.close()

    def run(*arguments: str) -> tuple[int, str]:
        data = str(micrograph.settings.data)
        result = CliRunner().invoke(main, ["--data", data, "statistics", *arguments])
        return result.exit_code, result.output

    assert run() == (0, "Measured 1, 0 could not be read.\n")
    assert run() == (0, "Measured 0, 0 could not be read.\n")
    code, output = run("--again", "--exact", f"Image:{new}", f"Image:{image}")
    assert code == 0
    assert f"exact, {pixels[:, 0].size:,} samples" in output
    assert "Measured 2" in output
    assert run("Dataset:1")[0] == 2
    (tmp_path / "large.ome.tif").unlink()
    assert run("--again", f"Image:{new}")[0] == 1
