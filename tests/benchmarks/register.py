"""Registering very many small files by reference, with everything that keeps it safe."""

import itertools
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil  # type: ignore[import-untyped]  # it publishes no types
import tifffile

from store.access import Viewer
from store.database import Database
from store.edits.containers import create_dataset
from store.edits.images import Registered, register_filesets, registered_filesets
from store.edits.people import first_start
from store.importing.found import FoundFileset
from store.importing.sandbox import Sandbox
from store.importing.scan import candidates
from store.queries.people import viewer_by_experimenter
from tests.benchmarks.rows import FOLDER, Row, row

FILES = 100_000
SEVERAL = 8
TOGETHER = 500
"""Filesets of one transaction."""
KNOWN_TOGETHER = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where images are registered."""

    database: Database
    viewer: Viewer
    dataset: int


def run() -> Iterator[Row]:
    """Register files of one image, all again, and files of several images."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="register-", dir=FOLDER) as name:
        folder = Path(name)
        yield from _one_image(folder, FILES)
        yield from _several_images(folder, FILES // 20)


def _one_image(folder: Path, count: int) -> Iterator[Row]:
    what = f"{count:,} OME-TIFFs"
    files = _written(folder / "one", _template(1), count)
    place = _place(folder / "one.db")
    start = time.perf_counter()
    sizes = []
    done = 0
    with Sandbox() as sandbox:
        for made in _registered(sandbox, place, files):
            done += len(made)
            sizes.append(_memory_mb())
    wall = time.perf_counter() - start
    assert done == count
    yield row(
        f"{what}: registered",
        count / wall,
        "files/s",
        better="higher",
        target=400,
        runs=1,
        note=f"{wall:.0f} s; found, parsed in children, one transaction for {TOGETHER}",
    )
    early = sizes[len(sizes) // 10]
    yield row(f"{what}: growth of memory after a tenth of them", sizes[-1] - early, "MB",
              target=50, runs=1, note=f"{early:.0f} MB then, children counted")  # fmt: skip
    start = time.perf_counter()
    known = sum(len(some) for some in _known(place, files))
    wall = time.perf_counter() - start
    assert known == count
    yield row(f"{what}: all again", count / wall, "files/s", better="higher", target=5_000, runs=1)
    place.database.close()


def _several_images(folder: Path, count: int) -> Iterator[Row]:
    what = f"{count:,} OME-TIFFs of {SEVERAL} images"
    files = _written(folder / "several", _template(SEVERAL), count)
    place = _place(folder / "several.db")
    start = time.perf_counter()
    with Sandbox() as sandbox:
        images = sum(
            len(one.image_ids) for made in _registered(sandbox, place, files) for one in made
        )
    wall = time.perf_counter() - start
    assert images == count * SEVERAL
    yield row(f"{what}: registered", images / wall, "images/s", better="higher", target=1_000,
              runs=1)  # fmt: skip
    place.database.close()


def _registered(sandbox: Sandbox, place: Place, folder: Path) -> Iterator[Sequence[Registered]]:
    """Find, parse and register all files below a folder; what one transaction wrote at a time."""
    looked = sandbox.found(candidates(folder, 9), [folder])
    founds = (found for found in looked if isinstance(found, FoundFileset))
    for some in itertools.batched(sandbox.parsed(founds), TOGETHER):
        good = [parsed for parsed in some if not isinstance(parsed, Exception)]
        with place.database.writing() as session:
            made = register_filesets(session, place.viewer, good, place.dataset)
        yield [one for one in made if isinstance(one, Registered)]


def _known(place: Place, folder: Path) -> Iterator[dict[Path, Registered]]:
    paths = (path for path in candidates(folder, 9) if isinstance(path, Path))
    for some in itertools.batched(paths, KNOWN_TOGETHER):
        with place.database.writing() as session:
            yield registered_filesets(session, place.viewer, some, place.dataset)


def _place(path: Path) -> Place:
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    with database.writing() as session:
        viewer = viewer_by_experimenter(session, first_start(session))
        return Place(database, viewer, create_dataset(session, viewer, "Many").id)


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
