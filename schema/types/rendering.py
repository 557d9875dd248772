"""Default rendering settings, and the addresses of pictures and tiles."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as field_of
from enum import Enum
from functools import cached_property
from itertools import chain
from typing import Any

import sqlalchemy as sa

from render.defaults import ChannelFacts, channel_label, pixel_type_range
from render.errors import RenderError
from render.luts import LookupTable, wanted
from render.settings import RenderSettings
from schema import display, reads
from schema.context import Context
from schema.fields import Column, One, entity, field, value
from schema.pagination import described
from schema.types import lazy
from schema.types.owned import Owned
from schema.types.scalars import Color, color
from store import models
from store.errors import InvalidInputError
from store.models.among import among

SIZE_DEFAULT = 144
_SIZES = range(16, 1025)


class RenderingModel(Enum):
    """How channels become one picture."""

    RGB = "rgb"
    GREYSCALE = "greyscale"


described(
    RenderingModel,
    "How channels become one picture.",
    {"RGB": "All active channels, added in colour.", "GREYSCALE": "The first active one, in grey."},
)


@value
class ChannelRendering:
    """How one channel is shown."""

    index: int = field("Number of the channel, from 0.")
    label: str = field("What people call it.")
    active: bool = field("Whether it is shown.")
    start: float = field("Grey level that becomes dark.")
    end: float = field("Grey level that becomes bright.")
    min: float = field("Smallest sample, as far as known; else that of the pixel type.")
    max: float = field("Largest sample, as far as known; else that of the pixel type.")
    type_min: float = field("Smallest sample that the pixel type can hold.")
    type_max: float = field("Largest sample that the pixel type can hold.")
    color: Color = field("Its colour.")
    lut: str | None = field("Lookup table that is used instead of the colour.")
    inverted: bool = field("Whether bright becomes dark.")


@value
class Rendering:
    """How an image is shown."""

    model: RenderingModel = field("How channels become one picture.")
    default_z: int = field("Section to show first, from 0.")
    default_t: int = field("Time point to show first, from 0.")
    hash: str = field("Changes with the settings.")
    channels: list[ChannelRendering] = field("One for each channel, in order.")


@value
class SavedChannel:
    """How one channel is to be shown, as somebody saved it."""

    index: int = field("Number of the channel, from 0.")
    active: bool = field("Whether it is shown.")
    start: float = field("Grey level that becomes dark.")
    end: float = field("Grey level that becomes bright.")
    color: Color = field("Its colour.")
    lut: str | None = field("Lookup table that is used instead of the colour.")
    inverted: bool = field("Whether bright becomes dark.")
    family: str = field("Curve from grey levels to brightness, such as linear.")
    coefficient: float = field("Exponent of the curve.")


def saved_channels(settings: Mapping[str, Any]) -> list[SavedChannel]:
    """Show the channels of the canonical form of `render.settings`."""
    return [_saved(index, form) for index, form in enumerate(settings.get("channels", ()))]


def _saved(index: int, form: Mapping[str, Any]) -> SavedChannel:
    (start, end), (family, coefficient) = form["window"], form.get("family", ("linear", 1.0))
    return SavedChannel(
        index=index,
        active=form["active"],
        start=start,
        end=end,
        color=Color(f"#{form['color']}"),
        lut=form.get("lut"),
        inverted=form.get("inverted", False),
        family=family,
        coefficient=coefficient,
    )


@entity(models.RenderingSettings)
class RenderingSettings(Owned):
    """How somebody wants an image shown."""

    name: str | None = field("Name.")
    pixels: lazy.Pixels | None = field("The pixels that it is for.", One("pixels_id"))
    model: RenderingModel = field(
        "How channels become one picture.",
        Column(lambda form: RenderingModel(form.get("model", "rgb")), "settings", cached=False),
    )
    channels: list[SavedChannel] = field(
        "One for each channel, in order.", Column(saved_channels, "settings", cached=False)
    )
    content_hash: str = field("Equal for equal settings.")


@dataclass(frozen=True)
class Display:
    """An image's pixels and channels, and what follows from them; computed when asked for."""

    image_id: int
    pixels: Any
    """Row of pixels; None if the image has none."""
    channels: Sequence[Any]
    tables: Mapping[str, LookupTable] = field_of(default_factory=dict)
    """Uploaded lookup tables that channels name, by name."""

    @cached_property
    def settings(self) -> RenderSettings | None:
        """Default settings; None if the image cannot be shown."""
        if self.pixels is None:
            return None
        try:
            return display.defaults_of(self.pixels, self.channels, self.tables.get)
        except RenderError:
            return None

    @cached_property
    def query(self) -> str:
        """The version in addresses, so that they change when the picture does."""
        if self.settings is None:
            return "" if self.pixels is None else f"v={self.pixels.content_id[:12]}"
        return f"v={display.version_of(self.pixels, self.settings)}"


