"""Bounds on work: slots that are shared fairly, bodies of limited size and time, throttling."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from random import uniform
from threading import Lock
from typing import Any, cast

import anyio
import anyio.to_thread
import orjson
from starlette.requests import ClientDisconnect, Request

from app.errors import BusyError, MediaTypeError, ThrottledError, TooLargeError, TooSlowError
from store.errors import InvalidInputError
from store.pixels.abandoning import AbandonedError, Flag, abandonable
from store.pixels.passes import LevelsBeingMadeError, leaving

PATIENCE_S = 120.0
"""How long a request waits for missing levels of an image; making them goes on."""
LONGEST_S = 0.75
"""How long requests of somebody who asks for much wait for their turn."""
RECENT_S = 0.25
"""How long the last free slot is kept for others after somebody else was served."""
MODEST = 6
"""How much one person may have waiting for as long as it takes: what a browser asks for at once."""

LISTENING_EACH = 20
"""How many WebSockets one person may have open: tabs of browsers, and programs."""
LISTENING_MAX = 400
"""How many WebSockets may be open: less than half of all connections, so that requests find room."""

WATCHED_AFTER_S = 0.02
"""How long a request takes before anybody looks whether its client is still there."""

type InThread = Callable[[Callable[[], Any]], Awaitable[Any]]


class Slots:
    """A fixed number of things done at once in worker threads, shared fairly between people.

    Whoever waits is served in turn by person, not by request, and while several people ask, nobody
    has all slots: somebody who asks for a thousand tiles keeps nobody waiting who asks for one
    after the other. Belongs to one event loop.

    What cannot wait any more is refused late: clients that ask again at once would else take the
    time of the work itself. One person may fill half of the queue, so that others find room. What
    was not begun in time is refused too, so that an answer under overload is an early one, except
    to people who ask for little, and to somebody who waits for nobody but themselves.

    Args:
        slots: How many things are done at once.
        queue: How many may wait.
        hold_s: Between which times a request is held before it is refused.
        patience_s: How long a request waits for missing levels.
        longest_s: How long requests of somebody who asks for much wait for their turn.
        in_thread: Runs a function in a worker thread, and waits for it even when cancelled. Without,
            anyio does, whose threads can call the event loop.
    """

    def __init__(
        self,
        slots: int,
        queue: int,
        hold_s: tuple[float, float] = (0.25, 0.5),
        patience_s: float = PATIENCE_S,
        longest_s: float = LONGEST_S,
        in_thread: InThread | None = None,
    ) -> None:
        self._hold_s = hold_s
        self._longest_s = longest_s
        self._share = max(1, queue // 2)
        self._free = self._slots = slots
        self._patience_s = patience_s
        self._queue = queue
        self._waiting: OrderedDict[object, deque[anyio.Event]] = OrderedDict()
        self._waiters = 0
        self._held: dict[object, int] = {}
        self._served: OrderedDict[object, float] = OrderedDict()
        """When people were given a slot last; whoever was latest is last."""
        self._later: asyncio.TimerHandle | None = None
        threads = anyio.CapacityLimiter(slots)
        self._in_thread = in_thread or partial(anyio.to_thread.run_sync, limiter=threads)

    @property
    def idle(self) -> bool:
        """Whether nothing is done now; may be read from any thread."""
        return self._free == self._slots

    @property
    def full(self) -> bool:
        """Whether all slots are taken; may be read from any thread."""
        return not self._free

    async def run[Result](
        self, who: object, work: Callable[..., Result], *arguments: Any
    ) -> Result:
        """Run a function in a worker thread once it is this person's turn.

        Cancelling while waiting takes the request out of the queue; work that has begun goes on
        until it looks whether anybody waits: a thread cannot be stopped. Work
        that finds levels of an image missing, and being made elsewhere, gives its slot back until
        it is worth trying again.

        Args:
            who: Whose turn it takes; any hashable value.
            work: What to do; runs without the event loop.
            arguments: Given to `work`.

        Raises:
            BusyError: The queue, or this person's half of it, is full, and was so for a while; the
                turn did not come in time; or levels take too long to make.
        """
        waited: frozenset[Hashable] = frozenset()
        begun = time.monotonic()
        while True:
            try:
                await self._enter(who)
                try:
                    task = partial(_leaving, waited, work, *arguments)
                    result: Result = await self._in_thread(task)
                    return result
                finally:
                    self._give_back(who)
            except LevelsBeingMadeError as unmade:
                await _made(unmade, begun + self._patience_s - time.monotonic())
                waited |= {unmade.name}

    async def _enter(self, who: object) -> None:
        """Take a slot, once it is this person's turn."""
        until = asyncio.get_running_loop().time() + self._longest_s
        if not self._free and self._crowded(who):
            # Held in any case, and let in should there be room by then.
            await anyio.sleep(uniform(*self._hold_s))  # noqa: S311  (no secret)
        if self._may_take(who):
            self._take(who)
        else:
            await self._wait(who, until)

    def _may_take(self, who: object) -> bool:
        """Whether there is a free slot that is not kept for others."""
        if not self._free:
            return False
        held = self._held.get(who)
        return not held or held < self._slots - 1 or not self._others_ask(who)

    def _others_ask(self, who: object) -> bool:
        """Whether anybody else was served just before."""
        other = next((one for one in reversed(self._served) if one != who), None)
        return other is not None and self._served[other] > time.monotonic() - RECENT_S

    def _take(self, who: object) -> None:
        now = time.monotonic()
        self._free -= 1
        self._held[who] = self._held.get(who, 0) + 1
        self._served[who] = now
        self._served.move_to_end(who)
        while next(iter(self._served.values())) < now - RECENT_S:
            self._served.popitem(last=False)

    def _give_back(self, who: object) -> None:
        """Free a slot, and give it to the person whose turn is next."""
        self._free += 1
        self._held[who] -= 1
        if not self._held[who]:
            del self._held[who]
        self._pass_on()

    def _crowded(self, who: object) -> bool:
        own = len(self._waiting.get(who, ()))
        return self._waiters >= self._queue or own >= self._share

    def _greedy(self, who: object) -> bool:
        """Whether somebody who waits has much waiting, before others or more than their share."""
        own = len(self._waiting[who])
        return own > MODEST and (own < self._waiters or own >= self._share)

    async def _wait(self, who: object, until: float) -> None:
        if self._crowded(who):
            raise self._busy()
        turn = anyio.Event()
        self._waiting.setdefault(who, deque()).append(turn)
        self._waiters += 1
        try:
            with anyio.CancelScope(deadline=until):
                await turn.wait()
            if not turn.is_set() and self._greedy(who):
                raise self._busy()
            await turn.wait()
        except BaseException:  # leave the queue, or hand on the slot just received
            if turn.is_set():
                self._give_back(who)
            else:
                self._leave(who, turn)
            raise

    def _busy(self) -> BusyError:
        return BusyError(
            f"{self._waiters} requests are waiting already.",
            "Ask again in a second.",
            retry_after_s=1,
        )

    def _leave(self, who: object, turn: anyio.Event) -> None:
        self._waiting[who].remove(turn)
        self._waiters -= 1
        if not self._waiting[who]:
            del self._waiting[who]

    def _pass_on(self) -> None:
        """Give what is free to the people whose turn is next."""
        while self._free and self._waiting:
            turns_of = next((one for one in self._waiting.items() if self._may_take(one[0])), None)
            if turns_of is None:
                break
            who, turns = turns_of
            turn = turns.popleft()
            self._waiters -= 1
            if turns:
                self._waiting.move_to_end(who)
            else:
                del self._waiting[who]
            self._take(who)
            turn.set()
        if self._free and self._waiting and self._later is None:
            self._later = asyncio.get_running_loop().call_later(RECENT_S, self._look_again)

    def _look_again(self) -> None:
        """Give what was kept for others to those who wait, when nobody else asks any more."""
        self._later = None
        self._pass_on()


