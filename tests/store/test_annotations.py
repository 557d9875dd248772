"""Annotations of every kind: attached in bulk, found again, taken off, for those who may."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible
from store.database import Database
from store.edits.annotation_links import Which
from store.edits.annotation_rows import NewAnnotation
from store.edits.annotations import annotate, create_tag_set, rate, remove
from store.edits.graph import delete
from store.edits.history import begin_event, details
from store.edits.key_values import Mode, merged, remove_key_values, set_key_values
from store.edits.outcomes import Outcome, Ref, RefusedError, Status
from store.edits.restoring import restore
from store.errors import InvalidInputError, NotAllowedError, NotFoundError
from store.models.annotations import RATING_NAMESPACE, TAG_SET_NAMESPACE
from store.models.enums import GroupPermissions
from tests.build import hierarchy
from tests.conftest import Statements
from tests.people import group, person

MOMENT = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
EVERY_KIND = [
    NewAnnotation("CommentAnnotation", {"text_value": "Bleached.\nTwice."}),
    NewAnnotation("TagAnnotation", {"text_value": "mitosis", "description": "of cells"}),
    NewAnnotation("TermAnnotation", {"text_value": "GO:0000278"}),
    NewAnnotation("XMLAnnotation", {"text_value": "<a/><b>1 &lt; 2</b>"}),
    NewAnnotation("LongAnnotation", {"long_value": 2**62}),
    NewAnnotation("DoubleAnnotation", {"double_value": 0.1}),
    NewAnnotation("BooleanAnnotation", {"bool_value": False}),
    NewAnnotation("TimestampAnnotation", {"time_value": MOMENT}),
    NewAnnotation("MapAnnotation", {"namespace": "mine"}, pairs=[("Gene", "CDK5RAP2")]),
    NewAnnotation("ListAnnotation"),
]


def tag(text: str) -> NewAnnotation:
    return NewAnnotation("TagAnnotation", {"text_value": text})


def images(keys: Sequence[int]) -> list[Ref]:
    return [("Image", key) for key in keys]


def attached(session: Session, viewer: Viewer, kind: str, key: int) -> list[Any]:
    note, link = models.Annotation, models.AnnotationLink
    return list(
        session.scalars(
            select_visible(viewer, note)
            .join(link, link.child_id == note.id)
            .where(link.parent_type == kind, link.parent_id == key)
            .order_by(link.id)
        )
    )


def pairs(session: Session, viewer: Viewer, key: int) -> list[tuple[str, str]]:
    pair, link = models.MapPair, models.AnnotationLink
    rows = session.execute(
        select_visible(viewer, pair, pair.key, pair.value)
        .join(link, link.child_id == pair.annotation_id)
        .where(link.parent_type == "Image", link.parent_id == key)
        .order_by(pair.annotation_id, pair.index)
    )
    return [(one, other) for one, other in rows]


def statuses(outcomes: Sequence[Outcome]) -> list[Status]:
    return [outcome.status for outcome in outcomes]


def things(session: Session, viewer: Viewer, image_id: int) -> list[Ref]:
    """Make one row of many annotatable types."""
    assert viewer.default_group_id is not None
    owned = details(
        viewer, viewer.default_group_id, begin_event(session, viewer, viewer.default_group_id)
    )

    def add(row: models.Base) -> Any:
        session.add(row)
        session.flush()
        return row

    folder = add(models.Folder(name="folder", **owned))
    screen = add(models.Screen(name="screen", **owned))
    plate = add(models.Plate(name="plate", **owned))
    well = add(models.Well(plate_id=plate.id, row=0, column=0, **owned))
    acquisition = add(models.PlateAcquisition(plate_id=plate.id, **owned))
    reagent = add(models.Reagent(screen_id=screen.id, **owned))
    roi = add(models.ROI(image_id=image_id, **owned))
    shape = add(models.Point(roi_id=roi.id, x=1.0, y=1.0, **owned))
    instrument = add(models.Instrument(**owned))
    laser = add(models.Laser(instrument_id=instrument.id, **owned))
    note = add(models.ListAnnotation(**owned))
    rows = [folder, screen, plate, well, acquisition, reagent, roi, shape, instrument, laser, note]
    return [(type(row).__name__, row.id) for row in rows]


def test_every_kind_is_attached_to_every_type_in_one_change(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1)
        targets = things(session, viewer, built.images[0])
        targets += [("Image", built.images[0]), ("Project", built.projects[0])]
        targets += [("Experimenter", viewer.experimenter_id)]

        outcomes = annotate(session, viewer, targets, EVERY_KIND)
        on_laser = attached(session, viewer, "LightSource", targets[9][1])

        assert statuses(outcomes) == [Status.DONE] * len(targets)
        assert [type(note).__name__ for note in on_laser] == [new.kind for new in EVERY_KIND]
        assert [on_laser[n].long_value for n in (4,)] == [2**62]
        assert on_laser[6].bool_value is False
        assert on_laser[7].time_value == MOMENT
        for kind, key in targets[:9]:
            parent = "Shape" if kind == "Point" else kind
            assert len(attached(session, viewer, parent, key)) == len(EVERY_KIND)


def test_a_file_of_the_same_group_is_attached(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=2)
        assert viewer.default_group_id is not None
        event = begin_event(session, viewer, viewer.default_group_id)
        file = models.OriginalFile(
            name="table.csv",
            path="/data/table.csv",
            size=3,
            modified=MOMENT,
            mtime_ns=0,
            **details(viewer, viewer.default_group_id, event),
        )
        session.add(file)
        session.flush()
        new = NewAnnotation("FileAnnotation", {"file_id": file.id})

        annotate(session, viewer, images(built.images), [new])
        notes = attached(session, viewer, "Image", built.images[1])

        assert [note.file_id for note in notes] == [file.id]
        with pytest.raises(NotFoundError):
            annotate(
                session,
                viewer,
                images(built.images),
                [NewAnnotation("FileAnnotation", {"file_id": 999})],
            )


def test_a_tag_of_the_same_text_is_used_again(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=3)
        first = annotate(session, viewer, images(built.images[:1]), [tag("a"), tag(" a ")])
        second = annotate(session, viewer, images(built.images), [tag("a"), tag("A")])
        again = annotate(session, viewer, images(built.images), [tag("A")])
        found = session.scalars(select_visible(viewer, models.TagAnnotation)).all()

        assert statuses(first) == [Status.DONE]
        assert statuses(second) == [Status.DONE] * 3
        assert statuses(again) == [Status.UNCHANGED] * 3
        assert sorted(note.text_value or "" for note in found) == ["A", "a"]


def test_objects_named_twice_are_annotated_once(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1)
        key = built.images[0]
        outcomes = annotate(session, viewer, images([key, key]), [tag("a")])

        assert statuses(outcomes) == [Status.DONE, Status.UNCHANGED]


def test_the_number_of_statements_does_not_depend_on_the_number_of_objects(
    database: Database, viewer: Viewer, statements: Statements
) -> None:
    new = [tag("a"), tag("b"), NewAnnotation("CommentAnnotation", {"text_value": "c"})]
    counts = []
    for number in (1, 10, 300):
        with database.writing() as session:
            built = hierarchy(session, viewer, projects=1, datasets=1, images=number, channels=0)
        targets = images(built.images)
        lists: list[list[str]] = []
        for change in (
            lambda session, t=targets: annotate(session, viewer, t, new),
            lambda session, t=targets: rate(session, viewer, t, 3),
            lambda session, t=targets: rate(session, viewer, t, 4),
            lambda session, t=targets: set_key_values(session, viewer, t, [("k", "1")]),
            lambda session, t=targets: set_key_values(session, viewer, t, [("k", "2")]),
            lambda session, t=targets: remove_key_values(session, viewer, t, ["k"]),
            lambda session, t=targets: remove(session, viewer, t, Which()),
        ):
            seen: list[str] = []
            _count(database, seen, change)
            lists.append(seen)
        counts.append([len(seen) for seen in lists])

    assert counts[1] == counts[2]
    assert max(counts[1]) <= 16
    # The tags are there already the second time.
    assert counts[0][1:] == counts[1][1:]


def _count(database: Database, seen: list[str], change: Any) -> None:
    def note(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        seen.append(statement)

    with database.writing() as session:
        for engine in database.engines:
            sa.event.listen(engine, "before_cursor_execute", note)
        change(session)
        session.flush()
        for engine in database.engines:
            sa.event.remove(engine, "before_cursor_execute", note)


def test_one_change_is_one_event_that_tells_what_each_object_got(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=2)
        before = session.scalar(sa.select(sa.func.max(models.Event.id)))
        annotate(session, viewer, images(built.images), [tag("a")])
        event, log = models.Event, models.EventLog
        events = session.scalars(sa.select(event.id).where(event.id > before)).all()
        told = session.execute(
            sa.select(log.entity_type, log.entity_id, log.action, log.changes)
            .where(log.event_id.in_(events), log.action == "LINK")
            .order_by(log.entity_id)
        ).all()

        assert len(events) == 1
        assert [(row.entity_type, row.entity_id) for row in told] == images(built.images)
        assert told[0].changes["annotations"][1]["number"] == 1


def test_a_member_tags_in_a_read_annotate_group_and_the_owner_cannot_take_it_off(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_ANNOTATE)
        owner = person(session, viewer, "owner", [key])
        member = person(session, viewer, "member", [key])
        leader = person(session, viewer, "leader", [key], leads=True)
        built = hierarchy(session, owner, projects=1, datasets=1, images=2)
        targets = images(built.images[:1])
        annotate(session, owner, images(built.images[1:]), [tag("t")])

        annotate(session, member, targets, [tag("t")])
        (note,) = attached(session, viewer, "Image", built.images[0])
        link = session.scalars(
            select_visible(viewer, models.AnnotationLink).where(
                models.AnnotationLink.parent_id == built.images[0]
            )
        ).one()
        with pytest.raises(RefusedError) as refused:
            remove(session, owner, targets, Which(texts=["t"]))

        assert note.owner_id == owner.experimenter_id
        assert link.owner_id == member.experimenter_id
        assert isinstance(refused.value.outcomes[0].error, NotAllowedError)
        assert statuses(remove(session, leader, targets, Which(texts=["t"]))) == [Status.DONE]
        assert attached(session, viewer, "Image", built.images[0]) == []


def test_the_owner_takes_off_what_others_attached_in_a_read_write_group(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_WRITE)
        owner = person(session, viewer, "owner", [key])
        member = person(session, viewer, "member", [key])
        built = hierarchy(session, owner, projects=1, datasets=1, images=1)
        annotate(session, member, images(built.images), [tag("t")])

        outcomes = remove(session, owner, images(built.images), Which())

        assert statuses(outcomes) == [Status.DONE]


@pytest.mark.parametrize("kind", [GroupPermissions.PRIVATE, GroupPermissions.READ_ONLY])
def test_who_may_not_annotate_is_refused(
    database: Database, viewer: Viewer, kind: GroupPermissions
) -> None:
    with database.writing() as session:
        key = group(session, viewer, kind)
        owner = person(session, viewer, "owner", [key])
        member = person(session, viewer, "member", [key])
        leader = person(session, viewer, "leader", [key], leads=True)
        built = hierarchy(session, owner, projects=1, datasets=1, images=1)
        targets = images(built.images)
        found: dict[str, Any] = {}
        for name, who in {"member": member, "leader": leader, "administrator": viewer}.items():
            try:
                annotate(session, who, targets, [tag("t")])
            except RefusedError as refused:
                found[name] = type(refused.outcomes[0].error)

        private = kind is GroupPermissions.PRIVATE
        assert found == (
            {"member": NotFoundError, "leader": NotAllowedError, "administrator": NotAllowedError}
            if private
            else {"member": NotAllowedError}
        )


def test_annotations_and_objects_of_different_groups_are_not_linked(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        one = group(session, viewer, GroupPermissions.READ_WRITE)
        other = group(session, viewer, GroupPermissions.READ_ANNOTATE)
        both = person(session, viewer, "both", [one, other])
        here = hierarchy(session, both, projects=1, datasets=1, images=1, group_id=one)
        there = hierarchy(session, both, projects=1, datasets=1, images=1, group_id=other)
        annotate(session, both, images(here.images), [tag("t")])
        (note,) = attached(session, both, "Image", here.images[0])
        targets = images([here.images[0], there.images[0]])

        with pytest.raises(RefusedError) as refused:
            annotate(session, both, targets, [note.id])
        some = annotate(session, both, targets, [note.id], partial=True)
        by_text = annotate(session, both, targets, [tag("t")])
        (twin,) = attached(session, both, "Image", there.images[0])

        assert [outcome.status for outcome in refused.value.outcomes] == [
            Status.NOT_DONE,
            Status.FAILED,
        ]
        assert statuses(some) == [Status.UNCHANGED, Status.FAILED]
        assert statuses(by_text) == [Status.UNCHANGED, Status.DONE]
        assert (twin.group_id, note.group_id) == (other, one)


def test_a_refused_change_writes_nothing(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1)
    with pytest.raises(RefusedError), database.writing() as session:
        annotate(session, viewer, [("Image", built.images[0]), ("Image", 999)], [tag("t")])

    with database.reading() as session:
        assert session.scalars(select_visible(viewer, models.Annotation)).all() == []


def test_comments_die_with_their_last_object_and_tags_stay(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=2)
        annotate(session, viewer, images(built.images), EVERY_KIND)
        remove(session, viewer, images(built.images[:1]), Which())
        half = session.scalars(select_visible(viewer, models.Annotation)).all()
        remove(session, viewer, images(built.images[1:]), Which())
        left = session.scalars(select_visible(viewer, models.Annotation)).all()

        assert len(half) == len(EVERY_KIND)
        assert sorted(type(note).__name__ for note in left) == ["TagAnnotation", "TermAnnotation"]


def test_what_was_deleted_and_restored_has_its_tags_once_however_often_it_is_tagged(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        image = images(hierarchy(session, viewer, projects=1, datasets=1, images=1).images)
        annotate(session, viewer, image, [tag("a"), tag("b")])
        a, b = (note.id for note in attached(session, viewer, *image[0]))
        delete(session, viewer, image)
        restore(session, viewer, image)
        after_image = annotate(session, viewer, image, [a, b])
        delete(session, viewer, [("TagAnnotation", a)])
        new = annotate(session, viewer, image, [tag("a")])
        during = attached(session, viewer, *image[0])
        restore(session, viewer, [("Annotation", a)])
        after_tag = annotate(session, viewer, image, [a])

        assert statuses([*after_image, *new, *after_tag]) == [
            Status.UNCHANGED,
            Status.DONE,
            Status.UNCHANGED,
        ]
        assert [note.text_value for note in during] == ["b", "a"]
        assert {note.id for note in attached(session, viewer, *image[0])} == {
            a,
            b,
            during[1].id,
        }


def test_an_annotation_whose_link_alone_was_deleted_is_attached_again(
    database: Database, viewer: Viewer
) -> None:
    link = models.AnnotationLink
    with database.writing() as session:
        image = images(hierarchy(session, viewer, projects=1, datasets=1, images=1).images)
        annotate(session, viewer, image, [tag("a")])
        [note] = attached(session, viewer, *image[0])
        assert viewer.default_group_id is not None
        event = begin_event(session, viewer, viewer.default_group_id)
        session.execute(sa.update(link).values(deleted_event_id=event.id))
        again = annotate(session, viewer, image, [note.id])
        rows = session.scalars(select_visible(viewer, link)).all()

        assert statuses(again) == [Status.DONE]
        assert [row.version for row in rows] == [2]


def test_only_what_is_meant_is_taken_off(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1)
        targets = images(built.images)
        annotate(session, viewer, targets, [tag("a"), tag("b"), *EVERY_KIND[:1]])
        removed = remove(session, viewer, targets, Which(kinds=["TagAnnotation"], texts=["a"]))
        nothing = remove(session, viewer, targets, Which(texts=["a"]))
        left = attached(session, viewer, "Image", built.images[0])

        assert (statuses(removed), statuses(nothing)) == ([Status.DONE], [Status.UNCHANGED])
        assert [note.text_value for note in left] == ["b", "Bleached.\nTwice."]


def test_each_person_has_one_rating_for_an_object(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_ANNOTATE)
        one, other = (person(session, viewer, name, [key]) for name in ("one", "other"))
        built = hierarchy(session, one, projects=1, datasets=1, images=1)
        targets = images(built.images)
        first = [rate(session, who, targets, 2)[0].status for who in (one, other)]
        again = [rate(session, one, targets, stars)[0].status for stars in (5, 5)]
        notes = attached(session, viewer, "Image", built.images[0])
        gone = [rate(session, one, targets, None)[0].status for _ in range(2)]
        left = attached(session, viewer, "Image", built.images[0])

        assert first == [Status.DONE] * 2
        assert again == [Status.DONE, Status.UNCHANGED]
        assert sorted((n.long_value, n.namespace) for n in notes) == [
            (2, RATING_NAMESPACE),
            (5, RATING_NAMESPACE),
        ]
        assert gone == [Status.DONE, Status.UNCHANGED]
        assert [note.owner_id for note in left] == [other.experimenter_id]
        with pytest.raises(InvalidInputError):
            rate(session, one, targets, 6)


def test_a_tag_set_holds_tags_and_never_itself(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        made = create_tag_set(session, viewer, "phases", tags=[tag("mitosis"), tag("G1")])
        same = create_tag_set(session, viewer, "phases", tags=[tag("mitosis")])
        assert made.id is not None
        inside = attached(session, viewer, "Annotation", made.id)
        outer = create_tag_set(session, viewer, "all", tags=[made.id])
        assert outer.id is not None

        for key in (made.id, outer.id):
            with pytest.raises(RefusedError, match="on itself"):
                annotate(session, viewer, [("TagAnnotation", made.id)], [key])
        removed = remove(
            session, viewer, [("TagAnnotation", made.id)], Which(texts=["mitosis", "G1"])
        )

        assert (made.status, same.status) == (Status.DONE, Status.UNCHANGED)
        assert same.id == made.id
        assert [note.text_value for note in inside] == ["mitosis", "G1"]
        assert inside[0].namespace is None
        assert statuses(removed) == [Status.DONE]
        assert attached(session, viewer, "Annotation", outer.id)[0].namespace == TAG_SET_NAMESPACE


@pytest.mark.parametrize(
    "new",
    [
        NewAnnotation("TagAnnotation", {"text_value": " "}),
        NewAnnotation("TagAnnotation", {"text_value": "a\nb"}),
        NewAnnotation("TagAnnotation", {"text_value": "\ud800"}),
        NewAnnotation("TagAnnotation", {"long_value": 1}),
        NewAnnotation("CommentAnnotation"),
        NewAnnotation("CommentAnnotation", {"text_value": "x" * 1_000_001}),
        NewAnnotation("LongAnnotation", {"long_value": 2**63}),
        NewAnnotation("DoubleAnnotation", {"double_value": float("nan")}),
        NewAnnotation("TimestampAnnotation", {"time_value": dt.datetime(2026, 1, 1)}),
        NewAnnotation("XMLAnnotation", {"text_value": "<a>"}),
        NewAnnotation("XMLAnnotation", {"text_value": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
        NewAnnotation("FileAnnotation"),
        NewAnnotation("MapAnnotation", pairs=[("", "value")]),
        NewAnnotation("MapAnnotation", pairs=[("key", "value")] * 1001),
        NewAnnotation("TagAnnotation", {"text_value": "a"}, pairs=[("key", "value")]),
        NewAnnotation("Image"),
    ],
    ids=lambda new: f"{new.kind} {str(new.values)[:40]}",
)
def test_annotations_that_can_never_be_kept_are_refused(
    sqlite_database: tuple[Database, Viewer], new: NewAnnotation
) -> None:
    database, viewer = sqlite_database
    with database.writing() as session, pytest.raises(InvalidInputError):
        annotate(session, viewer, [], [new])


def test_pixels_cannot_be_annotated(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        outcomes = annotate(session, viewer, [("Pixels", 1), ("Nonsense", 1)], [], partial=True)

        assert [type(outcome.error) for outcome in outcomes] == [InvalidInputError] * 2


def test_key_values_are_found_by_folded_key_and_by_number(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1)
        new = [("Temperature", "37 °C"), ("Gene", "CDK5RAP2"), ("Cells", "12")]
        set_key_values(session, viewer, images(built.images), new)
        pair = models.MapPair
        rows = session.scalars(select_visible(viewer, pair).order_by(pair.index)).all()

        assert [(row.key_key, row.value_key) for row in rows][1:] == [
            ("gene", "cdk5rap2"),
            ("cells", "12"),
        ]
        assert [(row.number, row.unit, row.base_number) for row in rows] == [
            (37.0, "°C", 310.15),
            (None, None, None),
            (12.0, None, 12.0),
        ]


def test_key_values_are_added_replaced_by_key_and_replaced_altogether(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1)
        key, targets = built.images[0], images(built.images)
        set_key_values(session, viewer, targets, [("a", "1"), ("b", "2"), ("a", "3")])
        after = []
        for new, mode in (
            ([("a", "1"), ("c", "4")], Mode.ADD),
            ([("A", "9")], Mode.REPLACE_KEYS),
            ([("x", "")], Mode.REPLACE_ALL),
        ):
            set_key_values(session, viewer, targets, new, mode=mode)
            after.append(pairs(session, viewer, key))
        same = set_key_values(session, viewer, targets, [("x", "")])
        removed = remove_key_values(session, viewer, targets, ["X"])
        notes = session.scalars(select_visible(viewer, models.Annotation)).all()

        assert after == [
            [("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")],
            [("A", "9"), ("b", "2"), ("c", "4")],
            [("x", "")],
        ]
        assert statuses(same) == [Status.UNCHANGED]
        assert statuses(removed) == [Status.DONE]
        assert notes == []


def test_key_values_of_others_and_of_other_namespaces_stay(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_WRITE)
        one, other = (person(session, viewer, name, [key]) for name in ("one", "other"))
        built = hierarchy(session, one, projects=1, datasets=1, images=1)
        targets = images(built.images)
        set_key_values(session, one, targets, [("k", "one")])
        set_key_values(session, one, targets, [("k", "bulk")], namespace="bulk")
        set_key_values(session, other, targets, [("k", "other")])
        set_key_values(session, one, targets, [("k", "new")])

        assert sorted(pairs(session, viewer, built.images[0])) == [
            ("k", "bulk"),
            ("k", "new"),
            ("k", "other"),
        ]


def test_a_map_annotation_on_several_objects_does_not_change_with_one_of_them(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=2)
        new = NewAnnotation("MapAnnotation", {"namespace": "n"}, pairs=[("k", "1")])
        annotate(session, viewer, images(built.images), [new])
        set_key_values(session, viewer, images(built.images[:1]), [("k", "2")], namespace="n")

        assert [pairs(session, viewer, key) for key in built.images] == [[("k", "2")], [("k", "1")]]


def test_merging_keeps_the_order_of_what_stays() -> None:
    old = (("a", "1"), ("b", "2"), ("c", "3"))
    new = (("d", "4"), ("b", "5"), ("B", "6"))

    assert merged(old, new, Mode.REPLACE_KEYS) == (
        ("a", "1"),
        ("b", "5"),
        ("B", "6"),
        ("c", "3"),
        ("d", "4"),
    )


@pytest.fixture
def sqlite_database(tmp_path: Any, sqlite_template: Any) -> Any:
    import shutil

    from store.edits.people import first_start
    from store.queries.people import viewer_by_experimenter

    shutil.copy(sqlite_template, tmp_path / "one.db")
    database = Database(f"sqlite:///{tmp_path / 'one.db'}")
    with database.writing() as session:
        viewer = viewer_by_experimenter(session, first_start(session))
    yield database, viewer
    database.close()


def test_values_that_were_there_before_are_sorted_by_the_upgrade(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1)
        new = [("a", "Well 10"), ("b", "café"), ("c", "plain")]
        set_key_values(session, viewer, images(built.images), new)
    database.downgrade("0018")
    database.upgrade()

    pair = models.MapPair
    with database.reading() as session:
        found = session.scalars(
            select_visible(viewer, pair, pair.sort_value).order_by(pair.index)
        ).all()
    assert found == ["well 000000000010", "cafe", None]
