"""The hierarchy of a project over HTTP: our server and PostGraphile 5 on the same PostgreSQL."""

import http.client
import json
import os
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # it publishes no types
import sqlalchemy as sa

from frontend.build_hook import find_node
from store.database import Database
from store.edits.people import first_start
from store.queries.people import viewer_by_experimenter
from tests.benchmarks.postgresql import postgresql
from tests.benchmarks.query import BIG, SMALL
from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import Client, started, stop
from tests.build import hierarchy

VERSION = "5.1.5"
ROUNDS = 7
INNER = {"big": 8, "small": 100}
TARGET = 3.0
PEER = f"PostGraphile {VERSION}, same PostgreSQL"
_HOME = FOLDER / "peers" / "postgraphile"
_START_S = 60.0

# The peer gets tables of just the shape that the query asks for: no links between, no owners,
# no permissions, no units.
_TABLES = """
CREATE SCHEMA peer;
CREATE TABLE peer.project AS SELECT id::int, name FROM project;
CREATE TABLE peer.dataset AS SELECT d.id::int, d.name, l.parent_id::int AS project_id
  FROM dataset d JOIN project_dataset_link l ON l.child_id = d.id;
CREATE TABLE peer.image AS SELECT i.id::int, i.name, l.parent_id::int AS dataset_id
  FROM image i JOIN dataset_image_link l ON l.child_id = i.id;
CREATE TABLE peer.pixels AS
  SELECT id::int, image_id::int, size_x, size_y, size_z, size_c, size_t, type FROM pixels;
CREATE TABLE peer.channel AS
  SELECT id::int, pixels_id::int, index, name, color, emission_wavelength FROM channel;
"""
_KEYS = (
    ("dataset", "project_id", "project"),
    ("image", "dataset_id", "dataset"),
    ("pixels", "image_id", "image"),
    ("channel", "pixels_id", "pixels"),
)
_CONFIG = """
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
export default {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, schemas: ["peer"] })],
  grafserv: { port: Number(process.env.PORT), host: "127.0.0.1", watch: false, graphiql: false },
};
"""
_PEER_IMAGES = """imagesByDatasetId { nodes { id name pixelsByImageId { nodes {
  sizeX sizeY sizeZ sizeC sizeT type
  channelsByPixelsId { nodes { id name color emissionWavelength } } } } } }"""
