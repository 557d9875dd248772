"""Regions and shapes: drawn, checked, changed, found by place."""

import math
import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import event as events
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible
from store.database import Database
from store.edits.bulk import insert_columns
from store.edits.geometry import boxes, problem, sound
from store.edits.history import details
from store.edits.outcomes import RefusedError, Status
from store.edits.rois import (
    NewROI,
    ShapeChange,
    add_shapes,
    create_rois,
    delete_shapes,
    move_rois,
    update_shapes,
)
from store.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
)
from store.models.among import IdList
from store.models.enums import GroupPermissions
from store.models.places import cell_ranges, places, plane_ranges
from store.queries.rois import View, in_view, shapes_in_view
from tests.build import hierarchy
from tests.people import group, person

IDENTITY = {"a00": 1.0, "a10": 0.0, "a01": 0.0, "a11": 1.0, "a02": 0.0, "a12": 0.0}
EVERY_KIND: list[dict[str, Any]] = [
    {"kind": "Rectangle", "x": 1.0, "y": 2.0, "width": 30.0, "height": 40.0},
    {"kind": "Ellipse", "x": 10.0, "y": 20.0, "radius_x": 5.0, "radius_y": 3.0},
    {"kind": "Point", "x": 7.0, "y": 8.0},
    {"kind": "Line", "x1": 9.0, "y1": 1.0, "x2": 2.0, "y2": 4.0, "marker_end": "Arrow"},
    {"kind": "Polyline", "points": "0,0 10,5 3,-2"},
    {"kind": "Polygon", "points": "1,1 5,1 5,9.5"},
    {"kind": "Label", "x": 3.0, "y": 4.0, "text": "nucleus", "font_size": 12},
    {
        **{"kind": "Mask", "x": 0.0, "y": 0.0, "width": 4.0, "height": 4.0},
        **{"mask": b"\xff\x0f", "mask_length": 2},
    },
]


def point(x: float, y: float, **more: Any) -> dict[str, Any]:
    return {"kind": "Point", "x": x, "y": y, **more}


def outline(spec: dict[str, Any]) -> list[tuple[float, float]]:
    """List points of the outline of a shape, close enough that none lies far from the box."""
    kind = spec["kind"]
    if "points" in spec:
        pairs = [pair.split(",") for pair in spec["points"].split()]
        return [(float(x), float(y)) for x, y in pairs]
    if kind == "Line":
        return [(spec["x1"], spec["y1"]), (spec["x2"], spec["y2"])]
    if kind == "Ellipse":
        turns = [n * 2 * math.pi / 3600 for n in range(3600)]
        return [
            (
                spec["x"] + spec["radius_x"] * math.cos(turn),
                spec["y"] + spec["radius_y"] * math.sin(turn),
            )
            for turn in turns
        ]
    width, height = spec.get("width", 0.0), spec.get("height", 0.0)
    x, y = spec["x"], spec["y"]
    return [(x, y), (x + width, y), (x, y + height), (x + width, y + height)]


def rotated(angle: float, scale: float = 1.0) -> dict[str, float]:
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    return {"a00": cos, "a10": sin, "a01": -sin, "a11": cos, "a02": 11.0, "a12": -5.0}


