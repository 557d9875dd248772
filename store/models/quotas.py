"""How much people have in groups, and how much they may have."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base


class StorageUsage(Base):
    """Images and bytes of original files of one person in one group.

    Triggers count in the transaction that makes, removes, moves or gives away the rows, so that
    no way of doing so can be forgotten. What is in the trash counts until it is purged.
    """

    __tablename__ = "storage_usage"
    __table_args__ = (sa.UniqueConstraint("owner_id", "group_id"),)

    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter.id"))
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("experimenter_group.id"), index=True)
    images: Mapped[int] = mapped_column(sa.BigInteger)
    bytes: Mapped[int] = mapped_column(sa.BigInteger)


class Quota(Base):
    """How much one person, or all people in one group together, may have."""

    __tablename__ = "quota"

    experimenter_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("experimenter.id"), unique=True
    )
    group_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("experimenter_group.id"), unique=True
    )
    images: Mapped[int | None] = mapped_column(sa.BigInteger)
    """None: any number."""
    bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    """None: any number."""
