"""How an image is shown before anybody chose: model, windows, colours and labels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from render.errors import SettingsError, UnknownLutError, UnsupportedPixelTypeError
from render.luts import Find, nowhere, resolve
from render.settings import WHITE, ChannelSettings, Color, Model, RenderSettings, Window

RED: Color = (255, 0, 0, 255)
GREEN: Color = (0, 255, 0, 255)
BLUE: Color = (0, 0, 255, 255)
GREY: Color = (128, 128, 128, 255)
# The alpha of a photograph adds nothing to its picture.
_PHOTOGRAPH: tuple[tuple[str, Color], ...] = (
    ("Red", RED),
    ("Green", GREEN),
    ("Blue", BLUE),
    ("Alpha", (0, 0, 0, 0)),
)
_ACTIVE = 3
# nm: how far behind its beginning a filter's light is; how wide a filter is taken to be.
_INSIDE_FILTER = 15.0
_FILTER_WIDTH = 30.0
_COLOURED = range(2, 8)
_FLAT = 1e-5
_UNSIGNED = {"bit": 1, "bool": 1, "uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64}
_SIGNED = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}
_FLOATING = frozenset(
    [
        "float",
        "double",
        "complex",
        "double-complex",
        "half",
        "float16",
        "float32",
        "float64",
        "complex64",
        "complex128",
    ]
)


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What a file says about one channel; None where it says nothing."""

    name: str | None = None
    """Name of the channel."""
    color: int | None = None
    """Signed 32-bit RGBA as in OME-XML, red in the highest byte; None unless the file has one."""
    lookup_table: str | None = None
    """Name of a lookup table."""
    emission_wavelength_nm: float | None = None
    """Wavelength of the light that was recorded, in nm."""
    excitation_wavelength_nm: float | None = None
    """Wavelength of the light that excited the dye, in nm."""
    global_min: float | None = None
    """Smallest sample over all sections and time points."""
    global_max: float | None = None
    """Largest sample over all sections and time points."""
    emission_cut_in_nm: float | None = None
    """Where its emission filter begins to let light through, in nm."""
    laser_wavelength_nm: float | None = None
    """Wavelength of the laser that excited the dye, in nm."""
    excitation_filter_nm: float | None = None
    """Middle of what its excitation filter lets through, in nm."""


def default_settings(
    pixel_type: str,
    size_c: int,
    significant_bits: int | None,
    rgb: bool,
    channels: Sequence[ChannelFacts],
    find: Find = nowhere,
) -> RenderSettings:
    """Return the settings of an image that nobody has adjusted.

    Two to seven channels are shown in colour, fewer or more in grey; the first three are on.

    Args:
        pixel_type: OME's name of the sample type, such as `uint16`.
        size_c: Number of channels.
        significant_bits: Bits that are used of each sample, if known.
        rgb: A photograph (PNG, JPEG, RGB TIFF), whose channels are red, green, blue, alpha;
            with 8 bits its windows are 0 to 255 whatever the data.
        channels: What is known of each channel, in order; may be shorter than size_c.
        find: Knows the uploaded lookup tables that channels may name.

    Raises:
        UnsupportedPixelTypeError: An unknown pixel type.
        SettingsError: More channels described than there are.

    Source: OMERO's default rendering settings and channel colours.
    """
    if len(channels) > size_c:
        raise SettingsError(f"{len(channels)} channels are described of an image with {size_c}.")
    facts = [*channels, *[ChannelFacts()] * (size_c - len(channels))]
    model: Model = "rgb" if size_c in _COLOURED else "greyscale"
    return RenderSettings(
        tuple(
            ChannelSettings(
                window=_window(channel, pixel_type, significant_bits, rgb),
                color=_color(index, facts, rgb),
                lut=_lut(channel, find),
                active=index < _ACTIVE,
            )
            for index, channel in enumerate(facts)
        ),
        model,
    ).resolved(find)


def channel_label(channel: ChannelFacts, index: int, rgb: bool = False) -> str:
    """Return what people call a channel.

    Its name, else the first wavelength that is known, in nm: of emission, of the emission filter,
    of the laser, of excitation, of the excitation filter; else its number from 1.

    Args:
        channel: What is known of the channel.
        index: Its place, from 0.
        rgb: Whether it belongs to a photograph.
    """
    if channel.name and channel.name.strip():
        return channel.name
    if rgb and index < len(_PHOTOGRAPH):
        return _PHOTOGRAPH[index][0]
    for wavelength in _wavelengths(channel):
        if wavelength is not None:
            return f"{wavelength:.6g}"
    return f"Channel {index + 1}"


