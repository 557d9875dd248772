"""Work on pixels that nobody waits for any more stops between two of its pieces."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event

_nobody_waits: ContextVar[Event | None] = ContextVar("nobody_waits", default=None)


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


@contextmanager
def abandonable(nobody: Event) -> Iterator[None]:
    """Let what is done here, and in threads that it starts with its context, be given up.

    Args:
        nobody: Set once nobody waits any more.
    """
    token = _nobody_waits.set(nobody)
    try:
        yield
    finally:
        _nobody_waits.reset(token)


@contextmanager
def to_the_end() -> Iterator[None]:
    """Finish what is done here in any case: others may wait for it too."""
    token = _nobody_waits.set(None)
    try:
        yield
    finally:
        _nobody_waits.reset(token)