@pytest.mark.parametrize("spec", EVERY_KIND, ids=lambda spec: spec["kind"])
@pytest.mark.parametrize("angle", [None, 0.0, 0.3, math.pi / 2, 2.5, 4.0])
def test_boxes_hold_the_transformed_outline_and_touch_it(
    spec: dict[str, Any], angle: float | None
) -> None:
    transform = IDENTITY if angle is None else rotated(angle, 1.7)
    given = spec if angle is None else spec | transform
    assert problem(given) is None
    found = [float(side[1]) for side in boxes(spec["kind"], [spec, given])]
    moved = [
        (
            transform["a00"] * x + transform["a01"] * y + transform["a02"],
            transform["a10"] * x + transform["a11"] * y + transform["a12"],
        )
        for x, y in outline(spec)
    ]
    xs, ys = [x for x, _ in moved], [y for _, y in moved]

    assert found == pytest.approx([min(xs), max(xs), min(ys), max(ys)], abs=1e-4)


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "Circle", "x": 1.0, "y": 1.0},
        {"kind": "Point", "x": 1.0},
        {"kind": "Point", "x": math.nan, "y": 1.0},
        {"kind": "Point", "x": math.inf, "y": 1.0},
        {"kind": "Point", "x": True, "y": 1.0},
        {"kind": "Point", "x": "1", "y": 1.0},
        {"kind": "Point", "x": 1.0, "y": 1.0, "width": 2.0},
        {"kind": "Rectangle", "x": 0.0, "y": 0.0, "width": -1.0, "height": 1.0},
        {"kind": "Ellipse", "x": 0.0, "y": 0.0, "radius_x": 1.0, "radius_y": -0.1},
        {"kind": "Polygon", "points": "0,0 1,1"},
        {"kind": "Polyline", "points": "0,0"},
        {"kind": "Polygon", "points": "0,0 1,1 nan,2"},
        {"kind": "Polygon", "points": "0 0 1 1 2 2"},
        {"kind": "Polygon", "points": "0,0 1,1 2,1e999"},
        {"kind": "Point", "x": 0.0, "y": 0.0, "a00": 1.0},
        {"kind": "Point", "x": 0.0, "y": 0.0, **IDENTITY, "a02": math.inf},
        {
            "kind": "Rectangle",
            "x": 0.0,
            "y": 0.0,
            "width": 1.0,
            "height": 1.0,
            "marker_end": "Arrow",
        },
        {"kind": "Mask", "x": 0.0, "y": 0.0, "width": 4.0, "height": 4.0, "mask": b"\xff"},
        {"kind": "Mask", "x": 0.0, "y": 0.0, "width": 4.0, "height": 4.0},
    ],
    ids=str,
)
def test_unsound_geometry_is_told(spec: dict[str, Any]) -> None:
    assert isinstance(problem(spec), InvalidInputError)
    assert not sound(spec["kind"], [spec])


@pytest.mark.parametrize(
    "wrong",
    [
        {"the_z": -1},
        {"the_t": 2**31},
        {"the_c": 0.5},
        {"fill_color": 2**31},
        {"fill_rule": "Odd"},
        {"stroke_width": -1.0},
        {"stroke_width": 1.0, "stroke_width_unit": "s"},
        {"text": "\x00"},
        {"font_family": "Arial"},
        {"locked": "yes"},
        {"mask_length": 3},
        {"nonsense": 1},
        {"roi_id": 1},
        {"text": ["list"]},
    ],
    ids=str,
)
def test_one_wrong_attribute_refuses_its_region_alone(
    database: Database, viewer: Viewer, wrong: dict[str, Any]
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1)
        rois = [
            NewROI(built.images[0], [point(1, 1)]),
            NewROI(built.images[0], [point(1, 1), point(2, 2) | wrong]),
        ]
        with pytest.raises(RefusedError):
            create_rois(session, viewer, rois)
        outcomes = create_rois(session, viewer, rois, partial=True)

        assert [outcome.status for outcome in outcomes] == [Status.DONE, Status.FAILED]
        assert "Shape 1: " in str(outcomes[1].error)
        assert len(session.scalars(select_visible(viewer, models.Shape)).all()) == 1


def test_regions_with_shapes_of_every_kind_are_kept_as_drawn(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1)
        (outcome,) = create_rois(
            session, viewer, [NewROI(built.images[0], EVERY_KIND, " nucleus ", "one")]
        )
        roi = session.scalars(select_visible(viewer, models.ROI)).one()
        shapes = session.scalars(
            select_visible(viewer, models.Shape).order_by(models.Shape.index)
        ).all()

        assert (outcome.status, outcome.id) == (Status.DONE, roi.id)
        assert (roi.name, roi.description, roi.image_id) == ("nucleus", "one", built.images[0])
        assert [shape.kind for shape in shapes] == [spec["kind"] for spec in EVERY_KIND]
        assert [shape.index for shape in shapes] == list(range(8))
        assert all(shape.image_id == roi.image_id for shape in shapes)
        for shape, spec in zip(shapes, EVERY_KIND, strict=True):
            assert {name: getattr(shape, name) for name in spec} == spec
        assert shapes[6].font_size_unit == "pt"
        assert (shapes[0].max_x, shapes[0].max_y) == (31.0, 42.0)


