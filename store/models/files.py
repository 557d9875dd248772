"""Filesets and the original files that they consist of."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, column_property, mapped_column

from store.models.base import Base, Owned, UtcDateTime
from store.models.quantities import Choice, LongText

FILE_SYSTEM = 1
"""Id of the root whose path is empty: paths below it are absolute."""


class StorageRoot(Base):
    """A folder below which files lie; moving all of them is a change of this row.

    Says nothing about who may see what, and is shown to nobody but through files.
    """

    __tablename__ = "storage_root"
    __table_args__ = (sa.UniqueConstraint("path"),)

    path: Mapped[str] = mapped_column(sa.Text)
    """Absolute, without a slash at the end; empty for the root of the file system."""
    moves: Mapped[int] = mapped_column(sa.Integer, default=0)
    """How often it was moved: tells whoever has its files open to open them anew."""


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
    """Folder that the files were in when they came: names of them are relative to it, wherever
    they are now (OMERO: templatePrefix)."""
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
    storage_root_id: Mapped[int] = mapped_column(
        sa.ForeignKey("storage_root.id"), default=FILE_SYSTEM, server_default=str(FILE_SYSTEM)
    )
    """The folder that it lies below."""
    path: Mapped[str] = mapped_column(sa.Text)
    """What follows the path of the root, from its slash on; empty for a file that only a document
    speaks of, or holds."""
    location: Mapped[str] = column_property(
        sa.select(StorageRoot.path)
        .where(StorageRoot.id == storage_root_id)
        .correlate_except(StorageRoot)
        .scalar_subquery()
        .concat(path)
    )
    """Absolute path of the file as it is now; empty as `path`."""
    size: Mapped[int] = mapped_column(sa.BigInteger)
    modified: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    mtime_ns: Mapped[int] = mapped_column(sa.BigInteger)
    """Modification time when it was imported; with the size it tells whether the file changed."""
    hash: Mapped[str | None] = mapped_column(sa.String(64))
    hasher: Mapped[str | None] = mapped_column(sa.String(16))
    crc32: Mapped[int | None] = mapped_column(sa.BigInteger)
    """CRC-32 of its content, as zip files need it; of the file with this size and time."""
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
    __table_args__ = (sa.UniqueConstraint("fileset_id", "index"), sa.Index(None, "client_path"))

    fileset_id: Mapped[int] = mapped_column(sa.ForeignKey("fileset.id"))
    index: Mapped[int] = mapped_column(sa.Integer)
    original_file_id: Mapped[int] = mapped_column(sa.ForeignKey("original_file.id"), index=True)
    client_path: Mapped[str] = mapped_column(sa.Text)
    """Absolute path of the file when it was imported."""