_PEER_BIG = f"query ($id: Int!) {{ projectByRowId(rowId: $id) {{ id name datasetsByProjectId {{ nodes {{ id name {_PEER_IMAGES} }} }} }} }}"
_PEER_SMALL = f"query ($id: Int!) {{ datasetByRowId(rowId: $id) {{ id name {_PEER_IMAGES.replace('Id { nodes { id name pixels', 'Id(first: 50) { nodes { id name pixels', 1)} }} }}"
QUERIES = {
    "big": (BIG, "Project:5", _PEER_BIG, 5),
    "small": (SMALL, "Dataset:42", _PEER_SMALL, 42),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU time of one answer, in milliseconds: of the server, and of the database for it."""

    server: float
    database: float
    wall: float


class Peer:
    """A running PostGraphile and one connection to it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def query(self, text: str, **variables: Any) -> Any:
        """Return the data of a query.

        Raises:
            RuntimeError: The answer has errors.
        """
        body = json.dumps({"query": text, "variables": variables})
        try:
            answer = self._asked(body)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._connection.close()  # idle for longer than the server keeps connections
            answer = self._asked(body)
        if answer.get("errors"):
            raise RuntimeError(f"PostGraphile: {answer['errors'][:1]}")
        return answer["data"]

    def _asked(self, body: str) -> Any:
        self._connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        return json.loads(self._connection.getresponse().read())


def run() -> list[Row]:
    """Measure both servers on one PostgreSQL: 10 projects, 200 datasets, 20,000 images."""
    FOLDER.mkdir(exist_ok=True)
    with postgresql() as (url, postmaster):
        _fill(url)
        with (
            tempfile.TemporaryDirectory(prefix="micrograph-", dir=FOLDER) as data,
            started(Path(data), database=url.render_as_string(hide_password=False)) as server,
            _peer(url) as peer,
        ):
            client = server.client()
            return [
                found
                for name in QUERIES
                for found in _measured(name, client, server.process, peer, postmaster)
            ]


def _measured(
    name: str,
    client: Client,
    server: subprocess.Popen[bytes],
    peer: Peer,
    postmaster: int,
) -> list[Row]:
    text, key, peer_text, peer_key = QUERIES[name]

    def ours() -> Any:
        return client.query(text, id=key)

    def theirs() -> Any:
        return peer.query(peer_text, id=peer_key)

    if _channels(ours()) != _channels(theirs()):
        raise ValueError("the two servers give different numbers of objects")
    for _ in range(20):  # Node compiles what runs often
        theirs()
    rounds = [
        (
            _cost(ours, server.pid, postmaster, INNER[name]),
            _cost(theirs, peer.process.pid, postmaster, INNER[name]),
        )
        for _ in range(ROUNDS)
    ]
    mine, other = (_median(costs) for costs in zip(*rounds, strict=True))
    what = f"query over HTTP, PostgreSQL: {name}"
    return [
        row(
            f"{what}: CPU of the server, times cheaper than PostGraphile",
            other.server / mine.server,
            "x",
            better="higher",
            target=TARGET if name == "big" else None,
            peer=PEER,
            peer_value=1.0,
            runs=ROUNDS,
        ),
        row(f"{what}: CPU of the server", mine.server, "ms",
            peer=PEER, peer_value=other.server, runs=ROUNDS),
        row(f"{what}: CPU of the database", mine.database, "ms",
            peer=PEER, peer_value=other.database, runs=ROUNDS),
        row(f"{what}: wall", mine.wall, "ms", peer=PEER, peer_value=other.wall, runs=ROUNDS),
    ]  # fmt: skip


def _channels(data: Any) -> int:
    """Count the objects that have a colour: the leaves of the hierarchy."""
    if isinstance(data, dict):
        return ("color" in data) + sum(map(_channels, data.values()))
    return sum(map(_channels, data)) if isinstance(data, list) else 0


def _cost(ask: Any, server: int, postmaster: int, times: int) -> Cost:
    before = _cpu(server), _cpu(postmaster, children=True), time.perf_counter()
    for _ in range(times):
        ask()
    after = _cpu(server), _cpu(postmaster, children=True), time.perf_counter()
    return Cost(*((end - start) / times * 1e3 for start, end in zip(before, after, strict=True)))


def _cpu(pid: int, *, children: bool = False) -> float:
    process = psutil.Process(pid)
    below = process.children(recursive=True) if children else []
    return sum(sum(one.cpu_times()[:2]) for one in (process, *below))


def _median(costs: tuple[Cost, ...]) -> Cost:
    return Cost(
        *(
            statistics.median(getattr(cost, name) for cost in costs)
            for name in ("server", "database", "wall")
        )
    )


def _fill(url: sa.URL) -> None:
    database = Database(url.render_as_string(hide_password=False))
    database.upgrade()
    with database.writing() as session:
        viewer = viewer_by_experimenter(session, first_start(session))
        hierarchy(session, viewer, projects=10, datasets=20, images=100, channels=3)
    database.close()
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in filter(str.strip, _TABLES.split(";")):
            connection.exec_driver_sql(statement)
        for table in ("project", *(child for child, _, _ in _KEYS)):
            connection.exec_driver_sql(f"ALTER TABLE peer.{table} ADD PRIMARY KEY (id)")
        for child, column, parent in _KEYS:
            connection.exec_driver_sql(
                f"ALTER TABLE peer.{child} ADD FOREIGN KEY ({column}) REFERENCES peer.{parent}"
            )
            connection.exec_driver_sql(f"CREATE INDEX ON peer.{child} ({column})")
        connection.exec_driver_sql("ANALYZE")


@contextmanager
def _peer(url: sa.URL) -> Iterator[Peer]:
    node = find_node()
    _install(node)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": url.set(drivername="postgresql").render_as_string(hide_password=False),
        "PORT": str(port),
        "NODE_ENV": "production",
    }
    command = _HOME / "node_modules" / "postgraphile" / "dist" / "cli-run.js"
    with tempfile.TemporaryFile("w+b") as output:
        process = subprocess.Popen(
            [str(node.node), str(command), "--config", "graphile.config.mjs"],
            cwd=_HOME,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _await_port(process, port, output)
            yield Peer(process, port)
        finally:
            stop(process)


def _install(node: Any) -> None:
    if (_HOME / "node_modules" / "postgraphile").is_dir():
        return
    _HOME.mkdir(parents=True, exist_ok=True)
    (_HOME / "package.json").write_text('{"private": true}\n')
    (_HOME / "graphile.config.mjs").write_text(_CONFIG)
    options = ["--no-audit", "--no-fund", "--loglevel=error", f"postgraphile@{VERSION}"]
    done = subprocess.run(
        [*node.npm, "install", *options],
        cwd=_HOME,
        env={**os.environ, "PATH": f"{node.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"npm install postgraphile: {done.stderr[-300:]}")


def _await_port(process: subprocess.Popen[bytes], port: int, output: Any) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            text = os.pread(output.fileno(), 1 << 16, 0).decode(errors="replace")
            raise RuntimeError(f"PostGraphile ended: {text[-300:]}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"PostGraphile did not listen within {_START_S:.0f} s")
