"""From how many rows on a search goes about it in another way; what it finds is the same."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers that the speed of a search depends on."""

    probed: int = 2_000
    """Rows up to which what a leaf finds is collected before the others are looked at."""
    newest: int = 400
    """Newest rows of a table that are looked at before its index is asked, on PostgreSQL."""
    often: int = 4
    """Rows among those from which on words are too common to ask the index for."""
    window: int = 1_000
    """Newest objects of a kind that are looked at to learn how often something is found."""
    balance: float = 40
    """Objects of a page, times what looking at one while walking costs beside collecting one."""
    few: int = 200
    """Objects of a kind up to which each is looked at, whatever leads there."""
    small: int = 10_000
    """Objects of a kind up to which each is looked at, however rarely something is found there."""
    shown: int = 100_000
    """As `small`, for who sees by grants or a link: asking about those of each object is dear."""
    sparse: int = 4
    """Objects to each one that is seen from which on what is seen is collected, and nothing else
    looked at."""
    led: int = 20_000
    """Objects up to which those that known rows with text lead to are collected: a tag's."""

    def dense(self, number: int) -> int:
        """Return how many of the newest objects have to be found for walking to be faster.

        Walking to a full page costs less the denser what is found lies, collecting it more: both
        cost the same where the share that is found is the root of `balance` by the number.

        Args:
            number: Of the objects of the kind, about.
        """
        return max(1, math.ceil(self.window * math.sqrt(self.balance / max(1, number))))


LIMITS = Limits()
"""For archives of a million images."""
