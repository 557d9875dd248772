"""The record of changes: who sees it, what it says, how it is paged; what can be restored."""

import pytest
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.database import Database
from store.edits.graph import delete, move_to_group, restore
from store.edits.links import Pair, link, unlink
from store.edits.rows import RowChange, create, update
from store.errors import InvalidInputError, NotAllowedError, NotFoundError
from store.models.enums import GroupPermissions
from store.queries.history import history
from store.queries.trash import trash
from tests.build import hierarchy
from tests.conftest import Statements
from tests.people import group, person


def made(session: Session, viewer: Viewer, kind: type[models.Base], **values: object) -> int:
    (outcome,) = create(session, viewer, kind, [values])
    assert outcome.id is not None
    return outcome.id


def test_the_history_of_a_row_tells_of_its_links_and_annotations_newest_first(
    database: Database, viewer: Viewer, statements: Statements
) -> None:
    with database.writing() as session:
        project = made(session, viewer, models.Project, name="a")
        dataset = made(session, viewer, models.Dataset, name="d")
        tag = made(session, viewer, models.TagAnnotation, text_value="t")
        inside = Pair(("Project", project), ("Dataset", dataset))
        update(session, viewer, models.Project, [RowChange(project, 1, {"name": "b"})])
        link(session, viewer, [inside, Pair(("Project", project), ("TagAnnotation", tag))])
        unlink(session, viewer, [inside])
        update(session, viewer, models.TagAnnotation, [RowChange(tag, 1, {"text_value": "u"})])
        delete(session, viewer, [("Project", project)])
        restore(session, viewer, [("Project", project)])
        there = group(session, viewer, GroupPermissions.PRIVATE)
        move_to_group(session, viewer, [("Project", project)], there)

    with database.reading() as session, statements(database, 2):
        entries = history(session, viewer, "Project", project)
    with database.reading() as session:
        first = history(session, viewer, "Project", project, first=3)
        rest = history(session, viewer, "Project", project, after=first[-1].id)
    own = [entry for entry in entries if entry.kind == "Project"]
    assert [entry.action for entry in own] == [
        *("MOVE", "RESTORE", "DELETE", "UNLINK", "LINK", "LINK", "UPDATE", "INSERT"),
    ]
    assert own[6].changes == {"name": ["a", "b"]}
    datasets = {"kind": "Dataset", "number": 1, "ids": [dataset]}
    assert own[3].changes == {"links": [datasets, None]}
    assert {"links": [None, datasets]} in [entry.changes for entry in own[4:6]]
    assert own[0].changes == {"group_id": [viewer.default_group_id, there]}
    changed = [entry for entry in entries if entry.kind == "Annotation"]
    assert {"text_value": ["t", "u"]} in [entry.changes for entry in changed]
    assert first + rest == entries
    assert {entry.experimenter_id for entry in entries} == {viewer.experimenter_id}


def test_the_history_of_what_is_hidden_is_not_found(database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_ONLY)
        owner = person(session, viewer, "owner", [key])
        member = person(session, viewer, "member", [key])
        stranger = person(session, viewer, "stranger", [])
        project = made(session, owner, models.Project, name="a")
        assert len(history(session, member, "Project", project)) == 1
        delete(session, owner, [("Project", project)])

        for who in (member, stranger):
            with pytest.raises(NotFoundError, match=f"No project {project}"):
                history(session, who, "Project", project)
        assert [entry.action for entry in history(session, owner, "Project", project)] == [
            "DELETE",
            "INSERT",
        ]
        for kind, first in (("Nonsense", 1), ("Event", 1), ("Project", 0), ("Project", 201)):
            with pytest.raises(InvalidInputError):
                history(session, owner, kind, project, first=first)


def test_deleted_rows_are_listed_to_their_owner_last_deleted_first(
    database: Database, viewer: Viewer, statements: Statements
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_ONLY)
        owner = person(session, viewer, "owner", [key])
        member = person(session, viewer, "member", [key])
        keys = [made(session, owner, models.Project, name=name) for name in "abc"]
        for project in (keys[1], keys[0]):
            delete(session, owner, [("Project", project)])
    with database.reading() as session, statements(database, 1):
        listed = trash(session, owner, kind="Project")
    with database.reading() as session:
        after = trash(session, owner, kind="Project", after=listed[0].place)
        with pytest.raises(NotAllowedError, match="Only administrators"):
            trash(session, member, kind="Project", everybody=True)
        seen = trash(session, viewer, kind="Project", everybody=True)
        others = trash(session, member, kind="Project")

    assert [(row.id, row.name) for row in listed] == [(keys[0], "a"), (keys[1], "b")]
    assert after == listed[1:]
    assert (seen, others) == (listed, [])


@pytest.mark.slow
def test_what_was_named_for_deletion_is_listed_of_all_kinds_without_what_it_took(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        key = group(session, viewer, GroupPermissions.READ_WRITE)
        owner, member = (person(session, viewer, name, [key]) for name in ("owner", "member"))
        built = hierarchy(session, owner, projects=1, datasets=2, images=2)
        tag = made(session, member, models.TagAnnotation, text_value="t")
        delete(session, member, [("Image", built.images[0]), ("TagAnnotation", tag)])
        delete(session, owner, [("Dataset", built.datasets[1]), ("Project", built.projects[0])])
        many = [made(session, owner, models.Folder, name=str(n)) for n in range(60)]
        for folder in many:
            delete(session, owner, [("Folder", folder)])
            restore(session, owner, [("Folder", folder)])

    with database.reading() as session:
        mine = trash(session, owner)
        pages = [trash(session, owner, first=1)]
        while pages[-1]:
            pages.append(trash(session, owner, first=1, after=pages[-1][0].place))
        theirs = trash(session, member)
        all_ = trash(session, viewer, everybody=True)
        nobodys = trash(session, viewer)
        with pytest.raises(NotAllowedError):
            trash(session, owner, everybody=True)

    assert [(row.kind, row.id) for row in mine] == [
        ("Dataset", built.datasets[1]),
        ("Project", built.projects[0]),
        ("Image", built.images[0]),
    ]
    assert [row.experimenter_id for row in mine] == [
        *(owner.experimenter_id, owner.experimenter_id, member.experimenter_id)
    ]
    assert mine[0].event_id == mine[1].event_id
    assert [row for page in pages for row in page] == mine
    assert [(row.id, row.name) for row in theirs] == [(tag, "t")]
    assert {(row.kind, row.id) for row in all_} == {(row.kind, row.id) for row in mine + theirs}
    assert nobodys == []


def test_a_deletion_of_more_than_a_line_of_the_record_names_is_listed_whole(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        outcomes = create(session, viewer, models.Folder, [{"name": str(n)} for n in range(150)])
        delete(session, viewer, [("Folder", one.id) for one in outcomes if one.id is not None])
    with database.reading() as session:
        first = trash(session, viewer, first=120)
        rest = trash(session, viewer, after=first[-1].place)

    assert [row.id for row in first + rest] == [one.id for one in outcomes]
