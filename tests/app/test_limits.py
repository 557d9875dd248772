import threading
import time
from concurrent.futures import Future

import anyio
import pytest
from anyio.abc import TaskGroup
from starlette.requests import Request
from starlette.types import Message

from app.errors import BusyError, MediaTypeError, ThrottledError, TooLargeError, TooSlowError
from app.limits import RECENT_S, Slots, Throttle, read_json, unless_gone
from store.errors import InvalidInputError, UnreadableFileError
from store.pixels.abandoning import AbandonedError, abandonable, go_on, to_the_end
from store.pixels.passes import LevelsBeingMadeError, wait_unless_leaving


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def request_with(
    parts: list[bytes], headers: dict[str, str] | None = None, *, stalls: bool = False
) -> Request:
    given = {"content-type": "application/json"} | (headers or {})
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }
    waiting = list(parts)

    async def receive() -> Message:
        if not waiting and stalls:
            await anyio.sleep_forever()
        if not waiting:
            return {"type": "http.disconnect"}
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting) or stalls}

    return Request(scope, receive)


def promise() -> Future[None]:
    made: Future[None] = Future()
    made.set_running_or_notify_cancel()
    return made


@pytest.mark.anyio
async def test_who_waits_for_levels_holds_no_slot() -> None:
    slots, made, asked = Slots(1, 100), promise(), list[str]()

    def tile() -> str:
        asked.append("tile")
        if not made.done():
            raise LevelsBeingMadeError(made, "levels")
        return "a tile"

    async with anyio.create_task_group() as tasks:
        answers: list[str] = []

        async def ask() -> None:
            answers.append(await slots.run("one", tile))

        tasks.start_soon(ask)
        while not asked:
            await anyio.sleep(0.01)
        assert await slots.run("two", lambda: "full resolution") == "full resolution"
        assert answers == []
        made.set_result(None)

    assert answers == ["a tile"]
    assert asked == ["tile", "tile"]


@pytest.mark.anyio
async def test_levels_that_cannot_be_made_are_an_error_for_who_waits() -> None:
    made = promise()

    def tile() -> None:
        made.set_exception(UnreadableFileError("damaged"))
        raise LevelsBeingMadeError(made, "levels")

    with pytest.raises(UnreadableFileError):
        await Slots(1, 100).run("one", tile)


@pytest.mark.anyio
async def test_who_waits_for_levels_too_long_is_told_to_come_back() -> None:
    made = promise()

    def tile() -> None:
        raise LevelsBeingMadeError(made, "levels")

    slots = Slots(1, 100, patience_s=0.05)
    with pytest.raises(BusyError) as caught:
        await slots.run("one", tile)

    assert caught.value.retry_after_s
    assert await slots.run("one", lambda: 1) == 1


@pytest.mark.anyio
async def test_who_leaves_while_levels_are_made_does_not_end_that() -> None:
    slots, made = Slots(1, 100), promise()

    def tile() -> None:
        raise LevelsBeingMadeError(made, "levels")

    with anyio.move_on_after(0.05):
        await slots.run("one", tile)

    assert not made.done()
    made.set_result(None)
    assert await slots.run("one", lambda: 1) == 1


@pytest.mark.anyio
async def test_what_was_waited_for_once_is_waited_for_in_place() -> None:
    made, told = promise(), list[bool]()
    made.set_result(None)

    def tile() -> str:
        try:
            wait_unless_leaving(LevelsBeingMadeError(made, "levels"))
        except LevelsBeingMadeError:
            told.append(True)
            raise
        told.append(False)
        return "a tile"

    assert await Slots(1, 100).run("one", tile) == "a tile"
    assert told == [True, False]


@pytest.mark.anyio
async def test_slots_bound_what_runs_at_once() -> None:
    slots = Slots(2, 100)
    running, most = 0, 0
    lock = anyio.Lock()

    async def enter(change: int) -> None:
        nonlocal running, most
        async with lock:
            running += change
            most = max(most, running)

    def work() -> None:
        anyio.from_thread.run(enter, 1)
        anyio.from_thread.run(anyio.sleep, 0.005)
        anyio.from_thread.run(enter, -1)

    async with anyio.create_task_group() as tasks:
        for number in range(12):
            tasks.start_soon(slots.run, number % 3, work)

    assert most == 2


