"""Images: what is known of their samples, and forgotten."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Right, Viewer, require, select_visible, visible, visible_rows
from store.edits.filesets import Registered, register_fileset, register_filesets
from store.edits.history import begin_event, log_change
from store.models.among import among

__all__ = [
    "Registered",
    "forget_statistics",
    "register_fileset",
    "register_filesets",
    "store_statistics",
]


def store_statistics(
    session: Session,
    pixels_id: int,
    found: Sequence[Mapping[str, Any] | None],
    level: int,
) -> int:
    """Keep what the samples of each channel are like; for the program itself.

    What was computed from a finer level is never replaced by what comes from a coarser one.

    Args:
        session: Of the caller's transaction.
        pixels_id: Database id of the pixels.
        found: Of each channel in order of index, as `render.summary.Summary.to_json` writes it;
            none where unknown.
        level: Level that they were computed from; 0 is exact.

    Returns:
        How many channels were changed.
    """
    channel = models.Channel
    changed = 0
    for index, summary in enumerate(found):
        if summary is None or summary["low"] is None or summary["high"] is None:
            continue
        known = channel.statistics_level
        older = sa.and_(known == level, channel.statistics.is_(None))
        rows = session.execute(
            sa.update(channel)
            .where(
                channel.pixels_id == pixels_id,
                channel.index == index,
                sa.or_(known.is_(None), known > level, older),
            )
            .values(
                global_min=summary["low"],
                global_max=summary["high"],
                statistics_level=level,
                statistics={**summary, "level": level},
            )
            .returning(channel.id)
            .execution_options(synchronize_session=False)
        ).all()
        changed += len(rows)
    return changed


def forget_statistics(session: Session, viewer: Viewer, image_ids: Sequence[int]) -> int:
    """Have images measured anew, in one event; for those who may change them.

    Their minimum and maximum, and so their windows, stay until they are measured. Where nothing
    had been measured there is no event.

    Args:
        session: Of the caller's transaction.
        viewer: Who asks for it.
        image_ids: Database ids, each once.

    Returns:
        How many channels had been measured.

    Raises:
        NotFoundError: One is not there, or not visible.
        NotAllowedError: One is somebody else's and closed to the viewer.
    """
    images = visible_rows(session, viewer, models.Image, image_ids, change=True)
    require(session, viewer, Right.EDIT, images)
    levels = _measured(session, viewer, image_ids)
    if not levels:
        return 0
    event = begin_event(session, viewer, images[0].group_id)
    channel = models.Channel
    session.execute(
        sa.update(channel)
        .where(among(channel.id, levels))
        .values(
            statistics_level=None,
            statistics=None,
            update_event_id=event.id,
            version=channel.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    changes = {key: {"statistics_level": [level, None]} for key, level in levels.items()}
    log_change(session, event, channel, levels, "UPDATE", changes)
    return len(levels)


def _measured(session: Session, viewer: Viewer, image_ids: Sequence[int]) -> dict[int, int | None]:
    """Lock the channels of images of which something is known: their levels by id."""
    channel, pixels = models.Channel, models.Pixels
    rows = session.execute(
        select_visible(viewer, channel, channel.id, channel.statistics_level)
        .join(pixels, pixels.id == channel.pixels_id)
        .where(visible(viewer, pixels), among(pixels.image_id, image_ids))
        .where(sa.or_(channel.statistics_level.is_not(None), channel.statistics.is_not(None)))
        .order_by(channel.id)
        .with_for_update(of=channel, key_share=True)
    )
    return {key: level for key, level in rows}  # noqa: C416  (rows are no pairs to mypy)
