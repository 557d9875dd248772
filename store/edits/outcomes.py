"""What became of each item of a change, and the error that takes all of them back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

from store.errors import StoreError

type Ref = tuple[str, int]
"""A row: name of its class as people and GraphQL know it ("TagAnnotation"), database id."""


class Status(StrEnum):
    """What became of one item."""

    DONE = "done"
    UNCHANGED = "unchanged"
    """It was so already."""
    FAILED = "failed"
    NOT_DONE = "not done"
    """It could have been done, but others failed, and parts of the change were not asked for."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item of a change."""

    index: int
    """Its number in the request, from 0."""
    kind: str | None
    """Class of the row, the concrete one of annotations, shapes and light sources."""
    id: int | None
    """Database id of the row; none where none was made."""
    status: Status
    error: StoreError | None = None
    """Why it failed."""


class RefusedError(StoreError):
    """Some items of a change are impossible, so that none was done.

    Attributes:
        outcomes: Of all items, in order of the request.
    """

    code: ClassVar[str] = "change_refused"

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        failed = [outcome for outcome in outcomes if outcome.error is not None]
        first = failed[0].error
        assert first is not None
        if len(outcomes) == 1:
            super().__init__(first.message, first.remedy)
        else:
            super().__init__(
                f"{len(failed)} of {len(outcomes)} items cannot be done, so none was."
                f" Item {failed[0].index}: {first.message}",
                first.remedy or "Correct these items, or ask for the others alone.",
            )
        self.outcomes = list(outcomes)


def settle(outcomes: Sequence[Outcome], *, partial: bool) -> list[Outcome]:
    """Refuse the whole change where an item failed, unless the others were asked for alone.

    Raises:
        RefusedError: An item failed and `partial` is false.
    """
    if partial or all(outcome.error is None for outcome in outcomes):
        return list(outcomes)
    raise RefusedError(
        [
            outcome if outcome.error is not None else replace(outcome, status=Status.NOT_DONE)
            for outcome in outcomes
        ]
    )
