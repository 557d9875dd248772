"""Uploads: whole files out of pieces, whatever cuts them, and nothing that was not sent."""

import base64
import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx2 as httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.context import Micrograph
from app.settings import Settings
from store import models

TUS = {"tus-resumable": "1.0.0"}
TYPE = {"content-type": "application/offset+octet-stream"}
HOSTILE = [
    *(
        "../../etc/passwd",
        "/etc/passwd",
        "C:\\a",
        "a\r\nSet-Cookie: x=y",
        "\u202egnp.exe",
        "😀" * 80,
    ),
    *("a/../b", "con.tif", "<script>alert(1)</script>.tif", "'; DROP TABLE upload;--", "é" * 300),
]


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def metadata(**values: str) -> dict[str, str]:
    return {"upload-metadata": ",".join(f"{key} {b64(value)}" for key, value in values.items())}


def begin(client: Any, size: int, name: str = "a.bin", **more: str) -> str:
    headers = TUS | {"upload-length": str(size)} | metadata(relativePath=name, **more)
    answer = client.post("/uploads", headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def send(client: Any, url: str, offset: int, data: bytes, **headers: str) -> Any:
    return client.patch(
        url, content=data, headers=TUS | TYPE | {"upload-offset": str(offset)} | headers
    )


def offset_of(client: Any, url: str) -> int:
    answer = client.head(url, headers=TUS)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


def stored(micrograph: Micrograph, url: str) -> bytes:
    return (micrograph.settings.data / url.strip("/") / "content").read_bytes()


def row(micrograph: Micrograph, url: str) -> Any:
    with micrograph.database.reading() as session:
        found = session.query(models.Upload).all()
    return next(one for one in found if url.endswith(one.token))


def test_the_server_says_what_it_understands(client: TestClient) -> None:
    answer = client.options("/uploads")

    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {
        *("creation", "creation-with-upload", "checksum", "termination", "expiration"),
    }
    assert answer.headers["tus-checksum-algorithm"] == "sha256"


def test_a_file_comes_in_pieces(client: TestClient, micrograph: Micrograph) -> None:
    content = random.Random(1).randbytes(3_000_000)
    digest = hashlib.sha256(content).hexdigest()
    url = begin(client, len(content), "one/é.tif", sha256=digest, batch="b1")
    first = send(client, url, 0, content[:1_000_001])
    second = send(client, url, 1_000_001, content[1_000_001:])
    said = client.head(url, headers=TUS).headers

    assert [first.status_code, second.status_code] == [204, 204]
    assert second.headers["upload-offset"] == said["upload-length"] == "3000000"
    assert b64("one/é.tif") in said["upload-metadata"]
    assert stored(micrograph, url) == content
    assert (row(micrograph, url).sha256, row(micrograph, url).batch) == (digest, "b1")
    assert row(micrograph, url).completed is not None


def test_a_file_comes_with_its_beginning(client: TestClient, micrograph: Micrograph) -> None:
    headers = TUS | TYPE | {"upload-length": "5"} | metadata(filename="x")
    answer = client.post("/uploads", headers=headers, content=b"hello")
    empty = begin(client, 0)

    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "5")
    assert stored(micrograph, answer.headers["location"]) == b"hello"
    assert row(micrograph, empty).completed is not None


def test_a_piece_goes_where_the_last_one_ended(client: TestClient) -> None:
    url = begin(client, 10)
    send(client, url, 0, b"abc")
    for offset in (0, 2, 4, 9):
        answer = send(client, url, offset, b"d")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    too_much = send(client, url, 3, b"x" * 8)

    assert too_much.status_code == 413
    assert offset_of(client, url) == 3


def test_an_upload_is_given_up(client: TestClient, micrograph: Micrograph) -> None:
    url = begin(client, 10)
    send(client, url, 0, b"abc")

    assert client.delete(url, headers=TUS).status_code == 204
    assert client.head(url, headers=TUS).status_code == 404
    assert not (micrograph.settings.data / url.strip("/")).exists()


def test_nobody_sees_uploads_of_others(client: TestClient, stranger: TestClient) -> None:
    url, other = begin(client, 10), "/uploads/" + "0" * 32
    answers = [
        [
            stranger.head(place, headers=TUS).status_code,
            send(stranger, place, 0, b"x").status_code,
            stranger.delete(place, headers=TUS).status_code,
        ]
        for place in (url, other, "/uploads/..x")
    ]

    assert answers == [[404, 404, 404]] * 3
    assert offset_of(client, url) == 0


