"""Imports that are killed, in processes that are forked from this one, and what is left of them."""

import argparse
import contextlib
import hashlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import sqlalchemy as sa
import tifffile

from app.context import Micrograph
from app.import_steps import conclude, register_waiting
from app.importing import Ordered, Wishes, submit
from app.imports import Imports
from app.settings import Settings
from store import failpoints, models
from store.edits.job_items import retry
from store.edits.targets import Target
from store.errors import StoreError
from store.importing.found import FoundFileset, ScanResult
from store.importing.parsed import ParsedFileset
from store.importing.plans import Plan
from store.importing.readers import parse
from store.importing.scan import scan
from store.models.enums import ImportState
from store.queries.jobs import unfinished_jobs
from store.queries.people import viewer_by_experimenter

TOGETHER = 2
"""Filesets in one transaction, so that an import of a few has several."""


BEGINS = "begins"
"""What a process says before it imports; it is killed from then on."""


def images(folder: Path, number: int, size: int = 24) -> None:
    """Make small TIFF files that differ."""
    folder.mkdir(parents=True)
    for n in range(number):
        plane = np.full((size, size), n % 256, np.uint8)
        plane[0, :8] = np.frombuffer(os.urandom(8), np.uint8)
        tifffile.imwrite(folder / f"{n}.tif", plane)


@dataclass(slots=True)
class Left:
    """What is wrong after a restart; nothing should be."""

    lost: list[str] = field(default_factory=list)
    """Files that rows speak of, and that are missing or not what was acknowledged."""
    half: list[str] = field(default_factory=list)
    """Images without all that belongs to them."""
    leftovers: list[str] = field(default_factory=list)
    """Files that nothing speaks of, and work that nobody does."""

    def __bool__(self) -> bool:
        return bool(self.lost or self.half or self.leftovers)


def in_child(
    work: Callable[[Callable[[str], None]], None], beside: Callable[[int], None] | None = None
) -> tuple[int, list[str]]:
    """Run something in a forked process.

    Args:
        work: Given what acknowledges: each line comes back even if the process is killed next.
        beside: Called with the id of the process once it has said `BEGINS`.

    Returns:
        The signal that ended it, or 0, and the lines.
    """
    reader, writer = socket.socketpair()
    child = os.fork()
    if child == 0:
        reader.close()
        status = 1
        try:
            work(lambda line: _tell(writer, line))
            status = 0
        except BaseException as error:  # noqa: BLE001  (nothing of the parent may run in the child)
            _tell(writer, f"error {type(error).__name__}: {error}")
        finally:
            os._exit(status)
    writer.close()
    with reader, reader.makefile() as lines:
        try:
            if beside is not None and lines.readline():
                beside(child)
            told = lines.read().splitlines()
        except BaseException:  # a signal: the child may wait for what never comes now
            os.kill(child, signal.SIGKILL)
            raise
        finally:
            _, ended = os.waitpid(child, 0)
    return os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else 0, told


def killed(after_s: float) -> Callable[[int], None]:
    """What kills a process after a while."""

    def kill(child: int) -> None:
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)

    return kill


def _tell(writer: socket.socket, line: str) -> None:
    writer.sendall(f"{line}\n".encode())  # no write(): those may be made to fail


class Here:
    """Parses in this process: a child process for each of many imports would take the time."""

    def parsed_for[Given](
        self, asked: Iterable[tuple[Given, FoundFileset | None]]
    ) -> Iterator[tuple[Given, ParsedFileset | StoreError | None]]:
        """Parse filesets."""
        return ((given, None if found is None else parse(found)) for given, found in asked)

    def scan(self, paths: Sequence[Path]) -> ScanResult:
        """Look at files."""
        return scan(paths)


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[Micrograph]:
    """A started Micrograph with its imports."""
    micrograph = Micrograph(settings, Here())  # type: ignore[arg-type]  # as far as is needed
    micrograph.start()
    micrograph.imports = Imports(micrograph)
    try:
        yield micrograph
    finally:
        micrograph.close()


