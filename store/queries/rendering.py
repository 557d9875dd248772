"""Saved rendering settings: the viewer's and the owners', by pixels; and settings by hash."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from store import models
from store.access import Rows, Viewer, select_visible, visible
from store.errors import NotFoundError
from store.models.among import IdList, among

_HASH = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class SavedRendering:
    """Settings that somebody sees an image with."""

    id: int
    owner_id: int
    settings: Mapping[str, Any]
    """Form of `render.settings.RenderSettings`, as it was when it was saved."""
    default_z: int | None
    default_t: int | None
    projection: str | None


def saved_renderings(viewer: Viewer) -> Rows:
    """Select the settings without a name of the viewer and of the owners of the pixels `:keys`.

    Returns:
        The columns of `SavedRendering`, then `pixels_id`; at most two rows for each pixels, in
        no order.
    """
    saved, pixels = models.RenderingSettings, models.Pixels
    return (
        select_visible(
            viewer,
            saved,
            saved.id,
            saved.owner_id,
            saved.settings,
            saved.default_z,
            saved.default_t,
            saved.projection,
            saved.pixels_id,
        )
        .join(pixels, pixels.id == saved.pixels_id)
        .where(
            visible(viewer, pixels),
            among(saved.pixels_id, sa.bindparam("keys", type_=IdList())),
            saved.name == "",
            sa.or_(
                saved.owner_id == sa.bindparam("me", viewer.experimenter_id),
                saved.owner_id == pixels.owner_id,
            ),
        )
    )


def by_preference(viewer: Viewer, saved: Iterable[SavedRendering]) -> tuple[SavedRendering, ...]:
    """Sort what `saved_renderings` found for one image: the viewer's own first."""
    return tuple(sorted(saved, key=lambda one: one.owner_id != viewer.experimenter_id))


def rendering_form(session: Session, viewer: Viewer, content_hash: str) -> dict[str, Any]:
    """Load settings by their hash; one statement.

    Args:
        session: For reading.
        viewer: Who asks; everybody who knows the hash may.
        content_hash: Of `RenderSettings.hash`.

    Raises:
        NotFoundError: Nobody saved or shared such settings.
    """
    kept = models.RenderingForm
    statement = select_visible(viewer, kept, kept.settings)
    found: dict[str, Any] | None = None
    if _HASH.fullmatch(content_hash):
        found = session.scalars(statement.where(kept.content_hash == content_hash)).one_or_none()
    if found is None:
        raise NotFoundError("rendering settings with the hash", repr(content_hash[:64]))
    return found


def images_of(
    session: Session, viewer: Viewer, kind: str, keys: Iterable[int], most: int
) -> dict[int, list[int]]:
    """List the images in containers, by container, in order of ids; two statements.

    Args:
        session: For reading.
        viewer: Who asks.
        kind: A key of `CONTAINERS`, or "Image", which contains itself.
        keys: Database ids of containers.
        most: Images that are listed at most; one more means that there are more.

    Returns:
        Containers that the viewer cannot see are absent.
    """
    container: Any = getattr(models, kind)
    visible_keys = select_visible(viewer, container, container.id)
    statement = visible_keys.where(among(container.id, keys)).order_by(container.id)
    found: dict[int, list[int]] = {key: [] for key in session.scalars(statement)}
    if kind == "Image":
        return {key: [key] for key in found}
    for key, image in session.execute(_below(viewer, kind).limit(most + 1), {"keys": list(found)}):
        found[key].append(image)
    return found


def _below(viewer: Viewer, kind: str) -> Rows:
    """Select container and image for the containers `:keys`."""
    steps = [(aliased(table), near, far) for table, near, far in CONTAINERS[kind]]
    image = aliased(models.Image, name="below")
    root = getattr(steps[0][0], steps[0][1])
    statement = select_visible(viewer, image, root, image.id).distinct()
    here: Any = image.id
    for table, near, far in reversed(steps):
        statement = statement.join(
            table, sa.and_(getattr(table, far) == here, visible(viewer, table))
        )
        here = getattr(table, near)
    among_keys = among(root, sa.bindparam("keys", type_=IdList()))
    return statement.where(among_keys).order_by(root, image.id)


_DATASET = (models.DatasetImageLink, "parent_id", "child_id")
_WELL = (models.WellSample, "well_id", "image_id")
_PLATE = ((models.Well, "plate_id", "id"), _WELL)
CONTAINERS: Mapping[str, tuple[tuple[Any, str, str], ...]] = {
    "Dataset": (_DATASET,),
    "Project": ((models.ProjectDatasetLink, "parent_id", "child_id"), _DATASET),
    "Folder": ((models.FolderImageLink, "parent_id", "child_id"),),
    "Well": (_WELL,),
    "PlateAcquisition": ((models.WellSample, "plate_acquisition_id", "image_id"),),
    "Plate": _PLATE,
    "Screen": ((models.ScreenPlateLink, "parent_id", "child_id"), *_PLATE),
}
"""How the images in containers are found: table, column of what contains, of what is in it."""
