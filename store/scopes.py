"""What lies below things: the way down from projects, datasets, screens, plates and images."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, NamedTuple, Self

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from store import models
from store.models.among import among


@dataclass(frozen=True, slots=True)
class Scope:
    """Things that were shared; each stands for itself and all below it."""

    projects: frozenset[int] = frozenset()
    datasets: frozenset[int] = frozenset()
    screens: frozenset[int] = frozenset()
    plates: frozenset[int] = frozenset()
    images: frozenset[int] = frozenset()

    @classmethod
    def of(cls, things: Iterable[tuple[str, int]]) -> Self:
        """Make it of kinds and ids, such as ("Dataset", 3).

        >>> Scope.of([("Image", 4)]).images
        frozenset({4})
        """
        found: dict[str, set[int]] = {}
        for kind, key in things:
            found.setdefault(_FIELDS[kind], set()).add(key)
        return cls(**{name: frozenset(keys) for name, keys in found.items()})

    def __bool__(self) -> bool:
        """Tell whether anything is in it."""
        return any(getattr(self, one.name) for one in fields(self))

    def __or__(self, other: "Scope") -> "Scope":
        """Put two together."""
        return Scope(*(getattr(self, one.name) | getattr(other, one.name) for one in fields(self)))

    def of_kind(self, kind: str) -> frozenset[int]:
        """Return the ids of the things of a kind."""
        name = _FIELDS.get(kind)
        found: frozenset[int] = frozenset() if name is None else getattr(self, name)
        return found

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of the things in it."""
        return frozenset(kind for kind, name in _FIELDS.items() if getattr(self, name))


NOTHING = Scope()

_FIELDS = {
    "Project": "projects",
    "Dataset": "datasets",
    "Screen": "screens",
    "Plate": "plates",
    "Image": "images",
}
KINDS = tuple(_FIELDS)
"""What can be shared."""


class Up(NamedTuple):
    """Rows lie where the row lies that a column of theirs names."""

    column: str
    parent: str
    where: tuple[tuple[str, str], ...] = ()
    """Columns that have constant values."""


class Down(NamedTuple):
    """Rows lie where a row lies that names them in a column of its own."""

    user: str
    column: str


def _of_pixels(*names: str) -> dict[str, tuple[Up | Down, ...]]:
    return {name: (Up("pixels_id", "Pixels"),) for name in names}


def _of_image(*names: str) -> dict[str, tuple[Up | Down, ...]]:
    return {name: (Up("image_id", "Image"),) for name in names}


def _of_channel(*names: str) -> dict[str, tuple[Up | Down, ...]]:
    return {name: (Up("channel_id", "Channel"),) for name in names}


def _of_instrument(*names: str) -> dict[str, tuple[Up | Down, ...]]:
    return {name: (Up("instrument_id", "Instrument"),) for name in names}


def _links(parent: str, *names: str) -> dict[str, tuple[Up | Down, ...]]:
    return {name: (Up("parent_id", parent),) for name in names}


PARTS: dict[str, tuple[Up | Down, ...]] = {
    "Project": (),
    "Screen": (),
    "Dataset": (Down("ProjectDatasetLink", "child_id"),),
    "Plate": (Down("ScreenPlateLink", "child_id"),),
    "Image": (Down("DatasetImageLink", "child_id"), Down("WellSample", "image_id")),
    **_links("Project", "ProjectDatasetLink"),
    **_links("Dataset", "DatasetImageLink"),
    **_links("Screen", "ScreenPlateLink"),
    "Well": (Up("plate_id", "Plate"),),
    "PlateAcquisition": (Up("plate_id", "Plate"),),
    "WellSample": (Up("well_id", "Well"),),
    **_of_image("Pixels", "ROI", "StageLabel", "ObjectiveSettings", "ImagingEnvironment"),
    **_of_pixels("Channel", "Plane", "TiffData", "BinData"),
    **_of_channel("LightPath", "LightSourceSettings", "DetectorSettings"),
    "Shape": (Up("roi_id", "ROI"),),
}
"""Rows that are the shared thing or a part of it: rights to it are rights to them."""

_ANNOTATED = (
    *("Project", "Dataset", "Image", "Screen", "Plate", "PlateAcquisition", "Well"),
    *("Channel", "Plane", "ROI", "Shape", "Fileset", "Reagent"),
)

