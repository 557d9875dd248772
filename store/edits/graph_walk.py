"""From the rows that are named to all that go with them: a walk along the rules, set by set."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from store import models
from store.access import Right, Viewer, allows, group_permissions
from store.edits.graph_rules import (
    AFTER_IMAGES,
    ALWAYS,
    BEFORE_IMAGES,
    CONTENTS,
    FILE_USES,
    HOLDERS,
    IF_ASKED,
    IF_PERMITTED,
    PULLED,
    USES,
    Content,
    Part,
    Use,
)
from store.edits.outcomes import Ref
from store.edits.relations import RELATIONS, Relation
from store.errors import ConflictError, NotAllowedError, StoreError
from store.models.among import among
from store.models.enums import GroupPermissions


@dataclass(frozen=True, slots=True)
class Cut:
    """Links of one table with an end that goes."""

    relation: Relation
    row: Any
    """With id, parent and child."""
    both: bool
    """Both ends go."""


@dataclass(slots=True)
class Walk:
    """What goes, what stays though it could have gone, and which links are in between."""

    session: Session
    viewer: Viewer
    right: Right
    """Why it goes: DELETE, MOVE to another group, or GIVE to another owner."""
    keep: frozenset[str]
    include: frozenset[str]
    lock: bool = True
    """Keep what goes from being linked until the transaction ends."""
    group_id: int | None = None
    """Where rows are moved; rows that are there already stay as they are."""
    owner_id: int | None = None
    """To whom rows are given; rows that are theirs already stay as they are."""
    owners: frozenset[int] = frozenset()
    """Whose the targets are; nobody else's rows are given away with them."""
    private: bool = False
    """Whether owners do not see each other's rows."""
    going: defaultdict[Any, set[int]] = field(default_factory=lambda: defaultdict(set))
    targets: dict[Ref, tuple[Any, int]] = field(default_factory=dict)
    stays: set[Ref] = field(default_factory=set)
    cuts: list[Cut] = field(default_factory=list)
    errors: dict[Ref, StoreError] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    """Of annotations: their concrete kind."""

    def run(self, targets: Mapping[Ref, tuple[Any, int]]) -> None:
        """Follow all rules from the targets; `errors` says which of them cannot go."""
        self.targets = dict(targets)
        for base, key in targets.values():
            self.going[base].add(key)
        self._filesets_as_targets()
        self._folders()
        self._contents(CONTENTS[0])
        self._contents(CONTENTS[1])
        for rule in BEFORE_IMAGES:
            self._part(rule)
        self._images()
        self._whole_plates()
        self._whole_filesets()
        for pulled in PULLED:
            self._pull(pulled)
        for part in AFTER_IMAGES:
            self._part(part)
        self._annotations()
        self._files()
        for use in USES:
            self._used(use)
        if self.right is Right.GIVE:
            self._leave_others()
        self._links()

    @property
    def apart(self) -> bool:
        """Whether what goes is out of sight of what stays."""
        return self.right is not Right.GIVE or self.private

    def _leave_others(self) -> None:
        """Leave parts that belong to others with them, and settings with those who saved them."""
        self.going.pop(models.RenderingSettings, None)
        for entity, keys in list(self.going.items()):
            if keys:
                mine = [among(entity.id, keys), among(entity.owner_id, self.owners)]
                self.going[entity] = {
                    row.id for row in self._rows(entity.id, where=mine, entity=entity)
                }

    def _rows(self, *columns: Any, where: Iterable[Any], entity: Any) -> Sequence[Any]:
        """Select live rows, whoever may see them: rules hold for everybody's."""
        statement = sa.select(*columns).where(entity.deleted_event_id.is_(None), *where)
        return self.session.execute(statement).all()

    def _part(self, rule: Part) -> None:
        if self.going[rule.whole]:
            part = rule.part
            column = getattr(part, rule.column)
            statement = sa.select(part.id).where(
                among(column, self.going[rule.whole]), part.deleted_event_id.is_(None)
            )
            if self.lock and part in _LINKED:
                # Who links them meanwhile is waited for, so that the link is seen.
                statement = statement.order_by(part.id).with_for_update(key_share=True)
            self.going[part].update(self.session.scalars(statement))

    def _filesets_as_targets(self) -> None:
        """Name all images of the filesets that are named."""
        filesets = self.going[models.Fileset]
        if filesets:
            image: Any = models.Image
            rows = self._rows(image.id, where=[among(image.fileset_id, filesets)], entity=image)
            self.going[models.Image].update(row.id for row in rows)

    def _folders(self) -> None:
        """Take all folders below; one recursive statement."""
        if not self.going[models.Folder]:
            return
        folder: Any = models.Folder
        tree = (
            sa.select(folder.id)
            .where(among(folder.id, self.going[folder]))
            .cte("below", recursive=True)
        )
        lower: Any = aliased(folder)
        tree = tree.union(
            sa.select(lower.id).where(
                lower.parent_id == tree.c.id, lower.deleted_event_id.is_(None)
            )
        )
        self.going[folder].update(self.session.scalars(sa.select(tree.c.id)))

    def _candidates(self, rule: Content) -> dict[int, Any]:
        """Find the children of the containers that go."""
        if not self.going[rule.container] or rule.child.__name__ in self.keep:
            return {}
        child, table = rule.child, rule.table
        statement = (
            sa.select(child.id, child.owner_id, child.group_id)
            .join(table, getattr(table, rule.far) == child.id)
            .where(
                among(getattr(table, rule.near), self.going[rule.container]),
                table.deleted_event_id.is_(None),
                child.deleted_event_id.is_(None),
            )
        )
        if self.lock:
            # Before looking who else holds them: nobody can link them meanwhile.
            statement = statement.with_for_update(key_share=True, of=child)
        rows = self.session.execute(statement)
        named = self.going[child]
        return {row.id: row for row in rows if row.id not in named}

    def _contents(self, *rules: Content) -> None:
        """Take the children that nothing else holds and that the viewer may take."""
        child = rules[0].child
        found: dict[int, Any] = {}
        for rule in rules:
            found |= self._candidates(rule)
        if not found:
            return
        held = set().union(*(self._held(rule, found) for rule in HOLDERS if rule.child is child))
        permitted = self._permitted(found.values())
        for key in found:
            if key in permitted and key not in held:
                self.going[child].add(key)
            else:
                self.stays.add((child.__name__, key))

    def _held(self, rule: Content, keys: Collection[int]) -> set[int]:
        near, far = getattr(rule.table, rule.near), getattr(rule.table, rule.far)
        rows = self._rows(
            far.label("child"), near.label("container"), where=[among(far, keys)], entity=rule.table
        )
        return {row.child for row in rows if row.container not in self.going[rule.container]}

    def _permitted(self, rows: Collection[Any]) -> set[int]:
        """Return the ids of the rows that the viewer may take; rows of one table."""
        permissions = _permissions(self.session, rows)
        return {row.id for row in rows if self._may_take(row, permissions)}

    def _may_take(self, row: Any, permissions: Mapping[int, GroupPermissions]) -> bool:
        if self.right is Right.GIVE and self.owners and row.owner_id not in self.owners:
            return False
        return allows(self.viewer, self.right, row, permissions[row.group_id])

    def _images(self) -> None:
        """Take images with their datasets and plates; refuse to take them out of a plate."""
        named = set(self.going[models.Image])
        self._contents(CONTENTS[2], CONTENTS[3])
        for image in sorted(self._held(CONTENTS[3], named) if named else ()):
            self._refuse(
                models.Image,
                image,
                ConflictError(
                    f"Image {image} is a field of a plate, which is {self._done} as a whole.",
                    "Name the plate.",
                ),
            )

    def _whole_plates(self) -> None:
        """Refuse to move a plate away from images that something else keeps in the group."""
        sample: Any = models.WellSample
        if self.right is Right.DELETE or not (self.apart and self.going[sample]):
            return
        rows = self._rows(
            sample.image_id, where=[among(sample.id, self.going[sample])], entity=sample
        )
        left = {row.image_id for row in rows} - self.going[models.Image] - {None}
        for key in sorted(left)[:1]:
            error = ConflictError(
                f"Image {key} of the plate would stay: it is somebody else's, or elsewhere too.",
                "Take it out of there, or name that as well.",
            )
            for ref in self.targets:
                self.errors.setdefault(ref, error)

    @property
    def _done(self) -> str:
        return _DONE[self.right]

    def _refuse(self, entity: Any, key: int, error: StoreError) -> None:
        """Blame the target itself, or all targets where the row only comes along."""
        blamed = [ref for ref, target in self.targets.items() if target == (entity, key)]
        for ref in blamed or self.targets:
            self.errors.setdefault(ref, error)

    def _whole_filesets(self) -> None:
        """Take filesets with their images, and refuse to divide one."""
        images = self.going[models.Image]
        if not images:
            return
        image: Any = models.Image
        mine = self._rows(image.fileset_id, image.id, where=[among(image.id, images)], entity=image)
        filesets = {row.fileset_id for row in mine if row.fileset_id is not None}
        every = self._rows(
            image.fileset_id, image.id, where=[among(image.fileset_id, filesets)], entity=image
        )
        left: defaultdict[int, list[int]] = defaultdict(list)
        for row in sorted(every, key=lambda row: row.id):
            if row.id not in images:
                left[row.fileset_id].append(row.id)
        for row in mine:
            if row.fileset_id in left:
                others = ", ".join(str(key) for key in left[row.fileset_id][:10])
                self._refuse(
                    image,
                    row.id,
                    ConflictError(
                        f"Fileset {row.fileset_id} also holds image {others}; a fileset is"
                        f" {self._done} as a whole.",
                        "Name all images of the fileset, or the fileset itself.",
                    ),
                )
        self.going[models.Fileset].update(filesets)

    def _pull(self, rule: Use) -> None:
        """Take what images refer to, if it moves with them or its deletion was asked for."""
        users = self.going[rule.user]
        taken = self.right is not Right.DELETE
        if not users or not (taken or rule.used.__name__ in self.include):
            return
        user, column = rule.user, getattr(rule.user, rule.column)
        found = {
            row.key
            for row in self._rows(column.label("key"), where=[among(user.id, users)], entity=user)
            if row.key is not None
        } - self.going[rule.used]
        if not found:
            return
        rows = self._rows(column.label("key"), user.id, where=[among(column, found)], entity=user)
        shared = {row.key: row.id for row in rows if row.id not in users}
        for key, other in sorted(shared.items()):
            if taken and self.apart:
                self._refuse_shared(rule, key, other)
            else:
                self.stays.add((rule.used.__name__, key))
        alone = found - shared.keys()
        self.going[rule.used].update(alone if taken else self._mine(rule.used, alone))

    def _mine(self, entity: Any, keys: set[int]) -> set[int]:
        """Return those of the viewer's own; the others stay."""
        rows = self._rows(entity.id, entity.owner_id, where=[among(entity.id, keys)], entity=entity)
        mine = {row.id for row in rows if row.owner_id == self.viewer.experimenter_id}
        self.stays.update((entity.__name__, key) for key in keys - mine)
        return mine

    def _refuse_shared(self, rule: Use, key: int, other: int) -> None:
        error = ConflictError(
            f"{rule.used.__name__} {key} is shared with image {other}, which would stay.",
            "Move all images that share it together.",
        )
        for ref in self.targets:
            self.errors.setdefault(ref, error)

    def _annotations(self) -> None:
        """Take annotations that are on nothing else, as far as their kind allows."""
        annotation: Any = models.Annotation
        named = set(self.going[annotation])
        below = self._below(self._annotated())
        if not (below | named):
            return
        statement = sa.select(
            *(annotation.id, annotation.kind, annotation.namespace),
            *(annotation.owner_id, annotation.group_id),
        ).where(annotation.deleted_event_id.is_(None), among(annotation.id, below | named))
        if self.lock:
            statement = statement.order_by(annotation.id).with_for_update(key_share=True)
        rows = self.session.execute(statement).all()
        self.kinds.update((row.id, row.kind) for row in rows)
        candidates = [row for row in rows if row.id not in named]
        may = self._may_go(candidates)
        link: Any = models.AnnotationLink
        holders = self._rows(
            *(link.parent_type, link.parent_id, link.child_id),
            where=[among(link.child_id, may)],
            entity=link,
        )
        goes = named | self._without_holders(may, holders)
        self.going[annotation] = goes
        self.stays.update((row.kind, row.id) for row in candidates if row.id not in goes)

    def _annotated(self) -> set[int]:
        """Find the annotations on all that goes; one statement for each kind that does."""
        link: Any = models.AnnotationLink
        found: set[int] = set()
        for entity, keys in sorted(self.going.items(), key=lambda item: item[0].__name__):
            if keys and entity in _ANNOTATED:
                rows = self._rows(
                    link.child_id,
                    where=[link.parent_type == entity.__name__, among(link.parent_id, keys)],
                    entity=link,
                )
                found.update(row.child_id for row in rows)
        return found

    def _below(self, keys: set[int]) -> set[int]:
        """Add the annotations of annotations, to any depth; one recursive statement."""
        if not keys:
            return keys
        link: Any = models.AnnotationLink
        annotation: Any = models.Annotation
        tree = (
            sa.select(annotation.id)
            .where(among(annotation.id, keys))
            .cte("annotations", recursive=True)
        )
        tree = tree.union(
            sa.select(link.child_id).where(
                link.parent_type == "Annotation",
                link.parent_id == tree.c.id,
                link.deleted_event_id.is_(None),
            )
        )
        return set(self.session.scalars(sa.select(tree.c.id)))

    def _may_go(self, rows: Sequence[Any]) -> set[int]:
        permitted = self._permitted(rows) if rows else set()
        mine = self.viewer.experimenter_id
        return {
            row.id
            for row in rows
            if row.kind not in self.keep
            and (row.namespace is None or row.namespace not in self.keep)
            and (self.right is not Right.GIVE or row.owner_id in self.owners)
            and (
                row.kind in ALWAYS
                or (row.kind in IF_PERMITTED and row.id in permitted)
                or (
                    row.kind in IF_ASKED
                    and (row.owner_id == mine or self.right is Right.GIVE)
                    and (self.right is not Right.DELETE or row.kind in self.include)
                )
            )
        }

    def _without_holders(self, keys: set[int], holders: Sequence[Any]) -> set[int]:
        """Leave out what is on something that stays, until nothing more changes."""
        names = {entity.__name__: found for entity, found in self.going.items()}
        goes = set(keys)
        while True:
            held = {
                row.child_id
                for row in holders
                if row.child_id in goes
                and row.parent_id not in names.get(row.parent_type, ())
                and not (row.parent_type == "Annotation" and row.parent_id in goes)
            }
            if not held:
                return goes
            goes -= held

    def _files(self) -> None:
        """Take the files that nothing which stays uses any more."""
        file: Any = models.OriginalFile
        found: set[int] = set()
        for use in FILE_USES[:2]:
            keys = self.going[use.user]
            if keys:
                column = getattr(use.user, use.column)
                rows = self._rows(
                    column.label("key"), where=[among(use.user.id, keys)], entity=use.user
                )
                found.update(row.key for row in rows if row.key is not None)
        found -= self.going[file]
        for use in FILE_USES if found else ():
            column = getattr(use.user, use.column)
            rows = self._rows(
                column.label("key"), use.user.id, where=[among(column, found)], entity=use.user
            )
            found -= {row.key for row in rows if row.id not in self.going[use.user]}
        self.going[file].update(self._takeable(found) if found else ())

    def _takeable(self, files: set[int]) -> set[int]:
        """Leave out files of others, unless they are parts of filesets that go."""
        file: Any = models.OriginalFile
        columns = (file.id, file.owner_id, file.group_id)
        permitted = self._permitted(
            self._rows(*columns, where=[among(file.id, files)], entity=file)
        )
        entry: Any = models.FilesetEntry
        rows = self._rows(
            entry.original_file_id,
            where=[among(entry.id, self.going[entry])],
            entity=entry,
        )
        return files & (permitted | {row.original_file_id for row in rows})

    def _used(self, rule: Use) -> None:
        """Refuse to take what something that stays cannot be without."""
        keys = self.going[rule.used]
        if not (keys and self.apart):
            return
        user, column = rule.user, getattr(rule.user, rule.column)
        rows = self._rows(column.label("key"), user.id, where=[among(column, keys)], entity=user)
        for row in rows:
            if row.id not in self.going[user]:
                self._refuse(
                    rule.used,
                    row.key,
                    ConflictError(
                        f"{rule.used.__name__} {row.key} is used by {user.__name__} {row.id},"
                        " which would stay.",
                        f"Name that too, or change it to use another {rule.used.__name__}.",
                    ),
                )

    def _links(self) -> None:
        """Find all links with an end that goes; two statements for each relation of such a kind."""
        for one in RELATIONS:
            if one.link is None or not (self.going[one.parent] or self.going[one.child]):
                continue
            near, far = getattr(one.link, one.near), getattr(one.link, one.far)
            fixed = [getattr(one.link, name) == value for name, value in one.fixed.items()]
            rows: dict[int, Any] = {}
            for column, keys in ((near, self.going[one.parent]), (far, self.going[one.child])):
                if keys:
                    found = self._rows(
                        *(one.link.id, near.label("parent"), far.label("child")),
                        where=[among(column, keys), *fixed],
                        entity=one.link,
                    )
                    rows |= {row.id: row for row in found}
            parents, children = self.going[one.parent], self.going[one.child]
            self.cuts += [
                Cut(one, row, row.parent in parents and row.child in children)
                for row in rows.values()
            ]

    def named(self, entity: Any, key: int) -> Ref:
        """Name a row by its concrete kind."""
        if entity is models.Annotation:
            return self.kinds.get(key, "Annotation"), key
        return entity.__name__, key

    def require_targets(self, rows: Mapping[Ref, Any]) -> None:
        """Note the targets that the viewer may not take."""
        permissions = _permissions(self.session, rows.values())
        for ref, row in rows.items():
            if not self._may_take(row, permissions):
                self.errors[ref] = NotAllowedError(
                    f"You may see {ref[0]} {ref[1]}, but it is not yours to be {self._done}.",
                    _WHO[self.right],
                )


def _permissions(session: Session, rows: Collection[Any]) -> dict[int, GroupPermissions]:
    return group_permissions(session, {row.group_id for row in rows}) if rows else {}


_DONE = {Right.DELETE: "deleted", Right.MOVE: "moved", Right.GIVE: "given away"}
_WHO = {
    Right.DELETE: "Ask its owner or a leader of its group.",
    Right.MOVE: "Ask its owner.",
    Right.GIVE: "Ask a leader of its group, or an administrator.",
}
"""Whom to ask who may not do it."""

_ANNOTATED = frozenset(
    one.parent for one in RELATIONS if one.child is models.Annotation and one.annotates
)
_LINKED = frozenset(end for one in RELATIONS for end in (one.parent, one.child))
"""What can be linked."""
