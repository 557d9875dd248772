"""Raw planes over HTTP: exact samples, previews, and what is refused."""

import gzip
import io
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from app.context import Micrograph
from app.routes.raw import agreed
from render.downsample import halve
from store.access import Viewer
from tests import reference
from tests.app.conftest import import_one, make_pixels

PLAIN = {"accept-encoding": "identity"}


def samples(response: Any, content: bytes | None = None) -> NDArray[Any]:
    """The planes of an answer, shape (C, Y, X)."""
    assert response.status_code == 200, response.text
    channels, height, width = map(int, response.headers["x-shape"].split(","))
    dtype = np.dtype(response.headers["x-dtype"]).newbyteorder("<")
    plain = np.frombuffer(response.content if content is None else content, np.uint8)
    apart = plain.reshape(channels, dtype.itemsize, height * width)
    joined = np.ascontiguousarray(apart.transpose(0, 2, 1)).view(dtype)
    planes: NDArray[Any] = joined.reshape(channels, height, width)
    return planes


def stacked(response: Any) -> NDArray[np.uint8]:
    """The planes of a preview, shape (C, Y, X)."""
    assert response.headers["content-type"] == "image/jpeg"
    shape = tuple(map(int, response.headers["x-shape"].split(",")))
    picture = Image.open(io.BytesIO(response.content))
    assert picture.mode == "L"
    return np.asarray(picture).reshape(shape)


def test_planes_are_the_samples_of_their_place(client: TestClient, image: int) -> None:
    response = client.get(f"/raw/{image}/0/2/1/1/0", params={"size": 256, "c": "1,3"})

    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["x-dtype"] == "uint16"
    np.testing.assert_array_equal(samples(response), make_pixels()[1, [0, 2], 2, :256, 256:512])


def test_channels_come_in_the_order_asked_for_and_all_when_none_is(
    client: TestClient, image: int
) -> None:
    turned = client.get(f"/raw/{image}/0/0/0/0/0", params={"c": "3,1"})
    whole = client.get(f"/raw/{image}/0/0/0/0/0")

    np.testing.assert_array_equal(samples(turned), make_pixels()[0, [2, 0], 0, :512, :512])
    np.testing.assert_array_equal(samples(whole), make_pixels()[0, :, 0, :512, :512])


def test_planes_at_the_edge_are_smaller(client: TestClient, image: int) -> None:
    response = client.get(f"/raw/{image}/0/3/0/2/1", params={"c": "2"})

    np.testing.assert_array_equal(samples(response), make_pixels()[0, [1], 3, 512:, 1024:])


def test_planes_of_levels_that_were_made(client: TestClient, image: int) -> None:
    response = client.get(f"/raw/{image}/1/0/0/0/0", params={"c": "1"})

    np.testing.assert_array_equal(samples(response)[0], halve(make_pixels()[0, 0, 0])[:512, :512])


@pytest.mark.parametrize("kind", ["max", "mean", "min", "sum"])
def test_projections_are_sent_as_planes(client: TestClient, image: int, kind: str) -> None:
    response = client.get(f"/raw/{image}/0/0/1/0/0", params={"c": "2", "p": f"{kind}:2-3"})

    stack = make_pixels()[1, 1, 1:3, :512, :512]
    np.testing.assert_array_equal(samples(response)[0], reference.project(stack, kind))


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("gzip;q=1.0, zstd;q=0.5", "gzip"),
        ("zstd;q=0, *", "gzip"),
        ("*", "zstd"),
        ("*;q=0", None),
        ("identity", None),
        ("br", None),
        ("", None),
        ("gzip;level=9, zstd;q=7, ;;,", None),
    ],
)
def test_the_best_coding_that_the_client_takes(accepted: str, coding: str | None) -> None:
    assert agreed(accepted) == coding


@pytest.mark.parametrize(
    ("coding", "decode"), [("gzip", gzip.decompress), ("zstd", imagecodecs.zstd_decode)]
)
def test_planes_are_compressed_as_the_client_takes_them(
    client: TestClient, image: int, coding: str, decode: Any
) -> None:
    request = client.build_request(
        "GET", f"/raw/{image}/0/0/0/0/0", headers={"accept-encoding": coding}
    )
    response = client.send(request, stream=True)
    sent = b"".join(response.iter_raw())

    assert response.headers["content-encoding"] == coding
    assert response.headers["vary"] == "cookie, authorization, accept-encoding"
    plain = client.get(f"/raw/{image}/0/0/0/0/0", headers=PLAIN)
    assert "content-encoding" not in plain.headers
    assert decode(sent) == plain.content
    assert len(sent) < len(plain.content) / 2
    assert plain.headers["etag"] != response.headers["etag"]


