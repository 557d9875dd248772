"""Registering very many small files by reference, as a job, with everything that keeps it safe.

`REGISTER_FILES` in the environment says how many, 100,000 if not given: a busy machine takes
5,000 in a minute, and the processor time of a file is the same.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil  # type: ignore[import-untyped]  # it publishes no types
import tifffile

from app.context import Micrograph
from app.importing import Ordered, Wishes, find_files, recogniser
from app.imports import Imports
from app.settings import Settings
from store.access import Viewer
from store.edits.targets import Target
from store.importing.plans import Plan
from store.models.enums import ImportState
from store.queries.people import viewer_by_experimenter
from tests.benchmarks.rows import FOLDER, Row, row
from tests.zarrs import write_plate

FILES = int(os.environ.get("REGISTER_FILES", "100000"))
SEVERAL = 8
MEASURED_EVERY = 2_000
"""Files between two looks at the memory."""


@dataclass(slots=True)
class Taken:
    """What an import took."""

    files: int = 0
    images: int = 0
    known: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    memory_mb: list[float] = field(default_factory=list)

    @property
    def growth_mb(self) -> float:
        """Of memory, after a tenth of the files."""
        return self.memory_mb[-1] - self.memory_mb[len(self.memory_mb) // 10]


def run() -> Iterator[Row]:
    """Register files of one image, all again, files of several images, and a plate."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="register-", dir=FOLDER) as name:
        folder = Path(name)
        yield from _one_image(folder, FILES)
        yield from _several_images(folder, FILES // 20)
        yield from _plate(folder)


def _one_image(folder: Path, count: int) -> Iterator[Row]:
    what = f"{count:,} OME-TIFFs"
    files = _written(folder / "one", _template(1), count)
    with _started(folder / "one data") as (micrograph, viewer):
        taken = _imported(micrograph, viewer, files)
        assert taken.files - taken.known == count
        yield row(f"{what}: registered", count / taken.wall_s, "files/s", better="higher",
                  target=400, runs=1, note=f"{taken.wall_s:.0f} s, a job, parsed in children")  # fmt: skip
        yield row(f"{what}: processor time", 1e3 * taken.cpu_s / count, "ms/file", target=5.0,
                  runs=1, note="of two cores, 5 ms are 400 files/s")  # fmt: skip
        yield row(f"{what}: growth of memory after a tenth of them", taken.growth_mb, "MB",
                  target=50, runs=1, note="children counted")  # fmt: skip
        again = _imported(micrograph, viewer, files)
        assert again.known == count
        yield row(f"{what}: all again", count / again.wall_s, "files/s", better="higher",
                  target=5_000, runs=1, note="none is opened")  # fmt: skip
        yield row(f"{what}: all again, processor time", 1e3 * again.cpu_s / count, "ms/file",
                  target=0.2, runs=1)  # fmt: skip


def _several_images(folder: Path, count: int) -> Iterator[Row]:
    what = f"{count:,} OME-TIFFs of {SEVERAL} images"
    files = _written(folder / "several", _template(SEVERAL), count)
    with _started(folder / "several data") as (micrograph, viewer):
        taken = _imported(micrograph, viewer, files)
    assert taken.images == count * SEVERAL
    yield row(f"{what}: registered", taken.images / taken.wall_s, "images/s", better="higher",
              target=1_000, runs=1)  # fmt: skip
    yield row(f"{what}: processor time", 1e3 * taken.cpu_s / taken.images, "ms/image", target=2.0,
              runs=1)  # fmt: skip


def _plate(folder: Path) -> Iterator[Row]:
    what = "OME-Zarr plate of 384 wells x 9 fields"
    path = write_plate(folder / "plates" / "plate.zarr", 16, 24, 9)
    with _started(folder / "plate data") as (micrograph, viewer):
        taken = _imported(micrograph, viewer, path.parent)
    assert taken.images == 384 * 9
    yield row(f"{what}: registered", taken.wall_s, "s", target=5.0, runs=1)
    yield row(f"{what}: processor time", taken.cpu_s, "s", runs=1)


def _imported(micrograph: Micrograph, viewer: Viewer, folder: Path) -> Taken:
    """Find and import all files below a folder, as `micrograph import` does."""
    taken = Taken()
    start, processor = time.perf_counter(), _processor_s()
    target = Target("Many")
    recognise = recogniser(micrograph, viewer, target)
    found = find_files([folder], (), micrograph.sandbox, None, recognise)
    plans = [Plan(one) for one in found.filesets]
    wishes = Wishes(target, statistics=False)
    imports = micrograph.imports
    assert isinstance(imports, Imports)
    job_id = imports.begin(viewer, Ordered(plans, found.skipped, wishes, found.known))
    for outcome in imports.follow(viewer, job_id):
        taken.files += 1
        taken.images += len(outcome.images)
        taken.known += outcome.state is ImportState.ALREADY_THERE
        if taken.files % MEASURED_EVERY == 0:
            taken.memory_mb.append(_memory_mb())
    taken.wall_s = time.perf_counter() - start
    taken.cpu_s = _processor_s() - processor
    taken.memory_mb.append(_memory_mb())
    return taken


@contextmanager
def _started(data: Path) -> Iterator[tuple[Micrograph, Viewer]]:
    micrograph = Micrograph(Settings(data=data).completed())
    micrograph.start()
    micrograph.imports = Imports(micrograph)
    try:
        with micrograph.database.reading() as session:
            viewer = viewer_by_experimenter(session, micrograph.administrator_id)
        yield micrograph, viewer
    finally:
        micrograph.close()


def _template(images: int) -> bytes:
    """A small OME-TIFF, as a microscope writes one for each field of view."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "small.ome.tif"
        with tifffile.TiffWriter(path, ome=True) as writer:
            for number in range(images):
                metadata = {
                    "axes": "YX", "Name": f"field {number}", "PhysicalSizeX": 0.325,
                    "PhysicalSizeXUnit": "µm", "Channel": {"Name": "DAPI"},
                }  # fmt: skip
                plane = np.full((16, 16), number, np.uint16)
                writer.write(plane, metadata=metadata, photometric="minisblack")
        return path.read_bytes()


def _written(folder: Path, data: bytes, count: int) -> Path:
    for number in range(count):
        path = folder / f"{number // 1000:03d}" / f"field {number % 1000:03d}.ome.tif"
        if number % 1000 == 0:
            path.parent.mkdir(parents=True)
        path.write_bytes(data)
    return folder


def _processor_s() -> float:
    """Processor time of this process, its children, and theirs that have ended."""
    me = psutil.Process()
    total = 0.0
    for process in (me, *me.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
        if process != me:
            total += times.children_user + times.children_system
    return total


def _memory_mb() -> float:
    """Memory of this process, and of its children what is theirs alone."""
    me = psutil.Process()
    total: int = me.memory_info().rss
    for child in me.children(recursive=True):
        try:
            total += child.memory_full_info().uss
        except psutil.Error:
            continue
    return total / 1e6
