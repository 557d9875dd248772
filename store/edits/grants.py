"""Grants: rights to things and all below them, for people and groups outside their group."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import audit, models
from store.access import Viewer, group_permissions, require_writer, select_visible
from store.edits.shareable import Ref, shareable
from store.errors import InvalidInputError, NotAllowedError, NotFoundError
from store.models.among import among
from store.models.enums import GrantLevel, GroupPermissions, Privilege
from store.models.sharing import PUBLIC
from store.scopes import KINDS

MOST = 1_000
"""Grants that are given at once."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is granted something: people, groups, and everybody."""

    people: Collection[int] = ()
    groups: Collection[int] = ()
    public: bool = False

    def names(self) -> dict[str, tuple[int | None, int | None]]:
        """Name each of them, with the id of the person or of the group."""
        found: dict[str, tuple[int | None, int | None]] = {}
        found |= {f"Experimenter:{key}": (key, None) for key in sorted(set(self.people))}
        found |= {f"ExperimenterGroup:{key}": (None, key) for key in sorted(set(self.groups))}
        return found | ({PUBLIC: (None, None)} if self.public else {})


def grant_access(
    session: Session,
    viewer: Viewer,
    targets: Sequence[Ref],
    audience: Audience,
    level: GrantLevel = GrantLevel.VIEW,
    expires: dt.datetime | None = None,
    *,
    now: dt.datetime | None = None,
) -> list[int]:
    """Let people, groups or everybody see, annotate or change things and all below them.

    What somebody had of a thing is replaced: there is one grant for each thing and audience.

    Args:
        session: Of the caller's transaction.
        viewer: Who may share all of it: see `store.edits.shareable`.
        targets: Projects, datasets, screens, plates and images.
        audience: Who gets it.
        level: What they get; everybody is never granted more than to see.
        expires: When it ends; it lasts until it is revoked if not given.
        now: The present, for tests.

    Returns:
        Database ids of the grants, in order of targets, then of people, groups, everybody.

    Raises:
        InvalidInputError: Nothing or nobody is named, or the time has passed.
        NotFoundError: A thing, person or group does not exist for the viewer.
        NotAllowedError: Not the viewer's to share.
    """
    require_writer(viewer)
    moment = now or dt.datetime.now(dt.UTC)
    names = audience.names()
    _check(session, viewer, targets, audience, names)
    check_end(expires, moment)
    if audience.public and level is not GrantLevel.VIEW:
        raise InvalidInputError(
            f"Everybody cannot be let {level}.", "Grant everybody to view, and people the rest."
        )
    found = shareable(session, viewer, targets)
    _check_level(session, level, found)
    return [
        _written(session, viewer, target, name, ids, level, expires, moment)
        for target in dict.fromkeys(targets)
        for name, ids in names.items()
    ]


def revoke_access(session: Session, viewer: Viewer, ids: Iterable[int]) -> int:
    """Take back grants: from the next request on they give nothing. All or none.

    For who gave them, owners of the things, leaders of their groups, and administrators with the
    privilege WriteOwned. People give back what they were granted themselves.

    Returns:
        How many.

    Raises:
        NotFoundError: One of them does not exist for the viewer.
        NotAllowedError: One of them is not the viewer's to take back.
    """
    require_writer(viewer)
    row, wanted = models.AccessGrant, set(ids)
    rows = session.scalars(
        select_visible(viewer, row).where(among(row.id, wanted)).order_by(row.id)
    ).all()
    missing = wanted - {one.id for one in rows}
    if missing:
        raise NotFoundError("grant", min(missing))
    for one in rows:
        mine = viewer.experimenter_id in (one.grantor_id, one.experimenter_id)
        if not mine:
            require_keeper(session, viewer, one.target_kind, one.target_id)
        audit.record(
            session, viewer.experimenter_id, "revoke access", _subject(one), _told(one), None
        )
    session.execute(sa.delete(row).where(among(row.id, wanted)))
    session.expire_all()
    return len(rows)