def test_a_preview_is_roots_between_the_channels_ends(client: TestClient, image: int) -> None:
    response = client.get(f"/raw/{image}/0/1/0/0/0", params={"c": "1,2", "e": "preview", "q": 95})

    blacks, whites = (
        list(map(float, response.headers[name].split(","))) for name in ("x-black", "x-white")
    )
    pixels = make_pixels()
    assert blacks == [pixels[:, 0].min(), pixels[:, 1].min()]
    assert whites == [pixels[:, 0].max(), pixels[:, 1].max()]
    assert "content-encoding" not in response.headers
    wanted = [reference.compand(pixels[0, c, 1, :512, :512], blacks[c], whites[c]) for c in (0, 1)]
    assert np.abs(stacked(response).astype(int) - wanted).mean() < 2


def test_a_preview_of_a_sum_reaches_as_far_as_the_sum(client: TestClient, image: int) -> None:
    response = client.get(f"/raw/{image}/0/0/0/0/0", params={"c": "3", "e": "preview", "p": "sum"})

    pixels = make_pixels()[:, 2]
    assert float(response.headers["x-white"]) == 4 * pixels.max()
    wanted = reference.compand(
        reference.project(pixels[0, :, :512, :512], "sum"),
        4 * int(pixels.min()),
        4 * int(pixels.max()),
    )
    assert np.abs(stacked(response)[0].astype(int) - wanted).mean() < 2


def test_planes_have_the_caching_of_tiles(client: TestClient, image: int) -> None:
    query = f'{{ image(id: "Image:{image}") {{ rawUrl }} }}'
    url = client.post("/graphql", json={"query": query}).json()["data"]["image"]["rawUrl"]
    address = url.format(level=0, z=0, t=0, x=0, y=0)

    kept = client.get(f"{address}&c=2")
    unversioned = client.get(address.partition("?")[0], params={"c": "2"})
    again = client.get(f"{address}&c=2", headers={"if-none-match": kept.headers["etag"]})

    assert kept.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert unversioned.headers["cache-control"] == "private, no-cache"
    assert kept.headers["etag"] == unversioned.headers["etag"]
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["vary"] == "cookie, authorization, accept-encoding"
    assert not {"content-encoding", "content-type", "x-shape"} & set(again.headers)


def test_every_place_and_form_has_its_own_tag(client: TestClient, image: int) -> None:
    addresses = [
        "0/0/0/0/0?c=1", "0/0/0/0/0?c=2", "0/0/0/0/0?c=1,2", "0/0/0/0/0?c=2,1", "0/1/0/0/0?c=1",
        "0/0/1/0/0?c=1", "0/0/0/1/0?c=1", "0/0/0/0/1?c=1", "1/0/0/0/0?c=1", "0/0/0/0/0?c=1&size=256",
        "0/0/0/0/0?c=1&p=max", "0/0/0/0/0?c=1&p=min", "0/0/0/0/0?c=1&e=preview",
        "0/0/0/0/0?c=1&e=preview&q=50",
    ]  # fmt: skip

    tags = {client.get(f"/raw/{image}/{each}").headers["etag"] for each in addresses}

    assert len(tags) == len(addresses)


def test_planes_are_made_once(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, tmp_path: Path
) -> None:
    path = tmp_path / "once.tif"
    tifffile.imwrite(path, np.full((64, 64), 7, np.uint16))
    address = f"/raw/{import_one(micrograph, administrator, path)}/0/0/0/0/0"

    first = client.get(address)
    path.unlink()
    micrograph.repository.close()
    second = client.get(address)

    assert (samples(first) == 7).all()
    assert second.content == first.content


def test_planes_that_may_not_be_seen_are_those_that_do_not_exist(
    stranger: TestClient, anybody: TestClient, image: int
) -> None:
    hidden = stranger.get(f"/raw/{image}/0/0/0/0/0?c=1")
    missing = stranger.get(f"/raw/{image + 1000}/0/0/0/0/0?c=1")

    assert hidden.status_code == missing.status_code == 404
    assert hidden.json()["error"]["code"] == missing.json()["error"]["code"] == "not_found"


