"""Regions of interest and their shapes: draw, change, move and delete, many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import (
    Right,
    Viewer,
    allows,
    given,
    group_for,
    group_permissions,
    select_visible,
    visible_row,
)
from store.edits.bulk import insert_columns, new_ids
from store.edits.history import begin_event, details, log_change
from store.edits.outcomes import Outcome, Status, settle
from store.edits.shapes import COLUMNS, PLACED, checked
from store.edits.text import clean_name, clean_text
from store.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    StoreError,
)
from store.models.among import among

type ShapeSpec = Mapping[str, Any]
"""A shape as people send it: `kind` and columns of `store.models.Shape` by name."""

SHAPES_MAX = 1_000_000
"""Shapes of one request."""


@dataclass(frozen=True, slots=True)
class NewROI:
    """A region to be drawn."""

    image_id: int | None
    """Where; none keeps it for later, as in OME."""
    shapes: Sequence[ShapeSpec]
    """At least one."""
    name: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class ShapeChange:
    """What is to be different about one shape."""

    id: int
    values: ShapeSpec
    """Columns that change; none clears one. The kind stays."""
    version: int | None = None
    """The version that the caller saw; none changes whatever is there."""


@dataclass(slots=True)
class _Drawn:
    """Regions of one request as far as they can be drawn."""

    group_ids: list[int | None]
    errors: dict[int, StoreError] = field(default_factory=dict)


def create_rois(
    session: Session,
    viewer: Viewer,
    rois: Sequence[NewROI],
    *,
    group_id: int | None = None,
    partial: bool = False,
) -> list[Outcome]:
    """Draw regions of the viewer's; for those who may annotate the images.

    The number of statements does not depend on how many there are.

    Args:
        session: Of the caller's transaction.
        viewer: Who draws, and will own them.
        rois: Any number of regions, with `SHAPES_MAX` shapes in all.
        group_id: Of regions without an image; the viewer's default group if not given.
        partial: Draw those that can be drawn instead of none where one cannot.

    Returns:
        One outcome for each region, in order.

    Raises:
        RefusedError: One cannot be drawn, and `partial` is false.
    """
    if sum(len(roi.shapes) for roi in rois) > SHAPES_MAX:
        raise InvalidInputError(
            f"More than {SHAPES_MAX} shapes.", "Divide them among several requests."
        )
    drawn = _places(session, viewer, rois, group_id)
    texts = [_texts(roi, index, drawn.errors) for index, roi in enumerate(rois)]
    columns = _checked_shapes(rois, drawn.errors)
    wanted = [index for index in range(len(rois)) if index not in drawn.errors]
    if drawn.errors:
        settle([_failed(i, drawn.errors.get(i)) for i in range(len(rois))], partial=partial)
        columns = _checked_shapes([rois[index] for index in wanted], {})
    if not wanted:
        return [_failed(index, drawn.errors[index]) for index in range(len(rois))]
    ids = new_ids(session, models.ROI, len(wanted))
    chosen = [rois[index] for index in wanted]
    groups = [drawn.group_ids[index] for index in wanted]
    event = begin_event(session, viewer, groups[0] or 0)
    owned = details(viewer, 0, event) | {"group_id": groups}
    insert_columns(
        session,
        models.ROI,
        len(wanted),
        {
            "id": ids,
            "image_id": [roi.image_id for roi in chosen],
            "name": [texts[index][0] for index in wanted],
            "description": [texts[index][1] for index in wanted],
            **owned,
        },
    )
    _insert_shapes(session, viewer, event, chosen, ids, groups, columns)
    log_change(session, event, models.ROI, ids, "INSERT")
    made = dict(zip(wanted, ids, strict=True))
    return [
        Outcome(index, "ROI", made[index], Status.DONE)
        if index in made
        else _failed(index, drawn.errors[index])
        for index in range(len(rois))
    ]


def add_shapes(
    session: Session, viewer: Viewer, roi_id: int, shapes: Sequence[ShapeSpec]
) -> list[Outcome]:
    """Draw more shapes into a region; for those who may edit it.

    Returns:
        One outcome for each shape, in order.

    Raises:
        NotFoundError: No such region, or not visible to the viewer.
        RefusedError: A shape cannot be drawn, or the region is not the viewer's to edit.
    """
    roi = visible_row(session, viewer, models.ROI, roi_id, change=True)
    columns, errors = checked(shapes)
    refusal = _refusals(session, viewer, Right.EDIT, models.ROI, [roi]).get(roi.id)
    if refusal is not None:
        errors = dict.fromkeys(range(len(shapes)), refusal)  # type: ignore[arg-type]
    settle([_failed(i, errors.get(i), "Shape") for i in range(len(shapes))], partial=False)
    event = begin_event(session, viewer, roi.group_id)
    shape = models.Shape
    first = session.scalar(
        select_visible(viewer, shape, sa.func.max(shape.index)).where(shape.roi_id == roi_id)
    )
    ids = new_ids(session, shape, len(shapes))
    start = 0 if first is None else first + 1
    placed = {
        "id": ids,
        "index": list(range(start, start + len(shapes))),
        "roi_id": roi_id,
        "image_id": roi.image_id,
        **details(viewer, roi.group_id, event),
    }
    insert_columns(session, shape, len(shapes), columns | placed)
    log_change(session, event, shape, ids, "INSERT")
    return [
        Outcome(index, spec["kind"], key, Status.DONE)
        for index, (spec, key) in enumerate(zip(shapes, ids, strict=True))
    ]


def update_shapes(
    session: Session, viewer: Viewer, changes: Sequence[ShapeChange], *, partial: bool = False
) -> list[Outcome]:
    """Change shapes; for those who may edit them.

    Returns:
        One outcome for each change, in order.

    Raises:
        RefusedError: One cannot be changed, and `partial` is false.
    """
    rows = _visible_shapes(session, viewer, [change.id for change in changes])
    errors = _change_errors(session, viewer, rows, changes)
    wanted = [i for i in range(len(changes)) if i not in errors]
    merged = [_merged(rows[changes[i].id], changes[i].values) for i in wanted]
    columns, wrong = checked(merged) if merged else ({}, {})
    errors |= {wanted[number]: error for number, error in wrong.items()}
    settle([_failed(i, errors.get(i), "Shape") for i in range(len(changes))], partial=partial)
    if wrong:
        sound = [number for number in range(len(wanted)) if number not in wrong]
        merged, wanted = [merged[n] for n in sound], [wanted[n] for n in sound]
        columns = checked(merged)[0] if merged else {}
    statuses = {}
    kinds = {key: row.kind for key, row in rows.items()}
    if wanted:
        statuses = _write_shapes(session, viewer, [rows[changes[i].id] for i in wanted], columns)
    return [
        _failed(i, errors[i], "Shape")
        if i in errors
        else Outcome(i, kinds[change.id], change.id, statuses[change.id])
        for i, change in enumerate(changes)
    ]


def delete_shapes(
    session: Session, viewer: Viewer, ids: Sequence[int], *, partial: bool = False
) -> list[Outcome]:
    """Delete shapes, not their regions; for those who may delete them.

    Returns:
        One outcome for each id, in order.

    Raises:
        RefusedError: One cannot be deleted, and `partial` is false.
    """
    rows = _visible_shapes(session, viewer, ids)
    errors = _row_errors(session, viewer, Right.DELETE, rows, ids, "shape")
    settle([_failed(i, errors.get(i), "Shape") for i in range(len(ids))], partial=partial)
    keys = {key for i, key in enumerate(ids) if i not in errors}
    if keys:
        event = begin_event(session, viewer, rows[min(keys)].group_id)
        _update(
            session,
            models.Shape,
            keys,
            {"deleted_event_id": event.id, "update_event_id": event.id},
        )
        log_change(session, event, models.Shape, sorted(keys), "DELETE")
    return [
        _failed(i, errors[i], "Shape")
        if i in errors
        else Outcome(i, rows[key].kind, key, Status.DONE)
        for i, key in enumerate(ids)
    ]


def move_rois(
    session: Session,
    viewer: Viewer,
    ids: Sequence[int],
    image_id: int | None,
    *,
    partial: bool = False,
) -> list[Outcome]:
    """Put regions with their shapes on another image of the group, or on none.

    For those who may edit the regions and annotate the image.

    Returns:
        One outcome for each id, in order.

    Raises:
        NotFoundError: No such image, or not visible to the viewer.
        RefusedError: One cannot be moved, and `partial` is false.
    """
    image = None if image_id is None else visible_row(session, viewer, models.Image, image_id)
    if image is not None:
        refusal = _refusals(session, viewer, Right.ANNOTATE, models.Image, [image]).get(image.id)
        if refusal is not None:
            raise refusal
    roi = models.ROI
    found = session.scalars(
        select_visible(viewer, roi).where(among(roi.id, ids)).with_for_update(key_share=True)
    )
    rows = {row.id: row for row in found}
    errors = _row_errors(session, viewer, Right.EDIT, rows, ids, "ROI")
    for i, key in enumerate(ids):
        if i not in errors and image is not None and rows[key].group_id != image.group_id:
            errors[i] = InvalidInputError(
                f"ROI {key} and image {image_id} are in different groups.",
                "Move one of them to the other's group first.",
            )
    settle([_failed(i, errors.get(i)) for i in range(len(ids))], partial=partial)
    moved = {key for i, key in enumerate(ids) if i not in errors and rows[key].image_id != image_id}
    if moved:
        _move(session, viewer, rows, moved, image_id)
    return [
        _failed(i, errors[i])
        if i in errors
        else Outcome(i, "ROI", key, Status.DONE if key in moved else Status.UNCHANGED)
        for i, key in enumerate(ids)
    ]


def _move(
    session: Session,
    viewer: Viewer,
    rows: Mapping[int, models.ROI],
    moved: set[int],
    image_id: int | None,
) -> None:
    event = begin_event(session, viewer, rows[min(moved)].group_id)
    changes = {key: {"image_id": [rows[key].image_id, image_id]} for key in moved}
    values = {"image_id": image_id, "update_event_id": event.id}
    _update(session, models.ROI, moved, values)
    session.execute(
        sa.update(models.Shape)
        .where(among(models.Shape.roi_id, moved))
        .values(**values, version=models.Shape.version + 1),
        execution_options={"synchronize_session": False},
    )
    log_change(session, event, models.ROI, sorted(moved), "MOVE", changes)


def _places(
    session: Session, viewer: Viewer, rois: Sequence[NewROI], group_id: int | None
) -> _Drawn:
    """Find the groups of the images, and what is in the way of drawing on them."""
    image = models.Image
    wanted = {roi.image_id for roi in rois if roi.image_id is not None}
    found = session.execute(
        select_visible(viewer, image, image.id, image.group_id, image.owner_id).where(
            among(image.id, wanted)
        )
    )
    images = {row.id: row for row in found}
    refused = _refusals(session, viewer, Right.ANNOTATE, image, list(images.values()))
    drawn = _Drawn([None] * len(rois))
    for index, roi in enumerate(rois):
        if roi.image_id is None:
            drawn.group_ids[index] = group_for(viewer, group_id)
        elif roi.image_id not in images:
            drawn.errors[index] = NotFoundError("image", roi.image_id)
        elif roi.image_id in refused:
            drawn.errors[index] = refused[roi.image_id]
        else:
            drawn.group_ids[index] = images[roi.image_id].group_id
    return drawn


def _texts(roi: NewROI, index: int, errors: dict[int, StoreError]) -> tuple[str | None, str | None]:
    try:
        if not roi.shapes:
            raise InvalidInputError("A region has at least one shape.", "Give one.")
        name = clean_name(roi.name) if roi.name is not None and roi.name.strip() else None
        return name, clean_text(roi.description)
    except InvalidInputError as error:
        errors.setdefault(index, error)
        return None, None


def _checked_shapes(rois: Sequence[NewROI], errors: dict[int, StoreError]) -> dict[str, list[Any]]:
    """Return the columns of all shapes; notes for each region what is wrong with one of its."""
    columns, wrong = checked(list(chain.from_iterable(roi.shapes for roi in rois)))
    if wrong:
        belongs = [(i, n) for i, roi in enumerate(rois) for n in range(len(roi.shapes))]
        for number, error in sorted(wrong.items()):
            index, place = belongs[number]
            told = InvalidInputError(f"Shape {place}: {error.message}", error.remedy)
            errors.setdefault(index, told)
    return columns


def _insert_shapes(
    session: Session,
    viewer: Viewer,
    event: models.Event,
    rois: Sequence[NewROI],
    ids: Sequence[int],
    groups: Sequence[int | None],
    columns: Mapping[str, list[Any]],
) -> None:
    number = sum(len(roi.shapes) for roi in rois)
    sizes = [len(roi.shapes) for roi in rois]
    spread = {
        "roi_id": ids,
        "image_id": [roi.image_id for roi in rois],
        "group_id": groups,
    }
    placed = {name: _repeated(values, sizes) for name, values in spread.items()}
    placed["index"] = list(chain.from_iterable(map(range, sizes)))
    keys = {"id": new_ids(session, models.Shape, number)}
    owned = details(viewer, 0, event)
    insert_columns(session, models.Shape, number, {**owned, **columns, **placed, **keys})


def _repeated(values: Sequence[Any], sizes: Sequence[int]) -> list[Any]:
    """Repeat each value as often as its region has shapes."""
    return [value for value, size in zip(values, sizes, strict=True) for _ in range(size)]


def _visible_shapes(
    session: Session, viewer: Viewer, ids: Sequence[int]
) -> dict[int, models.Shape]:
    statement = select_visible(viewer, models.Shape).where(among(models.Shape.id, ids))
    found = session.scalars(statement.with_for_update(key_share=True))
    return {row.id: row for row in found}


def _row_errors(
    session: Session,
    viewer: Viewer,
    right: Right,
    rows: Mapping[int, Any],
    ids: Sequence[int],
    kind: str,
) -> dict[int, StoreError]:
    """Note for each id that it does not exist, is repeated, or is not the viewer's to change."""
    entity = models.ROI if kind == "ROI" else models.Shape
    refused = _refusals(session, viewer, right, entity, list(rows.values()))
    errors: dict[int, StoreError] = {}
    seen: set[int] = set()
    for index, key in enumerate(ids):
        if key not in rows:
            errors[index] = NotFoundError(kind, key)
        elif key in seen:
            errors[index] = InvalidInputError(f"{kind} {key} is named twice.", "Name it once.")
        elif key in refused:
            errors[index] = refused[key]
        seen.add(key)
    return errors


