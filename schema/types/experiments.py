"""Experiments, microbeam manipulations, and the persons that files name."""

from schema.fields import Column, Many, One, Paged, entity, field
from schema.pagination import Connection
from schema.reads import Children
from schema.types import lazy
from schema.types.choices import choices
from schema.types.owned import Owned
from store import models
from store.models.enums import ExperimentType, MicrobeamManipulationType

_MEMBER = models.PersonGroupMember


@entity(models.Person)
class Person(Owned):
    """A person that a file names; no account: it gives nobody rights."""

    user_name: str | None = field("Name in the system that wrote the file.")
    first_name: str | None = field("First name.")
    middle_name: str | None = field("Middle name.")
    last_name: str | None = field("Last name.")
    email: str | None = field("E-mail address.")
    institution: str | None = field("Where they work.")
    groups: Connection[lazy.PersonGroup] = field(
        "Groups that they are in, according to the file.",
        Paged(
            Children(
                *(models.PersonGroup, _MEMBER, "child_id", "parent_id"),
                where=(("leader", False),),
            )
        ),
    )
    led_groups: Connection[lazy.PersonGroup] = field(
        "Groups that they lead, according to the file.",
        Paged(
            Children(
                *(models.PersonGroup, _MEMBER, "child_id", "parent_id"),
                where=(("leader", True),),
            )
        ),
    )
    projects: Connection[lazy.Project] = field(
        "Their projects.", Paged(Children(models.Project, parent="person_id"))
    )
    datasets: Connection[lazy.Dataset] = field(
        "Their datasets.", Paged(Children(models.Dataset, parent="person_id"))
    )
    images: Connection[lazy.Image] = field(
        "The images that they took.", Paged(Children(models.Image, parent="person_id"))
    )
    experiments: Connection[lazy.Experiment] = field(
        "Their experiments.", Paged(Children(models.Experiment, parent="person_id"))
    )
    microbeam_manipulations: Connection[lazy.MicrobeamManipulation] = field(
        "What they did with light.",
        Paged(Children(models.MicrobeamManipulation, parent="person_id")),
    )
    written_annotations: Connection[lazy.Annotation] = field(
        "The annotations that they wrote.", Paged(Children(models.Annotation, parent="person_id"))
    )


@entity(models.PersonGroup)
class PersonGroup(Owned):
    """A group of persons that a file names; no group of accounts."""

    name: str | None = field("Name.")
    description: str | None = field("What the group is for.")
    members: Connection[Person] = field(
        "The persons in it.",
        Paged(Children(models.Person, _MEMBER, where=(("leader", False),))),
    )
    leaders: Connection[Person] = field(
        "The persons who lead it.",
        Paged(Children(models.Person, _MEMBER, where=(("leader", True),))),
    )
    projects: Connection[lazy.Project] = field(
        "Its projects.", Paged(Children(models.Project, parent="person_group_id"))
    )
    datasets: Connection[lazy.Dataset] = field(
        "Its datasets.", Paged(Children(models.Dataset, parent="person_group_id"))
    )
    images: Connection[lazy.Image] = field(
        "Its images.", Paged(Children(models.Image, parent="person_group_id"))
    )


@entity(models.Experiment)
class Experiment(Owned):
    """What kind of experiment images come from."""

    types: list[ExperimentType] | None = field(
        "What kind; null if not known.", Column(choices(ExperimentType), "type")
    )
    description: str | None = field("Free text.")
    person: Person | None = field("Who did it, according to the file.", One("person_id"))
    protocol: lazy.Protocol | None = field("The protocol that it followed.", One("protocol_id"))
    microbeam_manipulations: list[lazy.MicrobeamManipulation] = field(
        "What was done to samples with light.",
        Many(Children(models.MicrobeamManipulation, parent="experiment_id"), "id"),
    )
    images: Connection[lazy.Image] = field(
        "The images from it.", Paged(Children(models.Image, parent="experiment_id"))
    )


@entity(models.MicrobeamManipulation)
class MicrobeamManipulation(Owned):
    """What was done to the sample with light, such as bleaching a region."""

    types: list[MicrobeamManipulationType] | None = field(
        "What was done; null if not known.", Column(choices(MicrobeamManipulationType), "type")
    )
    description: str | None = field("Free text.")
    experiment: Experiment | None = field("In which experiment.", One("experiment_id"))
    person: Person | None = field("Who did it, according to the file.", One("person_id"))
    light_source_settings: list[lazy.LightSourceSettings] = field(
        "The light sources, and how they were used.",
        Many(Children(models.LightSourceSettings, parent="microbeam_manipulation_id"), "id"),
    )
    rois: Connection[lazy.ROI] = field(
        "The regions that were manipulated.",
        Paged(Children(models.ROI, models.MicrobeamManipulationROILink)),
    )
    images: Connection[lazy.Image] = field(
        "The images that show it.",
        Paged(
            Children(
                *(models.Image, models.ImageMicrobeamManipulationLink, "child_id", "parent_id")
            )
        ),
    )
