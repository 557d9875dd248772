"""What was written is found by the next read, whatever the way of writing."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from store import models
from store.access import Viewer
from store.database import Database
from store.edits.people import first_start
from store.models.enums import GroupPermissions
from store.models.pairs import pair_row
from store.search import Facet, Search, facet, ids, parse
from tests.build import hierarchy
from tests.people import group, person

ANNOTATION: Any = models.Annotation.__table__

Find = Callable[[str], list[int]]


@pytest.fixture
def find(database: Database, viewer: Viewer) -> Find:
    """Find images in a new snapshot; there are twelve, in four datasets."""
    with database.writing() as session:
        hierarchy(session, viewer)

    def found(query: str) -> list[int]:
        with database.reading() as session:
            return list(ids(session, viewer, query, "Image", 100))

    return found


def owned(viewer: Viewer, group_id: int | None = None) -> dict[str, int]:
    return {
        "owner_id": viewer.experimenter_id,
        "group_id": group_id or viewer.default_group_id or 0,
        "creation_event_id": 1,
        "update_event_id": 1,
    }


def annotate(database: Database, viewer: Viewer, annotation: Any, image_id: int) -> int:
    with database.writing() as session:
        session.add(annotation)
        session.flush()
        link = {"parent_type": "Image", "parent_id": image_id, "child_id": annotation.id}
        session.add(models.AnnotationLink(**link, **owned(viewer)))
        return int(annotation.id)


def change(database: Database, statement: Any) -> None:
    with database.writing() as session:
        session.execute(statement)


def test_a_new_name_is_found_and_the_old_one_is_not(database: Database, find: Find) -> None:
    change(database, sa.update(models.Image).where(models.Image.id == 3).values(name="Anaphase"))

    assert find("anaphase") == [3]
    assert 3 not in find("image")


def test_a_tag_is_found_until_it_is_taken_off(
    database: Database, viewer: Viewer, find: Find
) -> None:
    tag = annotate(database, viewer, models.TagAnnotation(text_value="late", **owned(viewer)), 5)
    tagged = find("tag:late")
    change(database, sa.delete(models.AnnotationLink).where(models.AnnotationLink.child_id == tag))

    assert tagged == [5]
    assert find("tag:late") == []


def test_a_tag_with_a_new_text_is_found_by_it_on_every_object(
    database: Database, viewer: Viewer, find: Find
) -> None:
    tag = annotate(database, viewer, models.TagAnnotation(text_value="late", **owned(viewer)), 5)
    link = {"parent_type": "Image", "parent_id": 7, "child_id": tag}
    change(database, sa.insert(models.AnnotationLink).values(**link, **owned(viewer)))
    change(database, sa.update(ANNOTATION).values(text_value="early"))

    assert find("late") == []
    assert find("early") == [7, 5]


def test_key_values_are_found_by_their_new_value(
    database: Database, viewer: Viewer, find: Find
) -> None:
    key = annotate(database, viewer, models.MapAnnotation(**owned(viewer)), 2)
    pair = {"annotation_id": key, "index": 0}
    change(database, sa.insert(models.MapPair).values(**pair, **pair_row("Dose", "5 µm")))
    before = find("dose:>4um"), find("dose:6..7µm"), find("dose:5")
    change(database, sa.update(models.MapPair).values(**pair_row("Dose", "6.5 µm")))

    assert before == ([2], [], [])
    assert find("dose:6..7µm") == [2]
    assert find("dose:<0.0065mm") == []
    assert find("dose:6..7") == [2]
    assert find("6.5") == [2]


def test_what_is_deleted_is_not_found_until_it_is_restored(database: Database, find: Find) -> None:
    image = sa.update(models.Image).where(models.Image.id == 4)
    change(database, image.values(name="unique", deleted_event_id=1))
    deleted = find("unique")
    change(database, image.values(deleted_event_id=None))

    assert deleted == []
    assert find("unique") == [4]


def test_what_is_gone_for_good_leaves_no_words(
    database: Database, viewer: Viewer, find: Find
) -> None:
    tag = models.TagAnnotation(text_value="late", description="not early", **owned(viewer))
    key = annotate(database, viewer, tag, 5)
    change(database, sa.delete(models.AnnotationLink))
    change(database, sa.delete(ANNOTATION))
    text = {"kind": "CommentAnnotation", "text_value": "another", "id": key}
    change(database, sa.insert(ANNOTATION).values(**text, **owned(viewer)))
    link = {"parent_type": "Image", "parent_id": 5, "child_id": key}
    change(database, sa.insert(models.AnnotationLink).values(**link, **owned(viewer)))

    assert find("late OR early") == []
    assert find("comment:another") == [5]


def test_a_change_that_is_taken_back_is_not_found(database: Database, find: Find) -> None:
    def write() -> None:
        with database.writing() as session:
            session.execute(sa.update(models.Image).values(name="gone"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()

    assert find("gone") == []
    assert len(find("image")) == 12


def test_a_hidden_tag_neither_finds_an_image_nor_is_counted(
    database: Database, viewer: Viewer
) -> None:
    with database.writing() as session:
        first_start(session)
        private = group(session, viewer, GroupPermissions.PRIVATE)
        shared = group(session, viewer, GroupPermissions.READ_ANNOTATE)
        ada = person(session, viewer, "ada", [shared])
        bob = person(session, viewer, "bob", [shared, private])
        hierarchy(session, bob, group_id=shared)
    for text, key in (("open", shared), ("secret", private)):
        annotate(database, bob, models.TagAnnotation(text_value=text, **owned(bob, key)), 2)
    change(database, sa.update(models.AnnotationLink).values(group_id=shared))
    with database.reading() as session:
        for who, tags in ((ada, ["open"]), (bob, ["open", "secret"])):
            search = Search(session, who, parse("image"))

            assert ids(session, who, "secret", "Image", 9) == ([2] if "secret" in tags else [])
            assert ids(session, who, "-secret id:2", "Image", 9) == (
                [] if "secret" in tags else [2]
            )
            assert [value for value, _ in facet(who, search, Facet.TAG)] == tags


@pytest.mark.parametrize(
    "query",
    [
        '"a\' OR 1=1 --"',
        "{name}:x",
        "NEAR(a,b)",
        "rowid:1",
        "a+b^c",
        "name:{a}",
        "\"':* & !a'\"",
        "\\'a\\\\",
        "a:b:c::",
        "x%(x)s a?x",
        "7e5 1e3b \N{LATIN SMALL LETTER SHARP S}",
    ],
)
def test_signs_of_the_databases_own_languages_are_only_signs(query: str, find: Find) -> None:
    assert find(f"{query} OR id:3") == [3]


def test_the_number_of_statements_does_not_grow_with_the_number_of_objects(
    database: Database, viewer: Viewer, find: Find, statements: Any
) -> None:
    assert find("image")
    for number in (1, 5):
        with database.writing() as session:
            hierarchy(session, viewer, images=10 * number)
        # On PostgreSQL one more asks how many objects there are, for the newest are full of it.
        asked = 3 if database.dialect == "sqlite" else 4
        with statements(database, asked), database.reading() as session:
            Search(session, viewer, parse("image")).page(1_000)
