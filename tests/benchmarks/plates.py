"""The overview of a whole plate over HTTP: requests, processor time, wall time."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import Client, Server, import_files, started
from tests.benchmarks.slide import plane

PLATES = {384: (16, 24), 1536: (32, 48)}
REQUESTS = 3
"""Most requests that an overview may take."""
ROUNDS = 7
_SIDE, _CHANNELS = 512, 3
_LEVEL = {384: 4, 1536: 5}
"""Cells of 32 and of 16 pixels: each plate is 768 by 512."""
_BATCH = 500
_PLATE = "mutation($items: [PlateInput!]!) { createPlates(items: $items) { items { id } } }"
_WELLS = "mutation($items: [WellInput!]!) { createWells(items: $items) { items { id } } }"
_SAMPLES = (
    "mutation($items: [WellSampleInput!]!) { createWellSamples(items: $items) { items { id } } }"
)
_IMAGES = (
    "query($after: String) { images(first: 500, after: $after, orderBy: ID_ASC)"
    " { nodes { id } pageInfo { hasNextPage endCursor } } }"
)


def run() -> Iterator[Row]:
    """Measure overviews with nothing kept, with other windows, and as they were."""
    folder = _fields(max(PLATES))
    with tempfile.TemporaryDirectory(prefix="micrograph-", dir=FOLDER) as data:
        import_files(Path(data), [folder])
        plates: dict[int, str] = {}
        with started(Path(data)) as server:
            client = server.client()
            images = list(_images(client))
            for wells, (rows, columns) in PLATES.items():
                plates[wells] = _plate(client, images[:wells], rows, columns)
        for wells, plate in plates.items():
            # A server of its own: nothing is in memory, and the small plate is no part of the
            # large one's first look.
            _forget(Path(data))
            with started(Path(data)) as server:
                yield from _measured(server, wells, plate)


def _measured(server: Server, wells: int, plate: str) -> Iterator[Row]:
    client = server.client()
    address = f"/plates/{plate.partition(':')[2]}/{_LEVEL[wells]}/0/0.jpg"
    cold = _timed(server, lambda: client.get(f"{address}?c=1:100-900"))
    yield row(f"plate of {wells}: requests for an overview", 1, "", runs=1, target=REQUESTS)
    yield row(f"plate of {wells}: overview, nothing kept: CPU", cold[0], "ms", runs=1)
    yield row(f"plate of {wells}: overview, nothing kept: wall", cold[1], "ms", runs=1)
    looks: dict[str, Callable[[int], str]] = {
        "other windows": lambda n: f"{address}?c=1:{100 + n}-900,2:{n}-800",
        "own windows, another quality": lambda n: f"{address}?q={60 + n}",
        "common windows, another quality": lambda n: f"{address}?windows=common&q={60 + n}",
        "as it was": lambda _: f"{address}?c=1:100-900",
    }
    for name, look in looks.items():
        found = [
            _timed(server, lambda look=look, n=n: client.get(look(n)))  # type: ignore[misc]
            for n in range(ROUNDS)
        ]
        cpu, wall = (statistics.median(values) for values in zip(*found, strict=True))
        yield row(f"plate of {wells}: {name}: CPU", cpu, "ms", runs=ROUNDS)
        yield row(f"plate of {wells}: {name}: wall", wall, "ms", runs=ROUNDS)


def _timed(server: Server, ask: Callable[[], Any]) -> tuple[float, float]:
    """Return processor and wall time in ms."""
    before, start = server.cpu_s(), time.perf_counter()
    ask()
    wall = time.perf_counter() - start
    return (server.cpu_s() - before) * 1000, wall * 1000


def _fields(count: int) -> Path:
    """Return a folder with a file for each field, three channels of 512² uint16, zlib."""
    folder = FOLDER / f"plate-1-{count}"
    if folder.exists():
        return folder
    part = folder.with_suffix(".part")
    part.mkdir(parents=True, exist_ok=True)
    planes = np.stack([plane(c) for c in range(_CHANNELS)])
    places = np.random.default_rng(1).integers(0, planes.shape[1] - _SIDE, (count, 2))
    for number, (y, x) in enumerate(places):
        tifffile.imwrite(
            part / f"field-{number:04}.ome.tif",
            planes[:, y : y + _SIDE, x : x + _SIDE],
            metadata={"axes": "CYX", "Name": f"Field {number}"},
            compression="zlib",
            tile=(256, 256),
            photometric="minisblack",
        )
    part.replace(folder)
    return folder


def _images(client: Client) -> Iterator[str]:
    after: str | None = None
    while True:
        found = client.query(_IMAGES, after=after)["images"]
        yield from (node["id"] for node in found["nodes"])
        if not found["pageInfo"]["hasNextPage"]:
            return
        after = found["pageInfo"]["endCursor"]


def _plate(client: Client, images: list[str], rows: int, columns: int) -> str:
    """Make a plate of images, row by row, and return its id."""
    stated = {"name": f"Plate of {len(images)}", "rows": rows, "columns": columns}
    (plate,) = _created(client, _PLATE, [stated])
    places = [divmod(number, columns) for number in range(len(images))]
    wells = _created(client, _WELLS, [{"plate": plate, "row": r, "column": c} for r, c in places])
    pairs = enumerate(zip(wells, images, strict=True))
    _created(client, _SAMPLES, [{"well": w, "index": n, "image": i} for n, (w, i) in pairs])
    return plate


def _created(client: Client, text: str, items: list[dict[str, Any]]) -> list[str]:
    ids: list[str] = []
    for first in range(0, len(items), _BATCH):
        (found,) = client.query(text, items=items[first : first + _BATCH]).values()
        ids += [item["id"] for item in found["items"]]
    return ids


def _forget(data: Path) -> None:
    """Remove small samples that were kept."""
    for path in (data / "thumbnails").glob("*/*"):
        path.unlink()
