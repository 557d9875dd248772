from typing import Any

import pytest

from schema import reads
from schema.context import Context
from schema.limits import Limits
from schema.pagination import ID_ASC, page_arguments
from schema.reads import Children
from store import models
from store.access import Viewer
from store.database import Database
from tests.build import hierarchy

OF_IMAGES = (("parent_type", "Image"),)
TAGS = Children(models.TagAnnotation, models.AnnotationLink, where=OF_IMAGES)
ANNOTATIONS = Children(models.Annotation, models.AnnotationLink, where=OF_IMAGES)
IMAGES = Children(models.Image, models.AnnotationLink, "child_id", "parent_id", where=OF_IMAGES)


@pytest.fixture
def linked(database: Database, viewer: Viewer) -> Database:
    """Image 1 has a tag and a comment; dataset 1 has the comment only."""
    with database.writing() as session:
        hierarchy(session, viewer)
        image = session.get_one(models.Image, 1)
        owned = {
            name: getattr(image, name)
            for name in ("owner_id", "group_id", "creation_event_id", "update_event_id")
        }
        tag = models.TagAnnotation(text_value="mitosis", **owned)
        comment = models.CommentAnnotation(text_value="look", **owned)
        session.add_all([tag, comment])
        session.flush()
        for kind, child in (("Image", tag), ("Image", comment), ("Dataset", comment)):
            values = {"parent_type": kind, "parent_id": 1, "child_id": child.id}
            session.add(models.AnnotationLink(**values, **owned))
    return database


def read(database: Database, viewer: Viewer, children: Children, keys: list[int]) -> list[Any]:
    """Read lists, pages and counts of children; the three must agree."""
    with Context(database, viewer, Limits(), planned=True) as context:
        columns = [children.entity.id]
        statement = reads.lists(viewer, children, children.child, columns)
        listed = context.rows(statement, {"keys": keys})
        arguments = page_arguments("T.f", {}, ID_ASC, 50)
        statement = reads.pages(viewer, children, arguments, columns, database.dialect)
        paged = context.rows(statement, reads.page_values(arguments, keys))
        counted = dict(context.rows(reads.counts(viewer, children), {"keys": keys}))
    pairs = sorted((parent, key) for key, parent in listed)
    assert pairs == sorted((row[-1], row[0]) for row in paged)
    assert counted == {key: len([one for one in pairs if one[0] == key]) for key, _ in pairs}
    return pairs


def test_a_link_table_of_many_types_gives_the_children_of_one(
    linked: Database, viewer: Viewer
) -> None:
    assert read(linked, viewer, ANNOTATIONS, [1, 2]) == [(1, 1), (1, 2)]


def test_a_list_of_one_kind_leaves_out_the_other_kinds(linked: Database, viewer: Viewer) -> None:
    assert read(linked, viewer, TAGS, [1, 2]) == [(1, 1)]


def test_parents_of_other_types_are_no_children_backwards(linked: Database, viewer: Viewer) -> None:
    assert read(linked, viewer, IMAGES, [1, 2]) == [(1, 1), (2, 1)]
