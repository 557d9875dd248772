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
from tests.benchmarks.pictures import EIGHT_SIDE, eight_channels
from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import ROOT, Client, Server, environment, import_files, started, stop
from tests.benchmarks.slide import SIDE, TILE, slide

ROUNDS = 7
CLIENTS = 8
FLOOR_TILES = 96
QUALITY = DEFAULT_QUALITY["jpg"]
_IMAGES = "{ images(first: 10) { nodes { name tileUrl } } }"
_COLOURS = ("4D8DFF", "3DDC84", "FF4FA3", "FFD166", "9B5DE5", "00BBF9", "F15BB5", "FFFFFF")
_FEW = 12
"""Tiles whose chunks are kept, when only the window changes."""


@dataclass(frozen=True, slots=True)
class Case:
    """An image whose tiles are measured."""

    name: str
    """In the table, and as part of the image's name."""
    codec: str
    channels: int
    path: Path
    side: int
    target: float
    """Processor time of a tile by that of its codecs."""

    @property
    def places(self) -> list[tuple[int, int]]:
        """All tiles at full resolution, in an order of no pattern."""
        across = self.side // TILE
        places = [(x, y) for y in range(across) for x in range(across)]
        random.Random(1).shuffle(places)
        return places


@dataclass(slots=True)
class Found:
    """What the rounds of one image gave, in milliseconds."""

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
    """Measure tiles of three channels by zlib and by zstd, and of eight."""
    cases = [
        Case("zlib", "zlib", 3, slide("zlib"), SIDE, 1.5),
        Case("zstd", "zstd", 3, slide("zstd"), SIDE, 1.7),
        Case("Eight", "zlib", 8, eight_channels(), EIGHT_SIDE, 1.35),
    ]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="micrograph-", dir=_scratch()) as folder:
        import_files(Path(folder), [case.path for case in cases])
        for case in cases:
            with started(Path(folder)) as server:
                rows += _rows(case, _measure(server, case))
                if case.name == "zlib":
                    rows.append(_window_only(server, case))
    return rows


def _scratch() -> Path:
    FOLDER.mkdir(exist_ok=True)
    return FOLDER


def _rows(case: Case, found: Found) -> list[Row]:
    walls = statistics.quantiles(found.wall, n=20)
    floor = statistics.median(found.floor_cpu)
    name = f"tile, {case.codec}, {case.channels} channels"
    return [
        row(f"{name}: CPU by codec floor", found.ratio, "x", runs=ROUNDS, target=case.target,
            peer="codec floor, ms CPU", peer_value=floor),
        row(f"{name}: CPU", statistics.median(found.cpu), "ms", runs=ROUNDS,
            peer="codec floor, ms CPU", peer_value=floor),
        row(f"{name}: wall, half of them", statistics.median(found.wall), "ms",
            runs=ROUNDS, peer="codec floor, ms wall",
            peer_value=statistics.median(found.floor_wall)),
        row(f"{name}: wall, 95 of 100", walls[-1], "ms", runs=ROUNDS),
        row(f"{name}: {CLIENTS} clients", found.rate, "tiles/s", runs=1, better="higher"),
        row(f"{name}: memory of the server", found.memory_mb, "MB", runs=1),
    ]  # fmt: skip


def template_of(client: Client, part: str) -> str:
    """Return the address of tiles of the image whose name has this part."""
    nodes = client.query(_IMAGES)["images"]["nodes"]
    return str(next(image["tileUrl"] for image in nodes if part in image["name"]))


def _measure(server: Server, case: Case) -> Found:
    client = server.client()
    template, places = template_of(client, case.name), case.places
    found = Found()
    with floor(case, places[:FLOOR_TILES], "decode") as process:
        _round(server, client, template, places, -1, case.channels)
        floor_round(process)
        for number in range(ROUNDS):
            cpu, walls = _round(server, client, template, places, number, case.channels)
            found.cpu.append(cpu)
            found.wall += walls
            cpu, wall = floor_round(process)
            found.floor_cpu.append(cpu)
            found.floor_wall.append(wall)
    found.rate = _crowd(server, template, places, case.channels)
    found.memory_mb = server.memory_mb()
    return found