def begin(
    settings: Settings, source: Path, failpoint: str, *, durable: bool
) -> Callable[[Callable[[str], None]], None]:
    """An import by copy, to be killed; acknowledges each transaction that was committed."""

    def work(tell: Callable[[str], None]) -> None:
        with opened(settings) as micrograph:
            with micrograph.database.reading() as session:
                viewer = viewer_by_experimenter(session, micrograph.administrator_id)
            plans = [Plan(found) for found in scan([source]).filesets]
            order = Ordered(plans, wishes=Wishes(Target("Killed"), "copy"))
            failpoints.arm(failpoint)
            tell(BEGINS)
            if durable:
                imports = micrograph.imports
                assert isinstance(imports, Imports)
                for outcome in imports.follow(viewer, imports.begin(viewer, order)):
                    _acknowledge(tell, outcome.path, outcome.state)
                return
            job_id = submit(micrograph, viewer, order, durable=True)
            _finish(micrograph, job_id, tell)

    return work


def _finish(micrograph: Micrograph, job_id: int, tell: Callable[[str], None]) -> None:
    from app.importing import outcomes

    with micrograph.database.reading() as session:
        viewer = viewer_by_experimenter(session, micrograph.administrator_id)
    after = -1
    for _ in register_waiting(micrograph, job_id, most=TOGETHER):
        found = outcomes(micrograph, viewer, job_id, after)
        after += len(found)
        for outcome in found:
            _acknowledge(tell, outcome.path, outcome.state)
    conclude(micrograph, job_id)


def _acknowledge(tell: Callable[[str], None], path: str, state: ImportState) -> None:
    try:
        data = Path(path).read_bytes()
    except OSError:  # the call that was made to fail, once
        data = Path(path).read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    tell(f"{state.replace(' ', '-')} {digest} {path}")


def restart(settings: Settings, *, durable: bool) -> Callable[[Callable[[str], None]], None]:
    """What the next start does: clear away, and go on with what was cut off."""

    def work(tell: Callable[[str], None]) -> None:
        with opened(settings) as micrograph:
            imports = micrograph.imports
            assert isinstance(imports, Imports)
            imports.sweep()
            with micrograph.database.reading() as session:
                viewer = viewer_by_experimenter(session, micrograph.administrator_id)
                unfinished = [job.id for job in unfinished_jobs(session, viewer)]
            if durable:
                for job_id in imports.resume():
                    for _ in imports.follow(viewer, job_id):
                        pass
            else:
                for job_id in unfinished:
                    _finish(micrograph, job_id, lambda _: None)
        tell("done")

    return work


def acknowledged(lines: list[str]) -> dict[str, str]:
    """SHA-256 by path of the files of which a process said that they are imported."""
    found = {}
    for line in lines:
        state, _, rest = line.partition(" ")
        if state == "imported":
            digest, _, path = rest.partition(" ")
            found[path] = digest
    return found


def examine(settings: Settings, acks: dict[str, str]) -> Left:
    """Compare rows and files after a restart.

    Args:
        settings: Of the data folder.
        acks: What was acknowledged.
    """
    left = Left()
    with opened(settings) as micrograph, micrograph.database.reading() as session:
        file, entry, image = models.OriginalFile, models.FilesetEntry, models.Image
        rows = session.execute(
            sa.select(entry.client_path, file.path, file.hash, entry.fileset_id).join(
                file, file.id == entry.original_file_id
            )
        ).all()
        stored = {client: (Path(path), digest) for client, path, digest, _ in rows}
        for client, (path, digest) in stored.items():
            if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                left.lost.append(client)
            if acks.get(client, digest) != digest:
                left.lost.append(client)
        left.lost += sorted(set(acks) - set(stored))
        if len(stored) != len(rows):
            left.half.append("a file has come twice")
        left.half += _half(session, image)
        item = models.JobItem
        waiting = sa.select(item.path).where(item.state != ImportState.IMPORTED)
        left.leftovers += [f"not imported: {path}" for path in session.scalars(waiting)]
        job = models.Job
        open_jobs = session.scalars(sa.select(job.id).where(job.finished.is_(None))).all()
        left.leftovers += [f"job {key}" for key in open_jobs]
        known = {path.parent.name for path, _ in stored.values()}
    data = settings.data
    for folder in ("staging", "files"):
        there = (
            {path.name for path in (data / folder).iterdir()} if (data / folder).is_dir() else set()
        )
        left.leftovers += [
            f"{folder}/{name}" for name in sorted(there - (known if folder == "files" else set()))
        ]
    return left


