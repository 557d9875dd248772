"""Pixels, channels and planes: what the samples of an image are."""

from typing import Any

from schema.fields import Column, Many, One, Paged, entity, field, value
from schema.pagination import Connection, described
from schema.reads import Children
from schema.types import lazy
from schema.types.annotated import Annotated, annotatable
from schema.types.choices import choice
from schema.types.owned import Owned
from schema.types.scalars import (
    Color,
    Length,
    Long,
    Time,
    finite,
    frame_position,
    length,
    packed_color,
    time,
    wavelength,
)
from schema.types.statistics import ChannelStatistics, kept
from store import models
from store.models.enums import (
    AcquisitionMode,
    Compression,
    ContrastMethod,
    DimensionOrder,
    IlluminationType,
    PixelType,
)
from store.pixels import pyramid, source

described(
    PixelType,
    "Type of one sample.",
    {
        "BIT": "0 or 1.",
        "INT8": "Signed, 8 bits.",
        "INT16": "Signed, 16 bits.",
        "INT32": "Signed, 32 bits.",
        "INT64": "Signed, 64 bits; TIFF only.",
        "UINT8": "Unsigned, 8 bits.",
        "UINT16": "Unsigned, 16 bits.",
        "UINT32": "Unsigned, 32 bits.",
        "UINT64": "Unsigned, 64 bits; TIFF only.",
        "HALF": "Floating point, 16 bits; TIFF only.",
        "FLOAT": "Floating point, 32 bits.",
        "DOUBLE": "Floating point, 64 bits.",
        "COMPLEX": "Two floating point numbers of 32 bits.",
        "DOUBLE_COMPLEX": "Two floating point numbers of 64 bits.",
    },
)
described(
    DimensionOrder,
    "Order in which planes follow each other in the file, fastest first.",
    {
        order.name: f"{order[2]} is fastest, then {order[3]}, then {order[4]}."
        for order in DimensionOrder
    },
)


@value
class Level:
    """One resolution of an image."""

    level: int = field("Its number, as in addresses of tiles; 0 is full resolution.")
    width: int = field("Pixels.")
    height: int = field("Pixels.")
    stored: bool = field("Whether the file has it; others are made when first asked for.")


def levels(storage: dict[str, Any], width: int, height: int) -> list[Level]:
    """List the levels of an image: those of the file, then those that are made on demand.

    Args:
        storage: How the samples are stored, as in `store.models.Pixels`.
        width: Of the full resolution, in pixels.
        height: Of the full resolution, in pixels.
    """
    stored = [(level["width"], level["height"]) for level in storage.get("levels", ())]
    stored = stored or [(width, height)]
    smallest = source.Level(*stored[-1], 0, 0)
    derived = [(level.width, level.height) for level in pyramid.derived_levels(smallest)]
    return [
        Level(level=number, width=width, height=height, stored=number < len(stored))
        for number, (width, height) in enumerate([*stored, *derived])
    ]


@entity(models.Channel)
@annotatable
class Channel(Owned, Annotated):
    """One channel: how it was acquired."""

    pixels: lazy.Pixels | None = field("The pixels that it belongs to.", One("pixels_id"))
    index: int = field("Its number, from 0.")
    name: str | None = field("Name, if the file says so.")
    color: Color | None = field("Colour, if the file says so.", Column(packed_color))
    emission_wavelength: Length | None = field(
        "Wavelength of the light that was recorded.",
        Column(wavelength, "emission_wavelength", "emission_wavelength_unit"),
    )
    excitation_wavelength: Length | None = field(
        "Wavelength of the light that excited the dye.",
        Column(wavelength, "excitation_wavelength", "excitation_wavelength_unit"),
    )
    acquisition_mode: AcquisitionMode | None = field(
        "Kind of microscopy.", Column(choice(AcquisitionMode))
    )
    contrast_method: ContrastMethod | None = field(
        "How contrast was made.", Column(choice(ContrastMethod))
    )
    illumination_type: IlluminationType | None = field(
        "How the sample was lit.", Column(choice(IlluminationType))
    )
    fluor: str | None = field("The dye.")
    samples_per_pixel: int | None = field("Samples of one pixel that this channel stands for.")
    global_min: float | None = field("Smallest sample, if computed.", Column(finite))
    global_max: float | None = field("Largest sample, if computed.", Column(finite))
    statistics_level: int | None = field(
        "Resolution that the smallest and largest sample were taken from: 0 is exact."
    )
    statistics: ChannelStatistics | None = field(
        "What all its samples are like, as it is kept; null until they are measured.",
        Column(kept, "statistics", cached=False),
    )
    lookup_table: str | None = field("Lookup table that the file names.")
    nd_filter: float | None = field("Fraction of light that a neutral density filter passes.")
    pinhole_size: Length | None = field(
        "Diameter of the pinhole.", Column(length, "pinhole_size", "pinhole_size_unit")
    )
    pockel_cell_setting: int | None = field("Setting of the Pockels cell.")
    detector_settings: lazy.DetectorSettings | None = field(
        "The detector, and how it was used.", One(theirs="channel_id")
    )
    light_source_settings: lazy.LightSourceSettings | None = field(
        "The light source, and how it was used.", One(theirs="channel_id")
    )
    light_path: lazy.LightPath | None = field(
        "The filters that its light went through.", One(theirs="channel_id")
    )
    filter_set: lazy.FilterSet | None = field("The filter set.", One("filter_set_id"))


