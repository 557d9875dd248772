"""Rendering settings that people saved."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, Owned


class RenderingSettings(Owned, Base):
    """How somebody wants an image shown (OMERO: RenderingDef)."""

    __tablename__ = "rendering_settings"
    __table_args__ = (sa.Index(None, "pixels_id", "owner_id"),)

    pixels_id: Mapped[int] = mapped_column(sa.ForeignKey("pixels.id"))
    name: Mapped[str | None] = mapped_column(sa.String(1024))
    settings: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """Canonical form of `render.settings`."""
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 of the canonical form."""
