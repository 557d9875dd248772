"""Pictures from what is in memory: known tiles, stored JPEG, many channels, projections."""

import http.client
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it publishes no types

from tests.benchmarks.pictures import (
    MANY_SIDE,
    PHOTO_TILE,
    SECTIONS,
    deep_stack,
    many_channels,
    photograph,
)
from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import ROOT, Server, environment, import_files, started, stop
from tests.benchmarks.slide import SIDE, TILE
from tests.benchmarks.tile import template_of

ROUNDS = 7
ASKED = 4_000
"""Requests of a round for known tiles."""
PHOTOS = 400
SHOWN = 40
"""Channels that are lit, of 150."""

_NUMBER = count(1)


def run() -> list[Row]:
    """Measure all of it on one server."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="micrograph-", dir=FOLDER) as folder:
        import_files(Path(folder), [photograph(), many_channels(), deep_stack()])
        with started(Path(folder)) as server:
            return [
                *_known(server),
                _stored(server),
                _many(server),
                _projected(server),
                row("pictures from memory: memory of the server", server.memory_mb(), "MB", runs=1),
            ]


def _filled(template: str, x: int, y: int, query: str) -> str:
    filled = template.format(level=0, z=0, t=0, x=x, y=y, format="jpg")
    return f"{filled}{'&' if '?' in filled else '?'}{query}"


def _known(server: Server) -> Iterator[Row]:
    """Compare a known tile, and 304, with a bare route that returns the same bytes."""
    client = server.client()
    template = template_of(client, "150")
    path = _filled(template, 0, 0, "q=90")
    body = client.get(path)
    ask = _Asker(server.host, path, server.cookie)
    tag = ask()
    with _bare(len(body)) as (process, port):
        bare = _Asker(f"127.0.0.1:{port}", path, server.cookie)
        known = _Asker(server.host, path, server.cookie, tag)
        pairs = ((process.pid, bare), (server.process.pid, ask), (server.process.pid, known))
        rates = [[_rate(pid, one) for pid, one in pairs] for _ in range(ROUNDS + 1)][1:]
    base, whole, unchanged = (statistics.median(one) for one in zip(*rates, strict=True))
    for name, rate in (("a known tile", whole), ("304", unchanged)):
        yield row(f"{name}: requests by CPU second, by those of a bare Starlette route",
                  rate / base, "x", runs=ROUNDS, better="higher", target=0.6,
                  peer=f"bare route, {len(body) >> 10} KiB, requests by CPU second",
                  peer_value=base)  # fmt: skip


class _Asker:
    """Asks for one thing again and again."""

    def __init__(self, host: str, path: str, cookie: str, tag: str | None = None) -> None:
        self._connection = http.client.HTTPConnection(host, timeout=60)
        self._path = path
        self._headers = {"Cookie": cookie} | ({"If-None-Match": tag} if tag else {})
        self._status = 304 if tag else 200

    def __call__(self) -> str:
        try:
            self._connection.request("GET", self._path, headers=self._headers)
            answer = self._connection.getresponse()
        except http.client.RemoteDisconnected:  # idle for longer than it is kept
            self._connection.close()
            self._connection.request("GET", self._path, headers=self._headers)
            answer = self._connection.getresponse()
        answer.read()
        if answer.status != self._status:
            raise RuntimeError(f"{self._path}: {answer.status}")
        return answer.getheader("etag", "")


def _rate(pid: int, ask: _Asker) -> float:
    """Return how many requests a processor answers in a second: one event loop uses only one."""
    before = _cpu_s(pid)
    for _ in range(ASKED):
        ask()
    return ASKED / (_cpu_s(pid) - before)


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


@contextmanager
def _bare(size: int) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.bare", str(size)],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline())
        time.sleep(0.5)
        yield process, port
    finally:
        stop(process)
        process.stdout.close()


def _cost(server: Server, ask: Callable[[int], object], times: int) -> float:
    """Return milliseconds of processor time of the server by request."""
    before = server.cpu_s()
    for number in range(times):
        ask(number)
    return (server.cpu_s() - before) * 1000 / times


def _stored(server: Server) -> Row:
    """Compare tiles of a JPEG slide as the file has them with tiles that are encoded again."""
    client = server.client()
    template = template_of(client, "photograph")
    across = SIDE // PHOTO_TILE
    start = count()

    def places() -> tuple[int, int]:
        number = next(start)
        return number % across, number // across % across

    def stored(_: int) -> None:
        client.get(_filled(template, *places(), f"size={PHOTO_TILE}"))

    def again(_: int) -> None:
        query = f"size={PHOTO_TILE}&q=85&c=1:0-{254 - next(_NUMBER) % 200}"
        client.get(_filled(template, *places(), query))

    costs = [(_cost(server, stored, PHOTOS), _cost(server, again, PHOTOS)) for _ in range(ROUNDS)]
    mine, encoded = (statistics.median(one) for one in zip(*costs[1:], strict=True))
    return row("JPEG slide, 256²: stored bytes, times cheaper than encoding again", encoded / mine,
               "x", runs=ROUNDS - 1, better="higher", target=4.0,
               peer="ms CPU of encoding again", peer_value=encoded,
               note=f"{mine:.3f} ms CPU as stored")  # fmt: skip


def _many(server: Server) -> Row:
    """Measure 40 lit channels of 150, chunks in memory, each time under other windows."""
    client = server.client()
    template = template_of(client, "150")
    across = MANY_SIDE // TILE

    def ask(number: int) -> None:
        end = 1_500 + next(_NUMBER)
        lit = ",".join(
            f"{c + 1}:100-{end + c}.{0x1010 * (c + 1) % 0xFFFFFF:06X}" for c in range(SHOWN)
        )
        dark = ",".join(f"-{c + 1}" for c in range(SHOWN, 150))
        client.get(_filled(template, number % across, 0, f"c={lit},{dark}&m=c"))

    _cost(server, ask, 4)
    costs = [_cost(server, ask, 20) for _ in range(ROUNDS)]
    return row("40 of 150 channels, 512², chunks in memory: CPU", statistics.median(costs), "ms",
               runs=ROUNDS, target=12.0)  # fmt: skip


def _projected(server: Server) -> Row:
    """Measure the brightest of 200 sections, chunks in memory."""
    client = server.client()
    template = template_of(client, "200")

    def ask(_: int) -> None:
        query = f"p=max:1-{SECTIONS}&c=1:100-{1_500 + next(_NUMBER)}"
        client.get(_filled(template, 0, 0, query))

    _cost(server, ask, 2)
    costs = [_cost(server, ask, 5) for _ in range(ROUNDS)]
    return row("maximum of 200 sections, 512², warm: CPU", statistics.median(costs), "ms",
               runs=ROUNDS, target=80.0)  # fmt: skip
