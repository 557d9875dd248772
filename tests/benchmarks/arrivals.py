"""A large file comes in, by copy and by upload: how fast beside the slower of disk and SHA-256.

`ARRIVALS_MB` in the environment says how large, 1,024 if not given.
"""

import contextlib
import hashlib
import http.client
import os
import shutil
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from app.context import Micrograph
from app.importing import Ordered, Wishes, find_files
from app.imports import Imports
from app.sending import Answer, Memory, local_files, send_all
from app.settings import Settings
from store.edits.targets import Target
from store.importing.plans import Plan
from store.models.enums import ImportState
from store.queries.people import viewer_by_experimenter
from tests.benchmarks.rows import FOLDER, Row, row
from tests.benchmarks.server import started

MEGABYTES = int(os.environ.get("ARRIVALS_MB", "1024"))
ROUNDS = 3
TARGET = 0.8
BLOCK = 4 << 20


def run() -> Iterator[Row]:
    """Copy and upload one file, in turn with what neither can do without."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="arrivals-", dir=FOLDER) as name:
        folder = Path(name)
        path = _image(folder / "large.ome.tif", max(1, MEGABYTES // 8))
        small = _image(folder / "small.ome.tif", 1)
        with _importing(folder / "copied") as copied:
            copied(small)  # what a first import loads is no matter of large files
            yield from _measured("copying a file in", path, lambda: copied(path))
        shutil.rmtree(folder / "copied")
        with started(folder / "served") as server:
            yield from _measured(
                "uploading a file in pieces",
                path,
                lambda: _uploaded(path, folder, _Sender(server.host, server.cookie)),
            )


def _measured(what: str, path: Path, work: Callable[[], float]) -> Iterator[Row]:
    bare, ours, ratios = [], [], []
    for _ in range(ROUNDS):  # in turn: the machine may have other things to do
        bare.append(max(_summed(path), _written(path)))
        ours.append(work())
        ratios.append(bare[-1] / ours[-1])
    megabytes = path.stat().st_size / 1e6
    yield row(
        f"{what}, beside the slower of writing and SHA-256", statistics.median(ratios), "x",
        runs=ROUNDS, better="higher", target=TARGET,
        peer="bare, MB/s", peer_value=megabytes / statistics.median(bare),
    )  # fmt: skip
    yield row(
        what, megabytes / statistics.median(ours), "MB/s", runs=ROUNDS, better="higher",
        note=f"{megabytes:.0f} MB",
    )  # fmt: skip


def _summed(path: Path) -> float:
    start = time.perf_counter()
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    return time.perf_counter() - start


def _written(path: Path) -> float:
    """Read, which costs little as the file is in memory, write, and flush to the disk."""
    target = path.with_suffix(".copy")
    start = time.perf_counter()
    with path.open("rb") as read, target.open("wb", buffering=0) as write:
        shutil.copyfileobj(read, write, BLOCK)
        os.fsync(write.fileno())
    seconds = time.perf_counter() - start
    target.unlink()
    return seconds


@contextlib.contextmanager
def _importing(data: Path) -> Iterator[Callable[[Path], float]]:
    """What imports a file with `--copy`, to the end of its job, and says how long that took."""
    micrograph = Micrograph(Settings(data=data).completed())
    micrograph.start()
    micrograph.imports = imports = Imports(micrograph)

    def work(path: Path) -> float:
        os.utime(path)  # or it would be known
        plans = [Plan(found) for found in find_files([path], (), micrograph.sandbox).filesets]
        start = time.perf_counter()
        order = Ordered(plans, wishes=Wishes(Target("Copied"), "copy", statistics=False))
        (outcome,) = imports.follow(viewer, imports.begin(viewer, order))
        seconds = time.perf_counter() - start
        assert outcome.state is ImportState.IMPORTED
        return seconds

    try:
        with micrograph.database.reading() as session:
            viewer = viewer_by_experimenter(session, micrograph.administrator_id)
        yield work
    finally:
        micrograph.close()


def _uploaded(path: Path, folder: Path, sender: "_Sender") -> float:
    """Send as `micrograph upload` does, after it has added the file up; to the last answer."""
    (file,) = local_files([path])
    file.sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    start = time.perf_counter()
    count = send_all(sender, [file], uuid.uuid4().hex, Memory(folder / "memory.json"))
    seconds = time.perf_counter() - start
    assert count == 1
    sender.ask("DELETE", file.url, headers={"tus-resumable": "1.0.0"})
    (folder / "memory.json").unlink(missing_ok=True)
    return seconds


@dataclass
class _Sender:
    """One connection to the server, signed in."""

    host: str
    cookie: str

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(self.host, timeout=600)

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request; see `app.sending.Server.ask`."""
        given = {"cookie": self.cookie, "origin": f"http://{self.host}", **(headers or {})}
        self.connection.request(method, path, body, given)
        answer = self.connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, found, answer.read())


def _image(path: Path, planes: int) -> Path:
    """An OME-TIFF without compression, of planes of chance."""
    chance = np.random.default_rng(1)
    with contextlib.closing(tifffile.TiffWriter(path, bigtiff=True, ome=True)) as writer:
        writer.write(
            (chance.integers(0, 4096, (2048, 2048), np.uint16) for _ in range(planes)),
            shape=(planes, 2048, 2048), dtype=np.uint16, photometric="minisblack",
            metadata={"axes": "ZYX"},
        )  # fmt: skip
    return path
