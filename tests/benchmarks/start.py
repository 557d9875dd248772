"""From the start of the process to the first answer, and to the page that is printed."""

import http.client
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]  # it publishes no types

from tests.benchmarks.pictures import gigantic
from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import COMMAND, ROOT, environment, import_files, printed_address, stop

TARGET_S = 2.5
TARGET_TILE_MS = 100.0
ROUNDS = 5
_LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Start:
    """What one start took."""

    wall_s: float
    """Until /health was answered."""
    cpu_s: float
    tile_ms: float
    """From there to a whole tile; signing in between is left out."""


def run() -> list[Row]:
    """Measure the first start in an empty data folder, then later ones and their first tile."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="micrograph-", dir=FOLDER) as folder:
        first = _start(Path(folder) / "empty", tile=False)
        data = Path(folder) / "data"
        import_files(data, [gigantic()])
        _start(data)
        later = [_start(data) for _ in range(ROUNDS)]
    wall, cpu, tile = (
        statistics.median(getattr(one, name) for one in later)
        for name in ("wall_s", "cpu_s", "tile_ms")
    )
    return [
        row("start: serve to /health, empty data folder", first.wall_s, "s", runs=1),
        row("start: serve to /health, again", wall, "s", runs=ROUNDS, target=TARGET_S),
        row("start: serve to /health, again: CPU", cpu, "s", runs=ROUNDS),
        row("start: first tile after /health, pyramid of 16,384²", tile, "ms", runs=ROUNDS,
            target=TARGET_TILE_MS),
    ]  # fmt: skip


def _start(data: Path, *, tile: bool = True) -> Start:
    """Start a server, ask it for what is measured, and stop it."""
    with tempfile.TemporaryFile("w+b") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            [*COMMAND, "--data", str(data), "serve", "--port", "0"],
            cwd=ROOT,
            env=environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            while (address := printed_address(process, output)) is None:
                if time.perf_counter() - began > _LIMIT_S:
                    raise RuntimeError(f"no address in {_LIMIT_S:.0f} s")
                time.sleep(0.01)
            _ask_health(urlsplit(address).netloc)
            wall = time.perf_counter() - began
            times = psutil.Process(process.pid).cpu_times()
            return Start(wall, times.user + times.system, _first_tile_ms(address) if tile else 0.0)
        finally:
            stop(process)


def _first_tile_ms(address: str) -> float:
    """Sign in, and time the first tile: the only image's centre at full resolution."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer = connection.getresponse()
    answer.read()
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    began = time.perf_counter()
    connection.request("GET", "/tiles/1/0/0/0/16/16.jpg", headers={"Cookie": cookie})
    picture = connection.getresponse()
    body = picture.read()
    connection.close()
    if picture.status != 200 or len(body) < 1_000:
        raise RuntimeError(f"the first tile: {picture.status} {body[:200]!r}")
    return (time.perf_counter() - began) * 1000


def _ask_health(host: str) -> None:
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request("GET", "/health")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"/health answered {answer.status}")