def _half(session: sa.orm.Session, image: type[models.Image]) -> list[str]:
    pixels, channel, block = models.Pixels, models.Channel, models.ChunkBlock
    link, item = models.DatasetImageLink, models.JobItem
    found = []
    for key in session.scalars(sa.select(image.id)):
        pixels_id = session.scalar(sa.select(pixels.id).where(pixels.image_id == key))
        parts = [
            session.scalar(sa.select(sa.func.count()).where(part.pixels_id == pixels_id))
            for part in (channel, block)
        ]
        links = session.scalar(sa.select(sa.func.count()).where(link.child_id == key))
        if pixels_id is None or not all(parts) or links != 1:
            found.append(f"Image:{key}")
    states = session.execute(sa.select(item.state, item.fileset_id, item.path))
    imported = {fileset for state, fileset, _ in states if state == "imported"}
    filesets = set(session.scalars(sa.select(models.Fileset.id)))
    found += [f"Fileset:{key} without its item" for key in sorted(filesets - imported)]
    return found


@dataclass(slots=True)
class Tally:
    """What many kills have shown."""

    kills: int = 0
    acks: int = 0
    lost: int = 0
    half: int = 0
    leftovers: int = 0
    aside: int = 0
    """Folders that were moved to lost+found."""
    seconds: float = 0.0


def rounds(
    folder: Path,
    url: str,
    number: int,
    *,
    durable: bool,
    seed: int = 1,
    files: int = 8,
    spread_s: float = 0.25,
    say: Callable[[str], None] = lambda _: None,
) -> Tally:
    """Kill imports at every failpoint in turn, and every second time at random.

    Args:
        folder: For the data and the sources.
        url: Of the database; an SQLite file in the data folder if empty.
        number: How many kills.
        durable: By workflows; by their steps alone if not, which is quicker.
        seed: Of the moments.
        files: How many files each import has.
        spread_s: How long after its beginning an import is killed at most, at random.
        say: Told of what is wrong.
    """
    settings = Settings(data=folder / "data", database=url).completed()
    dice = random.Random(seed)
    tally = Tally()
    acks: dict[str, str] = {}
    began = time.monotonic()
    names = [
        name
        for name in failpoints.NAMES
        if durable or name not in ("import.planned", "import.settled", "import.measured")
    ]
    _warm(settings, folder / "warm")
    for n in range(number):
        source = folder / "sources" / str(n)
        images(source, files)
        after: Callable[[int], None] | None = None
        point = f"{names[n // 2 % len(names)]}:{dice.randint(1, files // TOGETHER)}"
        if n % 2:
            point, after = "", killed(dice.uniform(0.0, spread_s))
        ended, lines = in_child(begin(settings, source, point, durable=durable), after)
        tally.kills += ended == signal.SIGKILL
        acks |= acknowledged(lines)
        for line in lines:
            if line.startswith(("error", "failed")):
                say(line)
        _, told = in_child(restart(settings, durable=durable))
        if told != ["done"]:
            say(str(told))
    left = examine(settings, acks)
    for text in (*left.lost, *left.half, *left.leftovers):
        say(text)
    tally.acks, tally.lost, tally.half = len(acks), len(left.lost), len(left.half)
    tally.leftovers = len(left.leftovers)
    lost = settings.data / "lost+found"
    tally.aside = len(list(lost.iterdir())) if lost.is_dir() else 0
    tally.seconds = time.monotonic() - began
    return tally


class NotHereError(Exception):
    """Something that this needs is not there, or not allowed; the message says what."""


@contextlib.contextmanager
def cut_disk(folder: Path) -> Iterator[tuple[Path, Path]]:
    """An ext4 file system in a file that can be copied at once, as a power failure leaves it.

    Args:
        folder: Empty; for all that it takes.

    Yields:
        The folder of the file, and the folder where it is mounted.

    Raises:
        NotHereError: File systems cannot be made or mounted here.
    """
    outer, inner = folder / "outer", folder / "inner"
    outer.mkdir()
    inner.mkdir()
    mounted: list[Path] = []
    try:
        if not _shares_blocks(outer):
            _mount_new("xfs", folder / "outer.img", outer, "600M", "-m", "reflink=1")
            mounted.append(outer)
        _mount_new("ext4", outer / "disk.img", inner, "64M", "-F")
        mounted.append(inner)
        yield outer, inner
    finally:
        for place in reversed(mounted):
            subprocess.run(["umount", "-l", str(place)], check=False)


