"""What can be annotated: objects of every annotatable type, found for a viewer and allowed."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from store import models
from store.access import Right, Viewer, group_for, kind_of, recorded_as, select_visible
from store.edits.outcomes import Outcome, Ref, Status
from store.edits.references import Target, find_targets
from store.errors import InvalidInputError, NotAllowedError, NotFoundError, StoreError
from store.models.among import among
from store.models.enums import Privilege

ANNOTATABLE: Mapping[str, type[models.Base]] = {
    entity.__name__: entity
    for entity in (
        models.Annotation,
        models.Channel,
        models.Dataset,
        models.Detector,
        models.Dichroic,
        models.Experimenter,
        models.ExperimenterGroup,
        models.Fileset,
        models.Filter,
        models.Folder,
        models.Image,
        models.Instrument,
        models.LightPath,
        models.LightSource,
        models.Objective,
        models.OriginalFile,
        models.Plane,
        models.Plate,
        models.PlateAcquisition,
        models.Project,
        models.Protocol,
        models.Reagent,
        models.ROI,
        models.Run,
        models.Screen,
        models.Shape,
        models.Well,
    )
}
"""By name of the table's class. OMERO's Namespace, Node and Session have no table here."""
TARGETS_MAX = 100_000
"""Objects of one request."""


@dataclass(frozen=True, slots=True)
class Place:
    """An object that annotations may be attached to, as links name it."""

    kind: str
    id: int
    group_id: int


def entity_of(kind: str) -> type[models.Base]:
    """Return the class of a kind by name, the concrete one of annotations and the like.

    Raises:
        InvalidInputError: Things of this kind cannot be annotated.
    """
    entity = getattr(models, kind, None)
    if not isinstance(entity, type) or not issubclass(entity, models.Base):
        entity = None
    if entity is None or recorded_as(entity) not in ANNOTATABLE:
        raise InvalidInputError(
            f"{kind[:64]} cannot be annotated.", f"Annotate one of {', '.join(ANNOTATABLE)}."
        )
    return entity


def places(
    session: Session, viewer: Viewer, targets: Sequence[Ref], right: Right | None
) -> list[Place | StoreError]:
    """Find objects that are to be annotated, and keep them until the transaction ends.

    One statement for each class among them, and one for the permissions of their groups.

    Args:
        session: Of the caller's transaction.
        viewer: Who annotates.
        targets: What.
        right: What the viewer has to be allowed; without one it is enough to see them.

    Returns:
        For each target, in order, the object or why it cannot be annotated.

    Raises:
        InvalidInputError: More targets than may be annotated at once.
    """
    if len(targets) > TARGETS_MAX:
        raise InvalidInputError(
            f"{len(targets)} objects; {TARGETS_MAX} may be annotated at once.", "Divide them."
        )
    kinds: dict[str, type[models.Base] | StoreError] = {}
    for kind in {kind for kind, _ in targets}:
        try:
            kinds[kind] = entity_of(kind)
        except InvalidInputError as error:
            kinds[kind] = error
    owned = [(kinds[kind], key) for kind, key in targets if _is_owned(kinds[kind])]
    found = find_targets(session, viewer, owned)  # type: ignore[arg-type]
    people = _people(session, viewer, targets, kinds)

    def place(kind: str, key: int) -> Place | StoreError:
        entity = kinds[kind]
        if isinstance(entity, StoreError):
            return entity
        target = found.rows.get((entity, key)) or people.get((kind, key))
        if target is None:
            return NotFoundError(kind_of(entity), key)
        try:
            if right is not None and _is_owned(entity):
                found.require(entity, target, right)
            elif right is not None and not viewer.has(_PRIVILEGES[entity]):
                raise NotAllowedError(
                    f"Only administrators annotate {kind_of(entity)}s.", "Ask one of them."
                )
        except NotAllowedError as error:
            return error
        return Place(recorded_as(entity), key, target.group_id)

    return [place(kind, key) for kind, key in targets]


def errors_of(found: Sequence[Place | StoreError]) -> dict[int, StoreError]:
    """Return the errors among the places, by number."""
    return {n: place for n, place in enumerate(found) if isinstance(place, StoreError)}


def outcomes(
    targets: Sequence[Ref], errors: Mapping[int, StoreError], changed: Collection[int] | None = None
) -> list[Outcome]:
    """Return what became of each target.

    Args:
        targets: As they were asked for.
        errors: By number.
        changed: Numbers of those that are different now; all, if not given.
    """
    found = []
    for index, (kind, key) in enumerate(targets):
        status = Status.DONE if changed is None or index in changed else Status.UNCHANGED
        error = errors.get(index)
        if error is not None:
            status = Status.FAILED
        found.append(Outcome(index, kind, key, status, error))
    return found


_PRIVILEGES = {
    models.Experimenter: Privilege.MODIFY_USER,
    models.ExperimenterGroup: Privilege.MODIFY_GROUP,
}
"""What administrators need to annotate what has no owner."""


def _is_owned(entity: Any) -> bool:
    return isinstance(entity, type) and issubclass(entity, models.Owned)


def _people(
    session: Session,
    viewer: Viewer,
    targets: Sequence[Ref],
    kinds: Mapping[str, type[models.Base] | StoreError],
) -> dict[Ref, Target]:
    """Find accounts and groups: their annotations go to the viewer's default group."""
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for kind, key in targets:
        if not isinstance(kinds[kind], StoreError) and not _is_owned(kinds[kind]):
            wanted[kind].add(key)
    people: dict[Ref, Target] = {}
    for kind, keys in sorted(wanted.items()):
        entity: Any = kinds[kind]
        group = group_for(viewer, None)
        rows = session.scalars(
            select_visible(viewer, entity, entity.id).where(among(entity.id, keys))
        )
        people |= {(kind, key): Target(key, viewer.experimenter_id, group) for key in rows}
    return people