def test_shapes_are_changed_with_their_boxes_and_refused_when_changed_meanwhile(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1)
        create_rois(session, viewer, [NewROI(built.images[0], [point(1, 1), point(2, 2)])])
        one, other = (
            shape.id
            for shape in session.scalars(
                select_visible(viewer, models.Shape).order_by(models.Shape.id)
            )
        )
        changed = update_shapes(
            session,
            viewer,
            [ShapeChange(one, {"x": 50.0, "text": "moved"}, 1), ShapeChange(other, {"x": 2.0})],
        )
        with pytest.raises(RefusedError) as refused:
            update_shapes(
                session,
                viewer,
                [ShapeChange(one, {"x": 60.0}, 1), ShapeChange(other, {"kind": "Label"})],
            )
        shape = session.get_one(models.Shape, one)

        assert [outcome.status for outcome in changed] == [Status.DONE, Status.UNCHANGED]
        assert [type(outcome.error) for outcome in refused.value.outcomes] == [
            ConflictError,
            InvalidInputError,
        ]
        assert (shape.x, shape.min_x, shape.version, shape.text) == (50.0, 50.0, 2, "moved")


def found(session: Session, viewer: Viewer, image: int, view: View) -> list[int]:
    return [shape.id for shape in shapes_in_view(session, viewer, image, view, first=10_000)]


def test_the_index_follows_changes_deletions_restorations_and_moves(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=2)
        here, there = built.images
        (roi,) = create_rois(session, viewer, [NewROI(here, [point(10, 10)])])
        assert roi.id is not None
        near, far = View(0, 0, 20, 20), View(100, 100, 20, 20)
        (key,) = found(session, viewer, here, near)
        seen = {"drawn": (True, bool(found(session, viewer, here, far)))}

        def look(step: str, image: int = here) -> None:
            seen[step] = (
                bool(found(session, viewer, image, near)),
                bool(found(session, viewer, image, far)),
            )

        update_shapes(session, viewer, [ShapeChange(key, {"x": 110.0, "y": 110.0})])
        look("changed")
        update_shapes(session, viewer, [ShapeChange(key, {"the_z": 4})])
        seen["section"] = (
            bool(found(session, viewer, here, View(100, 100, 20, 20, z=4))),
            bool(found(session, viewer, here, View(100, 100, 20, 20, z=3))),
        )
        move_rois(session, viewer, [roi.id], there)
        look("moved away")
        look("moved here", there)
        delete_shapes(session, viewer, [key])
        look("deleted", there)
        session.execute(
            sa.update(models.Shape).where(models.Shape.id == key).values(deleted_event_id=None)
        )
        look("restored", there)
        session.execute(sa.delete(models.Shape).where(models.Shape.id == key))
        look("purged", there)

    assert seen == {
        "drawn": (True, False),
        "changed": (False, True),
        "section": (True, False),
        "moved away": (False, False),
        "moved here": (False, True),
        "deleted": (False, False),
        "restored": (False, True),
        "purged": (False, False),
    }


def random_specs(chance: random.Random, number: int) -> list[dict[str, Any]]:
    specs = []
    for _ in range(number):
        spec: dict[str, Any] = {
            "kind": "Rectangle",
            "x": chance.choice([chance.uniform(-50, 1000), float(chance.randrange(0, 1000))]),
            "y": chance.uniform(-50, 1000),
            "width": chance.choice(
                [0.0, chance.uniform(0, 5), chance.uniform(0, 300), 10 ** chance.uniform(2, 12)]
            ),
            "height": chance.choice([0.0, 2.0, chance.uniform(0, 80), 256.0, 1024.0]),
            "the_z": chance.choice([None, 0, 1, 7]),
            "the_t": chance.choice([None, 0, 3]),
        }
        if chance.random() < 0.3:
            spec |= rotated(chance.uniform(0, 6))
        specs.append(spec)
    specs.append({"kind": "Point", "x": -1e12, "y": 3e11})
    specs.append(point(7.0, 7.0, the_z=2**31 - 1, the_t=2**31 - 3))
    return specs


def touching(rows: Sequence[Any], image: int, view: View) -> list[int]:
    return sorted(
        row.id
        for row in rows
        if row.image_id == image
        and row.max_x >= view.x
        and row.min_x <= view.x + view.width
        and row.max_y >= view.y
        and row.min_y <= view.y + view.height
        and (view.z is None or row.the_z in (None, view.z))
        and (view.t is None or row.the_t in (None, view.t))
    )


