"""Share links: addresses that show one thing and all below it, to whoever has them, for reading.

The secret of a link is 256 random bits, of which only a hash is kept. Opening it begins a visit
with a secret of its own, which counts as one use. Who comes by a link is nobody: sees what it
shows, and changes nothing.
"""

import datetime as dt
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import audit, models
from store.access import Viewer, require_writer, select_visible
from store.errors import InvalidInputError, NotFoundError
from store.models.among import among
from store.queries.people import NOBODY, anonymous_viewer
from store.scopes import Scope
from store.tokens import hashed

PREFIX = "mgs_"
"""How secrets of links begin."""
VISIT_PREFIX = "mgv_"
"""How secrets of visits begin."""
SECRETS = (PREFIX, VISIT_PREFIX)
VISIT = dt.timedelta(days=1)
"""A visit ends after this, and with its link."""
NAME_LENGTH = 255
STATE_LENGTH = 4_000
MOST_USES = 1_000_000

_STATE = re.compile(r"[A-Za-z0-9._~!$'()*+,;=:@/?&%|\[\]-]*")


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was made; nobody is shown its secret again."""

    id: int
    secret: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that was opened."""

    secret: str
    """Of the visit."""
    target: tuple[str, int]
    """Kind and id of what it shows."""
    state: str | None
    """How it is shown at first."""
    seconds: int
    """How long the visit lasts."""


