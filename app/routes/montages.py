"""GET /montages/…: every channel of a plane by itself, and all of them merged, in one picture."""

from dataclasses import dataclass, replace
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from app.context import Micrograph
from app.routes.drawing import check_amount, check_pixels, fitted, level_for, reduced
from app.routes.looks import LOOK_KEYS, Look, Section, Shown, find_shown, look_of
from app.routes.parameters import Parameters
from app.routes.pictures import Job, answer_picture, cached, job_of
from render.arrays import RGB
from render.defaults import channel_label
from render.encode import check_fits
from render.montage import montage, montage_size
from render.settings import RenderSettings
from schema.display import channel_facts
from store.errors import InvalidInputError
from store.pixels.source import Region

KEYS = LOOK_KEYS | {"size", "columns", "gap", "labels"}
MERGED = "Merged"
MAX_CHANNELS = 64


@dataclass(frozen=True, slots=True)
class MontageRequest:
    """What a montage's address asks for; checked as far as that goes without the image."""

    image: int
    z: int
    t: int
    size: int
    """Pixels of the longer side of each panel."""
    columns: int | None
    """Panels side by side; None for about as many as below each other."""
    gap: int
    """Pixels between panels."""
    labels: bool
    """Whether each panel has its channel's name above it."""
    look: Look


async def montages(request: Request) -> Response:
    """Answer with the active channels of a plane side by side, and merged.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: No such image, or not visible.
        OutOfRangeError: The image has no such plane.
        InvalidInputError, RenderError: A parameter that cannot be used, or too large a picture.
        UnreadableFileError: The image's file is missing, changed or damaged.
        BusyError: Too much is waiting already.
    """
    wanted = parse_montage(request)
    return await answer_picture(request, partial(prepare, wanted), cached)


def parse_montage(request: Request) -> MontageRequest:
    """Return what a montage's address asks for.

    Raises:
        InvalidInputError: A parameter is unknown, no number or out of its range.
        RenderError, NotAcceptableError: A format or quality that is not offered.
        NotFoundError: The image's id cannot exist.
    """
    found = Parameters(request, KEYS)
    return MontageRequest(
        image=found.identity("image", "image"),
        z=found.place("z"),
        t=found.place("t"),
        size=found.number("size", 16, 1024, 256),
        columns=found.number("columns", 0, MAX_CHANNELS + 1, 0) or None,
        gap=found.number("gap", 0, 64, 4),
        labels=bool(found.number("labels", 0, 1, 0)),
        look=look_of(found),
    )


def prepare(wanted: MontageRequest, micrograph: Micrograph, request: Request) -> Job:
    """Find the image for the viewer and settle everything but the pixels; one database session."""
    shown = find_shown(micrograph, request, wanted.image, wanted.look)
    source = shown.opened.source
    section = wanted.look.section(source.shape, wanted.z, wanted.t)
    channels = lit_channels(shown.settings)
    number = level_for(source.levels, wanted.size)
    level = source.levels[number]
    check_amount(source, section, len(channels), Region(0, 0, level.width, level.height))
    panels = (*fitted(level, wanted.size), len(channels) + 1)
    size = montage_size(*panels, wanted.columns, wanted.gap, labels=wanted.labels)
    check_pixels(*size, ())
    check_fits(wanted.look.format, *size)
    labels = [*(label_of(shown, index) for index in channels), MERGED] if wanted.labels else None
    place = ("montage", section.name, wanted.size, wanted.columns, wanted.gap, labels)
    draw = partial(drawn, shown, wanted, section, number, labels)
    # Names can be changed, and are no part of the version.
    return job_of(micrograph, shown, place, draw, lasting=not wanted.labels)


def lit_channels(settings: RenderSettings) -> tuple[int, ...]:
    """Return the numbers of the channels that are on, in grey, too.

    Raises:
        InvalidInputError: They are too many for one picture, or none.
    """
    lit = tuple(index for index, channel in enumerate(settings.channels) if channel.active)
    if not 0 < len(lit) <= MAX_CHANNELS:
        raise InvalidInputError(
            f"{len(lit)} channels are on.", f"Show 1 to {MAX_CHANNELS} in one montage."
        )
    return lit


def label_of(shown: Shown, index: int) -> str:
    """Return the name of a channel, as the viewer shows it."""
    stored = shown.opened.stored
    facts = channel_facts(stored.channels[index])
    return channel_label(facts, index, stored.rgb)


def drawn(
    shown: Shown,
    wanted: MontageRequest,
    section: Section,
    level: int,
    labels: list[str] | None,
) -> RGB:
    """Draw the panels one after the other, and put them together.

    The model of the settings is that of the single channels; merged is always in colour.
    """
    singles = [only(shown.settings, index) for index in lit_channels(shown.settings)]
    merged = replace(shown.settings, model="rgb")
    panels = [
        reduced(replace(shown, settings=settings), level, section, wanted.size)
        for settings in (*singles, merged)
    ]
    return montage(panels, wanted.columns, wanted.gap, labels)


def only(settings: RenderSettings, index: int) -> RenderSettings:
    """Return the settings with one channel on and all others off."""
    channels = (
        replace(channel, active=number == index) for number, channel in enumerate(settings.channels)
    )
    return replace(settings, channels=tuple(channels))
