"""A child that reads files: it takes its own rights away, answers, and is thrown away."""

import ctypes
import os
import site
import sys
import sysconfig
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from store.errors import StoreError, reason
from store.importing import readers, scan
from store.importing.found import FoundFileset
from store.importing.sandbox import answers, landlock, limits
from store.importing.sandbox.messages import ANSWER, Failure, Item, Task, encoded, frame, write

_DIE_WITH_PARENT = 1
_KILL = 9
_STACK_BYTES = 8 * 2**20


def run(task: Task, output: int) -> None:
    """Do a task and write one frame for each item, in order; to be called right after a fork.

    Args:
        task: What to do.
        output: Descriptor that the frames go to; every other one is closed.
    """
    os.dup2(output, 3, inheritable=False)
    os.closerange(4, 65_536)
    sys.dont_write_bytecode = True
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, _KILL, 0, 0, 0)
    environment = environment_paths()
    taken = limits.address_space()
    landlock.restrict([*environment, *task.readable])
    if task.kind == "find":
        limits.limit_process(taken)
        seen = {Path(path) for path in task.taken}
        for item, seconds in zip(task.items, task.seconds, strict=True):
            limits.allow_seconds(seconds)
            write(3, frame(ANSWER, _found(item, seen)))
        return
    threading.stack_size(_STACK_BYTES)
    threads = _Threads(task.items, environment)
    limits.limit_process(taken + len(task.items) * _STACK_BYTES)
    for number, seconds in enumerate(task.seconds):
        limits.allow_seconds(seconds)
        write(3, frame(ANSWER, threads.answer(number)))


class _Threads:
    """One thread for each fileset, which sees the files of that one alone.

    A fork for each would take longer than reading a small file. The threads are there before
    processes and threads are forbidden, and wait for their turn: one works at a time.
    """

    def __init__(self, items: Sequence[Item], environment: Sequence[str]) -> None:
        self._environment = environment
        self._items = items
        self._answers: dict[int, bytes] = {}
        self._turns = [threading.Event() for _ in items]
        self._threads = [
            threading.Thread(target=self._work, args=(number,), daemon=True)
            for number in range(len(items))
        ]
        for thread in self._threads:
            thread.start()

    def answer(self, number: int) -> bytes:
        """The answer about one item."""
        self._turns[number].set()
        self._threads[number].join()
        return self._answers.pop(number)

    def _work(self, number: int) -> None:
        self._turns[number].wait()
        item = self._items[number]
        try:
            landlock.restrict([*self._environment, *readable_by(item)])
            self._answers[number] = _parsed(item)
        except BaseException as error:  # noqa: BLE001  the last resort of a process that goes
            self._answers[number] = _failure(Path(item.path), error)


def readable_by(item: Item) -> tuple[str, ...]:
    """What may be read to parse a fileset: its files; of one that is a folder, all in it."""
    return (item.path, *item.files)


def _parsed(item: Item) -> bytes:
    master = Path(item.path)
    files = tuple(Path(file) for file in item.files)
    try:
        return answers.encode_fileset(
            readers.parse(FoundFileset(item.format, master, files, item.reader))
        )
    except StoreError as error:
        if isinstance(error.__cause__, MemoryError):
            return _failure(master, error.__cause__)
        return encoded(Failure(error.code, error.message, error.remedy))


def _found(item: Item, taken: set[Path]) -> bytes:
    path = Path(item.path)
    if path in taken:
        return answers.encode_found(None)
    try:
        found = scan.look(path, taken)
    except Exception as error:  # noqa: BLE001  hostile files raise twenty kinds of exceptions
        return _failure(path, error)
    taken.update(found.files if isinstance(found, FoundFileset) else (path,))
    return answers.encode_found(found)


def _failure(path: Path, error: BaseException) -> bytes:
    if isinstance(error, MemoryError):
        size = limits.MEMORY_BYTES >> 20
        return encoded(
            Failure(
                "unreadable_file",
                f"Reading {path.name} takes more than {size} MiB of memory.",
                "Replace it by an undamaged copy, or convert it.",
            )
        )
    return encoded(
        Failure(
            "unreadable_file",
            f"{path.name} is damaged: {reason(error)}.",
            "Replace it by an undamaged copy.",
        )
    )


@cache
def environment_paths() -> tuple[str, ...]:
    """Folders of the program itself, which readers load parts of when they need them.

    Without those that are inside others: each is a rule of the kernel for every fileset.
    """
    real = sorted({os.path.realpath(path) for path in _environment() if Path(path).exists()})
    kept: list[str] = []
    for path in real:
        if not (kept and path.startswith(kept[-1].rstrip("/") + "/")):
            kept.append(path)
    return tuple(kept)


def _environment() -> Iterator[str]:
    yield from (sys.base_prefix, sys.prefix, *site.getsitepackages())
    yield from sysconfig.get_paths().values()
    yield from (path for path in sys.path if path.endswith(("site-packages", "dist-packages")))
    yield from (str(Path(__file__).parents[2]), str(Path(__file__).parents[3] / "render"))
    yield from ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo")
    yield from ("/etc/ld.so.cache", "/dev/null")