_PIXELS = ("id", "image_id", "content_id", "type", "significant_bits", "rgb", "size_c", "size_z")
_CHANNEL = (
    "pixels_id",
    "name",
    "color",
    "lookup_table",
    "emission_wavelength",
    "emission_wavelength_unit",
    "excitation_wavelength",
    "excitation_wavelength_unit",
    "global_min",
    "global_max",
)


def displays(context: Context, image_ids: Sequence[int]) -> Mapping[int, Display]:
    """Read what is needed to show images, by image; two statements.

    And one more where channels name lookup tables that may be uploaded ones.
    """
    pixels_columns = [getattr(models.Pixels, name) for name in _PIXELS]
    of_images = reads.rows_by(context.viewer, models.Pixels, "image_id", pixels_columns)
    pixels = context.named(of_images, {"keys": list(image_ids)})
    channels: dict[int, list[Any]] = {row.id: [] for row in pixels}
    columns = [getattr(models.Channel, name) for name in _CHANNEL]
    children = reads.Children(models.Channel, parent="pixels_id")
    of_pixels = reads.lists(context.viewer, children, "index", columns)
    for row in context.named(of_pixels, {"keys": list(channels)}):
        channels[row.pixels_id].append(row)
    tables = _uploaded(context, chain.from_iterable(channels.values()))
    found = {row.image_id: Display(row.image_id, row, channels[row.id], tables) for row in pixels}
    return {key: found.get(key) or Display(key, None, ()) for key in image_ids}


def _uploaded(context: Context, channels: Iterable[Any]) -> Mapping[str, LookupTable]:
    names = wanted(channel.lookup_table for channel in channels)
    if not names:
        return {}
    columns = [getattr(models.LookupTable, name) for name in ("name", "colors")]
    statement = sa.select(*columns).where(among(models.LookupTable.name, names))
    return {row.name: LookupTable(row.name, row.colors) for row in context.named(statement, {})}


def thumbnail_url(shown: Display, size: int) -> str:
    """Return the address of a small picture."""
    return f"/thumbnails/{shown.image_id}.jpg?size={size}&{shown.query}".rstrip("&")


def tile_url(shown: Display) -> str:
    """Return the template of the addresses of tiles."""
    path = f"/tiles/{shown.image_id}/{{level}}/{{z}}/{{t}}/{{x}}/{{y}}.{{format}}"
    return f"{path}?{shown.query}".rstrip("?")


def rendering(shown: Display) -> Rendering | None:
    """Return how an image is shown by default; None if it cannot be shown."""
    settings = shown.settings
    if settings is None:
        return None
    return Rendering(
        model=RenderingModel(settings.model),
        default_z=shown.pixels.size_z // 2,
        default_t=0,
        hash=settings.hash(),
        channels=[_channel(shown, settings, index) for index in range(len(settings.channels))],
    )


def _channel(shown: Display, settings: RenderSettings, index: int) -> ChannelRendering:
    pixels, chosen = shown.pixels, settings.channels[index]
    facts = ChannelFacts()
    if index < len(shown.channels):
        facts = display.channel_facts(shown.channels[index])
    type_min, type_max = pixel_type_range(pixels.type, pixels.significant_bits)
    return ChannelRendering(
        index=index,
        label=channel_label(facts, index, pixels.rgb),
        active=chosen.active,
        start=chosen.window.start,
        end=chosen.window.end,
        min=_known(facts.global_min, type_min),
        max=_known(facts.global_max, type_max),
        type_min=type_min,
        type_max=type_max,
        color=color(chosen.color),
        lut=chosen.lut,
        inverted=chosen.inverted,
    )


def check_size(place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check the size of a thumbnail; null is the default."""
    size = values.get("size")
    size = SIZE_DEFAULT if size is None else size
    if size not in _SIZES:
        raise InvalidInputError(
            f"`size` of {place} is {size}.", f"Ask for {_SIZES[0]} to {_SIZES[-1]} pixels."
        )
    return {"size": size}


def _known(sample: float | None, otherwise: float) -> float:
    return otherwise if sample is None or not math.isfinite(sample) else sample
