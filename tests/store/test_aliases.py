import sqlalchemy as sa

from store import models
from store.models.aliases import alias


def test_an_alias_is_made_once_for_each_role() -> None:
    listed, asked = alias(models.Image, "listed"), alias(models.Image, "asked")

    assert alias(models.Image, "listed") is listed
    assert asked is not listed
    assert sa.inspect(listed).name == "image_listed"


def test_an_alias_is_of_its_class_where_many_share_a_table() -> None:
    tag, comment = (
        alias(kind, "listed") for kind in (models.TagAnnotation, models.CommentAnnotation)
    )

    assert str(sa.select(tag.id)) == str(sa.select(comment.id))
    assert sa.inspect(tag).mapper.class_ is models.TagAnnotation
    assert sa.inspect(comment).mapper.class_ is models.CommentAnnotation
