"""Filesets and the original files that they consist of."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, Owned, UtcDateTime
from store.models.quantities import Choice, LongText


class Fileset(Owned, Base):
    """Files that belong together and were imported together; indivisible."""

    __tablename__ = "fileset"
    __table_args__ = (
        sa.Index(
            "uq_fileset_identity_group_id_owner_id",
            "identity",
            "group_id",
            "owner_id",
            unique=True,
            sqlite_where=sa.text("deleted_event_id IS NULL"),
            postgresql_where=sa.text("deleted_event_id IS NULL"),
        ),
    )

    root: Mapped[str] = mapped_column(sa.Text)
    """Folder that the entries' paths are relative to (OMERO: templatePrefix)."""
    format: Mapped[str] = mapped_column(sa.String(64))
    """Name of the format as the reader knows it, such as OME-TIFF."""
    identity: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 over the paths, sizes and times of the files: finds a set imported before."""
    uuid: Mapped[str | None] = mapped_column(sa.String(64))
    """Of the OME-XML document in the files (OME: UUID)."""
    creator: Mapped[str | None] = mapped_column(sa.Text)
    """Software that wrote the OME-XML document."""
    rights_holder: Mapped[LongText]
    rights_held: Mapped[LongText]
    metadata_file: Mapped[str | None] = mapped_column(sa.Text)
    """Name of the companion file that the document refers to (OME: BinaryOnly)."""
    metadata_uuid: Mapped[str | None] = mapped_column(sa.String(64))


class OriginalFile(Owned, Base):
    """One file as it came; by reference, it stays where it is."""

    __tablename__ = "original_file"
    __table_args__ = (sa.Index(None, "path"),)

    name: Mapped[str] = mapped_column(sa.String(1024))
    path: Mapped[str] = mapped_column(sa.Text)
    """Absolute path of the file; empty for one that only a document speaks of, or holds."""
    size: Mapped[int] = mapped_column(sa.BigInteger)
    modified: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    mtime_ns: Mapped[int] = mapped_column(sa.BigInteger)
    """Modification time when it was imported; with the size it tells whether the file changed."""
    hash: Mapped[str | None] = mapped_column(sa.String(64))
    hasher: Mapped[str | None] = mapped_column(sa.String(16))
    mimetype: Mapped[str | None] = mapped_column(sa.String(128))
    uri: Mapped[LongText]
    """Where a file lies that a document speaks of (OME: External.href)."""
    uri_compression: Mapped[Choice]
    """How it is packed there."""
    content: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    """Of a file that a document holds itself, as it came after Base64 (OME: BinData)."""
    content_compression: Mapped[Choice]
    content_big_endian: Mapped[bool | None]
    content_length: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Bytes of the content when unpacked, as the document says."""


class FilesetEntry(Owned, Base):
    """One file of a fileset, in the fileset's order."""

    __tablename__ = "fileset_entry"
    __table_args__ = (sa.UniqueConstraint("fileset_id", "index"),)

    fileset_id: Mapped[int] = mapped_column(sa.ForeignKey("fileset.id"))
    index: Mapped[int] = mapped_column(sa.Integer)
    original_file_id: Mapped[int] = mapped_column(sa.ForeignKey("original_file.id"), index=True)
    client_path: Mapped[str] = mapped_column(sa.Text)