def _window_only(server: Server, case: Case) -> Row:
    """Measure tiles whose chunks are in memory, each time under another window."""
    client = server.client()
    template = template_of(client, case.name)
    places = case.places[:_FEW] * 16
    numbers = iter(range(1_000, 2_000))
    costs, floors = [], []
    with floor(case, case.places[:_FEW], "blend") as process:
        for number in range(ROUNDS + 1):
            before = server.cpu_s()
            for start in range(0, len(places), _FEW):
                which = next(numbers)
                for place in places[start : start + _FEW]:
                    client.get(address(template, place, which, case.channels))
            cost = (server.cpu_s() - before) * 1000 / len(places)
            bare, _ = floor_round(process)
            if number:  # the first is a warm-up
                costs.append(cost)
                floors.append(bare)
    least = statistics.median(floors)
    return row("tile, 3 channels, chunks in memory, only the window changes: CPU by kernel + JPEG",
               statistics.median(costs) / least, "x", runs=ROUNDS, target=1.5,
               peer="kernel + JPEG, ms CPU", peer_value=least)  # fmt: skip


def channels(number: int, count: int = 3) -> str:
    """Return the channel settings of one round: never the same, or tiles came from memory."""
    return ",".join(
        f"{c + 1}:100-{1500 + 100 * c + 3 * number}.{_COLOURS[c % len(_COLOURS)]}"
        for c in range(count)
    )


def address(template: str, place: tuple[int, int], number: int, count: int = 3) -> str:
    """Return the address of a tile at full resolution in one round, in colour: `m=c`.

    Images of one channel, and of eight and more, are grey by default: their first channel alone.
    """
    filled = template.format(level=0, z=0, t=0, x=place[0], y=place[1], format="jpg")
    return f"{filled}{'&' if '?' in filled else '?'}m=c&c={channels(number, count)}&q={QUALITY}"


def _round(
    server: Server,
    client: Client,
    template: str,
    places: list[tuple[int, int]],
    number: int,
    count: int,
) -> tuple[float, list[float]]:
    """Ask for every tile once; processor time of the server by tile and every wall time, in ms.

    All rounds go the same way, so that the server's cache of chunks, which forgets the oldest
    and holds fewer than a round takes, never has one.
    """
    walls = []
    before = server.cpu_s()
    for place in places:
        start = time.perf_counter()
        client.get(address(template, place, number, count))
        walls.append((time.perf_counter() - start) * 1000)
    return (server.cpu_s() - before) * 1000 / len(places), walls


def _crowd(server: Server, template: str, places: list[tuple[int, int]], count: int) -> float:
    """Return the tiles by second that several clients get together."""
    clients = [server.client() for _ in range(CLIENTS)]

    def ask(which: int) -> None:
        for place in places[which::CLIENTS]:
            clients[which].get(address(template, place, ROUNDS, count))

    with ThreadPoolExecutor(CLIENTS) as pool:
        start = time.perf_counter()
        list(pool.map(ask, range(CLIENTS)))
        return len(places) / (time.perf_counter() - start)


@contextmanager
def floor(
    case: Case, places: list[tuple[int, int]], work: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the bare loop, loaded and waiting.

    Args:
        case: The image.
        places: Its tiles.
        work: `decode` (and encode) or `blend` (and encode).
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.floor"],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    job = {
        "path": str(case.path),
        "codec": case.codec,
        "places": places,
        "channels": channels(0, case.channels),
        "count": case.channels,
        "quality": QUALITY,
        "work": work,
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


def floor_round(process: "subprocess.Popen[bytes]") -> tuple[float, float]:
    answer = json.loads(_told(process, "again"))
    return answer["cpu_ms"], answer["wall_ms"]


def _told(process: "subprocess.Popen[bytes]", line: str) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line.encode() + b"\n")
    process.stdin.flush()
    return process.stdout.readline().decode().strip()
