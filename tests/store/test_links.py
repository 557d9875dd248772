"""Linking, unlinking and moving in every relation: many pairs, rights, groups, circles."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.database import Database
from store.edits.annotatable import ANNOTATABLE
from store.edits.counters import FAMILIES, recount
from store.edits.links import Pair, link, move, unlink
from store.edits.outcomes import Outcome, Ref, RefusedError, Status
from store.edits.relations import RELATIONS, relation
from store.edits.rows import create
from store.errors import InvalidInputError, NotAllowedError, NotFoundError
from store.models.enums import GroupPermissions
from store.queries.containers import child_counts
from tests.build import hierarchy
from tests.conftest import Statements
from tests.people import group, person
from tests.store.test_rows import a_file, a_row, made

CONCRETE: dict[type[models.Base], type[models.Base]] = {
    models.LightSource: models.Laser,
    models.Annotation: models.TagAnnotation,
}
FROM_FILES = (models.Image, models.Pixels, models.Channel, models.Plane, models.OriginalFile)


def statuses(outcomes: list[Outcome]) -> list[Status]:
    """Return what became of each item."""
    return [outcome.status for outcome in outcomes]


def a_ref(session: Session, viewer: Viewer, entity: type[models.Base], image: int) -> Ref | None:
    """Return a row of a kind, or none where a test cannot make one."""
    kind = CONCRETE.get(entity, entity)
    if entity in FROM_FILES:
        row: Any = entity
        found = session.scalar(sa.select(sa.func.min(row.id)))
        return None if found is None else (kind.__name__, found)
    if entity in (models.Shape, models.Fileset, models.Experimenter, models.ExperimenterGroup):
        return None
    if entity is models.Annotation:
        return kind.__name__, made(session, viewer, kind, {"text_value": "t"})[0]
    if entity is models.WellSample:
        well = a_row(session, viewer, models.Well, image)
        return "WellSample", made(session, viewer, entity, {"well_id": well, "index": 0})[0]
    return kind.__name__, a_row(session, viewer, entity, image)


def test_counters_of_many_containers_are_mended_by_one_statement_for_each_kind(
    database: Database, viewer: Viewer, statements: Statements
) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=5, datasets=2, images=3)
        session.execute(sa.delete(models.ChildCount))

    # Two to compare all counters of a kind; here are datasets in projects and images in datasets.
    with statements(database, 2 * len(FAMILIES) + 2), database.writing() as session:
        wrong = recount(session)

    assert wrong == 5 + 10
    with database.reading() as session:
        total = sa.func.sum(models.ChildCount.children)
        kind = models.ChildCount.child_type
        found = session.execute(sa.select(kind, total).group_by(kind))
        numbers = {row[0]: row[1] for row in found}
    assert numbers == {"Dataset": 10, "Image": 30}


@pytest.mark.slow
def test_every_relation_is_linked_once_recorded_and_unlinked(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        image = hierarchy(session, viewer, projects=1, datasets=1, images=1, channels=1).images[0]
        session.execute(sa.delete(models.DatasetImageLink))
        session.execute(sa.delete(models.ProjectDatasetLink))
        recount(session)
        a_file(session, viewer)
        kinds = {entity for one in RELATIONS for entity in (one.parent, one.child)}
        ends = {entity: a_ref(session, viewer, entity, image) for entity in kinds}
        inner = a_ref(session, viewer, models.Folder, image)
        pairs = []
        for one in RELATIONS:
            up, down = ends[one.parent], inner if one.child is models.Folder else ends[one.child]
            if up is not None and down is not None and up != down:
                pairs.append(Pair(up, down, one.role))
        found = []
        for change in (link, link, unlink, unlink):
            found.append(set(statuses(change(session, viewer, pairs))))
            assert recount(session) == 0
            assert linked(session) == (len(pairs) if len(found) < 3 else 0)

        assert found == [{Status.DONE}, {Status.UNCHANGED}, {Status.DONE}, {Status.UNCHANGED}]
        assert len(pairs) >= 60


def linked(session: Session) -> int:
    """Count all links, those in columns too."""
    tables = {one.link for one in RELATIONS if one.link is not None}
    inside = sa.select(sa.func.count(models.Folder.parent_id))
    counts = [sa.select(sa.func.count(table.id)) for table in tables]
    return sum(session.scalar(count) or 0 for count in (inside, *counts))


def test_kinds_that_do_not_belong_together_are_refused(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1)
        image, project = ("Image", built.images[0]), ("Project", built.projects[0])
        cases = {
            Pair(project, image): "cannot be put into a Project",
            Pair(("Nonsense", 1), image): "no kind 'Nonsense'",
            Pair(("FilterSet", 1), ("Filter", 1)): "is not said",
            Pair(("Dataset", 1), image, "input"): "is not said",
            Pair(("Dataset", 99), image): "No dataset 99",
        }
        for pair, message in cases.items():
            with pytest.raises(RefusedError, match=message) as caught:
                link(session, viewer, [pair])
            assert isinstance(caught.value.outcomes[0].error, InvalidInputError | NotFoundError)
    with pytest.raises(InvalidInputError, match="one of excitation, emission"):
        relation("FilterSet", "Filter")
    assert relation("PersonGroup", "Person").fixed == {"leader": False}


def test_links_across_groups_and_without_rights_are_refused_one_by_one(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_ANNOTATE)
        owner = person(session, viewer, "owner", [key])
        member = person(session, viewer, "member", [key])
        mine = hierarchy(session, owner, projects=1, datasets=1, images=2)
        theirs = hierarchy(session, member, projects=1, datasets=1, images=1)
        far = hierarchy(session, viewer, projects=1, datasets=1, images=1)
        dataset: Ref = ("Dataset", mine.datasets[0])
        (other,) = made(session, owner, models.Dataset, {"name": "other"})
        (tag,) = made(session, member, models.TagAnnotation, {"text_value": "t"})
        pairs = [
            Pair(("Dataset", other), ("Image", mine.images[0])),
            Pair(("Dataset", other), ("Image", theirs.images[0])),
            Pair(("Dataset", other), ("Image", 10**6)),
            Pair(("Image", mine.images[0]), ("TagAnnotation", tag)),
            Pair(("Dataset", other), ("Image", mine.images[0])),
        ]
        with pytest.raises(RefusedError, match="3 of 5 items") as caught:
            link(session, owner, pairs)
        some = link(session, owner, pairs, partial=True)
        with pytest.raises(RefusedError, match="different groups"):
            link(session, viewer, [Pair(dataset, ("Image", far.images[0]))])
        with pytest.raises(RefusedError, match="Somebody else put"):
            unlink(session, member, [Pair(dataset, ("Image", mine.images[0]))])
        annotated = link(session, member, [Pair(("Image", mine.images[1]), ("TagAnnotation", tag))])

        assert statuses(caught.value.outcomes)[0] is Status.NOT_DONE
        assert [type(outcome.error) for outcome in some] == [
            *(type(None), NotAllowedError, NotFoundError, type(None), InvalidInputError),
        ]
        assert statuses(annotated) == [Status.DONE]
        assert recount(session) == 0


def test_a_folder_moves_with_its_count_and_never_into_itself(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        a, b, c = made(session, viewer, models.Folder, *({"name": name} for name in "abc"))
        link(session, viewer, [Pair(("Folder", a), ("Folder", b))])
        moved = link(session, viewer, [Pair(("Folder", c), ("Folder", b))])
        with pytest.raises(RefusedError, match="inside itself"):
            link(session, viewer, [Pair(("Folder", b), ("Folder", c))])
        with pytest.raises(RefusedError, match="cannot be in two folders"):
            link(session, viewer, [Pair(("Folder", key), ("Folder", b)) for key in (a, c)])
        back = move(session, viewer, [("Folder", b)], ("Folder", c), ("Folder", a))
        folder = session.get_one(models.Folder, b)

        assert statuses(moved) == statuses(back) == [Status.DONE]
        assert (folder.parent_id, folder.version) == (a, 5)
        assert recount(session) == 0


def test_a_move_is_done_as_a_whole_or_not_at_all(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=2, images=2)
        here, there = (("Dataset", key) for key in built.datasets)
        images: list[Ref] = [("Image", key) for key in built.images[:2]]
        with pytest.raises(RefusedError, match="No image 99"):
            move(session, viewer, [*images, ("Image", 99)], here, there)
        before = child_counts(session, viewer, "Dataset", built.datasets)
        with pytest.raises(RefusedError, match="No dataset 99"):
            move(session, viewer, images, here, ("Dataset", 99))
        outcomes = move(session, viewer, images, here, there)
        again = move(session, viewer, images, here, there)
        same = move(session, viewer, images, there, there)

        assert before == dict.fromkeys(built.datasets, 2)
        assert child_counts(session, viewer, "Dataset", built.datasets) == {there[1]: 4}
        assert statuses(outcomes) == [Status.DONE] * 2
        assert statuses(again) == statuses(same) == [Status.UNCHANGED] * 2
        assert recount(session) == 0


def test_a_thousand_pairs_take_as_many_statements_as_one(
    database: Database, viewer: Viewer, statements: Statements
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=1000)
        targets = create(session, viewer, models.Dataset, [{"name": str(n)} for n in range(3)])
    here: Ref = ("Dataset", built.datasets[0])
    for number, target in zip((1, 10, 1000), targets, strict=True):
        images: list[Ref] = [("Image", key) for key in built.images[:number]]
        there: Ref = ("Dataset", target.id or 0)
        with database.writing() as session, statements(database, 11):
            link(session, viewer, [Pair(there, image) for image in images])
        with database.writing() as session, statements(database, 8):
            unlink(session, viewer, [Pair(there, image) for image in images])
        with database.writing() as session, statements(database, 19):
            move(session, viewer, images, here, there)
        with database.writing() as session, statements(database, 19):
            move(session, viewer, images, there, here)


def test_deletions_know_everything_that_can_be_annotated() -> None:
    assert set(ANNOTATABLE.values()) <= {one.parent for one in RELATIONS if one.annotates}
