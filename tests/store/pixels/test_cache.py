import threading
import time
from collections.abc import Iterator
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


def test_several_values_come_in_their_order_and_only_missing_ones_are_loaded() -> None:
    cache: ByteBudgetCache[int, bytes] = ByteBudgetCache(100, len)
    cache.get(2, partial(repeated, 2))
    asked: list[list[int]] = []

    def load(places: list[int]) -> list[bytes]:
        asked.append(places)
        return [repeated((3, 2, 1)[place]) for place in places]

    first = cache.get_all((3, 2, 1), load)
    second = cache.get_all((3, 2, 1), load)

    assert first == second == [repeated(3), repeated(2), repeated(1)]
    assert asked == [[0, 2]]
    assert (cache.hits, cache.misses, cache.bytes) == (4, 3, 9)
    assert cache.get_all((), load) == []


def test_what_was_loaded_before_an_error_is_kept() -> None:
    cache: ByteBudgetCache[int, bytes] = ByteBudgetCache(100, len)

    def load(places: list[int]) -> Iterator[bytes]:
        yield b"one"
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        cache.get_all((1, 2, 3), load)

    assert cache.peek(1) == b"one"
    assert cache.get_all((1, 2, 3), lambda places: [b"whole" for _ in places]) == [
        b"one",
        b"whole",
        b"whole",
    ]


def test_who_waits_for_what_an_error_kept_from_being_loaded_loads_it() -> None:
    cache: ByteBudgetCache[int, bytes] = ByteBudgetCache(100, len)
    begun, waiting = threading.Event(), threading.Event()

    def fail(places: list[int]) -> list[bytes]:
        begun.set()
        waiting.wait(10)
        time.sleep(0.05)
        raise ValueError("damaged")

    with ThreadPoolExecutor(3) as pool:
        failing = pool.submit(cache.get_all, (1, 2), fail)
        begun.wait(10)
        one = pool.submit(cache.get, 2, lambda: b"two")
        both = pool.submit(cache.get_all, (2, 1), lambda places: [b"again" for _ in places])
        waiting.set()

        assert isinstance(failing.exception(10), ValueError)
        assert one.result(10) in {b"two", b"again"}
        assert both.result(10) == [one.result(10), b"again"]


def test_threads_that_want_the_same_values_in_other_orders_load_each_once() -> None:
    cache: ByteBudgetCache[int, bytes] = ByteBudgetCache(1_000, len)
    loads: list[int] = []
    ready = threading.Barrier(8)

    def ask(turn: int) -> list[bytes]:
        keys = [(turn + step) % 8 for step in range(8)]

        def load(places: list[int]) -> Iterator[bytes]:
            for place in places:
                loads.append(keys[place])
                time.sleep(0.002)
                yield repeated(keys[place])

        ready.wait()
        return cache.get_all(keys, load)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))

    assert found == [[repeated((turn + step) % 8) for step in range(8)] for turn in range(8)]
    assert sorted(loads) == list(range(8))
