"""Recycled memory: used again once nobody looks at it, never while somebody does."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from render.memory import SMALLEST, Recycler, block_size

SHAPE = (256, 512)
SIZE = 256 * 512


def test_memory_is_used_again_after_the_last_view_is_gone() -> None:
    recycler = Recycler(1 << 20)
    array = recycler.empty(SHAPE, np.uint8)
    place = array.__array_interface__["data"]
    view = array[3:5, 1::2]

    del array
    assert recycler.bytes == 0
    del view
    assert recycler.bytes == SIZE

    assert recycler.empty((128, 512), np.uint16).__array_interface__["data"] == place
    assert recycler.bytes == SIZE  # the array above went at once


def test_two_living_arrays_never_share_memory() -> None:
    recycler = Recycler(4 << 20)
    start = threading.Barrier(4)

    def work(number: int) -> bool:
        start.wait()
        kept: list[np.ndarray] = []
        for step in range(300):
            array = recycler.empty(SHAPE, np.uint8)
            array[:] = (number * 61 + step) % 251
            kept.append(array[::7])
            if len(kept) > 3:
                oldest = kept.pop(0)
                if np.any(oldest != (number * 61 + step - 3) % 251):
                    return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))


def test_memory_for_nobody_stays_within_its_limit_and_old_sizes_go_first() -> None:
    recycler = Recycler(3 * SIZE)
    old = [recycler.empty((SIZE,), np.uint8) for _ in range(2)]
    new = [recycler.empty((SIZE + (SIZE >> 3),), np.uint8) for _ in range(2)]

    old.clear()
    new.clear()

    assert recycler.bytes <= 3 * SIZE
    place = recycler.empty((SIZE + (SIZE >> 3),), np.uint8)
    assert recycler.bytes <= 3 * SIZE - place.nbytes


def test_what_is_larger_than_the_limit_goes_back_to_the_system() -> None:
    recycler = Recycler(SIZE)

    recycler.empty((2 * SIZE,), np.uint8)

    assert recycler.bytes == 0


@pytest.mark.parametrize("dtype", ["u1", ">u2", "f4", "c16", "b1"])
def test_arrays_are_as_those_of_numpy(dtype: str) -> None:
    got = Recycler(1 << 20).empty((3, 200, 300), dtype)
    wanted = np.empty((3, 200, 300), dtype)

    assert (got.shape, got.dtype, got.strides) == (wanted.shape, wanted.dtype, wanted.strides)
    assert got.flags.writeable
    assert got.flags.c_contiguous


def test_blocks_hold_what_was_asked_for_and_waste_an_eighth_at_most() -> None:
    sizes = np.unique(np.geomspace(1, 1 << 28, 500).astype(int))

    for size in sizes.tolist():
        assert size <= block_size(size) <= size + max(size >> 3, 1)
        if size < SMALLEST:
            assert block_size(size) == size
    assert block_size(512 * 512 * 2) == 512 * 512 * 2
