"""Work on pixels that nobody waits for any more stops between two of its pieces."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Signal(Protocol):
    """What tells whether something has happened, such as an event of `threading`."""

    def is_set(self) -> bool:
        """Whether it has."""
        ...


class Flag:
    """A signal that nobody waits for: made in a seventh of the time of an event of `threading`."""

    __slots__ = ("_set",)

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        """Note that it has happened."""
        self._set = True

    def is_set(self) -> bool:
        """Whether it has."""
        return self._set


_nobody_waits: ContextVar[Signal | None] = ContextVar("nobody_waits", default=None)


class AbandonedError(Exception):
    """Nobody waits for the result; never leaves the program."""


def go_on() -> None:
    """Return while somebody waits for what the current thread does; costs 50 ns.

    Loops over chunks, sections and regions call it before each.

    Raises:
        AbandonedError: Nobody does any more.
    """
    nobody = _nobody_waits.get()
    if nobody is not None and nobody.is_set():
        raise AbandonedError


class abandonable:  # noqa: N801  (a context manager, called like those of contextlib)
    """Let what is done here, and in threads that it starts with its context, be given up.

    Args:
        nobody: Set once nobody waits any more.
    """

    __slots__ = ("_nobody", "_token")

    def __init__(self, nobody: Signal) -> None:
        self._nobody = nobody

    def __enter__(self) -> None:
        self._token = _nobody_waits.set(self._nobody)

    def __exit__(self, *_: object) -> None:
        _nobody_waits.reset(self._token)


@contextmanager
def to_the_end() -> Iterator[None]:
    """Finish what is done here in any case: others may wait for it too."""
    token = _nobody_waits.set(None)
    try:
        yield
    finally:
        _nobody_waits.reset(token)
