"""Plates as they are laid out in files: wells in order, with their fields and runs of imaging."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible, visible
from store.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Field:
    """One field of view of a well."""

    image_id: int
    acquisition_id: int | None


@dataclass(frozen=True, slots=True)
class Well:
    """A well with at least one field."""

    row: int
    column: int
    fields: tuple[Field, ...]
    """In order of their index."""


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One run of imaging."""

    id: int
    name: str | None
    description: str | None
    start_time: dt.datetime | None
    end_time: dt.datetime | None
    maximum_field_count: int | None


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate, as far as one viewer sees it."""

    id: int
    name: str
    rows: tuple[str, ...]
    """Names, from the top; at least as many as wells take."""
    columns: tuple[str, ...]
    wells: tuple[Well, ...]
    """In order of row and column."""
    acquisitions: tuple[Acquisition, ...]

    def well_name(self, well: Well) -> str:
        """Name of a well such as B03."""
        row, column = self.rows[well.row], self.columns[well.column]
        return f"{row}{column.zfill(2) if column.isdigit() else column}"


def plate(session: Session, viewer: Viewer, plate_id: int) -> Plate:
    """Load the layout of a plate; three statements.

    Raises:
        NotFoundError: No such plate, or not visible to the viewer.
    """
    found = session.scalars(
        select_visible(viewer, models.Plate).where(models.Plate.id == plate_id)
    ).one_or_none()
    if found is None:
        raise NotFoundError("Plate", plate_id)
    wells = _wells(session, viewer, plate_id)
    last_row = max((well.row for well in wells), default=-1)
    last_column = max((well.column for well in wells), default=-1)
    return Plate(
        id=plate_id,
        name=found.name,
        rows=_names(max(found.rows or 0, last_row + 1), found.row_naming_convention, "letter"),
        columns=_names(
            max(found.columns or 0, last_column + 1), found.column_naming_convention, "number"
        ),
        wells=wells,
        acquisitions=_acquisitions(session, viewer, plate_id),
    )


def _wells(session: Session, viewer: Viewer, plate_id: int) -> tuple[Well, ...]:
    sample, well, image = models.WellSample, models.Well, models.Image
    rows = session.execute(
        select_visible(
            viewer, sample, well.row, well.column, sample.image_id, sample.plate_acquisition_id
        )
        .join(well, well.id == sample.well_id)
        .join(image, image.id == sample.image_id)
        .where(visible(viewer, well), visible(viewer, image), well.plate_id == plate_id)
        .order_by(well.row, well.column, sample.index, sample.id)
    )
    fields: defaultdict[tuple[int, int], list[Field]] = defaultdict(list)
    for row, column, image_id, run in rows:
        fields[row, column].append(Field(image_id, run))
    return tuple(Well(*place, tuple(found)) for place, found in fields.items())


def _acquisitions(session: Session, viewer: Viewer, plate_id: int) -> tuple[Acquisition, ...]:
    run = models.PlateAcquisition
    rows = session.execute(
        select_visible(
            viewer, run, run.id, run.name, run.description, run.start_time, run.end_time,
            run.maximum_field_count,
        )
        .where(run.plate_id == plate_id)
        .order_by(run.id)
    )  # fmt: skip
    return tuple(Acquisition(*row) for row in rows)


def _names(count: int, convention: str | None, usual: str) -> tuple[str, ...]:
    """Names of rows or columns.

    >>> _names(28, None, "letter")[-3:]
    ('Z', 'AA', 'AB')
    """
    letters = (convention or usual) == "letter"
    return tuple(_letters(number) if letters else str(number + 1) for number in range(count))


def _letters(number: int) -> str:
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
