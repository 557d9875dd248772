"""Rendering settings: save, copy to many images, reset."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.orm import Session

from render.defaults import pixel_type_range
from render.errors import RenderError
from render.forms import settings_from, stored_settings
from render.luts import Find
from render.query import format_projection, parse_rendering
from render.settings import RenderSettings, Window
from render.views import default_view, view_of
from schema.display import RenderingSource, shown_to
from schema.fields import Argument, field
from schema.ids import database_id
from schema.mutations.annotations import SELECTED, Targets, targets_of
from schema.mutations.asked_rendering import (
    ASKED,
    Source,
    UploadedLuts,
    current_settings,
    failed,
    refuse_unlike,
    settings_asked,
    shown_images,
)
from schema.mutations.change import IDS_MAX, ITEMS_MAX, PARTIAL, Change, checked_length, written
from schema.mutations.inputs import made_input
from schema.mutations.payloads import Changed, Failure, Item, ItemStatus
from schema.pagination import described
from schema.types.rendering import Display
from store import models
from store.access import Viewer, visible_row
from store.edits import rendering
from store.edits.outcomes import Ref
from store.edits.rendering import Saving
from store.errors import InvalidInputError, NotFoundError, StoreError
from store.queries.rendering import CONTAINERS, SavedRendering, images_of, rendering_form


class RenderingReset(Enum):
    """What settings are reset to."""

    DEFAULT = "default"
    OWNER = "owner"
    MIN_MAX = "min_max"
    FULL_RANGE = "full_range"


described(
    RenderingReset,
    "What settings are reset to.",
    {
        "DEFAULT": "To those that follow from the image, as after its import.",
        "OWNER": "To those of the image's owner: yours are taken away.",
        "MIN_MAX": "Windows reach from the smallest to the largest sample; all else stays.",
        "FULL_RANGE": "Windows reach over all that the pixel type can hold; all else stays.",
    },
)

_SaveInput = made_input(
    "SaveRenderingInput",
    "How an image is to be shown; without `settings` and `text` as you see it now.",
    {
        **ASKED,
        "name": (
            str,
            "Name under which they are kept beside; without, you see the image so from now on.",
            False,
        ),
        "version": (
            int,
            "Version of the saved settings that you have seen; another one by now is a conflict.",
            False,
        ),
        "default_z": (int, "Section to show first, from 0; null for the middle one.", False),
        "default_t": (int, "Time point to show first, from 0; null for the first.", False),
        "projection": (str, "Sections to show as one, such as max:4-18; null for none.", False),
    },
)
_FromInput = made_input(
    "RenderingFromInput",
    "Where settings come from: give one.",
    {
        "image": (strawberry.ID, "As you see this image.", False),
        "saved": (strawberry.ID, "Saved settings, yours or somebody else's.", False),
        "hash": (str, "Settings by their hash.", False),
        "text": (
            str,
            "A piece of an address, such as `c=1:110-2200,-2`: what it does not name stays as"
            " each image has it.",
            False,
        ),
    },
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Settings to be saved, checked as far as that goes without the images."""

    items: Sequence[Any]
    images: Sequence[int | Failure]
    partial: bool


def _checked_items(place: str, values: Mapping[str, Any]) -> Asked:
    items = checked_length(place, "items", values["items"], ITEMS_MAX)
    images: list[int | Failure] = []
    for number, item in enumerate(items):
        try:
            images.append(database_id(item.image, "Image")[1])
        except StoreError as error:
            images.append(failed(error, "items", number, "image"))
    return Asked(items, images, bool(values.get("partial")))


def _save(session: Session, viewer: Viewer, asked: Asked) -> Changed:
    keys = [key for key in asked.images if isinstance(key, int)]
    shown = shown_images(session, viewer, keys)
    find = UploadedLuts(session).find
    items = [
        key if isinstance(key, Failure) else _saving(shown[key], item, number, find)
        for number, (key, item) in enumerate(zip(asked.images, asked.items, strict=True))
    ]

    def save(good: Sequence[Any]) -> Sequence[Any]:
        return rendering.save(session, viewer, good, partial=asked.partial)

    return written("RenderingSettings", items, asked.partial, save)


def _saving(shown: Display, item: Any, number: int, find: Find) -> Saving | Failure:
    try:
        if shown.pixels is None:
            raise NotFoundError("image", shown.image_id)
        settings = settings_asked(shown, item, find)
        return Saving(
            shown.image_id,
            settings,
            name=_unless_unset(item.name),
            version=_unless_unset(item.version),
            **_view_asked(shown, item),
        )
    except (StoreError, RenderError) as error:
        return failed(error, "items", number)


def _unless_unset(value: Any) -> Any:
    return None if value is strawberry.UNSET else value


