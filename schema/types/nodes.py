"""What every row has: a global id."""

import strawberry

from schema.fields import GlobalId, field


@strawberry.interface(description="Anything with an id of its own.")
class Node:
    """Anything with an id of its own."""

    id: strawberry.ID = field("Type and number, such as `Image:42`.", GlobalId())
