"""Projects, datasets, folders and images."""

import datetime as dt

from schema.fields import Argument, Derived, One, Paged, counted_children, entity, field
from schema.pagination import Connection
from schema.reads import Children
from schema.types import lazy
from schema.types.annotated import Annotated, annotatable
from schema.types.in_view import InView
from schema.types.made import protocols_of, runs_with
from schema.types.owned import Owned
from schema.types.rendering import (
    Rendering,
    check_size,
    displays,
    export_url,
    montage_url,
    orthogonal_url,
    plane_url,
    raw_url,
    region_url,
    rendering,
    thumbnail_url,
    tile_url,
)
from schema.types.sharing import GRANTS, LINKS, grants_of, links_of
from schema.types.statistics import OF_IMAGE, Statistics
from store import models

PROJECT_DATASETS = Children(models.Dataset, models.ProjectDatasetLink, counted=True)
DATASET_IMAGES = Children(models.Image, models.DatasetImageLink, counted=True)
DATASET_PROJECTS = Children(models.Project, models.ProjectDatasetLink, "child_id", "parent_id")
IMAGE_DATASETS = Children(models.Dataset, models.DatasetImageLink, "child_id", "parent_id")
FOLDER_CHILDREN = Children(models.Folder)
FOLDER_IMAGES = Children(models.Image, models.FolderImageLink)
FOLDER_ROIS = Children(models.ROI, models.FolderROILink)
IMAGE_FOLDERS = Children(models.Folder, models.FolderImageLink, "child_id", "parent_id")
IMAGE_ROIS = Children(models.ROI, parent="image_id")
IMAGE_FIELDS = Children(models.WellSample, parent="image_id")
IMAGE_MANIPULATIONS = Children(models.MicrobeamManipulation, models.ImageMicrobeamManipulationLink)


@entity(models.Project)
@annotatable
class Project(Owned, Annotated):
    """A scientific project: a set of datasets."""

    name: str = field("Name; need not be unique.")
    description: str | None = field("Free text.")
    grants: list[lazy.AccessGrant] = field(GRANTS, grants_of("Project"))
    share_links: list[lazy.ShareLink] = field(LINKS, links_of("Project"))
    dataset_count: int = field(
        "Datasets in it that you can see.", counted_children(PROJECT_DATASETS)
    )
    datasets: Connection[lazy.Dataset] = field("The datasets in it.", Paged(PROJECT_DATASETS))
    protocols: Connection[lazy.Protocol] = field(
        "The protocols that its data was made by.", protocols_of("Project")
    )
    person: lazy.Person | None = field(
        "Whose it is according to the file that it comes from.", One("person_id")
    )
    person_group: lazy.PersonGroup | None = field(
        "Whose it is according to the file that it comes from.", One("person_group_id")
    )


@entity(models.Dataset)
@annotatable
class Dataset(Owned, Annotated):
    """A set of images; may be in many projects."""

    name: str = field("Name; need not be unique.")
    description: str | None = field("Free text.")
    grants: list[lazy.AccessGrant] = field(GRANTS, grants_of("Dataset"))
    share_links: list[lazy.ShareLink] = field(LINKS, links_of("Dataset"))
    image_count: int = field("Images in it that you can see.", counted_children(DATASET_IMAGES))
    images: Connection[lazy.Image] = field("The images in it.", Paged(DATASET_IMAGES))
    projects: Connection[Project] = field("The projects that it is in.", Paged(DATASET_PROJECTS))
    protocols: Connection[lazy.Protocol] = field(
        "The protocols that its data was made by.", protocols_of("Dataset")
    )
    was_generated_by: Connection[lazy.Run] = field(
        "The runs that made it.", runs_with("Dataset", "output")
    )
    used_by: Connection[lazy.Run] = field("The runs that read it.", runs_with("Dataset", "input"))
    person: lazy.Person | None = field(
        "Whose it is according to the file that it comes from.", One("person_id")
    )
    person_group: lazy.PersonGroup | None = field(
        "Whose it is according to the file that it comes from.", One("person_group_id")
    )


@entity(models.Folder)
@annotatable
class Folder(Owned, Annotated):
    """A folder of images, regions of interest and further folders; folders form trees."""

    name: str = field("Name; need not be unique.")
    description: str | None = field("Free text.")
    parent: lazy.Folder | None = field("The folder that it is in.", One("parent_id"))
    child_count: int = field("Folders in it that you can see.", counted_children(FOLDER_CHILDREN))
    image_count: int = field("Images in it that you can see.", counted_children(FOLDER_IMAGES))
    roi_count: int = field("Regions in it that you can see.", counted_children(FOLDER_ROIS))
    children: Connection[lazy.Folder] = field(
        "The folders in it.", Paged(FOLDER_CHILDREN, "NAME_ASC")
    )
    images: Connection[lazy.Image] = field("The images in it.", Paged(FOLDER_IMAGES))
    rois: Connection[lazy.ROI] = field("The regions in it.", Paged(FOLDER_ROIS))


