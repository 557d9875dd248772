"""Processor time of a rendered tile over HTTP, divided by that of its codecs alone."""

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from render.encode import DEFAULT_QUALITY
from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import ROOT, Client, Server, environment, import_files, started, stop
from tests.benchmarks.slide import SIDE, TILE, slide

TARGET = 2.0
ROUNDS = 7
CLIENTS = 8
FLOOR_TILES = 128
_QUALITY = DEFAULT_QUALITY["jpg"]
_IMAGES = "{ images(first: 10) { nodes { name tileUrl } } }"


@dataclass(slots=True)
class Found:
    """What the rounds of one codec gave, in milliseconds."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    floor_cpu: list[float] = field(default_factory=list)
    floor_wall: list[float] = field(default_factory=list)
    rate: float = 0.0
    memory_mb: float = 0.0

    @property
    def ratio(self) -> float:
        """Processor time of a tile by that of its codecs; medians of the rounds."""
        return statistics.median(self.cpu) / statistics.median(self.floor_cpu)


def run() -> list[Row]:
    """Measure tiles of an image compressed by zlib, then by zstd."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="micrograph-", dir=_scratch()) as folder:
        files = {codec: slide(codec) for codec in ("zlib", "zstd")}
        import_files(Path(folder), list(files.values()))
        for codec, path in files.items():
            with started(Path(folder)) as server:
                rows += _rows(codec, _measure(server, codec, path))
    return rows


def _scratch() -> Path:
    FOLDER.mkdir(exist_ok=True)
    return FOLDER


def _rows(codec: str, found: Found) -> list[Row]:
    walls = statistics.quantiles(found.wall, n=20)
    floor = statistics.median(found.floor_cpu)
    main = codec == "zlib"
    return [
        row(f"tile, {codec}, 3 channels: CPU by codec floor", found.ratio, "x", runs=ROUNDS,
            target=TARGET if main else None, peer="codec floor, ms CPU", peer_value=floor),
        row(f"tile, {codec}, 3 channels: CPU", statistics.median(found.cpu), "ms", runs=ROUNDS,
            peer="codec floor, ms CPU", peer_value=floor),
        row(f"tile, {codec}, 3 channels: wall, half of them", statistics.median(found.wall), "ms",
            runs=ROUNDS, peer="codec floor, ms wall",
            peer_value=statistics.median(found.floor_wall)),
        row(f"tile, {codec}, 3 channels: wall, 95 of 100", walls[-1], "ms", runs=ROUNDS),
        row(f"tile, {codec}, 3 channels: {CLIENTS} clients", found.rate, "tiles/s", runs=1,
            better="higher"),
        row(f"tile, {codec}: memory of the server", found.memory_mb, "MB", runs=1),
    ]  # fmt: skip


def _measure(server: Server, codec: str, path: Path) -> Found:
    client = server.client()
    images = {image["name"]: image["tileUrl"] for image in client.query(_IMAGES)["images"]["nodes"]}
    template = next(url for name, url in images.items() if codec in name)
    across = SIDE // TILE
    places = [(x, y) for y in range(across) for x in range(across)]
    random.Random(1).shuffle(places)
    found = Found()
    with _floor(codec, path, places[:FLOOR_TILES]) as floor:
        _round(server, client, template, places, -1)
        _floor_round(floor)
        for number in range(ROUNDS):
            cpu, walls = _round(server, client, template, places, number)
            found.cpu.append(cpu)
            found.wall += walls
            cpu, wall = _floor_round(floor)
            found.floor_cpu.append(cpu)
            found.floor_wall.append(wall)
    found.rate = _crowd(server, template, places)
    found.memory_mb = server.memory_mb()
    return found


def channels(number: int) -> str:
    """Return the channel settings of one round: never the same, or tiles came from memory."""
    ends = [1500 + 3 * number, 1600 + 3 * number, 1700 + 3 * number]
    colours = ("4D8DFF", "3DDC84", "FF4FA3")
    return ",".join(f"{c + 1}:100-{ends[c]}.{colours[c]}" for c in range(3))


def address(template: str, place: tuple[int, int], number: int) -> str:
    """Return the address of a tile at full resolution in one round."""
    filled = template.format(level=0, z=0, t=0, x=place[0], y=place[1], format="jpg")
    return f"{filled}{'&' if '?' in filled else '?'}c={channels(number)}&q={_QUALITY}"


def _round(
    server: Server, client: Client, template: str, places: list[tuple[int, int]], number: int
) -> tuple[float, list[float]]:
    """Ask for every tile once; processor time of the server by tile and every wall time, in ms.

    All rounds go the same way, so that the server's cache of chunks, which forgets the oldest
    and holds fewer than a round takes, never has one.
    """
    walls = []
    before = server.cpu_s()
    for place in places:
        start = time.perf_counter()
        client.get(address(template, place, number))
        walls.append((time.perf_counter() - start) * 1000)
    return (server.cpu_s() - before) * 1000 / len(places), walls


def _crowd(server: Server, template: str, places: list[tuple[int, int]]) -> float:
    """Return the tiles by second that several clients get together."""
    clients = [server.client() for _ in range(CLIENTS)]

    def ask(which: int) -> None:
        for place in places[which::CLIENTS]:
            clients[which].get(address(template, place, ROUNDS))

    with ThreadPoolExecutor(CLIENTS) as pool:
        start = time.perf_counter()
        list(pool.map(ask, range(CLIENTS)))
        return len(places) / (time.perf_counter() - start)


@contextmanager
def _floor(
    codec: str, path: Path, places: list[tuple[int, int]]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the bare loop, loaded and waiting."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.floor"],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    job = {
        "path": str(path),
        "codec": codec,
        "places": places,
        "channels": channels(0),
        "quality": _QUALITY,
    }
    try:
        if _told(process, json.dumps(job)) != "ready":
            raise RuntimeError("the codec floor could not be loaded")
        yield process
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        stop(process)
        process.stdout.close()


def _floor_round(process: "subprocess.Popen[bytes]") -> tuple[float, float]:
    answer = json.loads(_told(process, "again"))
    return answer["cpu_ms"], answer["wall_ms"]


def _told(process: "subprocess.Popen[bytes]", line: str) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line.encode() + b"\n")
    process.stdin.flush()
    return process.stdout.readline().decode().strip()
