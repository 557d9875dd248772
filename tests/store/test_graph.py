"""Deleting, restoring and moving to another group: what goes, what stays, what is refused."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session, aliased

from store import models
from store.access import Viewer
from store.database import Database
from store.edits.counters import recount
from store.edits.graph import GraphReport, delete, move_to_group, restore
from store.edits.images import register_fileset
from store.edits.links import Pair, link, move, unlink
from store.edits.outcomes import Ref, RefusedError
from store.edits.relations import RELATIONS
from store.edits.restoring import _tables
from store.edits.rows import RowChange, create, update
from store.errors import ConflictError, NotAllowedError, NotFoundError, StoreError
from store.models.enums import GroupPermissions
from tests.build import hierarchy
from tests.parsed import parsed_fileset
from tests.people import group, person


def live(session: Session) -> dict[str, set[Any]]:
    """Return the ids of all live rows, with their groups."""
    return {
        entity.__name__: {
            tuple(row)
            for row in session.execute(
                sa.select(entity.id, entity.group_id).where(entity.deleted_event_id.is_(None))
            )
        }
        for entity in _tables()
    }


def gone(before: dict[str, set[Any]], after: dict[str, set[Any]]) -> dict[str, int]:
    """Count what lives no more, by table."""
    return {name: len(rows - after[name]) for name, rows in before.items() if rows - after[name]}


def assert_sound(session: Session) -> None:
    """Check that counters are right, and that live links join live rows of one group."""
    assert recount(session) == 0
    filled = {
        one.link
        for one in RELATIONS
        if one.link is not None and session.scalar(sa.select(sa.exists().where(one.link.id > 0)))
    }
    for one in RELATIONS:
        if one.link in filled and issubclass(one.parent, models.Owned):
            table = one.link
            parent: Any = aliased(one.parent)
            child: Any = aliased(one.child)
            wrong = session.execute(
                sa.select(table.id)
                .join(parent, parent.id == getattr(table, one.near))
                .join(child, child.id == getattr(table, one.far))
                .where(*(getattr(table, name) == value for name, value in one.fixed.items()))
                .where(
                    table.deleted_event_id.is_(None),
                    sa.or_(
                        parent.deleted_event_id.is_not(None),
                        child.deleted_event_id.is_not(None),
                        parent.group_id != child.group_id,
                    ),
                )
            ).all()
            assert wrong == [], one.name


def made(
    session: Session, viewer: Viewer, kind: Any, group_id: int | None = None, **values: Any
) -> int:
    """Make one row and return its id."""
    (outcome,) = create(session, viewer, kind, [values], group_id=group_id)
    assert outcome.id is not None
    return outcome.id


def annotated(
    session: Session, viewer: Viewer, on: Ref, group_id: int | None = None
) -> dict[str, int]:
    """Put an annotation of most kinds on something; returns their ids by kind."""
    values: dict[Any, dict[str, Any]] = {
        models.CommentAnnotation: {"text_value": "c"},
        models.TagAnnotation: {"text_value": "t"},
        models.LongAnnotation: {"long_value": 5},
        models.MapAnnotation: {"namespace": "n"},
        models.XMLAnnotation: {"text_value": "<x/>"},
        models.TermAnnotation: {"text_value": "o:1"},
    }
    ids = {
        kind.__name__: made(session, viewer, kind, group_id, **row) for kind, row in values.items()
    }
    link(session, viewer, [Pair(on, (kind, key)) for kind, key in ids.items()])
    return ids


def furnished(session: Session, viewer: Viewer, image: int) -> None:
    """Give an image one of everything that images have."""
    scope = made(session, viewer, models.Instrument)
    lens = made(session, viewer, models.Objective, instrument_id=scope)
    laser = made(session, viewer, models.Laser, instrument_id=scope)
    made(session, viewer, models.ObjectiveSettings, image_id=image, objective_id=lens)
    made(session, viewer, models.StageLabel, image_id=image, name="s")
    made(session, viewer, models.ImagingEnvironment, image_id=image, humidity=0.5)
    pixels = session.scalars(
        sa.select(models.Pixels.id).where(models.Pixels.image_id == image)
    ).one()
    channel = session.scalars(
        sa.select(models.Channel.id).where(models.Channel.pixels_id == pixels)
    ).first()
    made(session, viewer, models.LightPath, channel_id=channel)
    made(session, viewer, models.LightSourceSettings, channel_id=channel, light_source_id=laser)
    roi = made(session, viewer, models.ROI, image_id=image)
    row = session.get_one(models.ROI, roi)
    owned = {
        name: getattr(row, name)
        for name in ("owner_id", "group_id", "creation_event_id", "update_event_id")
    }
    session.add(models.Rectangle(roi_id=roi, image_id=image, x=1, y=1, width=2, height=2, **owned))
    saved = {"pixels_id": pixels, "image_id": image, "settings": {}, "content_hash": "x"}
    session.add(models.RenderingSettings(**saved, **owned))
    session.flush()
    annotated(session, viewer, ("ROI", roi))


def test_an_image_takes_all_that_was_said_about_it_alone_and_comes_back_whole(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        (image, _) = register_fileset(session, viewer, parsed_fileset()).image_ids
        furnished(session, viewer, image)
        annotated(session, viewer, ("Image", image))
        fileset = session.get_one(models.Image, image).fileset_id or 0
        before = live(session)
        dry = delete(session, viewer, [("Fileset", fileset)], dry_run=True)
        assert live(session) == before
        report = delete(session, viewer, [("Fileset", fileset)])
        after = live(session)
        assert_sound(session)
        back = restore(session, viewer, [("Image", image)])

        lost = gone(before, after)
        assert lost["Image"] == lost["Pixels"] == 2
        assert lost["Shape"] == lost["RenderingSettings"] == lost["LightPath"] == 1
        assert lost["OriginalFile"] == lost["FilesetEntry"] == 1
        assert lost["Annotation"] == 8  # of two times six, tags and terms stay
        assert lost["AnnotationLink"] == 12
        assert "Instrument" not in lost
        assert report.goes_counts == dry.goes_counts
        assert report.goes_counts["CommentAnnotation"] == 2
        assert report.stays_counts == {"TagAnnotation": 2, "TermAnnotation": 2}
        assert report.unlinked_counts["Image–Annotation"] == 2
        assert ("Image", image) in back
        assert live(session) == before
        assert_sound(session)


def test_children_that_another_container_holds_stay(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=2, datasets=2, images=2)
        first, second = built.datasets[:2]
        folder = made(session, viewer, models.Folder, name="f")
        link(
            session,
            viewer,
            [
                Pair(("Project", built.projects[1]), ("Dataset", second)),
                Pair(("Dataset", built.datasets[3]), ("Image", built.images[0])),
            ],
        )
        before = live(session)
        report = delete(session, viewer, [("Project", built.projects[0])])
        lost = gone(before, live(session))

        assert (lost["Dataset"], lost["Image"]) == (1, 1)
        assert report.stays == [("Dataset", second), ("Image", built.images[0])]
        assert (("Project", built.projects[0]), ("Dataset", second)) in report.unlinked
        assert_sound(session)
        restore(session, viewer, [("Dataset", first)])
        assert live(session) == before
        kept = delete(session, viewer, [("Project", built.projects[0])], keep=["Dataset"])
        assert kept.goes_counts == {"Project": 1}
        link(session, viewer, [Pair(("Folder", folder), ("Image", built.images[1]))])
        in_folder = delete(session, viewer, [("Dataset", first)])
        assert ("Image", built.images[1]) in in_folder.stays
        assert_sound(session)


def test_what_cannot_go_alone_is_refused_with_what_to_do(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        first, second = register_fileset(session, viewer, parsed_fileset()).image_ids
        furnished(session, viewer, first)
        lens, file, pixels = (
            session.scalars(sa.select(sa.func.min(kind.id))).one()
            for kind in (models.Objective, models.OriginalFile, models.Pixels)
        )
        plate = made(session, viewer, models.Plate, name="p")
        well = made(session, viewer, models.Well, plate_id=plate, row=0, column=0)
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1)
        field = built.images[0]
        made(session, viewer, models.WellSample, well_id=well, index=0, image_id=field)
        before = live(session)
        cases: dict[Ref, str] = {
            ("Image", first): f"also holds image {second}",
            ("Image", field): "field of a plate",
            ("Objective", lens): "used by ObjectiveSettings",
            ("OriginalFile", file): "used by FilesetEntry",
            ("Pixels", pixels): "not deleted by itself",
            ("DatasetImageLink", 1): "not a thing of its own",
            ("Nonsense", 1): "no kind 'Nonsense'",
            ("Image", 10**6): "No image 1000000",
        }
        for ref, message in cases.items():
            with pytest.raises(RefusedError, match=message):
                delete(session, viewer, [ref])
        assert live(session) == before

        dataset = delete(session, viewer, [("Dataset", built.datasets[0])])
        assert dataset.stays == [("Image", field)]
        whole = delete(session, viewer, [("Plate", plate)])
        assert {"Well": 1, "WellSample": 1, "Image": 1}.items() <= whole.goes_counts.items()
        assert_sound(session)
        restore(session, viewer, [("Plate", plate)])
        assert_sound(session)


def test_everybody_deletes_what_is_theirs_and_no_more(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_ANNOTATE)
        owner = person(session, viewer, "owner", [key])
        member = person(session, viewer, "member", [key])
        built = hierarchy(session, owner, projects=1, datasets=1, images=1)
        theirs = hierarchy(session, member, projects=1, datasets=1, images=1)
        image: Ref = ("Image", built.images[0])
        comment = made(session, member, models.CommentAnnotation, key, text_value="mine")
        tag = made(session, member, models.TagAnnotation, key, text_value="tag")
        pairs = [Pair(image, ("CommentAnnotation", comment)), Pair(image, ("TagAnnotation", tag))]
        link(session, member, pairs)
        link(
            session,
            viewer,
            [Pair(("Dataset", built.datasets[0]), ("Image", theirs.images[0]))],
        )
        unlink(
            session,
            viewer,
            [Pair(("Dataset", theirs.datasets[0]), ("Image", theirs.images[0]))],
        )
        with pytest.raises(RefusedError, match="not yours") as caught:
            delete(session, member, [image, ("Dataset", theirs.datasets[0])])
        report = delete(session, owner, [("Dataset", built.datasets[0])], include=["TagAnnotation"])
        with pytest.raises(RefusedError, match="No deleted image"):
            restore(session, person(session, viewer, "x", []), [image])
        with pytest.raises(RefusedError, match="somebody else's"):
            restore(session, member, [("CommentAnnotation", comment)])

        assert isinstance(caught.value.outcomes[0].error, NotAllowedError)
        assert caught.value.outcomes[1].error is None
        assert report.goes_counts["CommentAnnotation"] == 1
        assert report.stays == [("Image", theirs.images[0]), ("TagAnnotation", tag)]
        assert_sound(session)


def test_nobody_restores_or_deletes_by_way_of_what_is_theirs_what_is_not(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_ANNOTATE)
        owner = person(session, viewer, "owner", [key])
        member = person(session, viewer, "member", [key])
        leader = person(session, viewer, "leader", [key], leads=True)
        built = hierarchy(session, owner, projects=1, datasets=1, images=2)
        roi = made(session, owner, models.ROI, image_id=built.images[0])
        comment = made(session, member, models.CommentAnnotation, text_value="mine")
        link(session, member, [Pair(("ROI", roi), ("CommentAnnotation", comment))])
        scope = made(session, leader, models.Instrument)
        session.execute(
            sa.update(models.Image)
            .where(models.Image.id == built.images[1])
            .values(instrument_id=scope)
        )
        before = live(session)
        delete(session, owner, [("ROI", roi)])
        for ref in (("ROI", roi), ("CommentAnnotation", comment)):
            with pytest.raises(RefusedError, match=r"somebody else's|not yours"):
                restore(session, member, [ref])
        restore(session, owner, [("ROI", roi)])
        assert live(session) == before
        image: Ref = ("Image", built.images[1])
        asked = delete(session, owner, [image], include=["Instrument"])
        assert ("Instrument", scope) in asked.stays
        restore(session, leader, [image])

        with pytest.raises(RefusedError, match="not yours to be moved"):
            move_to_group(session, leader, [image], leader.default_group_id or 0)
        assert live(session) == before
        assert_sound(session)


def test_a_deletion_and_an_annotation_at_once_leave_no_link_to_a_dead_row(
    database: Database, viewer: Viewer
) -> None:
    if database.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=2)
        rois = [made(session, viewer, models.ROI, image_id=key) for key in built.images]
        tag = made(session, viewer, models.TagAnnotation, text_value="t")
    for order, image, roi in zip((True, False), built.images, rois, strict=True):

        def annotate(session: Session, roi: int = roi) -> object:
            return link(session, viewer, [Pair(("ROI", roi), ("TagAnnotation", tag))])

        def remove(session: Session, image: int = image) -> object:
            return delete(session, viewer, [("Image", image)])

        at_once(database, *((annotate, remove) if order else (remove, annotate)))

        with database.writing() as session:
            assert_sound(session)
            assert session.get_one(models.ROI, roi).deleted_event_id is not None


def at_once(database: Database, first: Any, second: Any) -> None:
    """Begin a change while another one is not committed yet, and end both."""
    began = threading.Event()

    def later() -> None:
        with suppress(StoreError), database.writing() as session:
            began.set()
            second(session)

    thread = threading.Thread(target=later)
    with database.writing() as session:
        first(session)
        thread.start()
        began.wait(30)
        # Ends soon where the other has to wait for this one, and else when the other is done.
        thread.join(0.5)
    thread.join()


def test_a_restoration_whose_place_is_gone_or_taken_is_refused(
    database: Database, viewer: Viewer
) -> None:
    parsed = parsed_fileset("a.tif")
    with database.writing() as session:
        first = register_fileset(session, viewer, parsed)
        images: list[Ref] = [("Image", key) for key in first.image_ids]
        roi = made(session, viewer, models.ROI, image_id=first.image_ids[0])
        delete(session, viewer, [("ROI", roi)])
        delete(session, viewer, images)
        with pytest.raises(RefusedError, match=r"belongs to Image \d+, which is deleted too"):
            restore(session, viewer, [("ROI", roi)])
        with pytest.raises(RefusedError, match="No deleted image 99"):
            restore(session, viewer, [("Image", 99)])
        again = register_fileset(session, viewer, parsed)
        assert not again.already
        with pytest.raises(RefusedError, match="Fileset 1 has been replaced by 2"):
            restore(session, viewer, images[:1])
        delete(session, viewer, [("Fileset", again.fileset_id)])
        changed = register_fileset(session, viewer, parsed_fileset("a.tif", mtime_ns=10**18 + 1))
        with pytest.raises(RefusedError, match="imported anew, as part of fileset 3"):
            restore(session, viewer, images[:1])
        delete(session, viewer, [("Fileset", changed.fileset_id)])
        restore(session, viewer, images[:1])
        known = register_fileset(session, viewer, parsed)
        assert known.already
        assert known.image_ids == first.image_ids
        restore(session, viewer, [("ROI", roi)])

        assert session.get_one(models.ROI, roi).deleted_event_id is None
        assert_sound(session)


def test_a_link_comes_back_with_the_last_of_its_ends(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1)
        before = live(session)
        image, dataset = ("Image", built.images[0]), ("Dataset", built.datasets[0])
        for order in ((image, dataset), (dataset, image)):
            delete(session, viewer, [image])
            delete(session, viewer, [dataset], keep=["Image"])
            for ref in order:
                restore(session, viewer, [ref])
                assert_sound(session)
            assert live(session) == before


def test_a_move_takes_what_belongs_to_it_and_cuts_the_rest(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        here = group(session, viewer, GroupPermissions.READ_WRITE)
        there = group(session, viewer, GroupPermissions.PRIVATE)
        owner = person(session, viewer, "owner", [here, there])
        other = person(session, viewer, "other", [here])
        built = hierarchy(session, owner, projects=1, datasets=2, images=2)
        image: Ref = ("Image", built.images[0])
        mine = annotated(session, owner, image)
        shared = made(session, owner, models.TagAnnotation, text_value="shared")
        theirs = made(session, other, models.TagAnnotation, text_value="theirs")
        elsewhere: Ref = ("Image", built.images[3])
        pairs = [
            Pair(image, ("TagAnnotation", shared)),
            Pair(elsewhere, ("TagAnnotation", shared)),
            Pair(image, ("TagAnnotation", theirs)),
        ]
        link(session, owner, pairs)
        dataset: Ref = ("Dataset", built.datasets[0])
        dry = move_to_group(session, owner, [dataset], there, dry_run=True)
        report = move_to_group(session, owner, [dataset], there)
        with pytest.raises(RefusedError, match="No dataset"):
            move_to_group(session, other, [dataset], here)
        with pytest.raises(RefusedError, match="not yours to be moved"):
            move_to_group(session, viewer_of(viewer, here), [elsewhere], here + 0)
        with pytest.raises(NotFoundError):
            move_to_group(session, other, [elsewhere], there)
        moved = session.get_one(models.Image, image[1])
        tag = session.get_one(models.Annotation, mine["TagAnnotation"])

        assert dry.goes_counts == report.goes_counts
        assert (moved.group_id, tag.group_id) == (there, there)
        assert session.get_one(models.Annotation, shared).group_id == here
        assert report.stays == [("TagAnnotation", shared), ("TagAnnotation", theirs)]
        assert report.unlinked_counts == {"Project–Dataset": 1, "Image–Annotation": 2}
        assert move_to_group(session, owner, [dataset], there).goes == []
        assert_sound(session)


def viewer_of(administrator: Viewer, group_id: int) -> Viewer:
    """Return somebody who leads a group, and owns nothing."""
    key = administrator.experimenter_id + 10**6
    groups = frozenset({group_id})
    return Viewer(key, groups=groups, leads=groups, shares=groups, default_group_id=group_id)


def test_images_that_share_an_instrument_move_together(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        there = group(session, viewer, GroupPermissions.PRIVATE)
        built = hierarchy(session, viewer, projects=1, datasets=1, images=2)
        scope = made(session, viewer, models.Instrument)
        session.execute(
            sa.update(models.Image).where(models.Image.id > 0).values(instrument_id=scope)
        )
        images: list[Ref] = [("Image", key) for key in built.images]
        with pytest.raises(RefusedError, match=f"shared with image {built.images[1]}"):
            move_to_group(session, viewer, images[:1], there)
        report = move_to_group(session, viewer, images, there)

        assert report.goes_counts["Instrument"] == 1
        assert session.get_one(models.Instrument, scope).group_id == there
        asked = delete(session, viewer, images, include=["Instrument"], dry_run=True)
        assert asked.goes_counts["Instrument"] == 1
        assert_sound(session)


def test_files_are_not_moved_to_where_they_are_already(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        there = group(session, viewer, GroupPermissions.PRIVATE)
        here = register_fileset(session, viewer, parsed_fileset())
        other = register_fileset(session, viewer, parsed_fileset(), group_id=there)
        with pytest.raises(RefusedError, match=f"already, as fileset {other.fileset_id}"):
            move_to_group(session, viewer, [("Fileset", here.fileset_id)], there)
        delete(session, viewer, [("Fileset", other.fileset_id)])
        move_to_group(session, viewer, [("Fileset", here.fileset_id)], there)

        assert_sound(session)


def test_an_annotation_of_a_person_is_deleted_and_restored_with_its_link(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        comment = made(session, viewer, models.CommentAnnotation, text_value="c")
        row = session.get_one(models.Annotation, comment)
        session.add(
            models.AnnotationLink(
                parent_type="Experimenter",
                parent_id=viewer.experimenter_id,
                child_id=comment,
                owner_id=row.owner_id,
                group_id=row.group_id,
                creation_event_id=row.creation_event_id,
                update_event_id=row.update_event_id,
            )
        )
        session.flush()
        before = live(session)
        delete(session, viewer, [("CommentAnnotation", comment)])
        assert gone(before, live(session)) == {"Annotation": 1, "AnnotationLink": 1}
        restore(session, viewer, [("CommentAnnotation", comment)])

        assert live(session) == before


@pytest.mark.slow
def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(
    database: Database, viewer: Viewer
) -> None:
    counts = []
    there = 0
    with database.writing() as session:
        there = group(session, viewer, GroupPermissions.PRIVATE)
    for number in (1, 10, 1000):
        with database.writing() as session:
            built = hierarchy(session, viewer, projects=1, datasets=1, images=number)
        project: list[Ref] = [("Project", built.projects[0])]
        with database.writing() as session, counting(database) as deleting:
            delete(session, viewer, project)
        with database.writing() as session, counting(database) as restoring:
            restore(session, viewer, project)
        with database.writing() as session, counting(database) as moving:
            move_to_group(session, viewer, project, there)
        counts.append((len(deleting), len(restoring), len(moving)))

    assert counts[0] == counts[1] == counts[2]


@contextmanager
def counting(database: Database, fail_at: int = -1) -> Iterator[list[str]]:
    """Note the statements; fail instead of the one of a number."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        if len(seen) == fail_at:
            msg = "injected"
            raise InjectedError(msg)
        seen.append(statement)

    for engine in database.engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in database.engines:
            event.remove(engine, "before_cursor_execute", note)


