"""GET /raw/…: samples of one square of an image, for clients that window themselves."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, cast

from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph
from app.images import OpenedImage
from app.routes.drawing import planes_of
from app.routes.looks import Look, Section, Shown
from app.routes.parameters import Parameters
from app.routes.pictures import Job, answer_picture, cached, name_of
from app.routes.squares import Square, square_of
from render.arrays import Plane
from render.defaults import pixel_type_range
from store.errors import InvalidInputError

if TYPE_CHECKING:  # loads numba, which the start does not wait for
    from render.packing import Coding, Companding

KEYS = frozenset({"c", "size", "e", "p", "q", "v"})
_CHANNELS = re.compile(r"[0-9]{1,4}(?:,[0-9]{1,4})*")
_CODING = re.compile(r"\s*([\w*.-]+)\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?", re.ASCII)

type Encoding = Literal["shuffle", "preview"]
"""Exact samples with their bytes apart, or a grey picture of 8 bits."""


@dataclass(frozen=True, slots=True)
class RawRequest:
    """What an address of raw planes asks for; checked as far as that goes without the image."""

    square: Square
    encoding: Encoding
    quality: int
    """Of a preview."""
    look: Look
    """Of what it says, channels, projection and version are meant."""
    accepted: str
    """The codings that the client takes, as it says it."""


async def raw(request: Request) -> Response:
    """Answer with samples of one square of one plane, of some channels.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such image, or not visible.
        OutOfRangeError: The image has no such level, plane or tile.
        InvalidInputError, RenderError: A parameter that cannot be used.
        UnreadableFileError: The image's file is missing, changed or damaged.
        BusyError: Too much is waiting already.
    """
    wanted = parse_raw(request)
    return await answer_picture(request, partial(prepare, wanted), cached)


def parse_raw(request: Request) -> RawRequest:
    """Return what an address of raw planes asks for.

    Raises:
        InvalidInputError: A parameter is unknown, no number or out of its range.
        NotFoundError: The image's id cannot exist.
    """
    found = Parameters(request, KEYS)
    encoding = found.text("e") or "shuffle"
    if encoding not in ("shuffle", "preview"):
        raise InvalidInputError(
            f"No encoding {encoding[:32]!r}.", "Give e=shuffle for samples or e=preview."
        )
    return RawRequest(
        square=square_of(found),
        encoding=cast("Encoding", encoding),
        quality=(quality := found.number("q", 1, 100, 90)),
        look=Look(
            format="jpg",
            quality=quality,
            named=None,
            channels=found.text("c"),
            model=None,
            bits=None,
            projection=found.text("p"),
            version=found.text("v"),
        ),
        accepted=request.headers.get("accept-encoding", ""),
    )


def prepare(wanted: RawRequest, micrograph: Micrograph, request: Request) -> Job:
    """Find the image for the viewer and settle everything but the samples."""
    from render.packing import sent_type  # loads numba, which the start does not wait for

    _, opened = micrograph.find_image(request, wanted.square.image)
    source, look, quality = opened.source, wanted.look, wanted.quality
    square = wanted.square
    region = square.region(source)
    section = look.section(source.shape, square.z, square.t)
    channels = numbered(look.channels, source.shape.c)
    is_preview = wanted.encoding == "preview"
    form = previewed(opened, channels, section, quality) if is_preview else exact(wanted.accepted)
    headers = {
        "x-shape": f"{len(channels)},{region.height},{region.width}",
        "x-dtype": sent_type(source.dtype).name,
        **form.headers,
    }
    place = (section.name, *square.name)
    key = name_of("raw", opened.stored.content_id, *place, channels, *form.key)
    read = partial(planes_of, source, square.level, section, channels, region)
    shown = Shown(opened, look, opened.defaults)
    return Job(shown, key, micrograph.tiles.peek(key), lambda: form.pack(list(read())), headers)


@dataclass(frozen=True, slots=True)
class Form:
    """The bytes in which planes are sent."""

    key: tuple[object, ...]
    """What tells it from other forms."""
    headers: dict[str, str]
    """How a client reads it."""
    pack: Callable[[Sequence[Plane]], bytes]
    """Turns planes into it."""


def exact(accepted: str) -> Form:
    """Return the form of exact samples, compressed as a client takes it."""
    from render.packing import compressed, shuffled

    coding = agreed(accepted)
    headers = {
        "content-type": "application/octet-stream",
        "vary": "cookie, authorization, accept-encoding",
    }
    if coding is not None:
        headers["content-encoding"] = coding
    return Form(("shuffle", coding), headers, lambda planes: compressed(shuffled(planes), coding))


def previewed(opened: OpenedImage, channels: Sequence[int], section: Section, quality: int) -> Form:
    """Return the form of a preview of channels."""
    from render.packing import preview

    ends = tuple(ends_of(opened, channel, section) for channel in channels)
    headers = {
        "x-black": ",".join(str(each.black) for each in ends),
        "x-white": ",".join(str(each.white) for each in ends),
    }
    pack = partial(preview, compandings=ends, quality=quality)
    return Form(("preview", quality, ends), headers, pack)


def numbered(text: str | None, count: int) -> tuple[int, ...]:
    """Return the channels that the `c` of an address names, from 0; all if it has none.

    Args:
        text: Numbers from 1, separated by commas.
        count: How many channels the image has.

    Raises:
        InvalidInputError: No list of numbers, a channel that the image does not have, or one
            that is named twice.
    """
    if text is None:
        return tuple(range(count))
    if not _CHANNELS.fullmatch(text):
        raise InvalidInputError(
            f"c={text[:64]!r} is no list of channels.", "Give numbers from 1, such as c=1,3."
        )
    channels = tuple(int(number) - 1 for number in text.split(","))
    for channel in channels:
        if not 0 <= channel < count:
            raise InvalidInputError(
                f"c={text[:64]!r} names channel {channel + 1} of an image with {count}.",
                f"Channels are numbered 1 to {count}.",
            )
    if len(set(channels)) < len(channels):
        raise InvalidInputError(f"c={text[:64]!r} names a channel twice.", "Name each once.")
    return channels


def agreed(accepted: str) -> "Coding | None":
    """Return the best content coding that a client takes, None if it takes none of ours.

    Args:
        accepted: Its `Accept-Encoding`; pieces that are not understood are left out.
    """
    from render.packing import CODINGS

    weights: dict[str, float] = {}
    for piece in accepted[:1024].lower().split(","):
        match = _CODING.fullmatch(piece)
        if match is not None:
            weights[match[1]] = float(match[2] or 1)
    best: Coding | None = None
    most = 0.0
    for coding in CODINGS:
        weight = weights.get(coding, weights.get("*", 0.0))
        if weight > most:
            best, most = coding, weight
    return best


def ends_of(opened: OpenedImage, channel: int, section: Section) -> "Companding":
    """Return the ends of a channel's preview: its smallest and largest sample, or sums of them.

    They are those of all sections and time points, so that previews of one image fit together.
    """
    from render.packing import Companding

    stored = opened.stored
    ends = pixel_type_range(stored.type, stored.significant_bits)
    for known in stored.channels:
        low, high = known.global_min, known.global_max
        if known.index == channel and low is not None and high is not None and low <= high:
            ends = low, high
    if section.projection is not None and section.projection.kind == "sum":
        count = len(section.planes)
        ends = ends[0] * count, ends[1] * count
        if opened.source.dtype.kind in "iu":  # sums end at the ends of the type's range
            lowest, highest = pixel_type_range(opened.source.dtype.name)
            ends = max(ends[0], lowest), min(ends[1], highest)
    return Companding.between(*ends)