def _shares_blocks(folder: Path) -> bool:
    """Whether files in a folder can be copied at once."""
    (folder / "probe").write_bytes(b"?")
    command = ["cp", "--reflink=always", str(folder / "probe"), str(folder / "copy")]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _mount_new(kind: str, file: Path, folder: Path, size: str, *options: str) -> None:
    """Make a file system in a file, and mount it."""
    for command in (
        ["truncate", "-s", size, str(file)],
        [f"mkfs.{kind}", "-q", *options, str(file)],
        ["mount", "-o", "loop", str(file), str(folder)],
    ):
        if shutil.which(command[0]) is None:
            raise NotHereError(f"power failures need {command[0]}")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotHereError(f"{command[0]} does not work here: {done.stderr.strip()[:200]}")


def power_cuts(outer: Path, inner: Path, folder: Path, number: int) -> Tally:
    """Cut the power of a disk while imports go on, and look what is on it.

    Args:
        outer: Folder of a file system that copies files at once, with `disk.img` in it.
        inner: Where that file is mounted as a file system.
        folder: For sources, and where the copies are mounted.
        number: How often, at most 20 times: the disk is small.
    """
    settings = Settings(data=inner / "data").completed()
    _warm(settings, folder / "warm")
    dice = random.Random(2)
    tally = Tally()
    sources = folder / "sources"
    images(sources, 400)
    for n in range(number):
        acks = _until_cut(settings, sources, outer, n, dice.uniform(0.0, 0.5))
        copy = folder / f"cut{n}"
        copy.mkdir()
        subprocess.run(["mount", "-o", "loop", str(outer / "cut.img"), str(copy)], check=True)
        try:
            left = _after_cut(settings, copy, inner, acks)
        finally:
            subprocess.run(["umount", str(copy)], check=True)
        tally.kills += 1
        tally.acks += len(acks)
        tally.lost += len(left.lost)
        tally.half += len(left.half)
    return tally


def _until_cut(
    settings: Settings, sources: Path, outer: Path, number: int, after_s: float
) -> dict[str, str]:
    """Import, copy the disk as it is at a moment, and return what was acknowledged before."""
    some = sorted(sources.iterdir())[number * 20 : number * 20 + 20]
    reader, writer = socket.socketpair()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            _import_some(settings, some, lambda line: _tell(writer, line))
        os._exit(0)
    writer.close()
    told = b""
    while b"imported " not in told:  # something has to be there that could be lost
        block = reader.recv(1 << 16)
        if not block:
            break
        told += block
    time.sleep(after_s)
    reader.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while block := reader.recv(1 << 16):
            told += block
    command = ["cp", "--reflink=always", str(outer / "disk.img"), str(outer / "cut.img")]
    subprocess.run(command, check=True)
    os.waitpid(child, 0)
    reader.close()
    return acknowledged(told.decode().split("\n")[:-1])


def _import_some(settings: Settings, files: Sequence[Path], tell: Callable[[str], None]) -> None:
    with opened(settings) as micrograph:
        with micrograph.database.reading() as session:
            viewer = viewer_by_experimenter(session, micrograph.administrator_id)
        plans = [Plan(found) for found in scan(files).filesets]
        order = Ordered(plans, wishes=Wishes(Target("Killed"), "copy"))
        tell(BEGINS)
        _finish(micrograph, submit(micrograph, viewer, order, durable=True), tell)


def _after_cut(settings: Settings, copy: Path, inner: Path, acks: dict[str, str]) -> Left:
    """Look at a copy of the disk; its rows name files by where the disk was mounted."""
    cut = Settings(data=copy / "data").completed()
    with opened(cut) as micrograph, micrograph.database.writing() as session:
        file = models.OriginalFile
        path = sa.func.replace(file.path, str(inner), str(copy))
        session.execute(sa.update(file).values(path=path))
    in_child(restart(cut, durable=False))
    return examine(cut, acks)