class Listeners:
    """Whose WebSockets are open: so many of one person, and so many in all.

    Whoever has not said yet who they are makes room for those who come, longest first, so that
    nobody keeps others out by connecting and saying nothing. Belongs to one event loop.

    Args:
        each: How many of one person may be open.
        most: How many may be open in all.
    """

    def __init__(self, each: int = LISTENING_EACH, most: int = LISTENING_MAX) -> None:
        self._each = each
        self._most = most
        self._whose: OrderedDict[object, object | None] = OrderedDict()

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._whose)

    def enter[Connection](self, connection: Connection) -> Connection | None:
        """Count a connection of somebody who is not known yet.

        Returns:
            The connection that has to end, which is not counted any more: this one where all others
            are of people who are known; None while there is room.
        """
        self._whose[connection] = None
        if len(self._whose) <= self._most:
            return None
        longest = next(one for one, person in self._whose.items() if person is None)
        self.leave(longest)
        return cast("Connection", longest)

    def introduce(self, connection: object, person: object) -> bool:
        """Tell whether a person may have one more connection, which is theirs from now on."""
        if sum(one == person for one in self._whose.values()) >= self._each:
            return False
        self._whose[connection] = person
        return True

    def leave(self, connection: object) -> None:
        """Count a connection no more."""
        self._whose.pop(connection, None)


