"""OME metadata as rows: images, pixels, channels and planes, made storable."""

import datetime as dt
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from store.edits.text import NAME_LENGTH, storable
from store.importing.parsed import ParsedImage

if TYPE_CHECKING:  # ome-types takes most of a second to import
    from ome_types.model import Channel, Color, Plane

type Row = dict[str, Any]

_INT32 = range(-(2**31), 2**31)


def image_row(image: ParsedImage, file_name: str) -> Row:
    """Describe an image: name, description, acquisition date, series.

    Args:
        image: What the reader found.
        file_name: The name of an image that has none.
    """
    return {
        "name": storable(image.name, NAME_LENGTH) or storable(file_name, NAME_LENGTH) or "Image",
        "description": storable(image.ome.description),
        "acquisition_date": _moment(image.ome.acquisition_date),
        "series": image.series,
    }


def pixels_row(image: ParsedImage) -> Row:
    """Describe an image's pixels: sizes and type as read, physical sizes as documented."""
    pixels = image.ome.pixels
    bits = pixels.significant_bits
    return {
        "dimension_order": pixels.dimension_order.value,
        "type": image.pixel_type,
        "significant_bits": bits if bits is not None and bits in _INT32 else None,
        "size_x": image.shape.x,
        "size_y": image.shape.y,
        "size_z": image.shape.z,
        "size_c": image.shape.c,
        "size_t": image.shape.t,
        **_quantity(pixels, "physical_size_x"),
        **_quantity(pixels, "physical_size_y"),
        **_quantity(pixels, "physical_size_z"),
        **_quantity(pixels, "time_increment"),
        "content_id": image.content_id,
        "rgb": image.rgb,
        "storage": image.storage,
    }


def channel_rows(image: ParsedImage) -> list[Row]:
    """Describe the channels of an image, exactly one row for each C.

    OME has one channel for the three samples of an RGB pixel; it becomes three rows, as in OMERO.
    Where the file describes fewer channels than it has, the rest are bare.
    """
    described = [
        _channel(channel, single=(channel.samples_per_pixel or 1) == 1)
        for channel in image.ome.pixels.channels
        # Capped, because a file may claim any number of samples.
        for _ in range(min(channel.samples_per_pixel or 1, image.shape.c))
    ][: image.shape.c]
    bare = dict.fromkeys(_CHANNEL_COLUMNS)
    described += [dict(bare) for _ in range(image.shape.c - len(described))]
    return [row | {"index": index} for index, row in enumerate(described)]


def plane_rows(image: ParsedImage) -> list[Row]:
    """Describe the planes that the file says something about, each at most once."""
    shape = image.shape
    rows: dict[tuple[int, int, int], Row] = {}
    for plane in image.ome.pixels.planes:
        place = (plane.the_t, plane.the_c, plane.the_z)
        inside = plane.the_t < shape.t and plane.the_c < shape.c and plane.the_z < shape.z
        if not inside or min(place) < 0 or place in rows:
            continue
        row = dict(_plane_quantities(plane))
        if any(value is not None for value in row.values()):
            rows[place] = row | {
                "the_t": plane.the_t,
                "the_c": plane.the_c,
                "the_z": plane.the_z,
            }
    return list(rows.values())


_CHANNEL_COLUMNS = (
    "name",
    "samples_per_pixel",
    "illumination_type",
    "acquisition_mode",
    "contrast_method",
    "excitation_wavelength",
    "excitation_wavelength_unit",
    "emission_wavelength",
    "emission_wavelength_unit",
    "fluor",
    "nd_filter",
    "pinhole_size",
    "pinhole_size_unit",
    "pockel_cell_setting",
    "color",
)


def _channel(channel: "Channel", *, single: bool) -> Row:
    # ome-types fills in white where the file says nothing; then the rules for colours decide.
    stated = single and "color" in channel.model_fields_set
    pockel = channel.pockel_cell_setting
    samples = channel.samples_per_pixel
    return {
        "name": storable(channel.name, NAME_LENGTH),
        "samples_per_pixel": samples if samples is not None and samples in _INT32 else None,
        "illumination_type": _enumerated(channel.illumination_type),
        "acquisition_mode": _enumerated(channel.acquisition_mode),
        "contrast_method": _enumerated(channel.contrast_method),
        **_quantity(channel, "excitation_wavelength"),
        **_quantity(channel, "emission_wavelength"),
        "fluor": storable(channel.fluor, 255),
        "nd_filter": _finite(channel.nd_filter),
        **_quantity(channel, "pinhole_size"),
        "pockel_cell_setting": pockel if pockel is not None and pockel in _INT32 else None,
        "color": _signed_rgba(channel.color) if stated else None,
    }


def _plane_quantities(plane: "Plane") -> Iterator[tuple[str, Any]]:
    for name in ("delta_t", "exposure_time", "position_x", "position_y", "position_z"):
        yield from _quantity(plane, name).items()


def _quantity(element: Any, name: str) -> Row:
    """Return value and unit; neither where the value is missing or not finite."""
    value = _finite(getattr(element, name))
    unit = getattr(element, f"{name}_unit")
    return {name: value, f"{name}_unit": None if value is None else _enumerated(unit)}


def _finite(value: float | None) -> float | None:
    # JSON has no NaN or infinity, SQLite no NaN: all mean "unknown" here.
    return float(value) if value is not None and math.isfinite(value) else None


def _enumerated(value: Any) -> str | None:
    return None if value is None else str(value.value)


def _signed_rgba(color: "Color | None") -> int | None:
    if color is None:
        return None
    # Its own as_int32 cuts the opacity down instead of rounding: 254 becomes 253.
    red, green, blue, alpha = cast("tuple[int, int, int, float]", color.as_rgb_tuple(alpha=True))
    unsigned = red << 24 | green << 16 | blue << 8 | round(alpha * 255)
    return unsigned - 2**32 if unsigned >= 2**31 else unsigned


def _moment(value: dt.datetime | None) -> dt.datetime | None:
    # A time without a zone is taken as UTC, as OMERO does; the file does not say where it was.
    if value is None:
        return None
    return value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
