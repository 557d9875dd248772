"""Exports of a large image: how fast they are beside bare reading, compressing and writing."""

import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile

from app.context import Micrograph
from app.exported import export_things
from app.importing import Target, find_files, import_filesets
from app.settings import Settings
from store.exporting.cut import Cut, Wanted, tiles
from store.exporting.workers import Workers
from store.pixels.source import Region
from store.queries.people import viewer_by_experimenter
from tests.benchmarks.rows import Row, row

SIDE = 8192
CHANNELS = 2
ROUNDS = 3
TARGET = 0.8
CHUNK = 1024


def run() -> Iterator[Row]:
    """Measure on an image of two channels with the noise of a camera."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        micrograph = Micrograph(Settings(data=folder / "data").completed())
        micrograph.start()
        try:
            yield from _measured(micrograph, folder)
        finally:
            micrograph.close()


def _measured(micrograph: Micrograph, folder: Path) -> Iterator[Row]:
    with micrograph.database.reading() as session:
        viewer = viewer_by_experimenter(session, micrograph.administrator_id)
    path = _image(folder / "large.ome.tif")
    filesets = find_files([path], [], micrograph.sandbox).filesets
    (outcome,) = import_filesets(micrograph, viewer, filesets, Target(), statistics=False)
    (image,) = outcome.images

    def export(format_: str, **said: str) -> None:
        micrograph.repository.chunks.clear()
        export_things(
            micrograph, viewer, [("Image", image)], format_, said, folder / "out", lambda _: None
        )

    with micrograph.database.reading() as session:
        cut = Cut(micrograph.images.find(session, viewer, image).source, Wanted())
    megabytes = cut.bytes / 1e6
    bare, ours, ratios = [], [], []
    for _ in range(ROUNDS):  # in turn: the machine may have other things to do
        bare.append(_timed(folder, lambda: _bare(micrograph, cut, folder / "out")))
        ours.append(_timed(folder, lambda: export("ome-zarr", pyramid="no")))
        ratios.append(bare[-1] / ours[-1])
    yield row(
        "OME-Zarr export of the full level beside bare read, compress, write",
        statistics.median(ratios), "x", runs=ROUNDS, better="higher", target=TARGET,
        peer="bare, MB/s", peer_value=megabytes / statistics.median(bare),
    )  # fmt: skip
    yield row(
        "OME-Zarr export of the full level", megabytes / statistics.median(ours), "MB/s",
        runs=ROUNDS, better="higher",
    )  # fmt: skip
    for name, format_ in (("OME-Zarr", "ome-zarr"), ("OME-TIFF, zlib", "ome-tiff")):
        export(format_)  # the smaller levels are made once, and kept
        shutil.rmtree(folder / "out") if format_ == "ome-zarr" else (folder / "out").unlink()
        times = [_timed(folder, lambda: export(format_)) for _ in range(ROUNDS)]  # noqa: B023
        yield row(
            f"{name} export with pyramid", megabytes / statistics.median(times), "MB/s",
            runs=ROUNDS, better="higher",
        )  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield row(
        f"peak memory of exports of {megabytes:.0f} MB, the image made included", peak, "MiB",
        runs=1,
    )  # fmt: skip


def _image(path: Path) -> Path:
    """A tiled, compressed OME-TIFF; written row by row of tiles."""
    chance = np.random.default_rng(1)
    y, x = np.ogrid[:512, :512]
    scene = (400 + 200 * np.sin(x / 40) * np.cos(y / 60)).astype(np.float32)

    def parts() -> Iterator[np.ndarray]:
        for _ in range(CHANNELS * (SIDE // 512) ** 2):
            yield chance.poisson(scene).astype(np.uint16)

    with tifffile.TiffWriter(path, bigtiff=True, ome=True) as writer:
        writer.write(
            parts(), shape=(CHANNELS, SIDE, SIDE), dtype=np.uint16, tile=(512, 512),
            compression="zlib", photometric="minisblack", metadata={"axes": "CYX"},
        )  # fmt: skip
    return path


def _bare(micrograph: Micrograph, cut: Cut, out: Path) -> None:
    """What no export can do without: decode, compress, write, in as many threads."""
    micrograph.repository.chunks.clear()
    out.mkdir()

    def chunk(place: tuple[int, Region]) -> None:
        c, part = place
        values = np.ascontiguousarray(cut.source.read(0, 0, c, 0, part))
        packed = imagecodecs.blosc_encode(
            values, level=3, compressor="zstd", shuffle=1, typesize=2, numthreads=1
        )
        (out / f"{c}.{part.y}.{part.x}").write_bytes(packed)

    places = [(c, part) for part in tiles(SIDE, SIDE, CHUNK, CHUNK) for c in range(CHANNELS)]
    with Workers() as workers, ThreadPoolExecutor(workers.count) as pool:
        list(pool.map(chunk, places))


def _timed(folder: Path, work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    out = folder / "out"
    shutil.rmtree(out) if out.is_dir() else out.unlink()
    return seconds
