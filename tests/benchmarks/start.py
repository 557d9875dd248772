"""From the start of the process to the first answer, and to the page that is printed."""

import http.client
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]  # it publishes no types

from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import COMMAND, ROOT, environment, printed_address, stop

TARGET_S = 3.0
ROUNDS = 5
_LIMIT_S = 120.0


def run() -> list[Row]:
    """Measure the first start in an empty data folder, then later ones."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="micrograph-", dir=FOLDER) as folder:
        data = Path(folder) / "data"
        first, _ = _start_s(data)
        later = [_start_s(data) for _ in range(ROUNDS)]
    wall, cpu = (statistics.median(figures) for figures in zip(*later, strict=True))
    return [
        row("start: serve to /health, empty data folder", first, "s", runs=1),
        row("start: serve to /health, again", wall, "s", runs=ROUNDS, target=TARGET_S),
        row("start: serve to /health, again: CPU", cpu, "s", runs=ROUNDS),
    ]


def _start_s(data: Path) -> tuple[float, float]:
    """Return wall and processor seconds until /health is answered, and stop the server."""
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
            return wall, times.user + times.system
        finally:
            stop(process)


def _ask_health(host: str) -> None:
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request("GET", "/health")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"/health answered {answer.status}")
