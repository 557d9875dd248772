"""Worker threads for short work that comes in numbers: pictures."""

import asyncio
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from queue import SimpleQueue
from typing import Any, cast

import anyio

type _Outcome = tuple[Any, BaseException | None]
type _Task = tuple[asyncio.Future[_Outcome], Context, Callable[[], Any]]


class Workers:
    """Threads that work for event loops, as many as there is work at once; kept for the next.

    The thread that became free last works next, so that it finds its memory in the processor's
    cache. A tile costs a twentieth less than through anyio's threads, which wait for work with
    condition variables and go through the event loop twice before they have it. But work here
    cannot call the event loop by `anyio.from_thread`.
    """

    def __init__(self) -> None:
        self._idle: list[_Worker] = []
        weakref.finalize(self, _end, self._idle)

    async def run[Result](self, work: Callable[[], Result]) -> Result:
        """Run a function in a worker thread, in the caller's context.

        Whoever is cancelled waits until the function returns: a thread cannot be stopped.
        """
        done: asyncio.Future[_Outcome] = asyncio.get_running_loop().create_future()
        worker = self._idle.pop() if self._idle else _Worker(self._idle)
        worker.tasks.put((done, copy_context(), work))
        with anyio.CancelScope(shield=True):
            await done
        result, error = done.result()
        try:
            if error is not None:
                raise error
        finally:
            del error  # its traceback leads here
        return cast("Result", result)


class _Worker:
    """A thread that does what is put into its queue; None ends it."""

    def __init__(self, idle: list["_Worker"]) -> None:
        self.tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._idle = idle
        threading.Thread(target=self._run, name="worker", daemon=True).start()

    def _run(self) -> None:
        while (task := self.tasks.get()) is not None:
            done, context, work = task
            outcome: _Outcome
            try:
                outcome = context.run(work), None
            except BaseException as error:  # noqa: BLE001  (raised where it is awaited)
                outcome = None, error
            with suppress(RuntimeError):  # the loop has ended, and nobody waits
                done.get_loop().call_soon_threadsafe(self._settle, done, outcome)
            del task, done, context, work, outcome  # or they last until the next one comes

    def _settle(self, done: asyncio.Future[_Outcome], outcome: _Outcome) -> None:
        self._idle.append(self)
        if not done.cancelled():
            done.set_result(outcome)


def _end(idle: list[_Worker]) -> None:
    """End the threads that wait for work; those at work end with the process."""
    for worker in idle:
        worker.tasks.put(None)
