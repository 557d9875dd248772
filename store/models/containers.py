"""Projects, datasets, folders, their links and the counters of their children."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, Owned
from store.models.names import Named
from store.models.quantities import LongText


class Project(Named, Owned, Base):
    """A scientific project: a set of datasets."""

    __tablename__ = "project"
    __table_args__ = (sa.Index(None, "sort_name", "id"),)

    description: Mapped[LongText]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """Whose it is according to the file that it comes from (OME: ExperimenterRef)."""
    person_group_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person_group.id"), index=True
    )


class Dataset(Named, Owned, Base):
    """A set of images; may be in many projects."""

    __tablename__ = "dataset"
    __table_args__ = (sa.Index(None, "sort_name", "id"),)

    description: Mapped[LongText]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """Whose it is according to the file that it comes from (OME: ExperimenterRef)."""
    person_group_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person_group.id"), index=True
    )


class ProjectDatasetLink(Owned, Base):
    """One dataset in one project."""

    __tablename__ = "project_dataset_link"
    __table_args__ = (sa.UniqueConstraint("parent_id", "child_id"), sa.Index(None, "child_id"))

    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("project.id"))
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("dataset.id"))


class DatasetImageLink(Owned, Base):
    """One image in one dataset."""

    __tablename__ = "dataset_image_link"
    __table_args__ = (sa.UniqueConstraint("parent_id", "child_id"), sa.Index(None, "child_id"))

    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("dataset.id"))
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("image.id"))


class Folder(Named, Owned, Base):
    """A folder of images, regions and further folders; folders form trees."""

    __tablename__ = "folder"
    __table_args__ = (sa.Index(None, "sort_name", "id"), sa.Index(None, "parent_id", "sort_name"))

    description: Mapped[LongText]
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("folder.id"))


class FolderImageLink(Owned, Base):
    """One image in one folder."""

    __tablename__ = "folder_image_link"
    __table_args__ = (sa.UniqueConstraint("parent_id", "child_id"), sa.Index(None, "child_id"))

    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("folder.id"))
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("image.id"))


class FolderROILink(Owned, Base):
    """One region of interest in one folder."""

    __tablename__ = "folder_roi_link"
    __table_args__ = (sa.UniqueConstraint("parent_id", "child_id"), sa.Index(None, "child_id"))

    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("folder.id"))
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("roi.id"))


class ChildCount(Base):
    """How many live children of one owner in one group a container has.

    Kept in the transaction that links or unlinks, so that a count shown beside a container is a
    sum over a few rows instead of a walk over its children. The group and owner are the child's:
    summing the rows that a viewer may see gives the count that this viewer would find.
    """

    __tablename__ = "child_count"
    __table_args__ = (
        # Named, because the conventional name is longer than PostgreSQL allows.
        sa.UniqueConstraint(
            "parent_type",
            "parent_id",
            "child_type",
            "group_id",
            "owner_id",
            name="uq_child_count_parent_child_owner",
        ),
    )

    parent_type: Mapped[str] = mapped_column(sa.String(32))
    parent_id: Mapped[int] = mapped_column(sa.BigInteger)
    child_type: Mapped[str] = mapped_column(sa.String(32))
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter_group.id"))
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter.id"))
    children: Mapped[int] = mapped_column(sa.Integer)
