"""Annotations on any number of objects at once: attached, taken off, and objects rated."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from store import models
from store.access import (
    Right,
    Viewer,
    allows,
    group_for,
    group_permissions,
)
from store.edits.annotatable import Place, errors_of, outcomes, places
from store.edits.annotation_links import (
    Link,
    Which,
    annotations_below,
    attached,
    insert_links,
    links_of,
    log_links,
    unlink,
)
from store.edits.annotation_rows import (
    Clean,
    NewAnnotation,
    clean,
    find_same,
    insert_annotations,
)
from store.edits.history import begin_event
from store.edits.outcomes import Outcome, Ref, Status, settle
from store.edits.references import Targets, find_targets
from store.errors import InvalidInputError, NotAllowedError, StoreError
from store.models.annotations import RATING_NAMESPACE, TAG_SET_NAMESPACE

RATINGS = range(6)


def annotate(
    session: Session,
    viewer: Viewer,
    targets: Sequence[Ref],
    annotations: Sequence[NewAnnotation | int],
    *,
    partial: bool = False,
) -> list[Outcome]:
    """Attach annotations to objects; for those who may annotate the objects.

    A tag or term of the same text, namespace and group is used again, if the viewer may use it;
    other new annotations are made once for each group of the objects, and shared by them. The
    number of statements depends on how many types the objects are of, not on how many there are.

    Args:
        session: Of the caller's transaction.
        viewer: Who annotates, and will own the links.
        targets: Objects of any annotatable types.
        annotations: New ones, and ids of existing ones.
        partial: Annotate the others where one object cannot be.

    Returns:
        What became of each object, in order.

    Raises:
        InvalidInputError: A new annotation can never be kept.
        NotFoundError: An existing annotation is not there for the viewer.
        NotAllowedError: An existing annotation is not for the viewer to use.
        RefusedError: An object cannot be annotated, and `partial` is false.
    """
    wanted = [one if isinstance(one, int) else clean(one) for one in annotations]
    found = places(session, viewer, targets, Right.ANNOTATE)
    used = _used(session, viewer, wanted)
    errors = errors_of(found)
    for index, place in enumerate(found):
        if isinstance(place, Place):
            strange = _stranger(place, used)
            if strange is not None:
                errors[index] = strange
    errors |= _circular(session, found, wanted, errors)
    settle(outcomes(targets, errors), partial=partial)
    good = {
        index: place
        for index, place in enumerate(found)
        if isinstance(place, Place) and index not in errors
    }
    changed = _attach(session, viewer, good, wanted) if wanted else set()
    return outcomes(targets, errors, changed)


def remove(
    session: Session,
    viewer: Viewer,
    targets: Sequence[Ref],
    which: Which,
    *,
    partial: bool = False,
) -> list[Outcome]:
    """Take annotations off objects; for those who may delete the links.

    Annotations of kinds that live with one object are deleted when they are on none any more, if
    the viewer may delete them; tags, terms and files stay.

    Args:
        session: Of the caller's transaction.
        viewer: Who takes them off.
        targets: Objects of any annotatable types.
        which: Which of their annotations.
        partial: Take them off the others where one object's cannot be.

    Returns:
        What became of each object, in order.

    Raises:
        RefusedError: A link is not the viewer's to delete, and `partial` is false.
    """
    found = places(session, viewer, targets, None)
    errors = errors_of(found)
    links = links_of(session, viewer, [place for place in found if isinstance(place, Place)], which)
    numbers = {
        (place.kind, place.id): index
        for index, place in reversed(list(enumerate(found)))
        if isinstance(place, Place)
    }
    permissions = group_permissions(session, {link.group_id for link in links})
    for link in links:
        if not allows(viewer, Right.DELETE, link, permissions[link.group_id]):
            errors[numbers[link.parent_type, link.parent_id]] = NotAllowedError(
                f"Annotation {link.child_id} was attached to {link.parent_type} {link.parent_id}"
                " by somebody else.",
                "Ask them or a leader of the group to take it off.",
            )
    settle(outcomes(targets, errors), partial=partial)
    gone = [link for link in links if numbers[link.parent_type, link.parent_id] not in errors]
    if gone:
        unlink(session, viewer, begin_event(session, viewer, gone[0].group_id), gone)
    changed = {numbers[link.parent_type, link.parent_id] for link in gone}
    return outcomes(targets, errors, changed)


def rate(
    session: Session,
    viewer: Viewer,
    targets: Sequence[Ref],
    rating: int | None,
    *,
    partial: bool = False,
) -> list[Outcome]:
    """Rate objects, in place of the viewer's earlier rating; for those who may annotate them.

    Args:
        session: Of the caller's transaction.
        viewer: Who rates.
        targets: Objects of any annotatable types.
        rating: 0 to 5; none takes the viewer's rating away.
        partial: Rate the others where one object cannot be.

    Returns:
        What became of each object, in order.

    Raises:
        InvalidInputError: No such rating.
        RefusedError: An object cannot be rated, and `partial` is false.
    """
    if rating is not None and rating not in RATINGS:
        raise InvalidInputError(f"The rating is {rating}.", "Give 0 to 5.")
    found = places(session, viewer, targets, Right.ANNOTATE)
    errors = errors_of(found)
    settle(outcomes(targets, errors), partial=partial)
    known = {
        (place.kind, place.id): index
        for index, place in reversed(list(enumerate(found)))
        if isinstance(place, Place)
    }
    which = Which(kinds=["LongAnnotation"], namespace=RATING_NAMESPACE, own=True)
    links = links_of(session, viewer, [p for p in found if isinstance(p, Place)], which)
    same = {(link.parent_type, link.parent_id) for link in links if link.long_value == rating}
    stale = [link for link in links if link.long_value != rating]
    changed = {known[link.parent_type, link.parent_id] for link in stale}
    rated = {} if rating is None else {i: found[i] for key, i in known.items() if key not in same}
    chosen = [place for place in rated.values() if isinstance(place, Place)]
    if stale or chosen:
        event = begin_event(session, viewer, (*chosen, *stale)[0].group_id)
        unlink(session, viewer, event, stale)
        value = {"long_value": rating or 0, "namespace": RATING_NAMESPACE}
        _attach_each(session, viewer, event, chosen, clean(NewAnnotation("LongAnnotation", value)))
    return outcomes(targets, errors, changed | rated.keys())


def create_tag_set(
    session: Session,
    viewer: Viewer,
    name: str,
    description: str | None = None,
    *,
    tags: Sequence[NewAnnotation | int] = (),
    group_id: int | None = None,
) -> Outcome:
    """Make a set of tags, or find the one of this name; for members of the group.

    Args:
        session: Of the caller's transaction.
        viewer: Who makes it.
        name: Of the set.
        description: Any number of lines.
        tags: What is put into it.
        group_id: Where; the viewer's default group if not given.
    """
    values = {"text_value": name, "description": description, "namespace": TAG_SET_NAMESPACE}
    new = clean(NewAnnotation("TagAnnotation", values))
    group = group_for(viewer, group_id)
    same = find_same(session, viewer, [new], {group})
    key = same.get((group, *(new.identity or ())))
    status = Status.UNCHANGED if key is not None else Status.DONE
    if key is None:
        event = begin_event(session, viewer, group)
        (key,) = insert_annotations(session, viewer, event, [(new, group)])
    if tags and annotate(session, viewer, [("TagAnnotation", key)], tags)[0].status is Status.DONE:
        status = Status.DONE
    return Outcome(0, "TagAnnotation", key, status)


def _used(
    session: Session, viewer: Viewer, wanted: Sequence[Clean | int]
) -> dict[int, tuple[str, int]]:
    """Find the existing rows that will be linked or referred to: what they are, their groups."""
    ids = {one for one in wanted if isinstance(one, int)}
    fresh = [one for one in wanted if isinstance(one, Clean)]
    members = {key for one in fresh for key in one.members}
    files = {one.values["file_id"] for one in fresh if one.values.get("file_id") is not None}
    refs: list[tuple[type[models.Base], int]] = [
        *((models.Annotation, key) for key in sorted(ids | members)),
        *((models.OriginalFile, key) for key in sorted(files)),
    ]
    if not refs:
        return {}
    found: Targets = find_targets(session, viewer, refs)
    return {
        number: (f"{entity.__name__} {key}", found.target(entity, key, Right.ANNOTATE).group_id)
        for number, (entity, key) in enumerate(refs)
    }


def _stranger(place: Place, used: Mapping[int, tuple[str, int]]) -> StoreError | None:
    for name, group_id in used.values():
        if group_id != place.group_id:
            return InvalidInputError(
                f"{place.kind} {place.id} and {name} are in different groups.",
                "Move one of them to the other's group first.",
            )
    return None


def _circular(
    session: Session,
    found: Sequence[Place | StoreError],
    wanted: Sequence[Clean | int],
    errors: Mapping[int, StoreError],
) -> dict[int, StoreError]:
    """Refuse annotations on themselves, also by way of others."""
    children = {one for one in wanted if isinstance(one, int)}
    children |= {key for one in wanted if isinstance(one, Clean) for key in one.members}
    sets = {
        place.id: index
        for index, place in enumerate(found)
        if isinstance(place, Place) and place.kind == "Annotation" and index not in errors
    }
    if not sets or not children:
        return {}
    below = annotations_below(session, children)
    return {
        index: InvalidInputError(
            f"Annotation {key} would be on itself.", "Choose annotations that it is not on."
        )
        for key, index in sets.items()
        if key in below
    }


def _attach(
    session: Session, viewer: Viewer, good: Mapping[int, Place], wanted: Sequence[Clean | int]
) -> set[int]:
    """Write what is missing; returns the numbers of the objects that got something."""
    if not good:
        return set()
    groups = sorted({place.group_id for place in good.values()})
    fresh = [one for one in wanted if isinstance(one, Clean)]
    same = find_same(session, viewer, fresh, groups)
    ids: dict[int, list[int]] = {
        group: [one for one in wanted if isinstance(one, int)] for group in groups
    }
    drafts: list[tuple[Clean, int]] = []
    for group in groups:
        asked: set[tuple[Any, ...]] = set()
        for one in fresh:
            identity = (group, *(one.identity or ()))
            if one.identity is not None and identity in same:
                ids[group].append(same[identity])
            elif one.identity is None or identity not in asked:
                drafts.append((one, group))
                asked.add(identity)
    have = attached(session, good.values(), {key for keys in ids.values() for key in keys})
    missing = any(
        (place.kind, place.id, key) not in have
        for place in good.values()
        for key in ids[place.group_id]
    )
    if not drafts and not missing:
        return set()
    event = begin_event(session, viewer, groups[0])
    made = insert_annotations(session, viewer, event, drafts)
    for (_, group), key in zip(drafts, made, strict=True):
        ids[group].append(key)
    _put_members(session, viewer, event, drafts, made)
    return _link_all(session, viewer, event, good, ids, have)


def _link_all(
    session: Session,
    viewer: Viewer,
    event: models.Event,
    good: Mapping[int, Place],
    ids: Mapping[int, Sequence[int]],
    have: Collection[tuple[str, int, int]],
) -> set[int]:
    """Link each object with the annotations of its group that it does not have."""
    links: dict[Link, None] = {}
    changed = set()
    seen: set[Ref] = set()
    gained: defaultdict[Ref, list[int]] = defaultdict(list)
    for index, place in good.items():
        if (place.kind, place.id) in seen:
            continue
        seen.add((place.kind, place.id))
        for key in dict.fromkeys(ids[place.group_id]):
            if (place.kind, place.id, key) not in have:
                links[place.kind, place.id, key, place.group_id] = None
                gained[place.kind, place.id].append(key)
                changed.add(index)
    insert_links(session, viewer, event, list(links))
    log_links(session, event, gained, "LINK")
    return changed


def _attach_each(
    session: Session, viewer: Viewer, event: models.Event, chosen: Sequence[Place], new: Clean
) -> None:
    """Make one annotation for each object."""
    ids = insert_annotations(session, viewer, event, [(new, place.group_id) for place in chosen])
    links = [
        (place.kind, place.id, key, place.group_id) for place, key in zip(chosen, ids, strict=True)
    ]
    insert_links(session, viewer, event, links)
    log_links(session, event, {(kind, key): [child] for kind, key, child, _ in links}, "LINK")


def _put_members(
    session: Session,
    viewer: Viewer,
    event: models.Event,
    drafts: Sequence[tuple[Clean, int]],
    made: Sequence[int],
) -> None:
    links = [
        ("Annotation", key, member, group)
        for (one, group), key in zip(drafts, made, strict=True)
        for member in one.members
    ]
    insert_links(session, viewer, event, links)