def test_nobody_uploads_without_signing_in(anybody: TestClient) -> None:
    headers = TUS | {"upload-length": "1"} | metadata(filename="x")

    assert anybody.post("/uploads", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"upload-length": "1"}, 412),
        ({"tus-resumable": "0.2.2", "upload-length": "1"}, 412),
        (TUS, 400),
        (TUS | {"upload-length": "-1"}, 400),
        (TUS | {"upload-length": "1e9"}, 400),
        (TUS | {"upload-length": str(1 << 41)}, 413),
        (TUS | {"upload-length": "1", "upload-metadata": "filename ///"}, 400),
        (TUS | {"upload-length": "1", "upload-metadata": ""}, 400),
        (TUS | {"upload-length": "1"} | metadata(filename="x", sha256="12"), 400),
        (TUS | {"upload-length": "1"} | metadata(filename="a\0b"), 400),
        (
            TUS | {"upload-length": "1", "origin": "http://evil.example"} | metadata(filename="x"),
            403,
        ),
    ],
)
def test_what_cannot_be_understood_is_refused(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    assert client.post("/uploads", headers=headers).status_code == status


def test_pieces_of_another_type_are_refused(client: TestClient) -> None:
    url = begin(client, 4)
    headers = TUS | {"upload-offset": "0", "content-type": "multipart/form-data; boundary=x"}

    assert client.patch(url, content=b"abcd", headers=headers).status_code == 415


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_data_and_no_place(
    client: TestClient, micrograph: Micrograph, name: str
) -> None:
    before = {path.name for path in micrograph.settings.data.rglob("*")}
    url = begin(client, 2, name)
    send(client, url, 0, b"ab")
    token = url.rpartition("/")[2]
    after = {path.name for path in micrograph.settings.data.rglob("*")}

    assert row(micrograph, url).path == name
    assert after - before <= {"uploads", token, "content", "offset"}


def test_what_is_too_much_is_refused(
    micrograph: Micrograph, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(client, 600)
    object.__setattr__(micrograph.settings, "upload_limit", 1_000)
    headers = TUS | {"upload-length": "600"} | metadata(filename="x")
    bytes_ = client.post("/uploads", headers=headers)
    object.__setattr__(micrograph.settings, "upload_count", 1)
    files = client.post("/uploads", headers=headers | {"upload-length": "1"})
    monkeypatch.setattr("app.uploads.RESERVE", 1 << 60)
    object.__setattr__(micrograph.settings, "upload_count", 10)
    disk = client.post("/uploads", headers=headers | {"upload-length": "1"})

    assert [bytes_.status_code, files.status_code, disk.status_code] == [400, 400, 503]


def test_uploads_end_some_day(
    client: TestClient, micrograph: Micrograph, monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(micrograph.settings, "upload_lifetime", -1)
    old = begin(client, 5)
    object.__setattr__(micrograph.settings, "upload_lifetime", 60)
    new = begin(client, 5)

    assert client.head(old, headers=TUS).status_code == 404
    assert client.head(new, headers=TUS).headers["upload-expires"].endswith("GMT")
    assert not (micrograph.settings.data / old.strip("/")).exists()


def test_every_flipped_byte_of_a_piece_is_refused(
    client: TestClient, micrograph: Micrograph
) -> None:
    chance = random.Random(3)
    content = chance.randbytes(200 * 50)
    url = begin(client, len(content), "flip.tif")
    refused = 0
    for start in range(0, len(content), 50):
        piece = bytearray(content[start : start + 50])
        digest = hashlib.sha256(piece)
        checksum = {"upload-checksum": f"sha256 {base64.b64encode(digest.digest()).decode()}"}
        piece[chance.randrange(50)] ^= 1 << chance.randrange(8)
        answer = send(client, url, start, bytes(piece), **checksum)
        message = answer.json()["error"]["message"]
        assert answer.status_code == 460
        assert "flip.tif" in message
        assert digest.hexdigest() in message
        assert hashlib.sha256(piece).hexdigest() in message
        refused += 1
        assert send(client, url, start, content[start : start + 50], **checksum).status_code == 204

    assert refused == 200
    assert stored(micrograph, url) == content


def test_a_file_that_arrived_damaged_is_refused_and_begins_anew(
    client: TestClient, micrograph: Micrograph
) -> None:
    content = b"x" * 1_000
    digest = hashlib.sha256(content).hexdigest()
    url = begin(client, 1_000, "whole.tif", sha256=digest)
    damaged = b"x" * 999 + b"y"
    answer = send(client, url, 0, damaged)
    message = answer.json()["error"]["message"]
    again = offset_of(client, url)
    done = send(client, url, 0, content)

    assert answer.status_code == 460
    assert digest in message
    assert hashlib.sha256(damaged).hexdigest() in message
    assert "whole.tif" in message
    assert (again, done.status_code) == (0, 204)
    assert stored(micrograph, url) == content


def cut(client: TestClient, url: str, offset: int, data: bytes, announced: int) -> None:
    """Send a part of a piece and go away, as a connection that breaks."""
    cookie = "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)
    headers = {
        **TUS,
        **TYPE,
        "host": "127.0.0.1:8080",
        "cookie": cookie,
        "upload-offset": str(offset),
        "content-length": str(announced),
    }
    messages = iter(
        [
            *(
                {"type": "http.request", "body": data[start : start + 65_536], "more_body": True}
                for start in range(0, len(data), 65_536)
            ),
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> Any:
        return next(messages)

    async def answer(_: Any) -> None:
        pass

    scope = {
        "type": "http",
        "method": "PATCH",
        "path": url,
        "raw_path": url.encode(),
        "query_string": b"",
        "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8080),
        "scheme": "http",
        "http_version": "1.1",
    }
    assert client.portal is not None
    client.portal.call(client.app, scope, receive, answer)


def test_cuts_at_200_offsets_lose_nothing(client: TestClient, micrograph: Micrograph) -> None:
    chance = random.Random(5)
    content = chance.randbytes(6_000_000)
    url = begin(client, len(content), sha256=hashlib.sha256(content).hexdigest())
    offset, application = 0, cast("Starlette", client.app)
    for _ in range(200):
        size = chance.choice([0, 1, chance.randrange(100), chance.randrange(60_000)])
        cut(client, url, offset, content[offset : offset + size], len(content) - offset)
        assert offset_of(client, url) == offset + size
        offset += size
        if chance.random() < 0.02:  # as after a restart
            application.state.uploads._sums.clear()
    done = send(client, url, offset, content[offset:])

    assert done.status_code == 204
    assert stored(micrograph, url) == content


def test_a_piece_with_a_sum_that_is_cut_is_forgotten(client: TestClient) -> None:
    url = begin(client, 10)
    send(client, url, 0, b"abc")
    cookie_cut = base64.b64encode(hashlib.sha256(b"defghij").digest()).decode()
    client.headers["upload-checksum"] = f"sha256 {cookie_cut}"
    answer = send(client, url, 3, b"defghi", **{"upload-checksum": f"sha256 {cookie_cut}"})

    assert answer.status_code == 460
    assert offset_of(client, url) == 3


def test_two_at_once_do_not_write_one_upload(client: TestClient, micrograph: Micrograph) -> None:
    from store.archiving.parts import Part

    url = begin(client, 10)
    with Part(micrograph.settings.data / url.strip("/")).writing():
        answer = send(client, url, 0, b"abc")

    assert answer.status_code == 409


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[bytes], str]]]:
    """Starts a server of its own on one data folder, again and again."""
    started: list[subprocess.Popen[bytes]] = []
    environment = os.environ | {"MICROGRAPH_DATA": str(tmp_path / "data")}

    def start() -> tuple[subprocess.Popen[bytes], str]:
        log = tmp_path / f"log{len(started)}"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "app", "serve", "--port", "0"],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        started.append(process)
        until = time.monotonic() + 120
        while "http://" not in log.read_text() or "\n" not in log.read_text().split("http://")[1]:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        return process, "http://" + log.read_text().split("http://")[1].split()[0]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_server_that_is_killed_goes_on_where_it_was(
    server: Callable[[], tuple[subprocess.Popen[bytes], str]], tmp_path: Path
) -> None:
    content = random.Random(9).randbytes(48 << 20)
    url, offset = "", 0
    for kill in range(3):
        process, address = server()
        base = address.partition("/login")[0]
        with httpx.Client(base_url=base, timeout=30) as client:
            client.get(address)
            if not url:
                url = begin(client, len(content), sha256=hashlib.sha256(content).hexdigest())
            before, offset = offset, offset_of(client, url)
            if kill == 2:
                done = send(client, url, offset, content[offset:])
                break
            cookie = "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)
        folder = tmp_path / "data" / url.strip("/")
        _send_some(base, cookie, url, content, (offset, offset + (20 << 20)), folder)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert offset >= before

    assert done.status_code == 204
    assert (tmp_path / "data" / url.strip("/") / "content").read_bytes() == content


def _send_some(
    base: str, cookie: str, url: str, content: bytes, part: tuple[int, int], folder: Path
) -> None:
    """Send a part of what is left, and wait until at most one piece of it is not on the disk."""
    host, (offset, end) = base.removeprefix("http://"), part
    name, _, port = host.partition(":")
    head = (
        f"PATCH {url} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nTus-Resumable: 1.0.0\r\n"
        f"Content-Type: application/offset+octet-stream\r\nUpload-Offset: {offset}\r\n"
        f"Content-Length: {len(content) - offset}\r\n\r\n"
    )
    with socket.create_connection((name, int(port))) as connection:
        connection.sendall(head.encode() + content[offset:end])
        connection.settimeout(1)
        until = time.monotonic() + 60
        while _saved(folder) <= end - (9 << 20):
            assert time.monotonic() < until, connection.recv(4_096)
            time.sleep(0.02)


def _saved(folder: Path) -> int:
    return int((folder / "offset").read_bytes())


def test_settings_bound_what_is_on_the_way() -> None:
    settings = Settings()

    assert (settings.upload_limit, settings.upload_lifetime) == (1 << 40, 7 * 86_400)
