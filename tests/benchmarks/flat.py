"""Images without a pyramid, 40,000 by 40,000: the first overview, and the middle after it."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray

from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import Client, Server, import_files, started
from tests.benchmarks.slide import plane

SIDE = 40_000
_STRIP = 64
_DIFFERENT = 64
"""Different strips, which repeat down the image."""
_IMAGES = "{ images(first: 10, orderBy: ID_ASC) { nodes { id pixels { levels { level } } } } }"


def run() -> Iterator[Row]:
    """Measure one strip without compression, and many compressed by zlib."""
    for name, write in (("one strip", _write_whole), ("zlib strips", _write_strips)):
        path = _made(f"flat-1-{SIDE}-{name.replace(' ', '-')}.tif", write)
        with tempfile.TemporaryDirectory(prefix="micrograph-", dir=FOLDER) as data:
            import_files(Path(data), [path])
            with started(Path(data)) as server:
                yield from _rows(name, path, server, server.client(600))


def _rows(name: str, path: Path, server: Server, client: Client) -> Iterator[Row]:
    (image,) = client.query(_IMAGES)["images"]["nodes"]
    number, top = image["id"].partition(":")[2], len(image["pixels"]["levels"]) - 1
    middle = SIDE // 2 // 512
    what = f"{SIDE}², {name}"
    before = _bytes_read(server)
    for step, address in (
        ("overview", f"/tiles/{number}/{top}/0/0/0/0.jpg"),
        ("middle", f"/tiles/{number}/0/0/0/{middle}/{middle}.jpg"),
    ):
        cpu, start = server.cpu_s(), time.perf_counter()
        client.get(address)
        wall = time.perf_counter() - start
        yield row(f"{what}: {step}: wall", wall, "s", runs=1)
        yield row(f"{what}: {step}: CPU", server.cpu_s() - cpu, "s", runs=1)
    share = (_bytes_read(server) - before) / path.stat().st_size
    yield row(f"{what}: bytes read by size of the file", share, "x", runs=1, target=1.05)
    yield row(f"{what}: most memory of the server", _most_mb(server), "MB", runs=1)


def _bytes_read(server: Server) -> int:
    """Bytes that the server has read from files so far, from the disk or its cache."""
    text = Path(f"/proc/{server.process.pid}/io").read_text()
    return int(text.split("rchar:")[1].split()[0])


def _most_mb(server: Server) -> float:
    text = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


def _made(name: str, write: Callable[[Path], None]) -> Path:
    path = FOLDER / name
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        part = path.with_suffix(".part")
        write(part)
        part.replace(path)
    return path


def _strips() -> list[NDArray[np.uint16]]:
    """Some strips as wide as the image, all different."""
    source = plane(0)
    wide = np.tile(source[: _STRIP * _DIFFERENT], (1, -(-SIDE // source.shape[1])))[:, :SIDE]
    return [wide[n * _STRIP : (n + 1) * _STRIP] for n in range(_DIFFERENT)]


def _write_whole(path: Path) -> None:
    values = tifffile.memmap(path, shape=(SIDE, SIDE), dtype=np.uint16, bigtiff=True)
    strips = _strips()
    for number, y in enumerate(range(0, SIDE, _STRIP)):
        values[y : y + _STRIP] = strips[number % _DIFFERENT][: SIDE - y]
    values.flush()


def _write_strips(path: Path) -> None:
    packed = [bytes(imagecodecs.zlib_encode(strip.tobytes(), level=6)) for strip in _strips()]
    count = -(-SIDE // _STRIP)
    tifffile.imwrite(
        path,
        (packed[number % _DIFFERENT] for number in range(count)),
        shape=(SIDE, SIDE),
        dtype=np.uint16,
        compression="zlib",
        rowsperstrip=_STRIP,
        bigtiff=True,
    )
