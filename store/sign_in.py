"""Signing in: from a password or a one-time token to a session, and from its secret to a viewer."""

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import audit, models, share_links, tokens
from store.access import Viewer
from store.acting import acting_as
from store.database import PLANNED_ONCE
from store.errors import NotFoundError
from store.passwords import password_matches
from store.queries.people import viewer_by_experimenter

OPENID = "openid"
"""The way of those who signed in at an OpenID provider."""
IDLE = dt.timedelta(days=7)
"""A session that nobody uses ends after this."""
LIFETIME = dt.timedelta(days=30)
"""A session ends after this, used or not, unless another time is asked for."""
RENEWAL = dt.timedelta(hours=1)
"""How exactly the last use is kept: a request writes at most once in this time, or in an eighth
of the time after which an unused session ends."""


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


def has_password(session: Session, user_name: str) -> bool:
    """Tell whether an account of this name has a password, so that no directory opens it."""
    person = models.Experimenter
    if "\0" in user_name or not user_name.isprintable():
        return False
    named = person.user_name == user_name
    return bool(
        session.scalar(sa.select(sa.exists().where(named, person.password_hash.is_not(None))))
    )


def open_session(
    session: Session,
    experimenter_id: int,
    *,
    way: str | None = None,
    address: str | None = None,
    elsewhere: str | None = None,
    lifetime_s: float = LIFETIME.total_seconds(),
    now: dt.datetime | None = None,
) -> str:
    """Begin a session and return its secret: 256 random bits, of which only a hash is kept.

    Args:
        session: Of the caller's transaction.
        experimenter_id: Whose session; the caller has made sure that it is this person.
        way: How they signed in.
        address: From which network address.
        elsewhere: Which session of an OpenID provider it came from, as `session_elsewhere` says.
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
            secret_hash=secret_hash(secret),
            experimenter_id=experimenter_id,
            started=moment,
            last_used=moment,
            expires=moment + dt.timedelta(seconds=lifetime_s),
            way=way,
            address=address[:64] if address else None,
            elsewhere=elsewhere,
        )
    )
    session.flush()
    return secret


def viewer_of_session(
    session: Session, secret: str, *, idle: dt.timedelta = IDLE, now: dt.datetime | None = None
) -> Viewer | None:
    """Find who holds a session's secret; three statements, writes nothing.

    The rights are looked up each time: who leaves a group or is deactivated loses them at once.

    Of an administrator who acts as somebody else it is that person's viewer, which takes two
    statements more, and names the administrator.

    Tokens are secrets, too: `store.tokens` says who holds them.

    Returns:
        The viewer; none if the secret is unknown, the session is over, or the account inactive.
    """
    if secret.startswith(tokens.PREFIX):
        return tokens.viewer_of_token(session, secret, now=now)
    row = models.SignInSession
    moment = now or dt.datetime.now(dt.UTC)
    # Looked up by hash: how long the comparison takes tells nothing about the secret.
    found = session.execute(
        sa.select(row.experimenter_id, row.acting_as_id).where(
            row.secret_hash == secret_hash(secret),
            row.expires > moment,
            row.last_used > moment - idle,
        ),
        execution_options=PLANNED_ONCE,
    ).one_or_none()
    if found is None:
        return None
    try:
        viewer = viewer_by_experimenter(session, found.experimenter_id)
        if found.acting_as_id is None:
            return viewer
        # Who may not act any more is signed out: as themselves they would change what they see
        # as somebody else's.
        return acting_as(viewer, viewer_by_experimenter(session, found.acting_as_id))
    except NotFoundError:
        return None


def viewer_of_secrets(
    session: Session,
    secrets_: str,
    *,
    idle: dt.timedelta = IDLE,
    now: dt.datetime | None = None,
) -> Viewer | None:
    """Find who holds one secret, or one of a session and, after a space, one of a visit by a link.

    Who is signed in sees what the link shows besides, and changes none of it by that.

    Returns:
        The viewer; none if none of the secrets is good.
    """
    first, _, visit = secrets_.partition(" ")
    if first.startswith(share_links.SECRETS):
        return share_links.viewer_of_link(session, first, now=now)
    viewer = viewer_of_session(session, first, idle=idle, now=now)
    link = share_links.viewer_of_link(session, visit, now=now) if visit else None
    if viewer is None or link is None:
        return viewer or link
    return replace(viewer, shown=viewer.shown | link.shown, link_id=link.link_id)


def renew_session(
    session: Session, secret: str, *, idle: dt.timedelta = IDLE, now: dt.datetime | None = None
) -> bool:
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
            row.secret_hash == secret_hash(secret),
            row.expires > moment,
            row.last_used > moment - idle,
            row.last_used < moment - min(RENEWAL, idle / 8),
        )
        .values(last_used=moment)
        .returning(row.id)
    )
    return session.execute(statement).first() is not None


def close_session(session: Session, secret: str) -> None:
    """End a session; a secret that is unknown or has expired is no error."""
    row = models.SignInSession
    session.execute(sa.delete(row).where(row.secret_hash == secret_hash(secret)))


def close_sessions_of(session: Session, experimenter_id: int) -> None:
    """End all sessions of a person: after a new password, or when the account is closed."""
    row = models.SignInSession
    session.execute(sa.delete(row).where(row.experimenter_id == experimenter_id))


def session_elsewhere(issuer: str, name: str) -> str:
    """Name a session of an OpenID provider, so that those of two providers are never alike."""
    return secret_hash(f"{issuer}\n{name}")


def close_sessions_from(
    session: Session, issuer: str, subject: str, name: str, before: dt.datetime
) -> int:
    """End sessions that came from an OpenID provider, when somebody signs out there.

    Each has a line in the audit log.

    Args:
        session: Of the caller's transaction.
        issuer: The provider.
        subject: Whom it means; whoever was in the session if empty.
        name: Which session of the provider; all of the person if empty. Of a person, sessions
            whose provider did not say which they came from end with any.
        before: Only what began no later: who signs in again meanwhile stays signed in.

    Returns:
        How many were ended.
    """
    row, identity = models.SignInSession, models.ExternalIdentity
    conditions = [row.way == OPENID, row.started <= before]
    if name:
        same = row.elsewhere == session_elsewhere(issuer, name)
        conditions.append(sa.or_(same, row.elsewhere.is_(None)) if subject else same)
    if subject:
        person = sa.select(identity.experimenter_id).where(
            identity.issuer == issuer, identity.subject == subject
        )
        conditions.append(row.experimenter_id.in_(person))
    if not (name or subject):
        return 0
    gone = session.execute(
        sa.delete(row).where(*conditions).returning(row.id, row.experimenter_id)
    ).all()
    for one in sorted(gone):
        was = {"experimenter": f"Experimenter:{one.experimenter_id}"}
        audit.record(session, None, "sign out elsewhere", f"SignInSession:{one.id}", was)
    return len(gone)


def end_sessions(session: Session, viewer: Viewer, ids: Iterable[int]) -> None:
    """End sign-ins: from the next request on nobody is signed in there.

    For those whose they are, and administrators with the privilege ReadSession. All or none.

    Raises:
        NotFoundError: One of them does not exist, or is not the viewer's to see.
    """
    tokens.end_visible(session, viewer, models.SignInSession, ids, "end session")


def forget_ended_sessions(
    session: Session, *, idle: dt.timedelta = IDLE, now: dt.datetime | None = None
) -> int:
    """Remove what is left of sessions that are over; returns how many."""
    row = models.SignInSession
    moment = now or dt.datetime.now(dt.UTC)
    over = sa.or_(row.expires <= moment, row.last_used <= moment - idle)
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


secret_hash = tokens.hashed
"""The SHA-256 of a secret, which is all that is kept of it."""
