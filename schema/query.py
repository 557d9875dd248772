"""Where reading starts."""

import strawberry

from schema import contrast, explanation, lineage, shown
from schema import history as history_
from schema import trash as trash_
from schema.fields import field
from schema.known_files import KNOWN_FILES, KnownFile
from schema.pagination import Connection
from schema.reads import Children
from schema.roots import All, Asking, ById, NodeById, NodesById, Told
from schema.search import SEARCH, SearchConnection
from schema.types.annotations import Annotation, TagAnnotation
from schema.types.containers import Dataset, Folder, Image, Project
from schema.types.experiments import Experiment, Person
from schema.types.files import Fileset, OriginalFile
from schema.types.instruments import Instrument
from schema.types.jobs import Job
from schema.types.lookup_tables import Lut, offers
from schema.types.nodes import Node
from schema.types.people import (
    AccessToken,
    AuditCheck,
    AuditEntry,
    Experimenter,
    ExperimenterGroup,
    SignInSession,
    checked_log,
)
from schema.types.protocols import Protocol, Run
from schema.types.rois import ROI
from schema.types.screens import Plate, Screen, Well
from schema.types.sharing import AccessGrant, ShareLink
from store import models

PROJECTS = Children(models.Project)
DATASETS = Children(models.Dataset, models.ProjectDatasetLink)
IMAGES = Children(models.Image, models.DatasetImageLink)
PLATES = Children(models.Plate, models.ScreenPlateLink)


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
    paths_to: lineage.Paths | None = field(
        "The ways from the roots (projects, screens, folders, and what is in nothing) down to a"
        " thing; null if there is no such thing that you can see.",
        lineage.PATHS_TO,
    )
    explain_access: explanation.AccessExplanation | None = field(
        "What somebody may do with a thing, and why; null if there is no such thing that you can"
        " see.",
        explanation.EXPLAIN_ACCESS,
    )
    history: history_.HistoryPage | None = field(
        "What was done to a thing, to its links and to the annotations on it, newest first; null"
        " if there is no such thing that you can see.",
        history_.HISTORY,
    )
    trash: trash_.DeletedPage = field(
        "Things of yours that were deleted and that `restore` brings back, the things of one"
        " deletion together; last deleted first.",
        trash_.TRASH,
    )
    project: Project | None = field("A project by its id.", ById())
    dataset: Dataset | None = field("A dataset by its id.", ById())
    image: Image | None = field("An image by its id.", ById())
    projects: Connection[Project] = field("All projects.", All(PROJECTS, "NAME_ASC"))
    datasets: Connection[Dataset] = field("All datasets.", All(DATASETS, "NAME_ASC"))
    images: Connection[Image] = field("All images.", All(IMAGES))
    screen: Screen | None = field("A screen by its id.", ById())
    plate: Plate | None = field("A plate by its id.", ById())
    well: Well | None = field("A well by its id.", ById())
    folder: Folder | None = field("A folder by its id.", ById())
    screens: Connection[Screen] = field("All screens.", All(Children(models.Screen), "NAME_ASC"))
    plates: Connection[Plate] = field("All plates.", All(PLATES, "NAME_ASC"))
    folders: Connection[Folder] = field("All folders.", All(Children(models.Folder), "NAME_ASC"))
    rois: Connection[ROI] = field("All regions of interest.", All(Children(models.ROI)))
    annotations: Connection[Annotation] = field(
        "All annotations, of all kinds.", All(Children(models.Annotation))
    )
    tags: Connection[TagAnnotation] = field(
        "All tags and sets of tags.", All(Children(models.TagAnnotation), "TEXT_ASC")
    )
    instruments: Connection[Instrument] = field(
        "All instruments.", All(Children(models.Instrument))
    )
    experiments: Connection[Experiment] = field(
        "All experiments.", All(Children(models.Experiment))
    )
    protocols: Connection[Protocol] = field(
        "All protocols, each version by itself.", All(Children(models.Protocol), "NAME_ASC")
    )
    runs: Connection[Run] = field("All runs.", All(Children(models.Run), "NAME_ASC"))
    filesets: Connection[Fileset] = field("All filesets.", All(Children(models.Fileset)))
    original_files: Connection[OriginalFile] = field(
        "All files.", All(Children(models.OriginalFile))
    )
    jobs: Connection[Job] = field("All work in the background.", All(Children(models.Job)))
    experimenters: Connection[Experimenter] = field(
        "All people with accounts.", All(Children(models.Experimenter))
    )
    experimenter_groups: Connection[ExperimenterGroup] = field(
        "All groups of people with accounts.", All(Children(models.ExperimenterGroup))
    )
    access_tokens: Connection[AccessToken] = field(
        "Your personal access tokens; all, for administrators who look after people.",
        All(Children(models.AccessToken)),
    )
    sign_in_sessions: Connection[SignInSession] = field(
        "Where you are signed in; everybody, for administrators who may know it.",
        All(Children(models.SignInSession)),
    )
    audit_entries: Connection[AuditEntry] = field(
        "What was done about people, rights and sign-ins; for administrators who look after"
        " people.",
        All(Children(models.AuditEntry), "ID_DESC"),
    )
    audit_check: AuditCheck | None = field(
        "Whether nobody changed the audit log behind its back; reads all of it. Null for those who"
        " may not read it.",
        Told(checked_log),
    )
    access_grants: Connection[AccessGrant] = field(
        "What was granted to you or your groups, by you, or of things that you own or whose group"
        " you lead; everything, for administrators.",
        All(Children(models.AccessGrant), "ID_DESC"),
    )
    share_links: Connection[ShareLink] = field(
        "Share links that you made, or of things that you own or whose group you lead; all, for"
        " administrators.",
        All(Children(models.ShareLink), "ID_DESC"),
    )
    opened_share: shown.OpenedShare | None = field(
        "What the share link shows that was opened in this browser; null if none was.",
        shown.OPENED_SHARE,
    )
    persons: Connection[Person] = field("All people that files name.", All(Children(models.Person)))
    search: SearchConnection = field(
        "Everything that is found by a query in the language of the search field.", SEARCH
    )
    known_files: list[KnownFile] = field(
        "Files that are here already, by the hash of their content, as far as you can see them; ask"
        " before you send them.",
        KNOWN_FILES,
    )
    viewer: Experimenter | None = field("Who is asking.", Asking())

    auto_contrast: contrast.AutoContrast | None = field(
        "Windows that bring out what is in an image, for you to try or to save; null if there is no"
        " such image that you can see and that can be shown.",
        contrast.AUTO_CONTRAST,
    )
    luts: list[Lut] = field(
        "Lookup tables that channels can be shown with, and names of those that are missing;"
        " sorted by name.",
        Told(offers),
    )
