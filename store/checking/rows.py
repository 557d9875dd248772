"""Rows that contradict other rows."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from store import models
from store.checking.findings import Finding, Kind
from store.edits import quotas
from store.edits.counters import miscounted
from store.edits.graph_rules import FILE_USES, PARTS
from store.edits.relations import RELATIONS
from store.models.enums import JobStatus

STUCK_AFTER = dt.timedelta(days=2)
"""How long ago work was asked for that should have ended."""


def contradictions(session: Session) -> Iterator[Finding]:
    """Find rows that contradict others, a statement or two for each sort and table.

    For administrators: it looks at everybody's rows.
    """
    yield from _links(session)
    yield from _parts(session)
    yield from _whole(session)
    yield from _counters(session)
    yield from _usage(session)
    yield from _jobs(session)


def _links(session: Session) -> Iterator[Finding]:
    seen: set[tuple[Any, ...]] = set()
    for one in RELATIONS:
        fixed = {key: value for key, value in one.fixed.items() if key.endswith("_type")}
        identity = (one.parent, one.child, one.link, one.near, one.far, *fixed.items())
        if one.link is None or identity in seen:
            continue
        seen.add(identity)
        yield from _ends(session, one, fixed)


def _ends(session: Session, one: Any, fixed: dict[str, Any]) -> Iterator[Finding]:
    """Look at both ends of all links that live."""
    link: Any = one.link
    parent: Any = aliased(one.parent)
    child: Any = aliased(one.child)
    number: Any = link.id
    near, far = getattr(link, one.near), getattr(link, one.far)
    if not issubclass(link, models.Owned):
        return
    owned = issubclass(one.parent, models.Owned) and issubclass(one.child, models.Owned)
    gone, dead, apart = parent.id.is_(None) | child.id.is_(None), sa.false(), sa.false()
    if owned:
        dead = parent.deleted_event_id.is_not(None) | child.deleted_event_id.is_not(None)
        apart = (parent.group_id != child.group_id) | (link.group_id != parent.group_id)
    kinds = sa.case(
        (gone, Kind.DANGLING_LINK), (dead, Kind.LIVING_LINK), else_=Kind.CROSS_GROUP_LINK
    )
    statement = (
        sa.select(number, near.label("near"), far.label("far"), kinds.label("kind"))
        .join(parent, parent.id == near, isouter=True)
        .join(child, child.id == far, isouter=True)
        .where(link.deleted_event_id.is_(None), gone | dead | apart)
        .where(*(getattr(link, name) == value for name, value in fixed.items()))
        .order_by(number)
    )
    for row in session.execute(statement):
        ends = f"{one.parent.__name__}:{row.near} and {one.child.__name__}:{row.far}"
        yield Finding(Kind(row.kind), f"{link.__name__}:{row.id}", f"it is between {ends}")


def _parts(session: Session) -> Iterator[Finding]:
    for rule in PARTS:
        part: Any = aliased(rule.part)
        whole: Any = aliased(rule.whole)
        dead = whole.deleted_event_id
        statement = (
            sa.select(part.id, whole.id.label("whole"), dead.label("dead"))
            .join(whole, whole.id == getattr(part, rule.column))
            .where(part.deleted_event_id.is_(None))
            .where(dead.is_not(None) | (whole.group_id != part.group_id))
            .order_by(part.id)
        )
        for row in session.execute(statement):
            kind = Kind.CROSS_GROUP_PART if row.dead is None else Kind.LIVING_PART
            text = f"it is part of {rule.whole.__name__}:{row.whole}"
            yield Finding(kind, f"{rule.part.__name__}:{row.id}", text, row.dead)


def _whole(session: Session) -> Iterator[Finding]:
    """Find rows that lack what makes them whole."""
    image, pixels, block = models.Image, models.Pixels, models.ChunkBlock
    fileset, entry, file = models.Fileset, models.FilesetEntry, models.OriginalFile
    for kind, entity, lacks in (
        (Kind.EMPTY_FILESET, fileset, [~_any(entry, entry.fileset_id == fileset.id)]),
        (Kind.FILESET_WITHOUT_IMAGES, fileset, [~_any(image, image.fileset_id == fileset.id),
                                                ~_recorded(fileset)]),
        (Kind.IMAGE_WITHOUT_PIXELS, image, [~_any(pixels, pixels.image_id == image.id)]),
        (Kind.UNUSED_FILE, file, [
            file.path != "",
            *(~_any(use.user, getattr(use.user, use.column) == file.id) for use in FILE_USES),
        ]),
    ):  # fmt: skip
        statement = sa.select(entity.id).where(entity.deleted_event_id.is_(None), *lacks)
        for key in session.scalars(statement.order_by(entity.id)):
            yield Finding(kind, f"{entity.__name__}:{key}", "nothing belongs to it")
    statement = (
        sa.select(pixels.id, pixels.image_id, pixels.storage)
        .where(pixels.deleted_event_id.is_(None))
        .where(~sa.exists().where(block.pixels_id == pixels.id))
        .order_by(pixels.id)
    )
    for row in session.execute(statement):
        if (row.storage or {}).get("reader") == "tiff":
            text = f"the tiles of Image:{row.image_id} cannot be read; import its files again"
            yield Finding(Kind.PIXELS_WITHOUT_INDEX, f"Pixels:{row.id}", text)


def _any(entity: Any, condition: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(condition, entity.deleted_event_id.is_(None))


def _recorded(fileset: Any) -> sa.ColumnElement[bool]:
    """Whether it is of a document that describes no images."""
    is_document: sa.ColumnElement[bool] = fileset.format == "OME-XML"
    return is_document


def _counters(session: Session) -> Iterator[Finding]:
    for (parent, child), keys in miscounted(session).items():
        for key in sorted({one.parent_id for one in keys}):
            text = f"its counter of {child}s is wrong"
            yield Finding(Kind.COUNTER, f"{parent}:{key}", text)


def _usage(session: Session) -> Iterator[Finding]:
    for (owner, group), step in quotas.miscounted(session).items():
        text = (
            f"it has {step.images:+,} images and {step.bytes:+,} bytes"
            f" in ExperimenterGroup:{group} beyond what is counted"
        )
        yield Finding(Kind.USAGE, f"Experimenter:{owner}", text)


def _jobs(session: Session) -> Iterator[Finding]:
    job = models.Job
    statement = (
        sa.select(job.id, job.kind, job.submitted)
        .where(job.status.in_([JobStatus.SUBMITTED, JobStatus.RUNNING]), job.finished.is_(None))
        .where(job.submitted < dt.datetime.now(dt.UTC) - STUCK_AFTER)
        .where(job.deleted_event_id.is_(None))
        .order_by(job.id)
    )
    for row in session.execute(statement):
        text = f"the {row.kind} of {row.submitted:%Y-%m-%d} has not ended"
        yield Finding(Kind.STUCK_JOB, f"Job:{row.id}", text)


def ids_of(findings: Iterable[Finding]) -> dict[str, list[tuple[int, Finding]]]:
    """Sort findings about rows by class."""
    found: dict[str, list[tuple[int, Finding]]] = {}
    for one in findings:
        kind, _, key = one.subject.partition(":")
        if key.isdigit():
            found.setdefault(kind, []).append((int(key), one))
    return found