def write_link(
    session: Session,
    viewer: Viewer,
    target: tuple[str, int],
    *,
    name: str | None = None,
    state: str | None = None,
    expires: dt.datetime | None = None,
    max_uses: int | None = None,
    now: dt.datetime | None = None,
) -> NewLink:
    """Make a link to a thing; the caller has checked that the viewer may share it.

    Args:
        session: Of the caller's transaction.
        viewer: Who makes it.
        target: Kind and id of a project, dataset, screen, plate or image.
        name: What it is for.
        state: How the client shows it at first: the query of its address.
        expires: When it ends; checked by the caller.
        max_uses: How often it can be opened.
        now: The present, for tests.

    Raises:
        InvalidInputError: Name, state or number of uses cannot be used.
    """
    require_writer(viewer)
    if max_uses is not None and not 1 <= max_uses <= MOST_USES:
        raise InvalidInputError(
            f"A link cannot be opened {max_uses} times.", f"Choose 1 to {MOST_USES:,}."
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    row = models.ShareLink(
        secret_hash=hashed(secret),
        target_kind=target[0],
        target_id=target[1],
        name=_cleaned(name),
        state=_checked_state(state),
        creator_id=viewer.experimenter_id,
        created=now or dt.datetime.now(dt.UTC),
        expires=expires,
        max_uses=max_uses,
        uses=0,
    )
    session.add(row)
    session.flush()
    audit.record(
        session, viewer.experimenter_id, "create share link", _subject(row), None, _told(row)
    )
    return NewLink(row.id, secret)


def open_link(
    session: Session,
    secret: str,
    visit: str | None = None,
    *,
    now: dt.datetime | None = None,
) -> Opened | None:
    """Open a link: one use of it.

    Args:
        session: Of the caller's transaction.
        secret: Of the link.
        visit: Secret of a visit that the browser has already: by the same link, it goes on, and
            no use is counted.
        now: The present, for tests.

    Returns:
        The visit; none if the link is unknown, revoked, over or used up, or what it shows is gone.
        Which of these is not told.
    """
    moment = now or dt.datetime.now(dt.UTC)
    link = models.ShareLink
    again = _again(session, secret, visit, moment) if visit else None
    if again is not None:
        return again
    left = sa.or_(link.max_uses.is_(None), link.uses < link.max_uses)
    # One statement, so that two who come at once do not share the last use.
    row = session.execute(
        sa.update(link)
        .where(link.secret_hash == hashed(secret), _alive(moment), left)
        .values(uses=link.uses + 1, last_used=moment)
        .returning(link.id, link.target_kind, link.target_id, link.state, link.expires)
    ).one_or_none()
    if row is None or _group(session, row.target_kind, row.target_id) is None:
        return None
    end = min(moment + VISIT, row.expires or moment + VISIT)
    new = VISIT_PREFIX + secrets.token_urlsafe(32)
    over = sa.delete(models.ShareVisit).where(models.ShareVisit.expires <= moment)
    session.execute(over)
    session.add(
        models.ShareVisit(
            secret_hash=hashed(new), share_link_id=row.id, started=moment, expires=end
        )
    )
    session.flush()
    audit.record(session, None, "open share link", f"ShareLink:{row.id}")
    target = (row.target_kind, row.target_id)
    return Opened(new, target, row.state, max(1, int((end - moment).total_seconds())))


def _again(session: Session, secret: str, visit: str, now: dt.datetime) -> Opened | None:
    """Find a visit by a link that goes on."""
    link, row = models.ShareLink, models.ShareVisit
    found = session.execute(
        sa.select(link.target_kind, link.target_id, link.state, row.expires)
        .join(row, row.share_link_id == link.id)
        .where(link.secret_hash == hashed(secret), _alive(now))
        .where(row.secret_hash == hashed(visit), row.expires > now)
    ).one_or_none()
    if found is None or _group(session, found.target_kind, found.target_id) is None:
        return None
    left = max(1, int((found.expires - now).total_seconds()))
    return Opened(visit, (found.target_kind, found.target_id), found.state, left)


def viewer_of_link(
    session: Session, secret: str, *, now: dt.datetime | None = None
) -> Viewer | None:
    """Make the viewer of those who show the secret of a link or of a visit; writes nothing.

    The secret of a link that can be opened so many times only is no good by itself: it has to be
    opened.

    Returns:
        Nobody, who sees what the link shows and what is public; none if it shows nothing any more.
    """
    moment = now or dt.datetime.now(dt.UTC)
    link, visit = models.ShareLink, models.ShareVisit
    statement = sa.select(link.id, link.target_kind, link.target_id).where(_alive(moment))
    if secret.startswith(VISIT_PREFIX):
        statement = statement.join(visit, visit.share_link_id == link.id).where(
            visit.secret_hash == hashed(secret), visit.expires > moment
        )
    else:
        statement = statement.where(link.secret_hash == hashed(secret), link.max_uses.is_(None))
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    group = _group(session, row.target_kind, row.target_id)
    if group is None:
        return None
    shown = Scope.of([(row.target_kind, row.target_id)])
    public = anonymous_viewer(session)
    if public is not None:  # then nobody is told all names anyway
        return replace(public, by_token=True, shown=public.shown | shown, link_id=row.id)
    return Viewer(
        NOBODY,
        read_only=True,
        by_token=True,
        shown=shown,
        link_id=row.id,
        link_groups=frozenset({group}),
    )


def note_link_use(session: Session, secret: str, *, now: dt.datetime | None = None) -> bool:
    """Note that a link was used by a program that shows its secret; returns whether it was."""
    if not secret.startswith(PREFIX):
        return False
    moment = now or dt.datetime.now(dt.UTC)
    link = models.ShareLink
    statement = (
        sa.update(link)
        .where(link.secret_hash == hashed(secret), _alive(moment), link.max_uses.is_(None))
        .values(last_used=moment)
        .returning(link.id)
    )
    return session.execute(statement).first() is not None


def revoke_links(session: Session, viewer: Viewer, ids: Iterable[int]) -> list[models.ShareLink]:
    """End links and visits by them: from the next request on they show nothing. All or none.

    The caller has checked that each is the viewer's to end.

    Raises:
        NotFoundError: One of them does not exist for the viewer.
    """
    wanted = set(ids)
    rows = visible_links(session, viewer, wanted)
    session.execute(
        sa.delete(models.ShareVisit).where(among(models.ShareVisit.share_link_id, wanted))
    )
    session.execute(sa.delete(models.ShareLink).where(among(models.ShareLink.id, wanted)))
    for row in rows:
        audit.record(
            session, viewer.experimenter_id, "revoke share link", _subject(row), _told(row), None
        )
    return rows


def visible_links(session: Session, viewer: Viewer, ids: Iterable[int]) -> list[models.ShareLink]:
    """Load links; all or none.

    Raises:
        NotFoundError: One of them does not exist for the viewer.
    """
    wanted, row = set(ids), models.ShareLink
    rows = list(
        session.scalars(select_visible(viewer, row).where(among(row.id, wanted)).order_by(row.id))
    )
    missing = wanted - {one.id for one in rows}
    if missing:
        raise NotFoundError("share link", min(missing))
    return rows


def _alive(now: dt.datetime) -> sa.ColumnElement[bool]:
    link = models.ShareLink
    return sa.or_(link.expires.is_(None), link.expires > now)


def _group(session: Session, kind: str, key: int) -> int | None:
    """Return the group of what a link shows; none if it is deleted."""
    entity: Any = getattr(models, kind)
    found: int | None = session.scalar(
        sa.select(entity.group_id).where(entity.id == key, entity.deleted_event_id.is_(None))
    )
    return found


def _cleaned(name: str | None) -> str | None:
    cleaned = " ".join((name or "").split())
    if len(cleaned) > NAME_LENGTH or not cleaned.isprintable():
        raise InvalidInputError(
            "This name cannot be used for a link.", "Say in at most 255 characters what it is for."
        )
    return cleaned or None


def _checked_state(state: str | None) -> str | None:
    if not state:
        return None
    if len(state) > STATE_LENGTH or _STATE.fullmatch(state) is None:
        raise InvalidInputError(
            "This is not the query of an address.",
            f"Give what follows the question mark, at most {STATE_LENGTH:,} characters.",
        )
    return state


def _subject(row: models.ShareLink) -> str:
    return f"{row.target_kind}:{row.target_id}"


def _told(row: models.ShareLink) -> dict[str, Any]:
    return {
        "link": row.id,
        "name": row.name,
        "state": row.state,
        "expires": row.expires,
        "max_uses": row.max_uses,
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """What a link shows to who came by it."""

    target: tuple[str, int]
    state: str | None
    expires: dt.datetime | None


def shown_by(session: Session, link_id: int) -> Shown | None:
    """Say what a link shows to who came by it; none if it was revoked."""
    link = models.ShareLink
    row = session.execute(
        sa.select(link.target_kind, link.target_id, link.state, link.expires).where(
            link.id == link_id
        )
    ).one_or_none()
    return None if row is None else Shown((row.target_kind, row.target_id), row.state, row.expires)
