"""What lies below things: the way down from projects, datasets, screens, plates and images."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, NamedTuple, Self

import sqlalchemy as sa

from store import models
from store.models.aliases import alias
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

CROSSINGS = ("Image", "Plate")
"""Classes where many ways meet: what lies above them is asked once for all of these."""
_MANY = 3
"""Ways of a class to a crossing from which on they are taken together. Each is planned as a join,
which two that are long would make dearer than asking twice."""

_ONE: sa.ColumnElement[int] = sa.literal_column("1")
_NONE: sa.ColumnElement[int] = sa.literal_column("0")
"""PostgreSQL plans an EXISTS twice, as a question for each row and as a set, and each in it twice
again: 2ⁿ times for n steps. What skips rows, be it none, is planned as a question for each row."""

type Ways = dict[str, tuple[Up | Down, ...]]


def within(
    scope: Scope, entity: Any, *, parts: bool = False, parents: Collection[str] | None = None
) -> sa.ColumnElement[bool] | None:
    """Build the condition that a row lies in a scope: for few rows, found by something else.

    One indexed look-up for each step up, and no recursion: the hierarchy has a fixed depth.

    Args:
        scope: What is shared.
        entity: A class of `store.models`, or an alias of one.
        parts: Only the things themselves and their parts, not what is shown beside them.
        parents: Of links that say by type what they are on: the types that the caller looks for.
            Other rows are not asked about.

    Returns:
        The condition; none if no row of the entity can lie in the scope.
    """
    ways, name = PARTS if parts else WAYS, _name(entity)
    if parents is not None:
        ways = {**ways, name: tuple(way for way in ways[name] if _above(way) in parents)}
    return _within(scope, entity, name, ways, parts, 0)


def keys_within(scope: Scope, entity: Any) -> sa.Select[Any] | sa.CompoundSelect[Any] | None:
    """Select the ids of all rows that lie in a scope: as `within`, beginning at its other end.

    It takes as long as there are such rows, however many others there are, and ends where it is
    limited. Ids of deleted rows are among them, and some come twice.
    """
    ways = ways_within(scope, entity)
    return _together(ways) if ways else None


def ways_within(scope: Scope, entity: Any) -> list[sa.Select[Any]]:
    """List the selects of which `keys_within` is made: one for each way into the scope."""
    return _columns_within(scope, _name(entity), "id", 0)


def _row(name: str, depth: int) -> Any:
    """Name rows of a class, so many steps away from those that are asked about.

    No statement reads one within what already reads it, because they lie at different depths.
    """
    return alias(getattr(models, name), f"shown_{depth}")


def _name(entity: Any) -> str:
    return str(sa.inspect(entity).mapper.base_mapper.class_.__name__)


@cache
def _reachable(
    name: str, kinds: frozenset[str], parts: bool, apart: frozenset[str] = frozenset()
) -> bool:
    """Tell whether rows of a class can lie in a scope of some kinds of things at all.

    Args:
        name: Of the class.
        kinds: Of the things.
        parts: As of `within`.
        apart: Crossings through which it does not count.
    """
    if name in apart:
        return False
    if name in kinds:
        return True
    beyond = frozenset[str]() if name in CROSSINGS else apart
    above = (_above(way) for way in (PARTS if parts else WAYS).get(name, ()))
    return any(_reachable(one, kinds, parts, beyond) for one in above)


@cache
def _leads(name: str, crossing: str, parts: bool) -> bool:
    """Tell whether a class is a crossing, or leads to it without another one between."""
    if name in CROSSINGS:
        return name == crossing
    above = (_above(way) for way in (PARTS if parts else WAYS).get(name, ()))
    return any(_leads(one, crossing, parts) for one in above)


def _above(way: Up | Down) -> str:
    return way.parent if isinstance(way, Up) else way.user


def _within(
    scope: Scope,
    entity: Any,
    name: str,
    ways: Ways,
    parts: bool,
    depth: int,
    apart: frozenset[str] = frozenset(),
) -> sa.ColumnElement[bool] | None:
    found = []
    if keys := scope.of_kind(name):
        found.append(among(entity.id, keys))
    apart = frozenset() if name in CROSSINGS else apart
    for crossing in _crossings(scope, name, ways, parts):
        if crossing in apart:
            continue
        found.append(_crossed(scope, entity, name, ways, parts, crossing, depth))
        apart |= {crossing}
    for way in ways.get(name, ()):
        above = _above(way)
        if not _reachable(above, scope.kinds, parts, apart):
            continue
        row = _row(above, depth)
        inside = _within(scope, row, above, ways, parts, depth + 1, apart)
        if inside is None:
            continue
        tied = (*_tied(entity, way, row), row.deleted_event_id.is_(None))
        found.append(sa.select(_ONE).where(*tied, inside).offset(_NONE).exists())
    return sa.or_(*found) if found else None


def _crossings(scope: Scope, name: str, ways: Ways, parts: bool) -> list[str]:
    """Find the crossings that many ways from a class lead to."""
    if name in CROSSINGS:
        return []
    return [
        one
        for one in CROSSINGS
        if _reachable(one, scope.kinds, parts)
        and sum(_leads(_above(way), one, parts) for way in ways.get(name, ())) >= _MANY
    ]


def _crossed(
    scope: Scope, entity: Any, name: str, ways: Ways, parts: bool, crossing: str, depth: int
) -> sa.ColumnElement[bool]:
    """Build the condition that some way leads through a crossing into the scope."""
    row = _row(crossing, depth)
    inside = _within(scope, row, crossing, ways, parts, depth + 1)
    assert inside is not None
    ids = [one.correlate(entity) for one in _ids_above(entity, name, ways, crossing, parts, depth)]
    above = sa.union_all(*ids).subquery()
    # No join, which PostgreSQL might begin at all rows of the crossing.
    here = sa.select(_ONE).where(row.id == above.c[0], row.deleted_event_id.is_(None), inside)
    met = sa.select(_ONE).select_from(above).where(here.offset(_NONE).exists())
    return met.offset(_NONE).exists()


def _ids_above(
    entity: Any, name: str, ways: Ways, crossing: str, parts: bool, depth: int
) -> Iterator[sa.Select[Any]]:
    """Select the ids of a crossing's rows that a row leads to, by each way there."""
    for way in ways.get(name, ()):
        above = _above(way)
        if not _leads(above, crossing, parts):
            continue
        if above == crossing and isinstance(way, Up):
            constant = [getattr(entity, column) == value for column, value in way.where]
            yield sa.select(getattr(entity, way.column)).where(*constant)
            continue
        row = _row(above, depth)
        tied = (*_tied(entity, way, row), row.deleted_event_id.is_(None))
        if above == crossing:
            yield sa.select(row.id).where(*tied)
            continue
        for further in _ids_above(row, above, ways, crossing, parts, depth + 1):
            yield further.where(*tied)


