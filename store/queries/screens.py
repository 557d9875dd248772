"""Plates as grids of wells: how large they are, and which image stands for each well."""

import functools
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Rows, Viewer, select_visible, visible
from store.errors import NotFoundError
from store.models.among import IdList, among

MOST_ALONG = 4_096
"""Most rows, and most columns, of a plate that are shown; real plates have 64 at most."""


@dataclass(frozen=True, slots=True)
class PlateLayout:
    """The grid of a plate, as far as one viewer sees it."""

    plate_id: int
    rows: int
    """At least as many as the visible wells take; 0 without any."""
    columns: int
    field: int
    """Which field of each well the plate is shown by, from 0."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Which field of each well of a plate is meant."""

    plate_id: int
    field: int
    """Number among the fields of a well that the viewer sees, in order of their index, from 0."""
    acquisition_id: int | None = None
    """Count only the fields of this run of imaging."""


@dataclass(frozen=True, slots=True)
class ShownWell:
    """A well, and the image that stands for it."""

    row: int
    column: int
    image_id: int


def plate_layout(session: Session, viewer: Viewer, plate_id: int) -> PlateLayout:
    """Load the grid of a plate; one statement.

    Raises:
        NotFoundError: No such plate, or not visible to the viewer.
    """
    row = session.execute(select_layouts(viewer), {"keys": [plate_id]}).one_or_none()
    if row is None:
        raise NotFoundError("plate", plate_id)
    return layout_of(row)


@functools.lru_cache(256)
def select_layouts(viewer: Viewer) -> Rows:
    """Select the grids of plates whose ids are the parameter `keys`; see `layout_of`."""
    plate, well = models.Plate, models.Well
    columns = (plate.id, plate.rows, plate.columns, plate.field_index)
    mine = sa.and_(well.plate_id == plate.id, visible(viewer, well))
    return (
        select_visible(viewer, plate, *columns, sa.func.max(well.row), sa.func.max(well.column))
        .outerjoin(well, mine)
        .where(among(plate.id, sa.bindparam("keys", type_=IdList())))
        .group_by(*columns)
    )


def layout_of(row: Any) -> PlateLayout:
    """Return the grid that a row of `select_layouts` describes."""
    plate_id, rows, columns, field, last_row, last_column = row
    return PlateLayout(
        plate_id, _length(rows, last_row), _length(columns, last_column), max(0, field or 0)
    )


@functools.lru_cache(256)
def select_field_counts(viewer: Viewer) -> Rows:
    """Select the most fields that any well has, by plate; plates are the parameter `keys`."""
    well, sample = models.Well, models.WellSample
    keys = sa.bindparam("keys", type_=IdList())
    counts = (
        select_visible(viewer, sample, well.plate_id, sa.func.count().label("fields"))
        .join(well, well.id == sample.well_id)
        .where(visible(viewer, well), among(well.plate_id, keys))
        .group_by(well.plate_id, well.id)
        .subquery()
    )
    return sa.select(counts.c.plate_id, sa.func.max(counts.c.fields)).group_by(counts.c.plate_id)


def check_acquisition(session: Session, viewer: Viewer, plate_id: int, acquisition_id: int) -> None:
    """Refuse a run of imaging that is not one of the plate's; one statement.

    Raises:
        NotFoundError: No such run of this plate, or not visible to the viewer.
    """
    run = models.PlateAcquisition
    statement = select_visible(viewer, run, run.id).where(
        run.id == acquisition_id, run.plate_id == plate_id
    )
    if session.scalar(statement) is None:
        raise NotFoundError("plate acquisition", acquisition_id)


def wells_shown(
    session: Session, viewer: Viewer, shown: Shown, rows: range, columns: range, limit: int
) -> list[ShownWell]:
    """Load which image stands for each well of a part of a plate; one statement.

    Args:
        session: For reading.
        viewer: Who asks; wells, fields and images that they may not see are absent.
        shown: The plate, and which field of each well.
        rows: Of wells, without gaps.
        columns: Of wells, without gaps.
        limit: Most wells to load.

    Returns:
        In order of row and column; of two wells at one place the older one.
    """
    inside = sa.and_(
        models.Well.row >= rows.start,
        models.Well.row < rows.stop,
        models.Well.column >= columns.start,
        models.Well.column < columns.stop,
    )
    fields, image = _fields(viewer, shown, inside), models.Image
    statement = (
        select_visible(viewer, image, fields.c.row, fields.c.column, image.id)
        .join(fields, fields.c.image_id == image.id)
        .where(fields.c.number == shown.field)
        .order_by(fields.c.row, fields.c.column, fields.c.well_id.desc())
        .limit(limit)
    )
    return [ShownWell(*row) for row in session.execute(statement)]


def shared_ranges(session: Session, viewer: Viewer, shown: Shown) -> dict[int, tuple[float, float]]:
    """Load the smallest and largest sample of each channel over all wells; one statement.

    Returns:
        By index of the channel; those that were measured nowhere are absent.
    """
    fields, pixels, channel = _fields(viewer, shown), models.Pixels, models.Channel
    statement = (
        select_visible(
            viewer,
            channel,
            channel.index,
            sa.func.min(channel.global_min),
            sa.func.max(channel.global_max),
        )
        .join(pixels, pixels.id == channel.pixels_id)
        .join(fields, fields.c.image_id == pixels.image_id)
        .where(visible(viewer, pixels), fields.c.number == shown.field)
        .group_by(channel.index)
    )
    found = session.execute(statement)
    return {
        index: (low, high) for index, low, high in found if low is not None and high is not None
    }


def _fields(viewer: Viewer, shown: Shown, *conditions: sa.ColumnElement[bool]) -> sa.Subquery:
    """Select the fields of a plate's wells, numbered within each well."""
    well, sample = models.Well, models.WellSample
    order = (sample.index, sample.id)
    number = sa.func.row_number().over(partition_by=sample.well_id, order_by=order) - 1
    statement = (
        select_visible(
            viewer,
            sample,
            well.id.label("well_id"),
            well.row,
            well.column,
            sample.image_id,
            number.label("number"),
        )
        .join(well, well.id == sample.well_id)
        .where(visible(viewer, well), well.plate_id == shown.plate_id, *conditions)
    )
    if shown.acquisition_id is not None:
        statement = statement.where(sample.plate_acquisition_id == shown.acquisition_id)
    return statement.subquery()


def _length(stated: int | None, last: int | None) -> int:
    """How many rows or columns there are: as stated, but never fewer than are in use."""
    used = 0 if last is None else last + 1
    return max(0, min(max(stated or 0, used), MOST_ALONG))
