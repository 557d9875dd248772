"""Arrays whose memory is used again: to the system, fresh pages cost more than filling them."""

import math
from collections import OrderedDict
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

SMALLEST = 64 * 1024
"""Smaller arrays come from the allocator, which keeps their pages itself."""
_STEPS = 8
"""Sizes of blocks for each doubling; at most an eighth of a block is not used."""

type _Block = NDArray[np.uint8]


class Recycler:
    """Hands out arrays, and takes their memory back once nobody holds a view of it.

    Memory that a process gets anew, the system clears page by page when it is first touched:
    0.3 ms for 512 KiB on a virtual machine, where decompressing as much takes 1 ms. Thread-safe.

    Attributes:
        limit_bytes: Most memory that is kept for nobody; the longest unused sizes go first.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._free: OrderedDict[int, list[_Block]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    @property
    def bytes(self) -> int:
        """Memory that is kept for nobody now."""
        return self._bytes

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array like `numpy.empty`: any values, C-contiguous, writable.

        Args:
            shape: Its sizes.
            dtype: Its type; plain numbers.
        """
        kind = np.dtype(dtype)
        size = block_size(math.prod(shape) * kind.itemsize)
        if size < SMALLEST:
            return np.empty(shape, kind)
        block = None
        with self._lock:
            if blocks := self._free.get(size):
                block = blocks.pop()
                self._bytes -= size
        if block is None:
            block = np.empty(size, np.uint8)
        return np.ndarray(shape, kind, _Lease(self, block))

    def give_back(self, block: _Block) -> None:
        """Keep a block that nobody uses any more; for the leases.

        Never waits: it runs wherever the last reference goes, perhaps inside `empty` itself.
        """
        if block.nbytes > self.limit_bytes or not self._lock.acquire(blocking=False):
            return
        dropped = []  # freed after the lock
        try:
            self._free.setdefault(block.nbytes, []).append(block)
            self._free.move_to_end(block.nbytes)
            self._bytes += block.nbytes
            while self._bytes > self.limit_bytes:
                dropped.append(self._least_used())
        finally:
            self._lock.release()

    def _least_used(self) -> _Block:
        size, blocks = next(iter(self._free.items()))
        while not blocks:
            del self._free[size]
            size, blocks = next(iter(self._free.items()))
        self._bytes -= size
        return blocks.pop()


class _Lease:
    """What an array and all its views hold as the owner of their memory."""

    __slots__ = ("_block", "_recycler")

    def __init__(self, recycler: Recycler, block: _Block) -> None:
        self._recycler = recycler
        self._block = block

    def __buffer__(self, flags: int) -> memoryview:
        return memoryview(self._block)

    def __del__(self) -> None:
        self._recycler.give_back(self._block)


@lru_cache(maxsize=256)
def block_size(nbytes: int) -> int:
    """Return how much memory an array of so many bytes holds."""
    if nbytes < SMALLEST:
        return nbytes
    step = 1 << (nbytes - 1).bit_length() - _STEPS.bit_length()
    return -(-nbytes // step) * step


RECYCLED = Recycler(20 * 2**20)
"""Of the process: what two tiles at once need on their way from the file to their bytes, 8 MB each
where they have three channels of 16 bits and 1,024 by 1,024 pixels."""