def pixel_type_range(pixel_type: str, significant_bits: int | None = None) -> tuple[float, float]:
    """Return the smallest and largest sample that a pixel type stands for.

    Args:
        pixel_type: OME's or NumPy's name of the type.
        significant_bits: Bits that are used of each integer, if fewer than the type has.

    Returns:
        The range of the integers; of 32-bit signed integers for floating and complex types,
        which have no natural range.

    Raises:
        UnsupportedPixelTypeError: An unknown pixel type.
    """
    if pixel_type in _FLOATING:
        return -(2.0**31), 2.0**31 - 1
    bits = _UNSIGNED.get(pixel_type) or _SIGNED.get(pixel_type)
    if bits is None:
        raise UnsupportedPixelTypeError(
            f"No pixel type {pixel_type[:32]!r}.",
            f"Known are {', '.join([*_UNSIGNED, *_SIGNED, *sorted(_FLOATING)])}.",
        )
    bits = min(significant_bits or bits, bits)
    if pixel_type in _UNSIGNED:
        return 0.0, 2.0**bits - 1
    return -(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1


def _window(
    channel: ChannelFacts, pixel_type: str, significant_bits: int | None, rgb: bool
) -> Window:
    if rgb and pixel_type == "uint8":
        return Window(0, 255)
    low, high = channel.global_min, channel.global_max
    if low is not None and high is not None and _FLAT <= high - low < math.inf:
        return Window(low, high)
    return Window(*pixel_type_range(pixel_type, significant_bits))


def _lut(channel: ChannelFacts, find: Find) -> str | None:
    """A table that is not known here leaves the channel its colour."""
    if channel.lookup_table is None:
        return None
    try:
        return resolve(channel.lookup_table, find)
    except UnknownLutError:
        return None


def _color(index: int, channels: Sequence[ChannelFacts], rgb: bool) -> Color:
    channel = channels[index]
    if rgb and len(channels) > 1 and index < len(_PHOTOGRAPH):
        return _PHOTOGRAPH[index][1]
    if channel.color is not None:
        return _unpacked(channel.color)
    if len(channels) == 1:
        return GREY
    # Among channels with known emission, one without is taken for transmitted light.
    if not _emits(channel) and any(_emits(other) for other in channels):
        return WHITE
    for wavelength in _wavelengths(channel, _INSIDE_FILTER):
        if wavelength is not None:
            return BLUE if wavelength < 500 else GREEN if wavelength < 560 else RED
    return (RED, GREEN, BLUE)[index % 3]


def _emits(channel: ChannelFacts) -> bool:
    known = (channel.emission_wavelength_nm, channel.emission_cut_in_nm, channel.color)
    return any(one is not None for one in known)


def _wavelengths(channel: ChannelFacts, inside: float = 0.0) -> tuple[float | None, ...]:
    """What tells of a channel's light in nm, the most telling first."""
    cut_in = channel.emission_cut_in_nm
    return (
        channel.emission_wavelength_nm,
        None if cut_in is None else cut_in + inside,
        channel.laser_wavelength_nm,
        channel.excitation_wavelength_nm,
        channel.excitation_filter_nm,
    )


def middle_of_filter(cut_in: float | None, cut_out: float | None) -> float | None:
    """Return the wavelength that stands for an excitation filter, in nm.

    Args:
        cut_in: Where it begins to let light through, in nm; unknown if none or 0.
        cut_out: Where it ends to, in nm.

    >>> middle_of_filter(460.0, 490.0), middle_of_filter(None, 490.0)
    (475.0, 475.0)
    """
    if cut_out is None:
        return cut_in or None
    return (cut_out - _FILTER_WIDTH + cut_out) / 2 if not cut_in else (cut_in + cut_out) / 2


def _unpacked(color: int) -> Color:
    red, green, blue, alpha = (color & 0xFFFF_FFFF).to_bytes(4, "big")
    # Writers that know no alpha leave it 0; nobody means a channel that cannot be seen.
    return red, green, blue, alpha or 255
