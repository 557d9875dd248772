"""What people want images to be shown like: inputs, and what they make of what is shown now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from sqlalchemy.orm import Session

from render.errors import RenderError, SettingsError
from render.forms import changed
from render.luts import Find, LookupTable
from render.query import parse_rendering
from render.settings import RenderSettings
from schema.mutations.inputs import made_input
from schema.mutations.payloads import Failure
from schema.types.rendering import Display, RenderingModel, read_displays
from schema.types.scalars import Color
from store import models
from store.access import Viewer, select_visible
from store.errors import InvalidInputError, StoreError, UnsupportedError
from store.models.among import among
from store.queries.lookup_tables import uploads

ROWS_MAX = 500_000
"""Channels of all images that one change may be about."""

ChannelRenderingInput = made_input(
    "ChannelRenderingInput",
    "How one channel is to be shown; what is left out stays.",
    {
        "index": (int, "Number of the channel, from 0.", True),
        "active": (bool, "Whether it is shown.", False),
        "start": (float, "Grey level that becomes dark.", False),
        "end": (float, "Grey level that becomes bright.", False),
        "color": (Color, "Its colour; takes the lookup table away unless one is given.", False),
        "lut": (str, "Lookup table that is used instead of the colour; null for none.", False),
        "inverted": (bool, "Whether bright becomes dark.", False),
        "family": (str, "Curve: linear, polynomial, exponential or logarithmic.", False),
        "coefficient": (float, "Exponent of the curve, above 0.", False),
    },
)
CodomainInput = made_input(
    "CodomainInput",
    "Levels that all channels are mapped to, before colour.",
    {
        "start": (int, "Level of dark samples: 0 to 255.", True),
        "end": (int, "Level of bright samples: 0 to 255.", True),
        "bits": (int, "How many bits of levels lie between: 1 to 8.", True),
    },
)
RenderingInput = made_input(
    "RenderingInput",
    "How an image is to be shown; what is left out stays as you see it now.",
    {
        "model": (RenderingModel, "How channels become one picture.", False),
        "codomain": (CodomainInput, "Levels that all channels are mapped to.", False),
        "channels": (
            list[ChannelRenderingInput],  # type: ignore[valid-type]
            "Channels to be changed.",
            False,
        ),
    },
)
ASKED: Mapping[str, tuple[Any, str, bool]] = {
    "image": (strawberry.ID, "Which image.", True),
    "settings": (RenderingInput, "What is to be different.", False),
    "text": (
        str,
        "Or the same as a piece of an address, such as `c=1:110-2200.4D8DFF,-2&m=c&b=8`.",
        False,
    ),
}
"""Fields of inputs that say how an image is to be shown."""


def settings_asked(shown: Display, given: Any, find: Find) -> RenderSettings:
    """Return the settings that are asked for, on top of how the viewer sees the image.

    Args:
        shown: The image.
        given: Input with the fields of `ASKED`.
        find: Knows the uploaded lookup tables.

    Raises:
        RenderError: A part that cannot be, with its path from `given`.
        InvalidInputError: Both ways of asking are used.
        UnsupportedError: The image cannot be shown at all.
    """
    base = current_settings(shown)
    settings, text = _given(given.settings), _given(given.text)
    if settings is not None and text is not None:
        raise InvalidInputError("`settings` and `text` are given.", "Give one of them.")
    if text is not None:
        try:
            return parse_rendering(text, base, find)
        except RenderError as error:
            raise error.at("text") from None
    if settings is None:
        return base
    try:
        return changed(base, _form(base, settings), find)
    except RenderError as error:
        raise error.at("settings") from None


def current_settings(shown: Display) -> RenderSettings:
    """Return how the viewer sees an image.

    Raises:
        UnsupportedError: It cannot be shown.
    """
    if shown.shown is None:
        raise UnsupportedError(
            f"Image {shown.image_id} cannot be shown.", "It has no pixels, or of an unknown type."
        )
    return shown.shown.settings


class UploadedLuts:
    """The uploaded lookup tables, all read when the first is asked for; one statement."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tables: Mapping[str, LookupTable] | None = None

    def find(self, name: str) -> LookupTable | None:
        """Return the table of a name, as `render.luts.plain_name` gives it, if there is one."""
        if self._tables is None:
            self._tables = {one.table.name: one.table for one in uploads(self._session)}
        return self._tables.get(name)


