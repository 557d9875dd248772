"""Projects, datasets and images."""

import datetime as dt
from typing import Annotated

import strawberry

from schema.fields import Argument, Derived, One, Paged, counted_children, entity, field
from schema.pagination import Connection
from schema.reads import Children
from schema.types.files import Fileset
from schema.types.nodes import Node
from schema.types.people import Event, Experimenter, ExperimenterGroup
from schema.types.pixels import Pixels
from schema.types.rendering import (
    RenderingSettings,
    check_size,
    displays,
    rendering,
    thumbnail_url,
    tile_url,
)
from store import models

PROJECT_DATASETS = Children(models.Dataset, models.ProjectDatasetLink, counted=True)
DATASET_IMAGES = Children(models.Image, models.DatasetImageLink, counted=True)
DATASET_PROJECTS = Children(models.Project, models.ProjectDatasetLink, "child_id", "parent_id")
IMAGE_DATASETS = Children(models.Dataset, models.DatasetImageLink, "child_id", "parent_id")


@strawberry.type(description="A row with owner, group and history.")
class Owned(Node):
    """What every data row has besides its id."""

    owner: Experimenter = field("Whose it is.", One("owner_id"))
    group: ExperimenterGroup = field("Whose permissions it has.", One("group_id"))
    created: Event = field("When and by whom it was made.", One("creation_event_id"))
    updated: Event = field("When and by whom it was changed last.", One("update_event_id"))


@entity(models.Project)
class Project(Owned):
    """A scientific project: a set of datasets."""

    name: str = field("Name; need not be unique.")
    description: str | None = field("Free text.")
    dataset_count: int = field(
        "Datasets in it that you can see.", counted_children(PROJECT_DATASETS)
    )
    datasets: Connection[Annotated["Dataset", strawberry.lazy("schema.types.containers")]] = field(
        "The datasets in it.", Paged(PROJECT_DATASETS)
    )


@entity(models.Dataset)
class Dataset(Owned):
    """A set of images; may be in many projects."""

    name: str = field("Name; need not be unique.")
    description: str | None = field("Free text.")
    image_count: int = field("Images in it that you can see.", counted_children(DATASET_IMAGES))
    images: Connection[Annotated["Image", strawberry.lazy("schema.types.containers")]] = field(
        "The images in it.", Paged(DATASET_IMAGES)
    )
    projects: Connection[Project] = field("The projects that it is in.", Paged(DATASET_PROJECTS))


@entity(models.Image)
class Image(Owned):
    """An image of up to five dimensions: X, Y, Z, channel and time."""

    name: str = field("Name; need not be unique.")
    description: str | None = field("Free text.")
    acquisition_date: dt.datetime | None = field("When it was taken, if the file says so.")
    series: int = field("Its number among the images of its fileset, from 0.")
    pixels: Pixels | None = field("Sizes, type and channels.", One(theirs="image_id"))
    fileset: Fileset | None = field("The files that it is in.", One("fileset_id"))
    datasets: Connection[Dataset] = field("The datasets that it is in.", Paged(IMAGE_DATASETS))
    thumbnail_url: str = field(
        "Address of a small picture; changes when the picture does.",
        Derived(
            displays,
            thumbnail_url,
            [Argument("size", int | None, "Longer side in pixels: 16 to 1024.", 144)],
            check_size,
        ),
    )
    tile_url: str = field(
        "Template of the addresses of its tiles, with {level}, {z}, {t}, {x}, {y} and {format}"
        " to be filled in; changes when the tiles do.",
        Derived(displays, tile_url),
    )
    rendering: RenderingSettings | None = field(
        "How it is shown by default; null if it cannot be shown.", Derived(displays, rendering)
    )
