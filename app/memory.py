"""Memory of the process: what the C library keeps of freed memory is bounded."""

import ctypes
import sys

ARENAS = 1
"""Heaps of glibc. It makes up to eight for each processor, and what is freed in one cannot be used
in another: a cache of chunks that threads fill by turns then costs twice its budget. Threads keep
small blocks of their own, and large ones are few, so they hardly wait for each other: 8 threads
that turn two caches over take 745 MB with glibc's own choice, 620 with two heaps, 413 with one, of
which 335 are the caches, and no more processor time."""
TRIM_BYTES = 32 * 2**20
"""Free memory at the end of a heap from which it is given back."""
MAPPED_BYTES = 4 * 2**20
"""Size from which memory is had from the system, and given back, by itself. glibc raises it to
32 MiB otherwise, once such a block was freed: then large arrays leave holes in the heaps."""

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
