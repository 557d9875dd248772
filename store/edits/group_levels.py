"""Change what members of a group may do, and take apart what may no longer be together."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from store import models
from store.access import Viewer, require_writer
from store.edits import graph
from store.edits.counters import count_links, count_rows
from store.edits.graph_rules import ALWAYS, CONTENTS, PARTS, USES, Use
from store.edits.history import begin_event, log_change
from store.edits.links import record_links
from store.edits.relations import RELATIONS, Relation
from store.errors import ConflictError, NotAllowedError, NotFoundError
from store.models.among import among
from store.models.enums import GroupPermissions, Privilege

_PERSONAL = (models.ROI, models.RenderingSettings)
"""Parts that others than the owner of the whole make, and that go when the group gets private."""
_OPENING = (GroupPermissions.READ_WRITE, GroupPermissions.PUBLIC)
"""Levels that only administrators choose."""


@dataclass(frozen=True, slots=True)
class LevelReport:
    """What a change of a group's level did, or would do."""

    before: GroupPermissions
    after: GroupPermissions
    removed: Mapping[str, int] = field(default_factory=dict)
    """Kind of row, or relation such as "Image–Annotation" → how many are removed."""
    event_id: int | None = None


def change_permissions(
    session: Session,
    viewer: Viewer,
    group_id: int,
    permissions: GroupPermissions,
    *,
    dry_run: bool = False,
) -> LevelReport:
    """Change the level of a group; for its leaders and for administrators.

    A group becomes private at the price of everything that joins rows of different owners: links,
    others' annotations, others' regions of interest and rendering settings are removed. Files,
    images and containers stay.

    Args:
        session: Of the caller's transaction.
        viewer: Who changes it; read-write and public take an administrator.
        group_id: Which group.
        permissions: Its new level.
        dry_run: Only tell what would be removed.

    Raises:
        NotFoundError: No such group, or not one that the viewer knows from inside.
        NotAllowedError: The viewer is neither a leader nor an administrator with the privilege.
        ConflictError: Something that cannot be divided belongs to several people.
    """
    group = _changeable(session, viewer, group_id, permissions)
    before = GroupPermissions(group.permissions)
    if before is permissions:
        return LevelReport(before, permissions)
    closing = permissions is GroupPermissions.PRIVATE
    if closing:
        _refuse_divided(session, group_id)
    found = _Apart.of(session, group_id) if closing else _Apart()
    report = LevelReport(before, permissions, found.counts())
    if dry_run:
        return report
    group.permissions = permissions.value
    event = begin_event(session, viewer, group_id)
    changes = {group_id: {"permissions": [before.value, permissions.value]}}
    log_change(session, event, models.ExperimenterGroup, [group_id], "UPDATE", changes)
    if closing:
        found.remove(session, event)
        # Whoever closes the group may do what that takes, whatever they may do otherwise.
        everything = replace(viewer, administrator=True, withheld=frozenset())
        regions = [("ROI", key) for key in sorted(found.regions)]
        if regions:
            graph.delete(session, everything, regions)
    session.flush()
    session.expire_all()
    return replace(report, event_id=event.id)


def _changeable(
    session: Session, viewer: Viewer, group_id: int, permissions: GroupPermissions
) -> models.ExperimenterGroup:
    require_writer(viewer)
    group = session.get(models.ExperimenterGroup, group_id, with_for_update=True)
    if group is None:
        raise NotFoundError("group", group_id)
    if viewer.has(Privilege.MODIFY_GROUP):
        return group
    if group_id not in viewer.leads:
        raise NotAllowedError(
            "Only leaders of a group and administrators change its level.", "Ask one of them."
        )
    if permissions in _OPENING:
        raise NotAllowedError(
            f"Only administrators make a group {permissions}.", "Ask one of them."
        )
    return group


