import contextlib
import dataclasses
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import psutil  # type: ignore[import-untyped]  # it publishes no types
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from app.context import Micrograph
from app.errors import ConfigurationError
from app.server import DISCARD_S, Protocol, listen
from app.serving import address_of, refuse_open_door
from app.settings import Settings
from store.access import Viewer
from store.edits.people import set_password
from tests.app.conftest import PASSWORD, listening

REPOSITORY = Path(__file__).parents[2]


def test_a_server_answers_without_naming_its_software(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/health")

    response = connection.getresponse()

    assert response.status == 200
    assert response.getheader("server") is None
    response.read()
    connection.close()


@pytest.mark.slow
@pytest.mark.parametrize("sent", [b"", b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: "])
def test_a_request_that_does_not_arrive_is_given_up(port: int, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(sent)
        started = time.monotonic()

        ended = client.recv(1000)

        assert ended == b""
        assert time.monotonic() - started < 10


@pytest.mark.slow
def test_a_second_request_that_does_not_arrive_is_given_up(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"200 OK" in client.recv(65536)
        client.sendall(b"GET /health HTTP/1.1\r\nHost:")

        while client.recv(65536):
            pass


@pytest.mark.slow
def test_a_body_that_does_not_arrive_is_given_up(port: int) -> None:
    head = (
        f"POST /session HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(head.encode())

        answer = client.recv(65536)
        answered = time.monotonic()

        assert b" 408 " in answer.split(b"\r\n")[0]
        # A byte now and then does not keep it open: nobody reads the rest.
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < answered + 20:
                client.sendall(b"x")
                time.sleep(0.5)
        assert time.monotonic() - answered < DISCARD_S + 4


def test_headers_without_end_are_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 200_000)

        assert b" 400 " in client.recv(65536).split(b"\r\n")[0]


def test_many_headers_that_come_at_once_are_refused(port: int) -> None:
    many = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 1000) for number in range(100))
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n" + many + b"\r\n")

        assert b" 400 " in client.recv(65536).split(b"\r\n")[0]


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"X-A: 1\x00",
        b"X-A : 1",
        b"X-A: 1\n\tX-B: 2",
    ],
)
def test_headers_that_two_readers_may_read_differently_are_refused(
    port: int, headers: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"POST /session HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + b"\r\n\r\n")

        assert b" 400 " in client.recv(65536).split(b"\r\n")[0]


async def small(_: Request) -> Response:
    return Response(b"done")


async def endless(_: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1 << 20)
            await anyio.sleep(0)

    return StreamingResponse(parts())


BARE = Starlette(routes=[Route("/", small, methods=["GET", "POST"]), Route("/endless", endless)])
"""Answers without a database."""


def get(port: int, path: str = "/") -> bytes:
    """Return the first line of an answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        return client.recv(65536).split(b"\r\n")[0]


def test_the_connection_that_is_idle_for_longest_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Protocol, "connections_max", 5)
    with listening(BARE, Settings(receive_timeout=600)) as port:
        idle = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(20)]
        # The server has taken the last of them when it has answered it.
        idle[-1].sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b" 200 " in idle[-1].recv(65536)
        closed = [client.recv(1) for client in idle[:15] if gone(client)]
        answered = [get(port) for _ in range(3)]
        for client in idle:
            client.close()

    assert len(closed) == 15
    assert all(b" 200 " in line for line in answered)


def gone(client: socket.socket) -> bool:
    """Whether a connection was ended by the other side; waits for it."""
    try:
        return client.recv(1, socket.MSG_PEEK) == b""
    except ConnectionResetError:
        return True


def test_connections_that_are_all_in_use_are_not_taken_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Protocol, "connections_max", 2)
    with listening(BARE, Settings()) as port:
        busy = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(2)]
        for client in busy:
            client.sendall(b"GET /endless HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert b" 200 " in client.recv(1000)
        refused = get(port)
        still = [len(client.recv(1000)) for client in busy]
        for client in busy:
            client.close()

    assert b" 503 " in refused
    assert all(still)


def test_who_takes_nothing_of_an_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Protocol, "send_timeout_s", 0.2)
    with listening(BARE, Settings()) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(b"GET /endless HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            client.recv(1000)
            time.sleep(2)
            taken = 0
            with contextlib.suppress(ConnectionResetError):
                while part := client.recv(1 << 20):
                    taken += len(part)
                    assert taken < 1 << 28

        assert b" 200 " in get(port)


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_of_200_megabytes_is_refused_and_not_kept(port: int, declared: bool) -> None:
    piece, number = b"x" * (1 << 20), 200
    way = f"Content-Length: {number << 20}" if declared else "Transfer-Encoding: chunked"
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: application/json\r\n{way}\r\n\r\n"
    )
    before, most = psutil.Process().memory_info().rss, 0
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(head.encode())
        with contextlib.suppress(ConnectionError):  # it may be given up before all is sent
            for _ in range(number):
                client.sendall(piece if declared else b"100000\r\n" + piece + b"\r\n")
                most = max(most, psutil.Process().memory_info().rss)
        answer = client.recv(65536)

    assert b" 413 " in answer.split(b"\r\n")[0]
    assert most - before < 64 << 20


def test_small_answers_do_not_wait_for_acknowledgements() -> None:
    # asyncio switches Nagle's algorithm off only for sockets that are named as TCP.
    with listen("127.0.0.1", 0) as taken:
        assert taken.proto == socket.IPPROTO_TCP


def test_a_taken_port_is_refused_with_the_way_out() -> None:
    with (
        listen("127.0.0.1", 0) as taken,
        pytest.raises(ConfigurationError, match="--port"),
    ):
        listen("127.0.0.1", taken.getsockname()[1])


def test_an_open_door_is_refused_until_an_administrator_has_a_password(
    micrograph: Micrograph, administrator: Viewer
) -> None:
    micrograph.settings = dataclasses.replace(micrograph.settings, host="0.0.0.0")
    with pytest.raises(ConfigurationError, match="micrograph user password root"):
        refuse_open_door(micrograph)

    with micrograph.database.writing() as session:
        set_password(session, administrator, "root", PASSWORD)

    refuse_open_door(micrograph)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", r"http://127\.0\.0\.1:1234/login\?token=[\w-]{43}"),
        ("::1", r"http://\[::1\]:1234/login\?token=[\w-]{43}"),
        ("localhost", r"http://localhost:1234/login\?token=[\w-]{43}"),
        ("0.0.0.0", r"http://localhost:1234/"),
        ("images.example.org", r"http://images\.example\.org:1234/"),
    ],
)
def test_only_on_this_machine_the_address_signs_in(
    micrograph: Micrograph, host: str, address: str
) -> None:
    micrograph.settings = dataclasses.replace(micrograph.settings, host=host)

    assert re.fullmatch(address, address_of(micrograph, 1234))


@contextlib.contextmanager
def serving(data: Path) -> Iterator[tuple["subprocess.Popen[str]", int, str]]:
    """A server of its own: its process, its port, and the address that signs in."""
    command = [sys.executable, "-m", "app", "--data", str(data), "serve", "--port", "0"]
    process = subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        found = None
        while found is None:
            line = process.stdout.readline()
            assert line, "the server ended before it printed an address"
            found = re.search(r"http://127\.0\.0\.1:(\d+)(/login\?token=\S+)", line)
        yield process, int(found[1]), found[2]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def heaps_of_threads(pid: int) -> int:
    """How many heaps beside the main one glibc has made: each in its own 64 MiB of addresses."""
    size, count, before = 64 << 20, 0, (0, 0)
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        addresses, rights = line.split()[:2]
        start, end = (int(address, 16) for address in addresses.split("-"))
        unused = rights == "---p" and start == before[1]
        count += unused and before[0] % size == 0 and end - before[0] == size
        before = start, end
    return count


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_a_server_has_no_heaps_but_the_main_one(settings: Settings) -> None:
    with serving(settings.data) as (process, port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/health")
        connection.getresponse().read()
        connection.close()

        assert heaps_of_threads(process.pid) == 0


@pytest.mark.slow
def test_serve_prints_an_address_that_works_and_ends_in_order(settings: Settings) -> None:
    with serving(settings.data) as (process, port, login):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", login)
        response = connection.getresponse()
        response.read()
        connection.close()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)

    assert response.status == 303
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert "token=" not in errors


@pytest.mark.slow
def test_a_server_that_is_ended_answers_what_it_has_taken(
    micrograph: Micrograph, image: int, settings: Settings
) -> None:
    micrograph.close()
    answers: list[int] = []
    with serving(settings.data) as (process, port, login):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", login)
        signed = connection.getresponse()
        signed.read()
        cookie = (signed.getheader("set-cookie") or "").partition(";")[0]
        connection.close()
        asked = []
        for number in range(24):  # more than are rendered at once
            one = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            path = f"/regions/{image}/0/0/0/0/0/200/150.png?c=1:0-{100 + number}"
            one.request("GET", path, headers={"Cookie": cookie})
            asked.append(one)
        time.sleep(0.5)  # taken, if not answered yet
        process.send_signal(signal.SIGTERM)
        for one in asked:
            response = one.getresponse()
            response.read()
            answers.append(response.status)
            one.close()
        _, errors = process.communicate(timeout=30)

    assert set(answers) <= {200, 503}
    assert process.returncode in (0, 143, -signal.SIGTERM)
    assert "Traceback" not in errors
