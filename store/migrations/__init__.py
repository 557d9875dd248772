"""The history of the tables, one Alembic revision a file."""

from typing import Any

LATEST = "0019"
"""The newest revision, known without loading Alembic; a test compares it with the files."""

BY_HAND = ("shape_place", "ix_shape_place", "search_", "ix_search_")
"""How names of tables, columns and indexes begin that migrations make without a model."""


def modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Return whether something has to be as the models say, for Alembic to compare."""
    return kind not in ("table", "column", "index") or not (name or "").startswith(BY_HAND)


def modelled_object(
    thing: Any, _name: str | None, kind: str, reflected: bool, other: object
) -> bool:
    """Return whether a difference counts; see `modelled`.

    PostgreSQL checks the references of shapes in triggers of migration 0003.
    """
    missing = kind == "foreign_key_constraint" and not reflected and other is None
    return not (missing and thing.table.name == "shape")
