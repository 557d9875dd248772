"""Files are looked at and parsed in child processes; this is the side of the program."""

import itertools
import logging
import os
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from store.errors import (
    InvalidInputError,
    StoreError,
    UnavailableError,
    UnreadableFileError,
    UnsupportedError,
)
from store.importing.found import FoundFileset, Recognise, ScanResult, Skipped
from store.importing.parsed import ParsedFileset
from store.importing.sandbox import landlock, limits
from store.importing.sandbox.answers import WrongAnswerError, decode_fileset, decode_found
from store.importing.sandbox.messages import (
    ANSWER,
    Failure,
    Item,
    Stopped,
    Task,
    decode_stopped,
    encoded,
    frame,
    read_frame,
    send_socket,
    write,
)
from store.importing.scan import MAX_DEPTH, candidates, newcomers

BATCH = 64
"""Filesets that one child parses before it is thrown away; each sees its own files alone."""
AHEAD = 2
"""Batches for each child that are parsed ahead of the one that is asked for."""
LOOKED_AT = 10_000
"""Files and folders that one child looks at before it is thrown away."""
LOOK_S = 60.0
"""How long a look at one file may take, in seconds."""

logger = logging.getLogger(__name__)


class Sandbox:
    """Child processes that read files of strangers, as a context manager.

    A child has its files, the program's own folder, a gigabyte of memory and some time; no
    network, and nothing that it could write to but its answer, which is taken for a stranger's
    as well. Where the kernel has no Landlock (other systems than Linux) a child can read more;
    that is logged once. Any number of threads may use one.

    Args:
        children: How many work at once; as many as there are processors if not given.
    """

    def __init__(self, children: int | None = None) -> None:
        self._children = children or len(_processors())
        self._lock = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._parsing = _Connections(self._children)
        self._looking = _Connections(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the process that children are forked from, unless it is there.

        It loads for a second, beside whatever is done meanwhile; whoever uses children need not ask
        for it.
        """
        with self._lock:
            self._launch()

    def close(self) -> None:
        """End all children; it starts anew when it is used again."""
        with self._lock:
            self._parsing.close()
            self._looking.close()
            if self._control is not None:
                self._control.close()
                self._control = None
            if self._server is not None:
                self._server.wait()
                self._server = None

    def parse(self, found: FoundFileset) -> ParsedFileset:
        """Read the metadata and index the chunks of one fileset; no pixel is decoded.

        Raises:
            UnreadableFileError: A file is missing, damaged, not what the metadata says, or takes
                more memory or time than any sound file needs.
            UnsupportedError: The samples are stored in a way that is not handled.
            InvalidInputError: Sizes that no image can have.
            UnavailableError: No child could be started.
        """
        (answer,) = self._parse_some([found])
        if isinstance(answer, StoreError):
            raise answer
        return answer

    def parsed(self, founds: Iterable[FoundFileset]) -> Iterator[ParsedFileset | StoreError]:
        """Parse many filesets, some ahead of what is asked for.

        Yields:
            Of each fileset, in their order, what was found or why nothing was.
        """
        for _, answer in self.parsed_for((None, found) for found in founds):
            assert answer is not None
            yield answer

    def parsed_for[Given](
        self, asked: Iterable[tuple[Given, FoundFileset | None]]
    ) -> Iterator[tuple[Given, ParsedFileset | StoreError | None]]:
        """Parse many filesets, some ahead of what is asked for, each for something.

        Args:
            asked: Looked at as it is needed. What has no fileset keeps its place in the order.

        Yields:
            What each is for, with what was found or why nothing was.
        """
        batches = itertools.batched(asked, BATCH)
        waiting: deque[Future[list[tuple[Given, ParsedFileset | StoreError | None]]]] = deque()
        pool = ThreadPoolExecutor(self._children, thread_name_prefix="parse")
        try:
            for batch in batches:
                waiting.append(pool.submit(self._parse_for, batch))
                if len(waiting) > AHEAD * self._children:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def scan(
        self,
        paths: Sequence[Path],
        max_depth: int = MAX_DEPTH,
        recognise: Recognise = lambda _: {},
    ) -> ScanResult:
        """Look at files and at all files in folders, and group those that belong together.

        As `store.importing.scan.scan`, which says what the arguments are; of files that are
        recognised nothing is read.
        """
        absolute = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100  links stay
        filesets: list[FoundFileset] = []
        skipped: list[Skipped] = []
        known: dict[Path, int] = {}
        named = (found for path in absolute for found in candidates(path, max_depth))
        for found in self.found(newcomers(named, recognise, known), absolute, known):
            if isinstance(found, FoundFileset):
                filesets.append(found)
            else:
                skipped.append(found)
        members = {file for fileset in filesets for file in fileset.files}
        left = tuple(one for one in skipped if one.path not in members)
        return ScanResult(tuple(filesets), left, known)

    def found(
        self,
        named: Iterable[Path | Skipped],
        roots: Sequence[Path],
        taken: Collection[Path] = (),
    ) -> Iterator[FoundFileset | Skipped]:
        """Look at files one by one, in a child that may read what is below the roots.

        Args:
            named: What `store.importing.scan.candidates` finds, or a part of it.
            roots: Absolute; of a file, its folder may be read, where the rest of a set may be.
            taken: Files that are in filesets already; may grow meanwhile.

        Yields:
            Filesets and what is left out; a file that is in a fileset comes once, with it.
        """
        folders = list(dict.fromkeys(path if path.is_dir() else path.parent for path in roots))
        seen: set[Path] = set()
        for some in itertools.batched(named, LOOKED_AT):
            seen.update(taken)
            results = self._looked([one for one in some if isinstance(one, Path)], folders, seen)
            for one in some:
                found = one if isinstance(one, Skipped) else next(results)
                if found is not None:
                    yield found

    def _looked(
        self, paths: Sequence[Path], folders: Sequence[Path], seen: set[Path]
    ) -> Iterator[FoundFileset | Skipped | None]:
        """What is found at each path, by as many children as it takes."""
        done = 0
        while done < len(paths):
            for found in self._look_at(paths[done:], folders, seen):
                if isinstance(found, FoundFileset):
                    seen.update(found.files)
                seen.add(paths[done])
                done += 1
                yield found

    def _look_at(
        self, paths: Sequence[Path], folders: Sequence[Path], seen: set[Path]
    ) -> Iterator[FoundFileset | Skipped | None]:
        """What a child finds, up to the file that it does not survive."""
        task = Task(
            "find",
            tuple(Item(str(path)) for path in paths),
            readable=tuple(map(str, folders)),
            taken=tuple(map(str, seen)),
            seconds=(LOOK_S,) * len(paths),
        )
        answers = self._answers(task)
        for answer, path in zip(answers, paths, strict=False):
            if isinstance(answer, Stopped):
                yield Skipped(path, f"damaged: {_said(answer, path, LOOK_S).rstrip('.')}", True)
                return
            try:
                found = decode_found(answer, folders)
            except WrongAnswerError as error:
                yield Skipped(path, f"damaged: reading it went wrong ({error})", damaged=True)
                return
            yield (
                Skipped(path, f"damaged: {found.message.rstrip('.')}", damaged=True)
                if isinstance(found, Failure)
                else found
            )

    def _parse_for[Given](
        self, asked: Sequence[tuple[Given, FoundFileset | None]]
    ) -> list[tuple[Given, ParsedFileset | StoreError | None]]:
        answers = iter(self._parse_some([found for _, found in asked if found is not None]))
        return [(given, None if found is None else next(answers)) for given, found in asked]

    def _parse_some(self, founds: Sequence[FoundFileset]) -> list[ParsedFileset | StoreError]:
        results: list[ParsedFileset | StoreError] = []
        while len(results) < len(founds):
            rest = founds[len(results) :]
            task = Task(
                "parse",
                tuple(map(_item, rest)),
                readable=tuple(str(file) for found in rest for file in _readable(found)),
                seconds=tuple(limits.wall_seconds(found.files) for found in rest),
            )
            for number, answer in enumerate(self._answers(task)):
                found = rest[number]
                if isinstance(answer, Stopped):
                    message = _said(answer, found.master, task.seconds[number])
                    results.append(_unreadable(found, message))
                    break
                results.append(_result(found, answer))
        return results

    def _answers(self, task: Task) -> Iterator[bytes | Stopped]:
        """The answers of a child to a task: of all items, or up to one that ends it.

        Raises:
            UnavailableError: No child could be started.
        """
        # Of looks there may be any number at once: what they find is parsed meanwhile.
        connections = self._looking if task.kind == "find" else self._parsing
        connection = connections.take()
        kept = False
        try:
            if connection is None:
                connection = self._connect()
            write(connection.fileno(), frame(b"T", encoded(task)))
            for _ in task.items:
                message = read_frame(connection.fileno())
                if message is None:
                    raise EOFError
                kind, body = message
                if kind != ANSWER:
                    yield decode_stopped(body)
                    break
                yield body
            connections.give_back(connection)
            kept = True
        except (OSError, EOFError, ValueError) as error:
            raise UnavailableError(
                "The process that reads files has ended.", "Try again."
            ) from error
        finally:
            if not kept:  # also where nobody wants the rest of the answers
                if connection is not None:
                    connection.close()
                connections.give_back(None)

    def _connect(self) -> socket.socket:
        """A connection to a supervisor of its own."""
        with self._lock:
            self._launch()
            assert self._control is not None
            ours, theirs = socket.socketpair()
            with theirs:
                send_socket(self._control, theirs)
            return ours

    def _launch(self) -> None:
        if self._server is not None and self._server.poll() is None:
            return
        if not landlock.version():
            logger.warning("files are read without Landlock; a damaged one could read others")
        ours, theirs = socket.socketpair()
        with theirs:
            self._server = subprocess.Popen(  # noqa: S603  (our own module)
                [sys.executable, "-m", "store.importing.sandbox.server", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                pass_fds=[theirs.fileno()],
                env=_environment(),
            )
        self._control = ours


class _Connections:
    """Connections to supervisors that nobody uses, and how many may be used at once."""

    def __init__(self, most: int | None) -> None:
        self._free = threading.Semaphore(most) if most else None
        self._idle: list[socket.socket] = []

    def take(self) -> socket.socket | None:
        """Wait for a turn; an idle connection, or none if there is none."""
        if self._free is not None:
            self._free.acquire()
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def give_back(self, connection: socket.socket | None) -> None:
        """End a turn; with the connection if it is still good."""
        if connection is not None:
            self._idle.append(connection)
        if self._free is not None:
            self._free.release()

    def close(self) -> None:
        """Close those that are idle."""
        while self._idle:
            self._idle.pop().close()


def _environment() -> dict[str, str]:
    """Of children: where modules are, and no secret that the program was started with."""
    kept = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TZ")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path),  # noqa: PTH100
        # One thread and one heap: processes with threads cannot be forked.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
    }


def _processors() -> Sequence[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return range(os.cpu_count() or 1)


def _readable(found: FoundFileset) -> tuple[Path, ...]:
    return tuple(dict.fromkeys((found.master, *found.files)))


def _item(found: FoundFileset) -> Item:
    return Item(str(found.master), tuple(map(str, found.files)), found.format, found.reader)


def _result(found: FoundFileset, answer: bytes) -> ParsedFileset | StoreError:
    try:
        parsed = decode_fileset(answer, _readable(found))
    except WrongAnswerError as error:
        return _unreadable(found, f"Reading {found.master.name} went wrong: {error}.")
    if isinstance(parsed, Failure):
        return _error(found, parsed)
    if parsed.document is not None and parsed.document.notes:
        notes = parsed.document.notes
        facts = {"file": found.master.name, "why": notes[0], "more": len(notes) - 1}
        logger.info("parts of the metadata left out", extra=facts)
    return parsed


def _error(found: FoundFileset, failure: Failure) -> StoreError:
    message, remedy = failure.message[:2000], failure.remedy[:2000]
    if failure.code == UnsupportedError.code:
        return UnsupportedError(message, remedy)
    if failure.code == InvalidInputError.code:
        return InvalidInputError(message, remedy)
    return UnreadableFileError(message, remedy, path=str(found.master))


def _unreadable(found: FoundFileset, message: str) -> UnreadableFileError:
    return UnreadableFileError(
        message, "Replace it by an undamaged copy, or convert it.", path=str(found.master)
    )


def _said(stopped: Stopped, path: Path, seconds: float) -> str:
    """How a child ended, for a person."""
    if stopped.reason == "too long":
        return f"What {path.name} says of itself is longer than any file needs."
    if stopped.reason == "slow" or stopped.signal == _PROCESSOR_TIME:
        return f"Reading {path.name} takes longer than the {seconds:.0f} s that it may."
    return f"Reading {path.name} ended in a crash (signal {stopped.signal})."


_PROCESSOR_TIME = 24
"""SIGXCPU."""
