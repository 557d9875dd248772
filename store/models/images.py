"""Images and the description of their pixels: pixels, channels, planes, chunks, data in XML."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, Owned, UtcDateTime
from store.models.names import Named
from store.models.quantities import Choice


class Image(Named, Owned, Base):
    """One five-dimensional image."""

    __tablename__ = "image"
    __table_args__ = (
        sa.Index(None, "sort_name", "id"),
        sa.Index(None, "acquisition_date", "id"),
        sa.Index(None, "fileset_id", "series"),
    )

    description: Mapped[str | None] = mapped_column(sa.Text)
    acquisition_date: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    fileset_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fileset.id"))
    series: Mapped[int] = mapped_column(sa.Integer, default=0)
    """Number of the image within its fileset, from 0."""
    instrument_id: Mapped[int | None] = mapped_column(sa.ForeignKey("instrument.id"), index=True)
    experiment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("experiment.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """Who took it according to the file that it comes from (OME: ExperimenterRef)."""
    person_group_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person_group.id"), index=True
    )


class Pixels(Owned, Base):
    """Shape, type and physical size of an image's samples; exactly one for each image."""

    __tablename__ = "pixels"

    image_id: Mapped[int] = mapped_column(sa.ForeignKey("image.id"), unique=True)
    dimension_order: Mapped[str] = mapped_column(sa.String(5))
    type: Mapped[str] = mapped_column(sa.String(16))
    """A value of `enums.PixelType`."""
    significant_bits: Mapped[int | None] = mapped_column(sa.Integer)
    interleaved: Mapped[bool | None]
    """Whether the samples of a colour lie together in the file, if the file says so."""
    big_endian: Mapped[bool | None]
    """Byte order in the file, if the file says so."""
    size_x: Mapped[int] = mapped_column(sa.Integer)
    size_y: Mapped[int] = mapped_column(sa.Integer)
    size_z: Mapped[int] = mapped_column(sa.Integer)
    size_c: Mapped[int] = mapped_column(sa.Integer)
    size_t: Mapped[int] = mapped_column(sa.Integer)
    physical_size_x: Mapped[float | None] = mapped_column(sa.Float)
    physical_size_x_unit: Mapped[str | None] = mapped_column(sa.String(16))
    physical_size_y: Mapped[float | None] = mapped_column(sa.Float)
    physical_size_y_unit: Mapped[str | None] = mapped_column(sa.String(16))
    physical_size_z: Mapped[float | None] = mapped_column(sa.Float)
    physical_size_z_unit: Mapped[str | None] = mapped_column(sa.String(16))
    time_increment: Mapped[float | None] = mapped_column(sa.Float)
    time_increment_unit: Mapped[str | None] = mapped_column(sa.String(16))
    content_id: Mapped[str] = mapped_column(sa.String(64))
    """Identity of the stored samples (file identities and chunk index); changes with them."""
    rgb: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    """The file's samples are red, green, blue colours, not measurements (graphics domain)."""
    storage: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """How `store.pixels` reads the samples: reader name and its own description."""


class Channel(Owned, Base):
    """One channel: how it was acquired and how it is shown by default."""

    __tablename__ = "channel"
    __table_args__ = (sa.UniqueConstraint("pixels_id", "index"),)

    pixels_id: Mapped[int] = mapped_column(sa.ForeignKey("pixels.id"))
    index: Mapped[int] = mapped_column(sa.Integer)
    """Number of the channel within its pixels, from 0."""
    name: Mapped[str | None] = mapped_column(sa.String(1024))
    samples_per_pixel: Mapped[int | None] = mapped_column(sa.Integer)
    illumination_type: Mapped[str | None] = mapped_column(sa.String(32))
    acquisition_mode: Mapped[str | None] = mapped_column(sa.String(64))
    contrast_method: Mapped[str | None] = mapped_column(sa.String(32))
    excitation_wavelength: Mapped[float | None] = mapped_column(sa.Float)
    excitation_wavelength_unit: Mapped[str | None] = mapped_column(sa.String(16))
    emission_wavelength: Mapped[float | None] = mapped_column(sa.Float)
    emission_wavelength_unit: Mapped[str | None] = mapped_column(sa.String(16))
    fluor: Mapped[str | None] = mapped_column(sa.String(255))
    nd_filter: Mapped[float | None] = mapped_column(sa.Float)
    pinhole_size: Mapped[float | None] = mapped_column(sa.Float)
    pinhole_size_unit: Mapped[str | None] = mapped_column(sa.String(16))
    pockel_cell_setting: Mapped[int | None] = mapped_column(sa.Integer)
    color: Mapped[int | None] = mapped_column(sa.Integer)
    """Signed 32-bit RGBA as in OME-XML; -1 is opaque white; none if the file says nothing."""
    lookup_table: Mapped[str | None] = mapped_column(sa.String(255))
    filter_set_id: Mapped[int | None] = mapped_column(sa.ForeignKey("filter_set.id"), index=True)
    global_min: Mapped[float | None] = mapped_column(sa.Float)
    global_max: Mapped[float | None] = mapped_column(sa.Float)
    statistics_level: Mapped[int | None] = mapped_column(sa.Integer)
    """Level that minimum and maximum were taken from: 0 is exact; none if not computed."""
    statistics: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    """What else is known of the samples of all planes: `render.summary.Summary` as JSON, with
    `level`; none if not computed."""


