"""How far grants and share links reach, typed by hand; imports nothing of ours.

P, D, I, S and L: a project, dataset, image, screen and plate that was shared. In the world of the
matrix each row is linked with each other: the dataset is in the project, the plate in the screen,
the image in both the dataset and a well of the plate.
"""

KINDS = {"P": "Project", "D": "Dataset", "I": "Image", "S": "Screen", "L": "Plate"}

_CHANGED = """
    Project                         P
    Dataset                         P D
    ProjectDatasetLink              P
    DatasetImageLink                P D
    Image                           P D I S L
    Screen                          S
    Plate                           S L
    ScreenPlateLink                 S
    PlateAcquisition                S L
    Well                            S L
    WellSample                      S L
    Pixels                          P D I S L
    Channel                         P D I S L
    Plane                           P D I S L
    TiffData                        P D I S L
    BinData                         P D I S L
    StageLabel                      P D I S L
    ObjectiveSettings               P D I S L
    ImagingEnvironment              P D I S L
    DetectorSettings                P D I S L
    LightSourceSettings             P D I S L
    LightPath                       P D I S L
    ROI                             P D I S L
    Rectangle                       P D I S L
    Ellipse                         P D I S L
    Point                           P D I S L
    Line                            P D I S L
    Polyline                        P D I S L
    Polygon                         P D I S L
    Mask                            P D I S L
    Label                           P D I S L
"""
"""The things themselves and their parts: a grant to annotate or edit holds for these."""

_SHOWN = """
    RenderingSettings               P D I S L
    ImageMicrobeamManipulationLink  P D I S L
    MicrobeamManipulation           P D I S L
    Experiment                      P D I S L
    Instrument                      P D I S L
    Microscope                      P D I S L
    Objective                       P D I S L
    Detector                        P D I S L
    Filter                          P D I S L
    FilterSet                       P D I S L
    Dichroic                        P D I S L
    TransmittanceRange              P D I S L
    Laser                           P D I S L
    Arc                             P D I S L
    Filament                        P D I S L
    LightEmittingDiode              P D I S L
    GenericExcitationSource         P D I S L
    FilterSetExcitationFilterLink   P D I S L
    FilterSetEmissionFilterLink     P D I S L
    LightPathExcitationFilterLink   P D I S L
    LightPathEmissionFilterLink     P D I S L
    Reagent                         S L
    WellReagentLink                 S L
    Fileset                         P D I S L
    FilesetEntry                    P D I S L
    OriginalFile                    P D I S L
    CommentAnnotation               P D I S L
    TagAnnotation                   P D I S L
    XMLAnnotation                   P D I S L
    LongAnnotation                  P D I S L
    DoubleAnnotation                P D I S L
    BooleanAnnotation               P D I S L
    TimestampAnnotation             P D I S L
    TermAnnotation                  P D I S L
    FileAnnotation                  P D I S L
    ListAnnotation                  P D I S L
    MapAnnotation                   P D I S L
"""
"""What is shown beside them."""

_HIDDEN = """
    Folder FolderImageLink FolderROILink MicrobeamManipulationROILink
    Person PersonGroup PersonGroupMember
    Protocol ProtocolStep ProtocolReagent ProtocolIdentifier ProtocolFileLink
    ProtocolInstrumentLink ProtocolLink Run RunLink Job
"""
"""What nothing shared shows: folders, people that files name, protocols and work."""

SOME = ("AnnotationLink",)
"""Some rows are shown, and others not: those of what is shown."""


def _parsed(table: str) -> dict[str, frozenset[str]]:
    found = {}
    for line in table.strip().splitlines():
        name, *letters = line.split()
        found[name] = frozenset(KINDS[letter] for letter in letters)
    return found


CHANGED = _parsed(_CHANGED)
SHOWN = CHANGED | _parsed(_SHOWN)
HIDDEN = frozenset(_HIDDEN.split())

_RIGHTS = """
    view      view
    annotate  view annotate render
    edit      view annotate render edit
"""
_GIVEN = {line.split()[0]: line.split()[1:] for line in _RIGHTS.strip().splitlines()}
_NOT_IN_PRIVATE = ("annotate", "render")


def may(target: str, grant: str, action: str, kind: str, group: str) -> bool:
    """Say whether somebody from outside may do something with a row.

    Args:
        target: Kind of thing that was shared.
        grant: Level of the grant: view, annotate or edit; links are as view.
        action: "view", "annotate", "edit" or "render"; others come with no grant.
        kind: Concrete type of the row.
        group: Level of the row's group.

    >>> may("Dataset", "edit", "edit", "Channel", "private")
    True
    >>> may("Dataset", "edit", "edit", "Project", "private")
    False
    """
    if action == "view":
        return group == "public" or target in SHOWN.get(kind, ())
    if action not in _GIVEN[grant] or target not in CHANGED.get(kind, ()):
        return False
    return not (action in _NOT_IN_PRIVATE and group == "private")
