"""The history of the tables, one Alembic revision a file."""

from typing import Any

LATEST = "0025"
"""The newest revision, known without loading Alembic; a test compares it with the files."""

BY_HAND = ("search_", "ix_search_")
"""How names of tables, columns and indexes begin that migrations make without a model."""

CHECKED_TOGETHER = frozenset({"image", "well", "well_sample", "annotation", "annotation_link"})
"""Tables whose owners, groups and events triggers of migration 0021 check on PostgreSQL."""
_OWNED = frozenset(
    {"owner_id", "group_id", "creation_event_id", "update_event_id", "deleted_event_id"}
)


def modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Return whether something has to be as the models say, for Alembic to compare."""
    return kind not in ("table", "column", "index") or not (name or "").startswith(BY_HAND)


def modelled_object(
    thing: Any, _name: str | None, kind: str, reflected: bool, other: object
) -> bool:
    """Return whether a difference counts; see `modelled`.

    PostgreSQL checks the references of shapes in triggers of migration 0003, and some of others in
    triggers of 0021.
    """
    if kind != "foreign_key_constraint" or reflected or other is not None:
        return True
    table = thing.table.name
    owned = table in CHECKED_TOGETHER and _OWNED.issuperset(thing.column_keys)
    return not (owned or table == "shape")
