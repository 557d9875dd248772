"""The memory of the server that gives an answer of 100,000 objects."""

import re
import tempfile
from pathlib import Path

from store.database import Database
from store.edits.people import first_start
from store.queries.people import viewer_by_experimenter
from tests.benchmarks.query import BIG
from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import started
from tests.build import hierarchy

TARGET_MB = 400.0
DATASETS, IMAGES, CHANNELS = 40, 500, 3
OBJECTS = 1 + DATASETS * (1 + IMAGES * (2 + CHANNELS))
ANSWERS = 5


def run() -> list[Row]:
    """Measure the highest resident memory of a server on SQLite: before, and after five answers."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="micrograph-", dir=FOLDER) as folder:
        _fill(Path(folder))
        with started(Path(folder)) as server:
            client = server.client()
            before = _highest_mb(server.process.pid)
            sizes = {len(str(client.query(BIG, id="Project:1"))) for _ in range(ANSWERS)}
            after = _highest_mb(server.process.pid)
    if sizes != {max(sizes)} or max(sizes) < OBJECTS * 20:
        raise ValueError(f"answers of {sizes} characters")
    what = f"memory: answer of {OBJECTS:,} objects"
    return [
        row(f"{what}: highest resident", after, "MB", target=TARGET_MB, runs=ANSWERS),
        row(f"{what}: above that of the idle server", after - before, "MB", runs=ANSWERS),
    ]


def _fill(folder: Path) -> None:
    database = Database(f"sqlite:///{folder / 'micrograph.sqlite'}")
    database.upgrade()
    with database.writing() as session:
        viewer = viewer_by_experimenter(session, first_start(session))
        hierarchy(session, viewer, projects=1, datasets=DATASETS, images=IMAGES, channels=CHANNELS)
    database.close()


def _highest_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise RuntimeError("this system does not tell a process's highest memory")
    return int(found[1]) * 1024 / 1e6
