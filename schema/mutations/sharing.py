"""Settings under a hash, for addresses that show an image to everybody in the same way."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import strawberry
from sqlalchemy.orm import Session

from render.errors import RenderError
from render.luts import Find
from render.settings import RenderSettings
from schema.context import Context
from schema.fields import Argument, field, value
from schema.ids import database_id
from schema.mutations.asked_rendering import (
    ASKED,
    UploadedLuts,
    failed,
    settings_asked,
    shown_images,
)
from schema.mutations.change import ITEMS_MAX, Change, Request, checked_length
from schema.mutations.inputs import made_input
from schema.mutations.payloads import Failure, ItemError, ItemStatus
from schema.types.rendering import Display, named_query, thumbnail_url, tile_url
from store.access import Viewer
from store.edits import requests
from store.edits.rendering import keep_forms
from store.errors import NotFoundError, StoreError

SIZE = 144
"""Pixels of the longer side of the thumbnail that is offered."""

_ShareInput = made_input(
    "ShareRenderingInput",
    "How an image is to be shown; without `settings` and `text` as you see it now.",
    ASKED,
)


@value
class SharedRendering:
    """An image as somebody wants it to be seen."""

    index: int = field("Place of the item in the list that was given, from 0.")
    status: ItemStatus = field("How it went.")
    id: strawberry.ID | None = field("Id of the image; null where it failed.")
    hash: str | None = field("Names the settings: `s` of addresses.")
    tile_url: str | None = field(
        "Template of addresses of tiles that never change, as `Image.tileUrl`."
    )
    thumbnail_url: str | None = field("Address of a small picture that never changes.")
    error: ItemError | None = field("Why it failed; null unless it did.")


@value
class ShareResult:
    """Images as somebody wants them to be seen."""

    applied: bool = field("Whether the settings are kept; false where an item failed.")
    items: list[SharedRendering] = field("How each item went, in the order given.")


@dataclass(frozen=True, slots=True)
class Shared:
    """What `SharedRendering` is read from."""

    index: int
    status: ItemStatus
    id: str | None = None
    hash: str | None = None
    tile_url: str | None = None
    thumbnail_url: str | None = None
    error: Failure | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What `ShareResult` is read from."""

    applied: bool
    items: Sequence[Shared]

    def to_json(self) -> dict[str, Any]:
        """Write it down, to be given again to repetitions of the request."""
        return {"items": [{**asdict(one), "status": one.status.name} for one in self.items]}


class Share(Change):
    """Settings that are kept under their hashes: all, or none where one fails."""

    def __init__(self) -> None:
        items = list[_ShareInput]  # type: ignore[valid-type]
        arguments = [Argument("items", items, f"At most {ITEMS_MAX:,}.")]
        super().__init__(lambda *_: None, arguments, _check)  # type: ignore[arg-type]

    def _changed(self, context: Context, request: Request) -> Any:
        try:
            with context.writing() as session:
                return self._once(session, context.viewer, request)
        except _NotSharedError as error:
            return error.result

    def _once(self, session: Session, viewer: Viewer, request: Request) -> Any:
        def run() -> dict[str, Any]:
            return _shared(session, viewer, request.arguments).to_json()

        if request.key is None:
            return _shared(session, viewer, request.arguments)
        kept = requests.once(session, viewer, request.key, request.hash, run)
        items = [{**one, "status": ItemStatus[one["status"]]} for one in kept["items"]]
        return Result(True, [Shared(**one) for one in items])


class _NotSharedError(Exception):
    """An item fails: the transaction is undone with the key, which can be used again."""

    def __init__(self, result: Result) -> None:
        super().__init__("an item fails")
        self.result = result


def _check(place: str, values: Mapping[str, Any]) -> Sequence[Any]:
    return checked_length(place, "items", values["items"], ITEMS_MAX)


def _shared(session: Session, viewer: Viewer, items: Sequence[Any]) -> Result:
    shown = shown_images(session, viewer, [*_images(items)])
    chosen: list[RenderSettings] = []
    find = UploadedLuts(session).find
    done = [_one(shown, number, item, chosen, find) for number, item in enumerate(items)]
    if any(one.error is not None for one in done):
        others = [
            one if one.error is not None else Shared(one.index, ItemStatus.NOT_DONE) for one in done
        ]
        raise _NotSharedError(Result(False, others))
    if chosen:
        keep_forms(session, chosen)
    return Result(True, done)


def _images(items: Sequence[Any]) -> list[int]:
    keys = []
    for item in items:
        try:
            keys.append(database_id(item.image, "Image")[1])
        except StoreError:  # said with its item
            continue
    return keys


def _one(
    shown: Mapping[int, Display],
    number: int,
    item: Any,
    chosen: list[RenderSettings],
    find: Find,
) -> Shared:
    try:
        _, key = database_id(item.image, "Image")
        display = shown[key]
        if display.pixels is None:
            raise NotFoundError("image", key)
        settings = settings_asked(display, item, find)
    except (StoreError, RenderError) as error:
        return Shared(number, ItemStatus.FAILED, error=failed(error, "items", number))
    chosen.append(settings)
    named = replace(display, fixed=named_query(display, settings))
    return Shared(
        number,
        ItemStatus.DONE,
        f"Image:{key}",
        settings.bare().hash(),
        tile_url(named),
        thumbnail_url(named, SIZE),
    )


FIELDS: Mapping[str, Any] = {
    "share_renderings": field(
        "Keep settings under a hash that everybody may put into addresses: it shows an image just"
        " so to all who may see it, whatever they saved. All or none.",
        Share(),
    ),
}
"""Declarations by Python name; each answers with a `ShareResult`."""
