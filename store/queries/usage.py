"""How much people and groups have and may have, as far as a viewer may know."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.access import Viewer, select_visible
from store.models.among import among

type Subject = Literal["experimenter", "group"]


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of images, and bytes of original files."""

    images: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Most:
    """At most so much; None is any number."""

    images: int | None = None
    bytes: int | None = None


def usage_of(
    session: Session, viewer: Viewer, subject: Subject, ids: Iterable[int]
) -> Mapping[int, Amount]:
    """Add up what people have, or what is in groups; one statement.

    Counters of rows that the viewer sees: of others, what they have in groups that the viewer
    sees whole. Who has nothing is left out.
    """
    row = models.StorageUsage
    column: Any = row.owner_id if subject == "experimenter" else row.group_id
    found = session.execute(
        select_visible(viewer, row, column, sa.func.sum(row.images), sa.func.sum(row.bytes))
        .where(among(column, set(ids)))
        .group_by(column)
    )
    return {key: Amount(int(images), int(size)) for key, images, size in found}


def quotas_of(
    session: Session, viewer: Viewer, subject: Subject, ids: Iterable[int]
) -> Mapping[int, Most]:
    """Find how much people or groups may have; one statement. Who has no quota is left out."""
    row = models.Quota
    column: Any = row.experimenter_id if subject == "experimenter" else row.group_id
    found = session.execute(
        select_visible(viewer, row, column, row.images, row.bytes).where(among(column, set(ids)))
    )
    return {key: Most(images, size) for key, images, size in found}