def test_nobody_gets_planes_without_signing_in(anybody: TestClient, image: int) -> None:
    assert anybody.get(f"/raw/{image}/0/0/0/0/0").status_code == 401


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("0/0/0/0/0?c=4", 400, "names channel 4 of an image with 3"),
        ("0/0/0/0/0?c=0", 400, "names channel 0"),
        ("0/0/0/0/0?c=1,1", 400, "names a channel twice"),
        ("0/0/0/0/0?c=", 400, "is no list of channels"),
        ("0/0/0/0/0?c=-1", 400, "is no list of channels"),
        ("0/0/0/0/0?c=1:0-9", 400, "is no list of channels"),
        ("0/0/0/0/0?e=raw", 400, "No encoding 'raw'"),
        ("0/0/0/0/0?q=101&e=preview", 400, "q=101 is outside its range"),
        ("0/0/0/0/0?size=63", 400, "size=63 is outside its range"),
        ("0/0/0/0/0?p=median", 400, "is not a projection"),
        ("0/0/0/0/0?m=g", 400, "Unknown parameter 'm'"),
        ("9/0/0/0/0", 404, "level=9 is outside the image"),
        ("0/4/0/0/0", 404, "z=4 is outside the image"),
        ("0/0/2/0/0", 404, "t=2 is outside the image"),
        ("0/0/0/3/0", 404, "x=3 is outside the image"),
        ("0/0/0/0/-1", 404, "y=-1 is outside the image"),
        ("0/a/0/0/0", 400, "is no whole number"),
    ],
)
def test_what_cannot_be_sent_is_said(
    client: TestClient, image: int, address: str, status: int, words: str
) -> None:
    response = client.get(f"/raw/{image}/{address}")

    assert response.status_code == status
    assert words in response.json()["error"]["message"]


def test_a_file_that_is_gone_is_said(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, tmp_path: Path
) -> None:
    path = tmp_path / "gone.tif"
    tifffile.imwrite(path, np.zeros((64, 64), np.uint16))
    image = import_one(micrograph, administrator, path, statistics=False)
    path.unlink()

    response = client.get(f"/raw/{image}/0/0/0/0/0")

    assert response.status_code == 422
    assert response.json()["error"]["code"] == "unreadable_file"


STORED = [
    "?",
    "u1",
    "i1",
    "<u2",
    ">i2",
    "<u4",
    "<i4",
    "<u8",
    "<i8",
    "<f2",
    "<f4",
    ">f8",
    "<c8",
    "<c16",
]


@pytest.mark.parametrize("dtype", STORED)
def test_every_pixel_type_is_sent_in_a_type_that_clients_have(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, tmp_path: Path, dtype: str
) -> None:
    plane = np.arange(70 * 90).reshape(70, 90) % 200 - (0 if np.dtype(dtype).kind in "bu" else 60)
    stored = (plane % 2 if dtype == "?" else plane).astype(dtype)
    path = tmp_path / "typed.tif"
    tifffile.imwrite(path, stored, photometric="minisblack")
    image = import_one(micrograph, administrator, path)

    exact = client.get(f"/raw/{image}/0/0/0/0/0", headers=PLAIN)
    preview = client.get(f"/raw/{image}/0/0/0/0/0", params={"e": "preview"})

    wanted = np.abs(stored) if stored.dtype.kind == "c" else stored
    np.testing.assert_array_equal(samples(exact)[0], wanted.astype(np.float64))
    black, white = float(preview.headers["x-black"]), float(preview.headers["x-white"])
    assert black == wanted.min()
    assert white == wanted.max()
    companded = reference.compand(stored, black, white).astype(int)
    assert np.abs(stacked(preview)[0] - companded).mean() < 12


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.lists(
        st.integers(-2, 6).map(str) | st.text("0129x-", max_size=4), min_size=5, max_size=5
    ),
    query=st.dictionaries(
        st.sampled_from(["c", "size", "e", "p", "q", "v", "m"]),
        st.text("0123456789,:-maxshuflepriw", max_size=9)
        | st.sampled_from(["1,2", "preview", "shuffle", "max:1-2", "512", "90"]),
    ),
    accepted=st.text("gzipstd*;q=0.1, ", max_size=24),
)
def test_no_address_makes_the_server_fail(
    client: TestClient, image: int, path: list[str], query: dict[str, str], accepted: str
) -> None:
    headers = {"accept-encoding": accepted.strip()}

    response = client.get(f"/raw/{image}/{'/'.join(path)}", params=query, headers=headers)

    assert response.status_code < 500
