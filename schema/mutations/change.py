"""What every change shares: one transaction, a result for each item, answers kept by key."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import event as sa_event
from sqlalchemy.orm import Session
from strawberry.types import Info

from schema.context import Context
from schema.fields import Argument
from schema.mutations.payloads import Changed, Failure, Item, ItemStatus
from schema.plan import Builder, Selection
from schema.roots import Root, Run
from store import models
from store.access import Viewer
from store.edits import requests
from store.edits.outcomes import Outcome, RefusedError
from store.errors import InvalidInputError, StoreError

type Write = Callable[[Session, Viewer, Any], Changed]
"""Changes something in a transaction that it does not end, given the arguments, checked."""
type Check = Callable[[str, Mapping[str, Any]], Any]
"""Type and field, arguments by Python name → what `Write` gets."""

type Path = Callable[[Any, int], Sequence[object]]
"""What `Write` gets, number of an item → where in the arguments it is."""

ITEMS_MAX = 1_000
"""Items that are made or changed at once."""
IDS_MAX = 10_000
"""Ids in one argument of a change."""

KEY = Argument(
    "idempotency_key",
    str | None,
    "A word of your choice, new for each change: a repetition of the request with the same key"
    " changes nothing and gets the first answer.",
    None,
)
PARTIAL = Argument(
    "partial",
    bool,
    "Whether the other items are kept where one fails; else all are, or none.",
    False,
)


class ItemsError(InvalidInputError):
    """Some items can never work, as their values alone show, so that none was done.

    Attributes:
        items: How each item went.
    """

    def __init__(self, kind: str, count: int, failures: Mapping[int, Failure]) -> None:
        super().__init__(f"{len(failures)} of {count} items can never work.")
        self.items = [_refused(kind, index, failures.get(index)) for index in range(count)]


@dataclass(frozen=True, slots=True)
class Request:
    """A change with its arguments, checked."""

    arguments: Any
    key: str | None
    hash: str


class Change(Root):
    """A change in a transaction of its own, answered by how each item went."""

    def __init__(
        self,
        write: Write,
        arguments: Sequence[Argument],
        check: Check = lambda _, given: given,
        path: Path = lambda _, index: ("items", index),
    ) -> None:
        """Say what is written and what it needs.

        Args:
            write: Writes; raises `RefusedError` or `ItemsError` where an item fails and nothing
                is to be kept.
            arguments: Of the field, besides the key.
            check: Turns them into what `write` gets; raises what no database need be asked for.
            path: Where in the arguments an item is.
        """
        self._write = write
        self._path = path
        self._check = check
        self.arguments = [*arguments, KEY]

    def check(self, place: str, values: Mapping[str, Any]) -> Request:
        """Check the arguments."""
        given = dict(values)
        key = given.pop("idempotency_key", None)
        text = json.dumps([place, given], sort_keys=True, default=str)
        return Request(self._check(place, given), key, hashlib.sha256(text.encode()).hexdigest())

    def ordinary(self, info: Info, arguments: Any) -> Any:
        """Change."""
        return self._changed(info.context, arguments)

    def planned(self, builder: Builder, selection: Selection) -> Run:
        """Change, then read what is asked for of the items."""
        complete = builder.completer(selection)
        assert complete is not None

        def run(context: Context) -> Any:
            return complete(context, [self._changed(context, context.bound[selection])])[0]

        return run

    def _changed(self, context: Context, request: Request) -> Changed:
        try:
            with context.writing() as session:
                return self._once(session, context.viewer, request)
        except RefusedError as refused:
            path, given = self._path, request.arguments
            items = [item_of(one, *path(given, one.index)) for one in refused.outcomes]
            return Changed(items, applied=False)
        except ItemsError as refused:
            return Changed(refused.items, applied=False)

    def _once(self, session: Session, viewer: Viewer, request: Request) -> Changed:
        def run() -> Changed:
            changed, event = recorded(
                session, lambda: self._write(session, viewer, request.arguments)
            )
            return changed if event is None else replace(changed, event_id=event)

        if request.key is None:
            return run()
        kept = requests.once(session, viewer, request.key, request.hash, lambda: run().to_json())
        return Changed.from_json(kept)


def recorded[Done](session: Session, run: Callable[[], Done]) -> tuple[Done, int | None]:
    """Change something; return with it the id of the event that was written for it, if any."""
    events: list[int] = []

    def note(_session: Session, row: Any) -> None:
        if isinstance(row, models.Event):
            events.append(row.id)

    sa_event.listen(session, "pending_to_persistent", note)
    done = run()
    sa_event.remove(session, "pending_to_persistent", note)
    return done, events[0] if events else None


def checked_length(place: str, name: str, values: Sequence[Any], most: int) -> Sequence[Any]:
    """Refuse lists that are too long for one change.

    Raises:
        InvalidInputError: More than may be given at once.
    """
    if len(values) > most:
        raise InvalidInputError(
            f"`{name}` of {place} has {len(values):,} entries.", f"Give at most {most:,} at once."
        )
    return values


def written(
    kind: str,
    items: Sequence[Any],
    partial: bool,
    write: Callable[[Sequence[Any]], Sequence[Outcome]],
) -> Changed:
    """Write the items that can work, and say of all how they went, in their order.

    Args:
        kind: Name of the type that the items are of.
        items: Each as `write` takes it, or why it can never work.
        partial: Whether the others are wanted where one fails.
        write: Writes items; its outcomes are in their order.

    Raises:
        ItemsError: Some can never work, and the others are not wanted without them.
        RefusedError: The same, found out by the store.
    """
    failures = {n: item for n, item in enumerate(items) if isinstance(item, Failure)}
    if failures and not partial:
        raise ItemsError(kind, len(items), failures)
    good = [n for n in range(len(items)) if n not in failures]
    outcomes = write([items[n] for n in good]) if good else []
    found = {n: _refused(kind, n, error) for n, error in failures.items()}
    for n, outcome in zip(good, outcomes, strict=True):
        found[n] = item_of(replace(outcome, index=n))
    return Changed([found[n] for n in range(len(items))])


def item_of(outcome: Outcome, *path: object) -> Item:
    """Turn the outcome of an item in the store into what is answered.

    Args:
        outcome: Of the store.
        path: Where the item is in the arguments; in `items` if not given.
    """
    place = path or ("items", outcome.index)
    return Item(
        index=outcome.index,
        status=ItemStatus[outcome.status.name],
        kind=outcome.kind or "",
        key=outcome.id,
        error=None if outcome.error is None else failure(outcome.error, *place),
    )


def failure(error: StoreError, *path: object) -> Failure:
    """Describe why an item failed, and where in the arguments it is."""
    return Failure.of(error, [str(part) for part in path])


def _refused(kind: str, index: int, error: Failure | None) -> Item:
    status = ItemStatus.NOT_DONE if error is None else ItemStatus.FAILED
    return Item(index, status, kind, error=error)