def test_shapes_in_view_are_those_that_comparing_all_of_them_finds(
    database: Database, viewer: Viewer
) -> None:
    chance = random.Random(7)
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=2, channels=0)
        rois = [NewROI(image, random_specs(chance, 300)) for image in built.images]
        create_rois(session, viewer, rois)
        shape = models.Shape
        rows = session.scalars(select_visible(viewer, shape).order_by(shape.id)).all()
        edge = next(row for row in rows if row.width == 0.0)
        views = [View(), View(z=1), View(t=2**31 - 3), View(-2e12, 0, 1.5e12, 4e11)]
        views.append(View(edge.max_x or 0.0, edge.max_y or 0.0, 0, 0))
        views += [View(2e8, -5e8, 3e8, 1e9, t=3), View(0.0, 256.0, 1e12, 0.0), View(5e11, 0, 0, 9)]
        views += [
            View(
                chance.uniform(-100, 1000),
                chance.uniform(-100, 1000),
                chance.choice([0, 1, 200]),
                chance.uniform(0, 300),
                chance.choice([None, 0, 2, 7]),
                chance.choice([None, 0, 3]),
            )
            for _ in range(60)
        ]
        for view in views:
            for image in built.images:
                assert found(session, viewer, image, view) == touching(rows, image, view)
        assert found(session, viewer, built.images[0], views[4])
        page = shapes_in_view(session, viewer, built.images[0], View(), first=5)
        rest = shapes_in_view(session, viewer, built.images[0], View(), first=5, after=page[-1].id)
        assert [s.id for s in page + rest] == touching(rows, built.images[0], View())[:10]


def test_shapes_of_many_images_are_found_at_every_section_and_time(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=3, channels=0)
        specs = [point(5, 5, the_z=z, the_t=t) for z in (None, 0, 3, 9) for t in (None, 0, 2, 8)]
        create_rois(session, viewer, [NewROI(image, specs) for image in built.images])
        shape = models.Shape
        rows = session.scalars(select_visible(viewer, shape).order_by(shape.id)).all()
        two = list(built.images[1:])
        images = sa.bindparam("images", two, type_=IdList())
        for z in (None, 0, 2, 3, 9, 2**31 - 3):
            for t in (None, 0, 1, 2, 8):
                view = View(0, 0, 10, 10, z, t)
                seen = select_visible(viewer, shape, shape.id).where(
                    shape.image_id.in_(two), in_view(shape, view, images)
                )
                wanted = [key for image in two for key in touching(rows, image, view)]
                assert sorted(session.scalars(seen)) == sorted(wanted)


SIDES = st.floats(-1e9, 1e9) | st.floats(-2000, 2000) | st.floats(allow_nan=False)


@given(st.tuples(SIDES, SIDES, SIDES, SIDES), st.tuples(SIDES, SIDES, SIDES, SIDES))
def test_a_shape_that_touches_a_view_is_in_its_cells(
    box: tuple[float, float, float, float], view: tuple[float, float, float, float]
) -> None:
    (left, right), (top, bottom) = sorted(box[:2]), sorted(box[2:])
    (x0, x1), (y0, y1) = sorted(view[:2]), sorted(view[2:])
    assume(right >= x0 and left <= x1 and bottom >= y0 and top <= y1)
    (cell,) = places([[left], [right], [top], [bottom]], [None], [None])["cell"]
    ranges = cell_ranges(x0, y0, x1, y1)

    assert any(low <= cell <= high for low, high in ranges)
    assert len(ranges) < 3_000


@pytest.mark.parametrize("number", [None, 0, 5, 2**31 - 3])
def test_a_plane_is_looked_at_alone_and_with_those_of_all(number: int | None) -> None:
    def seen(z: int | None, t: int | None, plane: tuple[int | None, int | None]) -> bool:
        (found,) = places([[0.0], [0.0], [0.0], [0.0]], [plane[0]], [plane[1]])["plane"]
        return any(low <= found <= high for low, high in plane_ranges(z, t))

    assert seen(number, 4, (number, 4))
    assert seen(number, 4, (None, None))
    assert seen(number, None, (number, 4))
    assert seen(4, number, (4, number))
    assert not seen(6, number, (4, number))
    assert not seen(6, 6, (6, 4))