def _leaving[Result](
    waited: frozenset[Hashable], work: Callable[..., Result], *arguments: Any
) -> Result:
    """Do work that is told when levels are being made, instead of holding its thread."""
    with leaving(waited):
        return work(*arguments)


async def _made(unmade: LevelsBeingMadeError, patience_s: float) -> None:
    """Wait until levels are made, which goes on whoever waits.

    Raises:
        BusyError: It takes too long.
        StoreError: They cannot be made.
    """
    try:
        with anyio.fail_after(patience_s):
            await asyncio.shield(asyncio.wrap_future(unmade.made))
    except TimeoutError:
        raise BusyError(
            "Smaller versions of this image are still being made.",
            "Ask again: what is done stays done.",
            retry_after_s=10,
        ) from None


async def unless_gone[Result](
    request: Request, work: Callable[[], Awaitable[Result]]
) -> Result | None:
    """Await a coroutine function, cancelled as soon as the client has gone.

    Work that is in a thread already stops before its next piece; see `store.pixels.abandoning`.

    Args:
        request: A request without a body that is still to be read.
        work: Makes the awaitable; what it raises is raised.

    Returns:
        Its result, or None if the client went away first.
    """
    gone, loop = Flag(), asyncio.get_running_loop()
    watchers: list[asyncio.Task[None]] = []
    with anyio.CancelScope() as scope, abandonable(gone):

        async def watch() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            gone.set()
            scope.cancel()

        # A task beside each request costs as much as a known tile, so only those that take long,
        # or have to wait, are watched.
        later = loop.call_later(WATCHED_AFTER_S, lambda: watchers.append(loop.create_task(watch())))
        try:
            return await work()
        except AbandonedError:
            pass
        finally:
            later.cancel()
            for watcher in watchers:
                watcher.cancel()
    return None


async def read_json(request: Request, limit: int, timeout_s: float) -> dict[str, Any]:
    """Read a JSON object from a request's body.

    Args:
        request: A request whose body has not been read.
        limit: Largest size in bytes.
        timeout_s: How long the whole body may take to arrive.

    Raises:
        MediaTypeError: The content is not declared as JSON, or it is compressed.
        TooLargeError: The body is larger than `limit`.
        TooSlowError: The body has not arrived in time.
        InvalidInputError: The body is no JSON object.
    """
    if _media_type(request) != "application/json" or "content-encoding" in request.headers:
        raise MediaTypeError(
            "This address takes uncompressed JSON.", "Send Content-Type: application/json."
        )
    content = await _read(request, limit, timeout_s)
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        message = f"The body is no JSON: {error}."
        raise InvalidInputError(message, "Send one JSON object.") from None
    if not isinstance(value, dict):
        kind = "a list (batches are not taken)" if isinstance(value, list) else "no object"
        raise InvalidInputError(f"The body is {kind}.", "Send one JSON object.")
    return value


