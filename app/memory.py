"""Memory of the process: what libraries keep is bounded, and garbage collected at rest."""

import contextlib
import ctypes
import gc
import mmap
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

ARENAS = 1
"""Heaps of glibc. It makes up to eight for each processor, and what is freed in one cannot be used
in another: a cache of chunks that threads fill by turns then costs twice its budget. Threads keep
small blocks of their own, and large ones are few, so they hardly wait for each other: 8 threads
that turn two caches over take 745 MB with glibc's own choice, 620 with two heaps, 413 with one, of
which 335 are the caches, and no more processor time."""
TRIM_BYTES = 32 * 2**20
"""Free memory at the end of a heap from which it is given back."""
MAPPED_BYTES = 2**20
"""Size from which memory is had from the system, and given back, by itself. glibc raises it to
32 MiB otherwise, once such a block was freed: then large arrays leave holes in the heap, with 4 MiB
still 22 MB of them among two full caches."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8


def bound_heaps() -> bool:
    """Bound what the C library keeps; to be called before threads are started.

    Returns:
        Whether the library is glibc and took it; others need nothing like it.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # not glibc
        return False
    wanted = (
        (_M_ARENA_MAX, ARENAS),
        (_M_TRIM_THRESHOLD, TRIM_BYTES),
        (_M_MMAP_THRESHOLD, MAPPED_BYTES),
    )
    return all(mallopt(name, value) for name, value in wanted)


def give_back_free() -> None:
    """Give back the free pages between blocks that are used.

    Of two full caches that turn over, they are 26 MB after a minute. It takes 2 ms.
    """
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):  # not glibc
            ctypes.CDLL(None).malloc_trim(0)


_COMPILER = re.compile(r"^(\w+)-(\w+) r-[x-]p .*libllvmlite.*\n((?:\w+: .*\n)+)", re.MULTILINE)
"""What the system tells of the compiler's code and constants: addresses, and pages by kind."""
_PRIVATE = re.compile(r"^(Anonymous|Swap): +[1-9]", re.MULTILINE)
"""Pages that the file does not have: they would be lost."""


def give_back_compiler() -> None:
    """Take the pages of the compiler's file out of the process, once all kernels are loaded.

    Loading machine code touches 70 MB of the file's 160. The system has them in memory for whoever
    wants them: compiling again takes as long as ever. Elsewhere than on Linux they stay.
    """
    if not sys.platform.startswith("linux"):
        return
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    for first, end, pages in _COMPILER.findall(Path("/proc/self/smaps").read_text()):
        if not _PRIVATE.search(pages):
            start = int(first, 16)
            madvise(start, int(end, 16) - start, mmap.MADV_DONTNEED)


YOUNG = 20_000
"""New containers between two collections of the youngest: each takes half a millisecond. With 3,000
an answer of 8,000 objects takes a fifteenth longer."""
NEVER = 1_000_000
REST_S = 1.0
"""How often it is looked whether the process rests."""
TRIM_S = 10.0
"""How often free pages are given back."""
LATEST_S = 60.0
"""After how long garbage is collected even if the process never rests."""


def leave_out_loaded() -> None:
    """Have the collector of garbage pass over what is there by now: modules, tables, statements.

    They stay for as long as the process lasts. Walking them each time that work over many files has
    left enough garbage takes a tenth of that work's time.
    """
    gc.collect()
    gc.freeze()


def collect_at_rest(resting: Callable[[], bool]) -> threading.Thread:
    """Collect older garbage while nobody waits, in a thread, and leave out what is loaded by now.

    The thread gives free memory back, too, whether anybody waits or not.

    Python stops all threads while it looks through what has been there for long: 17 ms in the
    middle of a request. What is loaded stays, so the collector need not walk it again and again: an
    answer of 8,000 objects over HTTP takes 29 ms of processor time instead of 56.

    Args:
        resting: Whether nothing is being done now; asked once a second.

    Returns:
        The thread, which lasts as long as the process.
    """
    leave_out_loaded()
    gc.set_threshold(YOUNG, NEVER, NEVER)

    def run() -> None:
        latest = trimmed = time.monotonic()
        while True:
            time.sleep(REST_S)
            if time.monotonic() > trimmed + TRIM_S:
                give_back_free()
                trimmed = time.monotonic()
            _, aged, old = gc.get_count()
            late = time.monotonic() > latest + LATEST_S
            if (aged or old) and (late or resting()):
                gc.collect()
                latest = time.monotonic()

    thread = threading.Thread(target=run, name="garbage", daemon=True)
    thread.start()
    return thread