class InjectedError(Exception):
    """What a test makes fail."""


def test_a_failure_between_any_two_statements_leaves_nothing_half_written(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        there = group(session, viewer, GroupPermissions.PRIVATE)
        built = hierarchy(session, viewer, projects=1, datasets=1, images=2)
        project: Ref = ("Project", built.projects[0])
        dataset: Ref = ("Dataset", built.datasets[0])
        image: Ref = ("Image", built.images[0])
        other = made(session, viewer, models.Dataset, name="other")
        trash = made(session, viewer, models.Dataset, name="trash")
        delete(session, viewer, [("Dataset", trash)])
    renamed = [RowChange(key, 1, {"name": "new"}) for key in built.images]
    changes: list[Any] = [
        lambda session: create(session, viewer, models.Folder, [{"name": "f"}]),
        lambda session: update(session, viewer, models.Image, renamed),
        lambda session: unlink(session, viewer, [Pair(dataset, image)]),
        lambda session: move(session, viewer, [image], dataset, ("Dataset", other)),
        lambda session: delete(session, viewer, [project]),
        lambda session: move_to_group(session, viewer, [project], there),
        lambda session: restore(session, viewer, [("Dataset", trash)]),
    ]
    with database.reading() as session:
        before = everything(session)
    for change in changes:
        with database.writing() as session, counting(database) as seen:
            change(session)
            session.rollback()
        step = max(1, len(seen) // 10)
        for number in {*range(0, len(seen), step), len(seen) - 1}:
            with (
                pytest.raises(InjectedError),
                database.writing() as session,
                counting(database, number),
            ):
                change(session)
        with database.reading() as session:
            assert everything(session) == before


def everything(session: Session) -> dict[str, Any]:
    """Return all rows of the tables that changes write."""
    tables = (*_tables(), models.ChildCount, models.Event, models.EventLog)
    wanted = {"Project", "Dataset", "Image", "Folder", "ProjectDatasetLink", "DatasetImageLink"}
    wanted |= {"ChildCount", "Event", "EventLog", "Pixels", "Channel"}
    return {
        entity.__name__: [
            tuple(row) for row in session.execute(sa.select(entity.__table__).order_by(entity.id))
        ]
        for entity in tables
        if entity.__name__ in wanted
    }


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["link", "unlink", "move", "delete", "restore", "group", "back"]),
        st.sampled_from(["Project", "Dataset", "Folder", "Screen", "Plate"]),
        st.integers(0, 1),
        st.sampled_from(["Dataset", "Image", "Folder", "Plate", "TagAnnotation"]),
        st.integers(0, 2),
    ),
    min_size=5,
    max_size=15,
)