def _refusals(
    session: Session, viewer: Viewer, right: Right, entity: Any, rows: Sequence[Any]
) -> dict[int, StoreError]:
    permissions = group_permissions(session, {row.group_id for row in rows})
    granted = given(session, viewer, right, entity, {row.id for row in rows})
    return {
        row.id: NotAllowedError(
            f"You may see {row.id}, but not {right} it.",
            "Ask its owner or a leader of its group.",
        )
        for row in rows
        if not allows(viewer, right, row, permissions[row.group_id], granted=row.id in granted)
    }


def _change_errors(
    session: Session,
    viewer: Viewer,
    rows: Mapping[int, models.Shape],
    changes: Sequence[ShapeChange],
) -> dict[int, StoreError]:
    ids = [change.id for change in changes]
    errors = _row_errors(session, viewer, Right.EDIT, rows, ids, "shape")
    for index, change in enumerate(changes):
        if index in errors:
            continue
        row = rows[change.id]
        if change.version is not None and row.version != change.version:
            errors[index] = ConflictError(
                f"Shape {change.id} was changed meanwhile.", "Load it again, then change it."
            )
        elif change.values.get("kind", row.kind) != row.kind:
            errors[index] = InvalidInputError(
                f"Shape {change.id} is a {row.kind}.", "Draw a new one and delete this one."
            )
    return errors


