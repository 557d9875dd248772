"""Rows of every kind: made, changed and refused, many at once."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.database import Database
from store.edits.columns import columns_of, dimension_of
from store.edits.counters import recount
from store.edits.outcomes import RefusedError, Status
from store.edits.rows import NOT_CREATED, NOT_EDITED, RowChange, create, editable, update
from store.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from store.models.base import UtcDateTime
from store.models.enums import GroupPermissions
from tests.build import hierarchy
from tests.conftest import Statements
from tests.people import group, person

CREATABLE = [
    kind for kind in editable().values() if not any(issubclass(kind, no) for no in NOT_CREATED)
]


def made(
    session: Session,
    viewer: Viewer,
    entity: type[models.Base],
    *items: dict[str, Any],
    group_id: int | None = None,
) -> list[int]:
    """Make rows and return their ids."""
    outcomes = create(session, viewer, entity, items, group_id=group_id)
    assert {outcome.status for outcome in outcomes} == {Status.DONE}
    return [outcome.id for outcome in outcomes if outcome.id is not None]


def some_values(
    session: Session, viewer: Viewer, entity: type[models.Base], image: int
) -> dict[str, Any]:
    """Return values for all columns of a kind, with the rows that they need."""
    values: dict[str, Any] = {}
    for name, facts in columns_of(entity).items():
        if facts.references is not None:
            values[name] = a_row(session, viewer, facts.references, image)
        elif facts.unit_of is not None:
            values[name] = dimension_of(facts.unit_of)[1]
        elif isinstance(facts.kind, UtcDateTime):
            values[name] = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
        elif isinstance(facts.kind, sa.Boolean):
            values[name] = True
        elif isinstance(facts.kind, sa.JSON):
            values[name] = [["a", "1"], ["a", "2"]]
        elif isinstance(facts.kind, sa.String):
            values[name] = a_text(entity, name)
        else:
            values[name] = 1
    return values


def a_text(entity: type[models.Base], name: str) -> str:
    """Return a text that a column takes: a value of its enumeration where it has one."""
    from store.edits.columns import ENUMERATIONS, SEVERAL

    choices = ENUMERATIONS.get((entity.__name__, name)) or SEVERAL.get((entity.__name__, name))
    return next(iter(choices)).value if choices else "Text"


def a_row(session: Session, viewer: Viewer, entity: type[models.Base], image: int) -> int:
    """Return a row to refer to, new where it can be made."""
    known: dict[type[models.Base], Any] = {
        models.Image: models.Image,
        models.Channel: models.Channel,
        models.OriginalFile: models.OriginalFile,
    }
    if entity is models.Image:
        return image
    if entity in known:
        found = session.scalar(sa.select(sa.func.min(known[entity].id)))
        return found or a_file(session, viewer)
    kind = models.Laser if entity is models.LightSource else entity
    required = {
        name: facts for name, facts in columns_of(kind).items() if facts.required or facts.fixed
    }
    values: dict[str, Any] = {}
    for name, facts in required.items():
        if facts.references is not None:
            values[name] = a_row(session, viewer, facts.references, image)
        else:
            values[name] = 1 if isinstance(facts.kind, sa.Integer) else "Text"
    return made(session, viewer, kind, values)[0]


def a_file(session: Session, viewer: Viewer) -> int:
    """Write a file as imports do."""
    event = session.scalar(sa.select(sa.func.min(models.Event.id)))
    row = models.OriginalFile(
        name="a.txt",
        path="/data/a.txt",
        size=1,
        mtime_ns=1,
        modified=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        owner_id=viewer.experimenter_id,
        group_id=viewer.default_group_id,
        creation_event_id=event,
        update_event_id=event,
    )
    session.add(row)
    session.flush()
    return row.id


def test_every_kind_with_an_owner_is_editable_or_says_what_to_do_instead() -> None:
    owned: set[Any] = {
        mapper.class_
        for mapper in models.Base.registry.mappers
        if issubclass(mapper.class_, models.Owned) and not mapper.polymorphic_abstract
    }
    refused = {kind for kind in owned if any(issubclass(kind, no) for no in NOT_EDITED)}

    assert set(editable().values()) == owned - refused
    assert all(NOT_EDITED.values())
    assert len(CREATABLE) > 35


def test_every_quantity_has_a_dimension_and_a_usual_unit_of_it() -> None:
    from store.models.units import unit_of

    for kind in editable().values():
        for facts in columns_of(kind).values():
            if facts.unit_of is not None:
                dimension, unit = dimension_of(facts.unit_of)
                assert unit_of(unit, dimension).symbol == unit


def test_every_kind_is_made_with_all_its_values_and_changed_and_logged(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1, channels=1)
        for kind in CREATABLE:
            with session.begin_nested() as savepoint:
                _make_and_change(session, viewer, kind, built.images[0])
                savepoint.rollback()


def _make_and_change(session: Session, viewer: Viewer, kind: Any, image: int) -> None:
    values = some_values(session, viewer, kind, image)
    if kind is models.LightSourceSettings:
        del values["microbeam_manipulation_id"]
    (key,) = made(session, viewer, kind, values)
    row = session.get_one(kind, key)
    kept = {name: getattr(row, name) for name in values}
    free = [
        name
        for name, facts in columns_of(kind).items()
        if not facts.required and facts.references is None and facts.unit_of is None
    ]
    (first,) = update(session, viewer, kind, [RowChange(key, 1, dict.fromkeys(free))])
    logged = session.execute(
        sa.select(models.EventLog.action, models.EventLog.changes)
        .where(models.EventLog.entity_id == key)
        .where(models.EventLog.entity_type == sa.inspect(kind).base_mapper.class_.__name__)
        .order_by(models.EventLog.id)
    ).all()

    assert kept == values
    assert first.status is (Status.DONE if free else Status.UNCHANGED)
    assert row.version == (2 if free else 1)
    assert [log.action for log in logged] == ["INSERT", "UPDATE"][: len(logged)]
    assert not free or set(free) <= logged[1].changes.keys()
    if kind in (models.Well, models.Folder):  # which are counted by their own columns
        assert recount(session) == 0


REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    (models.Project, {"name": " "}, "name is missing"),
    (models.Project, {"name": "x" * 1025}, "1025 characters"),
    (models.Project, {"name": "a\ud800"}, "surrogate"),
    (models.Project, {"name": "x", "description": "a\0b"}, "control characters"),
    (models.Project, {"name": "x", "owner_id": 1}, "no owner_id that can be set"),
    (models.Project, {"name": 5}, "name must be text"),
    (models.Project, {"name": "x", "person_id": 99}, "No person 99"),
    (models.Project, {"name": "x", "person_id": 2**70}, "whole number"),
    (models.Plate, {"name": "x", "rows": 0}, "rows must be at least 1"),
    (models.Plate, {"name": "x", "rows": 2**31}, "whole number of 32 bits"),
    (models.Plate, {"name": "x", "rows": True}, "whole number"),
    (models.Plate, {"name": "x", "row_naming_convention": "roman"}, "'roman' is no row naming"),
    (models.Plate, {"name": "x", "well_origin_x": 1, "well_origin_x_unit": "s"}, "no unit"),
    (models.Plate, {"name": "x", "well_origin_x_unit": "µm"}, "has no value"),
    (models.Plate, {"name": "x", "well_origin_x": float("nan")}, "finite number"),
    (models.Plate, {"name": "x", "well_origin_x": 10**400}, "finite number"),
    (models.Screen, {"name": "x", "type": "t" * 256}, "256 characters; 255 are allowed"),
    (models.Well, {"row": 0, "column": 0}, "plate is missing"),
    (models.Run, {"name": "x", "start_time": dt.datetime(2026, 1, 1)}, "with its zone"),
    (models.Run, {"name": "x", "parameters": [["a"]]}, "pairs of key and value"),
    (models.Experiment, {"type": "FRET Nonsense"}, "'Nonsense' is no type"),
    (models.LongAnnotation, {"namespace": "n"}, "long is missing"),
    (models.TagAnnotation, {"text_value": "a\nb"}, "control characters"),
]


def test_what_a_column_cannot_hold_is_refused_with_its_reason(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        for kind, values, message in REFUSED:
            with pytest.raises(RefusedError, match=message) as caught:
                create(session, viewer, kind, [values])
            assert [outcome.status for outcome in caught.value.outcomes] == [Status.FAILED]

        assert session.scalar(sa.select(sa.func.count(models.Event.id))) == 0


def test_kinds_that_describe_files_are_not_made(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        for kind in (models.Image, models.Fileset, models.DatasetImageLink, models.Rectangle):
            with pytest.raises(InvalidInputError, match="not made or changed by itself"):
                create(session, viewer, kind, [{}])


def test_one_bad_item_keeps_the_others_out_unless_they_are_asked_for_alone(
    database: Database, viewer: Viewer
) -> None:
    items = [{"name": "a"}, {"name": ""}, {"name": "c"}]
    with database.writing() as session:
        with pytest.raises(RefusedError, match=r"1 of 3 items.*Item 1") as caught:
            create(session, viewer, models.Dataset, items)
        outcomes = create(session, viewer, models.Dataset, items, partial=True)
        names = session.scalars(sa.select(models.Dataset.name).order_by(models.Dataset.id)).all()

    assert [outcome.status for outcome in caught.value.outcomes] == [
        Status.NOT_DONE,
        Status.FAILED,
        Status.NOT_DONE,
    ]
    assert [outcome.status for outcome in outcomes] == [Status.DONE, Status.FAILED, Status.DONE]
    assert names == ["a", "c"]


def test_a_stale_version_says_who_changed_the_row_and_when(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        (key,) = made(session, viewer, models.Project, {"name": "Field 10"})
        update(session, viewer, models.Project, [RowChange(key, 1, {"name": "Field 9"})])
        with pytest.raises(RefusedError) as caught:
            update(session, viewer, models.Project, [RowChange(key, 1, {"name": "x"})])
        row = session.get_one(models.Project, key)
        same = update(session, viewer, models.Project, [RowChange(key, 2, {"name": " Field 9 "})])

    error = caught.value.outcomes[0].error
    assert isinstance(error, ConflictError)
    assert f"Project {key} was changed meanwhile by root at 2" in error.message
    assert (row.name, row.sort_name, row.version) == ("Field 9", "field 000000000009", 2)
    assert same[0].status is Status.UNCHANGED


def test_a_value_without_a_unit_gets_the_usual_one_and_loses_it_with_the_value(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1, channels=1)
        pixels = session.scalars(sa.select(models.Pixels)).one()
        change: dict[str, Any] = {
            "physical_size_x": None,
            "physical_size_z": 2,
            "time_increment": 3,
        }
        change |= {"time_increment_unit": "min", "physical_size_y_unit": "um"}
        update(session, viewer, models.Pixels, [RowChange(pixels.id, None, change)])

        assert built.images
        assert (pixels.physical_size_x, pixels.physical_size_x_unit) == (None, None)
        assert (pixels.physical_size_z, pixels.physical_size_z_unit) == (2, "µm")
        assert (pixels.time_increment, pixels.time_increment_unit) == (3, "min")
        with pytest.raises(RefusedError, match="no size_x that can be set"):
            update(session, viewer, models.Pixels, [RowChange(pixels.id, None, {"size_x": 1})])


def test_parts_go_to_the_group_of_the_whole_and_need_its_link_right(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_ONLY)
        owner = person(session, viewer, "owner", [key])
        member = person(session, viewer, "member", [key])
        stranger = person(session, viewer, "stranger", [])
        (plate,) = made(session, owner, models.Plate, {"name": "P"})
        well = {"plate_id": plate, "row": 0, "column": 0}
        errors = []
        for who in (member, stranger):
            with pytest.raises(RefusedError) as caught:
                create(session, who, models.Well, [well])
            errors.append(type(caught.value.outcomes[0].error))
        (made_well,) = made(session, owner, models.Well, well)
        with pytest.raises(RefusedError, match="in the group of what it is part of"):
            create(session, viewer, models.Well, [well], group_id=viewer.default_group_id)
        (other,) = made(session, viewer, models.Person, {"last_name": "X"})
        (plate2,) = made(session, owner, models.Plate, {"name": "P2"})
        with pytest.raises(RefusedError, match="different groups"):
            create(
                session, viewer, models.Project, [{"name": "p", "person_id": other}], group_id=key
            )

        assert errors == [NotAllowedError, NotFoundError]
        assert session.get_one(models.Well, made_well).group_id == key
        with pytest.raises(RefusedError, match="plate of a well stays"):
            update(session, owner, models.Well, [RowChange(made_well, None, {"plate_id": plate2})])


def test_only_one_row_takes_a_place_that_is_for_one(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        (scope,) = made(session, viewer, models.Instrument, {})
        outcomes = create(
            session, viewer, models.Microscope, [{"instrument_id": scope}] * 2, partial=True
        )
        (protocol,) = made(session, viewer, models.Protocol, {"name": "p"})
        steps = [{"protocol_id": protocol, "index": index} for index in (0, 1)]
        first, _ = made(session, viewer, models.ProtocolStep, *steps)
        with pytest.raises(RefusedError, match="step of protocol 1, index 1 already"):
            update(session, viewer, models.ProtocolStep, [RowChange(first, None, {"index": 1})])

    assert [outcome.status for outcome in outcomes] == [Status.DONE, Status.FAILED]
    assert isinstance(outcomes[1].error, ConflictError)


def test_a_folder_is_never_inside_itself(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        (a,) = made(session, viewer, models.Folder, {"name": "a"})
        (b,) = made(session, viewer, models.Folder, {"name": "b", "parent_id": a})
        (c,) = made(session, viewer, models.Folder, {"name": "c", "parent_id": b})
        for key, parent in ((a, c), (a, a), (b, c)):
            change = RowChange(key, None, {"parent_id": parent})
            with pytest.raises(RefusedError, match="inside itself"):
                update(session, viewer, models.Folder, [change])
        (d,) = made(session, viewer, models.Folder, {"name": "d"})
        pair = [RowChange(d, None, {"parent_id": c}), RowChange(a, None, {"parent_id": d})]
        with pytest.raises(RefusedError, match="inside itself"):
            update(session, viewer, models.Folder, pair)
        update(session, viewer, models.Folder, [RowChange(c, None, {"parent_id": a})])
        update(session, viewer, models.Folder, [RowChange(b, None, {"parent_id": None})])

        assert recount(session) == 0


def test_a_thousand_rows_take_as_many_statements_as_one(
    database: Database, viewer: Viewer, statements: Statements
) -> None:
    with database.writing() as session:
        (plate,) = made(session, viewer, models.Plate, {"name": "P"})
    for number in (1, 10, 1000):
        items = [{"plate_id": plate, "row": i // 40, "column": i % 40} for i in range(number)]
        with database.writing() as session, statements(database, 9):
            keys = made(session, viewer, models.Well, *items)
        changes = [RowChange(key, 1, {"type": f"type {key}"}) for key in keys]
        with database.writing() as session, statements(database, 5):
            update(session, viewer, models.Well, changes)
    with database.writing() as session:
        assert recount(session) == 0