def test_shapes_of_an_older_database_are_found_after_the_upgrade(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        image = hierarchy(session, viewer, projects=1, datasets=1, images=1).images[0]
        create_rois(session, viewer, [NewROI(image, random_specs(random.Random(3), 50))])
        # As a document may leave one, whose numbers are too large.
        few = sa.select(sa.func.max(models.Shape.id)).scalar_subquery()
        boxless = dict.fromkeys(("min_x", "max_x", "min_y", "max_y", "plane", "cell"))
        session.execute(sa.update(models.Shape).where(models.Shape.id == few).values(boxless))
    before = _places(database, viewer)
    database.downgrade("0022")
    database.upgrade()

    assert _places(database, viewer) == before
    with database.reading() as session:
        assert len(found(session, viewer, image, View())) == len(before) - 1


def _places(database: Database, viewer: Viewer) -> list[tuple[int | None, ...]]:
    shape = models.Shape
    with database.reading() as session:
        rows = session.execute(
            select_visible(viewer, shape, shape.plane, shape.cell).order_by(shape.id)
        )
        return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    "arguments",
    [
        {"width": -1.0},
        {"x": math.nan},
        {"height": math.inf},
        {"z": -1},
        {"t": 2**31},
    ],
    ids=str,
)
def test_views_that_cannot_be_looked_at_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        View(**arguments)


def test_members_draw_on_images_that_they_may_annotate_and_change_only_their_own(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_ANNOTATE)
        closed = group(session, viewer, GroupPermissions.PRIVATE)
        owner, member = (person(session, viewer, name, [key]) for name in ("owner", "member"))
        alone = person(session, viewer, "alone", [closed])
        built = hierarchy(session, owner, projects=1, datasets=1, images=1)
        (image,) = built.images
        (roi,) = create_rois(session, member, [NewROI(image, [point(1, 1)])])
        assert roi.id is not None
        (shape,) = found(session, owner, image, View())

        key_of_roi = roi.id
        attempts: list[tuple[Callable[[], object], type[Exception]]] = [
            (
                lambda: update_shapes(session, owner, [ShapeChange(shape, {"x": 2.0})]),
                NotAllowedError,
            ),
            (lambda: delete_shapes(session, owner, [shape]), NotAllowedError),
            (lambda: add_shapes(session, owner, key_of_roi, [point(1, 1)]), NotAllowedError),
            (lambda: create_rois(session, alone, [NewROI(image, [point(1, 1)])]), NotFoundError),
            (lambda: delete_shapes(session, alone, [shape]), NotFoundError),
        ]
        for attempt, error in attempts:
            with pytest.raises(RefusedError) as refused:
                attempt()
            assert isinstance(refused.value.outcomes[0].error, error)
        assert found(session, alone, image, View()) == []
        assert add_shapes(session, member, roi.id, [point(5, 5)])[0].status is Status.DONE


def test_the_number_of_statements_does_not_depend_on_the_number_of_shapes(
    database: Database, viewer: Viewer
) -> None:
    counts = []
    for number in (1, 500, 1_000):
        seen: list[str] = []

        def note(
            _connection: object, _cursor: object, text: str, *_: Any, seen: list[str] = seen
        ) -> None:
            seen.append(text)

        with database.writing() as session:
            built = hierarchy(session, viewer, projects=1, datasets=1, images=1, channels=0)
            for engine in database.engines:
                events.listen(engine, "before_cursor_execute", note)
            rois = [NewROI(built.images[0], [point(n, n)]) for n in range(number)]
            create_rois(session, viewer, rois)
            ids = found(session, viewer, built.images[0], View())
            update_shapes(session, viewer, [ShapeChange(key, {"x": -1.0}) for key in ids])
            delete_shapes(session, viewer, ids)
            for engine in database.engines:
                events.remove(engine, "before_cursor_execute", note)
        counts.append(len(seen))

    assert counts[0] == counts[1] == counts[2]


def test_boxes_of_many_shapes_are_those_of_each() -> None:
    chance = random.Random(3)
    specs = [
        spec | rotated(chance.uniform(0, 6)) for spec in EVERY_KIND if spec["kind"] == "Polygon"
    ]
    specs += [{"kind": "Polygon", "points": "0,0 1,5 2,2 9,9"}, *specs]
    together = np.array(boxes("Polygon", specs))
    alone = np.array([np.array(boxes("Polygon", [spec]))[:, 0] for spec in specs]).T

    assert together.tolist() == alone.tolist()


