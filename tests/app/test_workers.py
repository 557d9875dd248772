"""Worker threads: results, errors, contexts, which thread works next, and cancellation."""

import asyncio
import gc
import threading
import time
from contextvars import ContextVar

import anyio
import pytest

from app.workers import Workers

told: ContextVar[str] = ContextVar("told", default="nothing")


@pytest.mark.anyio
async def test_work_has_the_context_of_who_asks_and_changes_only_its_own() -> None:
    workers = Workers()
    token = told.set("a request")

    def work() -> tuple[str, bool]:
        heard = told.get()
        told.set("something else")
        return heard, threading.current_thread() is threading.main_thread()

    assert await workers.run(work) == ("a request", False)
    assert told.get() == "a request"
    told.reset(token)


@pytest.mark.anyio
@pytest.mark.parametrize("kind", [ValueError, SystemExit])
async def test_errors_come_to_who_asks(kind: type[BaseException]) -> None:
    workers, error = Workers(), kind("damaged")

    def work() -> None:
        raise error

    with pytest.raises(kind) as caught:
        await workers.run(work)

    assert caught.value is error
    assert await workers.run(lambda: "goes on") == "goes on"


@pytest.mark.anyio
async def test_an_end_of_an_iterator_is_an_error_and_no_end() -> None:
    with pytest.raises(RuntimeError):
        await Workers().run(lambda: next(iter(())))


@pytest.mark.anyio
async def test_the_thread_that_became_free_last_works_next() -> None:
    workers, both = Workers(), threading.Barrier(2)
    await workers.run(both.reset)
    seen = list[int]()

    def together() -> None:
        seen.append(threading.get_ident())
        both.wait(10)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(workers.run, together)
        tasks.start_soon(workers.run, together)
    alone = [await workers.run(threading.get_ident) for _ in range(5)]

    assert len(set(seen)) == 2
    assert len(set(alone)) == 1


@pytest.mark.anyio
async def test_who_is_cancelled_waits_for_the_thread() -> None:
    ended = threading.Event()

    def work() -> None:
        time.sleep(0.1)
        ended.set()

    with anyio.move_on_after(0.01):
        await Workers().run(work)

    assert ended.is_set()


@pytest.mark.anyio
@pytest.mark.parametrize("ended_first", [True, False])
async def test_who_is_cancelled_as_the_thread_ends_waits_for_nothing_else(
    ended_first: bool,
) -> None:
    workers, started, go_on = Workers(), threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        go_on.wait(10)

    task = asyncio.ensure_future(workers.run(work))
    await asyncio.to_thread(started.wait, 10)
    if not ended_first:
        task.cancel()
    go_on.set()
    time.sleep(0.05)  # the loop is held: what the thread says comes next, whatever was first
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
    assert await workers.run(lambda: "goes on") == "goes on"


@pytest.mark.anyio
async def test_threads_end_with_their_workers() -> None:
    workers = Workers()
    thread = await workers.run(threading.current_thread)

    del workers
    gc.collect()
    thread.join(10)

    assert not thread.is_alive()
