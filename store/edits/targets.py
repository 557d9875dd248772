"""Where imported images go: a dataset, in a project or not, or a screen, by name or by id."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from sqlalchemy.orm import Session

from store import models
from store.access import Right, Viewer, require, select_visible, visible, visible_row
from store.edits.containers import find_or_create, find_or_create_dataset
from store.edits.links import link_children
from store.errors import InvalidInputError
from store.models.among import among

_ID = re.compile(r"(Project|Dataset|Screen):([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Target:
    """Where images go; each a name, of what is made when missing, or an id such as `Dataset:5`."""

    dataset: str | None = None
    project: str | None = None
    """The project that the dataset goes to."""
    screen: str | None = None
    """The screen that plates go to."""

    def to_json(self) -> dict[str, str]:
        """As JSON, without what is not given."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: text for name, text in found.items() if text is not None}

    @classmethod
    def from_json(cls, values: dict[str, str] | None) -> Self:
        """Read what `to_json` wrote."""
        return cls(**(values or {}))


@dataclass(frozen=True, slots=True)
class Containers:
    """What a target names, as rows that are there."""

    dataset_id: int | None
    screen_id: int | None
    group_id: int | None
    """Where the images go."""


def check_target(session: Session, viewer: Viewer, target: Target) -> None:
    """Refuse a target that can never work, before anything is imported.

    Raises:
        InvalidInputError: A project without a dataset, or an id of another kind.
        NotFoundError: An id that is not there for the viewer.
        NotAllowedError: Somebody else's, and closed to the viewer.
    """
    if target.project is not None and target.dataset is None:
        raise InvalidInputError(
            "A project is named, and no dataset.", "Name the dataset: images are in datasets."
        )
    for one in fields(target):
        text = getattr(target, one.name)
        if text is not None and (key := _id(one.name, text)) is not None:
            entity = getattr(models, one.name.capitalize())
            row: Any = visible_row(session, viewer, entity, key)
            require(session, viewer, Right.LINK, [row])


def containers_for(session: Session, viewer: Viewer, target: Target) -> Containers:
    """Find what a target names, and make what is missing.

    Raises:
        StoreError: As `check_target`; also if a name cannot be kept.
    """
    check_target(session, viewer, target)
    dataset: models.Dataset | None = None
    if target.dataset is not None:
        project_id = None
        if target.project is not None:
            project_id = _id("project", target.project)
            if project_id is None:
                project_id = find_or_create(session, viewer, models.Project, target.project).id
        dataset = _dataset(session, viewer, target.dataset, project_id)
    screen_id = None
    if target.screen is not None:
        screen_id = _id("screen", target.screen)
        if screen_id is None:
            screen_id = find_or_create(session, viewer, models.Screen, target.screen).id
    return Containers(
        None if dataset is None else dataset.id,
        screen_id,
        viewer.default_group_id if dataset is None else dataset.group_id,
    )


def group_of(session: Session, viewer: Viewer, target: Target) -> int | None:
    """The group that images for a target go to, before anything is made; None without one.

    Raises:
        StoreError: As `check_target`.
    """
    check_target(session, viewer, target)
    for entity, text in ((models.Dataset, target.dataset), (models.Project, target.project)):
        key = None if text is None else _id(entity.__tablename__, text)
        if key is not None:
            row: Any = visible_row(session, viewer, entity, key)
            return int(row.group_id)
    return viewer.default_group_id


def put_plates_into_screen(
    session: Session, viewer: Viewer, image_ids: Collection[int], screen_id: int
) -> int:
    """Put the plates that images are fields of into a screen; for those who may link to it.

    Returns:
        How many plates there are.
    """
    plate, well, sample = models.Plate, models.Well, models.WellSample
    wells = (
        select_visible(viewer, sample, well.plate_id)
        .join(well, well.id == sample.well_id)
        .where(visible(viewer, well), among(sample.image_id, image_ids))
    )
    plates: Sequence[models.Plate] = session.scalars(
        select_visible(viewer, plate).where(plate.id.in_(wells)).order_by(plate.id)
    ).all()
    if plates:
        screen = visible_row(session, viewer, models.Screen, screen_id, change=True)
        link_children(session, viewer, models.ScreenPlateLink, screen, plates)
    return len(plates)


def _dataset(session: Session, viewer: Viewer, text: str, project_id: int | None) -> models.Dataset:
    key = _id("dataset", text)
    if key is None:
        return find_or_create_dataset(session, viewer, text, project_id=project_id)
    dataset = visible_row(session, viewer, models.Dataset, key, change=True)
    if project_id is not None:
        project = visible_row(session, viewer, models.Project, project_id, change=True)
        link_children(session, viewer, models.ProjectDatasetLink, project, [dataset])
    return dataset


def _id(kind: str, text: str) -> int | None:
    """The id that a text is, or None where it is a name.

    Raises:
        InvalidInputError: It is the id of another kind.
    """
    found = _ID.fullmatch(text.strip())
    if found is None:
        return None
    if found[1].lower() != kind:
        raise InvalidInputError(f"{text} is no {kind}.", f"Give {kind.capitalize()}:ID or a name.")
    return int(found[2])
