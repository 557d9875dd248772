"""Where listening starts: what happens from now on, to those who may see it."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.types import Info

from schema.context import Context
from schema.fields import Argument, field, load_row
from schema.ids import database_id
from schema.plan import Builder, Selection
from schema.roots import Root, Run, rows_by_id
from schema.types.jobs import Job
from store import models
from store.access import select_visible
from store.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Found:
    """What happened since a subscription was last asked."""

    occurrences: Sequence[Any]
    """Oldest first; each gives one answer."""
    state: Any
    """What the next search starts from."""
    done: bool = False
    """Whether nothing more can happen."""


class Occurring(Root):
    """A field of the subscription root: asked again and again what happened since.

    Nothing is sent because it was once allowed: each search runs for the viewer as of then.
    """

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

    def check(self, place: str, values: Any) -> int:
        """Take the id apart."""
        return database_id(values["id"], "Job")[1]

    def find(self, context: Context, arguments: Any, state: Any) -> Found:
        """Compare the job's version."""
        job = models.Job
        statement = select_visible(context.viewer, job, job.version, job.finished)
        rows = context.rows(statement.where(job.id == arguments), {})
        if not rows:
            raise NotFoundError("job", arguments)
        ((version, finished),) = rows
        return Found([] if version == state else [arguments], version, finished is not None)

    def ordinary(self, info: Info, arguments: Any) -> Any:
        """Load the job."""
        return load_row(info, models.Job, "id", info.context.occurrence)

    def planned(self, builder: Builder, selection: Selection) -> Run:
        """Read the job."""
        read = rows_by_id(*builder.rows(selection))
        return lambda context: read(context, [context.occurrence]).get(context.occurrence)


@strawberry.type(description="Root of all listening; over WebSocket, by graphql-transport-ws.")
class Subscription:
    """Root of all listening."""

    job: Job | None = field("A job: as it is now, and after each change.", JobChanges())
