"""Where changing starts; permission is checked in `store.edits`."""

from typing import Any

import strawberry

from schema.mutations import (
    annotations,
    jobs,
    keeping,
    links,
    lookup_tables,
    measuring,
    people,
    rendering,
    rois,
    rows,
    shares,
    sharing,
    tables,
    trees,
)
from schema.mutations.jobs import JobResult, SamplesResult
from schema.mutations.keeping import EmptyTrashResult
from schema.mutations.lookup_tables import LutResult
from schema.mutations.payloads import ChangeResult, TreeChangeResult
from schema.mutations.sharing import ShareResult
from schema.mutations.tables import TableResult


def _mutation() -> Any:
    """Put the fields of all groups together."""
    fields: dict[str, tuple[type, Any]] = {
        name: (ChangeResult, declared)
        for editable in rows.EDITABLE
        for name, declared in rows.fields_of(editable)
    }
    fields |= {name: (ChangeResult, declared) for name, declared in links.FIELDS.items()}
    for group in (annotations, measuring, rois, rendering):
        fields |= {name: (ChangeResult, declared) for name, declared in group.FIELDS.items()}
    fields |= {name: (TreeChangeResult, declared) for name, declared in trees.FIELDS.items()}
    fields |= {name: (ShareResult, declared) for name, declared in sharing.FIELDS.items()}
    fields |= {name: (TableResult, declared) for name, declared in tables.FIELDS.items()}
    fields |= people.FIELDS
    fields |= shares.FIELDS
    fields |= {name: (LutResult, declared) for name, declared in lookup_tables.FIELDS.items()}
    fields |= {name: (JobResult, declared) for name, declared in jobs.FIELDS.items()}
    fields |= {name: (SamplesResult, declared) for name, declared in jobs.SAMPLES.items()}
    fields |= {name: (EmptyTrashResult, declared) for name, declared in keeping.TRASH.items()}
    space: dict[str, Any] = {name: declared for name, (_, declared) in fields.items()}
    space["__annotations__"] = {name: kind for name, (kind, _) in fields.items()}
    cls = type("Mutation", (), {**space, "__module__": __name__})
    return strawberry.type(cls, description="Root of all changing.")


Mutation = _mutation()
