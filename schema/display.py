"""How images are shown: by default, or as somebody saved it; and the version of their pictures."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from render.defaults import ChannelFacts, default_settings, middle_of_filter
from render.errors import RenderError
from render.forms import stored_settings
from render.luts import Find, nowhere
from render.settings import RenderSettings
from render.views import View, default_view, view_of
from store.queries.light import ChannelLight
from store.queries.rendering import SavedRendering

_NANOMETRES = {"m": 1e9, "cm": 1e7, "mm": 1e6, "µm": 1e3, "nm": 1.0, "Å": 0.1, "pm": 1e-3}


class DescribedChannel(Protocol):
    """What is known of a channel; columns as in `store.models.Channel`."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def name(self) -> str | None: ...  # noqa: D102
    @property
    def color(self) -> int | None: ...  # noqa: D102
    @property
    def lookup_table(self) -> str | None: ...  # noqa: D102
    @property
    def emission_wavelength(self) -> float | None: ...  # noqa: D102
    @property
    def emission_wavelength_unit(self) -> str | None: ...  # noqa: D102
    @property
    def excitation_wavelength(self) -> float | None: ...  # noqa: D102
    @property
    def excitation_wavelength_unit(self) -> str | None: ...  # noqa: D102
    @property
    def global_min(self) -> float | None: ...  # noqa: D102
    @property
    def global_max(self) -> float | None: ...  # noqa: D102


class DescribedPixels(Protocol):
    """What is known of pixels; columns as in `store.models.Pixels`."""

    @property
    def content_id(self) -> str: ...  # noqa: D102
    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def significant_bits(self) -> int | None: ...  # noqa: D102
    @property
    def rgb(self) -> bool: ...  # noqa: D102
    @property
    def size_z(self) -> int: ...  # noqa: D102
    @property
    def size_c(self) -> int: ...  # noqa: D102
    @property
    def size_t(self) -> int: ...  # noqa: D102


class RenderingSource(Enum):
    """Whose settings an image is shown with."""

    MINE = "mine"
    OWNER = "owner"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Shown:
    """How an image is shown to somebody who does not ask for anything else."""

    settings: RenderSettings
    view: View
    source: RenderingSource
    saved_id: int | None = None
    """Database id of the saved settings; none by default."""


def shown_to(
    viewer_id: int,
    pixels: DescribedPixels,
    defaults: RenderSettings,
    saved: Iterable[SavedRendering],
    find: Find = nowhere,
) -> Shown:
    """Return how an image is shown: as the viewer saved it, else as its owner did, else by default.

    Args:
        viewer_id: Who looks.
        pixels: Of the image.
        defaults: Of `defaults_of`.
        saved: The viewer's settings, then the owner's, where there are any. Those that do not fit
            the image any more are passed over.
        find: Knows the uploaded lookup tables that these may name.

    Source: OMERO's order of looking for settings.
    """
    for one in saved:
        settings = stored_settings(one.settings, pixels.size_c, find)
        if settings is not None:
            origin = RenderingSource.MINE if one.owner_id == viewer_id else RenderingSource.OWNER
            return Shown(settings, _view(pixels, one), origin, one.id)
    return Shown(defaults, default_view(pixels.size_z), RenderingSource.DEFAULT)


def _view(pixels: DescribedPixels, saved: SavedRendering) -> View:
    try:
        places = (saved.default_z, saved.default_t, saved.projection)
        return view_of(*places, pixels.size_z, pixels.size_t)
    except RenderError:  # the image has become smaller
        return default_view(pixels.size_z)


def defaults_of(
    pixels: DescribedPixels,
    channels: Sequence[DescribedChannel],
    lights: Mapping[int, ChannelLight],
    find: Find = nowhere,
) -> RenderSettings:
    """Return how an image is shown that nobody has adjusted.

    Args:
        pixels: Of the image.
        channels: In order of index; those beyond `size_c` are left out.
        lights: What filters and lasers tell of channels, by id.
        find: Knows the uploaded lookup tables that they may name.

    Raises:
        RenderError: The pixels cannot be rendered.
    """
    facts = [
        channel_facts(channel, lights.get(channel.id)) for channel in channels[: pixels.size_c]
    ]
    return default_settings(
        *(pixels.type, pixels.size_c, pixels.significant_bits, pixels.rgb), facts, find
    )


SAMPLES = 12
"""How many characters of a version name the samples."""


def version_of(pixels: DescribedPixels, shown: Shown) -> str:
    """Return what changes when samples, settings or view do: the `v` of addresses."""
    name = shown.settings.hash()
    if shown.view != default_view(pixels.size_z):
        text = f"{name} {shown.view.canonical()}"
        name = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    return f"{pixels.content_id[:SAMPLES]}{name[:8]}"


def channel_facts(channel: DescribedChannel, light: ChannelLight | None = None) -> ChannelFacts:
    """Return what rendering has to know about a channel.

    Args:
        channel: Its row.
        light: What filters and lasers tell of it.
    """
    light = light or ChannelLight()
    return ChannelFacts(
        name=channel.name,
        color=channel.color,
        lookup_table=channel.lookup_table,
        emission_wavelength_nm=nanometres(
            channel.emission_wavelength, channel.emission_wavelength_unit
        ),
        excitation_wavelength_nm=nanometres(
            channel.excitation_wavelength, channel.excitation_wavelength_unit
        ),
        global_min=channel.global_min,
        global_max=channel.global_max,
        emission_cut_in_nm=nanometres(*light.emission_cut_in),
        laser_wavelength_nm=nanometres(*light.laser),
        excitation_filter_nm=middle_of_filter(
            nanometres(*light.excitation_cut_in), nanometres(*light.excitation_cut_out)
        ),
    )


def nanometres(value: float | None, unit: str | None) -> float | None:
    """Return a wavelength in nm; None where it, or its unit, is not known."""
    scale = _NANOMETRES.get(unit or "nm")
    return None if value is None or scale is None else value * scale
