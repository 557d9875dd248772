"""How an image is rendered: one immutable value with a canonical form and a content hash."""

import hashlib
import json
import math
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, Self, get_args

from render.arrays import Lut
from render.errors import SettingsError, UnknownLutError, WindowError
from render.luts import Find, LookupTable, lut, uploaded

type Family = Literal["linear", "polynomial", "exponential", "logarithmic"]
"""Shape of the curve from grey levels to brightness."""

type Model = Literal["rgb", "greyscale"]
"""All active channels blended in colour, or the first one in grey."""

type Color = tuple[int, int, int, int]
"""Red, green, blue, alpha; 0 to 255 each."""

FAMILIES: tuple[Family, ...] = get_args(Family.__value__)
MODELS: tuple[Model, ...] = get_args(Model.__value__)
LUT_NAME = re.compile(r"[^(),\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,64}")
WHITE: Color = (255, 255, 255, 255)
RESOLUTIONS = tuple(2**bits - 1 for bits in range(1, 9))
"""Numbers of steps from dark to bright that levels can be rounded to."""
# Far beyond any 32-bit sample, and small enough that 255 * (end - start) stays a finite double.
LIMIT = 1e300


@dataclass(frozen=True, slots=True)
class Window:
    """The grey levels between which a channel goes from dark to bright.

    Raises:
        WindowError: An end is not a finite number, or the start is greater than the end.
    """

    start: float
    """Samples below it are black. In grey levels of the image."""
    end: float
    """Samples from here on are fully bright. May equal the start: a hard threshold."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", float(self.start) + 0.0)
        object.__setattr__(self, "end", float(self.end) + 0.0)
        for name, value in (("start", self.start), ("end", self.end)):
            if not math.isfinite(value) or abs(value) > LIMIT:
                raise WindowError(
                    f"The window's {name} is {value}.",
                    f"Give a finite number between -{LIMIT:g} and {LIMIT:g}.",
                )
        if self.start > self.end:
            raise WindowError(
                f"The window starts at {self.start:g}, above its end {self.end:g}.",
                "Give the smaller number first.",
            )


@dataclass(frozen=True, slots=True)
class Codomain:
    """The levels that all channels are mapped to, before colour.

    Raises:
        SettingsError: Ends outside 0 to 255 or in the wrong order, or a resolution that is no
            number of bits.
    """

    start: int = 0
    """Level of samples below the window."""
    end: int = 255
    """Level of samples at the window's end and above."""
    resolution: int = 255
    """How many steps lie between them: one less than a power of two, 1 to 255."""

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end <= 255:
            raise SettingsError(
                f"Levels from {self.start} to {self.end}.",
                "Give two from 0 to 255, the smaller one first.",
            )
        if self.resolution not in RESOLUTIONS:
            raise SettingsError(
                f"A resolution of {self.resolution} steps.",
                f"Give one of {', '.join(map(str, RESOLUTIONS))}.",
            )


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """How one channel is shown.

    Raises:
        SettingsError: A value outside its range.
    """

    window: Window
    """Grey levels mapped to dark and bright."""
    color: Color = WHITE
    """RGBA, 0 to 255. Alpha below 255 dims the channel; it never makes an image transparent."""
    lut: str | None = None
    """Name of a lookup table, used instead of colour and alpha."""
    active: bool = True
    """Whether the channel is shown."""
    inverted: bool = False
    """Bright becomes dark, before the colour is applied."""
    family: Family = "linear"
    """Shape of the curve."""
    coefficient: float = 1.0
    """Exponent of the polynomial and exponential families, above 0; 1 for linear."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "color", tuple(int(part) for part in self.color))
        self._check_color()
        self._check_family()
        if self.lut is not None and not LUT_NAME.fullmatch(self.lut):
            raise SettingsError(
                f"{self.lut[:80]!r} cannot be the name of a lookup table.",
                "Give 1 to 64 printable characters without parentheses and commas.",
            )

    def _check_color(self) -> None:
        given: tuple[int, ...] = self.color
        if len(given) != 4 or not all(0 <= part <= 255 for part in given):
            raise SettingsError(
                f"{self.color} is not a colour.",
                "Give red, green, blue and alpha, each from 0 to 255.",
            )

    def _check_family(self) -> None:
        if self.family not in FAMILIES:
            raise SettingsError(
                f"No family {self.family!r}.", f"Give one of {', '.join(FAMILIES)}."
            )
        # Linear has no exponent, and the logarithm ignores it: one value keeps hashes equal.
        plain = self.family in ("linear", "logarithmic")
        value = 1.0 if plain else float(self.coefficient)
        if not (0 < value < math.inf):
            raise SettingsError(
                f"The coefficient of the {self.family} family is {value}.",
                "Give a finite number above 0.",
            )
        object.__setattr__(self, "coefficient", value)

    def _form(self) -> dict[str, Any]:
        form: dict[str, Any] = {
            "active": self.active,
            "color": bytes(self.color).hex().upper(),
            "window": [self.window.start, self.window.end],
        }
        if self.family != "linear":
            form["family"] = [self.family, self.coefficient]
        if self.inverted:
            form["inverted"] = True
        if self.lut is not None:
            form["lut"] = self.lut
        return form


@dataclass(frozen=True)
class RenderSettings:
    """How an image is shown: its channels in order, and how they become one picture.

    Keeps what each tile asks of it, which takes as long as finding the tile's chunks.

    Raises:
        SettingsError: An unknown model.
    """

    channels: tuple[ChannelSettings, ...]
    """One for each channel of the image, in the image's order."""
    model: Model = "rgb"
    """`rgb` adds the active channels up; `greyscale` shows the first active one in grey."""
    codomain: Codomain = Codomain()
    """Levels that all channels are mapped to."""
    tables: tuple[LookupTable, ...] = ()
    """Uploaded lookup tables that channels are shown with; `resolved` finds them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", tuple(self.channels))
        if self.model not in MODELS:
            raise SettingsError(f"No model {self.model!r}.", f"Give one of {', '.join(MODELS)}.")

    def __hash__(self) -> int:
        """Follow from the canonical text: equal settings have equal ones."""
        return hash(self._digest)

    @cached_property
    def active_channels(self) -> tuple[int, ...]:
        """Zero-based numbers of the channels to read, in rendering order; grey: at most one."""
        active = tuple(i for i, channel in enumerate(self.channels) if channel.active)
        return active[:1] if self.model == "greyscale" else active

    @cached_property
    def table_names(self) -> frozenset[str]:
        """Names of the lookup tables that its channels are shown with."""
        return frozenset(channel.lut for channel in self.channels if channel.lut)

    @property
    def keeps_photographs(self) -> bool:
        """Whether red, green and blue samples of 8 bits come out as they are."""
        return self == _PHOTOGRAPH

    def resolved(self, find: Find) -> Self:
        """Return these settings with the uploaded tables that their channels name.

        Channels whose table is nowhere any more are shown in their colour.

        Args:
            find: Knows the uploaded tables.
        """
        tables: dict[str, LookupTable] = {}
        channels = list(self.channels)
        for index, channel in enumerate(channels):
            if channel.lut is None:
                continue
            try:
                table = uploaded(channel.lut, find)
            except UnknownLutError:
                channels[index] = replace(channel, lut=None)
                continue
            if table is not None:
                tables[table.name] = table
        found = tuple(tables[name] for name in sorted(tables))
        return replace(self, channels=tuple(channels), tables=found)

    def lut(self, name: str) -> Lut:
        """Return the lookup table of a channel, shape (256, 3), uint8.

        Raises:
            UnknownLutError: Neither among `tables` nor shipped.
        """
        return lut(name, {table.name: table for table in self.tables}.get)

    def bare(self) -> Self:
        """Return these settings without the colours of uploaded tables: as they are stored."""
        return replace(self, tables=()) if self.tables else self

    def form(self) -> dict[str, Any]:
        """Plain objects, lists, texts and numbers, from which `render.forms` makes the settings.

        What is as usual is left out, so that it stays the same when settings get new parts.
        Uploaded tables are named, their colours left out.
        """
        form: dict[str, Any] = {
            "channels": [channel._form() for channel in self.channels],
            "model": self.model,
        }
        if self.codomain != Codomain():
            form["codomain"] = [self.codomain.start, self.codomain.end, self.codomain.resolution]
        return form

    def canonical(self) -> str:
        """Compact JSON with sorted keys: equal settings give equal text in every process.

        An uploaded table counts with its colours.
        """
        form = self.form()
        if self.tables:
            form["tables"] = {table.name: table.digest for table in self.tables}
        return json.dumps(form, sort_keys=True, separators=(",", ":"))

    def hash(self) -> str:
        """Sixteen hexadecimal digits that name these settings in URLs and cache keys."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        return hashlib.blake2b(self.canonical().encode(), digest_size=8).hexdigest()


_PHOTOGRAPH = RenderSettings(
    tuple(
        ChannelSettings(Window(0, 255), color)
        for color in ((255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255))
    )
)
