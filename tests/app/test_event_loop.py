"""Under a mixed load the event loop never works on one thing for long.

What is measured is the processor time that the loop's thread takes for one callback: on a machine
with fewer processors than threads the time on the clock says who else was served meanwhile. Waiting
is not measured by it, so files that the loop's thread opens are noted as well.
"""

import asyncio
import builtins
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.context import Micrograph
from app.main import create_app
from app.server import listen, make_server
from app.serving import warm_up
from store.access import Viewer
from tests.build import hierarchy

LIMIT_S = 0.005
ROUNDS = 12


class Watched:
    """Notes the processor time of every callback of one event loop's thread."""

    def __init__(self) -> None:
        self.longest: list[tuple[float, str]] = []
        self.count = 0
        self.opened: list[str] = []
        self.thread: int | None = None
        self.watching = False

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Wrap what runs callbacks, and what opens files."""
        run, open_ = asyncio.Handle._run, builtins.open

        def watched(handle: asyncio.Handle) -> None:
            began = time.thread_time()
            run(handle)
            spent = time.thread_time() - began
            if self.watching and threading.get_ident() == self.thread:
                self.count += 1
                if spent > LIMIT_S / 5:
                    self.longest.append((spent, re.sub(r"0x[0-9a-f]+|[0-9]+", "", repr(handle))))

        def opening(file: Any, *args: Any, **kwargs: Any) -> Any:
            if self.watching and threading.get_ident() == self.thread:
                self.opened.append(str(file))
            return open_(file, *args, **kwargs)

        monkeypatch.setattr(asyncio.Handle, "_run", watched)
        monkeypatch.setattr(builtins, "open", opening)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Not watching yet."""
    found = Watched()
    found.install(monkeypatch)
    return found


@pytest.fixture
def port(micrograph: Micrograph, watched: Watched) -> Iterator[int]:
    """The port of a real server whose loop is Python's own, which can be watched."""
    ready = threading.Event()
    with listen("127.0.0.1", 0) as taken:
        server = make_server(create_app(micrograph), micrograph.settings, ready.set)
        server.config.loop = "asyncio"

        def serve() -> None:
            watched.thread = threading.get_ident()
            server.run(sockets=[taken])

        thread = threading.Thread(target=serve)
        thread.start()
        assert ready.wait(20)
        yield taken.getsockname()[1]
        server.should_exit = True
        thread.join(20)


class Caller:
    """One connection, signed in."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookie = cookie

    def ask(self, method: str, path: str, body: Any = None) -> http.client.HTTPResponse:
        """Ask, and read the answer."""
        text = None if body is None else json.dumps(body)
        headers = {"Cookie": self.cookie, "Content-Type": "application/json"}
        self.connection.request(method, path, text, headers)
        response = self.connection.getresponse()
        response.read()
        return response


@pytest.mark.slow
def test_the_event_loop_works_on_nothing_for_longer_than_5_ms(
    micrograph: Micrograph, administrator: Viewer, image: int, port: int, watched: Watched
) -> None:
    with micrograph.database.writing() as session:
        hierarchy(session, administrator, projects=1, datasets=4, images=250, channels=3)
    warm_up(micrograph)
    caller = Caller(port)
    signed = caller.ask("GET", f"/login?token={micrograph.tokens.issue()}")
    caller.connection.close()
    cookie = (signed.getheader("set-cookie") or "").partition(";")[0]
    large = {
        "query": "{ images(first: 500) { nodes { id name thumbnailUrl rendering { channels"
        " { index label color start end } } pixels { channels { id name } } } } }"
    }
    long = {"query": f"{{ viewer {{ userName }} }} # {'x' * 900_000}"}
    requests = [
        *(
            ("GET", f"/tiles/{image}/0/{z}/0/{x}/0.jpg?q={{}}", None)
            for z in (0, 2)
            for x in (0, 1)
        ),
        ("GET", f"/thumbnails/{image}.jpg?size={{}}0", None),
        ("GET", f"/histograms/{image}?z=1&bins={{}}", None),
        ("POST", "/graphql", large),
        ("POST", "/graphql", long),
        ("GET", "/health", None),
        ("GET", "/?x={}", None),
    ]

    def load(kind: int) -> list[int]:
        method, path, body = requests[kind]
        caller = Caller(port, cookie)
        paths = [path.format(20 + number) for number in range(ROUNDS)]
        statuses = [caller.ask(method, path, body).status for path in paths]
        caller.connection.close()
        return statuses

    def watch() -> set[int]:
        with ThreadPoolExecutor(len(requests)) as pool:
            return {status for found in pool.map(load, range(len(requests))) for status in found}

    watch()
    watched.watching = True
    statuses = watch()
    watched.watching = False

    assert statuses == {200}
    assert watched.count > ROUNDS * len(requests)
    assert [found for found in watched.longest if found[0] > LIMIT_S] == []
    assert watched.opened == []


@pytest.mark.slow
def test_tiles_that_nobody_waits_for_are_not_rendered(
    micrograph: Micrograph, image: int, port: int
) -> None:
    warm_up(micrograph)
    caller = Caller(port)
    signed = caller.ask("GET", f"/login?token={micrograph.tokens.issue()}")
    cookie = (signed.getheader("set-cookie") or "").partition(";")[0]
    before = len(micrograph.tiles)

    for number in range(1_000):
        place = f"/tiles/{image}/0/1/1/1/0.png?c=1:0-{1000 + number}"
        head = f"GET {place} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=20) as leaving:
            leaving.sendall(head.encode())

    caller.cookie = cookie
    until = time.monotonic() + 20
    while (status := caller.ask("GET", f"/tiles/{image}/0/0/0/0/0.jpg").status) == 503:
        caller.connection.close()  # a slow machine has not seen yet that a thousand have left
        assert time.monotonic() < until
        time.sleep(0.1)
    assert status == 200
    caller.connection.close()
    while micrograph.slots.render.full and time.monotonic() < until:
        time.sleep(0.01)
    assert not micrograph.slots.render.full
    assert len(micrograph.tiles) - before <= 50
