import asyncio
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
import tifffile
import zarr
from PIL import Image
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from app.context import Micrograph
from app.main import create_app
from store import models
from store.access import Viewer
from tests.app.conftest import make_pixels
from tests.app.exported import imported
from tests.images import make_image, write_pages


@pytest.fixture
def dataset(micrograph: Micrograph, administrator: Viewer, tmp_path: Path) -> int:
    paths = [
        write_pages(tmp_path / f"{n}.tif", make_image((1, 1, 1, 60, 80 + n))) for n in range(3)
    ]
    imported(micrograph, administrator, *paths, dataset="cells")
    return 1


def left_behind(micrograph: Micrograph) -> list[Path]:
    spool = micrograph.settings.data / "exports"
    return list(spool.iterdir()) if spool.exists() else []


def test_an_image_is_downloaded_as_ome_tiff(
    client: TestClient, micrograph: Micrograph, image: int
) -> None:
    answer = client.get(f"/export/Image:{image}.ome.tiff")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/tiff"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''cells.ome.tiff"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert np.array_equal(tifffile.imread(io.BytesIO(answer.content)), make_pixels())
    assert left_behind(micrograph) == []


def test_who_takes_what_is_in_the_audit_log(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, image: int
) -> None:
    client.head(f"/export/Image:{image}.png")
    client.get(f"/export/Image:{image}.png")

    entry = models.AuditEntry
    with micrograph.database.reading() as session:
        lines = session.scalars(sa.select(entry).where(entry.action == "export")).all()
    assert [(one.actor_id, one.subject) for one in lines] == [
        (administrator.experimenter_id, f"Image:{image}")
    ]
    assert '"format":"png"' in lines[0].details


def test_graphql_tells_where_downloads_are(client: TestClient, image: int) -> None:
    query = f'{{ image(id: "Image:{image}") {{ exportUrl }} }}'

    found = client.post("/graphql", json={"query": query}).json()["data"]["image"]["exportUrl"]

    assert found == f"/export/Image:{image}.{{format}}"
    assert client.get(found.format(format="png")).status_code == 200


def test_a_part_of_a_download_can_be_asked_for(client: TestClient, image: int) -> None:
    whole = client.get(f"/export/Image:{image}.ome.tiff?level=1").content

    answer = client.get(
        f"/export/Image:{image}.ome.tiff?level=1", headers={"range": "bytes=100-199"}
    )

    assert answer.status_code == 206
    assert answer.content == whole[100:200]


def test_an_image_is_downloaded_as_ome_zarr(client: TestClient, image: int, tmp_path: Path) -> None:
    answer = client.get(f"/export/Image:{image}.ozx", params={"c": "2", "t": "1", "z": "2-3"})

    assert answer.status_code == 200
    assert "content-length" not in answer.headers
    (tmp_path / "a.ozx").write_bytes(answer.content)
    group: Any = zarr.open_group(zarr.storage.ZipStore(tmp_path / "a.ozx", mode="r"), mode="r")
    assert np.array_equal(np.asarray(group["0"][...]), make_pixels()[:1, 1:2, 1:3])