@pytest.mark.slow
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_whatever_happens_counters_are_right_and_links_join_live_rows_of_one_group(
    database: Database, viewer: Viewer, steps: list[tuple[str, str, int, str, int]]
) -> None:
    with database.writing() as session:
        things = some_things(session, viewer)
        for action, parent_kind, parent, child_kind, child in steps:
            up: Ref = (parent_kind, things[parent_kind][parent])
            down: Ref = (child_kind, things[child_kind][child % len(things[child_kind])])
            change(session, viewer, action, up, down, things)

        assert_sound(session)
        session.rollback()


def some_things(session: Session, viewer: Viewer) -> dict[str, list[int]]:
    """Make two or three of many kinds."""
    there = group(session, viewer, GroupPermissions.PRIVATE)
    built = hierarchy(session, viewer, projects=2, datasets=1, images=1, channels=1)
    images = register_fileset(session, viewer, parsed_fileset(), built.datasets[0]).image_ids
    things: dict[str, list[int]] = {
        "Project": list(built.projects),
        "Dataset": list(built.datasets),
        "Image": [built.images[0], *images],
        "group": [there],
    }
    for kind in (models.Folder, models.Screen, models.Plate):
        things[kind.__name__] = [
            made(session, viewer, kind, name=f"{kind.__name__} {n}") for n in range(3)
        ]
    things["TagAnnotation"] = [
        made(session, viewer, models.TagAnnotation, text_value=str(n)) for n in range(2)
    ]
    for plate, image in zip(things["Plate"], built.images, strict=False):
        well = made(session, viewer, models.Well, plate_id=plate, row=0, column=0)
        made(session, viewer, models.WellSample, well_id=well, index=0, image_id=image)
    return things


