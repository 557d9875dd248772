"""The folders that files lie below: few rows, which say nothing about who may see what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from store import models
from store.models.files import FILE_SYSTEM

type Place = tuple[int, str]
"""Id of a root, and what follows its path."""


@dataclass(frozen=True, slots=True)
class Root:
    """A folder below which files lie."""

    id: int
    path: str
    """Absolute, without a slash at the end; empty for the root of the file system."""


def storage_roots(session: Session) -> list[Root]:
    """Load all roots, longer paths first; one statement."""
    root = models.StorageRoot
    found = [Root(*row) for row in session.execute(sa.select(root.id, root.path))]
    return sorted(found, key=lambda one: (-len(one.path), one.path))


def place_of(roots: Iterable[Root], path: str) -> Place:
    """Return the root that a file lies below, the innermost, and the rest of its path.

    Args:
        roots: As `storage_roots` gives them.
        path: Absolute; anything else is kept as it is.

    >>> place_of([Root(2, "/data"), Root(1, "")], "/data/a.tif")
    (2, '/a.tif')
    >>> place_of([Root(2, "/data"), Root(1, "")], "/database/a.tif")
    (1, '/database/a.tif')
    """
    for root in roots:
        if path.startswith(f"{root.path}/"):
            return root.id, path[len(root.path) :]
    return FILE_SYSTEM, path


def places_of(session: Session, paths: Sequence[str]) -> list[Place]:
    """Return the places of files, in their order; one statement."""
    roots = storage_roots(session)
    return [place_of(roots, path) for path in paths]


def moves() -> sa.ColumnElement[Any]:
    """Count how often folders were moved, as a column of a statement.

    Whoever keeps paths, or has files open, keeps them only as long as this stays the same.
    """
    return sa.select(sa.func.sum(models.StorageRoot.moves)).scalar_subquery().label("moves")
