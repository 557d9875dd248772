"""Experiments, microbeam manipulations, and the persons that files name."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, Owned
from store.models.quantities import Choice, LongText, ShortText


class Person(Owned, Base):
    """A person that a file names as experimenter.

    No account: what a file claims about people gives nobody rights and hides no data.
    """

    __tablename__ = "person"

    user_name: Mapped[ShortText]
    first_name: Mapped[ShortText]
    middle_name: Mapped[ShortText]
    last_name: Mapped[ShortText]
    email: Mapped[ShortText]
    institution: Mapped[ShortText]


class PersonGroup(Owned, Base):
    """A group of persons that a file names; no group of accounts."""

    __tablename__ = "person_group"

    name: Mapped[str | None] = mapped_column(sa.String(1024))
    description: Mapped[LongText]


class PersonGroupMember(Owned, Base):
    """One person in one group that a file names."""

    __tablename__ = "person_group_member"
    __table_args__ = (
        sa.UniqueConstraint("parent_id", "child_id", "leader"),
        sa.Index(None, "child_id"),
    )

    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("person_group.id"))
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    leader: Mapped[bool] = mapped_column(sa.Boolean, default=False)


class Experiment(Owned, Base):
    """What kind of experiment images come from."""

    __tablename__ = "experiment"

    type: Mapped[Choice]
    """Values of `enums.ExperimentType`, separated by a space where there are several."""
    description: Mapped[LongText]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    protocol_id: Mapped[int | None] = mapped_column(sa.ForeignKey("protocol.id"), index=True)
    """The protocol that it followed."""


class MicrobeamManipulation(Owned, Base):
    """What was done to the sample with light, such as bleaching a region."""

    __tablename__ = "microbeam_manipulation"

    experiment_id: Mapped[int] = mapped_column(sa.ForeignKey("experiment.id"), index=True)
    type: Mapped[Choice]
    """Values of `enums.MicrobeamManipulationType`, separated by a space."""
    description: Mapped[LongText]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)


class MicrobeamManipulationROILink(Owned, Base):
    """One region that was manipulated."""

    __tablename__ = "microbeam_manipulation_roi_link"
    __table_args__ = (sa.UniqueConstraint("parent_id", "child_id"), sa.Index(None, "child_id"))

    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("microbeam_manipulation.id"))
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("roi.id"))


class ImageMicrobeamManipulationLink(Owned, Base):
    """One microbeam manipulation that an image shows."""

    __tablename__ = "image_microbeam_manipulation_link"
    __table_args__ = (sa.UniqueConstraint("parent_id", "child_id"), sa.Index(None, "child_id"))

    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("image.id"))
    child_id: Mapped[int] = mapped_column(sa.ForeignKey("microbeam_manipulation.id"))
