"""Annotations of all kinds, the pairs of map annotations, and what is annotated."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, Owned, UtcDateTime
from store.models.quantities import LongText, Unit

TAG_SET_NAMESPACE = "openmicroscopy.org/omero/insight/tagset"
"""Namespace of tags that are sets: linked to the tags in them as annotations of the set."""
RATING_NAMESPACE = "openmicroscopy.org/omero/insight/rating"
"""Namespace of whole numbers from 0 to 5 that are ratings."""
CLIENT_MAP_NAMESPACE = "openmicroscopy.org/omero/client/mapAnnotation"
"""Namespace of key–values that people edit by hand."""

_FOLDED = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


class Annotation(Owned, Base):
    """An annotation of one of eleven kinds, all in one table; may be on many objects."""

    __tablename__ = "annotation"
    __table_args__ = (
        sa.Index("ix_annotation_kind_text_key", "kind", "text_key", "id"),
        sa.Index("ix_annotation_kind_namespace", "kind", "namespace"),
        sa.Index(None, "file_id"),
    )

    kind: Mapped[str] = mapped_column(sa.String(32))
    """Name of the class."""
    namespace: Mapped[str | None] = mapped_column(sa.String(1024))
    description: Mapped[LongText]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """Who made it according to the file that it comes from (OME: Annotator)."""
    text_value: Mapped[LongText]
    """Of tags, comments, XML and terms; and times before year 1 or finer than microseconds."""
    text_key: Mapped[str | None] = mapped_column(_FOLDED)
    """`names.sort_key` of a tag's or term's text, for finding and sorting."""
    long_value: Mapped[int | None] = mapped_column(sa.BigInteger)
    double_value: Mapped[float | None]
    bool_value: Mapped[bool | None]
    time_value: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("original_file.id"))

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_abstract": True}  # noqa: RUF012


class CommentAnnotation(Annotation):
    """A comment."""

    __mapper_args__ = {"polymorphic_identity": "CommentAnnotation"}  # noqa: RUF012


class TagAnnotation(Annotation):
    """A tag, or a set of tags."""

    __mapper_args__ = {"polymorphic_identity": "TagAnnotation"}  # noqa: RUF012


class XMLAnnotation(Annotation):
    """An XML document or fragment."""

    __mapper_args__ = {"polymorphic_identity": "XMLAnnotation"}  # noqa: RUF012


class LongAnnotation(Annotation):
    """A whole number, such as a rating."""

    __mapper_args__ = {"polymorphic_identity": "LongAnnotation"}  # noqa: RUF012


class DoubleAnnotation(Annotation):
    """A number."""

    __mapper_args__ = {"polymorphic_identity": "DoubleAnnotation"}  # noqa: RUF012


class BooleanAnnotation(Annotation):
    """True or false."""

    __mapper_args__ = {"polymorphic_identity": "BooleanAnnotation"}  # noqa: RUF012


class TimestampAnnotation(Annotation):
    """A point in time."""

    __mapper_args__ = {"polymorphic_identity": "TimestampAnnotation"}  # noqa: RUF012


class TermAnnotation(Annotation):
    """A term of an ontology."""

    __mapper_args__ = {"polymorphic_identity": "TermAnnotation"}  # noqa: RUF012


class MapAnnotation(Annotation):
    """Pairs of key and value, in order; keys may repeat. See `MapPair`."""

    __mapper_args__ = {"polymorphic_identity": "MapAnnotation"}  # noqa: RUF012


class FileAnnotation(Annotation):
    """A file attached to objects."""

    __mapper_args__ = {"polymorphic_identity": "FileAnnotation"}  # noqa: RUF012


class ListAnnotation(Annotation):
    """A list of other annotations, which are linked to it as its annotations."""

    __mapper_args__ = {"polymorphic_identity": "ListAnnotation"}  # noqa: RUF012


class MapPair(Base):
    """One key and value of a map annotation; reached through its annotation only."""

    __tablename__ = "map_pair"
    __table_args__ = (
        sa.UniqueConstraint("annotation_id", "index"),
        sa.Index("ix_map_pair_key_key_value_key", "key_key", "value_key", "annotation_id"),
        sa.Index("ix_map_pair_key_key_base_number", "key_key", "base_number", "annotation_id"),
    )

    annotation_id: Mapped[int] = mapped_column(sa.ForeignKey("annotation.id"))
    index: Mapped[int] = mapped_column(sa.Integer)
    """Place in the list, from 0."""
    key: Mapped[str] = mapped_column(sa.Text)
    value: Mapped[str] = mapped_column(sa.Text)
    key_key: Mapped[str] = mapped_column(_FOLDED)
    """The key without case, for finding."""
    value_key: Mapped[str] = mapped_column(_FOLDED)
    """The value without case, for finding."""
    sort_value: Mapped[str | None] = mapped_column(_FOLDED)
    """`names.sort_key` of `value_key`, where the two differ, for sorting."""
    number: Mapped[float | None]
    """The value as a number, where it is one, as written."""
    unit: Mapped[Unit]
    """Its unit, where one that `units` knows follows the number."""
    base_number: Mapped[float | None]
    """The number in the base unit of its dimension, for comparing."""


class AnnotationLink(Owned, Base):
    """One annotation on one object of any annotatable type."""

    __tablename__ = "annotation_link"
    __table_args__ = (
        sa.UniqueConstraint("parent_type", "parent_id", "child_id", name="uq_annotation_link"),
        sa.Index("ix_annotation_link_child", "child_id", "parent_type", "parent_id"),
    )

    parent_type: Mapped[str] = mapped_column(sa.String(32))
    """Name of the table's class: "Image"; "Annotation", "Shape", "LightSource" for their kinds."""
    parent_id: Mapped[int] = mapped_column(sa.BigInteger)
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("annotation.id"))