@entity(models.Plane)
@annotatable
class Plane(Owned, Annotated):
    """When, where and how long one plane was taken."""

    pixels: lazy.Pixels | None = field("The pixels that it belongs to.", One("pixels_id"))
    the_z: int = field("Section, from 0.")
    the_c: int = field("Channel, from 0.")
    the_t: int = field("Time point, from 0.")
    delta_t: Time | None = field(
        "Time since the start of the acquisition.", Column(time, "delta_t", "delta_t_unit")
    )
    exposure_time: Time | None = field(
        "Time of exposure.", Column(time, "exposure_time", "exposure_time_unit")
    )
    position_x: Length | None = field(
        "Position of the stage.", Column(frame_position, "position_x", "position_x_unit")
    )
    position_y: Length | None = field(
        "Position of the stage.", Column(frame_position, "position_y", "position_y_unit")
    )
    position_z: Length | None = field(
        "Position of the stage.", Column(frame_position, "position_z", "position_z_unit")
    )
    hash_sha1: str | None = field("SHA-1 of its samples as the file states it, hexadecimal.")


@entity(models.TiffData)
class TiffData(Owned):
    """Which pages of which TIFF file hold some planes, as an OME-XML document says."""

    pixels: lazy.Pixels | None = field("The pixels.", One("pixels_id"))
    index: int = field("Its place in the document, from 0.")
    ifd: int | None = field("First page, from 0.")
    first_z: int | None = field("Section of the first page.")
    first_c: int | None = field("Channel of the first page.")
    first_t: int | None = field("Time point of the first page.")
    plane_count: int | None = field("Pages.")
    uuid: str | None = field("Identifier of the file.")
    file_name: str | None = field("Name of the file.")


@entity(models.BinData)
class BinData(Owned):
    """Samples that an OME-XML document holds itself; without the samples."""

    pixels: lazy.Pixels | None = field("The pixels.", One("pixels_id"))
    index: int = field("Its place in the document, from 0.")
    compression: Compression | None = field("How they are packed.", Column(choice(Compression)))
    big_endian: bool = field("Whether the byte that counts most comes first.")
    length: Long = field("Length, as the document states it.")


@entity(models.Pixels)
class Pixels(Owned):
    """Shape, type and physical size of an image's samples."""

    type: PixelType = field("Type of one sample.", Column(PixelType))
    dimension_order: DimensionOrder = field(
        "Order of the planes in the file.", Column(DimensionOrder)
    )
    significant_bits: int | None = field("Bits that are used of each sample.")
    interleaved: bool | None = field(
        "Whether the samples of a colour lie together in the file, if the file says so."
    )
    big_endian: bool | None = field("Byte order in the file, if the file says so.")
    rgb: bool = field("Whether samples are red, green and blue colours, not measurements.")
    size_x: int = field("Width in pixels.")
    size_y: int = field("Height in pixels.")
    size_z: int = field("Sections.")
    size_c: int = field("Channels.")
    size_t: int = field("Time points.")
    physical_size_x: Length | None = field(
        "Width of a pixel.", Column(length, "physical_size_x", "physical_size_x_unit")
    )
    physical_size_y: Length | None = field(
        "Height of a pixel.", Column(length, "physical_size_y", "physical_size_y_unit")
    )
    physical_size_z: Length | None = field(
        "Distance between sections.", Column(length, "physical_size_z", "physical_size_z_unit")
    )
    time_increment: Time | None = field(
        "Time between time points.", Column(time, "time_increment", "time_increment_unit")
    )
    levels: list[Level] = field(
        "Resolutions, the full one first.",
        Column(levels, "storage", "size_x", "size_y", cached=False),
    )
    channels: list[Channel] = field(
        "The channels, in order.", Many(Children(models.Channel, parent="pixels_id"), "index")
    )
    planes: Connection[Plane] = field(
        "The planes that the file says something about.",
        Paged(Children(models.Plane, parent="pixels_id"), first=500),
    )
    tiff_data: Connection[TiffData] = field(
        "Which pages of TIFF files hold them, as the OME-XML document says.",
        Paged(Children(models.TiffData, parent="pixels_id"), "INDEX_ASC"),
    )
    bin_data: Connection[BinData] = field(
        "Samples that the OME-XML document holds itself.",
        Paged(Children(models.BinData, parent="pixels_id")),
    )
    rendering_settings: Connection[lazy.RenderingSettings] = field(
        "The ways to show them that people saved.",
        Paged(Children(models.RenderingSettings, parent="pixels_id")),
    )
    image: lazy.Image = field("The image that they belong to.", One("image_id"))
