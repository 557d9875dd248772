"""Passes over planes that make missing levels: one at a time for each plane, long ones behind."""

import contextlib
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock

from store.errors import UnavailableError
from store.pixels.during import During
from store.pixels.source import Plane

_WORKERS = 2

_leaving: ContextVar[frozenset[Hashable] | None] = ContextVar("_leaving", default=None)
"""What the caller came back from waiting for; None for callers who would rather wait here."""


class LevelsBeingMadeError(Exception):
    """What was asked for is being made; raised only to those who said that they can leave.

    Attributes:
        made: Done when it is worth asking again; has the error if it could not be made.
        name: Of what is being made, for `leaving`.
    """

    def __init__(self, made: Future[None], name: Hashable) -> None:
        super().__init__("missing levels are being made")
        self.made = made
        self.name = name


def leaving(waited: frozenset[Hashable]) -> During[frozenset[Hashable] | None]:
    """Let reads inside raise LevelsBeingMadeError instead of holding their thread for long.

    Args:
        waited: Names of what was waited for already: reads wait for these in place, so that
            nobody comes back for ever where nothing can be kept.
    """
    return During(_leaving, waited)


def staying() -> During[frozenset[Hashable] | None]:
    """Let reads inside wait in place for levels that are being made, whoever called."""
    return During(_leaving, None)


def wait_unless_leaving(unmade: LevelsBeingMadeError) -> None:
    """Wait in place for what somebody else was told is being made.

    Raises:
        LevelsBeingMadeError: The caller said that they can leave.
    """
    if _can_leave(unmade.name):
        raise unmade
    wait([unmade.made])


def _can_leave(name: Hashable) -> bool:
    waited = _leaving.get()
    return waited is not None and name not in waited


def _promise() -> Future[None]:
    """A future that those who wait for it cannot cancel."""
    made: Future[None] = Future()
    made.set_running_or_notify_cancel()
    return made


@dataclass(slots=True)
class Pass:
    """One pass over a plane, as those see it who make it and who wait for it."""

    name: Hashable
    long: bool
    ended: Future[None] = field(default_factory=_promise)
    stopped: bool = False
    _marks: dict[Hashable, Future[None]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def check(self) -> None:
        """Give up if nobody wants the pass any more.

        Raises:
            UnavailableError: The repository was closed.
        """
        if self.stopped:
            raise UnavailableError("Making missing levels was interrupted.", "Ask again.")

    def reached(self, mark: Hashable) -> None:
        """Wake those who wait for a part that is kept now."""
        with self._lock:
            found = self._marks.pop(mark, None)
        if found is not None:
            found.set_result(None)

    def until(self, mark: Hashable) -> Future[None]:
        """Return what is done when a part is kept, or when the pass ends without it."""
        with self._lock:
            if self.ended.done():
                return self.ended
            return self._marks.setdefault(mark, _promise())

    def end(self, error: BaseException | None) -> None:
        """Wake everybody."""
        with self._lock:
            if error is None:
                self.ended.set_result(None)
            else:
                self.ended.set_exception(error)
            marks, self._marks = self._marks, {}
        for mark in marks.values():
            if error is None:
                mark.set_result(None)
            else:
                mark.set_exception(error)


class Passes:
    """Runs passes over planes; thread-safe.

    Short ones run in the thread that asks. Long ones run in threads of their own, so that whoever
    asked can leave, and what was begun is finished.
    """

    def __init__(self) -> None:
        self._running: dict[Hashable, Pass] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._lock = Lock()

    @property
    def running(self) -> list[Pass]:
        """The passes that go on now."""
        with self._lock:
            return list(self._running.values())

    def make(
        self,
        plane: Hashable,
        name: Hashable,
        mark: Hashable,
        work: Callable[[Pass], Plane],
        *,
        long: bool,
    ) -> Plane | None:
        """Make something of a plane, or wait for somebody else who may be making it.

        Args:
            plane: Only one pass over it at a time.
            name: Of this pass.
            mark: What the caller waits for, as `Pass.reached` says it.
            work: Makes it; calls `check` and `reached` of the pass it is given.
            long: Whether it takes longer than a caller should be held.

        Returns:
            What `work` returned; None after somebody else's pass: look again.

        Raises:
            LevelsBeingMadeError: It goes on elsewhere, and the caller said it can leave.
            Whatever `work` raises.
        """
        with self._lock:
            found = self._running.get(plane)
            mine = Pass(name, long)
            if found is None:
                self._running[plane] = mine
        if found is not None:
            _wait(found, mark)
            return None
        if long and _can_leave(name):
            made = mine.until(mark)
            self._begin(plane, mine, work)
            raise LevelsBeingMadeError(made, name)
        return self._run(plane, mine, work)

    def close(self) -> None:
        """Stop what is running, as soon as its next part is done."""
        with self._lock:
            for running in self._running.values():
                running.stopped = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True)

    def _begin(self, plane: Hashable, mine: Pass, work: Callable[[Pass], Plane]) -> None:
        def run() -> None:
            # Who waits gets the error from the future.
            with contextlib.suppress(Exception):
                self._run(plane, mine, work)

        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_WORKERS, "levels")
            self._pool.submit(run)

    def _run(self, plane: Hashable, mine: Pass, work: Callable[[Pass], Plane]) -> Plane:
        error: BaseException | None = None
        try:
            mine.check()
            return work(mine)
        except BaseException as caught:
            error = caught
            raise
        finally:
            with self._lock:
                del self._running[plane]
            mine.end(error)


def _wait(found: Pass, mark: Hashable) -> None:
    """Wait for a part of somebody else's pass; its errors are for those who asked for it."""
    made = found.until(mark)
    if found.long:
        wait_unless_leaving(LevelsBeingMadeError(made, found.name))
    else:
        wait([made])