class Plane(Owned, Base):
    """Time, exposure and stage position of one acquired plane (OMERO: PlaneInfo)."""

    __tablename__ = "plane"
    __table_args__ = (sa.UniqueConstraint("pixels_id", "the_t", "the_c", "the_z"),)

    pixels_id: Mapped[int] = mapped_column(sa.ForeignKey("pixels.id"))
    the_z: Mapped[int] = mapped_column(sa.Integer)
    the_c: Mapped[int] = mapped_column(sa.Integer)
    the_t: Mapped[int] = mapped_column(sa.Integer)
    delta_t: Mapped[float | None] = mapped_column(sa.Float)
    delta_t_unit: Mapped[str | None] = mapped_column(sa.String(16))
    exposure_time: Mapped[float | None] = mapped_column(sa.Float)
    exposure_time_unit: Mapped[str | None] = mapped_column(sa.String(16))
    position_x: Mapped[float | None] = mapped_column(sa.Float)
    position_x_unit: Mapped[str | None] = mapped_column(sa.String(16))
    position_y: Mapped[float | None] = mapped_column(sa.Float)
    position_y_unit: Mapped[str | None] = mapped_column(sa.String(16))
    position_z: Mapped[float | None] = mapped_column(sa.Float)
    position_z_unit: Mapped[str | None] = mapped_column(sa.String(16))
    hash_sha1: Mapped[str | None] = mapped_column(sa.String(40))
    """SHA-1 of the plane's samples as the file states it, hexadecimal."""


class TiffData(Owned, Base):
    """Which pages of which TIFF file hold some planes, as an OME-XML document says."""

    __tablename__ = "tiff_data"
    __table_args__ = (sa.UniqueConstraint("pixels_id", "index"),)

    pixels_id: Mapped[int] = mapped_column(sa.ForeignKey("pixels.id"))
    index: Mapped[int] = mapped_column(sa.Integer)
    """Place in the document, from 0."""
    ifd: Mapped[int | None]
    first_z: Mapped[int | None]
    first_c: Mapped[int | None]
    first_t: Mapped[int | None]
    plane_count: Mapped[int | None]
    uuid: Mapped[str | None] = mapped_column(sa.String(64))
    file_name: Mapped[str | None] = mapped_column(sa.Text)


class BinData(Owned, Base):
    """Samples that an OME-XML document holds itself."""

    __tablename__ = "bin_data"
    __table_args__ = (sa.UniqueConstraint("pixels_id", "index"),)

    pixels_id: Mapped[int] = mapped_column(sa.ForeignKey("pixels.id"))
    index: Mapped[int] = mapped_column(sa.Integer)
    """Place in the document, from 0."""
    compression: Mapped[Choice]
    big_endian: Mapped[bool]
    length: Mapped[int] = mapped_column(sa.BigInteger)
    data: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """As it came, after Base64."""


class ChunkBlock(Base):
    """Where the chunks of some consecutive planes of one level lie in their files.

    Reached through its pixels only. A block holds whole planes, at most 65,536 chunks, so that
    opening one plane of a large set reads one row.
    """

    __tablename__ = "chunk_block"
    __table_args__ = (sa.UniqueConstraint("pixels_id", "level", "first_plane"),)

    pixels_id: Mapped[int] = mapped_column(sa.ForeignKey("pixels.id"))
    level: Mapped[int] = mapped_column(sa.Integer)
    first_plane: Mapped[int] = mapped_column(sa.Integer)
    """Plane number (t * size_c + c) * size_z + z of the first plane in the block."""
    plane_count: Mapped[int] = mapped_column(sa.Integer)
    data: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Packed by `store.pixels.index`."""