@pytest.mark.anyio
async def test_slots_refuse_when_the_queue_is_full() -> None:
    slots = Slots(1, 1)
    released = anyio.Event()
    outcomes: list[str] = []

    async def ask() -> None:
        try:
            await slots.run("me", lambda: anyio.from_thread.run(released.wait))
            outcomes.append("done")
        except BusyError:
            outcomes.append("busy")
            released.set()

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(ask)

    assert sorted(outcomes) == ["busy", "done", "done"]


@pytest.mark.anyio
async def test_slots_serve_people_in_turn() -> None:
    slots = Slots(1, 100)
    begun, order = anyio.Event(), list[str]()

    async def ask(who: str, name: str) -> None:
        await slots.run(who, order.append, name)

    async def hold() -> None:
        await slots.run("holder", lambda: anyio.from_thread.run(begun.wait))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hold)
        await anyio.wait_all_tasks_blocked()
        for who, name in [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1")]:
            tasks.start_soon(ask, who, name)
            await anyio.wait_all_tasks_blocked()
        begun.set()

    assert order == ["a1", "b1", "a2", "a3"]


class Held:
    """Work that lasts until it is let go; counts who is at work."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self.released = anyio.Event()
        self.at_work: list[str] = []

    async def ask(self, who: str) -> None:
        """Ask for work as somebody."""
        await self._slots.run(who, self._work, who)

    def _work(self, who: str) -> None:
        anyio.from_thread.run_sync(self.at_work.append, who)
        anyio.from_thread.run(self.released.wait)


async def begun(tasks: TaskGroup, held: Held, who: str, number: int) -> None:
    """Have somebody ask so many times, and wait until the work that may begin has begun."""
    for _ in range(number):
        tasks.start_soon(held.ask, who)
    await anyio.sleep(0.05)


@pytest.mark.anyio
async def test_one_person_alone_has_all_slots() -> None:
    held = Held(Slots(3, 100))

    async with anyio.create_task_group() as tasks:
        await begun(tasks, held, "greedy", 5)
        assert held.at_work == ["greedy"] * 3
        held.released.set()

    assert held.at_work == ["greedy"] * 5


@pytest.mark.anyio
async def test_the_last_slot_is_kept_for_others_while_they_ask() -> None:
    slots = Slots(3, 100)
    held = Held(slots)

    async with anyio.create_task_group() as tasks:
        await slots.run("modest", lambda: None)
        await begun(tasks, held, "greedy", 5)
        assert held.at_work == ["greedy"] * 2
        await slots.run("modest", lambda: None)  # waits for nobody
        await anyio.sleep(RECENT_S + 0.1)
        assert held.at_work == ["greedy"] * 3  # nobody else asks any more
        held.released.set()

    assert slots.idle
    assert held.at_work == ["greedy"] * 5


@pytest.mark.anyio
async def test_several_people_fill_all_slots() -> None:
    held = Held(Slots(2, 100))

    async with anyio.create_task_group() as tasks:
        await begun(tasks, held, "one", 1)
        await begun(tasks, held, "other", 3)
        assert held.at_work == ["one", "other"]
        held.released.set()

    assert sorted(held.at_work) == ["one", "other", "other", "other"]


@pytest.mark.anyio
async def test_a_single_slot_is_kept_for_nobody() -> None:
    slots, order = Slots(1, 100), list[str]()

    await slots.run("modest", order.append, "modest")
    await slots.run("greedy", order.append, "greedy")

    assert order == ["modest", "greedy"]


@pytest.mark.anyio
async def test_a_request_is_refused_late_and_let_in_if_there_is_room_by_then() -> None:
    slots = Slots(1, 2, hold_s=(0.2, 0.2))
    released, outcomes = anyio.Event(), list[str]()

    async def ask(name: str) -> None:
        began = anyio.current_time()
        try:
            await slots.run(name, lambda: anyio.from_thread.run(released.wait))
            outcomes.append("done")
        except BusyError as error:
            held = anyio.current_time() - began
            outcomes.append("busy" if held >= 0.2 and error.retry_after_s else "too early")

    async with anyio.create_task_group() as tasks:
        for name in ("runs", "waits", "waits too", "is refused"):
            tasks.start_soon(ask, name)
            await anyio.wait_all_tasks_blocked()
        await anyio.sleep(0.3)
        assert outcomes == ["busy"]
        tasks.start_soon(ask, "is let in")
        await anyio.sleep(0.05)
        released.set()

    assert sorted(outcomes) == ["busy", "done", "done", "done", "done"]


@pytest.mark.anyio
async def test_one_person_cannot_fill_the_whole_queue() -> None:
    slots = Slots(1, 10, hold_s=(0, 0))
    released, refused, served = anyio.Event(), list[str](), list[str]()

    async def ask(who: str) -> None:
        try:
            await slots.run(who, lambda: anyio.from_thread.run(released.wait))
            served.append(who)
        except BusyError:
            refused.append(who)

    async with anyio.create_task_group() as tasks:
        for who in ["holder"] + ["greedy"] * 50 + ["modest"] * 2:
            tasks.start_soon(ask, who)
        while len(refused) < 45:
            await anyio.sleep(0.01)
        released.set()

    assert set(refused) == {"greedy"}
    assert served.count("greedy") == 5
    assert served.count("modest") == 2
    assert served.index("modest") <= 2


async def asked_of(
    slots: Slots, waiting: dict[str, int], *, until: anyio.Event
) -> tuple[list[str], list[str]]:
    """Ask for as much as people want while the only slot is held; return served and refused."""
    served, refused = list[str](), list[str]()

    async def ask(who: str) -> None:
        try:
            await slots.run(who, served.append, who)
        except BusyError:
            refused.append(who)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(slots.run, "holder", lambda: anyio.from_thread.run(until.wait))
        await anyio.wait_all_tasks_blocked()
        for who, number in waiting.items():
            for _ in range(number):
                tasks.start_soon(ask, who)
        await anyio.sleep(0.3)
        until.set()
    return served, refused


@pytest.mark.anyio
async def test_who_asks_for_much_beside_others_is_refused_in_time() -> None:
    slots = Slots(1, 100, longest_s=0.1)

    served, refused = await asked_of(slots, {"greedy": 20, "modest": 6}, until=anyio.Event())

    assert set(refused) == {"greedy"}
    assert served.count("modest") == 6
    assert served.count("greedy") == 6


@pytest.mark.anyio
async def test_a_burst_of_somebody_alone_is_served_however_long_it_takes() -> None:
    slots = Slots(1, 128, longest_s=0.1)

    served, refused = await asked_of(slots, {"alone": 60}, until=anyio.Event())

    assert (len(served), refused) == (60, [])


@pytest.mark.anyio
async def test_somebody_alone_who_asks_for_more_than_a_share_is_refused_in_time() -> None:
    slots = Slots(1, 40, hold_s=(0, 0), longest_s=0.1)

    served, refused = await asked_of(slots, {"alone": 60}, until=anyio.Event())

    assert len(refused) > 40
    assert len(served) + len(refused) == 60


@pytest.mark.anyio
async def test_work_that_is_cancelled_while_waiting_is_never_begun() -> None:
    slots = Slots(1, 100)
    begun, ran = anyio.Event(), list[str]()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(slots.run, "holder", lambda: anyio.from_thread.run(begun.wait))
        await anyio.wait_all_tasks_blocked()
        with anyio.move_on_after(0.01):
            await slots.run("gone", ran.append, "gone")
        tasks.start_soon(slots.run, "next", ran.append, "next")
        await anyio.wait_all_tasks_blocked()
        begun.set()

    assert ran == ["next"]


@pytest.mark.anyio
async def test_a_client_that_goes_away_cancels_its_work() -> None:
    finished = []

    async def work() -> None:
        await anyio.sleep_forever()
        finished.append(True)

    await unless_gone(request_with([]), work)

    assert not finished


@pytest.mark.anyio
async def test_work_in_a_thread_stops_before_its_next_piece_when_the_client_has_gone() -> None:
    slots = Slots(1, 10)
    pieces = 0
    began = threading.Event()

    def work() -> None:
        nonlocal pieces
        for _ in range(10_000):
            go_on()
            pieces += 1
            began.set()
            time.sleep(0.001)

    async def receive() -> Message:
        while not began.is_set():
            await anyio.sleep(0.001)
        return {"type": "http.disconnect"}

    request = Request({"type": "http", "method": "GET", "headers": []}, receive)
    await unless_gone(request, lambda: slots.run("me", work))

    assert 0 < pieces < 5_000
    assert not slots.full


def test_what_others_wait_for_too_is_finished() -> None:
    nobody = threading.Event()
    nobody.set()

    with abandonable(nobody):
        with to_the_end():
            go_on()
        with pytest.raises(AbandonedError):
            go_on()
    go_on()


@pytest.mark.anyio
async def test_an_error_of_the_work_is_raised_as_it_is() -> None:
    async def fail() -> None:
        raise InvalidInputError("Wrong.")

    with pytest.raises(InvalidInputError):
        await unless_gone(request_with([], stalls=True), fail)


@pytest.mark.anyio
async def test_a_json_body_is_read_in_parts() -> None:
    assert await read_json(request_with([b'{"a"', b":1}"]), 100, 1) == {"a": 1}


@pytest.mark.anyio
@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b"\xff", b'{"a":NaN}'])
async def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInputError, match="no JSON"):
        await read_json(request_with([body]), 100, 1)


@pytest.mark.anyio
@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"text"'])
async def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInputError, match="The body is"):
        await read_json(request_with([body]), 100, 1)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": ""},
        {"content-encoding": "gzip"},
    ],
)
async def test_only_plain_json_is_read(headers: dict[str, str]) -> None:
    with pytest.raises(MediaTypeError):
        await read_json(request_with([b"{}"], headers), 100, 1)


@pytest.mark.anyio
async def test_a_large_body_is_refused_by_its_declared_size() -> None:
    with pytest.raises(TooLargeError):
        await read_json(request_with([], {"content-length": "101"}), 100, 1)


@pytest.mark.anyio
async def test_a_large_body_is_refused_by_what_arrives() -> None:
    with pytest.raises(TooLargeError):
        await read_json(request_with([b"x" * 60, b"x" * 60]), 100, 1)


@pytest.mark.anyio
async def test_a_slow_body_is_given_up() -> None:
    with pytest.raises(TooSlowError):
        await read_json(request_with([b"{"], stalls=True), 100, 0.01)


def test_passwords_are_throttled_after_some_failures_and_longer_each_time() -> None:
    clock = Clock()
    throttle = Throttle(free_tries=3, clock=clock)
    waits = []

    for _ in range(3):
        throttle.check("ada", "10.0.0.1")
        throttle.failed("ada", "10.0.0.1")
    for _ in range(4):
        with pytest.raises(ThrottledError) as caught:
            throttle.check("ada", "10.0.0.1")
        assert caught.value.retry_after_s is not None
        waits.append(caught.value.retry_after_s)
        clock.now += caught.value.retry_after_s
        throttle.check("ada", "10.0.0.1")
        throttle.failed("ada", "10.0.0.1")

    assert waits == sorted(waits)
    assert waits[-1] >= 8


def test_throttling_one_address_leaves_others_alone() -> None:
    throttle = Throttle(free_tries=1, clock=Clock())
    throttle.failed("ada", "10.0.0.1")

    throttle.check("ada", "10.0.0.2")
    throttle.check("bob", "10.0.0.1")
    with pytest.raises(ThrottledError):
        throttle.check("ada", "10.0.0.1")


def test_many_names_from_one_address_are_throttled() -> None:
    throttle = Throttle(free_tries=2, clock=Clock())
    for number in range(20):
        throttle.failed(f"user{number}", "10.0.0.1")

    with pytest.raises(ThrottledError):
        throttle.check("somebody", "10.0.0.1")


def test_a_right_password_forgets_the_wrong_ones() -> None:
    throttle = Throttle(free_tries=2, clock=Clock())
    throttle.failed("ada", "10.0.0.1")
    throttle.succeeded("ada", "10.0.0.1")
    throttle.failed("ada", "10.0.0.1")

    throttle.check("ada", "10.0.0.1")


def test_the_throttle_forgets_the_oldest_first() -> None:
    throttle = Throttle(free_tries=1, remembered=4, clock=Clock())
    for number in range(5):
        throttle.failed("ada", f"10.0.0.{number}")

    throttle.check("ada", "10.0.0.0")
    with pytest.raises(ThrottledError):
        throttle.check("ada", "10.0.0.4")
