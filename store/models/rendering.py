"""Rendering settings that people saved, and settings by the hash of what they are."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, Owned, unique_while_live


class RenderingSettings(Owned, Base):
    """How somebody wants an image shown (OMERO: RenderingDef)."""

    __tablename__ = "rendering_settings"
    __table_args__ = (
        sa.Index(None, "pixels_id", "owner_id"),
        sa.Index(None, "image_id"),
        unique_while_live("rendering_settings", "pixels_id", "owner_id", "name"),
    )

    pixels_id: Mapped[int] = mapped_column(sa.ForeignKey("pixels.id"))
    image_id: Mapped[int] = mapped_column(sa.ForeignKey("image.id"))
    """The image of the pixels, so that lists of an image's settings find them at once."""
    name: Mapped[str] = mapped_column(sa.String(1024), server_default=sa.text("''"))
    """Empty for the settings that its owner sees the image with; named ones are kept beside."""
    settings: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """Form of `render.settings.RenderSettings`."""
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    """Hash of the settings, by which `RenderingForm` keeps them, too."""
    default_z: Mapped[int | None] = mapped_column(sa.Integer)
    """Section to show first, from 0; the middle one if none."""
    default_t: Mapped[int | None] = mapped_column(sa.Integer)
    """Time point to show first, from 0."""
    projection: Mapped[str | None] = mapped_column(sa.String(32))
    """Sections to show as one, as in addresses: "max:1-5"."""


class RenderingForm(Base):
    """Settings by their hash, for addresses that name them exactly; never changed or removed."""

    __tablename__ = "rendering_form"
    __table_args__ = (sa.UniqueConstraint("content_hash"),)

    content_hash: Mapped[str] = mapped_column(sa.String(64))
    settings: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """Form of `render.settings.RenderSettings`."""
