"""Pieces of a long work in several threads: in order, few at a time, until nobody waits."""

import contextvars
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from store.pixels.abandoning import go_on
from store.pixels.passes import staying

MOST = 8


class Workers:
    """Threads of one export, as a context manager.

    Work stops between two pieces once nobody waits for it; see `store.pixels.abandoning`.

    Args:
        count: How many threads; as many as there are processors, at most `MOST`, if not given.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = count or max(1, min(MOST, os.cpu_count() or 1))
        self._pool = ThreadPoolExecutor(self.count, "export")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the threads, after the pieces that they are at."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def in_order[Item, Result](
        self, work: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        """Do the same to many items; results come in their order.

        At most twice as many items as there are threads are in memory.

        Raises:
            AbandonedError: Nobody waits any more.
        """
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                go_on()
                # Readers wait in place for levels being made: what was written cannot be undone.
                context = contextvars.copy_context()
                waiting.append(self._pool.submit(context.run, _staying, work, item))
                if len(waiting) >= 2 * self.count:
                    yield waiting.popleft().result()
            while waiting:
                go_on()
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _staying[Item, Result](work: Callable[[Item], Result], item: Item) -> Result:
    with staying():
        go_on()
        return work(item)
