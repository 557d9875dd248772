"""Projects, datasets, links and counters: what changes, what is refused, what is counted."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible
from store.database import Database
from store.edits.containers import (
    create_dataset,
    create_project,
    delete_datasets,
    delete_images,
    delete_projects,
    find_or_create_dataset,
    rename,
)
from store.edits.counters import recount
from store.edits.links import (
    link_dataset_to_project,
    link_images_to_dataset,
    unlink_dataset_from_project,
    unlink_images_from_dataset,
)
from store.errors import ConflictError, InvalidInputError, NotFoundError
from store.models.enums import GroupPermissions
from store.queries.containers import (
    child_counts,
    datasets_of_images,
    datasets_of_projects,
    images_of_datasets,
    projects_of_datasets,
)
from tests.build import hierarchy
from tests.conftest import Statements
from tests.people import group, person


def test_a_dataset_made_in_a_project_is_linked_counted_and_logged(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        project = create_project(session, viewer, " Mitosis ", "A text\nof two lines")
        dataset = create_dataset(session, viewer, "Day 1", project_id=project.id)
    with database.reading() as session:
        found = datasets_of_projects(session, viewer, [project.id])
        counts = child_counts(session, viewer, "Project", [project.id])
        log = session.execute(
            sa.select(models.EventLog.entity_type, models.EventLog.action).order_by(
                models.EventLog.id
            )
        ).all()

    assert project.name == "Mitosis"
    assert [row.id for row in found[project.id]] == [dataset.id]
    assert counts == {project.id: 1}
    assert [tuple(row) for row in log] == [
        ("Project", "INSERT"),
        ("Dataset", "INSERT"),
        ("Project", "LINK"),
        ("Dataset", "LINK"),
    ]


def test_an_existing_dataset_of_the_name_is_found_again(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        project = create_project(session, viewer, "P")
        first = find_or_create_dataset(session, viewer, "D")
        inside = find_or_create_dataset(session, viewer, "D", project_id=project.id)

        assert find_or_create_dataset(session, viewer, " D ").id == first.id
        assert inside.id != first.id
        assert find_or_create_dataset(session, viewer, "D", project_id=project.id).id == inside.id


def test_linking_twice_changes_nothing(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=3)
        other = create_dataset(session, viewer, "other")
        first = link_images_to_dataset(session, viewer, list(built.images), other.id)
        again = link_images_to_dataset(session, viewer, list(built.images), other.id)

        assert (first, again) == (3, 0)
        assert child_counts(session, viewer, "Dataset", [other.id]) == {other.id: 3}
        in_both = datasets_of_images(session, viewer, [built.images[0]])
        assert [row.id for row in in_both[built.images[0]]] == [built.datasets[0], other.id]


def test_unlinking_leaves_the_children_and_counts_them_no_more(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=2, images=3)
        dataset, project = built.datasets[0], built.projects[0]
        taken = unlink_images_from_dataset(session, viewer, list(built.images[:2]), dataset)
        gone = unlink_dataset_from_project(session, viewer, dataset, project)
        again = unlink_dataset_from_project(session, viewer, dataset, project)

        assert (taken, gone, again) == (2, True, False)
        assert child_counts(session, viewer, "Dataset", [dataset]) == {dataset: 1}
        assert child_counts(session, viewer, "Project", [project]) == {project: 1}
        assert projects_of_datasets(session, viewer, [dataset]) == {}
        assert recount(session) == 0


def test_deleted_datasets_and_images_are_counted_no_more(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=2, images=3)
        delete_images(session, viewer, [built.images[0]])
        delete_datasets(session, viewer, [built.datasets[1]])

        assert child_counts(session, viewer, "Dataset", built.datasets[:1]) == {
            built.datasets[0]: 2
        }
        assert child_counts(session, viewer, "Project", built.projects) == {built.projects[0]: 1}
        assert recount(session) == 0


def test_a_wrong_counter_is_found_and_repaired(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer)
        session.execute(sa.update(models.ChildCount).values(children=99))

        assert recount(session) == 6
        assert recount(session) == 0
        assert set(child_counts(session, viewer, "Dataset", built.datasets).values()) == {3}


def test_counts_are_of_what_the_viewer_sees(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_WRITE)
        a = person(session, viewer, "a", [key])
        b = person(session, viewer, "b", [key])
        dataset = create_dataset(session, a, "shared")
        mine = hierarchy(session, a, projects=1, datasets=1, images=2)
        theirs = hierarchy(session, b, projects=1, datasets=1, images=3)
        link_images_to_dataset(session, a, [*mine.images, *theirs.images], dataset.id)
        stranger = person(session, viewer, "c", [])

        assert child_counts(session, b, "Dataset", [dataset.id]) == {dataset.id: 5}
        assert child_counts(session, stranger, "Dataset", [dataset.id]) == {}


def test_renaming_notices_a_change_in_between(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        project = create_project(session, viewer, "first")
        rename(session, viewer, models.Project, project.id, "second", version=1)

        with pytest.raises(ConflictError, match="changed meanwhile"):
            rename(session, viewer, models.Project, project.id, "third", version=1)
        assert (project.name, project.version) == ("second", 2)


def test_what_does_not_exist_is_not_found(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        project = create_project(session, viewer, "P")
        for action in (
            lambda: rename(session, viewer, models.Dataset, 77, "x"),
            lambda: create_dataset(session, viewer, "x", project_id=77),
            lambda: link_dataset_to_project(session, viewer, 77, project.id),
            lambda: delete_projects(session, viewer, [project.id, 77]),
        ):
            with pytest.raises(NotFoundError, match="77"):
                action()


def test_a_stranger_makes_nothing_in_a_group(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_WRITE)
        stranger = person(session, viewer, "c", [])

        with pytest.raises(NotFoundError, match=f"No group {key}"):
            create_project(session, stranger, "x", group_id=key)
        with pytest.raises(InvalidInputError, match="in no group"):
            create_project(session, Viewer(stranger.experimenter_id), "x")


def test_part_of_a_fileset_is_not_deleted(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=1, datasets=1, images=2)
        fileset = _fileset(session, viewer, built.images)

        with pytest.raises(ConflictError, match=f"also holds image {built.images[1]}"):
            delete_images(session, viewer, [built.images[0]])
        delete_images(session, viewer, list(built.images))
        left = session.scalars(select_visible(viewer, models.Fileset)).all()
        assert fileset
        assert left == []


def test_reads_of_many_parents_are_one_statement(
    database: Database, viewer: Viewer, statements: Statements
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=3, datasets=4, images=5)

    with database.reading() as session, statements(database, 4):
        datasets = datasets_of_projects(session, viewer, built.projects)
        images = images_of_datasets(session, viewer, built.datasets)
        counts = child_counts(session, viewer, "Dataset", built.datasets)
        child_counts(session, viewer, "Project", built.projects)
    assert {key: len(rows) for key, rows in datasets.items()} == dict.fromkeys(built.projects, 4)
    assert {key: len(rows) for key, rows in images.items()} == counts
    assert [row.id for rows in images.values() for row in rows] == list(built.images)


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["link", "unlink", "delete image", "delete dataset", "into", "out of"]),
        st.integers(0, 1),
        st.integers(0, 5),
    ),
    max_size=25,
)


@pytest.mark.slow
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moves=MOVES)
def test_counters_equal_real_counts_whatever_happens(
    database: Database, viewer: Viewer, moves: list[tuple[str, int, int]]
) -> None:
    with database.writing() as session:
        built = hierarchy(session, viewer, projects=2, datasets=1, images=3)
        for move, one, many in moves:
            dataset, image, project = (
                built.datasets[one],
                built.images[many],
                built.projects[many % 2],
            )
            _move(session, viewer, move, dataset, image, project)

        assert _counted(session, viewer, built.datasets) == {
            key: len(rows)
            for key, rows in images_of_datasets(session, viewer, built.datasets).items()
        }
        assert recount(session) == 0


def _counted(session: Session, viewer: Viewer, datasets: range) -> dict[int, int]:
    return child_counts(session, viewer, "Dataset", datasets)


def _move(
    session: Session, viewer: Viewer, move: str, dataset: int, image: int, project: int
) -> None:
    actions: dict[str, Any] = {
        "link": lambda: link_images_to_dataset(session, viewer, [image], dataset),
        "unlink": lambda: unlink_images_from_dataset(session, viewer, [image], dataset),
        "delete image": lambda: delete_images(session, viewer, [image]),
        "delete dataset": lambda: delete_datasets(session, viewer, [dataset]),
        "into": lambda: link_dataset_to_project(session, viewer, dataset, project),
        "out of": lambda: unlink_dataset_from_project(session, viewer, dataset, project),
    }
    try:
        actions[move]()
    except NotFoundError:
        return  # deleted before


def _fileset(session: Session, viewer: Viewer, images: range) -> int:
    (event,) = session.scalars(sa.select(models.Event.id).order_by(models.Event.id).limit(1))
    row = models.Fileset(
        root="/",
        format="OME-TIFF",
        identity="x",
        owner_id=viewer.experimenter_id,
        group_id=viewer.default_group_id,
        creation_event_id=event,
        update_event_id=event,
    )
    session.add(row)
    session.flush()
    session.execute(
        sa.update(models.Image).where(models.Image.id.in_(images)).values(fileset_id=row.id)
    )
    return row.id


def test_renaming_moves_a_thing_in_the_order(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        first = create_project(session, viewer, "Field 10")
        rename(session, viewer, models.Project, first.id, "Field 9")

        assert first.sort_name == "field 000000000009"


def test_the_longest_name_of_the_widest_letters_is_kept_and_found(
    database: Database, viewer: Viewer
) -> None:
    name = "\U00020000" * 1024  # four bytes each: more than an index entry holds
    with database.writing() as session:
        made = find_or_create_dataset(session, viewer, name)
        again = find_or_create_dataset(session, viewer, name)

        assert (made.id, made.name) == (again.id, name)
