"""What is in what: put datasets into projects and images into datasets, and take them out."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store import models
from store.access import Right, Viewer, require, select_visible, visible_row, visible_rows
from store.edits.counters import Child, count_children
from store.edits.history import begin_event, details, log_change
from store.errors import InvalidInputError
from store.models.among import among


def link_dataset_to_project(
    session: Session, viewer: Viewer, dataset_id: int, project_id: int
) -> bool:
    """Put a dataset into a project; for those who may link both.

    Returns:
        Whether it was not in there before.

    Raises:
        NotFoundError: One of them does not exist for the viewer.
        NotAllowedError: One of them is not the viewer's to link.
        InvalidInputError: They are in different groups.
    """
    project = visible_row(session, viewer, models.Project, project_id, change=True)
    dataset = visible_row(session, viewer, models.Dataset, dataset_id, change=True)
    return bool(link_children(session, viewer, models.ProjectDatasetLink, project, [dataset]))


def link_images_to_dataset(
    session: Session, viewer: Viewer, image_ids: Sequence[int], dataset_id: int
) -> int:
    """Put images into a dataset; for those who may link all of them.

    Returns:
        How many were not in there before.

    Raises:
        NotFoundError: One of them does not exist for the viewer.
        NotAllowedError: One of them is not the viewer's to link.
        InvalidInputError: They are in different groups.
    """
    dataset = visible_row(session, viewer, models.Dataset, dataset_id, change=True)
    images = visible_rows(session, viewer, models.Image, image_ids, change=True)
    return link_children(session, viewer, models.DatasetImageLink, dataset, images)


def unlink_dataset_from_project(
    session: Session, viewer: Viewer, dataset_id: int, project_id: int
) -> bool:
    """Take a dataset out of a project; for those who may delete the link.

    Returns:
        Whether it was in there.
    """
    link = models.ProjectDatasetLink
    return bool(_unlink(session, viewer, link, models.Dataset, project_id, [dataset_id]))


def unlink_images_from_dataset(
    session: Session, viewer: Viewer, image_ids: Sequence[int], dataset_id: int
) -> int:
    """Take images out of a dataset; for those who may delete the links.

    Returns:
        How many were in there.
    """
    link = models.DatasetImageLink
    return _unlink(session, viewer, link, models.Image, dataset_id, image_ids)


def link_children(
    session: Session, viewer: Viewer, link: Any, parent: Any, children: Sequence[Any]
) -> int:
    """Put rows into a container after checking rights and groups; returns how many were new."""
    require(session, viewer, Right.LINK, [parent, *children])
    strangers = [child for child in children if child.group_id != parent.group_id]
    if strangers:
        kinds = f"{type(strangers[0]).__name__} {strangers[0].id} and {type(parent).__name__}"
        raise InvalidInputError(
            f"{kinds} {parent.id} are in different groups.",
            "Move one of them to the other's group first.",
        )
    event = begin_event(session, viewer, parent.group_id)
    return insert_links(session, viewer, link, parent, children, event)


def insert_links(
    session: Session,
    viewer: Viewer,
    link: Any,
    parent: Any,
    children: Sequence[Any],
    event: models.Event,
) -> int:
    """Write the links that are missing and count them; rights have been checked."""
    if not children:
        return 0
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(link).on_conflict_do_nothing().returning(link.id, link.child_id)
    owned = details(viewer, parent.group_id, event)
    made = session.execute(
        statement, [{"parent_id": parent.id, "child_id": child.id, **owned} for child in children]
    ).all()
    by_key = {child.id: child for child in children}
    counted = [
        Child(parent.id, by_key[row.child_id].group_id, by_key[row.child_id].owner_id)
        for row in made
    ]
    count_children(session, type(parent).__name__, type(children[0]).__name__, counted, +1)
    log_change(session, event, link, [row.id for row in made], "INSERT")
    return len(made)


def _unlink(
    session: Session, viewer: Viewer, link: Any, child: Any, parent_id: int, ids: Sequence[int]
) -> int:
    links = session.scalars(
        select_visible(viewer, link)
        .where(link.parent_id == parent_id, among(link.child_id, ids))
        .with_for_update(key_share=True)
    ).all()
    if not links:
        return 0
    require(session, viewer, Right.DELETE, links)
    parent_type = "Project" if child is models.Dataset else "Dataset"
    keys = [row.id for row in links]
    counted = live_children(session, link, child, link.id, keys)
    event = begin_event(session, viewer, links[0].group_id)
    log_change(session, event, link, keys, "DELETE")
    session.execute(sa.delete(link).where(among(link.id, keys)))
    count_children(session, parent_type, child.__name__, counted, -1)
    return len(keys)


def live_children(
    session: Session, link: Any, child: Any, column: Any, keys: Iterable[int]
) -> list[Child]:
    """List what links count for: one value for each link whose child is not deleted.

    Args:
        session: Of the caller's transaction.
        link: A link table.
        child: The table of its children.
        column: The column that the keys are of: the link's id or its child's.
        keys: Which links.
    """
    rows = session.execute(
        sa.select(link.parent_id, child.group_id, child.owner_id)
        .join(child, child.id == link.child_id)
        .where(
            among(column, keys), link.deleted_event_id.is_(None), child.deleted_event_id.is_(None)
        )
    )
    return [Child(*row) for row in rows]
