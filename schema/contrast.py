"""Windows that an image could be shown with: found from its samples, not yet saved."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any

import strawberry

from render.defaults import pixel_type_range
from render.errors import RenderError
from render.query import format_channels
from render.settings import Window
from render.views import view_of
from schema.context import Context
from schema.display import Shown
from schema.fields import Argument, field, value
from schema.ids import database_id
from schema.pagination import described
from schema.roots import Told
from schema.types.rendering import Display, displays
from store.errors import InvalidInputError
from store.pixels.contrast import percentile_windows

CHANNELS_MAX = 64
"""Channels whose samples are looked at in one answer."""


class WindowRule(Enum):
    """How windows are found."""

    PERCENTILES = "percentiles"
    MIN_MAX = "min_max"
    FULL_RANGE = "full_range"


described(
    WindowRule,
    "How windows are found.",
    {
        "PERCENTILES": "They leave out parts of the darkest and the brightest samples of a plane.",
        "MIN_MAX": "They reach from the smallest to the largest sample of the image.",
        "FULL_RANGE": "They reach over all that the pixel type can hold.",
    },
)


@value
class ChannelWindow:
    """Grey levels between which a channel goes from dark to bright."""

    index: int = field("Number of the channel, from 0.")
    start: float = field("Grey level that becomes dark.")
    end: float = field("Grey level that becomes bright.")


@value
class AutoContrast:
    """Windows that an image could be shown with; nothing is saved."""

    channels: list[ChannelWindow] = field("One for each channel that was asked for.")
    text: str = field(
        "The same as a piece of an address, to be put into addresses or saved; empty where the"
        " image is shown so already."
    )
    level: int | None = field(
        "Level whose samples were looked at, 0 for the full resolution; null where none were."
    )


def auto_contrast(
    context: Context,
    image: int,
    rule: WindowRule,
    low: float,
    high: float,
    channels: Sequence[int] | None,
    z: int | None,
    t: int | None,
) -> AutoContrast | None:
    """Find windows for channels of an image; None if there is none that the viewer may see.

    Raises:
        InvalidInputError: The image has no such channels, section or time point.
        StoreError: Its samples cannot be read.
    """
    shown = displays(context, [image])[image]
    if shown.shown is None:
        return None
    chosen = _channels(shown, channels)
    places = _place(shown, z, t)
    level, windows = None, _known(shown, rule, chosen)
    if rule is WindowRule.PERCENTILES:
        with context.asking() as session:
            opened = context.open_image(session, image)
        level, found = percentile_windows(opened.source, chosen, *places, low, high)
        windows = [
            old if new is None else Window(*new) for new, old in zip(found, windows, strict=True)
        ]
    return _answer(shown.shown, chosen, windows, level)


def _channels(shown: Display, channels: Sequence[int] | None) -> Sequence[int]:
    assert shown.shown is not None
    settings = shown.shown.settings
    if channels is None:
        channels = [number for number, one in enumerate(settings.channels) if one.active]
    for number in channels:
        if not 0 <= number < len(settings.channels):
            raise InvalidInputError(
                f"The image has no channel {number}.", f"It has {len(settings.channels)}, from 0."
            )
    chosen = list(dict.fromkeys(channels))
    if len(chosen) > CHANNELS_MAX:
        raise InvalidInputError(
            f"{len(chosen)} channels are asked for.", f"Ask for at most {CHANNELS_MAX} at once."
        )
    return chosen


def _place(shown: Display, z: int | None, t: int | None) -> tuple[int, int]:
    assert shown.shown is not None
    pixels, usual = shown.pixels, shown.shown.view
    wanted = (usual.z if z is None else z, usual.t if t is None else t)
    try:
        view = view_of(*wanted, None, pixels.size_z, pixels.size_t)
    except RenderError as error:
        raise InvalidInputError(error.message, error.remedy) from None
    return view.z, view.t


def _known(shown: Display, rule: WindowRule, chosen: Sequence[int]) -> list[Window]:
    """Return windows that no sample need be read for: for percentiles, those of now."""
    assert shown.shown is not None
    assert shown.defaults is not None
    pixels = shown.pixels
    if rule is WindowRule.FULL_RANGE:
        return [Window(*pixel_type_range(pixels.type, pixels.significant_bits))] * len(chosen)
    settings = shown.defaults if rule is WindowRule.MIN_MAX else shown.shown.settings
    return [settings.channels[number].window for number in chosen]


def _answer(
    shown: Shown, chosen: Sequence[int], windows: Sequence[Window], level: int | None
) -> AutoContrast:
    channels = list(shown.settings.channels)
    for number, window in zip(chosen, windows, strict=True):
        channels[number] = replace(channels[number], window=window)
    text = format_channels(replace(shown.settings, channels=tuple(channels)), shown.settings)
    return AutoContrast(
        channels=[
            ChannelWindow(index=number, start=window.start, end=window.end)
            for number, window in zip(chosen, windows, strict=True)
        ],
        text=text and f"c={text}",
        level=level,
    )


def _checked(place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    low, high = values["low"], values["high"]
    if not 0 <= low < high <= 100:
        raise InvalidInputError(
            f"`low` and `high` of {place} are {low:g} and {high:g}.",
            "Give percents from 0 to 100, the smaller one as `low`.",
        )
    return {**values, "image": database_id(values["image"], "Image")[1]}


AUTO_CONTRAST = Told(
    auto_contrast,
    [
        Argument("image", strawberry.ID, "Which image."),
        Argument("rule", WindowRule, "How windows are found.", WindowRule.PERCENTILES),
        Argument("low", float, "Percent of the samples that become dark.", 0.5),
        Argument("high", float, "Percent of the samples below what becomes bright.", 99.5),
        Argument(
            "channels", list[int] | None, "Numbers of channels, from 0; else those shown.", None
        ),
        Argument("z", int | None, "Section, from 0; else the one that you see first.", None),
        Argument("t", int | None, "Time point, from 0; else the one that you see first.", None),
    ],
    _checked,
)
"""The root field `autoContrast`."""
