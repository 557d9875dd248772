"""The overview of a whole plate over HTTP: requests, processor time, wall time."""

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
import tifffile

from store import models
from store.database import Database
from store.edits.people import first_start
from store.queries.people import viewer_by_experimenter
from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import Server, import_files, started
from tests.benchmarks.slide import plane
from tests.plates import make_plate

PLATES = {384: (16, 24), 1536: (32, 48)}
REQUESTS = 3
"""Most requests that an overview may take."""
ROUNDS = 7
_SIDE, _CHANNELS = 512, 3
_LEVEL = {384: 4, 1536: 5}
"""Cells of 32 and of 16 pixels: each plate is 768 by 512."""


def run() -> Iterator[Row]:
    """Measure overviews with nothing kept, with other windows, and as they were."""
    data = _data()
    for wells, plate in _plates(data).items():
        # A server of its own: nothing is in memory, and the small plate is no part of the large
        # one's first look.
        _forget(data)
        with started(data) as server:
            yield from _measured(server, wells, plate)


def _measured(server: Server, wells: int, plate: int) -> Iterator[Row]:
    client = server.client()
    address = f"/plates/{plate}/{_LEVEL[wells]}/0/0.jpg"
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


def _data() -> Path:
    """Return a data folder in which the fields are imported and plates made of them."""
    data = FOLDER / "plate-1-data"
    if not data.exists():
        part = data.with_suffix(".part")
        import_files(part, [_fields(max(PLATES))])
        _make_plates(part)
        part.replace(data)
    return data


def _make_plates(data: Path) -> None:
    """Make plates of the images of a data folder, row by row."""
    database = Database(f"sqlite:///{data / 'micrograph.sqlite'}")
    with database.writing() as session:
        viewer = viewer_by_experimenter(session, first_start(session))
        images = list(session.scalars(sa.select(models.Image.id).order_by(models.Image.id)))
        for wells, (rows, columns) in PLATES.items():
            fields = {divmod(n, columns): [image] for n, image in enumerate(images[:wells])}
            make_plate(session, viewer, fields, rows=rows, columns=columns)
    database.close()


def _plates(data: Path) -> dict[int, int]:
    """Return the ids of the plates by how many wells they have."""
    plate = models.Plate
    database = Database(f"sqlite:///{data / 'micrograph.sqlite'}")
    with database.reading() as session:
        found = list(session.scalars(sa.select(plate)))
        plates = {(one.rows or 0) * (one.columns or 0): one.id for one in found}
    database.close()
    return plates


def _forget(data: Path) -> None:
    """Remove small samples that were kept."""
    for path in (data / "thumbnails").glob("*/*"):
        path.unlink()