WAYS: dict[str, tuple[Up | Down, ...]] = {
    **PARTS,
    **_of_pixels("RenderingSettings"),
    **_links("Image", "ImageMicrobeamManipulationLink"),
    **_links("LightPath", "LightPathEmissionFilterLink", "LightPathExcitationFilterLink"),
    **_links("Well", "WellReagentLink"),
    "Reagent": (Down("WellReagentLink", "child_id"), Up("screen_id", "Screen")),
    "AnnotationLink": tuple(Up("parent_id", kind, (("parent_type", kind),)) for kind in _ANNOTATED),
    "Annotation": (Down("AnnotationLink", "child_id"),),
    "Fileset": (Down("Image", "fileset_id"),),
    "FilesetEntry": (Up("fileset_id", "Fileset"),),
    "OriginalFile": (Down("FilesetEntry", "original_file_id"), Down("Annotation", "file_id")),
    "Instrument": (Down("Image", "instrument_id"),),
    **_of_instrument("Microscope", "Objective", "Detector", "Filter", "FilterSet"),
    **_of_instrument("Dichroic", "LightSource"),
    **_links("FilterSet", "FilterSetExcitationFilterLink", "FilterSetEmissionFilterLink"),
    "TransmittanceRange": (Up("filter_id", "Filter"),),
    "Experiment": (Down("Image", "experiment_id"),),
    "MicrobeamManipulation": (Down("ImageMicrobeamManipulationLink", "child_id"),),
}
"""Also what is shown beside them, which is nobody's to change for that."""

_ONE: sa.ColumnElement[int] = sa.literal_column("1")
_NONE: sa.ColumnElement[int] = sa.literal_column("0")
"""PostgreSQL plans an EXISTS twice, as a question for each row and as a set, and each in it twice
again: 2ⁿ times for n steps. What skips rows, be it none, is planned as a question for each row."""

type Ways = dict[str, tuple[Up | Down, ...]]


def within(scope: Scope, entity: Any, *, parts: bool = False) -> sa.ColumnElement[bool] | None:
    """Build the condition that a row lies in a scope: for few rows, found by something else.

    One indexed look-up for each step up, and no recursion: the hierarchy has a fixed depth.

    Args:
        scope: What is shared.
        entity: A class of `store.models`, or an alias of one.
        parts: Only the things themselves and their parts, not what is shown beside them.

    Returns:
        The condition; none if no row of the entity can lie in the scope.
    """
    ways = PARTS if parts else WAYS
    return _within(scope, entity, _name(entity), ways, parts)


def keys_within(scope: Scope, entity: Any) -> sa.Select[Any] | sa.CompoundSelect[Any] | None:
    """Select the ids of all rows that lie in a scope: as `within`, beginning at its other end.

    It takes as long as there are such rows, however many others there are.
    """
    return _column_within(scope, _name(entity), "id")


def _name(entity: Any) -> str:
    return str(sa.inspect(entity).mapper.base_mapper.class_.__name__)


@cache
def _reachable(name: str, kinds: frozenset[str], parts: bool) -> bool:
    """Tell whether rows of a class can lie in a scope of some kinds of things at all."""
    if name in kinds:
        return True
    above = (_above(way) for way in (PARTS if parts else WAYS).get(name, ()))
    return any(_reachable(one, kinds, parts) for one in above)


def _above(way: Up | Down) -> str:
    return way.parent if isinstance(way, Up) else way.user


def _within(
    scope: Scope, entity: Any, name: str, ways: Ways, parts: bool
) -> sa.ColumnElement[bool] | None:
    found = []
    if keys := scope.of_kind(name):
        found.append(among(entity.id, keys))
    for way in ways.get(name, ()):
        above = _above(way)
        if not _reachable(above, scope.kinds, parts):
            continue
        row: Any = aliased(getattr(models, above))
        inside = _within(scope, row, above, ways, parts)
        if inside is None:
            continue
        if isinstance(way, Up):
            tied = [row.id == getattr(entity, way.column)]
            tied += [getattr(entity, column) == value for column, value in way.where]
        else:
            tied = [getattr(row, way.column) == entity.id]
        above_it = sa.select(_ONE).where(*tied, row.deleted_event_id.is_(None), inside)
        found.append(above_it.offset(_NONE).exists())
    return sa.or_(*found) if found else None


def _column_within(
    scope: Scope, name: str, column: str
) -> sa.Select[Any] | sa.CompoundSelect[Any] | None:
    found: list[sa.Select[Any]] = []
    if keys := scope.of_kind(name):
        found.append(_live(name, column, lambda row: among(row.id, keys)))
    for way in WAYS.get(name, ()):
        above = _above(way)
        if not _reachable(above, scope.kinds, False):
            continue
        keys_above = _column_within(scope, above, "id" if isinstance(way, Up) else way.column)
        if keys_above is not None:
            found.append(_step(name, column, way, keys_above))
    if not found:
        return None
    return found[0] if len(found) == 1 else sa.union(*found)


def _step(name: str, column: str, way: Up | Down, above: Any) -> sa.Select[Any]:
    def condition(row: Any) -> sa.ColumnElement[bool]:
        if isinstance(way, Down):
            found: sa.ColumnElement[bool] = row.id.in_(above)
            return found
        constant: Sequence[Any] = [getattr(row, one) == value for one, value in way.where]
        return sa.and_(getattr(row, way.column).in_(above), *constant)

    return _live(name, column, condition)


def _live(name: str, column: str, condition: Any) -> sa.Select[Any]:
    row: Any = aliased(getattr(models, name))
    return sa.select(getattr(row, column)).where(row.deleted_event_id.is_(None), condition(row))
