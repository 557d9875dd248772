"""A cache with a budget in bytes that lets one thread load each missing value."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock


class ByteBudgetCache[K: Hashable, V]:
    """Keeps the most recently used values within a number of bytes; safe for threads.

    Threads that ask for the same missing key wait for the first of them to load it. A loader may
    ask the cache for other keys, as long as keys never wait for each other in a circle. An error
    of a loader goes to everybody who waits, and is not kept.

    Attributes:
        budget_bytes: Sum of the sizes of kept values that is never exceeded. A value larger than
            that is handed over and not kept.
    """

    def __init__(self, budget_bytes: int, size: Callable[[V], int]) -> None:
        self.budget_bytes = budget_bytes
        self._size = size
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._loading: dict[K, Future[V] | None] = {}
        """What is being loaded; with a promise once anybody waits for it, which hardly happens."""
        self._lock = Lock()
        self._bytes = 0
        self._hits = 0
        self._misses = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes(self) -> int:
        """Sum of the sizes of the values kept now."""
        return self._bytes

    @property
    def hits(self) -> int:
        """How often a value was there or already being loaded."""
        return self._hits

    @property
    def misses(self) -> int:
        """How often a value had to be loaded."""
        return self._misses

    def get(self, key: K, load: Callable[[], V]) -> V:
        """The value of a key, loaded by this thread if nobody has.

        Args:
            key: What the value is known by.
            load: Called without any lock held, by one thread at a time for each key.

        Returns:
            The kept or just loaded value; several threads may hold the same one.
        """
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                self._hits += 1
                return found[0]
            if key not in self._loading:
                self._misses += 1
                self._loading[key] = pending = None
            else:
                self._hits += 1
                pending = self._loading[key] = self._loading[key] or Future()
        return self._load(key, load) if pending is None else pending.result()

    def peek(self, key: K) -> V | None:
        """The value of a key if it is kept; never waits and never loads."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            self._hits += 1
            return found[0]

    def discard(self, key: K) -> None:
        """Forget one value, if it is there."""
        with self._lock:
            self._forget(key)

    def clear(self) -> None:
        """Forget all values."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _load(self, key: K, load: Callable[[], V]) -> V:
        try:
            value = load()
        except BaseException as error:
            with self._lock:
                awaited = self._loading.pop(key)
            if awaited is not None:
                awaited.set_exception(error)
            raise
        with self._lock:
            awaited = self._loading.pop(key)
            self._keep(key, value)
        if awaited is not None:
            awaited.set_result(value)
        return value

    def _keep(self, key: K, value: V) -> None:
        size = self._size(value)
        if size > self.budget_bytes:
            return
        while self._bytes + size > self.budget_bytes:
            _, (_, freed) = self._kept.popitem(last=False)
            self._bytes -= freed
        self._kept[key] = (value, size)
        self._bytes += size

    def _forget(self, key: K) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._bytes -= found[1]
