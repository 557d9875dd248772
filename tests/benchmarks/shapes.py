"""A million shapes on one image: how fast they are written, and found in a viewport."""

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from store.access import Viewer
from store.database import Database
from store.edits.people import first_start
from store.edits.rois import NewROI, create_rois
from store.queries.people import viewer_by_experimenter
from store.queries.rois import View, shapes_in_view
from tests.benchmarks.postgresql import postgresql
from tests.benchmarks.rows import Row, row
from tests.build import hierarchy

SHAPES = 1_000_000
BATCH = 50_000
SIDE = 100_000
"""Pixels of each side of the image."""
VIEWPORTS = 200


def run() -> Iterator[Row]:
    """Measure on both databases."""
    for name, opened in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        with opened() as database:
            yield from _measured(name, database)


def _measured(name: str, database: Database) -> Iterator[Row]:
    chance = random.Random(1)
    with database.writing() as session:
        viewer = viewer_by_experimenter(session, first_start(session))
        image = hierarchy(session, viewer, projects=1, datasets=1, images=1).images[0]
    seconds = busy = 0.0
    for _ in range(SHAPES // BATCH):
        roi = NewROI(image, [_spec(chance) for _ in range(BATCH)])
        start, working = time.perf_counter(), time.process_time()
        with database.writing() as session:
            create_rois(session, viewer, [roi])
        seconds += time.perf_counter() - start
        busy += time.process_time() - working
    yield row(
        f"shapes written, {name}",
        SHAPES / seconds,
        "shapes/s",
        runs=SHAPES // BATCH,
        better="higher",
        target=50_000,
    )
    yield row(
        f"shapes written, per second of this process's CPU time, {name}",
        SHAPES / busy,
        "shapes/s",
        runs=SHAPES // BATCH,
        better="higher",
    )
    with database.writing() as session:
        session.execute(sa.text("ANALYZE"))
    for width in (1_000, 10_000):
        times = _viewports(database, viewer, image, width, chance)
        yield row(
            f"shapes in a view of {width} pixels, p95, {name}",
            statistics.quantiles(times, n=20)[-1] * 1_000,
            "ms",
            runs=VIEWPORTS,
            target=100,
        )


def _viewports(
    database: Database, viewer: Viewer, image: int, width: int, chance: random.Random
) -> list[float]:
    times = []
    for _ in range(VIEWPORTS):
        x, y = chance.uniform(0, SIDE - width), chance.uniform(0, SIDE - width)
        view = View(x, y, width, width, z=chance.randrange(10), t=None)
        with database.reading() as session:
            start = time.perf_counter()
            shapes_in_view(session, viewer, image, view, first=500)
            times.append(time.perf_counter() - start)
    return times


def _spec(chance: random.Random) -> dict[str, Any]:
    return {
        "kind": "Rectangle",
        "x": chance.uniform(0, SIDE),
        "y": chance.uniform(0, SIDE),
        "width": chance.uniform(1, 60),
        "height": chance.uniform(1, 60),
        "the_z": chance.randrange(10),
        "stroke_color": -1,
    }


@contextmanager
def _sqlite() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'shapes.db'}")
        database.upgrade()
        yield database
        database.close()


@contextmanager
def _postgresql() -> Iterator[Database]:
    with postgresql() as (url, _):
        database = Database(url.render_as_string(hide_password=False))
        database.upgrade()
        yield database
        database.close()
