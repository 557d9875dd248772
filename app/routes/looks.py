"""How a picture is shown: the part of an address that all rendered pictures share."""

import re
from dataclasses import dataclass
from functools import lru_cache

from starlette.requests import Request

from app.context import Micrograph
from app.errors import NotAcceptableError
from app.images import LOOKS_KEPT, OpenedImage, settings_for
from app.routes.parameters import Parameters, Query, within
from render.encode import FORMATS, LOSSLESS, Quality, quality_for
from render.errors import UnsupportedFormatError
from render.luts import Find, wanted
from render.projection import Projection
from render.query import format_projection, parse_projection
from render.settings import RenderSettings
from store.pixels.source import PixelsShape

_NAMED = ("webp", "jpg", "avif", "png")
_UNNAMED = ("jpg", "webp", "png", "avif")
_WEIGHT = re.compile(r"[01](?:\.[0-9]{0,3})?")
_MOST_RANGES = 32

LOOK_KEYS = frozenset({"s", "c", "m", "b", "p", "q", "v"})
"""Query keys of `Look`."""


@dataclass(frozen=True, slots=True)
class Look:
    """How an address wants its picture; checked as far as that goes without the image."""

    format: str
    """A key of `render.encode.FORMATS`."""
    quality: Quality
    """1 to 100, or lossless."""
    named: str | None
    """Hash of the settings to begin with, whoever asks: `s`."""
    channels: str | None
    """Changes of these, or of the settings that the viewer sees the image with: `c`."""
    model: str | None
    """In colour or grey: `m`."""
    bits: str | None
    """How many levels there are, and between which ends: `b`."""
    projection: str | None
    """Which sections or time points become one, and how: `p`."""
    version: str | None
    """The version that the address was made for: `v`."""
    plain: bool = False
    """Whether the address says nothing about how, but for the format."""
    negotiated: bool = False
    """Whether the format was chosen by what the client accepts."""

    @property
    def untouched(self) -> bool:
        """Whether the image is shown as it is by default."""
        return self.channels is None and self.model is None and self.bits is None

    def settings(self, opened: OpenedImage, find: Find) -> RenderSettings:
        """Return the settings that the image is shown with, and the changes of the address on top.

        Args:
            opened: The image.
            find: Knows the uploaded lookup tables.

        Raises:
            RenderError: A change that cannot be made; names it.
        """
        return settings_for(opened, self.channels, self.model, self.bits, find)

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
        SettingsError: A lossless JPEG.
        UnsupportedFormatError: An image format that is not offered.
        NotAcceptableError: The address has no format, and the client takes none of them.
    """
    suffix = found.suffix()
    format_ = chosen_format(found.accept) if suffix is None else known_format(suffix)
    return _look(found.query, format_, negotiated=suffix is None)


@lru_cache(maxsize=LOOKS_KEPT)
def _look(query: Query, format_: str, *, negotiated: bool) -> Look:
    wanted = query.text("q")
    quality: Quality | None = None
    if wanted == LOSSLESS:
        quality = LOSSLESS
    elif wanted is not None:
        quality = query.number("q", 1, 100, 1)
    channels, model = query.text("c"), query.text("m")
    bits, projection = query.text("b"), query.text("p")
    return Look(
        format=format_,
        quality=quality_for(format_, quality),
        named=query.text("s"),
        channels=channels,
        model=model,
        bits=bits,
        projection=projection,
        version=query.text("v"),
        plain=not (channels or model or bits or projection or wanted),
        negotiated=negotiated,
    )


def known_format(suffix: str) -> str:
    """Return the format of a file name ending, the same for `jpg` and `jpeg`.

    Raises:
        UnsupportedFormatError: It is not offered.
    """
    if suffix not in FORMATS:
        raise UnsupportedFormatError(
            f"No image format {suffix[:32]!r}.", f"Ask for one of {', '.join(FORMATS)}."
        )
    return "jpg" if suffix == "jpeg" else suffix


def chosen_format(accept: str | None) -> str:
    """Return the format that suits a client best.

    Of those that it likes equally, formats that it names come first, and among these WebP: the
    fewest bytes for little work. A client that names none gets JPEG.

    Args:
        accept: What it says that it takes, RFC 9110, 12.5.1; None for anything.

    Raises:
        NotAcceptableError: None of those on offer.
    """
    likes = _likes(accept or "*/*")

    def rank(order: tuple[int, str]) -> tuple[float, bool, int]:
        place, format_ = order
        media_type = FORMATS[format_]
        named = media_type in likes
        like = likes.get(media_type, likes.get("image/*", likes.get("*/*", 0.0)))
        return like, named, -(_NAMED.index(format_) if named else place)

    best = max(enumerate(_UNNAMED), key=rank)
    if rank(best)[0] <= 0:
        raise NotAcceptableError(
            f"No picture here is {(accept or '')[:64]!r}.",
            f"Accept one of {', '.join(dict.fromkeys(FORMATS.values()))}.",
        )
    return best[1]


def _likes(accept: str) -> dict[str, float]:
    """Return how much a client likes each media type or range that it names, 0 to 1."""
    likes = {}
    for piece in accept.lower().split(",")[:_MOST_RANGES]:
        media_type, *parameters = (part.strip() for part in piece.split(";"))
        weights = [part[2:] for part in parameters if part.startswith("q=")]
        weight = weights[0] if weights else "1"
        likes[media_type] = float(weight) if _WEIGHT.fullmatch(weight) else 0.0
    return likes


@dataclass(frozen=True, slots=True)
class Shown:
    """An image that this viewer may see, and how it is shown to them."""

    opened: OpenedImage
    look: Look
    settings: RenderSettings

    @property
    def immutable(self) -> bool:
        """Whether its address will never mean another picture.

        It has the current version, which changes with samples, settings and the lookup tables of
        these; or it names settings and has the version of the samples. Of other tables, those
        that somebody may upload can change.
        """
        if not self.opened.fixed_by(self.look.version):
            return False
        if not self.settings.table_names:
            return True
        covered = frozenset() if self.opened.named else self.opened.settings.table_names
        return wanted(self.settings.table_names) <= wanted(covered)


def find_shown(micrograph: Micrograph, request: Request, image: int, look: Look) -> Shown:
    """Find an image for the viewer, and settle how it is shown; in a worker thread.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such image, not visible to the viewer, or without pixels; or no such
            settings.
        RenderError: A change of its settings that cannot be made; names it.
    """
    _, opened = micrograph.find_image(request, image, look.named)
    return Shown(opened, look, look.settings(opened, micrograph.luts.find))
