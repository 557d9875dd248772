"""Personal access tokens: made once, kept as hashes, and what their holders may do."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import audit, models
from store.access import Viewer, kind_of, require_writer, select_visible
from store.errors import InvalidInputError, NotAllowedError, NotFoundError
from store.models.among import among
from store.models.enums import Privilege, TokenScope
from store.queries.people import viewer_by_experimenter

PREFIX = "mgt_"
"""How tokens begin, so that scanners of code and logs know one."""
LONGEST_DAYS = 366
RENEWAL = dt.timedelta(hours=1)
"""How exactly the last use is kept: a request writes at most once in this time."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was made; nobody is shown its secret again."""

    id: int
    secret: str
    """256 random bits after the prefix."""


def create_token(
    session: Session,
    viewer: Viewer,
    name: str,
    scope: TokenScope,
    days: int,
    privileges: Iterable[Privilege] | None = None,
    *,
    now: dt.datetime | None = None,
) -> NewToken:
    """Make a token for the viewer's own account.

    Args:
        session: Of the caller's transaction.
        viewer: Whose; signed in as themselves, by something else than a token.
        name: What it is for.
        scope: What it is good for.
        days: It ends after so many, at most 366.
        privileges: Of an administrator's token, those that it has; all of the viewer's own if
            not given.
        now: The present, for tests.

    Raises:
        NotAllowedError: The viewer came with a token, is acted as, or lacks what the token is to have.
        InvalidInputError: Name or days cannot be used.
    """
    require_writer(viewer)
    _refuse_borrowed(viewer)
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > 255 or not cleaned.isprintable():
        raise InvalidInputError(
            "This name cannot be used for a token.", "Say in 1 to 255 characters what it is for."
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInputError(
            f"A token cannot be good for {days} days.", f"Choose 1 to {LONGEST_DAYS}."
        )
    granted = _granted(viewer, scope, privileges)
    secret = PREFIX + secrets.token_urlsafe(32)
    moment = now or dt.datetime.now(dt.UTC)
    row = models.AccessToken(
        secret_hash=hashed(secret),
        experimenter_id=viewer.experimenter_id,
        name=cleaned,
        scope=scope.value,
        privileges=granted,
        created=moment,
        expires=moment + dt.timedelta(days=days),
    )
    session.add(row)
    session.flush()
    after = {"name": cleaned, "scope": scope.value, "privileges": granted, "expires": row.expires}
    subject = f"AccessToken:{row.id}"
    audit.record(session, viewer, "create access token", subject, None, after)
    return NewToken(row.id, secret)


def _granted(
    viewer: Viewer, scope: TokenScope, privileges: Iterable[Privilege] | None
) -> str | None:
    if scope is not TokenScope.ADMINISTER:
        if privileges:
            raise InvalidInputError(
                f"A token to {scope} has no privileges.", "Leave them out, or choose administer."
            )
        return None
    if not viewer.administrator:
        raise NotAllowedError(
            "Only administrators make tokens to administer.", "Choose the scope write."
        )
    own = {one for one in Privilege if viewer.has(one)}
    wanted = own if privileges is None else set(privileges)
    lacking = sorted(wanted - own)
    if lacking:
        raise NotAllowedError(
            f"You lack the privilege {lacking[0]}, so no token of yours can have it.",
            "Leave it out.",
        )
    return " ".join(sorted(wanted))


def _refuse_borrowed(viewer: Viewer) -> None:
    if viewer.by_token or viewer.acted_by is not None:
        raise NotAllowedError(
            "Neither a token nor who acts as somebody else makes tokens.",
            "Sign in with your name and password.",
        )


def viewer_of_token(
    session: Session, secret: str, *, now: dt.datetime | None = None
) -> Viewer | None:
    """Find who holds a token, with what it is good for; three statements, writes nothing.

    The rights of the account are looked up each time: a token never has more than these.

    Returns:
        The viewer; none if the token is unknown, revoked or over, or the account inactive.
    """
    row = models.AccessToken
    moment = now or dt.datetime.now(dt.UTC)
    # Looked up by hash: how long the comparison takes tells nothing about the secret.
    found = session.execute(
        sa.select(row.experimenter_id, row.scope, row.privileges).where(
            row.secret_hash == hashed(secret), row.expires > moment
        )
    ).one_or_none()
    if found is None:
        return None
    try:
        viewer = viewer_by_experimenter(session, found.experimenter_id)
    except NotFoundError:
        return None
    return narrowed(viewer, TokenScope(found.scope), (found.privileges or "").split())


def narrowed(viewer: Viewer, scope: TokenScope, privileges: Collection[str]) -> Viewer:
    """Take from a viewer what a token is not good for; nothing is ever added.

    Args:
        viewer: With all rights of the account.
        scope: Of the token.
        privileges: Of a token to administer, those that it has.
    """
    if scope is TokenScope.ADMINISTER:
        lacking = {one for one in Privilege if one.value not in privileges}
        return replace(viewer, withheld=viewer.withheld | lacking, by_token=True)
    return replace(viewer, administrator=False, read_only=scope is TokenScope.READ, by_token=True)


def note_use(session: Session, secret: str, *, now: dt.datetime | None = None) -> bool:
    """Note that a token is in use, at most once an hour.

    Returns:
        Whether something was written.
    """
    row = models.AccessToken
    moment = now or dt.datetime.now(dt.UTC)
    unused = sa.or_(row.last_used.is_(None), row.last_used < moment - RENEWAL)
    statement = (
        sa.update(row)
        .where(row.secret_hash == hashed(secret), row.expires > moment, unused)
        .values(last_used=moment)
        .returning(row.id)
    )
    return session.execute(statement).first() is not None


def revoke_tokens(session: Session, viewer: Viewer, ids: Iterable[int]) -> None:
    """End tokens: from the next request on they are good for nothing.

    For those whose they are, and administrators with the privilege ModifyUser. All or none.

    Raises:
        NotFoundError: One of them does not exist, or is not the viewer's to see.
    """
    end_visible(session, viewer, models.AccessToken, ids, "revoke access token")


def end_visible(
    session: Session,
    viewer: Viewer,
    entity: type[models.AccessToken | models.SignInSession],
    ids: Iterable[int],
    action: str,
) -> None:
    """End what somebody is signed in by, each with a line in the audit log: all or none.

    For those who see it: whose it is, and administrators with a privilege.

    Args:
        session: Of the caller's transaction.
        viewer: Who ends it.
        entity: Tokens or sessions.
        ids: Which.
        action: What the audit log calls it.

    Raises:
        NotFoundError: One of them does not exist, or is not the viewer's to see.
    """
    require_writer(viewer)
    wanted = set(ids)
    mine = select_visible(viewer, entity, entity.id, entity.experimenter_id)
    found = {
        row.id: row.experimenter_id for row in session.execute(mine.where(among(entity.id, wanted)))
    }
    if wanted - found.keys():
        raise NotFoundError(kind_of(entity), min(wanted - found.keys()))
    session.execute(sa.delete(entity).where(among(entity.id, wanted)))
    for key in sorted(wanted):
        before = {"experimenter": f"Experimenter:{found[key]}"}
        audit.record(session, viewer, action, f"{entity.__name__}:{key}", before)


def revoke_tokens_of(session: Session, experimenter_id: int) -> None:
    """End all tokens of a person."""
    row = models.AccessToken
    session.execute(sa.delete(row).where(row.experimenter_id == experimenter_id))


def hashed(secret: str) -> str:
    """Return the SHA-256 of a secret, which is all that is kept of it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
