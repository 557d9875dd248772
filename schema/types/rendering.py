"""How images are shown, saved rendering settings, and the addresses of pictures and tiles."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as field_of
from enum import Enum
from functools import cached_property
from itertools import chain
from typing import Any

import sqlalchemy as sa

from render import settings
from render.defaults import ChannelFacts, channel_label, pixel_type_range
from render.errors import RenderError
from render.forms import lookup_table_names
from render.luts import LookupTable, wanted
from render.query import format_projection
from render.settings import RenderSettings
from schema import display, reads
from schema.context import Context
from schema.display import Shown
from schema.fields import Column, Named, One, entity, field, value
from schema.pagination import described
from schema.types import lazy
from schema.types.owned import Owned
from schema.types.scalars import Color, color
from store import models
from store.access import Viewer
from store.errors import InvalidInputError
from store.models.among import among
from store.queries.light import ChannelLight, light_of_channels, lights, needs_light
from store.queries.rendering import SavedRendering, by_preference, saved_renderings

type Read = Callable[[Any, Mapping[str, Any]], Sequence[Any]]
"""Runs a statement with the values of its parameters, and gives rows with names."""

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
described(
    display.RenderingSource,
    "Whose settings an image is shown with.",
    {
        "MINE": "You saved them.",
        "OWNER": "The owner of the image saved them, and you did not.",
        "DEFAULT": "They follow from the image: neither of you saved any.",
    },
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
    family: str = field("Curve from grey levels to brightness, such as linear.")
    coefficient: float = field("Exponent of the curve.")


@value
class Codomain:
    """Levels that all channels are mapped to, before colour."""

    start: int = field("Level of dark samples: 0 to 255.")
    end: int = field("Level of bright samples: 0 to 255.")
    bits: int = field("How many bits of levels lie between: 1 to 8.")


@value
class Rendering:
    """How an image is shown."""

    source: display.RenderingSource = field("Whose settings these are.")
    saved: lazy.RenderingSettings | None = field(
        "The settings as they were saved; null by default.", Named()
    )
    model: RenderingModel = field("How channels become one picture.")
    codomain: Codomain = field("Levels that all channels are mapped to.")
    default_z: int = field("Section to show first, from 0.")
    default_t: int = field("Time point to show first, from 0.")
    projection: str | None = field(
        "Sections to show as one, as `p` in addresses; null for a single section."
    )
    hash: str = field("Changes with what becomes of the samples: all but the view.")
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


def _named(name: str) -> str | None:
    return name or None


def _saved_codomain(form: Mapping[str, Any]) -> Codomain:
    given = form.get("codomain")
    return _codomain(settings.Codomain() if given is None else settings.Codomain(*given))


def _codomain(codomain: settings.Codomain) -> Codomain:
    steps = codomain.resolution
    return Codomain(start=codomain.start, end=codomain.end, bits=steps.bit_length())


@entity(models.RenderingSettings)
class RenderingSettings(Owned):
    """How somebody wants an image shown."""

    name: str | None = field(
        "Name; null for the settings that their owner sees the image with.", Column(_named, "name")
    )
    image: lazy.Image | None = field("The image that it is for.", One("image_id"))
    pixels: lazy.Pixels | None = field("The pixels that it is for.", One("pixels_id"))
    model: RenderingModel = field(
        "How channels become one picture.",
        Column(lambda form: RenderingModel(form.get("model", "rgb")), "settings", cached=False),
    )
    codomain: Codomain = field(
        "Levels that all channels are mapped to.",
        Column(_saved_codomain, "settings", cached=False),
    )
    channels: list[SavedChannel] = field(
        "One for each channel, in order.", Column(saved_channels, "settings", cached=False)
    )
    content_hash: str = field(
        "Equal for equal settings; `s` of an address that shows an image just so."
    )
    default_z: int | None = field("Section to show first, from 0; null for the middle one.")
    default_t: int | None = field("Time point to show first, from 0; null for the first.")
    projection: str | None = field(
        "Sections to show as one, as `p` in addresses; null for a single section."
    )


@dataclass(frozen=True)
class Display:
    """An image's pixels and channels, and what follows from them; computed when asked for."""

    image_id: int
    pixels: Any
    """Row of pixels; None if the image has none."""
    channels: Sequence[Any]
    tables: Mapping[str, LookupTable] = field_of(default_factory=dict)
    """Uploaded lookup tables that channels and saved settings name, by name."""
    viewer_id: int = 0
    """Who looks."""
    saved: Sequence[SavedRendering] = ()
    """What the viewer saved, then what the owner did."""
    lights: Mapping[int, ChannelLight] = field_of(default_factory=dict)
    """What filters and lasers tell of the channels, by id."""
    fixed: str | None = None
    """Query of addresses that is to be used instead of the version of what the viewer sees."""

    @property
    def emissions(self) -> frozenset[float | None]:
        """Emission wavelengths of the channels, in nm; None for unknown ones."""
        facts = map(display.channel_facts, self.channels)
        return frozenset(one.emission_wavelength_nm for one in facts)

    @cached_property
    def defaults(self) -> RenderSettings | None:
        """Default settings; None if the image cannot be shown."""
        if self.pixels is None:
            return None
        try:
            return display.defaults_of(self.pixels, self.channels, self.lights, self.tables.get)
        except RenderError:
            return None

    @cached_property
    def shown(self) -> Shown | None:
        """How the viewer sees it; None if the image cannot be shown."""
        if self.defaults is None:
            return None
        return display.shown_to(
            self.viewer_id, self.pixels, self.defaults, self.saved, self.tables.get
        )

    @cached_property
    def query(self) -> str:
        """The version in addresses, so that they change when the picture does."""
        if self.fixed is not None:
            return self.fixed
        if self.shown is None:
            samples = "" if self.pixels is None else self.pixels.content_id[: display.SAMPLES]
            return samples and f"v={samples}"
        return f"v={display.version_of(self.pixels, self.shown)}"


