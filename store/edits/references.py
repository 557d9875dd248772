"""Rows that other rows refer to: found for a viewer, allowed, in one group, and in no circle."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from store import models
from store.access import (
    Right,
    Viewer,
    allows,
    given,
    group_permissions,
    kind_of,
    select_visible,
)
from store.errors import InvalidInputError, NotAllowedError, NotFoundError, StoreError
from store.models.among import among
from store.models.enums import GroupPermissions

type Found = Mapping[tuple[type[models.Base], int], "Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """A row that may be referred to: all that rights depend on."""

    id: int
    owner_id: int
    group_id: int


@dataclass(frozen=True, slots=True)
class Targets:
    """The rows that some changes refer to, with the permissions of all groups involved."""

    viewer: Viewer
    rows: Found
    permissions: Mapping[int, GroupPermissions]
    granted: Collection[tuple[Right, type[models.Base], int]] = ()
    """What grants let the viewer do with some of them."""

    def target(self, entity: type[models.Base], key: int, right: Right = Right.LINK) -> Target:
        """Return a row that the viewer may refer to.

        Raises:
            NotFoundError: It does not exist for the viewer.
            NotAllowedError: It is not the viewer's to link.
        """
        found = self.rows.get((entity, key))
        if found is None:
            raise NotFoundError(kind_of(entity), key)
        self.require(entity, found, right)
        return found

    def require(self, entity: type[models.Base], row: Any, right: Right) -> None:
        """Refuse what the viewer may not do with a row."""
        its = (right, entity, row.id) in self.granted
        if not allows(self.viewer, right, row, self.permissions[row.group_id], granted=its):
            raise NotAllowedError(
                f"You may see {kind_of(entity)} {row.id}, but not {right} it.",
                "Ask its owner or a leader of its group.",
            )


def find_targets(
    session: Session,
    viewer: Viewer,
    wanted: Iterable[tuple[type[models.Base], int]],
    groups: Iterable[int] = (),
) -> Targets:
    """Look up rows to refer to and keep them from being deleted until the transaction ends.

    One statement for each class, and one for the permissions.

    Args:
        session: Of the caller's transaction.
        viewer: Who refers to them.
        wanted: Class and database id of each.
        groups: Further groups whose permissions are needed.
    """
    ids: defaultdict[type[models.Base], set[int]] = defaultdict(set)
    for entity, key in wanted:
        ids[entity].add(key)
    rows: dict[tuple[type[models.Base], int], Target] = {}
    for entity in sorted(ids, key=lambda entity: entity.__name__):
        columns: Any = entity
        statement = (
            select_visible(viewer, entity, columns.id, columns.owner_id, columns.group_id)
            .where(among(columns.id, ids[entity]))
            .order_by(columns.id)
            .with_for_update(read=True)
        )
        rows |= {(entity, row.id): Target(*row) for row in session.execute(statement)}
    involved = {row.group_id for row in rows.values()} | set(groups)
    granted = given_all(session, viewer, ids)
    return Targets(viewer, rows, group_permissions(session, involved) if involved else {}, granted)


def given_all(
    session: Session, viewer: Viewer, ids: Mapping[type[models.Base], Collection[int]]
) -> set[tuple[Right, type[models.Base], int]]:
    """Find what grants let a viewer do with rows: no statement for viewers without such grants.

    Args:
        session: Of the caller's transaction.
        viewer: Who wants to change something.
        ids: Rows that are visible to the viewer, by class.
    """
    return {
        (right, entity, key)
        for right in (Right.ANNOTATE, Right.EDIT)
        for entity, keys in ids.items()
        for key in given(session, viewer, right, entity, keys)
    }


def same_group(entity: type[models.Base], key: int | None, group: int, target: Any) -> None:
    """Refuse a reference from one group to another.

    Args:
        entity: Class of the row that refers.
        key: Its id; none if it is not made yet.
        group: Its group.
        target: The `Target` that it refers to.
    """
    if target.group_id != group:
        row = f"{kind_of(entity)} {key}" if key is not None else f"new {kind_of(entity)}"
        raise InvalidInputError(
            f"The {row} and row {target.id} that it is to be linked with are in different groups.",
            "Move one of them to the other's group first.",
        )


def circles(
    session: Session,
    entity: type[models.Base],
    column: str,
    parents: Mapping[int, int],
) -> dict[int, StoreError]:
    """Find which rows would become their own ancestors; one recursive statement.

    Args:
        session: Of the caller's transaction.
        entity: A class whose rows refer to rows of the same class.
        column: The column by which they do.
        parents: Row → the row that it is to refer to.

    Returns:
        The refusal for each row that would be part of a circle.
    """
    if not parents:
        return {}
    above = _ancestors(session, entity, column, set(parents.values()))
    above.update(parents)
    return {
        key: InvalidInputError(
            f"{entity.__name__} {key} would be inside itself.",
            "Choose one that is not below it.",
        )
        for key in parents
        if _returns(above, key)
    }


def _ancestors(
    session: Session, entity: type[models.Base], column: str, keys: Iterable[int]
) -> dict[int, int | None]:
    row: Any = entity
    start = sa.select(row.id, getattr(row, column).label("above")).where(among(row.id, keys))
    tree = start.cte("tree", recursive=True)
    upper: Any = aliased(row)
    # UNION, not UNION ALL: ends also where a circle is stored.
    tree = tree.union(sa.select(upper.id, getattr(upper, column)).where(upper.id == tree.c.above))
    return {found.id: found.above for found in session.execute(sa.select(tree.c.id, tree.c.above))}


def _returns(above: Mapping[int, int | None], key: int) -> bool:
    seen: set[int] = set()
    step = above.get(key)
    while step is not None and step not in seen:
        if step == key:
            return True
        seen.add(step)
        step = above.get(step)
    return False
