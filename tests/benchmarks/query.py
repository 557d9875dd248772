"""A project's hierarchy as one GraphQL answer, planned and field by field; and refusals."""

import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from schema.build import build
from schema.documents import document
from schema.errors import DocumentLimitError
from schema.limits import Limits
from store.database import Database
from store.edits.people import first_start
from store.queries.people import viewer_by_experimenter
from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import Client, Server, started
from tests.build import hierarchy
from tests.schema.bombs import REFUSED

ROUNDS = 7
INNER = {"big": (4, 1), "small": (40, 10)}
"""Answers in one round, planned and field by field, so that it lasts long enough for the clock."""
TARGET = 30.0
REFUSAL_TARGET_MS = 10.0
PEER = "ordinary Strawberry executor with data loaders, same schema and server"
ORDINARY = (sys.executable, "-m", "tests.benchmarks.peers.ordinary")

_IMAGES = """images(first: 500) { nodes { id name pixels { sizeX sizeY sizeZ sizeC sizeT type
  channels { id name color emissionWavelength { value unit } } } } }"""
BIG = f"query ($id: ID!) {{ project(id: $id) {{ id name datasets(first: 500) {{ nodes {{ id name {_IMAGES} }} }} }} }}"
SMALL = f"query ($id: ID!) {{ dataset(id: $id) {{ id name {_IMAGES.replace('500', '50')} }} }}"
QUERIES = {"big": (BIG, "Project:5"), "small": (SMALL, "Dataset:42")}


@dataclass(frozen=True, slots=True)
class Timing:
    """Of one answer, in milliseconds: CPU time of the server, and until it was there."""

    cpu: float
    wall: float


def run() -> list[Row]:
    """Measure both documents over HTTP on SQLite: 10 projects, 200 datasets, 20,000 images."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="micrograph-", dir=FOLDER) as folder:
        _fill(Path(folder))
        with started(Path(folder)) as server, started(Path(folder), command=ORDINARY) as peer:
            rows = [found for name in QUERIES for found in _measured(server, peer, name)]
    return [*rows, _refusals()]


def _fill(folder: Path) -> None:
    database = Database(f"sqlite:///{folder / 'micrograph.sqlite'}")
    database.upgrade()
    with database.writing() as session:
        viewer = viewer_by_experimenter(session, first_start(session))
        hierarchy(session, viewer, projects=10, datasets=20, images=100, channels=3)
    database.close()


def _measured(server: Server, peer: Server, name: str) -> list[Row]:
    text, key = QUERIES[name]
    clients = server.client(), peer.client()
    answers = [client.query(text, id=key) for client in clients]
    if answers[0] != answers[1]:
        raise ValueError("the two ways to answer disagree")
    size = len(clients[0].answer(text, id=key))
    # In turns, so that what else the machine does falls on both alike.
    rounds = [
        [
            _timed(one, client, name, times)
            for one, client, times in zip((server, peer), clients, INNER[name], strict=True)
        ]
        for _ in range(ROUNDS)
    ]
    ours, theirs = (_median(timings) for timings in zip(*rounds, strict=True))
    what = f"query over HTTP, SQLite: {name}, {size // 1000} kB"
    return [
        row(
            f"{what}: CPU of the server, times cheaper than field by field",
            theirs.cpu / ours.cpu,
            "x",
            better="higher",
            target=TARGET if name == "big" else None,
            peer=PEER,
            peer_value=1.0,
            runs=ROUNDS,
        ),
        row(f"{what}: CPU of the server", ours.cpu, "ms", peer=PEER, peer_value=theirs.cpu,
            runs=ROUNDS),
        row(f"{what}: wall", ours.wall, "ms", peer=PEER, peer_value=theirs.wall, runs=ROUNDS),
    ]  # fmt: skip


def _timed(server: Server, client: Client, name: str, times: int) -> Timing:
    text, key = QUERIES[name]
    cpu, wall = server.cpu_s(), time.perf_counter()
    for _ in range(times):
        client.answer(text, id=key)
    cpu, wall = server.cpu_s() - cpu, time.perf_counter() - wall
    return Timing(cpu / times * 1e3, wall / times * 1e3)


def _median(timings: tuple[Timing, ...]) -> Timing:
    return Timing(
        statistics.median(timing.cpu for timing in timings),
        statistics.median(timing.wall for timing in timings),
    )


def _refusals() -> Row:
    """Measure the hostile document that takes longest to refuse."""
    spent = {
        name: statistics.median(_refusal(text) for _ in range(ROUNDS))
        for name, text in REFUSED.items()
    }
    worst = max(spent, key=lambda name: spent[name])
    return row(
        f"refusal of {len(spent)} hostile documents, the slowest: CPU",
        spent[worst],
        "ms",
        target=REFUSAL_TARGET_MS,
        runs=ROUNDS,
        note=f"too many {worst}",
    )


def _refusal(text: str) -> float:
    schema = build()._schema
    start = time.process_time()
    try:
        document(schema, text, Limits())
    except DocumentLimitError:
        return (time.process_time() - start) * 1e3
    raise ValueError("a hostile document was not refused")