WRITES = (
    "openat", "write", "pwrite64", "writev", "fsync", "fdatasync", "ftruncate", "mkdir", "link",
    "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "utimensat", "flock",
)  # fmt: skip
"""System calls by which an import changes what is on a disk, or opens what it changes."""
ENDINGS = ("error=EIO", "error=ENOSPC", "signal=KILL")
"""What becomes of one, as strace says it."""


@dataclass(slots=True)
class Swept:
    """What a sweep over the system calls of an import has shown."""

    points: int = 0
    """Calls that ended badly: how many there are, or as many as were asked for."""
    of: int = 0
    stopped: int = 0
    """Imports that ended with an error that says what to do."""
    killed: int = 0
    wrong: list[str] = field(default_factory=list)
    """Errors that say nothing, and what was lost, half there or left after a restart."""


def failing_calls(folder: Path, most: int | None = None, seed: int = 3) -> Swept:
    """Let each system call by which an import writes fail, or be the last one, and go on after it.

    Args:
        folder: For the data and the sources.
        most: How many calls, at random; every one if not given.
        seed: Of that choice.

    Raises:
        NotHereError: There is no strace, or processes cannot be traced here.
    """
    if shutil.which("strace") is None:
        raise NotHereError("system calls that fail need strace")
    settings = Settings(data=folder / "data").completed()
    _warm(settings, folder / "warm")
    template = settings.data
    points = _points(folder, template)
    swept = Swept(of=len(points))
    if most is not None and most < len(points):
        points = random.Random(seed).sample(points, most)
    for name, number, ending in points:
        place = folder / f"{name}-{number}-{ending}"
        settings = _copied(template, place)
        injected = ["-o", "/dev/null", "-e", f"inject={name}:{ending}:when={number}"]
        ended, told = _traced(settings, place / "source", injected)
        swept.points += 1
        swept.killed += ended == signal.SIGKILL
        swept.stopped += any(line.startswith("stopped") for line in told)
        _, after = in_child(_made_good(settings))
        left = examine(settings, acknowledged(told))
        bad = [line for line in (*told, *after) if line.startswith("error")]
        bad += [*left.lost, *left.half, *left.leftovers]
        swept.wrong += [f"{name} {number} {ending}: {text}" for text in bad]
        shutil.rmtree(place)
    return swept


def _points(folder: Path, template: Path) -> list[tuple[str, int, str]]:
    """The system calls of one import: name, how manieth, and what becomes of it."""
    place, log = folder / "counted", folder / "calls"
    _traced(_copied(template, place), place / "source", ["-o", str(log)])
    calls = Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text(), re.MULTILINE))
    return [
        (name, number, ending)
        for name in WRITES
        for number in range(1, calls[name] + 1)
        for ending in ENDINGS
    ]


def _copied(template: Path, place: Path) -> Settings:
    """A data folder as another one is, and files to import beside it."""
    shutil.copytree(template, place / "data")
    images(place / "source", 3)
    return Settings(data=place / "data").completed()


def _traced(settings: Settings, source: Path, asked: Sequence[str]) -> tuple[int, list[str]]:
    """Import a folder by copy while strace watches its writes: the signal that ended it, its lines.

    Raises:
        NotHereError: Processes cannot be traced here.
    """
    waits, goes = os.pipe()
    tracers: list[subprocess.Popen[bytes]] = []

    def work(tell: Callable[[str], None]) -> None:
        with opened(settings) as micrograph:
            with micrograph.database.reading() as session:
                viewer = viewer_by_experimenter(session, micrograph.administrator_id)
            plans = [Plan(found) for found in scan([source]).filesets]
            order = Ordered(plans, wishes=Wishes(Target("Killed"), "copy"))
            tell(BEGINS)
            os.read(waits, 1)
            try:
                _finish(micrograph, submit(micrograph, viewer, order, durable=True), tell)
            except StoreError as error:
                tell(f"stopped {error}")

    def attach(child: int) -> None:
        command = ["strace", "-f", "-p", str(child), "-e", f"trace={','.join(WRITES)}", *asked]
        tracer = subprocess.Popen(command, stderr=subprocess.PIPE)
        tracers.append(tracer)
        assert tracer.stderr is not None
        said = tracer.stderr.readline().decode()
        os.write(goes, b"!")
        if "attached" not in said:
            raise NotHereError(said.strip())

    try:
        return in_child(work, attach)
    finally:
        os.close(waits)
        os.close(goes)
        for tracer in tracers:
            tracer.communicate()


