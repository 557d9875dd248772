"""What somebody or something made: protocols and runs of an object, persons that files name."""

from typing import Any

from schema.fields import Paged
from schema.reads import Children
from store import models


def protocols_of(kind: str) -> Paged:
    """Make the source of a field that lists the protocols that objects were made by.

    Args:
        kind: Name of the objects' class.
    """
    where = (("parent_type", kind),)
    return Paged(Children(models.Protocol, models.ProtocolLink, where=where))


def objects_of_protocols(entity: Any) -> Paged:
    """Make the source of a protocol's field that lists objects of one type made by it."""
    where = (("parent_type", entity.__name__),)
    children = Children(entity, models.ProtocolLink, "child_id", "parent_id", where=where)
    return Paged(children)


def runs_with(kind: str, role: str) -> Paged:
    """Make the source of a field that lists the runs that read or made objects.

    Args:
        kind: Name of the class of the objects' table.
        role: What the objects were: "input" or "output".
    """
    where = (("object_type", kind), ("role", role))
    return Paged(Children(models.Run, models.RunLink, "object_id", "run_id", where=where))
