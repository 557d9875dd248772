"""How much memory and time reading a file may take."""

import os
import resource
from collections.abc import Sequence
from math import ceil
from pathlib import Path

MEMORY_BYTES = 2**30
"""Beyond what the process has when it begins."""
OPEN_FILES = 512


def wall_seconds(files: Sequence[Path]) -> float:
    """How long a fileset may take by the clock: 60 s, 1 s for each 100 MB, 0.1 s for each file."""
    size = 0
    for file in files:
        try:
            size += file.stat().st_size
        except OSError:
            continue
    return 60 + size / 1e8 + 0.1 * len(files)


def limit_process(taken: int) -> None:
    """Take away from this process what no reader needs: memory, files of its own, processes.

    Args:
        taken: Bytes of memory that it has mapped, as `address_space` says; 0 if not known.
    """
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    if hasattr(resource, "RLIMIT_NPROC"):
        _lower(resource.RLIMIT_NPROC, 0)
    if taken:
        _lower(resource.RLIMIT_AS, taken + MEMORY_BYTES)


def allow_seconds(wall: float) -> None:
    """Let the process use the processor for as long as one more item may take.

    A sixth of the time by the clock: reading waits for disks, computing does not.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = ceil(used + wall / 6)
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def address_space() -> int:
    """Bytes of memory that the process has mapped; 0 where that is not known."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
