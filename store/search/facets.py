"""How often types, owners, groups, tags and keys occur among what a search finds."""

from collections import Counter
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from store import models
from store.access import Rows, Viewer, select_visible, visible
from store.search.paths import KINDS
from store.search.query import Search

MOST = 10_000
"""Objects of each kind, newest first, that are looked at."""


class Facet(StrEnum):
    """By what the objects that are found are counted."""

    TYPE = "type"
    OWNER = "owner"
    GROUP = "group"
    TAG = "tag"
    KEY = "key"


def facet(viewer: Viewer, search: Search, by: Facet) -> list[tuple[str, int]]:
    """Count objects by a value of theirs.

    One statement for each kind that is found, however many objects there are. An object with
    the same tag or key twice counts once.

    Returns:
        Values and numbers: what occurs most first, then in the order of the values.
    """
    if by is Facet.TYPE:
        found = Counter(search.counts(MOST))
    else:
        found = Counter()
        for kind in search.found:
            for value, number in search.rows(_counted(viewer, search, kind, by)):
                found[value] += number
    return sorted(
        ((value, number) for value, number in found.items() if number),
        key=lambda one: (-one[1], one[0]),
    )


def _counted(viewer: Viewer, search: Search, kind: str, by: Facet) -> Rows:
    ids = search.newest(kind, MOST).subquery("found")
    entity = KINDS[kind]
    if by in (Facet.OWNER, Facet.GROUP):
        if by is Facet.OWNER:
            other: Any = models.Experimenter
            name, key = other.user_name, entity.owner_id  # type: ignore[attr-defined]
        else:
            other = models.ExperimenterGroup
            name, key = other.name, entity.group_id  # type: ignore[attr-defined]
        statement = select_visible(viewer, other, name, sa.func.count())
        joined = statement.join(entity, key == other.id).join(ids, ids.c.id == entity.id)
        return joined.group_by(name)
    annotation, link = models.Annotation, models.AnnotationLink
    value = annotation.text_value if by is Facet.TAG else models.MapPair.key
    statement = select_visible(viewer, annotation, value, sa.func.count(link.parent_id.distinct()))
    statement = statement.join(
        link, sa.and_(link.child_id == annotation.id, visible(viewer, link))
    ).join(ids, ids.c.id == link.parent_id)
    if by is Facet.TAG:
        statement = statement.where(annotation.kind == "TagAnnotation")
    else:
        statement = statement.join(models.MapPair, models.MapPair.annotation_id == annotation.id)
    return statement.where(link.parent_type == kind, value.is_not(None)).group_by(value)
