"""Pixels, channels and planes: what the samples of an image are."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from schema.fields import Column, Many, One, Paged, entity, field, value
from schema.pagination import Connection, described
from schema.reads import Children
from schema.types.nodes import Node
from schema.types.scalars import (
    Color,
    Length,
    Time,
    finite,
    length,
    packed_color,
    time,
    wavelength,
)
from store import models
from store.models.enums import DimensionOrder, PixelType
from store.pixels import pyramid, source

if TYPE_CHECKING:
    from schema.types.containers import Image

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
class Channel(Node):
    """One channel: how it was acquired."""

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
    acquisition_mode: str | None = field("Kind of microscopy, such as LaserScanningConfocal.")
    contrast_method: str | None = field("How contrast was made, such as Fluorescence.")
    illumination_type: str | None = field("How the sample was lit, such as Epifluorescence.")
    fluor: str | None = field("The dye.")
    samples_per_pixel: int | None = field("Samples of one pixel that this channel stands for.")
    global_min: float | None = field("Smallest sample, if computed.", Column(finite))
    global_max: float | None = field("Largest sample, if computed.", Column(finite))
    lookup_table: str | None = field("Lookup table that the file names.")


@entity(models.Plane)
class Plane(Node):
    """When, where and how long one plane was taken."""

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
        "Position of the stage.", Column(length, "position_x", "position_x_unit")
    )
    position_y: Length | None = field(
        "Position of the stage.", Column(length, "position_y", "position_y_unit")
    )
    position_z: Length | None = field(
        "Position of the stage.", Column(length, "position_z", "position_z_unit")
    )


@entity(models.Pixels)
class Pixels(Node):
    """Shape, type and physical size of an image's samples."""

    type: PixelType = field("Type of one sample.", Column(PixelType))
    dimension_order: DimensionOrder = field(
        "Order of the planes in the file.", Column(DimensionOrder)
    )
    significant_bits: int | None = field("Bits that are used of each sample.")
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
    image: Annotated["Image", strawberry.lazy("schema.types.containers")] = field(
        "The image that they belong to.", One("image_id")
    )