def _tied(entity: Any, way: Up | Down, row: Any) -> list[sa.ColumnElement[bool]]:
    """List the conditions under which a row is where a way from another leads."""
    if isinstance(way, Down):
        return [getattr(row, way.column) == entity.id]
    constant = [getattr(entity, column) == value for column, value in way.where]
    return [row.id == getattr(entity, way.column), *constant]


def _columns_within(scope: Scope, name: str, column: str, depth: int) -> list[sa.Select[Any]]:
    """Select a column of the rows of a class that lie in a scope; of those asked about, all."""
    row, found = _row(name, depth), []
    rows = sa.select(getattr(row, column))
    if depth:
        rows = rows.where(row.deleted_event_id.is_(None))
    if keys := scope.of_kind(name):
        found.append(rows.where(among(row.id, keys)))
    for way in WAYS.get(name, ()):
        if not _reachable(_above(way), scope.kinds, False):
            continue
        there = "id" if isinstance(way, Up) else way.column
        above = _columns_within(scope, _above(way), there, depth + 1)
        if isinstance(way, Down) and not depth:
            found += above  # ids of rows, without a look at these
        elif above:
            found.append(rows.where(*_leading(row, way, _together(above))))
    return found


def _together(selects: list[sa.Select[Any]]) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    return selects[0] if len(selects) == 1 else sa.union_all(*selects)


def _leading(row: Any, way: Up | Down, above: Any) -> list[sa.ColumnElement[bool]]:
    """List the conditions under which a row lies where a way from one of others leads."""
    if isinstance(way, Down):
        return [row.id.in_(above)]
    return [
        getattr(row, way.column).in_(above),
        *(getattr(row, one) == value for one, value in way.where),
    ]
