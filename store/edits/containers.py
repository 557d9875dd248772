"""Projects, datasets and images as things with a name: make, rename, delete."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from store import models
from store.access import (
    Right,
    Viewer,
    group_for,
    require,
    select_visible,
    visible,
    visible_row,
)
from store.edits import graph
from store.edits.history import begin_event, details, log_change
from store.edits.links import link_children
from store.edits.outcomes import RefusedError
from store.edits.text import clean_name, clean_text
from store.errors import ConflictError, InvalidInputError
from store.models.names import sort_key


def create_project(
    session: Session,
    viewer: Viewer,
    name: str,
    description: str | None = None,
    *,
    group_id: int | None = None,
) -> models.Project:
    """Make a project of the viewer's; for members of the group.

    Args:
        session: Of the caller's transaction.
        viewer: Who makes it, and will own it.
        name: 1 to 1,024 characters on one line.
        description: Any number of lines.
        group_id: Where; the viewer's default group if not given.

    Raises:
        InvalidInputError: The name or description cannot be kept, or there is no group.
        NotFoundError: Not a member of the group.
    """
    return _create(session, viewer, models.Project, name, description, group_id)


def create_dataset(
    session: Session,
    viewer: Viewer,
    name: str,
    description: str | None = None,
    *,
    project_id: int | None = None,
    group_id: int | None = None,
) -> models.Dataset:
    """Make a dataset of the viewer's, in a project if one is given; for members of the group.

    Args:
        session: Of the caller's transaction.
        viewer: Who makes it, and will own it.
        name: 1 to 1,024 characters on one line.
        description: Any number of lines.
        project_id: Put it into this project; it gets the project's group.
        group_id: Where; the project's group or the viewer's default group if not given.

    Raises:
        InvalidInputError: The name or description cannot be kept, or the groups differ.
        NotFoundError: No such project, or not a member of the group.
        NotAllowedError: The project is somebody else's and closed to the viewer.
    """
    if project_id is None:
        return _create(session, viewer, models.Dataset, name, description, group_id)
    project = visible_row(session, viewer, models.Project, project_id, change=True)
    group = group_id or project.group_id
    dataset = _create(session, viewer, models.Dataset, name, description, group)
    link_children(session, viewer, models.ProjectDatasetLink, project, [dataset])
    return dataset


def find_or_create_dataset(
    session: Session,
    viewer: Viewer,
    name: str,
    *,
    project_id: int | None = None,
    group_id: int | None = None,
) -> models.Dataset:
    """Return the viewer's oldest dataset of this name in the group, or make one.

    With a project, only datasets in it are looked at.
    """
    dataset, link = models.Dataset, models.ProjectDatasetLink
    wanted = clean_name(name)
    statement = select_visible(viewer, dataset).where(
        dataset.owner_id == viewer.experimenter_id,
        dataset.sort_name == sort_key(wanted),  # has an index
        dataset.name == wanted,
    )
    if project_id is None:
        statement = statement.where(dataset.group_id == (group_id or viewer.default_group_id))
    else:
        statement = statement.join(link, link.child_id == dataset.id).where(
            visible(viewer, link), link.parent_id == project_id
        )
    found: models.Dataset | None = session.scalars(
        statement.order_by(dataset.id).limit(1)
    ).one_or_none()
    return found or create_dataset(session, viewer, name, project_id=project_id, group_id=group_id)


def find_or_create[Row: (models.Project, models.Screen)](
    session: Session, viewer: Viewer, entity: type[Row], name: str
) -> Row:
    """Return the viewer's oldest project or screen of this name, or make one."""
    wanted = clean_name(name)
    statement = select_visible(viewer, entity).where(
        entity.owner_id == viewer.experimenter_id,
        entity.sort_name == sort_key(wanted),  # has an index
        entity.name == wanted,
        entity.group_id == viewer.default_group_id,
    )
    found: Row | None = session.scalars(statement.order_by(entity.id).limit(1)).one_or_none()
    return found or _create(session, viewer, entity, name, None, None)


