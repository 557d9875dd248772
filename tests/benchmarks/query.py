"""The hierarchy of a project as one GraphQL answer: by plans, and field by field."""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from store.edits.people import first_start
from store.queries.people import viewer_by_experimenter
from tests.benchmarks.rows import FOLDER, Row, row
from tests.build import hierarchy

ROUNDS = 7
INNER = {"big": 1, "small": 20}
"""Answers in one round, so that a round lasts long enough for the clock."""
TARGET = 15.0
PEER = "ordinary Strawberry executor with data loaders, same schema"

_IMAGES = """images(first: 500) { nodes { id name pixels { sizeX sizeY sizeZ sizeC sizeT type
  channels { id name color emissionWavelength { value unit } } } } }"""
BIG = f"query ($id: ID!) {{ project(id: $id) {{ id name datasets(first: 500) {{ nodes {{ id name {_IMAGES} }} }} }} }}"
SMALL = f"query ($id: ID!) {{ dataset(id: $id) {{ id name {_IMAGES.replace('500', '50')} }} }}"
QUERIES = {"big": (BIG, "Project:5"), "small": (SMALL, "Dataset:42")}


@dataclass(frozen=True, slots=True)
class Timing:
    """Medians of one answer, in milliseconds."""

    cpu: float
    wall: float


def run() -> list[Row]:
    """Measure both documents on SQLite: 10 projects, 200 datasets, 20,000 images."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="micrograph-", dir=FOLDER) as folder:
        database = Database(f"sqlite:///{Path(folder) / 'query.db'}")
        try:
            graphql, viewer = GraphQL(database), _filled(database)
            return [found for name in QUERIES for found in _measured(graphql, viewer, name)]
        finally:
            database.close()


def _filled(database: Database) -> Viewer:
    database.upgrade()
    with database.writing() as session:
        viewer = viewer_by_experimenter(session, first_start(session))
        hierarchy(session, viewer, projects=10, datasets=20, images=100, channels=3)
    return viewer


def _measured(graphql: GraphQL, viewer: Viewer, name: str) -> list[Row]:
    text, key = QUERIES[name]

    def planned() -> bytes:
        return graphql.execute(viewer, text, {"id": key})

    def ordinary() -> bytes:
        return orjson.dumps(graphql.answer(viewer, text, {"id": key}, planned=False))

    answer, other = orjson.loads(planned()), orjson.loads(ordinary())
    if "errors" in answer or answer["data"] != other["data"]:
        raise ValueError("the two ways to answer disagree")
    # In turns, so that what else the machine does falls on both alike.
    rounds = [(_timed(planned, INNER[name]), _timed(ordinary, 1)) for _ in range(ROUNDS)]
    ours, theirs = (_median(timings) for timings in zip(*rounds, strict=True))
    what = f"query: {name}, {len(planned()) // 1000} kB"
    return [
        row(
            f"{what}: CPU, times cheaper than field by field",
            theirs.cpu / ours.cpu,
            "x",
            better="higher",
            target=TARGET if name == "big" else None,
            peer=PEER,
            peer_value=1.0,
            runs=ROUNDS,
        ),
        row(f"{what}: CPU", ours.cpu, "ms", peer=PEER, peer_value=theirs.cpu, runs=ROUNDS),
        row(f"{what}: wall", ours.wall, "ms", peer=PEER, peer_value=theirs.wall, runs=ROUNDS),
    ]


def _timed(answer: Callable[[], bytes], times: int) -> Timing:
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(times):
        answer()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Timing(cpu / times * 1e3, wall / times * 1e3)


def _median(timings: tuple[Timing, ...]) -> Timing:
    return Timing(
        statistics.median(timing.cpu for timing in timings),
        statistics.median(timing.wall for timing in timings),
    )
