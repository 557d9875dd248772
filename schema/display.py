"""How images are shown before anybody chose: settings, versions and addresses of their pictures."""

from collections.abc import Sequence
from typing import Protocol

from render.defaults import ChannelFacts, default_settings
from render.luts import Find, nowhere
from render.settings import RenderSettings

_NANOMETRES = {"m": 1e9, "cm": 1e7, "mm": 1e6, "µm": 1e3, "nm": 1.0, "Å": 0.1, "pm": 1e-3}


class DescribedChannel(Protocol):
    """What is known of a channel; columns as in `store.models.Channel`."""

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
    def size_c(self) -> int: ...  # noqa: D102


def defaults_of(
    pixels: DescribedPixels, channels: Sequence[DescribedChannel], find: Find = nowhere
) -> RenderSettings:
    """Return how an image is shown that nobody has adjusted.

    Args:
        pixels: Of the image.
        channels: In order of index; those beyond `size_c` are left out.
        find: Knows the uploaded lookup tables that they may name.

    Raises:
        RenderError: The pixels cannot be rendered.
    """
    facts = [channel_facts(channel) for channel in channels[: pixels.size_c]]
    return default_settings(
        *(pixels.type, pixels.size_c, pixels.significant_bits, pixels.rgb), facts, find
    )


def version_of(pixels: DescribedPixels, defaults: RenderSettings) -> str:
    """Return what changes when samples or default settings do: the `v` of addresses."""
    return f"{pixels.content_id[:12]}{defaults.hash()[:8]}"


def channel_facts(channel: DescribedChannel) -> ChannelFacts:
    """Return what rendering has to know about a channel."""
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
    )


def nanometres(value: float | None, unit: str | None) -> float | None:
    """Return a wavelength in nm; None where it, or its unit, is not known."""
    scale = _NANOMETRES.get(unit or "nm")
    return None if value is None or scale is None else value * scale
