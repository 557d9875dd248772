"""The C library makes as many heaps as it was told to, however many threads allocate."""

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
