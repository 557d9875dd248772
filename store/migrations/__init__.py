"""The history of the tables, one Alembic revision a file."""

LATEST = "0004"
"""The newest revision, known without loading Alembic; a test compares it with the files."""

BY_HAND = ("shape_place", "ix_shape_place", "search_", "ix_search_")
"""How names of tables, columns and indexes begin that migrations make without a model."""


def modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Return whether something has to be as the models say, for Alembic to compare."""
    return kind not in ("table", "column", "index") or not (name or "").startswith(BY_HAND)
