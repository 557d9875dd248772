"""Where changing starts; permission is checked in `store.edits`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import strawberry
from sqlalchemy.orm import Session
from strawberry.types import Info

from schema.context import Context
from schema.fields import Argument, field, load_row, type_of
from schema.plan import Builder, Selection, entity_of
from schema.roots import Root, Run, database_id, rows_by_id
from schema.types.containers import Dataset, Project
from store.access import Viewer
from store.edits import containers

type Write = Callable[..., Any]
"""(session, viewer, **arguments) → the row that was made or changed."""


class Change(Root):
    """A change in a transaction of its own; gives the row as it is afterwards."""

    def __init__(self, write: Write, arguments: Sequence[Argument]) -> None:
        """Say what is written and what it needs."""
        self._write = write
        self.arguments = arguments

    def ordinary(self, info: Info, arguments: Mapping[str, Any]) -> Any:
        """Write, then load the row."""
        key = self._written(info.context, arguments)
        return load_row(info, entity_of(type_of(info)), "id", key)

    def planned(self, builder: Builder, selection: Selection) -> Run:
        """Write, then read the row."""
        read = rows_by_id(*builder.rows(selection))

        def run(context: Context) -> Any:
            key = self._written(context, context.bound[selection])
            return read(context, [key])[key]

        return run

    def _written(self, context: Context, arguments: Mapping[str, Any]) -> int:
        context.refresh()
        with context.database.writing() as session:
            key: int = self._write(session, context.viewer, **arguments).id
        return key


def create_dataset(
    session: Session,
    viewer: Viewer,
    name: str,
    description: str | None = None,
    project: str | None = None,
) -> Any:
    """Make a dataset, in a project if its id is given."""
    project_id = None if project is None else database_id(project, "Project")[1]
    return containers.create_dataset(session, viewer, name, description, project_id=project_id)


_NAME = Argument("name", str, "Name: 1 to 1,024 characters.")
_DESCRIPTION = Argument("description", str | None, "Free text.")
_PROJECT = Argument("project", strawberry.ID | None, "Id of the project to put it in.")


@strawberry.type(description="Root of all changing.")
class Mutation:
    """Root of all changing."""

    create_project: Project = field(
        "Make a project, owned by whoever asks.",
        Change(containers.create_project, [_NAME, _DESCRIPTION]),
    )
    create_dataset: Dataset = field(
        "Make a dataset, owned by whoever asks.",
        Change(create_dataset, [_NAME, _DESCRIPTION, _PROJECT]),
    )