def _view_asked(shown: Display, item: Any) -> dict[str, Any]:
    """Return the columns of the view that is asked for; what is left out stays."""
    assert shown.shown is not None
    now = shown.shown.view
    projection = None if now.projection is None else format_projection(now.projection)
    columns = {"default_z": now.z, "default_t": now.t, "projection": projection}
    for name in columns:
        if getattr(item, name) is not strawberry.UNSET:
            columns[name] = getattr(item, name)
    return _view_columns(shown, *columns.values())


def _view_columns(shown: Display, z: Any, t: Any, projection: Any) -> dict[str, Any]:
    """Check a view of an image, and write it as it is kept: nothing where it is the usual one."""
    pixels = shown.pixels
    view = view_of(z, t, projection, pixels.size_z, pixels.size_t)
    usual = default_view(pixels.size_z)
    return {
        "default_z": None if view.z == usual.z else view.z,
        "default_t": None if view.t == usual.t else view.t,
        "projection": None if view.projection is None else format_projection(view.projection),
    }


type Plan = Callable[[Display], Saving]
"""What becomes of an image; raises where nothing can."""


def _change_many(session: Session, viewer: Viewer, targets: Targets, plan: Plan) -> Changed:
    """Save settings of all images that are named or in what is named; those that fail are told."""
    places = _places(session, viewer, targets.found(session, viewer))
    keys = [place for place in places if isinstance(place, int)]
    shown = shown_images(session, viewer, keys)
    planned: dict[int, Saving | Failure] = {}
    for key in keys:
        try:
            planned[key] = plan(shown[key])
        except (StoreError, RenderError) as error:
            planned[key] = failed(error, "ids")
    savings = [one for one in planned.values() if isinstance(one, Saving)]
    outcomes = rendering.save(session, viewer, savings, partial=True)
    done: dict[int, Item] = {}
    for saving, outcome in zip(savings, outcomes, strict=True):
        refused = None if outcome.error is None else failed(outcome.error, "ids")
        done[saving.image_id] = Item(
            0, ItemStatus[outcome.status.name], "Image", saving.image_id, refused
        )
    for key, one in planned.items():
        if isinstance(one, Failure):
            done[key] = Item(0, ItemStatus.FAILED, "Image", key, one)
    items = [done[place] if isinstance(place, int) else place for place in places]
    return Changed([replace(item, index=number) for number, item in enumerate(items)])


def _places(session: Session, viewer: Viewer, refs: Sequence[Ref]) -> list[int | Item]:
    """List images once each, in the order named; and what is none and contains none, as failed.

    Raises:
        InvalidInputError: They are too many.
    """
    found: dict[str, dict[int, list[int]]] = {}
    for kind in {kind for kind, _ in refs if kind in CONTAINERS or kind == "Image"}:
        keys = [key for one, key in refs if one == kind]
        found[kind] = images_of(session, viewer, kind, keys, IDS_MAX)
    places: dict[Any, int | Item] = {}
    for number, (kind, key) in enumerate(refs):
        images = found.get(kind, {}).get(key)
        if images is None:
            refusal = failed(_no_images(kind, key), "ids", number)
            places[kind, key] = Item(0, ItemStatus.FAILED, kind, None, refusal)
        else:
            places |= {image: image for image in images}
    if len(places) > IDS_MAX:
        raise InvalidInputError(f"More than {IDS_MAX:,} images are named.", "Name fewer at once.")
    return list(places.values())


def _no_images(kind: str, key: int) -> StoreError:
    if kind in CONTAINERS or kind == "Image":
        return NotFoundError(kind.lower(), key)
    return InvalidInputError(
        f"{kind}:{key} contains no images.", f"Name some of Image, {', '.join(sorted(CONTAINERS))}."
    )


def _checked_paste(place: str, values: Mapping[str, Any]) -> Targets:
    origin = values["from"]
    given = {
        name: getattr(origin, name)
        for name in ("image", "saved", "hash", "text")
        if _unless_unset(getattr(origin, name)) is not None
    }
    if len(given) != 1:
        raise InvalidInputError(
            f"`from` of {place} names {len(given)} sources.",
            "Give one: image, saved, hash or text.",
        )
    kinds = {"image": "Image", "saved": "RenderingSettings"}
    ((name, value),) = given.items()
    source = (name, database_id(value, kinds[name])[1] if name in kinds else value)
    return targets_of(place, values, source)


def _paste(session: Session, viewer: Viewer, targets: Targets) -> Changed:
    find = UploadedLuts(session).find
    source = _source(session, viewer, find, *targets.arguments)

    def plan(target: Display) -> Saving:
        base = current_settings(target)
        if source.settings is None:
            assert source.text is not None
            return _with_view(target, target, parse_rendering(source.text, base, find))
        refuse_unlike(source, target)
        return _with_view(target, source.origin or target, source.settings)

    return _change_many(session, viewer, targets, plan)


