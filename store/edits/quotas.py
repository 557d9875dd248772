"""Quotas: how much people and groups may have, set by administrators and kept by imports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store import audit, models
from store.access import Viewer
from store.edits.people import require
from store.errors import InvalidInputError, NotFoundError, QuotaError
from store.models.enums import Privilege
from store.queries.usage import Amount, Most, Subject

LARGEST = 2**62


def set_quota(session: Session, viewer: Viewer, subject: Subject, key: int, most: Most) -> None:
    """Say how much a person, or all people in a group together, may have.

    For administrators with the privilege ModifyUser, or ModifyGroup for groups. What is there
    already stays, however much it is.

    Args:
        session: Of the caller's transaction.
        viewer: Who says so.
        subject: Whether the quota is a person's or a group's.
        key: Database id of the person or the group.
        most: From now on; without either number, anything.

    Raises:
        NotAllowedError: The viewer lacks the privilege.
        NotFoundError: No such person or group.
        InvalidInputError: A number is negative or too large.
    """
    person = subject == "experimenter"
    require(viewer, Privilege.MODIFY_USER if person else Privilege.MODIFY_GROUP, "set quotas")
    entity: Any = models.Experimenter if person else models.ExperimenterGroup
    if session.get(entity, key) is None:
        raise NotFoundError(subject, key)
    if any(
        number is not None and not 0 <= number <= LARGEST for number in (most.images, most.bytes)
    ):
        raise InvalidInputError("A quota is negative or too large.", f"Use 0 to {LARGEST}.")
    row = models.Quota
    mine: Any = row.experimenter_id if person else row.group_id
    kept = session.scalars(sa.select(row).where(mine == key)).one_or_none()
    before = None if kept is None else {"images": kept.images, "bytes": kept.bytes}
    if kept is None:
        kept = row(**{mine.key: key})
        session.add(kept)
    kept.images, kept.bytes = most.images, most.bytes
    session.flush()
    after = {"images": most.images, "bytes": most.bytes}
    audit.record(session, viewer, "set quota", f"{entity.__name__}:{key}", before, after)


@dataclass(frozen=True, slots=True)
class Limit:
    """One quota, and what there is of it."""

    whose: str
    most: Most
    has: Amount


@dataclass(frozen=True, slots=True)
class Room:
    """What a person may add in a group."""

    limits: tuple[Limit, ...]
    """Of the person and of the group; none where nothing is limited."""

    def require(self, more: Amount) -> None:
        """Refuse what does not fit.

        Raises:
            QuotaError: It is more than the person or the group may have.
        """
        for limit in self.limits:
            for noun in ("images", "bytes"):
                has, adds = getattr(limit.has, noun), getattr(more, noun)
                most = getattr(limit.most, noun)
                if most is not None and adds and has + adds > most:
                    raise QuotaError(
                        f"{limit.whose} {has:,} {noun} of at most {most:,}; {adds:,} more do not fit.",
                        "Empty the trash or remove what is not needed, or ask an administrator"
                        " for more.",
                    )


def room_for(session: Session, owner_id: int, group_id: int | None, *, lock: bool = False) -> Room:
    """Find out what a person may add in a group; one statement, and one for each quota.

    Args:
        session: For reading, or of the caller's transaction.
        owner_id: Whose it would be.
        group_id: Where it would be; not looked at if none is given.
        lock: Until the transaction ends, nobody else adds to what is limited, so that two at once
            never exceed it (PostgreSQL; SQLite has one writer).
    """
    row = models.Quota
    # In order, so that two transactions never wait for each other's rows in a circle.
    statement = (
        sa.select(row)
        .where(sa.or_(row.experimenter_id == owner_id, row.group_id == group_id))
        .order_by(row.id)
    )
    found = session.scalars(statement.with_for_update() if lock else statement).all()
    return Room(tuple(_limit(session, quota) for quota in found))


def _limit(session: Session, quota: models.Quota) -> Limit:
    usage = models.StorageUsage
    person = quota.experimenter_id is not None
    mine: Any = (
        usage.owner_id == quota.experimenter_id if person else usage.group_id == quota.group_id
    )
    images, size = session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(usage.images), 0),
            sa.func.coalesce(sa.func.sum(usage.bytes), 0),
        ).where(mine)
    ).one()
    whose = "You have" if person else "The group has"
    return Limit(whose, Most(quota.images, quota.bytes), Amount(int(images), int(size)))


def miscounted(session: Session) -> Mapping[tuple[int, int], Amount]:
    """Find the counters that are wrong, and by how much they are too small; reads every row.

    Returns:
        By owner and group.
    """
    image, file, usage = models.Image, models.OriginalFile, models.StorageUsage
    right: dict[tuple[int, int], list[int]] = {}
    for place, entity, number in (
        (0, image, sa.func.count()),
        (1, file, sa.func.sum(file.size)),
    ):
        keys: list[Any] = [entity.owner_id, entity.group_id]
        counted: Any = session.execute(sa.select(*keys, number).group_by(*keys))
        for owner, group, total in counted:
            right.setdefault((owner, group), [0, 0])[place] = int(total)
    for row in session.execute(
        sa.select(usage.owner_id, usage.group_id, usage.images, usage.bytes)
    ):
        known = right.setdefault((row.owner_id, row.group_id), [0, 0])
        known[0] -= row.images
        known[1] -= row.bytes
    return {key: Amount(*steps) for key, steps in sorted(right.items()) if any(steps)}


def recount(session: Session) -> int:
    """Put all counters right, and return how many were wrong; for repair only."""
    wrong = miscounted(session)
    usage = models.StorageUsage
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(usage)
    if wrong:
        session.execute(
            insert.on_conflict_do_update(
                index_elements=["owner_id", "group_id"],
                set_={
                    "images": usage.images + insert.excluded.images,
                    "bytes": usage.bytes + insert.excluded.bytes,
                },
            ),
            [
                {"owner_id": owner, "group_id": group, "images": step.images, "bytes": step.bytes}
                for (owner, group), step in wrong.items()
            ],
        )
    return len(wrong)