def _merged(row: models.Shape, values: ShapeSpec) -> dict[str, Any]:
    return {name: getattr(row, name) for name in COLUMNS} | dict(values)


def _write_shapes(
    session: Session,
    viewer: Viewer,
    rows: Sequence[models.Shape],
    columns: Mapping[str, list[Any]],
) -> dict[int, Status]:
    """Write what differs; one statement for all rows, whatever differs about each."""
    names = [name for name in columns if name != "kind"]
    changes: dict[int, dict[str, Any]] = {}
    values = []
    for number, row in enumerate(rows):
        now = {name: columns[name][number] for name in names}
        differs = {k: [getattr(row, k), v] for k, v in now.items() if getattr(row, k) != v}
        if differs:
            changes[row.id] = {k: pair for k, pair in differs.items() if k not in PLACED}
            new = {f"new_{name}": value for name, value in now.items()}
            values.append({"the_id": row.id, "new_version": row.version + 1, **new})
    if values:
        event = begin_event(session, viewer, rows[0].group_id)
        table: Any = models.Shape.__table__
        written = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
        session.execute(
            sa.update(table)
            .where(table.c.id == sa.bindparam("the_id"))
            .values(version=sa.bindparam("new_version"), update_event_id=event.id, **written),
            values,
        )
        log_change(session, event, models.Shape, changes, "UPDATE", changes)
    statuses = {row.id: Status.DONE if row.id in changes else Status.UNCHANGED for row in rows}
    for row in rows:
        session.expire(row)
    return statuses


def _update(session: Session, entity: Any, keys: set[int], values: Mapping[str, Any]) -> None:
    session.execute(
        sa.update(entity)
        .where(among(entity.id, keys))
        .values(**values, version=entity.version + 1),
        execution_options={"synchronize_session": False},
    )


def _failed(index: int, error: StoreError | None, kind: str = "ROI") -> Outcome:
    """Return the outcome of an item that failed, or that could have been done."""
    return Outcome(index, kind, None, Status.DONE if error is None else Status.FAILED, error)
