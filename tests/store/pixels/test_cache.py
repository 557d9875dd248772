import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from store.pixels.cache import ByteBudgetCache


def repeated(key: int) -> bytes:
    return bytes([key]) * (key + 1)


def test_a_value_is_loaded_once() -> None:
    cache: ByteBudgetCache[str, bytes] = ByteBudgetCache(100, len)
    first = cache.get("a", lambda: b"one")
    second = cache.get("a", lambda: b"two")

    assert (first, second) == (b"one", b"one")
    assert (cache.hits, cache.misses, cache.bytes) == (1, 1, 3)


def test_the_least_recently_used_value_goes_first() -> None:
    cache: ByteBudgetCache[int, bytes] = ByteBudgetCache(30, len)
    for key in (1, 2, 3):
        cache.get(key, lambda: bytes(10))
    cache.get(1, lambda: b"never")
    cache.get(4, lambda: bytes(10))

    assert cache.get(1, lambda: b"lost") == bytes(10)
    assert cache.get(2, lambda: b"lost") == b"lost"
    assert cache.bytes <= 30


def test_a_value_beyond_the_budget_is_handed_over_and_not_kept() -> None:
    cache: ByteBudgetCache[int, bytes] = ByteBudgetCache(30, len)
    value = cache.get(1, lambda: bytes(31))

    assert (len(value), len(cache), cache.bytes) == (31, 0, 0)


def test_an_error_reaches_the_caller_and_is_not_kept() -> None:
    cache: ByteBudgetCache[int, bytes] = ByteBudgetCache(30, len)

    def fail() -> bytes:
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        cache.get(1, fail)

    assert cache.get(1, lambda: b"whole") == b"whole"


def test_a_discarded_value_is_loaded_again() -> None:
    cache: ByteBudgetCache[int, bytes] = ByteBudgetCache(30, len)
    cache.get(1, lambda: b"old")
    cache.discard(1)
    cache.discard(2)

    assert cache.get(1, lambda: b"new") == b"new"
    cache.clear()
    assert (len(cache), cache.bytes) == (0, 0)


def test_threads_that_want_the_same_value_load_it_once() -> None:
    cache: ByteBudgetCache[int, bytes] = ByteBudgetCache(1000, len)
    loads: list[int] = []
    ready = threading.Barrier(8)

    def load() -> bytes:
        loads.append(1)
        time.sleep(0.05)
        return b"value"

    def ask(_: int) -> bytes:
        ready.wait()
        return cache.get(7, load)

    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(ask, range(8)))

    assert values == [b"value"] * 8
    assert len(loads) == 1


def test_the_budget_holds_while_many_threads_read_and_forget() -> None:
    cache: ByteBudgetCache[int, bytes] = ByteBudgetCache(500, len)
    seen: list[bool] = []

    def work(seed: int) -> None:
        for step in range(400):
            key = (seed * 31 + step * 17) % 60
            value = cache.get(key, partial(repeated, key))
            seen.append(value == repeated(key) and cache.bytes <= 500)
            if step % 50 == 0:
                cache.discard(key)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    assert all(seen)
    assert cache.bytes == sum(len(cache.get(k, lambda: b"")) for k in list(cache._kept))


def test_peeking_finds_what_is_kept_and_loads_nothing() -> None:
    cache: ByteBudgetCache[str, bytes] = ByteBudgetCache(2, len)
    cache.get("a", lambda: b"1")
    cache.get("b", lambda: b"2")

    found = cache.peek("a"), cache.peek("missing")
    cache.get("c", lambda: b"3")

    assert found == (b"1", None)
    assert cache.peek("a") == b"1"
    assert cache.peek("b") is None