@pytest.mark.parametrize("column", ["roi_id", "image_id", "owner_id", "group_id"])
def test_shapes_refer_to_what_exists_however_they_are_written(
    database: Database, viewer: Viewer, column: str
) -> None:
    with database.writing() as session:
        image = hierarchy(session, viewer, projects=1, datasets=1, images=1).images[0]
        [roi] = create_rois(session, viewer, [NewROI(image, [point(1.0, 1.0)])])
        [shape] = session.scalars(select_visible(viewer, models.Shape)).all()
        columns = {
            name: getattr(shape, name)
            for name in (*models.Owned.__annotations__, "roi_id", "image_id", "kind")
            if name not in ("version", "deleted_event_id")
        }
        wrong = columns | {"index": [1, 2], column: [columns[column], 999]}

    with pytest.raises(ConflictError), database.writing() as session:
        insert_columns(session, models.Shape, 2, wrong)
    with pytest.raises(ConflictError), database.writing() as session:
        session.execute(sa.update(models.Shape).values({column: 999}))
    with pytest.raises(ConflictError), database.writing() as session:
        session.execute(sa.delete(models.ROI).where(models.ROI.id == roi.id))
    with pytest.raises(ConflictError), database.writing() as session:
        session.execute(sa.delete(models.Event).where(models.Event.id == shape.update_event_id))
    with database.reading() as session:
        assert len(session.scalars(select_visible(viewer, models.Shape)).all()) == 1


def test_a_region_that_is_deleted_while_somebody_draws_into_it_stays(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        image = hierarchy(session, viewer, projects=1, datasets=1, images=1).images[0]
        [roi] = create_rois(session, viewer, [NewROI(image, [point(1.0, 1.0)])])
        key = roi.id
    assert key is not None
    begun, refused = threading.Event(), []

    def remove() -> None:
        begun.wait(30)
        try:
            with database.writing() as session:
                session.execute(sa.delete(models.Shape).where(models.Shape.index == 0))
                session.execute(sa.delete(models.ROI).where(models.ROI.id == key))
        except ConflictError as error:
            refused.append(error)

    other = threading.Thread(target=remove)
    other.start()
    with database.writing() as session:
        add_shapes(session, viewer, key, [point(2.0, 2.0)])
        begun.set()
        other.join(0.3)
    other.join(30)

    assert len(refused) == 1
    with database.reading() as session:
        assert len(session.scalars(select_visible(viewer, models.Shape)).all()) == 2


def test_shapes_drawn_after_many_are_found_too(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        image = hierarchy(session, viewer, projects=1, datasets=1, images=1).images[0]
        many = [point(float(n % 50), float(n // 50), the_z=n % 3 or None) for n in range(500)]
        [roi] = create_rois(session, viewer, [NewROI(image, many)])
        assert roi.id is not None
        [one] = add_shapes(session, viewer, roi.id, [point(-5.0, -5.0)])

        assert found(session, viewer, image, View(-6.0, -6.0, 2.0, 2.0)) == [one.id]
        drawn = session.execute(
            select_visible(viewer, models.Shape, models.Shape.x, models.Shape.y, models.Shape.the_z)
            .where(models.Shape.id != one.id)
            .order_by(models.Shape.index)
        ).all()
        assert [tuple(row) for row in drawn] == [(s["x"], s["y"], s["the_z"]) for s in many]


def test_texts_are_copied_as_they_are(database: Database, viewer: Viewer) -> None:
    texts = ["tab\there", "line\nbreak", "back\\slash \\N \\.", "\r", "é 漢 🔬", r"\x41"]
    with database.writing() as session:
        image = hierarchy(session, viewer, projects=1, datasets=1, images=1).images[0]
        event = session.scalars(sa.select(models.Event)).first()
        assert event is not None
        assert viewer.default_group_id is not None
        rows = {"image_id": image, "description": texts}
        owned = details(viewer, viewer.default_group_id, event)
        insert_columns(session, models.ROI, len(texts), rows | owned)
        roi = models.ROI
        kept = session.scalars(select_visible(viewer, roi, roi.description).order_by(roi.id)).all()

    assert kept == texts
