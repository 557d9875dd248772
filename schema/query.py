"""Where reading starts."""

import strawberry

from render import luts
from schema.fields import field
from schema.pagination import Connection
from schema.reads import Children
from schema.roots import All, Asking, ById, NodeById, NodesById
from schema.types.containers import Dataset, Image, Project
from schema.types.nodes import Node
from schema.types.people import Experimenter
from store import models

PROJECTS = Children(models.Project)
DATASETS = Children(models.Dataset, models.ProjectDatasetLink)
IMAGES = Children(models.Image, models.DatasetImageLink)


@strawberry.type(description="Root of all reading.")
class Query:
    """Root of all reading."""

    node: Node | None = field(
        "Anything by its id; null if there is no such thing that you can see.", NodeById()
    )
    nodes: list[Node | None] = field(
        "Things of any types by their ids, in that order; null for each that you cannot see.",
        NodesById(),
    )
    project: Project | None = field("A project by its id.", ById())
    dataset: Dataset | None = field("A dataset by its id.", ById())
    image: Image | None = field("An image by its id.", ById())
    projects: Connection[Project] = field("All projects.", All(PROJECTS, "NAME_ASC"))
    datasets: Connection[Dataset] = field("All datasets.", All(DATASETS, "NAME_ASC"))
    images: Connection[Image] = field("All images.", All(IMAGES))
    viewer: Experimenter | None = field("Who is asking.", Asking())

    lookup_tables: list[str] = strawberry.field(
        resolver=luts.names,
        description="Names of the lookup tables that channels can be shown with, sorted.",
    )