def _source(session: Session, viewer: Viewer, find: Find, name: str, value: Any) -> Source:
    """Find the settings that are pasted.

    Raises:
        NotFoundError: There are none such that the viewer may see.
        RenderError, StoreError: They cannot be used.
    """
    if name == "text":
        return Source(None, value)
    if name == "hash":
        return Source(settings_from(rendering_form(session, viewer, value), find))
    if name == "image":
        origin = shown_images(session, viewer, [value])[value]
        if origin.pixels is None:
            raise NotFoundError("image", value)
        return Source(current_settings(origin), origin=origin)
    saved = visible_row(session, viewer, models.RenderingSettings, value)
    origin = shown_images(session, viewer, [saved.image_id])[saved.image_id]
    settings = None
    if origin.pixels is not None:
        settings = stored_settings(saved.settings, origin.pixels.size_c, find)
    if settings is None:
        raise InvalidInputError(
            f"RenderingSettings:{value} do not fit their image any more.", "Save them again."
        )
    facts = [getattr(saved, one.name) for one in fields(SavedRendering)]
    return Source(settings, origin=replace(origin, saved=(SavedRendering(*facts),)))


def _with_view(target: Display, origin: Display, settings: RenderSettings) -> Saving:
    """Paste settings with the view of where they come from, where the image has such a view."""
    assert target.shown is not None
    view = target.shown.view if origin.shown is None else origin.shown.view
    projection = None if view.projection is None else format_projection(view.projection)
    try:
        columns = _view_columns(target, view.z, view.t, projection)
    except RenderError:  # fewer sections or time points
        columns = {}
    if origin.pixels is not target.pixels and view == default_view(origin.pixels.size_z):
        columns = {}
    return Saving(target.image_id, settings, **columns)


def _checked_reset(place: str, values: Mapping[str, Any]) -> Targets:
    return targets_of(place, values, values["to"])


def _reset(session: Session, viewer: Viewer, targets: Targets) -> Changed:
    plan = _RESETS[targets.arguments]
    return _change_many(session, viewer, targets, plan)


def _to_default(shown: Display) -> Saving:
    """Take the viewer's settings away; where the owner's would then hold, save the default."""
    current_settings(shown)
    assert shown.defaults is not None
    others = [one for one in shown.saved if one.owner_id != shown.viewer_id]
    left = shown_to(shown.viewer_id, shown.pixels, shown.defaults, others)
    plain = left.source is RenderingSource.DEFAULT
    return Saving(shown.image_id, None if plain else shown.defaults)


def _to_owner(shown: Display) -> Saving:
    current_settings(shown)
    return Saving(shown.image_id, None)


def _to_windows(windows: Callable[[Display], Sequence[Window]]) -> Plan:
    def plan(shown: Display) -> Saving:
        settings = current_settings(shown)
        channels = tuple(
            replace(channel, window=window)
            for channel, window in zip(settings.channels, windows(shown), strict=True)
        )
        return _with_view(shown, shown, replace(settings, channels=channels))

    return plan


def _min_max(shown: Display) -> Sequence[Window]:
    assert shown.defaults is not None
    return [channel.window for channel in shown.defaults.channels]


def _full_range(shown: Display) -> Sequence[Window]:
    pixels = shown.pixels
    return [Window(*pixel_type_range(pixels.type, pixels.significant_bits))] * pixels.size_c


_RESETS: Mapping[RenderingReset, Plan] = {
    RenderingReset.DEFAULT: _to_default,
    RenderingReset.OWNER: _to_owner,
    RenderingReset.MIN_MAX: _to_windows(_min_max),
    RenderingReset.FULL_RANGE: _to_windows(_full_range),
}
_MANY = (
    f" Of images, and of all images in what is named: at most {IDS_MAX:,}. The items are these"
    " images; what does not fit is left as it is, and its item says why."
)

FIELDS: Mapping[str, Any] = {
    "save_rendering_settings": field(
        "Save how you want images to be shown: whoever sees an image may, except in private groups,"
        " where its owner alone may.",
        Change(
            _save,
            [
                Argument(
                    "items",
                    list[_SaveInput],  # type: ignore[valid-type]
                    f"At most {ITEMS_MAX:,}.",
                ),
                PARTIAL,
            ],
            _checked_items,
        ),
    ),
    "apply_rendering_settings": field(
        "Copy settings to images with the same type of pixels, as many channels and the same"
        f" emission wavelengths, as yours.{_MANY}",
        Change(
            _paste,
            [Argument("from", _FromInput, "Where they come from."), *SELECTED],
            _checked_paste,
            lambda _, index: ("ids", index),
        ),
    ),
    "reset_rendering_settings": field(
        f"Reset your settings.{_MANY}",
        Change(
            _reset,
            [Argument("to", RenderingReset, "To what."), *SELECTED],
            _checked_reset,
            lambda _, index: ("ids", index),
        ),
    ),
}
"""Declarations by Python name; each answers with a `ChangeResult`."""
