import dataclasses

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from schema.build import GraphQL
from store import models
from store.access import Viewer
from store.database import Database
from store.errors import NotFoundError
from store.queries.images import chunk_blocks, pixels_records
from store.queries.screens import (
    Shown,
    check_acquisition,
    plate_layout,
    shared_ranges,
    wells_shown,
)
from tests.build import hierarchy
from tests.conftest import Statements
from tests.plates import make_plate

EVERY = range(100)


@pytest.fixture
def images(database: Database, viewer: Viewer) -> list[int]:
    with database.writing() as session:
        return list(hierarchy(session, viewer, projects=1, datasets=1, images=6).images)


def member_of(viewer: Viewer) -> Viewer:
    """Somebody who sees the group of another, and nothing else."""
    group = viewer.default_group_id
    assert group is not None
    return Viewer(999_999, groups=frozenset({group}), shares=frozenset({group}))


def hide(session: Session, entity: type[models.Base], key: int) -> None:
    """Move a row to a group that members of the viewer's group do not see."""
    group = models.ExperimenterGroup(name="hidden", permissions="private")
    session.add(group)
    session.flush()
    session.execute(sa.update(entity).where(entity.id == key).values(group_id=group.id))


def shown(
    database: Database, viewer: Viewer, plate: int, field: int = 0, run: int | None = None
) -> list[tuple[int, int, int]]:
    with database.reading() as session:
        found = wells_shown(session, viewer, Shown(plate, field, run), EVERY, EVERY, 1000)
    return [(well.row, well.column, well.image_id) for well in found]


def test_each_well_is_shown_by_the_field_of_that_number(
    database: Database, viewer: Viewer, images: list[int]
) -> None:
    a, b, c, d, e, _ = images
    with database.writing() as session:
        fields = {(1, 2): [d, e], (0, 3): [c], (0, 0): [a, b]}
        plate, _ = make_plate(session, viewer, fields)

    assert shown(database, viewer, plate) == [(0, 0, a), (0, 3, c), (1, 2, d)]
    assert shown(database, viewer, plate, 1) == [(0, 0, b), (1, 2, e)]
    assert shown(database, viewer, plate, 2) == []


def test_fields_are_counted_within_a_run_of_imaging(
    database: Database, viewer: Viewer, images: list[int]
) -> None:
    with database.writing() as session:
        plate, (first, second) = make_plate(session, viewer, {(0, 0): images[:4]}, runs=2)
        other, _ = make_plate(session, viewer, {})

    assert shown(database, viewer, plate, 1, first) == [(0, 0, images[2])]
    assert shown(database, viewer, plate, 1, second) == [(0, 0, images[3])]
    with database.reading() as session:
        check_acquisition(session, viewer, plate, first)
        with pytest.raises(NotFoundError):
            check_acquisition(session, viewer, other, first)


def test_the_grid_is_at_least_as_large_as_stated_and_as_used(
    database: Database, viewer: Viewer, images: list[int]
) -> None:
    with database.writing() as session:
        stated, _ = make_plate(session, viewer, {(2, 9): images[:1]}, rows=8, columns=4)
        unknown, _ = make_plate(session, viewer, {(2, 9): images[:1]}, field_index=3)
        empty, _ = make_plate(session, viewer, {})
        absurd, _ = make_plate(session, viewer, {}, rows=2**31 - 1, columns=-5)
    with database.reading() as session:
        found = [plate_layout(session, viewer, plate) for plate in (stated, unknown, empty, absurd)]

    assert [(one.rows, one.columns, one.field) for one in found] == [
        (8, 10, 0),
        (3, 10, 3),
        (0, 0, 0),
        (4096, 0, 0),
    ]


def test_what_is_hidden_is_not_there(database: Database, viewer: Viewer, images: list[int]) -> None:
    a, b, c, *_ = images
    member = member_of(viewer)
    with database.writing() as session:
        plate, _ = make_plate(session, viewer, {(0, 0): [a], (0, 1): [b], (5, 5): [c]})
        hide(session, models.Image, a)
        last = session.scalar(sa.select(sa.func.max(models.Well.id)))
        assert last is not None
        session.execute(
            sa.update(models.Well).where(models.Well.id == last).values(deleted_event_id=1)
        )

    assert shown(database, member, plate) == [(0, 1, b)]
    with database.reading() as session:
        layout = plate_layout(session, member, plate)
        assert (layout.rows, layout.columns) == (1, 2)
        assert list(pixels_records(session, member, images)) == images[1:]
        stranger = dataclasses.replace(member, groups=frozenset(), shares=frozenset())
        assert pixels_records(session, stranger, images) == {}
        with pytest.raises(NotFoundError):
            plate_layout(session, stranger, plate)


def test_ranges_are_shared_by_all_visible_wells(
    database: Database, viewer: Viewer, images: list[int]
) -> None:
    channel, pixels = models.Channel, models.Pixels
    with database.writing() as session:
        plate, _ = make_plate(session, viewer, {(0, 0): images[:1], (9, 9): images[1:2]})
        for image, low, high in ((images[0], 5.0, 90.0), (images[1], 7.0, 400.0)):
            of_image = sa.select(pixels.id).where(pixels.image_id == image).scalar_subquery()
            first = sa.and_(channel.pixels_id == of_image, channel.index == 0)
            session.execute(sa.update(channel).where(first).values(global_min=low, global_max=high))
        session.execute(
            sa.update(channel).where(channel.index == 1).values(global_min=None, global_max=None)
        )
    with database.reading() as session:
        assert shared_ranges(session, viewer, Shown(plate, 0)) == {0: (5.0, 400.0)}


def test_blocks_of_many_images_are_one_statement(
    database: Database, viewer: Viewer, images: list[int], statements: Statements
) -> None:
    pixels = models.Pixels
    with database.writing() as session:
        ids = list(session.scalars(sa.select(pixels.id).order_by(pixels.id)))
        for key in ids:
            for first in (0, 10, 20):
                session.add(
                    models.ChunkBlock(
                        pixels_id=key, level=0, first_plane=first, plane_count=10, data=b"x"
                    )
                )
    with statements(database, 1), database.reading() as session:
        found = chunk_blocks(session, ids, [0], range(12, 21))

    assert {key: [block.first_plane for block in blocks] for key, blocks in found.items()} == {
        (key, 0): [10, 20] for key in ids
    }


def test_graphql_says_where_everything_lies(
    database: Database, viewer: Viewer, images: list[int]
) -> None:
    with database.writing() as session:
        fields = {(0, 0): images[:3], (0, 1): images[3:4]}
        plate, _ = make_plate(session, viewer, fields, rows=16, columns=24)
        make_plate(session, viewer, {})
    answer = GraphQL(database).answer(
        viewer,
        "{ plates { nodes { picture { tileUrl rows columns defaultField fieldCount"
        " levels { level cellSize width height } } } } }",
    )
    first, second = (node["picture"] for node in answer["data"]["plates"]["nodes"])

    assert second is None
    levels = first.pop("levels")
    assert first == {
        "tileUrl": f"/plates/{plate}/{{level}}/{{x}}/{{y}}.{{format}}",
        "rows": 16,
        "columns": 24,
        "defaultField": 0,
        "fieldCount": 3,
    }
    assert len(levels) == 6
    assert levels[4] == {"level": 4, "cellSize": 32, "width": 768, "height": 512}
