"""Counters of children, kept in the transaction that changes who is whose child."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store import models


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
        parent_type: "Project" or "Dataset".
        child_type: "Dataset" or "Image".
        children: One value for each link that begins or ends to count.
        step: +1 or -1.
    """
    # In order, so that two transactions never wait for each other's rows in a circle.
    totals = sorted(Counter(children).items())
    if not totals:
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
                "children": step * number,
            }
            for child, number in totals
        ],
    )


def recount(session: Session) -> int:
    """Compute all counters anew from the links, and return how many were wrong.

    For repair only: it reads every link.
    """
    wrong = 0
    for link, parent, child in (
        (models.ProjectDatasetLink, models.Project, models.Dataset),
        (models.DatasetImageLink, models.Dataset, models.Image),
    ):
        wrong += _recount_family(session, link, parent.__name__, child)
    return wrong


def _recount_family(session: Session, link: Any, parent_type: str, child: Any) -> int:
    count = models.ChildCount
    right = {
        Child(parent_id, group_id, owner_id): number
        for parent_id, group_id, owner_id, number in session.execute(
            sa.select(link.parent_id, child.group_id, child.owner_id, sa.func.count())
            .join(child, child.id == link.child_id)
            .where(link.deleted_event_id.is_(None), child.deleted_event_id.is_(None))
            .group_by(link.parent_id, child.group_id, child.owner_id)
        )
    }
    kept = {
        Child(parent_id, group_id, owner_id): number
        for parent_id, group_id, owner_id, number in session.execute(
            sa.select(count.parent_id, count.group_id, count.owner_id, count.children).where(
                count.parent_type == parent_type, count.child_type == child.__name__
            )
        )
    }
    wrong = {key for key in right.keys() | kept if right.get(key, 0) != kept.get(key, 0)}
    for key in sorted(wrong):
        step = right.get(key, 0) - kept.get(key, 0)
        count_children(session, parent_type, child.__name__, [key], step)
    return len(wrong)
