"""Saved rendering settings: those that somebody sees an image with, and named ones beside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from render.settings import RenderSettings
from store import models
from store.access import (
    Right,
    Viewer,
    allows,
    given,
    group_permissions,
    kind_of,
    select_visible,
)
from store.edits.bulk import new_ids
from store.edits.history import begin_event, details, log_change, log_deletion
from store.edits.outcomes import Outcome, Status, settle
from store.edits.text import clean_name
from store.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    StoreError,
)
from store.models.among import among
from store.models.enums import GroupPermissions

_KEPT = ("content_hash", "default_z", "default_t", "projection")
"""Columns that tell saved settings apart, besides what follows from them."""


@dataclass(frozen=True, slots=True)
class Saving:
    """What is to be saved about one image."""

    image_id: int
    settings: RenderSettings | None
    """None takes away what the viewer saved, so that the owner's or the default hold again."""
    name: str | None = None
    """None for the settings that the viewer sees the image with."""
    version: int | None = None
    """The version that the caller saw; none saves whatever is there."""
    default_z: int | None = None
    """Section to show first; the middle one if none."""
    default_t: int | None = None
    projection: str | None = None


@dataclass(slots=True)
class _Draft:
    """One item on its way into the table."""

    index: int
    item: Saving
    values: dict[str, Any] = field(default_factory=dict)
    """Columns of the row that is made or changed; nothing where it is taken away."""
    pixels: Any = None
    row: Any = None
    """What the viewer saved earlier."""
    error: StoreError | None = None

    @property
    def changed(self) -> dict[str, list[Any]]:
        """Columns that become different: before and after."""
        return {
            name: [getattr(self.row, name), self.values[name]]
            for name in _KEPT
            if getattr(self.row, name) != self.values[name]
        }

    @property
    def idle(self) -> bool:
        """Whether it is as wanted already."""
        if self.item.settings is None:
            return self.row is None
        return self.row is not None and not self.changed


def save(
    session: Session, viewer: Viewer, items: Sequence[Saving], *, partial: bool = False
) -> list[Outcome]:
    """Save rendering settings of the viewer's own; for those who see the image.

    In private groups for the image's owner alone. A constant number of statements, whatever the
    number of images, in one event.

    Args:
        session: Of the caller's transaction.
        viewer: Whose settings they become.
        items: What is saved; a pair of image and name at most once.
        partial: Save what can be saved also where the rest cannot.

    Returns:
        What became of each item, in their order; with the id of the saved row.

    Raises:
        RefusedError: An item cannot be saved, and `partial` is false: nothing is written.
    """
    drafts = [_Draft(index, item) for index, item in enumerate(items)]
    pixels = _pixels(session, viewer, {item.image_id for item in items})
    permissions = group_permissions(session, {row.group_id for row in pixels.values()})
    ids = [row.id for row in pixels.values()]
    rows = _locked(session, viewer, ids)
    granted = given(session, viewer, Right.RENDER, models.Pixels, ids)
    seen: set[tuple[int, str]] = set()
    for draft in drafts:
        draft.pixels = pixels.get(draft.item.image_id)
        try:
            _check(draft, viewer, permissions, granted, rows, seen)
        except StoreError as error:
            draft.error = error
    outcomes = settle([_outcome(draft) for draft in drafts], partial=partial)
    good = [draft for draft in drafts if draft.error is None and not draft.idle]
    if not good:
        return outcomes
    keys = _write(session, viewer, good)
    return [
        Outcome(one.index, one.kind, keys.get(one.index, one.id), one.status, one.error)
        for one in outcomes
    ]


def keep_forms(session: Session, settings: Collection[RenderSettings]) -> None:
    """Keep settings by their hash, so that addresses can name them; one statement.

    For everybody: a hash leads back to nothing but the settings that it was made of.
    """
    forms = {one.bare().hash(): one.form() for one in settings}
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(models.RenderingForm).on_conflict_do_nothing(
            index_elements=["content_hash"]
        ),
        [{"content_hash": key, "settings": forms[key]} for key in sorted(forms)],
    )


def _pixels(session: Session, viewer: Viewer, images: Collection[int]) -> dict[int, Any]:
    pixels, image = models.Pixels, models.Image
    columns = (pixels.id, pixels.image_id, pixels.owner_id, pixels.group_id)
    statement = (
        select_visible(viewer, pixels, *columns)
        .where(
            among(pixels.image_id, images),
            pixels.image_id.in_(
                select_visible(viewer, image, image.id).where(among(image.id, images))
            ),
        )
        .order_by(pixels.image_id)
    )
    return {row.image_id: row for row in session.execute(statement)}