def _made_good(settings: Settings) -> Callable[[Callable[[str], None]], None]:
    """What the next start does, and a person who has what failed tried again."""

    def work(tell: Callable[[str], None]) -> None:
        restart(settings, durable=False)(tell)
        with opened(settings) as micrograph:
            with micrograph.database.writing() as session:
                viewer = viewer_by_experimenter(session, micrograph.administrator_id)
                item = models.JobItem
                failed = set(session.scalars(sa.select(item.job_id).where(item.state == "failed")))
                for job_id in failed:
                    retry(session, viewer, job_id)
            for job_id in failed:
                _finish(micrograph, job_id, lambda _: None)

    return work


def _warm(settings: Settings, source: Path) -> None:
    """Load here what every import needs, so that no forked process has to."""
    from app import durable  # noqa: F401

    images(source, 1)
    with opened(settings) as micrograph:
        with micrograph.database.reading() as session:
            viewer = viewer_by_experimenter(session, micrograph.administrator_id)
        plans = [Plan(found) for found in scan([source]).filesets]
        order = Ordered(plans, wishes=Wishes(Target("Killed"), "copy"))
        _finish(micrograph, submit(micrograph, viewer, order, durable=True), lambda _: None)


def many_cuts(number: int) -> Tally:
    """Cut the power many times, each disk 20 times."""
    whole = Tally()
    began = time.monotonic()
    while whole.kills < number:
        with scratch() as folder, cut_disk(folder) as disk:
            some = power_cuts(*disk, folder, min(20, number - whole.kills))
        whole.kills += some.kills
        whole.acks += some.acks
        whole.lost += some.lost
        whole.half += some.half
        whole.seconds = time.monotonic() - began
        sys.stdout.write(f"{whole}\n")
        sys.stdout.flush()
    return whole


_SCRATCH = "micrograph-crashing-"


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards with all that is mounted in it, even after a signal.

    In memory where there is a place for that: what is killed or cut off is the same, and disks that
    others use take a hundred times as long. What an earlier run that was killed left is cleared
    away first.
    """
    in_memory = Path("/dev/shm")
    place = in_memory if os.access(in_memory, os.W_OK) else Path(tempfile.gettempdir())
    for left in place.glob(f"{_SCRATCH}*"):
        if not Path("/proc", left.name.removeprefix(_SCRATCH).partition("-")[0]).exists():
            _clear_away(left)
    folder = Path(tempfile.mkdtemp(prefix=f"{_SCRATCH}{os.getpid()}-", dir=place))
    ends = {number: signal.signal(number, _exit) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield folder
    finally:
        _clear_away(folder)
        for number, before in ends.items():
            signal.signal(number, before)


def _exit(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def _clear_away(folder: Path) -> None:
    """Remove a folder, and first what is mounted in it, the innermost first."""
    lines = Path("/proc/self/mounts").read_text().splitlines()
    places = [line.split()[1] for line in lines]
    for place in reversed([one for one in places if Path(one).is_relative_to(folder)]):
        subprocess.run(["umount", "-l", place], check=False)
    shutil.rmtree(folder)


def main() -> None:
    """Do what a release needs: `python -m tests.crashing --help` says what there is."""
    parser = argparse.ArgumentParser(description="Cut imports off, and count what is lost.")
    parser.add_argument("--kills", type=int, default=1_000, help="how often they are killed")
    parser.add_argument("--durable", action="store_true", help="by workflows, not only their steps")
    parser.add_argument("--database", default="", help="address; SQLite if not given")
    parser.add_argument("--cuts", type=int, help="cut the power so often instead")
    parser.add_argument(
        "--calls", action="store_true", help="let every system call that writes fail instead"
    )
    asked = parser.parse_args()
    try:
        found = _asked(asked)
    except NotHereError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{found}\n")


def _asked(asked: argparse.Namespace) -> Tally | Swept:
    if asked.cuts:
        return many_cuts(asked.cuts)
    with scratch() as folder:
        if asked.calls:
            return failing_calls(folder)
        return rounds(folder, asked.database, asked.kills, durable=asked.durable, say=print)


if __name__ == "__main__":
    main()