def change(
    session: Session,
    viewer: Viewer,
    action: str,
    up: Ref,
    down: Ref,
    things: dict[str, list[int]],
) -> None:
    """Do one step; what is refused is left."""
    siblings = things[up[0]]
    other: Ref = (up[0], siblings[0] if up[1] == siblings[1] else siblings[1])
    actions: dict[str, Any] = {
        "link": lambda: link(session, viewer, [Pair(up, down)]),
        "unlink": lambda: unlink(session, viewer, [Pair(up, down)]),
        "move": lambda: move(session, viewer, [down], up, other),
        "delete": lambda: delete(session, viewer, [down]),
        "restore": lambda: restore(session, viewer, [down]),
        "group": lambda: move_to_group(session, viewer, [down], things["group"][0]),
        "back": lambda: move_to_group(session, viewer, [down], viewer.default_group_id or 0),
    }
    with suppress(StoreError):
        actions[action]()


def test_reports_name_concrete_kinds_and_cap_their_lists(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        scope = made(session, viewer, models.Instrument)
        laser = made(session, viewer, models.Laser, instrument_id=scope)
        built = hierarchy(session, viewer, projects=1, datasets=1, images=150)
        report: GraphReport = delete(
            session, viewer, [("Instrument", scope), ("Project", built.projects[0])], dry_run=True
        )

        assert ("Laser", laser) in report.goes
        assert [kind for kind, _ in report.goes].count("Image") == 25
        assert report.goes_counts["Image"] == 150
        assert report.event_id is None


def test_the_same_refusal_is_a_conflict_for_callers_that_want_one_error(
    database: Database, viewer: Viewer
) -> None:
    from store.edits.containers import delete_images

    with database.writing() as session:
        first, _ = register_fileset(session, viewer, parsed_fileset()).image_ids
        with pytest.raises(ConflictError, match="deleted as a whole"):
            delete_images(session, viewer, [first])
