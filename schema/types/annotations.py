"""Annotations of eleven kinds, and what they are on."""

import datetime as dt
from collections.abc import Mapping, Sequence

from schema import reads
from schema.context import Context
from schema.fields import Column, Derived, Many, One, entity, field, interface
from schema.pagination import Connection
from schema.reads import Children
from schema.types import lazy
from schema.types.annotated import Annotated, annotatable, links, on
from schema.types.made import runs_with
from schema.types.owned import Owned
from schema.types.scalars import KeyValue, Long, finite
from store import models
from store.access import select_visible
from store.models.among import among
from store.models.annotations import TAG_SET_NAMESPACE


@interface(models.Annotation)
@annotatable
class Annotation(Owned, Annotated):
    """An annotation of any kind; may be on many objects, and on annotations too."""

    namespace: str | None = field("What its kind of content is for, as software agreed on.")
    description: str | None = field("What it says, in words.")
    person: lazy.Person | None = field(
        "Who made it according to the file that it comes from.", One("person_id")
    )
    link_count: int = field(
        "How many objects it is on, of those that you can see.",
        Derived(links, lambda number: number or 0),
    )
    projects: Connection[lazy.Project] = field("The projects that it is on.", on(models.Project))
    datasets: Connection[lazy.Dataset] = field("The datasets that it is on.", on(models.Dataset))
    folders: Connection[lazy.Folder] = field("The folders that it is on.", on(models.Folder))
    images: Connection[lazy.Image] = field("The images that it is on.", on(models.Image))
    channels: Connection[lazy.Channel] = field("The channels that it is on.", on(models.Channel))
    planes: Connection[lazy.Plane] = field("The planes that it is on.", on(models.Plane))
    rois: Connection[lazy.ROI] = field("The regions that it is on.", on(models.ROI))
    shapes: Connection[lazy.Shape] = field("The shapes that it is on.", on(models.Shape))
    screens: Connection[lazy.Screen] = field("The screens that it is on.", on(models.Screen))
    plates: Connection[lazy.Plate] = field("The plates that it is on.", on(models.Plate))
    plate_acquisitions: Connection[lazy.PlateAcquisition] = field(
        "The runs of imaging plates that it is on.", on(models.PlateAcquisition)
    )
    wells: Connection[lazy.Well] = field("The wells that it is on.", on(models.Well))
    reagents: Connection[lazy.Reagent] = field("The reagents that it is on.", on(models.Reagent))
    instruments: Connection[lazy.Instrument] = field(
        "The instruments that it is on.", on(models.Instrument)
    )
    objectives: Connection[lazy.Objective] = field(
        "The objectives that it is on.", on(models.Objective)
    )
    detectors: Connection[lazy.Detector] = field(
        "The detectors that it is on.", on(models.Detector)
    )
    light_sources: Connection[lazy.LightSource] = field(
        "The light sources that it is on.", on(models.LightSource)
    )
    filters: Connection[lazy.Filter] = field("The filters that it is on.", on(models.Filter))
    dichroics: Connection[lazy.Dichroic] = field(
        "The dichroic mirrors that it is on.", on(models.Dichroic)
    )
    light_paths: Connection[lazy.LightPath] = field(
        "The light paths that it is on.", on(models.LightPath)
    )
    filesets: Connection[lazy.Fileset] = field("The filesets that it is on.", on(models.Fileset))
    original_files: Connection[lazy.OriginalFile] = field(
        "The files that it is on.", on(models.OriginalFile)
    )
    experimenters: Connection[lazy.Experimenter] = field(
        "The people that it is on.", on(models.Experimenter)
    )
    experimenter_groups: Connection[lazy.ExperimenterGroup] = field(
        "The groups that it is on.", on(models.ExperimenterGroup)
    )
    protocols: Connection[lazy.Protocol] = field(
        "The protocols that it is on.", on(models.Protocol)
    )
    runs: Connection[lazy.Run] = field("The runs that it is on.", on(models.Run))
    annotated_annotations: Connection[lazy.Annotation] = field(
        "The annotations that it is on, such as the tag sets of a tag.", on(models.Annotation)
    )
    was_generated_by: Connection[lazy.Run] = field(
        "The runs that made it.", runs_with("Annotation", "output")
    )
    used_by: Connection[lazy.Run] = field(
        "The runs that read it.", runs_with("Annotation", "input")
    )


@entity(models.CommentAnnotation)
class CommentAnnotation(Annotation):
    """A comment."""

    text_value: str | None = field("The text.")


@entity(models.TagAnnotation)
class TagAnnotation(Annotation):
    """A tag, or a set of tags: the tags in a set are its own `tags`."""

    text_value: str | None = field("The text.")
    is_tag_set: bool = field(
        "Whether it is a set of tags.",
        Column(lambda _, namespace: namespace == TAG_SET_NAMESPACE, "id", "namespace"),
    )
    tag_sets: list[lazy.TagAnnotation] = field(
        "The sets that it is in.",
        Many(
            Children(
                *(models.TagAnnotation, models.AnnotationLink, "child_id", "parent_id"),
                where=(("parent_type", "Annotation"),),
            ),
            "id",
        ),
    )


@entity(models.XMLAnnotation)
class XMLAnnotation(Annotation):
    """An XML document or fragment."""

    text_value: str | None = field("The XML.")


@entity(models.LongAnnotation)
class LongAnnotation(Annotation):
    """A whole number, such as a rating."""

    long_value: Long | None = field("The number.")


@entity(models.DoubleAnnotation)
class DoubleAnnotation(Annotation):
    """A number."""

    double_value: float | None = field("The number.", Column(finite))


@entity(models.BooleanAnnotation)
class BooleanAnnotation(Annotation):
    """True or false."""

    bool_value: bool | None = field("Which of the two.")


@entity(models.TimestampAnnotation)
class TimestampAnnotation(Annotation):
    """A point in time."""

    time_value: dt.datetime | None = field("The point in time.")


@entity(models.TermAnnotation)
class TermAnnotation(Annotation):
    """A term of an ontology."""

    text_value: str | None = field("The term.")


def map_pairs(context: Context, ids: Sequence[int]) -> Mapping[int, list[KeyValue]]:
    """Read the pairs of map annotations; one statement."""
    pair = models.MapPair
    columns = (pair.annotation_id, pair.key, pair.value, pair.number, pair.unit)
    statement = (
        select_visible(
            context.viewer, models.MapAnnotation, *columns, models.MapAnnotation.namespace
        )
        .join(pair, pair.annotation_id == models.MapAnnotation.id)
        .where(among(pair.annotation_id, reads.KEYS))
        .order_by(pair.annotation_id, pair.index)
        .limit(reads.ROWS_MAX)
    )
    found: dict[int, list[KeyValue]] = {}
    for key, *values in context.rows(statement, {"keys": list(ids)}):
        found.setdefault(key, []).append(KeyValue.of(key, *values))
    return found


@entity(models.MapAnnotation)
class MapAnnotation(Annotation):
    """Pairs of key and value, in order; keys may repeat."""

    pairs: list[KeyValue] = field("The pairs.", Derived(map_pairs, lambda pairs: pairs or []))


@entity(models.FileAnnotation)
class FileAnnotation(Annotation):
    """A file attached to objects."""

    file: lazy.OriginalFile | None = field("The file.", One("file_id"))


@entity(models.ListAnnotation)
class ListAnnotation(Annotation):
    """A list of other annotations, which are its own `annotations`."""
