"""What a change answers: how each item went, and the event that records it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Self

import strawberry

from schema.fields import Named, field, value
from schema.levels import Reference
from schema.pagination import described
from schema.types.nodes import Node
from schema.types.people import Event
from store.errors import StoreError


class ItemStatus(Enum):
    """How one item of a change went."""

    DONE = "DONE"
    UNCHANGED = "UNCHANGED"
    FAILED = "FAILED"
    NOT_DONE = "NOT_DONE"


described(
    ItemStatus,
    "How one item of a change went.",
    {
        "DONE": "It was changed.",
        "UNCHANGED": "It was as wanted already.",
        "FAILED": "It could not be changed; `error` says why.",
        "NOT_DONE": "Nothing is wrong with it, but another item failed, so nothing was changed.",
    },
)


@value
class ItemError:
    """Why one item of a change failed."""

    code: str = field("Stable name of the kind of error, such as not_found or conflict.")
    message: str = field("What is wrong.")
    remedy: str = field("What to do about it; may be empty.")
    path: list[str] = field("Where in the arguments, such as items, 3, name.")


@value
class ItemResult:
    """How one item of a change went."""

    index: int = field("Place of the item in the list that was given, from 0.")
    status: ItemStatus = field("How it went.")
    id: strawberry.ID | None = field("Its id; null for what was not made.")
    node: Node | None = field(
        "The thing as it is now; null where it was deleted or not made.", Named()
    )
    error: ItemError | None = field("Why it failed; null unless it did.")


@value
class ChangeCounts:
    """How many items of a change went how."""

    done: int = field("Changed.")
    unchanged: int = field("As wanted already.")
    failed: int = field("Failed.")
    not_done: int = field("Left alone because others failed.")


@value
class ChangeResult:
    """How a change went."""

    applied: bool = field("Whether anything was kept; false where an item failed, unless partial.")
    items: list[ItemResult] = field("How each item went, in the order given.")
    event: Event | None = field(
        "The record of the change; null where nothing was changed.", Named()
    )
    counts: ChangeCounts = field("How many items went how.")


@value
class AffectedKind:
    """Things of one type that a change of a whole tree touches."""

    kind: str = field("Name of their type, such as Image.")
    count: int = field("How many.")
    ids: list[strawberry.ID] = field("Ids of those that are among the first 100 of all.")
    nodes: list[Node | None] = field(
        "The same; null for those that are gone or cannot be seen.", Named()
    )


@value
class CutKind:
    """Links of one sort that a change of a whole tree cuts."""

    relation: str = field("Types of both ends, such as Dataset–Image.")
    count: int = field("How many.")


@value
class CutLink:
    """A link that a change of a whole tree cuts."""

    parent: Node | None = field(
        "What the other was in; null where it is gone or cannot be seen.", Named()
    )
    child: Node | None = field(
        "What was in the other; null where it is gone or cannot be seen.", Named()
    )


@value
class TreeReport:
    """What a change of things and all that is in them does, or would do."""

    goes: list[AffectedKind] = field("What is deleted, restored or moved.")
    stays: list[AffectedKind] = field("What stays where it is, because it is used elsewhere.")
    unlinked: list[CutKind] = field("Links between what goes and what stays; they are cut.")
    links: list[CutLink] = field("The first 100 of these links.")


@value
class TreeChangeResult:
    """How a change of things and all that is in them went."""

    applied: bool = field("Whether anything was kept; false for dry runs and failures.")
    dry_run: bool = field("Whether this was only a look at what would happen.")
    items: list[ItemResult] = field("How each of the things that were named went.")
    event: Event | None = field(
        "The record of the change; null where nothing was changed.", Named()
    )
    counts: ChangeCounts = field("How many of the things that were named went how.")
    report: TreeReport = field("What is touched besides.")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an item failed; what `ItemError` is read from."""

    code: str
    message: str
    remedy: str
    path: Sequence[str] = ()

    @classmethod
    def of(cls, error: StoreError, path: Sequence[str]) -> Self:
        """Describe an error of the store."""
        return cls(error.code, error.message, error.remedy, path)


@dataclass(frozen=True, slots=True)
class Item:
    """How an item went; what `ItemResult` is read from."""

    index: int
    status: ItemStatus
    kind: str
    """Name of the GraphQL type."""
    key: int | None = None
    error: Failure | None = None

    @property
    def id(self) -> str | None:
        """Global id."""
        return None if self.key is None else f"{self.kind}:{self.key}"

    @property
    def node(self) -> Reference | None:
        """Type and id."""
        return None if self.key is None else (self.kind, self.key)


@dataclass(frozen=True, slots=True)
class Affected:
    """Rows of one type; what `AffectedKind` is read from."""

    kind: str
    count: int
    keys: Sequence[int]
    """The first of them."""

    @property
    def ids(self) -> list[str]:
        """Global ids."""
        return [f"{self.kind}:{key}" for key in self.keys]

    @property
    def nodes(self) -> list[Reference]:
        """Types and ids."""
        return [(self.kind, key) for key in self.keys]


@dataclass(frozen=True, slots=True)
class Cut:
    """Links of one sort; what `CutKind` is read from."""

    relation: str
    count: int


@dataclass(frozen=True, slots=True)
class Link:
    """What `CutLink` is read from."""

    parent: Reference
    child: Reference


@dataclass(frozen=True, slots=True)
class Report:
    """What `TreeReport` is read from."""

    goes: Sequence[Affected] = ()
    stays: Sequence[Affected] = ()
    unlinked: Sequence[Cut] = ()
    links: Sequence[Link] = ()


@dataclass(frozen=True)
class Changed:
    """The outcome of a change; what `ChangeResult` and `TreeChangeResult` are read from."""

    items: Sequence[Item]
    event_id: int | None = None
    applied: bool = True
    dry_run: bool = False
    report: Report = Report()

    @property
    def event(self) -> Reference | None:
        """Type and id of the event."""
        return None if self.event_id is None else ("Event", self.event_id)

    @cached_property
    def counts(self) -> ChangeCounts:
        """How many items went how."""
        number = Counter(item.status for item in self.items)
        return ChangeCounts(
            done=number[ItemStatus.DONE],
            unchanged=number[ItemStatus.UNCHANGED],
            failed=number[ItemStatus.FAILED],
            not_done=number[ItemStatus.NOT_DONE],
        )

    def to_json(self) -> dict[str, Any]:
        """Write it down, to be given again to repetitions of the request."""
        return {
            "items": [
                [item.index, item.status.name, item.kind, item.key, _listed(item.error)]
                for item in self.items
            ],
            "event": self.event_id,
            "applied": self.applied,
            "dry_run": self.dry_run,
            "report": asdict(self.report),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(
            items=[
                Item(index, ItemStatus[status], kind, key, None if not error else Failure(*error))
                for index, status, kind, key, error in kept["items"]
            ],
            event_id=kept["event"],
            applied=kept["applied"],
            dry_run=kept["dry_run"],
            report=_report(kept["report"]),
        )


def _report(kept: Mapping[str, Any]) -> Report:
    return Report(
        [Affected(**one) for one in kept["goes"]],
        [Affected(**one) for one in kept["stays"]],
        [Cut(**one) for one in kept["unlinked"]],
        # JSON has no tuples, which references are.
        [Link(tuple(one["parent"]), tuple(one["child"])) for one in kept["links"]],
    )


def _listed(error: Failure | None) -> list[Any] | None:
    return None if error is None else [error.code, error.message, error.remedy, list(error.path)]
