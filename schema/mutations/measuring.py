"""Images measured anew: minimum, maximum, percentiles and histogram of each channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from sqlalchemy.orm import Session

from schema.context import Context
from schema.fields import Argument, field
from schema.ids import database_id
from schema.mutations.change import Change, Request, checked_length
from schema.mutations.payloads import Changed, Item, ItemStatus
from store.access import Viewer
from store.edits.images import forget_statistics

IMAGES_MAX = 1_000
"""Images that are measured anew at once."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which images, and how."""

    images: Sequence[int]
    exact: bool


class MeasureChange(Change):
    """Forgets what is kept of images, and has them measured once that is done."""

    def _changed(self, context: Context, request: Request) -> Changed:
        changed = super()._changed(context, request)
        asked: Asked = request.arguments
        if changed.applied and context.samples is not None:
            context.samples.measure(context.viewer, asked.images, exact=asked.exact)
        return changed


def _measure(session: Session, viewer: Viewer, asked: Asked) -> Changed:
    forget_statistics(session, viewer, asked.images)
    return Changed(
        [Item(index, ItemStatus.DONE, "Image", key) for index, key in enumerate(asked.images)]
    )


def _checked(place: str, values: Mapping[str, Any]) -> Asked:
    ids = checked_length(place, "ids", values["ids"], IMAGES_MAX)
    images = [database_id(one, "Image")[1] for one in ids]
    return Asked(list(dict.fromkeys(images)), bool(values.get("exact")))


def _path(_asked: Asked, index: int) -> Sequence[object]:
    return ("ids", index)


_ARGUMENTS = [
    Argument("ids", list[strawberry.ID], f"Which images: at most {IMAGES_MAX:,} ids."),
    Argument(
        "exact",
        bool,
        "Whether every sample is counted, however long it takes; else large images are looked"
        " at in part.",
        False,
    ),
]

FIELDS: Mapping[str, Any] = {
    "measure_images": field(
        "Have images measured anew: what their samples are like is forgotten, and counted behind"
        " the answer. All or none.",
        MeasureChange(_measure, _ARGUMENTS, _checked, _path),
    ),
}
"""Declarations by Python name; each answers with a `ChangeResult`."""
