"""Files leave for good."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry

from schema.context import Context
from schema.fields import Argument, field, value
from schema.ids import database_id
from schema.keeping import Keeper
from schema.mutations.change import Change, Request
from store.edits.outcomes import Ref
from store.errors import InvalidInputError, UnavailableError

DAY_S = 86_400.0
DAYS_MAX = 36_500
THINGS_MAX = 100
"""Things that are removed one by one at once."""


@value
class EmptyTrashResult:
    """What was removed for good."""

    dry_run: bool = field("Whether it only would have been.")
    deletions: int = field("How many deletions, each with all that it took.")
    rows: float = field("How many rows; a Float, because Int ends at 2,147,483,647.")
    files: int = field("How many files that Micrograph kept itself.")
    kept: int = field("Deletions that stay, as something else still refers to what they took.")


@dataclass(frozen=True, slots=True)
class Emptied:
    """What `EmptyTrashResult` is read from."""

    dry_run: bool
    deletions: int
    rows: float
    files: int
    kept: int


class Kept(Change):
    """A change by whoever keeps the files; harmless to repeat, so that it needs no key."""

    def __init__(
        self,
        work: Callable[..., Any],
        arguments: list[Argument],
        check: Callable[[str, Mapping[str, Any]], Mapping[str, Any]],
    ) -> None:
        """Say what is done; see `schema.mutations.change.Change`."""
        super().__init__(lambda *_: None, arguments, check)  # type: ignore[arg-type]
        self._work = work

    def _changed(self, context: Context, request: Request) -> Any:
        if context.keeper is None:
            raise UnavailableError("Nobody keeps files here.", "Ask a server of Micrograph.")
        done = self._work(context, context.keeper, **request.arguments)
        context.refresh()
        return done


def _empty(
    context: Context,
    keeper: Keeper,
    *,
    older_than_days: int,
    dry_run: bool,
    everybody: bool,
    things: Sequence[Ref] | None,
) -> Emptied:
    done = keeper.empty_trash(
        context.viewer,
        older_than_days * DAY_S,
        dry_run=dry_run,
        everybody=everybody,
        things=things,
    )
    return Emptied(dry_run, done.deletions, float(done.rows), done.files, done.kept)


def _check_empty(place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    days = values["older_than_days"]
    if not 0 <= days <= DAYS_MAX:
        raise InvalidInputError(
            f"`olderThanDays` of {place} is {days}.", f"Give 0 to {DAYS_MAX:,} days."
        )
    ids = values.get("ids")
    if ids is not None and len(ids) > THINGS_MAX:
        raise InvalidInputError(
            f"`ids` of {place} has {len(ids)} entries.", f"Give at most {THINGS_MAX}."
        )
    return {
        "things": None if ids is None else [database_id(one) for one in ids],
        "older_than_days": days,
        "dry_run": bool(values.get("dry_run")),
        "everybody": bool(values.get("everybody")),
    }


TRASH: Mapping[str, Any] = {
    "empty_trash": field(
        "Remove for good what was deleted long ago, with the files that Micrograph keeps itself;"
        " files by reference are never touched. What is removed cannot be restored.",
        Kept(
            _empty,
            [
                Argument("older_than_days", int, "How long ago the deletion was, at least."),
                Argument("dry_run", bool, "Only tell what would go.", False),
                Argument(
                    "everybody",
                    bool,
                    "Also what others deleted; for administrators.",
                    False,
                ),
                Argument(
                    "ids",
                    list[strawberry.ID] | None,
                    f"Only the deletions that took these: at most {THINGS_MAX} ids, as `trash`"
                    " lists them.",
                    None,
                ),
            ],
            _check_empty,
        ),
    ),
}
"""Declarations by Python name; each answers with an `EmptyTrashResult`."""