def rename(
    session: Session,
    viewer: Viewer,
    entity: type[models.Project] | type[models.Dataset] | type[models.Image],
    key: int,
    name: str,
    *,
    version: int | None = None,
) -> models.Project | models.Dataset | models.Image:
    """Give a project, dataset or image another name; for those who may edit it.

    Args:
        session: Of the caller's transaction.
        viewer: Who renames.
        entity: What kind.
        key: Database id.
        name: 1 to 1,024 characters on one line.
        version: The version that the caller saw; none renames whatever is there.

    Raises:
        InvalidInputError: The name cannot be kept.
        NotFoundError: No such row, or not visible to the viewer.
        NotAllowedError: Visible, but not the viewer's to edit.
        ConflictError: Somebody else changed it meanwhile.
    """
    wanted = clean_name(name)
    row = visible_row(session, viewer, entity, key, change=True)
    require(session, viewer, Right.EDIT, [row])
    if version is not None and row.version != version:
        raise ConflictError(
            f"{entity.__name__} {key} was changed meanwhile.", "Load it again, then rename it."
        )
    if row.name != wanted:
        event = begin_event(session, viewer, row.group_id)
        row.name, row.update_event_id, row.version = wanted, event.id, row.version + 1
        log_change(session, event, entity, [key], "UPDATE")
        session.flush()
    return row


def delete_projects(session: Session, viewer: Viewer, ids: Sequence[int]) -> None:
    """Delete projects, not what is in them; for those who may delete them.

    Raises:
        StoreError: As `graph.delete`, but the reason of the first alone.
    """
    _delete(session, viewer, "Project", ids, keep=["Dataset"])


def delete_datasets(session: Session, viewer: Viewer, ids: Sequence[int]) -> None:
    """Delete datasets, not what is in them; for those who may delete them.

    Raises:
        StoreError: As `graph.delete`, but the reason of the first alone.
    """
    _delete(session, viewer, "Dataset", ids, keep=["Image"])


def delete_images(session: Session, viewer: Viewer, ids: Sequence[int]) -> None:
    """Delete images with all others of their filesets; for those who may delete them.

    The rows become tombstones; files that were registered where they lie stay there.

    Raises:
        NotFoundError: One of them does not exist for the viewer.
        NotAllowedError: One of them is not the viewer's to delete.
        ConflictError: Some images of a fileset are named and others are not.
    """
    _delete(session, viewer, "Image", ids)


def _create[Row: (models.Project, models.Dataset, models.Screen)](
    session: Session,
    viewer: Viewer,
    entity: type[Row],
    name: str,
    description: str | None,
    group_id: int | None,
) -> Row:
    group = group_for(viewer, group_id)
    texts = {"name": clean_name(name), "description": clean_text(description)}
    event = begin_event(session, viewer, group)
    row = entity(**texts, **details(viewer, group, event))
    session.add(row)
    session.flush()
    log_change(session, event, entity, [row.id], "INSERT")
    return row


def _delete(
    session: Session, viewer: Viewer, kind: str, ids: Sequence[int], keep: Sequence[str] = ()
) -> None:
    try:
        graph.delete(session, viewer, [(kind, key) for key in ids], keep=keep)
    except RefusedError as refused:
        raise next(one.error for one in refused.outcomes if one.error is not None) from None


def destination(
    session: Session, viewer: Viewer, dataset_id: int | None, group_id: int | None
) -> tuple[int, models.Dataset | None]:
    """The group that new images go to, and the dataset that they go into.

    For members of the group, and for those who may link to the dataset.

    Args:
        session: Of the caller's transaction.
        viewer: Who brings them.
        dataset_id: Into this dataset, and so into its group.
        group_id: Where, without a dataset; the viewer's default group if not given.

    Raises:
        NotFoundError: No such dataset, or not a member of the group.
        NotAllowedError: The dataset is somebody else's and closed to the viewer.
        InvalidInputError: Dataset and group contradict.
    """
    dataset = None
    if dataset_id is not None:
        dataset = visible_row(session, viewer, models.Dataset, dataset_id, change=True)
        require(session, viewer, Right.LINK, [dataset])
        if group_id not in (None, dataset.group_id):
            raise InvalidInputError(
                f"Dataset {dataset_id} is in another group.", "Leave the group out."
            )
        group_id = dataset.group_id
    return group_for(viewer, group_id), dataset