async def read_form(request: Request, limit: int, timeout_s: float) -> str:
    """Read a form from a request's body, as it is encoded.

    Args:
        request: A request whose body has not been read.
        limit: Largest size in bytes.
        timeout_s: How long the whole body may take to arrive.

    Raises:
        MediaTypeError: The content is not declared as a form, or it is compressed.
        TooLargeError: The body is larger than `limit`.
        TooSlowError: The body has not arrived in time.
        InvalidInputError: The body is no text.
    """
    kind = "application/x-www-form-urlencoded"
    if _media_type(request) != kind or "content-encoding" in request.headers:
        raise MediaTypeError(
            "This address takes an uncompressed form.", f"Send Content-Type: {kind}."
        )
    content = await _read(request, limit, timeout_s)
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InvalidInputError("The body is no text.", "Send a form.") from None


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def _read(request: Request, limit: int, timeout_s: float) -> bytes:
    remedy = f"Send at most {limit} bytes."
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared[:18]) > limit:
        raise TooLargeError(f"The body has {declared[:18]} bytes.", remedy)
    parts, size = [], 0
    try:
        with anyio.fail_after(timeout_s):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise TooLargeError(f"The body has more than {limit} bytes.", remedy)
                parts.append(part)
    except TimeoutError:
        message = f"The body did not arrive within {timeout_s:g} seconds."
        raise TooSlowError(message, "Send it at once.") from None
    except ClientDisconnect:
        raise InvalidInputError("The body ends early.", "Send all of it.") from None
    return b"".join(parts)


class Throttle:
    """Makes guessing passwords slow: after some failures every further try has to wait.

    Kept for each pair of user and address, and for each address alone, so that neither many
    passwords for one name nor many names from one machine are quick. Thread-safe; remembers the
    latest `remembered` pairs.
    """

    def __init__(
        self,
        free_tries: int = 5,
        longest_s: int = 900,
        remembered: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free_tries = free_tries
        self._longest_s = longest_s
        self._remembered = remembered
        self._clock = clock
        self._failures: OrderedDict[tuple[str, ...], tuple[int, float]] = OrderedDict()
        self._lock = Lock()

    def check(self, user: str, address: str) -> None:
        """Refuse a try that comes too soon.

        Raises:
            ThrottledError: Wait as long as it says.
        """
        now = self._clock()
        with self._lock:
            until = max(self._until((user, address), 1), self._until((address,), 10))
        if until > now:
            wait = int(until - now) + 1
            raise ThrottledError(
                "Too many wrong passwords.", f"Try again in {wait} seconds.", retry_after_s=wait
            )

    def failed(self, user: str, address: str) -> None:
        """Remember a wrong password."""
        with self._lock:
            for key in ((user, address), (address,)):
                count, _ = self._failures.pop(key, (0, 0.0))
                self._failures[key] = (count + 1, self._clock())
            while len(self._failures) > self._remembered:
                self._failures.popitem(last=False)

    def succeeded(self, user: str, address: str) -> None:
        """Forget the wrong passwords before a right one."""
        with self._lock:
            self._failures.pop((user, address), None)

    def _until(self, key: tuple[str, ...], patience: int) -> float:
        """When the next try is taken: doubles from one second with each failure."""
        count, latest = self._failures.get(key, (0, 0.0))
        excess = count - self._free_tries * patience
        return latest + min(2.0 ** min(excess, 30), self._longest_s) if excess >= 0 else 0.0