def shown_images(
    session: Session, viewer: Viewer, image_ids: Sequence[int]
) -> Mapping[int, Display]:
    """Read how images are shown, in the transaction of a change; five statements.

    Returns:
        By id; without pixels where there is no such image that the viewer may see.

    Raises:
        InvalidInputError: They have too many channels together.
    """

    def read(statement: Any, values: Mapping[str, Any]) -> Sequence[Any]:
        rows = session.execute(statement, {**values, "rows_max": ROWS_MAX + 1}).all()
        if len(rows) > ROWS_MAX:
            raise InvalidInputError(
                f"These images have more than {ROWS_MAX:,} channels.", "Name fewer images at once."
            )
        return rows

    image = models.Image
    statement = select_visible(viewer, image, image.id).where(among(image.id, image_ids))
    found = read_displays(read, viewer, session.scalars(statement).all())
    return {key: found.get(key) or Display(key, None, ()) for key in image_ids}


def failed(error: StoreError | RenderError, *path: object) -> Failure:
    """Say why an item failed, and where in the arguments."""
    further = error.path if isinstance(error, RenderError) else ()
    steps = [str(step) for step in (*path, *further)]
    return Failure(error.code, error.message, error.remedy, steps)


def _form(base: RenderSettings, settings: Any) -> dict[str, Any]:
    model = _given(settings.model)
    channels = _given(settings.channels) or ()
    codomain = _given(settings.codomain)
    if codomain is not None:
        steps = 2**codomain.bits - 1 if 1 <= codomain.bits <= 8 else 0
        codomain = [codomain.start, codomain.end, steps]
    return {
        "model": None if model is None else model.value,
        "codomain": codomain,
        "channels": [_channel(base, channel) for channel in channels],
    }


def _channel(base: RenderSettings, given: Any) -> dict[str, Any]:
    """Write a channel as `render.forms` reads it: pairs are whole."""
    form: dict[str, Any] = {"index": given.index}
    for name in ("active", "color", "inverted"):
        if _given(getattr(given, name)) is not None:
            form[name] = getattr(given, name)
    if given.lut is not strawberry.UNSET:
        form["lut"] = given.lut
    if not 0 <= given.index < len(base.channels):
        return form  # refused for that
    old = base.channels[given.index]
    window = (_given(given.start), _given(given.end))
    if window != (None, None):
        form["window"] = _completed(window, (old.window.start, old.window.end))
    family = (_given(given.family), _given(given.coefficient))
    if family != (None, None):
        form["family"] = _completed(family, (old.family, old.coefficient))
    return form


def _completed(pair: tuple[Any, Any], old: tuple[Any, Any]) -> list[Any]:
    return [before if part is None else part for part, before in zip(pair, old, strict=True)]


def _given(value: Any) -> Any:
    return None if value is strawberry.UNSET else value


@dataclass(frozen=True, slots=True)
class Source:
    """What is pasted onto images: settings, or changes to what each has."""

    settings: RenderSettings | None
    """None where `text` changes what each image has."""
    text: str | None = None
    origin: Display | None = None
    """The image that the settings were made for, where there is one: its like can have them."""


def refuse_unlike(source: Source, target: Display) -> None:
    """Refuse an image that settings were not made for.

    Raises:
        InvalidInputError: It has another pixel type, or other wavelengths.
        SettingsError: It has another number of channels.

    Source: OMERO's check before settings are pasted.
    """
    assert source.settings is not None
    number, size_c = len(source.settings.channels), target.pixels.size_c
    if number != size_c:
        raise SettingsError(
            f"Image {target.image_id} has {size_c} channels; the settings are for {number}.",
            "Paste them onto images with as many.",
        )
    if source.origin is None:
        return
    theirs, its = source.origin.pixels.type, target.pixels.type
    if theirs != its:
        raise InvalidInputError(
            f"Image {target.image_id} has pixels of {its}; the settings are for {theirs}.",
            "Paste them onto images with the same type of pixels.",
        )
    if source.origin.emissions != target.emissions:
        raise InvalidInputError(
            f"Image {target.image_id} was taken at other emission wavelengths.",
            "Paste the settings onto images with the same ones, or paste a text.",
        )
