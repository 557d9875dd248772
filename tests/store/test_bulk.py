"""Rows written by columns hold exactly what was given, on either database."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from store import models
from store.access import Viewer
from store.database import Database
from store.edits.bulk import insert_columns, new_ids
from store.edits.history import begin_event, details
from store.errors import ConflictError
from store.models.base import Owned
from tests.build import hierarchy

TEXTS = [
    "plain",
    "tab\tline\nreturn\r",
    "back\\slash \\N \\x00",
    "'quote' \"twice\"",
    "µm 漢 😀",
    "",
]
BYTES = [bytes(range(256)), b"", b"'", b"\\", b"\\x27", b"\x00'\n\t"]


@pytest.fixture
def owned(database: Database, viewer: Viewer) -> dict[str, int]:
    """Columns of rows that belong to the viewer."""
    with database.writing() as session:
        assert viewer.default_group_id is not None
        event = begin_event(session, viewer, viewer.default_group_id)
        return details(viewer, viewer.default_group_id, event)


def test_bytes_are_kept(database: Database, viewer: Viewer, owned: dict[str, int]) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=1)
        pixels = session.scalars(sa.select(models.Pixels.id)).one()
        columns: dict[str, Any] = {
            "pixels_id": pixels,
            "index": list(range(len(BYTES))),
            "big_endian": False,
            "length": [len(data) for data in BYTES],
            "data": BYTES,
        }
        insert_columns(session, models.BinData, len(BYTES), columns | owned)
    with database.reading() as session:
        found = session.scalars(sa.select(models.BinData.data).order_by(models.BinData.index))

        assert list(found) == BYTES


def test_one_value_of_bytes_for_all_rows_is_kept(
    database: Database, viewer: Viewer, owned: dict[str, int]
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=1, images=1)
        pixels = session.scalars(sa.select(models.Pixels.id)).one()
        same: dict[str, Any] = {"pixels_id": pixels, "index": [0, 1], "big_endian": True}
        insert_columns(session, models.BinData, 2, {**same, "length": 2, "data": b"'\\", **owned})
    with database.reading() as session:
        assert set(session.scalars(sa.select(models.BinData.data))) == {b"'\\"}


def test_texts_times_numbers_and_json_are_kept(database: Database, owned: dict[str, int]) -> None:
    size = len(TEXTS)
    times = [dt.datetime(2026, 1, day, 12, 30, 1, 250_000, dt.UTC) for day in range(1, size + 1)]
    with database.writing() as session:
        ids = list(new_ids(session, models.Job, size))
        columns: dict[str, Any] = {
            "id": ids,
            "kind": "test",
            "status": "Running",
            "title": TEXTS,
            "progress": [number / 3 for number in range(size)],
            "message": [None, *TEXTS[1:]],
            "submitted": times,
            "parameters": [{"text": text, "list": [1, None]} for text in TEXTS],
        }
        insert_columns(session, models.Job, size, columns | owned)
    with database.reading() as session:
        jobs = session.scalars(sa.select(models.Job).order_by(models.Job.id)).all()

        assert [job.title for job in jobs] == TEXTS
        assert [job.message for job in jobs] == [None, *TEXTS[1:]]
        assert [job.progress for job in jobs] == columns["progress"]
        assert [job.submitted for job in jobs] == times
        assert [job.parameters for job in jobs] == columns["parameters"]


@pytest.mark.parametrize("column", [*Owned.__annotations__][1:])
@pytest.mark.parametrize(
    "entity",
    [models.Image, models.Well, models.WellSample, models.MapAnnotation, models.AnnotationLink],
)
def test_owners_groups_and_events_exist_however_rows_are_written(
    database: Database, viewer: Viewer, owned: dict[str, int], entity: type[Any], column: str
) -> None:
    named = {"name": "made", "sort_name": "made"}
    plate, well, image, annotation = 1, 1, 1, 1
    columns: dict[type[models.Base], dict[str, Any]] = {
        models.Plate: {"id": plate, **named},
        models.Well: {"id": [well, 2, 3], "plate_id": plate, "row": 0, "column": [0, 1, 2]},
        models.Image: {"id": [image, 2, 3], "series": 0, **named},
        models.WellSample: {"id": [1, 2, 3], "well_id": well, "index": [0, 1, 2]},
        models.MapAnnotation: {"id": [annotation, 2, 3], "kind": "MapAnnotation"},
        models.AnnotationLink: {
            "id": [1, 2, 3], "parent_type": "Image", "parent_id": [1, 2, 3], "child_id": annotation,
        },
    }  # fmt: skip
    with database.writing() as session:
        for table, values in columns.items():
            first = {name: v[:2] if isinstance(v, list) else v for name, v in values.items()}
            insert_columns(session, table, 1 if table is models.Plate else 2, first | owned)
    last = {name: v[2:] if isinstance(v, list) else v for name, v in columns[entity].items()}

    with pytest.raises(ConflictError), database.writing() as session:
        insert_columns(session, entity, 1, last | owned | {column: 999_999})
    with pytest.raises(ConflictError), database.writing() as session:
        session.execute(sa.update(entity).values({column: 999_999}))
    with database.writing() as session:
        assert viewer.default_group_id is not None
        event = begin_event(session, viewer, viewer.default_group_id).id
        insert_columns(session, entity, 1, last | owned)
        session.execute(sa.update(entity).values(deleted_event_id=event))
    with pytest.raises(ConflictError), database.writing() as session:
        session.execute(sa.delete(models.Event).where(models.Event.id == event))
    with database.writing() as session:
        session.execute(sa.update(entity).values(deleted_event_id=None))
        session.execute(sa.delete(models.Event).where(models.Event.id == event))
    with database.reading() as session:
        rows = session.execute(sa.select(entity.__table__.c[column])).scalars().all()
        assert rows == [owned.get(column)] * 3
