"""What was read for somebody and is still true, because nothing was committed since."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock

LIFETIME_S = 5.0
"""Sign-ins end by the clock, not by a commit; so nothing is kept for longer, unless told otherwise."""
KEPT = 10_000
"""How many answers are kept, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """What an address led to for somebody who may see it."""

    key: str
    """Name of exactly these bytes, among the encoded pictures."""
    headers: tuple[tuple[bytes, bytes], ...]
    """Of the answer, but for its length."""
    viewer: int | None
    """Database id of who asked; none where nobody signed in."""


class Sights[Found]:
    """Answers of the database, forgotten altogether with the next commit. Thread-safe.

    A right that is taken away is a commit, too: the very next request asks the database anew.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        kept: int = KEPT,
        lifetime_s: float = LIFETIME_S,
    ) -> None:
        self._clock = clock
        self._kept = kept
        self._lifetime_s = lifetime_s
        self._state: int | None = None
        self._known: dict[Hashable, tuple[float, Found]] = {}
        self._lock = Lock()

    def find(self, state: int | None, key: Hashable) -> Found | None:
        """Return what was found under a key, if that is still true.

        Args:
            state: Of the database now (`Database.state`); nothing is true where it is none.
            key: Who asked for what.
        """
        with self._lock:
            if state is None or state != self._state:
                return None
            until, found = self._known.get(key, (0.0, None))
            return found if until > self._clock() else None

    def keep(self, state: int | None, key: Hashable, found: Found) -> None:
        """Remember what was found.

        Args:
            state: Of the database before it was asked; a commit while it was asked is then seen.
            key: Who asked for what.
            found: The answer.
        """
        if state is None:
            return
        with self._lock:
            if state != self._state or len(self._known) >= self._kept:
                self._state = state
                self._known.clear()
            self._known[key] = (self._clock() + self._lifetime_s, found)

    def forget(self) -> None:
        """Forget all answers."""
        with self._lock:
            self._known.clear()