def _locked(
    session: Session, viewer: Viewer, pixels: Collection[int]
) -> dict[tuple[int, str], Any]:
    """Load what the viewer saved of some pixels, by pixels and name."""
    saved = models.RenderingSettings
    statement = (
        select_visible(viewer, saved)
        .where(among(saved.pixels_id, pixels), saved.owner_id == viewer.experimenter_id)
        .order_by(saved.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {(row.pixels_id, row.name): row for row in session.scalars(statement)}


def _check(
    draft: _Draft,
    viewer: Viewer,
    permissions: Mapping[int, GroupPermissions],
    granted: Collection[int],
    rows: Mapping[tuple[int, str], Any],
    seen: set[tuple[int, str]],
) -> None:
    item, pixels = draft.item, draft.pixels
    if pixels is None:
        raise NotFoundError("image", item.image_id)
    its = pixels.id in granted
    if not allows(viewer, Right.RENDER, pixels, permissions[pixels.group_id], granted=its):
        raise NotAllowedError(
            "In a private group only the owner of an image saves settings of it.",
            "Give the settings in the address instead.",
        )
    name = "" if item.name is None else clean_name(item.name)
    key = (pixels.id, name)
    if key in seen:
        raise InvalidInputError("The same settings are saved twice.", "Save them once.")
    seen.add(key)
    draft.row = rows.get(key)
    _check_version(draft)
    if item.settings is not None:
        draft.values = {
            "pixels_id": pixels.id,
            "image_id": item.image_id,
            "name": name,
            "settings": item.settings.form(),
            "content_hash": item.settings.bare().hash(),
            "default_z": item.default_z,
            "default_t": item.default_t,
            "projection": item.projection,
        }


def _check_version(draft: _Draft) -> None:
    wanted = draft.item.version
    if wanted is None:
        return
    if draft.row is None:
        raise ConflictError(
            "The settings were deleted meanwhile.", "Save them without a version to make new ones."
        )
    if wanted != draft.row.version:
        raise ConflictError(
            f"The {kind_of(models.RenderingSettings)} were changed meanwhile; their version is"
            f" {draft.row.version} now.",
            "Load them again, then decide what to save.",
        )


def _outcome(draft: _Draft) -> Outcome:
    key = None if draft.row is None else draft.row.id
    status = Status.UNCHANGED if draft.error is None and draft.idle else Status.DONE
    status = status if draft.error is None else Status.FAILED
    return Outcome(draft.index, "RenderingSettings", key, status, draft.error)


def _write(session: Session, viewer: Viewer, drafts: Sequence[_Draft]) -> dict[int, int]:
    """Write all that is to be written in one event; return the ids of rows by index of item."""
    event = begin_event(session, viewer, drafts[0].pixels.group_id)
    gone = [draft for draft in drafts if draft.item.settings is None]
    kept = [draft for draft in drafts if draft.item.settings is not None]
    if kept:
        keep_forms(session, [one.item.settings for one in kept if one.item.settings is not None])
    new = [draft for draft in kept if draft.row is None]
    keys = _insert(session, viewer, event, new)
    old = [draft for draft in kept if draft.row is not None]
    keys |= {draft.index: draft.row.id for draft in old}
    _update(session, event, old)
    _remove(session, event, gone)
    session.expire_all()
    return keys


def _insert(
    session: Session, viewer: Viewer, event: models.Event, drafts: Sequence[_Draft]
) -> dict[int, int]:
    if not drafts:
        return {}
    saved = models.RenderingSettings
    keys = list(new_ids(session, saved, len(drafts)))
    session.execute(
        sa.insert(saved),
        [
            {"id": key, **draft.values, **details(viewer, draft.pixels.group_id, event)}
            for key, draft in zip(keys, drafts, strict=True)
        ],
    )
    log_change(session, event, saved, keys, "INSERT")
    return {draft.index: key for key, draft in zip(keys, drafts, strict=True)}


def _update(session: Session, event: models.Event, drafts: Sequence[_Draft]) -> None:
    if not drafts:
        return
    saved = models.RenderingSettings
    changes = {draft.row.id: draft.changed for draft in drafts}
    session.execute(
        sa.update(saved),
        [
            {"id": draft.row.id, "version": draft.row.version + 1, "update_event_id": event.id}
            | {name: draft.values[name] for name in ("settings", *_KEPT)}
            for draft in drafts
        ],
    )
    log_change(session, event, saved, changes, "UPDATE", changes)


def _remove(session: Session, event: models.Event, drafts: Sequence[_Draft]) -> None:
    if not drafts:
        return
    saved = models.RenderingSettings
    owners = {draft.row.id: draft.row.owner_id for draft in drafts}
    session.execute(
        sa.update(saved)
        .where(among(saved.id, owners))
        .values(deleted_event_id=event.id, update_event_id=event.id, version=saved.version + 1)
        .execution_options(synchronize_session=False)
    )
    log_change(session, event, saved, sorted(owners), "DELETE")
    log_deletion(
        session, event, {("RenderingSettings", key): owner for key, owner in owners.items()}
    )
