"""Projects, datasets and what is in them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible, visible
from store.models.among import among


def projects_by_id(
    session: Session, viewer: Viewer, ids: Iterable[int]
) -> dict[int, models.Project]:
    """Load projects; those that do not exist for the viewer are absent. In order of ids."""
    return by_id(session, viewer, models.Project, ids)


def datasets_by_id(
    session: Session, viewer: Viewer, ids: Iterable[int]
) -> dict[int, models.Dataset]:
    """Load datasets; those that do not exist for the viewer are absent. In order of ids."""
    return by_id(session, viewer, models.Dataset, ids)


def datasets_of_projects(
    session: Session, viewer: Viewer, project_ids: Iterable[int]
) -> dict[int, list[models.Dataset]]:
    """Load the datasets in each of some projects, ordered by id; one statement.

    Projects without visible datasets are absent. The caller got the ids from visible projects.
    """
    return _children(
        session, viewer, models.ProjectDatasetLink, models.Dataset, "parent_id", project_ids
    )


def projects_of_datasets(
    session: Session, viewer: Viewer, dataset_ids: Iterable[int]
) -> dict[int, list[models.Project]]:
    """Load the projects that each of some datasets is in, ordered by id; one statement."""
    return _children(
        session, viewer, models.ProjectDatasetLink, models.Project, "child_id", dataset_ids
    )


def images_of_datasets(
    session: Session, viewer: Viewer, dataset_ids: Iterable[int]
) -> dict[int, list[models.Image]]:
    """Load the images in each of some datasets, ordered by id; one statement.

    Datasets without visible images are absent. The caller got the ids from visible datasets.
    """
    return _children(
        session, viewer, models.DatasetImageLink, models.Image, "parent_id", dataset_ids
    )


def datasets_of_images(
    session: Session, viewer: Viewer, image_ids: Iterable[int]
) -> dict[int, list[models.Dataset]]:
    """Load the datasets that each of some images is in, ordered by id; one statement."""
    return _children(
        session, viewer, models.DatasetImageLink, models.Dataset, "child_id", image_ids
    )


def child_counts(
    session: Session,
    viewer: Viewer,
    parent_type: Literal["Project", "Dataset"],
    parent_ids: Iterable[int],
) -> dict[int, int]:
    """Sum the counters of some containers over the children that the viewer may see.

    One statement over a few rows for each container, whatever the number of children.

    Args:
        session: For reading.
        viewer: Whose view is counted.
        parent_type: "Project" counts datasets, "Dataset" counts images.
        parent_ids: Containers that the viewer may see.

    Returns:
        Number of visible children; containers without any are absent.
    """
    count = models.ChildCount
    statement = (
        select_visible(viewer, count, count.parent_id, sa.func.sum(count.children))
        .where(count.parent_type == parent_type, among(count.parent_id, parent_ids))
        .group_by(count.parent_id)
        .order_by(count.parent_id)
    )
    return {parent: int(children) for parent, children in session.execute(statement) if children}


def by_id[Row: models.Base](
    session: Session, viewer: Viewer, entity: type[Row], ids: Iterable[int]
) -> dict[int, Row]:
    """Load rows of any entity that has an owner; one statement, in order of ids."""
    statement = select_visible(viewer, entity).where(among(entity.id, ids)).order_by(entity.id)
    return {row.id: row for row in session.scalars(statement)}


def _children(
    session: Session, viewer: Viewer, link: Any, entity: Any, side: str, ids: Iterable[int]
) -> dict[int, list[Any]]:
    near = getattr(link, side)
    far = link.child_id if side == "parent_id" else link.parent_id
    statement = (
        select_visible(viewer, link, near, entity)
        .join(entity, entity.id == far)
        .where(visible(viewer, entity), among(near, ids))
        .order_by(near, far)
    )
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for key, row in session.execute(statement):
        found[key].append(row)
    return dict(found)
