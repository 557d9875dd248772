"""Shapes of an image that lie in view: a list that the index of places leads to."""

from collections.abc import Mapping
from typing import Any

import strawberry

from schema.fields import Argument, Paged
from schema.filters import Filter
from schema.pagination import PageArguments, page_arguments
from schema.reads import KEYS, Children
from store import models
from store.access import Viewer
from store.queries.rois import FAR, View, in_view


@strawberry.input(description="A part of an image, in pixels of the full resolution.")
class BoxInput:
    """A part of an image, in pixels of the full resolution."""

    x: float = strawberry.field(description="Left edge.")
    y: float = strawberry.field(description="Upper edge.")
    width: float = strawberry.field(description="Width: 0 or more.")
    height: float = strawberry.field(description="Height: 0 or more.")


class InView(Paged):
    """The shapes of an image, or those of them that touch a part of it at a section and time."""

    def __init__(self) -> None:
        super().__init__(Children(models.Shape, parent="image_id"))
        self.arguments = [
            Argument("bbox", BoxInput | None, "Part of the image that they touch.", None),
            Argument("z", int | None, "Section that they are on, with those on all.", None),
            Argument("t", int | None, "Time point that they are at, with those at all.", None),
            Argument("c", int | None, "Channel that they are on, with those on all.", None),
            *self.arguments,
        ]

    def check(self, place: str, values: Mapping[str, Any]) -> PageArguments:
        """Check view, size, filter and cursor of the page."""
        given = super().check(place, {**values, "after": None})
        view, channel = _view(values), values.get("c")
        if view == View() and channel is None:
            return super().check(place, values)
        condition = _condition(view, channel, given.condition)
        return page_arguments(place, values, given.order, given.first, condition)


def _view(values: Mapping[str, Any]) -> View:
    box = values.get("bbox")
    z, t = values.get("z"), values.get("t")
    if box is None:
        return View(z=z, t=t)
    return View(box.x, box.y, box.width, box.height, z, t)


def _condition(view: View, channel: int | None, besides: Filter | None) -> Filter:
    """Join the view, the channel and what else is asked for."""

    def build(viewer: Viewer, entity: Any) -> Any:
        found = in_view(entity, view, KEYS) if view.width < FAR else _at(entity, view)
        if channel is not None:
            found &= entity.the_c.is_(None) | (entity.the_c == channel)
        return found if besides is None else found & besides.build(viewer, entity)

    return Filter(f"{view} {channel} {besides.key if besides else ''}", build)


def _at(entity: Any, view: View) -> Any:
    """Restrict to a section and time of the whole image, which needs no index of places."""
    found = entity.image_id.is_not(None)
    for column, number in ((entity.the_z, view.z), (entity.the_t, view.t)):
        if number is not None:
            found &= column.is_(None) | (column == number)
    return found