def require_keeper(session: Session, viewer: Viewer, kind: str, key: int) -> None:
    """Refuse unless somebody looks after who is shown a thing: also where they may not share it.

    Raises:
        NotAllowedError: Neither owner, nor leader, nor administrator with the privilege.
    """
    entity: Any = getattr(models, kind)
    row = session.execute(
        sa.select(entity.owner_id, entity.group_id).where(entity.id == key)
    ).one_or_none()
    own = row is not None and row.owner_id == viewer.experimenter_id
    leads = row is not None and row.group_id in viewer.leads
    if not (own or leads or viewer.has(Privilege.WRITE_OWNED)):
        raise NotAllowedError(
            "This was shared by somebody else.", "Ask them, or a leader of the group."
        )


def check_end(expires: dt.datetime | None, now: dt.datetime) -> None:
    """Refuse times that have passed.

    Raises:
        InvalidInputError: It has no time zone, or is over.
    """
    if expires is None:
        return
    if expires.tzinfo is None:
        raise InvalidInputError(
            f"The time {expires.isoformat()} has no time zone.", "Add Z, or +01:00."
        )
    if expires <= now:
        raise InvalidInputError(
            f"The time {expires.isoformat()} has passed.", "Choose one that is to come."
        )


def _check(
    session: Session,
    viewer: Viewer,
    targets: Sequence[Ref],
    audience: Audience,
    names: Collection[str],
) -> None:
    if not targets:
        raise InvalidInputError("Nothing is named.", f"Name one of {', '.join(KINDS)}.")
    if not names:
        raise InvalidInputError("Nobody is named.", "Name people or groups, or choose everybody.")
    if len(targets) * len(names) > MOST:
        raise InvalidInputError(
            f"These are {len(targets) * len(names):,} grants.", f"Give at most {MOST:,} at once."
        )
    for entity, keys in (
        (models.Experimenter, audience.people),
        (models.ExperimenterGroup, audience.groups),
    ):
        row: Any = entity
        known = session.scalars(select_visible(viewer, row, row.id).where(among(row.id, keys)))
        missing = set(keys) - set(known)
        if missing:
            what = "user" if entity is models.Experimenter else "group"
            raise NotFoundError(what, min(missing))


def _check_level(session: Session, level: GrantLevel, found: dict[Ref, Any]) -> None:
    if level is not GrantLevel.ANNOTATE:
        return
    levels = group_permissions(session, {row.group_id for row in found.values()})
    if GroupPermissions.PRIVATE in levels.values():
        raise NotAllowedError(
            "In a private group only owners annotate: they would not see others' annotations.",
            "Grant to view or to edit, or have the level of the group changed.",
        )


def _written(
    session: Session,
    viewer: Viewer,
    target: Ref,
    name: str,
    ids: tuple[int | None, int | None],
    level: GrantLevel,
    expires: dt.datetime | None,
    now: dt.datetime,
) -> int:
    grant = models.AccessGrant
    row = session.scalars(
        sa.select(grant)
        .where(grant.target_kind == target[0], grant.target_id == target[1], grant.audience == name)
        .with_for_update()
    ).one_or_none()
    before = None if row is None else _told(row)
    if row is None:
        row = grant(
            target_kind=target[0],
            target_id=target[1],
            audience=name,
            experimenter_id=ids[0],
            group_id=ids[1],
        )
        session.add(row)
    row.level, row.expires = level.value, expires
    row.grantor_id, row.created = viewer.experimenter_id, now
    session.flush()
    audit.record(session, viewer.experimenter_id, "grant access", _subject(row), before, _told(row))
    return row.id


def _subject(row: models.AccessGrant) -> str:
    return f"{row.target_kind}:{row.target_id}"


def _told(row: models.AccessGrant) -> dict[str, Any]:
    return {"audience": row.audience, "level": row.level, "expires": row.expires}
