"""Makes plates out of images that are there already."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.edits.history import begin_event, details


def make_plate(
    session: Session,
    viewer: Viewer,
    fields: Mapping[tuple[int, int], Sequence[int | None]],
    *,
    rows: int | None = None,
    columns: int | None = None,
    field_index: int | None = None,
    runs: int = 0,
) -> tuple[int, list[int]]:
    """Make a plate of images, in the viewer's default group.

    Args:
        session: Of a transaction of the caller's.
        viewer: Owner of all rows.
        fields: Images of the fields of each well, by row and column.
        rows: As the plate states them.
        columns: As the plate states them.
        field_index: Which field the plate says is shown.
        runs: Runs of imaging; fields belong to them in turn.

    Returns:
        Database ids of the plate and of its runs.
    """
    assert viewer.default_group_id is not None
    event = begin_event(session, viewer, viewer.default_group_id)
    owned = details(viewer, viewer.default_group_id, event)
    plate = models.Plate(name="Plate", rows=rows, columns=columns, field_index=field_index, **owned)
    session.add(plate)
    session.flush()
    made = [models.PlateAcquisition(plate_id=plate.id, **owned) for _ in range(runs)]
    wells = {
        place: models.Well(plate_id=plate.id, row=place[0], column=place[1], **owned)
        for place in fields
    }
    session.add_all([*made, *wells.values()])
    session.flush()
    number = 0
    for place, images in fields.items():
        for image in images:
            run = made[number % runs].id if runs else None
            session.add(
                models.WellSample(
                    well_id=wells[place].id,
                    index=number,
                    image_id=image,
                    plate_acquisition_id=run,
                    **owned,
                )
            )
            number += 1
    session.flush()
    return plate.id, [run.id for run in made]
