"""What may be linked with what: the tables and columns that hold each relation, in one list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from store import models
from store.access import owned_class
from store.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Relation:
    """One way in which rows of one kind can belong to rows of another."""

    parent: type[models.Base]
    child: type[models.Base]
    link: Any = None
    """Table of the links; none where the child has one parent, in a column of its own."""
    near: str = "parent_id"
    """Column of the parent's id, in the link or in the child."""
    far: str = "child_id"
    """Column of the child's id in the link."""
    fixed: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """Columns of the link that say which relation it is, with their values."""
    role: str | None = None
    """Tells relations of the same two kinds apart."""
    annotates: bool = False
    """Whether the right to annotate the parent is enough."""

    @property
    def name(self) -> str:
        """Names the relation for people: "Dataset–Image"."""
        role = f" ({self.role})" if self.role else ""
        return f"{self.parent.__name__}–{self.child.__name__}{role}"

    def of(self, keys: Mapping[str, int]) -> dict[str, Any]:
        """Return the columns of a link between two ids, as "parent" and "child"."""
        return {self.near: keys["parent"], self.far: keys["child"], **self.fixed}


ANNOTATABLE: tuple[type[models.Base], ...] = (
    *(models.Project, models.Dataset, models.Folder, models.Screen, models.Plate),
    *(models.PlateAcquisition, models.Well, models.WellSample, models.Reagent),
    *(models.Image, models.Pixels, models.Channel, models.Plane, models.ROI, models.Shape),
    *(models.Instrument, models.Objective, models.Detector, models.Dichroic, models.Filter),
    *(models.FilterSet, models.LightPath, models.LightSource, models.Microscope),
    *(models.Experiment, models.Person, models.PersonGroup, models.Fileset),
    *(models.OriginalFile, models.Protocol, models.Run, models.Annotation),
    *(models.Experimenter, models.ExperimenterGroup),
)
"""Tables whose rows can have annotations; people and groups get theirs in `annotations` alone."""
_WITH_PROTOCOL = (models.Project, models.Dataset, models.Screen, models.Plate, models.Image)
_OF_RUNS = (
    *(models.Project, models.Dataset, models.Folder, models.Screen, models.Plate, models.Well),
    *(models.Image, models.ROI, models.Shape, models.Annotation, models.OriginalFile),
    models.Fileset,
)


def _simple(parent: Any, child: Any, link: Any, role: str | None = None) -> Relation:
    return Relation(parent, child, link, role=role)


def _plain() -> list[Relation]:
    return [
        _simple(models.Project, models.Dataset, models.ProjectDatasetLink),
        _simple(models.Dataset, models.Image, models.DatasetImageLink),
        _simple(models.Screen, models.Plate, models.ScreenPlateLink),
        _simple(models.Folder, models.Image, models.FolderImageLink),
        _simple(models.Folder, models.ROI, models.FolderROILink),
        Relation(models.Folder, models.Folder),
        _simple(models.Well, models.Reagent, models.WellReagentLink),
        _simple(models.Protocol, models.Instrument, models.ProtocolInstrumentLink),
        _simple(models.Protocol, models.OriginalFile, models.ProtocolFileLink),
        _simple(
            models.FilterSet, models.Filter, models.FilterSetExcitationFilterLink, "excitation"
        ),
        _simple(models.FilterSet, models.Filter, models.FilterSetEmissionFilterLink, "emission"),
        _simple(
            models.LightPath, models.Filter, models.LightPathExcitationFilterLink, "excitation"
        ),
        _simple(models.LightPath, models.Filter, models.LightPathEmissionFilterLink, "emission"),
        _simple(models.Image, models.MicrobeamManipulation, models.ImageMicrobeamManipulationLink),
        _simple(models.MicrobeamManipulation, models.ROI, models.MicrobeamManipulationROILink),
    ]


def _members() -> list[Relation]:
    group, person, link = models.PersonGroup, models.Person, models.PersonGroupMember
    return [
        Relation(group, person, link, fixed={"leader": leader}, role=role)
        for leader, role in ((False, "member"), (True, "leader"))
    ]


def _typed() -> list[Relation]:
    protocols = [
        Relation(kind, models.Protocol, models.ProtocolLink, fixed={"parent_type": kind.__name__})
        for kind in _WITH_PROTOCOL
    ]
    runs = [
        Relation(
            *(models.Run, kind, models.RunLink, "run_id", "object_id"),
            fixed={"object_type": kind.__name__, "role": role},
            role=role,
        )
        for kind in _OF_RUNS
        for role in ("input", "output")
    ]
    annotations = [
        Relation(
            *(kind, models.Annotation, models.AnnotationLink),
            fixed={"parent_type": kind.__name__},
            annotates=True,
        )
        for kind in ANNOTATABLE
    ]
    return [*protocols, *runs, *annotations]


RELATIONS: tuple[Relation, ...] = (*_plain(), *_members(), *_typed())
"""Every relation that people can link, unlink and move in."""


def table_class(kind: str) -> type[models.Base]:
    """Return the class of the table that a kind's rows are in.

    Raises:
        InvalidInputError: There is no such kind.
    """
    return base_of(class_named(kind))


def class_named(kind: str) -> type[models.Base]:
    """Return the class of a kind.

    Raises:
        InvalidInputError: There is no such kind with owners.
    """
    found: type[models.Base] | None = owned_class(kind)
    if found is None:
        raise InvalidInputError(f"There is no kind {kind[:64]!r}.", "Check the id.")
    return found


def base_of(entity: type[models.Base]) -> type[models.Base]:
    """Return the class of an entity's table."""
    base: type[models.Base] = sa.inspect(entity).base_mapper.class_
    return base


def relation(parent_kind: str, child_kind: str, role: str | None = None) -> Relation:
    """Find the relation of two kinds.

    Args:
        parent_kind: Name of the container's class.
        child_kind: Name of the class of what is put into it.
        role: Which one, where two kinds have several: "excitation" or "emission" of filters,
            "input" or "output" of runs, "member" or "leader" of groups of persons ("member" if
            none is given).

    Raises:
        InvalidInputError: Rows of these kinds cannot be linked, or the role is missing.
    """
    parent, child = table_class(parent_kind), table_class(child_kind)
    found = [one for one in RELATIONS if (one.parent, one.child) == (parent, child)]
    roles = [one.role for one in found if one.role is not None]
    if not found:
        raise InvalidInputError(
            f"A {child_kind} cannot be put into a {parent_kind}.", "Choose another container."
        )
    if role is None and "member" in roles:
        role = "member"
    chosen = [one for one in found if one.role == role]
    if not chosen:
        raise InvalidInputError(
            f"How the {child_kind} is to belong to the {parent_kind} is not said.",
            f"Give one of {', '.join(roles)} as role." if roles else "Leave the role out.",
        )
    return chosen[0]
