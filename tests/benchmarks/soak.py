"""The memory of the server while random tiles are asked for, for minutes: bounded, and flat."""

import os
import random
import re
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.settings import Settings
from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import Client, Server, import_files, started
from tests.benchmarks.slide import SIDE, slide

MINUTES = float(os.environ.get("SOAK_MINUTES", "2"))
"""How long; the target of 1 % is for ten minutes."""
CLIENTS = 6
EVERY_S = 1.0
ABOVE_MB = 250.0
SLOPE = 1.0
_IMAGES = "{ images(first: 1) { nodes { id } } }"


def run() -> list[Row]:
    """Measure resident memory, before and while the caches fill and turn over."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="micrograph-", dir=FOLDER) as folder:
        import_files(Path(folder), [slide("zlib")])
        with started(Path(folder)) as server:
            idle = server.memory_mb()
            sizes, tiles = _soaked(server)
            own = _own_mb(server)
    settings = Settings(data=Path(folder))
    budgets = (settings.chunk_cache + settings.tile_cache) / 1e6
    target = budgets + ABOVE_MB
    what = f"soak, {MINUTES:g} min of random tiles"
    return [
        row(f"{what}: idle server", idle, "MB", runs=1),
        row(f"{what}: highest resident", max(sizes), "MB", runs=1, target=target,
            peer="budgets, MB", peer_value=budgets),
        row(f"{what}: without pages of program files, at the end", own, "MB", runs=1),
        row(f"{what}: growth of the second half in ten minutes", _slope(sizes), "%", runs=1,
            target=SLOPE),
        row(f"{what}: tiles", tiles, "", runs=1, better="higher"),
    ]  # fmt: skip


def _soaked(server: Server) -> tuple[list[float], int]:
    """Ask for random tiles; return resident memory each second, in MB, and how many tiles."""
    client = server.client()
    (image,) = client.query(_IMAGES)["images"]["nodes"]
    number = int(image["id"].partition(":")[2])
    ended = threading.Event()
    counts = [0] * CLIENTS
    errors: list[BaseException] = []

    def ask(index: int) -> None:
        try:
            counts[index] = _asked(server.client(), number, random.Random(index), ended)
        except Exception as error:  # noqa: BLE001  (told by the thread that waits)
            errors.append(error)
            ended.set()

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(CLIENTS)]
    for thread in threads:
        thread.start()
    sizes = []
    until = time.monotonic() + 60 * MINUTES
    while time.monotonic() < until and not ended.wait(EVERY_S):
        sizes.append(server.memory_mb())
    ended.set()
    for thread in threads:
        thread.join()
    if errors:
        raise RuntimeError(f"a tile could not be had: {errors[0]}")
    return sizes, sum(counts)


def _asked(client: Client, image: int, chance: random.Random, ended: threading.Event) -> int:
    """Ask for tiles of any level, place, size, window and format until it ends."""
    count = 0
    while not ended.is_set():
        level, size = chance.choice((0, 0, 0, 1, 1, 2)), chance.choice((256, 512, 512, 1024))
        across = -(-(SIDE >> level) // size)
        x, y = chance.randrange(across), chance.randrange(across)
        form = chance.choice(("jpg",) * 8 + ("webp", "png"))
        window = f"{chance.randrange(500)}-{chance.randrange(1000, 4000)}"
        place = f"/tiles/{image}/{level}/0/0/{x}/{y}.{form}"
        client.get(f"{place}?size={size}&c=1:{window},2:{window}")
        count += 1
    return count


def _own_mb(server: Server) -> float:
    """Return the resident memory that is no page of a file, such as the compiler's 70 MB."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    (kibibytes,) = re.findall(r"^RssAnon:\s+(\d+) kB$", status, re.MULTILINE)
    return int(kibibytes) * 1024 / 1e6


def _slope(sizes: Sequence[float]) -> float:
    """Return how much the second half grows in ten minutes, in percent of its mean."""
    half = np.asarray(sizes[len(sizes) // 2 :])
    if len(half) < 3:
        return 0.0
    per_sample, _ = np.polyfit(np.arange(len(half)), half, 1)
    return float(per_sample * 600 / EVERY_S / half.mean() * 100)
