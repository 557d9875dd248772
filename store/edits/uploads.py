"""Files on their way in: begun, completed, given up; each person's are their own."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.edits.quotas import room_for
from store.errors import InvalidInputError, NotFoundError
from store.queries.usage import Amount

LONGEST_PATH = 4_096
LONGEST_BATCH = 64


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody is about to send."""

    path: str
    size: int
    batch: str = ""
    sha256: str | None = None
    modified: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one person may have on the way."""

    files: int
    size: int
    """Bytes of all of them."""
    lifetime: dt.timedelta


def begin_upload(session: Session, viewer: Viewer, wanted: Wanted, limits: Limits) -> models.Upload:
    """Write that somebody is about to send a file.

    Raises:
        InvalidInputError: The name cannot be kept, or too much is on the way.
        QuotaError: With what is on the way it is more than the viewer may have.
    """
    if not 1 <= len(wanted.path) <= LONGEST_PATH or len(wanted.batch) > LONGEST_BATCH:
        raise InvalidInputError(
            "The name of the file or of its batch is missing or too long.",
            f"Give a name of 1 to {LONGEST_PATH} characters, and {LONGEST_BATCH} for the batch.",
        )
    row, now = models.Upload, dt.datetime.now(dt.UTC)
    files, size = session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(row.size), 0)).where(
            row.experimenter_id == viewer.experimenter_id
        )
    ).one()
    if files >= limits.files or int(size) + wanted.size > limits.size:
        raise InvalidInputError(
            f"{files} files of {int(size)} bytes are on the way already.",
            f"Import or give up some: there may be {limits.files} of {limits.size} bytes.",
        )
    room_for(session, viewer.experimenter_id, None).require(Amount(0, int(size) + wanted.size))
    made = row(
        token=uuid.uuid4().hex,
        experimenter_id=viewer.experimenter_id,
        batch=wanted.batch,
        path=wanted.path,
        size=wanted.size,
        sha256=wanted.sha256,
        modified=wanted.modified,
        created=now,
        expires=now + limits.lifetime,
    )
    session.add(made)
    session.flush()
    return made


def upload_by_token(session: Session, viewer: Viewer, token: str) -> models.Upload:
    """Load one of the viewer's uploads.

    Raises:
        NotFoundError: There is none, or it is somebody else's.
    """
    row = models.Upload
    found = session.scalars(
        sa.select(row).where(row.token == token, row.experimenter_id == viewer.experimenter_id)
    ).one_or_none()
    if found is None:
        raise NotFoundError("upload", token[:32])
    return found


def uploads_of_batch(session: Session, viewer: Viewer, batch: str) -> Sequence[models.Upload]:
    """Load the viewer's uploads of one batch, in order of id."""
    row = models.Upload
    return session.scalars(
        sa.select(row)
        .where(row.experimenter_id == viewer.experimenter_id, row.batch == batch)
        .order_by(row.id)
    ).all()


def complete_upload(session: Session, token: str, sha256: str) -> None:
    """Write that all of a file has come; for the program itself."""
    session.execute(
        sa.update(models.Upload)
        .where(models.Upload.token == token)
        .values(completed=dt.datetime.now(dt.UTC), sha256=sha256)
    )


def forget_uploads(session: Session, tokens: Sequence[str]) -> None:
    """Remove uploads that were imported, given up or expired; for the program itself."""
    for token in tokens:
        session.execute(sa.delete(models.Upload).where(models.Upload.token == token))


def ended_uploads(session: Session) -> list[str]:
    """List the uploads whose time is over; for the program itself."""
    row = models.Upload
    return list(session.scalars(sa.select(row.token).where(row.expires < dt.datetime.now(dt.UTC))))


def space_awaited(session: Session) -> int:
    """Add up the bytes of everybody's uploads that are not complete; for the program itself."""
    row = models.Upload
    statement = sa.select(sa.func.coalesce(sa.func.sum(row.size), 0))
    return int(session.scalar(statement.where(row.completed.is_(None))) or 0)