@entity(models.Image)
@annotatable
class Image(Owned, Annotated):
    """An image of up to five dimensions: X, Y, Z, channel and time."""

    name: str = field("Name; need not be unique.")
    description: str | None = field("Free text.")
    grants: list[lazy.AccessGrant] = field(GRANTS, grants_of("Image"))
    share_links: list[lazy.ShareLink] = field(LINKS, links_of("Image"))
    acquisition_date: dt.datetime | None = field("When it was taken, if the file says so.")
    series: int = field("Its number among the images of its fileset, from 0.")
    pixels: lazy.Pixels | None = field("Sizes, type and channels.", One(theirs="image_id"))
    fileset: lazy.Fileset | None = field("The files that it is in.", One("fileset_id"))
    datasets: Connection[Dataset] = field("The datasets that it is in.", Paged(IMAGE_DATASETS))
    folders: Connection[Folder] = field("The folders that it is in.", Paged(IMAGE_FOLDERS))
    well_samples: Connection[lazy.WellSample] = field(
        "The fields of wells that it shows.", Paged(IMAGE_FIELDS)
    )
    roi_count: int = field("Regions on it that you can see.", counted_children(IMAGE_ROIS))
    rois: Connection[lazy.ROI] = field("The regions of interest on it.", Paged(IMAGE_ROIS))
    shapes: Connection[lazy.Shape] = field("The shapes on it, all or those in view.", InView())
    statistics: Statistics = field(
        "What its samples are like, or those of a part of it; counted when asked for, but for"
        " what is kept of whole channels.",
        OF_IMAGE,
    )
    instrument: lazy.Instrument | None = field("What it was taken with.", One("instrument_id"))
    objective_settings: lazy.ObjectiveSettings | None = field(
        "The objective, and how it was used.", One(theirs="image_id")
    )
    imaging_environment: lazy.ImagingEnvironment | None = field(
        "Temperature and air around the sample.", One(theirs="image_id")
    )
    stage_label: lazy.StageLabel | None = field("Where the stage was.", One(theirs="image_id"))
    experiment: lazy.Experiment | None = field(
        "The experiment that it belongs to.", One("experiment_id")
    )
    microbeam_manipulations: Connection[lazy.MicrobeamManipulation] = field(
        "What was done to the sample with light.", Paged(IMAGE_MANIPULATIONS)
    )
    protocols: Connection[lazy.Protocol] = field(
        "The protocols that it was made by.", protocols_of("Image")
    )
    was_generated_by: Connection[lazy.Run] = field(
        "The runs that made it.", runs_with("Image", "output")
    )
    used_by: Connection[lazy.Run] = field("The runs that read it.", runs_with("Image", "input"))
    person: lazy.Person | None = field(
        "Who took it according to the file that it comes from.", One("person_id")
    )
    person_group: lazy.PersonGroup | None = field(
        "Whose it is according to the file that it comes from.", One("person_group_id")
    )
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
    region_url: str = field(
        "Template of the addresses of rectangles of its planes, with {level}, {z}, {t}, {x}, {y},"
        " {width}, {height} and {format} to be filled in; changes when they do.",
        Derived(displays, region_url),
    )
    plane_url: str = field(
        "Template of the addresses of its whole planes, with {z}, {t} and {format} to be filled in,"
        " and if wanted level or size added; changes when they do.",
        Derived(displays, plane_url),
    )
    orthogonal_url: str = field(
        "Template of the addresses of its XZ and YZ planes, with {level}, {plane} (xz or yz), {t},"
        " {at} (the row or column) and {format} to be filled in; changes when they do.",
        Derived(displays, orthogonal_url),
    )
    montage_url: str = field(
        "Template of the addresses of its channels side by side, with {z}, {t} and {format} to be"
        " filled in; changes when they do.",
        Derived(displays, montage_url),
    )
    raw_url: str = field(
        "Template of the addresses of its samples, with {level}, {z}, {t}, {x} and {y} to be filled"
        " in; `c` names channels, from 1. Changes when the samples do.",
        Derived(displays, raw_url),
    )
    export_url: str = field(
        "Template of the addresses of its downloads, with {format} to be filled in: ome.tiff, ozx"
        " (OME-Zarr), png, jpg, tiff, or crate.zip.",
        Derived(displays, export_url),
    )
    rendering: Rendering | None = field(
        "How you see it: as you saved it, else as its owner did, else by default; null if it"
        " cannot be shown.",
        Derived(displays, rendering),
    )
    rendering_settings: Connection[lazy.RenderingSettings] = field(
        "The ways to show it that people saved, yours and those of others that you can see.",
        Paged(Children(models.RenderingSettings, parent="image_id")),
    )
