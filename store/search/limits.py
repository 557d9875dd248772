"""From how many rows on a search goes about it in another way; what it finds is the same."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers that the speed of a search depends on."""

    probed: int = 2_000
    """Rows up to which what a leaf finds is collected before the others are looked at."""
    newest: int = 2_000
    """Newest rows of a table that are looked at before its index is asked, on PostgreSQL."""
    often: int = 20
    """Rows among those from which on words are too common to ask the index for."""
    window: int = 2_000
    """Newest objects of a kind that are looked at to learn how often something is found."""
    dense: int = 5
    """Objects among those from which on walking from the newest on is faster than collecting.

    Neighbours lie together on the disk, what a word finds lies all over it: looking at an object
    while walking costs about a tenth of collecting one.
    """
    small: int = 10_000
    """Objects of a kind up to which each is looked at, however rarely something is found there."""
    shown: int = 100_000
    """As `small`, for who sees by grants or a link: asking about those of each object is dear."""
    sparse: int = 4
    """Objects to each one that is seen from which on what is seen is collected, and nothing else
    looked at."""
    led: int = 20_000
    """Objects up to which those that known rows with text lead to are collected: a tag's."""


LIMITS = Limits()
"""For archives of a million images."""
