"""Where changing starts; permission is checked in `store.edits`."""

from typing import Any

import strawberry

from schema.mutations import links, rows
from schema.mutations.payloads import ChangeResult


def _mutation() -> Any:
    """Put the fields of all groups together."""
    fields: dict[str, tuple[Any, Any]] = {
        name: (ChangeResult, declared)
        for editable in rows.EDITABLE
        for name, declared in rows.fields_of(editable)
    }
    fields |= {name: (ChangeResult, declared) for name, declared in links.FIELDS.items()}
    space = {name: declared for name, (_, declared) in fields.items()}
    kinds = {name: kind for name, (kind, _) in fields.items()}
    cls = type("Mutation", (), {**space, "__annotations__": kinds, "__module__": __name__})
    return strawberry.type(cls, description="Root of all changing.")


Mutation = _mutation()
