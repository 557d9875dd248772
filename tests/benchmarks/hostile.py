"""Hostile documents and slow connections: what they cost, and what a neighbour notices."""

import resource
import socket
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from schema.build import GraphQL
from store.database import Database
from store.edits.people import first_start
from store.queries.people import viewer_by_experimenter
from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import Server, started
from tests.schema.families import documents

SLOW_HEADERS, SLOW_BODIES = 500, 100
LONGEST_S = 40.0
HEAD = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: "
BODY = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"


def run() -> list[Row]:
    """Measure 200 documents of 20 families, then a server with 600 slow connections."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="micrograph-", dir=FOLDER) as folder:
        rows = _documents(Path(folder))
        with started(Path(folder) / "data") as server:
            return [*rows, *_slow(server)]


def _documents(folder: Path) -> list[Row]:
    database = Database(f"sqlite:///{folder / 'documents.db'}")
    database.upgrade()
    with database.writing() as session:
        viewer = viewer_by_experimenter(session, first_start(session))
    graphql = GraphQL(database)
    graphql.answer(viewer, "{ projects { nodes { id } } nothing }")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent = []
    for _, text in documents():
        began = time.process_time()
        graphql.answer(viewer, text)
        spent.append((time.process_time() - began) * 1e3)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    database.close()
    return [
        row("hostile documents: slowest of 200, processor", max(spent), "ms", runs=1, target=150),
        row("hostile documents: median, processor", statistics.median(spent), "ms", runs=1),
        row("hostile documents: memory", grown, "MB", runs=1, target=64),
    ]


def _slow(server: Server) -> list[Row]:
    host, _, port = server.host.partition(":")
    place = (host, int(port))
    alone = _health(server, 3.0)
    descriptors = _descriptors(server)
    began = time.monotonic()
    waiting = [_begun(place, HEAD) for _ in range(SLOW_HEADERS)]
    waiting += [_begun(place, BODY) for _ in range(SLOW_BODIES)]
    beside = _health(server, 5.0)
    closed = _closed(waiting, began)
    time.sleep(1)
    left = _descriptors(server) - descriptors
    return [
        row("slow connections: closed of 600", len(closed), "", runs=1, better="higher", target=600),
        row("slow connections: the last is closed after", max(closed, default=LONGEST_S), "s", runs=1, target=20),
        row("slow connections: neighbour, 99 of 100 by alone", _at99(beside) / _at99(alone), "x", runs=1, target=2),
        row("slow connections: descriptors left", left, "", runs=1, target=5),
    ]  # fmt: skip


def _begun(place: tuple[str, int], text: bytes) -> socket.socket:
    connection = socket.create_connection(place, timeout=30)
    connection.sendall(text)
    connection.setblocking(False)
    return connection


def _closed(waiting: Sequence[socket.socket], began: float) -> list[float]:
    """Send a byte a second on every connection; return when each was closed, in seconds."""
    closed, open_ = [], list(waiting)
    while open_ and time.monotonic() - began < LONGEST_S:
        for connection in list(open_):
            if _ended(connection):
                closed.append(time.monotonic() - began)
                open_.remove(connection)
                connection.close()
        time.sleep(0.5)
    for connection in open_:
        connection.close()
    return closed


def _ended(connection: socket.socket) -> bool:
    try:
        connection.send(b"x")
        return connection.recv(65536) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _health(server: Server, seconds: float) -> list[float]:
    client, spent = server.client(), []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        client.get("/health")
        spent.append(time.monotonic() - began)
        time.sleep(0.005)
    client.close()
    return spent


def _at99(spent: Sequence[float]) -> float:
    return statistics.quantiles(spent, n=100)[98]


def _descriptors(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
