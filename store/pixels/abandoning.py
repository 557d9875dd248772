"""Work on pixels that nobody waits for any more stops between two of its pieces."""

from contextvars import ContextVar
from typing import Protocol

from store.pixels.during import During


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


def abandonable(nobody: Signal) -> During[Signal | None]:
    """Let what is done here, and in threads that it starts with its context, be given up.

    Args:
        nobody: Set once nobody waits any more.
    """
    return During(_nobody_waits, nobody)


def to_the_end() -> During[Signal | None]:
    """Finish what is done here in any case: others may wait for it too."""
    return During(_nobody_waits, None)
