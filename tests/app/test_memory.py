"""The C library makes as many heaps as it was told to, and the compiler's pages go."""

import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, sys, tempfile, threading
from app.memory import ARENAS, bound_heaps

if len(sys.argv) > 1:
    assert bound_heaps()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
everybody = threading.Barrier(8)

def allocate():
    everybody.wait()
    blocks = [libc.malloc(100_000) for _ in range(50)]
    everybody.wait()

threads = [threading.Thread(target=allocate) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with tempfile.NamedTemporaryFile() as file:
    stream = ctypes.c_void_p(libc.fopen(file.name.encode(), b"w"))
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    print(file.read().count(b"<heap nr="), ARENAS)
"""


def heaps(*arguments: str) -> tuple[int, int]:
    """How many heaps a program with eight threads has, and how many it may have."""
    command = [sys.executable, "-c", PROGRAM, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found, allowed = done.stdout.split()
    return int(found), int(allowed)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_threads_share_the_heaps_that_are_allowed() -> None:
    unbound, _ = heaps()
    found, allowed = heaps("bound")

    assert found <= allowed
    assert unbound > allowed


COMPILING = """
import numba, numpy as np
from pathlib import Path
from app.memory import give_back_compiler

def resident():
    mappings = Path("/proc/self/smaps").read_text().split("VmFlags:")
    mine = [one for one in mappings if "libllvmlite" in one]
    return sum(int(one.split("Rss:")[1].split()[0]) for one in mine) // 1024

def sums(values):
    return (values * values).sum()

first = numba.njit(sums)(np.arange(10.0))
before = resident()
give_back_compiler()
after = resident()
print(first, before, after, numba.njit(sums)(np.arange(10)))
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="pages are given back on Linux")
def test_the_pages_of_the_compiler_are_given_back_and_it_compiles_again() -> None:
    command = [sys.executable, "-c", COMPILING]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, before, after, again = done.stdout.split()

    assert (first, again) == ("285.0", "285")
    assert int(before) > 30
    assert int(after) < 5


FREEING = """
import re
from pathlib import Path
from app.memory import bound_heaps, give_back_free
bound_heaps()
import numpy as np

def own():
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"RssAnon:\\s+(\\d+)", status)[1]) >> 10

blocks = [np.ones(500_000, np.uint8) for _ in range(400)]
del blocks[::2]
before = own()
give_back_free()
print(before - own(), len(blocks))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="pages are given back on Linux")
def test_free_pages_between_used_blocks_are_given_back() -> None:
    command = [sys.executable, "-c", FREEING]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    given, left = map(int, done.stdout.split())

    assert given > 80
    assert left == 200


RESTING = """
import threading, time, weakref
from app import memory

class Ring:
    def __init__(self):
        self.own = self

def ring():
    made = Ring()
    others = [[] for _ in range(10 * memory.YOUNG)]  # makes it older than the youngest
    return weakref.ref(made)

memory.REST_S = 0.05
rest = threading.Event()
memory.collect_at_rest(rest.is_set)
found = ring()
time.sleep(1)
before = found() is not None
rest.set()
until = time.monotonic() + 20
while found() is not None and time.monotonic() < until:
    time.sleep(0.05)
print(before, found() is None)
"""


@pytest.mark.slow
def test_old_garbage_is_collected_when_nobody_waits() -> None:
    command = [sys.executable, "-c", RESTING]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["True", "True"]
