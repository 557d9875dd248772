"""Signing in: from a password or a one-time token to a session, and from its secret to a viewer."""

import datetime as dt
import secrets
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models, share_links, tokens
from store.access import Viewer
from store.errors import NotFoundError
from store.passwords import password_matches
from store.queries.people import viewer_by_experimenter

IDLE = dt.timedelta(days=7)
"""A session that nobody uses ends after this."""
LIFETIME = dt.timedelta(days=30)
"""A session ends after this, used or not, unless another time is asked for."""
RENEWAL = dt.timedelta(hours=1)
"""How exactly the last use is kept: a request writes at most once in this time."""


def verify_password(session: Session, user_name: str, password: str) -> int | None:
    """Find the account that a name and password open.

    Takes the same time, some 25 ms of CPU, whether the account exists, has a password, or is
    active; so call it with `Database.reading`, never while holding the writer's turn.

    Returns:
        Database id of the experimenter; none if name or password are wrong, the account has no
        password, or it was deactivated. Which of these is not told.
    """
    person = models.Experimenter
    row = None
    if "\0" not in user_name and user_name.isprintable():
        row = session.execute(
            sa.select(person.id, person.password_hash, person.active).where(
                person.user_name == user_name
            )
        ).one_or_none()
    matches = password_matches(row.password_hash if row else None, password)
    return row.id if row is not None and matches and row.active else None


def open_session(
    session: Session,
    experimenter_id: int,
    *,
    lifetime_s: float = LIFETIME.total_seconds(),
    now: dt.datetime | None = None,
) -> str:
    """Begin a session and return its secret: 256 random bits, of which only a hash is kept.

    Args:
        session: Of the caller's transaction.
        experimenter_id: Whose session; the caller has made sure that it is this person.
        lifetime_s: The session ends after so many seconds, used or not.
        now: The present, for tests.

    Raises:
        NotFoundError: No such account, or it was deactivated.
    """
    viewer_by_experimenter(session, experimenter_id)
    secret = secrets.token_urlsafe(32)
    moment = now or dt.datetime.now(dt.UTC)
    session.add(
        models.SignInSession(
            secret_hash=_hash(secret),
            experimenter_id=experimenter_id,
            started=moment,
            last_used=moment,
            expires=moment + dt.timedelta(seconds=lifetime_s),
        )
    )
    session.flush()
    return secret


def viewer_of_session(
    session: Session, secret: str, *, now: dt.datetime | None = None
) -> Viewer | None:
    """Find who holds a session's secret; three statements, writes nothing.

    The rights are looked up each time: who leaves a group or is deactivated loses them at once.

    Tokens are secrets, too: `store.tokens` says who holds them.

    Returns:
        The viewer; none if the secret is unknown, the session is over, or the account inactive.
    """
    if secret.startswith(tokens.PREFIX):
        return tokens.viewer_of_token(session, secret, now=now)
    row = models.SignInSession
    moment = now or dt.datetime.now(dt.UTC)
    # Looked up by hash: how long the comparison takes tells nothing about the secret.
    found = session.scalars(
        sa.select(row.experimenter_id).where(
            row.secret_hash == _hash(secret), row.expires > moment, row.last_used > moment - IDLE
        )
    ).one_or_none()
    if found is None:
        return None
    try:
        return viewer_by_experimenter(session, found)
    except NotFoundError:
        return None


def viewer_of_secrets(
    session: Session, secrets_: str, *, now: dt.datetime | None = None
) -> Viewer | None:
    """Find who holds one secret, or one of a session and, after a space, one of a visit by a link.

    Who is signed in sees what the link shows besides, and changes none of it by that.

    Returns:
        The viewer; none if none of the secrets is good.
    """
    first, _, visit = secrets_.partition(" ")
    if first.startswith(share_links.SECRETS):
        return share_links.viewer_of_link(session, first, now=now)
    viewer = viewer_of_session(session, first, now=now)
    link = share_links.viewer_of_link(session, visit, now=now) if visit else None
    if viewer is None or link is None:
        return viewer or link
    return replace(viewer, shown=viewer.shown | link.shown, link_id=link.link_id)


def renew_session(session: Session, secret: str, *, now: dt.datetime | None = None) -> bool:
    """Note that a session is in use, at most once an hour; never prolongs its whole life.

    Returns:
        Whether something was written.
    """
    if secret.startswith(tokens.PREFIX):
        return tokens.note_use(session, secret, now=now)
    if secret.startswith(share_links.SECRETS):
        return share_links.note_link_use(session, secret, now=now)
    row = models.SignInSession
    moment = now or dt.datetime.now(dt.UTC)
    statement = (
        sa.update(row)
        .where(
            row.secret_hash == _hash(secret),
            row.expires > moment,
            row.last_used > moment - IDLE,
            row.last_used < moment - RENEWAL,
        )
        .values(last_used=moment)
        .returning(row.id)
    )
    return session.execute(statement).first() is not None


def close_session(session: Session, secret: str) -> None:
    """End a session; a secret that is unknown or has expired is no error."""
    row = models.SignInSession
    session.execute(sa.delete(row).where(row.secret_hash == _hash(secret)))


def close_sessions_of(session: Session, experimenter_id: int) -> None:
    """End all sessions of a person: after a new password, or when the account is closed."""
    row = models.SignInSession
    session.execute(sa.delete(row).where(row.experimenter_id == experimenter_id))


def forget_ended_sessions(session: Session, *, now: dt.datetime | None = None) -> int:
    """Remove what is left of sessions that are over; returns how many."""
    row = models.SignInSession
    moment = now or dt.datetime.now(dt.UTC)
    over = sa.or_(row.expires <= moment, row.last_used <= moment - IDLE)
    return len(session.execute(sa.delete(row).where(over).returning(row.id)).all())


def administrator_has_password(session: Session) -> bool:
    """Tell whether some administrator can sign in with a password; one statement.

    Until then the server stays on this machine.
    """
    person = models.Experimenter
    return bool(
        session.scalar(
            sa.select(
                sa.exists().where(
                    person.administrator, person.active, person.password_hash.is_not(None)
                )
            )
        )
    )


_hash = tokens.hashed