def test_a_dataset_is_downloaded_as_a_zip(
    client: TestClient, micrograph: Micrograph, dataset: int
) -> None:
    for format_, names in (
        ("ome.tiff", ["0.ome.tiff", "1.ome.tiff", "2.ome.tiff", "cells.companion.ome"]),
        ("png", ["0.png", "1.png", "2.png"]),
    ):
        answer = client.get(f"/export/Dataset:{dataset}.{format_}")
        assert answer.headers["content-type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            assert sorted(archive.namelist()) == names
    assert left_behind(micrograph) == []


def test_a_bundle_is_downloaded_with_what_was_imported(
    client: TestClient, dataset: int, tmp_path: Path
) -> None:
    answer = client.get(f"/export/Dataset:{dataset}.crate.zip")

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.read("files/1/0.tif") == (tmp_path / "0.tif").read_bytes()
        assert "ro-crate-metadata.json" in archive.namelist()


def test_a_picture_is_downloaded(client: TestClient, image: int) -> None:
    answer = client.get(f"/export/Image:{image}.png?p=max&c=1,-2,-3&text=DNA")

    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (1100, 700)


def test_what_is_hidden_is_answered_as_what_does_not_exist(
    stranger: TestClient, client: TestClient, image: int, dataset: int
) -> None:
    for format_ in ("ome.tiff", "ozx", "png"):
        for thing, missing in (
            (f"Image:{image}", "Image:999"),
            (f"Dataset:{dataset}", "Dataset:99"),
        ):
            hidden = stranger.get(f"/export/{thing}.{format_}")
            absent = stranger.get(f"/export/{missing}.{format_}")
            assert hidden.status_code == absent.status_code == 404
            number, other = thing.partition(":")[2], missing.partition(":")[2]
            said, wanted = hidden.json()["error"], absent.json()["error"]
            assert said["message"].replace(number, "#") == wanted["message"].replace(other, "#")


def test_nobody_downloads_without_signing_in(anybody: TestClient, image: int) -> None:
    assert anybody.get(f"/export/Image:{image}.ome.tiff").status_code == 401


@pytest.mark.parametrize(("address", "status"), [
    ("Image:1.gif", 400), ("Image:1.ome.tiff?chunk=64", 400), ("Image:1.ome.tiff?z=9", 400),
    ("Image:1.ozx?compression=lzw", 400), ("Image:1.ome.tiff?compression=jpeg", 400),
    ("Image.png", 404), ("Image:x.png", 404), ("Tag:1.ozx", 400), ("Image:1.png?bar=left", 400),
    ("Image:1.png?region=0,0,9999,9", 400),
])  # fmt: skip
def test_what_cannot_be_exported_is_said(client: TestClient, address: str, status: int) -> None:
    answer = client.get(f"/export/{address}")

    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_a_file_that_is_gone_is_an_error_and_no_download(
    client: TestClient, micrograph: Micrograph, administrator: Viewer, tmp_path: Path
) -> None:
    path = write_pages(tmp_path / "a.tif", make_image((1, 1, 1, 60, 80)))
    (image,) = imported(micrograph, administrator, path)
    path.unlink()

    for format_ in ("ome.tiff", "ozx", "png"):
        answer = client.get(f"/export/Image:{image}.{format_}")
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == "unreadable_file"
    assert left_behind(micrograph) == []


def test_the_head_of_a_download_says_what_it_is(client: TestClient, image: int) -> None:
    answer = client.head(f"/export/Image:{image}.ozx")

    assert answer.status_code == 200
    assert "cells.ome.zarr.ozx" in answer.headers["content-disposition"]


@pytest.mark.parametrize("format_", ["ozx", "ome.tiff"])
def test_a_download_ends_when_its_client_goes(
    micrograph: Micrograph, image: int, format_: str
) -> None:
    sent = asyncio.run(left(micrograph, f"/export/Image:{image}.{format_}"))

    assert [message["type"] for message in sent if message.get("more_body") is False] == []
    assert len(sent) < 4
    assert left_behind(micrograph) == []


async def left(micrograph: Micrograph, path: str) -> list[Message]:
    """What a client gets that goes away with the first piece, or in the midst of the work."""
    app, gone = create_app(micrograph), asyncio.Event()
    sent: list[Message] = []

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            gone.set()
            await asyncio.sleep(0.05)

    signed: list[Message] = []

    async def keep(message: Message) -> None:
        signed.append(message)

    await app(scope_of("/login", f"token={micrograph.tokens.issue()}"), receive, keep)
    cookies = dict(signed[0]["headers"])[b"set-cookie"].partition(b";")[0]
    if path.endswith("tiff"):
        asyncio.get_running_loop().call_later(0.1, gone.set)
    await app(scope_of(path, "", cookies), receive, send)
    return sent


def scope_of(path: str, query: str, cookies: bytes = b"") -> Scope:
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1:8080"), (b"cookie", cookies)],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8080),
        "scheme": "http",
        "root_path": "",
        "http_version": "1.1",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
    }
