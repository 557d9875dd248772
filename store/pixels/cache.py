"""A cache with a budget in bytes that lets one thread load each missing value."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Lock
from typing import cast


class _LeftError(Exception):
    """Whoever loads several values came to an end before this one; whoever waits loads it."""


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
        while True:
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
            if pending is None:
                return self._load(key, load)
            try:
                return pending.result()
            except _LeftError:
                continue

    def get_all(self, keys: Sequence[K], load: Callable[[list[int]], Iterable[V]]) -> list[V]:
        """The values of several keys; those that nobody has are loaded by this thread together.

        Takes the lock twice and not for each, and loads one value right after the other.

        Args:
            keys: What the values are known by, none twice.
            load: Takes the places in `keys` of values that are missing, and gives these in that
                order; called without any lock held. What it gave before an error is kept.
        """
        found: list[V | None] = [None] * len(keys)
        missing: list[int] = []
        awaited: list[int] = []
        with self._lock:
            for place, key in enumerate(keys):
                kept = self._kept.get(key)
                if kept is not None:
                    self._kept.move_to_end(key)
                    found[place] = kept[0]
                elif key in self._loading:
                    awaited.append(place)
                else:
                    self._loading[key] = None
                    missing.append(place)
            self._misses += len(missing)
            self._hits += len(keys) - len(missing) - len(awaited)
        if missing:
            loaded: list[V] = []
            try:
                for value in load(missing):
                    found[missing[len(loaded)]] = value
                    loaded.append(value)
            finally:
                self._settle([keys[place] for place in missing], loaded)
        for place in awaited:
            found[place] = self.get(keys[place], partial(_only, load, place))
        return cast("list[V]", found)

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

    def _settle(self, keys: Sequence[K], loaded: Sequence[V]) -> None:
        """Keep values that were loaded, and tell those who wait; for the last keys there are none."""
        promises: list[tuple[int, Future[V]]] = []
        with self._lock:
            for place, key in enumerate(keys):
                promise = self._loading.pop(key)
                if promise is not None:
                    promises.append((place, promise))
                if place < len(loaded):
                    self._keep(key, loaded[place])
        for place, promise in promises:
            if place < len(loaded):
                promise.set_result(loaded[place])
            else:
                promise.set_exception(_LeftError())

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


def _only[V](load: Callable[[list[int]], Iterable[V]], place: int) -> V:
    (value,) = load([place])
    return value
