"""The audit log: what was done about people, rights and sign-ins; each line seals those before.

A line holds the SHA-256 of itself and of the line before, so that whoever changes one, takes one
out or puts one in between breaks the chain. Lines are only ever added: the database refuses to
change them.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer

FIRST = "0" * 64
"""What stands in the place of the hash before the first line."""
READ_AT_ONCE = 5_000
_LOCK = 0x6D696372


def record(
    session: Session,
    actor: Viewer | int | None,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add a line, in the transaction of what it tells of.

    Args:
        session: Of the caller's transaction.
        actor: Who did it, or the id of their account; none where nobody was signed in.
        action: What, such as "create experimenter".
        subject: To what, such as "Experimenter:7".
        before: What was changed, as it was; never a secret.
        after: As it is now; never a secret.
    """
    if session.get_bind().dialect.name == "postgresql":
        # One line after the other; it is short, and nothing else waits for it.
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    entry = models.AuditEntry
    last = session.scalar(sa.select(entry.hash).order_by(entry.id.desc()).limit(1))
    row = entry(
        time=dt.datetime.now(dt.UTC),
        actor_id=actor.experimenter_id if isinstance(actor, Viewer) else actor,
        acted_by_id=actor.acted_by if isinstance(actor, Viewer) else None,
        action=action[:64],
        subject=subject[:255],
        details=orjson.dumps(
            {"before": before, "after": after}, option=orjson.OPT_SORT_KEYS, default=str
        ).decode(),
        hash="",
    )
    row.hash = _sealed(last or FIRST, row)
    session.add(row)
    session.flush()


def verify(session: Session) -> tuple[int, int | None]:
    """Check the whole chain.

    Returns:
        How many lines are good, and the id of the first that does not continue them, if any.
    """
    entry = models.AuditEntry
    good, before, after_id = 0, FIRST, 0
    while True:
        rows = session.scalars(
            sa.select(entry).where(entry.id > after_id).order_by(entry.id).limit(READ_AT_ONCE)
        ).all()
        if not rows:
            return good, None
        for row in rows:
            if row.hash != _sealed(before, row):
                return good, row.id
            good, before, after_id = good + 1, row.hash, row.id
        session.expunge_all()


def _sealed(before: str, row: models.AuditEntry) -> str:
    """Return the hash of a line: of all that it says, and of the line before."""
    said = [before, row.time.isoformat(), row.actor_id, row.action, row.subject, row.details]
    if row.acted_by_id is not None:  # lines of former times have none
        said.append(row.acted_by_id)
    return hashlib.sha256(orjson.dumps(said)).hexdigest()
