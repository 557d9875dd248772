"""How a picture is shown: the part of an address that all rendered pictures share."""

from dataclasses import dataclass

from starlette.requests import Request

from app.context import Micrograph
from app.images import OpenedImage, settings_for
from app.routes.parameters import Parameters, within
from render.encode import DEFAULT_QUALITY, FORMATS
from render.errors import UnsupportedFormatError
from render.projection import Projection
from render.query import format_projection, parse_projection
from render.settings import RenderSettings
from store.pixels.source import PixelsShape

LOOK_KEYS = frozenset({"c", "m", "p", "q", "v"})
"""Query keys of `Look`."""


@dataclass(frozen=True, slots=True)
class Look:
    """How an address wants its picture; checked as far as that goes without the image."""

    format: str
    """A key of `render.encode.FORMATS`."""
    quality: int
    """1 to 100."""
    channels: str | None
    """Changes of the image's default settings: `c`."""
    model: str | None
    """In colour or grey: `m`."""
    projection: str | None
    """Which sections or time points become one, and how: `p`."""
    version: str | None
    """The version that the address was made for: `v`."""

    def settings(self, opened: OpenedImage) -> RenderSettings:
        """Return the image's default settings with the changes of the address on top.

        Raises:
            RenderError: A change that cannot be made; names it.
        """
        return settings_for(opened, self.channels, self.model)

    def section(self, shape: PixelsShape, z: int, t: int) -> "Section":
        """Return the plane that is shown, or the planes that become one.

        Args:
            shape: Sizes of the image.
            z: The section that is shown unless sections are projected.
            t: The time point that is shown unless time points are.

        Raises:
            OutOfRangeError: The image has no such section or time point.
            SettingsError: A projection that cannot be made; names it.
        """
        within("z", z, shape.z, "sections")
        within("t", t, shape.t, "time points")
        text = self.projection
        projection = None if text is None else parse_projection(text, shape.z, shape.t)
        return Section(z, t, projection)


@dataclass(frozen=True, slots=True)
class Section:
    """The plane of an image that a picture shows, or the planes that become one."""

    z: int
    """From 0; without meaning where sections are projected."""
    t: int
    """From 0; without meaning where time points are projected."""
    projection: Projection | None = None
    """What becomes one, and how; None if one plane is shown."""

    @property
    def planes(self) -> tuple[tuple[int, int], ...]:
        """Pairs of time point and section, in order."""
        projection = self.projection
        if projection is None:
            return ((self.t, self.z),)
        if projection.axis == "t":
            return tuple((t, self.z) for t in projection.planes())
        return tuple((self.t, z) for z in projection.planes())

    @property
    def name(self) -> str:
        """Tells it from all others of an image that show something else."""
        if self.projection is None:
            return f"{self.t} {self.z}"
        fixed = self.z if self.projection.axis == "t" else self.t
        return f"{fixed} {format_projection(self.projection)}"


def look_of(found: Parameters) -> Look:
    """Return how an address wants its picture.

    Raises:
        InvalidInputError: A quality that is no number or out of its range.
        UnsupportedFormatError: An image format that is not offered.
    """
    format_ = known_format(found.suffix())
    return Look(
        format=format_,
        quality=found.number("q", 1, 100, DEFAULT_QUALITY[format_]),
        channels=found.text("c"),
        model=found.text("m"),
        projection=found.text("p"),
        version=found.text("v"),
    )


def known_format(suffix: str) -> str:
    """Return the format if it is offered.

    Raises:
        UnsupportedFormatError: It is not.
    """
    if suffix not in FORMATS:
        raise UnsupportedFormatError(
            f"No image format {suffix[:32]!r}.", f"Ask for one of {', '.join(FORMATS)}."
        )
    return suffix


@dataclass(frozen=True, slots=True)
class Shown:
    """An image that this viewer may see, and how it is shown to them."""

    opened: OpenedImage
    look: Look
    settings: RenderSettings


def find_shown(micrograph: Micrograph, request: Request, image: int, look: Look) -> Shown:
    """Find an image for the viewer, and settle how it is shown; in a worker thread.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such image, not visible to the viewer, or without pixels.
        RenderError: A change of its settings that cannot be made; names it.
    """
    _, opened = micrograph.find_image(request, image)
    return Shown(opened, look, look.settings(opened))
