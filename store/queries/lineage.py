"""What things are in: all the ways that lead from the roots down to one of them."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from store import models
from store.access import Viewer, deleted, select_visible, visible
from store.models.among import IdList, among

type Read = Callable[[sa.Select[Any], Mapping[str, Any]], Sequence[Any]]
"""Runs a statement with the values of its parameters."""
type Thing = tuple[str, int]
"""Name of a class of `store.models`, and id."""
type Parents = Mapping[Thing, Sequence[Thing]]
"""What each thing is directly in; nothing for roots."""

_KEYS = sa.bindparam("keys", type_=IdList())


@dataclass(frozen=True, slots=True)
class Upward:
    """How things of one type are in things of another."""

    child: Any
    parent: Any
    link: Any = None
    """Table of links, where there is one."""
    column: str | None = None
    """Or column of the child that names the parent."""
    theirs: str | None = None
    """Or column of the parent that names the child."""

    def statement(self, viewer: Viewer, *, gone: bool = False) -> sa.Select[Any]:
        """Select child and parent for the children `:keys` and their visible parents.

        Args:
            viewer: Who asks.
            gone: Also follow links that were deleted, such as those of children that are.
        """
        parent = aliased(self.parent, name="parent")
        if self.theirs is not None:
            child = getattr(parent, self.theirs)
            return select_visible(viewer, parent, child, parent.id).where(among(child, _KEYS))
        if self.column is not None:
            inner = aliased(self.child, name="child")
            statement = select_visible(viewer, parent, inner.id, parent.id)
            joined = statement.join(inner, getattr(inner, self.column) == parent.id)
            return joined.where(among(inner.id, _KEYS))
        link = aliased(self.link, name="link")
        live = (
            sa.or_(visible(viewer, link), deleted(viewer, link)) if gone else visible(viewer, link)
        )
        linked = sa.and_(link.parent_id == parent.id, live)
        statement = select_visible(viewer, parent, link.child_id, parent.id).join(link, linked)
        return statement.where(among(link.child_id, _KEYS))


def _parts(parent: Any, column: str, *children: Any) -> Iterator[Upward]:
    return (Upward(child, parent, column=column) for child in children)


UPWARD = (
    Upward(models.Dataset, models.Project, models.ProjectDatasetLink),
    Upward(models.Image, models.Dataset, models.DatasetImageLink),
    Upward(models.Image, models.Folder, models.FolderImageLink),
    Upward(models.Image, models.WellSample, theirs="image_id"),
    Upward(models.Plate, models.Screen, models.ScreenPlateLink),
    Upward(models.ROI, models.Folder, models.FolderROILink),
    *_parts(models.Folder, "parent_id", models.Folder),
    *_parts(models.Screen, "screen_id", models.Reagent),
    *_parts(models.Plate, "plate_id", models.Well, models.PlateAcquisition),
    *_parts(models.Well, "well_id", models.WellSample),
    *_parts(models.Image, "image_id", models.Pixels, models.ROI, models.ObjectiveSettings),
    *_parts(models.Image, "image_id", models.ImagingEnvironment, models.StageLabel),
    *_parts(models.Pixels, "pixels_id", models.Channel, models.Plane, models.RenderingSettings),
    *_parts(models.Channel, "channel_id", models.DetectorSettings, models.LightSourceSettings),
    *_parts(models.Channel, "channel_id", models.LightPath),
    *_parts(models.ROI, "roi_id", models.Shape),
    *_parts(models.Instrument, "instrument_id", models.Microscope, models.Objective),
    *_parts(models.Instrument, "instrument_id", models.Detector, models.LightSource),
    *_parts(models.Instrument, "instrument_id", models.Filter, models.Dichroic, models.FilterSet),
    *_parts(models.Filter, "filter_id", models.TransmittanceRange),
    *_parts(models.Experiment, "experiment_id", models.MicrobeamManipulation),
    *_parts(models.Protocol, "protocol_id", models.ProtocolStep, models.ProtocolReagent),
    *_parts(models.Protocol, "protocol_id", models.ProtocolIdentifier),
)
"""What can be in what. A field of a well is reached through its well, not its acquisition."""


def paths_to(read: Read, viewer: Viewer, entity: Any, key: int, most: int) -> list[list[Thing]]:
    """List the ways from the roots to one thing, each from the root down, in order of ids.

    A root is what is in nothing that the viewer may see. The number of statements grows with
    the depth of the thing, not with the number of ways.

    Args:
        read: Runs statements; may refuse to run many of them, or to give many rows.
        viewer: Who asks.
        entity: A class of `store.models`.
        key: Database id.
        most: Ways that are wanted.

    Returns:
        At most that many; none if there is no such thing that the viewer may see.
    """
    statement = select_visible(viewer, entity, entity.id).where(among(entity.id, _KEYS))
    if not read(statement, {"keys": [key]}):
        return []
    start = (entity.__name__, key)
    parents = ancestry(read, viewer, [start])
    return list(itertools.islice(_ways(start, parents), most))


def ancestry(read: Read, viewer: Viewer, things: Sequence[Thing], *, gone: bool = False) -> Parents:
    """Read what things are in, and what that is in, level by level up to the roots.

    The number of statements grows with the depth, not with the number of things.

    Args:
        read: Runs statements.
        viewer: Who asks; what they may not see contains nothing.
        things: What the viewer may see.
        gone: Also follow links that were deleted.

    Returns:
        What each thing, and each that was found, is directly in.
    """
    parents: dict[Thing, list[Thing]] = {thing: [] for thing in things}
    level: dict[Any, list[Thing]] = {}
    for thing in parents:
        level.setdefault(getattr(models, thing[0]), []).append(thing)
    while level:
        above: dict[Any, list[Thing]] = {}
        for rule, children in _rules(level):
            by_key = {thing[1]: thing for thing in children}
            for child, parent in read(rule.statement(viewer, gone=gone), {"keys": list(by_key)}):
                found = (rule.parent.__name__, parent)
                parents[by_key[child]].append(found)
                if found not in parents:
                    parents[found] = []
                    above.setdefault(rule.parent, []).append(found)
        level = above
    return parents


def within(things: Sequence[Thing], container: Thing, parents: Parents) -> set[Thing]:
    """Choose the things that are a container or in it, at any depth; see `ancestry`."""
    children: dict[Thing, list[Thing]] = {}
    for child, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(child)
    inside = {container}
    stack = [container]
    while stack:
        for child in children.get(stack.pop(), ()):
            if child not in inside:
                inside.add(child)
                stack.append(child)
    return inside & set(things)


def _rules(level: Mapping[Any, list[Thing]]) -> list[tuple[Upward, list[Thing]]]:
    return [
        (rule, things)
        for entity, things in level.items()
        for rule in UPWARD
        if issubclass(entity, rule.child)
    ]


def _ways(start: Thing, parents: Parents) -> Iterator[list[Thing]]:
    """Walk all ways upward without recursion, lowest ids first."""
    stack = [[start]]
    while stack:
        way = stack.pop()
        above = sorted(set(parents[way[0]]), reverse=True)
        if not above:
            yield way
        stack.extend([parent, *way] for parent in above if parent not in way)
