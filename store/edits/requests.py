"""Changes that a client names with a key: done once, answered alike when asked for again."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.edits.text import clean_name
from store.errors import ConflictError, InvalidInputError

KEPT = dt.timedelta(days=7)
"""How long an outcome is kept."""
PURGED = 100
"""Outcomes that one request removes at most when they are older than that."""
KEY_LENGTH = 255


def once(
    session: Session,
    viewer: Viewer,
    key: str,
    request_hash: str,
    run: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """Do a change unless it was done under this key, and return its outcome; for everybody.

    A change that fails leaves no trace: its transaction is rolled back with the key, which can be
    used again. Of two requests at once the second waits for the first.

    Args:
        session: Of the transaction that the change is made in.
        viewer: Whose key it is; others may use the same.
        key: 1 to 255 characters, chosen by the client.
        request_hash: SHA-256 over the change and its arguments, hexadecimal.
        run: Does the change and returns its outcome, as JSON can hold it.

    Raises:
        InvalidInputError: The key is empty, too long or holds control characters.
        ConflictError: The key was used for another change.
    """
    key = _clean_key(key)
    now = dt.datetime.now(dt.UTC)
    _purge(session, viewer, key, now - KEPT)
    claimed = _claim(session, viewer, key, request_hash, now)
    if claimed is None:
        return _found(session, viewer, key, request_hash)
    outcome = run()
    request = models.IdempotentRequest
    session.execute(sa.update(request).where(request.id == claimed).values(outcome=outcome))
    return outcome


def _clean_key(key: str) -> str:
    cleaned = clean_name(key, "idempotency key")
    if len(cleaned) > KEY_LENGTH:
        raise InvalidInputError(
            f"The idempotency key is longer than {KEY_LENGTH} characters.", "Use a UUID."
        )
    return cleaned


def _purge(session: Session, viewer: Viewer, key: str, before: dt.datetime) -> None:
    request = models.IdempotentRequest
    oldest = sa.select(request.id).where(request.time < before).order_by(request.time).limit(PURGED)
    own = sa.and_(request.experimenter_id == viewer.experimenter_id, request.key == key)
    session.execute(
        sa.delete(request)
        .where(request.time < before, sa.or_(request.id.in_(oldest), own))
        .execution_options(synchronize_session=False)
    )


def _claim(
    session: Session, viewer: Viewer, key: str, request_hash: str, now: dt.datetime
) -> int | None:
    request = models.IdempotentRequest
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    claimed: int | None = session.scalars(
        dialect.insert(request)
        .values(
            experimenter_id=viewer.experimenter_id,
            key=key,
            request_hash=request_hash,
            outcome={},
            time=now,
        )
        .on_conflict_do_nothing(index_elements=["experimenter_id", "key"])
        .returning(request.id)
    ).one_or_none()
    return claimed


def _found(session: Session, viewer: Viewer, key: str, request_hash: str) -> dict[str, Any]:
    request = models.IdempotentRequest
    kept = session.execute(
        sa.select(request.request_hash, request.outcome).where(
            request.experimenter_id == viewer.experimenter_id, request.key == key
        )
    ).one()
    if kept.request_hash != request_hash:
        raise ConflictError(
            f"The idempotency key {key} was used for another change.",
            "Use a new key for each change, and the same only to repeat it.",
        )
    outcome: dict[str, Any] = kept.outcome
    return outcome
