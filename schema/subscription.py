"""Where listening starts: what happens from now on, to those who may see it."""

import itertools
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import strawberry

from schema.context import Context
from schema.fields import Argument, Named, field, value
from schema.ids import database_id
from schema.levels import Reference
from schema.pagination import described
from schema.roots import Told
from schema.types.jobs import Job
from schema.types.nodes import Node
from schema.types.people import Event
from store import models
from store.access import owned_class, recorded_as, select_visible
from store.errors import NotFoundError
from store.queries import changes

LOOKED_AT = 20_000
"""Changes that are looked at together; of more at once, the rest is not told one by one."""
LISTED = 500
"""Changes that one message names."""


@dataclass(frozen=True, slots=True)
class Found:
    """What happened since a subscription was last asked."""

    occurrences: Sequence[Any]
    """Oldest first; each gives one answer."""
    state: Any
    """What the next search starts from."""
    done: bool = False
    """Whether nothing more can happen."""


class Occurring(Told):
    """A field of the subscription root: asked again and again what happened since.

    Nothing is sent because it was once allowed: each search runs for the viewer as of then.
    """

    def __init__(self) -> None:
        """Tell what the context says that happened."""
        super().__init__(lambda context, **_: context.occurrence, self.arguments, self.checked)

    @abstractmethod
    def checked(self, place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Check the arguments."""

    @abstractmethod
    def find(self, context: Context, arguments: Any, state: Any) -> Found:
        """Find what happened.

        Args:
            context: With a snapshot of now, for the viewer of now.
            arguments: Checked.
            state: Of the last search; None the first time.

        Raises:
            StoreError: The subscription cannot go on.
        """


class JobChanges(Occurring):
    """A job, now and after each change, until it has ended."""

    arguments: Sequence[Argument] = (Argument("id", strawberry.ID, "Id, such as `Job:42`."),)

    def checked(self, place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take the id apart."""
        return {"job": database_id(values["id"], "Job")}

    def find(self, context: Context, arguments: Any, state: Any) -> Found:
        """Compare the job's version."""
        job, reference = models.Job, arguments["job"]
        statement = select_visible(context.viewer, job, job.version, job.finished)
        rows = context.rows(statement.where(job.id == reference[1]), {})
        if not rows:
            raise NotFoundError("job", reference[1])
        ((version, finished),) = rows
        return Found([] if version == state else [reference], version, finished is not None)


class ChangesBelow(Occurring):
    """Changes of a thing and of what is in it, one message for each transaction."""

    arguments: Sequence[Argument] = (
        Argument("below", strawberry.ID, "Id of a container, or of anything, such as `Dataset:3`."),
    )

    def checked(self, place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take the id apart."""
        return {"below": database_id(values["below"])}

    def find(self, context: Context, arguments: Any, state: Any) -> Found:
        """Read the record of changes from where the last search ended."""
        kind, key = arguments["below"]
        entity = owned_class(kind)
        if entity is None:
            raise NotFoundError(kind.lower(), key)
        statement = select_visible(context.viewer, entity, entity.id).where(entity.id == key)
        if not context.rows(statement, {}):
            raise NotFoundError(kind.lower(), key)
        now = changes.state_of(context.rows, context.database.dialect)
        if state is None or state == now:
            return Found([], now)
        entries = changes.entries_since(context.rows, state, LOOKED_AT)
        container = (recorded_as(entity), key)
        mine = changes.seen(context.rows, context.viewer, entries)
        mine = changes.below(context.rows, context.viewer, mine, container)
        by_event = itertools.groupby(mine, key=lambda entry: entry.event_id)
        messages = [_message(event_id, list(some)) for event_id, some in by_event]
        return Found(messages, now)


class ChangeAction(Enum):
    """What became of a thing."""

    CREATED = "INSERT"
    UPDATED = "UPDATE"
    DELETED = "DELETE"
    RESTORED = "RESTORE"
    LINKED = "LINK"
    UNLINKED = "UNLINK"
    MOVED = "MOVE"
    GIVEN = "GIVE"


described(
    ChangeAction,
    "What became of a thing.",
    {
        "CREATED": "It was made.",
        "UPDATED": "Its own values were changed.",
        "DELETED": "It was put into the trash.",
        "RESTORED": "It was brought back from the trash.",
        "LINKED": "Something was put into it or onto it, or it into something.",
        "UNLINKED": "Something was taken out of it or off it, or it out of something.",
        "MOVED": "It went to another group.",
        "GIVEN": "It was given to another owner.",
    },
)


@value
class Change:
    """What became of one thing."""

    action: ChangeAction = field("What happened.")
    id: strawberry.ID = field("Of the thing; also where it is gone.")
    node: Node | None = field("The thing as it is now; null where it is gone.", Named())


@value
class Changes:
    """What one transaction changed."""

    event: Event = field("When and by whom.", Named())
    changes: list[Change] = field(f"What was changed: at most {LISTED} of them.")
    count: int = field("How many changes there were.")


@dataclass(frozen=True, slots=True)
class _Change:
    """What `Change` is read from."""

    action: ChangeAction
    id: str
    node: Reference


@dataclass(frozen=True, slots=True)
class _Changes:
    """What `Changes` is read from."""

    event: Reference
    changes: Sequence[_Change]
    count: int


def _message(event_id: int, entries: Sequence[changes.Entry]) -> _Changes:
    listed = [
        _Change(ChangeAction(entry.action), f"{entry.type}:{entry.id}", (entry.type, entry.id))
        for entry in entries[:LISTED]
    ]
    return _Changes(("Event", event_id), listed, len(entries))


@strawberry.type(description="Root of all listening; over WebSocket, by graphql-transport-ws.")
class Subscription:
    """Root of all listening."""

    job: Job | None = field("A job: as it is now, and after each change.", JobChanges())
    changes: Changes | None = field(
        "Changes of a thing and of everything in it, from now on.", ChangesBelow()
    )
