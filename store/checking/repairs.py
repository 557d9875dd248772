"""Putting right what can be put right without guessing; originals are moved aside, never deleted."""

import datetime as dt
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer
from store.checking.findings import Finding, Kind
from store.checking.indexes import rebuild
from store.edits import jobs, quotas
from store.edits.counters import recount
from store.edits.history import begin_event, log_change
from store.models.among import among
from store.models.enums import EventType, JobStatus

_TRASHED = frozenset(
    {Kind.CROSS_GROUP_LINK, Kind.LIVING_LINK, Kind.DANGLING_LINK, Kind.LIVING_PART}
)


def repair_rows(session: Session, viewer: Viewer, findings: Iterable[Finding]) -> int:
    """Put right what is wrong with rows, in one transaction; for administrators.

    Args:
        session: Of the caller's transaction.
        viewer: Who does it.
        findings: What was found; those that need something else are left.

    Returns:
        How many were put right.
    """
    done = 0
    indexes: set[str] = set()
    counters = usage = False
    trashed: defaultdict[tuple[str, int | None], set[int]] = defaultdict(set)
    for one in findings:
        kind, _, key = one.subject.partition(":")
        if one.kind in _TRASHED:
            trashed[kind, one.whole].add(int(key))
        elif one.kind is Kind.COUNTER:
            counters = True
        elif one.kind is Kind.USAGE:
            usage = True
        elif one.kind is Kind.SEARCH_INDEX:
            indexes.add(one.subject)
        elif one.kind is Kind.STUCK_JOB:
            text = "It had stopped; start it again."
            jobs.finish(session, int(key), JobStatus.ERROR, message=text)
        else:
            continue
        done += 1
    _trash(session, viewer, trashed)
    for index in sorted(indexes):
        rebuild(session.connection(), index)
    if counters or trashed:
        recount(session)
    if usage:
        quotas.recount(session)
    return done


def _trash(
    session: Session, viewer: Viewer, trashed: dict[tuple[str, int | None], set[int]]
) -> None:
    """Delete rows: parts with the event of what they are part of, links with one of their own."""
    if not trashed:
        return
    assert viewer.default_group_id is not None
    event = begin_event(session, viewer, viewer.default_group_id, EventType.INTERNAL)
    for (name, whole), keys in sorted(trashed.items(), key=str):
        entity: Any = getattr(models, name)
        session.execute(
            sa.update(entity)
            .where(among(entity.id, keys), entity.deleted_event_id.is_(None))
            .values(
                deleted_event_id=event.id if whole is None else whole,
                update_event_id=event.id,
                version=entity.version + 1,
            )
            .execution_options(synchronize_session=False)
        )
        log_change(session, event, entity, sorted(keys), "DELETE")


def repair_files(data: Path, findings: Iterable[Finding]) -> int:
    """Move strangers to `lost+found`, and delete what was never finished or can be made again.

    Args:
        data: The data folder.
        findings: What was found; those about rows are left.

    Returns:
        How many were put right; what is gone already does not count.

    Raises:
        OSError: A file cannot be moved.
    """
    done = 0
    for one in findings:
        path = Path(one.subject)
        if one.kind is Kind.STRANGER and os.path.lexists(path):
            _set_aside(data, path)
        elif one.kind is Kind.LEFTOVER and path.exists():
            path.unlink()
        elif one.kind is Kind.DERIVED and path.is_dir():
            shutil.rmtree(path)
        else:
            continue
        done += 1
    return done


def _set_aside(data: Path, path: Path) -> None:
    """Move a file below `lost+found`, with the folders that it was in; overwrite nothing."""
    target = data / "lost+found" / path.relative_to(data)
    if os.path.lexists(target):
        target = target.with_name(f"{target.name}.{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S%f}")
    target.parent.mkdir(parents=True, exist_ok=True)
    path.rename(target)
