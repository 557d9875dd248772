"""Counters of children, kept in the transaction that changes who is whose child."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store import models
from store.models.among import among


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of container whose children of one kind are counted."""

    parent: type[models.Base]
    child: type[models.Base]
    link: Any = None
    """The table of who is in what; none where the child's own column says so."""
    column: str = "parent_id"
    """Of the link or the child: the container."""


FAMILIES = (
    Family(models.Project, models.Dataset, models.ProjectDatasetLink),
    Family(models.Dataset, models.Image, models.DatasetImageLink),
    Family(models.Screen, models.Plate, models.ScreenPlateLink),
    Family(models.Plate, models.Well, column="plate_id"),
    Family(models.Folder, models.Folder),
    Family(models.Folder, models.Image, models.FolderImageLink),
    Family(models.Folder, models.ROI, models.FolderROILink),
)
"""Every relation of which a count is kept."""


class Child(NamedTuple):
    """One live child of one container, with whose it is."""

    parent_id: int
    group_id: int
    owner_id: int


def count_children(
    session: Session, parent_type: str, child_type: str, children: Iterable[Child], step: int
) -> None:
    """Add to the counters of containers; one statement.

    Args:
        session: Of the transaction that links, unlinks or deletes.
        parent_type: Class of the containers, such as "Dataset".
        child_type: Class of the children, such as "Image".
        children: One value for each link that begins or ends to count.
        step: +1 or -1.
    """
    totals = {child: step * number for child, number in Counter(children).items()}
    _add(session, parent_type, child_type, totals)


def _add(session: Session, parent_type: str, child_type: str, numbers: Mapping[Child, int]) -> None:
    """Add to the counters of containers, of each its own number; one statement."""
    if not numbers:
        return
    count = models.ChildCount
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(count)
    key = ["parent_type", "parent_id", "child_type", "group_id", "owner_id"]
    session.execute(
        insert.on_conflict_do_update(
            index_elements=key, set_={"children": count.children + insert.excluded.children}
        ),
        [
            {
                "parent_type": parent_type,
                "child_type": child_type,
                **child._asdict(),
                "children": number,
            }
            # In order, so that two transactions never wait for each other's rows in a circle.
            for child, number in sorted(numbers.items())
        ],
    )


def count_links(session: Session, link: Any, ids: Iterable[int], step: int) -> None:
    """Count live links to live children as they are now; two statements, or none.

    Args:
        session: Of the transaction that writes the links, after it or before it takes them back.
        link: A table of links; those that are not counted are left alone.
        ids: Which of its rows.
        step: +1 or -1.
    """
    for family in FAMILIES:
        if family.link is link:
            _count(session, family, link.id, ids, step)


def count_rows(session: Session, entity: Any, ids: Iterable[int], step: int) -> None:
    """Count live rows in the containers that their own columns name; two statements, or none.

    Args:
        session: Of the transaction that makes the rows, after it or before it takes them back.
        entity: Class of the rows; those that are not counted so are left alone.
        ids: Which rows.
        step: +1 or -1.
    """
    for family in FAMILIES:
        if family.link is None and family.child is entity:
            _count(session, family, entity.id, ids, step)


def recount(session: Session) -> int:
    """Compute all counters anew from the links, and return how many were wrong.

    For repair only: it reads every link.
    """
    return sum(_recount_family(session, family) for family in FAMILIES)


def _count(session: Session, family: Family, column: Any, ids: Iterable[int], step: int) -> None:
    keys = set(ids)
    if keys:
        found: Iterable[Any] = session.execute(_children(family).where(among(column, keys)))
        children = [Child(*row) for row in found]
        count_children(session, family.parent.__name__, family.child.__name__, children, step)


def _children(family: Family) -> Any:
    """Select container, group and owner of every child that counts."""
    child: Any = family.child
    if family.link is None:
        container = getattr(child, family.column)
        return sa.select(container, child.group_id, child.owner_id).where(
            container.is_not(None), child.deleted_event_id.is_(None)
        )
    link = family.link
    return (
        sa.select(getattr(link, family.column), child.group_id, child.owner_id)
        .join(child, child.id == link.child_id)
        .where(link.deleted_event_id.is_(None), child.deleted_event_id.is_(None))
    )


def _recount_family(session: Session, family: Family) -> int:
    wrong = _wrong(session, family)
    _add(session, family.parent.__name__, family.child.__name__, wrong)
    return len(wrong)


def miscounted(session: Session) -> dict[tuple[str, str], dict[Child, int]]:
    """Find the counters that are wrong, and by how much they are too small; reads every link."""
    found = {
        (family.parent.__name__, family.child.__name__): _wrong(session, family)
        for family in FAMILIES
    }
    return {names: wrong for names, wrong in found.items() if wrong}


def _wrong(session: Session, family: Family) -> dict[Child, int]:
    count = models.ChildCount
    names = (family.parent.__name__, family.child.__name__)
    counted = _children(family).subquery()
    keys: list[Any] = list(counted.columns)
    counts: Iterable[Any] = session.execute(sa.select(*keys, sa.func.count()).group_by(*keys))
    right = {Child(*row[:3]): row[3] for row in counts}
    kept = {
        Child(*row[:3]): row[3]
        for row in session.execute(
            sa.select(count.parent_id, count.group_id, count.owner_id, count.children).where(
                count.parent_type == names[0], count.child_type == names[1]
            )
        )
    }
    steps = {key: right.get(key, 0) - kept.get(key, 0) for key in right.keys() | kept}
    return {key: step for key, step in steps.items() if step}