@dataclass
class _Apart:
    """What joins rows of different owners in a group."""

    links: dict[Relation, dict[int, tuple[int, int]]] = field(default_factory=dict)
    """Link → parent and child."""
    settings: set[int] = field(default_factory=set)
    regions: set[int] = field(default_factory=set)
    folders: dict[int, int] = field(default_factory=dict)
    """Folder → the one that it is in."""

    @classmethod
    def of(cls, session: Session, group_id: int) -> "_Apart":
        """Find it; one statement for each relation."""
        found = cls()
        for one in RELATIONS:
            if one.link is not None:
                links = _crossing(session, one, group_id)
                if links:
                    found.links[one] = links
        found.settings = _of_others(session, models.RenderingSettings, group_id)
        found.regions = _of_others(session, models.ROI, group_id)
        folder: Any = models.Folder
        above = aliased(folder)
        rows = session.execute(
            sa.select(folder.id, above.id.label("above"))
            .join(above, above.id == folder.parent_id)
            .where(folder.group_id == group_id, folder.owner_id != above.owner_id)
        )
        found.folders = {row.id: row.above for row in rows}
        return found

    def counts(self) -> dict[str, int]:
        """Count it by kind."""
        numbers = Counter({one.name: len(links) for one, links in self.links.items()})
        numbers["RenderingSettings"] = len(self.settings)
        numbers["ROI"] = len(self.regions)
        numbers["Folder–Folder"] += len(self.folders)
        return dict(sorted((+numbers).items()))

    def remove(self, session: Session, event: models.Event) -> None:
        """Remove all but the regions."""
        for one, links in self.links.items():
            count_links(session, one.link, links, -1)
            graph.drop_links(session, one.link, set(links))
            record_links(session, one, links.values(), event, "UNLINK")
        self._bury_annotations(session, event)
        graph.tombstone(session, models.RenderingSettings, self.settings, event)
        log_change(session, event, models.RenderingSettings, sorted(self.settings), "DELETE")
        if self.folders:
            count_rows(session, models.Folder, self.folders, -1)
            keys = set(self.folders)
            graph.change_rows(session, models.Folder, keys, event, parent_id=None)

    def _bury_annotations(self, session: Session, event: models.Event) -> None:
        """Delete what was said about others' things and is on nothing any more."""
        note: Any = models.Annotation
        cut = {
            child
            for one, links in self.links.items()
            if one.annotates
            for _, child in links.values()
        }
        link = models.AnnotationLink
        rows = session.scalars(
            sa.select(note.id).where(
                among(note.id, cut),
                note.kind.in_(sorted(ALWAYS)),
                note.deleted_event_id.is_(None),
                ~sa.exists().where(link.child_id == note.id, link.deleted_event_id.is_(None)),
            )
        )
        dead = set(rows)
        graph.tombstone(session, note, dead, event)
        log_change(session, event, note, sorted(dead), "DELETE")


def _crossing(session: Session, one: Relation, group_id: int) -> dict[int, tuple[int, int]]:
    """Find the links of a relation of which not all is one person's."""
    link: Any = one.link
    parent: Any = aliased(one.parent)
    child: Any = aliased(one.child)
    near, far = getattr(link, one.near), getattr(link, one.far)
    different = [link.owner_id != child.owner_id]
    statement = sa.select(link.id, near.label("parent"), far.label("child")).join(
        child, child.id == far
    )
    if issubclass(one.parent, models.Owned):
        statement = statement.join(parent, parent.id == near)
        different.append(parent.owner_id != child.owner_id)
    fixed = [getattr(link, name) == value for name, value in one.fixed.items()]
    live = [link.group_id == group_id, link.deleted_event_id.is_(None)]
    rows = session.execute(statement.where(sa.or_(*different), *fixed, *live))
    return {row.id: (row.parent, row.child) for row in rows}


def _of_others(session: Session, entity: Any, group_id: int) -> set[int]:
    """Find parts of images that belong to others than the image."""
    image = models.Image
    rows = session.scalars(
        sa.select(entity.id)
        .join(image, image.id == entity.image_id)
        .where(
            entity.group_id == group_id,
            entity.deleted_event_id.is_(None),
            entity.owner_id != image.owner_id,
        )
    )
    return set(rows)


def _refuse_divided(session: Session, group_id: int) -> None:
    """Refuse where a thing and what it cannot be without belong to different people."""
    parts = [
        Use(rule.part, rule.column, rule.whole)
        for rule in PARTS
        if rule.part not in (*_PERSONAL, models.Folder)
    ]
    samples = [Use(one.table, one.far, one.child) for one in CONTENTS if one.near == "id"]
    for rule in (*parts, *USES, *samples):
        user, used = aliased(rule.user), aliased(rule.used)
        found = session.execute(
            sa.select(user.id, used.id.label("used"))
            .join(used, used.id == getattr(user, rule.column))
            .where(
                user.group_id == group_id,
                user.deleted_event_id.is_(None),
                used.deleted_event_id.is_(None),
                user.owner_id != used.owner_id,
            )
            .limit(1)
        ).one_or_none()
        if found is not None:
            raise ConflictError(
                f"{rule.user.__name__} {found.id} and {rule.used.__name__} {found.used} belong to"
                " different people and cannot be divided.",
                "Give one of them to the other's owner, or delete it.",
            )
