"""More requests than the server can answer: goodput, latency, refusals, and who has to wait."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import Server, add_people, import_files, started
from tests.benchmarks.slide import SIDE, TILE, slide

SECONDS = 10.0
PEAK, OVERLOAD = 8, 300
"""Connections that keep all slots busy; that ask for far more than can be done."""
GREEDY = 100
PEOPLE = [f"person-{number}" for number in range(10)]
_IMAGES = "{ images(first: 1) { nodes { id } } }"


@dataclass(slots=True)
class Answers:
    """What some connections got, in seconds."""

    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    without_retry: int = 0
    """Refusals that do not say when to come back."""

    def at(self, percent: int) -> float:
        """Return a percentile of the accepted."""
        return statistics.quantiles(self.accepted, n=100)[percent - 1] * 1e3


def run() -> list[Row]:
    """Measure a server at its peak, then under ten times of it, then beside a greedy neighbour."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="micrograph-", dir=FOLDER) as folder:
        import_files(Path(folder), [slide("zlib")])
        add_people(Path(folder), PEOPLE)
        with started(Path(folder)) as server:
            return [*_overloaded(server), *_beside(server)]


def _overloaded(server: Server) -> list[Row]:
    tiles = _tiles(server)
    peak = asyncio.run(_load(server, tiles, PEAK))
    before = server.memory_mb()
    crowd, health = asyncio.run(_crowd(server, tiles))
    after = server.memory_mb()
    rate = len(peak.accepted) / SECONDS
    return [
        row("overload: tiles/s at the peak", rate, "", runs=1, better="higher"),
        row(f"overload, {OVERLOAD} connections: goodput by the peak",
            len(crowd.accepted) / SECONDS / rate, "x", runs=1, better="higher", target=0.8),
        row("overload: accepted, 99 of 100", crowd.at(99), "ms", runs=1, target=1000),
        row("overload: refused, slowest", max(crowd.refused, default=0) * 1e3, "ms", runs=1,
            target=1000),
        row("overload: refused", len(crowd.refused), "", runs=1),
        row("overload: refused without Retry-After", crowd.without_retry, "", runs=1, target=0),
        row("overload: /health, slowest", max(health.accepted) * 1e3, "ms", runs=1, target=100),
        row("overload: memory by that at the peak", after / before, "x", runs=1, target=1.2),
    ]  # fmt: skip


def _beside(server: Server) -> list[Row]:
    """Measure one person's tiles alone, and beside somebody who asks for a hundred at once."""
    tiles = _tiles(server)
    alone = asyncio.run(_load(server, tiles, 1))
    beside = asyncio.run(_neighbours(server, tiles))
    return [
        row("fairness: one person alone, 99 of 100", alone.at(99), "ms", runs=1),
        row(f"fairness: beside {GREEDY} of another's, 99 of 100 by alone",
            beside.at(99) / alone.at(99), "x", runs=1, target=3),
    ]  # fmt: skip


def _tiles(server: Server) -> Iterator[str]:
    """Iterate over addresses of tiles, none of which was asked for before."""
    (image,) = server.client().query(_IMAGES)["images"]["nodes"]
    number, across = image["id"].partition(":")[2], SIDE // TILE
    began = time.monotonic_ns() % 1_000_000
    for n in count(began):
        place = f"{n % across}/{n // across % across}"
        yield f"/tiles/{number}/0/0/0/{place}.jpg?c=1:0-{1000 + n % 3_000_000 / 1000:.3f}"


async def _load(server: Server, tiles: Iterator[str], connections: int) -> Answers:
    found, until = Answers(), time.monotonic() + SECONDS
    await asyncio.gather(
        *(_ask(server, server.cookie, tiles, until, found) for _ in range(connections))
    )
    return found


async def _crowd(server: Server, tiles: Iterator[str]) -> tuple[Answers, Answers]:
    """Ask from many connections of ten people, and for the server's health meanwhile."""
    cookies = [server.signed_in(name) for name in PEOPLE]
    found, health, until = Answers(), Answers(), time.monotonic() + SECONDS
    await asyncio.gather(
        _ask(server, server.cookie, iter(lambda: "/health", None), until, health, every_s=0.2),
        *(_ask(server, cookies[n % len(cookies)], tiles, until, found) for n in range(OVERLOAD)),
    )
    return found, health


async def _neighbours(server: Server, tiles: Iterator[str]) -> Answers:
    modest = server.signed_in(PEOPLE[0])
    found, greedy, until = Answers(), Answers(), time.monotonic() + SECONDS
    await asyncio.gather(
        _ask(server, modest, tiles, until, found),
        *(_ask(server, server.cookie, tiles, until, greedy) for _ in range(GREEDY)),
    )
    return found


async def _ask(
    server: Server,
    cookie: str,
    paths: Iterator[str],
    until: float,
    found: Answers,
    every_s: float = 0.0,
) -> None:
    """Ask one thing after another by one connection; what is refused is asked again at once."""
    host, _, port = server.host.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    while time.monotonic() < until:
        began = time.perf_counter()
        head = f"GET {next(paths)} HTTP/1.1\r\nHost: {server.host}\r\nCookie: {cookie}\r\n\r\n"
        writer.write(head.encode())
        status, headers = await _answered(reader)
        spent = time.perf_counter() - began
        if status == 200:
            found.accepted.append(spent)
        elif status == 503:
            found.refused.append(spent)
            found.without_retry += "retry-after" not in headers
        else:
            raise RuntimeError(f"status {status}")
        if every_s:
            await asyncio.sleep(every_s)
    writer.close()


async def _answered(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Read an answer; return its status and headers."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {}
    for line in head[1:]:
        name, _, text = line.partition(":")
        headers[name.lower()] = text.strip()
    await reader.readexactly(int(headers.get("content-length", "0")))
    return int(head[0].split()[1]), headers