_SIZES_OF = ("size_c", "size_z", "size_t")
_PIXELS = ("id", "image_id", "content_id", "type", "significant_bits", "rgb", *_SIZES_OF)
_CHANNEL = (
    "id",
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
    """Read what is needed to show images, by image; see `read_displays`."""
    return read_displays(context.named, context.viewer, image_ids)


def read_displays(read: Read, viewer: Viewer, image_ids: Sequence[int]) -> Mapping[int, Display]:
    """Read what is needed to show images, by image; four statements.

    And one more where channels or saved settings name lookup tables that may be uploaded ones.

    Args:
        read: Runs them.
        viewer: Who looks.
        image_ids: Of images that the viewer may see.
    """
    pixels_columns = [getattr(models.Pixels, name) for name in _PIXELS]
    of_images = reads.rows_by(viewer, models.Pixels, "image_id", pixels_columns)
    pixels = read(of_images, {"keys": list(image_ids)})
    channels: dict[int, list[Any]] = {row.id: [] for row in pixels}
    columns = [getattr(models.Channel, name) for name in _CHANNEL]
    children = reads.Children(models.Channel, parent="pixels_id")
    of_pixels = reads.lists(viewer, children, "index", columns)
    for row in read(of_pixels, {"keys": list(channels)}):
        channels[row.pixels_id].append(row)
    saved: defaultdict[int, list[SavedRendering]] = defaultdict(list)
    for *facts, key in read(saved_renderings(viewer), {"keys": list(channels)}):
        saved[key].append(SavedRendering(*facts))
    unknown = [
        channel.id
        for row in pixels
        if needs_light(row.rgb, channels[row.id])
        for channel in channels[row.id]
    ]
    light = lights(read(light_of_channels(viewer), {"keys": unknown}))
    every, settings = chain.from_iterable(channels.values()), chain.from_iterable(saved.values())
    tables = _uploaded(read, every, settings)
    me = viewer.experimenter_id
    found = {
        row.image_id: Display(
            row.image_id,
            row,
            channels[row.id],
            tables,
            me,
            by_preference(viewer, saved[row.id]),
            light,
        )
        for row in pixels
    }
    return {key: found.get(key) or Display(key, None, ()) for key in image_ids}


def _uploaded(
    read: Read, channels: Iterable[Any], saved: Iterable[SavedRendering]
) -> Mapping[str, LookupTable]:
    names = [channel.lookup_table for channel in channels]
    further = chain.from_iterable(lookup_table_names(one.settings) for one in saved)
    plain = wanted([*names, *further])
    if not plain:
        return {}
    columns = [getattr(models.LookupTable, name) for name in ("name", "colors")]
    statement = sa.select(*columns).where(among(models.LookupTable.name, plain))
    return {row.name: LookupTable(row.name, row.colors) for row in read(statement, {})}


def named_query(shown: Display, settings: RenderSettings) -> str:
    """Return the query of addresses that show an image with settings that were kept by hash."""
    return f"s={settings.bare().hash()}&v={shown.pixels.content_id[: display.SAMPLES]}"


def thumbnail_url(shown: Display, size: int) -> str:
    """Return the address of a small picture."""
    return f"/thumbnails/{shown.image_id}.jpg?size={size}&{shown.query}".rstrip("&")


def template(kind: str, place: str) -> Callable[[Display], str]:
    """Return what makes the template of the addresses of an image's pictures.

    Args:
        kind: What they begin with.
        place: What follows the image's number, without the format.
    """

    def address(shown: Display) -> str:
        path = f"/{kind}/{shown.image_id}/{place}.{{format}}"
        return f"{path}?{shown.query}".rstrip("?")

    return address


tile_url = template("tiles", "{level}/{z}/{t}/{x}/{y}")
region_url = template("regions", "{level}/{z}/{t}/{x}/{y}/{width}/{height}")
plane_url = template("planes", "{z}/{t}")
orthogonal_url = template("orthogonal", "{level}/{plane}/{t}/{at}")
montage_url = template("montages", "{z}/{t}")


def raw_url(shown: Display) -> str:
    """Return the template of the addresses of samples."""
    path = f"/raw/{shown.image_id}/{{level}}/{{z}}/{{t}}/{{x}}/{{y}}"
    return f"{path}?{shown.query}".rstrip("?")


def export_url(shown: Display) -> str:
    """Return the template of the addresses of an image's exports."""
    return f"/export/Image:{shown.image_id}.{{format}}"


def rendering(shown: Display) -> Rendering | None:
    """Return how an image is shown to the viewer; None if it cannot be shown."""
    chosen = shown.shown
    if chosen is None:
        return None
    settings, view = chosen.settings, chosen.view
    return Rendering(
        source=chosen.source,
        saved=_reference(chosen.saved_id),
        model=RenderingModel(settings.model),
        codomain=_codomain(settings.codomain),
        default_z=view.z,
        default_t=view.t,
        projection=None if view.projection is None else format_projection(view.projection),
        hash=settings.hash(),
        channels=[_channel(shown, settings, index) for index in range(len(settings.channels))],
    )


def _channel(shown: Display, settings: RenderSettings, index: int) -> ChannelRendering:
    pixels, chosen = shown.pixels, settings.channels[index]
    facts = ChannelFacts()
    if index < len(shown.channels):
        row = shown.channels[index]
        facts = display.channel_facts(row, shown.lights.get(row.id))
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
        family=chosen.family,
        coefficient=chosen.coefficient,
    )


def _reference(saved_id: int | None) -> Any:
    """Name saved settings, as the value of a field that shows them."""
    return None if saved_id is None else ("RenderingSettings", saved_id)


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
