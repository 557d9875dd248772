import io
import re
import threading
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from starlette.testclient import TestClient

from app.context import Micrograph
from render.composite import composite
from render.downsample import halve
from render.query import parse_channels
from render.settings import RenderSettings
from store.access import Viewer
from store.pixels import pyramid
from tests.app.conftest import import_one, make_pixels


def picture(content: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def expected(micrograph: Micrograph, viewer: Viewer, image: int, z: int, t: int, c: str):  # type: ignore[no-untyped-def]
    with micrograph.database.reading() as session:
        opened = micrograph.images.find(session, viewer, image)
    settings = parse_channels(c, opened.defaults)
    planes = make_pixels()[t, list(settings.active_channels), z]
    return composite(planes, settings)


def test_a_tile_shows_the_samples_of_its_place(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    c = "1:0-3000.FF0000,2:100-2000.00FF00,-3"

    response = client.get(f"/tiles/{image}/0/2/1/1/0.png", params={"size": 256, "c": c})

    assert response.status_code == 200
    assert response.headers["content-type"] == "image/png"
    whole = expected(micrograph, administrator, image, 2, 1, c)
    assert np.array_equal(picture(response.content), whole[0:256, 256:512])


@pytest.mark.parametrize(
    ("p", "first", "last"), [("max", 0, 3), ("max:2-3", 1, 2), ("max:1-1", 0, 0)]
)
def test_a_projected_tile_shows_the_composite_of_the_largest_samples(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    image: int,
    p: str,
    first: int,
    last: int,
) -> None:
    c = "1:0-3000.FF0000,2:100-2000.00FF00,-3"
    settings = settings_of(micrograph, administrator, image, c)

    response = client.get(f"/tiles/{image}/0/2/1/1/0.png", params={"size": 256, "c": c, "p": p})

    largest = make_pixels()[1, :2, first : last + 1].max(axis=1)
    assert response.status_code == 200
    whole = composite(largest, settings)
    assert np.array_equal(picture(response.content), whole[0:256, 256:512])


@pytest.mark.parametrize("kind", ["mean", "min", "sum"])
def test_every_kind_of_projection_is_offered(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, image: int, kind: str
) -> None:
    c = "1:0-9000.FFFFFF,-2,-3"
    settings = settings_of(micrograph, administrator, image, c)

    response = client.get(f"/tiles/{image}/0/0/0/0/0.png", params={"c": c, "p": f"{kind}:2-4"})

    stack = make_pixels()[0, 0, 1:4, :512, :512].astype(np.int64)
    plane = getattr(stack, kind)(axis=0).astype(np.uint16)
    assert np.array_equal(picture(response.content), composite([plane], settings))


@pytest.mark.parametrize(("p", "kind"), [("tmax", "max"), ("tmin:1-2", "min"), ("tsum", "sum")])
def test_time_points_are_projected_in_the_section_asked_for(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    image: int,
    p: str,
    kind: str,
) -> None:
    c = "1:0-9000.FFFFFF,-2,-3"
    settings = settings_of(micrograph, administrator, image, c)

    response = client.get(f"/tiles/{image}/0/2/0/0/0.png", params={"c": c, "p": p})

    plane = getattr(make_pixels()[:, 0, 2, :512, :512], kind)(axis=0).astype(np.uint16)
    assert np.array_equal(picture(response.content), composite([plane], settings))


def test_levels_that_were_made_are_projected_too(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    c = "1:0-3000.FFFFFF,-2,-3"
    settings = settings_of(micrograph, administrator, image, c)

    response = client.get(f"/tiles/{image}/1/0/0/0/0.png", params={"c": c, "p": "max"})

    largest = np.stack([halve(plane) for plane in make_pixels()[0, 0]]).max(axis=0)
    whole = composite([largest], settings)
    assert np.array_equal(picture(response.content), whole[:512, :512])


def test_a_projection_with_every_channel_off_is_black(client: TestClient, image: int) -> None:
    response = client.get(f"/tiles/{image}/0/0/0/0/0.png", params={"c": "-1,-2,-3", "p": "max"})

    assert response.status_code == 200
    assert not picture(response.content).any()


def test_the_tag_of_a_projection_names_its_planes_and_not_the_section(
    client: TestClient, image: int
) -> None:
    def tag(z: int, **query: str) -> str:
        return client.get(f"/tiles/{image}/0/{z}/0/0/0.jpg", params=query).headers["etag"]

    plain = tag(0)

    assert tag(0, p="normal") == plain
    assert tag(0, p="max") == tag(3, p="max") == tag(0, p="max:1-4")
    kinds = {tag(0, p=p) for p in ("max", "min", "mean", "sum", "max:1-3", "max:2-4")}
    assert len(kinds | {plain}) == 7
    assert tag(0, p="tmax") == tag(0, p="tmax:1-2")
    assert len({tag(0, p="tmax"), tag(1, p="tmax"), tag(0, p="max"), plain}) == 4


def test_a_projection_of_too_many_samples_is_refused_with_the_limit(
    client: TestClient, image: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tile = 512 * 512 * 2
    monkeypatch.setattr("app.routes.drawing.MAX_SAMPLES_BYTES", 12 * tile - 1)

    refused = client.get(f"/tiles/{image}/0/0/0/0/0.jpg?p=max")
    fewer = client.get(f"/tiles/{image}/0/0/0/0/0.jpg?p=max:1-3")

    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (400, "invalid_input")
    assert (
        "Showing 4 planes of 3 channels here would read 6 MiB; the limit is 5 MiB"
        in error["message"]
    )
    assert "Project fewer planes" in error["remedy"]
    assert fewer.status_code == 200


def settings_of(
    micrograph: Micrograph, viewer: Viewer, image: int, channels: str
) -> RenderSettings:
    with micrograph.database.reading() as session:
        opened = micrograph.images.find(session, viewer, image)
    return parse_channels(channels, opened.defaults)


@pytest.mark.parametrize(
    ("suffix", "media_type"),
    [("jpg", "image/jpeg"), ("jpeg", "image/jpeg"), ("png", "image/png"), ("webp", "image/webp")],
)
def test_tiles_come_in_every_format(
    client: TestClient, image: int, suffix: str, media_type: str
) -> None:
    response = client.get(f"/tiles/{image}/0/0/0/0/0.{suffix}")

    assert response.headers["content-type"] == media_type
    assert picture(response.content).shape == (512, 512, 3)


def test_tiles_at_the_edges_are_smaller(client: TestClient, image: int) -> None:
    response = client.get(f"/tiles/{image}/0/0/0/2/1.png")

    assert picture(response.content).shape == (700 - 512, 1100 - 1024, 3)


def test_levels_that_the_file_lacks_are_made(client: TestClient, image: int) -> None:
    response = client.get(f"/tiles/{image}/1/0/0/0/0.png")

    assert picture(response.content).shape == (350, 512, 3)


def test_a_tile_with_every_channel_off_is_black(client: TestClient, image: int) -> None:
    response = client.get(f"/tiles/{image}/0/0/0/0/0.png", params={"c": "-1,-2,-3"})

    assert response.status_code == 200
    assert not picture(response.content).any()


def test_the_grey_model_shows_one_channel_in_grey(client: TestClient, image: int) -> None:
    response = client.get(f"/tiles/{image}/0/0/0/0/0.png", params={"m": "g"})

    shown = picture(response.content)
    assert shown.any()
    assert np.array_equal(shown[..., 0], shown[..., 1])
    assert np.array_equal(shown[..., 0], shown[..., 2])


def test_the_quality_is_obeyed(client: TestClient, image: int) -> None:
    sizes = [
        len(client.get(f"/tiles/{image}/0/0/0/0/0.jpg", params={"q": q}).content) for q in (5, 100)
    ]

    assert sizes[0] < sizes[1]


def version_of(micrograph: Micrograph, viewer: Viewer, image: int) -> str:
    with micrograph.database.reading() as session:
        return micrograph.images.find(session, viewer, image).version


def test_the_current_version_never_changes_and_others_are_asked_again(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    version = version_of(micrograph, administrator, image)

    current = client.get(f"/tiles/{image}/0/0/0/0/0.jpg", params={"v": version})
    old = client.get(f"/tiles/{image}/0/0/0/0/0.jpg", params={"v": "old"})
    none = client.get(f"/tiles/{image}/0/0/0/0/0.jpg")

    assert current.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert old.headers["cache-control"] == "private, no-cache"
    assert none.headers["cache-control"] == "private, no-cache"
    assert current.headers["etag"] == old.headers["etag"] == none.headers["etag"]
    assert current.headers["vary"].lower() == "cookie, authorization"


def test_a_known_tile_is_answered_without_reading_pixels(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    tmp_path: Path,
    image_file: Path,
) -> None:
    copy = tmp_path / "copy.ome.tiff"
    copy.write_bytes(image_file.read_bytes())
    image = import_one(micrograph, administrator, copy)
    address = f"/tiles/{image}/0/0/0/0/0.jpg"
    tag = client.get(address).headers["etag"]
    micrograph.tiles.clear()
    copy.unlink()

    response = client.get(address, headers={"if-none-match": tag})

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == tag


def test_tags_differ_with_whatever_changes_the_bytes(client: TestClient, image: int) -> None:
    addresses = [
        f"/tiles/{image}/0/0/0/0/0.jpg",
        f"/tiles/{image}/0/0/0/1/0.jpg",
        f"/tiles/{image}/0/0/1/0/0.jpg",
        f"/tiles/{image}/0/1/0/0/0.jpg",
        f"/tiles/{image}/1/0/0/0/0.jpg",
        f"/tiles/{image}/0/0/0/0/0.png",
        f"/tiles/{image}/0/0/0/0/0.jpg?q=50",
        f"/tiles/{image}/0/0/0/0/0.jpg?size=256",
        f"/tiles/{image}/0/0/0/0/0.jpg?c=1:0-10",
        f"/tiles/{image}/0/0/0/0/0.jpg?m=g",
    ]

    tags = [client.get(address).headers["etag"] for address in addresses]

    assert len(set(tags)) == len(addresses)
    assert all(re.fullmatch(r'"[0-9a-f]{32}"', tag) for tag in tags)


def test_head_has_the_headers_of_get(client: TestClient, image: int) -> None:
    address = f"/tiles/{image}/0/0/0/0/0.jpg"

    head, get = client.head(address), client.get(address)

    for name in ("etag", "content-type", "content-length", "cache-control"):
        assert head.headers[name] == get.headers[name]


def test_nobody_sees_tiles_without_signing_in(anybody: TestClient, image: int) -> None:
    response = anybody.get(f"/tiles/{image}/0/0/0/0/0.jpg")

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_signed_in"


def test_a_hidden_image_looks_like_one_that_does_not_exist(
    client: TestClient, stranger: TestClient, image: int
) -> None:
    address = f"/tiles/{image}/0/0/0/0/0.jpg"
    tag = client.get(address).headers["etag"]

    hidden = stranger.get(address, headers={"if-none-match": tag})
    missing = stranger.get("/tiles/999999/0/0/0/0/0.jpg")

    assert hidden.status_code == missing.status_code == 404
    assert _plain(hidden.json(), image) == _plain(missing.json(), 999999)


def _plain(answer: dict[str, dict[str, str]], image: int) -> dict[str, str]:
    error = dict(answer["error"], request="")
    return {key: value.replace(str(image), "N") for key, value in error.items()}


@pytest.mark.parametrize(
    ("path", "status", "code", "says"),
    [
        ("{image}/9/0/0/0/0.jpg", 404, "out_of_range", "0 to "),
        ("{image}/-1/0/0/0/0.jpg", 404, "out_of_range", "level=-1"),
        ("{image}/0/4/0/0/0.jpg", 404, "out_of_range", "4 sections"),
        ("{image}/0/0/2/0/0.jpg", 404, "out_of_range", "2 time points"),
        ("{image}/0/0/0/3/0.jpg", 404, "out_of_range", "0 to 2"),
        ("{image}/0/0/0/0/2.jpg", 404, "out_of_range", "0 to 1"),
        ("{image}/0/0/0/0/999999999999999999.jpg", 404, "out_of_range", "0 to 1"),
        ("{image}/zero/0/0/0/0.jpg", 400, "invalid_input", "level"),
        ("{image}/0/0.5/0/0/0.jpg", 400, "invalid_input", "z="),
        ("{image}/0/0/0/0/0.gif", 415, "unsupported_format", "gif"),
        ("{image}/0/0/0/0/0.jpg?size=63", 400, "invalid_input", "64 to 2048"),
        ("{image}/0/0/0/0/0.jpg?size=2049", 400, "invalid_input", "64 to 2048"),
        ("{image}/0/0/0/0/0.jpg?q=0", 400, "invalid_input", "1 to 100"),
        ("{image}/0/0/0/0/0.jpg?q=high", 400, "invalid_input", "whole number"),
        ("{image}/0/0/0/0/0.jpg?zoom=2", 400, "invalid_input", "zoom"),
        ("{image}/0/0/0/0/0.jpg?q=1&q=2", 400, "invalid_input", "twice"),
        ("{image}/0/0/0/0/0.jpg?c=1:20-10", 400, "invalid_window", "20"),
        ("{image}/0/0/0/0/0.jpg?c=1.lut(nope)", 400, "unknown_lut", "nope"),
        ("{image}/0/0/0/0/0.jpg?c=4", 400, "invalid_settings", "channel 4"),
        ("{image}/0/0/0/0/0.jpg?c=red", 400, "invalid_settings", "red"),
        ("{image}/0/0/0/0/0.jpg?m=x", 400, "invalid_settings", "x"),
        ("{image}/0/0/0/0/0.jpg?p=median", 400, "invalid_settings", "median"),
        ("{image}/0/0/0/0/0.jpg?p=", 400, "invalid_settings", "''"),
        ("{image}/0/0/0/0/0.jpg?p=max:0-3", 400, "invalid_settings", "max:0-3"),
        ("{image}/0/0/0/0/0.jpg?p=max:2-5", 400, "invalid_settings", "1 to 4"),
        ("{image}/0/0/0/0/0.jpg?p=tmax:1-3", 400, "invalid_settings", "1 to 2"),
        ("{image}/0/0/0/0/0.jpg?p=max:3-2", 400, "invalid_settings", "smaller number first"),
        ("{image}/0/4/0/0/0.jpg?p=max", 404, "out_of_range", "4 sections"),
        ("0/0/0/0/0/0.jpg", 404, "not_found", "image"),
        ("-1/0/0/0/0/0.jpg", 404, "not_found", "image"),
        ("99999999999999999999999/0/0/0/0/0.jpg", 404, "not_found", "image"),
        ("Image:1/0/0/0/0/0.jpg", 404, "not_found", "image"),
    ],
)
def test_every_bad_parameter_is_named_with_a_remedy(
    client: TestClient, image: int, path: str, status: int, code: str, says: str
) -> None:
    response = client.get(f"/tiles/{path.format(image=image)}")

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, code)
    assert says in f"{error['message']} {error['remedy']}"
    assert error["remedy"]
    assert response.headers["cache-control"] == "no-store"


def test_a_file_that_is_gone_is_said_so_and_not_where_it_was(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    tmp_path: Path,
    image_file: Path,
) -> None:
    copy = tmp_path / "copy.ome.tiff"
    copy.write_bytes(image_file.read_bytes())
    image = import_one(micrograph, administrator, copy)
    copy.unlink()
    micrograph.repository.close()

    response = client.get(f"/tiles/{image}/0/0/0/0/0.jpg")

    assert response.status_code == 422
    assert response.json()["error"]["code"] == "unreadable_file"
    assert str(tmp_path) not in response.text


def test_an_image_without_statistics_is_measured_at_its_first_view(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    tmp_path: Path,
    image_file: Path,
) -> None:
    copy = tmp_path / "copy.ome.tiff"
    copy.write_bytes(image_file.read_bytes())
    image = import_one(micrograph, administrator, copy, statistics=False)

    shown = picture(client.get(f"/tiles/{image}/0/3/1/0/0.png").content)

    assert shown.max() > 200, "the window is the type's range, not the image's"


def test_when_too_much_waits_a_tile_is_told_to_come_back(
    client: TestClient, micrograph: Micrograph, image: int
) -> None:
    release = threading.Event()
    slots = micrograph.slots.render
    slots._queue = 0
    portal = client.portal
    assert portal is not None
    holders = [portal.start_task_soon(slots.run, "holder", release.wait, 10) for _ in range(2)]
    portal.call(_settle)

    response = client.get(f"/tiles/{image}/0/0/0/0/0.jpg")
    release.set()
    for holder in holders:
        holder.result()
    again = client.get(f"/tiles/{image}/0/0/0/0/0.jpg")

    assert response.status_code == 503
    assert response.json()["error"]["code"] == "busy"
    assert int(response.headers["retry-after"]) >= 1
    assert again.status_code == 200


async def _settle() -> None:
    import anyio

    await anyio.sleep(0.05)


def test_a_tile_of_a_level_that_takes_long_to_make_is_answered(
    client: TestClient,
    micrograph: Micrograph,
    administrator: Viewer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pyramid, "LONG_BYTES", 0)
    path = tmp_path / "flat.tif"
    tifffile.imwrite(path, np.full((1100, 1300, 3), (200, 100, 50), np.uint8), rowsperstrip=8)
    image = import_one(micrograph, administrator, path)
    response = client.get(f"/tiles/{image}/2/0/0/0/0.png")

    assert response.status_code == 200
    assert np.array_equal(picture(response.content)[0, 0], (200, 100, 50))
